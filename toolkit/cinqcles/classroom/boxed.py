"""Notebooks run in the box: its kernel, the client that talks to it, nbgrader's step, and ours.

A kernel in a box talks through sockets in the box's /tmp, reached by way of /proc. What comes from
there is hostile.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from pathlib import Path
from queue import Empty
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbgrader.preprocessors import Execute
from traitlets import Bool

from cinqcles.classroom import box, forking
from cinqcles.classroom.box import TMP, Box
from cinqcles.classroom.wire import Channel
from cinqcles.errors import ClassroomError
from cinqcles.messages import _

CELL_TIMEOUT_S = 20
START_S = 60
GRACE_S = 4  # to obey an interruption
RUN_TIMEOUT_S = 120
CPU_S = 60

_SHELL, _IOPUB, _STDIN, _HEARTBEAT, _CONTROL = range(1, 6)
# Nobody will type in this kernel, nor wait for a page to be up to date before each reply.
_ALONE = ["--HistoryManager.enabled=False", "--Kernel._execute_sleep=0"]
# Nobody looks at it either: its widgets have no page to tell.
_UNSEEN = [
    "--IPKernelApp.exec_lines=setattr(__import__('comm'), 'create_comm', "
    "__import__('comm').DummyComm)",
]


class BoxedKernelManager(AsyncKernelManager):
    """Starts a kernel in a box of its own, ``box``."""

    box: Any = None
    kernel_spec: Any
    _folder: Path | None = None

    async def start_kernel(  # type: ignore[override]
        self,
        *,
        cwd: str | None = None,
        extra_arguments: list[str] | None = None,
        env: dict[str, str] | None = None,
        cpu_s: int | None = None,
        run_s: float | None = None,
    ) -> None:
        """Start the kernel, with the files of ``cwd`` around it; the rest as in `Box.start`.

        Raises
        ------
        ClassroomError
            There is no room for those files.
        OSError
            There can be no box.
        """
        # What is named nowhere else: a path that is the box's is looked at outside too.
        name = secrets.token_hex(4)
        self.transport, self.ip, self.connection_file = "ipc", f"{TMP}/{name}", f"{TMP}/{name}.j"
        self.shell_port, self.iopub_port, self.control_port = _SHELL, _IOPUB, _CONTROL
        self.stdin_port, self.hb_port = _STDIN, _HEARTBEAT
        self._launch_args = {}
        alone = _ALONE if self.ipykernel else []
        command = self.format_kernel_cmd([*(extra_arguments or []), *alone])
        env = _environment() | (env or {}) | self.kernel_spec.env
        about = self.get_connection_info() | {"key": self.session.key.decode()}
        self._folder = Path(cwd) if cwd else None
        cold = not forking.can_fork(command, env, boxed=True)
        while True:
            self.box = Box(cold=cold)
            try:
                self.box.put(f"{name}.j", json.dumps(about).encode())
                if self._folder:
                    with _moving(self._folder):
                        self.box.take_in(self._folder)
                self.box.start(command, env, cpu_s=cpu_s, run_s=run_s)
            except BaseException as error:
                self.box.close()
                if cold or not isinstance(error, OSError):
                    raise
                cold = True  # this machine's boxes let no fork in
            else:
                return

    def client(self, **_kw: Any) -> BoxedClient:  # type: ignore[override]
        """A client that reaches into the box."""
        self._client = BoxedClient(self)
        return self._client

    @property
    def has_kernel(self) -> bool:
        """Whether it has been started."""
        return self.box is not None

    async def is_alive(self) -> bool:  # type: ignore[override]
        """Whether it still runs."""
        return self.box is not None and self.box.process.poll() is None

    async def interrupt_kernel(self) -> None:  # type: ignore[override]
        """Interrupt it, as its kernelspec says."""
        if self.kernel_spec.interrupt_mode == "message":
            self._client.control_channel.send(self.session.msg("interrupt_request"))
        else:
            self.box.interrupt()

    async def shutdown_kernel(  # type: ignore[override]
        self,
        now: bool = False,
        restart: bool = False,  # noqa: ARG002
    ) -> None:
        """End it, and take what its code wrote."""
        if not now:
            self._client.shutdown()
            end = time.monotonic() + GRACE_S
            while self.box.process.poll() is None and time.monotonic() < end:
                await asyncio.sleep(0.002)
        self.box.end()
        if self._folder and not self.box.why:
            with _moving(self._folder):
                self.box.take_out(self._folder)

    async def cleanup_resources(  # type: ignore[override]
        self,
        restart: bool = False,  # noqa: ARG002
    ) -> None:
        """Leave nothing of it."""
        if self.box is not None:
            self.box.close()


@contextmanager
def _moving(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as refused:
        raise ClassroomError(
            _(
                "Les fichiers de {folder} n’ont pas pu être recopiés pour exécuter le code, ou "
                "après lui\u00a0: {error}."
            ).format(folder=folder, error=refused.strerror)
        ) from refused


class BoxedClient(AsyncKernelClient):
    """Talks to a boxed kernel, and listens no more than it can bear."""

    def __init__(self, manager: BoxedKernelManager) -> None:
        super().__init__(parent=manager, session=manager.session.clone())
        self._manager, self._box = manager, manager.box

    async def start_channels(self) -> None:  # type: ignore[override]
        """Call the kernel, as soon as it listens."""
        async with asyncio.timeout(START_S):
            self._shell_channel = await self._connect(_SHELL, "DEALER")
            self._control_channel = await self._connect(_CONTROL, "DEALER")
            self._iopub_channel = await self._connect(_IOPUB, "SUB")

    async def _connect(self, port: int, kind: str) -> Channel:
        name = f"{Path(self._manager.ip).name}-{port}"
        loop = asyncio.get_running_loop()
        while True:
            channel = Channel(self.session, kind, self._box.hear, DeadKernelError)
            with suppress(OSError):
                await loop.create_unix_connection(lambda: channel, self._box.address(name))  # noqa: B023
                await channel.ready.wait()
                return channel
            if not await self.is_alive():
                raise DeadKernelError("Kernel died")
            await asyncio.sleep(0.002)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for a first answer, and to be heard by what publishes."""
        end = time.monotonic() + (timeout or float("inf"))
        while time.monotonic() < end:
            asked = self.kernel_info()
            with suppress(Empty):
                reply = await self.shell_channel.get_msg(timeout=1)
                while reply["parent_header"].get("msg_id") != asked:
                    reply = await self.shell_channel.get_msg(timeout=1)
                self._handle_kernel_info_reply(reply)
                await self.iopub_channel.get_msg(timeout=0.2)
                # So does nbclient end its wait for a cell's outputs when their kernel has died.
                self.iopub_channel.lost = asyncio.CancelledError
                return
        raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    async def is_alive(self) -> bool:
        """Whether the kernel still runs."""
        return await self._manager.is_alive()

    def stop_channels(self) -> None:
        """Hang up."""
        for channel in (self._shell_channel, self._control_channel, self._iopub_channel):
            if channel is not None:
                channel.stop()


