#!/usr/bin/env python3
"""Client CPU a request of perfbase beside its peers, on one nginx in one run.

    cargo build --release && cargo build --release --example bare && python3 benches/peers.py

Starts a server on a free loopback port, nginx with one worker and a file of 100 bytes, then one that does nothing but
answer (examples/bare.rs), and runs every tool that is installed (wrk, perfbase, oha, hey, ab, h2load) in turn, several times
round. CPU time is user and system time of the
client process from its start to its end. Ratios are to wrk's in the same round, because these figures move with the
machine. Needs nginx and wrk; tools that are missing are left out of the table and named. 10 000 connections need twice
as many open files (`ulimit -n 20000`).
"""

import argparse
import json
import re
import shutil
import sys

import rig


def wrk(url, connections, seconds, _cwd):
    return (["wrk", f"-t{min(2, connections)}", f"-c{connections}", f"-d{seconds}", url],
            lambda out: int(re.search(r"(\d+) requests in", out).group(1)))


def perfbase(url, connections, seconds, cwd):
    # All of it counts: start, anchors, recording, the database and the report. One round, which may
    # be redone when the machine was too busy for it to count; then all tries are added up, and it runs for longer.
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
    parser.add_argument("--servers", nargs="+", choices=["nginx", "bare"], default=["nginx", "bare"])
    args = parser.parse_args()
    rig.need("nginx", "wrk")
    if "bare" in args.servers:
        rig.need_example("bare")
    missing = [name for name in args.tools if name != "perfbase" and not shutil.which(name)]
    rig.about_machine()
    rig.more_files()
    if missing:
        print(f"not installed, left out: {', '.join(missing)}")
    names = list(dict.fromkeys(["wrk", *(name for name in args.tools if name not in missing)]))
    met = True
    with rig.scratch() as directory:
        for server in args.servers:
            with rig.nginx(directory) if server == "nginx" else rig.example("bare") as url:
                for connections in args.connections:
                    met &= compare(url, server, connections, args, names, directory)
    sys.exit(0 if met else 1)


def compare(url, server, connections, args, names, directory):
    print(f"\n{connections} connections, {args.times} x {args.seconds} s each, 100 bytes from {server}")
    tools = {name: TOOLS[name](url, connections, args.seconds, directory) for name in names}
    ratios = rig.compare_costs(rig.take_turns(tools, args.times, directory), "wrk")
    if connections not in (50, 1000) or "perfbase" not in names:
        return True
    own = ratios["perfbase"]
    rows = [["CPU a request at most wrk's", f"{own:.2f}", rig.holds(own <= 1.0)]]
    met = own <= 1.0
    if "oha" in names:
        share = own / ratios["oha"]
        rows.append(["CPU a request below 0.75 of oha's", f"{share:.2f}", rig.holds(share < 0.75)])
        met &= share < 0.75
    rig.table(["criterion", "measured", "result"], rows)
    return met


if __name__ == "__main__":
    main()
