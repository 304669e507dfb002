"""What an answer is, and how it lasts: everything read back is hostile until validated."""

from __future__ import annotations

import json
import math
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cinqcles.worksheet.answers import (
    LONGEST_VALUE,
    MIME,
    Answer,
    Journal,
    newest,
    read_notebook,
    read_saved,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RECORD = {
    "schema_version": 1,
    "worksheet": "cle5-apparences",
    "question": "q1",
    "learner": "zoé",
    "variant": 3,
    "value": "portee",
    "time": "2026-11-22T12:00:00Z",
    "revision": 1,
}


def answer(**changes: Any) -> Answer:
    return Answer.model_validate(RECORD | changes)


def output(data: Any, **more: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {MIME: data, "text/plain": "…"} | more}


def notebook(*outputs: Any) -> dict[str, Any]:
    """A notebook with one code cell an output, after a first cell of text."""
    cells = [{"cell_type": "code", "source": "", "outputs": [o]} for o in outputs]
    return {"cells": [{"cell_type": "markdown", "source": "# Titre"}, *cells]}


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


# The record


def test_an_answer_survives_the_trip_to_json() -> None:
    given_answer = answer(value=["é", None, {"x": 1.5}])
    assert Answer.model_validate_json(given_answer.model_dump_json()) == given_answer
    assert Answer.model_validate(given_answer.model_dump(mode="json")) == given_answer


def test_the_format_of_an_answer_does_not_change_under_copies_handed_in() -> None:
    assert answer().model_dump(mode="json") == RECORD


def test_an_answer_cannot_be_altered() -> None:
    with pytest.raises(ValidationError):
        answer().value = "vues"


def test_times_are_kept_in_utc() -> None:
    summer = timezone(timedelta(hours=2))
    late = answer(time=datetime(2026, 7, 1, 12, 0, tzinfo=summer))
    assert late.model_dump(mode="json")["time"] == "2026-07-01T10:00:00Z"


NOT_ANSWERS: dict[str, tuple[Any, str]] = {
    "another version": (RECORD | {"schema_version": 2}, "elle vient d’une autre version du cours"),
    "an unknown field": (RECORD | {"points": 20}, "elle contient un champ inconnu"),
    "a field missing": (
        {k: v for k, v in RECORD.items() if k != "learner"},
        "il manque le champ «\u00a0learner\u00a0»",
    ),
    "NaN": (
        RECORD | {"value": math.nan},
        "le champ «\u00a0value\u00a0» n’a pas la forme attendue",
    ),
    "infinity, deep": (
        RECORD | {"value": {"x": [1, [-math.inf]]}},
        "le champ «\u00a0value\u00a0» n’a pas la forme attendue",
    ),
    "too long": (
        RECORD | {"value": "x" * LONGEST_VALUE},
        "le champ «\u00a0value\u00a0» n’a pas la forme attendue",
    ),
    "half a surrogate pair": (
        RECORD | {"value": "\ud83d"},
        "le champ «\u00a0value\u00a0» n’a pas la forme attendue",
    ),
    "half a surrogate pair as a key": (
        RECORD | {"value": {"\ud83d": 1}},
        "le champ «\u00a0value\u00a0» n’a pas la forme attendue",
    ),
    "an integer no text can hold": (
        RECORD | {"value": 10**5000},
        "le champ «\u00a0value\u00a0» n’a pas la forme attendue",
    ),
    "nested": (RECORD | {"value": nested(30)}, "données trop imbriquées"),
    "nested beyond pydantic": (RECORD | {"value": nested(300)}, "données trop imbriquées"),
    "nested beyond Python": (RECORD | {"value": nested(50_000)}, "données trop imbriquées"),
    "a text": ("portee", "ce n’est pas un enregistrement de réponse"),
    "a list": ([RECORD], "ce n’est pas un enregistrement de réponse"),
    "nothing": (None, "ce n’est pas un enregistrement de réponse"),
    "no time zone": (
        RECORD | {"time": "2026-11-22T12:00:00"},
        "le champ «\u00a0time\u00a0» n’a pas la forme attendue",
    ),
    "before the calendar": (
        RECORD | {"time": "0001-01-01T00:00:00+12:00"},
        "le champ «\u00a0time\u00a0» n’a pas la forme attendue",
    ),
    "after the calendar": (
        RECORD | {"time": "9999-12-31T23:59:59-12:00"},
        "le champ «\u00a0time\u00a0» n’a pas la forme attendue",
    ),
    "a negative revision": (
        RECORD | {"revision": -1},
        "le champ «\u00a0revision\u00a0» n’a pas la forme attendue",
    ),
    "a true revision": (
        RECORD | {"revision": True},
        "le champ «\u00a0revision\u00a0» n’a pas la forme attendue",
    ),
    "a variant as text": (
        RECORD | {"variant": "3"},
        "le champ «\u00a0variant\u00a0» n’a pas la forme attendue",
    ),
    "a variant too large": (
        RECORD | {"variant": 10_000},
        "le champ «\u00a0variant\u00a0» n’a pas la forme attendue",
    ),
    "an endless name": (
        RECORD | {"learner": "x" * 101},
        "le champ «\u00a0learner\u00a0» n’a pas la forme attendue",
    ),
}


@pytest.mark.parametrize(("data", "why"), NOT_ANSWERS.values(), ids=NOT_ANSWERS)
def test_what_does_not_fit_is_reported_with_its_cell(data: Any, why: str) -> None:
    answers, problems = read_notebook(notebook(output(RECORD), output(data)))
    assert answers == [answer()]
    assert problems == [f"Cellule n° 3\u00a0: une réponse n’a pas pu être lue ({why})."]


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1.5, "", "é" * (LONGEST_VALUE - 2), nested(20), ["a", None], {"error": "…"}],
    ids=lambda value: repr(value)[:20],
)
def test_every_value_a_question_can_have_fits(value: Any) -> None:
    assert answer(value=value).value == value


