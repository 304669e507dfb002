"""Copies collected from everything they come in: whose each is, which one is taken, who is told."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from typer.testing import CliRunner

from cinqcles.classroom.collect import Collected, Outcome, collect
from cinqcles.cli import app
from cinqcles.errors import ClassroomError, CopyError, WorksheetError
from copies import COURSE, RELEASED, WORKSHEET, answer_cell, cell_of, make_copy, record

ASK = "Pour trancher, ramassez ce fichier seul, avec --learner."
NO_ANSWER = (
    "Aucune réponse à la feuille «\u00a0cle5-apparences\u00a0» dans cette copie. Si elle est d’un "
    "de vos apprenants, précisez --learner."
)
ROSTER = (
    "identifiant;nom;prénom;adresse\n"
    "zoe.l;Lefèvre;Zoé;zoe@exemple.fr\n"
    "ada;Martin;Ada;ada@exemple.fr\n"
    "paul1;Petit;Paul;\n"
    "paul2;Petit;Paul;\n"
)


def saved(copy: nbformat.NotebookNode | bytes) -> bytes:
    return copy if isinstance(copy, bytes) else json.dumps(copy).encode()


def answered(learner: str, value: str = "portee", at: str = "2026-11-22T10:00:00Z") -> bytes:
    """A copy with one answer, given then."""
    copy = make_copy(learner, {})
    answer_cell(cell_of(copy, "q1"), record(learner, "q1", value, time=at))
    return saved(copy)


EMPTY = saved(make_copy("personne", {}))
LESSON = (COURSE / "course" / "05-apparences.ipynb").read_bytes()
OTHER = saved(nbformat.read(COURSE / "exercises" / "cle3-mode" / "cle3-mode.ipynb", as_version=4))


def inbox(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        file = folder / "reçues" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder / "reçues"


def zipped(members: Iterable[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def moodle(folder: Path, members: dict[str, bytes]) -> Path:
    """Moodle's zip: « Nom Complet_123 » gives a folder, or the start of a file's name."""
    file = folder / "COURS-cle5-1234.zip"
    file.write_bytes(zipped(members.items()))
    return file


def roster(folder: Path, text: str = ROSTER) -> Path:
    file = folder / "liste.csv"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gradebook with two learners: seconds to make, so made once."""
    file = tmp_path_factory.mktemp("carnet") / "gradebook.db"
    with Gradebook(f"sqlite:///{file}") as book:
        for learner in ("bob", "léa.roy"):
            book.add_student(learner)
    return file


def told(done: list[Collected]) -> dict[str, tuple[str | None, str]]:
    return {each.name: (each.learner, each.said) for each in done}


def submitted(course: Path) -> dict[str, bytes]:
    """Every file of ``submitted/``, by its path there."""
    folder = course / "submitted"
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if not file.is_dir()
    }


def placed(learner: str, name: str = f"{WORKSHEET}.ipynb") -> str:
    return f"{learner}/{WORKSHEET}/{name}"


def test_each_copy_goes_to_its_learner(course: Path, tmp_path: Path) -> None:
    two = make_copy("ada", {"q1": "portee"})
    answer_cell(cell_of(two, "q2"), record("eve", "q2", "1"))
    files = {
        "a.ipynb": answered("ada"),
        "Zoé (1).ipynb": answered("zoé lefèvre", "vues"),
        "vide.ipynb": EMPTY,
        "b.ipynb": b"?",
        "deux.ipynb": saved(two),
        "sous/dossier/c.ipynb": answered("Camille ROBERT"),
        "mauvais.ipynb": answered("ada").replace(b'"ada"', b'"../\\u001b[31meve"'),
    }
    source = inbox(tmp_path, files)
    done = collect(course, WORKSHEET, source)
    assert [each.name for each in done] == [
        # what was taken first, what was left aside last
        *("Zoé (1).ipynb", "a.ipynb", "sous/dossier/c.ipynb"),
        *("b.ipynb", "deux.ipynb", "mauvais.ipynb", "vide.ipynb"),
    ]
    said = told(done)
    assert said["a.ipynb"] == ("ada", "Ramassée.")
    assert said["Zoé (1).ipynb"] == ("zoé lefèvre", "Ramassée.")
    assert said["sous/dossier/c.ipynb"] == ("camille robert", "Ramassée.")
    assert said["vide.ipynb"] == (None, NO_ANSWER)
    assert said["b.ipynb"] == (
        None,
        "Ce n’est pas un cahier Jupyter (.ipynb)\u00a0: le contenu n’est pas du JSON. Demandez à "
        "l’apprenant d’utiliser le menu Fichier ▸ Télécharger.",
    )
    assert said["deux.ipynb"] == (
        None,
        "Plusieurs apprenants dans cette copie\u00a0: ada, eve. Précisez --learner.",
    )
    assert said["mauvais.ipynb"][0] is None
    refused = "Identifiant refusé\u00a0: «\u00a0../\\x1b[31meve\u00a0». "
    assert said["mauvais.ipynb"][1].startswith(refused)
    assert submitted(course) == {
        placed("ada"): files["a.ipynb"],
        placed("zoé lefèvre"): files["Zoé (1).ipynb"],
        placed("camille robert"): files["sous/dossier/c.ipynb"],
    }


