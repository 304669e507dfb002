"""Grade copies, from one to a cohort: each on its own, whatever is in the others.

The way of a copy: read here, marked by a worker (`cinqcles.classroom.worker`), written into the
gradebook (`cinqcles.classroom.book`), then its graded notebook put in place. In that order, so that
a run that is killed has either left a copy to be graded, or graded it whole: what a copy is worth
depends on nothing else, and to grade it again writes the same.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import InvalidEntry, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import (
    find_all_files,
    is_grade,
    is_locked,
    is_solution,
    is_task,
    parse_utc,
    rmtree,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from traitlets.config import Config

from cinqcles.classroom import worker
from cinqcles.classroom.book import Book, Standing
from cinqcles.classroom.course import (
    course_directory,
    graded_folder,
    handed_in,
    has_changed,
    is_ours,
    nbgrader_config,
    sources,
)
from cinqcles.classroom.marking import RECORD, Released
from cinqcles.classroom.nbgrader import is_unchanged
from cinqcles.classroom.pile import LARGEST_COPY
from cinqcles.classroom.reference import (
    keep_key,
    kept_key,
    key_file,
    toolkit_digest,
    worksheet_of,
)
from cinqcles.classroom.release import release
from cinqcles.classroom.spread import Workers, cluster, local, spread
from cinqcles.errors import CinqclesError, ClassroomError, CopyError
from cinqcles.messages import _, number
from cinqcles.worksheet.identity import course_key, learner_id, variant_of


class Status(Enum):
    """Where a copy stands after grading."""

    GRADED = "graded"
    REVIEW = "review"
    FAILED = "failed"


@dataclass(frozen=True)
class Graded:
    """One copy after grading.

    Attributes:
        score: the points in the gradebook, a late penalty taken off; ``None`` when the copy could
            not be graded.
        notes: what a person should know: why it failed, what is left to review, what was mended.
        kept: whether it had been graded already, and was left as it was.
    """

    worksheet: str
    learner: str
    file: Path
    status: Status
    score: float | None = None
    points: float | None = None
    notes: list[str] = field(default_factory=list)
    kept: bool = False


Progress = Callable[[str, int, int], None]  # what is being done, how much is, out of how much

SMALL_ENOUGH = 2000  # copies without code that are marked sooner than workers would be started
CHUNK = 16  # copies a task: enough to make its journey worth while
BATCH = 64  # copies a transaction
BATCH_S = 1.0  # or as many as are there after that time


def grade(
    course: Path,
    worksheet: str | None = None,
    *,
    again: bool = False,
    unsandboxed: bool = False,
    db_url: str | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    progress: Progress = lambda _what, _done, _total: None,
) -> list[Graded]:
    """Grade every copy in ``submitted/``, of one worksheet or of all.

    A copy already graded and not changed since is not graded again, so that what a person has
    reviewed stays reviewed. A run that was stopped, or killed, goes on where it was.

    Args:
        again: grade all the same.
        unsandboxed: run the code of copies even where this machine cannot isolate it.
        db_url: the gradebook's, unless it is where nbgrader's configuration says.
        workers: how many copies at once on this machine; as many as it has cores by default.
        cluster: the address of a Dask scheduler, whose workers are used instead.
        progress: is told how far the work is.

    Raises:
        ClassroomError: there is no such worksheet, its source is not sound, or there is no
            gradebook or no cluster there.
        CopyError: there is no copy.
    """
    config = nbgrader_config(course)
    if db_url:
        config.CourseDirectory.db_url = db_url
    if worksheet and is_ours(course):
        sources(course, worksheet)
    places = handed_in(course_directory(worksheet or "*", config), worksheet)
    if not places:
        none = _("Aucune copie à corriger dans {folder}.").format(folder=course / "submitted")
        how = (
            _("Ramassez-en d’abord\u00a0: cinqcles collect {name} DOSSIER.")
            if is_ours(course)
            else _("Celles d’un devoir y sont dans apprenant/{name}, comme nbgrader les range.")
        )
        raise CopyError(f"{none} {how.format(name=worksheet or _('FEUILLE'))}")
    with Book(course_directory("", config).db_url) as book:
        run = _Run(course, config, book, progress)
        names = sorted({name for name, _learner, _folder in places})
        assignments = {name: run.open(name, wanted=name == worksheet) for name in names}
        copies = [run.look(assignments[name], learner, folder) for name, learner, folder in places]
        todo = []
        for copy in copies:
            if not copy.failed and (again or not copy.is_graded()):
                todo.append(copy)
            elif not copy.failed:
                copy.recall()
        boxed = any(copy.assignment.runs_code for copy in todo)
        with _workers(workers, cluster, run.weight(todo), boxed=boxed) as hands:
            run.mark(todo, hands, unsandboxed=unsandboxed)
        return run.report(copies)


def _workers(
    count: int | None, address: str | None, weight: int, *, boxed: bool
) -> AbstractContextManager[Workers]:
    if address:
        return cluster(address)
    return nullcontext(local(min(count or os.cpu_count() or 1, weight), boxed=boxed))


@dataclass
class _Assignment:
    """An assignment as this run grades it.

    Attributes:
        sources: by nbgrader's name, the source of each notebook that the gradebook knows.
        ours: the worksheet of those that are of this course.
        released: all of them, if all are ours and go through nbgrader's chain as we made it.
        known: the learners whom the gradebook has a copy of.
        refused: why no copy of it can be graded.
    """

    directory: CourseDirectory
    sources: dict[str, Path] = field(default_factory=dict)
    ours: dict[str, str] = field(default_factory=dict)
    kernelspecs: dict[str, Any] = field(default_factory=dict)
    released: dict[str, Released] = field(default_factory=dict)
    gradebook: bytes = b""
    known: set[str] = field(default_factory=set)
    refused: str | None = None

    @property
    def name(self) -> str:
        name: str = self.directory.assignment_id
        return name

    @property
    def runs_code(self) -> bool:
        """Whether its copies may have code to run."""
        return not self.released or any(
            cell.metadata.nbgrader.solution and not cell.metadata.nbgrader.grade
            for released in self.released.values()
            for cell in released.cells.values()
        )

    @property
    def source(self) -> Path:
        """The folder of its sources."""
        step = self.directory.source_directory
        return Path(os.path.normpath(self.directory.format_path(step, ".", self.name)))

    def graded(self, learner: str) -> Path:
        return graded_folder(self.directory, self.name, learner)


@dataclass
class _Copy:
    """A copy that is there.

    Attributes:
        notebooks: those that the gradebook knows.
        variants: of those that are ours, this learner's variant.
        failed: why it cannot be marked.
        kept: whether it had been graded already.
    """

    assignment: _Assignment
    learner: str
    folder: Path
    notebooks: list[Path] = field(default_factory=list)
    variants: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    review: Mapping[str, str] = field(default_factory=dict)
    failed: str | None = None
    kept: bool = False

    @property
    def file(self) -> Path:
        """What a person would open."""
        return next(iter(self.notebooks), self.folder)

    def is_graded(self) -> bool:
        """Whether it is, and has not changed since."""
        graded = self.assignment.graded(self.learner)
        return (
            self.learner in self.assignment.known
            and all((graded / file.name).exists() for file in self.notebooks)
            and not has_changed(self.folder, graded)
        )

    def recall(self) -> None:
        """Read again what its grading had to say."""
        self.kept = True
        graded = self.assignment.graded(self.learner)
        for file in self.notebooks:
            nb = nbformat.read(graded / file.name, as_version=4)
            record = nb.metadata.get(RECORD, {})
            self.problems += record.get("problems", [])
            self.review = {**self.review, **record.get("review", {})}


def compute_keys(
    missing: Iterable[tuple[Path, int]], workers: Workers
) -> Iterator[tuple[tuple[Path, int], str]]:
    """Compute the keys of sources and variants on workers, and keep them: each as it comes.

    Raises:
        ClassroomError: a source does not run to its end.
    """
    places = {
        worker.KeyTask(str(source), source.read_bytes(), variant, course_key(), toolkit_digest()): (
            source,
            variant,
        )
        for source, variant in missing
    }
    for task, text in spread(workers, worker.compute_key, places):
        if text is None:
            raise ClassroomError(
                _("Le corrigé {file} a arrêté le programme qui l’exécutait.").format(file=task.file)
            )
        keep_key(*places[task], text)
        yield places[task], text


class _Run:
    """One run over a course's copies."""

    def __init__(self, course: Path, config: Config, book: Book, progress: Progress) -> None:
        self.course, self.config, self.book, self.progress = course, config, book, progress
        self.keys: dict[tuple[Path, int], str] = {}
        self.chain = Autograde(coursedir=course_directory("", config), config=config)
        self.late: AssignLatePenalties | None = None
        if AssignLatePenalties in self.chain.autograde_preprocessors:
            late = AssignLatePenalties(parent=self.chain)
            late.init_plugin()
            self.late = late if late.enabled else None

    # --- What there is to do

    def open(self, name: str, *, wanted: bool) -> _Assignment:
        """An assignment; one that was not asked for by its name may be refused."""
        assignment = _Assignment(course_directory(name, self.config))
        try:
            self._prepare(assignment)
        except CinqclesError as error:
            if wanted:
                raise
            assignment.refused = str(error)
        return assignment

    def _prepare(self, assignment: _Assignment) -> None:
        name, directory = assignment.name, assignment.directory
        if is_ours(self.course):
            files = sources(self.course, name)[name]
            with self.book.alone():
                with self.book.transaction():
                    known = self._knows(name, files)
                if not known:  # the gradebook learns of a worksheet by its release
                    release(self.course, name, db_url=directory.db_url)
        with self.book.transaction():
            notebooks = self._notebooks(name)
            if not notebooks:
                raise ClassroomError(
                    _(
                        "Le carnet de notes ne connaît pas le devoir «\u00a0{name}\u00a0». "
                        "Préparez-le d’abord\u00a0: nbgrader generate_assignment {name}."
                    ).format(name=name)
                )
            for notebook in notebooks:
                source = assignment.source / f"{notebook.name}.ipynb"
                assignment.sources[notebook.name] = source
                assignment.kernelspecs[notebook.name] = json.loads(notebook.kernelspec or "null")
                ours = (
                    worksheet_of(nbformat.read(source, as_version=4)) if source.exists() else None
                )
                if ours is not None:
                    assignment.ours[notebook.name] = ours
            if len(assignment.ours) == len(notebooks) and is_unchanged(self.config):
                assignment.released = {
                    n.name: Released.read(n, assignment.ours[n.name]) for n in notebooks
                }
            else:
                assignment.gradebook = self.book.extract(name)
            assignment.known = {
                submission.student_id for submission in self.book.find_assignment(name).submissions
            }

    def _knows(self, name: str, files: list[Path]) -> bool:
        """Whether the gradebook has all the cells of a worksheet: a release that was killed leaves
        some out, and no copy can have been graded since."""
        notebooks = {notebook.name: notebook for notebook in self._notebooks(name)}
        if notebooks and self.book.find_assignment(name).num_submissions:
            return True
        return all(
            file.stem in notebooks
            and {cell.name for cell in notebooks[file.stem].source_cells}.issuperset(_cells(file))
            for file in files
        )

    def _notebooks(self, name: str) -> list[Any]:
        try:
            return list(self.book.find_assignment(name).notebooks)
        except MissingEntry:
            return []

    def look(self, assignment: _Assignment, learner: str, folder: Path) -> _Copy:
        """A copy as it is there."""
        copy = _Copy(assignment, learner, folder, failed=assignment.refused)
        if copy.failed:
            return copy
        named = [folder / f"{notebook}.ipynb" for notebook in assignment.sources]
        copy.notebooks = [file for file in named if file.is_file() and not file.is_symlink()]
        try:
            if not copy.notebooks:
                raise CopyError(_what_is_there(named[0]))
            for file in copy.notebooks:
                _check_size(file)
            copy.variants = {
                notebook: variant_of(worksheet, learner_id(learner))
                for notebook, worksheet in assignment.ours.items()
            }
        except (CinqclesError, OSError) as error:
            copy.notebooks, copy.failed = named[:1], str(error)
        return copy

    def weight(self, copies: list[_Copy]) -> int:
        """How many workers there is work for."""
        heavy = sum(copy.assignment.runs_code for copy in copies) + len(self._missing_keys(copies))
        return max(heavy, 1 + len(copies) // SMALL_ENOUGH)

    # --- Keys

    def _wanted_keys(self, copies: Iterable[_Copy]) -> set[tuple[Path, int]]:
        return {
            (copy.assignment.sources[notebook], variant)
            for copy in copies
            for notebook, variant in copy.variants.items()
        }

    def _missing_keys(self, copies: Iterable[_Copy]) -> list[tuple[Path, int]]:
        for source, variant in self._wanted_keys(copies) - self.keys.keys():
            text = kept_key(source, variant)
            if text is not None:
                self.keys[source, variant] = text
        return sorted(self._wanted_keys(copies) - self.keys.keys())

    def _compute_keys(self, copies: list[_Copy], workers: Workers) -> None:
        missing = self._missing_keys(copies)
        self.progress(_("Corrigés"), 0, len(missing))
        computed = compute_keys(missing, workers)
        for done, (place, text) in enumerate(computed, start=1):
            self.keys[place] = text
            self.progress(_("Corrigés"), done, len(missing))

    # --- Marks

    def mark(self, copies: list[_Copy], workers: Workers, *, unsandboxed: bool) -> None:
        """Mark copies on workers, and write what they earned as it comes."""
        self._compute_keys(copies, workers)
        by_place = {(copy.assignment.name, copy.learner): copy for copy in copies}
        waiting: list[worker.Marked] = []
        written, since = 0, time.monotonic()

        def write() -> None:
            nonlocal waiting, written, since
            batch, waiting = waiting, []
            self._write(batch, by_place)
            written, since = written + len(batch), time.monotonic()
            self.progress(_("Copies"), written, len(copies))

        self.progress(_("Copies"), 0, len(copies))
        tasks = self._tasks(copies, unsandboxed)
        try:
            for task, marked in spread(workers, worker.run, tasks, worker.Task.split, idle=write):
                waiting += marked or [
                    worker.Marked(
                        task.assignment.name,
                        copy.learner,
                        failed=_(
                            "Le programme qui corrigeait cette copie s’est arrêté, plusieurs fois."
                        ),
                    )
                    for copy in task.copies
                ]
                if len(waiting) >= BATCH or time.monotonic() - since > BATCH_S:
                    write()
        finally:  # interrupted too: what is marked is kept
            write()

    def _tasks(self, copies: list[_Copy], unsandboxed: bool) -> Iterator[worker.Task]:
        """Copies of one assignment go together, unless each has code to run."""
        for assignment in {id(copy.assignment): copy.assignment for copy in copies}.values():
            mine = [copy for copy in copies if copy.assignment is assignment]
            beside = {} if assignment.released else self._beside(assignment, mine)
            for chunk in _chunks(mine, 1 if assignment.runs_code else CHUNK):
                read = []
                for copy in chunk:
                    try:
                        read.append(self._read(copy))
                    except OSError as error:
                        copy.failed = str(error)
                about = self._about(assignment, chunk, beside, unsandboxed)
                yield worker.Task(about, tuple(read), toolkit_digest())

    def _about(
        self,
        assignment: _Assignment,
        copies: list[_Copy],
        beside: dict[str, bytes],
        unsandboxed: bool,
    ) -> worker.Worksheet | worker.Foreign:
        if not assignment.released:
            return worker.Foreign(
                assignment.name, beside, is_ours(self.course), course_key(), unsandboxed
            )
        notebooks = {}
        for name, released in assignment.released.items():
            variants = {copy.variants[name] for copy in copies}
            keys = {v: self.keys[assignment.sources[name], v] for v in variants}
            notebooks[name] = worker.Notebook(released, assignment.kernelspecs[name], keys)
        return worker.Worksheet(assignment.name, notebooks, course_key(), unsandboxed)

    def _beside(self, assignment: _Assignment, copies: list[_Copy]) -> dict[str, bytes]:
        """What nbgrader's steps may look for in the course: its gradebook, sources, keys, and
        configuration."""
        found = _files(assignment.source, assignment.directory.ignore)
        files = {f"source/{assignment.name}/{name}": file.read_bytes() for name, file in found}
        files["gradebook.db"] = assignment.gradebook
        for notebook, variant in {item for copy in copies for item in copy.variants.items()}:
            kept = key_file(assignment.sources[notebook], variant)
            files[f".cinqcles/references/{kept.name}"] = kept.read_bytes()
        configuration = self.course / "nbgrader_config.py"
        if configuration.exists():
            files[configuration.name] = configuration.read_bytes()
        return files

    def _read(self, copy: _Copy) -> worker.Copy:
        if copy.assignment.released:
            files = {file.name: file.read_bytes() for file in copy.notebooks}
        else:
            files = {
                name: file.read_bytes()
                for name, file in _files(copy.folder, copy.assignment.directory.ignore)
            }
        return worker.Copy(copy.learner, files, copy.variants)

    # --- What is written

    def _write(self, batch: list[worker.Marked], places: Mapping[Any, _Copy]) -> None:
        kept = []
        for marked in batch:
            copy = places[marked.assignment, marked.learner]
            copy.problems, copy.review = marked.problems, marked.review
            copy.failed = marked.failed
            if not marked.failed:
                kept.append((copy, marked))
        if not kept:
            return
        try:
            self._save(kept)
        except (SQLAlchemyError, InvalidEntry, MissingEntry):
            # One may be refused: the others must not be.
            for one in kept:
                try:
                    self._save([one])
                except (SQLAlchemyError, InvalidEntry, MissingEntry) as error:
                    one[0].failed = _(
                        "Le carnet de notes refuse cette copie\u00a0: {error}"
                    ).format(error=str(error).splitlines()[0][:300])
        for copy, marked in kept:
            if not copy.failed:
                self._place(copy, marked)

    def _save(self, batch: list[tuple[_Copy, worker.Marked]]) -> None:
        try:
            with self.book.transaction():
                for copy, marked in batch:
                    self.book.save(
                        marked,
                        _handed_in(copy.folder),
                        self.late,
                        create_student=self.chain.create_student,
                    )
        except OperationalError as error:
            raise ClassroomError(
                _(
                    "Le carnet de notes ne répond plus\u00a0: {error}. Relancez la même "
                    "commande\u00a0: ce qui est corrigé est gardé."
                ).format(error=str(error.orig).strip().splitlines()[0])
            ) from error

    def _place(self, copy: _Copy, marked: worker.Marked) -> None:
        """Put the graded copy where nbgrader does; its notebooks last, for they say it is done."""
        folder = copy.assignment.graded(copy.learner)
        if folder.exists():
            rmtree(str(folder))
        files: dict[str, bytes] = dict(marked.files)
        if copy.assignment.released:
            source = copy.assignment.source
            spared = self.chain.exclude_overwriting.get(copy.assignment.name, [])
            for origin in (copy.folder, source):
                files |= {
                    name: file.read_bytes()
                    for name, file in _files(origin, copy.assignment.directory.ignore)
                    if not name.endswith(".ipynb") and not (origin == source and name in spared)
                }
        for name in sorted(files, key=lambda name: name in marked.files):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            aside = target.with_name(f".{target.name}.tmp")
            aside.write_bytes(files[name])
            aside.chmod(int(str(self.chain.permissions), 8))
            aside.replace(target)

    # --- What came of it

    def report(self, copies: list[_Copy]) -> list[Graded]:
        """Where each copy stands in the gradebook."""
        with self.book.transaction():
            standing = {
                name: self.book.standing(name)
                for name in {copy.assignment.name for copy in copies if not copy.failed}
            }
        return [
            _graded(copy, standing.get(copy.assignment.name, {}).get(copy.learner))
            for copy in copies
        ]


def _graded(copy: _Copy, standing: Standing | None) -> Graded:
    about = (copy.assignment.name, copy.learner, copy.file)
    if copy.failed or standing is None:
        return Graded(*about, Status.FAILED, notes=[copy.failed or _("Aucune note.")])
    notes = list(copy.problems)
    reasons: dict[str, list[str]] = {}
    for name in standing.waiting:
        why = copy.review.get(name, _("À lire et à noter par une personne."))
        reasons.setdefault(why, []).append(name)
    notes += [f"{', '.join(names)}\u00a0: {why}" for why, names in reasons.items()]
    if standing.penalty:
        notes.append(
            _("Rendue en retard\u00a0: {points} de moins.").format(points=number(standing.penalty))
        )
    status = Status.REVIEW if standing.waiting else Status.GRADED
    return Graded(
        *about,
        status,
        max(0.0, standing.score - standing.penalty),
        standing.points,
        notes,
        copy.kept,
    )


def _cells(source: Path) -> set[str]:
    """The cells of a source that its release tells the gradebook."""
    return {
        cell.metadata.nbgrader.grade_id
        for cell in nbformat.read(source, as_version=4).cells
        if is_grade(cell) or is_solution(cell) or is_task(cell) or is_locked(cell)
    }


def _what_is_there(file: Path) -> str:
    others = ", ".join(sorted(p.name for p in file.parent.iterdir())) or _("rien")
    return _("Le fichier {name} n’est pas là\u00a0; on trouve\u00a0: {others}.").format(
        name=file.name, others=others
    )


def _check_size(file: Path) -> None:
    size = file.stat().st_size
    if size > LARGEST_COPY:
        raise CopyError(
            _("Le fichier pèse {size} Mo\u00a0; la limite est de {limit} Mo.").format(
                size=size // 2**20, limit=LARGEST_COPY // 2**20
            )
        )


def _handed_in(folder: Path) -> datetime | None:
    """When a copy was handed in, in UTC, as nbgrader writes it down."""
    file = folder / "timestamp.txt"
    with suppress(OSError, ValueError, OverflowError):
        found: datetime = parse_utc(file.read_text(encoding="utf-8").strip())
        return found
    return None


def _files(folder: Path, ignore: list[str]) -> list[tuple[str, Path]]:
    """The files under a folder that nbgrader would take, links left aside, by their path in it."""
    found = (Path(file) for file in find_all_files(str(folder), ignore))
    return sorted(
        (file.relative_to(folder).as_posix(), file)
        for file in found
        if file.is_file() and not file.is_symlink()
    )


def _chunks(copies: list[_Copy], size: int) -> Iterator[list[_Copy]]:
    for start in range(0, len(copies), size):
        yield copies[start : start + size]