# Notebooks


STRANGE: list[Any] = [
    {},
    {"cells": None},
    {"cells": "cells"},
    {"cells": {"0": {"outputs": [output(RECORD)]}}},
    {"cells": [None, 3, "cell", []]},
    {"cells": [{}, {"outputs": None}, {"outputs": "x"}, {"outputs": {"data": {MIME: RECORD}}}]},
    notebook(None, 1, "x", []),
    notebook({}, {"data": None}, {"data": MIME}, {"data": [MIME]}, {"data": 1}),
    notebook({"output_type": "stream", "text": json.dumps(RECORD)}),
    notebook({"output_type": "display_data", "data": {"application/json": RECORD}}),
]


@pytest.mark.parametrize("document", STRANGE)
def test_strange_notebooks_hold_no_answer_and_raise_nothing(document: Any) -> None:
    assert read_notebook(document) == ([], [])


def test_every_output_of_a_cell_is_read() -> None:
    document = {"cells": [{"outputs": [output(RECORD), output(RECORD | {"question": "q2"})]}]}
    answers, problems = read_notebook(document)
    assert [a.question for a in answers] == ["q1", "q2"]
    assert problems == []


@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from([*RECORD, MIME, "cells", "outputs", "data"]), inner, max_size=4
            )
        ),
        max_leaves=20,
    )
)
def test_no_json_makes_reading_fail(data: Any) -> None:
    answers, problems = read_notebook(notebook(output(data)))
    assert len(answers) + len(problems) == 1
    if isinstance(data, dict):
        read_notebook(data)


# The newest answer


def test_the_newest_answer_is_the_latest() -> None:
    early, late = answer(revision=9), answer(time=NOON + timedelta(seconds=1), value="vues")
    assert newest([late, early]) == {"q1": late}


def test_at_the_same_time_the_higher_revision_is_the_newest() -> None:
    first, second = answer(value="vues"), answer(revision=2)
    assert newest([second, first]) == {"q1": second}


def test_times_are_compared_across_time_zones() -> None:
    paris = answer(time="2026-11-22T13:30:00+01:00", value="avant")
    london = answer(time="2026-11-22T12:45:00+00:00", value="après")
    assert newest([london, paris]) == {"q1": london}


def test_a_question_reopened_blank_never_hides_an_answer() -> None:
    blank = answer(value=None, revision=0, time=NOON + timedelta(days=30))
    assert newest([answer(), blank]) == {"q1": answer()}
    assert newest([blank]) == {"q1": blank}


def test_an_answer_taken_back_is_the_newest() -> None:
    taken_back = answer(value=None, revision=2, time=NOON + timedelta(seconds=1))
    assert newest([taken_back, answer()]) == {"q1": taken_back}


def test_each_question_has_its_newest_answer() -> None:
    other = answer(question="q2", time=NOON - timedelta(days=1))
    assert newest([answer(), other]) == {"q1": answer(), "q2": other}
    assert newest([]) == {}


