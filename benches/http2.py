#!/usr/bin/env python3
"""Client CPU a request over HTTP/2, of perfbase beside h2load and oha, on one nginx in one run.

    cargo build --release && python3 benches/http2.py

Starts nginx with one worker on a free loopback port, which speaks HTTP/2 without TLS (prior knowledge) and serves a
file of 100 bytes, and runs every tool that is installed in turn, several times round, each with the same number of
connections and of requests under way on each of them; perfbase has a connection for each of its threads at least, so that
two are the fewest here. CPU time is user and system time of the client process from its start to its end. Ratios are to h2load's in the same round, because these figures move with the machine. h2load records
one latency a request in memory and does nothing else. Needs nginx and h2load; oha is left out where it is missing.
"""

import argparse
import json
import re
import shutil

import rig

CONFIGURATION = """
[service]
url = "{url}"
http = "2"
streams = {streams}

[endpoints."GET /"]
"""


def h2load(url, connections, streams, seconds, _cwd):
    return (["h2load", f"-t{min(2, connections)}", f"-c{connections}", f"-m{streams}", f"-D{seconds}", url],
            lambda out: int(re.search(r"requests: .* (\d+) succeeded", out).group(1)))


def perfbase(url, connections, streams, seconds, cwd):
    # All of it counts: start, anchors, recording, the database and the report. One round, which may
    # be redone when the machine was too busy for it to count; then all tries are added up.
    (cwd / "perfbase.toml").write_text(CONFIGURATION.format(url=url.rstrip("/"), streams=streams))
    # In place of the URL: what a file says of a service is not for addresses on the command line.
    command = rig.perfbase_run(cwd, "--scenario=baseline", connections * streams, seconds, "--rounds", "1",
                               "--format", "json")
    return command, rig.requests_of


def oha(url, connections, streams, seconds, _cwd):
    return (["oha", "--no-tui", "--output-format", "json", "--http2", "-c", str(connections), "-p", str(streams), "-z",
             f"{seconds}s", url],
            lambda out: sum(json.loads(out)["statusCodeDistribution"].values()))


TOOLS = {"h2load": h2load, "perfbase": perfbase, "oha": oha}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", nargs="+", default=["2x1", "2x50", "10x10", "10x100", "100x10"],
                        help="connections x requests under way on each, such as 10x100")
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--times", type=int, default=5, help="how often every tool runs")
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=list(TOOLS))
    args = parser.parse_args()
    rig.need("nginx", "h2load")
    missing = [name for name in args.tools if name != "perfbase" and not shutil.which(name)]
    rig.about_machine()
    rig.more_files()
    if missing:
        print(f"not installed, left out: {', '.join(missing)}")
    names = list(dict.fromkeys(["h2load", *(name for name in args.tools if name not in missing)]))
    with rig.scratch() as directory, rig.nginx(directory, speaks="http2") as url:
        for shape in args.shapes:
            connections, streams = map(int, shape.split("x"))
            compare(url, connections, streams, args, names, directory)


def compare(url, connections, streams, args, names, directory):
    print(f"\n{connections} connections with {streams} requests under way on each, {args.times} x {args.seconds} s each, "
          "100-byte file from nginx (1 worker)")
    tools = {name: TOOLS[name](url, connections, streams, args.seconds, directory) for name in names}
    rig.compare_costs(rig.take_turns(tools, args.times, directory), "h2load")


if __name__ == "__main__":
    main()
