#!/usr/bin/env python3
"""How evenly load generators send what they were told to send evenly.

    cargo build --release && cargo build --release --example reference && python3 benches/timing.py

deviation  as seen at the server, of every generator that is installed. The reference server (examples/reference.rs) notes
           when each request arrives. Where the schedule begins is not known from outside, so it is laid where the median
           request is on time; the deviation of a request is how far from its place in the schedule it arrived. Locust's
           and hey's rates are each user's own, so that only the count can be held against a schedule: their deviation
           is that of the n-th arrival from the n-th place.
beside     what a service notices of the generator on the same CPUs: how long the reference server takes for the same work, some
           1.5 ms of a CPU, 900 times a second, as it says itself.
lag        as perfbase says of itself: from the instant at which a request should begin to the one at which it does, at
           nginx, each of them on a CPU of its own. Held to 100 microseconds at p99, and to the exact count. With
           `--awake` a process of the lowest class of all (`SCHED_IDLE`) keeps each CPU from sleeping, which shows
           how much of the lag is the time in which a CPU wakes up.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys

import rig
import truth

LAG_MS = 0.1
# Multiplications of the reference server for a request of `beside`.
WORK = "2750000"

CONFIGURATION = """
[service]
url = "{url}"

[endpoints."GET /"]

[scenarios.baseline]
rate = "{rate}/s"
arrivals = "{arrivals}"
connections = 1000
duration = "{seconds}s"
rounds = {rounds}
warm_up = "2s"
"""


def main():
    parts = {"deviation": deviation, "beside": beside, "lag": lag}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", default=list(parts), help=", ".join(parts))
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5, help="of `lag`")
    parser.add_argument("--awake", action="store_true", help="let no CPU sleep during `lag`")
    args = parser.parse_args()
    unknown = [part for part in args.parts if part not in parts]
    if unknown:
        parser.error(f"there is no part {unknown[0]}")
    rig.need(*(["nginx", "taskset", *(["chrt"] if args.awake else [])] if "lag" in args.parts else []))
    rig.more_files()
    rig.need_example("reference")
    rig.about_machine()
    results = [parts[part](args) for part in args.parts]
    sys.exit(0 if all(results) else 1)


def deviation(args):
    # At 50 000 a second the reference server, with a thread a connection, would be what is seen.
    for rate in [1000, 10_000]:
        rows = []
        truth.RATE = rate
        for name, tool in truth.TOOLS["open"].items():
            if name != "perfbase" and not shutil.which(name):
                rows.append([name, "not installed", "", "", ""])
                continue
            rows.append([name, *deviations(tool, rate, args.seconds)])
        rig.table([f"{rate} a second", "requests", "p50, us", "p99, us", "max, us"], rows)
    return True


def beside(args):
    times = {}
    truth.RATE = 900
    tools = {name: tool for name, tool in truth.TOOLS["open"].items() if name == "perfbase" or shutil.which(name)}
    for _ in range(args.rounds):
        for name, tool in tools.items():
            with rig.scratch() as directory, rig.example("reference", "work", WORK) as url:
                command, _ = tool(url, args.seconds, directory)
                subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=directory, check=False)
                times.setdefault(name, []).append([kept for _, kept in truth.noted(url)])
    rows = []
    for name, turns in times.items():
        figures = (rig.spread([truth.percentile(kept, level) * 1e3 for kept in turns], 2) for level in (50, 95))
        rows.append([name, f"{sum(map(len, turns)):,}", *figures])
    rig.table(["kept by the server, ms", "requests", "p50, median (range)", "p95"], rows)
    return True


def deviations(tool, rate, seconds):
    with rig.scratch() as directory, rig.example("reference", "fixed", "0ms") as url:
        command, _ = tool(url, seconds, directory)
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=directory, check=False)
        # perfbase measures a round again that does not count; the first one is shown, whatever became of it.
        arrivals = [arrived for arrived, _ in truth.noted(url)][:rate * seconds]
    late = [arrived - number / rate for number, arrived in enumerate(arrivals)]
    middle = statistics.median(late)
    off = [abs(each - middle) for each in late]
    return [f"{len(arrivals):,}", *(f"{truth.percentile(off, level) * 1e6:,.0f}" for level in (50, 99, 100))]


def lag(args):
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        sys.exit("two CPUs are needed: one for perfbase, one for nginx")
    rows, met = [], True
    with rig.scratch() as directory, contextlib.ExitStack() as stack:
        for cpu in cpus if args.awake else []:
            command = ["taskset", "-c", str(cpu), "chrt", "--idle", "0", sys.executable, "-c", "while True: pass"]
            stack.enter_context(rig.ended(subprocess.Popen(command)))
        # What nginx starts with it keeps; then the CPU beside it is for perfbase.
        os.sched_setaffinity(0, {cpus[0]})
        with rig.nginx(directory) as url:
            for rate, arrivals in [(1000, "even"), (10_000, "even"), (10_000, "poisson"), (50_000, "even")]:
                (directory / "perfbase.toml").write_text(CONFIGURATION.format(
                    url=url.rstrip("/"), rate=rate, arrivals=arrivals, seconds=args.seconds * args.rounds, rounds=args.rounds))
                command = ["taskset", "-c", str(cpus[1]), str(rig.PERFBASE), "run", "--quiet", "--no-ready", "--format",
                           "json", "--db", str(directory / "runs.db")]
                document = rig.timed(command, directory).output
                rows.append(lags(document, rate, arrivals, args.seconds))
                met &= rows[-1][-1] == rig.holds(True)
    os.sched_setaffinity(0, set(cpus))
    rig.table(["arrivals", "rounds", "sent of intended", "lag p95, us", "lag p99, us, median (range)", "busy",
               f"p99 under {LAG_MS * 1e3:.0f} us, count exact"], rows)
    return met


def lags(document, rate, arrivals, seconds):
    rig.requests_of(document)
    rounds = json.loads(document)["rounds"]
    each = [one["generator"] for one in rounds]
    p99 = [one["lag_p99_ms"] * 1e3 for one in each]
    exact = all(one["intended"] == one["sent"] == rate * seconds for one in each)
    ok = exact and statistics.median(p99) < LAG_MS * 1e3
    sent, intended = (sum(one[what] for one in each) for what in ("sent", "intended"))
    return [f"{rate:,} a second, {arrivals}", str(len(rounds)), f"{sent:,} of {intended:,}",
            f"{statistics.median(one['lag_p95_ms'] for one in each) * 1e3:.0f}", rig.spread(p99, 0),
            f"{statistics.median(one['busy_share'] for one in each):.0%}", rig.holds(ok)]


if __name__ == "__main__":
    main()