def test_again_changes_nothing_and_older_never_replaces(course: Path, tmp_path: Path) -> None:
    source = inbox(tmp_path, {"a.ipynb": answered("ada")})
    collect(course, WORKSHEET, source)
    file = course / "submitted" / placed("ada")
    before = file.stat()
    (again,) = collect(course, WORKSHEET, source)
    assert again == Collected("a.ipynb", "ada", Outcome.THERE, "Déjà ramassée.")
    assert file.stat() == before
    older = inbox(tmp_path / "2", {"a.ipynb": answered("ada", "vues", "2026-11-21T10:00:00Z")})
    (kept,) = collect(course, WORKSHEET, older)
    assert kept == Collected(
        "a.ipynb",
        "ada",
        Outcome.OLDER,
        "Laissée de côté\u00a0: une copie plus récente est déjà ramassée.",
    )
    assert file.stat() == before
    newer = inbox(tmp_path / "3", {"a.ipynb": answered("ada", "vues", "2026-11-23T10:00:00Z")})
    (taken,) = collect(course, WORKSHEET, newer)
    assert taken == Collected(
        "a.ipynb", "ada", Outcome.TAKEN, "Ramassée\u00a0; elle remplace une copie plus ancienne."
    )
    assert submitted(course) == {placed("ada"): (newer / "a.ipynb").read_bytes()}
    # An empty copy is older than any; a broken one gives way to any.
    (kept,) = collect(course, WORKSHEET, inbox(tmp_path / "4", {"v.ipynb": EMPTY}), "ada")
    assert kept.outcome is Outcome.OLDER
    file.write_bytes(b"?")
    assert collect(course, WORKSHEET, older)[0].outcome is Outcome.TAKEN


def test_of_one_learners_files_the_newest_is_taken(course: Path, tmp_path: Path) -> None:
    newest = answered("ada", "vues", "2026-11-23T10:00:00Z")
    files = {
        "1.ipynb": answered("ada"),
        "2.ipynb": newest,
        "3.ipynb": newest,
        "4.ipynb": answered("bob"),
    }
    source = inbox(tmp_path, files)
    for first in ("Ramassée.", "Déjà ramassée."):
        done = collect(course, WORKSHEET, source)
        assert told(done) == {
            "1.ipynb": ("ada", "Plus ancienne que 2.ipynb."),
            "2.ipynb": ("ada", first),
            "3.ipynb": ("ada", "Identique à 2.ipynb."),
            "4.ipynb": ("bob", first),
        }
    assert submitted(course) == {placed("ada"): newest, placed("bob"): files["4.ipynb"]}


def test_two_copies_of_one_instant_are_not_chosen_between(course: Path, tmp_path: Path) -> None:
    """Only the code differs, for one: its changes have no date."""
    code = make_copy("ada", {"q1": "portee"}, "def f(): pass")
    source = inbox(tmp_path, {"1.ipynb": answered("ada"), "2.ipynb": saved(code)})
    done = collect(course, WORKSHEET, source)
    why = (
        "Différente d’une autre copie de «\u00a0ada\u00a0», et répondue au même instant. Pour "
        "trancher, ramassez la bonne seule, avec --learner."
    )
    assert told(done) == {"1.ipynb": (None, why), "2.ipynb": (None, why)}
    assert submitted(course) == {}
    (one,) = collect(course, WORKSHEET, source / "2.ipynb", learner="ada")
    assert one.said == "Ramassée."


def test_what_is_not_a_copy_of_the_worksheet_is_told(course: Path, tmp_path: Path) -> None:
    stranger = nbformat.v4.new_notebook()
    other = make_copy("ada", {})
    other.metadata.pop("cinqcles")
    answer_cell(cell_of(other, "q1"), record("ada", "q1", "x", worksheet="vieille\x1b[0m"))
    huge = b'{"cells": [' + b"{}," * 4_000_000 + b"{}]}"
    source = inbox(
        tmp_path,
        {
            "cle3.ipynb": OTHER,
            "leçon.ipynb": LESSON,
            "vieille.ipynb": saved(other),
            "notes.ipynb": saved(stranger),
            "liste.ipynb": b"[]",
            "profond.ipynb": b"[" * 200_000,
            "nul.ipynb": b"",
            "énorme.ipynb": huge,
            "rapport.pdf": b"%PDF",
            "timestamp.txt": b"2026-11-22",
        },
    )
    done = collect(course, WORKSHEET, source)
    assert {each.outcome for each in done} == {Outcome.ASIDE}
    assert {each.name: each.said for each in done} == {
        "cle3.ipynb": "C’est la feuille «\u00a0cle3-mode\u00a0».",
        "leçon.ipynb": (
            "C’est la leçon «\u00a005-apparences\u00a0», et non la feuille\u00a0: demandez à "
            "l’apprenant sa feuille."
        ),
        "vieille.ipynb": "C’est la feuille «\u00a0vieille\\x1b[0m\u00a0».",
        "notes.ipynb": NO_ANSWER,
        "liste.ipynb": (
            "Ce n’est pas un cahier Jupyter (.ipynb)\u00a0: c’est du JSON, mais sans cellules. "
            "Demandez à l’apprenant d’utiliser le menu Fichier ▸ Télécharger."
        ),
        "profond.ipynb": (
            "Ce n’est pas un cahier Jupyter (.ipynb)\u00a0: le contenu n’est pas du JSON. Demandez "
            "à l’apprenant d’utiliser le menu Fichier ▸ Télécharger."
        ),
        "nul.ipynb": "Le fichier est vide. Demandez à l’apprenant de le renvoyer.",
        "énorme.ipynb": (
            "Le fichier contient trop de données pour une copie (plus de 4\u202f000\u202f000 "
            "valeurs). Demandez à l’apprenant d’en enlever l’affichage sans fin, et de le renvoyer."
        ),
        "rapport.pdf": "Ce n’est pas un cahier (.ipynb).",
        "timestamp.txt": "Ce n’est pas un cahier (.ipynb).",
    }
    assert submitted(course) == {}


