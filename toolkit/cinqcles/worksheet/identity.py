"""Who is answering, and which numbers they get.

A learner is known by the identifier their training organisation gave them. A worksheet's data
come from a *variant*: HMAC-SHA256 of the course key, over the worksheet and the learner,
reduced to :data:`VARIANTS` values so that marking can keep one key per variant.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from cinqcles.errors import WorksheetError
from cinqcles.messages import _
from cinqcles.worksheet.answers import Answer

VARIANTS = 32
WELCOME = "course/00-bienvenue.ipynb"  # what makes a folder a workspace
LONGEST_LEARNER = 60  # of 4 bytes at most: a folder's name may have 255
_PUNCTUATION = "-_.@+' "


def course_key() -> str:
    """The key of this run of the course: ``CINQCLES_COURSE_KEY``, or ``"cinqcles"``.

    It makes one session's numbers differ from the next one's. It is not a secret: the
    learner's own machine needs it to draw their numbers.
    """
    return os.environ.get("CINQCLES_COURSE_KEY", "cinqcles")


def learner_id(typed: str) -> str:
    """The one spelling of a learner's identifier, whatever capitals or spaces were typed.

    Raises:
        WorksheetError: the identifier is empty, too long, or holds a character that a file
            name or a gradebook could not carry.

    >>> learner_id("  Zoé.LEFÈVRE ")
    'zoé.lefèvre'
    """
    name = " ".join(unicodedata.normalize("NFKC", typed.replace("’", "'")).split())
    name = unicodedata.normalize("NFKC", name.casefold())
    odd = sorted({c for c in name if not (c.isalnum() or c in _PUNCTUATION)})
    # As a folder's name, ".ada" would be hidden, and Windows takes "ada." for "ada".
    dotted = name.startswith(".") or name.endswith(".")
    if odd or dotted or len(name) > LONGEST_LEARNER or not any(c.isalnum() for c in name):
        raise WorksheetError(
            _(
                "Identifiant refusé\u00a0: «\u00a0{typed}\u00a0». Utilisez celui que votre "
                "organisme vous a donné\u00a0: des lettres, des chiffres, des espaces et "
                "- _ . @ + ’ seulement, {longest} caractères au plus, sans point au début ni à "
                "la fin."
            ).format(typed=typed[:80], longest=LONGEST_LEARNER)
        )
    return name


def workspace_of(notebook: Path) -> Path | None:
    """The root of a notebook's workspace: the nearest folder above that has the welcome."""
    return next((folder for folder in notebook.parents if (folder / WELCOME).is_file()), None)


class Register:
    """Who said they were working in a workspace: the answer to a question asked once.

    Args:
        notebook: the notebook that asks. The answer is kept at the root of its workspace, or
            else beside it.
    """

    def __init__(self, notebook: Path) -> None:
        folder = workspace_of(notebook) or notebook.parent
        self.path = folder / ".cinqcles" / "learner.json"

    def write(self, learner: str) -> None:
        self.path.parent.mkdir(exist_ok=True)
        record = {"learner": learner_id(learner), "time": datetime.now(UTC).isoformat()}
        self.path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")

    def read(self) -> tuple[datetime, str] | None:
        """When somebody said who they were, and who; ``None`` if nobody did."""
        try:
            record = json.loads(self.path.read_text(encoding="utf-8"))
            time = datetime.fromisoformat(record["time"]).astimezone(UTC)
            return time, learner_id(record["learner"])
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            OverflowError,
            WorksheetError,
        ):
            return None


def on_binder() -> bool:
    """Whether this machine is one that Binder lends for the time of a session."""
    return any(name.startswith("BINDER_") for name in os.environ)


def hub_user() -> str | None:
    """The user JupyterHub vouches for. Not Binder's: it draws a new name every session."""
    if on_binder():
        return None
    return os.environ.get("JUPYTERHUB_USER") or None


def known_learner(register: Register | None, saved: Iterable[Answer]) -> str | None:
    """The learner, without asking: the hub's user, or whoever was last at work here.

    A file brought from elsewhere says whose it is by its newest answer; the register says who
    sat down since.
    """
    if user := hub_user():
        return learner_id(user)
    said = [(a.time, a.learner) for a in saved if a.revision and _is_learner(a.learner)]
    if register and (entry := register.read()):
        said.append(entry)
    return max(said)[1] if said else None


def _is_learner(name: str) -> bool:
    try:
        return learner_id(name) == name
    except WorksheetError:
        return False  # an answer written by hand


def variant_of(worksheet: str, learner: str) -> int:
    """The variant a learner gets for a worksheet, in ``0 .. VARIANTS - 1``.

    >>> variant_of("cle5-apparences", "ada") == variant_of("cle5-apparences", "ada")
    True
    """
    return _digest(worksheet, learner_id(learner)) % VARIANTS


def seed_of(worksheet: str, variant: int) -> int:
    """The seed of a variant's data: a non-negative integer below 2**32."""
    return _digest(worksheet, f"variant {variant}") % 2**32


def _digest(worksheet: str, rest: str) -> int:
    message = f"{worksheet}\x00{rest}".encode()
    return int.from_bytes(hmac.digest(course_key().encode(), message, hashlib.sha256)[:8], "big")
