#!/usr/bin/env python3
"""Client CPU a request of perfbase beside its peers, on one nginx in one run.

    cargo build --release && python3 benches/peers.py

Starts nginx with one worker on a free loopback port, serving a file of 100 bytes, and runs every tool that is
installed (wrk, perfbase, oha, hey, ab, h2load) in turn, several times round. CPU time is user and system time of the
client process from its start to its end. Ratios are to wrk's in the same round, because these figures move with the
machine. Needs nginx and wrk; tools that are missing are left out of the table and named. 10 000 connections need twice
as many open files (`ulimit -n 20000`).
"""

import argparse
import json
import re
import shutil
import statistics
import sys

import rig


def wrk(url, connections, seconds, _cwd):
    return (["wrk", f"-t{min(2, connections)}", f"-c{connections}", f"-d{seconds}", url],
            lambda out: int(re.search(r"(\d+) requests in", out).group(1)))


def perfbase(url, connections, seconds, cwd):
    # All of it counts: start, anchors, recording, the database and the report. One round, which may
    # be redone when the machine was too busy for it to count; then all tries are added up.
    command = rig.perfbase_run(cwd, url, connections, seconds, "--rounds", "1", "--format", "json")
    return command, rig.requests_of


def oha(url, connections, seconds, _cwd):
    return (["oha", "--no-tui", "--output-format", "json", "-c", str(connections), "-z", f"{seconds}s", url],
            lambda out: sum(json.loads(out)["statusCodeDistribution"].values()))


def hey(url, connections, seconds, _cwd):
    return (["hey", "-c", str(connections), "-z", f"{seconds}s", url],
            lambda out: int(re.search(r"\[200\]\s+(\d+) responses", out).group(1)))


def ab(url, connections, seconds, _cwd):
    return (["ab", "-q", "-k", "-c", str(connections), "-t", str(seconds), "-n", "100000000", url],
            lambda out: int(re.search(r"Complete requests:\s+(\d+)", out).group(1)))


def h2load(url, connections, seconds, _cwd):
    return (["h2load", "--h1", f"-t{min(2, connections)}", f"-c{connections}", f"-D{seconds}", url],
            lambda out: int(re.search(r"requests: .* (\d+) succeeded", out).group(1)))


TOOLS = {"wrk": wrk, "perfbase": perfbase, "oha": oha, "hey": hey, "ab": ab, "h2load": h2load}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 10, 50, 100, 1000, 10_000])
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--times", type=int, default=5, help="how often every tool runs")
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS))
    args = parser.parse_args()
    rig.need("nginx", "wrk")
    missing = [name for name in args.tools if name != "perfbase" and not shutil.which(name)]
    rig.about_machine()
    rig.more_files()
    if missing:
        print(f"not installed, left out: {', '.join(missing)}")
    names = list(dict.fromkeys(["wrk", *(name for name in args.tools if name not in missing)]))
    met = True
    with rig.scratch() as directory, rig.nginx(directory) as url:
        for connections in args.connections:
            met &= compare(url, connections, args, names, directory)
    sys.exit(0 if met else 1)


def compare(url, connections, args, names, directory):
    costs = {name: [] for name in names}
    rates = {name: [] for name in names}
    memory = {name: 0.0 for name in names}
    for time in range(args.times):
        # Another one begins each time, so that none is always first after the slowest.
        for name in names[time % len(names):] + names[:time % len(names)]:
            command, count = TOOLS[name](url, connections, args.seconds, directory)
            ended = rig.timed(command, directory)
            requests = count(ended.output)
            costs[name].append(ended.cpu / requests * 1e6)
            rates[name].append(requests / ended.wall)
            memory[name] = max(memory[name], ended.peak_mb)
    ratios = {name: [cost / wrk for cost, wrk in zip(costs[name], costs["wrk"])] for name in names}
    print(f"\n{connections} connections, {args.times} x {args.seconds} s each, 100-byte file from nginx (1 worker)")
    rig.table(["tool", "CPU a request, us", "ratio to wrk, median (range)", "requests a second", "peak memory"],
              [[name, f"{statistics.median(costs[name]):.1f}", rig.spread(ratios[name], 2),
                f"{statistics.median(rates[name]):,.0f}", f"{memory[name]:.0f} MB"] for name in names])
    if connections not in (50, 1000) or "perfbase" not in names:
        return True
    own = statistics.median(ratios["perfbase"])
    rows = [["CPU a request at most wrk's", f"{own:.2f}", rig.holds(own <= 1.0)]]
    met = own <= 1.0
    if "oha" in names:
        share = own / statistics.median(ratios["oha"])
        rows.append(["CPU a request below 0.75 of oha's", f"{share:.2f}", rig.holds(share < 0.75)])
        met &= share < 0.75
    rig.table(["criterion", "measured", "result"], rows)
    return met


if __name__ == "__main__":
    main()
