#!/usr/bin/env python3
"""How evenly load generators send what they were told to send evenly, as seen at the server.

    cargo build --release && cargo build --release --example reference && python3 benches/timing.py

The reference server (examples/reference.rs) notes when each request arrives. The schedule is even; where it begins is not
known from outside, so it is laid where the median request is on time. The deviation of a request is how far from its
place in the schedule it arrived. Locust's and hey's rates are each user's own, so that only the count can be held against
a schedule: their deviation is that of the n-th arrival from the n-th place.
"""

import argparse
import shutil
import statistics
import subprocess
import sys

import rig
import truth


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rates", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--seconds", type=int, default=5)
    args = parser.parse_args()
    rig.need()
    rig.more_files()
    if not truth.REFERENCE.exists():
        sys.exit(f"{truth.REFERENCE} is not there; run `cargo build --release --example reference`")
    rig.about_machine()
    for rate in args.rates:
        rows = []
        truth.RATE = rate
        for name, tool in truth.TOOLS["open"].items():
            if name != "perfbase" and not shutil.which(name):
                rows.append([name, "not installed", "", "", ""])
                continue
            rows.append([name, *measured(tool, rate, args.seconds)])
        rig.table([f"{rate} a second", "requests", "p50, us", "p99, us", "max, us"], rows)


def measured(tool, rate, seconds):
    with rig.scratch() as directory, truth.reference(["fixed", "0ms"]) as url:
        command, _ = tool(url + "/", seconds, directory)
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=directory, check=False)
        # perfbase measures a round again that does not count; the first one is shown, whatever became of it.
        arrivals = [arrived for arrived, _ in truth.noted(url)][:rate * seconds]
    late = [arrived - number / rate for number, arrived in enumerate(arrivals)]
    middle = statistics.median(late)
    deviations = [abs(each - middle) for each in late]
    return [f"{len(arrivals):,}", *(f"{truth.percentile(deviations, level) * 1e6:,.0f}" for level in (50, 99, 100))]


if __name__ == "__main__":
    main()
