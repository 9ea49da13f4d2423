"""Makes src/test/resources/golden/attribution.json: which latents of a small SAE tell of a label, by numpy alone.

    pip install numpy
    python src/test/python/golden_attribution.py > src/test/resources/golden/attribution.json

The weights of the probe are given. Rows whose norm is above the limit are in no mean.
"""

import json
import sys

import numpy as np

WIDTH, FEATURES, LARGEST_NORM = 6, 40, 40.0


def single(array):
    """As it is where it is used."""
    return np.round(array, 4).astype(np.float32).astype(np.float64)


def main():
    rng = np.random.default_rng(22)
    enc = single(rng.normal(size=(FEATURES, WIDTH)))
    dec = single(rng.normal(size=(FEATURES, WIDTH)))
    b_enc = single(rng.uniform(-2.0, 0.3, size=FEATURES))
    b_enc[[4, 11]] = -50.0  # these never fire
    b_dec = single(0.2 * rng.normal(size=WIDTH))
    w = np.round(rng.normal(size=WIDTH), 4)
    lean = rng.normal(size=WIDTH)

    texts, labels, means = [], [], []
    for n in range(24):
        label = n % 2
        rows = single(rng.normal(size=(int(rng.integers(2, 7)), WIDTH)) + (lean if label else 0))
        if n % 5 == 0:
            rows[1] *= 100
        assert all(abs(np.linalg.norm(row) - LARGEST_NORM) > 5 for row in rows)
        kept = rows[np.linalg.norm(rows, axis=1) <= LARGEST_NORM]
        codes = np.maximum((kept - b_dec) @ enc.T + b_enc, 0.0)
        texts.append(rows)
        labels.append(label)
        means.append(codes.mean(axis=0))

    labels, means = np.array(labels), np.array(means)
    difference = means[labels == 1].mean(axis=0) - means[labels == 0].mean(axis=0)
    effect = np.abs(difference * (dec @ w))
    attribution = effect / effect.sum()
    positive = attribution[attribution > 0]
    golden = {
        "made_with": {"numpy": np.__version__},
        "w_enc": enc.tolist(),
        "b_enc": b_enc.tolist(),
        "w_dec": dec.tolist(),
        "b_dec": b_dec.tolist(),
        "w": w.tolist(),
        "texts": [rows.tolist() for rows in texts],
        "labels": labels.tolist(),
        "order": [int(i) for i in np.argsort(-attribution, kind="stable") if attribution[i] > 0],
        "attribution": attribution.tolist(),
        "percentile_85": float(np.percentile(positive, 85)),
    }
    json.dump(golden, sys.stdout)
    print()


main()
