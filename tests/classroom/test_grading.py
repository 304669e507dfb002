"""The way of a copy through nbgrader: stock commands and ours, honest copies and broken ones."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

from cinqcles.classroom import box, boxed
from cinqcles.classroom.grade import Graded, Status, grade
from cinqcles.classroom.reference import reference
from cinqcles.classroom.release import release
from cinqcles.errors import ClassroomError, CopyError
from cinqcles.worksheet.identity import VARIANTS, variant_of
from cinqcles.worksheet.questions import BaseQuestion
from copies import (
    WORKSHEET,
    answer_cell,
    cell_of,
    make_copy,
    record,
    right_code,
    submit,
)
from stock import nbgrader

POINTS = {"q1": 2, "q2": 2, "q3": 2, "q4": 4, "q5": 3, "q6": 3}  # what a machine can grade
CODE = "q6"
TEXT = "q7"
WRONG: dict[str, Any] = {"q1": "abonnes", "q2": "1234567", "q3": "0", "q5": ["secondes"]}

KERNEL = {"name": "python3", "language": "python", "display_name": "Python 3"}

needs_box = pytest.mark.skipif(
    box.why_no_box() is not None and os.environ.get("CI") != "true",
    reason=f"learner code cannot be boxed here: {box.why_no_box()}",
)


def learners(count: int) -> list[str]:
    """Learners of as many different variants."""
    found: dict[int, str] = {}
    n = 0
    while len(found) < min(count, VARIANTS):
        found.setdefault(variant_of(WORKSHEET, f"apprenant{n}"), f"apprenant{n}")
        n += 1
    return list(found.values())[:count]


def key_of(course: Path, learner: str) -> dict[str, BaseQuestion]:
    source = course / "solutions" / WORKSHEET / f"{WORKSHEET}.ipynb"
    return reference(source, variant_of(WORKSHEET, learner))


def answers_of(course: Path, learner: str) -> dict[str, Any]:
    return {name: q.answer for name, q in key_of(course, learner).items() if name != CODE}


def scores(
    course: Path, worksheet: str = WORKSHEET
) -> dict[str, dict[str, tuple[float | None, bool]]]:
    """What the gradebook holds: each learner's automatic score and need of review, by cell."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return {
            submission.student.id: {
                g.name: (g.auto_score, bool(g.needs_manual_grade))
                for notebook in submission.notebooks
                for g in notebook.grades
            }
            for submission in gradebook.assignment_submissions(worksheet)
        }


def written(course: Path, *extra: str) -> Path:
    """A worksheet of the kinds of question whose answer is a mapping, in the course's sources."""
    cell = nbformat.v4.new_code_cell
    locked = {"schema_version": 3, "grade": False, "solution": False, "locked": True, "task": False}

    def asks(name: str, source: str) -> nbformat.NotebookNode:
        about = locked | {"grade": True, "grade_id": name, "points": 5}
        return cell(f"{name} = ws.{source}", metadata={"nbgrader": about})

    def key(*lines: str) -> nbformat.NotebookNode:
        return cell("\n".join(lines), metadata={"tags": ["corrige"]})

    notebook = nbformat.v4.new_notebook(
        metadata={"cinqcles": {"worksheet": "essai"}, "kernelspec": KERNEL}
    )
    notebook.cells = [
        cell(
            "learner = None\nvariant = None",
            metadata={
                "tags": ["parameters"],
                "nbgrader": locked | {"grade_id": "parametres"},
            },
        ),
        cell(
            "from cinqcles import Worksheet\n"
            "from cinqcles.worksheet.questions import NumberField, TextField\n"
            "ws = Worksheet('essai', learner=learner, variant=variant)\n"
            "parts = {'instagram-et-reels': 'Instagram', 'b': 'TikTok'}\n"
            "items = {f'm{n}': f'Message {n}' for n in range(4)}",
            metadata={"nbgrader": locked | {"grade_id": "preparation"}},
        ),
        asks("q1", "classification('q1', 'Qui ?', items, {'service-client': 'SAV', 'b': 'Com'})"),
        key(
            "q1.answer = {'m0': 'service-client', 'm1': 'b', 'm2': 'b', 'm3': 'service-client'}",
            "q1.question.why = {'m0': 'Un retard se suit au service client.'}",
        ),
        asks("q2", "allocation('q2', 'Combien ?', parts, total=9000, step=100)"),
        key(
            "q2.answer = {'instagram-et-reels': 6000, 'b': 3000}",
            "q2.question.naive = {'b': 9000}",
            "q2.question.returns = {",
            "    'instagram-et-reels': [(0, 0), (6000, 1234.5)], 'b': [(0, 0), (3000, 765.4)]",
            "}",
        ),
        asks(
            "q3",
            "form('q3', 'Écrivez.', [TextField(id='a', label='Énoncé'), "
            "NumberField(id='b', label='Cible')])",
        ),
        key(
            "from cinqcles.worksheet.questions import Expected",
            "q3.answer = {'a': 'Répondre en deux heures', 'b': 98.76}",
            "q3.question.expects = {'b': Expected(least=97.65, why='Visez presque tout.')}",
        ),
        cell("\n".join(extra) or "pass"),
    ]
    for n, each in enumerate(notebook.cells):
        each.id = f"cell{n}"
    file = course / "solutions" / "essai" / "essai.ipynb"
    file.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, file)
    return file


