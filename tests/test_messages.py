"""French typography, and a catalogue that can speak another language."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from cinqcles.messages import LANGUAGE, _, euros, ngettext, number, percent

NBSP, NARROW = "\u00a0", "\u202f"


def test_the_course_is_in_french() -> None:
    assert LANGUAGE == "fr"
    assert _("Pas de réponse.") == "Pas de réponse."
    assert ngettext("{n} case de trop", "{n} cases de trop", 1) == "{n} case de trop"
    assert ngettext("{n} case de trop", "{n} cases de trop", 2) == "{n} cases de trop"


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (0, 2, "0"),
        (12, 2, "12"),
        (0.5, 2, "0,5"),
        (1234.5, 2, f"1{NARROW}234,5"),
        (1234567.891, 2, f"1{NARROW}234{NARROW}567,89"),
        (-1234.5, 2, f"-1{NARROW}234,5"),
        (0.1 + 0.2, 2, "0,3"),
        (2.675, 1, "2,7"),
        (1234.5678, 0, f"1{NARROW}235"),
        (0.000123, 6, "0,000123"),
        (10**12, 2, f"1{NARROW}000{NARROW}000{NARROW}000{NARROW}000"),
    ],
)
def test_number(value: float, digits: int, written: str) -> None:
    assert number(value, digits) == written


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (0, 2, f"0{NBSP}€"),
        (1234.5, 2, f"1{NARROW}234,50{NBSP}€"),
        (1234.5, 0, f"1{NARROW}234{NBSP}€"),
        (-9.999, 2, f"-10{NBSP}€"),
        (0.0021, 4, f"0,0021{NBSP}€"),
    ],
)
def test_euros(value: float, digits: int, written: str) -> None:
    assert euros(value, digits) == written


@pytest.mark.parametrize(
    ("share", "digits", "written"),
    [
        (0, 1, f"0,0{NBSP}%"),
        (0.0683, 1, f"6,8{NBSP}%"),
        (1, 0, f"100{NBSP}%"),
        (12.5, 0, f"1{NARROW}250{NBSP}%"),
        (-0.05, 1, f"-5,0{NBSP}%"),
        (1 / 3, 2, f"33,33{NBSP}%"),
    ],
)
def test_percent(share: float, digits: int, written: str) -> None:
    assert percent(share, digits) == written


@pytest.mark.parametrize("write", [number, euros, percent])
def test_no_plain_space_lets_a_line_break_inside_a_number(write: Callable[[float], str]) -> None:
    assert " " not in write(1234567.5)


def in_language(code: str | None) -> list[str]:
    environment = {k: v for k, v in os.environ.items() if k != "CINQCLES_LANG"}
    if code is not None:
        environment["CINQCLES_LANG"] = code
    program = (
        "import json\n"
        "from cinqcles.messages import _, number, percent\n"
        "print(json.dumps([_('Pas de réponse.'), number(1234.5), percent(0.5)]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    said: list[str] = json.loads(run.stdout)
    return said


FRENCH = ["Pas de réponse.", f"1{NARROW}234,5", f"50,0{NBSP}%"]


@pytest.mark.parametrize("write", [number, euros, percent])
def test_a_huge_number_is_written_out(write: Callable[[float], str]) -> None:
    digits = "".join(c for c in write(1e300).partition(",")[0] if c.isdigit())
    assert digits.startswith("1000")
    assert len(digits) in {301, 303}


def test_the_language_is_french_unless_told() -> None:
    assert in_language(None) == FRENCH
    assert in_language("fr") == FRENCH


def test_a_language_without_a_catalogue_keeps_the_french_texts() -> None:
    assert in_language("en") == ["Pas de réponse.", "1,234.5", f"50.0{NBSP}%"]
