import json

# As pathscope of this version analysed it.
VERSION = "0.0.0"
ANALYSIS = json.loads(r'''{}''')
