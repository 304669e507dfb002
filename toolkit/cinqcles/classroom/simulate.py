"""A synthetic cohort: copies to try collecting and grading on, before a real session.

Nothing is anybody's: learners are called ``synthetique-0001`` and so on, each free text says that
it is synthetic, and a manifest beside the copies says what each one is. A copy is the released
worksheet with answers in its outputs, as JupyterLab saves it. Right answers come from the keys.

Each learner has a level, the same in every worksheet: see :data:`LEVELS`. Of thirty copies of a
worksheet, 20 are ordinary, 2 late, 2 unfinished, 1 is empty, 1 handed in twice, and 4 have
something wrong, each of :data:`WRONG` in turn from one worksheet, and one group of thirty, to the
next.

Everything is drawn from the seed, the worksheet and the learner: the same seed gives the same
bytes, and more learners change nothing for the others. Nor does the day matter: the first
worksheet was due on :data:`FIRST_DUE`, each of the others a week after the one before. Lateness is
in the answers' times alone: nbgrader takes it from a ``timestamp.txt``, which a loose copy has not.
"""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import nbformat

from cinqcles.classroom.course import sources
from cinqcles.classroom.grade import compute_keys
from cinqcles.classroom.reference import key_file, reference, worksheet_of
from cinqcles.classroom.replies import NO_REPLY, Level, Outcome, Reply, reply
from cinqcles.classroom.spread import local
from cinqcles.errors import ClassroomError
from cinqcles.messages import _
from cinqcles.worksheet.answers import MIME, Answer
from cinqcles.worksheet.copies import Document, read_document, written_code
from cinqcles.worksheet.identity import variant_of
from cinqcles.worksheet.questions import BaseQuestion, Code

FIRST_DUE = datetime(2026, 10, 2, 22, tzinfo=UTC)
ROSTER = "liste.csv"
FLOOD = 200_000  # characters: seen at once, and light all the same

LEVELS = {Level.STRONG: 25, Level.AVERAGE: 50, Level.WEAK: 25}
"""Learners in a hundred."""


class Kind(Enum):
    """What a copy is."""

    ORDINARY = "ordinary"
    LATE = "late"
    UNFINISHED = "unfinished"
    EMPTY = "empty"
    FIRST = "first of two"
    TWICE = "second of two"
    TRUNCATED = "truncated"
    DELETED = "deleted cells"
    NEIGHBOUR = "a neighbour's"
    FLOODED = "flooded output"
    PDF = "pdf"
    DUPLICATED = "duplicated cell"
    OTHER_SHEET = "another worksheet's"
    EDITED = "edited cells"
    OLD = "old schema"

    @property
    def label(self) -> str:
        """A word or two for it."""
        return _told(self)[0]

    @property
    def about(self) -> str:
        """What it is, and what is to come of it."""
        return _told(self)[1]


WRONG = tuple(Kind)[tuple(Kind).index(Kind.TRUNCATED) :]
_WRONG_IN_GROUP = 4  # no divisor in common with the nine that there are: all come in turn
_USUAL = Counter(
    {Kind.ORDINARY: 20, Kind.LATE: 2, Kind.UNFINISHED: 2, Kind.EMPTY: 1, Kind.TWICE: 1}
)
_UNREADABLE = (Kind.TRUNCATED, Kind.PDF)
_NOTHING_OF_THEIRS = (*_UNREADABLE, Kind.NEIGHBOUR, Kind.OTHER_SHEET)
# In the others, there has to be something to delete, to double, to replace.
_MAY_LEAVE_OUT = (Kind.ORDINARY, Kind.LATE, Kind.NEIGHBOUR, Kind.OTHER_SHEET)


@dataclass(frozen=True)
class Simulated:
    """What a file is.

    Attributes:
        file: where it goes in the cohort's folder.
        learner: who hands it in.
        outcomes: for each question, what there is to find once it is graded as this learner's.
        last: when the last of its answers was given; ``None`` without one.
    """

    file: Path
    worksheet: str
    learner: str
    level: Level
    kind: Kind
    outcomes: dict[str, Outcome]
    last: datetime | None


