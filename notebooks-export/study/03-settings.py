# Tables of results, seen from the folder of this notebook.
RESULTS = ["results.parquet"]
# Their SHA-256 when pathscope of this version wrote the notebook.
SHA256 = [""]
VERSION = "0.0.0"
# What performance is measured in: "cc_norm2" (Eq. 3a), or "cc_raw2" where the recordings have no noise ceiling.
METRIC = "cc_norm2"
# The data set, and the seed of its split.
DATASET = "ns2250"
SPLIT_SEED = 0
# Of the confidence intervals in table 1: how many resamples, how many of them an interval holds, and their seed.
RESAMPLES = 10000
CONFIDENCE = 0.95
RESAMPLES_SEED = 0
