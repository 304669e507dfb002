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
import gc
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
            f"{self.name:46} {self.ours:9.3f} {self.peer:9.3f} {self.unit:3}"
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


BENCHMARKS = {run.__name__: run for run in (metrics, imports)}


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
    print(f"{'':46} {'ours':>9} {'peer':>9}")
    for name in asked.names or BENCHMARKS:
        for figure in BENCHMARKS[name](asked.scale):
            print(figure, flush=True)
            over += figure.ours > figure.wanted * figure.peer
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main())
