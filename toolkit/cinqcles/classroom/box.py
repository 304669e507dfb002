"""The box learner code runs in (contract 4): a kernel that can touch nothing, and has bounds.

Inside there is Python and its packages, read-only, and a scratch folder in memory: no folder of
this machine, no gradebook, no key, no other copy, no network, no process but its own, no right.
CPU time, memory, files, processes, duration and all that it says are bounded.

`bwrap` makes the box, around a program that only waits; a fork of a warm process enters it, where
what takes a kernel seconds has been imported. A kernel that a fork cannot be is started cold, as
the box's own program. Either talks through sockets in the box's /tmp, reached by way of /proc.
What comes from there is hostile.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import secrets
import select
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path
from queue import Empty
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import IO, Any, cast

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbgrader.preprocessors import Execute
from traitlets import Bool

import cinqcles
from cinqcles.classroom import confine, forking
from cinqcles.classroom.wire import Channel
from cinqcles.errors import ClassroomError
from cinqcles.messages import _, number

CELL_TIMEOUT_S = 20
START_S = 60
GRACE_S = 4  # to obey an interruption
RUN_TIMEOUT_S = 120
CPU_S = 60
PROCESSES = 64
MEMORY = 2 * 2**30  # bytes resident, of all processes together
DISK = 256 * 2**20  # bytes of /tmp, which is memory too
FILES = 10_000
MESSAGE = 10 * 2**20  # bytes of one message
OUTPUT = 50 * 2**20  # bytes of all that one run says
LIMITS = {
    "RLIMIT_AS": 4 * 2**30,  # bytes of address space
    "RLIMIT_FSIZE": 64 * 2**20,  # bytes of any one file
    "RLIMIT_NPROC": 256,  # threads too, and so it is for the watch to count processes
    "RLIMIT_NOFILE": 512,
    "RLIMIT_CORE": 0,
}

_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin")
_ETC = ("alternatives", "fonts", "ld.so.cache", "localtime", "mime.types", "R")
_TMP = "/tmp"  # noqa: S108 - the box's own
_HOME, _WORK = f"{_TMP}/home", f"{_TMP}/work"
_SHELL, _IOPUB, _STDIN, _HEARTBEAT, _CONTROL = range(1, 6)
# A user of its own for each box, beyond all those a system gives; the usual last resort else.
_FIRST_UID, _NOBODY = 0x70000000, 65534
# Nobody looks at this kernel: what it keeps for later, and what its widgets would tell a page.
_UNSEEN = [
    "--HistoryManager.enabled=False",
    "--IPKernelApp.exec_lines=setattr(__import__('comm'), 'create_comm', "
    "__import__('comm').DummyComm)",
]


class Box:
    """One box and its watch, from its making to its end.

    Parameters
    ----------
    cold
        Whether its kernel is its own program, and not a fork that enters it.

    Attributes
    ----------
    process
        The kernel in it, as `subprocess.Popen` shows one; None until it starts.
    code
        The exit code of its kernel, negative for a signal; None unless that ended by itself.
    why
        What it was stopped for, for whoever grades the copy; None unless it was.

    Raises
    ------
    OSError
        This machine cannot make one.
    """

    process: Any = None
    code: int | None = None
    why: str | None = None

    def __init__(self, *, cold: bool = False) -> None:
        self._cold = cold
        self._fds: dict[str, int] = {}
        self._given: dict[int, int] = {}
        self._spent = 0
        self._run_s = self._deadline = float("inf")
        self._over = threading.Event()
        self._watches = [
            threading.Thread(target=self._keep_watch, args=[look], daemon=True)
            for look in (self._excess, self._greed)
        ]
        told, telling = os.pipe()
        with os.fdopen(telling, "wb"), os.fdopen(told, "rb", buffering=0) as info:
            # In no environment: the box can read the one that bwrap was started with.
            self._bwrap = subprocess.Popen(  # noqa: S603 - our own command
                _bwrap(telling, cold=cold),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[telling],
                env={},
            )
            pipes = (self._bwrap.stdin, self._bwrap.stdout, self._bwrap.stderr)
            self._pipes = cast(tuple[IO[bytes], IO[bytes], IO[bytes]], pipes)
            try:
                self._wait_until_made()
                self._pid = json.loads(info.read(4096))["child-pid"]
                self._open()
            except BaseException:
                self.close()
                raise

    def _wait_until_made(self) -> None:
        asked, answered, complaints = self._pipes
        if not self._cold:  # else the program speaks first
            with suppress(OSError):
                asked.write(b".")
                asked.flush()
        if answered.read(1) != b".":
            said = complaints.read(10_000).decode(errors="replace").strip()
            raise OSError(said.rpartition("\n")[2])

    def _open(self) -> None:
        """Keep hold of what is reached inside, while nothing there can be a link elsewhere."""
        self._fds["process"] = os.pidfd_open(self._pid)
        self._fds["bwrap"] = os.pidfd_open(self._bwrap.pid)
        for name in ("tmp", "dev/shm", "proc"):
            path = f"/proc/{self._pid}/root/{name}"
            self._fds[name] = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        for name in ("home", "work"):
            os.mkdir(name, dir_fd=self._fds["tmp"])
            self._fds[name] = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._fds["tmp"])
            self._give(self._fds[name])

    @property
    def _uid(self) -> int | None:
        """Who its code is instead of root."""
        if os.geteuid():
            return None
        everyone = Path("/proc/self/uid_map").read_text(encoding="ascii").split()[2]
        return _FIRST_UID + self._pid if int(everyone) > 2 * _FIRST_UID else _NOBODY

    def _give(self, fd: int) -> None:
        if self._uid is not None:
            os.chown(fd, self._uid, self._uid)

    def put(self, name: str, content: bytes) -> None:
        """Write a file in its /tmp, before its kernel starts."""
        how = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(name, how, 0o600, dir_fd=self._fds["tmp"]), "wb") as file:
            file.write(content)
            self._give(file.fileno())

    def address(self, name: str) -> str:
        """Where a file of its /tmp is, for this process."""
        return f"/proc/self/fd/{self._fds['tmp']}/{name}"

    def start(
        self, command: list[str], env: dict[str, str], *, cpu_s: int | None, run_s: float | None
    ) -> None:
        """Start its kernel, and the watch over it.

        Parameters
        ----------
        cpu_s, run_s
            How long its processes may compute, each; how long all may last. None if others see
            to that.

        Raises
        ------
        OSError
            The kernel's fork could not enter it.
        """
        bind = {"uid": self._uid, "limits": LIMITS | ({"RLIMIT_CPU": cpu_s} if cpu_s else {})}
        if self._cold:
            request = {"bind": bind, "command": command, "env": env, "cwd": _WORK}
            self._pipes[0].write(json.dumps(request).encode() + b"\n")
            self._pipes[0].flush()
            self.process = self._bwrap
        else:
            forking.warm(boxed=True).ready(60)
            self.process = forking.Forked(
                command,
                env,
                _WORK,
                [subprocess.DEVNULL] * 3,
                independent=True,
                box={"pid": self._pid, "bind": bind},
            )
        if run_s:
            self._run_s, self._deadline = run_s, time.monotonic() + run_s
        for watch in self._watches:
            watch.start()

    def interrupt(self) -> None:
        """Interrupt its kernel, and what that has started in its session."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._pid if self._cold else self.process.pid, signal.SIGINT)

    def stop(self, why: str) -> None:
        """End it, and remember why, unless it has ended already."""
        if not self._over.is_set():
            self.why = self.why or why
        self._kill()

    def hear(self, cost: int, size: int) -> bool:
        """Count what was heard from it, and stop it if that is too much.

        Parameters
        ----------
        cost
            Bytes.
        size
            Bytes of the message of which it is a part.
        """
        self._spent += cost
        if size > MESSAGE:
            self.stop(
                _(
                    "Le code de la copie a affiché plus de {n}\u00a0Mo en une fois\u00a0: arrêté."
                ).format(n=MESSAGE // 2**20)
            )
        elif self._spent > OUTPUT:
            self.stop(
                _(
                    "Le code de la copie a affiché plus de {n}\u00a0Mo en tout\u00a0: arrêté."
                ).format(n=OUTPUT // 2**20)
            )
        return self.why is None

    def _keep_watch(self, look: Callable[[], str | None]) -> None:
        while not self._over.wait(0.1):
            if self.process.poll() is not None:
                self._kill()  # and all that its kernel has left there
                return
            try:
                why = look()
            except Exception as failed:  # nothing runs unwatched
                why = _(
                    "Le code de la copie a été arrêté\u00a0: sa surveillance a échoué ({error})."
                ).format(error=failed)
            if why:
                self.stop(why)
                return

    def _excess(self) -> str | None:
        """What its code takes too much of, memory aside."""
        if time.monotonic() > self._deadline:
            return _(
                "Le code de la copie n’avait pas fini au bout de {n}\u00a0s\u00a0: arrêté."
            ).format(n=number(self._run_s))
        for folder in ("tmp", "dev/shm"):
            files = os.fstatvfs(self._fds[folder])
            if files.f_files - files.f_ffree > FILES:
                return _("Le code de la copie a créé plus de {n} fichiers\u00a0: arrêté.").format(
                    n=number(FILES)
                )
        if len(list(self._running())) > PROCESSES:
            return _("Le code de la copie a lancé plus de {n} processus\u00a0: arrêté.").format(
                n=PROCESSES
            )
        return None

    def _greed(self) -> str | None:
        """Whether its code takes too much memory; to find out may take long."""
        running = list(self._running())
        # The first measure counts what processes share once for each, the second once for all.
        if sum(size for _pid, size in running) > MEMORY and sum(map(self._own, running)) > MEMORY:
            return _(
                "Le code de la copie a pris plus de {n}\u00a0Go de mémoire\u00a0: arrêté."
            ).format(n=MEMORY // 2**30)
        return None

    def _running(self) -> Iterator[tuple[str, int]]:
        """Its processes, with the bytes each has in memory."""
        for pid in filter(str.isdigit, os.listdir(self._fds["proc"])):  # noqa: PTH208
            about = self._read(f"{pid}/stat").rpartition(")")[2].split()
            if about and about[0] not in "ZX":  # ended, if nobody has asked how
                yield pid, int(about[21]) * os.sysconf("SC_PAGE_SIZE")

    def _own(self, process: tuple[str, int]) -> int:
        pid, size = process
        shared = self._read(f"{pid}/smaps_rollup").partition("Pss:")[2].split()
        return int(shared[0]) * 1024 if shared else size

    def _read(self, path: str) -> str:
        """A file of its /proc; nothing if it has gone meanwhile."""
        try:
            with os.fdopen(os.open(path, os.O_RDONLY, dir_fd=self._fds["proc"]), "rb") as file:
                return file.read().decode(errors="replace")
        except OSError:
            return ""

    def _kill(self) -> None:
        # Its first process takes all others along.
        if "process" in self._fds:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._fds["process"], signal.SIGKILL)
        else:
            self._bwrap.kill()

    def wait(self, seconds: float) -> None:
        """Wait for its kernel to end by itself, a moment at most."""
        if self.process is not None and self.code is None:
            with suppress(subprocess.TimeoutExpired):
                code = self.process.wait(seconds)
                # bwrap tells a signal as shells do.
                self.code = 128 - code if self._cold and code > 128 else code  # noqa: PLR2004

    def end(self) -> None:
        """End it, and all that runs there; what its code wrote can still be taken."""
        if not self._over.is_set():
            self.wait(0)
        self._over.set()
        self._kill()
        if "bwrap" in self._fds:  # `wait` alone would look only now and then
            ends = select.poll()
            ends.register(self._fds["bwrap"], select.POLLIN)
            ends.poll(10_000)
        with suppress(subprocess.TimeoutExpired):
            self._bwrap.wait(1)
        for watch in self._watches:
            if watch.is_alive():
                watch.join()
        if self.process is not None and self.process is not self._bwrap:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)

    def close(self) -> None:
        """End it and let go of it."""
        self.end()
        for pipe in self._pipes:
            with suppress(OSError):
                pipe.close()
        while self._fds:
            os.close(self._fds.popitem()[1])

    def take_in(self, folder: Path) -> None:
        """Copy a folder's files to where its code will run.

        Raises
        ------
        OSError
            They cannot be read, or there is no room for them.
        """
        with _opened(folder) as source:
            _copy(source, self._fds["work"], DISK // 2, written=self._taken)

    def _taken(self, fd: int) -> None:
        self._give(fd)
        self._given[os.fstat(fd).st_ino] = os.fstat(fd).st_ctime_ns

    def take_out(self, folder: Path) -> None:
        """Once it has ended, copy what its code wrote or changed back to that folder.

        Notebooks are left as they are: they are the grader's to write.

        Raises
        ------
        OSError
            There is too much of it, or it has no place there.
        """

        def changed(name: str, found: os.stat_result) -> bool:
            untouched = self._given.get(found.st_ino) == found.st_ctime_ns
            return not untouched and not name.endswith(".ipynb")

        with _opened(folder) as target:
            _copy(self._fds["work"], target, DISK, wanted=changed)


@contextmanager
def _opened(folder: str | Path, within: int | None = None) -> Iterator[int]:
    """A folder's descriptor; inside another, it cannot be a link."""
    how = os.O_RDONLY | os.O_DIRECTORY | (0 if within is None else os.O_NOFOLLOW)
    fd = os.open(folder, how, dir_fd=within)
    try:
        yield fd
    finally:
        os.close(fd)


def _copy(
    source: int,
    target: int,
    room: int,
    *,
    written: Callable[[int], None] = lambda _fd: None,
    wanted: Callable[[str, os.stat_result], bool] = lambda _name, _found: True,
    depth: int = 20,
) -> int:
    """Copy the regular files of a folder, and of those in it, to another; the room left then.

    Neither side follows a link, nor opens what is neither a file nor a folder.
    """
    if not depth:
        raise OSError(errno.ELOOP, _("des dossiers trop profonds"))
    for name in sorted(os.listdir(source)):
        found = os.stat(name, dir_fd=source, follow_symlinks=False)
        if stat.S_ISDIR(found.st_mode):
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=target)
            with _opened(name, source) as inner, _opened(name, target) as copy:
                written(copy)
                room = _copy(inner, copy, room, written=written, wanted=wanted, depth=depth - 1)
        elif stat.S_ISREG(found.st_mode) and wanted(name, found):
            room -= found.st_size
            if room < 0:
                raise OSError(errno.EFBIG, _("des fichiers trop gros"))
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=target)  # were it a link, what it leads to is left alone
            how, mode = os.O_WRONLY | os.O_CREAT | os.O_EXCL, found.st_mode & 0o755 | 0o600
            with (
                os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=source), "rb") as file,
                os.fdopen(os.open(name, how, mode, dir_fd=target), "wb") as copied,
            ):
                shutil.copyfileobj(file, copied)
                copied.flush()
                written(copied.fileno())
    return room


