"""A synthetic cohort: what is written is what its manifest says, and grading finds the same."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from cinqcles.classroom import box
from cinqcles.classroom.collect import collect
from cinqcles.classroom.grade import Status, grade
from cinqcles.classroom.marking import mark_answers
from cinqcles.classroom.reference import reference
from cinqcles.classroom.replies import Outcome
from cinqcles.classroom.simulate import (
    FLOOD,
    LEVELS,
    WRONG,
    Cohort,
    Kind,
    Simulated,
    simulate,
)
from cinqcles.cli import app
from cinqcles.errors import ClassroomError
from cinqcles.worksheet.answers import read_notebook
from cinqcles.worksheet.identity import learner_id, variant_of
from cinqcles.worksheet.questions import Code

NAMES = ("cle1-pourquoi", "cle5-apparences")
CODE = "q6"  # of cle5-apparences
FOREIGN = (Kind.NEIGHBOUR, Kind.OTHER_SHEET)
UNREADABLE = (Kind.TRUNCATED, Kind.PDF)
MOST = 14  # learners: their keys take seconds, and tests share them

needs_box = pytest.mark.skipif(
    box.why_no_box() is not None and os.environ.get("CI") != "true",
    reason=f"learner code cannot be boxed here: {box.why_no_box()}",
)


@pytest.fixture
def small(course: Path) -> Path:
    """A course of two worksheets."""
    for folder in (course / "solutions").iterdir():
        if folder.name not in NAMES:
            shutil.rmtree(folder)
    return course


def files(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def made(course: Path, name: str, n: int, kind: Kind) -> tuple[Simulated, bytes]:
    """One copy of a kind."""
    cohort = Cohort(course, n, name)
    (sheet,) = cohort.sheets
    return cohort.copy(sheet, n, kind)


def marks(course: Path, copy: Simulated, content: bytes) -> dict[str, Outcome]:
    """What marking a copy's answers as its learner's gives, code set aside."""
    source = course / "solutions" / copy.worksheet / f"{copy.worksheet}.ipynb"
    variant = variant_of(copy.worksheet, copy.learner)
    key = reference(source, variant)
    document = json.loads(content)
    unread = [cell for cell in document["cells"] if read_notebook({"cells": [cell]})[1]]
    verdicts = mark_answers(
        read_notebook(document)[0],
        key,
        worksheet=copy.worksheet,
        learner=copy.learner,
        variant=variant,
        results={},
        unread=[cell["metadata"]["nbgrader"]["grade_id"] for cell in unread],
    )
    found = {}
    for name, verdict in verdicts.items():
        if isinstance(key[name], Code):
            continue
        share, review = verdict.mark.share, verdict.mark.review
        found[name] = (
            Outcome.PERSON
            if review
            else Outcome.NONE
            if verdict.value is None
            else {0: Outcome.WRONG, 1: Outcome.RIGHT}.get(share, Outcome.PARTLY)
        )
    return found


def without_code(copy: Simulated) -> dict[str, Outcome]:
    code = {CODE} if copy.worksheet == "cle5-apparences" else set()
    return {name: outcome for name, outcome in copy.outcomes.items() if name not in code}


# --- What is handed in ---------------------------------------------------------------------------


def test_of_thirty_copies_twenty_are_ordinary(small: Path) -> None:
    cohort = Cohort(small, seed=4)
    for sheet in cohort.sheets:
        kinds = list(islice(cohort.kinds(sheet), 9 * 30))
        for start in range(0, len(kinds), 30):
            counted = Counter(kinds[start : start + 30])
            assert counted[Kind.ORDINARY] == 20
            assert counted[Kind.LATE] == counted[Kind.UNFINISHED] == 2
            assert counted[Kind.EMPTY] == counted[Kind.TWICE] == 1
            assert sum(counted[kind] for kind in WRONG) == 4
        # In turn: after nine groups, each has come as often as the others.
        assert {Counter(kinds)[kind] for kind in WRONG} == {4}


def test_one_worksheet_alone_is_never_taken_for_another(small: Path) -> None:
    shutil.rmtree(small / "solutions" / NAMES[0])
    cohort = Cohort(small)
    kinds = set(islice(cohort.kinds(cohort.sheets[0]), 9 * 30))
    assert set(Kind) - kinds == {Kind.OTHER_SHEET, Kind.FIRST}


def test_a_learner_has_one_level_in_every_worksheet(small: Path) -> None:
    cohort = Cohort(small, 1000)
    levels = Counter(cohort.level(n) for n in range(1, 1001))
    assert all(abs(levels[level] - 10 * share) < 40 for level, share in LEVELS.items())
    told = {cohort.copy(sheet, 7, Kind.ORDINARY)[0].level for sheet in cohort.sheets}
    assert told == {cohort.level(7)}


@pytest.mark.parametrize("name", ["cle2-coherence", "cle3-mode", "cle4-bon-endroit", "dossier"])
def test_a_copy_holds_what_is_said_of_it(course: Path, name: str) -> None:
    told: Counter[Outcome] = Counter()
    for n in range(1, 4):
        copy, content = made(course, name, n, Kind.ORDINARY)
        assert marks(course, copy, content) == copy.outcomes
        told.update(copy.outcomes.values())
        given = nbformat.read(course / "exercises" / name / f"{name}.ipynb", 4)
        ours = nbformat.reads(content.decode(), 4)
        nbformat.validate(ours)
        assert [c.source for c in ours.cells] == [c.source for c in given.cells]
    assert told[Outcome.RIGHT] > 3
    assert told[Outcome.PERSON] > 1
    assert told[Outcome.WRONG] + told[Outcome.PARTLY] > 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "kind",
    [
        Kind.LATE,
        Kind.UNFINISHED,
        Kind.EMPTY,
        Kind.FIRST,
        Kind.TWICE,
        Kind.DELETED,
        Kind.FLOODED,
        Kind.DUPLICATED,
        Kind.EDITED,
        Kind.OLD,
    ],
    ids=lambda kind: kind.name,
)
def test_a_copy_that_reads_holds_what_is_said_of_it(small: Path, name: str, kind: Kind) -> None:
    for n in range(1, 4):
        copy, content = made(small, name, n, kind)
        assert marks(small, copy, content) == without_code(copy)


def read(course: Path, kind: Kind) -> tuple[Simulated, dict[str, Any]]:
    """The second learner's copy of a kind, and its notebook."""
    copy, content = made(course, NAMES[0], 2, kind)
    return copy, json.loads(content)


