"""Makes src/test/resources/golden/saebench.json: what SAEBench's own functions find on small made-up activations.

    pip install sae-bench==0.6.0
    python src/test/python/golden_saebench_scores.py > src/test/resources/golden/saebench.json

No model and no text is needed: the functions are called on tensors. SAEBench draws the negatives of a class anew at each
call; here the generator is seeded by class and split before each call, so that every call draws the same rows, which are
written down with the weights of its probes. Its code is called, not copied.

Layout of a text, as SAEBench has it: position 0 (BOS) and the positions behind the text are zeros.
"""

import base64
import contextlib
import importlib.metadata
import json
import os
import sys
from types import SimpleNamespace

import numpy as np
import torch

os.environ["JAXTYPING_DISABLE"] = "1"  # its shape checks refuse SAEBench's own calls on a CPU
with contextlib.redirect_stdout(sys.stderr):
    from sae_bench.custom_saes import gated_sae, jumprelu_sae, relu_sae, topk_sae
    from sae_bench.evals.core import main as core
    from sae_bench.evals.scr_and_tpp import main as scr_tpp
    from sae_bench.evals.sparse_probing import probe_training
    from sae_bench.sae_bench_utils import activation_collection

WIDTH, FEATURES, CONTEXT, K = 16, 96, 12, 8
QUADRANT = {"train": 24, "test": 20}
CLASS = {"train": 40, "test": 30}
N_VALUES = [2, 5, 10, 20, 50]
SPLITS = ("train", "test")
PAIR = ("a", "b")
KEYS = {
    "second": ("male / female", "female_data_only"),
    "main": ("professor / nurse", "nurse_data_only"),
    "biased": ("male_professor / female_nurse", "female_nurse_data_only"),
}


def floats(array):
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode()


def texts(rng, count, direction, strength=1.0):
    """Texts of 3 to 9 rows that lean in a direction."""
    out = []
    for _ in range(count):
        rows = int(rng.integers(3, 10))
        noise = rng.normal(size=(rows, WIDTH)) + 0.8 * rng.normal(size=WIDTH) * np.ones((rows, 1))
        out.append((noise + strength * direction).astype(np.float32))
    return out


def padded(rows_of_texts):
    out = np.zeros((len(rows_of_texts), CONTEXT, WIDTH), dtype=np.float32)
    for n, rows in enumerate(rows_of_texts):
        out[n, 1 : 1 + len(rows)] = rows
    return torch.from_numpy(out)


def make_saes(rng, directions):
    """One of each form, some of whose latents lie along the directions; all have latents that are active at zero."""
    decoder = rng.normal(size=(FEATURES, WIDTH))
    for n, direction in enumerate(directions * 4):
        decoder[n] = direction * (1 if n % 2 else -1) + 0.7 * rng.normal(size=WIDTH)
    decoder /= np.linalg.norm(decoder, axis=1, keepdims=True)
    encoder = decoder + 0.1 * rng.normal(size=decoder.shape)
    b_enc = rng.uniform(-1.0, 0.3, size=FEATURES)
    b_dec = 0.3 * rng.normal(size=WIDTH)
    arguments = dict(model_name="made-up", hook_layer=0, device=torch.device("cpu"), dtype=torch.float32)
    saes = {
        "relu": relu_sae.ReluSAE(WIDTH, FEATURES, **arguments),
        "topk": topk_sae.TopKSAE(WIDTH, FEATURES, K, **arguments),
        "jumprelu": jumprelu_sae.JumpReluSAE(WIDTH, FEATURES, **arguments),
        "gated": gated_sae.GatedSAE(WIDTH, FEATURES, **arguments),
    }
    extra = {
        "jumprelu": {"threshold": rng.uniform(0.02, 0.4, size=FEATURES)},
        "gated": {
            "gate_bias": b_enc,
            "b_mag": b_enc + 0.2,
            "r_mag": 0.1 * rng.normal(size=FEATURES),
        },
    }
    out = {}
    for name, sae in saes.items():
        values = {"W_enc": encoder.T, "W_dec": decoder, "b_dec": b_dec}
        if name != "gated":
            values["b_enc"] = b_enc
        values.update(extra.get(name, {}))
        with torch.no_grad():
            for key, value in values.items():
                getattr(sae, key).copy_(torch.from_numpy(np.asarray(value, dtype=np.float32)))
        sae.cfg.architecture_str = name
        out[name] = sae.requires_grad_(False)
    return out


def weights(sae):
    out = {}
    for key, value in sae.named_parameters():
        array = value.detach().numpy()
        out[key] = floats(array.T if key == "W_enc" else array)  # a row per feature in both
    return out


original_prepare = probe_training.prepare_probe_data


