"""A learner's workspace: brought up to date, and never at the cost of their work."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import webbrowser
from pathlib import Path
from typing import Any

import pytest

from cinqcles.classroom import workspace as workspaces
from cinqcles.classroom.workspace import open_lab, prepare
from cinqcles.errors import ClassroomError

LESSON = "course/05-apparences.ipynb"
SHEET = "exercises/cle5/cle5.ipynb"
NOT_DELIVERED = [
    "solutions/cle5/cle5.ipynb",
    "gradebook.db",
    "README.md",
    "nbgrader_config.py",
    "submitted/ada/cle5/cle5.ipynb",
    ".cinqcles/references/cle5.json",
    "course/.ipynb_checkpoints/05-apparences-checkpoint.ipynb",
    "exercises/cle5/.cinqcles/cle5.jsonl",
    "course/.DS_Store",
]


def put(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def course(tmp_path: Path) -> Path:
    course = tmp_path / "cours"
    for name in (LESSON, SHEET, "course/images/portée.svg"):
        put(course, name, f"{name}, version 1")
    for name in NOT_DELIVERED:
        put(course, name, "à ne pas livrer")
    return course


@pytest.fixture
def home(tmp_path: Path, course: Path) -> Path:
    """A workspace up to date."""
    home = tmp_path / "chez moi" / "cinq clés"
    assert prepare(course, home) == []
    return home


def files(folder: Path) -> dict[str, str]:
    """The learner's files, and what they hold."""
    return {
        file.relative_to(folder).as_posix(): file.read_text("utf-8")
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.parent != folder / ".cinqcles"
    }


FIRST = {name: f"{name}, version 1" for name in ("course/images/portée.svg", LESSON, SHEET)}
BESIDE = "course/05-apparences.nouvelle-version.ipynb"


def line(name: str, beside: str) -> str:
    return (
        f"Le cours a changé\u00a0: votre {name} est gardé tel quel, la nouvelle version est à côté "
        f"({beside})."
    )


def test_the_first_time_lessons_and_worksheets_are_copied_and_nothing_else(home: Path) -> None:
    assert files(home) == FIRST
    assert [file.name for file in (home / ".cinqcles").iterdir()] == ["delivered.json"]


def test_the_second_time_nothing_happens(course: Path, home: Path) -> None:
    record = (home / ".cinqcles" / "delivered.json").read_text("utf-8")
    times = {file: file.stat().st_mtime_ns for file in home.rglob("*.ipynb")}
    assert prepare(course, home) == []
    assert files(home) == FIRST
    assert (home / ".cinqcles" / "delivered.json").read_text("utf-8") == record
    assert {file: file.stat().st_mtime_ns for file in home.rglob("*.ipynb")} == times


def test_a_lesson_the_learner_did_not_touch_is_replaced(course: Path, home: Path) -> None:
    put(course, LESSON, "version 2")
    put(course, "course/01-pourquoi.ipynb", "nouvelle leçon")
    assert prepare(course, home) == []
    assert files(home) == FIRST | {
        LESSON: "version 2",
        "course/01-pourquoi.ipynb": "nouvelle leçon",
    }


def test_a_lesson_the_learner_changed_is_kept(course: Path, home: Path) -> None:
    put(home, LESSON, "mes notes")
    for _ in range(2):
        assert prepare(course, home) == []
        assert files(home) == FIRST | {LESSON: "mes notes"}


def test_both_changed_the_learner_has_both_and_it_is_said_once(course: Path, home: Path) -> None:
    put(home, LESSON, "mes notes")
    put(course, LESSON, "version 2")
    assert prepare(course, home) == [line(LESSON, "05-apparences.nouvelle-version.ipynb")]
    expected = FIRST | {LESSON: "mes notes", BESIDE: "version 2"}
    assert files(home) == expected
    for _ in range(2):
        assert prepare(course, home) == []
        assert files(home) == expected


def test_a_later_version_comes_beside_the_earlier_one(course: Path, home: Path) -> None:
    put(home, LESSON, "mes notes")
    for version in (2, 3):
        put(course, LESSON, f"version {version}")
        told = prepare(course, home)
    assert told == [line(LESSON, "05-apparences.nouvelle-version-2.ipynb")]
    assert files(home) == FIRST | {
        LESSON: "mes notes",
        BESIDE: "version 2",
        "course/05-apparences.nouvelle-version-2.ipynb": "version 3",
    }


def test_each_file_changed_has_its_line(course: Path, home: Path) -> None:
    for name in (SHEET, LESSON):
        put(home, name, "à moi")
        put(course, name, "version 2")
    assert prepare(course, home) == [
        line(LESSON, "05-apparences.nouvelle-version.ipynb"),
        line(SHEET, "cle5.nouvelle-version.ipynb"),
    ]