def test_a_learner_given_is_for_one_file(course: Path, tmp_path: Path) -> None:
    source = inbox(tmp_path, {"vide.ipynb": EMPTY, "lisez-moi.txt": b"", "b.ipynb": b"?"})
    with pytest.raises(CopyError) as refused:
        collect(course, WORKSHEET, source, learner="bob")
    assert str(refused.value) == (
        f"Il faut un seul fichier pour --learner\u00a0; 2 trouvés dans {source}."
    )
    with pytest.raises(WorksheetError, match="Identifiant refusé"):
        collect(course, WORKSHEET, source / "vide.ipynb", learner="../bob")
    assert submitted(course) == {}
    (one,) = collect(course, WORKSHEET, source / "vide.ipynb", learner="Bob")
    assert one == Collected(
        "vide.ipynb", "bob", Outcome.TAKEN, "Ramassée. Elle ne contient aucune réponse."
    )
    # It decides, whatever the copy and its name say; but not what worksheet it is.
    copy = make_copy("ada", {"q1": "portee"})
    copy.metadata.pop("cinqcles")
    file = inbox(tmp_path, {"ada.ipynb": saved(copy)}) / "ada.ipynb"
    (one,) = collect(course, WORKSHEET, file, learner="zoé", roster=roster(tmp_path))
    assert (one.learner, one.said) == ("zoé", "Ramassée.")
    file.write_bytes(OTHER)
    (one,) = collect(course, WORKSHEET, file, learner="zoé")
    assert (one.learner, one.said) == (None, "C’est la feuille «\u00a0cle3-mode\u00a0».")
    file.write_bytes(LESSON)
    (one,) = collect(course, WORKSHEET, file, learner="zoé")
    assert (one.learner, one.said.startswith("C’est la leçon")) == (None, True)


def test_nothing_there_is_told(course: Path, tmp_path: Path) -> None:
    source = inbox(tmp_path, {".ipynb_checkpoints/a.ipynb": answered("ada")})
    with pytest.raises(CopyError) as refused:
        collect(course, WORKSHEET, source)
    assert str(refused.value) == f"Aucune copie (.ipynb) dans {source}."
    with pytest.raises(ClassroomError, match="La feuille «\u00a0cle9\u00a0» n’existe pas"):
        collect(course, "cle9", source)


# --- Moodle --------------------------------------------------------------------------------------


def test_moodles_zip_without_a_roster(course: Path, tmp_path: Path) -> None:
    zoe = answered("zoé.lefèvre")
    source = moodle(
        tmp_path,
        {
            "Zoé Lefèvre_1000001_assignsubmission_file_/sous/copie.ipynb": zoe,
            "Ada Martin_1000002_assignsubmission_file_ma copie (2).ipynb": answered("ada"),
            "Ada Martin_1000002_assignsubmission_onlinetext_onlinetext.html": b"<p>Bonjour",
            "Hugo Petit_1000003_assignsubmission_onlinetext_/onlinetext.html": b"<p>Bonjour",
            "Hugo Petit_1000003_assignsubmission_file_/travail.zip": zipped(
                [("a/cle5-apparences.ipynb", answered("hugo")), ("a/photo.png", b"")]
            ),
            "Léa Roy_1000004_assignsubmission_file_/cle5-apparences.ipynb": EMPTY,
        },
    )
    said = {
        "Ada Martin_1000002_assignsubmission_file_ma copie (2).ipynb": ("ada", "Ramassée."),
        "Ada Martin_1000002_assignsubmission_onlinetext_onlinetext.html": (
            None,
            "Ce n’est pas un fichier remis, mais un texte tapé dans Moodle\u00a0: lisez-le là.",
        ),
        "Hugo Petit_1000003_assignsubmission_file_/travail.zip/a/cle5-apparences.ipynb": (
            "hugo",
            "Ramassée.",
        ),
        "Hugo Petit_1000003_assignsubmission_file_/travail.zip/a/photo.png": (
            None,
            "Ce n’est pas un cahier (.ipynb).",
        ),
        "Hugo Petit_1000003_assignsubmission_onlinetext_/onlinetext.html": (
            None,
            "Ce n’est pas un fichier remis, mais un texte tapé dans Moodle\u00a0: lisez-le là.",
        ),
        "Léa Roy_1000004_assignsubmission_file_/cle5-apparences.ipynb": (None, NO_ANSWER),
        "Zoé Lefèvre_1000001_assignsubmission_file_/sous/copie.ipynb": ("zoé.lefèvre", "Ramassée."),
    }
    assert told(collect(course, WORKSHEET, source)) == said
    assert submitted(course)[placed("zoé.lefèvre")] == zoe
    assert len(submitted(course)) == 3
    # Opened by hand, or in a folder with others: the same.
    with zipfile.ZipFile(source) as archive:
        archive.extractall(tmp_path / "ouverte")
    again = told(collect(course, WORKSHEET, tmp_path / "ouverte"))
    assert again.keys() == said.keys()
    (tmp_path / "tout").mkdir()
    source.rename(tmp_path / "tout" / "m.zip")
    again = told(collect(course, WORKSHEET, tmp_path / "tout"))
    assert again.keys() == {f"m.zip/{name}" for name in said}