Progress = Callable[[Iterable[Any], str, int], Iterable[Any]]
"""Shows how far steps are; given the steps, what they are, and how many there will be."""


def simulate(
    course: Path,
    to: Path,
    *,
    learners: int = 30,
    worksheet: str | None = None,
    seed: int = 0,
    progress: Progress = lambda steps, _about, _total: steps,
) -> Counter[Kind]:
    """Write a cohort in a folder of its own: a sub-folder and a manifest for each worksheet.

    What an earlier run wrote for the same worksheets is replaced.

    Returns:
        How many files of each kind were written.

    Raises:
        ClassroomError: as :class:`Cohort`; or the folder is not one that this function made.
    """
    cohort = Cohort(course, learners, worksheet, seed)
    written: Counter[Kind] = Counter()
    with _writing(to):
        _claim(to, cohort.sheets)
    if missing := cohort.missing():
        computed = compute_keys(missing, local(min(os.cpu_count() or 1, len(missing))))
        for _key in progress(computed, _("Corrigés"), len(missing)):
            pass
    with _writing(to):
        with (to / ROSTER).open("w", encoding="utf-8-sig", newline="") as file:
            people = csv.writer(file)
            people.writerow([_("identifiant")])
            people.writerows([_learner(n)] for n in range(1, learners + 1))
        for sheet in cohort.sheets:
            # A line a file, as it is written: a large cohort is never held in memory.
            with (to / _manifest(sheet)).open("w", encoding="utf-8-sig", newline="") as file:
                manifest = csv.writer(file, delimiter=";")
                manifest.writerow(_heads(sheet))
                files = sum(1 + (kind is Kind.TWICE) for _n, kind in cohort.planned(sheet))
                for each, content in progress(cohort.handed_in(sheet), sheet.name, files):
                    (to / each.file).write_bytes(content)
                    manifest.writerow(_line(sheet, each))
                    written[each.kind] += 1
    return written


@contextmanager
def _writing(to: Path) -> Iterator[None]:
    """Say what could not be written, and why.

    Raises:
        ClassroomError: always instead of an ``OSError``.
    """
    try:
        yield
    except OSError as error:
        raise ClassroomError(
            _(
                "«\u00a0{name}\u00a0» ne peut pas être écrit ({error}). Donnez un autre dossier "
                "(--to DOSSIER), ou faites de la place."
            ).format(name=error.filename or to, error=error.strerror)
        ) from error


# --- Who hands in what ---------------------------------------------------------------------------


@dataclass
class Sheet:
    """A worksheet as learners are given it.

    Attributes:
        place: its place in the course.
        released: the notebook without its key.
    """

    name: str
    place: int
    source: Path
    released: Document

    def __post_init__(self) -> None:
        self.due = FIRST_DUE + timedelta(weeks=self.place)
        self._keys: dict[int, dict[str, BaseQuestion]] = {}
        self._solutions = written_code(read_document(self.source) or {"cells": []})

    def questions(self, learner: str) -> dict[str, BaseQuestion]:
        """The questions on a learner's numbers, with their key."""
        variant = variant_of(self.name, learner)
        if variant not in self._keys:
            self._keys[variant] = reference(self.source, variant)
        return self._keys[variant]

    def function(self, question: BaseQuestion) -> tuple[str, str]:
        """The cell where learners write the code that a question tests, and the source's code."""
        if not isinstance(question, Code):
            return "", ""
        names = [_name(cell) for cell in self.released["cells"]]
        above = reversed(names[: names.index(question.id)])
        cell = next(name for name in above if name in self._solutions)
        return cell, self._solutions[cell]


