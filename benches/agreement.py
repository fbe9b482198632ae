#!/usr/bin/env python3
"""Whether perfbase's percentiles agree with those of wrk, hey and oha on the same target.

    cargo build --release && python3 benches/agreement.py

Two targets: nginx with a file of 100 bytes at full speed, and a route of the sample service whose latencies follow a
seeded log-normal law plus the work itself. The tools take turns with the same number of connections in a closed loop,
several times round; for each percentile the table shows the median and the range over the turns. Two tools agree
where their ranges overlap; hey prints tenths of a millisecond, so its ranges are wider by half of one on both sides.
"""

import argparse
import json
import re
import shutil
import statistics
import sys

import rig

LEVELS = ["p50", "p95", "p99"]


def perfbase(url, connections, seconds, cwd):
    # A round that does not count has no percentiles; then this turn is left out for perfbase.
    return rig.perfbase_run(cwd, url, connections, seconds, "--rounds", "1", "--format", "json"), of_perfbase


def of_perfbase(out):
    document = json.loads(out)
    rounds = document["endpoints"][0]["rounds"]
    if not rounds:
        return None
    return {level: statistics.median(one[f"{level}_ms"] for one in rounds) for level in LEVELS}


def wrk(url, connections, seconds, cwd):
    # wrk has 50, 75, 90 and 99 of its own; a script makes it print the others.
    script = cwd / "percentiles.lua"
    script.write_text("done = function(summary, latency, requests)\n"
                      "  for _, p in pairs({50, 95, 99}) do\n"
                      "    io.write(string.format('p%d=%f\\n', p, latency:percentile(p) / 1000))\n"
                      "  end\nend\n")
    return (["wrk", "-t2", f"-c{connections}", f"-d{seconds}", "-s", str(script), url],
            lambda out: {f"p{p}": float(value) for p, value in re.findall(r"^p(\d+)=([\d.]+)", out, re.M)})


def hey(url, connections, seconds, _cwd):
    return (["hey", "-c", str(connections), "-z", f"{seconds}s", url],
            lambda out: {f"p{p}": float(value) * 1e3
                         for p, value in re.findall(r"(50|95|99)%+ in ([\d.]+) secs", out)})


def oha(url, connections, seconds, _cwd):
    return (["oha", "--no-tui", "--output-format", "json", "-c", str(connections), "-z", f"{seconds}s", url],
            lambda out: {level: json.loads(out)["latencyPercentiles"][level] * 1e3 for level in LEVELS})


# Half of the last digit that a tool prints, in milliseconds.
ROUNDED = {"hey": 0.05}
TOOLS = {"perfbase": perfbase, "wrk": wrk, "hey": hey, "oha": oha}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--times", type=int, default=6, help="how often every tool runs")
    args = parser.parse_args()
    rig.need("nginx", "wrk")
    tools = {name: tool for name, tool in TOOLS.items() if name == "perfbase" or shutil.which(name)}
    rig.about_machine()
    print(f"{args.times} x {args.seconds} s each; milliseconds, median (range) over the turns; "
          "a range that overlaps perfbase's agrees")
    agreed = True
    with rig.scratch() as directory:
        with rig.nginx(directory) as url:
            agreed &= compare("nginx, 10 connections", url, 10, args, tools, directory)
        with rig.demo(directory) as address:
            agreed &= compare("sample service, GET /health, 4 connections", f"{address}/health", 4, args, tools, directory)
    sys.exit(0 if agreed else 1)


def compare(title, url, connections, args, tools, directory):
    seen = {name: {level: [] for level in LEVELS} for name in tools}
    names = list(tools)
    for turn in range(args.times):
        for name in names[turn % len(names):] + names[:turn % len(names)]:
            command, read = tools[name](url, connections, args.seconds, directory)
            figures = read(rig.timed(command, directory).output)
            for level in LEVELS:
                if figures:
                    seen[name][level].append(figures[level])
    if not seen["perfbase"]["p50"]:
        sys.exit("no round of perfbase counted: the machine is too busy")
    rows, agreed = [], True
    for name in names:
        row = [name]
        for level in LEVELS:
            values, own = seen[name][level], seen["perfbase"][level]
            rounded = ROUNDED.get(name, 0.0)
            meets = min(values) - rounded <= max(own) and min(own) <= max(values) + rounded
            agreed &= meets
            row.append(rig.spread(values, 3) + ("" if meets else " **apart**"))
        rows.append(row)
    rig.table([title, *LEVELS], rows)
    return agreed


if __name__ == "__main__":
    main()