def released(course: Path) -> dict[str, Any]:
    file = course / "exercises" / NAMES[0] / f"{NAMES[0]}.ipynb"
    document: dict[str, Any] = json.loads(file.read_bytes())
    return document


def sources(document: dict[str, Any]) -> list[str]:
    return ["".join(cell["source"]) for cell in document["cells"]]


def test_answers_are_given_before_the_worksheet_is_due_or_late(small: Path) -> None:
    (sheet,) = Cohort(small, 1, NAMES[0]).sheets
    for kind in (Kind.ORDINARY, Kind.FIRST, Kind.LATE):
        copy, document = read(small, kind)
        times = [answer.time for answer in read_notebook(document)[0] if answer.revision]
        assert copy.last == max(times)
        assert (copy.last > sheet.due) is (kind is Kind.LATE)


def test_an_empty_copy_was_opened(small: Path) -> None:
    copy, document = read(small, Kind.EMPTY)
    answers, problems = read_notebook(document)
    assert [a.question for a in answers] == list(copy.outcomes)
    assert {(a.value, a.revision, a.learner) for a in answers} == {(None, 0, copy.learner)}
    assert set(copy.outcomes.values()) == {Outcome.NONE}
    assert (copy.last, problems) == (None, [])


def test_an_unfinished_copy_stops_on_the_way(small: Path) -> None:
    _copy, document = read(small, Kind.UNFINISHED)
    given = [a.revision > 0 for a in read_notebook(document)[0]]
    assert given == sorted(given, reverse=True)
    assert set(given) == {True, False}


def test_of_two_copies_the_second_is_the_newest(small: Path) -> None:
    first, _document = read(small, Kind.FIRST)
    second, _document = read(small, Kind.TWICE)
    assert first.last
    assert second.last
    assert first.last < second.last
    assert first.file == Path(NAMES[0], "cle1-pourquoi-synthetique-0002.ipynb")
    assert second.file == Path(NAMES[0], "cle1-pourquoi-synthetique-0002 (1).ipynb")


def test_cells_are_deleted_doubled_or_edited(small: Path) -> None:
    before = sources(released(small))
    copy, document = read(small, Kind.DELETED)
    assert len(document["cells"]) == len(before) - 2
    assert list(copy.outcomes.values()).count(Outcome.NONE) == 2
    copy, document = read(small, Kind.DUPLICATED)
    assert len(document["cells"]) == len(before) + 1
    assert set(sources(document)) == set(before)
    answers = Counter(a.question for a in read_notebook(document)[0])
    assert sorted(answers.values()) == [1] * (len(answers) - 1) + [2]
    nbformat.validate(nbformat.from_dict(document))
    copy, document = read(small, Kind.EDITED)
    changed = [a for a, b in zip(sources(document), before, strict=True) if a != b]
    assert len(changed) == 2
    assert all(source.endswith("\n# ligne ajoutée par mégarde") for source in changed)


