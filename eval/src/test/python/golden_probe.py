"""Makes src/test/resources/golden/probe.json: what scikit-learn's logistic regression and a plain AdamW find.

    pip install scikit-learn
    python src/test/python/golden_probe.py > src/test/resources/golden/probe.json

The logistic problems are solved far below scikit-learn's default tolerance, so that two solvers must agree. The AdamW
part writes the update out in numpy, in the order of torch.optim.AdamW's documentation: decay, moments, bias correction.
"""

import json
import sys

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression


def logistic(name, x, y):
    model = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12, max_iter=100_000)
    model.fit(x, y)
    return {
        "name": name,
        "x": x.tolist(),
        "y": [bool(label) for label in y],
        "coefficients": model.coef_[0].tolist(),
        "intercept": float(model.intercept_[0]),
        "predictions": [bool(label) for label in model.predict(x)],
    }


def logistic_cases(rng):
    y = np.array([n % 2 == 0 for n in range(30)])
    overlapping = rng.normal(size=(30, 3)) + np.outer(y, [0.8, -0.5, 0.1])
    separable = np.outer(np.where(y, 1.0, -1.0), [2.0]) + 0.1 * rng.normal(size=(30, 1))
    duplicate = np.repeat(overlapping[:, :1], 2, axis=1)
    constant = np.concatenate([overlapping[:, :1], np.full((30, 1), 3.0)], axis=1)
    sparse = np.where(rng.random((30, 5)) < 0.2, rng.gamma(2.0, 4.0, size=(30, 5)), 0.0)
    large = overlapping[:, :2] * [1e3, 1e-3]
    uneven = np.array([n < 4 for n in range(30)])
    rounded = [np.round(x, 6) for x in (overlapping, separable, duplicate, constant, sparse, large)]
    names = ["overlapping", "separable", "duplicate columns", "constant column", "sparse", "badly scaled"]
    cases = [logistic(name, x, y) for name, x in zip(names, rounded)]
    cases.append(logistic("uneven labels", rounded[0], uneven))
    return cases


def adamw(rng, rows=24, columns=6, batch=10, epochs=8):
    x = np.where(rng.random((rows, columns)) < 0.5, np.round(rng.normal(size=(rows, columns)), 4), 0.0)
    x = x.astype(np.float32).astype(np.float64)  # rows are single precision where they are used
    y = rng.random(rows) < 0.5
    theta = np.round(rng.uniform(-0.4, 0.4, columns + 1), 6)  # weights, then the bias
    start = theta.copy()
    first, second, count = np.zeros_like(theta), np.zeros_like(theta), 0
    orders = []
    for _ in range(epochs):
        order = rng.permutation(rows)
        orders.append(order.tolist())
        for at in range(0, rows, batch):
            chosen = order[at : at + batch]
            z = np.concatenate([x[chosen], np.ones((len(chosen), 1))], axis=1)
            error = 1 / (1 + np.exp(-z @ theta)) - y[chosen]
            gradient = z.T @ error / len(chosen)
            count += 1
            theta = theta * (1 - 1e-2 * 0.01)
            first = 0.9 * first + 0.1 * gradient
            second = 0.999 * second + 0.001 * gradient**2
            step = (first / (1 - 0.9**count)) / (np.sqrt(second / (1 - 0.999**count)) + 1e-8)
            theta = theta - 1e-2 * step
    return {
        "x": x.tolist(),
        "y": [bool(label) for label in y],
        "batch": batch,
        "start": start.tolist(),
        "orders": orders,
        "end": theta.tolist(),
    }


def main():
    rng = np.random.default_rng(20)
    golden = {
        "made_with": {"scikit-learn": sklearn.__version__, "numpy": np.__version__},
        "logistic": logistic_cases(rng),
        "adamw": adamw(rng),
    }
    json.dump(golden, sys.stdout)
    print()


main()
