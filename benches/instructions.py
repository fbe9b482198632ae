#!/usr/bin/env python3
"""What a request costs perfbase in user space: instructions by function, and system calls.

    RUSTFLAGS="--cfg rustix_use_libc" CARGO_PROFILE_RELEASE_DEBUG=1 \\
        cargo build --release --target-dir target/instructions
    PERFBASE=target/instructions/release/perfbase python3 benches/instructions.py

Counts, not times, so that other work on the machine changes next to nothing. Each figure is a difference: a scenario that
sends a fixed number of requests is run twice, once with six times as many, and what the greater number cost more is
divided by the requests it made more; start and end cancel. callgrind counts instructions, of the threads that send alone;
strace counts system calls, of a client that is slowed by it, so that it finds more to read at a time. The
clock must be read through the C library (`rustix_use_libc`), because valgrind cannot run rustix's own call of the
kernel's page; with `lto = "fat"`, as released, some functions are inlined into others and the sum stays about the same.
"""

import argparse
import collections
import pathlib
import re
import shutil
import subprocess
import sys

import rig

CONFIGURATION = """
[service]
url = "{url}"

[endpoints."GET /"]

[scenarios.counted]
kind = "correctness"
users = {users}
requests = {requests}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--requests", type=int, default=2000, help="the smaller of both numbers")
    parser.add_argument("--functions", type=int, default=25, help="how many are shown")
    parser.add_argument("--without", nargs="+", choices=["callgrind", "strace"], default=[])
    args = parser.parse_args()
    rig.need("nginx", *({"callgrind": "valgrind", "strace": "strace"}[tool] for tool in ["callgrind", "strace"] if tool not in args.without))
    rig.about_machine()
    with rig.scratch() as directory, rig.nginx(directory) as url:
        print(f"{args.users} users, 100-byte file from nginx, {args.requests} and {6 * args.requests} requests")
        if "callgrind" not in args.without:
            instructions(directory, url, args)
        if "strace" not in args.without:
            system_calls(directory, url, args)


def difference(count, args):
    """What a request adds to each of the counts."""
    few, many = (count(factor * args.requests) for factor in (1, 6))
    more = 5 * args.requests
    return {name: (many[name] - few[name]) / more for name in {*few, *many}}


def run(directory, url, args, requests, *before):
    """Sends so many requests, under another program; every one of them must have been answered."""
    (directory / "perfbase.toml").write_text(
        CONFIGURATION.format(url=url, users=args.users, requests=requests))
    command = [*before, str(rig.PERFBASE.resolve()), "run", "--scenario", "counted", "--quiet", "--format", "json",
               "--db", str(directory / "runs.db")]
    ended = subprocess.run(command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if ended.returncode not in (0, 3) or rig.requests_of(ended.stdout) != requests:
        sys.exit(f"{' '.join(command)} ended with {ended.returncode}: {ended.stderr[-2000:]}")


def instructions(directory, url, args):
    def count(requests):
        out = directory / "callgrind.out"
        run(directory, url, args, requests, "valgrind", "--tool=callgrind", "--separate-threads=yes",
            f"--callgrind-out-file={out}")
        counts = collections.Counter()
        for thread in directory.glob("callgrind.out-*"):
            listed = subprocess.run(["callgrind_annotate", "--auto=no", "--threshold=100", "--show=Ir", str(thread)],
                                    check=True, stdout=subprocess.PIPE, text=True).stdout
            thread.unlink()
            # What the process does besides, such as its database, differs from run to run by more than requests cost.
            if "load::shift::" in listed:
                counts.update(listing(listed))
        return counts

    each = difference(count, args)
    total = each.pop("all")
    rows = sorted(each.items(), key=lambda item: -item[1])[:args.functions]
    rows = [[name, f"{value:,.0f}", f"{value / total:.1%}"] for name, value in rows]
    rest = total - sum(value for _, value in sorted(each.items(), key=lambda item: -item[1])[:args.functions])
    rig.table(["instructions in user space a request", "count", "share"],
              [*rows, ["the rest", f"{rest:,.0f}", f"{rest / total:.1%}"], ["**all**", f"**{total:,.0f}**", ""]])


def listing(listed):
    """Instructions by function, of what callgrind_annotate prints."""
    counts = collections.Counter()
    for line in listed.splitlines():
        found = re.match(r"\s*([\d,]+) \([ \d.]+%\)\s+(.*)", line)
        if found:
            what = found.group(2)
            counts["all" if what.startswith("PROGRAM TOTALS") else short(what)] += int(found.group(1).replace(",", ""))
    return counts


def short(listed):
    """A function's name without its file, its hash and what fills its parameters."""
    name = re.sub(r" \[[^\]]*\]$", "", listed).split(":", 1)[-1]
    name = re.sub(r"::h[0-9a-f]{16}|'\d+", "", name)
    while (less := re.sub(r"::<[^<>]*>|<[^<>]*>", "", name)) != name:
        name = less
    return f"`{name.strip(':') or listed[:60]}`"[:100]


def system_calls(directory, url, args):
    def count(requests):
        out = directory / "strace.out"
        run(directory, url, args, requests, "strace", "-f", "-c", "-o", str(out))
        counts = collections.Counter()
        for line in out.read_text().splitlines():
            found = re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", line)
            if found:
                counts["all" if found.group(2) == "total" else found.group(2)] += int(found.group(1))
        out.unlink()
        return counts

    each = difference(count, args)
    total = each.pop("all")
    rows = sorted((item for item in each.items() if item[1] >= 0.005), key=lambda item: -item[1])
    rig.table(["system calls a request", "count"],
              [*([f"`{name}`", f"{value:.2f}"] for name, value in rows), ["**all**", f"**{total:.2f}**"]])


if __name__ == "__main__":
    main()
