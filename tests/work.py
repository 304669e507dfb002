"""Tasks for workers, which find them by their name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from cinqcles.classroom import forking
from cinqcles.errors import ClassroomError


def double(n: int) -> int:
    return 2 * n


def warm_line(_task: object) -> int:
    """Which warm process this worker has its kernels of: its line, known to all who share it."""
    time.sleep(0.1)  # for the other workers to have some
    return os.fstat(forking.warm(boxed=True).line.fileno()).st_ino


def deadly(task: tuple[int, str]) -> int:
    """5 always kills its worker, and 7 the first time."""
    n, folder = task
    died = Path(folder) / f"died-{n}"
    if n == 5 or (n == 7 and not died.exists()):
        died.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * n


def each_deadly(tasks: list[tuple[int, str]]) -> list[int]:
    return [deadly(task) for task in tasks]


def refused(task: object) -> None:
    if isinstance(task, str):
        raise ClassroomError(task)
    raise TypeError(task)
