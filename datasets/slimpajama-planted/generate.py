#!/usr/bin/env python3
"""Writes runs.csv: runs drawn from BiMix laws with known coefficients (planted.csv).

    python3 generate.py [SEED]

Six mixtures (Table 5 of the BiMix paper, renormalised) x 20 checkpoints x 7 domains. The loss of
a domain is r^-alpha * (P * s^-beta + Q) with s in units of 1e9 tokens, times exp(0.002 * z) with z
standard normal. The same seed gives the same file.
"""
import csv
import math
import pathlib
import random
import sys

SEED = 20240527
NOISE = 0.002
STEPS = range(10_000, 200_001, 10_000)
TOKENS_A_STEP = 512 * 1024
HERE = pathlib.Path(__file__).resolve().parent
# Names in Table 5, in the order of planted.csv.
TABLE_NAMES = {
    "arxiv": "ArXiv",
    "book": "Books",
    "c4": "C4",
    "github": "GitHub",
    "commoncrawl": "CommonCrawl",
    "stackexchange": "StackExchange",
    "wikipedia": "Wikipedia",
}


def table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def normal(rng):
    """Box-Muller: depends on nothing but rng.random(), which is stable between versions."""
    radius = math.sqrt(-2.0 * math.log(1.0 - rng.random()))
    return radius * math.cos(2.0 * math.pi * rng.random())


def shares(mixtures, mixture):
    by_name = {row["domain"]: float(row[mixture]) for row in mixtures}
    total = math.fsum(by_name.values())
    return {domain: by_name[name] / total for domain, name in TABLE_NAMES.items()}


def main():
    rng = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else SEED)
    laws = {row.pop("domain"): {k: float(v) for k, v in row.items()}
            for row in table(HERE / "planted.csv")}
    mixtures = table(HERE.parent / "bimix-mixtures" / "slimpajama.csv")
    names = [name for name in mixtures[0] if name != "domain"]
    with open(HERE / "runs.csv", "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["mixture", "mixture_id", "step", "tokens",
                      *(f"weight_{d}" for d in laws), *(f"{d}_loss" for d in laws)])
        for number, name in enumerate(names, 1):
            weights = shares(mixtures, name)
            for step in STEPS:
                tokens = step * TOKENS_A_STEP
                losses = []
                for domain, law in laws.items():
                    over_time = law["P"] * (tokens / 1e9) ** -law["beta"] + law["Q"]
                    loss = weights[domain] ** -law["alpha"] * over_time
                    losses.append(f"{loss * math.exp(NOISE * normal(rng)):.6f}")
                out.writerow([name, number, step, tokens,
                              *(f"{weights[d]:.8f}" for d in laws), *losses])


if __name__ == "__main__":
    main()
