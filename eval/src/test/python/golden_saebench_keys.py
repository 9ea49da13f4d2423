"""Writes the keys that SAEBench's result files must have, as JSON pointers, read from its schema files.

python golden_saebench_keys.py SAEBENCH_HOME > ../resources/golden/saebench-keys.json

SAEBENCH_HOME is a checkout of SAEBench, or the folder that holds an installed sae_bench (0.6.0 was used).
A pointer's part * stands for every element of a list. All keys of the configuration and of the metrics are listed, the
nullable ones too.
"""

import json
import pathlib
import sys

FILES = {
    "core": "core/eval_output_schema_core.json",
    "sparse_probing": "sparse_probing/eval_output_schema_sparse_probing.json",
    "scr": "scr_and_tpp/eval_output_schema_scr.json",
    "tpp": "scr_and_tpp/eval_output_schema_tpp.json",
    "unlearning": "unlearning/eval_output_schema_unlearning.json",
}
WHOLE = ("/eval_config", "/eval_result_metrics")


def keys(schema, root, pointer, found):
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if schema.get("type") == "array" and "items" in schema:
        keys(schema["items"], root, pointer + "/*", found)
    for name, value in schema.get("properties", {}).items():
        here = f"{pointer}/{name}"
        if name in schema.get("required", []) or here.startswith(WHOLE):
            found.append(here)
        if here.startswith(WHOLE) or here.startswith("/eval_result_details"):
            keys(value, root, here, found)


def main(home):
    folder = pathlib.Path(home) / "sae_bench" / "evals"
    out = {}
    for evaluation, file in FILES.items():
        schema = json.loads((folder / file).read_text())
        found = []
        keys(schema, schema, "", found)
        out[evaluation] = sorted(set(found))
    json.dump(out, sys.stdout, indent=1)
    print()


main(sys.argv[1])
