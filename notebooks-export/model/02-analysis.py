import json

# The model's analysis by this version of pathscope.
VERSION = "0.0.0"
ANALYSIS = json.loads(r'''{}''')
# The output of `pathscope contributions` without single units, or None.
CONTRIBUTIONS = None
