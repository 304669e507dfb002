"""nbgrader's gradebook, with one writer at a time, in transactions.

Through nbgrader's own objects, whatever database they are in: SQLite, where nbgrader puts it by
default, or PostgreSQL. What a transaction writes is there whole, or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nbgrader.api import (
    Assignment,
    Base,
    BaseCell,
    Comment,
    Course,
    Grade,
    Gradebook,
    GradeCell,
    MissingEntry,
    Notebook,
    SolutionCell,
    SourceCell,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import Connection, create_engine, event, insert, make_url, select, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError

from cinqcles.classroom.worker import Marked, Marks
from cinqcles.errors import ClassroomError
from cinqcles.messages import _

_LOCK, _WRITING, _SETTING_UP = 0x63696E71, 0, 1  # PostgreSQL's names for our locks: "cinq"
_BUSY_TIMEOUT_MS = 60_000


@dataclass(frozen=True)
class Standing:
    """Where a learner stands with an assignment.

    Attributes:
        score: points, before the late penalty.
        points: what it is out of.
        waiting: the cells that a person has yet to grade, in the notebook's order.
    """

    score: float
    points: float
    penalty: float
    waiting: tuple[str, ...]


class Book(Gradebook):  # type: ignore[misc] # nbgrader has no types
    """A gradebook to write in.

    Args:
        url: SQLAlchemy's, such as ``sqlite:////home/ada/cours/gradebook.db`` or
            ``postgresql+psycopg://ada@localhost/cours``.

    Raises:
        ClassroomError: there is no such database, or it cannot be reached.
    """

    def __init__(self, url: str) -> None:
        try:
            with _alone(url):
                super().__init__(url)
                # nbgrader's assignments are of a course that it does not add, which only a
                # database that checks references minds.
                if self.engine.dialect.name != "sqlite" and self.db.get(Course, "") is None:
                    self.db.add(Course(id=""))
                    self.db.commit()
                self.db.remove()
        except (ArgumentError, NoSuchModuleError, ImportError, SQLAlchemyError) as error:
            raise ClassroomError(_unreachable(url, error)) from error
        if self.engine.dialect.name == "sqlite":
            _take_turns(self.engine)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is committed at its end, or rolled back by an error.

        nbgrader's own methods commit as they go: here that is left to this. Another writer waits.
        """
        with self.engine.connect() as connection, connection.begin():
            _lock(connection, _WRITING)
            self.db.remove()
            self.db.configure(
                bind=connection,
                join_transaction_mode="rollback_only",
                expire_on_commit=False,
            )
            self.db.commit = lambda: None
            try:
                yield
                self.db.flush()
            finally:
                del self.db.commit
                self.db.remove()
                self.db.configure(bind=self.engine, join_transaction_mode="conditional_savepoint")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only one of us to do what nbgrader's commands do in a gradebook on a server."""
        with _alone(self.engine.url.render_as_string(hide_password=False)):
            yield

    def save(
        self,
        marked: Marked,
        timestamp: datetime | None,
        late: AssignLatePenalties | None,
        *,
        create_student: bool = True,
    ) -> None:
        """Write what a copy earned, as nbgrader's `SaveAutoGrades` and `AssignLatePenalties` do.

        What a person gave (points, comments, an extension) is kept.

        Args:
            timestamp: when it was handed in, in UTC, if that is known.
            late: nbgrader's step for late copies, set up; ``None`` if the course has none.
            create_student: whether a student that the gradebook does not know is added to it.

        Raises:
            MissingEntry: no such student, or no such assignment.
        """
        if create_student:
            self.update_or_create_student(marked.learner)
        about = {"timestamp": timestamp} if timestamp else {}
        submission = self.update_or_create_submission(marked.assignment, marked.learner, **about)
        for notebook in submission.notebooks:
            marks = marked.notebooks.get(notebook.name)
            if marks is None:  # not handed in
                for grade in notebook.grades:
                    grade.auto_score, grade.needs_manual_grade = 0, False
                continue
            self._save_marks(notebook, marks)
            notebook.late_submission_penalty = marks.penalty
        self.db.flush()
        if late is not None:
            for notebook in submission.notebooks:
                if notebook.name in marked.notebooks:
                    notebook.late_submission_penalty = self._penalty(submission, notebook, late)

    def _save_marks(self, notebook: Any, marks: Marks) -> None:
        names = {cell.id: cell.name for cell in notebook.notebook._base_cells}
        grades = {names[grade.cell_id]: grade for grade in notebook.grades}
        for name, score in marks.scores.items():
            grade = grades.get(name)
            if grade is None:  # a cell that was released since this learner was first graded
                cell = self._cell(notebook, name)
                grade = Grade(cell_id=cell.id, notebook=notebook)
            grade.auto_score = score
            grade.needs_manual_grade = (
                grade.manual_score is not None or score is None or name in marks.review
            )
        comments = {names[comment.cell_id]: comment for comment in notebook.comments}
        for name, said in marks.comments.items():
            comment = comments.get(name)
            if comment is None:
                cell = self._cell(notebook, name, graded=False)
                comment = Comment(cell_id=cell.id, notebook=notebook)
            comment.auto_comment = said

    def _cell(self, notebook: Any, name: str, *, graded: bool = True) -> Any:
        about = notebook.notebook
        kinds = [about.task_cells, about.grade_cells if graded else about.solution_cells]
        found = [cell for cells in kinds for cell in cells if cell.name == name]
        if not found:
            raise MissingEntry(f"no cell {name} in {about.name}")
        return found[0]

    def _penalty(self, submission: Any, notebook: Any, late: AssignLatePenalties) -> float | None:
        seconds = submission.total_seconds_late
        if seconds <= 0:
            return None
        self.db.refresh(notebook, ["score"])
        penalty = late.plugin_inst.late_submission_penalty(
            submission.student_id, notebook.score, seconds
        )
        if penalty is None:
            return None
        return float(late._check_late_penalty(notebook, penalty))

    def standing(self, assignment: str) -> dict[str, Standing]:
        """Where each learner stands, in a query or two, however many they are."""
        about = self.find_assignment(assignment)
        notebooks = {n.id: place for place, n in enumerate(about.notebooks)}
        order = {
            (notebook.id, cell.name): place
            for notebook in about.notebooks
            for place, cell in enumerate(notebook.source_cells)
        }
        waiting: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        asked = (
            select(SubmittedAssignment.student_id, BaseCell.notebook_id, BaseCell.name)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .join(BaseCell, BaseCell.id == Grade.cell_id)
            .where(SubmittedAssignment.assignment_id == about.id, Grade.needs_manual_grade)
        )
        for learner, notebook, name in self.db.execute(asked):
            place = order.get((notebook, name), len(order))
            waiting[learner].append((notebooks[notebook], place, name))
        asked = select(
            SubmittedAssignment.student_id,
            SubmittedAssignment.score,
            SubmittedAssignment.late_submission_penalty,
        ).where(SubmittedAssignment.assignment_id == about.id)
        return {
            learner: Standing(
                float(score or 0),
                float(about.max_score),
                float(penalty or 0),
                tuple(name for *_place, name in sorted(waiting[learner])),
            )
            for learner, score, penalty in self.db.execute(asked)
        }

    def extract(self, assignment: str) -> bytes:
        """An SQLite gradebook that knows this assignment, and nobody."""
        with TemporaryDirectory(prefix="cinqcles-") as folder:
            file = Path(folder) / "gradebook.db"
            engine = create_engine(f"sqlite:///{file}")
            with engine.begin() as target:
                Base.metadata.create_all(target)
                about = self.find_assignment(assignment)
                notebooks = [notebook.id for notebook in about.notebooks]
                cells = [cell.id for n in about.notebooks for cell in n._base_cells]
                wanted = {
                    Course: [about.course_id],
                    Assignment: [about.id],
                    Notebook: notebooks,
                    SourceCell: [cell.id for n in about.notebooks for cell in n.source_cells],
                    **dict.fromkeys((BaseCell, GradeCell, SolutionCell, TaskCell), cells),
                }
                for kind, ids in wanted.items():
                    table = kind.__table__
                    rows = self.db.execute(select(table).where(table.c.id.in_(ids))).mappings()
                    if found := [dict(row) for row in rows]:
                        target.execute(insert(table), found)
            engine.dispose()
            return file.read_bytes()


