#!/usr/bin/env python3
"""The lattices of the search bench with NumPy on one core.

    numpy_lattice.py --problems problems.json [--repeats 3] [--json FILE]

CPU seconds (time.process_time) of the scans, in float64 and in float32, by two ways of writing them:
`whole arrays` puts all compositions into one array once, outside the clock, and multiplies it, a
chunk that stays in the cache at a time, by the coefficients; `factored` knows that an exponential
of a sum is a product: heads times tails is a matrix product for each number of steps left, the
compositions of both being listed outside the clock. Both keep the ten least values.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import json
import statistics
import sys
import time

import numpy as np

TOP = 10
CHUNK = 1 << 14


def compositions(parts, total):
    """All ways to write `total` as `parts` whole numbers, one a row."""
    if parts == 1:
        return np.full((1, 1), total, dtype=np.int16)
    blocks = []
    for first in range(total + 1):
        rest = compositions(parts - 1, total - first)
        blocks.append(np.concatenate([np.full((len(rest), 1), first, dtype=np.int16), rest], 1))
    return np.concatenate(blocks)


class Least:
    """The ten least values seen; most chunks have none of them, which their minimum tells."""

    def __init__(self):
        self.values = np.full(TOP, np.inf)

    def see(self, values):
        if values.min() < self.values[-1]:
            near = values[values < self.values[-1]]
            self.values = np.sort(np.concatenate([self.values, near]))[:TOP]


def whole_arrays(c, t, points):
    """The mean over targets of c + exp(points . t)."""
    best, ones = Least(), np.ones(len(t), t.dtype)
    for start in range(0, len(points), CHUNK):
        inside = points[start:start + CHUNK] @ t.T
        np.exp(inside, out=inside)
        best.see(inside @ ones)
    return float((best.values[0] + c.sum()) / len(c))


def halves(domains, steps):
    """For each number of steps left, the first two shares and the others."""
    pairs = lambda left: (compositions(2, steps - left), compositions(domains - 2, left))
    return [pairs(left) for left in range(steps + 1)]


def factored(c, t, steps, parts):
    """The same by products: a head is the first two shares, a tail the others."""
    tables = np.exp(t[:, :, None] * (np.arange(steps + 1, dtype=t.dtype) / t.dtype.type(steps)))

    def products(first, shares):
        factors = (tables[:, first + k, :][:, shares[:, k]] for k in range(shares.shape[1]))
        return np.multiply.reduce(list(factors))

    best = Least()
    for heads, tails in parts:
        heads, tails = products(0, heads).T, products(2, tails)
        height = max(1, (1 << 16) // tails.shape[1])
        for start in range(0, len(heads), height):
            best.see((heads[start:start + height] @ tails).ravel())
    return float((best.values[0] + c.sum()) / len(c))


def timed(call, repeats):
    cpus = []
    for _ in range(repeats):
        begun = time.process_time()
        value = call()
        cpus.append(time.process_time() - begun)
    return statistics.median(cpus), value


def scan(problem, repeats):
    c, t, steps = np.array(problem["c"]), np.array(problem["t"]), problem["steps"]
    whole, parts = compositions(t.shape[1], steps), halves(t.shape[1], steps)
    out = []
    for dtype in (np.float64, np.float32):
        points = whole.astype(dtype) / dtype(steps)
        ways = {
            "whole arrays": lambda: whole_arrays(c, t.astype(dtype), points),
            "factored": lambda: factored(c, t.astype(dtype), steps, parts),
        }
        for way, call in ways.items():
            cpu, value = timed(call, repeats)
            out.append({
                "name": f"{problem['name']}, {way}, {np.dtype(dtype).name}", "points": len(whole),
                "cpu_s": cpu, "points_per_cpu_s": len(whole) / cpu, "objective": value})
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", required=True, help="what the search bench writes with --data")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--most", type=int, default=10**7, help="skip lattices with more points")
    parser.add_argument("--json", help="file to write; stdout without it")
    arguments = parser.parse_args()
    with open(arguments.problems) as file:
        problems = [problem for problem in json.load(file) if "steps" in problem]

    def size(problem):
        rest = np.arange(1, len(problem["t"][0]))
        return np.prod((problem["steps"] + rest) / rest)

    workloads = []
    for problem in problems:
        if size(problem) <= arguments.most:
            workloads += scan(problem, arguments.repeats)
    document = {
        "python": sys.version.split()[0], "numpy": np.__version__, "workloads": workloads}
    text = json.dumps(document, indent=2)
    if arguments.json:
        with open(arguments.json, "w") as file:
            file.write(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
