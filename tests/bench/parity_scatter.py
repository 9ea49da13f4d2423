#!/usr/bin/env python3
"""Scores by many of SAEBench's own draws and probes, beside ours: how far running it again moves them.

    python tests/bench/parity_scatter.py parity exports/* --runs 40

Takes what parity_peer.py takes, whose environment it needs. Rows are drawn and probes are trained by SAEBench's functions,
and its functions make the scores of the accuracies. Ablation alone is done in closed form (a probe is linear, so what an
ablated latent adds to its logit is taken away), which takes seconds where parity_peer.py takes minutes; that both agree,
given the probes and the rows, is tested by SaeBenchParityTest. Of probing the probes on few columns are repeated. Prints a
table for each evaluation and SAE: the mean over our results' seeds, the mean over the runs, and their difference with its
standard error.
"""

import argparse
import contextlib
import json
import math
import os
import pathlib
import statistics
import sys

import torch

from parity_peer import BOUND, GROUPS, UNBOUND, Texts, load_sae, results_of, scores_of

with contextlib.redirect_stdout(sys.stderr):
    from sae_bench.evals.scr_and_tpp import main as scr_tpp
    from sae_bench.evals.sparse_probing import probe_training
    from sae_bench.sae_bench_utils import activation_collection, dataset_info


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("exports", type=pathlib.Path, nargs="+")
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--evaluations", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--cache", type=pathlib.Path, default=pathlib.Path.home() / ".cache/unweave")
    return parser.parse_args()


class Split:
    """A split's texts by list: means of the model's rows, and of an SAE's latents with and without padding."""

    def __init__(self, lists, saes):
        means = activation_collection.create_meaned_model_activations(lists)
        self.model = torch.cat(list(means.values()))
        ends = torch.tensor([len(texts) for texts in lists.values()]).cumsum(0).tolist()
        self.numbers = {
            key: torch.arange(end - len(lists[key]), end, dtype=torch.float32)[:, None] for key, end in zip(lists, ends)
        }
        self.latents = {name: self.pooled(lists, sae) for name, sae in saes.items()}

    @staticmethod
    def pooled(lists, sae):
        own, all_positions = [], []
        for x in (text for texts in lists.values() for text in texts):
            rows = (x.sum(1) != 0).to(torch.float32)
            f = sae.encode(x[None])[0]
            own.append(rows @ f / rows.sum())
            all_positions.append(f.sum(0) / rows.sum())
        return torch.stack(own), torch.stack(all_positions)

    def draw(self, key, scr):
        """The numbers of the texts that SAEBench draws for a class, and their labels."""
        rows, labels = probe_training.prepare_probe_data(self.numbers, key, scr)
        return rows[:, 0].long(), labels


def run(train, test, saes, classes, n_values, scr):
    """One run of SAEBench on each SAE, with the same probes: scores by SAE and key."""
    probes = {}
    for key in classes:
        (rows, labels), (test_rows, test_labels) = train.draw(key, scr), test.draw(key, scr)
        with torch.enable_grad():
            probes[key], _ = probe_training.train_probe_gpu(
                train.model[rows], labels, test.model[test_rows], test_labels, dim=train.model.shape[1],
                batch_size=16, epochs=20, lr=1e-3, l1_penalty=1e-3, early_stopping_patience=20,
            )
    logits = {key: probes[key](test.model).detach() for key in classes}
    clean = accuracies(test, classes, logits, scr)
    scores = {}
    for name, sae in saes.items():
        own, _ = train.latents[name]
        _, ablated = test.latents[name]
        alignment = {key: sae.W_dec @ probes[key].net.weight.detach()[0] for key in classes}
        by_class = {}
        for key in classes:
            rows, labels = train.draw(key, scr)
            apart = own[rows[labels == 1]].mean(0) - own[rows[labels == 0]].mean(0)
            effects = (apart * alignment[key]).abs() if scr else apart.clamp(min=0) * alignment[key]
            by_class[key] = {}
            for n in n_values:
                chosen = scr_tpp.select_top_n_features(effects, n, key)
                left = {
                    other: logits[other] - ablated[:, chosen] @ alignment[other][chosen] for other in classes
                }
                by_class[key][n] = accuracies(test, classes, left, scr)
        make = scr_tpp.get_scr_plotting_dict if scr else lambda *of: scr_tpp.create_tpp_plotting_dict(*of)[0]
        scores[name] = make(by_class, clean)
    return scores


