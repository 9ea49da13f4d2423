"""Makes src/test/resources/golden/random.json: what NumPy, pandas, CPython and PyTorch draw with a seed.

    pip install numpy pandas torch
    python src/test/python/golden_random.py > src/test/resources/golden/random.json

Each case is one generator and the calls made of it in turn. Of a long answer stand the first ten numbers, and the
SHA-256 of all of them, written in decimal and joined by commas.
"""

import hashlib
import json
import platform
import random
import sys

import numpy as np
import pandas as pd
import torch

SEEDS = [0, 1, 42, 48, 2**31 + 5, 2**32 - 1]
WIDE_SEEDS = [2**32, 2**45 + 12345, 2**63 - 1]
SIZES = [0, 1, 2, 3, 10, 31, 1000, 65_537]


def numbers(values):
    values = [int(value) for value in values]
    text = ",".join(map(str, values))
    return {"first": values[:10], "count": len(values), "sha256": hashlib.sha256(text.encode()).hexdigest()}


def numpy_state(seed):
    state = np.random.RandomState(seed)
    frames = [(1000, 7), (5, 5), (70_000, 2000)]
    return {
        "seed": seed,
        "permutation": [{"n": n, **numbers(state.permutation(n))} for n in SIZES],
        "choice": [{"n": n, "k": k, **numbers(state.choice(n, k, replace=False))} for n, k in [(50, 6), (3000, 250)]],
        "pandas_sample": [
            {"n": n, "k": k, **numbers(pd.DataFrame({"row": range(n)}).sample(n=k, random_state=seed)["row"])}
            for n, k in frames
        ],
    }


def numpy_generator(seed):
    generator = np.random.default_rng(seed)
    shuffled = []
    for n in SIZES:
        values = [str(i) for i in range(n)]
        generator.shuffle(values)
        shuffled.append({"n": n, **numbers(values)})
    return {"seed": seed, "shuffle": shuffled}


def python(seed):
    random.seed(seed)
    shuffled = []
    for n in SIZES:
        values = list(range(n))
        random.shuffle(values)
        shuffled.append({"n": n, **numbers(values)})
    pairs = [(1, 1), (21, 5), (22, 5), (85, 6), (86, 6), (1000, 999), (1045, 86), (1046, 85), (60_000, 1024)]
    sampled = [{"n": n, "k": k, **numbers(random.sample(range(n), k))} for n, k in pairs]
    below = [{"n": n, "value": random.randrange(n)} for n in [1, 2, 3, 1000, 2**31 - 1]]
    return {"seed": seed, "shuffle": shuffled, "sample": sampled, "randrange": below}


def pytorch(seed):
    torch.manual_seed(seed)
    return {"seed": seed, "randperm": [{"n": n, **numbers(torch.randperm(n).tolist())} for n in SIZES]}


def main():
    golden = {
        "made_with": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "pandas": pd.__version__,
            "torch": torch.__version__.split("+")[0],
        },
        "numpy_state": [numpy_state(seed) for seed in SEEDS],
        "numpy_generator": [numpy_generator(seed) for seed in SEEDS + WIDE_SEEDS],
        "python": [python(seed) for seed in SEEDS + WIDE_SEEDS + [-42]],
        "torch": [pytorch(seed) for seed in SEEDS + WIDE_SEEDS],
    }
    json.dump(golden, sys.stdout)
    print()


main()
