#!/usr/bin/env python3
"""Asks a real node everything that its own description of itself allows, and more: no answer may be a 5xx, none may come late, and
each must be as the description says.

    pip install schemathesis==4.32.5
    python tests/bench/fuzz_api.py [--examples N] [--seed N] [--runs DIR] [--unweave COMMAND]

Starts `bin/unweave node` with all roles on a free port, gives it a tiny run, has Schemathesis ask it, and then looks whether the node
still answers, the run has gone on, and no line of the node's log is an error. The exit code is 0 if all of that is so.

Half of the requests have the names of the real run and job; `stop` and `drain` never have, since there would be nothing left to ask
about. The stream of events is asked for a second at a time. Schemathesis reads this file once more for these two hooks.
"""
import argparse
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUN, JOB = "fuzzed", "topk"
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
          "unsupported_method,allow_header_conformance,negative_data_rejection")
ENDING = ("/stop", "/drain")


def get(url, path):
    with urllib.request.urlopen(url + path, timeout=30) as response:
        return json.load(response)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(what, happened, process, seconds=600):
    end = time.time() + seconds
    while time.time() < end:
        try:
            if happened():
                return
        except OSError:
            pass
        if process.poll() is not None:
            sys.exit(f"the node has ended while {what} was waited for")
        time.sleep(0.5)
    sys.exit(f"{what} did not come within {seconds} s")


def step(url):
    return max(job["step"] for job in get(url, f"/api/v1/runs/{RUN}")["jobs"])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--examples", type=int, default=60, help="requests of each route and kind of test")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--unweave", default=ROOT / "bin/unweave", help="the command")
    arguments.add_argument("--runs", help="the folder of runs; a temporary one if left out")
    given = arguments.parse_args()

    with tempfile.TemporaryDirectory() as scratch:
        runs = pathlib.Path(given.runs or scratch) / "runs"
        port, http = free_port(), free_port()
        url = f"http://127.0.0.1:{http}"
        node = subprocess.Popen(
            [given.unweave, "node", "--role", "supervisor,trainer,evaluator,web", "--bind", f"127.0.0.1:{port}",
             "--http", f"127.0.0.1:{http}", "--slots", "1", "--runs", runs])
        try:
            wait_for("the node", lambda: get(url, "/api/v1/status")["nodes"], node)
            subprocess.run(
                [given.unweave, "submit", "smoke", "--detach", "--node", url, "--set", f"name={RUN}",
                 "--set", "train.rows=20000000", "--set", "train.checkpoint-share=0.001", "--set", f"jobs=[{{ variant = {JOB} }}]"],
                check=True)
            wait_for("the first checkpoint", lambda: step(url) > 0, node)
            before = step(url)
            asked = subprocess.run(
                [pathlib.Path(sys.executable).parent / "schemathesis", "run", url + "/api/v1/openapi.json", "--url", url,
                 "--checks", CHECKS, "--max-examples", str(given.examples), "--seed", str(given.seed),
                 "--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--request-timeout", "30",
                 "--suppress-health-check", "all", "--warnings", "off"],
                env={**os.environ, "SCHEMATHESIS_HOOKS": "fuzz_api", "PYTHONPATH": str(pathlib.Path(__file__).parent)})
            wait_for("another checkpoint", lambda: step(url) > before, node)
            errors = [line for line in (runs / ".nodes" / f"127.0.0.1_{port}.log").read_text().splitlines() if " ERROR " in line]
            print(f"the run went on to step {step(url)}; {len(errors)} errors in the node's log")
            print("\n".join(errors[:20]))
            sys.exit(asked.returncode or (1 if errors else 0))
        finally:
            node.kill()
            node.wait()


if __name__ == "__main__":
    main()
else:
    import schemathesis

    CHOICE = random.Random(1)

    @schemathesis.hook
    def before_call(context, case, kwargs):
        if case.operation.path == "/api/v1/events":
            case.query = dict(case.query or {})
            seconds = case.query.get("seconds")
            if seconds is None or str(seconds).isdigit() and int(seconds) > 0:
                case.query["seconds"] = 1
        names = case.path_parameters
        if names and not case.operation.path.endswith(ENDING) and CHOICE.random() < 0.5:
            if "run" in names:
                names["run"] = RUN
            if "job" in names:
                names["job"] = JOB
