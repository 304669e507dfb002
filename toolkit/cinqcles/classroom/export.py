"""Grades out of nbgrader's gradebook: as a table, or into the file that Moodle gives for them."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from cinqcles.classroom.book import to_read
from cinqcles.classroom.course import (
    course_directory,
    graded_folder,
    handed_in,
    has_changed,
    nbgrader_config,
    sources,
)
from cinqcles.classroom.roster import spellings
from cinqcles.errors import ClassroomError
from cinqcles.messages import _, number


class State(Enum):
    """Where a learner stands with a worksheet."""

    GRADED = "graded"
    REVIEW = "review"
    CHANGED = "changed"
    UNGRADED = "ungraded"
    MISSING = "missing"


@dataclass(frozen=True)
class Grade:
    """What a learner has of a worksheet.

    Attributes:
        score: points, late penalty taken off; ``None`` where no copy is graded. Provisional in
            review; of an earlier copy, if it has changed since.
        points: what it is out of.
        handed_in: when, if nbgrader knows.
    """

    learner: str
    worksheet: str
    state: State
    score: float | None
    points: float
    handed_in: datetime | None = None


def grades(course: Path, worksheet: str | None = None, *, db_url: str | None = None) -> list[Grade]:
    """Every learner and every worksheet of the gradebook, or one, by learner, then worksheet.

    A copy that is in ``submitted/`` and could not be graded, or was not yet, is told as such.

    Args:
        db_url: the gradebook's, unless it is where nbgrader's configuration says.

    Raises:
        ClassroomError: there is no such worksheet, or the gradebook holds none.
    """
    if worksheet is not None:
        sources(course, worksheet)
    directory = course_directory(worksheet or "*", nbgrader_config(course))
    url = to_read(db_url, directory.db_url)
    nothing = ClassroomError(
        _(
            "Le carnet de notes n’a encore rien\u00a0: corrigez d’abord des copies "
            "(cinqcles grade FEUILLE)."
        )
    )
    if url is None:
        raise nothing
    with Gradebook(url) as gradebook:
        learners = {student.id for student in gradebook.students}
        worksheets = {
            a.name: float(a.max_score) for a in gradebook.assignments if worksheet in (None, a.name)
        }
        if not worksheets:
            raise nothing
        given = {
            (submission.student.id, name): _grade(submission, name)
            for name in worksheets
            for submission in gradebook.assignment_submissions(name)
        }
    for name, learner, folder in handed_in(directory, worksheet):
        if name not in worksheets:
            continue
        learners.add(learner)
        key = (learner, name)
        if key not in given:
            given[key] = Grade(learner, name, State.UNGRADED, None, worksheets[name])
        elif has_changed(folder, graded_folder(directory, name, learner)):
            given[key] = replace(given[key], state=State.CHANGED)
    return [
        given.get((learner, name)) or Grade(learner, name, State.MISSING, None, points)
        for learner in sorted(learners)
        for name, points in sorted(worksheets.items())
    ]


def _grade(submission: Any, worksheet: str) -> Grade:
    return Grade(
        submission.student.id,
        worksheet,
        State.REVIEW if submission.needs_manual_grade else State.GRADED,
        max(0.0, float(submission.score) - float(submission.late_submission_penalty or 0)),
        float(submission.max_score),
        submission.timestamp,
    )


# --- A table -------------------------------------------------------------------------------------


def write(found: Iterable[Grade], to: Path) -> None:
    """Write grades as a table, a line a copy: ``.xlsx``, or ``.csv`` as a French spreadsheet reads
    it (UTF-8 with its mark, semicolons, decimal commas).

    A text is never a formula: in a CSV, one that a spreadsheet would run is preceded by ``'``.

    Raises:
        ClassroomError: the file's name ends otherwise, or it cannot be written.
    """
    makers = {".xlsx": _as_workbook, ".csv": _as_csv}
    make = makers.get(to.suffix.lower())
    if make is None:
        raise ClassroomError(
            _("«\u00a0{name}\u00a0»\u00a0: donnez un nom en .xlsx ou en .csv.").format(name=to.name)
        )
    head = [_("Apprenant"), _("Feuille"), _("Points"), _("Sur"), _("État"), _("Rendue le (UTC)")]
    said = {
        State.GRADED: _("corrigée"),
        State.REVIEW: _("à revoir, note provisoire"),
        State.CHANGED: _("note d’une copie précédente"),
        State.UNGRADED: _("copie à corriger"),
        State.MISSING: _("pas de copie"),
    }
    rows: list[list[Any]] = [head]
    rows += [[g.learner, g.worksheet, g.score, g.points, said[g.state], g.handed_in] for g in found]
    save(to, make(rows))


def save(to: Path, content: bytes) -> None:
    """Write a file.

    Raises:
        ClassroomError: it cannot be written.
    """
    try:
        to.write_bytes(content)
    except OSError as error:
        raise ClassroomError(
            _(
                "«\u00a0{name}\u00a0» ne peut pas être écrit ({error}). Son dossier existe-t-il, "
                "ou le fichier est-il ouvert ailleurs\u00a0?"
            ).format(name=to, error=error.strerror)
        ) from error


def _as_csv(rows: Iterable[Iterable[Any]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{round(value, 2):g}".replace(".", ",")
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y %H:%M}"
    return f"'{value}" if str(value).startswith(("=", "+", "-", "@", "\t", "\r")) else str(value)


def _as_workbook(rows: Iterable[Iterable[Any]]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = _("Notes")
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            text = isinstance(value, str)
            cell = sheet.cell(line, column, ILLEGAL_CHARACTERS_RE.sub("", value) if text else value)
            if text:
                cell.data_type = "s"  # openpyxl takes "=…" for a formula
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEF", (28, 20, 9, 7, 26, 18), strict=True):
        sheet.column_dimensions[letter].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# --- Moodle's own file ---------------------------------------------------------------------------

# Moodle's « Télécharger la feuille d’évaluation », in French and English: what each column says.
_COLUMNS = {
    "id": ("Identifiant", "Identifier"),
    "name": ("Nom complet", "Full name"),
    "email": ("Adresse de courriel", "Email address"),
    "grade": ("Note", "Grade"),
    "most": ("Note maximale", "Maximum Grade", "Maximum grade"),
    "open": ("La note peut être modifiée", "Grade can be changed"),
}
_NEEDED = ("name", "grade", "most")
_CLOSED = ("non", "no")


@dataclass(frozen=True)
class Filled:
    """Moodle's file once filled, and what is to be told of it.

    Attributes:
        content: the file; every byte is Moodle's, but those of the grades.
        written: how many grades were written.
        left: ``(who, why)`` for each row left as it was, and each learner found in no row.
    """

    content: bytes
    written: int
    left: list[tuple[str, str]]


def fill_moodle(content: bytes, found: Iterable[Grade]) -> Filled:
    """Write one worksheet's grades into the grading worksheet that Moodle gives for it.

    A row is a learner's whose identifier in the course is its email address, what stands before
    the @ there, its full name (spaces or dots between names, either order), or its number. Where
    two learners or two rows could be meant, none is written.

    Raises:
        ClassroomError: it is no such file, or the points are not out of the same maximum.
    """
    text, columns, rows = _moodle(content)
    by_key: dict[str, Grade] = {g.learner: g for g in found}
    meant = {
        place: {key for key in _keys(row, columns) if key in by_key}
        for place, row in enumerate(rows)
    }
    claims: dict[str, list[int]] = defaultdict(list)
    for place, keys in meant.items():
        for key in keys:
            claims[key].append(place)
    left: list[tuple[str, str]] = []
    edits: list[tuple[int, int, str]] = []
    for place, row in enumerate(rows):
        who, keys = row.text("name", columns), meant[place]
        if len(keys) != 1:
            left.append(
                (
                    who,
                    _ambiguous(keys)
                    if keys
                    else _("aucun apprenant de ce nom dans le carnet de notes"),
                )
            )
            continue
        (key,) = keys
        grade = by_key[key]
        if why := _refusal(grade, row, columns, alone=len(claims[key]) == 1):
            left.append((who, why))
            continue
        start, stop = row.spans[columns["grade"]]
        edits.append((start, stop, _written(grade, row, columns, text)))
    left += [
        (g.learner, _("dans aucune ligne du fichier de Moodle"))
        for g in by_key.values()
        if g.learner not in claims and g.state is not State.MISSING
    ]
    for start, stop, value in reversed(edits):
        text = text[:start] + value + text[stop:]
    return Filled(text.encode(), len(edits), left)


@dataclass(frozen=True)
class _Row:
    cells: list[str]
    spans: list[tuple[int, int]]

    def text(self, name: str, columns: Mapping[str, int]) -> str:
        return self.cells[columns[name]].strip() if name in columns else ""


def _moodle(content: bytes) -> tuple[str, dict[str, int], list[_Row]]:
    """The file's text, where its columns are, and its rows below the header."""
    wrong = _(
        "Ce n’est pas une feuille d’évaluation de Moodle. Dans le devoir\u00a0: "
        "«\u00a0Consulter tous les travaux remis\u00a0», puis «\u00a0Télécharger la feuille "
        "d’évaluation\u00a0»\u00a0; donnez le fichier .csv sans l’ouvrir dans un tableur. {why}"
    )
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise ClassroomError(wrong.format(why=_("(Il n’est pas en UTF-8.)"))) from error
    first = text.lstrip("\ufeff").partition("\n")[0]
    separator = max(",;\t", key=first.count)
    rows = list(_rows(text, separator, start=len(text) - len(text.lstrip("\ufeff"))))
    header = [cell.strip() for cell in rows[0].cells] if rows else []
    columns = {
        name: header.index(title)
        for name, titles in _COLUMNS.items()
        for title in titles
        if title in header
    }
    if missing := [_COLUMNS[name][0] for name in _NEEDED if name not in columns]:
        names = ", ".join(f"«\u00a0{name}\u00a0»" for name in missing)
        raise ClassroomError(
            wrong.format(why=_("(Il y manque\u00a0: {names}.)").format(names=names))
        )
    below = [row for row in rows[1:] if any(cell.strip() for cell in row.cells)]
    for line, row in enumerate(below, start=2):
        if len(row.cells) != len(header):
            raise ClassroomError(
                wrong.format(
                    why=_("(La ligne {line} a {got} cellules au lieu de {expected}.)").format(
                        line=line, got=len(row.cells), expected=len(header)
                    )
                )
            )
    return text, columns, below


