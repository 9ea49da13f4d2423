#!/usr/bin/env python3
"""Prints the scores of runs with several seeds by variant: the mean and, in brackets, largest less smallest.

    python runs_table.py RUN [RUN...]

Scores on the attributes that a term of the loss was trained on, the pair of Yelp and Amazon in SCR and the reviews' domains in
TPP, stand apart from those on the others. Jobs are named VARIANT-seedN.
"""

import json
import pathlib
import re
import statistics
import sys

SCR, TPP, PROBING = (5, 20, 100), (5, 20, 100), (1, 2, 5)


def reports(run, evaluation):
    """The report on each job's newest checkpoint, by the configured seed of the evaluation."""
    newest = {}
    for file in (run / "evals" / evaluation).glob("*_custom_sae_eval_results.json"):
        name = file.stem.removesuffix("_custom_sae_eval_results").removeprefix(run.name + "_")
        match = re.fullmatch(r"(.+)_(\d+)", name)  # Another seed's ends with _seedN.
        if match and int(match[2]) >= newest.get(match[1], (-1, None))[0]:
            newest[match[1]] = int(match[2]), file
    for job, (_, file) in sorted(newest.items()):
        yield re.sub(r"-seed\d+$", "", job), json.loads(file.read_text())


def mean_of(details, names, key):
    values = [detail[key] for detail in details if names(detail["dataset_name"]) and key in detail]
    return statistics.mean(values) if values else float("nan")


def rows(run):
    found = {}

    def add(variant, column, value):
        found.setdefault(variant, {}).setdefault(column, []).append(value)

    for variant, report in reports(run, "core"):
        metrics = report["eval_result_metrics"]
        add(variant, "L0", metrics["sparsity"]["l0"])
        add(variant, "var. expl.", metrics["reconstruction_quality"]["variance_explained"])
        add(variant, "CE rec.", metrics["model_performance_preservation"]["ce_loss_score"])
    for variant, report in reports(run, "sparse_probing"):
        for k in PROBING:
            add(variant, f"top-{k}", report["eval_result_metrics"]["sae"][f"sae_top_{k}_test_accuracy"])
    for variant, report in reports(run, "scr"):
        details = report["eval_result_details"]
        for n in SCR:
            add(variant, f"SCR {n} trained", mean_of(details, lambda d: "Yelp_Amazon" in d, f"scr_metric_threshold_{n}"))
            add(variant, f"SCR {n} other", mean_of(details, lambda d: "Yelp_Amazon" not in d, f"scr_metric_threshold_{n}"))
    for variant, report in reports(run, "tpp"):
        details = report["eval_result_details"]
        for n in TPP:
            key = f"tpp_threshold_{n}_total_metric"
            add(variant, f"TPP {n} trained", mean_of(details, lambda d: "review-domain" in d, key))
            add(variant, f"TPP {n} other", mean_of(details, lambda d: "review-domain" not in d, key))
    for variant, report in reports(run, "unlearning"):
        add(variant, "unlearning", report["eval_result_metrics"]["unlearning"]["unlearning_score"])
    return found


def main():
    for run in map(pathlib.Path, sys.argv[1:]):
        found = rows(run)
        columns = list(dict.fromkeys(column for scores in found.values() for column in scores))
        print(f"\n{run.name}: mean of the seeds (largest less smallest)")
        for part in range(0, len(columns), 6):
            some = columns[part : part + 6]
            print("\n" + " " * 24 + "".join(f"{column:>17}" for column in some))
            for variant, scores in sorted(found.items()):
                cells = []
                for column in some:
                    values = scores.get(column, [])
                    digits = 1 if column == "L0" else 3
                    cells.append(
                        "-"
                        if not values
                        else f"{statistics.mean(values):.{digits}f}"
                        + (f" ({max(values) - min(values):.{digits}f})" if len(values) > 1 else "")
                    )
                print(f"{variant:24}" + "".join(f"{cell:>17}" for cell in cells))


main()
