"""What can go wrong, as one tree.

CinqclesError
├── MetricError          a metric that has no meaning for these numbers (also a ValueError)
├── ExportError          a platform export that cannot be read (also a ValueError)
├── WorksheetError       a worksheet or a question used in a way it does not allow
├── CopyError            a submitted copy that cannot be graded as it is
└── ClassroomError       a command of the instructor's or of ``cinqcles lab`` that cannot go on

Each message says what is wrong, what was got, and how to mend it, in the reader's language:
in a notebook it is shown alone, without the traceback a non-programmer could not use.
"""

from __future__ import annotations


class CinqclesError(Exception):
    """Base of every error this package raises on purpose."""

    def _render_traceback_(self) -> list[str]:
        # IPython calls this instead of printing its own traceback.
        return [str(self)]


class MetricError(CinqclesError, ValueError):
    """A metric that has no meaning for the numbers it was given."""


class ExportError(CinqclesError, ValueError):
    """A file that is not a platform export this package can read."""


class WorksheetError(CinqclesError):
    """A worksheet or a question used in a way it does not allow."""


class CopyError(CinqclesError):
    """A submitted copy that cannot be graded as it is."""


class ClassroomError(CinqclesError):
    """A command that cannot go on as asked."""
