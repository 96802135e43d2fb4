#!/usr/bin/env python3
"""RegMix's recipe on bootstrap resamples with LightGBM, on one thread.

    lightgbm_sweep.py TABLE.csv DRAWS.csv [--json FILE]

TABLE has a column for the share of each domain and, last, the target. A line of DRAWS has the numbers of the rows of one
resample; its forest is stopped on the rows that it lacks. CPU seconds (time.process_time) from the rows to the forests.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import json
import sys
import time

import lightgbm
import numpy as np

RECIPE = dict(objective="regression", metric=["l1", "l2"], learning_rate=0.01, seed=42, verbosity=-1, num_threads=1)


def forest(shares, target, drawn):
    others = np.setdiff1d(np.arange(len(target)), drawn)
    data = lightgbm.Dataset(shares[drawn], target[drawn])
    watched = lightgbm.Dataset(shares[others], target[others], reference=data)
    stop = lightgbm.early_stopping(3, verbose=False)
    return lightgbm.train(RECIPE, data, 1000, valid_sets=[watched], callbacks=[stop])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table")
    parser.add_argument("draws")
    parser.add_argument("--json", help="file to write; stdout without it")
    arguments = parser.parse_args()
    table = np.loadtxt(arguments.table, delimiter=",", skiprows=1)
    shares, target = table[:, :-1], table[:, -1]
    with open(arguments.draws) as file:
        draws = [np.array(line.split(","), dtype=int) for line in file]
    begun = time.process_time()
    forests = [forest(shares, target, drawn) for drawn in draws]
    cpu = time.process_time() - begun
    document = {
        "python": sys.version.split()[0], "lightgbm": lightgbm.__version__, "resamples": len(draws), "cpu_s": cpu,
        "trees": [forest.best_iteration for forest in forests],
        "predictions": forests[-1].predict(shares, num_threads=1).tolist(),
    }
    text = json.dumps(document)
    if arguments.json:
        with open(arguments.json, "w") as file:
            file.write(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
