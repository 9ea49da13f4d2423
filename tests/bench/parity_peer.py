#!/usr/bin/env python3
"""Judges SAEs of ours by SAEBench itself, on the activations that our evaluation took, and sets both results side by side.

    bin/unweave run references --set name=references --set eval.evaluations=[]
    bin/unweave eval references/topk references/jump-relu --only sparse_probing,scr,tpp --seeds 1,2,3,4,5 --same-texts \\
        --out parity --set eval.controls=[] --set eval.sparse-probing.datasets=[ag-news] \\
        --set eval.scr-tpp.tpp-datasets=[ag-news] --set eval.sparse-probing.train-texts=600 \\
        --set eval.scr-tpp.tpp-train-texts=600
    for job in topk jump-relu; do
        bin/unweave export references/$job --format saelens --check-rows 256 --out exports/$job
    done
    pip install sae-bench==0.6.0 safetensors
    python tests/bench/parity_peer.py parity exports/* --out parity.jsonl

Each result of ours names its seed, its sizes and its stored activations. SAEBench is given the same: the same SAE, the
same texts' activations in its own layout, the same sizes. Everything else is its own: its `run_eval_single_sae` is called,
which draws the negatives, shuffles, trains and selects its probes, chooses latents and ablates them. Only the step that
would run a language model on its own data sets is replaced. Its random numbers are not ours.

Prints a line for each result and appends it to --out; what stands there is skipped. At the end comes a table of the means
over the seeds; the exit code is 1 if one is further apart than the bound: 0.02 for probing, 0.04 for SCR and TPP.
Standard deviations are over the seeds: with --same-texts those of draws and probes alone, SAEBench's that of running it
again. A difference's standard error is that of the mean of the seeds' differences.

Layout of a text, as SAEBench has it: position 0 (BOS) and the positions behind the text are zeros. So are rows that our
evaluation leaves out for their norm; it counts them as no padding, SAEBench does, which is one position of a text.
"""

import argparse
import contextlib
import hashlib
import importlib.metadata
import json
import math
import os
import pathlib
import statistics
import sys
import tempfile
import time

import numpy as np
import torch
from safetensors.torch import load_file

os.environ["JAXTYPING_DISABLE"] = "1"  # its shape checks refuse SAEBench's own calls on a CPU
with contextlib.redirect_stdout(sys.stderr):
    from sae_bench.custom_saes import jumprelu_sae, relu_sae, topk_sae
    from sae_bench.evals.scr_and_tpp import main as scr_tpp
    from sae_bench.evals.scr_and_tpp.eval_config import ScrAndTppEvalConfig
    from sae_bench.evals.sparse_probing import main as probing
    from sae_bench.evals.sparse_probing.eval_config import SparseProbingEvalConfig
    from sae_bench.sae_bench_utils import dataset_info

