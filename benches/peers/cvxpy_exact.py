#!/usr/bin/env python3
"""The exact minima of the search bench with CVXPY.

    cvxpy_exact.py --problems problems.json [--repeats 5] [--json FILE]

Minimises the mean over targets of c + exp(t . w) over the simplex with caps, with the same
coefficients. `cpu_s` is a whole solve, from the problem as arrays to the mixture; `again_s` solves
a problem that CVXPY has compiled before; `solver_s` is what the solver itself reports.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import json
import statistics
import sys
import time

import cvxpy
import numpy as np

# As accurate as they go.
SOLVERS = {
    "ECOS": dict(abstol=1e-10, reltol=1e-10, feastol=1e-10),
    "CLARABEL": dict(tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10),
}


def stated(c, t, high):
    w = cvxpy.Variable(t.shape[1])
    mean = (cvxpy.sum(cvxpy.exp(t @ w)) + c.sum()) / len(c)
    return w, cvxpy.Problem(cvxpy.Minimize(mean), [w >= 0, w <= high, cvxpy.sum(w) == 1])


def solve(problem, solver, repeats):
    c, t = np.array(problem["c"]), np.array(problem["t"])
    high = np.array(problem["high"])
    first, again, inside = [], [], []
    for _ in range(repeats):
        begun = time.process_time()
        w, question = stated(c, t, high)
        question.solve(solver=solver, **SOLVERS[solver])
        first.append(time.process_time() - begun)
        inside.append(question.solver_stats.solve_time)
        begun = time.process_time()
        question.solve(solver=solver, **SOLVERS[solver])
        again.append(time.process_time() - begun)
    mixture = np.clip(w.value, 0, high)
    mixture /= mixture.sum()
    return {
        "name": f"{problem['name']}, {solver}", "status": question.status,
        "objective": float((np.exp(t @ mixture).sum() + c.sum()) / len(c)),
        "mixture": mixture.tolist(), "cpu_s": statistics.median(first),
        "again_s": statistics.median(again), "solver_s": statistics.median(inside)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", required=True, help="what the search bench writes with --data")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", help="file to write; stdout without it")
    arguments = parser.parse_args()
    with open(arguments.problems) as file:
        problems = [problem for problem in json.load(file) if "high" in problem]
    workloads = [
        solve(problem, solver, arguments.repeats)
        for problem in problems for solver in SOLVERS if solver in cvxpy.installed_solvers()]
    document = {
        "python": sys.version.split()[0], "cvxpy": cvxpy.__version__, "workloads": workloads}
    text = json.dumps(document, indent=2)
    if arguments.json:
        with open(arguments.json, "w") as file:
            file.write(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
