"""Who is answering, and which numbers they get."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinqcles.errors import WorksheetError
from cinqcles.worksheet.answers import Answer
from cinqcles.worksheet.identity import (
    LONGEST_LEARNER,
    VARIANTS,
    WELCOME,
    Register,
    course_key,
    hub_user,
    known_learner,
    learner_id,
    seed_of,
    variant_of,
)

NOW = datetime.now(UTC)
WORKSHEET = "cle5-apparences"


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a hub, nor Binder, nor a course key of the machine the tests run on."""
    for name in ("CINQCLES_COURSE_KEY", "JUPYTERHUB_USER", "BINDER_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace of its own: a folder of the machine above it may have a ``course``."""
    (tmp_path / "course").mkdir()
    (tmp_path / WELCOME).touch()
    return tmp_path


def said(learner: str, **changes: Any) -> Answer:
    record = {"worksheet": WORKSHEET, "question": "q1", "learner": learner, "variant": 1}
    record |= {"value": "a", "time": NOW, "revision": 1}
    return Answer.model_validate(record | changes)


# Identifiers


@pytest.mark.parametrize(
    ("typed", "known_as"),
    [
        ("ada", "ada"),
        ("  ADA\t", "ada"),
        ("Ada   Lovelace", "ada lovelace"),
        ("Ada\u00a0Lovelace", "ada lovelace"),
        ("Zoé.LEFÈVRE", "zoé.lefèvre"),
        ("zoe\u0301", "zoé"),
        ("ＡＤＡ", "ada"),
        ("ℌugo", "hugo"),
        ("Jeanne d’Arc", "jeanne d'arc"),
        ("prenom.nom@organisme.fr", "prenom.nom@organisme.fr"),
        ("cpf-2026_0042+b", "cpf-2026_0042+b"),
        ("Straße", "strasse"),
        ("李小龙", "李小龙"),
        ("007", "007"),
        ("a" * LONGEST_LEARNER, "a" * LONGEST_LEARNER),
    ],
)
def test_an_identifier_has_one_spelling(typed: str, known_as: str) -> None:
    assert learner_id(typed) == known_as


REFUSED = [
    *("", " ", "\u00a0", ".", "..", "...", "…", "-", "@", "' '"),
    *("../ada", "ada/..", "a/b", "a\\b", "／etc／passwd", "C:ada", "~", "ada:stream"),
    *(".ada", "ada.", "ada..", "ada…", ". ada"),
    *("a\0b", "a\x1bb", "a\u200bb", "a\u202eb", "\ud800", "ada\x7f"),
    *("<script>", "a&b", 'a"b', "a;b", "a|b", "a*", "a?", "[ada]", "$HOME", "`id`", "=1+1", "a,b"),
    *("a" * (LONGEST_LEARNER + 1), "🙂", "x" * 10_000),
]


@pytest.mark.parametrize("typed", REFUSED, ids=repr)
def test_an_identifier_that_no_folder_could_carry_is_refused(typed: str) -> None:
    with pytest.raises(WorksheetError) as caught:
        learner_id(typed)
    assert str(caught.value) == (
        f"Identifiant refusé\u00a0: «\u00a0{typed[:80]}\u00a0». Utilisez celui que votre organisme "
        "vous a donné\u00a0: des lettres, des chiffres, des espaces et - _ . @ + ’ seulement, "
        "60 caractères au plus, sans point au début ni à la fin."
    )


@given(st.text(max_size=70) | st.text("aé.-_@+' /\\\0…", max_size=12))
def test_no_accepted_identifier_can_leave_a_folder(typed: str) -> None:
    try:
        name = learner_id(typed)
    except WorksheetError:
        return
    assert learner_id(name) == name
    for parts in (PurePosixPath("copies") / name, PureWindowsPath("copies") / name):
        assert (parts.parent.name, parts.name, len(parts.parts)) == ("copies", name, 2)
    # Windows drops a dot or a space at the end; a dot at the start hides the folder.
    assert name == name.strip(" .")
    assert len(name.encode()) <= 255  # what file systems hold
    assert name.isprintable()


@given(st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=10))
def test_accents_typed_on_another_machine_name_the_same_learner(name: str) -> None:
    try:
        composed = learner_id(unicodedata.normalize("NFC", name))
    except WorksheetError:
        return  # a letter whose capital has no single sign
    assert learner_id(unicodedata.normalize("NFD", name)) == composed
    assert learner_id(f" {name} ") == composed


# Variants


def test_the_variants_of_copies_handed_in_do_not_move() -> None:
    # Marking recomputes a learner's numbers from these: a change here breaks handed-in copies.
    assert course_key() == "cinqcles"
    assert [variant_of(WORKSHEET, who) for who in ("ada", "zoé lefèvre", "corrige")] == [14, 10, 21]
    assert [seed_of(WORKSHEET, variant) for variant in (0, 1, 31)] == [
        4248676613,
        800155218,
        257960036,
    ]
    assert VARIANTS == 32


def test_a_variant_does_not_depend_on_how_the_identifier_was_typed() -> None:
    assert variant_of(WORKSHEET, " ZOE\u0301 ") == variant_of(WORKSHEET, "zoé")


def test_a_variant_needs_an_identifier() -> None:
    with pytest.raises(WorksheetError):
        variant_of(WORKSHEET, "../ada")