class Cohort:
    """Learners of a course, and what they hand in.

    Args:
        learners: how many.
        worksheet: the only one they hand in; by default, all of the course's.

    Raises:
        ClassroomError: there is no such worksheet, it is not released, or there are no learners.
    """

    def __init__(
        self, course: Path, learners: int = 30, worksheet: str | None = None, seed: int = 0
    ) -> None:
        if learners < 1:
            raise ClassroomError(
                _("Il faut au moins un apprenant\u00a0; vous en demandez {n}.").format(n=learners)
            )
        if worksheet is not None:
            sources(course, worksheet)
        self.learners, self.seed = learners, seed
        self._course = list(_sheets(course, worksheet))
        self.sheets = [sheet for sheet in self._course if worksheet in (None, sheet.name)]

    def missing(self) -> list[tuple[Path, int]]:
        """The keys that these copies need and that are not kept yet: sources and variants."""
        wanted = set()
        for sheet in self.sheets:
            for n, kind in self.planned(sheet):
                answered, whose = self._really(sheet, n, kind)
                wanted.add((answered.source, variant_of(answered.name, _learner(whose))))
                wanted.add((sheet.source, variant_of(sheet.name, _learner(n))))
        return sorted(each for each in wanted if not key_file(*each).exists())

    def planned(self, sheet: Sheet) -> Iterator[tuple[int, Kind]]:
        """Each learner's number, and what becomes of their copy of a worksheet."""
        return zip(range(1, self.learners + 1), self.kinds(sheet), strict=False)

    def handed_in(self, sheet: Sheet) -> Iterator[tuple[Simulated, bytes]]:
        """Every file of a worksheet, by learner: what it is, and its bytes."""
        for n, kind in self.planned(sheet):
            if kind is Kind.TWICE:
                yield self.copy(sheet, n, Kind.FIRST)
            yield self.copy(sheet, n, kind)

    def kinds(self, sheet: Sheet) -> Iterator[Kind]:
        """What becomes of each learner's copy of a worksheet, from the first learner, endlessly."""
        wrong = [kind for kind in WRONG if kind is not Kind.OTHER_SHEET or len(self._course) > 1]
        for group in count():
            first = _WRONG_IN_GROUP * (group + sheet.place + self.seed)
            turn = [wrong[(first + n) % len(wrong)] for n in range(_WRONG_IN_GROUP)]
            kinds = [*_USUAL.elements(), *turn]
            self._random("kinds", sheet.name, group).shuffle(kinds)
            yield from kinds

    def level(self, n: int) -> Level:
        """How well the ``n``-th learner does, in every worksheet."""
        return self._random("level", n).choices(list(LEVELS), list(LEVELS.values()))[0]

    def copy(self, sheet: Sheet, n: int, kind: Kind) -> tuple[Simulated, bytes]:
        """The ``n``-th learner's copy of a worksheet, being of this kind: what it is, its bytes."""
        draft = self._draft(*self._really(sheet, n, kind), kind)
        random = self._random("wrong", sheet.name, n)
        if kind in _SPOIL:
            _SPOIL[kind](draft, random)
        content = json.dumps(draft.document, ensure_ascii=False).encode()
        if kind is Kind.TRUNCATED:
            content = content[: int(len(content) * random.uniform(0.2, 0.9))]
        if kind is Kind.PDF:
            content = _PDF
        outcomes = draft.outcomes
        if kind in _NOTHING_OF_THEIRS:
            outcomes = dict.fromkeys(sheet.questions(_learner(n)), Outcome.NONE)
        times = [answer.time for answer in draft.answers.values() if answer.revision]
        # As « Télécharger ma copie » names it, and a browser a second one.
        name = f"{sheet.name}-{_learner(n)}{' (1)' if kind is Kind.TWICE else ''}.ipynb"
        simulated = Simulated(
            Path(sheet.name) / name,
            sheet.name,
            _learner(n),
            self.level(n),
            kind,
            outcomes,
            None if kind in _UNREADABLE else max(times, default=None),
        )
        return simulated, content

    def _really(self, sheet: Sheet, n: int, kind: Kind) -> tuple[Sheet, int]:
        """The worksheet and the learner that the answers of a copy are of."""
        if kind is Kind.NEIGHBOUR:
            return sheet, n - 1 or 2
        if kind is Kind.OTHER_SHEET:
            return self._course[(self._course.index(sheet) + 1) % len(self._course)], n
        return sheet, n

    def _draft(self, sheet: Sheet, n: int, kind: Kind) -> Draft:
        """A worksheet, and what a learner answers in it."""
        random = self._random("answers", sheet.name, n, kind is Kind.FIRST)
        at = sheet.due - timedelta(days=random.uniform(1, 6))
        if kind is Kind.LATE:
            at = sheet.due + timedelta(hours=random.uniform(1, 72))
        if kind is Kind.FIRST:
            at -= timedelta(days=7)
        questions = sheet.questions(_learner(n))
        answered = {
            Kind.EMPTY: 0,
            Kind.UNFINISHED: random.randint(1, max(1, len(questions) - 1)),
        }.get(kind, len(questions))
        draft = Draft(sheet, _learner(n))
        for place, question in enumerate(questions.values()):
            at += timedelta(seconds=random.randint(40, 540))
            cell, solution = sheet.function(question)
            given = NO_REPLY
            if place < answered:
                given = reply(
                    question,
                    self.level(n),
                    random,
                    sure=kind not in _MAY_LEAVE_OUT,
                    solution=solution,
                    day=at.date(),
                )
            draft.put(question, given, at, random.choice((1, 1, 1, 2, 2, 3)))
            if given.code is not None:
                draft.cell(cell)["source"] = given.code
        return draft

    def _random(self, *what: object) -> Random:
        # A text as the seed: Python draws the same from it on every machine.
        return Random("/".join(map(str, (self.seed, *what))))  # noqa: S311 - nothing is secret


