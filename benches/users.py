#!/usr/bin/env python3
"""What users with pauses, values and flows cost the generator.

    cargo build --release && python3 benches/users.py [pauses] [asleep] [templates]

pauses     1000 users of examples/agent-platform (login, three tasks, 1 to 3 s between them) at the sample service
asleep     10 000 users who pause for 10 s at nginx: memory, and how late their requests leave
templates  a weighted flow with a captured value and templates in path, header and body beside plain requests, in turns;
           both at nginx, which answers with a fixed JSON document: CPU a request as a ratio

CPU is user and system time of the perfbase process from its start to its end. The sample service is the same binary but
a process of its own.
"""

import argparse
import statistics
import sys

import rig

PAUSES_CORE = 0.15
PAUSES_MB = 100
LAG_MS = 1.0
ASLEEP_MB = 400
TEMPLATES_RATIO = 1.5

EXAMPLE = rig.ROOT / "examples/agent-platform/perfbase.toml"

ASLEEP = """
[service]
url = "{url}"

[endpoints."GET /"]

[users.sleeper]
pause = "10s"
tasks = {{ "GET /" = 1 }}

[scenarios.baseline]
users = 10000
duration = "{seconds}s"
rounds = 1
warm_up = "0s"
warm_up_requests = 0
"""

PLAIN = """
[service]
url = "{url}"

[endpoints."GET /json"]

[endpoints."POST /json"]
text = "0123456789012345678901234567890123456789"

[users.plain.tasks]
"GET /json" = 3
"POST /json" = 1

[scenarios.baseline]
users = 50
duration = "{seconds}s"
rounds = 1
warm_up = "0s"
warm_up_requests = 0
"""

TEMPLATES = """
[service]
url = "{url}"

[data]
prompt = ["Create a token", "Build a voting contract", "Write a vesting schedule"]
number = "sequence 1"

[endpoints."POST /json"]
json = {{ prompt = "{{prompt}}", number = "{{number}}" }}
save = {{ build = "/build_id" }}

[endpoints."GET /json/{{build}}"]
headers = {{ x-number = "{{number}}" }}

[users.busy.tasks]
follow = 1

[flows.follow]
steps = ["POST /json", "GET /json/{{build}}", "GET /json/{{build}}", "GET /json/{{build}}"]

[scenarios.baseline]
users = 50
duration = "{seconds}s"
rounds = 1
warm_up = "0s"
warm_up_requests = 0
"""


def main():
    parts = {"pauses": pauses, "asleep": asleep, "templates": templates}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", default=list(parts), help=", ".join(parts))
    parser.add_argument("--seconds", type=int, default=30, help="how long `pauses` and `asleep` measure")
    parser.add_argument("--times", type=int, default=5, help="how often `templates` takes turns, 4 s each")
    args = parser.parse_args()
    unknown = [part for part in args.parts if part not in parts]
    if unknown:
        parser.error(f"there is no part {unknown[0]}")
    rig.need(*(["nginx"] if {"asleep", "templates"} & set(args.parts) else []))
    rig.about_machine()
    rig.more_files()
    results = [parts[part](args) for part in args.parts]
    sys.exit(0 if all(results) else 1)


def configured(directory, text, *more):
    """The command line of a run of the configuration `text`."""
    path = directory / "perfbase.toml"
    path.write_text(text)
    return [str(rig.PERFBASE), "run", "--config", str(path), "--quiet", "--format", "json", "--db",
            str(directory / "runs.db"), *more]


def lags(document):
    """p95 of the generator's lag in each round, in milliseconds."""
    return [one["generator"]["lag_p95_ms"] for one in rig.rounds_of(document)]


def pauses(args):
    with rig.scratch() as directory, rig.demo(directory) as address:
        text = EXAMPLE.read_text().replace("http://localhost:8000", address)
        # One round, and as many requests as come in the time: a full slice would last for minutes.
        command = configured(directory, text, "--scenario", "peak", "--rounds", "1",
                             "--duration", f"{args.seconds}s", "--warm-up-requests", "0", "--no-ready")
        ended = rig.timed(command, directory, {"LOAD_PASSWORD": "sesame"})
    requests = rig.requests_of(ended.output)
    core, lag = ended.cpu / ended.wall, statistics.median(lags(ended.output))
    ok = [core < PAUSES_CORE, ended.peak_mb < PAUSES_MB, lag < LAG_MS]
    rig.table(["1000 users, pauses of 1 to 3 s", "measured", "limit", "result"],
              [["CPU, of one core", f"{core:.1%}", f"under {PAUSES_CORE:.0%}", rig.holds(ok[0])],
               ["peak resident memory", f"{ended.peak_mb:.0f} MB", f"under {PAUSES_MB} MB", rig.holds(ok[1])],
               ["p95 of the generator's lag", f"{lag:.3f} ms", f"under {LAG_MS} ms", rig.holds(ok[2])],
               ["requests a second", f"{requests / ended.wall:.0f}", "", ""]])
    return all(ok)


def asleep(args):
    with rig.scratch() as directory, rig.nginx(directory) as url:
        text = ASLEEP.format(url=url.rstrip("/"), seconds=args.seconds)
        ended = rig.timed(configured(directory, text), directory)
    requests, lag = rig.requests_of(ended.output), statistics.median(lags(ended.output))
    expected = 10_000 * args.seconds / 10
    ok = [ended.peak_mb < ASLEEP_MB, lag < LAG_MS, requests > 0.99 * expected]
    rig.table(["10 000 users, pauses of 10 s", "measured", "limit", "result"],
              [["peak resident memory", f"{ended.peak_mb:.0f} MB", f"under {ASLEEP_MB} MB", rig.holds(ok[0])],
               ["p95 of the generator's lag", f"{lag:.3f} ms", f"under {LAG_MS} ms", rig.holds(ok[1])],
               ["requests sent", f"{requests:,}", f"{expected:,.0f}, 1 % less at most", rig.holds(ok[2])],
               ["CPU, of one core", f"{ended.cpu / ended.wall:.1%}", "", ""]])
    return all(ok)


def templates(args):
    costs = {"plain": [], "templates": []}
    with rig.scratch() as directory, rig.nginx(directory) as url:
        for turn in range(args.times):
            kinds = [("plain", PLAIN), ("templates", TEMPLATES)]
            for name, text in kinds[turn % 2:] + kinds[:turn % 2]:
                ended = rig.timed(configured(directory, text.format(url=url.rstrip("/"), seconds=4)), directory)
                costs[name].append(ended.cpu / rig.requests_of(ended.output) * 1e6)
    ratios = [ours / plain for ours, plain in zip(costs["templates"], costs["plain"])]
    ok = statistics.median(ratios) <= TEMPLATES_RATIO
    rig.table(["50 users at full speed", "CPU a request, us", "ratio, median (range)", "limit", "result"],
              [["plain requests, chosen by weight", rig.spread(costs["plain"], 1), "1.00", "", ""],
               ["a flow with a capture and templates", rig.spread(costs["templates"], 1), rig.spread(ratios, 2),
                f"{TEMPLATES_RATIO}", rig.holds(ok)]])
    return ok


if __name__ == "__main__":
    main()
