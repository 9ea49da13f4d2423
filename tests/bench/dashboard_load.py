"""How the dashboard bears many jobs: 64 of them with an hour of history, and lines that go on coming.

    python3 tests/bench/dashboard_load.py                 measures: needs chromium and chromedriver
    python3 tests/bench/dashboard_load.py --serve 8600    only serves, for who wants to look

The page's files are the real ones, out of cluster/src/main/resources/dashboard and the uPlot WebJar of the local Maven
repository. What they ask for is made up here, in the shapes that docs/api.md describes: no training would keep 64 jobs
at a line a second each on a small machine. Printed are the time until all rows and curves are there, the heap after
collecting garbage, minute by minute, and the share of a core that the page takes.
"""

import argparse
import functools
import http.server
import json
import math
import pathlib
import random
import subprocess
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "cluster/src/main/resources/dashboard"
UPLOT = pathlib.Path.home() / ".m2/repository/org/webjars/npm/uplot/1.6.30/uplot-1.6.30.jar"
TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
LIBRARIES = {"uplot.js": "uPlot.esm.js", "uplot.css": "uPlot.min.css"}
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
VARIANTS = ["topk", "standard", "dynamic-margin", "batch-topk", "jump-relu", "gated", "p-anneal", "matryoshka"]
RUN = "load"
STEPS_A_LINE = 20


class Run:
    """Made-up jobs, whose curves are functions of job and line."""

    def __init__(self, jobs, lines, rate):
        self.jobs = [f"{VARIANTS[i % len(VARIANTS)]}-k{16 * (1 + i // 16)}-seed{1 + i // 8 % 2}-{i}" for i in range(jobs)]
        self.lines = lines
        self.rate = rate
        self.begun = time.time()

    def now(self):
        return self.lines + int((time.time() - self.begun) * self.rate / max(1, len(self.jobs)))

    @functools.lru_cache(maxsize=None)
    def line(self, job, n):
        i = self.jobs.index(job)
        noise = random.Random(i * 1_000_003 + n)
        decay = math.exp(-n / (60 + 3 * i))
        values = {
            "loss": 0.2 + 0.004 * i + decay + noise.gauss(0, 0.01),
            "l0": 32 + 40 * decay * (i % 3) + noise.gauss(0, 0.6),
            "variance_explained": 0.78 - 0.002 * i - 0.7 * decay + noise.gauss(0, 0.004),
            "dead_share": max(0, 0.12 * (1 - decay) * (i % 5) / 4 + noise.gauss(0, 0.002)),
            "lr": 1e-4, "rows_per_second": 900 + noise.gauss(0, 40),
        }
        values["terms"] = {"reconstruction": values["loss"] * 0.95, "aux_k": values["loss"] * 0.05}
        values["term_gradient_share"] = {"aux_k": 0.02}
        values["curves"] = {"threshold": 0.3 * (1 - decay), "dead_latents": 4096 * values["dead_share"]}
        return {"split": "train", "step": STEPS_A_LINE * n, "rows": STEPS_A_LINE * n * 2048, "wall_s": 10.0 * n, **values}

    def value(self, job, n, name):
        at = self.line(job, n)
        for word in name.split("."):
            at = at[word]
        return at

    def standing(self, job):
        i = self.jobs.index(job)
        state = "failed" if i == 9 else "paused" if i == 5 else "running"
        return {"job": job, "variant": VARIANTS[i % len(VARIANTS)], "state": state, "step": STEPS_A_LINE * self.now(),
                "steps": STEPS_A_LINE * 3 * self.lines, "targetL0": 32.0, "seconds": 10.0 * self.now(), "rowsPerSecond": 900.0,
                "restarts": i % 2, "reason": "the loss is not a number after step 2100; three rates were tried" if i == 9 else ""}


def metrics(run, query):
    names = query["series"].split(",")
    points = int(query.get("points", 500))
    lines = list(range(1, run.now() + 1))
    lines = lines[:: max(1, math.ceil(len(lines) / points))]
    return {"run": RUN, "split": "train", "jobs": [{
        "job": job, "available": ["loss", "l0", "variance_explained", "dead_share", "lr", "rows", "rows_per_second", "wall_s",
                                  "terms.reconstruction", "terms.aux_k", "term_gradient_share.aux_k", "curves.threshold", "curves.dead_latents"],
        "series": {name: {"step": [STEPS_A_LINE * n for n in lines], "value": [run.value(job, n, name) for n in lines]} for name in names},
    } for job in run.jobs]}


