"""Where a course is, and how nbgrader is set up there."""

from __future__ import annotations

import glob
import os
import re
import sys
from contextlib import suppress
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

import cinqcles
from cinqcles.classroom.nbgrader import configure
from cinqcles.errors import ClassroomError
from cinqcles.messages import _

DELIVERED = Path(".cinqcles") / "delivered.json"  # in a workspace, what the course put there


def find_course(start: Path | None = None) -> Path:
    """The folder of the course: the nearest one, from ``start`` up, that has ``course/`` and
    ``exercises/`` and is not a learner's workspace, or is another nbgrader course; or the one this
    toolkit is developed in.

    Raises:
        ClassroomError: there is none.
    """
    here = (start or Path.cwd()).resolve()
    for folder in [here, *here.parents, Path(cinqcles.__file__).parents[2]]:
        found = is_ours(folder) or (folder / "nbgrader_config.py").is_file()
        if found and not (folder / DELIVERED).exists():
            return folder
    raise ClassroomError(
        _(
            "Le dossier du cours est introuvable depuis {here}\u00a0: on y cherche les dossiers "
            "course et exercises. Lancez la commande depuis le dossier du cours."
        ).format(here=here)
    )


def is_ours(course: Path) -> bool:
    """Whether it is a course of this toolkit's; or else any other nbgrader course."""
    return (course / "course").is_dir() and (course / "exercises").is_dir()


def nbgrader_config(course: Path, *, ours: bool | None = None) -> Config:
    """nbgrader's configuration for a course: this toolkit's if it is ours, then its own file's.

    Args:
        ours: whether it is, where its folders do not tell.
    """
    # nbgrader runs `alembic` by its bare name, which may not be on the path of whoever calls us.
    scripts = str(Path(sys.executable).parent)
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([scripts, os.environ.get("PATH", "")])
    config = Config()
    if is_ours(course) if ours is None else ours:
        configure(config)
    # Without the file, this configuration is enough.
    with suppress(ConfigFileNotFound):
        config.merge(PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config())
    config.CourseDirectory.root = str(course)
    return config


def course_directory(worksheet: str, config: Config) -> CourseDirectory:
    """nbgrader's view of a course, for one worksheet."""
    directory = CourseDirectory(config=config)
    directory.assignment_id = worksheet
    return directory


def sources(course: Path, worksheet: str | None = None) -> dict[str, list[Path]]:
    """The source notebooks of the course's worksheets, or of one of them.

    Raises:
        ClassroomError: there is no such worksheet.
    """
    found: dict[str, list[Path]] = {}
    for file in sorted((course / "solutions").glob("*/*.ipynb")):
        found.setdefault(file.parent.name, []).append(file)
    if worksheet is None:
        return found
    if worksheet not in found:
        raise ClassroomError(
            _(
                "La feuille «\u00a0{name}\u00a0» n’existe pas. Feuilles du cours\u00a0: {names}."
            ).format(name=worksheet, names=", ".join(found) or _("aucune"))
        )
    return {worksheet: found[worksheet]}


def handed_in(
    directory: CourseDirectory, worksheet: str | None = None
) -> list[tuple[str, str, Path]]:
    """The copies in ``submitted/``, of one worksheet or of all: worksheet, learner, folder."""
    step = directory.submitted_directory
    found = []
    pattern = directory.format_path(
        step, "(?P<student_id>.*)", "(?P<assignment_id>.*)", escape=True
    )
    excluded = directory.student_id_exclude.split(",")
    # As nbgrader looks for them.
    for path in sorted(glob.glob(directory.format_path(step, "*", worksheet or "*"))):  # noqa: PTH207
        about = re.fullmatch(pattern, path)
        if about and about["student_id"] not in excluded and Path(path).is_dir():
            found.append((about["assignment_id"], about["student_id"], Path(path)))
    return found


def graded_folder(directory: CourseDirectory, worksheet: str, learner: str) -> Path:
    """Where nbgrader puts a copy once it is graded."""
    step = directory.autograded_directory
    return Path(os.path.normpath(directory.format_path(step, learner, worksheet)))


def has_changed(handed_in: Path, graded: Path) -> bool:
    """Whether a copy has a notebook that is newer than its graded one."""
    return any(
        (graded / file.name).exists()
        and (graded / file.name).stat().st_mtime < file.stat().st_mtime
        for file in handed_in.glob("*.ipynb")
        if file.is_file()
    )
