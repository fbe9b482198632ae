#!/usr/bin/env python3
"""What load generators report beside what is true.

    cargo build --release && cargo build --release --example reference && python3 benches/truth.py [--open] [--closed]

A reference server (examples/reference.rs) keeps each request for a time that follows a known law, and notes how long it
kept it and when it came: on Linux by the kernel's stamp, so that the time in which its own thread wakes up is part of
what it kept. Every tool that is installed measures the same law.

closed  as many requests as come back over some connections
open    a fixed rate, whatever comes back

The truth is what the server noted of the tool's very requests, shown as the difference to it. Only for a stall in the open
loop it is the schedule's where that is more: a tenth of all who come on time wait, half a second in the middle, and a tool
that comes late because it waited itself does not make that untrue.

A client sees the way there and back too, and most see that their own thread has to wake up: the row `way` is what a small blocking
client with one connection, which sends a request each millisecond, sees beyond the time that the server kept it. In the
open loop perfbase's p50, p95 and p99 are held to the truth and the median way, within 1 % or 50 microseconds; the
maximum is one request's. Milliseconds.
"""

import argparse
import http.client
import json
import math
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse

import rig

LEVELS = [50, 95, 99, 100]
NAMES = ["p50", "p95", "p99", "max"]
RATE = 1000
CONNECTIONS = 20
# How far perfbase may be from the truth: milliseconds, or a share of it.
NEAR_MS = 0.05
NEAR_SHARE = 0.01
# How often perfbase is tried again whose round did not count, so that its requests are not those of one round.
TRIES = 5

# Of a mix rather 2 % than 1 % are slow: the p99 of the latter lies where the two times meet, and is one or the other by chance.
LAWS = {
    "always 5 ms": ["fixed", "5ms"],
    "lognormal, median 5 ms, sigma 0.5": ["lognormal", "5ms", "0.5"],
    "5 ms, and 50 ms for 4 %": ["mix", "5ms", "50ms", "4%"],
    "1 ms, and 10 ms for 2 %": ["mix", "1ms", "10ms", "2%"],
    "1 ms, and nothing for 1 s in every 10 s": ["stall", "1ms", "1s", "10s"],
}
# The same as numbers, in seconds.
STALL = (0.001, 1.0, 10.0)


