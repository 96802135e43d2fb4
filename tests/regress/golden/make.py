"""Makes the golden models: python make.py (lightgbm 4.7.0, numpy).

NAME.txt is the model as LightGBM saves it (without its parameters), NAME.csv the rows with their
target and LightGBM's prediction. `grown` has mixtures and is grown again by the tests; `missing` has
values that are missing, negative and zero; `zero` takes zeros for missing; `constant` has one leaf;
`wide` has trees of more than 64 leaves.
"""

import pathlib

import lightgbm
import numpy

HERE = pathlib.Path(__file__).parent
EXACT = dict(
    objective="regression", verbosity=-1, num_threads=1, deterministic=True, force_col_wise=True
)


def mixtures(random, rows, domains):
    raw = random.dirichlet(numpy.full(domains, 0.4), rows).round(3)
    loss = 2 + numpy.exp(-3 * raw[:, 0]) + 0.5 * numpy.exp(-5 * raw[:, 1]) - raw[:, 2] * raw[:, 0]
    return raw, loss + 0.02 * random.standard_normal(rows)


def signed(random, rows, features, missing):
    table = random.standard_normal((rows, features)).round(2)
    target = table[:, 0] * table[:, 1] + numpy.abs(table[:, 2])
    table[random.random(table.shape) < 0.1] = missing
    return table, target


def save(name, table, target, rounds, shown, **parameters):
    data = lightgbm.Dataset(table, target)
    model = lightgbm.train(EXACT | parameters, data, rounds)
    text = model.model_to_string(num_iteration=-1)
    head, end, _ = text.partition("end of trees\n")
    (HERE / f"{name}.txt").write_text(head + end)
    table, target = table[:shown], target[:shown]
    rows = numpy.column_stack([table, target, model.predict(table)])
    numpy.savetxt(HERE / f"{name}.csv", rows, fmt="%.17g", delimiter=",")


def main():
    random = numpy.random.default_rng(20)
    table, target = mixtures(random, 300, 6)
    save("grown", table, target, 40, 300, learning_rate=0.1)
    table, target = signed(random, 400, 4, numpy.nan)
    save("missing", table, target, 8, 60, min_data_in_leaf=5)
    table, target = signed(random, 400, 4, 0.0)
    save("zero", table, target, 8, 60, min_data_in_leaf=5, zero_as_missing=True)
    save("constant", table[:30], target[:30], 3, 10)
    table, target = mixtures(random, 600, 5)
    save("wide", table, target, 3, 60, min_data_in_leaf=3, num_leaves=90)


if __name__ == "__main__":
    main()
