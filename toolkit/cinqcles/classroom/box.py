"""The box learner code runs in (contract 4): a kernel under bubblewrap.

Inside, there is Python and its packages, read-only, and one scratch folder: no gradebook, no
key, no other copy, no network, no process but its own, and an emptied environment. CPU time,
memory, file size and the number of processes are bounded; the grader bounds the wall time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

import cinqcles
from cinqcles.errors import ClassroomError
from cinqcles.messages import _

CELL_TIMEOUT_S = 20
LIMITS = {
    "--cpu": 60,  # seconds
    "--as": 4 * 2**30,  # bytes of address space
    "--fsize": 64 * 2**20,  # bytes of any one file
    "--nproc": 256,
    "--nofile": 512,
}


@cache
def why_no_box() -> str | None:
    """``None`` where code can be boxed, else what is missing and how to get it."""
    if not sys.platform.startswith("linux"):
        return _("l’isolement du code demande Linux")
    if not shutil.which("bwrap") or not shutil.which("prlimit"):
        return _(
            "bubblewrap n’est pas installé (sous Debian et Ubuntu\u00a0: apt install bubblewrap)"
        )
    tried = subprocess.run(  # noqa: S603 - a fixed command
        [*_bwrap(Path("/tmp")), "true"],  # noqa: S108 - hidden by the box's own /tmp
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode:
        return _("bubblewrap ne peut pas isoler sur cette machine ({error})").format(
            error=tried.stderr.strip()[:200]
        )
    return None


def _bwrap(scratch: Path) -> list[str]:
    system = ["/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc"]
    python = [sys.prefix, sys.base_prefix, str(Path(cinqcles.__file__).parents[1])]
    seen = [folder for folder in system + python if Path(folder).exists()]
    return [
        "bwrap",
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--clearenv",
        *("--setenv", "PATH", "/usr/bin:/bin"),
        *("--setenv", "HOME", str(scratch)),
        *("--setenv", "LANG", "C.UTF-8"),
        *("--setenv", "MPLBACKEND", "agg"),
        *("--setenv", "CINQCLES_COURSE_KEY", os.environ.get("CINQCLES_COURSE_KEY", "cinqcles")),
        *("--proc", "/proc"),
        *("--dev", "/dev"),
        *("--tmpfs", "/tmp"),  # noqa: S108 - a fresh one, inside the box
        *(part for folder in seen for part in ("--ro-bind", folder, folder)),
        *("--bind", str(scratch), str(scratch)),
        *("--chdir", str(scratch)),
    ]


class BoxedKernelManager(AsyncKernelManager):
    """A kernel manager whose kernels start in the box and talk through files, not the network."""

    scratch: Path

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        kernel: list[str] = super().format_kernel_cmd(extra_arguments)
        limits = [f"{name}={bound}" for name, bound in LIMITS.items()]
        return [*_bwrap(self.scratch), "prlimit", *limits, "--", *kernel]


def run(notebook: NotebookNode, *, unsandboxed: bool = False) -> NotebookNode:
    """Run a notebook's cells, errors included, and return it with its outputs.

    Raises:
        ClassroomError: this machine cannot isolate, and ``unsandboxed`` is not set; or the
            kernel died, or a cell outlasted :data:`CELL_TIMEOUT_S`.
    """
    missing = why_no_box()
    if missing and not unsandboxed:
        raise ClassroomError(
            _(
                "Le code de la copie n’a pas été exécuté\u00a0: {missing}. Pour l’exécuter "
                "quand même, sans protection, ajoutez --unsandboxed --again."
            ).format(missing=missing)
        )
    with TemporaryDirectory(prefix="cinqcles-") as folder:
        manager: dict[str, Any] = {}
        if not missing:
            scratch = Path(folder)
            boxed = BoxedKernelManager(
                transport="ipc",
                ip=str(scratch / "kernel"),
                connection_file=str(scratch / "kernel.json"),
            )
            boxed.scratch = scratch
            manager["km"] = boxed
        client = NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT_S,
            interrupt_on_timeout=True,
            allow_errors=True,
            resources={"metadata": {"path": folder}},
            **manager,
        )
        try:
            quiet = subprocess.DEVNULL
            client.execute(cleanup_kc=True, cwd=folder, stdout=quiet, stderr=quiet)
        except Exception as died:  # a kernel can die in many ways
            raise ClassroomError(
                _(
                    "Le code de la copie a arrêté l’exécution ou a duré trop longtemps ({name})."
                ).format(name=type(died).__name__)
            ) from died
    return notebook
