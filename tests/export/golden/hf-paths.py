# Written by mixlaw VERSION from best.json
# Search: mixlaw 0.0.9, mirror descent
# Fit: fit.json; laws: mixing-exp
# Goal: mean loss of 5 targets, at N=1000000000
# Objective: 2.3125, at least 2.312; certificate: convex, duality gap
# `shares` are of tokens, `probabilities` of examples
# The probabilities are not converted: documents are taken as equally long
from datasets import interleave_datasets, load_dataset

MIXTURE = {
    "domains": ["web", "web", "code:python", "code:rust", "code:rust", "books", "wiki"],
    "datasets": ["/data/web-a", "/data/web-b", "s3://bucket/python", "/data/rust-1", "/data/rust-2", "/data/books", "/data/wiki"],
    "shares": [0.25, 0.083333, 0.25, 0.041667, 0.041667, 0.33333, 0.000003],
    "probabilities": [0.25, 0.083333, 0.25, 0.041667, 0.041667, 0.33333, 0.000003],
    "stopping_strategy": "all_exhausted",
    "seed": 0
}

dataset = interleave_datasets(
    [load_dataset(path, split="train", streaming=True) for path in MIXTURE["datasets"]],
    probabilities=MIXTURE["probabilities"],
    seed=MIXTURE["seed"],
    stopping_strategy=MIXTURE["stopping_strategy"],
)