def test_an_empty_copy_is_somebodys_whom_the_gradebook_knows(
    course: Path, gradebook: Path, tmp_path: Path
) -> None:
    shutil.copy(gradebook, course)
    source = moodle(
        tmp_path,
        {
            "Léa Roy_1_assignsubmission_file_/a.ipynb": EMPTY,
            "Hugo Petit_2_assignsubmission_file_/a.ipynb": EMPTY,
        },
    )
    assert told(collect(course, WORKSHEET, source)) == {
        "Hugo Petit_2_assignsubmission_file_/a.ipynb": (None, NO_ANSWER),
        "Léa Roy_1_assignsubmission_file_/a.ipynb": (
            "léa.roy",
            "Ramassée. Elle ne contient aucune réponse.",
        ),
    }
    # A name is no identifier: it does not contradict what the answers say.
    source = moodle(tmp_path, {"Bob_3_assignsubmission_file_/a.ipynb": answered("ada")})
    assert collect(course, WORKSHEET, source)[0].learner == "ada"


def test_one_learners_answers_handed_in_by_two_people(course: Path, tmp_path: Path) -> None:
    source = moodle(
        tmp_path,
        {
            "Zoé Lefèvre_11_assignsubmission_file_/a.ipynb": answered("ada", "vues"),
            "Ada Martin_12_assignsubmission_file_/a.ipynb": answered("ada"),
            "Hugo Petit_13_assignsubmission_file_/a.ipynb": answered("hugo"),
            "Hugo Petit_13_assignsubmission_file_/b.ipynb": answered("hugo"),
        },
    )
    why = (
        "Les réponses de «\u00a0ada\u00a0» sont rendues par plusieurs personnes dans Moodle\u00a0: "
        "Ada Martin (12), Zoé Lefèvre (11). Pour trancher, ramassez la bonne copie seule, avec "
        "--learner."
    )
    assert told(collect(course, WORKSHEET, source)) == {
        "Ada Martin_12_assignsubmission_file_/a.ipynb": (None, why),
        "Zoé Lefèvre_11_assignsubmission_file_/a.ipynb": (None, why),
        "Hugo Petit_13_assignsubmission_file_/a.ipynb": ("hugo", "Ramassée."),
        "Hugo Petit_13_assignsubmission_file_/b.ipynb": (
            "hugo",
            "Identique à Hugo Petit_13_assignsubmission_file_/a.ipynb.",
        ),
    }
    assert list(submitted(course)) == [placed("hugo")]


def test_anonymous_submissions_are_told_apart_by_their_number(course: Path, tmp_path: Path) -> None:
    """And one person in two assignments, whose number differs, is one person."""
    source = inbox(
        tmp_path,
        {
            "g1.zip": zipped(
                [
                    ("Participant_1_assignsubmission_file_/a.ipynb", answered("ada")),
                    ("Participant_2_assignsubmission_file_/a.ipynb", answered("ada", "vues")),
                    ("Hugo Petit_3_assignsubmission_file_/a.ipynb", answered("hugo")),
                ]
            ),
            "g2.zip": zipped([("Hugo Petit_7_assignsubmission_file_/a.ipynb", answered("hugo"))]),
        },
    )
    done = collect(course, WORKSHEET, source)
    assert [each.learner for each in done] == ["hugo", "hugo", None, None]
    assert "Participant (1), Participant (2)" in done[3].said


