"""The copy as one file: filled from the newest answers, read back as hostile data."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinqcles.errors import WorksheetError
from cinqcles.worksheet import copies
from cinqcles.worksheet.answers import MIME, Answer, newest, read_notebook
from cinqcles.worksheet.identity import variant_of
from copies import RELEASED, WORKSHEET, cell_of, make_copy, record

ADA = {"worksheet": WORKSHEET, "learner": "ada", "variant": variant_of(WORKSHEET, "ada")}


def document(learner: str, answers: dict[str, Any], code: str | None = None) -> dict[str, Any]:
    return json.loads(nbformat.writes(make_copy(learner, answers, code)))


def content(learner: str, answers: dict[str, Any]) -> bytes:
    return json.dumps(document(learner, answers)).encode()


def shown(question: str, value: Any, **changes: Any) -> dict[str, Any]:
    return {MIME: record("ada", question, value, **changes), "text/plain": f"Votre réponse {value}"}


def values(notebook: dict[str, Any]) -> dict[str, Any]:
    answers, problems = read_notebook(notebook)
    assert problems == []
    return {name: answer.value for name, answer in newest(answers).items()}


# Filled


def test_a_blank_copy_is_filled_cell_by_cell() -> None:
    blank = copies.read_document(RELEASED)
    filled = copies.fill(blank, {"q1": shown("q1", "portee"), "q4": shown("q4", ["é", "a"])})
    notebook = nbformat.from_dict(filled)
    nbformat.validate(notebook)
    for name, value in (("q1", "portee"), ("q4", ["é", "a"])):
        outputs = cell_of(notebook, name).outputs
        assert [o["data"][MIME]["value"] for o in outputs] == [value]
    assert values(filled) == {"q1": "portee", "q4": ["é", "a"]}
    assert values(blank) == {}  # the one that was read is left alone


def test_an_older_answer_gives_way_where_it_stands() -> None:
    moved = document("ada", {"q1": "abonnes", "q2": "1"})
    for cell in moved["cells"]:  # a learner's notebook, of which nbgrader knows nothing any more
        cell["metadata"].pop("nbgrader", None)
    filled = copies.fill(moved, {"q1": shown("q1", "portee", revision=2)})
    assert values(filled) == {"q1": "portee"}
    before = [i for i, c in enumerate(moved["cells"]) if '"q1"' in json.dumps(c.get("outputs"))]
    after = [i for i, c in enumerate(filled["cells"]) if '"q1"' in json.dumps(c.get("outputs"))]
    assert before == after


def test_an_answer_without_a_cell_is_not_lost() -> None:
    lacking = document("ada", {})
    lacking["cells"] = [c for c in lacking["cells"] if '"q2"' not in json.dumps(c)]
    filled = copies.fill(lacking, {"q2": shown("q2", "7,87")})
    assert values(filled) == {"q2": "7,87"}


def test_widgets_and_their_state_stay_behind_and_the_rest_goes_along() -> None:
    full = document("bob", {"q1": "abonnes"}, code="def f(): pass")
    table = {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<table>"}}
    widget = {"output_type": "display_data", "metadata": {}, "data": {copies.WIDGET_MIME: {}}}
    stream = {"output_type": "stream", "name": "stdout", "text": "Votre identifiant"}
    first = next(c for c in full["cells"] if c["cell_type"] == "code")
    first["outputs"] = [widget, table, stream]
    full["metadata"]["widgets"] = {"big": "state"}
    filled = copies.fill(full, {})
    again = next(c for c in filled["cells"] if c["cell_type"] == "code")
    assert again["outputs"] == [table, stream]
    assert "widgets" not in filled["metadata"]
    assert values(filled) == {}  # bob's answer is bob's
    assert copies.written_code(filled) == {"fonction": "def f(): pass"}


def test_the_link_holds_the_whole_notebook() -> None:
    notebook = document("ada", {"q7": "« J’hésite »\u2028😀"})
    start = "data:application/x-ipynb+json;base64,"
    link = copies.as_link(notebook)
    assert link.startswith(start)
    assert json.loads(base64.b64decode(link.removeprefix(start))) == notebook
    assert copies.as_link(notebook | {"odd": "\ud83d"}).startswith(start)


# What is saved


def test_a_file_holds_an_answer_or_does_not() -> None:
    saved = document("ada", {"q1": "portee", "q2": "1"})
    mine = [Answer.model_validate(record("ada", q, v)) for q, v in (("q1", "portee"), ("q2", "1"))]
    later = mine[0].model_copy(update={"revision": 2, "time": mine[0].time + timedelta(seconds=1)})
    never = mine[0].model_copy(update={"question": "q9"})
    blank = mine[0].model_copy(update={"question": "q9", "revision": 0})
    assert copies.holds(saved, mine)
    assert copies.holds(saved, [*mine, blank])
    assert copies.holds(saved, [])
    assert not copies.holds(saved, [mine[1], later])
    assert not copies.holds(saved, [never])
    assert not copies.holds(saved, [mine[0].model_copy(update={"learner": "bob"})])


def test_a_notebook_renamed_is_found_by_what_it_is(tmp_path: Path) -> None:
    here = tmp_path / "cle5.ipynb"
    assert copies.find_notebook(here, WORKSHEET) is None
    (tmp_path / "autre.ipynb").write_text('{"cells": [], "metadata": {"cinqcles": 3}}')
    (tmp_path / "abîmé.ipynb").write_text("{")
    assert copies.find_notebook(here, WORKSHEET) is None
    renamed = tmp_path / "ma copie.ipynb"
    renamed.write_text(json.dumps(document("ada", {})), encoding="utf-8")
    assert copies.find_notebook(here, WORKSHEET) == renamed
    here.write_text("half a noteb")
    assert copies.find_notebook(here, WORKSHEET) == here
    assert copies.read_document(here) is None


# Read back


def test_the_newest_answers_come_back() -> None:
    old = record("ada", "q1", "abonnes") | {"time": "2026-11-01T10:00:00Z"}
    notebook = document("ada", {"q1": "portee", "q2": "7,87"})
    cell_outputs = notebook["cells"][1]["outputs"]
    cell_outputs.append({"output_type": "display_data", "metadata": {}, "data": {MIME: old}})
    notebook["cells"][1]["outputs"] = cell_outputs
    back, answers, notes = copies.read_copy(json.dumps(notebook).encode("utf-8-sig"), **ADA)
    assert back == notebook
    assert {name: answer.value for name, answer in answers.items()} == {
        "q1": "portee",
        "q2": "7,87",
    }
    assert notes == []


def test_what_was_emptied_or_never_answered_does_not_come_back() -> None:
    notebook = document("ada", {"q1": "portee", "q2": None, "q3": "3"})
    blank = record("ada", "q3", "3", revision=0)
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if output["data"][MIME]["question"] == "q3":
                output["data"][MIME] = blank
    assert list(copies.read_copy(json.dumps(notebook).encode(), **ADA)[1]) == ["q1"]


NOTHING = "Rien n’a été repris"


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (b"", "Ce fichier n’est pas un cahier."),
        (b"%PDF-1.7\xff\xfe", "Ce fichier n’est pas un cahier."),
        (b"[]", "Ce fichier n’est pas un cahier."),
        (b'{"cells": 3}', "Ce fichier n’est pas un cahier."),
        (b"[" * 100_000, "Ce fichier n’est pas un cahier."),
        (b'{"cells": [' + b"9" * 5_000 + b"]}", "Ce fichier n’est pas un cahier."),
        (b" " * 8_100_000, "Ce fichier est trop gros pour être une copie (8,1 Mo, 8 Mo au plus)."),
        (b'{"cells": []}', "Ce cahier ne contient aucune réponse."),
        (
            content("bob", {"q1": "portee"}),
            "Cette copie est celle de «\u00a0bob\u00a0», et vous travaillez ici sous "
            "l’identifiant «\u00a0ada\u00a0».",
        ),
    ],
)
def test_a_file_that_brings_nothing_is_refused_with_its_reason(file: bytes, why: str) -> None:
    with pytest.raises(WorksheetError) as refused:
        copies.read_copy(file, **ADA)
    assert str(refused.value).startswith(why)
    assert NOTHING in str(refused.value)


def test_another_worksheet_and_other_numbers_are_refused() -> None:
    mine = content("ada", {"q1": "portee"})
    with pytest.raises(WorksheetError, match="celle d’une autre feuille") as other:
        copies.read_copy(mine, **ADA | {"worksheet": "cle1-pourquoi"})
    assert f"«\u00a0{WORKSHEET}\u00a0»" in str(other.value)
    with pytest.raises(WorksheetError, match="remplie sur d’autres chiffres"):
        copies.read_copy(mine, **ADA | {"variant": (variant_of(WORKSHEET, "ada") + 1) % 32})


def test_what_else_a_file_holds_is_said_and_left_aside() -> None:
    notebook = document("ada", {"q1": "portee"})
    others = [
        record("bob", "q2", "1"),
        record("ada", "q3", "1", worksheet="cle1-pourquoi"),
        record("ada", "q4", ["a"], variant=(variant_of(WORKSHEET, "ada") + 1) % 32),
        record("ada", "q5", ["a"]) | {"value": "x" * 60_000},
    ]
    notebook["cells"][1]["outputs"] = [
        {"output_type": "display_data", "metadata": {}, "data": {MIME: other}} for other in others
    ]
    _document, answers, notes = copies.read_copy(json.dumps(notebook).encode(), **ADA)
    assert list(answers) == ["q1"]
    assert notes == [
        "Cellule n° 2\u00a0: une réponse n’a pas pu être lue (le champ "
        "«\u00a0value\u00a0» n’a pas la forme attendue).",
        "Les réponses de «\u00a0bob\u00a0», dans ce même fichier, sont laissées de côté.",
        "Les réponses à d’autres feuilles sont laissées de côté.",
        "Les réponses données sur d’autres chiffres sont laissées de côté.",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["outputs", "data", "metadata", "nbgrader", "cell_type", MIME]), inner
        )
    ),
    max_leaves=15,
)
CELLS = st.lists(
    JSON
    | st.fixed_dictionaries(
        {"cell_type": st.just("code")},
        optional={
            "outputs": JSON,
            "metadata": JSON,
            "source": JSON,
        },
    ),
    max_size=4,
)


@given(cells=CELLS, metadata=JSON)
def test_no_notebook_is_odd_enough_to_break_it(cells: Any, metadata: Any) -> None:
    notebook = {"cells": cells, "metadata": metadata}
    answer = {MIME: record("ada", "q1", "a"), "text/plain": ""}
    filled = copies.fill(notebook, {"q1": answer})
    code = [
        c for c in cells if isinstance(c, dict) and (c.get("cell_type") == "code" or "outputs" in c)
    ]
    assert ("q1" in values_of(filled)) == bool(code)
    copies.written_code(filled)
    copies.holds(filled, [Answer.model_validate(answer[MIME])])
    try:
        _, answers, _ = copies.read_copy(json.dumps(filled).encode(), **ADA)
    except WorksheetError:
        assert not code
    else:
        assert answers["q1"].time == datetime(2026, 11, 22, 10, tzinfo=UTC)


def values_of(notebook: dict[str, Any]) -> dict[str, Any]:
    return {answer.question: answer.value for answer in read_notebook(notebook)[0]}