def _sheets(course: Path, asked: str | None) -> Iterator[Sheet]:
    """The worksheets of this toolkit's that are released; one that is asked for has to be."""
    for place, (name, files) in enumerate(sources(course).items()):
        if worksheet_of(nbformat.read(files[0], as_version=4)) is None and name != asked:
            continue  # another notebook that nbgrader grades
        released = course / "exercises" / name / files[0].name
        document = read_document(released)
        if document is not None:
            yield Sheet(name, place, files[0], document)
        elif asked in (None, name):
            raise ClassroomError(
                _(
                    "La feuille «\u00a0{name}\u00a0» n’est pas publiée\u00a0: {file} manque ou ne "
                    "se lit pas. Lancez d’abord\u00a0: cinqcles release {name}"
                ).format(name=name, file=released)
            )


def _learner(n: int) -> str:
    return f"synthetique-{n:04d}"


def _name(cell: Mapping[str, Any]) -> str:
    name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
    return str(name)


# --- What goes wrong -----------------------------------------------------------------------------


class Draft:
    """A copy being made: the released worksheet, with answers.

    Attributes:
        outcomes: for each question, what there is to find in it.
    """

    def __init__(self, sheet: Sheet, learner: str) -> None:
        self.sheet, self.learner = sheet, learner
        self.questions = sheet.questions(learner)
        self.document = deepcopy(sheet.released)
        self.answers: dict[str, Answer] = {}
        self.outcomes: dict[str, Outcome] = {}

    def put(self, question: BaseQuestion, given: Reply, at: datetime, revision: int) -> None:
        """Put an answer in the cell of its question."""
        answer = Answer(
            worksheet=self.sheet.name,
            question=question.id,
            learner=self.learner,
            variant=variant_of(self.sheet.name, self.learner),
            value=given.value,
            time=at.replace(microsecond=0),
            revision=0 if given is NO_REPLY else revision,
        )
        self.answers[question.id] = answer
        self.outcomes[question.id] = given.outcome
        self.cell(question.id)["outputs"] = [self.shown(answer)]

    def shown(self, answer: Answer) -> Document:
        """An answer as a question's output holds it."""
        readable = _("Pas encore de réponse.")
        if answer.value is not None:
            try:
                said: Any = self.questions[answer.question].describe(answer.value)
            except (KeyError, TypeError, ValueError):
                said = answer.value
            readable = _("Votre réponse\u00a0: {answer}").format(answer=said)
        data = {MIME: answer.model_dump(mode="json"), "text/plain": readable}
        return {"output_type": "display_data", "metadata": {}, "data": data}

    def cell(self, name: str) -> Document:
        """The cell that nbgrader knows by this name."""
        found: Document = next(c for c in self.document["cells"] if _name(c) == name)
        return found

    def locked(self) -> list[Document]:
        """The cells of code that ask nothing and are not to be changed."""
        return [
            cell
            for cell in self.document["cells"]
            if cell["cell_type"] == "code"
            and (about := cell["metadata"].get("nbgrader", {})).get("locked")
            and not about.get("grade")
        ]

    def some(self, random: Random, most: int) -> list[str]:
        """Some questions that are answered, and not by code: that one is in another cell."""
        answered = [
            name
            for name, answer in self.answers.items()
            if answer.revision and not isinstance(self.questions[name], Code)
        ]
        return random.sample(answered, min(most, len(answered)))


