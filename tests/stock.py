"""nbgrader's own commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def nbgrader(course: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A stock nbgrader command, in this course."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["nbgrader", *arguments],
        cwd=course,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
