#!/usr/bin/env python3
"""Times one training step of the Python packages, with the sizes and the rows that `bin/unweave bench step` takes.

    python3 -m venv peers && . peers/bin/activate
    pip install torch==2.11.0 sae-lens==6.54.12 einops natsort simple-parsing schedulefree accelerate
    pip install --no-deps dictionary-learning==0.1.0 eai-sparsify==1.3.3
    python step_peer.py [--rows 2048 --width 512 --features 8192 --k 64 --threads 2 --steps 7] PEER ...

A PEER is `sgemm` (PyTorch's product of the encoder's shape), `dictionary-learning:V` with V one of standard,
standard-april, topk, batch-topk, jump-relu, gated, p-anneal, matryoshka, `sae-lens:V` with V one of standard, topk, or
`sparsify:topk`. A step is everything from the batch to the moved weights. For each peer one JSON line: the median and the
least milliseconds of the steps after two that are not timed, or the error of a peer that cannot run.
"""

import argparse
import json
import os
import statistics
import sys
import time
import types

os.environ.setdefault("SPARSIFY_DISABLE_TRITON", "1")
sys.modules["nnsight"] = types.ModuleType("nnsight")  # imported by dictionary_learning's buffer, which is not used here
sys.modules["nnsight"].LanguageModel = object
import torch  # noqa: E402

BATCHES = 4
WARM_UP = 2
LONG_RUN = 100_000


def batches(rows, width):
    """Sums of 20 of 2 D random directions with a little noise, at a mean squared norm of 1."""
    directions = torch.nn.functional.normalize(
        torch.randn(2 * width, width, generator=torch.Generator().manual_seed(0)), dim=1
    )
    made = []
    for seed in range(1, BATCHES + 1):
        generator = torch.Generator().manual_seed(seed)
        which = torch.randint(0, 2 * width, (rows, 20), generator=generator)
        how_much = 3 * torch.rand(rows, 20, generator=generator)
        x = (how_much.unsqueeze(2) * directions[which]).sum(1)
        x += 0.1 * torch.randn(rows, width, generator=generator)
        made.append(x / x.square().sum(1).mean().sqrt())
    return made


def sgemm(_, size):
    weights, out = torch.randn(size.width, size.features), torch.empty(size.rows, size.features)
    return lambda x: torch.mm(x, weights, out=out)


def dictionary_learning(variant, size):
    from dictionary_learning.trainers import batch_top_k, gdm, jumprelu, matryoshka_batch_top_k, p_anneal, standard, top_k

    common = dict(
        steps=LONG_RUN,
        activation_dim=size.width,
        dict_size=size.features,
        layer=0,
        lm_name="none",
        device="cpu",
        seed=0,
        warmup_steps=10,
    )
    penalty = dict(sparsity_warmup_steps=20)
    shares = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 17 / 32]
    trainer = {
        "standard": lambda: standard.StandardTrainer(l1_penalty=0.06, **penalty, **common),
        "standard-april": lambda: standard.StandardTrainerAprilUpdate(l1_penalty=0.06, **penalty, **common),
        "topk": lambda: top_k.TopKTrainer(k=size.k, **common),
        "batch-topk": lambda: batch_top_k.BatchTopKTrainer(k=size.k, **common),
        "jump-relu": lambda: jumprelu.JumpReluTrainer(target_l0=size.k, **penalty, **common),
        "gated": lambda: gdm.GatedSAETrainer(l1_penalty=0.06, **penalty, **common),
        "p-anneal": lambda: p_anneal.PAnnealTrainer(sparsity_function="Lp^p", **penalty, **common),
        "matryoshka": lambda: matryoshka_batch_top_k.MatryoshkaBatchTopKTrainer(
            k=size.k, group_fractions=shares, **common
        ),
    }[variant]()
    done = 0

    def step(x):
        nonlocal done
        trainer.update(done, x)
        done += 1

    return step


def sae_lens(variant, size):
    import inspect

    import sae_lens as package
    from sae_lens.saes.sae import TrainStepInput

    if variant == "topk":
        config = package.TopKTrainingSAEConfig(d_in=size.width, d_sae=size.features, k=size.k, device="cpu")
        sae = package.TopKTrainingSAE(config)
    elif variant == "standard":
        config = package.StandardTrainingSAEConfig(d_in=size.width, d_sae=size.features, device="cpu")
        sae = package.StandardTrainingSAE(config)
    else:
        raise KeyError(variant)
    optimiser = torch.optim.Adam(sae.parameters(), lr=3e-4)
    more = {"coefficients": {"l1": 1.0}, "dead_neuron_mask": torch.zeros(size.features, dtype=torch.bool)}
    more |= {"n_training_steps": 1, "is_logging_step": False}
    known = inspect.signature(TrainStepInput).parameters

    def step(x):
        given = {name: value for name, value in more.items() if name in known}
        sae.training_forward_pass(TrainStepInput(sae_in=x, **given)).loss.backward()
        torch.nn.utils.clip_grad_norm_(sae.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()

    return step


def sparsify(variant, size):
    from sparsify import SparseCoder, SparseCoderConfig

    if variant != "topk":
        raise KeyError(variant)
    config = SparseCoderConfig(num_latents=size.features, k=size.k)
    sae = SparseCoder(size.width, config, device="cpu", dtype=torch.float32)
    optimiser = torch.optim.Adam(sae.parameters(), lr=2e-4)

    def step(x):
        sae.set_decoder_norm_to_unit_norm()
        sae(x).fvu.backward()
        sae.remove_gradient_parallel_to_decoder_directions()
        optimiser.step()
        optimiser.zero_grad()

    return step


PACKAGES = {"sgemm": sgemm, "dictionary-learning": dictionary_learning, "sae-lens": sae_lens, "sparsify": sparsify}


def times(peer, size, rows):
    package, _, variant = peer.partition(":")
    step = PACKAGES[package](variant, size)
    taken = []
    for i in range(-WARM_UP, size.steps):
        start = time.perf_counter()
        step(rows[i % BATCHES])
        if i >= 0:
            taken.append(1e3 * (time.perf_counter() - start))
    return {"median": round(statistics.median(taken), 2), "min": round(min(taken), 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peers", nargs="+", metavar="PEER")
    for name, default in dict(rows=2048, width=512, features=8192, k=64, threads=2, steps=7).items():
        parser.add_argument("--" + name, type=int, default=default)
    size = parser.parse_args()
    torch.set_num_threads(size.threads)
    rows = batches(size.rows, size.width)
    for peer in size.peers:
        line = {"peer": peer, "rows": size.rows, "width": size.width, "features": size.features, "k": size.k}
        line["threads"] = size.threads
        try:
            line["step_ms"] = times(peer, size, rows)
        except Exception as failure:  # the others still run
            line["error"] = f"{type(failure).__name__}: {failure}"[:300]
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
