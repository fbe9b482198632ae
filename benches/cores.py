#!/usr/bin/env python3
"""Whether a second core brings a second core's work: one against two workers of perfbase.

    cargo build --release && python3 benches/cores.py

perfbase starts one worker for each CPU that it may use. It is allowed one CPU and then as many as `--cores` says, in
turns, against an nginx with as many workers, each with a listening socket of its own, on the same CPUs; connections grow
with the CPUs, so that each has the same to do. Two things are shown:

CPU a request     user and system time of perfbase over its requests. Workers that share anything pay for it here, whoever
                  else is at work.
requests a second those of both sides together, where both have the same CPUs. It can only double where neither side
                  shares anything, so that what is missing is nginx's, the kernel's or perfbase's.

The goal is 1.8 times the requests of one CPU on two. What this does not show is perfbase alone at twice the speed: the
service needs CPU too, and a machine that has as many cores for it apart is not asked for.
"""

import argparse
import os
import statistics
import sys

import rig

GOAL = 1.8


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=2, help="how many are compared with one")
    parser.add_argument("--connections", type=int, default=50, help="for each core")
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--times", type=int, default=5)
    args = parser.parse_args()
    rig.need("nginx")
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < args.cores:
        sys.exit(f"there are {len(allowed)} CPUs, and {args.cores} are to be compared with one")
    rig.about_machine()
    costs, rates = ({1: [], args.cores: []} for _ in range(2))
    for time in range(args.times):
        # Which of both begins changes from turn to turn.
        for cores in [1, args.cores][::-1 if time % 2 else 1]:
            cost, rate = measured(set(allowed[:cores]), args)
            costs[cores].append(cost)
            rates[cores].append(rate)
    os.sched_setaffinity(0, allowed)
    rig.table(["CPUs for perfbase and nginx, workers of each", "CPU a request, us", "requests a second"],
              [[str(cores), rig.spread(costs[cores], 1), rig.spread(rates[cores], 0)] for cores in costs])
    cost, rate = ([many / one for one, many in zip(of[1], of[args.cores])] for of in (costs, rates))
    met = statistics.median(rate) >= GOAL * args.cores / 2
    rig.table([f"{args.cores} CPUs over 1, in the same turn", "median (range)", "goal", "result"],
              [["CPU a request", rig.spread(cost, 2), "1.0: nothing is shared", ""],
               ["requests a second", rig.spread(rate, 2), f"{GOAL * args.cores / 2:.1f}", rig.holds(met)]])
    sys.exit(0 if met else 1)


def measured(cpus, args):
    """CPU time a request in microseconds, and requests a second, on these CPUs."""
    # What is started inherits it.
    os.sched_setaffinity(0, cpus)
    with rig.scratch() as directory, rig.nginx(directory, len(cpus)) as url:
        command = rig.perfbase_run(directory, url, args.connections * len(cpus), args.seconds, "--rounds", "1",
                                   "--format", "json")
        ended = rig.timed(command, directory)
    requests = rig.requests_of(ended.output)
    took = sum(one["measured_ms"] for one in rig.rounds_of(ended.output)) / 1e3
    return ended.cpu / requests * 1e6, requests / took


if __name__ == "__main__":
    main()
