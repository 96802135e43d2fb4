"""Writes runs.csv: continual pre-training whose critical mixture ratio is known. Standard library only.

    python3 generate.py [--seed N] [--noise NATS]

For every model the ratio that turns at T is alpha * T^s + beta, exactly; T counts 0.2 billion tokens.
"""

import argparse
import csv
import math
import os
import random

# Name, N, base losses (general, domain), and alpha, s, beta of the critical ratio.
MODELS = [
    ("small", 400_000_000, 2.10, 1.95, 0.25, 0.25, -0.5),
    ("large", 2_000_000_000, 1.90, 1.75, 0.30, 0.25, -0.5),
]
RATIOS = [1 / 8, 1 / 4, 1 / 3, 1 / 2, 3 / 4]
UNIT = 200_000_000
LAST = 100.0
CHECKPOINTS = 40
# Exponents of the general loss: T^S (p - q (T^D - 1)/D).
S, D = 0.5, 0.3


def general(ratio, turn):
    """The change of the general loss: 0 at the start, a peak of `height` at T = `turn`."""
    height = 0.01 + 0.03 * ratio
    q = height * S / turn ** (S + D)
    p = q * (1 + (S + D) * (turn**D - 1) / D) / S
    return lambda t: t**S * (p - q * (t**D - 1) / D)


def domain(ratio):
    """The change of the domain loss, which falls for good."""
    exponent = -0.1
    return lambda t: -0.10 - 0.15 * ratio - 0.04 * (1 + ratio) * (t**exponent - 1) / exponent


def rows(noise):
    for name, size, base_general, base_domain, alpha, s, beta in MODELS:
        for ratio in RATIOS:
            turn = ((ratio - beta) / alpha) ** (1 / s)
            curves = general(ratio, turn), domain(ratio)
            yield name, size, ratio, 0, base_general, base_domain
            for k in range(1, CHECKPOINTS + 1):
                t = LAST * k / CHECKPOINTS
                change = [curve(t) + random.gauss(0, noise) for curve in curves]
                yield name, size, ratio, round(t * UNIT), base_general + change[0], base_domain + change[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=20240724)
    parser.add_argument("--noise", type=float, default=1e-4)
    options = parser.parse_args()
    random.seed(options.seed)
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "runs.csv"), "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["model", "N", "ratio", "tokens", "general_loss", "domain_loss"])
        for name, size, ratio, tokens, *losses in rows(options.noise):
            out.writerow([name, size, f"{ratio:.6f}", tokens, *(f"{loss:.6f}" for loss in losses)])
    with open(os.path.join(here, "planted.csv"), "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["model", "alpha", "s", "beta", "critical_at_T100"])
        for name, _, _, _, alpha, s, beta in MODELS:
            out.writerow([name, alpha, s, beta, f"{alpha * LAST**s + beta:.9f}"])


if __name__ == "__main__":
    main()
