"""What a worker does: copies in, marks out, both by value, so that it may be on any machine.

A worksheet of ours is marked from its answers alone; only its code, if it has some, is run, in the
box. Any other assignment goes through nbgrader's own steps, in a course made for it alone, with a
gradebook that knows nothing but that assignment; there too code runs in the box.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader import api
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import AssignLatePenalties, Execute
from nbgrader.utils import determine_grade, is_grade, is_solution, is_task
from sqlalchemy import Engine, create_engine

from cinqcles.classroom.boxed import BoxedExecute
from cinqcles.classroom.course import course_directory, nbgrader_config
from cinqcles.classroom.marking import RECORD, Released, mark, name_of, take
from cinqcles.classroom.pile import read_copy
from cinqcles.classroom.reference import run_source, toolkit_digest
from cinqcles.errors import CinqclesError, ClassroomError
from cinqcles.messages import _
from cinqcles.worksheet.questions import load_reference

GRADEBOOK = "gradebook.db"

# papermill and nbgrader change the folder, and we the environment, of the whole process.
_whole_process = threading.Lock()


@dataclass(frozen=True)
class Copy:
    """One learner's copy of an assignment.

    Attributes:
        files: by their path in the copy's folder: its notebooks at least.
        variants: of each notebook of ours, the variant that is this learner's.
    """

    learner: str
    files: Mapping[str, bytes]
    variants: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Notebook:
    """A notebook of a worksheet of ours.

    Attributes:
        kernelspec: its source's.
        keys: by variant, its questions with their answers, as JSON.
    """

    released: Released
    kernelspec: Mapping[str, str] | None
    keys: Mapping[int, str]


@dataclass(frozen=True)
class Worksheet:
    """An assignment whose notebooks are all ours, by nbgrader's name for them."""

    name: str
    notebooks: Mapping[str, Notebook]
    course_key: str
    unsandboxed: bool = False


@dataclass(frozen=True)
class Foreign:
    """An assignment to be graded by nbgrader's own steps.

    Attributes:
        files: a course that knows nothing but it, by path: its gradebook (SQLite), its sources, its
            configuration.
        ours: whether its course is one of this toolkit's.
    """

    name: str
    files: Mapping[str, bytes]
    ours: bool
    course_key: str
    unsandboxed: bool = False


@dataclass(frozen=True)
class Task:
    """Copies of one assignment, to be marked by a worker.

    Attributes:
        toolkit: the digest of the toolkit that asks.
    """

    assignment: Worksheet | Foreign
    copies: tuple[Copy, ...]
    toolkit: str

    def split(self) -> list[Task]:
        """The same, a copy at a time."""
        return [Task(self.assignment, (copy,), self.toolkit) for copy in self.copies]


@dataclass(frozen=True)
class KeyTask:
    """A key to compute: the source notebook, run for a variant."""

    file: str  # as a person would name it
    source: bytes
    variant: int
    course_key: str
    toolkit: str


@dataclass
class Marks:
    """What a notebook of a copy earned, by the name of the cell.

    Attributes:
        scores: the automatic score; ``None`` where only a person can give one.
        review: the cells that a person must look at, whatever their score.
        comments: nbgrader's automatic comment, or none.
        penalty: a late penalty given by a step of the course's own.
    """

    scores: dict[str, float | None] = field(default_factory=dict)
    review: set[str] = field(default_factory=set)
    comments: dict[str, str | None] = field(default_factory=dict)
    penalty: float | None = None


@dataclass(frozen=True)
class Marked:
    """One copy, marked; or why it could not be.

    Attributes:
        notebooks: by nbgrader's name for them; those that the copy has.
        files: the graded copy, by path in its folder.
        problems: what a person should know of the copy, a sentence each.
        review: why a cell needs a person, where that is known.
        failed: why it could not be marked.
    """

    assignment: str
    learner: str
    notebooks: Mapping[str, Marks] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    review: Mapping[str, str] = field(default_factory=dict)
    failed: str | None = None


def run(task: Task) -> list[Marked]:
    """Mark copies, each on its own, whatever is in the others.

    Raises:
        ClassroomError: this worker has another version of the toolkit.
    """
    _same_toolkit(task.toolkit)
    return [_try(task.assignment, copy) for copy in task.copies]


def compute_key(task: KeyTask) -> str:
    """A key, as JSON.

    Raises:
        ClassroomError: the source does not run to its end, or this worker has another version of
            the toolkit.
    """
    _same_toolkit(task.toolkit)
    with TemporaryDirectory(prefix="cinqcles-") as folder, _whole_process:
        file = Path(folder) / Path(task.file).name
        file.write_bytes(task.source)
        os.environ["CINQCLES_COURSE_KEY"] = task.course_key
        try:
            return run_source(file, task.variant)
        except ClassroomError as error:
            raise ClassroomError(str(error).replace(str(file), task.file)) from error


