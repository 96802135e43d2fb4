#!/usr/bin/env python3
"""The workloads of the trees bench with LightGBM on one thread.

    lightgbm_trees.py --tables MIXLAW_DATA [--data FOLDER] [--repeats 3]

CPU seconds (time.process_time), medians. `--data` is the folder that the bench wrote: its model is
read, must predict what the bench says, scores the million mixtures, and simulates as many.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import argparse
import pathlib
import statistics
import time

import lightgbm
import numpy

MIXTURES = 1_000_000
RECIPE = dict(
    objective="regression",
    metric=["l1", "l2"],
    learning_rate=0.01,
    seed=42,
    verbosity=-1,
    num_threads=1,
)


def table(path):
    return numpy.loadtxt(path, delimiter=",", skiprows=1)[:, 1:]


def shares(path):
    """As mixlaw reads them: each row divided by its sum, added up from left to right."""
    raw = table(path)
    return raw / raw.cumsum(axis=1)[:, -1:]


def grow(folder):
    """All targets by the recipe of the paper; gives the number of trees."""
    trees = 0
    for loss, test_loss in zip(folder["train_loss"].T, folder["test_loss"].T):
        data = lightgbm.Dataset(folder["train"], loss)
        test = lightgbm.Dataset(folder["test"], test_loss, reference=data)
        stop = lightgbm.early_stopping(3, verbose=False)
        model = lightgbm.train(RECIPE, data, 1000, valid_sets=[test], callbacks=[stop])
        trees += model.best_iteration
    return trees


def simulate(model):
    """RegMix's simulation around equal shares: the mean of the best 128."""
    mixtures = numpy.random.dirichlet(numpy.full(17, 1 / 17), MIXTURES)
    losses = model.predict(mixtures, num_threads=1)
    return mixtures[numpy.argsort(losses)[:128]].mean(axis=0)


def measured(repeats, call):
    count, times = call(), []
    for _ in range(repeats):
        began = time.process_time()
        call()
        times.append(time.process_time() - began)
    return count, statistics.median(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tables", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    regmix = arguments.tables / "regmix"
    folder = {part: shares(regmix / f"{part}_mixture_1m.csv") for part in ("train", "test")}
    for part in ("train", "test"):
        folder[f"{part}_loss"] = table(regmix / f"{part}_pile_loss_1m.csv")
    count, seconds = measured(arguments.repeats, lambda: grow(folder))
    print(f"13 targets grown ({count}): {seconds:.3f} CPU s")
    if arguments.data is None:
        return
    model = lightgbm.Booster(model_file=arguments.data / "pile_cc.txt")
    rows = numpy.loadtxt(arguments.data / "mixtures.csv", delimiter=",", skiprows=1)
    theirs = model.predict(rows[:, :-1], num_threads=1)
    print(f"predictions differ by at most {numpy.abs(theirs / rows[:, -1] - 1).max():.1e}")
    mixtures = numpy.random.default_rng(0).dirichlet(numpy.ones(17), MIXTURES)
    score = lambda: len(model.predict(mixtures, num_threads=1))
    count, seconds = measured(1, score)
    print(f"1e6 mixtures scored ({count}): {seconds:.3f} CPU s")
    count, seconds = measured(1, lambda: simulate(model)[0])
    print(f"1e6 mixtures simulated: {seconds:.3f} CPU s")


if __name__ == "__main__":
    main()
