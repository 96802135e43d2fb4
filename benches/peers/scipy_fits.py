#!/usr/bin/env python3
"""The workloads `law5` and `chinchilla` of the fits bench, done with SciPy on one core.

    scipy_fits.py --law5 law5.csv [--chinchilla svg_extracted_data.csv] [--starts 200] [--json FILE]

CPU seconds (time.process_time) of the calls alone. SciPy gets analytic Jacobians and gradients,
logarithmic parameters and a single BLAS thread: the best case for it.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import csv
import itertools
import json
import statistics
import sys
import time

import numpy as np
import scipy
from scipy.optimize import least_squares, minimize

# The start ranges of the law `chinchilla`: E, A, alpha, B, beta.
BOX = [(1e-1, 4.0), (1.0, 1e6), (0.05, 1.5), (1.0, 1e6), (0.05, 1.5)]


class LogResidual:
    """ln(E + A N^-alpha + B D^-beta) - ln L over p = ln(E, A, alpha, B, beta)."""

    def __init__(self, n, d, loss):
        self.ln_n, self.ln_d, self.ln_loss = np.log(n), np.log(d), np.log(loss)

    def parts(self, p):
        e, alpha, beta = np.exp(p[0]), np.exp(p[2]), np.exp(p[4])
        u = np.exp(p[1] - alpha * self.ln_n)
        v = np.exp(p[3] - beta * self.ln_d)
        return e, alpha, beta, u, v, e + u + v

    def residual(self, p):
        return np.log(self.parts(p)[5]) - self.ln_loss

    def jacobian(self, p):
        e, alpha, beta, u, v, f = self.parts(p)
        j = np.empty((len(f), 5))
        inverse = 1.0 / f
        j[:, 0] = e * inverse
        j[:, 1] = u * inverse
        j[:, 2] = -alpha * self.ln_n * j[:, 1]
        j[:, 3] = v * inverse
        j[:, 4] = -beta * self.ln_d * j[:, 3]
        return j

    def projected(self, start):
        """The start with E, A and B solved for by least squares on the relative residual."""
        loss = np.exp(self.ln_loss)
        columns = [1 / loss, np.exp(-start[2] * self.ln_n) / loss, np.exp(-start[4] * self.ln_d) / loss]
        (e, a, b), *_ = np.linalg.lstsq(np.stack(columns, 1), np.ones(len(loss)), rcond=None)
        solved = [e, a, start[2], b, start[4]]
        return np.array([x if x > 0 else y for x, y in zip(solved, start)])


def starts(count, seed):
    """Log-uniform in the box, as the law searches its positive parameters."""
    random = np.random.default_rng(seed)
    low, high = np.log(np.array(BOX)).T
    return np.exp(random.uniform(low, high, (count, len(BOX))))


def law5(path, count, repeats):
    with open(path) as file:
        rows = list(csv.DictReader(file))
    table = {key: np.array([float(row[key]) for row in rows]) for key in ("N", "D", "loss")}
    problem = LogResidual(table["N"], table["D"], table["loss"])
    drawn = starts(count, 0)
    out = []
    for name, project, options in [
        ("law5 lm, tolerances 1e-6", False, dict(ftol=1e-6, xtol=1e-6, gtol=1e-6)),
        ("law5 lm, default tolerances", False, {}),
        ("law5 lm, tolerances 1e-6, starts projected", True, dict(ftol=1e-6, xtol=1e-6, gtol=1e-6)),
    ]:
        cpus = []
        for _ in range(repeats):
            begun = time.process_time()
            costs, calls, broken = [], [], 0
            for start in drawn:
                if project:
                    start = problem.projected(start)
                try:
                    end = least_squares(
                        problem.residual, np.log(start), jac=problem.jacobian, method="lm",
                        max_nfev=200, **options)
                    costs.append(end.cost)
                    calls.append(end.nfev)
                except ValueError:
                    broken += 1
            cpus.append(time.process_time() - begun)
        cpu = statistics.median(cpus)
        best = min(costs)
        out.append({
            "name": name, "fits": count, "cpu_s": cpu, "cpus": cpus,
            "fits_per_cpu_s": count / cpu, "best": best, "mean_nfev": statistics.mean(calls),
            "near_best_of_all": sum(c <= 1.01 * best for c in costs) / count, "broken": broken,
        })
    return out


class Huber:
    """The sum of Huber losses of the log residual, as Hoffmann et al. minimise it."""

    def __init__(self, n, d, loss, delta=1e-3):
        self.ln_n, self.ln_d, self.ln_loss, self.delta = np.log(n), np.log(d), np.log(loss), delta

    def __call__(self, p):
        a, b, e, alpha, beta = p
        terms = np.stack([a - alpha * self.ln_n, b - beta * self.ln_d, np.full(len(self.ln_n), e)])
        most = terms.max(0)
        shares = np.exp(terms - most)
        total = shares.sum(0)
        r = most + np.log(total) - self.ln_loss
        size = np.abs(r)
        near = np.minimum(size, self.delta)
        influence = np.copysign(near, r)
        shares *= influence / total
        slope = shares.sum(1)
        gradient = np.array([
            slope[0], slope[1], slope[2],
            -(shares[0] @ self.ln_n), -(shares[1] @ self.ln_d)])
        return (near * (size - 0.5 * near)).sum(), gradient


def chinchilla(path):
    with open(path) as file:
        rows = list(csv.DictReader(file))
    size = np.array([float(row["Model Size"]) for row in rows])
    flop = np.array([float(row["Training FLOP"]) for row in rows])
    loss = np.array([float(row["loss"]) for row in rows])
    keep = loss < np.sort(loss)[-5]
    assert keep.sum() == 240
    objective = Huber(size[keep], (flop / (6 * size))[keep], loss[keep])
    grid = itertools.product(
        np.arange(0, 26, 5.0), np.arange(0, 26, 5.0), np.arange(-1, 1.01, 0.5),
        np.arange(0, 2.01, 0.5), np.arange(0, 2.01, 0.5))
    begun = time.process_time()
    ends = [minimize(objective, start, jac=True, method="L-BFGS-B") for start in grid]
    cpu = time.process_time() - begun
    best = min(ends, key=lambda end: end.fun)
    a, b, e, alpha, beta = best.x
    return [{
        "name": "chinchilla 4500 L-BFGS-B", "fits": len(ends), "cpu_s": cpu,
        "fits_per_cpu_s": len(ends) / cpu, "best": best.fun,
        "theta": [float(x) for x in (np.exp(e), np.exp(a), alpha, np.exp(b), beta)],
        "evaluations": sum(end.nfev for end in ends),
        "near_best_of_all": sum(end.fun <= 1.01 * best.fun for end in ends) / len(ends),
    }]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--law5", help="table that the fits bench writes with --data")
    parser.add_argument("--chinchilla", help="chinchilla_epoch/svg_extracted_data.csv")
    parser.add_argument("--starts", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", help="file to write; stdout without it")
    arguments = parser.parse_args()
    workloads = []
    if arguments.law5:
        workloads += law5(arguments.law5, arguments.starts, arguments.repeats)
    if arguments.chinchilla:
        workloads += chinchilla(arguments.chinchilla)
    document = {
        "python": sys.version.split()[0], "numpy": np.__version__, "scipy": scipy.__version__,
        "workloads": workloads,
    }
    text = json.dumps(document, indent=2)
    if arguments.json:
        with open(arguments.json, "w") as file:
            file.write(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