def _rows(text: str, separator: str, start: int) -> Iterator[_Row]:
    """The rows of a delimited text, each cell with its place there, its quotes included."""
    cell = re.compile(rf'("(?:[^"]|"")*"|[^{separator}\r\n]*)({separator}|\r\n|\r|\n|\Z)')
    cells: list[str] = []
    spans: list[tuple[int, int]] = []
    at = start
    while at < len(text) or cells:
        found = cell.match(text, at)
        if found is None:  # something after a closing quote: never Moodle's
            return
        raw = found[1]
        quoted = raw.startswith('"')
        cells.append(raw[1:-1].replace('""', '"') if quoted else raw)
        spans.append(found.span(1))
        at = found.end()
        if found[2] != separator:
            yield _Row(cells, spans)
            cells, spans = [], []


def _keys(row: _Row, columns: Mapping[str, int]) -> Iterator[str]:
    """The identifiers in the course that a row may be meant for."""
    number_in_moodle = re.sub(r"\D", "", row.text("id", columns))
    return spellings(row.text("name", columns), row.text("email", columns), number_in_moodle)


def _ambiguous(keys: Iterable[str]) -> str:
    return _("plusieurs apprenants possibles\u00a0: {names}").format(names=", ".join(sorted(keys)))


def _refusal(grade: Grade, row: _Row, columns: Mapping[str, int], *, alone: bool) -> str | None:
    """Why a grade is not to be written in a row that is its learner's."""
    if not alone:
        return _("plusieurs lignes possibles pour «\u00a0{learner}\u00a0»").format(
            learner=grade.learner
        )
    unfit = {
        State.MISSING: _("pas de copie"),
        State.UNGRADED: _("sa copie n’est pas corrigée"),
        State.CHANGED: _("sa note est celle d’une copie précédente\u00a0: corrigez la nouvelle"),
        State.REVIEW: _("note provisoire\u00a0: une réponse reste à revoir"),
    }
    if grade.state in unfit:
        return unfit[grade.state]
    if row.text("open", columns).casefold() in _CLOSED:
        return _("Moodle n’accepte plus de note pour cette personne")
    most = row.text("most", columns).replace(",", ".")
    try:
        same = abs(float(most) - grade.points) < 0.005  # noqa: PLR2004 - two decimals in Moodle
    except ValueError:
        same = False
    if not same:
        raise ClassroomError(
            _(
                "Dans Moodle, le devoir est noté sur {theirs}\u00a0; la feuille "
                "«\u00a0{name}\u00a0» l’est sur {ours}. Réglez la note maximale du devoir sur "
                "{ours}, puis téléchargez de nouveau la feuille d’évaluation."
            ).format(
                theirs=row.text("most", columns) or "–",
                name=grade.worksheet,
                ours=number(grade.points),
            )
        )
    return None


def _written(grade: Grade, row: _Row, columns: Mapping[str, int], text: str) -> str:
    """The points as Moodle writes its own maximum, quoted where the cell was or has to be."""
    value = f"{grade.score:.2f}"
    if "," in row.text("most", columns):
        value = value.replace(".", ",")
    start, _stop = row.spans[columns["grade"]]
    return f'"{value}"' if text[start : start + 1] == '"' or "," in value else value
