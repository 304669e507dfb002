"""The box learner code runs in (contract 4): it can touch nothing, and has bounds.

Inside there is Python and its packages, read-only, and a scratch folder in memory: no folder of
this machine, no gradebook, no key, no other copy, no network, no process but its own, no right.
CPU time, memory, files, processes, duration and all that it says are bounded.

`bwrap` makes the box, around a program that only waits; a fork of a warm process enters it, where
what takes a kernel seconds has been imported. A kernel that a fork cannot be is started cold, as
the box's own program (`cinqcles.classroom.boxed`).
"""

from __future__ import annotations

import errno
import json
import os
import select
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, cast

import cinqcles
from cinqcles.classroom import confine, forking
from cinqcles.messages import _, number

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
TMP = "/tmp"  # noqa: S108 - the box's own
WORK = f"{TMP}/work"
# A user of its own for each box, beyond all those a system gives; the usual last resort else.
_FIRST_UID, _NOBODY = 0x70000000, 65534


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
            request = {"bind": bind, "command": command, "env": env, "cwd": WORK}
            self._pipes[0].write(json.dumps(request).encode() + b"\n")
            self._pipes[0].flush()
            self.process = self._bwrap
        else:
            forking.warm(boxed=True).ready(60)
            self.process = forking.Forked(
                command,
                env,
                WORK,
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
        *("--perms", "1777", "--size", str(DISK), "--tmpfs", TMP),
        *(part for path in above for part in ("--perms", "0755", "--dir", path)),
        *(part for path in seen for part in ("--ro-bind-try", path, path)),
        *("--remount-ro", "/dev", "--remount-ro", "/"),
        *("--chdir", TMP),
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