def _same_toolkit(asked: str) -> None:
    if asked != toolkit_digest():
        raise ClassroomError(
            _(
                "Un ouvrier du cluster n’a pas la même version de Cinq clés que cette machine. "
                "Installez partout la même, puis relancez\u00a0: ce qui est corrigé est gardé."
            )
        )


def _try(assignment: Worksheet | Foreign, copy: Copy) -> Marked:
    mark_copy = _mark if isinstance(assignment, Worksheet) else _through_nbgrader
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a copy's, or between libraries: not the grader's
            return mark_copy(assignment, copy)  # type: ignore[arg-type]
    except CinqclesError as error:
        why = str(error)
    except Exception as error:  # a copy can be broken in ways that nobody has thought of
        why = _("La correction s’est arrêtée\u00a0: {name}\u00a0: {error}").format(
            name=type(error).__name__, error=str(error)[:300]
        )
    return Marked(assignment.name, copy.learner, failed=why)


def parse(content: bytes) -> NotebookNode:
    """A copy as a notebook of nbformat 4.

    Raises:
        CopyError: it is not a notebook; the message says what it is.
    """
    read_copy(content)
    nb: NotebookNode = nbformat.convert(nbformat.reader.reads(content.decode("utf-8-sig")), 4)
    return nb


def _mark(worksheet: Worksheet, copy: Copy) -> Marked:
    notebooks, files = {}, {}
    problems: list[str] = []
    review: dict[str, str] = {}
    for name, notebook in worksheet.notebooks.items():
        file = f"{name}.ipynb"
        if file not in copy.files:
            continue
        nb = parse(copy.files[file])
        # Whatever the copy itself claims here is not ours.
        nb.metadata.pop(RECORD, None)
        taken = take(nb, notebook.released)
        _clear(nb)
        if notebook.kernelspec:
            nb.metadata["kernelspec"] = notebook.kernelspec
        mark(
            nb,
            taken,
            load_reference(notebook.keys[copy.variants[name]]),
            worksheet=notebook.released.worksheet,
            learner=copy.learner,
            variant=copy.variants[name],
            course_key=worksheet.course_key,
            unsandboxed=worksheet.unsandboxed,
        )
        notebooks[name] = _marks(nb)
        # On one line: nbformat copies it first, and lays it out with a call for each value.
        files[file] = json.dumps(nb, ensure_ascii=False).encode() + b"\n"
        problems += nb.metadata[RECORD]["problems"]
        review |= nb.metadata[RECORD]["review"]
    return Marked(worksheet.name, copy.learner, notebooks, files, problems, review)


def _clear(nb: NotebookNode) -> None:
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            for name in ("collapsed", "scrolled"):
                cell.metadata.pop(name, None)
    nbformat.validator.normalize(nb)


def _marks(nb: NotebookNode) -> Marks:
    """What nbgrader would read in a graded notebook of ours."""
    marks = Marks(review=set(nb.metadata[RECORD]["review"]))
    for cell in nb.cells:
        if is_grade(cell):
            marks.scores[cell.metadata.nbgrader.grade_id] = determine_grade(cell)[0]
        if is_solution(cell):
            # The verdict says in the learner's language what nbgrader's comment would.
            marks.comments[cell.metadata.nbgrader.grade_id] = None
    return marks


class _Autograde(Autograde):  # type: ignore[misc] # nbgrader has no types
    """Remembers why a copy could not be graded, which nbgrader only logs."""

    cause: Exception | None = None

    def convert_single_notebook(self, notebook_filename: str) -> None:
        try:
            super().convert_single_notebook(notebook_filename)
        except Exception as error:
            self.cause = error
            raise


