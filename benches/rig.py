"""What the benchmark scripts share: nginx with a small file, processes that are timed, tables.

Everything is on loopback, bounded by time, and ended with the script.
"""

import contextlib
import json
import os
import pathlib
import platform
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PERFBASE = pathlib.Path(os.environ.get("PERFBASE", ROOT / "target/release/perfbase"))
EXAMPLES = pathlib.Path(os.environ.get("EXAMPLES", ROOT / "target/release/examples"))

NGINX = """
worker_processes {workers};
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 20000; }}
worker_rlimit_nofile 40000;
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_body_temp_path {dir}; proxy_temp_path {dir}; fastcgi_temp_path {dir};
  uwsgi_temp_path {dir}; scgi_temp_path {dir};
  server {{ listen 127.0.0.1:{port} {speaks} backlog=8192{reuse}; root {dir};
    location / {{ }}
    location /endpoint/ {{ try_files /index.html =404; }}
    location /json {{ default_type application/json; return 200 '{{"build_id":"7d9f2c","status":"queued"}}'; }}
  }}
}}
"""


def need(*names):
    """Ends the script when one of these programs is missing."""
    missing = [name for name in names if not shutil.which(name)]
    if missing:
        sys.exit(f"not installed: {', '.join(missing)}")
    if not PERFBASE.exists():
        sys.exit(f"{PERFBASE} is not there; run `cargo build --release`, or name another in PERFBASE")


def more_files():
    """Thousands of users are thousands of connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="perfbase-bench-") as name:
        yield pathlib.Path(name)


@contextlib.contextmanager
def ended(process):
    """Ends the process with the block."""
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def nginx(directory, workers=1, speaks=""):
    """The URL of a file of 100 bytes, served by as many nginx workers; `endpoint/N` below it is the same file,
    and whatever begins with `json` a small fixed document. `http2` is spoken without TLS, by prior knowledge."""
    port = free_port()
    (directory / "index.html").write_bytes(b"x" * 100)
    directory.chmod(0o755)
    config = directory / "nginx.conf"
    config.write_text(NGINX.format(
        dir=directory, port=port, workers=workers, speaks=speaks, reuse=" reuseport" if workers > 1 else ""))
    command = ["nginx", "-c", str(config), "-e", str(directory / "error.log")]
    with ended(subprocess.Popen(command, stderr=subprocess.DEVNULL)):
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        else:
            sys.exit(f"nginx did not start: {(directory / 'error.log').read_text()}")
        yield f"http://127.0.0.1:{port}/"


@contextlib.contextmanager
def example(name, *words):
    """The address of the server of `examples/NAME.rs`."""
    process = subprocess.Popen([str(EXAMPLES / name), *words], stdout=subprocess.PIPE, text=True)
    with ended(process):
        yield process.stdout.readline().strip() + "/"


def need_example(name):
    """Ends the script when the example has not been built."""
    if not (EXAMPLES / name).exists():
        sys.exit(f"{EXAMPLES / name} is not there; run `cargo build --release --example {name}`")


@contextlib.contextmanager
def demo(directory, *arguments):
    """The address of the sample service."""
    command = [str(PERFBASE), "demo", "--listen", "127.0.0.1:0", *arguments]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=directory, text=True)
    with ended(process):
        found = re.search(r"http://\S+:\d+", process.stderr.readline())
        if not found:
            sys.exit("the sample service did not start")
        yield found.group(0)


def perfbase_run(directory, url, users, seconds, *more):
    """The command line of a run without warm-up and readiness, whose database is thrown away."""
    return [str(PERFBASE), "run", url, "--users", str(users), "--duration", f"{seconds}s", "--warm-up", "0s",
            "--warm-up-requests", "0", "--no-ready", "--quiet", "--db", str(directory / "runs.db"), *more]


class Ended:
    """What a process that has ended printed and used: seconds, and megabytes of 10^6 bytes."""

    def __init__(self, output, code, usage, peak_mb, wall):
        self.output, self.code, self.peak_mb, self.wall = output, code, peak_mb, wall
        self.cpu = usage.ru_utime + usage.ru_stime


class Memory(threading.Thread):
    """Reads a process's peak resident memory until it has ended. What `wait4` says of it is no less than what this
    script had in memory when it started the process."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.status = pathlib.Path(f"/proc/{process}/status")
        self.peak_mb = 0.0
        self.start()

    def run(self):
        with contextlib.suppress(OSError, AttributeError):
            while True:
                peak = re.search(r"^VmHWM:\s+(\d+) kB", self.status.read_text(), re.M)
                self.peak_mb = int(peak.group(1)) * 1024 / 1e6
                time.sleep(0.02)