def _delete(draft: Draft, random: Random) -> None:
    for name in draft.some(random, 2):
        draft.document["cells"].remove(draft.cell(name))
        draft.outcomes[name] = Outcome.NONE


def _duplicate(draft: Draft, random: Random) -> None:
    """A cell twice, the second with an older answer."""
    for name in draft.some(random, 1):
        newest = draft.answers[name]
        day = newest.time.date()
        value = reply(draft.questions[name], Level.WEAK, random, sure=True, day=day).value
        older = {"value": value, "time": newest.time - timedelta(hours=1), "revision": 1}
        twin = deepcopy(draft.cell(name))
        twin["id"] = f"{name}-copie"
        twin["outputs"] = [draft.shown(newest.model_copy(update=older))]
        cells = draft.document["cells"]
        cells.insert(cells.index(draft.cell(name)) + 1, twin)


def _edit(draft: Draft, random: Random) -> None:
    for cell in [*draft.locked()[-1:], *map(draft.cell, draft.some(random, 1))]:
        cell["source"] = "".join(cell["source"]) + "\n# " + _("ligne ajoutée par mégarde")


def _flood(draft: Draft, _random: Random) -> None:
    flood = {"output_type": "stream", "name": "stdout", "text": "0123456789" * (FLOOD // 10)}
    for cell in draft.locked()[-1:]:
        cell["outputs"].append(flood)


def _age(draft: Draft, random: Random) -> None:
    for name in draft.some(random, 1):
        for output in draft.cell(name)["outputs"]:
            output["data"][MIME]["schema_version"] = 0
        draft.outcomes[name] = Outcome.PERSON


_SPOIL: dict[Kind, Callable[[Draft, Random], None]] = {
    Kind.DELETED: _delete,
    Kind.DUPLICATED: _duplicate,
    Kind.EDITED: _edit,
    Kind.FLOODED: _flood,
    Kind.OLD: _age,
}
_PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Title (Copie synthetique) >>\nendobj\n%%EOF\n"


# --- What is said of it --------------------------------------------------------------------------


def _told(kind: Kind) -> tuple[str, str]:
    """A kind of copy, and what it is."""
    return {
        Kind.ORDINARY: (_("ordinaire"), _("rendue à temps.")),
        Kind.LATE: (_("en retard"), _("remplie après l’échéance.")),
        Kind.UNFINISHED: (_("inachevée"), _("seules les premières questions ont une réponse.")),
        Kind.EMPTY: (_("vide"), _("ouverte, et rendue sans réponse.")),
        Kind.FIRST: (_("première de deux"), _("la seconde, plus récente, doit la remplacer.")),
        Kind.TWICE: (_("seconde de deux"), _("c’est elle qui compte.")),
        Kind.TRUNCATED: (_("coupée"), _("le fichier s’arrête au milieu, et ne se lit pas.")),
        Kind.DELETED: (_("cellules supprimées"), _("des questions ont disparu.")),
        Kind.NEIGHBOUR: (_("copie d’un voisin"), _("les réponses sont d’une autre personne.")),
        Kind.FLOODED: (_("sortie démesurée"), _("un tableau affiche bien trop de lignes.")),
        Kind.PDF: (_("PDF renommé"), _("ce n’est pas un cahier, malgré son nom.")),
        Kind.DUPLICATED: (
            _("cellule en double"),
            _("une question est là deux fois, et sa réponse la plus récente compte."),
        ),
        Kind.OTHER_SHEET: (_("autre feuille"), _("le bon nom, mais un autre cahier.")),
        Kind.EDITED: (
            _("cellules modifiées"),
            _("des cellules verrouillées ont changé\u00a0; les réponses comptent."),
        ),
        Kind.OLD: (
            _("ancienne version"),
            _("une réponse vient d’une autre version du cours\u00a0: elle est à lire."),
        ),
    }[kind]


def _claim(to: Path, sheets: list[Sheet]) -> None:
    """Make the cohort's folder, or take again one that a cohort was written in.

    Raises:
        ClassroomError: it holds something else.
    """
    title = _("Copies synthétiques\u00a0: aucune n’est celle d’une personne.")
    about = to / "LISEZMOI.txt"
    if to.exists() and not to.is_dir():
        raise ClassroomError(
            _("«\u00a0{name}\u00a0» est un fichier\u00a0: donnez un dossier.").format(name=to)
        )
    ours = about.is_file() and about.read_text("utf-8", errors="replace").startswith(title)
    if to.exists() and not ours and any(to.iterdir()):
        raise ClassroomError(
            _(
                "Le dossier «\u00a0{name}\u00a0» contient autre chose que des copies synthétiques. "
                "Rien n’y est écrit\u00a0: donnez-en un autre (--to DOSSIER), ou videz-le."
            ).format(name=to)
        )
    to.mkdir(parents=True, exist_ok=True)
    about.write_text(f"{title}\n\n{_explained()}", encoding="utf-8")
    for sheet in sheets:
        (to / sheet.name).mkdir(exist_ok=True)
        for old in (to / sheet.name).glob(f"{sheet.name}-{_learner(0)[:-4]}*.ipynb"):
            old.unlink()


def _explained() -> str:
    parts = [
        _(
            "Ce dossier a été écrit par la commande cinqcles simulate, pour s’entraîner à "
            "ramasser, à corriger et à rendre avant une vraie session. Vous pouvez le supprimer."
        ),
        _(
            "Chaque sous-dossier contient les copies d’une feuille. Pour les ramasser\u00a0:\n"
            "uv run cinqcles collect FEUILLE CE-DOSSIER/FEUILLE --roster CE-DOSSIER/liste.csv\n"
            "Avec la liste des apprenants, la copie d’un voisin se voit\u00a0: le nom du fichier "
            "et les réponses se contredisent."
        ),
        _(
            "Un fichier manifeste-FEUILLE.csv dit de chaque copie ce qu’elle est, et ce que la "
            "correction doit trouver à chaque question\u00a0: juste, en partie, fausse, sans "
            "réponse, ou à lire (par une personne). D’une copie illisible, d’un voisin ou d’une "
            "autre feuille, rien ne compte\u00a0: «\u00a0sans réponse\u00a0» partout."
        ),
        "\n".join(
            [
                _("Ce que sont les copies\u00a0:"),
                *(f"- {kind.label}\u00a0: {kind.about}" for kind in Kind),
            ]
        ),
        _(
            "Les retards\u00a0: les réponses portent leur date, que le manifeste met en face de "
            "l’échéance. nbgrader, lui, ne connaît que la date d’un fichier timestamp.txt, qu’une "
            "copie reçue par courriel n’a pas\u00a0: aucun point ne sera retiré."
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _manifest(sheet: Sheet) -> str:
    return f"manifeste-{sheet.name}.csv"


def _heads(sheet: Sheet) -> list[str]:
    return [
        _("Fichier"),
        _("Apprenant"),
        _("Niveau"),
        _("Copie"),
        _("Dernière réponse (UTC)"),
        _("Échéance (UTC)"),
        *sheet.questions(_learner(1)),
    ]


def _line(sheet: Sheet, each: Simulated) -> list[str]:
    levels = {
        Level.STRONG: _("solide"),
        Level.AVERAGE: _("moyen"),
        Level.WEAK: _("fragile"),
    }
    found = {
        Outcome.RIGHT: _("juste"),
        Outcome.PARTLY: _("en partie"),
        Outcome.WRONG: _("fausse"),
        Outcome.NONE: _("sans réponse"),
        Outcome.PERSON: _("à lire"),
    }
    return [
        each.file.name,
        each.learner,
        levels[each.level],
        each.kind.label,
        f"{each.last:%d/%m/%Y %H:%M}" if each.last else "",
        f"{sheet.due:%d/%m/%Y %H:%M}",
        *(found[outcome] for outcome in each.outcomes.values()),
    ]