def test_an_output_floods_and_an_answer_is_of_another_time(small: Path) -> None:
    _copy, document = read(small, Kind.FLOODED)
    outputs = [output for cell in document["cells"] for output in cell.get("outputs", [])]
    assert max(len(output.get("text", "")) for output in outputs) == FLOOD
    _copy, document = read(small, Kind.OLD)
    (problem,) = read_notebook(document)[1]
    assert problem.endswith("(elle vient d’une autre version du cours).")


@pytest.mark.parametrize("kind", UNREADABLE, ids=lambda kind: kind.name)
def test_some_files_are_no_notebooks(small: Path, kind: Kind) -> None:
    copy, content = made(small, NAMES[0], 2, kind)
    assert copy.last is None
    assert set(copy.outcomes.values()) == {Outcome.NONE}
    with pytest.raises(ValueError, match=r"."):
        json.loads(content)
    assert content.startswith(b"%PDF-") is (kind is Kind.PDF)


def test_some_copies_are_not_their_learners_or_not_of_this_worksheet(small: Path) -> None:
    file = Path(NAMES[0], "cle1-pourquoi-synthetique-0002.ipynb")
    copy, document = read(small, Kind.NEIGHBOUR)
    assert {a.learner for a in read_notebook(document)[0]} == {"synthetique-0001"}
    assert (copy.learner, copy.file) == ("synthetique-0002", file)
    copy, document = read(small, Kind.OTHER_SHEET)
    assert {(a.worksheet, a.learner) for a in read_notebook(document)[0]} == {
        (NAMES[1], "synthetique-0002")
    }
    assert (copy.learner, copy.file) == ("synthetique-0002", file)
    assert set(copy.outcomes.values()) == {Outcome.NONE}


def test_everything_says_that_it_is_synthetic(small: Path) -> None:
    copy, content = made(small, NAMES[0], 7, Kind.ORDINARY)
    text = next(a.value for a in read_notebook(json.loads(content))[0] if a.question == "q8")
    assert str(text).startswith("[Texte synthétique, écrit par cinqcles simulate.] ")
    assert copy.learner == "synthetique-0007" == learner_id(copy.learner)
    _copy, content = made(small, NAMES[0], 7, Kind.PDF)
    assert b"/Title (Copie synthetique)" in content


# --- The folder ----------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes(small: Path, tmp_path: Path) -> None:
    for folder, learners, seed in (("a", 6, 0), ("b", 6, 0), ("c", 6, 1), ("d", 4, 0)):
        simulate(small, tmp_path / folder, learners=learners, worksheet=NAMES[0], seed=seed)
    first, same, other, fewer = (files(tmp_path / folder) for folder in "abcd")
    assert first == same
    copies = {name for name in first if name.endswith(".ipynb")}
    assert len(copies) >= 6
    assert all(first[name] != other.get(name) for name in copies)
    # Learners who come in addition change nothing for the others.
    assert {name for name in fewer if name.endswith(".ipynb")} < copies
    assert all(first[name] == fewer[name] for name in fewer if name.endswith(".ipynb"))


def test_the_folder_says_what_each_file_is(small: Path, tmp_path: Path) -> None:
    to = tmp_path / "essai"
    written = simulate(small, to, learners=MOST)
    listed: Counter[str] = Counter()
    cohort = Cohort(small, MOST)
    for sheet in cohort.sheets:
        text = (to / f"manifeste-{sheet.name}.csv").read_bytes().decode("utf-8-sig")
        head, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=";")
        questions = [f"q{n}" for n in range(1, len(head) - 5)]
        assert head == [
            "Fichier",
            "Apprenant",
            "Niveau",
            "Copie",
            "Dernière réponse (UTC)",
            "Échéance (UTC)",
            *questions,
        ]
        names = {file.name for file in (to / sheet.name).iterdir()}
        assert names == {row[0] for row in rows}
        assert len(rows) >= MOST
        listed.update(row[3] for row in rows)
        for row, (copy, content) in zip(rows, cohort.handed_in(sheet), strict=True):
            assert row[:2] == [copy.file.name, copy.learner]
            assert (to / copy.file).read_bytes() == content
            assert len(row) == len(head)
    assert {kind.label: n for kind, n in written.items()} == listed
    about = (to / "LISEZMOI.txt").read_text(encoding="utf-8")
    assert about.startswith("Copies synthétiques\u00a0: aucune n’est celle d’une personne.\n")
    assert all(f"- {kind.label}\u00a0: {kind.about}\n" in about for kind in Kind)


