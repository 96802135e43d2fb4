#!/usr/bin/env python3
"""Bootstrap of the Chinchilla law with JAX and optimistix: all resamples as one vmapped, compiled batch.

    jax_sweep.py TABLE.csv [--resamples 400] [--json FILE]

TABLE has the columns N, D and loss. Each resample minimises the sum of Huber losses (delta 1e-3) of the log residual
from the constants that Hoffmann et al. 2022 print, by optimistix's BFGS in double precision. CPU seconds
(time.process_time, all threads) of a second call, so that compiling is not counted.
"""

import argparse
import csv
import json
import sys
import time

import jax
import numpy as np

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import optimistix

DELTA = 1e-3
HOFFMANN = np.array([np.log(406.4), np.log(410.7), np.log(1.69), 0.34, 0.28])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table")
    parser.add_argument("--resamples", type=int, default=400)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--json", help="file to write; stdout without it")
    arguments = parser.parse_args()
    with open(arguments.table) as file:
        rows = list(csv.DictReader(file))
    ln_n, ln_d, ln_loss = (jnp.log(np.array([float(row[key]) for row in rows])) for key in ("N", "D", "loss"))
    random = np.random.default_rng(arguments.seed)
    weights = np.stack([
        np.bincount(random.integers(len(rows), size=len(rows)), minlength=len(rows))
        for _ in range(arguments.resamples)]).astype(float)

    def objective(p, weight):
        a, b, e, alpha, beta = p
        terms = jnp.stack([a - alpha * ln_n, b - beta * ln_d, jnp.full(len(ln_n), e)])
        size = jnp.abs(jax.scipy.special.logsumexp(terms, axis=0) - ln_loss)
        near = jnp.minimum(size, DELTA)
        return (weight * near * (size - 0.5 * near)).sum()

    solver = optimistix.BFGS(rtol=1e-8, atol=1e-10)

    @jax.jit
    @jax.vmap
    def solve(weight):
        found = optimistix.minimise(objective, solver, jnp.array(HOFFMANN), weight, max_steps=1000, throw=False)
        return found.value, objective(found.value, weight), found.result == optimistix.RESULTS.successful

    jax.block_until_ready(solve(weights))
    begun = time.process_time()
    values, ends, good = jax.block_until_ready(solve(weights))
    cpu = time.process_time() - begun
    a, b, e, alpha, beta = np.asarray(values).T
    thetas = np.stack([np.exp(e), np.exp(a), alpha, np.exp(b), beta], 1)
    document = {
        "python": sys.version.split()[0], "jax": jax.__version__, "optimistix": optimistix.__version__,
        "resamples": arguments.resamples, "cpu_s": cpu, "usable": float(np.mean(np.asarray(good))),
        "std_errors": dict(zip(["E", "A", "alpha", "B", "beta"], map(float, np.std(thetas, axis=0, ddof=1)))),
    }
    text = json.dumps(document, indent=2)
    if arguments.json:
        with open(arguments.json, "w") as file:
            file.write(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
