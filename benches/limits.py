#!/usr/bin/env python3
"""Whether perfbase keeps the limits it sets itself on memory and on waiting.

    cargo build --release && python3 benches/limits.py [memory] [rounds] [flat] [start] [compare]

memory   peak resident memory of 1000 and 10 000 users at nginx
rounds   by how much the peak resident memory grows with a round, of `run` and of `show`
flat     resident memory each 10 s of a run of 1000 users at full speed, of five minutes or as many as `--minutes` says
start    from the start of the process to the arrival of the first request, without warm-up and readiness
compare  `perfbase compare A B` on a database of 1000 stored runs of 30 endpoints

Without arguments all but `flat`; with `--minutes` alone, `flat`. Memory and waiting include everything: the program itself, the database, the report.
"""

import argparse
import contextlib
import pathlib
import resource
import select
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import threading
import time
import uuid

import rig

# By users: peak resident memory, in megabytes.
MEMORY_MB = {1000: 80, 10_000: 300}
# For each endpoint of a round more: what its outcomes and percentiles take, and no histogram.
ROUND_KB = 10
START_MS = 30
COMPARE_MS = 100
# Growth after the first minute that counts as flat: what an allocator may still move about.
FLAT_SHARE = 0.02


def main():
    parts = {"memory": memory, "rounds": rounds, "flat": flat, "start": start, "compare": compare}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART",
                        help="memory, rounds, flat, start, compare")
    parser.add_argument("--minutes", type=int, help="how long `flat` runs, 5 unless said; 2 at least")
    parser.add_argument("--times", type=int, default=21, help="how often `start` and `compare` are repeated")
    args = parser.parse_args()
    args.parts = args.parts or (["flat"] if args.minutes else ["memory", "rounds", "start", "compare"])
    args.minutes = max(2, args.minutes or 5)
    unknown = [part for part in args.parts if part not in parts]
    if unknown:
        parser.error(f"there is no part {unknown[0]}")
    rig.need(*(["nginx"] if {"memory", "rounds", "flat", "compare"} & set(args.parts) else []))
    rig.about_machine()
    rig.more_files()
    results = [parts[part](args) for part in args.parts]
    sys.exit(0 if all(results) else 1)


def memory(_args):
    met, rows = True, []
    with rig.scratch() as directory, rig.nginx(directory) as url:
        for users, endpoints in [(1, 1), (1000, 1), (1000, 30), (10_000, 1)]:
            urls = [f"{url}endpoint/{number}" for number in range(endpoints)]
            command = rig.perfbase_run(directory, urls[0], users, 5, *urls[1:], "--format", "json")
            ended = rig.timed(command, directory)
            rig.requests_of(ended.output)
            peak = ended.peak_mb
            limit = MEMORY_MB.get(users)
            met &= limit is None or peak < limit
            rows.append([f"{users} users, {endpoints} endpoint{'s' * (endpoints > 1)}", f"{peak:.0f} MB",
                         f"under {limit} MB" if limit else "", rig.holds(peak < limit) if limit else ""])
    rig.table(["peak resident memory, 5 rounds in 5 s", "measured", "limit", "result"], rows)
    return met


