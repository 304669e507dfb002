"""Kernels that fork from a warm process, for whatever starts kernels with `jupyter_client`.

A Python kernel spends its first seconds on imports, the same ones each time. Here one process
(`cinqcles.classroom.warm`) makes them once, and forks a kernel each time one is asked for.

Registered as the kernel provisioner ``cinqcles-fork``, and named by the kernelspec ``cinqcles``, so
that JupyterLab, nbclient, papermill and nbgrader use it unchanged. With
``JUPYTER_DEFAULT_PROVISIONER_NAME=cinqcles-fork`` every Python kernel forks, whatever its
kernelspec. A kernel that a fork could not serve as well (another interpreter, other arguments of
Python's own, an environment that its imports would have read) is started the usual way.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

_READ_AT_START = ("PYTHON", "LD_", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "MPLCONFIGDIR")
_PYTHON = [sys.executable, "-Xfrozen_modules=off"]  # as ipykernel asks, for its debugger
_LAUNCHER = ["-m", "ipykernel_launcher"]
# What the warm process of boxes is started with. One box works on one core: several run at once.
# Memory in large pages is forked sooner, there being fewer of them.
BARE = {
    "PATH": os.pathsep.join([str(Path(sys.prefix) / "bin"), "/usr/local/bin", "/usr/bin", "/bin"]),
    "LANG": "C.UTF-8",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


class ForkingProvisioner(LocalProvisioner):
    """jupyter_client's own local provisioner, whose kernel is forked where it can be."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel, or start it as `LocalProvisioner` does."""
        asked = self._scrub_kwargs(kwargs)
        env = asked.pop("env", None)
        env = dict(os.environ if env is None else env)
        independent, cwd = asked.pop("independent", False), asked.pop("cwd", None)
        streams = [asked.pop(name, None) for name in ("stdin", "stdout", "stderr")]
        # Waiting for the warm process to be ready would take longer than doing without.
        if asked or not can_fork(cmd, env) or not warm().ready(0):
            return await super().launch_kernel(cmd, **kwargs)
        forked = Forked(cmd, env, cwd, streams, independent=independent)
        self.process: Any = forked
        self.pid = self.pgid = forked.pid  # it leads a session of its own
        self.cwd = cwd or Path.cwd()
        await self._until_it_listens()
        return self.connection_info

    async def _until_it_listens(self) -> None:
        """Wait for the kernel's sockets, a moment: a client too early tries again after 0.1 s."""
        about = self.connection_info
        ip, port = about.get("ip", ""), about.get("shell_port", 0)
        where = (ip, port) if about.get("transport") == "tcp" else f"{ip}-{port}"
        family = socket.AF_INET if about.get("transport") == "tcp" else socket.AF_UNIX
        for _attempt in range(100):
            with socket.socket(family, socket.SOCK_STREAM) as probe, suppress(OSError):
                probe.connect(where)
                return
            if await self.poll() is not None:
                return
            await asyncio.sleep(0.01)


def can_fork(cmd: list[str], env: Mapping[str, str], *, boxed: bool = False) -> bool:
    """Whether a fork of the warm process can be what this command would start."""
    return (
        hasattr(os, "fork")
        and [word for word in cmd[:4] if word != _PYTHON[1]][:3] == [sys.executable, *_LAUNCHER]
        and _read_at_start(env) == _read_at_start(BARE if boxed else os.environ)
    )


def _read_at_start(env: Mapping[str, str]) -> dict[str, str]:
    """What Python, or a library as it is imported, reads once: a fork cannot change it."""
    return {name: value for name, value in env.items() if name.startswith(_READ_AT_START)}