def by_learner(results: list[Graded]) -> dict[str, Graded]:
    return {result.learner: result for result in results}


@needs_box
def test_the_source_earns_everything_and_the_release_nothing(course: Path) -> None:
    for learner in learners(8):
        answers = answers_of(course, learner)
        submit(course, learner, make_copy(learner, answers, right_code()))
        submit(course, f"{learner} vide", make_copy(f"{learner} vide", {}))
    results = by_learner(grade(course, WORKSHEET))
    kept = scores(course)
    for learner in learners(8):
        assert kept[learner] == {
            **{name: (float(points), False) for name, points in POINTS.items()},
            TEXT: (None, True),
        }
        assert results[learner].status is Status.REVIEW
        assert results[learner].notes == [
            "q7 : Cette réponse est lue et notée par votre formateur."
        ]
        assert set(kept[f"{learner} vide"].values()) == {(0.0, False)}
        assert results[f"{learner} vide"].status is Status.GRADED


def test_a_wrong_answer_loses_its_points_and_no_other(course: Path) -> None:
    for learner in learners(8):
        answers = answers_of(course, learner)
        wrong = WRONG | {"q4": answers["q4"][::-1]}
        # Two learners may not have the same name: a mutant is submitted in a copy of the course.
        for name, value in wrong.items():
            folder = course.parent / f"{learner}-{name}"
            submit(folder, learner, make_copy(learner, answers | {name: value}))
    for name in WRONG | {"q4": None}:
        for learner in learners(8):
            copied = course.parent / f"{learner}-{name}" / "submitted" / learner
            (course / "submitted").mkdir(exist_ok=True)
            copied.rename(course / "submitted" / learner)
        grade(course, WORKSHEET, again=True)
        for learner, kept in scores(course).items():
            expected = {n: (float(p), False) for n, p in POINTS.items()}
            expected |= {name: (0.0, False), CODE: (0.0, False), TEXT: (None, True)}
            assert kept == expected, (learner, name)
            folder = course / "submitted" / learner
            folder.rename(course.parent / f"{learner}-{name}" / "submitted" / learner)


@needs_box
@pytest.mark.parametrize(
    ("code", "score", "reason"),
    [
        (
            "def cout_par_seconde(depense_eur, secondes):\n    return depense_eur / secondes",
            2.0,
            "Exemples donnés : 1 sur 2. Autres cas : 3 sur 4. "
            "À revoir : ni dépense, ni seconde regardée.",
        ),
        (
            "def cout_par_seconde(*_):\n    return 0.002",
            1.0,
            "Exemples donnés : 1 sur 2. Autres cas : 1 sur 4. À revoir : une vidéo qui "
            "n’a rien coûté, ni dépense, ni seconde regardée, de grands nombres.",
        ),
        (
            "def cout_par_seconde(depense_eur, secondes)",
            0.0,
            "Le code s’arrête avant la fin : erreur (une ponctuation manque ou est de trop, "
            "souvent en fin de ligne).",
        ),
        ("raise SystemExit", 0.0, None),
        ("import sys\nsys.stderr.write('!')\n" + "{right}", 3.0, None),
        ("{right}\nprint('x' * 10**6)", 3.0, None),
    ],
    ids=["forgets zero", "constant", "syntax", "raise", "stderr", "chatty"],
)
def test_code_earns_what_it_gives(
    course: Path, code: str, score: float, reason: str | None
) -> None:
    submit(course, "ada", make_copy("ada", {}, code.replace("{right}", right_code())))
    (result,) = grade(course, WORKSHEET)
    assert scores(course)["ada"][CODE] == (score, False)
    assert result.score == score
    if reason:
        shown = graded_copy(course, "ada")
        assert reason.replace("'", "&#x27;") in cell_of(shown, CODE).outputs[0].data["text/html"]


