#!/usr/bin/env python3
"""Measures SAEs of ours on an activation store's held-out rows, with the same code as quality_peer.py measures its own.

    bin/unweave run tests/bench/quality.conf --set name=quality
    for job in runs/quality/jobs/*; do bin/unweave export $job --format saelens --out exports/$(basename $job); done
    python quality_ours.py STORE exports/*

An export's name begins with its variant, as `topk-seed1`. What is active is decided as in training: batch-topk's export
has a threshold, but here the k B largest of a batch of B rows are kept. Needs the environment of quality_peer.py and
safetensors.
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import load_file

from quality_peer import Store

BATCH_ROWS = 512


def codes(variant, weights, k, x, subtracts):
    pre = torch.relu((x - weights["b_dec"] if subtracts else x) @ weights["W_enc"] + weights["b_enc"])
    if variant == "topk":
        top = pre.topk(k, dim=1)
        return torch.zeros_like(pre).scatter_(1, top.indices, top.values)
    if variant == "batch-topk":
        flat = pre.flatten()
        top = flat.topk(k * len(x))
        return torch.zeros_like(flat).scatter_(0, top.indices, top.values).view_as(pre)
    return pre * (pre > weights["threshold"]) if "threshold" in weights else pre


def main():
    store = Store(pathlib.Path(sys.argv[1]))
    rows = store.held_out / float(store.scale)  # exports are in the model's own scale
    spread = (rows.double() - rows.double().mean(0)).square().sum().item()
    for folder in map(pathlib.Path, sys.argv[2:]):
        variant = max((v for v in ("topk", "batch-topk", "jump-relu", "standard") if folder.name.startswith(v)), key=len)
        weights = load_file(folder / "sae_weights.safetensors")
        config = json.loads((folder / "cfg.json").read_text())
        error = active = 0
        for x in rows.split(BATCH_ROWS):
            z = codes(variant, weights, config.get("k", 32), x, config["apply_b_dec_to_input"])
            error += (x - (z @ weights["W_dec"] + weights["b_dec"])).double().square().sum().item()
            active += (z != 0).sum().item()
        line = {"sae": folder.name, "variance_explained": round(1 - error / spread, 6)}
        print(json.dumps(line | {"l0": round(active / len(rows), 4), "held_out_rows": len(rows)}), flush=True)


if __name__ == "__main__":
    main()
