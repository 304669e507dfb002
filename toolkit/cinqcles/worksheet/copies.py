"""A learner's copy as one file: what they take away, and what comes back from it.

The copy is the notebook as JupyterLab last saved it, with the answers of this very moment in place
of those of the last save: it may be taken away at any time, even where nothing is saved any more.
A file that comes back is hostile until read: only answers are taken from it, never code.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from cinqcles.errors import WorksheetError
from cinqcles.messages import _, number
from cinqcles.worksheet.answers import MIME, Answer, newest, read_notebook

NOTEBOOK_MIME = "application/x-ipynb+json"
WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
LARGEST_COPY = 8_000_000  # bytes: JupyterLab's connection to its kernel carries at most 10 MB

Document = dict[str, Any]


def find_notebook(notebook: Path, worksheet: str) -> Path | None:
    """Where a worksheet's notebook is now: it may have been renamed while its kernel runs."""
    if notebook.is_file():
        return notebook
    found = [
        path
        for path in notebook.parent.glob("*.ipynb")
        if (document := read_document(path)) and worksheet_of(document) == worksheet
    ]
    return max(found, key=lambda path: path.stat().st_mtime_ns, default=None)


def read_document(notebook: Path) -> Document | None:
    """A notebook as its file has it; ``None`` where there is none, or half of one."""
    try:
        return _parse(notebook.read_bytes())
    except (OSError, ValueError):
        return None


def _parse(content: bytes) -> Document:
    """A notebook; ``ValueError`` when it is not one."""
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(document, dict) or not isinstance(document.get("cells"), list):
        raise ValueError("not a notebook")
    return document


def worksheet_of(document: Document) -> str | None:
    """The worksheet a notebook says it is; ``None`` for any other notebook."""
    return _says(document, "worksheet")


def lesson_of(document: Document) -> str | None:
    """The lesson a notebook says it is; ``None`` for any other notebook."""
    return _says(document, "lesson")


def _says(document: Document, what: str) -> str | None:
    metadata = document.get("metadata")
    ours = metadata.get("cinqcles") if isinstance(metadata, dict) else None
    name = ours.get(what) if isinstance(ours, dict) else None
    return name if isinstance(name, str) else None


def holds(document: Document, answers: Iterable[Answer]) -> bool:
    """Whether a notebook's newest answers are these ones, or newer."""
    wanted = [a for a in answers if a.revision]
    owners = {(a.worksheet, a.learner, a.variant) for a in wanted}
    saved = newest(
        a for a in read_notebook(document)[0] if (a.worksheet, a.learner, a.variant) in owners
    )
    return all(
        a.question in saved and saved[a.question].revision and saved[a.question].age >= a.age
        for a in wanted
    )


def fill(document: Document, shown: Mapping[str, Mapping[str, Any]]) -> Document:
    """A notebook with these answers in place of those in its outputs.

    Widgets are left out: their state is in no file, and they would show as errors.

    Args:
        shown: for each question, what its output shows, by MIME type, the answer among them. It
            goes where the question's answer was, or else into the cell named after the question
            (nbgrader's ``grade_id``), or else into the last code cell: none is ever lost.
    """
    filled = deepcopy(document)
    if isinstance(metadata := filled.get("metadata"), dict):
        metadata.pop("widgets", None)
    left = dict(shown)
    cells = [c for c in filled["cells"] if isinstance(c, dict) and _can_show(c)]
    for cell in cells:
        outputs = cell.get("outputs")
        outputs = outputs if isinstance(outputs, list) else []
        names = [*_answered(outputs), _grade_id(cell)]
        kept = [o for o in outputs if not {MIME, WIDGET_MIME} & _data(o).keys()]
        cell["outputs"] = kept + [_output(left.pop(name)) for name in names if name in left]
    if cells:
        cells[-1]["outputs"] += [_output(data) for data in left.values()]
    return filled


def _can_show(cell: Mapping[str, Any]) -> bool:
    return cell.get("cell_type") == "code" or "outputs" in cell


def _data(output: object) -> Mapping[str, Any]:
    data = output.get("data") if isinstance(output, dict) else None
    return data if isinstance(data, dict) else {}


def _answered(outputs: list[object]) -> list[str]:
    records = (_data(output).get(MIME) for output in outputs)
    names = (r.get("question") for r in records if isinstance(r, dict))
    return [name for name in names if isinstance(name, str)]


