"""What Binder builds, up to Docker's door, and what a learner opens there.

repo2docker itself plans the image and packs its context, for an engine that keeps them instead of
building. The plan's steps are then replayed from that very context into an empty environment, and
a browser does what a learner's does.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from playwright.sync_api import Page, expect

from cinqcles.classroom.workspace import WELCOME
from cinqcles.worksheet.answers import MIME

ROOT = Path(__file__).parents[1]
WORKSHEET = "exercises/cle5-apparences/cle5-apparences.ipynb"
CI = bool(os.environ.get("CI"))

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="repo2docker's steps are not for Windows"),
    # repo2docker imports it under its old name.
    pytest.mark.filterwarnings("ignore:pythonjsonlogger.jsonlogger:DeprecationWarning"),
]


def _without(reason: str) -> None:
    """Skip for want of something, where that may be; never in continuous integration."""
    if CI:
        pytest.fail(reason)
    pytest.skip(reason)


def _uv() -> str:
    uv = os.environ.get("UV") or shutil.which("uv")
    if not uv:
        _without("uv is not on the path")
    return str(uv)


@dataclass
class Plan:
    dockerfile: str
    home: Path  # the context as it is copied into the image

    @property
    def steps(self) -> list[str]:
        """What is run once the image knows of this repository."""
        ours = self.dockerfile.partition("WORKDIR ${REPO_DIR}")[2]
        return re.findall(r"^RUN (?!chown)(.*)", ours, flags=re.MULTILINE)


class KeepingEngine:
    """A container engine that builds nothing, and keeps the context it is sent."""

    string_output = True

    def __init__(self, into: Path) -> None:
        self.into = into

    def inspect_image(self, _image: str) -> None:
        return None

    def build(self, *, fileobj: Any, **_others: Any) -> Iterator[str]:
        with tarfile.open(fileobj=fileobj) as context:
            context.extractall(self.into, filter="data")
        yield "kept"


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    from repo2docker.app import Repo2Docker  # noqa: PLC0415 - does not import on Windows

    if not (ROOT / ".git").exists():
        _without("the repository's own list of files is needed")
    checkout = tmp_path_factory.mktemp("checkout")
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others"]
    listed = subprocess.run(
        [*command, "--exclude-standard"], capture_output=True, text=True, check=True
    )
    # What a checkout holds beside its files, and a file that nobody thought of.
    for name in (".git/HEAD", "gradebook.db", "course/.cinqcles/learner.json", "notes.md"):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text("left by mistake")
    for name in listed.stdout.split("\0"):
        if (ROOT / name).is_file():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, checkout / name)

    context = tmp_path_factory.mktemp("context")
    app = Repo2Docker(repo=str(checkout), user_id=1000, user_name="jovyan", run=False)
    app.get_engine = lambda: KeepingEngine(context)
    app.initialize()
    app.build()
    return Plan((context / "Dockerfile").read_text(), context / "src")


def test_the_plan_is_the_least_a_learner_needs(plan: Plan) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    # The oldest Python we take is the one that continuous integration tests.
    assert (ROOT / "binder" / "runtime.txt").read_text().strip() == f"python-{oldest}"
    assert f"environment-2epy-2d{oldest.replace('.', '-2e')}" in plan.dockerfile
    assert plan.steps == [
        '${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"',
        "chmod +x binder/postBuild",
        "./binder/postBuild",
    ]
    # Installed before the course is copied: a change of the course does not install anew.
    pip, course = plan.dockerfile.index(plan.steps[0]), plan.dockerfile.index(" src/ ${REPO_DIR}/")
    assert pip < course


def test_no_layer_holds_what_is_not_the_learners(plan: Plan) -> None:
    assert sorted(path.name for path in plan.home.iterdir()) == [
        *("LICENSE", "README.md", "binder", "course", "exercises", "pyproject.toml", "toolkit"),
    ]
    hidden = [path for path in plan.home.rglob("*") if path.name.startswith(".")]
    assert hidden == []
    marked = [
        path.name for path in plan.home.rglob("*.ipynb") if '"corrige"' in path.read_text("utf-8")
    ]
    assert marked == []


def test_requirements_are_plain_pins_and_hold_nothing_of_an_instructors() -> None:
    lines = (ROOT / "binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    assert all(pin.url is None and str(pin.specifier).startswith("==") for pin in pins)
    names = {pin.name for pin in pins}
    assert {"jupyterlab", "jupyterlab-language-pack-fr-fr", "ipywidgets", "hatchling"} <= names
    assert not {"nbgrader", "papermill", "pytest", "playwright"} & names


def test_pins_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "pins.py"), "--check"],
        env={**os.environ, "UV": _uv()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass
class Image:
    """The environment and the home folder that the plan's steps made."""

    prefix: Path
    home: Path

    def python(self, code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.prefix / "bin" / "python"), "-W", "error", "-c", code],
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def image(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Image:
    prefix = tmp_path_factory.mktemp("image") / "env"
    home = shutil.copytree(plan.home, tmp_path_factory.mktemp("image") / "home")
    subprocess.run(
        [_uv(), "venv", "--quiet", "--seed", "--python", sys.executable, str(prefix)], check=True
    )
    env = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    env |= {
        "KERNEL_PYTHON_PREFIX": str(prefix),
        "PATH": os.pathsep.join([str(prefix / "bin"), os.environ["PATH"]]),
        "REPO_DIR": str(home.resolve()),
    }
    if not CI:
        # The same file, all of it pinned, from uv's cache: pip then finds everything there.
        command = [_uv(), "pip", "install", "--quiet", "--python", str(prefix)]
        subprocess.run([*command, "-r", "binder/requirements.txt"], cwd=home, check=True)
    for step in plan.steps:
        done = subprocess.run(
            ["/bin/sh", "-c", step], cwd=home, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{step}\n{done.stdout}\n{done.stderr}"
    return Image(prefix, home)


def test_the_image_has_the_learners_half_alone(image: Image) -> None:
    assert sorted(path.name for path in image.home.iterdir()) == ["course", "exercises"]
    for module in ("nbgrader", "papermill"):
        assert f"No module named '{module}'" in image.python(f"import {module}").stderr
    done = image.python("from cinqcles import Worksheet; import cinqcles; print(cinqcles.__file__)")
    assert done.returncode == 0, done.stderr
    package = Path(done.stdout.strip()).parent
    assert package.is_relative_to(image.prefix)
    source = ROOT / "toolkit" / "cinqcles"
    carried = {path for path in source.rglob("*") if path.is_file()} - set(source.rglob("*.pyc"))
    missing = [file for file in carried if not (package / file.relative_to(source)).exists()]
    assert missing == []
    complaints = image.python("from pip._internal.cli.main import main; main(['check'])").stdout
    assert sorted(re.findall(r"(?<=requires )[\w-]+", complaints)) == [
        "nbgrader",
        "papermill",
        "sqlalchemy",
    ]
    assert len(complaints.splitlines()) == 3


@pytest.fixture
def binder(image: Image, tmp_path: Path) -> Iterator[str]:
    """The address of JupyterLab, started as BinderHub starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {"HOME": str(tmp_path), "LANG": "en_US.UTF-8", "JUPYTERHUB_USER": "someone-4f0t2u"}
    env |= {"PATH": os.pathsep.join([str(image.prefix / "bin"), os.environ["PATH"]])}
    env |= {"BINDER_SERVICE_HOST": "binder.example", "BINDER_REQUEST": "v2/gh/someone/cinqcles"}
    command = ["jupyter-lab", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
    command += ["--no-browser", "--IdentityProvider.token=", "--allow-root"]
    log = tmp_path / "lab.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            command,
            executable=str(image.prefix / "bin" / "jupyter-lab"),
            cwd=image.home,
            env=env,
            stdout=output,
            stderr=output,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api", server, log)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + 90
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            late = time.monotonic() > limit or server.poll() is not None
            assert not late, f"JupyterLab does not answer:\n{log.read_text()}"
            time.sleep(0.3)


def test_a_learner_opens_the_course_and_answers(image: Image, binder: str, page: Page) -> None:
    page.goto(f"{binder}/lab/tree/{WELCOME}")
    expect(page.locator("#jp-MainMenu")).to_contain_text("Fichier", timeout=60_000)
    current = page.locator("#jp-main-dock-panel .lm-TabBar-tab.lm-mod-current")
    expect(current).to_have_text(Path(WELCOME).name, timeout=60_000)
    expect(page.locator(".jp-NotebookPanel .jp-Cell").first).to_be_visible(timeout=60_000)
    plugin = "@jupyterlab/docmanager-extension:plugin"
    schema = page.request.get(f"{binder}/lab/api/settings/{plugin}").json()["schema"]
    assert schema["properties"]["autosaveInterval"]["default"] == 10

    page.goto(f"{binder}/lab/tree/{WORKSHEET}?reset")
    page.get_by_text("Python 3 (ipykernel) | Inactif").wait_for()
    page.get_by_role("button", name="Tout afficher").click()
    # Binder names a new user each session: the learner is asked, in the first cell.
    page.locator(".jp-Stdin-input").fill("zoé.lefèvre")
    page.locator(".jp-Stdin-input").press("Enter")
    question = page.locator(".cinqcles", has_text="Question 1")
    expect(question).to_be_visible(timeout=60_000)
    # Neither news nor update: nothing stands between the learner and the course.
    expect(page.locator(".jp-Dialog, .Toastify__toast")).to_have_count(0)
    question.get_by_role("checkbox").first.check()
    limit = time.monotonic() + 30
    while MIME not in (image.home / WORKSHEET).read_text(encoding="utf-8"):
        assert time.monotonic() < limit, "the answer was not saved by itself"
        time.sleep(0.5)
