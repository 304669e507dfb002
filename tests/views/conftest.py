"""What the tests of the views share: a notebook at work, in a workspace or nowhere."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell

from cinqcles.worksheet.identity import WELCOME
from front_end import Page


@pytest.fixture
def page(shell: InteractiveShell) -> Iterator[Page]:
    before = shell.display_pub
    yield Page(shell)
    shell.display_pub = before


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a hub nor a notebook nor anyone to ask."""
    for name in ("CINQCLES_COURSE_KEY", "JUPYTERHUB_USER", "BINDER_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setattr(builtins, "input", nobody)


def nobody(_question: str) -> str:
    raise StdinNotImplementedError


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The notebook at work, in a workspace."""
    (tmp_path / "course").mkdir()
    (tmp_path / WELCOME).touch()
    (tmp_path / "exercises").mkdir()
    file = tmp_path / "exercises" / "feuille.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", str(file))
    return file
