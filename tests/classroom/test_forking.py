"""Kernels forked from a warm process, started as anybody starts kernels."""

from __future__ import annotations

import asyncio
import gzip
import os
import select
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import AsyncKernelManager, KernelManager
from nbclient import NotebookClient

from cinqcles.classroom import forking
from cinqcles.classroom.forking import Forked, ForkingProvisioner
from cinqcles.classroom.reference import run_notebook

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


@pytest.fixture(autouse=True)
def _warm() -> None:
    assert forking.warm().ready(120)


class Kernel:
    """A kernel and a client of it; ``run`` gives what a cell prints, or its error's name."""

    def __init__(self, **given: Any) -> None:
        self.manager = KernelManager(kernel_name="cinqcles")
        self.manager.start_kernel(**given)
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    @property
    def process(self) -> Any:
        provisioner = self.manager.provisioner
        assert isinstance(provisioner, ForkingProvisioner)
        return provisioner.process

    def run(self, code: str) -> str:
        told: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            told.append(message["content"].get("text") or message["content"].get("ename") or "")

        self.client.execute_interactive(textwrap.dedent(code), timeout=60, output_hook=hear)
        return "".join(told).strip()

    def end(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    started = Kernel()
    yield started
    started.end()


def wait_until(done: Any) -> None:
    for _attempt in range(200):
        if done():
            return
        time.sleep(0.05)
    pytest.fail("it never happened")


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # One that has ended stays until its parent has asked how.
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_kernel_is_a_fork_that_leads_its_own_session(kernel: Kernel) -> None:
    assert isinstance(kernel.process, Forked)
    parent, session, pid = kernel.run(
        "import os; print(os.getppid(), os.getsid(0), os.getpid())"
    ).split()
    assert int(parent) == forking.warm().process.pid
    assert int(session) == int(pid) == kernel.process.pid
    # What takes seconds has been imported already; a kernel of its own Python, all the same.
    assert kernel.run("import sys; print(sys.executable)") == sys.executable
    assert kernel.run("import sys; print('matplotlib.pyplot' in sys.modules)") == "True"


def test_it_has_the_folder_environment_and_input_it_was_given(tmp_path: Path) -> None:
    given = os.environ | {"CINQCLES_WORD": "été", "TZ": "Pacific/Auckland"}
    started = Kernel(cwd=str(tmp_path), env=given)
    try:
        assert started.run("import os; print(os.getcwd())") == str(tmp_path)
        assert started.run("import os; print(os.environ['CINQCLES_WORD'])") == "été"
        assert started.run("import time; print(time.localtime(0).tm_hour)") == "12"
        assert started.run("import os; print('CINQCLES_GONE' in os.environ)") == "False"
        # Nothing is ever typed: whatever reads its input is not left waiting for it.
        assert started.run("import os; print(os.get_blocking(0))") == "True"
    finally:
        started.end()


LASTING = """
import atexit, gzip, sys, types
plain = open("plain.txt", "w", encoding="utf-8")
plain.write("été" * 100)
zipped = gzip.open("zipped.gz", "wt")
zipped.write("hiver")
held = sys.modules["held"] = types.ModuleType("held")
held.file = open("held.txt", "w")
held.file.write("printemps")
held.file.itself = held
at_the_end = open("end.txt", "w")
atexit.register(at_the_end.write, "automne")
"""


@pytest.mark.parametrize("name", ["cinqcles", "python"])
def test_what_it_wrote_is_there_once_it_has_ended(tmp_path: Path, name: str) -> None:
    """Files that its code left open too, as with a Python that takes all its objects down."""
    if name == "python":  # not a stock kernel, which now and then hangs at its end, and is killed
        subprocess.run([sys.executable, "-c", LASTING], cwd=tmp_path, check=True)
    else:
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(LASTING)])
        resources = {"metadata": {"path": str(tmp_path)}}
        NotebookClient(nb, kernel_name=name, resources=resources).execute()
    assert (tmp_path / "plain.txt").read_text("utf-8") == "été" * 100
    assert gzip.decompress((tmp_path / "zipped.gz").read_bytes()) == b"hiver"
    assert (tmp_path / "held.txt").read_text() == "printemps"
    assert (tmp_path / "end.txt").read_text() == "automne"


