"""What grading costs, each figure a ratio to a peer run beside it on this machine.

    uv run python tests/benchmarks/grading.py            # all of it, a quarter of an hour
    uv run python tests/benchmarks/grading.py widgets    # kernels, code, widgets or cohort

A ratio under 1 means that ours is the quicker, or the smaller. ``wanted`` is the ratio we hold
ourselves to; one that is over is marked, and the command then ends with 1.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import psutil
from distributed import Client
from jupyter_client.manager import KernelManager, start_new_kernel
from nbclient import NotebookClient
from nbgrader.api import Gradebook

sys.path.insert(0, str(Path(__file__).parent))

from library import ROUNDS, Figure, best_of

from cinqcles.classroom import forking
from cinqcles.classroom.grade import grade
from cinqcles.classroom.release import release
from cinqcles.classroom.simulate import Cohort, simulate

COURSE = Path(__file__).parents[2]

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


# A worksheet of code as this course would set one: its company's tables, its models, pandas and
# matplotlib.
SETUP = (
    "import matplotlib.pyplot as plt\n"
    "from cinqcles.data import company\n"
    "from cinqcles.keys import fashion",
    "messages = company.messages(seed=5)\n"
    "waited = messages['answered_at'] - messages['received_at']\n"
    "messages['hours'] = waited.dt.total_seconds() / 3600\n"
    "adoption = company.adoption(seed=5)",
)
ANSWER = (
    "def answered_within(messages, hours):\n"
    "    on_time = messages['hours'] <= hours\n"
    "    return on_time.groupby(messages['channel']).mean()"
)
WRONG_ANSWER = ANSWER.replace(
    "    on_time", "    messages = messages.dropna(subset=['hours'])\n    on_time", 1
)
SHOWN = (
    "fig, axes = plt.subplots(1, 2, figsize=(8, 3))\n"
    "axes[0].hist(messages['hours'], bins=40)\n"
    "axes[1].scatter(messages['received_at'].dt.hour, messages['hours'], s=4)\n"
    "plt.show()",
    "answered_within(messages, 24).plot.bar()\nplt.show()",
    "messages.groupby('channel')['hours'].describe()",
    "found = fashion.fit_bass(adoption['adopters'])\n"
    "fig, ax = plt.subplots()\n"
    "ax.bar(adoption['quarter'], adoption['adopters'], width=60, label='adopters')\n"
    "ax.set_title(f'p = {found.curve.p:.3f}, q = {found.curve.q:.2f}')\n"
    "ax.legend()\n"
    "plt.show()",
)
TESTS = (
    "shares = answered_within(messages, 24)\n"
    "assert list(shares.index) == sorted(messages['channel'].unique())",
    "received = messages['channel'].value_counts()\n"
    "assert round((shares * received).sum()) == (messages['hours'] <= 24).sum()",
)
STOCK_COPIES, OTTER_COPIES = 12, 2
CODE_COPIES = 120


def code() -> Iterator[Figure]:
    """A worksheet of code: the engine, in its box, and its peers.

    All that a run does is counted, the start of its workers included.
    """
    with tempfile.TemporaryDirectory(prefix="cinqcles-") as name:
        folder = Path(name)
        stock_course = _code_course(folder / "stock", STOCK_COPIES)
        stock = _timed(_nbgrader, stock_course, "autograde", "code")[0] / STOCK_COPIES
        bare = _bare(folder)
        times = {}
        for workers in (1, 2):
            course = _code_course(folder / f"workers{workers}", CODE_COPIES)
            spent, results = _timed(grade, course, "code", workers=workers)
            times[workers] = spent / CODE_COPIES
            scores = {result.learner: result.score for result in results}
            assert _scores(stock_course, "code").items() <= scores.items()
        yield Figure("a copy with code, boxed, 2 cores / nbgrader", times[2], stock, 1 / 8)
        yield Figure("a copy with code, boxed, one core / its bare cells", times[1], bare, 1.5)
        otter = _otter(folder / "otter")
        if otter:
            yield Figure("a copy with code, boxed, 2 cores / otter run", times[2], otter, 1)
        yield from _scaling(folder, times[1], times[2])


def _code_course(folder: Path, copies: int) -> Path:
    """An nbgrader course with one assignment of code, and copies of it, half of them wrong."""
    new = nbformat.v4.new_code_cell

    def about(name: str, *, grade: bool = False, solution: bool = False) -> dict[str, object]:
        known = {"grade_id": name, "grade": grade, "solution": solution, "schema_version": 3}
        known |= {"locked": not solution, "task": False}
        return {"nbgrader": known | ({"points": 2} if grade else {})}

    def notebook(answer: str) -> nbformat.NotebookNode:
        cells = [new(source) for source in SETUP]
        cells.append(new(answer, metadata=about("answer", solution=True)))
        cells += [new(source) for source in SHOWN]
        cells += [
            new(source, metadata=about(f"test{n}", grade=True)) for n, source in enumerate(TESTS)
        ]
        kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
        return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})

    source = folder / "source" / "code" / "code.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(notebook(ANSWER), source)
    (folder / "nbgrader_config.py").write_text("c = get_config()\n")
    _nbgrader(folder, "generate_assignment", "code")
    for n in range(copies):
        file = folder / "submitted" / f"apprenant{n}" / "code" / "code.ipynb"
        file.parent.mkdir(parents=True)
        nbformat.write(notebook(WRONG_ANSWER if n % 2 else ANSWER), file)
    return folder


def _bare(folder: Path) -> float:
    """Seconds that a copy's cells take by themselves, in a fork of an interpreter that has made the
    warm process's imports, and nothing else.

    Half of the copies are wrong, and show an error as a notebook does.
    """
    script = folder / "bare.py"
    copies = [[*SETUP, answer, *SHOWN, *TESTS] for answer in (ANSWER, WRONG_ANSWER)]
    script.write_text(
        "import importlib, os, sys, time, warnings\n"
        "from cinqcles.classroom.warm import IMPORTS\n"
        "warnings.simplefilter('ignore')\n"
        "for name in IMPORTS: importlib.import_module(name)\n"
        "import matplotlib\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "from traitlets.config import Config\n"
        f"for cells in {copies!r}:\n"
        "  best = []\n"
        f"  for _round in range({ROUNDS}):\n"
        "    read, write = os.pipe()\n"
        "    pid = os.fork()\n"
        "    if not pid:\n"
        "        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)\n"
        "        config = Config()\n"
        "        config.HistoryManager.enabled = False\n"
        "        shell = InteractiveShell.instance(config=config)\n"
        "        matplotlib.rcParams['backend'] = 'module://matplotlib_inline.backend_inline'\n"
        "        began = time.perf_counter()\n"
        "        for cell in cells:\n"
        "            shell.run_cell(cell)\n"
        "        os.write(write, str(time.perf_counter() - began).encode())\n"
        "        os._exit(0)\n"
        "    best.append(float(os.read(read, 99)))\n"
        "    os.waitpid(pid, 0)\n"
        "  print(min(best), flush=True)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    return sum(map(float, done.stdout.split())) / len(copies)


def _otter(folder: Path) -> float | None:
    """Seconds a copy by `otter run`, installed beside for the time of this benchmark."""
    folder.mkdir()
    raw, new = nbformat.v4.new_raw_cell, nbformat.v4.new_code_cell
    cells = [
        raw("# ASSIGNMENT CONFIG\nrun_tests: false\nsolutions_pdf: false"),
        *(new(source) for source in SETUP),
        raw("# BEGIN QUESTION\nname: q1\npoints: 4"),
        nbformat.v4.new_markdown_cell("Share of messages answered on time."),
        raw("# BEGIN SOLUTION"),
        new(ANSWER),
        raw("# END SOLUTION"),
        raw("# BEGIN TESTS"),
        *(new(source) for source in TESTS),
        raw("# END TESTS"),
        raw("# END QUESTION"),
        *(new(source) for source in SHOWN),
    ]
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}),
        folder / "code.ipynb",
    )
    try:
        for command in (
            ["uv", "venv", "-q", "env"],
            [
                *("uv", "pip", "install", "-q", "--python", "env/bin/python"),
                *("otter-grader", "ipykernel", str(COURSE)),
            ],
            ["env/bin/otter", "assign", "code.ipynb", "dist"],
        ):
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"otter: not measured ({error})")
        return None
    (archive,) = (folder / "dist" / "autograder").glob("*.zip")
    spent = []
    for _copy in range(OTTER_COPIES):
        command = ["env/bin/otter", "run", "-a", str(archive), "dist/autograder/code.ipynb"]
        began = time.perf_counter()
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        spent.append(time.perf_counter() - began)
    return min(spent)


def _scaling(folder: Path, one: float, two: float) -> Iterator[Figure]:
    """Workers of this machine and of a Dask cluster on it, one then two."""
    yield Figure("a copy with code, 2 workers / half of 1 worker's time", two, one / 2, 1.25)
    spent = []
    for count in (1, 2):
        course = _code_course(folder / f"dask{count}", CODE_COPIES)
        with _dask(count) as address:
            spent.append(_timed(grade, course, "code", cluster=address)[0] / CODE_COPIES)
    yield Figure("a copy with code, 1 Dask worker / 1 of this machine", spent[0], one, 1.25)
    yield Figure("a copy with code, 2 Dask workers / half of 1's time", spent[1], spent[0] / 2, 1.4)
    print(
        f"throughput, copies a second: 1 worker {1 / one:.1f}, 2 workers {1 / two:.1f} "
        f"(efficiency {one / two / 2:.0%}), 1 Dask worker {1 / spent[0]:.1f}, 2 Dask workers "
        f"{1 / spent[1]:.1f} (efficiency {spent[0] / spent[1] / 2:.0%})"
    )
    hours = 100_000 * one / 3600
    print(
        f"estimate: 100,000 such copies are {hours:.0f} core-hours, so {hours / 32:.1f} hours on "
        "32 cores"
    )


@contextmanager
def _dask(workers: int) -> Iterator[str]:
    dask = [sys.executable, "-m", "dask"]
    with ExitStack() as running:

        def start(*arguments: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [*dask, *arguments, "--no-dashboard"],
                stderr=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                text=True,
            )
            running.callback(process.communicate)
            running.callback(process.terminate)
            return process

        scheduler = start("scheduler", "--host", "127.0.0.1", "--port", "0")
        assert scheduler.stderr is not None
        address = next(
            found[1]
            for line in scheduler.stderr
            if (found := re.search(r"Scheduler at:\s+(tcp://\S+)", line))
        )
        for _worker in range(workers):
            start("worker", address, "--nthreads", "1")
        with Client(address) as client:
            client.wait_for_workers(workers)
        yield address


def widgets() -> Iterator[Figure]:
    """A worksheet of widgets alone: no code is run, no kernel started."""
    name, copies = "cle1-pourquoi", 400
    with tempfile.TemporaryDirectory(prefix="cinqcles-") as folder:
        course = _our_course(Path(folder) / "ours", copies, [name])
        release(course, name)
        ours = _timed(grade, course, name, workers=2)[0] / copies
        stock = Path(folder) / "stock"
        file = course / "submitted" / "synthetique-0001" / name / f"{name}.ipynb"
        for n in range(STOCK_COPIES):
            target = stock / "submitted" / f"a{n}" / name
            target.mkdir(parents=True)
            shutil.copy(file, target)
        (stock / "source").mkdir()
        shutil.copytree(course / "exercises" / name, stock / "source" / name)
        (stock / "nbgrader_config.py").write_text("c = get_config()\n")
        _nbgrader(stock, "generate_assignment", name)
        peer = _timed(_nbgrader, stock, "autograde", name)[0] / STOCK_COPIES
        yield Figure("a copy of widgets, 2 workers / nbgrader autograde", ours, peer, 1 / 300)


def cohort() -> Iterator[Figure]:
    """A large cohort, five worksheets, in one run."""
    peaks = []
    for learners in (200, 1000):
        with tempfile.TemporaryDirectory(prefix="cinqcles-") as folder:
            course = _our_course(Path(folder) / "cours", learners, None)
            spent, peak = _peak(course)
            n = len(list((course / "submitted").glob("*/*/*.ipynb")))
            rows = (course / "gradebook.db").stat().st_size / 2**20
            print(
                f"{learners} learners, {n} copies of 5 worksheets: {spent:.0f} s in one run, "
                f"{peak:.0f} MB at most (PSS, all its processes), gradebook {rows:.0f} MB"
            )
            peaks.append(peak)
    print(
        f"estimate: 100,000 such copies are {100_000 * spent / n / 3600:.1f} hours on these cores, "
        f"and a gradebook of {100_000 * rows / n:.0f} MB"
    )
    yield Figure("memory for 1,000 learners / for 200", peaks[1], peaks[0], 1.1, "MB")


def _our_course(folder: Path, learners: int, names: list[str] | None) -> Path:
    """A course of ours and synthetic copies of worksheets in their places."""
    folder.mkdir(parents=True)
    for part in ("course", "exercises", "solutions"):
        shutil.copytree(COURSE / part, folder / part)
    (COURSE / ".cinqcles" / "references").mkdir(parents=True, exist_ok=True)
    (folder / ".cinqcles").mkdir()
    (folder / ".cinqcles" / "references").symlink_to(COURSE / ".cinqcles" / "references")
    shutil.rmtree(folder / "solutions" / "dossier")
    for name in names or sorted(p.name for p in (folder / "solutions").iterdir()):
        simulate(folder, folder / "copies", learners=learners, worksheet=name)  # and its keys
        people = Cohort(folder, learners, name, 0)
        for each, content in people.handed_in(*people.sheets):
            target = folder / "submitted" / each.learner / name / f"{name}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        release(folder, name)
    return folder


def _peak(course: Path) -> tuple[float, float]:
    """Seconds that a whole run takes, and the most memory that its processes share, in MB."""
    script = "from cinqcles.cli import app; app()"
    command = [sys.executable, "-c", script, "grade", "--workers", "2"]
    began, peak = time.perf_counter(), 0.0
    with subprocess.Popen(
        command, cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        top = psutil.Process(process.pid)
        while process.poll() is None:
            with suppress(psutil.Error):
                tree = [top, *top.children(recursive=True)]
                used = 0.0
                for each in tree:
                    with suppress(psutil.Error, OSError):
                        used += _pss(each.pid)
                peak = max(peak, used)
            time.sleep(0.5)
    return time.perf_counter() - began, peak


def _timed(run: Callable[..., Any], *args: Any, **options: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    result = run(*args, **options)
    return time.perf_counter() - began, result


def _nbgrader(course: Path, *arguments: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["nbgrader", *arguments],
        cwd=course,
        env=os.environ | {"PATH": path},
        check=True,
        capture_output=True,
    )


def _scores(course: Path, name: str) -> dict[str, float]:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return {s.student.id: s.score for s in gradebook.assignment_submissions(name)}


PARTS = {"kernels": kernels, "code": code, "widgets": widgets, "cohort": cohort}


def main() -> int:
    """Print a line a figure; 0 if all are within what is wanted."""
    parser = argparse.ArgumentParser(description="What grading costs.")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="some of it")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")  # between libraries, as for whoever runs the command
    forking.warm().ready()
    over = 0
    print(f"{'':52} {'ours':>9} {'peer':>9}")
    for part in asked.parts or PARTS:
        for figure in PARTS[part]():
            print(figure, flush=True)
            over += figure.ours > figure.wanted * figure.peer
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main())