class Forked:
    """A forked kernel, as `subprocess.Popen` would show it.

    Parameters
    ----------
    box
        The box to fork it into: ``pid``, and ``bind`` for `confine.bind`. The standard streams and
        the environment of the warm process are then nothing it has a hold on.

    Raises
    ------
    OSError
        It could not be forked, or not into that box.
    """

    args: list[str]
    pid: int
    returncode: int | None = None
    stdin: IO[bytes] | None = None
    stdout: IO[bytes] | None = None
    stderr: IO[bytes] | None = None
    _heard = b""

    def __init__(
        self,
        cmd: list[str],
        env: dict[str, str],
        cwd: str | os.PathLike[str] | None,
        streams: list[Any],
        *,
        independent: bool,
        box: dict[str, Any] | None = None,
    ) -> None:
        self.args = cmd
        self._lock = threading.Lock()
        with ExitStack() as ours:
            fds: list[int] = []
            for stream in streams:
                fds.append(self._theirs(fds, stream, ours))
            request = {
                "arguments": cmd[cmd.index(_LAUNCHER[1]) + 1 :],
                "env": env,
                "cwd": os.fspath(cwd or Path.cwd()),
                "independent": independent,
            }
            if box is not None:
                request["box"] = box
            self._line = warm(boxed=box is not None).fork(request, fds)
        started = self._told(None)
        if started is None:
            self._line.close()
            message = "the warm process could not fork a kernel"
            raise OSError(message)
        self.pid = started

    def _theirs(self, above: list[int], stream: Any, ours: ExitStack) -> int:
        """The kernel's end of the next standard stream, told as `subprocess.Popen` is told.

        As in jupyter_client, a kernel whose input is not told has an empty one of its own.
        """
        place = len(above)
        if stream == subprocess.STDOUT:
            return above[1]
        if stream == subprocess.PIPE or (stream is None and place == 0):
            read, write = os.pipe()
            kept, given = (write, read) if place == 0 else (read, write)
            ours.callback(os.close, given)
            opened = os.fdopen(kept, "wb" if place == 0 else "rb")
            setattr(self, ("stdin", "stdout", "stderr")[place], opened)
            return given
        if stream == subprocess.DEVNULL:
            null = os.open(os.devnull, os.O_RDWR)
            ours.callback(os.close, null)
            return null
        if stream is None:
            return place
        return stream if isinstance(stream, int) else int(stream.fileno())

    def poll(self) -> int | None:
        """The exit code, negative for a signal; ``None`` while the kernel runs."""
        return self._read(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once there is one.

        Raises
        ------
        subprocess.TimeoutExpired
            The kernel still runs after ``timeout`` seconds.
        """
        code = self._read(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return code

    def _read(self, timeout: float | None) -> int | None:
        with self._lock:
            if self.returncode is None:
                try:
                    code = self._told(timeout)
                except (TimeoutError, BlockingIOError):
                    return None
                # Without a warm process left to tell, the kernel has ended with it.
                self.returncode = -signal.SIGKILL if code is None else code
                self._line.close()
            return self.returncode

    def _told(self, timeout: float | None) -> int | None:
        """The next number told on the line; ``None`` if it was closed."""
        self._line.settimeout(timeout)
        while b"\n" not in self._heard:
            part = self._line.recv(64)
            if not part:
                return None
            self._heard += part
        number, _end, self._heard = self._heard.partition(b"\n")
        return int(number)

    def send_signal(self, signum: int) -> None:
        """Send a signal, unless the kernel is known to have ended."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the kernel."""
        self.send_signal(signal.SIGKILL)


class Warm:
    """The process that has made the imports, and the line it takes requests on.

    Parameters
    ----------
    boxed
        It forks for boxes only: what it was started with stays readable in each of its forks, so
        it is started with nothing of this process's environment.
    line
        That of one which another process has started, and shares.

    Attributes
    ----------
    process
        It, where this process has started it.
    """

    process: subprocess.Popen[bytes] | None = None

    def __init__(self, *, boxed: bool = False, line: socket.socket | None = None) -> None:
        self._env = BARE if boxed else os.environ
        self.read_at_start = _read_at_start(self._env)
        self._ready = False
        if line is not None:
            self.line = line
            return
        self.line, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603 - this very Python
                # -P: the folder it is started from is nobody's to import from.
                [*_PYTHON, "-P", "-m", "cinqcles.classroom.warm", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=self._env,
            )
        # It ends when the line is closed, be it because this process has ended.
        self._end = weakref.finalize(self, _end, self.line, self.process)

    def fork(self, request: dict[str, Any], fds: list[int]) -> socket.socket:
        """Ask for a kernel: the line on which its pid, then its exit code, are told."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(self.line, [b"."], [theirs.fileno(), *fds])
            ours.sendall(json.dumps(request).encode() + b"\n")
        except OSError:
            ours.close()
            raise
        return ours

    def ready(self, timeout: float | None = None) -> bool:
        """Whether it has made its imports, by the end of ``timeout`` seconds."""
        if not self._ready and self._state(timeout) & select.POLLIN:
            with suppress(ConnectionResetError):
                # Left there, for all who share it to read.
                self._ready = self.line.recv(1, socket.MSG_PEEK) == b"."
        return self._ready

    def usable(self) -> bool:
        """Whether it still runs, and has read what a new process would."""
        ended = self._state(0) & select.POLLHUP
        return not ended and self.read_at_start == _read_at_start(self._env)

    def _state(self, timeout: float | None) -> int:
        """What there is on its line, by the end of ``timeout`` seconds, as `select.poll` says."""
        look = select.poll()
        look.register(self.line, select.POLLIN)
        return sum(event for _fd, event in look.poll(None if timeout is None else timeout * 1000))

    def forget(self) -> None:
        """Let go of it, in a fork of a process that had it."""
        self.line.close()
        if self.process:
            self._end.detach()
            self.process.returncode = 0  # nor is it waited for


def _end(line: socket.socket, process: subprocess.Popen[bytes]) -> None:
    line.close()
    process.wait()


_warm: dict[bool, Warm] = {}
_starting = threading.Lock()


def warm(*, boxed: bool = False) -> Warm:
    """This process's warm one, of boxes or of all else, started at need."""
    with _starting:
        found = _warm.get(boxed)
        if found is None or not found.usable():
            found = _warm[boxed] = Warm(boxed=boxed)
        return found


def share(line: socket.socket) -> None:
    """Have the warm process of boxes that another process of ours has started, by its line."""
    _warm[True] = Warm(boxed=True, line=line)


def _start_anew() -> None:
    """In a fork: its parent's warm processes are not its own, nor is a lock some thread held."""
    global _starting  # noqa: PLW0603
    _starting = threading.Lock()
    for theirs in _warm.values():
        theirs.forget()
    _warm.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)