def _bwrap(info: int, *, cold: bool) -> list[str]:
    """The command that makes a box, and says on the descriptor ``info`` where it is."""
    bwrap = shutil.which("bwrap") or "bwrap"
    python = (sys.prefix, sys.base_prefix, str(Path(cinqcles.__file__).parents[1]))
    seen = [*_SYSTEM, *(f"/etc/{name}" for name in _ETC), *dict.fromkeys(python)]
    # Those that lead there would be closed to whoever is not root.
    above = dict.fromkeys(str(up) for path in seen for up in reversed(Path(path).parents[:-1]))
    root = os.geteuid() == 0
    namespaces = ("ipc", "pid", "net", "uts", "cgroup-try") if root else ("all",)
    # A cold kernel gives up being root by itself.
    kept = ("SETUID", "SETGID", "SETPCAP") if root and cold else ()
    program = [sys.executable, "-I", "-S", confine.__file__] if cold else ["/bin/cat"]
    return [
        bwrap,
        *(f"--unshare-{name}" for name in namespaces),
        *("--die-with-parent", "--new-session", "--as-pid-1"),
        *("--cap-drop", "ALL"),
        *(part for name in kept for part in ("--cap-add", f"CAP_{name}")),
        *("--info-fd", str(info)),
        *("--proc", "/proc"),
        *("--dev", "/dev"),
        *("--perms", "1777", "--size", str(DISK // 4), "--tmpfs", "/dev/shm"),  # noqa: S108
        *("--perms", "1777", "--size", str(DISK), "--tmpfs", _TMP),
        *(part for path in above for part in ("--perms", "0755", "--dir", path)),
        *(part for path in seen for part in ("--ro-bind-try", path, path)),
        *("--remount-ro", "/dev", "--remount-ro", "/"),
        *("--chdir", _TMP),
        "--",
        *program,
    ]


@cache
def why_no_box() -> str | None:
    """``None`` where code can be boxed, else what is missing and how to get it."""
    if not sys.platform.startswith("linux"):
        return _("l’isolement du code demande Linux")
    if not shutil.which("bwrap"):
        return _(
            "bubblewrap n’est pas installé (sous Debian et Ubuntu\u00a0: apt install bubblewrap)"
        )
    try:
        box = Box(cold=True)
        try:
            box.start(["/bin/true"], {}, cpu_s=None, run_s=10)
            code = box.process.wait(20)
        finally:
            box.close()
        error = box.why or (f"code {code}" if code else None)
    except (OSError, subprocess.TimeoutExpired) as refused:
        error = str(refused)
    return error and _("bubblewrap ne peut pas isoler sur cette machine ({error})").format(
        error=error[:300]
    )


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
        self.transport, self.ip, self.connection_file = "ipc", f"{_TMP}/{name}", f"{_TMP}/{name}.j"
        self.shell_port, self.iopub_port, self.control_port = _SHELL, _IOPUB, _CONTROL
        self.stdin_port, self.hb_port = _STDIN, _HEARTBEAT
        self._launch_args = {}
        command = self.format_kernel_cmd(extra_arguments)
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
    own = {"HOME": _HOME, "USER": "apprenant", "LOGNAME": "apprenant"}
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
    missing = why_no_box()
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