@given(st.permutations(range(6)))
def test_the_order_in_which_answers_are_read_does_not_matter(order: list[int]) -> None:
    answers = [answer(revision=n % 3, time=NOON + timedelta(seconds=n // 2)) for n in range(6)]
    assert newest([answers[n] for n in order]) == newest(answers)


# The journal


def test_what_is_written_in_a_journal_is_read_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "feuille")
    assert journal.read() == []
    first, second = answer(), answer(value="déjà « vu » 🙂", revision=2)
    journal.append(first)
    journal.append(second)
    assert journal.read() == [first, second]
    assert Journal(tmp_path, "feuille").read() == [first, second]
    assert Journal(tmp_path, "autre").read() == []
    assert journal.path == tmp_path / ".cinqcles" / "feuille.jsonl"


def test_a_journal_is_readable_text(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "feuille")
    journal.append(answer(value="déjà"), answer(value="vu"))
    lines = journal.path.read_text("utf-8").split("\n")
    assert [json.loads(line)["value"] for line in lines if line] == ["déjà", "vu"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_text_survives_the_journal(tmp_path_factory: Any, typed: str) -> None:
    journal = Journal(tmp_path_factory.mktemp("journal"), "feuille")
    journal.append(answer(value=typed))
    assert [a.value for a in journal.read()] == [typed]


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\r\n", "\r"])
def test_a_line_break_pasted_from_elsewhere_loses_nothing(tmp_path: Path, mark: str) -> None:
    journal = Journal(tmp_path, "feuille")
    journal.append(answer(value=f"un{mark}deux"), answer(value="trois"))
    assert [a.value for a in journal.read()] == [f"un{mark}deux", "trois"]


def test_a_line_cut_short_by_a_crash_costs_only_itself(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "feuille")
    journal.append(answer(value="gardée"))
    with journal.path.open("a", encoding="utf-8") as file:
        file.write(answer(value="perdue").model_dump_json()[:-10])
    journal.append(answer(value="gardée aussi"))
    assert [a.value for a in journal.read()] == ["gardée", "gardée aussi"]


def test_a_character_cut_in_two_costs_only_its_line(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "feuille")
    journal.append(answer(value="gardée"))
    with journal.path.open("ab") as file:
        file.write(b'{"value": "\xc3')
    journal.append(answer(value="gardée aussi"))
    assert [a.value for a in journal.read()] == ["gardée", "gardée aussi"]


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\xff\xfe\x00",
        b"\x00" * 4096,
        b"null\n[]\n{}\n1e999\n",
        b"[" * 100_000,
        b'{"schema_version": 1}',
        os.urandom(500),
    ],
)
def test_a_journal_of_junk_holds_nothing_and_still_works(tmp_path: Path, junk: bytes) -> None:
    journal = Journal(tmp_path, "feuille")
    journal.path.parent.mkdir()
    journal.path.write_bytes(junk)
    assert journal.read() == []
    journal.append(answer())
    assert journal.read() == [answer()]


def test_a_journal_that_is_a_folder_holds_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "feuille")
    journal.path.mkdir(parents=True)
    assert journal.read() == []


# The learner's own file


def write(path: Path, *outputs: Any) -> Path:
    path.write_text(json.dumps(notebook(*outputs)), encoding="utf-8")
    return path


def test_the_saved_answers_are_those_of_the_notebook(tmp_path: Path) -> None:
    mine = write(tmp_path / "feuille.ipynb", output(RECORD), output("abîmée"))
    write(tmp_path / "autre.ipynb", output(RECORD | {"question": "q9"}))
    assert read_saved(mine) == [answer()]


def test_a_notebook_renamed_while_it_ran_is_found_in_its_folder(tmp_path: Path) -> None:
    write(tmp_path / "feuille (1).ipynb", output(RECORD))
    write(tmp_path / "autre.ipynb", output(RECORD | {"question": "q9"}))
    (tmp_path / "abîmé.ipynb").write_bytes(b"\xff{")
    (tmp_path / "notes.txt").write_text("[]")
    found = read_saved(tmp_path / "feuille.ipynb")
    assert {a.question for a in found} == {"q1", "q9"}


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[]", b"null", b'"x"', b"{", b"[" * 100_000, b'{"cells": 3}']
)
def test_a_file_that_is_no_notebook_holds_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "feuille.ipynb"
    file.write_bytes(content)
    assert read_saved(file) == []


def test_a_folder_or_a_missing_folder_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "feuille.ipynb").mkdir()
    assert read_saved(tmp_path / "feuille.ipynb") == []
    assert read_saved(tmp_path / "absent" / "feuille.ipynb") == []