def probe(train, test, saes, k_values):
    """One run of the probes on k columns, of the model's rows and of each SAE's latents: accuracies by SAE and key."""
    columns = {"llm": (train.model, test.model)} | {name: (train.latents[name][0], test.latents[name][0]) for name in saes}
    found = {}
    for name, values in columns.items():
        means = [
            {key: rows[numbers[:, 0].long()] for key, numbers in split.numbers.items()}
            for split, rows in zip((train, test), values)
        ]
        prefix = "llm" if name == "llm" else "sae"
        found[name] = {}
        for k in k_values:
            _, by_class = probe_training.train_probe_on_activations(*means, select_top_k=k)
            found[name][f"{prefix}_top_{k}_test_accuracy"] = statistics.mean(by_class.values())
    torch.set_grad_enabled(False)
    return {name: found["llm"] | found[name] for name in saes}


def accuracies(test, classes, logits, scr):
    """By class, and for SCR by probe and class, with the names that SAEBench gives them."""
    found = {}
    for key in classes:
        rows, labels = test.draw(key, scr)
        for probe in classes if scr else [key]:
            right = (logits[probe][rows] > 0) == (labels == 1)
            found[key if probe == key else f"{probe} probe on {key} data"] = right.float().mean().item()
    return found


def parts_of(result, cache, saes):
    """The lists of a pair or a set, as splits, with the names of the classes."""
    config = result["eval_config"]
    for name, used in config["texts_used"].items():
        texts = Texts(cache, name, used, config["context_length"], config["largest_norm"])
        if result["eval_type_id"] != "scr":
            yield [Split(lists, saes) for lists in texts.classes()], list(texts.texts)
        else:
            sizes = (config["train_set_size"] // 4, config["test_set_size"] // 4)
            for pair in config["column1_vals_lookup"][name]:
                splits = [Split(lists, saes) for lists in texts.pair(*pair, sizes)]
                yield splits, list(dataset_info.PAIRED_CLASS_KEYS)


def means(of_parts):
    """Over the parts that have a key."""
    keys = dict.fromkeys(key for scores in of_parts for key in scores)
    return {key: statistics.mean(scores[key] for scores in of_parts if key in scores) for key in keys}


def table(evaluation, sae, ours, theirs):
    print(f"\n{evaluation}, {sae}: {len(ours)} seeds of ours, {len(theirs)} runs; bound {BOUND[evaluation]}\n")
    print("| score | ours | sd | SAEBench's probes | sd | difference | its standard error |\n|---|---|---|---|---|---|---|")
    for key in theirs[0]:
        a, b = ([scores[key] for scores in all_scores if scores.get(key) is not None] for all_scores in (ours, theirs))
        if key.startswith(UNBOUND) or len(a) < 2 or len(b) < 2:
            continue
        error = math.sqrt(statistics.variance(a) / len(a) + statistics.variance(b) / len(b))
        numbers = (statistics.mean(a), statistics.stdev(a), statistics.mean(b), statistics.stdev(b))
        print("| " + " | ".join([key] + [f"{v:.4f}" for v in (*numbers, numbers[0] - numbers[2], error)]) + " |")


def main():
    options = parse()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    saes = dict(map(load_sae, options.exports))
    for evaluation in options.evaluations:
        found = results_of(options.results, [evaluation], saes)
        first = found[0][2]
        if any(result["eval_config"]["texts_used"] != first["eval_config"]["texts_used"] for _, _, result in found):
            raise SystemExit(f"the results of {evaluation} are not of the same texts; make them by --same-texts")
        parts = list(parts_of(first, options.cache, saes))
        theirs = {name: [] for name in saes}
        for seed in range(1, options.runs + 1):
            torch.manual_seed(seed)
            with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
                if evaluation == "sparse_probing":
                    scores = [probe(*splits, saes, first["eval_config"]["k_values"]) for splits, _ in parts]
                else:
                    n_values = first["eval_config"]["n_values"]
                    scores = [run(*splits, saes, classes, n_values, evaluation == "scr") for splits, classes in parts]
            for name in saes:
                theirs[name].append(means([of_part[name] for of_part in scores]))
            print(json.dumps({"evaluation": evaluation, "run": seed}), file=sys.stderr, flush=True)
        for name in saes:
            ours = [scores_of(result) for sae, _, result in found if sae == name]
            table(evaluation, name, ours, theirs[name])


if __name__ == "__main__":
    main()
