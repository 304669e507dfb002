"""Collect copies and grade them: each copy on its own, whatever is in the others."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from cinqcles.classroom.course import course_directory, nbgrader_config, sources
from cinqcles.classroom.marking import RECORD
from cinqcles.classroom.release import release
from cinqcles.errors import CinqclesError, CopyError
from cinqcles.messages import _
from cinqcles.worksheet.answers import Answer, read_notebook
from cinqcles.worksheet.identity import learner_id

LARGEST_COPY = 256 * 2**20  # bytes; a copy carries answers, and at worst floods of output


class Status(Enum):
    """Where a copy stands after grading."""

    GRADED = "graded"
    REVIEW = "review"
    FAILED = "failed"


@dataclass(frozen=True)
class Graded:
    """One copy after grading.

    Attributes:
        score: the points in the gradebook, ``None`` when the copy could not be graded.
        notes: what a person should know: why it failed, what is left to review, what was mended.
    """

    learner: str
    file: Path
    status: Status
    score: float | None = None
    points: float | None = None
    notes: list[str] = field(default_factory=list)


def read_copy(file: Path) -> dict[str, Any]:
    """A submitted file as a notebook.

    Raises:
        CopyError: it is not a notebook; the message says what it is.
    """
    try:
        size = file.stat().st_size
    except OSError as error:
        raise CopyError(
            _("Le fichier est illisible\u00a0: {error}.").format(error=error)
        ) from error
    if size == 0:
        raise CopyError(_("Le fichier est vide. Demandez à l’apprenant de le renvoyer."))
    if size > LARGEST_COPY:
        raise CopyError(
            _("Le fichier pèse {size} Mo\u00a0; la limite est de {limit} Mo.").format(
                size=size // 2**20, limit=LARGEST_COPY // 2**20
            )
        )
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise CopyError(
            _(
                "Ce n’est pas un cahier Jupyter (.ipynb)\u00a0: le contenu n’est pas du JSON. "
                "Demandez à l’apprenant d’utiliser le menu Fichier ▸ Télécharger."
            )
        ) from error
    if not isinstance(document, dict) or not isinstance(document.get("cells"), list):
        raise CopyError(
            _(
                "Ce n’est pas un cahier Jupyter (.ipynb)\u00a0: c’est du JSON, mais sans cellules. "
                "Demandez à l’apprenant d’utiliser le menu Fichier ▸ Télécharger."
            )
        )
    return document


def collect(
    course: Path, worksheet: str, source: Path, learner: str | None = None
) -> list[tuple[Path, str | None, str]]:
    """Put loose copies where nbgrader looks for them: ``submitted/<learner>/<worksheet>/``.

    The learner is the one whose answers the copy holds, unless given. Where two files are the
    same learner's, the one answered last is taken.

    Args:
        source: a ``.ipynb``, or a folder that holds some.
        learner: whose the one file is.

    Returns:
        For each file: the file, its learner (``None`` if it was left aside), and what was done.

    Raises:
        ClassroomError: there is no such worksheet.
        CopyError: there is no copy there.
    """
    name = sources(course, worksheet)[worksheet][0].name
    files = sorted(source.rglob("*.ipynb")) if source.is_dir() else [source]
    files = [file for file in files if file.is_file() and ".ipynb_checkpoints" not in file.parts]
    if not files or (learner and len(files) > 1):
        raise CopyError(
            _("Il faut un seul fichier pour --learner\u00a0; {n} trouvés dans {source}.").format(
                n=len(files), source=source
            )
            if files
            else _("Aucune copie (.ipynb) dans {source}.").format(source=source)
        )
    done: list[tuple[Path, str | None, str]] = []
    for file in files:
        try:
            given = _given(file, worksheet)
            owner = learner_id(learner) if learner else _owner(given, worksheet)
        except CinqclesError as error:
            done.append((file, None, str(error)))
            continue
        target = course / "submitted" / owner / worksheet / name
        done.append((file, owner, _put(file, given, target, worksheet)))
    return done


def _given(file: Path, worksheet: str) -> list[Answer]:
    answers, _problems = read_notebook(read_copy(file))
    return [a for a in answers if a.worksheet == worksheet and a.revision]


def _owner(given: list[Answer], worksheet: str) -> str:
    owners = sorted({a.learner for a in given})
    if len(owners) == 1:
        return learner_id(owners[0])
    raise CopyError(
        _("Plusieurs apprenants dans cette copie\u00a0: {names}. Précisez --learner.").format(
            names=", ".join(owners)
        )
        if owners
        else _(
            "Aucune réponse à la feuille «\u00a0{worksheet}\u00a0» dans cette copie. Si elle est "
            "d’un de vos apprenants, précisez --learner."
        ).format(worksheet=worksheet)
    )


def _put(file: Path, given: list[Answer], target: Path, worksheet: str) -> str:
    """Put a copy in its place, unless one answered later is there; say what was done."""
    if target.exists():
        if target.read_bytes() == file.read_bytes():
            return _("Déjà ramassée.")
        with suppress(CopyError):  # a broken copy gives way to any other
            there = [a.age for a in _given(target, worksheet)]
            if there and max(there) > max((a.age for a in given), default=there[0]):
                return _("Laissée de côté\u00a0: une copie plus récente est déjà ramassée.")
    replaced = target.exists()
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)
    return (
        _("Ramassée\u00a0; elle remplace une copie plus ancienne.") if replaced else _("Ramassée.")
    )


def grade(
    course: Path,
    worksheet: str,
    *,
    again: bool = False,
    unsandboxed: bool = False,
    progress: Callable[[Iterable[Path]], Iterable[Path]] = iter,
) -> list[Graded]:
    """Grade every copy of a worksheet in ``submitted/``.

    A copy already graded and not changed since is not graded again, so that what a person has
    reviewed stays reviewed.

    Args:
        again: grade all the same.
        unsandboxed: run the code of copies even where this machine cannot isolate it.
        progress: wraps the copies, to show how far the work is.

    Raises:
        ClassroomError: there is no such worksheet, or its source is not sound.
        CopyError: there is no copy.
    """
    source = sources(course, worksheet)[worksheet][0]
    config = nbgrader_config(course)
    if unsandboxed:
        config.MarkCopy.unsandboxed = True
    directory = course_directory(worksheet, config)
    copies = sorted(p for p in (course / "submitted").glob(f"*/{worksheet}") if p.is_dir())
    if not copies:
        raise CopyError(
            _(
                "Aucune copie à corriger dans {folder}. Ramassez-les d’abord\u00a0: "
                "cinqcles collect {worksheet} DOSSIER."
            ).format(folder=course / "submitted", worksheet=worksheet)
        )
    with Gradebook(directory.db_url) as gradebook:
        try:
            known = bool(gradebook.find_assignment(worksheet).notebooks)
        except MissingEntry:
            known = False
    if not known:
        release(course, worksheet)
    return [
        _grade_one(folder / source.name, directory, config, again) for folder in progress(copies)
    ]


class _Autograde(Autograde):  # type: ignore[misc] # nbgrader has no types
    """Remembers why a copy could not be graded, which nbgrader only logs."""

    cause: Exception | None = None

    def convert_single_notebook(self, notebook_filename: str) -> None:
        try:
            super().convert_single_notebook(notebook_filename)
        except Exception as error:
            self.cause = error
            raise


def _grade_one(file: Path, directory: CourseDirectory, config: Config, again: bool) -> Graded:
    learner = file.parents[1].name
    graded_file = Path(directory.root) / "autograded" / learner / file.parent.name / file.name
    try:
        learner_id(learner)
        _look_for(file)
        read_copy(file)
        stale = graded_file.exists() and graded_file.stat().st_mtime < file.stat().st_mtime
        directory.student_id = learner
        log = logging.getLogger("cinqcles.grade")
        log.setLevel(logging.CRITICAL)
        converter = _Autograde(coursedir=directory, config=config, log=log, force=again or stale)
        try:
            converter.start()
        except NbGraderException as error:
            cause = converter.cause or error
            raise CopyError(
                str(cause)
                if isinstance(cause, CinqclesError)
                else _("La correction s’est arrêtée\u00a0: {name}\u00a0: {error}").format(
                    name=type(cause).__name__, error=str(cause)[:300]
                )
            ) from cause
    except CinqclesError as error:
        return Graded(learner, file, Status.FAILED, notes=[str(error)])
    record = nbformat.read(graded_file, as_version=4).metadata.get(RECORD, {})
    notes = list(record.get("problems", []))
    with Gradebook(directory.db_url) as gradebook:
        submission = gradebook.find_submission(file.parent.name, learner)
        waiting = {g.name for n in submission.notebooks for g in n.grades if g.needs_manual_grade}
        reasons: dict[str, list[str]] = {}
        for name, why in record.get("review", {}).items():
            if name in waiting:
                reasons.setdefault(why, []).append(name)
        notes += [f"{', '.join(names)}\u00a0: {why}" for why, names in reasons.items()]
        return Graded(
            learner,
            file,
            Status.REVIEW if waiting else Status.GRADED,
            score=submission.score,
            points=submission.max_score,
            notes=notes,
        )


def _look_for(file: Path) -> None:
    if file.exists():
        return
    others = ", ".join(sorted(p.name for p in file.parent.iterdir())) or _("rien")
    raise CopyError(
        _("Le fichier {name} n’est pas là\u00a0; on trouve\u00a0: {others}.").format(
            name=file.name, others=others
        )
    )
