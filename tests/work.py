"""Tasks for workers, which find them by their name."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from cinqcles.errors import ClassroomError


def double(n: int) -> int:
    return 2 * n


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