def test_moodles_zip_with_a_roster(course: Path, tmp_path: Path) -> None:
    source = moodle(
        tmp_path,
        {
            "Zoé Lefèvre_1_assignsubmission_file_/a.ipynb": answered("ada"),
            "MARTIN Ada_2_assignsubmission_file_/a.ipynb": EMPTY,
            "Paul Petit_3_assignsubmission_file_/a.ipynb": answered("paul2"),
            "Paul Petit_4_assignsubmission_file_/a.ipynb": EMPTY,
            "Hugo Roy_5_assignsubmission_file_/a.ipynb": answered("hugo"),
        },
    )
    done = collect(course, WORKSHEET, source, roster=roster(tmp_path))
    assert told(done) == {
        "Zoé Lefèvre_1_assignsubmission_file_/a.ipynb": (
            None,
            "Désaccord\u00a0: dans Moodle, c’est celle de «\u00a0Zoé Lefèvre\u00a0» "
            "(«\u00a0zoe.l\u00a0»)\u00a0; ses réponses sont celles de «\u00a0ada\u00a0». " + ASK,
        ),
        "MARTIN Ada_2_assignsubmission_file_/a.ipynb": (
            "ada",
            "Ramassée. Elle ne contient aucune réponse.",
        ),
        "Paul Petit_3_assignsubmission_file_/a.ipynb": ("paul2", "Ramassée."),
        "Paul Petit_4_assignsubmission_file_/a.ipynb": (
            None,
            "Plusieurs personnes possibles\u00a0: «\u00a0Paul Petit\u00a0» («\u00a0paul1\u00a0»), "
            "«\u00a0Paul Petit\u00a0» («\u00a0paul2\u00a0»). Précisez --learner.",
        ),
        "Hugo Roy_5_assignsubmission_file_/a.ipynb": (
            "hugo",
            "Ramassée. Pas dans la liste\u00a0: «\u00a0Hugo Roy\u00a0», «\u00a0hugo\u00a0».",
        ),
    }
    assert sorted(submitted(course)) == [placed("ada"), placed("hugo"), placed("paul2")]


def test_moodles_own_list_says_who_but_not_under_what_identifier(
    course: Path, gradebook: Path, tmp_path: Path
) -> None:
    listed = roster(
        tmp_path,
        'Identifiant,"Nom complet","Adresse de courriel"\n'
        '"Participant 11","Zoé Lefèvre",zoe@exemple.fr\n"Participant 12","Ada Martin",ada@e.fr\n'
        '"Participant 13","Léa Roy",lea@e.fr\n"Participant 14","Hugo Petit",hugo@e.fr\n',
    )
    shutil.copy(gradebook, course)
    source = moodle(
        tmp_path,
        {
            "Participant_11_assignsubmission_file_/a.ipynb": answered("a17"),
            "Participant_12_assignsubmission_file_/a.ipynb": answered("zoe"),
            "Participant_13_assignsubmission_file_/a.ipynb": EMPTY,
            "Participant_14_assignsubmission_file_/a.ipynb": EMPTY,
        },
    )
    assert told(collect(course, WORKSHEET, source, roster=listed)) == {
        # Nothing says that a17 is not Zoé.
        "Participant_11_assignsubmission_file_/a.ipynb": (
            "a17",
            "Ramassée. Pas dans la liste\u00a0: «\u00a0a17\u00a0».",
        ),
        "Participant_12_assignsubmission_file_/a.ipynb": (
            None,
            "Désaccord\u00a0: dans Moodle, c’est celle de «\u00a0Participant\u00a0» "
            "(«\u00a0Ada Martin\u00a0»)\u00a0; ses réponses sont celles de «\u00a0zoe\u00a0». "
            + ASK,
        ),
        "Participant_13_assignsubmission_file_/a.ipynb": (
            "léa.roy",
            "Ramassée. Elle ne contient aucune réponse.",
        ),
        "Participant_14_assignsubmission_file_/a.ipynb": (
            None,
            "C’est celle de «\u00a0Hugo Petit\u00a0», dont la liste ne dit pas l’identifiant. "
            "Précisez --learner.",
        ),
    }


def test_a_file_or_a_folder_named_after_somebody(
    course: Path, gradebook: Path, tmp_path: Path
) -> None:
    shutil.copy(gradebook, course)
    source = inbox(
        tmp_path,
        {
            "cle5-apparences - zoe.l (1).ipynb": EMPTY,
            "Ada Martin/cle5-apparences.ipynb": answered("ada"),
            "bob.ipynb": answered("camille"),
            "ada.ipynb": answered("zoe.l"),
            "copie.ipynb": answered("camille"),
        },
    )
    assert told(collect(course, WORKSHEET, source, roster=roster(tmp_path))) == {
        "cle5-apparences - zoe.l (1).ipynb": (
            "zoe.l",
            "Ramassée. Elle ne contient aucune réponse.",
        ),
        "Ada Martin/cle5-apparences.ipynb": ("ada", "Ramassée."),
        "bob.ipynb": (
            None,
            "Désaccord\u00a0: son nom dit «\u00a0bob\u00a0»\u00a0; ses réponses sont celles de "
            "«\u00a0camille\u00a0». " + ASK,
        ),
        "ada.ipynb": (
            None,
            "Désaccord\u00a0: son nom dit «\u00a0ada\u00a0»\u00a0; ses réponses sont celles de "
            "«\u00a0zoe.l\u00a0». " + ASK,
        ),
        "copie.ipynb": ("camille", "Ramassée. Pas dans la liste\u00a0: «\u00a0camille\u00a0»."),
    }


# --- The exchange of nbgrader --------------------------------------------------------------------


def exchange(folder: Path, files: dict[str, bytes], *, stamped: bool = True) -> Path:
    """An inbound folder: ``student+worksheet+time`` gives a copy, as nbgrader lays it out."""
    for name, content in files.items():
        entry = folder / "inbound" / name
        entry.mkdir(parents=True)
        (entry / f"{WORKSHEET}.ipynb").write_bytes(content)
        (entry / "submission_secret.txt").write_text("0f")
        if stamped:
            (entry / "timestamp.txt").write_text(name.split("+")[2])
    return folder / "inbound"