@needs_box
@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import os\nos._exit(0)", "Le code de la copie a mis fin à l’exécution (code 0)."),
        (
            "while True:\n    pass",
            "Le code de la copie ne s’arrête pas : une cellule durait depuis 4 s.",
        ),
    ],
    ids=["exit", "endless"],
)
def test_code_that_never_ends_or_ends_all_is_left_to_a_person(
    course: Path, code: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boxed, "CELL_TIMEOUT_S", 4)
    submit(course, "ada", make_copy("ada", {"q1": "portee"}, code))
    (result,) = grade(course, WORKSHEET)
    assert scores(course)["ada"][CODE] == (0.0, True)
    assert result.score == 2
    assert [note.replace("\u00a0", " ") for note in result.notes] == [f"q6 : {told}"]


def graded_copy(course: Path, learner: str) -> nbformat.NotebookNode:
    file = course / "autograded" / learner / WORKSHEET / f"{WORKSHEET}.ipynb"
    return nbformat.read(file, as_version=4)


@needs_box
def test_learner_code_sees_neither_gradebook_nor_network(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import os, socket\n"
        f"seen = [p for p in ({str(course)!r}, '/root/.ssh', '/home') if os.path.exists(p)]\n"
        "try:\n    socket.create_connection(('127.0.0.1', 22), 1); seen.append('tcp')\n"
        "except OSError as error:\n    refused = str(error)\n"
        "if os.environ.get('SECRET'): seen.append('env')\n"
        "def cout_par_seconde(depense_eur, secondes):\n"
        "    if seen: return str(seen)\n"
        "    return depense_eur / secondes if secondes else 'indéfini'\n"
    )
    monkeypatch.setenv("SECRET", "1")
    submit(course, "ada", make_copy("ada", {}, code))
    grade(course, WORKSHEET)
    assert scores(course)["ada"][CODE] == (3.0, False)


