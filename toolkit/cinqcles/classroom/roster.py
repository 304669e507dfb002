"""Who people are: the list an instructor has of them, and the ways a person may be named.

A list is a CSV in any of the shapes that come by: one's own, nbgrader's, or what Moodle gives (its
participants, its grading worksheet). What it says of a person is told from what may be deduced.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cinqcles.errors import ClassroomError, WorksheetError
from cinqcles.messages import _
from cinqcles.worksheet.identity import learner_id

LARGEST_LIST = 16 * 2**20  # bytes

# The titles of columns, in French and English, without their accents.
_COLUMNS = {
    "learner": ("identifiant", "identifier", "id", "apprenant", "learner", "student id"),
    # Moodle's own identifiers, which may or may not be those of the course.
    "account": ("nom d utilisateur", "username"),
    "record": ("numero d identification", "id number"),
    "full": ("nom complet", "full name", "nom et prenom", "prenom et nom"),
    "last": ("nom de famille", "nom", "last name", "surname", "lastname"),
    "first": ("prenom", "first name", "firstname"),
    "email": (
        *("adresse de courriel", "adresse", "adresse electronique", "adresse e mail", "courriel"),
        *("email address", "email", "e mail", "mail"),
    ),
}
_NUMBER_IN_MOODLE = re.compile(r"participante?\s+(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Person:
    """Somebody who may hand in copies.

    Attributes:
        name: theirs, as the list writes it.
        learner: their identifier in the course, if the list says it.
        spellings: the identifiers that may be theirs.
        number: theirs in a Moodle assignment, as digits; or nothing.
    """

    name: str
    learner: str | None = None
    spellings: frozenset[str] = frozenset()
    number: str = ""


class Roster:
    """The people of a list, found by what a copy or its place says of them.

    Each way of finding gives everybody it may be: nobody is guessed here.

    Attributes:
        people: all of them.
        unidentified: those whose identifier the list does not say.
    """

    def __init__(self, people: Iterable[Person] = ()) -> None:
        self.people = frozenset(people)
        self.unidentified = frozenset(p for p in self.people if not p.learner)
        self._found: dict[tuple[str, str], set[Person]] = defaultdict(set)
        for person in self.people:
            self._found["name", _words(person.name)].add(person)
            self._found["number", person.number].add(person)
            for learner in {*person.spellings, person.learner or ""}:
                self._found["learner", learner].add(person)

    def known_as(self, learner: str) -> set[Person]:
        """Whose an identifier is, or may be."""
        return self._find("learner", learner)

    def named(self, name: str) -> set[Person]:
        """Who is so named: capitals, accents, apostrophes and the order of names do not count."""
        return self._find("name", _words(name))

    def numbered(self, number: str) -> set[Person]:
        """Who has this number in a Moodle assignment."""
        return self._find("number", number)

    def _find(self, by: str, what: str) -> set[Person]:
        return set(self._found.get((by, what), ())) if what else set()


def spellings(name: str, email: str, number: str) -> Iterator[str]:
    """The identifiers in the course that may be a person's.

    Their email address, what stands before the @ there, their number, or their full name (spaces
    or dots between names, either order).
    """
    names = name.split()
    orders = [names, names[1:] + names[:1], names[-1:] + names[:-1]]
    tried = [email, email.partition("@")[0], number]
    tried += [between.join(order) for order in orders for between in (" ", ".")]
    for each in tried:
        with suppress(WorksheetError):
            yield learner_id(each)


def read_roster(file: Path) -> Roster:
    """Read a list: columns identifiant, nom, prénom, adresse (or in English), or Moodle's.

    Raises:
        ClassroomError: it cannot be read, or says two things of one identifier.
    """
    rows = list(_rows(file))
    header = [" ".join(_plain(cell)) for cell in rows[0]] if rows else []
    columns = {
        name: header.index(titles[0])
        for name, known in _COLUMNS.items()
        if (titles := [title for title in known if title in header])
    }
    if not columns:
        raise ClassroomError(
            _(
                "«\u00a0{name}\u00a0» n’est pas une liste d’apprenants\u00a0: sa première ligne "
                "doit nommer les colonnes (identifiant, nom, prénom, adresse). On y lit\u00a0: "
                "{header}."
            ).format(name=file.name, header=", ".join(rows[0])[:200] if rows else _("rien"))
        )
    people = []
    for line, row in enumerate(rows[1:], start=2):
        cells = {name: row[at].strip() for name, at in columns.items() if at < len(row)}
        if any(cells.values()):
            people.append(_person(cells, line, file.name))
    twice = [n for n, k in Counter(p.learner for p in people if p.learner).items() if k > 1]
    if twice:
        raise ClassroomError(
            _(
                "Dans «\u00a0{name}\u00a0», un même identifiant est sur plusieurs lignes\u00a0: "
                "{twice}. Gardez-en une."
            ).format(name=file.name, twice=", ".join(twice))
        )
    return Roster(people)


def _rows(file: Path) -> Iterator[list[str]]:
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_LIST + 1)
        if len(content) > LARGEST_LIST:
            raise ValueError(_("plus de {limit} Mo").format(limit=LARGEST_LIST // 2**20))
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252")
        separator = max(";,\t", key=text.partition("\n")[0].count)
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except (OSError, ValueError, csv.Error) as error:
        raise ClassroomError(
            _(
                "«\u00a0{name}\u00a0» n’est pas une liste lisible ({error}). Donnez un .csv en "
                "UTF-8, ou tel qu’un tableur l’enregistre."
            ).format(name=file.name, error=error)
        ) from error


def _person(cells: dict[str, str], line: int, list_name: str) -> Person:
    name = cells.get("full") or f"{cells.get('first', '')} {cells.get('last', '')}".strip()
    email, learner, number = cells.get("email", ""), cells.get("learner"), ""
    if learner and (found := _NUMBER_IN_MOODLE.fullmatch(learner)):
        learner, number = None, found[1]
    if not learner:
        may_be = set(spellings(name, email, number))
        for column in ("account", "record"):
            with suppress(WorksheetError):
                may_be.add(learner_id(cells.get(column, "")))
        return Person(name or email, None, frozenset(may_be), number)
    try:
        return Person(name or email or learner, learner_id(learner), number=number)
    except WorksheetError as error:
        raise ClassroomError(
            _("«\u00a0{name}\u00a0», ligne {line}. {error}").format(
                name=list_name, line=line, error=error
            )
        ) from error


def _words(name: str) -> str:
    # Moodle leaves apostrophes out of the names of files.
    return " ".join(sorted(_plain(re.sub(r"['’ʼ`]", "", name))))


def _plain(text: str) -> list[str]:
    """The words of a text, without capitals nor accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"[^\W_]+", "".join(c for c in letters if not unicodedata.combining(c)))
