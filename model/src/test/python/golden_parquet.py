"""Makes src/test/resources/golden/parquet/: small files as pyarrow writes them, and rows.json with what is in them.

    pip install pyarrow
    python src/test/python/golden_parquet.py

The same rows stand in files of each compression, in several row groups, with the strings from dictionaries or plain.
"""

import json
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = pathlib.Path(__file__).parent.parent / "resources" / "golden" / "parquet"
WORDS = ["bank", "Füße", "漢字", "", "two\nlines", "emoji 🙂"]


def row(n):
    return {
        "text": WORDS[n % 6] + (" " + "long " * 300 if n % 11 == 0 else ""),
        "label": n % 4,
        "rating": [1.0, 5.0][n % 2],
        "big": 2**40 + n,
        "small": n % 100,
        "yes": n % 3 == 0,
        "comment": None if n % 5 else f"comment {n}",
        "translation": {"en": f"english {n}", "fr": None if n % 7 == 0 else f"français {n}"},
        "choices": [f"choice {n}.{i}" for i in range(n % 5)],
    }


SCHEMA = pa.schema(
    [
        ("text", pa.string()),
        ("label", pa.int64()),
        ("rating", pa.float64()),
        ("big", pa.int64()),
        ("small", pa.int8()),
        ("yes", pa.bool_()),
        ("comment", pa.string()),
        ("translation", pa.struct([("en", pa.string()), ("fr", pa.string())])),
        ("choices", pa.list_(pa.string())),
    ]
)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows = [row(n) for n in range(100)]
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    for codec in ["none", "snappy", "zstd", "gzip"]:
        pq.write_table(table, FOLDER / f"{codec}.parquet", compression=codec, row_group_size=33)
    pq.write_table(
        table, FOLDER / "plain-v2.parquet", use_dictionary=False, data_page_version="2.0", data_page_size=512
    )
    half = 37
    pq.write_table(table.slice(0, half), FOLDER / "train-00000-of-00002.parquet", row_group_size=10)
    pq.write_table(table.slice(half), FOLDER / "train-00001-of-00002.parquet", row_group_size=10)
    golden = {"made_with": {"pyarrow": pa.__version__}, "rows": rows}
    (FOLDER / "rows.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")


main()