def test_the_exchange_as_nbgrader_writes_it(course: Path, tmp_path: Path) -> None:
    """Two submissions by the real `nbgrader submit`: the second one is taken, with its time."""
    shutil.copytree(RELEASED.parent, tmp_path / "ex" / "cours" / "outbound" / WORKSHEET)
    inbound = tmp_path / "ex" / "cours" / "inbound"
    inbound.mkdir()
    work = tmp_path / "travail" / WORKSHEET
    (work / ".cinqcles").mkdir(parents=True)
    (work / ".cinqcles" / f"{WORKSHEET}.jsonl").write_text("{}")
    copies = [answered("ada"), answered("ada", "vues", "2026-11-23T10:00:00Z")]
    for copy in copies[::-1]:  # what is handed in last counts, even if it was answered before
        (work / f"{WORKSHEET}.ipynb").write_bytes(copy)
        subprocess.run(
            [
                Path(sys.executable).with_name("nbgrader"),
                *("submit", WORKSHEET, "--course=cours", "--student=ada"),
                f"--Exchange.root={tmp_path / 'ex'}",
            ],
            cwd=work.parent,
            env=os.environ | {"JUPYTER_DATA_DIR": str(tmp_path / "data")},
            check=True,
            capture_output=True,
        )
    first, second = sorted(entry.name for entry in inbound.iterdir())
    for said in ("Ramassée.", "Déjà ramassée."):
        assert told(collect(course, WORKSHEET, inbound)) == {
            f"{first}/{WORKSHEET}.ipynb": (
                "ada",
                f"Plus ancienne que {second}/{WORKSHEET}.ipynb.",
            ),
            f"{second}/{WORKSHEET}.ipynb": ("ada", said),
        }
    stamp = (inbound / second / "timestamp.txt").read_bytes()
    assert submitted(course) == {placed("ada"): copies[0], placed("ada", "timestamp.txt"): stamp}


def test_whose_a_submission_is_and_when(course: Path, tmp_path: Path) -> None:
    inbound = exchange(
        tmp_path,
        {
            "ada+cle5-apparences+2026-11-22 10:00:00.5 UTC+aaaaaaaaaaaa": answered("ada"),
            "bob+cle5-apparences+2026-11-22 12:00:00 CET": EMPTY,
            "eve+cle5-apparences+2026-11-22 10:00:00 UTC": answered("ada"),
            "zoé+l+cle5-apparences+2026-11-22 10:00:00 UTC+bbbbbb-bb_bb": answered("zoé+l"),
            "hugo+cle5-apparences+2026-11-22 10:00:00 UTC": OTHER,
            "ada+cle3-mode+2026-11-22 10:00:00 UTC": OTHER,
            "bob+cle3-mode+2026-11-22 10:00:00 UTC": OTHER,
        },
    )
    for entry, lied in (("bob+cle5*", "2026-11-22 09:00:00 UTC"), ("eve+*", "../../etc/localtime")):
        (next(inbound.glob(entry)) / "timestamp.txt").write_text(lied)
    done = collect(course, WORKSHEET, inbound)
    assert [(each.name.split("+")[0], each.learner, each.said) for each in done] == [
        ("ada", "ada", "Ramassée."),
        (
            "bob",
            "bob",
            "Ramassée. Son dossier et son timestamp.txt disent deux heures\u00a0: la plus tardive "
            "compte. Elle ne contient aucune réponse.",
        ),
        ("zoé", "zoé+l", "Ramassée."),
        ("…", None, "2 remises d’une autre feuille."),
        (
            "eve",
            None,
            "Désaccord\u00a0: dans l’échange, c’est celle de «\u00a0eve\u00a0»\u00a0; ses réponses "
            "sont celles de «\u00a0ada\u00a0». " + ASK,
        ),
        ("hugo", None, "C’est la feuille «\u00a0cle3-mode\u00a0»."),
    ]
    assert done[3].outcome is Outcome.OTHER
    stamps = {name: text for name, text in submitted(course).items() if name.endswith(".txt")}
    assert stamps == {
        placed("ada", "timestamp.txt"): b"2026-11-22 10:00:00.500000 UTC",
        placed("bob", "timestamp.txt"): b"2026-11-22 11:00:00.000000 UTC",
        placed("zoé+l", "timestamp.txt"): b"2026-11-22 10:00:00.000000 UTC",
    }
    # nbgrader reads what was written.
    read = CourseDirectory().get_existing_timestamp(str(course / "submitted/ada" / WORKSHEET))
    assert str(read) == "2026-11-22 10:00:00.500000"