def _through_nbgrader(assignment: Foreign, copy: Copy) -> Marked:
    with TemporaryDirectory(prefix="cinqcles-") as folder, _whole_process:
        root = Path(folder).resolve()
        os.environ["CINQCLES_COURSE_KEY"] = assignment.course_key
        handed_in = f"submitted/{copy.learner}/{assignment.name}"
        given = {f"{handed_in}/{name}": content for name, content in copy.files.items()}
        for name, content in (given | dict(assignment.files)).items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        config = nbgrader_config(root, ours=assignment.ours)
        config.CourseDirectory.update(
            db_url=f"sqlite:///{GRADEBOOK}",  # nbgrader works in the course's folder
            source_directory="source",
            submitted_directory="submitted",
            autograded_directory="autograded",
            directory_structure="{nbgrader_step}/{student_id}/{assignment_id}",
        )
        config.Autograde.create_student = True
        for step in ("BoxedExecute", "MarkCopy"):
            config[step].unsandboxed = assignment.unsandboxed
        directory = course_directory(assignment.name, config)
        directory.student_id = copy.learner
        log = logging.getLogger("cinqcles.worker")
        log.setLevel(logging.CRITICAL + 1)
        converter = _Autograde(coursedir=directory, config=config, log=log)
        converter.autograde_preprocessors = [
            _boxed(step)
            for step in converter.autograde_preprocessors
            if step is not AssignLatePenalties  # the writer's: it needs the scores of persons
        ]
        with _one_engine(), chdir(root):
            try:
                converter.start()
            except NbGraderException as error:
                raise converter.cause or error from error
            made = root / "autograded" / copy.learner / assignment.name
            files = {
                file.relative_to(made).as_posix(): file.read_bytes()
                for file in sorted(made.rglob("*"))
                if file.is_file() and not file.is_symlink()
            }
            graded = {
                Path(name).stem: nbformat.reads(files[name], as_version=4)
                for name in files
                if name.endswith(".ipynb")
            }
            with Gradebook(config.CourseDirectory.db_url) as gradebook:
                submission = gradebook.find_submission(assignment.name, copy.learner)
                notebooks = {
                    notebook.name: _marks_in(notebook, graded[notebook.name])
                    for notebook in submission.notebooks
                    if notebook.name in graded
                }
    problems = [line for nb in graded.values() for line in _problems(nb)]
    records = [nb.metadata.get(RECORD, {}).get("review", {}) for nb in graded.values()]
    review = {name: why for record in records for name, why in record.items()}
    return Marked(assignment.name, copy.learner, notebooks, files, problems, review)


@cache
def _engine(url: str, **options: Any) -> Engine:
    """An engine for the gradebook of the folder one is in, whichever that is."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(GRADEBOOK)
        # It is read once and thrown away: what a power cut would lose is nobody's.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = MEMORY")
        return connection

    return create_engine(url, creator=connect, **options)


@contextmanager
def _one_engine() -> Iterator[None]:
    """Have nbgrader's steps share an engine, which remembers what it has compiled.

    They open the gradebook nine times a copy, and SQLAlchemy spends longer there than in SQLite:
    on looking, each time, for tables that are all there.
    """
    make, api.create_engine = api.create_engine, _engine
    api.Base.metadata.create_all = lambda **_given: None
    try:
        yield
    finally:
        api.create_engine = make
        del api.Base.metadata.create_all


def _problems(nb: NotebookNode) -> list[str]:
    """What a person should know of a notebook that nbgrader's steps have graded.

    It gives full marks to a test that shows something it cannot read as a score, and none to one
    that writes the least warning: its scores stand, and each is told. So is a cell without end.
    """
    told = list(nb.metadata.get(RECORD, {}).get("problems", []))
    for number, cell in enumerate(nb.cells, start=1):
        if any(output.get("ename") == "CellTimeoutError" for output in cell.get("outputs", [])):
            name = name_of(cell) or number
            told.append(
                _(
                    "La cellule «\u00a0{name}\u00a0» a été interrompue\u00a0: elle durait trop "
                    "longtemps."
                ).format(name=name)
            )
    for cell in nb.cells:
        if cell.cell_type != "code" or not is_grade(cell) or is_solution(cell):
            continue
        name = cell.metadata.nbgrader.grade_id
        for output in cell.outputs:
            if output.output_type == "error":
                break
            if output.output_type == "stream" and output.name == "stderr":
                told.append(
                    _(
                        "Le test «\u00a0{name}\u00a0» a 0 pour un simple avertissement "
                        "(stderr)\u00a0: nbgrader le compte comme une erreur."
                    ).format(name=name)
                )
                break
            if output.output_type == "execute_result":
                shown = str(output.data.get("text/plain", ""))
                if not _is_score(shown):
                    told.append(
                        _(
                            "Le test «\u00a0{name}\u00a0» affiche «\u00a0{shown}\u00a0», qui n’est "
                            "pas une note\u00a0: nbgrader lui donne tous les points."
                        ).format(name=name, shown=shown[:60])
                    )
                break
    return told


def _is_score(shown: str) -> bool:
    try:
        return float(shown) >= 0
    except ValueError:
        return False


def _boxed(step: type) -> type:
    return BoxedExecute if step is Execute else step


def _marks_in(notebook: Any, nb: NotebookNode) -> Marks:
    """What nbgrader's steps wrote of a graded notebook: of the cells it has, as they do."""
    graded = {c.metadata.nbgrader.grade_id for c in nb.cells if is_grade(c) or is_task(c)}
    commented = {c.metadata.nbgrader.grade_id for c in nb.cells if is_solution(c) or is_task(c)}
    found = [grade for grade in notebook.grades if grade.name in graded]
    return Marks(
        scores={grade.name: grade.auto_score for grade in found},
        review={grade.name for grade in found if grade.needs_manual_grade},
        comments={c.name: c.auto_comment for c in notebook.comments if c.name in commented},
        penalty=notebook.late_submission_penalty,
    )