def test_a_run_replaces_the_one_before(small: Path, tmp_path: Path) -> None:
    simulate(small, tmp_path / "essai", learners=4)
    (tmp_path / "essai" / NAMES[0] / "à moi.ipynb").write_bytes(b"{}")
    before = files(tmp_path / "essai")
    simulate(small, tmp_path / "essai", learners=2, worksheet=NAMES[0], seed=3)
    after = files(tmp_path / "essai")
    learners = {copy for copy in after if copy.startswith(f"{NAMES[0]}/{NAMES[0]}")}
    assert {name.partition("synthetique-")[2][:4] for name in learners} == {"0001", "0002"}
    assert after[f"{NAMES[0]}/à moi.ipynb"] == b"{}"
    kept = {name for name in before if NAMES[1] in name}
    assert kept
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


def test_a_folder_that_holds_something_else_is_left_alone(small: Path, tmp_path: Path) -> None:
    to = tmp_path / "copies"
    to.mkdir()
    (to / "LISEZMOI.txt").write_text("Copies de la session de mars", encoding="utf-8")
    with pytest.raises(ClassroomError) as told:
        simulate(small, to, learners=1, worksheet=NAMES[0])
    assert str(told.value) == (
        f"Le dossier «\u00a0{to}\u00a0» contient autre chose que des copies synthétiques. "
        "Rien n’y est écrit\u00a0: donnez-en un autre (--to DOSSIER), ou videz-le."
    )
    assert files(to) == {"LISEZMOI.txt": b"Copies de la session de mars"}
    with pytest.raises(ClassroomError) as told:
        simulate(small, to / "LISEZMOI.txt", learners=1, worksheet=NAMES[0])
    assert str(told.value) == (
        f"«\u00a0{to / 'LISEZMOI.txt'}\u00a0» est un fichier\u00a0: donnez un dossier."
    )


def test_a_folder_that_cannot_be_written_is_told(small: Path, tmp_path: Path) -> None:
    to = tmp_path / "essai"
    simulate(small, to, learners=1, worksheet=NAMES[0])
    manifest = to / f"manifeste-{NAMES[0]}.csv"
    manifest.unlink()
    manifest.mkdir()
    with pytest.raises(ClassroomError) as told:
        simulate(small, to, learners=1, worksheet=NAMES[0])
    assert str(told.value) == (
        f"«\u00a0{manifest}\u00a0» ne peut pas être écrit (Is a directory). Donnez un autre "
        "dossier (--to DOSSIER), ou faites de la place."
    )


@pytest.mark.parametrize("learners", [0, -3])
def test_nobody_is_no_cohort(small: Path, tmp_path: Path, learners: int) -> None:
    with pytest.raises(ClassroomError) as told:
        simulate(small, tmp_path / "essai", learners=learners)
    assert str(told.value) == f"Il faut au moins un apprenant\u00a0; vous en demandez {learners}."
    assert not (tmp_path / "essai").exists()


def test_a_worksheet_has_to_exist_and_to_be_released(small: Path, tmp_path: Path) -> None:
    with pytest.raises(ClassroomError) as told:
        simulate(small, tmp_path / "essai", worksheet="cle9")
    assert str(told.value) == (
        "La feuille «\u00a0cle9\u00a0» n’existe pas. Feuilles du cours\u00a0: "
        "cle1-pourquoi, cle5-apparences."
    )
    file = small / "exercises" / NAMES[0] / f"{NAMES[0]}.ipynb"
    file.unlink()
    with pytest.raises(ClassroomError) as told:
        simulate(small, tmp_path / "essai")
    assert str(told.value) == (
        f"La feuille «\u00a0cle1-pourquoi\u00a0» n’est pas publiée\u00a0: {file} manque ou ne "
        "se lit pas. Lancez d’abord\u00a0: cinqcles release cle1-pourquoi"
    )
    assert not (tmp_path / "essai").exists()


def test_notebooks_of_another_kind_are_passed_over(small: Path, tmp_path: Path) -> None:
    for folder in ("solutions", "exercises"):
        (small / folder / "autre").mkdir()
        nbformat.write(nbformat.v4.new_notebook(), small / folder / "autre" / "autre.ipynb")
    assert [sheet.name for sheet in Cohort(small).sheets] == list(NAMES)
    with pytest.raises(ClassroomError, match=r"n’est pas une feuille de ce cours"):
        simulate(small, tmp_path / "essai", learners=1, worksheet="autre")


