"""Work spread over workers: real processes, and a real Dask cluster over TCP."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from pathlib import Path

import pytest

from cinqcles.classroom import forking
from cinqcles.classroom.grade import Status, grade
from cinqcles.classroom.spread import Here, Workers, cluster, local, spread
from cinqcles.errors import ClassroomError
from copies import WORKSHEET, make_copy, right_code, submit
from gradebooks import content
from work import deadly, double, each_deadly, refused, warm_line

DASK = [sys.executable, "-m", "dask"]


@contextmanager
def dask(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A part of a Dask cluster."""
    environment = os.environ | {"DASK_DISTRIBUTED__ADMIN__LOG_FORMAT": "%(message)s"}
    with subprocess.Popen(
        [*DASK, *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.communicate()


@pytest.fixture
def scheduler() -> Iterator[str]:
    """The address of a scheduler, on this machine."""
    with dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(r"Scheduler at:\s+(tcp://\S+)", line):
                yield found[1]
                return
        pytest.fail("the scheduler did not start")


def worker(address: str, name: str) -> list[str]:
    """What starts a worker."""
    options = ["--nthreads", "1", "--no-dashboard", "--name", name, "--death-timeout", "20"]
    return ["worker", address, *options]


@pytest.mark.parametrize("workers", [Workers(Here, 1), local(2)], ids=["here", "processes"])
def test_every_task_has_its_result(workers: Workers) -> None:
    assert dict(spread(workers, double, range(40))) == {n: 2 * n for n in range(40)}
    assert list(spread(workers, double, [])) == []


def test_a_task_that_kills_its_worker_twice_has_no_result(tmp_path: Path) -> None:
    """The others do; and one whose worker died once is done again."""
    tasks = [(n, str(tmp_path)) for n in range(12)]
    assert {n: result for (n, _), result in spread(local(2), deadly, tasks)} == {
        n: None if n == 5 else 2 * n for n in range(12)
    }
    assert (tmp_path / "died-7").exists()


def test_only_the_part_that_kills_is_lost(tmp_path: Path) -> None:
    def split(task: list[tuple[int, str]]) -> list[list[tuple[int, str]]]:
        return [[part] for part in task]

    tasks = [[(n, str(tmp_path)) for n in range(start, start + 4)] for start in (0, 4, 8)]
    done = {
        n: result[i] if result else None
        for task, result in spread(local(2), each_deadly, tasks, split)
        for i, (n, _) in enumerate(task)
    }
    assert done == {n: None if n == 5 else 2 * n for n in range(12)}


def test_workers_share_one_warm_process() -> None:
    """And do without it once it has ended: each then starts its own."""
    workers = local(2, boxed=True)
    shared = forking.warm(boxed=True)
    assert shared.ready(60)
    line = os.fstat(shared.line.fileno()).st_ino
    assert {result for _n, result in spread(workers, warm_line, range(6))} == {line}
    tasks = spread(workers, warm_line, range(12))
    assert next(tasks)[1] == line
    assert shared.process is not None
    shared.process.kill()
    shared.process.wait()
    assert line not in {result for n, result in tasks if n > 8}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="read in /proc")
def test_ctrl_c_is_not_heard_by_what_starts_workers() -> None:
    """Not even while it makes its imports, when it could only show a traceback."""
    assert dict(spread(local(2), double, range(2))) == {0: 0, 1: 2}
    about = Path(f"/proc/{forkserver._forkserver._forkserver_pid}/status").read_text()
    blocked = re.search(r"SigBlk:\s*(\w+)", about)
    assert blocked is not None
    assert int(blocked[1], 16) & 1 << signal.SIGINT - 1


def test_what_a_task_refuses_stops_the_work() -> None:
    with pytest.raises(ClassroomError, match=r"^non$"):
        list(spread(local(2), refused, ["non"]))
    with pytest.raises(ClassroomError) as stopped:
        list(spread(Workers(Here, 1), refused, [3]))
    assert str(stopped.value).replace("\u00a0", " ") == (
        "Le travail s’est arrêté : TypeError : 3. Relancez la même commande : ce qui est corrigé "
        "est gardé."
    )


def test_workers_end_with_the_grader() -> None:
    """A grader killed leaves no worker behind."""
    script = (
        "from cinqcles.classroom.spread import local\n"
        "import os, time\n"
        "if __name__ == '__main__':\n"
        "    pool = local(2).start()\n"
        "    print(*set(pool.submit(os.getpid).result() for _ in range(1)), flush=True)\n"
        "    pool.submit(time.sleep, 600)\n"
        "    time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.kill()
    for _attempt in range(100):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("a worker outlived its grader")


def test_a_cluster_grades_as_this_machine_does(course: Path, scheduler: str) -> None:
    """With a worker killed in the midst of it, and code run in the box on each."""
    for n in range(12):
        code = right_code() if n % 3 == 0 else None
        submit(course, f"apprenant{n}", make_copy(f"apprenant{n}", {"q1": "portee"}, code))
    grade(course, WORKSHEET)
    here = content(f"sqlite:///{course / 'gradebook.db'}")
    (course / "gradebook.db").unlink()
    killed = []

    with dask(*worker(scheduler, "un"), "--no-nanny") as first, dask(*worker(scheduler, "deux")):

        def progress(what: str, done: int, total: int) -> None:
            if what == "Copies" and not killed:
                first.send_signal(signal.SIGKILL)
                killed.append(done)

        results = grade(course, WORKSHEET, cluster=scheduler, progress=progress)
    assert killed
    assert content(f"sqlite:///{course / 'gradebook.db'}") == here
    assert {result.status for result in results} == {Status.GRADED}


def test_no_cluster_there(course: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cinqcles.classroom.spread.CLUSTER_TIMEOUT_S", 1)
    with (
        pytest.raises(ClassroomError, match=r"^Le cluster tcp://127\.0\.0\.1:1 ne répond pas"),
        cluster("tcp://127.0.0.1:1"),
    ):
        pass
    with pytest.raises(ClassroomError) as nobody, cluster(scheduler):
        pass
    assert str(nobody.value).replace("\u00a0", " ") == (
        f"Le cluster {scheduler} n’a aucun ouvrier. Lancez-en, sur chaque machine : "
        f"dask worker {scheduler} --nthreads 1."
    )