def _environment() -> dict[str, str]:
    kept = ("CINQCLES_COURSE_KEY", "NBGRADER_EXECUTION", "TZ")
    own = {"HOME": f"{TMP}/home", "USER": "apprenant", "LOGNAME": "apprenant"}
    return forking.BARE | own | {name: os.environ[name] for name in kept if name in os.environ}


class _Client(NotebookClient):
    """A `NotebookClient` whose kernel may be in a box."""

    box: Any = None
    kc: Any
    given: Mapping[str, Any] = MappingProxyType({})  # to the kernel's manager, as it starts

    async def async_start_new_kernel(self, **kwargs: Any) -> None:
        self.box = None
        await super().async_start_new_kernel(**self.given, **kwargs)
        if isinstance(self.km, BoxedKernelManager):
            self.box = self.km.box

    start_new_kernel = run_sync(async_start_new_kernel)

    @contextmanager
    def setup_kernel(self, **kwargs: Any) -> Iterator[None]:
        with self._stops(), super().setup_kernel(**kwargs), self._deaths():
            yield

    @asynccontextmanager
    async def async_setup_kernel(self, **kwargs: Any) -> AsyncIterator[None]:
        # nbclient's own would take the grader's signals for the kernel's.
        with self._stops():
            self.km = self.create_kernel_manager()
            await self.async_start_new_kernel(**kwargs)
            await self.async_start_new_kernel_client()
            try:
                with self._deaths():
                    yield
            finally:
                await self._async_cleanup_kernel()

    @contextmanager
    def _stops(self) -> Iterator[None]:
        """Tell why the box was stopped, if it was, whatever came of it."""
        try:
            yield
        except Exception as error:
            if self.box is not None and self.box.why:
                raise ClassroomError(self.box.why) from error
            raise
        if self.box is not None and self.box.why:
            raise ClassroomError(self.box.why)

    @contextmanager
    def _deaths(self) -> Iterator[None]:
        """Let a kernel that ended by itself tell how, which comes a moment later."""
        try:
            yield
        except DeadKernelError:
            if self.box is not None:
                self.box.wait(0.5)
            raise

    async def _async_poll_kernel_alive(self) -> None:
        if self.box is None:  # else its channels tell, and sooner
            await super()._async_poll_kernel_alive()

    async def _async_handle_timeout(self, timeout: int, cell: NotebookNode | None = None) -> Any:
        reply = await super()._async_handle_timeout(timeout, cell)
        if self.box is not None and not await self.kc.shell_channel.answers(GRACE_S):
            self.box.stop(
                _(
                    "Le code de la copie ne s’arrête pas\u00a0: une cellule durait depuis "
                    "{n}\u00a0s, et l’interrompre n’a rien changé."
                ).format(n=timeout)
            )
        return reply