def test_one_has_drawn_nothing_yet(kernel: Kernel) -> None:
    """Whatever the warm process has done to be quick."""
    code = "import matplotlib.pyplot as plt; print(plt.get_fignums(), plt.get_backend())"
    assert kernel.run(code) == "[] module://matplotlib_inline.backend_inline"


def test_each_draws_its_own_random_numbers() -> None:
    code = "import random, numpy as np; print(random.random(), np.random.rand())"
    both = [Kernel(), Kernel()]
    first, second = (each.run(code).split() for each in both)
    for each in both:
        each.end()
    assert len({*first, *second}) == 4


def test_what_one_does_to_its_modules_is_not_seen_by_the_next() -> None:
    for _time in range(2):
        started = Kernel()
        seen = started.run(
            """
            import json, pandas, cinqcles.worksheet.questions as questions
            print(hasattr(json, "poison"), hasattr(pandas, "poison"), hasattr(questions, "poison"))
            json.poison = pandas.poison = questions.poison = True
            """
        )
        started.end()
        assert seen == "False False False"


def test_an_endless_cell_is_interrupted(kernel: Kernel) -> None:
    # Else a kernel may refuse what comes just behind a cell that failed.
    asked = kernel.client.execute("while True: pass", stop_on_error=False)
    time.sleep(0.5)
    kernel.manager.interrupt_kernel()
    reply = kernel.client.get_shell_msg(timeout=30)
    assert reply["parent_header"]["msg_id"] == asked
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert kernel.run("print(1)") == "1"


def test_a_restart_forgets_everything(kernel: Kernel) -> None:
    kernel.run("x = 1")
    before = kernel.process.pid
    kernel.manager.restart_kernel(now=True)
    kernel.client.wait_for_ready(timeout=60)
    assert kernel.run("x") == "NameError"
    assert kernel.process.pid != before
    assert not runs(before)


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("import os; os._exit(7)", 7),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
    ],
)
def test_how_it_ended_is_told(end: str, code: int, kernel: Kernel) -> None:
    process = kernel.process
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    kernel.client.execute(end)
    assert process.wait(30) == code
    assert process.poll() == process.wait() == code
    assert not kernel.manager.is_alive()
    process.send_signal(signal.SIGTERM)  # which nobody else's process gets
    process.kill()


def test_a_shutdown_runs_what_was_to_be_run_at_exit(tmp_path: Path) -> None:
    started = Kernel(cwd=str(tmp_path))
    started.run("import atexit, pathlib; atexit.register(pathlib.Path('said').write_text, 'bye')")
    process = started.process
    started.client.stop_channels()
    started.manager.shutdown_kernel()
    assert process.poll() == 0
    assert (tmp_path / "said").read_text() == "bye"


def test_many_start_at_once() -> None:
    async def pids() -> list[int]:
        managers = [AsyncKernelManager(kernel_name="cinqcles") for _each in range(6)]
        await asyncio.gather(*(manager.start_kernel() for manager in managers))
        for manager in managers:
            client = manager.client()
            client.start_channels()
            await client.wait_for_ready(timeout=60)
            client.stop_channels()
        found = [manager.provisioner.pid for manager in managers]  # type: ignore[union-attr]
        await asyncio.gather(*(manager.shutdown_kernel(now=True) for manager in managers))
        return found

    assert len(set(asyncio.run(pids()))) == 6


def test_the_end_of_the_warm_process_is_told_and_mended(kernel: Kernel) -> None:
    before = forking.warm()
    process = kernel.process
    before.process.kill()
    before.process.wait()
    wait_until(lambda: process.poll() is not None)
    assert not kernel.manager.is_alive()
    wait_until(lambda: not runs(process.pid))
    # Until there is another, kernels start the usual way: none waits for it.
    after = Kernel()
    try:
        assert after.run("print(2)") == "2"
        assert isinstance(after.process, subprocess.Popen)
        assert forking.warm() is not before
    finally:
        after.end()