def _take_turns(engine: Any) -> None:
    """Have SQLite's transactions begin when we say so, and wait for each other."""

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # otherwise sqlite3 begins, and ends, by itself
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    engine.dispose()


def _lock(connection: Connection, what: int) -> None:
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(:ours, :what)")
        connection.execute(lock, {"ours": _LOCK, "what": what})


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """Be the only one of us to make the tables of a database, or to fill them otherwise."""
    engine = create_engine(url)
    server = engine.dialect.name == "postgresql"
    try:
        with engine.begin() if server else nullcontext() as connection:
            if connection is not None:
                _lock(connection, _SETTING_UP)
            yield
    finally:
        engine.dispose()


def is_there(url: str) -> bool:
    """Whether there is a gradebook to read: SQLite makes a file that is not there."""
    try:
        about = make_url(url)
    except ArgumentError:
        return True  # who opens it will say what is wrong
    return not (about.drivername.startswith("sqlite") and not Path(about.database or "").exists())


def to_read(named: str | None, usual: str) -> str | None:
    """The gradebook to read: the one that somebody named, or the course's if there is one.

    Raises:
        ClassroomError: the one that was named is not there.
    """
    if named and not is_there(named):
        raise ClassroomError(
            _(
                "Il n’y a pas de carnet de notes à cette adresse\u00a0: {url}. Vérifiez --db, ou "
                "laissez-le de côté pour lire celui du cours."
            ).format(url=named)
        )
    return named or (usual if is_there(usual) else None)


def _unreachable(url: str, error: Exception) -> str:
    try:
        shown = make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        shown = url
    if isinstance(error, ImportError):
        return _(
            "Pour garder les notes dans PostgreSQL, installez son pilote\u00a0: uv sync --extra "
            "postgres."
        )
    cause = error.orig if isinstance(error, OperationalError) else error
    return _(
        "Le carnet de notes {url} ne s’ouvre pas\u00a0: {error}. Une adresse a l’une de ces "
        "formes\u00a0: sqlite:////dossier/gradebook.db, ou "
        "postgresql+psycopg://utilisateur@serveur/base."
    ).format(url=shown, error=str(cause).strip().splitlines()[0])
