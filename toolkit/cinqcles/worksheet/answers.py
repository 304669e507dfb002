"""What an answer is, and how it lasts.

An answer is a small JSON record. It lives in two places: in the outputs of the notebook, under
:data:`MIME`, which is what a learner hands in; and, from the very moment of the click, in a
journal beside the notebook, so that nothing is lost before the notebook is saved.

Everything read back from either place is hostile until validated: what does not fit is
reported, never guessed and never executed.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    field_validator,
)
from pydantic_core import PydanticCustomError

from cinqcles.messages import _

MIME = "application/vnd.cinqcles.answer+json"
LONGEST_VALUE = 50_000  # characters of JSON: a long essay fits, a flood does not
DEEPEST_VALUE = 20  # lists within lists: deeper, JSON readers begin to disagree


class Answer(BaseModel):
    """One answer of one learner to one question.

    ``value`` is what the question's kind says: an option, a list of options, a number or the
    text typed for it, a text, a mapping; ``None`` when there is no answer. ``revision`` counts
    the changes of one question; ``time`` decides which answer is the newest.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    worksheet: str = Field(max_length=100)
    question: str = Field(max_length=100)
    learner: str = Field(max_length=100)
    variant: int = Field(ge=0, lt=10_000, strict=True)
    value: JsonValue
    time: AwareDatetime
    revision: int = Field(ge=0, strict=True)

    @field_validator("value")
    @classmethod
    def _bounded(cls, value: JsonValue) -> JsonValue:
        if any(isinstance(x, float) and not math.isfinite(x) for x in _leaves(value)):
            raise ValueError("not a finite number")
        text = json.dumps(value, ensure_ascii=False)
        if len(text) > LONGEST_VALUE:
            raise ValueError(f"longer than {LONGEST_VALUE} characters")
        text.encode()  # a ValueError for half a surrogate pair, which no file could hold
        return value

    @field_validator("time")
    @classmethod
    def _in_utc(cls, value: datetime) -> datetime:
        try:
            return value.astimezone(UTC)
        except OverflowError:  # the first or the last hours of the calendar
            raise ValueError("out of range") from None

    @property
    def age(self) -> tuple[datetime, int]:
        """What orders two answers to the same question, oldest first."""
        return (self.time, self.revision)


def _leaves(value: JsonValue, depth: int = 0) -> Iterable[JsonValue]:
    if depth > DEEPEST_VALUE:
        raise PydanticCustomError("recursion", "nested too deep")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item, depth + 1)
    else:
        yield value


def newest(answers: Iterable[Answer]) -> dict[str, Answer]:
    """The newest answer to each question.

    A question that was reopened without being answered (value ``None``, revision 0) never
    hides an answer that was given.
    """
    best: dict[str, Answer] = {}
    for answer in sorted(answers, key=lambda a: (a.revision > 0, a.age)):
        best[answer.question] = answer
    return best


def read_notebook(notebook: Mapping[str, Any]) -> tuple[list[Answer], list[str]]:
    """The answers in a notebook's outputs, and a sentence for each one that does not fit.

    Args:
        notebook: a notebook of format 4, as ``nbformat`` or ``json`` reads it.
    """
    answers: list[Answer] = []
    problems: list[str] = []
    for number, cell in enumerate(_dicts(notebook.get("cells")), start=1):
        for output in _dicts(cell.get("outputs")):
            data = output.get("data")
            if not isinstance(data, Mapping) or MIME not in data:
                continue
            try:
                answers.append(Answer.model_validate(data[MIME]))
            except ValidationError as error:
                problems.append(
                    _("Cellule n° {number}\u00a0: une réponse n’a pas pu être lue ({why}).").format(
                        number=number, why=_explain(error)
                    )
                )
    return answers, problems


def read_saved(notebook: Path) -> list[Answer]:
    """The answers saved in a learner's notebook, as far as it can be read.

    Where the file is gone, it was renamed while its kernel ran: every notebook of the folder
    is then read.
    """
    paths = [notebook] if notebook.exists() else sorted(notebook.parent.glob("*.ipynb"))
    answers: list[Answer] = []
    for path in paths:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue  # a file that JupyterLab itself could not open holds nothing to restore
        if isinstance(document, dict):
            answers += read_notebook(document)[0]
    return answers


def _dicts(value: object) -> Iterable[Mapping[str, Any]]:
    return [x for x in value if isinstance(x, Mapping)] if isinstance(value, list) else []


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"][:1])
    if "recursion" in first["type"]:  # ours or pydantic's own limit
        return _("données trop imbriquées")
    if where == "schema_version":
        return _("elle vient d’une autre version du cours")
    if first["type"] == "missing":
        return _("il manque le champ «\u00a0{field}\u00a0»").format(field=where)
    if first["type"] == "extra_forbidden":
        return _("elle contient un champ inconnu")
    if not where:
        return _("ce n’est pas un enregistrement de réponse")
    return _("le champ «\u00a0{field}\u00a0» n’a pas la forme attendue").format(field=where)


class Journal:
    """The answers to a worksheet given in one folder, one JSON line each, oldest first.

    It is named after the worksheet and not after the notebook's file, so that renaming the
    file loses nothing.
    """

    def __init__(self, folder: Path, worksheet: str) -> None:
        self.path = folder / ".cinqcles" / f"{worksheet}.jsonl"

    def append(self, *answers: Answer) -> None:
        """Write answers, and return once they are on the disk."""
        self.path.parent.mkdir(exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            # A line cut short by a crash must not swallow the next one.
            file.write("".join(f"\n{answer.model_dump_json()}" for answer in answers) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> list[Answer]:
        """Every answer that can be read back; a line cut short by a crash is passed over."""
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        answers = []
        # Not splitlines(): a text pasted from a word processor may hold a U+2028 of its own.
        for line in text.split("\n"):
            try:
                answers.append(Answer.model_validate_json(line))
            except ValidationError:
                continue
        return answers
