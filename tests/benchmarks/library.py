"""How fast the toolkit library is, each figure a ratio to a peer run beside it on this machine.

    uv run python tests/benchmarks/library.py                     # all of it, a few minutes
    uv run python tests/benchmarks/library.py metrics inbox       # some of it
    uv run python tests/benchmarks/library.py --scale 0.01        # a hundred times smaller

Ours and the peer take turns, and the best of each is kept: what else the machine does only ever
adds to a time. A ratio under 1 means that ours is the quicker. ``wanted`` is the ratio we hold
ourselves to; one that is over is marked, and the command then ends with 1.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

ROUNDS = 5


@dataclass(frozen=True)
class Figure:
    """One line of the report: ``ours`` and ``peer`` are in ``unit``."""

    name: str
    ours: float
    peer: float
    wanted: float
    unit: str = "s"

    def __str__(self) -> str:
        ratio = self.ours / self.peer
        mark = "" if ratio <= self.wanted else "   OVER"
        return (
            f"{self.name:52} {self.ours:9.3f} {self.peer:9.3f} {self.unit:3}"
            f"{ratio:7.2f} × (wanted ≤ {self.wanted:g}){mark}"
        )


def best_of(
    ours: Callable[[], object], peer: Callable[[], object], rounds: int = ROUNDS
) -> tuple[float, float]:
    """The best time of each, in seconds, the two taking turns."""
    times: dict[Callable[[], object], list[float]] = {ours: [], peer: []}
    for _round in range(rounds):
        for run, spent in times.items():
            gc.collect()
            began = time.perf_counter()
            run()
            spent.append(time.perf_counter() - began)
    return min(times[ours]), min(times[peer])


def metrics(scale: float) -> Iterator[Figure]:
    """The metrics of key 5 against the NumPy one would write by hand, over 10 million rows.

    The hand-written line gives the same numbers: a row with no denominator is NaN.
    """
    from cinqcles.keys import attention

    rng = np.random.default_rng(0)
    n = max(1_000, int(10_000_000 * scale))
    reach = rng.integers(0, 5_000, n).astype(float)
    interactions = np.round(reach * rng.random(n) / 10)
    cost = rng.random(n) * 100
    seconds = np.round(rng.exponential(12, n))

    def ratio(part, whole, times=1.0):  # type: ignore[no-untyped-def]
        return np.divide(part * times, whole, out=np.full(n, np.nan), where=whole > 0)

    def wilson(won, of, z=1.959963984540054):  # type: ignore[no-untyped-def]
        of = np.where(of > 0, of, np.nan)
        share = won / of
        middle = (share + z**2 / (2 * of)) / (1 + z**2 / of)
        half = z * np.sqrt(share * (1 - share) / of + z**2 / (4 * of**2)) / (1 + z**2 / of)
        return np.maximum(middle - half, 0), np.minimum(middle + half, 1)

    def kaplan_meier(times):  # type: ignore[no-untyped-def]
        at, left = np.unique(times, return_counts=True)
        return at, np.cumprod(1 - left / left[::-1].cumsum()[::-1])

    def pooled(part, whole):  # type: ignore[no-untyped-def]
        defined = whole > 0
        return part[defined].sum() / whole[defined].sum()

    err = attention.engagement_rate_by_reach
    pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "engagement_rate_by_reach": (
            lambda: err(interactions, reach),
            lambda: ratio(interactions, reach),
        ),
        "cpm": (lambda: attention.cpm(cost, reach), lambda: ratio(cost, reach, 1000)),
        "pooled engagement rate": (
            lambda: attention.pooled(err, interactions, reach),
            lambda: pooled(interactions, reach),
        ),
        "wilson_interval": (
            lambda: attention.wilson_interval(interactions, reach),
            lambda: wilson(interactions, reach),
        ),
        "retention_curve": (
            lambda: attention.retention_curve(seconds),
            lambda: kaplan_meier(seconds),
        ),
    }
    for name, (ours, peer) in pairs.items():
        yield Figure(f"{name}, {n:,} rows / NumPy", *best_of(ours, peer), 1.5)


def imports(scale: float) -> Iterator[Figure]:
    """`import cinqcles` against `import pandas`, each in a fresh interpreter."""

    def imported(module: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", f"import {module}"], check=True)

    for module in ("cinqcles", "cinqcles.data"):
        times = best_of(imported(module), imported("pandas"), max(2, int(2 * ROUNDS * scale)))
        yield Figure(f"import {module} / import pandas", *times, 1.15)


_READ = """
import sys, time
from pathlib import Path
import pandas as pd
from cinqcles.data import read_export
began = time.perf_counter()
frame = pd.read_csv(sys.argv[2]) if sys.argv[1] == "bare" else read_export(sys.argv[2]).frame
seconds = time.perf_counter() - began
assert len(frame) == int(sys.argv[3]), len(frame)
# Not getrusage: what it tells of a new process begins with the peak of the one that started it.
peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(seconds, int(peak) / 1024)
"""


def reading(scale: float) -> Iterator[Figure]:
    """Reading an export of a million rows against bare `pandas.read_csv` of the same file.

    Each reading is a fresh process, so that its peak of memory is its own.
    """
    rows = max(1_000, int(1_000_000 * scale))
    for write in (_youtube_chart, _meta_posts):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{write.__name__}.csv"
            write(path, rows)
            spent: dict[str, list[tuple[float, float]]] = {"ours": [], "bare": []}
            for _round in range(3):
                for who, runs in spent.items():
                    command = [sys.executable, "-c", _READ, who, str(path), str(rows)]
                    done = subprocess.run(command, check=True, capture_output=True, text=True)
                    seconds, megabytes = map(float, done.stdout.split())
                    runs.append((seconds, megabytes))
            name = f"{write.__name__.strip('_')}, {rows:,} rows"
            ours, bare = (np.min(spent[who], axis=0) for who in ("ours", "bare"))
            yield Figure(f"{name} / read_csv", ours[0], bare[0], 1.5)
            yield Figure(f"{name}, memory / read_csv", ours[1], bare[1], 2, "MB")


def _youtube_chart(path: Path, rows: int) -> None:
    """A video and a day on each row, as in YouTube Studio's ``Chart data.csv``."""
    rng = np.random.default_rng(1)
    videos = max(1, rows // 500)
    ids = ["".join(row) for row in rng.choice(list("abcdefghijkLMNOPQ0123456789-_"), (videos, 11))]
    views = (rng.pareto(1.1, rows) * 100).astype(int)
    rates = rng.random(rows) * 10
    start = dt.date(2024, 1, 1)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(
            "Date,Content,Video title,Video publish time,Duration,Views,Watch time (hours),"
            "Subscribers,Impressions,Impressions click-through rate (%),Average view duration\n"
        )
        for i in range(rows):
            k, v = i % videos, views[i]
            file.write(
                f'{start + dt.timedelta(days=i // videos)},{ids[k]},"Vidéo n° {k}, la suite",'
                f'"Sep {k % 28 + 1}, 2023",{k % 900},{v},{v * 0.0123:.4f},{v // 100 - 1},'
                f"{v * 20 if i % 7 else ''},{rates[i]:.2f},0:{i % 10:02d}:{i % 60:02d}\n"
            )


def _meta_posts(path: Path, rows: int) -> None:
    """Facebook posts, as in Meta Business Suite's export of contents."""
    rng = np.random.default_rng(2)
    views = (rng.pareto(1.1, rows) * 100).astype(int)
    ids = rng.integers(10**16, 10**17, rows)
    start = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.write(
            "Post ID,Page ID,Page name,Title,Description,Duration (sec),Publish time,Permalink,"
            'Post type,Date,Views,Reach,"Reactions, Comments and Shares",Reactions,Comments,'
            "Shares,Total clicks\n"
        )
        for i in range(rows):
            v, when = views[i], start + dt.timedelta(seconds=i * 31)
            file.write(
                f'"{ids[i]}",123456789012345,"La page",,"Savon n° {i}, bonjour",{i % 90},'
                f"{when:%m/%d/%Y %H:%M},https://example.org/{i},Reels,Lifetime,"
                f"{v},{v // 2},{v // 50},{v // 60},{v // 300},{v // 200},{v // 40}\n"
            )


def allocation(scale: float) -> Iterator[Figure]:
    """The best split of a budget over 12 channels of every kind: no peer, but a second at most."""
    from cinqcles.keys.placement import Channel, Hill, Logistic, allocate

    def channels(seed: int, n: int) -> list[Channel]:
        rng = np.random.default_rng(seed)
        made = []
        for k in range(n):
            top, half = rng.uniform(50, 500), rng.uniform(300, 3000)
            slope = rng.uniform(0.7, 1) if k % 3 else rng.uniform(1.2, 3)
            made.append(
                Channel(
                    f"channel {k}",
                    Logistic(top, 1.1 / half) if k % 3 == 2 else Hill(top, half, slope=slope),
                    minimum_spend_eur=rng.uniform(50, 400),
                    fixed_cost_eur=rng.uniform(0, 150),
                    at_least_eur=100 if k == 3 else 0,
                    at_most_eur=rng.uniform(1000, 4000) if k % 2 else None,
                )
            )
        return made

    n = 12 if scale >= 1 else 5
    spent = []
    for seed in range(10):
        cases = channels(seed, n)
        began = time.perf_counter()
        found = allocate(cases, 6000)
        spent.append(time.perf_counter() - began)
        assert found.certificate.subsets == 2**n
    yield Figure(f"allocation, {n} channels, worst of 10 / 1 s", max(spent), 1.0, 1)


def inbox(scale: float) -> Iterator[Figure]:
    """A year of the case company's inbox against a bare simpy M/M/c queue of as many customers.

    The bare queue is the textbook one: a process a customer, that asks for one of the agents and
    holds them for a while. It has no opening hours, no skills, no hand-offs and no patience.
    """
    import simpy

    from cinqcles.data import company
    from cinqcles.keys.coherence import Duration, draw_work, simulate

    n = max(2_000, int(50_000 * scale))

    def bare_queue(agents: int = 14, load: float = 0.8) -> None:
        rng = np.random.default_rng(0)
        gaps = rng.exponential(1 / (load * agents), n).tolist()
        services = rng.exponential(1.0, n).tolist()
        env = simpy.Environment()
        resource = simpy.Resource(env, capacity=agents)
        waits = []

        def customer(service):  # type: ignore[no-untyped-def]
            arrived = env.now
            with resource.request() as turn:
                yield turn
                waits.append(env.now - arrived)
                yield env.timeout(service)

        def source():  # type: ignore[no-untyped-def]
            for gap, service in zip(gaps, services, strict=True):
                yield env.timeout(gap)
                env.process(customer(service))

        env.process(source())
        env.run()
        assert len(waits) == n

    minutes = company.handling_minutes(difficulty=3)
    work = draw_work(
        company.messages(difficulty=3, n=n),
        {subject: Duration(60 * mean, "lognormal", cv=0.8) for subject, mean in minutes.items()},
        Duration(2 * 86_400),
    )
    for organisation, table in (
        ("silos", company.routes(difficulty=3)),
        ("pooled", company.shared_triage(difficulty=3)),
    ):
        ours = partial(simulate, table, work, organisation=organisation, hand_off_delay_s=1800)
        times = best_of(ours, bare_queue)
        yield Figure(f"inbox of {n:,} messages, {organisation} / simpy M/M/c", *times, 2)


BENCHMARKS = {run.__name__: run for run in (metrics, reading, allocation, inbox, imports)}


def main(arguments: list[str] | None = None) -> int:
    """Print a line a figure; 0 if all are within what is wanted."""
    assert __doc__
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument("--scale", type=float, default=1.0, help="1 is the size we hold to")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.names) - set(BENCHMARKS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(BENCHMARKS)}")
    over = 0
    print(f"{'':52} {'ours':>9} {'peer':>9}")
    for name in asked.names or BENCHMARKS:
        for figure in BENCHMARKS[name](asked.scale):
            print(figure, flush=True)
            over += figure.ours > figure.wanted * figure.peer
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main())
