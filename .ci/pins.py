"""Keep the pins: `uv run python .ci/pins.py [--upgrade | --check]`.

`constraint-dependencies`, in pyproject.toml, is the one list of versions: uv reads no other file
when it resolves a project, and a uv.lock would name an index host. Two lists are derived from it,
each completed with what a changed dependency brings in:

- `build-constraint-dependencies`, beside it: what builds the toolkit;
- `binder/requirements.txt`: what a learner's image holds. It stands alone, without a `-c` line,
  so that repo2docker rebuilds that layer only when a version changes.

With --upgrade the versions are chosen anew. With --check nothing is written: exit code 1 says
that something is out of date.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOT_FOR_LEARNERS = ("nbgrader", "papermill", "sqlalchemy")

# A name and a version, then perhaps a marker: never an option, an address or a path.
PIN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*==[A-Za-z0-9.!+]+( ; [a-z_]+ [^:/\\]+| ; \([^:/\\]+)?")

HEAD = """\
# What a learner's image holds. Written by `uv run python .ci/pins.py`: never edited by hand.
"""


def export(folder: Path, *options: str) -> list[str]:
    """The pins that uv gives to a set of the project's dependencies."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if not uv:
        sys.exit("uv is not on the path: pip install uv")
    command = [uv, "export", "--quiet", "--project", str(folder), "--no-hashes", "--no-header"]
    command += ["--no-annotate", "--no-emit-project", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"uv export failed:\n{done.stderr}")
    lines = done.stdout.splitlines()
    if odd := [line for line in lines if not PIN.fullmatch(line)]:
        sys.exit(f"not a plain pin, so not to be committed: {odd}")
    return lines


def pinned(project: str, table: str, pins: list[str]) -> str:
    """pyproject.toml's text, with these pins in one of the lists of [tool.uv]."""
    written = "".join(f'    "{pin}",\n' for pin in pins)
    text, found = re.subn(
        rf"(?ms)^{table} = \[\n.*?^\]", lambda _: f"{table} = [\n{written}]", project
    )
    if found != 1:
        sys.exit(f"pyproject.toml: one list {table} is wanted in [tool.uv], {found} found")
    return text


def derive(*, upgrade: bool) -> dict[Path, str]:
    """What the pinned files should hold."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trial = folder / "pyproject.toml"
        if upgrade:
            trial.write_text(pinned(project, "constraint-dependencies", []), encoding="utf-8")
        else:
            trial.write_text(project, encoding="utf-8")
            # As far as it agrees with pyproject.toml, it saves asking the index again.
            if (ROOT / "uv.lock").exists():
                shutil.copy(ROOT / "uv.lock", folder)
        everything = export(folder, "--all-groups", "--all-extras")
        build = export(folder, "--only-group", "build")
        left_out = [f"--prune={package}" for package in NOT_FOR_LEARNERS]
        learner = export(folder, "--no-dev", "--group", "binder", *left_out)
    project = pinned(project, "constraint-dependencies", everything)
    project = pinned(project, "build-constraint-dependencies", build)
    return {
        ROOT / "pyproject.toml": project,
        ROOT / "binder" / "requirements.txt": HEAD + "".join(f"{pin}\n" for pin in learner),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Keep the pins.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--upgrade", action="store_true", help="choose the newest versions")
    what.add_argument("--check", action="store_true", help="write nothing; fail if out of date")
    asked = parser.parse_args()
    wanted = derive(upgrade=asked.upgrade)
    stale = [
        file
        for file, text in wanted.items()
        if not file.exists() or file.read_text(encoding="utf-8") != text
    ]
    for file in stale:
        sys.stdout.write(f"{'out of date' if asked.check else 'written'}: {file.name}\n")
        if not asked.check:
            file.write_text(wanted[file], encoding="utf-8", newline="\n")
    if stale and asked.check:
        sys.exit("To mend it: uv run python .ci/pins.py")


if __name__ == "__main__":
    main()
