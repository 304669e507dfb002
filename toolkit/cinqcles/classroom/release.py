"""Release a worksheet: from ``solutions/`` to ``exercises/``, the key left behind and proved so."""

from __future__ import annotations

import logging
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException

from cinqcles.classroom.course import course_directory, nbgrader_config, sources
from cinqcles.classroom.nbgrader import KEY_TAG
from cinqcles.classroom.reference import reference, worksheet_of
from cinqcles.errors import ClassroomError
from cinqcles.messages import _
from cinqcles.worksheet.questions import BaseQuestion

_FORBIDDEN = ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS", "BEGIN MARK SCHEME")
_TELLING_LENGTH = 12  # a shorter text of the key may stand in the question itself
_KEY_FIELDS = {
    *("answer", "why", "mistakes", "rubric", "hidden"),
    *("naive", "returns", "expects"),
}


def release(
    course: Path,
    worksheet: str | None = None,
    *,
    check: bool = False,
    db_url: str | None = None,
) -> list[str]:
    """Write ``exercises/`` from ``solutions/``, and the worksheets into the gradebook.

    Args:
        worksheet: only this one.
        check: write nothing; tell what would change.
        db_url: the gradebook's, unless it is where nbgrader's configuration says.

    Returns:
        The released files that changed (or would), relative to the course.

    Raises:
        ClassroomError: a source is not sound, or its release would give the key away. Nothing
            is then written in ``exercises/``.
    """
    changed = []
    for name, files in sources(course, worksheet).items():
        with TemporaryDirectory(prefix="cinqcles-") as folder:
            generated = _generate(course, name, Path(folder), keep=not check, db_url=db_url)
            for source in files:
                _verify(source, generated / source.name)
            changed += _deliver(generated, course / "exercises" / name, course, write=not check)
    return changed


def _generate(course: Path, name: str, folder: Path, *, keep: bool, db_url: str | None) -> Path:
    config = nbgrader_config(course)
    config.CourseDirectory.release_directory = str(folder / "release")
    if not keep:
        db_url = f"sqlite:///{folder / 'gradebook.db'}"
    if db_url:
        config.CourseDirectory.db_url = db_url
    log = logging.getLogger("cinqcles.release")
    log.setLevel(logging.ERROR)
    converter = GenerateAssignment(
        coursedir=course_directory(name, config), config=config, log=log, force=True
    )
    try:
        converter.start()
    except NbGraderException as error:
        raise ClassroomError(
            _("nbgrader n’a pas pu préparer la feuille «\u00a0{name}\u00a0»\u00a0: {error}").format(
                name=name, error=error
            )
        ) from error
    return folder / "release" / name


def _verify(source: Path, released: Path) -> None:
    notebook = nbformat.read(source, as_version=4)
    if worksheet_of(notebook) is None:
        return
    key = reference(source, 0)
    problems = unsound(notebook, key)
    problems += leaks(nbformat.read(released, as_version=4), notebook, [key])
    if problems:
        raise ClassroomError(
            _("{file} ne peut pas être publié\u00a0:").format(file=source)
            + "".join(f"\n- {problem}" for problem in problems)
        )


def unsound(source: NotebookNode, key: Mapping[str, BaseQuestion]) -> list[str]:
    """What in a source would make its grading wrong: questions without a graded cell, graded
    cells without a question, questions without a key."""
    graded = Counter(
        cell.metadata.nbgrader.grade_id
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    )
    problems = [
        _("la question «\u00a0{name}\u00a0» n’a pas de cellule notée de ce nom.").format(name=name)
        for name in key
        if name not in graded
    ]
    problems += [
        _("la cellule notée «\u00a0{name}\u00a0» ne pose aucune question de ce nom.").format(
            name=name
        )
        for name in graded
        if name not in key
    ]
    problems += [
        _("le nom «\u00a0{name}\u00a0» sert à plusieurs cellules notées.").format(name=name)
        for name, times in graded.items()
        if times > 1
    ]
    problems += [
        _("la question «\u00a0{name}\u00a0» n’a pas de corrigé.").format(name=name)
        for name, question in key.items()
        if not question.sound()
    ]
    return problems


def leaks(
    released: NotebookNode, source: NotebookNode, keys: Iterable[Mapping[str, BaseQuestion]]
) -> list[str]:
    """Where a released notebook gives the key away.

    Looked for: a cell tagged ``corrige``, an output, a line of a key cell or of a solution, and
    the computed answers and explanations of each key given.
    """
    found = [
        _("la cellule {n} est un corrigé.").format(n=n)
        for n, cell in enumerate(released.cells, start=1)
        if KEY_TAG in cell.metadata.get("tags", [])
    ]
    found += [
        _("la cellule {n} garde une sortie.").format(n=n)
        for n, cell in enumerate(released.cells, start=1)
        if cell.get("outputs")
    ]
    text = nbformat.writes(released)
    plain = "\n".join(cell.source for cell in released.cells)
    found += [_("il reste «\u00a0{mark}\u00a0».").format(mark=m) for m in _FORBIDDEN if m in text]
    secrets = {line for line in _key_lines(source) if len(line) >= _TELLING_LENGTH}
    for key in keys:
        for question in key.values():
            asked = question.model_dump(exclude=_KEY_FIELDS)
            hidden = set(_secrets(question.model_dump(include=_KEY_FIELDS)))
            # What the question itself shows, an option's id for one, is no secret.
            secrets.update(hidden - set(_secrets(asked)) - set(_names(asked)))
    found += [
        _("on y lit «\u00a0{secret}\u00a0».").format(secret=secret[:60])
        for secret in sorted(secrets)
        if secret in plain or secret in text
    ]
    return found


def _key_lines(source: NotebookNode) -> Iterator[str]:
    for cell in source.cells:
        body = cell.source
        if KEY_TAG not in cell.metadata.get("tags", []):
            body = "\n".join(
                re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", body, re.DOTALL)
            )
        yield from (line.strip() for line in body.splitlines())


def _secrets(value: Any) -> Iterator[str]:
    """The texts by which a key could be recognised: long texts, and numbers of four digits."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _secrets(item)
    elif isinstance(value, str) and len(value) >= _TELLING_LENGTH:
        yield value
    elif isinstance(value, float) and len(f"{value:.4g}".strip("0.-")) >= 4:  # noqa: PLR2004
        yield f"{value:.4g}"
        yield f"{value:.4g}".replace(".", ",")


def _names(value: Any) -> Iterator[str]:
    """The names that mappings give to what they hold: the ids of options, of items, of parts."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _names(item)


def _deliver(generated: Path, to: Path, course: Path, *, write: bool) -> list[str]:
    """Bring ``to`` up to date with what was generated; the files that differ."""
    new = {file.relative_to(generated): file for file in generated.rglob("*") if file.is_file()}
    old = {file.relative_to(to): file for file in to.rglob("*") if file.is_file()}
    changed = []
    for name in sorted(new.keys() | old.keys()):
        if name in new and name in old and new[name].read_bytes() == old[name].read_bytes():
            continue
        changed.append(str((to / name).relative_to(course)))
        if not write:
            continue
        if name in new:
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(new[name], to / name)
        else:
            old[name].unlink()
    return changed