def test_a_copy_decided_on_keeps_its_time(course: Path, tmp_path: Path) -> None:
    """From its own folder of the exchange; and a copy of unknown time takes a known one away."""
    name = "eve+cle5-apparences+2026-11-22 10:00:00 UTC"
    entry = exchange(tmp_path, {name: answered("ada")}) / name
    (one,) = collect(course, WORKSHEET, entry / f"{WORKSHEET}.ipynb", learner="eve")
    assert (one.name, one.learner, one.said) == (f"{WORKSHEET}.ipynb", "eve", "Ramassée.")
    assert placed("eve", "timestamp.txt") in submitted(course)
    (one,) = collect(course, WORKSHEET, entry, learner="eve")
    assert one.said == "Déjà ramassée."
    newer = inbox(tmp_path, {"a.ipynb": answered("eve", "vues", "2026-11-23T10:00:00Z")})
    (one,) = collect(course, WORKSHEET, newer)
    assert one.said == (
        "Ramassée\u00a0; elle remplace une copie plus ancienne. Son heure de remise n’est pas "
        "connue."
    )
    assert list(submitted(course)) == [placed("eve")]


def test_from_one_time_to_the_next_the_last_handed_in_counts(course: Path, tmp_path: Path) -> None:
    """Whatever was answered last; and the same copy handed in again is late if it is."""
    late, early = answered("ada", at="2026-11-20T10:00:00Z"), answered("ada", "vues")

    def day(n: int, content: bytes) -> str:
        name = f"ada+cle5-apparences+2026-11-{n} 10:00:00 UTC"
        (one,) = collect(course, WORKSHEET, exchange(tmp_path / str(n), {name: content}))
        return one.said

    def stamp() -> bytes:
        return submitted(course)[placed("ada", "timestamp.txt")]

    assert day(24, late) == "Ramassée."
    assert day(23, early) == "Laissée de côté\u00a0: une copie plus récente est déjà ramassée."
    assert (submitted(course)[placed("ada")], stamp()[:10]) == (late, b"2026-11-24")
    assert day(25, late) == "Ramassée\u00a0; elle remplace une copie plus ancienne."
    assert stamp()[:10] == b"2026-11-25"
    both = {
        f"ada+cle5-apparences+2026-11-{n} 10:00:00 UTC": content
        for n, content in ((26, early), (27, late))
    }
    done = collect(course, WORKSHEET, exchange(tmp_path, both))
    assert [each.outcome for each in done] == [Outcome.TAKEN, Outcome.OLDER]
    assert (submitted(course)[placed("ada")], stamp()[:10]) == (late, b"2026-11-27")


def test_an_unreadable_time_is_told(course: Path, tmp_path: Path) -> None:
    name = "ada+cle5-apparences+2026-13-45 10:00:00 UTC"
    (one,) = collect(course, WORKSHEET, exchange(tmp_path, {name: answered("ada")}))
    assert (
        one.said
        == "Ramassée. Son heure de remise est illisible\u00a0: aucun retard ne sera compté."
    )
    assert list(submitted(course)) == [placed("ada")]


def test_the_exchange_in_a_zip(course: Path, tmp_path: Path) -> None:
    name = "ada+cle5-apparences+2026-11-22 10:00:00 UTC+aaaaaaaaaaaa"
    source = tmp_path / "échange.zip"
    source.write_bytes(
        zipped(
            [
                (f"inbound/{name}/timestamp.txt", b"2026-11-22 10:00:00 UTC"),
                (f"inbound/{name}/submission_secret.txt", b"0f"),
                (f"inbound/{name}/{WORKSHEET}.ipynb", answered("ada")),
            ]
        )
    )
    assert [each.said for each in collect(course, WORKSHEET, source)] == ["Ramassée."]
    assert len(submitted(course)) == 2


# --- Harm ----------------------------------------------------------------------------------------


NAMES = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(
            [
                *("..", "/", "\\", "C:", "\0", "~", ".", "\n", "submitted", "ada", "eve"),
                *("Zoé_12_assignsubmission_file_", "../../x", ".ipynb", ".zip", "x" * 300),
                *("ada+cle5-apparences+2026-11-22 10:00:00 UTC", "gradebook.db", "timestamp.txt"),
            ]
        ),
        max_size=8,
    ).map("".join),
)


@pytest.fixture(scope="module")
def small_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with nothing but the worksheet's source, where collecting is quick."""
    course = tmp_path_factory.mktemp("cours")
    (course / "solutions" / WORKSHEET).mkdir(parents=True)
    (course / "solutions" / WORKSHEET / f"{WORKSHEET}.ipynb").write_text("{}")
    return course


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(names=st.lists(NAMES, min_size=1, max_size=4), learner=st.one_of(st.just("ada"), NAMES))
def test_no_name_whatever_writes_elsewhere(
    small_course: Path, names: list[str], learner: str
) -> None:
    """Nor does the learner a copy names: a file goes to submitted/<learner>/<worksheet>/ only."""
    copy = make_copy("ada", {})
    answer_cell(cell_of(copy, "q1"), record("ada", "q1", "portee") | {"learner": learner})
    source = small_course.parent / "hostile.zip"
    with zipfile.ZipFile(source, "w") as archive:
        for name in names:
            member = zipfile.ZipInfo("x")
            member.filename = (name + ".ipynb").encode("utf-8", "replace").decode()
            archive.writestr(member, saved(copy))
    before = everything(small_course.parent)
    try:
        done = collect(small_course, WORKSHEET, source)
    except CopyError:  # what systems leave, and no more
        done = []
    owners = {each.learner for each in done if each.learner}
    allowed = {
        str(small_course / "submitted" / part)
        for owner in owners
        for part in (owner, f"{owner}/{WORKSHEET}", placed(owner), placed(owner, "timestamp.txt"))
    }
    assert everything(small_course.parent) - before - {str(small_course / "submitted")} <= allowed
    shutil.rmtree(small_course / "submitted")


