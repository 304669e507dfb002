"""Spread work over workers: processes of this machine, or a Dask cluster.

Workers are known by one interface, `concurrent.futures.Executor`.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import connection, forkserver, resource_tracker
from typing import Any, TypeVar

from cinqcles.classroom import forking
from cinqcles.errors import ClassroomError
from cinqcles.messages import _

Task = TypeVar("Task")
Result = TypeVar("Result")

CLUSTER_TIMEOUT_S = 10
IDLE_S = 1.0


@dataclass
class Workers:
    """Where work goes.

    Attributes:
        start: makes an executor, anew if a worker died and took it along.
        count: how many tasks run at once.
    """

    start: Callable[[], Executor]
    count: int


class Here(Executor):
    """Work done by this very process, at once: for too little work to start others."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        """Do it, and return it done."""
        done: Future[object] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


def local(count: int, *, boxed: bool = False) -> Workers:
    """This machine's processes; a single one is this one.

    Args:
        boxed: whether they run code in boxes: one warm process then serves them all, and makes its
            imports while they make theirs.
    """
    boxed = boxed and hasattr(os, "fork")
    if boxed:
        forking.warm(boxed=True)
    if count <= 1:
        return Workers(Here, 1)
    # What a worker imports is imported once: the others are forked from a process that did.
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["cinqcles.classroom.preload"])

    def start() -> Executor:
        if method == "forkserver":
            resource_tracker.ensure_running()  # which would let Ctrl+C be heard again
            with _uninterrupted():
                forkserver.ensure_running()
        shared = forking.warm(boxed=True).line if boxed else None
        return ProcessPoolExecutor(count, context, _settle, (shared,))

    return Workers(start, count)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Leave Ctrl+C to the grader: what is started meanwhile does not hear it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _settle(warm: socket.socket | None) -> None:
    """Settle in a new worker: it ends with the grader, and leaves Ctrl+C to it."""
    if warm is not None:
        forking.share(warm)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    os.environ.pop("JPY_SESSION_NAME", None)
    threading.Thread(target=_end_with_the_grader, daemon=True).start()


def _end_with_the_grader() -> None:
    grader = multiprocessing.parent_process()
    if grader is not None:
        connection.wait([grader.sentinel])
        os._exit(1)


@contextmanager
def cluster(address: str) -> Iterator[Workers]:
    """The workers of a Dask cluster.

    Args:
        address: its scheduler's, such as ``tcp://10.0.0.5:8786``.

    Raises:
        ClassroomError: it cannot be reached or has no worker, or Dask is not installed here.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ClassroomError(
            _("Pour corriger sur un cluster, installez Dask\u00a0: uv sync --extra cluster.")
        ) from error
    try:
        client: Any = Client(address, timeout=CLUSTER_TIMEOUT_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except Exception as error:  # what is there may be anything, and answer anything
        raise ClassroomError(
            _(
                "Le cluster {address} ne répond pas ({error}). Son adresse est celle qu’affiche la "
                "commande «\u00a0dask scheduler\u00a0», par exemple tcp://10.0.0.5:8786."
            ).format(address=address, error=error)
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=CLUSTER_TIMEOUT_S)
        except TimeoutError as error:
            raise ClassroomError(
                _(
                    "Le cluster {address} n’a aucun ouvrier. Lancez-en, sur chaque machine\u00a0: "
                    "dask worker {address} --nthreads 1."
                ).format(address=address)
            ) from error
        yield Workers(lambda: client.get_executor(pure=False), sum(client.nthreads().values()))


def spread(
    workers: Workers,
    run: Callable[[Task], Result],
    tasks: Iterable[Task],
    split: Callable[[Task], Iterable[Task]] = lambda task: [task],
    idle: Callable[[], None] = lambda: None,
) -> Iterator[tuple[Task, Result | None]]:
    """Run tasks on workers: each task with its result, as soon as it is there.

    A task that was running when a worker died is run again, alone: one that kills its worker twice
    more has no result, ``None``, and the others go on.

    Args:
        split: the parts of a task, to be run again each on its own.
        idle: is called each second that nothing comes.

    Raises:
        ClassroomError: raised by a task, or the workers are lost.
    """
    left = iter(tasks)
    running: dict[Future[Result], Task] = {}
    executor = workers.start()
    try:
        while True:
            # Enough to keep workers busy, and no more: tasks hold copies.
            for task in islice(left, 2 * workers.count - len(running)):
                running[_submit(executor, run, task)] = task
            if not running:
                return
            done, _rest = wait(running, IDLE_S, return_when=FIRST_COMPLETED)
            if not done:
                idle()
            if any(_died(future) for future in done):
                # With a process of a pool, all that the pool had been given is lost.
                done, _rest = wait(running)
            lost = []
            for future in done:
                task = running.pop(future)
                if _died(future):
                    lost.append(task)
                else:
                    yield task, future.result()
            if lost:
                _end(executor)
                for part in (part for task in lost for part in split(task)):
                    yield part, _alone(workers, run, part)
                executor = workers.start()
    finally:
        for future in running:
            future.cancel()
        executor.shutdown(wait=False)


def _alone(workers: Workers, run: Callable[[Task], Result], task: Task) -> Result | None:
    """The result of a task when no other is running; ``None`` if it kills its worker."""
    for _attempt in range(2):
        executor = workers.start()
        try:
            future = _submit(executor, run, task)
            if not _died(future):
                return future.result()
        finally:
            _end(executor)
    return None


def _end(executor: Executor) -> None:
    """Let a broken executor go, its processes killed.

    A pool that breaks while it starts a process may forget that one, and wait for it for ever.
    """
    for process in list((getattr(executor, "_processes", None) or {}).values()):
        process.kill()
    executor.shutdown()


def _submit(executor: Executor, run: Callable[[Task], Result], task: Task) -> Future[Result]:
    try:
        return executor.submit(run, task)
    except BrokenExecutor as error:  # a worker died since
        lost: Future[Result] = Future()
        lost.set_exception(error)
        return lost


def _died(future: Future[Result]) -> bool:
    """Whether a worker died of a task.

    Raises:
        ClassroomError: there are no workers any more.
    """
    error = future.exception()
    if isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker":
        return True
    if error is not None and not isinstance(error, ClassroomError):
        raise ClassroomError(
            _(
                "Le travail s’est arrêté\u00a0: {name}\u00a0: {error}. Relancez la même "
                "commande\u00a0: ce qui est corrigé est gardé."
            ).format(name=type(error).__name__, error=str(error)[:300])
        ) from error
    return False