GROUPS = {"sparse_probing": ("llm", "sae"), "scr": ("scr_metrics",), "tpp": ("tpp_metrics",)}
BOUND = {"sparse_probing": 0.02, "scr": 0.04, "tpp": 0.04}
# SCR by one direction divides by a gap that may be near 0; `metric` is the score of the direction with the larger gap.
UNBOUND = ("scr_dir1", "scr_dir2")
SPLITS = ("train", "test")
BATCH_TEXTS = 16


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path, help="the --out of unweave eval")
    parser.add_argument("exports", type=pathlib.Path, nargs="+", help="exports of the SAEs, with check.safetensors")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--cache", type=pathlib.Path, default=pathlib.Path.home() / ".cache/unweave")
    parser.add_argument("--evaluations", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


class KeptCodes:
    """An SAE that encodes each text once, and decodes only what is active.

    SAEBench encodes and decodes each text anew for each n and each class. Those are the same codes, of which nearly all
    are 0, so they are kept in sparse form.
    """

    def __init__(self, sae):
        self.sae, self.cfg, self.W_dec = sae, sae.cfg, sae.W_dec
        self.dtype, self.device = sae.dtype, sae.device
        self.kept = {}
        self.given = None
        self.buffer = torch.zeros(0)
        self.places = torch.zeros(0, dtype=torch.long)

    def of_text(self, x):
        """Active latents of each row, their numbers and values, and the reconstruction."""
        key = hashlib.sha1(x.contiguous().numpy()).digest()
        if key not in self.kept:
            f = self.sae.encode(x)
            rows, latents = f.nonzero(as_tuple=True)
            self.kept[key] = (rows.bincount(minlength=len(f)), latents, f[rows, latents], self.sae.decode(f))
        return self.kept[key]

    def encode(self, x):
        """[texts, rows, width] to [texts, rows, latents], valid until the next call."""
        texts = [self.of_text(text) for text in x.reshape(-1, *x.shape[-2:])]
        active, latents, values, self.decoded = (torch.cat(parts) for parts in zip(*texts))
        width = self.W_dec.shape[0]
        self.starts, self.latents = torch.cat([active.new_zeros(1), active.cumsum(0)]), latents
        if len(self.buffer) < len(active) * width:
            self.buffer = torch.zeros(len(active) * width)
        else:
            self.buffer[self.places] = 0
        self.places = torch.arange(0, len(active) * width, width).repeat_interleave(active) + latents
        self.buffer[self.places] = values
        self.given = self.buffer[: len(active) * width].view(*x.shape[:-1], width)
        self.unchanged = self.given._version
        return self.given

    def decode(self, f):
        """What was given last, some latents of which may have been set to 0 since; anything else as the SAE does."""
        if f is not self.given:
            return self.sae.decode(f)
        if f._version == self.unchanged:
            return self.decoded.view(*f.shape[:-1], -1)
        values = f.view(-1)[self.places]
        if f.count_nonzero() != values.count_nonzero():
            raise AssertionError("a latent was set that was not active")
        left = torch.sparse_csr_tensor(self.starts, self.latents, values, (len(self.starts) - 1, f.shape[-1]))
        return (left @ self.W_dec + self.sae.b_dec).view(*f.shape[:-1], -1)


def load_sae(folder):
    """An export as SAEBench's own class, with the name that results of ours call it by."""
    config = json.loads((folder / "cfg.json").read_text())
    weights = load_file(folder / "sae_weights.safetensors")
    of, architecture = config["metadata"], config["architecture"]
    layer = int(of["hook_name"].split(".")[1])
    sizes = [config["d_in"], config["d_sae"]] + ([config["k"]] if architecture == "topk" else [])
    kinds = {"standard": relu_sae.ReluSAE, "topk": topk_sae.TopKSAE, "jumprelu": jumprelu_sae.JumpReluSAE}
    if architecture not in kinds:
        raise SystemExit(f"{folder} is of the architecture {architecture}; this script reads {', '.join(kinds)}")
    sae = kinds[architecture](
        *sizes, model_name=of["model_name"], hook_layer=layer, device=torch.device("cpu"), dtype=torch.float32
    ).requires_grad_(False)
    subtracts = architecture != "jumprelu"
    if subtracts != config["apply_b_dec_to_input"]:
        weights["b_enc"] += (1 if subtracts else -1) * weights["b_dec"] @ weights["W_enc"]
    for name, value in weights.items():
        getattr(sae, name).copy_(value)
    require_same(folder, sae)
    return f"{of['run']}_{of['job']}_{of['step']}", KeptCodes(sae)


def require_same(folder, sae):
    """The SAE reconstructs as ours does, and kept codes reconstruct as it does, whole and ablated."""
    norms = sae.W_dec.norm(dim=1)
    if (norms - 1).abs().max() > 1e-4:
        raise SystemExit(f"{folder}: decoder rows have norms of {norms.min():.4f} to {norms.max():.4f}, not 1")
    check = load_file(folder / "check.safetensors")
    x, kept = check["x"], KeptCodes(sae)
    codes, f = kept.encode(x), sae.encode(x)
    apart = [(sae.decode(f) - check["x_hat"], "from ours"), (kept.decode(codes) - sae.decode(f), "when codes are kept")]
    for part in (codes, f):
        part[:, ::3] = 0
    apart.append((kept.decode(codes) - sae.decode(f), "when ablated"))
    for difference, what in apart:
        worst = (difference.abs().amax(1) / x.norm(dim=1)).max().item()
        if not worst <= 1e-5:
            raise SystemExit(f"{folder}: reconstructions differ by {worst:.1e} of a row's norm {what}")


class Texts:
    """A labelled set's stored activations, by class and split, in SAEBench's layout."""

    def __init__(self, cache, name, used, context, largest_norm):
        if "activations" not in used:
            raise SystemExit(f"a result does not name the activations of {name}; make it anew by this version")
        if used["skipped_texts"]:
            raise SystemExit(f"{name} has {used['skipped_texts']} texts without a usable token; take another seed")
        folder = cache / "evaluation" / used["activations"]
        meta = json.loads((folder / "meta.json").read_text())
        shape = meta["files"]["rows.f32"]
        self.rows = np.memmap(folder / "rows.f32", "<f4", "r", shape=(shape["rows"], shape["columns"]))
        self.start = meta["values"]["text_start"]
        self.context, self.largest_norm = context, largest_norm
        self.texts = {}
        next_text = 0
        for key, count in used["classes"].items():
            self.texts[key] = {}
            for split in SPLITS:
                self.texts[key][split] = range(next_text, next_text + count[split])
                next_text += count[split]
        if next_text != len(self.start) - 1:
            raise SystemExit(f"{folder} has {len(self.start) - 1} texts, the result of {name} {next_text}")

    def padded(self, key, split, count=None):
        """Texts of a class, the first ones if a count is given: [texts, context, width]."""
        numbers = self.texts[key][split][:count]
        if count is not None and len(numbers) < count:
            raise SystemExit(f"{key} has {len(numbers)} {split} texts, not {count}")
        out = torch.zeros(len(numbers), self.context, self.rows.shape[1])
        for n, text in enumerate(numbers):
            rows = torch.from_numpy(np.array(self.rows[self.start[text] : self.start[text + 1]]))
            rows[rows.norm(dim=1) > self.largest_norm] = 0
            out[n, 1 : 1 + len(rows)] = rows
        return out

    def classes(self):
        return [{key: self.padded(key, split) for key in self.texts} for split in SPLITS]

    def pair(self, first, second, sizes):
        """The lists of a pair of main values, by the names that SAEBench gives them whatever the pair is."""
        positive, negative = (key.split("/")[1] for key in self.texts if key.startswith(first + "/"))
        lists = []
        for split, n in zip(SPLITS, sizes):

            def cell(main, other, count=n):
                return self.padded(f"{main}/{other}", split, count)

            lists.append(
                {
                    "male / female": torch.cat([cell(first, positive), cell(second, positive)]),
                    "female_data_only": torch.cat([cell(first, negative), cell(second, negative)]),
                    "professor / nurse": torch.cat([cell(first, positive), cell(first, negative)]),
                    "nurse_data_only": torch.cat([cell(second, positive), cell(second, negative)]),
                    "male_professor / female_nurse": cell(first, positive, 2 * n),
                    "female_nurse_data_only": cell(second, negative, 2 * n),
                }
            )
        return lists


def judge(result, sae, random_seed, cache):
    """SAEBench's own scores of what a result of ours is of."""
    ours, evaluation = result["eval_config"], result["eval_type_id"]
    sets = {
        name: Texts(cache, name, used, ours["context_length"], ours["largest_norm"])
        for name, used in ours["texts_used"].items()
    }

    def activations(dataset_name, config, model, llm_batch_size, layer, hook_point, device, classes=None,
                    column1_vals=None, column2_vals=None):
        if column1_vals is None:
            return sets[dataset_name].classes()
        return sets[dataset_name].pair(*column1_vals, (config.train_set_size // 4, config.test_set_size // 4))

    names = list(sets)
    common = {"random_seed": random_seed, "dataset_names": names, "sae_batch_size": BATCH_TEXTS}
    common |= {key: ours[key] for key in ("context_length", "llm_batch_size", "llm_dtype", "model_name")}
    if evaluation == "sparse_probing":
        probing.get_dataset_activations = activations
        sizes = {key: ours[key] for key in ("probe_train_set_size", "probe_test_set_size", "k_values")}
        main, config = probing, SparseProbingEvalConfig(**common, **sizes)
    else:
        scr_tpp.get_dataset_activations = activations
        for name, texts in sets.items():
            scr_tpp.COLUMN2_VALS_LOOKUP[name] = None
            dataset_info.chosen_classes_per_dataset[name] = list(texts.texts)
        sizes = {key: ours[key] for key in ("train_set_size", "test_set_size", "n_values")}
        pairs = {name: [tuple(pair) for pair in pairs] for name, pairs in ours["column1_vals_lookup"].items()}
        main = scr_tpp
        config = ScrAndTppEvalConfig(
            **common, **sizes, perform_scr=evaluation == "scr", column1_vals_lookup=pairs
        )
        for key in ("early_stopping_patience", "probe_train_batch_size", "probe_epochs", "probe_lr", "probe_l1_penalty"):
            if getattr(config, key) != ours[key]:
                raise SystemExit(f"SAEBench's {key} is {getattr(config, key)}, ours {ours[key]}")
    with tempfile.TemporaryDirectory() as artifacts, open(os.devnull, "w") as nowhere:
        with contextlib.redirect_stdout(nowhere):
            scores, _ = main.run_eval_single_sae(config, sae, None, "cpu", artifacts, save_activations=False)
    return {key: value for key, value in scores.items() if not isinstance(value, dict)}


def results_of(folder, evaluations, names):
    """Our results of these SAEs."""
    found = []
    for evaluation in evaluations:
        for file in sorted((folder / "evals" / evaluation).glob("*.json")):
            result = json.loads(file.read_text())
            seed = result["eval_config"]["random_seed"]
            name = result["sae_lens_release_id"].removesuffix(f"_seed{seed}")
            if name in names:
                found.append((name, seed, result))
    if not found:
        raise SystemExit(f"{folder} has no results of {', '.join(names)}")
    return found


def scores_of(result):
    """Those that SAEBench has too."""
    groups = (result["eval_result_metrics"][group] for group in GROUPS[result["eval_type_id"]])
    every = {key: value for group in groups for key, value in group.items()}
    return {key: value for key, value in every.items() if value is not None and "validated" not in key}


def lines_of(file):
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def table(lines):
    """Prints the means over the seeds; whether all are within their bounds."""
    fine = True
    for evaluation, bound in BOUND.items():
        for sae in dict.fromkeys(line["sae"] for line in lines if line["evaluation"] == evaluation):
            of = [line for line in lines if line["evaluation"] == evaluation and line["sae"] == sae]
            print(f"\n{evaluation}, {sae}, seeds {', '.join(str(line['seed']) for line in of)}; bound {bound}\n")
            print("| score | ours | sd | SAEBench | sd | difference | its standard error |  |")
            print("|---|---|---|---|---|---|---|---|")
            for key in of[0]["ours"]:
                pairs = [(line["ours"].get(key), line["theirs"].get(key)) for line in of]
                if any(None in pair for pair in pairs):
                    print(f"| {key} | not given for every seed |  |  |  |  |  |  |")
                    continue
                ours, theirs = zip(*pairs)
                apart = [a - b for a, b in pairs]
                difference = statistics.mean(apart)
                counts = not key.startswith(UNBOUND)
                fine &= not counts or abs(difference) <= bound
                numbers = [statistics.mean(ours), deviation(ours), statistics.mean(theirs), deviation(theirs)]
                numbers += [difference, deviation(apart) / math.sqrt(len(apart))]
                verdict = "" if not counts else "within" if abs(difference) <= bound else "BEYOND"
                print(f"| {key} | " + " | ".join(f"{number:.4f}" for number in numbers) + f" | {verdict} |")
    return fine


def deviation(values):
    return statistics.stdev(values) if len(values) > 1 else math.nan


def main():
    options = parse()
    torch.set_num_threads(options.threads)
    saes = dict(map(load_sae, options.exports))
    for name, seed, result in results_of(options.results, options.evaluations, saes):
        evaluation = result["eval_type_id"]
        line = {"evaluation": evaluation, "sae": name, "seed": seed, "eval_id": result["eval_id"]}
        line["peer"] = "sae-bench " + importlib.metadata.version("sae-bench")
        if any(line.items() <= done.items() for done in lines_of(options.out)):
            continue
        start = time.perf_counter()
        line |= {"ours": scores_of(result), "theirs": judge(result, saes[name], seed, options.cache)}
        line["wall_seconds"] = round(time.perf_counter() - start, 1)
        print(json.dumps(line), flush=True)
        with options.out.open("a") as out:
            out.write(json.dumps(line) + "\n")
    sys.exit(0 if table(lines_of(options.out)) else 1)


if __name__ == "__main__":
    main()
