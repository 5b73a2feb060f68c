# Tables of results, relative to the folder of this notebook.
RESULTS = ["results.parquet"]
# The tables' SHA-256 and the version of pathscope when the notebook was written.
SHA256 = [""]
VERSION = "0.0.0"
# The performance measure: "cc_norm2" (Eq. 3a), "cc_raw2" if the recordings have no noise ceiling, or another score.
METRIC = "cc_norm2"
# The data set, and the seed of its split.
DATASET = "ns2250"
SPLIT_SEED = 0
# Confidence intervals in table 1: the number of resamples, the confidence level, and the seed.
RESAMPLES = 10000
CONFIDENCE = 0.95
RESAMPLES_SEED = 0