def seeded_prepare(seed_of):
    def prepare(activations, class_name, perform_scr=False):
        torch.manual_seed(seed_of(activations, class_name))
        return original_prepare(activations, class_name, perform_scr)

    return prepare


@contextlib.contextmanager
def fixed_draws(splits):
    """Every call for a class and split draws the same rows; a split is told by the number of its texts."""

    def seed_of(activations, class_name):
        split = splits[len(activations[class_name])]
        return 1000 * list(activations).index(class_name) + 10 * SPLITS.index(split)

    probe_training.prepare_probe_data = seeded_prepare(seed_of)
    try:
        yield
    finally:
        probe_training.prepare_probe_data = original_prepare


def train_probes(train, test, perform_scr):
    means = [activation_collection.create_meaned_model_activations(part) for part in (train, test)]
    with torch.enable_grad():
        probes, _ = probe_training.train_probe_on_activations(
            *means,
            use_sklearn=False,
            batch_size=16,
            epochs=20,
            lr=1e-3,
            perform_scr=perform_scr,
            early_stopping_patience=20,
            l1_penalty=1e-3,
        )
    torch.set_grad_enabled(False)
    clean = scr_tpp.get_probe_test_accuracy(
        probes, [key for key in probes if not key.endswith("_only")], means[1], 500, perform_scr
    )
    return probes, clean


def probe_json(probe):
    return {"weight": floats(probe.net.weight.detach().numpy().ravel()), "bias": float(probe.net.bias.item())}


def ablate(sae, probes, classes, train, test, perform_scr):
    effects = scr_tpp.get_all_node_effects_for_one_sae(sae, probes, classes, perform_scr, train, 125)
    accuracies = scr_tpp.perform_feature_ablations(
        probes, sae, 125, test, effects, N_VALUES, classes, 500, perform_scr
    )
    return effects, accuracies


def scr_case(cells, saes):
    """Cells by (main, second): the head of each is what SAEBench takes."""
    data = {}
    for split in SPLITS:
        n = QUADRANT[split]
        pos_pos, neg_pos = cells[split]["a", "s"], cells[split]["a", "t"]
        pos_neg, neg_neg = cells[split]["b", "s"], cells[split]["b", "t"]
        data[split] = {
            "male / female": padded(pos_pos[:n] + pos_neg[:n]),
            "female_data_only": padded(neg_pos[:n] + neg_neg[:n]),
            "professor / nurse": padded(pos_pos[:n] + neg_pos[:n]),
            "nurse_data_only": padded(pos_neg[:n] + neg_neg[:n]),
            "male_professor / female_nurse": padded(pos_pos[: 2 * n]),
            "female_nurse_data_only": padded(neg_neg[: 2 * n]),
        }
    probes, clean = train_probes(data["train"], data["test"], True)
    classes = [left for left, _ in KEYS.values()]
    results = {}
    for name, sae in saes.items():
        effects, accuracies = ablate(sae, probes, classes, data["train"], data["test"], True)
        results[name] = {
            "scores": scr_tpp.get_scr_plotting_dict(accuracies, clean),
            "effects": {probe: floats(effects[key].numpy()) for probe, (key, _) in KEYS.items()},
        }
    return {
        "n": QUADRANT,
        "cells": [
            {"main": main, "second": second, **{split: stored(cells[split][main, second]) for split in SPLITS}}
            for main in PAIR
            for second in ("s", "t")
        ],
        "probes": {probe: probe_json(probes[key]) for probe, (key, _) in KEYS.items()},
        "clean": clean,
        "results": results,
    }


def stored(rows_of_texts):
    return {"lengths": [len(rows) for rows in rows_of_texts], "rows": floats(np.concatenate(rows_of_texts))}


def drawn_rows(classes, split):
    """Which rows the seeded calls draw: class by class the [class, text] of each row, and its label."""
    ids = {
        key: torch.tensor([[float(1000 * c + n)] for n in range(len(classes[split][key]))])
        for c, key in enumerate(classes[split])
    }
    out = {}
    for key in ids:
        rows, labels = probe_training.prepare_probe_data(ids, key)
        out[key] = {"row": [int(row) for row in rows[:, 0]], "label": labels.tolist()}
    return out


