"""The warm process: it makes a kernel's imports once, then forks a kernel a request.

    python -P -m cinqcles.classroom.warm <file descriptor of a Unix socket>

It says that it is ready by one byte on that socket. A request is one byte there, with four file
descriptors: a line of its own (a Unix socket), and what are to be the kernel's standard streams.
On that line comes one line of JSON, ``arguments``, ``env``, ``cwd``, ``independent``; there go the
kernel's pid, then its exit code, one line of JSON each. With ``box`` (``pid``, and what
`confine.bind` is given) the kernel runs inside that box, where it opens streams of its own.

Nothing here starts a thread or a connection, so that a fork is as good as a new process.
"""

from __future__ import annotations

import atexit
import compileall
import gc
import importlib
import importlib.util
import io
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
import time
import warnings
from contextlib import suppress
from typing import Any

from cinqcles.classroom import confine

# What a kernel imports as it starts, then what learner code most often makes it import.
IMPORTS = (
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "tornado.platform.asyncio",
    "sqlite3",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "faulthandler",
    "psutil",
    "stack_data",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "ipywidgets",
    "pandas",
    "pandas.io.formats.html",
    "pandas.io.formats.string",
    "pandas.io.formats.style",
    "pandas.plotting._matplotlib",
    "scipy.optimize",
    "babel.dates",
    "cinqcles.views.selfcheck",
    "cinqcles.views.worksheet",
    "cinqcles.data.company",
    "cinqcles.keys.attention",
    "cinqcles.keys.coherence",
    "cinqcles.keys.fashion",
    "cinqcles.keys.placement",
    "cinqcles.keys.purpose",
)
# What each kernel is to import by itself: it looks there for the kernel it is imported in. It is
# compiled once all the same, for a box cannot keep what it compiles.
COMPILED = ("ipykernel_launcher", "matplotlib_inline")
INLINE = "module://matplotlib_inline.backend_inline"


def serve(line: socket.socket) -> dict[str, Any] | None:
    """Take requests until the line closes: ``None``; in a fork, return what was asked of it."""
    wake, woken = socket.socketpair()
    for end in (wake, woken):
        end.setblocking(False)
    signal.set_wakeup_fd(woken.fileno())
    signal.signal(signal.SIGCHLD, lambda *_given: None)
    kernels: dict[int, socket.socket] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(line, selectors.EVENT_READ)
        selector.register(wake, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _events in selector.select()}
            if wake in ready:
                wake.recv(4096)
                _bury(kernels)
            if line not in ready:
                continue
            try:
                byte, fds, _flags, _address = socket.recv_fds(line, 1, 4)
            except ConnectionResetError:  # closed by one who had not read that we were ready
                return None
            if not byte:
                return None
            own = socket.socket(fileno=fds[0])
            request = _request(own)
            pid = _fork(request) if request else -1
            if request and not pid:
                signal.set_wakeup_fd(-1)
                for unneeded in (line, wake, woken, own, *kernels.values()):
                    unneeded.close()
                return request | {"streams": fds[1:]}
            for fd in fds[1:]:
                os.close(fd)
            if pid > 0:
                kernels[pid] = own
                _tell(own, pid)
            else:
                own.close()


def _request(line: socket.socket) -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        line.settimeout(10)
        return json.loads(line.makefile("rb").readline())  # type: ignore[no-any-return]
    return None


def _fork(request: dict[str, Any]) -> int:
    """As `os.fork`, into the box if one is asked for; -1 if it cannot be entered."""
    if "box" not in request:
        return os.fork()
    confine.adopt_orphans()
    told, telling = os.pipe()
    between = os.fork()
    if not between:
        with suppress(OSError):
            confine.enter(request["box"]["pid"])
            # The fork of what has entered is inside: its pid, seen from here, is what is told.
            kernel = os.fork()
            if not kernel:
                os.close(told)
                os.close(telling)
                return 0
            os.write(telling, str(kernel).encode())
        os._exit(0)
    os.close(telling)
    with os.fdopen(told) as line:
        said = line.read()
    os.waitpid(between, 0)
    return int(said or -1)


def _tell(line: socket.socket, what: int) -> None:
    with suppress(OSError):  # nobody listens any more
        line.sendall(json.dumps(what).encode() + b"\n")


def _bury(kernels: dict[int, socket.socket]) -> None:
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            line = kernels.pop(pid, None)
            if line:
                _tell(line, os.waitstatus_to_exitcode(status))
                line.close()