def test_without_a_box_code_is_not_run_unless_told(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(box, "why_no_box", lambda: "bubblewrap n’est pas installé")
    submit(course, "ada", make_copy("ada", {"q1": "portee"}, right_code()))
    (result,) = grade(course, WORKSHEET)
    assert scores(course)["ada"][CODE] == (0.0, True)
    assert scores(course)["ada"]["q1"] == (2.0, False)
    assert result.notes == [
        "q6 : Le code de la copie n’a pas été exécuté : bubblewrap n’est pas installé. Pour "
        "l’exécuter quand même, sans protection, ajoutez --unsandboxed --again."
    ]
    grade(course, WORKSHEET, again=True, unsandboxed=True)
    assert scores(course)["ada"][CODE] == (3.0, False)


def test_a_code_cell_that_only_claims_results_earns_nothing(course: Path) -> None:
    key = key_of(course, "ada")[CODE].answer
    submit(course, "ada", make_copy("ada", {CODE: key}))
    grade(course, WORKSHEET)
    assert scores(course)["ada"][CODE] == (0.0, False)


def test_answers_of_another_learner_and_of_another_variant(course: Path) -> None:
    answers = answers_of(course, "ada")
    submit(course, "bob", make_copy("ada", answers))
    # The key of another variant, given as one's own, earns what it deserves.
    other = next(n for n in learners(8) if variant_of(WORKSHEET, n) != variant_of(WORKSHEET, "eve"))
    theirs = answers_of(course, other)
    submit(course, "eve", make_copy("eve", theirs))
    # Answers that say they are of another variant are set aside.
    mine = make_copy("zoe", {})
    moved = record("zoe", "q1", "portee", variant=(variant_of(WORKSHEET, "zoe") + 1) % VARIANTS)
    answer_cell(cell_of(mine, "q1"), moved)
    submit(course, "zoe", mine)

    results = by_learner(grade(course, WORKSHEET))
    kept = scores(course)
    assert {score for score, _review in kept["bob"].values()} <= {0.0, None}
    assert results["bob"].score == 0
    assert results["bob"].notes == [
        "q1, q2, q3, q4, q5, q7 : Cette réponse a été donnée sous l’identifiant « ada », "
        "et non « bob »."
    ]
    key = key_of(course, "eve")
    for name, points in POINTS.items():
        deserved = round(key[name].mark(theirs.get(name)).share * points, 2)
        assert kept["eve"][name] == (deserved, False)
    assert kept["eve"]["q2"] == (0.0, False)
    assert kept["zoe"]["q1"] == (0.0, True)
    assert results["zoe"].notes == [
        "q1 : Cette réponse porte sur d’autres données que celles de cette copie."
    ]


def _without(name: str) -> Callable[[nbformat.NotebookNode], None]:
    def drop(copy: nbformat.NotebookNode) -> None:
        copy.cells.remove(cell_of(copy, name))

    return drop


def _twice(copy: nbformat.NotebookNode) -> None:
    again = nbformat.from_dict(json.loads(json.dumps(cell_of(copy, "q1"))))
    again.id = "encore"
    answer_cell(again, record("ada", "q1", "abonnes", time="2026-11-22T09:00:00+00:00"))
    copy.cells.append(again)


def _edited(copy: nbformat.NotebookNode) -> None:
    cell_of(copy, "q2").source = "print('je note moi-même')"


def _malformed(copy: nbformat.NotebookNode) -> None:
    answer_cell(cell_of(copy, "q2"), {"schema_version": 1, "value": "12"})


def _newer(copy: nbformat.NotebookNode) -> None:
    answer_cell(cell_of(copy, "q2"), record("ada", "q2", "12", schema_version=2))


def _tampered(copy: nbformat.NotebookNode) -> None:
    about = cell_of(copy, "q1").metadata.nbgrader
    about.update(solution=True, points=1000, locked=False)
    copy.metadata["cinqcles"] = {"answers": [], "review": {}, "problems": []}
    copy.cells.append(
        nbformat.v4.new_code_cell(
            "1", metadata={"nbgrader": {"grade": True, "points": 50, "schema_version": 99}}
        )
    )


def _flooded(copy: nbformat.NotebookNode) -> None:
    cell_of(copy, "tableau").outputs = [
        nbformat.v4.new_output("stream", name="stderr", text="x" * 50_000_000)
    ]


# What is done to a copy that answers q1 rightly, what is then told, and what q1 earns.
BROKEN: dict[str, tuple[Callable[[nbformat.NotebookNode], None], list[str], float]] = {
    "deleted": (
        _without("q2"),
        ["La cellule « q2 » manque : elle est remise en place, sans réponse."],
        2.0,
    ),
    "setup deleted": (
        _without("preparation"),
        ["La cellule « preparation » manque : elle est remise en place, sans réponse."],
        2.0,
    ),
    "duplicated": (
        _twice,
        ["La cellule « q1 » est là 2 fois : la réponse la plus récente compte."],
        2.0,
    ),
    "edited": (
        _edited,
        ["La cellule « q2 » a été modifiée : elle est rétablie."],
        2.0,
    ),
    "malformed": (
        _malformed,
        [
            "Cellule n° 8 : une réponse n’a pas pu être lue (il manque le champ « worksheet »).",
            "q2 : Une réponse est là, et n’a pas pu être lue : voyez la copie.",
        ],
        2.0,
    ),
    "other schema": (
        _newer,
        [
            "Cellule n° 8 : une réponse n’a pas pu être lue (elle vient d’une autre version du "
            "cours).",
            "q2 : Une réponse est là, et n’a pas pu être lue : voyez la copie.",
        ],
        2.0,
    ),
    "tampered": (_tampered, [], 2.0),
    "flooded": (_flooded, [], 2.0),
}
UNREADABLE: dict[str, tuple[bytes, str | None]] = {
    "empty": (b"", "Le fichier est vide. Demandez à l’apprenant de le renvoyer."),
    "not json": (
        b"PK\x03\x04\xff",
        "Ce n’est pas un cahier Jupyter (.ipynb) : le contenu n’est pas du JSON. Demandez à "
        "l’apprenant d’utiliser le menu Fichier ▸ Télécharger.",
    ),
    "not a notebook": (
        b'{"notes": [20]}',
        "Ce n’est pas un cahier Jupyter (.ipynb) : c’est du JSON, mais sans cellules. Demandez "
        "à l’apprenant d’utiliser le menu Fichier ▸ Télécharger.",
    ),
    "deep": (b"[" * 200_000, None),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_copy_is_graded_for_the_rest(course: Path, case: str) -> None:
    change, told, earned = BROKEN[case]
    copy = make_copy("ada", {"q1": "portee"})
    change(copy)
    submit(course, "ada", copy)
    (result,) = grade(course, WORKSHEET)
    assert result.notes == told
    assert result.score == earned
    assert result.points == 20
    assert scores(course)["ada"]["q1"] == (earned, False)
    assert set(scores(course)["ada"]) == {*POINTS, TEXT}


def test_one_unreadable_copy_never_stops_the_cohort(course: Path) -> None:
    for name, (content, _told) in UNREADABLE.items():
        submit(course, name, content)
    submit(course, "ada", make_copy("ada", {"q1": "portee"}))
    renamed = submit(course, "bob", make_copy("bob", {}))
    renamed.rename(renamed.with_name("ma copie.ipynb"))
    results = by_learner(grade(course, WORKSHEET))
    assert results["ada"].score == 2
    for name, (_content, told) in UNREADABLE.items():
        assert results[name].status is Status.FAILED
        if told:
            assert results[name].notes == [told]
    assert results["bob"].notes == [
        "Le fichier cle5-apparences.ipynb n’est pas là ; on trouve : ma copie.ipynb."
    ]


@needs_box
def test_stock_nbgrader_gives_the_same(course: Path, tmp_path: Path) -> None:
    """`nbgrader autograde` with this repository's configuration, on all sorts of copies."""
    ada = answers_of(course, "ada")
    submit(course, "ada", make_copy("ada", ada, right_code()))
    submit(course, "bob", make_copy("ada", ada, right_code()))
    submit(course, "vide", make_copy("vide", {}))
    submit(course, "illisible", b"{")
    for name, (change, _told, _earned) in BROKEN.items():
        copy = make_copy("ada", {"q1": "portee"})
        change(copy)
        mine = json.loads(json.dumps(copy).replace('"learner": "ada"', f'"learner": "{name}"'))
        for cell in mine["cells"]:
            for output in cell.get("outputs", []):
                for data in output.get("data", {}).values():
                    if isinstance(data, dict) and "variant" in data:
                        data["variant"] = variant_of(WORKSHEET, name)
        submit(course, name, nbformat.from_dict(mine))
    grade(course, WORKSHEET)
    ours = scores(course)

    for made in ("autograded", "gradebook.db"):
        (course / made).rename(tmp_path / made)
    released = nbgrader(course, "generate_assignment", WORKSHEET, "--force")
    assert released.returncode == 0, released.stderr
    done = nbgrader(course, "autograde", WORKSHEET)
    # nbgrader goes on past the copy it could not read, and says so at the end.
    assert done.returncode != 0
    assert "for student 'illisible'" in done.stderr
    theirs = scores(course)
    for kept in (ours, theirs):
        kept.pop("illisible", None)
    assert theirs == ours
    assert ours["ada"]["q4"] == (4.0, False)


def test_a_copy_already_graded_keeps_its_review(course: Path) -> None:
    submit(course, "ada", make_copy("ada", {TEXT: "Mon avis, en peu de mots."}))
    assert grade(course, WORKSHEET)[0].status is Status.REVIEW
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        mark = gradebook.find_grade(TEXT, WORKSHEET, WORKSHEET, "ada")
        mark.manual_score, mark.needs_manual_grade = 3.5, False
        gradebook.db.commit()
    (again,) = grade(course, WORKSHEET)
    assert (again.status, again.score, again.kept) == (Status.GRADED, 3.5, True)
    # A new copy is graded, keeps the manual score, and asks for another look.
    submit(course, "ada", make_copy("ada", {TEXT: "Mon avis, plus développé.", "q1": "portee"}))
    (again,) = grade(course, WORKSHEET)
    assert (again.status, again.score, again.kept) == (Status.REVIEW, 5.5, False)


@needs_box
def test_what_is_marked_is_kept_while_a_copy_never_ends(course: Path) -> None:
    """Ctrl+C while the last copy runs on: the others are graded, and nothing else is said."""
    submit(course, "zoé", make_copy("zoé", {}, "while True:\n    pass"))
    for learner in ("ada", "bob"):
        submit(course, learner, make_copy(learner, {"q1": "portee"}, right_code()))
    command = [sys.executable, "-c", "from cinqcles.cli import app; app()", "grade", WORKSHEET]
    with subprocess.Popen(
        [*command, "--workers", "2"],
        cwd=course,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        began = time.monotonic()
        while len(list((course / "autograded").glob("*"))) < 2:
            assert running.poll() is None
            assert time.monotonic() - began < 60
            time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        said, beside = running.communicate(timeout=30)
    assert running.returncode == 130
    assert said.startswith("Interrompu")
    assert "leaked" not in beside
    assert scores(course).keys() == {"ada", "bob"}


def test_no_copy_in_another_course_of_nbgraders(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    with pytest.raises(CopyError) as refused:
        grade(tmp_path, "ps1")
    assert str(refused.value) == (
        f"Aucune copie à corriger dans {tmp_path / 'submitted'}. Celles d’un devoir y sont dans "
        "apprenant/ps1, comme nbgrader les range."
    )


def test_no_copy_no_worksheet(course: Path) -> None:
    with pytest.raises(CopyError, match=r"^Aucune copie à corriger dans .*cinqcles collect"):
        grade(course, WORKSHEET)
    with pytest.raises(ClassroomError) as refused:
        grade(course, "cle9")
    assert str(refused.value).replace("\u00a0", " ") == (
        "La feuille « cle9 » n’existe pas. Feuilles du cours : cle1-pourquoi, cle2-coherence, "
        "cle3-mode, cle4-bon-endroit, cle5-apparences, dossier."
    )


def test_marking_schemes_are_keys_too(course: Path) -> None:
    secrets = ["765.4", "98,76", "97.65", "Un retard se suit au service client."]
    written(course, f"# {secrets}")
    with pytest.raises(ClassroomError) as stopped:
        release(course, "essai")
    for secret in secrets:
        assert f"- on y lit «\u00a0{secret}\u00a0»." in str(stopped.value)
    assert not (course / "exercises" / "essai").exists()


def test_mappings_are_released_and_graded(course: Path) -> None:
    """Ids of 12 characters that the question shows are no secret; a form waits for a person."""
    written(course)
    assert release(course, "essai") == ["exercises/essai/essai.ipynb"]
    text = (course / "exercises" / "essai" / "essai.ipynb").read_text(encoding="utf-8")
    assert "service-client" in text
    assert not any(word in text for word in ("naive", "returns", "Expected", "1234", "98,76"))

    answers: dict[str, dict[str, Any]] = {
        "ada": {
            "q1": {"m0": "service-client", "m1": "b", "m2": "b", "m3": "service-client"},
            "q2": {"instagram-et-reels": "6 000 €", "b": 3000},
            "q3": {"a": "Répondre en deux heures", "b": "98,76"},
        },
        "bob": {
            "q1": {"m0": "b", "m1": "b", "m2": "b", "m3": "service-client"},
            "q2": {"instagram-et-reels": 3000, "b": 6000},
            "q3": {"b": "12"},
        },
        "zoé": {},
    }
    for learner, given in answers.items():
        copy = nbformat.reads(text, as_version=4)
        for name, value in given.items():
            about = {"worksheet": "essai", "variant": variant_of("essai", learner)}
            answer_cell(cell_of(copy, name), record(learner, name, value, **about))
        file = course / "submitted" / learner / "essai" / "essai.ipynb"
        file.parent.mkdir(parents=True)
        nbformat.write(copy, file)
    results = by_learner(grade(course, "essai"))
    assert scores(course, "essai") == {
        "ada": {"q1": (5.0, False), "q2": (5.0, False), "q3": (2.5, True)},
        # (3 − 2) of (4 − 2) items; 617.25 of 1,234.5 more than the naive split.
        "bob": {"q1": (2.5, False), "q2": (2.5, False), "q3": (0.0, False)},
        "zoé": {"q1": (0.0, False), "q2": (0.0, False), "q3": (0.0, False)},
    }
    assert results["ada"].status is Status.REVIEW
    assert results["ada"].notes == [
        "q3\u00a0: Juste\u00a0: «\u00a0Cible\u00a0». Lu et noté par votre formateur\u00a0: "
        "«\u00a0Énoncé\u00a0»."
    ]
    graded = nbformat.read(course / "autograded" / "bob" / "essai" / "essai.ipynb", as_version=4)
    told = cell_of(graded, "q1").outputs[0].data["text/html"]
    assert "<div>«\u00a0Message 0\u00a0»\u00a0: Un retard se suit au service client.</div>" in told
    assert "<div>Réponse\u00a0: 1. Message 0 → Com</div><div>2. Message 1 → Com</div>" in told
