"""What the welcome says of the other notebooks is what they say of themselves."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat

from copies import COURSE

WELCOME = COURSE / "course" / "00-bienvenue.ipynb"
LINK = re.compile(r"\]\(([^)#]+\.ipynb)\) \((\d+)[ \u00a0]min\)")
OWN = re.compile(r"\*\*Durée moyenne[^*]*? (\d+)[ \u00a0]minutes")


def text_of(file: Path) -> str:
    cells = nbformat.read(file, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def announced() -> dict[Path, int]:
    found = LINK.findall(text_of(WELCOME))
    return {(WELCOME.parent / link).resolve(): int(minutes) for link, minutes in found}


def test_every_lesson_and_every_worksheet_is_announced() -> None:
    there = {
        file.resolve()
        for pattern in ("course/0[1-6]*.ipynb", "exercises/*/*.ipynb")
        for file in COURSE.glob(pattern)
    }
    assert set(announced()) == there
    assert len(there) == 12


def test_each_lasts_as_long_as_announced() -> None:
    for file, minutes in announced().items():
        own = OWN.search(text_of(file))
        assert own, file.name
        assert int(own[1]) == minutes, file.name


def test_the_whole_is_the_sum() -> None:
    own = OWN.search(text_of(WELCOME))
    assert own
    total = sum(announced().values()) + int(own[1])
    whole = re.search(
        r"\*\*Durée moyenne de tout le cours[\s\u00a0]*: (\d+)[ \u00a0]heures", text_of(WELCOME)
    )
    assert whole
    assert abs(total / 60 - int(whole[1])) <= 0.25
