#!/usr/bin/env python3
"""Trains dictionary_learning's SAEs on the rows of an activation store, and measures them on its held-out rows.

    python3 -m venv peers && . peers/bin/activate
    pip install torch==2.11.0 einops tqdm wandb numpy
    pip install --no-deps dictionary-learning==0.1.0
    python quality_peer.py STORE --out quality.jsonl [--variants topk ...] [--seeds 1 2 3] [--updates 1562]

STORE is a folder that holds `index.json`. Rows are read as training here reads them: those above the norm bar left out,
the rest scaled so that the mean squared norm of the kept training rows is 1. They form one stream in which every epoch
is another seeded permutation. The trainers are the package's own, each on one thread.

Prints one JSON line per variant and seed, and appends it to --out; what already stands there is skipped, so that a run
that was stopped goes on when it is started again. Variance explained is `1 - sum ||e||^2 / sum ||x - mean||^2` over the
held-out rows, L0 the mean count of z != 0, both with the activation as in training: the k largest of a row, the k B
largest of a batch of B rows, the values above the threshold, or all that are positive.
"""

import argparse
import importlib.metadata
import json
import pathlib
import sys
import time
import types

import numpy as np

sys.modules["nnsight"] = types.ModuleType("nnsight")  # imported by the package's buffer, which is not used here
sys.modules["nnsight"].LanguageModel = object
import torch  # noqa: E402

from dictionary_learning.trainers import batch_top_k, jumprelu, standard, top_k  # noqa: E402

TOP_K = {"lr": 1e-3, "warmup_steps": 100, "k": 32, "dead_after_rows": 10_000_000}
# What each trainer is given; an option of the same name takes the place of a value.
DEFAULTS = {
    "topk": TOP_K,
    "batch-topk": TOP_K,
    "jump-relu": {
        "lr": 1e-3,
        "warmup_steps": 100,
        "sparsity_warmup_steps": 300,
        "target_l0": 32.0,
        "sparsity_penalty": 1.0,
        "bandwidth": 0.01,
    },
    "standard": {"lr": 1e-3, "warmup_steps": 100, "sparsity_warmup_steps": 300, "l1_penalty": 0.08},
}
TRAINERS = {
    "topk": top_k.TopKTrainer,
    "batch-topk": batch_top_k.BatchTopKTrainer,
    "jump-relu": jumprelu.JumpReluTrainer,
    "standard": standard.StandardTrainer,
}
OPTIONS = {name: type(value) for defaults in DEFAULTS.values() for name, value in defaults.items()}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--variants", nargs="+", choices=DEFAULTS, default=list(DEFAULTS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--updates", type=int, default=1562)
    parser.add_argument("--features", type=int, default=2048)
    parser.add_argument("--batch-rows", type=int, default=512)
    parser.add_argument("--threads", type=int, default=1)
    for name, kind in OPTIONS.items():
        parser.add_argument("--" + name.replace("_", "-"), type=kind)
    return parser.parse_args()


class Store:
    """The kept rows of a store, scaled."""

    def __init__(self, folder):
        self.name = folder.resolve().name
        index = json.loads((folder / "index.json").read_text())["index"]
        version = index["recipe"]["formatVersion"]
        if version != 1:
            raise SystemExit(f"{folder} has format version {version}, this script reads 1; use a newer one")
        self.scale = np.float32(1 / np.sqrt(index["train"]["meanSquaredNorm"]))
        self.train = self.rows(folder, index, "train")
        self.held_out = self.rows(folder, index, "heldOut")

    def rows(self, folder, index, part):
        width, precision = index["recipe"]["width"], index["recipe"]["precision"]
        stored = np.concatenate(
            [
                np.fromfile(folder / shard["file"], "<u2" if precision == "BF16" else "<f4").reshape(-1, width)
                for shard in index[part]["shards"]
            ]
        )
        if len(stored) != index[part]["rows"]:
            raise SystemExit(f"{folder} has {len(stored)} {part} rows, its index says {index[part]['rows']}")
        kept = np.ones(len(stored), dtype=bool)
        kept[index[part]["excludedRows"]] = False
        stored = stored[kept]
        if precision == "BF16":
            stored = (stored.astype(np.uint32) << 16).view(np.float32)
        return torch.from_numpy(stored * self.scale)


