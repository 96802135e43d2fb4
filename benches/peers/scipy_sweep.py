#!/usr/bin/env python3
"""Bootstrap of the Chinchilla law with SciPy, on one core: resamples of the rows of a table.

    scipy_sweep.py TABLE.csv [--resamples 400] [--starts 0] [--json FILE]

TABLE has the columns N, D and loss. Each resample is minimised by L-BFGS-B with an analytic gradient, the sum of
Huber losses (delta 1e-3) of the log residual, as Besiroglu et al. 2024 do it: from one start, the constants that
Hoffmann et al. 2022 print, and with --starts N from so many more. CPU seconds (time.process_time) of the
minimisations alone.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import csv
import itertools
import json
import sys
import time

import numpy as np
import scipy
from scipy.optimize import minimize

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scipy_fits import Huber

# a = ln A, b = ln B, e = ln E, alpha, beta.
HOFFMANN = np.array([np.log(406.4), np.log(410.7), np.log(1.69), 0.34, 0.28])


def grid():
    """The 4,500 starts of Besiroglu et al."""
    return list(itertools.product(
        np.arange(0, 26, 5.0), np.arange(0, 26, 5.0), np.arange(-1, 1.01, 0.5),
        np.arange(0, 2.01, 0.5), np.arange(0, 2.01, 0.5)))


def timed(objective, starts):
    begun = time.process_time()
    ends = [minimize(objective, start, jac=True, method="L-BFGS-B") for start in starts]
    best = min(ends, key=lambda end: end.fun)
    return time.process_time() - begun, best, sum(end.nfev for end in ends)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table")
    parser.add_argument("--resamples", type=int, default=400)
    parser.add_argument("--starts", type=int, default=0, help="of the grid, evenly spread; for the first resample")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--json", help="file to write; stdout without it")
    arguments = parser.parse_args()
    with open(arguments.table) as file:
        rows = list(csv.DictReader(file))
    n, d, loss = (np.array([float(row[key]) for row in rows]) for key in ("N", "D", "loss"))
    random = np.random.default_rng(arguments.seed)
    cpu, evaluations, thetas, searched = 0.0, 0, [], None
    for number in range(arguments.resamples):
        drawn = random.integers(len(loss), size=len(loss))
        objective = Huber(n[drawn], d[drawn], loss[drawn])
        spent, end, calls = timed(objective, [HOFFMANN])
        cpu, evaluations = cpu + spent, evaluations + calls
        a, b, e, alpha, beta = end.x
        thetas.append([np.exp(e), np.exp(a), alpha, np.exp(b), beta])
        if number == 0 and arguments.starts:
            chosen = grid()
            chosen = [chosen[k * len(chosen) // arguments.starts] for k in range(arguments.starts)]
            spent_all, best, _ = timed(objective, chosen)
            searched = {"starts": arguments.starts, "cpu_s": spent_all, "best": best.fun, "warm": end.fun}
    deviations = np.std(thetas, axis=0, ddof=1)
    document = {
        "python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__,
        "resamples": arguments.resamples, "cpu_s": cpu, "evaluations": evaluations,
        "cpu_s_each": cpu / arguments.resamples, "searched": searched,
        "std_errors": dict(zip(["E", "A", "alpha", "B", "beta"], map(float, deviations))),
    }
    text = json.dumps(document, indent=2)
    if arguments.json:
        with open(arguments.json, "w") as file:
            file.write(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
