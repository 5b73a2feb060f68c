import json

# As pathscope of this version analysed it.
VERSION = "0.0.0"
ANALYSIS = json.loads(r'''{}''')
# What `pathscope contributions` said of it, without single units; None where nothing is given.
CONTRIBUTIONS = None