def batches(rows, size, count, seed):
    """The stream of all epochs, cut into batches; one may begin in an epoch and end in the next."""
    generator = torch.Generator().manual_seed(seed)
    left = torch.empty(0, dtype=torch.long)
    for _ in range(count):
        while len(left) < size:
            left = torch.cat((left, torch.randperm(len(rows), generator=generator)))
        yield rows[left[:size]]
        left = left[size:]


def trainer_for(variant, width, config):
    torch.manual_seed(config["seed"])  # the JumpReLU trainer does not use the seed that it is given
    given = {name: value for name, value in config["hyperparameters"].items() if name != "dead_after_rows"}
    trainer = TRAINERS[variant](
        steps=config["updates"],
        activation_dim=width,
        dict_size=config["features"],
        layer=0,
        lm_name="none",
        device="cpu",
        seed=config["seed"],
        **given,
    )
    if "dead_after_rows" in config["hyperparameters"]:
        trainer.dead_feature_threshold = config["hyperparameters"]["dead_after_rows"]
    return trainer


def trained_form(variant, ae, x):
    if variant in ("topk", "batch-topk"):
        return ae.encode(x, use_threshold=False)
    if variant == "jump-relu":
        pre = x @ ae.W_enc + ae.b_enc
        return pre * (pre > ae.threshold)
    return ae.encode(x)


@torch.no_grad()
def measure(variant, ae, rows, batch_rows):
    error, active = 0.0, 0
    fired = torch.zeros(ae.dict_size, dtype=torch.bool)
    for x in rows.split(batch_rows):
        z = trained_form(variant, ae, x)
        error += (x - ae.decode(z)).double().square().sum().item()
        active += (z != 0).sum().item()
        fired |= (z != 0).any(0)
    spread = (rows.double() - rows.double().mean(0)).square().sum().item()
    return {
        "variance_explained": round(1 - error / spread, 6),
        "l0": round(active / len(rows), 4),
        "held_out_rows": len(rows),
        "never_active_share": round(1 - fired.double().mean().item(), 4),
    }


def train(variant, config, store):
    trainer = trainer_for(variant, store.train.shape[1], config)
    start = time.perf_counter()
    for step, x in enumerate(batches(store.train, config["batch_rows"], config["updates"], config["seed"])):
        trainer.update(step, x)
        if (step + 1) % 100 == 0:
            took = time.perf_counter() - start
            print(f"{variant} seed {config['seed']}: {step + 1} updates, {took:.0f} s", file=sys.stderr, flush=True)
    seconds = time.perf_counter() - start
    finite = all(p.isfinite().all() for p in trainer.ae.parameters())
    if not finite:
        raise SystemExit(f"{variant}, seed {config['seed']}: parameters are not finite; try a smaller --lr")
    return measure(variant, trainer.ae, store.held_out, config["batch_rows"]) | {"wall_seconds": round(seconds, 1)}


def lines_of(file):
    lines = []
    for number, line in enumerate(file.read_text().splitlines() if file.exists() else [], start=1):
        try:
            lines.append(json.loads(line))
        except json.JSONDecodeError:
            raise SystemExit(f"{file}, line {number} is no JSON; delete it, and its run is done again") from None
    return lines


def config_of(options, store, variant, seed):
    given = {name: getattr(options, name) for name in DEFAULTS[variant] if getattr(options, name) is not None}
    return {
        "peer": "dictionary-learning " + importlib.metadata.version("dictionary-learning"),
        "torch": torch.__version__.split("+")[0],
        "variant": variant,
        "seed": seed,
        "store": store.name,
        "updates": options.updates,
        "batch_rows": options.batch_rows,
        "features": options.features,
        "threads": options.threads,
        "hyperparameters": DEFAULTS[variant] | given,
    }


def require_end_of_warmup(config):
    for name, steps in config["hyperparameters"].items():
        if name.endswith("warmup_steps") and steps >= config["updates"]:
            option = "--" + name.replace("_", "-")
            raise SystemExit(f"{option} {steps} does not end in {config['updates']} updates; give a smaller one")


def main():
    options = parse()
    torch.set_num_threads(options.threads)
    store = Store(options.store)
    done = lines_of(options.out)
    for seed in options.seeds:
        for variant in options.variants:
            config = config_of(options, store, variant, seed)
            require_end_of_warmup(config)
            if any(config == {name: line.get(name) for name in config} for line in done):
                print(f"{variant} seed {seed}: already in {options.out}", file=sys.stderr, flush=True)
                continue
            line = json.dumps(config | train(variant, config, store))
            print(line, flush=True)
            with options.out.open("a") as out:
                out.write(line + "\n")


if __name__ == "__main__":
    main()
