#!/usr/bin/env python3
"""Loads exported SAEs with SAELens itself, and compares its reconstructions with those that were exported.

    pip install sae-lens==6.54.12
    bin/unweave export RUN/JOB --format saelens --out DIR --check-rows 256
    python tests/bench/saelens_check.py DIR...

Each DIR must hold check.safetensors, which --check-rows writes: `x`, rows, and `x_hat`, their reconstructions. A row's
difference is the greatest of its elements', relative to the row's norm. Prints one line of JSON for each folder; the exit
code is 1 if one cannot be loaded or differs by more than 1e-5 (see --bar).
"""
import argparse
import json
import pathlib
import sys
import warnings

warnings.filterwarnings("ignore")

import torch
from safetensors.torch import load_file

import sae_lens
from sae_lens import SAE

FILES = {"cfg.json", "sae_weights.safetensors", "sparsity.safetensors", "check.safetensors"}


def check(folder, bar):
    rows = load_file(folder / "check.safetensors")
    x, ours = rows["x"], rows["x_hat"]
    assert x.shape == ours.shape and len(x) > 0, f"x is {tuple(x.shape)}, x_hat is {tuple(ours.shape)}"
    assert torch.isfinite(x).all() and torch.isfinite(ours).all(), "check.safetensors has values that are not finite"
    unknown = {path.name for path in folder.iterdir()} - FILES
    assert not unknown, f"files that no export has: {sorted(unknown)}"
    sae = SAE.load_from_disk(folder)
    assert x.shape[1] == sae.cfg.d_in, f"rows of {x.shape[1]}, but d_in is {sae.cfg.d_in}"
    with torch.no_grad():
        latents = sae.encode(x)
        theirs = sae.decode(latents)
    difference = (theirs - ours).abs().amax(1) / x.norm(dim=1)
    worst = difference.max().item()
    if (folder / "sparsity.safetensors").exists():
        sparsity = load_file(folder / "sparsity.safetensors")["sparsity"]
        assert sparsity.shape == (sae.cfg.d_sae,), f"sparsity is {tuple(sparsity.shape)}"
    return {
        "architecture": sae.cfg.architecture(),
        "variant": sae.cfg.metadata.variant,
        "d_in": sae.cfg.d_in,
        "d_sae": sae.cfg.d_sae,
        "rows": len(x),
        "l0": round((latents > 0).float().sum(1).mean().item(), 2),
        "rows_apart": int((difference > bar).sum()),
        "max_difference": worst,
        # An SAE that says nothing would agree too.
        "ok": bool(worst <= bar and (latents > 0).any()),
    }


def main():
    arguments = argparse.ArgumentParser(description="Compares exported SAEs with SAELens.")
    arguments.add_argument("folders", nargs="+", type=pathlib.Path, metavar="DIR")
    arguments.add_argument("--bar", type=float, default=1e-5, help="greatest difference, relative to a row's norm")
    given = arguments.parse_args()
    failed = 0
    for folder in given.folders:
        try:
            result = check(folder, given.bar)
        except Exception as problem:  # a folder that cannot be loaded is reported, and the others are still looked at
            result = {"ok": False, "error": f"{type(problem).__name__}: {problem}"}
        failed += not result["ok"]
        print(json.dumps({"folder": str(folder), **result}), flush=True)
    print(f"sae-lens {sae_lens.__version__}: {len(given.folders) - failed} of {len(given.folders)} agree", file=sys.stderr)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
