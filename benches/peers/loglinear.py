#!/usr/bin/env python3
"""The log-linear fits of the loglinear bench with SciPy, and by olmix's recipe with PyTorch.

    loglinear.py --data FOLDER [--only scipy|olmix] [--inits 30] [--targets 13] [--json FILE]

`--data` is the folder that the bench wrote. Both minimise the sum of Huber losses (delta 0.02) of
exp(c) + exp(t . w) - loss over log c and t, on one thread; CPU seconds are time.process_time.

- scipy: L-BFGS-B in float64 with the analytic gradient, 8 starts; with its own tolerances, and (tight) with
  ftol 1e-12, gtol 1e-8 and up to 5000 iterations.
- olmix: the recipe of its log_linear regressor, written anew from its description: for each of 10 values of
  log c from -2 to 1.5, 30 random t; float32, torch.optim.LBFGS (lr 0.01, strong Wolfe, max_iter 20) for at
  most 100 steps each; the best is kept. `--inits` of the 300 are run, and its seconds are those of
  `--inits`: multiply by 300 / inits for the recipe.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import json
import pathlib
import time

import numpy

DELTA = 0.02
STARTS = 8
STEPS = 100


def huber(off):
    size = numpy.abs(off)
    return numpy.where(size <= DELTA, size * size / 2, DELTA * (size - DELTA / 2)).sum()


def by_scipy(mixtures, losses, random, **options):
    from scipy.optimize import minimize

    def both(p):
        with numpy.errstate(over="ignore", invalid="ignore"):
            floor, rest = numpy.exp(p[0]), numpy.exp(mixtures @ p[1:])
            off = floor + rest - losses
            slope = numpy.clip(off, -DELTA, DELTA)
            down = numpy.concatenate([[floor * slope.sum()], mixtures.T @ (slope * rest)])
            return huber(off), down

    best = numpy.inf
    for log_c in numpy.linspace(-2, 1.5, STARTS):
        start = numpy.concatenate([[log_c], random.uniform(-1, 0.1, mixtures.shape[1])])
        found = minimize(both, start, jac=True, method="L-BFGS-B", options=options)
        best = min(best, found.fun)
    return best


def by_olmix(mixtures, losses, random, inits):
    import torch

    torch.set_num_threads(1)
    x = torch.tensor(mixtures, dtype=torch.float32)
    y = torch.tensor(losses, dtype=torch.float32)
    loss = torch.nn.HuberLoss(delta=DELTA, reduction="sum")
    levels = numpy.linspace(-2, 1.5, 10)
    best, kept = numpy.inf, None
    for number in range(inits):
        t = random.uniform(0, 0.1, mixtures.shape[1])
        t[number % mixtures.shape[1]] = -random.uniform(0, 1)
        start = numpy.concatenate([[levels[number % 10]], t])
        p = torch.tensor(start, dtype=torch.float32, requires_grad=True)
        steps = torch.optim.LBFGS([p], lr=0.01, max_iter=20, line_search_fn="strong_wolfe")

        def again():
            steps.zero_grad()
            value = loss(torch.exp(p[0]) + torch.exp(x @ p[1:]), y)
            value.backward()
            return value

        before = numpy.inf
        for _ in range(STEPS):
            value = steps.step(again).item()
            if not numpy.isfinite(value) or value == before:
                break
            before = value
        if numpy.isfinite(value) and value < best:
            best, kept = value, p.detach().numpy().astype(float)
    # Judged in double precision, as the others are.
    return huber(numpy.exp(kept[0]) + numpy.exp(mixtures @ kept[1:]) - losses)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--only", choices=["scipy", "olmix"])
    parser.add_argument("--inits", type=int, default=30)
    parser.add_argument("--targets", type=int, default=13)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    read = lambda name: numpy.loadtxt(arguments.data / name, delimiter=",", skiprows=1)
    mixtures, losses = read("mixtures.csv"), read("losses.csv")
    tight = dict(maxiter=5000, maxfun=10000, ftol=1e-12, gtol=1e-8)
    peers = {
        "scipy": by_scipy,
        "scipy, tight": lambda x, y, random: by_scipy(x, y, random, **tight),
        "olmix": lambda x, y, random: by_olmix(x, y, random, arguments.inits),
    }
    document = {}
    for name, peer in peers.items():
        if arguments.only and not name.startswith(arguments.only):
            continue
        random, found = numpy.random.default_rng(0), []
        # Imports are no part of what is measured.
        peer(mixtures[:20], losses[:20, 0], random)
        began = time.process_time()
        for target in losses.T[: arguments.targets]:
            found.append(peer(mixtures, target, random))
        seconds = (time.process_time() - began) / len(found)
        more = f" for {arguments.inits} of 300 starts" if name == "olmix" else ""
        print(f"{name}: {seconds:.3f} CPU s a target{more}, {len(found)} objectives sum to {sum(found):.6f}")
        document[name] = {"cpu_s_a_target": seconds, "objectives": found}
    if arguments.json:
        arguments.json.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
