"""Writes the golden files of the sparse autoencoders' updates, by PyTorch's autograd in float64.

Each file holds a config, the parameters before the first update, three batches, and for each update the named losses and
the gradients (after the decoder's projection, before the clip), and at the end the change of each parameter. All inputs
are float32 numbers, so that a float32 implementation starts from the same point.

    python golden_sae.py ../resources/golden
"""

import json
import math
import pathlib
import sys

import torch

torch.set_default_dtype(torch.float64)

B, D, F, K, UPDATES = 16, 8, 24, 4, 3
# Of which no selection hangs on rounding, which the script asserts.
SEEDS = {"topk": 2, "standard": 2, "dynamic-margin": 2}
NAMES = ("W_enc", "b_enc", "W_dec", "b_dec")


def rounded(tensor):
    return tensor.to(torch.float32).to(torch.float64)


def unit(tensor):
    return tensor / tensor.norm(dim=-1, keepdim=True)


def top(values, k):
    kept = values.topk(k, dim=1)
    return torch.zeros_like(values).scatter(1, kept.indices, kept.values)


def require_clear(pre, k):
    """A selection must not hang on rounding: neither on the order at the k-th place, nor on a sign."""
    ordered = pre.sort(dim=1, descending=True).values
    assert (ordered[:, :k].abs() > 1e-4).all()
    if k < pre.shape[1]:
        assert (torch.relu(ordered[:, k - 1]) - torch.relu(ordered[:, k]) > 1e-4)[ordered[:, k - 1] > 0].all()


class Run:
    def __init__(self, config, params, rows_since_fired):
        self.config = config
        self.p = {name: params[name].clone().requires_grad_() for name in NAMES}
        self.adam = torch.optim.Adam(self.p.values(), lr=config["learning_rate"])
        self.since = torch.tensor(rows_since_fired)
        self.l1_integral = 0.0
        self.moments = [0.0, 0.0]
        self.moment_updates = 0

    def aux_k(self, pre, error):
        dead = self.since >= self.config["dead_after_rows"]
        assert dead.any(), "the golden file is to show the term at work"
        acts = torch.relu(pre) * dead
        count = min(self.config["aux_k"] or D // 2, int(dead.sum()))
        require_clear(pre[:, dead], count)
        error = error.detach()
        left = error - top(acts, count) @ self.p["W_dec"]
        spread = (error - error.mean(0)).square().sum(1).mean()
        return self.config["aux_weight"] * left.square().sum(1).mean() / spread

    def l1(self, z):
        c = self.config
        l0 = (z > 0).sum(1).double().mean().item()
        wrong = min(1.0, max(-1.0, math.log(max(l0, 1.0) / c["target_l0"])))
        self.l1_integral += wrong
        weight = c["sparsity_initial"] * math.exp(
            c["sparsity_gain"] * wrong + c["sparsity_integral_gain"] * self.l1_integral
        )
        return weight * z.sum(1).mean()

    def similarity(self, z):
        c = self.config
        active = (z > 0).any(0)
        count = int(active.sum())
        u = unit(self.p["W_dec"][active])
        cosine = (u @ u.T)[~torch.eye(count, dtype=torch.bool)]
        self.moment_updates += 1
        decay = c["similarity_decay"]
        for i, value in enumerate((cosine.mean(), cosine.square().mean())):
            self.moments[i] = decay * self.moments[i] + (1 - decay) * value.item()
        m, v = (moment / (1 - decay**self.moment_updates) for moment in self.moments)
        margin = m + c["similarity_deviations"] * math.sqrt(max(v - m * m, 0.0))
        assert (cosine > margin).any()
        return c["similarity_weight"] * torch.relu(cosine - margin).square().sum() / count

    def update(self, x):
        p, c = self.p, self.config
        pre = (x - p["b_dec"]) @ p["W_enc"].T + p["b_enc"]
        z = torch.relu(pre)
        require_clear(pre, F if c["variant"] == "standard" else c["k"])
        if c["variant"] != "standard":
            z = top(z, c["k"])
        error = x - z @ p["W_dec"] - p["b_dec"]
        losses = {"reconstruction": error.square().sum(1).mean()}
        if c["variant"] == "standard":
            losses["l1"] = self.l1(z)
        else:
            losses["aux_k"] = self.aux_k(pre, error)
        if c["variant"] == "dynamic-margin":
            losses["similarity"] = self.similarity(z)

        self.adam.zero_grad()
        sum(losses.values()).backward()
        u = unit(p["W_dec"].detach())
        p["W_dec"].grad -= (p["W_dec"].grad * u).sum(1, keepdim=True) * u
        gradients = {name: p[name].grad.flatten().tolist() for name in NAMES}
        if c["gradient_clip"] > 0:
            norm = torch.nn.utils.clip_grad_norm_(p.values(), c["gradient_clip"])
            assert norm > c["gradient_clip"], "the golden file is to show the clip at work"
        self.adam.step()
        with torch.no_grad():
            p["W_dec"].copy_(unit(p["W_dec"]))
            self.since += len(x)
            self.since[(z > 0).any(0)] = 0
        return {"losses": {name: value.item() for name, value in losses.items()}, "gradients": gradients}


def golden(variant, seed):
    torch.manual_seed(seed)
    standard = variant == "standard"
    directions = unit(torch.randn(F, D))
    config = {
        "variant": variant,
        "width": D,
        "features": F,
        "batch_rows": B,
        "k": K,
        "target_l0": 5.0,
        "learning_rate": 0.01,
        "gradient_clip": 0.0 if standard else 0.5,
        "dead_after_rows": 64,
        "aux_weight": 0.125,
        "aux_k": 3,
        "sparsity_initial": 0.05,
        "sparsity_gain": 2.0,
        "sparsity_integral_gain": 0.01,
        "similarity_weight": 0.3 if variant == "dynamic-margin" else 0.0,
        "similarity_decay": 0.95,
        "similarity_deviations": 1.0,
    }
    # The plain variant begins with decoder rows of norm 0.1, which the constraint then brings to 1.
    params = {
        "W_enc": rounded(directions + 0.1 * torch.randn(F, D)),
        "b_enc": rounded(0.1 * torch.randn(F)),
        "W_dec": rounded(0.1 * directions if standard else directions),
        "b_dec": rounded(0.1 * torch.randn(D)),
    }
    rows_since_fired = [1000 if i % 4 == 0 else 16 * (i % 3) for i in range(F)]
    if not standard:
        params["b_enc"][::4] -= 0.5
    params["b_enc"] = rounded(params["b_enc"])
    batches = [rounded(torch.randn(B, D) / math.sqrt(D)) for _ in range(UPDATES)]
    run = Run(config, params, rows_since_fired)
    steps = [run.update(x) for x in batches]
    return {
        "made_by": f"golden_sae.py, PyTorch {torch.__version__}, float64, seed {seed}",
        "config": config,
        "params": {name: params[name].flatten().tolist() for name in NAMES},
        "rows_since_fired": rows_since_fired,
        "batches": [x.flatten().tolist() for x in batches],
        "steps": steps,
        "change": {name: (run.p[name].detach() - params[name]).flatten().tolist() for name in NAMES},
    }


def shortened(value):
    """Enough digits for float32 inputs to be read back exactly, and for outputs to be compared."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [shortened(element) for element in value]
    if isinstance(value, dict):
        return {key: shortened(element) for key, element in value.items()}
    return value


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    for variant, seed in SEEDS.items():
        (folder / f"{variant}.json").write_text(json.dumps(shortened(golden(variant, seed))) + "\n")