def test_the_learner_who_took_the_new_version_follows_the_course_again(
    course: Path, home: Path
) -> None:
    put(home, LESSON, "mes notes")
    put(course, LESSON, "version 2")
    prepare(course, home)
    put(home, LESSON, "version 2")
    put(course, LESSON, "version 3")
    assert prepare(course, home) == []
    assert files(home)[LESSON] == "version 3"


def test_an_older_version_put_back_by_hand_is_the_learners(course: Path, home: Path) -> None:
    put(course, LESSON, "version 2")
    prepare(course, home)
    put(home, LESSON, FIRST[LESSON])
    assert prepare(course, home) == []
    assert files(home)[LESSON] == FIRST[LESSON]


def test_a_deleted_file_comes_back(course: Path, home: Path) -> None:
    (home / LESSON).unlink()
    assert prepare(course, home) == []
    assert files(home) == FIRST


def test_what_left_the_course_stays_with_the_learner(course: Path, home: Path) -> None:
    (course / LESSON).unlink()
    assert prepare(course, home) == []
    assert files(home) == FIRST


@pytest.mark.parametrize("record", [None, "", "{", "[]", "null", '{"course/05": 3}', '"\\ud800"'])
def test_without_a_record_nothing_is_overwritten(
    course: Path, home: Path, record: str | None
) -> None:
    delivered = home / ".cinqcles" / "delivered.json"
    if record is None:
        delivered.unlink()
    else:
        delivered.write_text(record, encoding="utf-8")
    put(home, LESSON, "mes notes")
    put(course, SHEET, "version 2")
    assert prepare(course, home) == [
        line(LESSON, "05-apparences.nouvelle-version.ipynb"),
        line(SHEET, "cle5.nouvelle-version.ipynb"),
    ]
    assert files(home) == FIRST | {
        LESSON: "mes notes",
        BESIDE: FIRST[LESSON],
        "exercises/cle5/cle5.nouvelle-version.ipynb": "version 2",
    }
    assert prepare(course, home) == []


def test_the_learners_own_files_are_left_alone(course: Path, home: Path) -> None:
    mine = ["mes-notes.txt", "course/brouillon.ipynb", "exercises/cle5/.cinqcles/cle5.jsonl"]
    for name in mine:
        put(home, name, "à moi")
    assert prepare(course, home) == []
    assert files(home) == FIRST | dict.fromkeys(mine, "à moi")


def test_a_read_only_course_gives_files_the_learner_can_write(course: Path, tmp_path: Path) -> None:
    (course / LESSON).chmod(0o444)
    prepare(course, tmp_path / "neuf")
    assert (tmp_path / "neuf" / LESSON).stat().st_mode & 0o200


def test_a_course_that_is_its_own_workspace_is_unchanged(course: Path) -> None:
    before = files(course)
    assert prepare(course, course) == []
    assert files(course) == before


def test_a_folder_that_cannot_be_written_is_said(course: Path, tmp_path: Path) -> None:
    put(tmp_path, "fichier", "ici, un fichier")
    folder = tmp_path / "fichier" / "espace"
    with pytest.raises(ClassroomError) as caught:
        prepare(course, folder)
    assert str(caught.value) == (
        f"Impossible d’écrire dans {folder} (Not a directory). Choisissez un autre dossier\u00a0: "
        "cinqcles lab AUTRE_DOSSIER."
    )


def test_a_delivery_cut_short_can_be_taken_up_again(course: Path, home: Path) -> None:
    put(course, "course/01-pourquoi.ipynb", "nouvelle leçon")
    put(course, LESSON, "version 2")
    (home / "exercises" / "cle5" / "cle5.ipynb").unlink()
    (home / "exercises" / "cle5").rmdir()
    put(home, "exercises/cle5", "un fichier, là où il faut un dossier")
    with pytest.raises(ClassroomError):
        prepare(course, home)
    (home / "exercises" / "cle5").unlink()
    assert prepare(course, home) == []
    assert files(home) == FIRST | {
        LESSON: "version 2",
        "course/01-pourquoi.ipynb": "nouvelle leçon",
    }


# JupyterLab


class Server:
    """Stands for JupyterLab's process, and remembers how it was started.

    It is asked three times whether it has ended before it listens, or ends.
    """

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.environments: list[dict[str, str]] = []
        self.interrupted = False
        self.stopped = False
        self.code = 0
        self.starts = True
        self.asked = 0

    def __call__(self, command: list[str], env: dict[str, str], stdout: Any, stderr: Any) -> Server:
        self.commands.append(command)
        self.environments.append(env)
        assert stderr is stdout
        self.asked = 0
        stdout.write(b"".join(b"line %d \xff\n" % n for n in range(20)))
        return self

    def poll(self) -> int | None:
        self.asked += 1
        if self.asked == 3:
            if not self.starts:
                return self.code
            self.socket = socket.create_server(("localhost", self.port))
        return None

    @property
    def port(self) -> int:
        (port,) = [part for part in self.commands[-1] if part.startswith("--ServerApp.port=")]
        return int(port.partition("=")[2])

    def wait(self) -> int:
        if self.starts:
            self.socket.close()
        if self.interrupted and not self.stopped:
            raise KeyboardInterrupt
        return self.code

    def terminate(self) -> None:
        self.stopped = True


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setattr(subprocess, "Popen", server)
    return server


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("localhost", 0))
        port: int = trial.getsockname()[1]
        return port