def noted(url):
    """Arrival and time kept of each request since it was last asked; seconds."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=30)
    connection.request("GET", "/times")
    pairs = json.loads(connection.getresponse().read())
    connection.close()
    return [(arrived / 1e9, kept / 1e9) for arrived, kept in sorted(pairs)]


def percentile(values, level):
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(level / 100 * len(ordered)) - 1)]


def quantiles(values):
    return {name: percentile(values, level) * 1e3 for name, level in zip(NAMES, LEVELS)}


def scheduled(otherwise, stall, every, seconds):
    """What somebody waits who comes at the appointed time, whatever became of earlier requests; seconds."""
    waits = []
    for index in range(seconds * RATE):
        within = index / RATE % every
        waits.append(max(otherwise, every / 2 + stall - within) if within >= every / 2 else otherwise)
    return quantiles(waits)


def perfbase_figures(document):
    one = json.loads(document)["endpoints"][0]
    if len(rig.rounds_of(document)) != 1 or not one["rounds"]:
        return None
    first = one["rounds"][0]
    return {**{name: first[f"{name}_ms"] for name in NAMES[:3]}, "max": one["max_ms"]}


def perfbase(loop):
    def command(url, seconds, cwd):
        load = ["--users", str(CONNECTIONS)] if loop == "closed" else ["--rate", f"{RATE}/s", "--connections", "3000"]
        return ([str(rig.PERFBASE), "run", url, *load, "--duration", f"{seconds}s", "--rounds", "1", "--warm-up", "0s",
                 "--warm-up-requests", "0", "--no-ready", "--quiet", "--format", "json", "--db", str(cwd / "runs.db")],
                perfbase_figures)
    return command


def wrk(url, seconds, cwd):
    script = cwd / "percentiles.lua"
    script.write_text("done = function(summary, latency, requests)\n"
                      "  for _, p in pairs({50, 95, 99}) do\n"
                      "    io.write(string.format('p%d=%f\\n', p, latency:percentile(p) / 1000))\n"
                      "  end\n  io.write(string.format('p100=%f\\n', latency.max / 1000))\nend\n")
    return (["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}", "-s", str(script), url],
            lambda out: dict(zip(NAMES, (float(value) for _, value in re.findall(r"^p(\d+)=([\d.]+)", out, re.M)))))


def oha(loop):
    def command(url, seconds, _cwd):
        load = ["-c", str(CONNECTIONS)] if loop == "closed" else ["-c", "3000", "-q", str(RATE), "--latency-correction"]

        def figures(out):
            document = json.loads(out)
            slowest = document["summary"]["slowest"]
            return {**{name: document["latencyPercentiles"][name] * 1e3 for name in NAMES[:3]}, "max": slowest * 1e3}
        return ["oha", "--no-tui", "--output-format", "json", *load, "-z", f"{seconds}s", "-w", url], figures
    return command


def hey(loop):
    def command(url, seconds, _cwd):
        # hey's rate is each worker's, whose next request waits for its last answer.
        load = [] if loop == "closed" else ["-q", str(RATE // CONNECTIONS)]

        def figures(out):
            shares = {f"p{p}": float(value) * 1e3 for p, value in re.findall(r"(50|95|99)%+ in ([\d.]+) secs", out)}
            return {**shares, "max": float(re.search(r"Slowest:\s+([\d.]+)", out).group(1)) * 1e3}
        return ["hey", "-c", str(CONNECTIONS), "-z", f"{seconds}s", *load, url], figures
    return command


def locust(url, seconds, cwd):
    script = cwd / "locustfile.py"
    script.write_text("from locust import FastHttpUser, task, constant_throughput\n"
                      "class User(FastHttpUser):\n"
                      f"    wait_time = constant_throughput({RATE // 100})\n"
                      "    @task\n"
                      "    def get(self):\n"
                      "        self.client.get('/')\n")
    origin = url.rstrip("/")

    def figures(out):
        entry = next(each for each in json.loads(out) if each["method"] == "GET")
        times = sorted((float(key), count) for key, count in entry["response_times"].items())
        total = sum(count for _, count in times)
        result = {}
        for name, level in zip(NAMES, LEVELS):
            seen = 0
            for value, count in times:
                seen += count
                if seen >= level / 100 * total:
                    result[name] = value
                    break
        return result
    return (["locust", "-f", str(script), "--headless", "-u", "100", "-r", "100", "-t", f"{seconds}s", "-H", origin,
             "--json", "--loglevel", "CRITICAL"], figures)


def autocannon(loop):
    def command(url, seconds, _cwd):
        # Its rate is all connections' together, and its latencies count from where the rate asked for them.
        load = [str(CONNECTIONS)] if loop == "closed" else ["100", "-R", str(RATE)]

        def figures(out):
            latency = json.loads(out)["latency"]
            return {name: latency.get(name) for name in NAMES}
        return ["autocannon", "-j", "-n", "-d", str(seconds), "-c", *load, url], figures
    return command


TOOLS = {
    "closed": {"perfbase": perfbase("closed"), "wrk": wrk, "oha": oha("closed"), "hey": hey("closed"),
               "autocannon": autocannon("closed")},
    "open": {"perfbase": perfbase("open"), "oha": oha("open"), "hey": hey("open"), "locust": locust,
             "autocannon": autocannon("open")},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--closed", action="store_true", help="the closed loop alone")
    parser.add_argument("--open", action="store_true", help="the open loop alone")
    parser.add_argument("--seconds", type=int, default=10)
    args = parser.parse_args()
    rig.need()
    rig.more_files()
    rig.need_example("reference")
    rig.about_machine()
    met = True
    loops = [loop for loop in TOOLS if getattr(args, loop) or args.closed == args.open]
    for loop in loops:
        tools = {name: tool for name, tool in TOOLS[loop].items() if name == "perfbase" or shutil.which(name)}
        missing = [name for name in TOOLS[loop] if name not in tools]
        load = f"{CONNECTIONS} connections" if loop == "closed" else f"{RATE} requests a second"
        print(f"\n## {loop.capitalize()} loop: {load}, {args.seconds} s"
              + (f" (not installed: {', '.join(missing)})" if missing else ""))
        for name, words in LAWS.items():
            met &= compare(name, words, loop, tools, args.seconds)
    sys.exit(0 if met else 1)


def compare(name, words, loop, tools, seconds):
    rows, met = [], True
    path = way()
    for tool, of in tools.items():
        is_own = tool == "perfbase"
        for _ in range(TRIES if is_own else 1):
            figures, kept = measured(of, words, seconds)
            if figures:
                break
        is_stall = loop == "open" and words[0] == "stall"
        true = quantiles(kept)
        if is_stall:
            true = {name: max(least, true[name]) for name, least in scheduled(*STALL, seconds).items()}
        if not rows:
            rows.append(["truth, for the first", "", *(f"{true[level]:.3f}" for level in NAMES), ""])
        if not figures:
            rows.append([tool, f"{len(kept):,}", *["no figure"] * len(NAMES), ""])
            met &= not is_own
            continue
        near = ""
        if is_own and loop == "open":
            is_near = all(abs(figures[level] - true[level] - path["p50"]) <= max(NEAR_MS, NEAR_SHARE * true[level])
                          for level in NAMES[:3])
            near, met = rig.holds(is_near), met and is_near
        rows.append([f"**{tool}**" if is_own else tool, f"{len(kept):,}",
                     *(shown(figures[level], true[level]) for level in NAMES), near])
    rows.append(["way", "", *(f"{path[level]:.3f}" for level in NAMES), ""])
    rig.table([name, "requests", *NAMES, "within 1 % or 50 us"], rows)
    return met


def measured(of, words, seconds):
    """What a tool reports of a server of its own, so that a stall comes at the same time for each; and how long the
    server kept each of its requests, in seconds."""
    with rig.scratch() as directory, rig.example("reference", *words) as url:
        command, read = of(url, seconds, directory)
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=directory,
                               check=False)
        figures = read(ended.stdout) if ended.returncode in (0, 3) else None
        return figures, [each for _, each in noted(url)]


def shown(figure, true):
    return "not told" if figure is None else f"{figure:.3f} ({figure - true:+.3f})"


def way():
    """What a blocking client sees of 2000 requests, one each millisecond, beyond the time that each is kept."""
    with rig.example("reference", "fixed", "200us") as url:
        split = urllib.parse.urlsplit(url)
        times = []
        with socket.create_connection((split.hostname, split.port)) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(2000):
                time.sleep(0.0008)
                begin = time.perf_counter()
                client.sendall(b"GET / HTTP/1.1\r\n\r\n")
                client.recv(4096)
                times.append(time.perf_counter() - begin)
        return quantiles([seen - kept for seen, (_, kept) in zip(times, noted(url))])


if __name__ == "__main__":
    main()
