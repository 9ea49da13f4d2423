"""Makes src/test/resources/golden/unlearning/: made-up questions and corpora in the layout and columns of those of
SAEBench's unlearning, in hub/, and drawn.json with the token blocks that its rules make of them, the firing rates of a
small SAE on those, and the latents that it chooses.

    pip install numpy torch pyarrow
    python src/test/python/golden_unlearning.py

The rules are written out here from their description, with numpy, torch and CPython's random as SAEBench uses them.
"""

import json
import pathlib
import random
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

FOLDER = pathlib.Path(__file__).parent.parent / "resources" / "golden" / "unlearning"
HUB = FOLDER / "hub"
VOCABULARY = 100
WIDTH = 6
FEATURES = 24
EOS_TEXT = "<e>"
LETTERS = "abcdefghij klmnop qrstuvwxyzäöü漢字🙂🦠 "
# Seed, documents and blocks at most, tokens of a block, ids of BOS, EOS and padding.
CASES = [(42, 1024, 16, 1, 2, 3), (7, 5, 11, 1, 2, 3), (43, 30, 8, 0, 0, 0), (2**31 + 5, 12, 33, 1, 2, 2)]

made = np.random.default_rng(5)


def write_parquet(rows, path, schema=None, parts=1):
    path = HUB / path
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(rows, schema=schema)
    size = -(-len(rows) // parts)
    for part in range(parts):
        file = path.with_name(f"{path.name}-{part:05d}-of-{parts:05d}.parquet")
        pq.write_table(table.slice(part * size, size), file)


def questions(about, count, extra):
    return [
        {"question": f"{about} {n}? ★", "choices": [f"{about} {n}.{i}" for i in range(4)], "answer": n * 7 % 4, **extra}
        for n in range(count)
    ]


def text(length, first):
    return first + "".join(LETTERS[i] for i in made.integers(0, len(LETTERS), length - len(first)))


def documents(first):
    """Of 50 and 51 characters too, of which some are two code units in other languages than Python."""
    lengths = [50, 51, 20, 70, 49, 64, 52, 90]
    return [text(lengths[n % 8], first) if n % 9 else "🙂" * lengths[n % 8] for n in range(48)]


def encode(string, eos):
    """Pairs of characters are tokens, so that it counts where a text is cut."""
    ids = []
    at = 0
    while at < len(string):
        if string.startswith(EOS_TEXT, at):
            ids.append(eos)
            at += len(EOS_TEXT)
        elif at + 1 < len(string) and not string.startswith(EOS_TEXT, at + 1):
            ids.append(10 + (31 * ord(string[at]) + ord(string[at + 1])) % (VOCABULARY - 10))
            at += 2
        else:
            ids.append(10 + ord(string[at]) % (VOCABULARY - 10))
            at += 1
    return ids


def blocks(texts, length, bos, eos, pad):
    whole = EOS_TEXT.join(texts)
    size = -(-len(whole) // 20)
    pieces = [[bos] + encode(whole[i * size : (i + 1) * size], eos) for i in range(20)]
    padded = torch.full((20, max(map(len, pieces))), pad)
    for row, piece in enumerate(pieces):
        padded[row, : len(piece)] = torch.tensor(piece)
    flat = padded.flatten()
    flat = flat[flat != pad]
    count = len(flat) // length
    rows = flat[: count * length].reshape(count, length).clone()
    rows[:, 0] = bos
    return rows


def draw(forget, retain, seed, most, length, bos, eos, pad):
    random.seed(seed)
    torch.manual_seed(seed)
    forget = [one for one in forget if len(one) > 50]
    retain = [one for one in retain if len(one) > 50]
    sampled = random.sample(forget, min(most, len(forget)))
    forget_rows = blocks(sampled, length, bos, eos, pad)
    retain_rows = blocks(retain, length, bos, eos, pad)
    forget_rows = forget_rows[torch.randperm(len(forget_rows))][:most]
    retain_rows = retain_rows[torch.randperm(len(retain_rows))][:most]
    return len(sampled), forget_rows, len(retain), retain_rows


def rates(rows, special, table, enc, bias):
    tokens = rows.flatten()
    tokens = tokens[~torch.isin(tokens, torch.tensor(special))]
    fired = torch.relu(table[tokens] @ enc.T + bias) > 0
    return fired.to(torch.float32).sum(dim=0) / len(tokens)


def select(forget, retain, threshold, most):
    score = np.where(retain >= threshold, 0, forget)
    order = np.argsort(score)[::-1]
    chosen = order[: np.count_nonzero(score)][:most]
    # The order of equals is nobody's, so a choice that depends on it is left out.
    distinct = len(set(score[chosen])) == len(chosen) and not np.isin(score[chosen], np.delete(score, chosen)).any()
    return [{"threshold": threshold, "most": most, "latents": chosen.tolist()}] if distinct else []


def eighths(*shape):
    return torch.tensor(made.integers(-16, 17, shape) / 8, dtype=torch.float32)


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    sets = {"wmdp-bio": questions("germs", 11, {}), "human_aging": questions("age", 7, {"subject": "human_aging"})}
    schema = [("question", pa.string()), ("choices", pa.list_(pa.string())), ("answer", pa.int64())]
    write_parquet(sets["wmdp-bio"], "cais/wmdp/wmdp-bio/test", pa.schema(schema), parts=2)
    write_parquet(sets["human_aging"], "cais/mmlu/human_aging/test", pa.schema(schema + [("subject", pa.string())]))
    forget = documents("ab")
    retain = documents("xy")
    papers = HUB / "cais/wmdp-corpora/bio-forget-corpus.jsonl"
    papers.parent.mkdir(parents=True)
    lines = [json.dumps({"title": f"paper {n}", "text": one}, ensure_ascii=n % 2 == 0) for n, one in enumerate(forget)]
    papers.write_text("\n".join(lines) + "\n")
    write_parquet([{"text": one} for one in retain], "Salesforce/wikitext/wikitext-2-raw-v1/test", parts=2)

    table, enc, bias = eighths(VOCABULARY, WIDTH), eighths(FEATURES, WIDTH), eighths(FEATURES) - 5
    cases = []
    for seed, size, length, bos, eos, pad in CASES:
        sampled, forget_rows, kept, retain_rows = draw(forget, retain, seed, size, length, bos, eos, pad)
        of_forget = rates(forget_rows, [bos, eos, pad], table, enc, bias)
        of_retain = rates(retain_rows, [bos, eos, pad], table, enc, bias)
        chosen = [
            one
            for threshold in [0.02, 0.1, 0.2, 0.5]
            for most in [1, 3, 5, FEATURES]
            for one in select(of_forget.numpy(), of_retain.numpy(), threshold, most)
        ]
        assert len(chosen) > 3
        cases.append(
            {
                "seed": seed,
                "sequences": size,
                "context_tokens": length,
                "bos": bos,
                "eos": eos,
                "pad": pad,
                "forget_documents": sampled,
                "forget": forget_rows.tolist(),
                "retain_documents": kept,
                "retain": retain_rows.tolist(),
                "forget_rates": of_forget.tolist(),
                "retain_rates": of_retain.tolist(),
                "chosen": chosen,
            }
        )
    golden = {
        "made_with": {"numpy": np.__version__, "torch": torch.__version__, "pyarrow": pa.__version__},
        "questions": sets,
        "residual": table.tolist(),
        "W_enc": enc.tolist(),
        "b_enc": bias.tolist(),
        "cases": cases,
    }
    (FOLDER / "drawn.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")


main()
