"""What a process does to itself so that the box holds it, between its start and learner code.

    python -I confine.py        # a bare Python, which the box itself has started

A fork of the warm process calls :func:`enter`, then, in a second fork that is inside, :func:`bind`.
What a fork cannot be runs this file as the box's program: it says that it is there by one byte on
its output, reads one line of JSON (``bind``, ``command``, ``env``, ``cwd``), and becomes that
command. Only the standard library is at hand, and Linux's own calls, by `ctypes`.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import struct
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

NAMESPACES = ("mnt", "net", "ipc", "uts", "cgroup", "pid")
_NS_GET_USERNS = 0xB701

_PR_SET_DUMPABLE, _PR_CAPBSET_READ, _PR_CAPBSET_DROP = 4, 23, 24
_PR_SET_SECCOMP, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 22, 36, 38
_SECCOMP_FILTER = 2
_CAPABILITY_VERSION = 0x20080522

# What would open a way out of the box's bounds is absent there: memory that no limit counts and
# no file system bounds, namespaces where one is root again, the keyrings of who started it all,
# and the parts of the kernel that most of its flaws are found in.
_ABSENT = {
    "x86_64": (
        0xC000003E,
        {
            "clone": 56,
            "shmget": 29,
            "semget": 64,
            "msgget": 68,
            "add_key": 248,
            "request_key": 249,
            "keyctl": 250,
            "unshare": 272,
            "perf_event_open": 298,
            "setns": 308,
            "memfd_create": 319,
            "bpf": 321,
            "userfaultfd": 323,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
            "clone": 220,
            "shmget": 194,
            "semget": 190,
            "msgget": 186,
            "add_key": 217,
            "request_key": 218,
            "keyctl": 219,
            "unshare": 97,
            "perf_event_open": 241,
            "setns": 268,
            "memfd_create": 279,
            "bpf": 280,
            "userfaultfd": 282,
        },
    ),
}
_ABSENT_EVERYWHERE = (425, 435, 447)  # io_uring_setup, clone3 (clone serves), memfd_secret
_CLONE_NEWUSER = 0x10000000


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _done(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _prctl(option: int, *given: Any) -> int:
    values = [ctypes.c_ulong(v) if isinstance(v, int) else v for v in given]
    values += [ctypes.c_ulong(0)] * (4 - len(values))
    return _done(_libc().prctl(option, *values))


def adopt_orphans() -> None:
    """Become the parent of what descends from this process and has lost its own."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def enter(pid: int) -> None:
    """Enter the namespaces of a box, where ``pid`` is; a fork made next is wholly inside.

    Raises
    ------
    OSError
        This machine does not let a process do so.
    """
    import fcntl  # noqa: PLC0415 - Windows has none

    ours = {_identity(f"/proc/self/ns/{kind}") for kind in ("user", *NAMESPACES)}
    opened = [os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY) for kind in NAMESPACES]
    # bwrap may nest two user namespaces: what it mounted belongs to the outer one.
    opened.insert(0, fcntl.ioctl(opened[0], _NS_GET_USERNS))
    opened.append(os.open(f"/proc/{pid}/ns/user", os.O_RDONLY))
    libc = _libc()
    for fd in opened:
        if _identity(fd) not in ours:
            ours.add(_identity(fd))
            _done(libc.setns(fd, 0))
    for fd in opened:
        os.close(fd)


def _identity(namespace: int | str) -> tuple[int, int]:
    found = os.stat(namespace)  # noqa: PTH116 - a descriptor, too
    return found.st_dev, found.st_ino


def bind(uid: int | None, limits: dict[str, int]) -> None:
    """Give up, for good, every right and all but bounded means.

    Parameters
    ----------
    uid
        Who to be instead of root; None to stay who one is.
    limits
        The most of each resource, by its name in `resource`.

    Raises
    ------
    OSError
        A bound could not be set: nothing that needs it may run.
    """
    import resource  # noqa: PLC0415 - Windows has none

    with suppress(OSError):  # where memory runs out all the same, what is in a box goes first
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    for name, most in limits.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        # A process past its CPU time is told so first: how it ended then says why.
        more = 2 if name == "RLIMIT_CPU" and bound == most else 0
        resource.setrlimit(kind, (bound, bound + more))
    for capability in range(64):
        try:
            held = _prctl(_PR_CAPBSET_READ, capability)
        except OSError:
            break  # the last one is behind
        if held:
            _prctl(_PR_CAPBSET_DROP, capability)
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header = struct.pack("Ii", _CAPABILITY_VERSION, 0)
    _done(_libc().capset(header, bytes(24)))
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _filter_calls()
    # Whoever changes rights becomes unreadable in /proc, to itself and to its watchers.
    _prctl(_PR_SET_DUMPABLE, 1)
    os.umask(0o022)


def _filter_calls() -> None:
    machine = os.uname().machine
    if machine not in _ABSENT:
        raise OSError(errno.ENOSYS, f"no list of system calls for {machine}")
    abi, calls = _ABSENT[machine]
    load, equal, at_least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    absent = [n for name, n in calls.items() if name != "clone"] + list(_ABSENT_EVERYWHERE)
    # (operation, lines to skip if so, if not, value); the last two lines refuse and allow.
    program: list[tuple[int, int | None, int | None, int]] = [
        (load, 0, 0, 4),  # the ABI: x86's others would have numbers of their own
        (equal, 0, None, abi),
        (load, 0, 0, 0),  # the call's number
        (at_least, None, 0, 0x40000000),
        *((equal, None, 0, number) for number in absent),
        (equal, 0, 2, calls["clone"]),
        (load, 0, 0, 16),  # its first argument
        (any_bit, None, 0, _CLONE_NEWUSER),
        (give, 0, 0, 0x7FFF0000),
        (give, 0, 0, 0x00050000 | errno.ENOSYS),
    ]
    refuse = len(program) - 1
    code = b"".join(
        struct.pack(
            "HBBI",
            operation,
            refuse - line - 1 if so is None else so,
            refuse - line - 1 if otherwise is None else otherwise,
            value,
        )
        for line, (operation, so, otherwise, value) in enumerate(program)
    )
    held = ctypes.create_string_buffer(code)
    filtered = struct.pack("HxxxxxxP", len(program), ctypes.addressof(held))
    _prctl(_PR_SET_SECCOMP, _SECCOMP_FILTER, ctypes.c_char_p(filtered))


def main() -> None:
    """Wait inside the box for what to become, and become it."""
    os.write(1, b".")
    asked = json.loads(sys.stdin.buffer.readline())
    bind(**asked["bind"])
    os.chdir(asked["cwd"])
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.execvpe(asked["command"][0], asked["command"], asked["env"])  # noqa: S606 - no shell


if __name__ == "__main__":
    main()