def test_keys_are_computed_once_and_only_those_needed(small: Path, tmp_path: Path) -> None:
    (small / ".cinqcles" / "references").unlink()
    source = small / "solutions" / NAMES[0] / f"{NAMES[0]}.ipynb"
    alone = Cohort(small, 1, NAMES[0])
    assert alone.missing() == [(source, variant_of(NAMES[0], "synthetique-0001"))]
    told = []

    def progress(steps: Iterable[Any], about: str, total: int) -> Iterable[Any]:
        told.append((about, total))
        return steps

    for _run in range(2):
        simulate(small, tmp_path / "essai", learners=1, worksheet=NAMES[0], progress=progress)
    files = len(list((tmp_path / "essai" / NAMES[0]).iterdir()))
    assert told == [("Corrigés", 1), (NAMES[0], files), (NAMES[0], files)]
    assert alone.missing() == []


# --- The whole way -------------------------------------------------------------------------------


def test_the_command(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small)
    done = CliRunner().invoke(app, ["simulate", "--learners", "3", "--worksheet", NAMES[0]])
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    count = len(list((small / "copies-synthetiques" / NAMES[0]).iterdir()))
    assert lines[-2] == f"{count} fichiers écrits dans copies-synthetiques."
    assert lines[-1] == "La suite\u00a0: copies-synthetiques/LISEZMOI.txt"
    assert "ordinaire" in done.stdout
    refused = CliRunner().invoke(app, ["simulate", "--learners", "0"])
    assert refused.exit_code == 1
    assert refused.stderr.strip() == (
        "Erreur\u00a0: Il faut au moins un apprenant\u00a0; vous en demandez 0."
    )


def scores(course: Path, worksheet: str) -> dict[str, dict[str, tuple[float, bool]]]:
    """By learner and question: the share of the points, and whether a person has to look."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return {
            submission.student.id: {
                g.name: ((g.auto_score or 0) / g.max_score, bool(g.needs_manual_grade))
                for notebook in submission.notebooks
                for g in notebook.grades
            }
            for submission in gradebook.assignment_submissions(worksheet)
        }


def hand_in(cohort: Cohort, to: Path) -> dict[str, Simulated]:
    """A copy of each kind in a folder: by learner, the one that counts."""
    (sheet,) = cohort.sheets
    kept = {}
    for n, kind in enumerate((kind for kind in Kind if kind is not Kind.FIRST), start=1):
        for each in (Kind.FIRST, Kind.TWICE) if kind is Kind.TWICE else (kind,):
            copy, content = cohort.copy(sheet, n, each)
            (to / copy.file).parent.mkdir(exist_ok=True)
            (to / copy.file).write_bytes(content)
            kept[copy.learner] = copy
    return kept


@needs_box
@pytest.mark.parametrize("name", NAMES)
def test_grading_finds_what_the_manifest_says(small: Path, tmp_path: Path, name: str) -> None:
    """A learner of each kind, collected and graded as an instructor does."""
    handed = hand_in(Cohort(small, MOST, name), tmp_path)
    told = {c.file.name for c in handed.values() if c.kind in (Kind.EMPTY, *FOREIGN, *UNREADABLE)}
    (tmp_path / "à part").mkdir()
    for file in told:
        (tmp_path / name / file).rename(tmp_path / "à part" / file)
    collected = {each.learner for each in collect(small, name, tmp_path / name)}
    assert collected == {c.learner for c in handed.values() if c.file.name not in told}
    for copy in handed.values():  # the instructor says whose the others are
        if copy.file.name in told:
            collect(small, name, tmp_path / "à part" / copy.file.name, copy.learner)
    results = {each.learner: each for each in grade(small, name)}
    found = scores(small, name)
    for learner, copy in handed.items():
        # Left aside when collected, or else never graded.
        if copy.kind in (*UNREADABLE, Kind.OTHER_SHEET):
            assert learner not in results or results[learner].status is Status.FAILED
            continue
        result, foreign = results[learner], copy.kind in FOREIGN
        for question, (share, waits) in found[learner].items():
            outcome = copy.outcomes[question]
            where = (copy.kind, question, outcome, share)
            assert foreign or waits is (outcome is Outcome.PERSON), where
            assert (share == 1) is (outcome is Outcome.RIGHT), where
            assert (0 < share < 1) is (outcome is Outcome.PARTLY), where
        if copy.kind is Kind.EMPTY or foreign:
            assert result.score == 0
            assert result.status is (Status.REVIEW if foreign else Status.GRADED)
