# Written by mixlaw VERSION from best.json
# Search: mixlaw 0.0.9, mirror descent
# Fit: fit.json; laws: mixing-exp
# Goal: mean loss of 5 targets, at N=1000000000
# Objective: 2.3125, at least 2.312; certificate: convex, duality gap
from litdata import CombinedStreamingDataset, StreamingDataset

MIXTURE = {
    "domains": ["web", "web", "code:python", "code:rust", "code:rust", "books", "wiki"],
    "datasets": ["/data/web-a", "/data/web-b", "s3://bucket/python", "/data/rust-1", "/data/rust-2", "/data/books", "/data/wiki"],
    "weights": [0.25, 0.083333, 0.25, 0.041667, 0.041667, 0.33333, 0.000003]
}

dataset = CombinedStreamingDataset(
    datasets=[StreamingDataset(path) for path in MIXTURE["datasets"]],
    weights=MIXTURE["weights"],
    iterate_over_all=False,
)