def config(run):
    jobs = [{"job": job, "config": {"name": job, "variant": VARIANTS[i % 8], "k": 16 * (1 + i // 16), "seed": 1 + i // 8 % 2,
                                    "learning-rate": 1e-4, "features": 8192}} for i, job in enumerate(run.jobs)]
    return {"run": RUN, "text": "name = load\n", "config": {"name": RUN}, "jobs": jobs, "differ": ["k", "seed", "variant"]}


def nodes(run):
    return [{"node": f"10.0.0.{n}:25520", "process": str(n), "url": "", "slots": [{"seat": "cpu", "slots": 8, "lent": 8, "waiting": n, "leases": 900}],
             "jobs": run.jobs[n::4], "evaluators": 2, "judging": n % 2, "heap_bytes": 700e6 + 1e8 * n, "heap_most_bytes": 4e9, "cpu_share": 0.8,
             "age_s": 0.4, "actors": [{"name": f"trainer-{job}", "kind": "trainer", "mailbox": n, "messages": 5000} for job in run.jobs[n::4]]} for n in range(4)]


def results(run):
    made = []
    for i, job in enumerate(run.jobs[:16] + ["random-control"]):
        control = job == "random-control"
        made.append({"evaluation": "core", "sae": job, "control": control, "step": 0 if control else 3600, "metrics": {
            "model_performance_preservation": {"ce_loss_score": 0.69 if control else 0.9 + 0.003 * i},
            "reconstruction_quality": {"variance_explained": 0.24 if control else 0.7 + 0.004 * i}, "sparsity": {"l0": 32.0}}})
        made.append({"evaluation": "sparse_probing", "sae": job, "control": control, "step": 0 if control else 3600, "metrics": {
            "sae": {f"sae_top_{k}_test_accuracy": 0.66 + 0.02 * k + 0.003 * i for k in (1, 2, 5)}}})
    return {"run": RUN, "results": made}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    run = None

    def log_message(self, *unused):
        pass

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        path = url.path
        run = self.run
        base = f"/api/v1/runs/{RUN}"
        answers = {
            "/api/v1/status": lambda: {"runs": [{"run": RUN, "state": "running"}], "nodes": [{"name": n["node"], "drained": False, "refused": ""} for n in nodes(run)]},
            "/api/v1/runs": lambda: {"runs": [{"run": RUN}]},
            base: lambda: {"run": RUN, "state": "running", "folder": "", "jobs": [run.standing(job) for job in run.jobs], "evaluationsLeft": 0, "problems": []},
            f"{base}/metrics": lambda: metrics(run, query),
            f"{base}/config": lambda: config(run),
            f"{base}/results": lambda: results(run),
            "/api/v1/nodes": lambda: {"nodes": nodes(run)},
            "/api/v1/logs": lambda: {"lines": [log_line(run, n) for n in range(200)]},
        }
        if path == "/":
            self.send(200, "text/html", (PAGE / "index.html").read_bytes())
        elif path.startswith("/assets/lib/"):
            with zipfile.ZipFile(UPLOT) as jar:
                name = path.rsplit("/", 1)[1]
                self.send(200, TYPES[name.split(".")[-1]], jar.read(f"META-INF/resources/webjars/uplot/1.6.30/dist/{LIBRARIES[name]}"))
        elif path.startswith("/assets/"):
            self.send(200, TYPES[path.split(".")[-1]], (PAGE / path.rsplit("/", 1)[1]).read_bytes())
        elif path in answers:
            self.send(200, "application/json", json.dumps(answers[path]()).encode())
        elif path == "/api/v1/events":
            self.events(query)
        else:
            self.send(404, "application/json", b'{"error": "no such path"}')

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send(409, "application/json", b'{"error": "these jobs are made up and take no commands"}')

    def send(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def events(self, query):
        run = self.run
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        number = 0

        def event(kind, data):
            nonlocal number
            number += 1
            self.wfile.write(f"data:{json.dumps(data)}\nevent:{kind}\nid:load-{number}\n\n".encode())

        try:
            for node in nodes(run):
                event("node-joined", {"node": node["node"]})
            for i, job in enumerate(run.jobs):
                event("placed", {"run": RUN, "job": job, "placement": 1, "node": nodes(run)[i % 4]["node"]})
            written = run.now()
            while True:
                now = run.now()
                for n in range(written + 1, now + 1):
                    for i, job in enumerate(run.jobs):
                        if i not in (5, 9):
                            event("metrics", {"run": RUN, "job": job, "steps": STEPS_A_LINE * 3 * run.lines, "spent_s": {}, **run.line(job, n)})
                        if VARIANTS[i % 8] == "dynamic-margin":
                            event("told", {"run": RUN, "job": job, "step": STEPS_A_LINE * n, "what": "statistics", "values": {
                                "margin": 0.08 + 0.01 * math.sin(n / 40 + i), "similarity_mean": 0.001, "similarity_sd": 0.04, "pairs": 261632}})
                    if query.get("level"):
                        event("log", log_line(run, n))
                written = now
                for node in nodes(run):
                    event("node", {key: value for key, value in node.items() if key not in ("actors", "age_s")})
                self.wfile.flush()
                time.sleep(1)
        except (BrokenPipeError, ConnectionResetError):
            pass


def log_line(run, n):
    job = run.jobs[n % len(run.jobs)]
    return {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "level": "WARN" if n % 17 == 0 else "INFO", "logger": "org.unweave.actors.Trainer",
            "run": RUN, "job": job, "message": f"job={job} step={STEPS_A_LINE * n} loss=0.31 l0=32.1"}


class Browser:
    """Chromium by WebDriver's own protocol."""

    def __init__(self, port, size):
        self.folder = tempfile.TemporaryDirectory()
        self.driver = subprocess.Popen(["chromedriver", f"--port={port}", "--silent"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.base = f"http://127.0.0.1:{port}"
        while True:
            try:
                urllib.request.urlopen(self.base + "/status", timeout=2).close()
                break
            except OSError:
                time.sleep(0.1)
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", f"--window-size={size}", f"--user-data-dir={self.folder.name}", "--js-flags=--expose-gc"]}
        session = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}})
        self.base += "/session/" + session["sessionId"]

    def ask(self, method, path, body=None):
        request = urllib.request.Request(self.base + path, method=method, data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def open(self, url):
        self.ask("POST", "/url", {"url": url})

    def run(self, script):
        return self.ask("POST", "/execute/sync", {"script": script, "args": []})

    def cdp(self, command, **parameters):
        return self.ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def numbers(self):
        self.cdp("HeapProfiler.collectGarbage")
        return {one["name"]: one["value"] for one in self.cdp("Performance.getMetrics")["metrics"]}

    def close(self):
        try:
            self.ask("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()


def measure(url, jobs, minutes):
    browser = Browser(9655, "1400,1000")
    try:
        browser.cdp("Performance.enable")
        begun = time.time()
        browser.open(url)
        while browser.run("return document.querySelectorAll('#jobs tbody tr').length") < jobs or browser.run("return document.querySelectorAll('.plot canvas').length") < 4:
            time.sleep(0.02)
        print(f"{jobs} rows and 4 plots are there after {time.time() - begun:.2f} s")
        last = None
        for minute in range(minutes + 1):
            numbers = browser.numbers()
            steps = browser.run("return document.querySelector('#jobs tbody .steps').textContent")
            busy = "" if last is None else f", {100 * (numbers['TaskDuration'] - last['TaskDuration']) / (numbers['Timestamp'] - last['Timestamp']):.0f} % of a core"
            print(f"minute {minute}: heap {numbers['JSHeapUsedSize'] / 1e6:.1f} MB, {numbers['Nodes']:.0f} DOM nodes, {numbers['JSEventListeners']:.0f} listeners{busy}; first job at {steps}", flush=True)
            last = numbers
            if minute < minutes:
                time.sleep(60)
    finally:
        browser.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=64)
    parser.add_argument("--lines", type=int, default=360, help="of each job, as history: one each 10 s for an hour")
    parser.add_argument("--rate", type=float, default=64, help="lines of metrics a second, of all jobs together")
    parser.add_argument("--minutes", type=int, default=5)
    parser.add_argument("--serve", type=int, metavar="PORT", help="only serve")
    arguments = parser.parse_args()
    Handler.run = run = Run(arguments.jobs, arguments.lines, arguments.rate)
    for job in run.jobs:
        for n in range(1, run.lines + 1):
            run.line(job, n)
    run.begun = time.time()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", arguments.serve or 0), Handler)
    server.daemon_threads = True
    if arguments.serve:
        print(f"http://127.0.0.1:{arguments.serve}")
        server.serve_forever()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    measure(f"http://127.0.0.1:{server.server_address[1]}/", arguments.jobs, arguments.minutes)


if __name__ == "__main__":
    main()