def _grade_id(cell: Mapping[str, Any]) -> str:
    found = _nbgrader(cell).get("grade_id")
    return found if isinstance(found, str) else ""


def _nbgrader(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = cell.get("metadata")
    ours = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return ours if isinstance(ours, dict) else {}


def _output(data: Mapping[str, Any]) -> Document:
    return {"output_type": "display_data", "metadata": {}, "data": dict(data)}


def as_link(document: Document) -> str:
    """A notebook as the address of itself: what a browser keeps even when the server is gone."""
    content = json.dumps(document, ensure_ascii=False, indent=1).encode(errors="replace")
    return f"data:{NOTEBOOK_MIME};base64,{base64.b64encode(content).decode()}"


def read_copy(
    content: bytes, *, worksheet: str, learner: str, variant: int
) -> tuple[Document, dict[str, Answer], list[str]]:
    """The answers that a learner's own copy brings back.

    Returns:
        The notebook; the newest answer to each question; a sentence for each thing left aside.

    Raises:
        WorksheetError: the file brings nothing back; says why, and what to do.
    """
    if len(content) > LARGEST_COPY:
        raise WorksheetError(
            _(
                "Ce fichier est trop gros pour être une copie ({size} Mo, {most} Mo au plus). "
                "Rien n’a été repris."
            ).format(size=number(len(content) / 1e6, 1), most=number(LARGEST_COPY / 1e6, 1))
        )
    try:
        document = _parse(content)
    except ValueError:
        raise WorksheetError(
            _(
                "Ce fichier n’est pas un cahier. Choisissez une copie que vous avez téléchargée"
                "\u00a0: son nom finit par .ipynb. Rien n’a été repris."
            )
        ) from None
    read, notes = read_notebook(document)
    given = [a for a in read if a.revision and a.value is not None]
    here = [a for a in given if a.worksheet == worksheet]
    mine = [a for a in here if a.learner == learner]
    same = newest(a for a in mine if a.variant == variant)
    if not same:
        raise WorksheetError(" ".join([_why_nothing(given, here, mine, learner), *notes]))
    strangers = sorted({a.learner for a in here} - {learner})
    if strangers:
        notes.append(
            _("Les réponses de {others}, dans ce même fichier, sont laissées de côté.").format(
                others=_listed(strangers)
            )
        )
    if any(a.worksheet != worksheet for a in given):
        notes.append(_("Les réponses à d’autres feuilles sont laissées de côté."))
    if any(a.variant != variant for a in mine):
        notes.append(_("Les réponses données sur d’autres chiffres sont laissées de côté."))
    return document, same, notes


def _why_nothing(given: list[Answer], here: list[Answer], mine: list[Answer], learner: str) -> str:
    if not given:
        return _("Ce cahier ne contient aucune réponse. Rien n’a été repris.")
    if not here:
        return _(
            "Cette copie est celle d’une autre feuille («\u00a0{other}\u00a0»)\u00a0: ouvrez "
            "cette feuille, et restaurez-la de là. Rien n’a été repris."
        ).format(other=given[0].worksheet)
    if not mine:
        return _(
            "Cette copie est celle de {other}, et vous travaillez ici sous l’identifiant "
            "«\u00a0{learner}\u00a0». Rien n’a été repris. Si cette copie est la vôtre, corrigez "
            "d’abord votre identifiant\u00a0: bouton «\u00a0Ce n’est pas moi\u00a0»."
        ).format(other=_listed(sorted({a.learner for a in here})), learner=learner)
    return _(
        "Cette copie a été remplie sur d’autres chiffres que ceux de cette feuille\u00a0: ses "
        "réponses n’auraient plus de sens ici. Rien n’a été repris\u00a0; parlez-en à votre "
        "formateur."
    )


def _listed(names: list[str], most: int = 3) -> str:
    shown = ", ".join(f"«\u00a0{name}\u00a0»" for name in names[:most])
    return shown + ("…" if len(names) > most else "")


def written_code(document: Document) -> dict[str, str]:
    """The code a learner wrote, by the name of its cell."""
    return {
        _grade_id(cell): _source(cell)
        for cell in document["cells"]
        if isinstance(cell, dict)
        and cell.get("cell_type") == "code"
        and _nbgrader(cell).get("solution") is True
        and _nbgrader(cell).get("grade") is False
    }


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source")
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))