def timed(command, cwd, more_env=None):
    """Runs a command to its end; its standard error is kept for the case that it fails."""
    environment = {**os.environ, **(more_env or {})}
    with tempfile.TemporaryFile("w+") as errors:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, cwd=cwd, text=True,
                                   env=environment)
        memory = Memory(process.pid)
        output = process.stdout.read()
        process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        memory.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        # 3 is perfbase's "inconclusive": at full speed every round finds its generator too busy.
        if process.returncode not in (0, 3):
            errors.seek(0)
            sys.exit(f"{' '.join(command)} ended with {process.returncode}: {errors.read().strip()}")
        return Ended(output, process.returncode, usage, memory.peak_mb, time.monotonic() - begin)


def rounds_of(document):
    """All rounds of `run --format json`, valid or not."""
    return json.loads(document)["rounds"]


def requests_of(document):
    """Requests of all rounds of `run --format json`, none of which may have failed."""
    each = [endpoint for one in rounds_of(document) for endpoint in one["requests"].values()]
    failed = sum(endpoint["failures"] for endpoint in each)
    if failed:
        sys.exit(f"{failed} of perfbase's requests failed")
    return sum(endpoint["successes"] for endpoint in each)


def seconds_of(document):
    """How long all rounds of `run --format json` measured."""
    return sum(one["measured_ms"] for one in rounds_of(document)) / 1e3


class Turn:
    """What one run of a tool came to: microseconds of CPU a request, requests a second, seconds, megabytes."""

    def __init__(self, requests, ended):
        self.cost, self.rate = ended.cpu / requests * 1e6, requests / ended.wall
        self.wall, self.peak_mb = ended.wall, ended.peak_mb


def take_turns(tools, times, directory):
    """Runs every tool as often, one after the other: `{name: (command, how many requests its output tells)}`. Another
    one begins each time, so that none is always first after the slowest."""
    turns = {name: [] for name in tools}
    names = list(tools)
    for time_ in range(times):
        start = time_ % len(names)
        for name in names[start:] + names[:start]:
            command, count = tools[name]
            ended = timed(command, directory)
            turns[name].append(Turn(count(ended.output), ended))
    return turns


def compare_costs(turns, base):
    """Prints what each tool's requests cost; the median of the ratios to `base`'s in the same turn, by tool."""
    ratios = {name: [one.cost / other.cost for one, other in zip(mine, turns[base])] for name, mine in turns.items()}
    middle = {name: statistics.median(all_of) for name, all_of in ratios.items()}

    def median(name, what):
        return statistics.median(getattr(one, what) for one in turns[name])

    table(["tool", "CPU a request, us", f"ratio to {base}, median (range)", "requests a second", "seconds", "peak memory"],
          [[name, f"{median(name, 'cost'):.1f}", spread(ratios[name], 2), f"{median(name, 'rate'):,.0f}",
            f"{median(name, 'wall'):.1f}", f"{max(one.peak_mb for one in turns[name]):.0f} MB"] for name in turns])
    return middle


def spread(values, digits):
    """Median and range."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def table(head, rows):
    """Prints a Markdown table: the first column to the left, the rest to the right."""
    print()
    print("| " + " | ".join(head) + " |")
    print("| --- |" + " ---: |" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def holds(met):
    return "holds" if met else "**missed**"


def cpu_model():
    with contextlib.suppress(OSError):
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown CPU"


def about_machine():
    """One line on where this was measured and how busy it was with other things."""
    load = os.getloadavg()[0]
    print(f"{cpu_model()}, {os.cpu_count()} CPUs, {platform.system()} {platform.release()}, "
          f"load average {load:.1f} at the start, {time.strftime('%Y-%m-%d')}")