def test_the_learner_is_told_where_to_go(tmp_path: Path, server: Server) -> None:
    told: list[str] = []
    port = free_port()
    assert open_lab(tmp_path, port=port, browser=False, say=told.append) == 0
    (command,), (env,) = server.commands, server.environments
    token = env["JUPYTER_TOKEN"]
    assert told == [
        "JupyterLab démarre\u00a0: quelques secondes…",
        f"Le cours est à cette adresse\u00a0: "
        f"http://localhost:{port}/lab/tree/course/00-bienvenue.ipynb?token={token}",
        "Pour arrêter\u00a0: Ctrl + C dans cette fenêtre.",
    ]
    assert len(token) >= 32
    assert not any(token in part for part in command)  # any user can read a command line
    assert f"--ServerApp.port={port}" in command
    assert f"--ServerApp.root_dir={tmp_path}" in command
    assert "--ServerApp.open_browser=False" in command
    assert env.items() >= {k: v for k, v in os.environ.items() if k != "JUPYTER_TOKEN"}.items()


def test_where_to_go_is_told_once_the_server_listens(tmp_path: Path, server: Server) -> None:
    asked: list[int] = []
    open_lab(
        tmp_path, port=free_port(), browser=False, say=lambda _line: asked.append(server.asked)
    )
    assert asked == [0, 3, 3]


@pytest.mark.parametrize("starts", [True, False])
def test_a_server_that_ends_in_error_has_its_last_words_shown(
    tmp_path: Path, server: Server, *, starts: bool
) -> None:
    server.code, server.starts = 3, starts
    told: list[str] = []
    assert open_lab(tmp_path, port=free_port(), browser=False, say=told.append) == 3
    log = tmp_path / ".cinqcles" / "serveur.log"
    assert log.read_bytes().startswith(b"line 0 \xff\nline 1 ")
    assert told[-1].splitlines() == [
        f"JupyterLab s’est arrêté sur une erreur. Ses derniers mots, dans {log}\u00a0:",
        *(f"line {n} \ufffd" for n in range(8, 20)),
    ]
    assert len(told) == (4 if starts else 2)


def test_two_sessions_have_two_tokens(tmp_path: Path, server: Server) -> None:
    for _ in range(2):
        open_lab(tmp_path, port=free_port(), browser=False, say=lambda _line: None)
    assert len({env["JUPYTER_TOKEN"] for env in server.environments}) == 2


def test_without_a_browser_the_learner_is_told(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> Any:
        raise webbrowser.Error

    monkeypatch.setattr(webbrowser, "get", none)
    told: list[str] = []
    open_lab(tmp_path, port=free_port(), browser=True, say=told.append)
    assert told[0] == "Aucun navigateur n’a été trouvé sur cette machine."
    assert "--ServerApp.open_browser=False" in server.commands[0]


def test_with_a_browser_it_is_opened(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webbrowser, "get", lambda: None)
    open_lab(tmp_path, port=free_port(), browser=True, say=lambda _line: None)
    assert "--ServerApp.open_browser=True" in server.commands[0]


def test_ctrl_c_stops_the_server(tmp_path: Path, server: Server) -> None:
    server.interrupted = True
    assert open_lab(tmp_path, port=free_port(), browser=False, say=lambda _line: None) == 0
    assert server.stopped


def test_a_port_already_taken_is_said(tmp_path: Path, server: Server) -> None:
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ClassroomError) as caught:
            open_lab(tmp_path, port=port, browser=False, say=lambda _line: None)
    assert str(caught.value) == (
        f"Le port {port} est déjà pris. Choisissez-en un autre avec --port, ou laissez cinqcles en "
        "chercher un libre."
    )
    assert server.commands == []


def test_the_first_free_port_is_found_and_none_is_said(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(workspaces, "FIRST_PORT", port)
        monkeypatch.setattr(workspaces, "LAST_PORT", port)
        with pytest.raises(ClassroomError) as caught:
            open_lab(tmp_path, port=None, browser=False, say=lambda _line: None)
        assert str(caught.value) == f"Aucun port libre entre {port} et {port}."
        monkeypatch.setattr(workspaces, "LAST_PORT", port + 50)
        open_lab(tmp_path, port=None, browser=False, say=lambda _line: None)
    assert f"--ServerApp.port={port}" not in server.commands[0]


def test_the_record_is_json(home: Path) -> None:
    record = json.loads((home / ".cinqcles" / "delivered.json").read_text("utf-8"))
    assert set(record) == set(FIRST)
