#!/usr/bin/env python3
"""Prints what each term moves at 0, 1 and 10 times its weight, out of the reports of the evaluation `mechanisms`.

    python mechanisms.py FOLDER

FOLDER holds evals/mechanisms and evals/core of the jobs of mechanisms.conf and of the preset runs with three seeds. A term moves
a quantity where the means of the three weights rise or fall in order, and those of 0 and 10 lie further apart than the
largest spread (largest less smallest of three seeds) of the three.
"""

import json
import pathlib
import re
import statistics
import sys

# A term, its jobs at 0, 1 and 10 times, what it claims to move, and whither.
TERMS = [
    ("similarity", "baseline", "dynamic-margin", "similarity-10x", "similarity_tail", "down"),
    ("similarity", "baseline", "dynamic-margin", "similarity-10x", "nearest_cosine", "down"),
    ("adversarial", "adversarial-0", "attribution-adversarial", "adversarial-10x", "spurious_accuracy", "down"),
    ("orthogonality", "orthogonality-0", "attribution-adversarial", "orthogonality-10x", "top_squared_cosine", "down"),
    ("contrastive", "contrastive-0", "contrastive", "contrastive-10x", "contrast", "up"),
    ("contrastive", "contrastive-0", "contrastive", "contrastive-10x", "main_accuracy", "up"),
]
BESIDE = ("variance_explained", "spurious_accuracy", "main_accuracy")


def read(folder):
    """The reports' numbers by job and seed."""
    found = {}
    for file in sorted((folder / "evals/mechanisms").glob("*.json")):
        name = re.sub(r"_\d+_custom_sae_eval_results$", "", file.stem).split("_", 1)[1]
        match = re.fullmatch(r"(.*)-seed(\d+)", name)
        if match:
            metrics = json.loads(file.read_text())["eval_result_metrics"]["mechanisms"]
            core = folder / "evals/core" / file.name
            if core.exists():
                quality = json.loads(core.read_text())["eval_result_metrics"]["reconstruction_quality"]
                metrics["variance_explained"] = quality["variance_explained"]
            found.setdefault(match[1], {})[int(match[2])] = metrics
    return found


def cell(runs, quantity):
    values = [run[quantity] for run in runs.values()]
    return statistics.mean(values), max(values) - min(values)


def main():
    found = read(pathlib.Path(sys.argv[1]))
    print("jobs:", ", ".join(f"{name} x{len(seeds)}" for name, seeds in found.items()), "\n")
    for term, zero, one, ten, quantity, whither in TERMS:
        missing = [name for name in (zero, one, ten) if name not in found]
        if missing:
            print(f"{term}: no reports of {', '.join(missing)}")
            continue
        cells = [cell(found[name], quantity) for name in (zero, one, ten)]
        means = [mean for mean, _ in cells]
        spread = max(spread for _, spread in cells)
        ordered = means == sorted(means) or means == sorted(means, reverse=True)
        right = (means[2] > means[0]) == (whither == "up")
        moves = ordered and right and abs(means[2] - means[0]) > spread
        print(f"{term:14} {quantity:20} " + "  ".join(f"{mean:.4f} ({spread:.4f})" for mean, spread in cells)
              + f"  wanted {whither}: {'moves it' if moves else 'does not'}")
        for other in BESIDE:
            print(f"{'':14} {other:20} " + "  ".join(
                f"{mean:.4f} ({spread:.4f})" for mean, spread in (cell(found[name], other) for name in (zero, one, ten))))
    print()
    for name, seeds in found.items():
        print(f"{name:45} " + "  ".join(
            f"{key} {cell(seeds, key)[0]:.4f} ({cell(seeds, key)[1]:.4f})"
            for key in ("bulk_spurious_accuracy", "top_share", "top_latents", "latents")))


main()