class BoxedExecute(_Client, Execute):  # type: ignore[misc] # nor has nbgrader
    """nbgrader's own step, with the kernel in a box.

    A copy that its box had to stop earns nothing: its grading fails, and says why.
    """

    unsandboxed = Bool(
        False, help="Run the code of copies on a machine that cannot isolate it."
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: Any = None, km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run the notebook's cells."""
        if _isolates(unsandboxed=self.unsandboxed):
            self.kernel_manager_class = BoxedKernelManager
        return super().preprocess(nb, resources, km)  # type: ignore[no-any-return]


def _isolates(*, unsandboxed: bool) -> bool:
    """Whether code is boxed here; if not, it must be allowed to run all the same.

    Raises
    ------
    ClassroomError
        It is neither.
    """
    missing = box.why_no_box()
    if missing and not unsandboxed:
        raise ClassroomError(
            _(
                "Le code de la copie n’a pas été exécuté\u00a0: {missing}. Pour l’exécuter "
                "quand même, sans protection, ajoutez --unsandboxed --again."
            ).format(missing=missing)
        )
    return not missing


def run(notebook: NotebookNode, *, unsandboxed: bool = False) -> NotebookNode:
    """Run a worksheet's cells, errors included, and return it with its outputs.

    Raises
    ------
    ClassroomError
        This machine cannot isolate, and ``unsandboxed`` is not set; or the code ended its kernel,
        or had to be stopped: the message says what happened.
    """
    isolates = _isolates(unsandboxed=unsandboxed)
    with nullcontext() if isolates else TemporaryDirectory(prefix="cinqcles-") as folder:
        client = _Client(
            notebook,
            kernel_name="cinqcles",
            kernel_manager_class=BoxedKernelManager if isolates else AsyncKernelManager,
            extra_arguments=_UNSEEN,
            timeout=CELL_TIMEOUT_S,
            allow_errors=True,
            shutdown_kernel="immediate",
            record_timing=False,
            resources={} if isolates else {"metadata": {"path": folder}},
        )
        quiet = subprocess.DEVNULL
        client.given = (
            # What the code draws is not looked at.
            {"cpu_s": CPU_S, "run_s": RUN_TIMEOUT_S, "env": {"MPLBACKEND": "agg"}}
            if isolates
            else dict.fromkeys(("stdin", "stdout", "stderr"), quiet)
        )
        try:
            _complete(_run_cells(client))
        except ClassroomError:
            raise
        except Exception as error:  # what a copy says can be wrong in many ways
            raise ClassroomError(_explained(error, client.box)) from error
    return notebook


async def _run_cells(client: _Client) -> None:
    async with client.async_setup_kernel():
        for index, cell in enumerate(client.nb.cells):
            await client.async_execute_cell(cell, index)


def _complete(work: Coroutine[Any, Any, None]) -> None:
    """As `asyncio.run`, and where a loop runs already, such as in nbgrader's formgrader."""

    def go() -> None:
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
            runner.run(work)

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        go()
    else:
        with ThreadPoolExecutor(1) as elsewhere:
            elsewhere.submit(go).result()


def _explained(error: Exception, box: Box | None) -> str:
    if isinstance(error, CellTimeoutError):
        return _(
            "Le code de la copie ne s’arrête pas\u00a0: une cellule durait depuis {n}\u00a0s."
        ).format(n=CELL_TIMEOUT_S)
    if box is None or not isinstance(error, DeadKernelError):
        return _("Le code de la copie n’a pas pu être exécuté jusqu’au bout ({error}).").format(
            error=f"{type(error).__name__}\u00a0: {error}"[:300]
        )
    if box.code is None:
        return _("Le code de la copie a coupé ses échanges avec le correcteur.")
    if box.code == -signal.SIGXCPU:
        return _("Le code de la copie a pris plus de {n}\u00a0s de calcul\u00a0: arrêté.").format(
            n=CPU_S
        )
    with suppress(ValueError):
        return _("Le code de la copie a mis fin à l’exécution (signal {name}).").format(
            name=signal.Signals(-box.code).name
        )
    return _("Le code de la copie a mis fin à l’exécution (code {n}).").format(n=box.code)