def rounds(_args):
    endpoints, few, many = 10, 25, 125
    counts, peaks, shown = {}, {}, {}
    with rig.scratch() as directory, rig.nginx(directory) as url:
        urls = [f"{url}endpoint/{number}" for number in range(endpoints)]
        for number in (few, many):
            more = [*urls[1:], "--format", "json", "--rounds", str(number)]
            ended = rig.timed(rig.perfbase_run(directory, urls[0], 8, number // 5, *more), directory)
            # Rounds that do not count are there too.
            counts[number], peaks[number] = len(rig.rounds_of(ended.output)), ended.peak_mb
            show = [str(rig.PERFBASE), "show", "--format", "json", "--db", str(directory / "runs.db")]
            shown[number] = rig.timed(show, directory).peak_mb
    rows, met = [], True
    for verb, mb in (("run", peaks), ("show", shown)):
        each = (mb[many] - mb[few]) * 1000 / (counts[many] - counts[few]) / endpoints
        met &= each < ROUND_KB
        rows.append([verb, *(f"{mb[number]:.1f} MB" for number in (few, many)), f"{each:.2f} KB", f"under {ROUND_KB} KB",
                     rig.holds(each < ROUND_KB)])
    rig.table([f"peak resident memory, {endpoints} endpoints", f"{counts[few]} rounds", f"{counts[many]} rounds",
               "for each endpoint of a round", "limit", "result"], rows)
    return met


def flat(args):
    seconds = args.minutes * 60
    settled = 60
    with rig.scratch() as directory, rig.nginx(directory) as url:
        # One round: outcomes and percentiles of each are kept until the run ends.
        command = rig.perfbase_run(directory, url, 1000, seconds, "--rounds", "1")
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=directory)
        begin, seen = time.monotonic(), []
        with rig.ended(process):
            while process.poll() is None and time.monotonic() - begin < seconds:
                time.sleep(10)
                with contextlib.suppress(OSError, IndexError):
                    seen.append((time.monotonic() - begin, resident_mb(process.pid)))
            ran = time.monotonic() - begin
            # Rounds that do not count are measured again, for longer than is asked for here.
            process.send_signal(signal.SIGINT)
            code = process.wait(timeout=60)
            if code not in (0, 3, 130) or ran < seconds:
                sys.exit(f"perfbase ended with {code} after {ran:.0f} s")
        show = [str(rig.PERFBASE), "show", "--format", "json", "--db", str(directory / "runs.db")]
        requests = rig.requests_of(rig.timed(show, directory).output)
    counted = [(at, mb) for at, mb in seen if settled <= at <= seconds]
    every = max(1, len(counted) // 12)
    rig.table(["time", "resident memory"], [[f"{at:.0f} s", f"{mb:.2f} MB"] for at, mb in counted[::every]])
    slope, error, explained = fit(*zip(*[(at / 60, mb) for at, mb in counted]))
    middle = statistics.median(mb for _, mb in counted)
    minutes = (counted[-1][0] - counted[0][0]) / 60
    grown = slope * minutes
    most = max(mb for _, mb in counted)
    limit = MEMORY_MB[1000]
    ok = [abs(grown) <= FLAT_SHARE * middle, most < limit]
    rig.table([f"1000 users at full speed, {settled / 60:.1f} to {args.minutes} minutes", "measured", "limit", "result"],
              [[f"slope of resident memory, least squares through {len(counted)} readings (R² {explained:.2f})",
                f"{slope:+.4f} ± {error:.4f} MB a minute, {grown:+.2f} MB in all",
                f"at most {FLAT_SHARE * middle:.2f} MB in all ({FLAT_SHARE:.0%})", rig.holds(ok[0])],
               ["largest resident memory", f"{most:.1f} MB", f"under {limit} MB", rig.holds(ok[1])],
               ["requests in all rounds", f"{requests:,}", "none fails", rig.holds(True)]])
    return all(ok)


def fit(x, y):
    """The slope of the line through the points, its standard error, and the share of the variance that it explains."""
    line = statistics.linear_regression(x, y)
    middle = statistics.mean(x)
    left = sum((b - line.intercept - line.slope * a) ** 2 for a, b in zip(x, y))
    spread = sum((a - middle) ** 2 for a in x)
    error = (left / (len(x) - 2) / spread) ** 0.5
    whole = sum((b - statistics.mean(y)) ** 2 for b in y)
    return line.slope, error, 1 - left / whole if whole else 1.0


def resident_mb(process):
    pages = int(pathlib.Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


class Answering(threading.Thread):
    """A tiny service that notes when the first request arrived."""

    ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        self.arrived = None

    def run(self):
        poll = select.epoll()
        poll.register(self.listener, select.EPOLLIN)
        clients = {}
        while True:
            for number, _ in poll.poll():
                if number == self.listener.fileno():
                    client, _ = self.listener.accept()
                    clients[client.fileno()] = client
                    poll.register(client, select.EPOLLIN)
                    continue
                try:
                    request = clients[number].recv(65536)
                    now = time.monotonic()
                    if request:
                        self.arrived = self.arrived or now
                        clients[number].sendall(self.ANSWER)
                        continue
                except OSError:
                    pass
                poll.unregister(number)
                clients.pop(number).close()


def start(args):
    service = Answering()
    service.start()
    times = {"nothing stored yet": [], "runs stored before": [], "`perfbase --version`": [], "`true`": []}
    with rig.scratch() as directory:
        checkout(directory)

        def first_request(database):
            command = [str(rig.PERFBASE), "run", service.url, "--users", "1", "--duration", "20ms", "--rounds", "1",
                       "--warm-up", "0s", "--warm-up-requests", "0", "--no-ready", "--quiet", "--db", str(database)]
            service.arrived = None
            begin = time.monotonic()
            process = subprocess.run(command, stdout=subprocess.DEVNULL, cwd=directory, check=False)
            if service.arrived is None:
                sys.exit(f"no request came; perfbase ended with {process.returncode}")
            return (service.arrived - begin) * 1e3

        def floor(*command):
            begin = time.monotonic()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            return (time.monotonic() - begin) * 1e3

        for number in range(args.times):
            times["nothing stored yet"].append(first_request(directory / f"{number}.db"))
            times["runs stored before"].append(first_request(directory / "old.db"))
            times["`perfbase --version`"].append(floor(str(rig.PERFBASE), "--version"))
            times["`true`"].append(floor("true"))
    own = ["nothing stored yet", "runs stored before"]
    ok = {name: statistics.median(times[name]) < START_MS for name in own}
    rig.table(["start to first request, in a git checkout", "median (range), ms", "limit", "result"],
              [[name, rig.spread(values, 1), f"{START_MS} ms" if name in ok else "",
                rig.holds(ok[name]) if name in ok else "start and end of a process, for scale"]
               for name, values in times.items()])
    return all(ok.values())


def checkout(directory):
    """A small git checkout, as a service's would be."""
    (directory / "file").write_text("1")
    for arguments in [["init", "-q"], ["add", "file"],
                      ["-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qm", "first"]]:
        subprocess.run(["git", *arguments], cwd=directory, check=True)


def compare(args):
    with rig.scratch() as directory:
        checkout(directory)
        database = directory / "runs.db"
        with rig.nginx(directory) as url:
            measured_run(directory, database, url)
        copies(database, 1000)
        size = database.stat().st_size / 1e6
        times, codes = [], set()
        for number in range(args.times):
            pair = [str(1 + number * 17 % 1000), str(1 + (500 + number * 31) % 1000)]
            command = [str(rig.PERFBASE), "compare", *pair, "--db", str(database), "--quiet"]
            begin = time.monotonic()
            ended = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=directory,
                                   check=False, text=True)
            times.append((time.monotonic() - begin) * 1e3)
            codes.add(ended.returncode)
            if ended.returncode not in (0, 1, 3):
                sys.exit(f"compare ended with {ended.returncode}: {ended.stderr}")
    ok = statistics.median(times) < COMPARE_MS
    rig.table(["compare two of 1000 stored runs", "median (range), ms", "limit", "result"],
              [[f"30 endpoints, 5 rounds, database of {size:.0f} MB", rig.spread(times, 1), f"{COMPARE_MS} ms",
                rig.holds(ok)]])
    return ok


def measured_run(directory, database, url):
    """Stores a run of 30 endpoints that may serve as a baseline: every round valid, none refused."""
    urls = [f"{url}endpoint/{number}" for number in range(30)]
    for _ in range(5):
        database.unlink(missing_ok=True)
        run = [str(rig.PERFBASE), "run", *urls, "--duration", "15s", "--warm-up", "0s", "--no-ready", "--quiet",
               "--db", str(database)]
        ended = subprocess.run(run, stdout=subprocess.DEVNULL, cwd=directory, check=False)
        judged = [str(rig.PERFBASE), "compare", "1", "1", "--quiet", "--db", str(database)]
        if ended.returncode == 0 and subprocess.run(judged, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                                    cwd=directory, check=False).returncode in (0, 1):
            return
    sys.exit("the machine is too noisy to measure a run that can be a baseline")


def copies(database, total):
    """Copies the one stored run until there are `total`: the same rows and histograms under other numbers."""
    connection = sqlite3.connect(database)
    tables = ["endpoints", "workload_parts", "workload_requests", "rounds", "unsound_rounds"]
    names = {table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
             for table in [*tables, "runs", "samples", "histograms"]}

    def copy(table, changed, where):
        columns = ", ".join(names[table])
        values = ", ".join(changed.get(name, name) for name in names[table])
        connection.execute(f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE {where}")

    samples = connection.execute("SELECT max(id) FROM samples").fetchone()[0]
    with connection:
        for number in range(2, total + 1):
            copy("runs", {"number": str(number), "id": f"'{uuid.uuid4()}'"}, "number = 1")
            for table in tables:
                copy(table, {"run": str(number)}, "run = 1")
            later = samples * (number - 1)
            copy("samples", {"id": f"id + {later}", "run": str(number)}, "run = 1")
            copy("histograms", {"sample": f"sample + {later}"}, f"sample <= {samples}")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


if __name__ == "__main__":
    main()