def test_variants_are_evenly_spread() -> None:
    n = 3200
    counts = Counter(variant_of(WORKSHEET, f"stagiaire{i}") for i in range(n))
    assert set(counts) == set(range(VARIANTS))
    chi_square = sum((counts[v] - n / VARIANTS) ** 2 / (n / VARIANTS) for v in range(VARIANTS))
    # 31 degrees of freedom: beyond these bounds once in ten thousand draws on either side.
    assert 9 < chi_square < 69


def test_variants_of_two_worksheets_are_unrelated() -> None:
    learners = [f"stagiaire{i}" for i in range(3200)]
    alike = sum(variant_of(WORKSHEET, who) == variant_of("cle1-pourquoi", who) for who in learners)
    assert 50 < alike < 150  # 100 expected


def test_each_run_of_the_course_has_its_own_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    learners = [f"stagiaire{i}" for i in range(50)]
    before = [variant_of(WORKSHEET, who) for who in learners], seed_of(WORKSHEET, 0)
    monkeypatch.setenv("CINQCLES_COURSE_KEY", "printemps 2027")
    after = [variant_of(WORKSHEET, who) for who in learners], seed_of(WORKSHEET, 0)
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_seeds_are_what_numpy_takes() -> None:
    seeds = [seed_of(WORKSHEET, variant) for variant in range(VARIANTS)]
    assert len(set(seeds)) == VARIANTS
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_worksheet_and_learner_cannot_be_confused() -> None:
    assert seed_of("cle1", 1) != seed_of("cle", 11)


# Who is at work


def test_the_hub_vouches_for_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hub_user() is None
    monkeypatch.setenv("JUPYTERHUB_USER", "")
    assert hub_user() is None
    monkeypatch.setenv("JUPYTERHUB_USER", "ada")
    assert hub_user() == "ada"


def test_binder_does_not_know_who_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "org-cours-x7f3")
    monkeypatch.setenv("BINDER_SERVICE_HOST", "10.0.0.1")
    assert hub_user() is None


def test_the_question_asked_once_is_kept_at_the_root_of_the_workspace(workspace: Path) -> None:
    (workspace / "exercises" / "cle5").mkdir(parents=True)
    register = Register(workspace / "exercises" / "cle5" / "cle5.ipynb")
    assert register.read() is None
    register.write(" ZOÉ ")
    assert register.path == workspace / ".cinqcles" / "learner.json"
    assert "zoé" in register.path.read_text("utf-8")
    time, learner = Register(workspace / "course" / "05.ipynb").read() or (NOW, "")
    assert learner == "zoé"
    assert abs(time - datetime.now(UTC)) < timedelta(minutes=1)


def test_outside_a_workspace_it_is_kept_beside_the_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "is_dir", lambda _folder: False)
    Register(tmp_path / "feuille.ipynb").write("ada")
    assert (tmp_path / ".cinqcles" / "learner.json").exists()


def test_a_refused_identifier_is_not_kept(workspace: Path) -> None:
    register = Register(workspace / "feuille.ipynb")
    with pytest.raises(WorksheetError):
        register.write("../ada")
    assert register.read() is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "null",
        "[]",
        '"ada"',
        "{}",
        '{"learner": "ada"}',
        '{"learner": "ada", "time": "hier"}',
        '{"learner": "ada", "time": 3}',
        '{"learner": 3, "time": "2026-11-22T12:00:00+00:00"}',
        '{"learner": "../ada", "time": "2026-11-22T12:00:00+00:00"}',
        '{"learner": "ada", "time": "0001-01-01T00:00:00+12:00"}',
    ],
)
def test_a_register_that_cannot_be_read_is_as_good_as_none(workspace: Path, content: str) -> None:
    register = Register(workspace / "feuille.ipynb")
    register.path.parent.mkdir()
    register.path.write_text(content, encoding="utf-8")
    assert register.read() is None


def register_saying(folder: Path, learner: str, time: datetime) -> Register:
    register = Register(folder / "feuille.ipynb")
    register.path.parent.mkdir(exist_ok=True)
    record = {"learner": learner, "time": time.isoformat()}
    register.path.write_text(json.dumps(record), encoding="utf-8")
    return register


def test_nobody_is_known_at_first(workspace: Path) -> None:
    assert known_learner(None, []) is None
    assert known_learner(Register(workspace / "feuille.ipynb"), []) is None


def test_the_hub_wins_over_everything(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", " Zoé ")
    register = register_saying(workspace, "ada", NOW)
    assert known_learner(register, [said("bob")]) == "zoé"


def test_whoever_was_last_at_work_is_known(workspace: Path) -> None:
    register = register_saying(workspace, "ada", NOW)
    before, after = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)
    assert known_learner(register, []) == "ada"
    assert known_learner(None, [said("bob"), said("zoé", time=after)]) == "zoé"
    assert known_learner(register, [said("bob", time=before)]) == "ada"
    assert known_learner(register, [said("bob", time=after)]) == "bob"


def test_a_blank_question_says_nothing_of_its_learner() -> None:
    blank = said("bob", value=None, revision=0, time=NOW + timedelta(days=1))
    assert known_learner(None, [said("ada"), blank]) == "ada"


@pytest.mark.parametrize("forged", ["../ada", "ADA", "", " ada", "a\0b"])
def test_an_answer_written_by_hand_names_nobody(forged: str) -> None:
    assert known_learner(None, [said(forged)]) is None
    assert known_learner(None, [said("bob"), said(forged, time=NOW + timedelta(days=1))]) == "bob"
