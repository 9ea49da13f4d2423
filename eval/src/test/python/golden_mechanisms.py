"""Makes src/test/resources/golden/mechanisms.json: what an SAE's latents tell of two labels, by numpy and scikit-learn.

    pip install numpy scikit-learn
    python src/test/python/golden_mechanisms.py > src/test/resources/golden/mechanisms.json

Texts of one row each, six of each combination of labels, in the order of the combinations; text n of one is in fold n mod 4.
There are more latents than texts, so the probes are found among the combinations of the texts.
"""

import json
import sys

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

WIDTH, FEATURES, EACH, FOLDS, TAIL = 6, 60, 6, 4, 0.2


def single(array):
    """As it is where it is used."""
    return np.round(array, 4).astype(np.float32).astype(np.float64)


def framed(rows, like):
    centred = like - like.mean(axis=0)
    scale = np.sqrt((centred**2).sum(axis=1).mean())
    return (rows - like.mean(axis=0)) / scale


def probe(rows, labels):
    fitted = LogisticRegression(C=1.0, tol=1e-12, max_iter=100000).fit(framed(rows, rows), labels)
    return fitted


def telling(fitted, rows):
    a = np.abs(fitted.coef_[0]) * rows.mean(axis=0)
    threshold = np.percentile(a[a > 0], 85)
    return np.flatnonzero(a > threshold), a[a > threshold].sum() / a.sum()


def without(rows, latents):
    out = rows.copy()
    out[:, latents] = 0
    return out


def main():
    rng = np.random.default_rng(5)
    enc = single(rng.normal(size=(FEATURES, WIDTH)))
    dec = single(rng.normal(size=(FEATURES, WIDTH)))
    dec[7] = single(1.5 * dec[3] + 0.1 * rng.normal(size=WIDTH))
    b_enc = single(rng.uniform(-2.0, 0.3, size=FEATURES))
    b_enc[[4, 11]] = -50.0  # these never fire
    b_dec = single(0.2 * rng.normal(size=WIDTH))
    lean = rng.normal(size=(2, WIDTH))

    texts, main_label, spurious, fold = [], [], [], []
    for cell in range(4):
        for n in range(EACH):
            m, s = cell // 2, cell % 2
            texts.append(single(rng.normal(size=WIDTH) + 0.7 * m * lean[0] + 0.9 * s * lean[1]))
            # The first of the main values and the second of the spurious ones are the positive ones.
            main_label.append(m == 0)
            spurious.append(s == 1)
            fold.append(n % FOLDS)
    x, m, s, fold = np.array(texts), np.array(main_label), np.array(spurious), np.array(fold)
    h = np.maximum((x - b_dec) @ enc.T + b_enc, 0.0)

    found = {"main_accuracy": 0.0, "spurious_accuracy": 0.0, "bulk_spurious_accuracy": 0.0}
    for f in range(FOLDS):
        fit, test = fold != f, fold == f
        found["main_accuracy"] += probe(h[fit], m[fit]).score(framed(h[test], h[fit]), m[test]) / FOLDS
        p = probe(h[fit], s[fit])
        found["spurious_accuracy"] += p.score(framed(h[test], h[fit]), s[test]) / FOLDS
        latents, _ = telling(p, h[fit])
        bulk, left = without(h[fit], latents), without(h[test], latents)
        found["bulk_spurious_accuracy"] += probe(bulk, s[fit]).score(framed(left, bulk), s[test]) / FOLDS
    latents, found["top_share"] = telling(probe(h, s), h)
    found["top_latents"] = float(len(latents))

    def cosines(which):
        unit = dec[which] / np.linalg.norm(dec[which], axis=1, keepdims=True)
        c = unit @ unit.T
        return c[~np.eye(len(which), dtype=bool)].reshape(len(which), -1)

    alive = np.flatnonzero((h > 0).any(axis=0))
    found["latents"] = float(len(alive))
    found["nearest_cosine"] = cosines(alive).max(axis=1).mean()
    found["similarity_tail"] = (np.maximum(cosines(alive) - TAIL, 0) ** 2).sum(axis=1).mean()
    found["top_squared_cosine"] = (cosines(latents) ** 2).mean()

    u = h - h.mean(axis=0)
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    c = u @ u.T
    alike = (m[:, None] == m[None]) & (s[:, None] != s[None])
    apart = (m[:, None] != m[None]) & (s[:, None] == s[None])
    found["contrast"] = c[alike].mean() - c[apart].mean()

    golden = {
        "made_with": {"numpy": np.__version__, "scikit-learn": sklearn.__version__},
        "w_enc": enc.tolist(),
        "b_enc": b_enc.tolist(),
        "w_dec": dec.tolist(),
        "b_dec": b_dec.tolist(),
        "texts": x.tolist(),
        "found": {key: float(value) for key, value in found.items()},
    }
    json.dump(golden, sys.stdout)
    print()


main()
