#!/usr/bin/env python3
"""Writes small SAEs by the real SAELens, with rows and what it reconstructs of them, for SaeLensFixtureTest.

    pip install sae-lens==6.54.12
    python fixture_saelens.py ../resources/saelens

Each folder holds what SAELens's save_model writes, and expected.safetensors: `x` and `x_hat`, by the folder loaded again
in float32. Those named `plain` encode the input without b_dec. Decoder rows have norms between 0.5 and 2, but where
SAELens ranks latents without them (topk-plain) or the name says `unit`.
"""
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file

import sae_lens
from sae_lens import SAE, GatedSAE, JumpReLUSAE, StandardSAE, TopKSAE
from sae_lens.saes.gated_sae import GatedSAEConfig
from sae_lens.saes.jumprelu_sae import JumpReLUSAEConfig
from sae_lens.saes.standard_sae import StandardSAEConfig
from sae_lens.saes.topk_sae import TopKSAEConfig

WIDTH, FEATURES, ROWS = 6, 14, 24

CASES = {
    "standard": (StandardSAE, StandardSAEConfig, {}, False),
    "standard-plain": (StandardSAE, StandardSAEConfig, {"dtype": "float16"}, False),
    "standard-unit": (StandardSAE, StandardSAEConfig, {}, True),
    "topk": (TopKSAE, TopKSAEConfig, {"k": 3, "rescale_acts_by_decoder_norm": True}, False),
    "topk-plain": (TopKSAE, TopKSAEConfig, {"k": 3, "dtype": "bfloat16"}, True),
    "jumprelu": (JumpReLUSAE, JumpReLUSAEConfig, {}, False),
    "jumprelu-plain": (JumpReLUSAE, JumpReLUSAEConfig, {"dtype": "float64"}, False),
    "gated": (GatedSAE, GatedSAEConfig, {}, False),
    "gated-plain": (GatedSAE, GatedSAEConfig, {}, False),
}


def make(name, sae_class, config_class, options, unit, generator):
    def draw(*shape):
        return torch.randn(*shape, generator=generator)

    config = config_class(d_in=WIDTH, d_sae=FEATURES, apply_b_dec_to_input=not name.endswith("-plain"), **options)
    sae = sae_class(config)
    decoder = torch.nn.functional.normalize(draw(FEATURES, WIDTH), dim=1)
    norms = torch.ones(FEATURES) if unit else 0.5 + 1.5 * torch.rand(FEATURES, generator=generator)
    values = {
        "W_dec": decoder * norms[:, None],
        "W_enc": (decoder + 0.2 * draw(FEATURES, WIDTH)).T,
        "b_dec": 0.5 * draw(WIDTH),
        "b_enc": 0.1 * draw(FEATURES),
        "b_gate": 0.2 * draw(FEATURES),
        "b_mag": 0.2 * draw(FEATURES),
        "r_mag": 0.3 * draw(FEATURES),
        # One below 0, which only a threshold that was never fitted is.
        "threshold": torch.cat([0.6 * torch.rand(FEATURES - 1, generator=generator), torch.tensor([-1.0])]),
    }
    with torch.no_grad():
        for key, parameter in sae.named_parameters():
            parameter.copy_(values[key])
    return sae


def main():
    folder = pathlib.Path(sys.argv[1])
    for seed, (name, case) in enumerate(CASES.items()):
        generator = torch.Generator().manual_seed(seed)
        path = folder / name
        make(name, *case, generator).save_model(path)
        sae = SAE.load_from_disk(path, dtype="float32")
        x = 1.5 * torch.randn(ROWS, WIDTH, generator=generator)
        with torch.no_grad():
            latents = sae.encode(x)
            active = (latents > 0).float().sum(1).mean().item()
            save_file({"x": x, "x_hat": sae.decode(latents).contiguous()}, path / "expected.safetensors")
        assert 1 <= active <= FEATURES / 2 + 2, active
        print(name, json.loads((path / "cfg.json").read_text())["architecture"], "active", round(active, 2))
    print("sae-lens", sae_lens.__version__, "torch", torch.__version__)


if __name__ == "__main__":
    main()
