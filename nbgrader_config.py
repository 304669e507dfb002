"""nbgrader's configuration for this course: see ``cinqcles.classroom.nbgrader``."""

from cinqcles.classroom.nbgrader import configure

configure(get_config())  # noqa: F821 - given by traitlets when it reads this file