def become(request: dict[str, Any]) -> None:
    """Make this process what a new one would be: its session, streams, folder, environment."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if "box" in request:
        os.closerange(0, os.sysconf("SC_OPEN_MAX"))  # nothing opened outside is left
        request["streams"] = [os.open(os.devnull, os.O_RDWR)] * 3
        confine.bind(**request["box"]["bind"])
    for place, fd in enumerate(request["streams"]):
        os.dup2(fd, place)
    for fd in set(request["streams"]) - {0, 1, 2}:
        os.close(fd)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    sys.modules["numpy"].random.seed()  # what code that knows no other draws from
    # As ipykernel does, but before the import, which has been made here already.
    os.environ.setdefault("MPLBACKEND", INLINE)
    sys.modules["matplotlib"].rcParams["backend"] = os.environ["MPLBACKEND"]
    sys.argv = ["ipykernel_launcher", *request["arguments"]]
    if not request["independent"]:
        os.environ["JPY_PARENT_PID"] = str(os.getppid())
        # ipykernel has read the variable already; a kernel ends when its parent does.
        sys.argv.append(f"--IPKernelApp.parent_handle={os.getppid()}")


def _compile(name: str) -> None:
    """Have the bytecode of a module, or of a package, kept beside it, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec and spec.submodule_search_locations:
        compileall.compile_dir(spec.submodule_search_locations[0], quiet=2)
    elif spec and spec.origin:
        compileall.compile_file(spec.origin, quiet=2)


def _gather() -> None:
    """Put the names of modules' files side by side: a kernel asks for each as it starts, and would
    have a copy of all the memory that they are spread over.
    """
    modules = [each for each in sys.modules.values() if isinstance(each, type(sys))]
    found = [each for each in modules if isinstance(vars(each).get("__file__"), str)]
    anew = [str(m.__file__)[:1] + str(m.__file__)[1:] for m in found]
    for module, file in zip(found, anew, strict=True):
        module.__file__ = file


def first_uses() -> None:
    """Do once what is slow the first time: a figure, a table, an error as a notebook shows it.

    Figures are drawn without `pyplot`, which is to find its backend in the kernel.
    """
    sys.modules["matplotlib"].rcsetup.validate_backend(INLINE)  # which asks every package there is
    figure = sys.modules["matplotlib.figure"].Figure()
    axes = figure.subplots()
    axes.set(title="Clé", xlabel="a", ylabel="b")
    axes.plot([0, 1], label="c")
    axes.hist([0, 1])
    axes.scatter([0], [1])
    axes.legend()
    figure.tight_layout()
    figure.savefig(io.BytesIO(), bbox_inches="tight")
    frame = sys.modules["pandas"].DataFrame({"a": ["x", "y"], "b": [1.0, 2.0]})
    frame.groupby("a").describe().to_html()
    frame.pivot_table(index="a", values="b", aggfunc=["mean", "median"])
    try:
        frame["c"]
    except KeyError as error:
        show = sys.modules["IPython.core.ultratb"].FormattedTB("Context")
        show.structured_traceback(type(error), error, error.__traceback__)


def end() -> None:
    """End a kernel's process as Python does, but for freeing, object by object, what it holds.

    To take down hundreds of modules costs more than most of the cells there are.
    """
    app = sys.modules["ipykernel.kernelapp"].IPKernelApp.instance()
    app.control_thread.stop()  # it may still be at the request to shut down
    app.control_thread.join()
    threading._shutdown()  # type: ignore[attr-defined]
    (file,) = io.IOBase.__bases__  # of which all are made; the abstract class is slower to ask
    held = [each for each in gc.get_objects() if issubclass(type(each), file)]
    gc.freeze()  # IPython looks for what it could free, one last time
    atexit._run_exitfuncs()
    for each in reversed(held):  # the last made first: it may write to another
        with suppress(Exception):
            each.close()
    os._exit(0)


def main() -> None:
    """Import, serve, and in each fork run a kernel to its end."""
    line = socket.socket(fileno=int(sys.argv[1]))
    gc.disable()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in IMPORTS:
            with suppress(ImportError):  # what needs it will say so
                importlib.import_module(name)
        for name in COMPILED:
            with suppress(Exception):
                _compile(name)
        with suppress(Exception):  # what it has not done is done later
            first_uses()
    _gather()
    gc.collect()
    gc.freeze()  # what is never looked at again stays shared between the forks
    gc.set_threshold(10_000)  # a kernel makes much that it keeps
    gc.enable()
    try:
        line.sendall(b".")
    except OSError:  # there is nobody left
        return
    request = serve(line)
    if request is not None:
        become(request)
        runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)
        end()


if __name__ == "__main__":
    main()