def test_nothing_outlives_who_started_it(tmp_path: Path) -> None:
    script = """
        import os
        from jupyter_client.manager import KernelManager
        from cinqcles.classroom import forking
        forking.warm().ready()
        manager = KernelManager(kernel_name="cinqcles")
        manager.start_kernel()
        print(manager.provisioner.pid, forking.warm().process.pid, flush=True)
        os._exit(0)
    """
    said = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
        timeout=120,
        cwd=tmp_path,
    ).stdout
    for pid in map(int, said.split()):
        wait_until(lambda pid=pid: not runs(pid))


def test_a_fork_of_who_started_it_has_one_of_its_own(tmp_path: Path) -> None:
    script = """
        import os, signal
        from cinqcles.classroom import forking
        before = forking.warm()
        with forking._starting:  # as when another thread starts one at that moment
            pid = os.fork()
        if not pid:
            signal.alarm(100)
            own = forking.warm()
            os._exit(0 if own is not before and own.ready(90) else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), before.ready(90), before.usable())
    """
    said = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert (said.stdout, said.stderr) == ("0 True True\n", "")


def test_streams_go_where_popen_would_send_them(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        started = Kernel(stdout=out, stderr=subprocess.STDOUT)
        started.run("import os; os.write(1, b'one '); os.write(2, b'two')")
        started.end()
    assert "one two" in (tmp_path / "out").read_text()
    started = Kernel(stdout=subprocess.PIPE)
    process = started.process
    started.run("import os; os.write(1, b'three'); os.close(1)")
    assert process.stdout.read(5) == b"three"
    started.end()
    assert process.stdout.closed


@pytest.mark.parametrize("name", ["PYTHONHASHSEED", "OMP_NUM_THREADS"])
def test_what_a_fork_cannot_be_is_started_anew(name: str) -> None:
    started = Kernel(env=os.environ | {name: "1"})
    try:
        assert isinstance(started.process, subprocess.Popen)
        assert started.run(f"import os; print(os.environ[{name!r}])") == "1"
    finally:
        started.end()


def test_another_command_is_left_alone() -> None:
    provisioner = ForkingProvisioner()
    asyncio.run(provisioner.launch_kernel([sys.executable, "-c", "raise SystemExit(3)"], env=None))
    assert isinstance(provisioner.process, subprocess.Popen)
    assert provisioner.process.wait(30) == 3


PICTURE = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('é')"


@pytest.mark.parametrize("name", ["python3", "cinqcles"])
def test_a_notebook_runs_as_in_a_kernel_of_its_own(name: str, tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(s) for s in (PICTURE, "__name__", "import sys; sys.argv")]
    )
    done = NotebookClient(
        notebook, kernel_name=name, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    kinds = [output.output_type for output in done.cells[0].outputs]
    assert kinds == ["execute_result", "display_data"]
    assert "image/png" in done.cells[0].outputs[1].data
    assert done.cells[1].outputs[0].data["text/plain"] == "'__main__'"
    assert "ipykernel_launcher" in done.cells[2].outputs[0].data["text/plain"]


def test_papermill_runs_one(tmp_path: Path) -> None:
    file = tmp_path / "cahier.ipynb"
    cells = [
        nbformat.v4.new_code_cell("a = 1", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("import os; (a, os.getppid())"),
    ]
    about = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=about), file)
    done = run_notebook(file, cwd=tmp_path, parameters={"a": 5})
    told = done.cells[-1].outputs[0].data["text/plain"]
    assert told == f"(5, {forking.warm().process.pid})"


def test_a_warm_process_is_let_go_before_it_was_heard(capfd: pytest.CaptureFixture[str]) -> None:
    """It says that it is ready to nobody, and ends without a word."""
    warm = forking.Warm()
    assert select.select([warm.line], [], [], 60)[0]
    warm._end()
    assert warm.process.returncode == 0
    assert capfd.readouterr().err == ""
