#!/usr/bin/env python3
"""Times our training step and the Python packages' in turn, and prints how many times ours is faster.

    python3 tests/bench/step_ratios.py --python peers/bin/python [--rounds 3] [--variants topk standard ...]
        [--rows 2048 --width 512 --features 8192 --k 64 --threads 2] [--out step.jsonl]

In each round: ours, then each peer of the variant, each in a process of its own. A figure is the median over the rounds
of a round's median; the ratio is that of these. `--python` is the interpreter of the environment that `step_peer.py`
describes. Ours needs a build (`bin/unweave` makes one).
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIZES = dict(rows=2048, width=512, features=8192, k=64, threads=2)
PEERS = {
    "topk": ["sparsify:topk", "sae-lens:topk", "dictionary-learning:topk"],
    "standard": ["sae-lens:standard", "dictionary-learning:standard"],
}


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True, help="the interpreter that has the packages")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--variants", nargs="+", default=["topk"])
    parser.add_argument("--out", type=pathlib.Path, help="a file to which every measurement is appended")
    for name, default in SIZES.items():
        parser.add_argument("--" + name, type=int, default=default)
    arguments = parser.parse_args()
    sizes = [word for name in SIZES for word in ("--" + name, str(getattr(arguments, name)))]

    measured = {}
    for round_number in range(arguments.rounds):
        for variant in arguments.variants:
            ours = run([ROOT / "bin" / "unweave", "bench", "step", "--json", "--variant", variant, *sizes])
            peers = [*PEERS.get(variant, ["dictionary-learning:" + variant]), "sgemm"]
            theirs = []
            for peer in peers:
                theirs += run([arguments.python, pathlib.Path(__file__).with_name("step_peer.py"), peer, *sizes])
            for line in ours + theirs:
                name = line.get("peer", "ours")
                if "error" in line:
                    print(f"{variant}: {name} could not run: {line['error']}", file=sys.stderr)
                    continue
                measured.setdefault(variant, {}).setdefault(name, []).append(line["step_ms"]["median"])
                if name == "ours":
                    measured[variant].setdefault("our sgemm", []).append(line["sgemm_ms"]["median"])
                if arguments.out:
                    with arguments.out.open("a") as out:
                        out.write(json.dumps({"round": round_number, **line}) + "\n")

    for variant, times in measured.items():
        medians = {name: statistics.median(values) for name, values in times.items()}
        products = [medians[name] for name in ("our sgemm", "sgemm") if name in medians]
        print(f"{variant}: ours {medians['ours']:.1f} ms, {medians['ours'] / min(products):.2f} times the fastest product")
        for name, median in medians.items():
            if name not in ("ours", "our sgemm", "sgemm"):
                print(f"  {name:34} {median:8.1f} ms   ours is {median / medians['ours']:.2f} times faster")
        print(f"  product of the shape: ours {medians['our sgemm']:.1f} ms, PyTorch's {medians.get('sgemm', float('nan')):.1f} ms")


if __name__ == "__main__":
    main()