def tpp_case(classes, saes):
    data = {split: {key: padded(texts) for key, texts in classes[split].items()} for split in SPLITS}
    with fixed_draws({CLASS[split]: split for split in SPLITS}):
        probes, clean = train_probes(data["train"], data["test"], False)
        results = {}
        for name, sae in saes.items():
            effects, accuracies = ablate(sae, probes, list(probes), data["train"], data["test"], False)
            scores, by_class = scr_tpp.create_tpp_plotting_dict(accuracies, clean)
            results[name] = {
                "scores": scores,
                "by_class": by_class,
                "effects": {key: floats(effect.numpy()) for key, effect in effects.items()},
                "selected": {
                    key: torch.nonzero(scr_tpp.select_top_n_features(effect, max(N_VALUES), key)).ravel().tolist()
                    for key, effect in effects.items()
                },
                "sparse_probing": sparse_probing(data, sae),
            }
        rows = {split: drawn_rows(classes, split) for split in SPLITS}
    return {
        "classes": [
            {"key": key, **{split: stored(classes[split][key]) for split in SPLITS}} for key in classes["train"]
        ],
        "rows": rows,
        "probes": {key: probe_json(probe) for key, probe in probes.items()},
        "clean": clean,
        "results": results,
    }


def sparse_probing(data, sae):
    """Accuracies of probes on k latents, by class."""
    means = [activation_collection.get_sae_meaned_activations(data[split], sae, 125) for split in SPLITS]
    out = {}
    for k in (1, 2, 5):
        _, out[str(k)] = probe_training.train_probe_on_activations(*means, select_top_k=k)
    return out


def probe_case(rng, rows=40, columns=6):
    """One epoch of SAEBench's probe for ablations, with its start and its order."""
    x = torch.from_numpy(rng.normal(size=(rows, columns)).astype(np.float32))
    y = torch.from_numpy((rng.random(rows) < 0.5).astype(np.int32))
    torch.manual_seed(3)
    start = probe_training.Probe(columns, torch.float32)
    order = torch.randperm(rows).tolist()
    torch.manual_seed(3)
    with torch.enable_grad():
        probe, _ = probe_training.train_probe_gpu(
            x, y, x, y, dim=columns, batch_size=16, epochs=1, lr=1e-3, l1_penalty=1e-3
        )
    return {
        "x": x.tolist(),
        "y": [bool(label) for label in y],
        "order": order,
        "start": probe_json(start),
        "end": probe_json(probe),
    }


def core_case(texts_of_cell, sae):
    """The sparsity and variance phase on two batches of sequences of one length."""
    batches = [
        torch.from_numpy(np.stack([rows[:3] for rows in texts_of_cell[start : start + 10]])) for start in (0, 10)
    ]
    store = iter(range(2))
    model = SimpleNamespace(
        run_with_cache=lambda tokens, **_: (None, ({sae.cfg.hook_name: batches[int(tokens[0, 0])]}))
    )
    feed = SimpleNamespace(get_batch_tokens=lambda size: torch.full((10, 3), next(store)))
    metrics, featurewise = core.get_sparsity_and_variance_metrics(
        sae, model, feed, 2, True, True, True, True, 10, {}
    )
    weight_based = core.get_featurewise_weight_based_metrics(sae)
    return {
        "batches": [floats(batch.numpy()) for batch in batches],
        "sequences": 10,
        "rows_of_a_sequence": 3,
        "metrics": metrics,
        "feature_density": featurewise["feature_density"],
        "consistent_activation_heuristic": [
            value if value == value else None for value in featurewise["consistent_activation_heuristic"]
        ],
        **{key: weight_based[key] for key in ("encoder_norm", "encoder_decoder_cosine_sim",
                                              "max_encoder_cosine_sim", "max_decoder_cosine_sim")},
    }


def main():
    torch.set_num_threads(1)
    torch.manual_seed(7)
    rng = np.random.default_rng(5)
    main_direction, second_direction, third_direction = (1.1 * rng.normal(size=WIDTH) for _ in range(3))
    signs = {"a": 0.5, "b": -0.5, "s": 0.6, "t": -0.6}
    cells = {
        split: {
            (main, second): texts(
                rng,
                2 * QUADRANT[split],
                signs[main] * main_direction + signs[second] * second_direction,
            )
            for main in PAIR
            for second in ("s", "t")
        }
        for split in SPLITS
    }
    directions = [main_direction, second_direction, third_direction]
    classes = {
        split: {
            key: texts(rng, CLASS[split], direction, 1.0) for key, direction in zip(("one", "two", "three"), directions)
        }
        for split in SPLITS
    }
    saes = make_saes(rng, directions)
    with contextlib.redirect_stdout(sys.stderr):
        golden = {
            "made_with": {
                package: importlib.metadata.version(package) for package in ("sae-bench", "torch", "scikit-learn")
            },
            "width": WIDTH,
            "features": FEATURES,
            "context": CONTEXT,
            "k": K,
            "n_values": N_VALUES,
            "saes": {name: weights(sae) for name, sae in saes.items()},
            "scr": scr_case(cells, saes),
            "tpp": tpp_case(classes, saes),
            "probe": probe_case(rng),
            "core": {name: core_case(cells["train"]["a", "s"], sae) for name, sae in saes.items()},
        }
    json.dump(golden, sys.stdout)


if __name__ == "__main__":
    main()