def everything(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*")}


def test_a_zip_made_to_harm_stops_nothing(course: Path, tmp_path: Path) -> None:
    good = answered("ada")
    hurt = bytearray(zipped([("abîmé.ipynb", good), ("bon.ipynb", good)]))
    hurt[60] ^= 0xFF
    source = inbox(
        tmp_path,
        {
            "hurt.zip": bytes(hurt),
            "coupée.zip": zipped([("a.ipynb", good)])[:-40],
            "slip.zip": zipped([("../../eve.ipynb", answered("eve"))]),
            "long.zip": zipped([("é" * 10_000 + ".ipynb", answered("bob"))]),
        },
    )
    (source / "lien.ipynb").symlink_to(RELEASED)
    done = collect(course, WORKSHEET, source)
    assert {each.learner for each in done} == {None, "ada", "bob"}
    assert sum(each.learner is None for each in done) == 4
    assert submitted(course) == {placed("ada"): good, placed("bob"): answered("bob")}


def test_names_made_to_be_slow_are_not(course: Path, tmp_path: Path) -> None:
    slow = ["a+b+2026-01-01 " * 4_000 + "\n", " " * 60_000 + "x", "(1" * 30_000, "a_1" * 20_000]
    source = tmp_path / "lents.zip"
    source.write_bytes(zipped((f"{name}.ipynb", answered("ada")) for name in slow))
    began = time.monotonic()
    assert {each.learner for each in collect(course, WORKSHEET, source)} == {"ada"}
    assert time.monotonic() - began < 5


def test_a_place_that_cannot_be_written_is_told(course: Path, tmp_path: Path) -> None:
    (course / "submitted").mkdir()
    (course / "submitted" / "ada").write_text("not a folder")
    source = inbox(tmp_path, {"a.ipynb": answered("ada"), "b.ipynb": answered("bob")})
    said = told(collect(course, WORKSHEET, source))
    assert said["b.ipynb"] == ("bob", "Ramassée.")
    assert said["a.ipynb"][0] is None
    assert said["a.ipynb"][1].startswith("Elle n’a pas pu être rangée\u00a0: ")


def test_killed_at_any_moment_nothing_is_lost(course: Path, tmp_path: Path) -> None:
    """A copy is there whole or not at all, the one it replaces until then; again ends the work."""
    old = {f"a{n}": answered(f"a{n}") for n in range(40)}
    new = {name: answered(name, "vues", "2026-11-23T10:00:00Z") for name in old}
    first = inbox(tmp_path, {f"{name}.ipynb": copy for name, copy in old.items()})
    second = inbox(tmp_path / "2", {f"{name}.ipynb": copy for name, copy in new.items()})
    began = time.monotonic()
    collect(course, WORKSHEET, first)
    lasts = time.monotonic() - began
    for attempt in range(60):
        child = os.fork()
        if child == 0:
            try:
                collect(course, WORKSHEET, second)
            finally:
                os._exit(0)
        time.sleep(lasts * (0.3 + attempt / 15))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        now = {name: (course / "submitted" / placed(name)).read_bytes() for name in old}
        assert all(now[name] in (old[name], new[name]) for name in old)
        if now == new:
            break
    assert now == new
    done = collect(course, WORKSHEET, second)
    assert {each.outcome for each in done} <= {Outcome.TAKEN, Outcome.THERE}
    for name, copy in new.items():
        assert (course / "submitted" / placed(name)).read_bytes() == copy


# --- The command ---------------------------------------------------------------------------------


def test_the_command(course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(course)
    monkeypatch.setenv("COLUMNS", "80")
    run = CliRunner().invoke
    source = inbox(
        tmp_path,
        {
            "a.ipynb": answered("ada"),
            "b.ipynb": answered("ada", at="2026-11-21T10:00:00Z"),
            "c [bold].ipynb": EMPTY,
        },
    )
    done = run(app, ["collect", WORKSHEET, str(source)])
    assert done.exit_code == 1, done.output
    assert "c [bold].ipynb" in done.output
    assert done.output.endswith(
        "1 copie ramassée, 0 déjà là, 1 doublon, 1 fichier laissé de côté.\n"
    )
    (source / "c [bold].ipynb").rename(source / "ada.ipynb")
    (source / "b.ipynb").unlink()
    done = run(app, ["collect", WORKSHEET, str(source), "--roster", str(roster(tmp_path))])
    assert done.exit_code == 0, done.output
    assert done.output.endswith(
        "0 copie ramassée, 1 déjà là, 1 doublon, 0 fichier laissé de côté.\n"
    )
    done = run(app, ["collect", WORKSHEET, str(source / "ada.ipynb"), "--learner", "../x"])
    assert done.exit_code == 1
    assert "Identifiant refusé" in done.stderr
