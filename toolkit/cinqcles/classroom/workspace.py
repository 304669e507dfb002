"""A learner's workspace: the lessons and the released worksheets, and JupyterLab opened on them.

What a learner changed is never overwritten: a new version of the course arrives beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cinqcles.classroom.course import DELIVERED
from cinqcles.errors import ClassroomError
from cinqcles.messages import _
from cinqcles.worksheet.identity import WELCOME

FOLDERS = ("course", "exercises")
FIRST_PORT, LAST_PORT = 8888, 8988
SERVER_LOG = Path(".cinqcles") / "serveur.log"
LAST_LINES = 12  # of it, shown when the server ends in error


def prepare(course: Path, workspace: Path) -> list[str]:
    """Bring a workspace up to date with the course.

    Returns:
        A line for each file that a learner changed and whose new version was put beside it.

    Raises:
        ClassroomError: the folder cannot be written.
    """
    record = workspace / DELIVERED
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        delivered: dict[str, str] = _read(record)
        told = []
        for source in _course_files(course):
            name = source.relative_to(course).as_posix()
            if line := _deliver(source, workspace, name, delivered):
                told.append(line)
        aside = record.with_suffix(".tmp")
        aside.write_text(json.dumps(delivered, indent=1), encoding="utf-8")
        aside.replace(record)
    except OSError as error:
        raise ClassroomError(
            _(
                "Impossible d’écrire dans {folder} ({error}). Choisissez un autre dossier\u00a0: "
                "cinqcles lab AUTRE_DOSSIER."
            ).format(folder=workspace, error=error.strerror or error)
        ) from error
    return told


def _read(record: Path) -> dict[str, str]:
    try:
        found = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # without a record every file is taken for the learner's, and kept
    return found if isinstance(found, dict) else {}


def _course_files(course: Path) -> list[Path]:
    return [
        file
        for folder in FOLDERS
        for file in sorted((course / folder).rglob("*"))
        if file.is_file()
        and not any(part.startswith(".") for part in file.parts[len(course.parts) :])
    ]


def _deliver(source: Path, workspace: Path, name: str, delivered: dict[str, str]) -> str | None:
    new = _digest(source)
    target = workspace / name
    target.parent.mkdir(parents=True, exist_ok=True)
    theirs = _digest(target) if target.exists() else None
    if theirs in (None, new, delivered.get(name)):
        if theirs != new:
            shutil.copyfile(source, target)
        delivered[name] = new
        return None
    if delivered.get(name) == new:
        return None  # theirs is changed, the course is not
    beside = _free_name(target)
    shutil.copyfile(source, beside)
    delivered[name] = new
    return _(
        "Le cours a changé\u00a0: votre {name} est gardé tel quel, la nouvelle version est à côté "
        "({beside})."
    ).format(name=name, beside=beside.name)


def _free_name(target: Path) -> Path:
    names = (
        target.with_name(f"{target.stem}.nouvelle-version{n}{target.suffix}")
        for n in ("", *(f"-{k}" for k in range(2, 1000)))
    )
    return next(name for name in names if not name.exists())


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def open_lab(
    workspace: Path, *, port: int | None, browser: bool, say: Callable[[str], None]
) -> int:
    """Run JupyterLab on a workspace until it is stopped; its exit code.

    Args:
        port: the port to use; by default the first free one from 8888.
        browser: open the default browser, if there is one.
        say: tells the learner where to go.

    Raises:
        ClassroomError: the port asked for is taken, or none is free.
    """
    port = _free_port(port)
    token = secrets.token_hex(24)
    url = f"http://localhost:{port}/lab/tree/{WELCOME}?token={token}"
    if browser and not _has_browser():
        browser = False
        say(_("Aucun navigateur n’a été trouvé sur cette machine."))
    say(_("JupyterLab démarre\u00a0: quelques secondes…"))
    command = [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={workspace}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.open_browser={browser}",
        f"--LabApp.default_url=/lab/tree/{WELCOME}",
        f"--LabApp.app_settings_dir={Path(__file__).parent / 'lab_settings'}",
        # What was open is this folder's: not what another course left open on the machine.
        f"--LabApp.workspaces_dir={workspace / '.cinqcles' / 'tabs'}",
        "--ServerApp.kernel_websocket_connection_class=cinqcles.classroom.connection.Connection",
        # One kernel to choose from is none to choose: the forked one is for those who grade.
        "--KernelSpecManager.allowed_kernelspecs=python3",
        "--Application.log_level=WARN",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container, root is the only user there is
    # What the server says is English, and a learner's terminal is no place for it.
    log = workspace / SERVER_LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        # The token goes by the environment: a command line is there for every user to read.
        env = {**os.environ, "JUPYTER_TOKEN": token}
        server = subprocess.Popen(command, env=env, stdout=out, stderr=out)  # noqa: S603
    try:
        if _listens(port, server):
            say(_("Le cours est à cette adresse\u00a0: {url}").format(url=url))
            say(_("Pour arrêter\u00a0: Ctrl + C dans cette fenêtre."))
        code = server.wait()
    except KeyboardInterrupt:
        server.terminate()
        server.wait()
        return 0
    if code:
        last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
        why = _("JupyterLab s’est arrêté sur une erreur. Ses derniers mots, dans {log}\u00a0:")
        say("\n".join([why.format(log=log), *last]))
    return code


def _listens(port: int, server: subprocess.Popen[bytes]) -> bool:
    """Wait for a server to listen; False if it ends before."""
    while server.poll() is None:
        with suppress(OSError), socket.create_connection(("localhost", port), timeout=1):
            return True
        time.sleep(0.1)
    return False


def _has_browser() -> bool:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _free_port(asked: int | None) -> int:
    for port in [asked] if asked else range(FIRST_PORT, LAST_PORT + 1):
        with socket.socket() as trial:
            if os.name != "nt":  # there, it would let two servers share one port
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("localhost", port))
            except OSError:
                continue
            return port
    raise ClassroomError(
        _(
            "Le port {port} est déjà pris. Choisissez-en un autre avec --port, ou laissez cinqcles "
            "en chercher un libre."
        ).format(port=asked)
        if asked
        else _("Aucun port libre entre {first} et {last}.").format(first=FIRST_PORT, last=LAST_PORT)
    )
