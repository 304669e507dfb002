"""What a notebook costs to run, each figure a ratio to a peer run beside it on this machine.

    uv run python tests/benchmarks/grading.py            # all of it, a minute

A ratio under 1 means that ours is the quicker, or the smaller. ``wanted`` is the ratio we hold
ourselves to; one that is over is marked, and the command then ends with 1.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import nbformat
from jupyter_client.manager import KernelManager, start_new_kernel
from nbclient import NotebookClient

sys.path.insert(0, str(Path(__file__).parent))

from library import ROUNDS, Figure, best_of

from cinqcles.classroom import forking

CELLS = (
    "import numpy as np, pandas as pd, matplotlib.pyplot as plt",
    "frame = pd.DataFrame({'format': list('ab') * 500, 'views': np.arange(1000.0)})",
    "frame.groupby('format')['views'].describe()",
    "fig, ax = plt.subplots()\nax.plot(frame['views'])\nplt.show()",
    "frame['views'].sum()",
)
STOCK, OURS = "python3", "cinqcles"


def ready(name: str) -> float:
    """Seconds from nothing to a kernel that has answered, 0.2 of which the client always waits."""
    spent = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        manager, client = start_new_kernel(kernel_name=name)
        spent.append(time.perf_counter() - began)
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return min(spent)


def notebook(name: str) -> None:
    """A pandas and matplotlib notebook, run by nbclient."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    NotebookClient(nbformat.v4.new_notebook(cells=cells), kernel_name=name).execute()


def kernels() -> Iterator[Figure]:
    """Starting a kernel, running a notebook in it, and the memory each keeps for itself."""
    quick = ready(OURS)
    yield Figure("a kernel, ready / 0.3 s", quick, 0.3, 1)
    yield Figure("a kernel, ready / stock kernel", quick, ready(STOCK), 1)
    times = best_of(partial(notebook, OURS), partial(notebook, STOCK))
    yield Figure("a pandas and matplotlib notebook / stock kernel", *times, 1)
    yield Figure("memory of one of 8 kernels (PSS) / 60 MB", memory(8), 60, 1, "MB")


def memory(n: int) -> float:
    """Megabytes each of ``n`` kernels adds, once it has run the notebook's cells.

    What they share with the warm process and with each other is counted once between them all.
    """
    started = []
    for _each in range(n):
        manager = KernelManager(kernel_name=OURS)
        manager.start_kernel()
        client = manager.client()
        client.start_channels()
        client.wait_for_ready()
        for source in CELLS:
            client.execute_interactive(source, output_hook=lambda _message: None)
        started.append((manager, client))
    time.sleep(1)
    used = sum(_pss(manager.provisioner.pid) for manager, _client in started) / n
    for manager, client in started:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return used


def _pss(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.split("Pss:")[1].split()[0]) / 1024


def main() -> int:
    """Print a line a figure; 0 if all are within what is wanted."""
    forking.warm().ready()
    over = 0
    print(f"{'':52} {'ours':>9} {'peer':>9}")
    for figure in kernels():
        print(figure, flush=True)
        over += figure.ours > figure.wanted * figure.peer
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main())
