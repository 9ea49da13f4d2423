#!/usr/bin/env python3
"""Times each variant's step against baseline's, in turn, on plain batches and on batches with labelled texts.

    python step_cost.py [--rounds 5] [--variants dynamic-margin,self-aligned,...] [-- OPTIONS OF bench step]

Every step is timed in a process of its own. A ratio is of the same round; the medians of the rounds are printed, least and
largest in brackets; each round is told on stderr. Of a run, one batch in labelled.every-steps has labelled texts: `run` weighs the two so, for 4.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
VARIANTS = "dynamic-margin,attribution-adversarial,contrastive,self-aligned,matryoshka,batch-topk,topk"


def step(variant, labelled, options):
    command = [ROOT / "bin/unweave", "bench", "step", "--variant", variant, "--json", *options]
    lines = subprocess.run(
        [*command, "--labelled"] if labelled else command, check=True, capture_output=True, text=True
    ).stdout.strip().splitlines()
    return json.loads(lines[-1])["step_ms"]["median"]


def shown(values):
    return f"{statistics.median(values):6.2f} ({min(values):.2f} to {max(values):.2f})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--variants", default=VARIANTS)
    parser.add_argument("options", nargs="*")
    arguments = parser.parse_args()
    variants = ["baseline", *arguments.variants.split(",")]
    ratios = {variant: {"plain": [], "labelled": [], "run": []} for variant in variants}
    millis = {variant: {"plain": [], "labelled": []} for variant in variants}
    for number in range(arguments.rounds):
        now = {v: (step(v, False, arguments.options), step(v, True, arguments.options)) for v in variants}
        print(json.dumps({"round": number + 1, "ms": now}), file=sys.stderr, flush=True)
        of_run = {v: (3 * plain + labelled) / 4 for v, (plain, labelled) in now.items()}
        for v, (plain, labelled) in now.items():
            millis[v]["plain"].append(plain)
            millis[v]["labelled"].append(labelled)
            ratios[v]["plain"].append(plain / now["baseline"][0])
            ratios[v]["labelled"].append(labelled / now["baseline"][1])
            ratios[v]["run"].append(of_run[v] / of_run["baseline"])
    for v in variants:
        print(
            f"{v:24} plain {statistics.median(millis[v]['plain']):7.1f} ms, labelled {statistics.median(millis[v]['labelled']):7.1f} ms"
            + "".join(f"; {kind} {shown(values)}" for kind, values in ratios[v].items()),
            flush=True,
        )


main()
