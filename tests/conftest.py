"""What the tests share: a course of one's own, and a real Chromium."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest
from IPython.core.interactiveshell import InteractiveShell
from playwright.sync_api import Browser, Page, expect, sync_playwright
from traitlets.config import Config

from copies import COURSE

expect.set_options(timeout=60_000)  # a kernel takes its time to start, more so on a busy machine

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-quic"]
CINQCLES = str(Path(sys.executable).with_name("cinqcles"))
COURSE_FILES = ("course", "exercises", "solutions", "nbgrader_config.py")


def _copy_course(to: Path) -> Path:
    for name in COURSE_FILES:
        source = COURSE / name
        if source.is_dir():
            shutil.copytree(source, to / name)
        else:
            shutil.copy(source, to / name)
    # Keys take seconds to compute, and depend only on what is under test: all tests share them.
    kept = COURSE / ".cinqcles" / "references"
    kept.mkdir(parents=True, exist_ok=True)
    (to / ".cinqcles").mkdir()
    (to / ".cinqcles" / "references").symlink_to(kept)
    return to


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A copy of the course to work in, without a gradebook."""
    folder = tmp_path / "cours"
    folder.mkdir()
    return _copy_course(folder)


def _missing(what: str) -> None:
    """Skip what this machine cannot run; but continuous integration must run everything."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL, on a socket of its own: the folder of that socket."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = shutil.which("initdb") or (str(found[-1]) if found else None)
    if initdb is None:
        _missing("no PostgreSQL on this machine (Debian, Ubuntu: apt install postgresql)")
    # PostgreSQL refuses to run as root: it is then the user that its package made.
    user = "postgres" if os.geteuid() == 0 else None
    folder = tempfile.mkdtemp(prefix="pg-")  # a socket's path is short
    if user:
        shutil.chown(folder, user)

    def run(name: str, *arguments: str) -> None:
        command = [str(Path(str(initdb)).with_name(name)), "-D", f"{folder}/data", *arguments]
        subprocess.run(command, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)

    run("initdb", "-A", "trust", "-U", "cinqcles", "-E", "UTF8", "--no-sync")
    run("pg_ctl", "-w", "-l", f"{folder}/log", "-o", f"-k {folder} -h '' -F", "start")
    yield folder
    run("pg_ctl", "-w", "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture
def postgres(postgres_server: str) -> str:
    """The address of an empty database."""
    name = f"cours_{uuid.uuid4().hex}"
    with psycopg.connect(f"host={postgres_server} user=cinqcles dbname=postgres") as connection:
        connection.autocommit = True
        connection.execute(f"CREATE DATABASE {name}")
    return f"postgresql+psycopg://cinqcles@/{name}?host={postgres_server}"


@pytest.fixture(scope="module")
def shell() -> Iterator[InteractiveShell]:
    """What a notebook's code runs in, for this process."""
    config = Config()
    config.HistoryManager.enabled = False
    yield InteractiveShell.instance(config=config)
    InteractiveShell.clear_instance()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium, ended with the module: Playwright runs an event loop meanwhile."""
    if CHROMIUM is None:
        _missing("no Chromium on this machine (Debian, Ubuntu: apt install chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=FLAGS,
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page as wide as a small laptop's."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="fr-FR")
    context.set_default_timeout(120_000)
    page = context.new_page()
    # On a slow machine JupyterLab's autosave and a save asked for may cross, and it then asks which
    # to keep: the last of its two warnings is "overwrite", which is what a learner would answer.
    crossed = page.locator("dialog.jp-Dialog", has_text="a changé sur le disque")
    page.add_locator_handler(crossed, crossed.locator(".jp-mod-warn").last.click)
    # When its server has died, JupyterLab says so some time later, in front of everything: when it
    # calls, and when it saves.
    died = re.compile("Erreur de connexion au serveur|Erreur d.enregistrement du fichier")
    lost = page.locator("dialog.jp-Dialog", has_text=died)
    page.add_locator_handler(lost, lost.locator(".jp-Dialog-button").last.click)
    yield page
    context.close()


class Lab:
    """A ``cinqcles lab`` of one's own.

    Attributes:
        folder: its workspace.
        address: ``http://localhost:<port>``.
        token: what opens it.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        log = folder.parent / f"{folder.name}.log"
        with log.open("w", encoding="utf-8") as out:
            self.process = subprocess.Popen(
                [CINQCLES, "lab", str(folder), "--no-browser", f"--port={_free_port()}"],
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=COURSE,
                env=os.environ | {"PYTHONUNBUFFERED": "1"} | environment,
                start_new_session=True,
            )
        for _attempt in range(240):
            said = log.read_text(encoding="utf-8")
            if found := re.search(r"(http://localhost:\d+)/\S+token=(\w+)", said):
                self.address, self.token = found.groups()
                if self._answers():
                    return
            time.sleep(0.25)
        pytest.fail(f"JupyterLab did not start: {said}")

    def _answers(self) -> bool:
        try:
            urlopen(f"{self.address}/api?token={self.token}").close()
        except OSError:
            return False
        return True

    def url(self, path: str) -> str:
        return f"{self.address}/lab/tree/{path}?token={self.token}&reset"

    def kill(self) -> None:
        """End the server and its kernels at once, as a power cut would."""
        listed = subprocess.run(
            ["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True
        ).stdout
        for line in listed.splitlines():
            pid, _, command = line.strip().partition(" ")
            if "ipykernel_launcher" in command and _cwd(pid).startswith(str(self.folder)):
                os.kill(int(pid), signal.SIGKILL)
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _cwd(pid: str) -> str:
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return ""


@pytest.fixture
def lab(tmp_path: Path, browser: Browser) -> Iterator[Callable[..., Lab]]:
    """Opens labs, and closes them when the test ends."""
    opened: list[Lab] = []

    def open_lab(folder: Path | None = None, **environment: str) -> Lab:
        opened.append(Lab(folder or tmp_path / "travail", environment))
        return opened[-1]

    yield open_lab
    for each in opened:
        if each.process.poll() is None:
            each.kill()


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens to."""
    return _free_port()


def _free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("localhost", 0))
        port: int = trial.getsockname()[1]
        return port
