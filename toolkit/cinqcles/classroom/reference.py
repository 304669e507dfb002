"""The key of a worksheet's variant: its source notebook, run through papermill, and kept.

The source in ``solutions/`` answers its own questions, so the key is computed and not typed.
A run takes seconds; its result is kept under ``.cinqcles/references/`` in the course, named
after what it depends on: the source, the toolkit, the course key and the variant.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

import nbformat
import papermill
from traitlets.config import Config

import cinqcles
from cinqcles.errors import ClassroomError
from cinqcles.messages import _
from cinqcles.views.worksheet import REFERENCE_MIME
from cinqcles.worksheet.identity import course_key
from cinqcles.worksheet.questions import BaseQuestion, load_reference


def run_notebook(
    file: Path, to: Path | None = None, *, cwd: Path, parameters: dict[str, Any] | None = None
) -> nbformat.NotebookNode:
    """Run a notebook through papermill, from ``cwd``; written to ``to``, or nowhere.

    Raises:
        papermill.PapermillExecutionError: a cell failed.
    """
    # Kernels that start side by side may be given the same free ports, and one then dies: files of
    # their own have no such race. Windows has ports only.
    with TemporaryDirectory(prefix="cinqcles-") as sockets:
        own = {"KernelManager": {"transport": "ipc", "ip": str(Path(sockets) / "kernel")}}
        done: nbformat.NotebookNode = papermill.execute_notebook(
            file,
            to,
            parameters=parameters,
            cwd=cwd,
            progress_bar=False,
            kernel_name="cinqcles",
            # What an ipykernel has to say of its own transport is of no use here.
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
            config=Config(own if os.name == "posix" else {}),
        )
    return done


def reference(source: Path, variant: int) -> dict[str, BaseQuestion]:
    """The questions of a source notebook with their keys, for one variant.

    Args:
        source: ``solutions/<worksheet>/<notebook>.ipynb``, in the course's folder.

    Raises:
        ClassroomError: the source does not run to its end.
    """
    text = kept_key(source, variant)
    if text is None:
        text = run_source(source, variant)
        keep_key(source, variant, text)
    return load_reference(text)


def kept_key(source: Path, variant: int) -> str | None:
    """The key of a variant as JSON, if it was computed before."""
    kept = key_file(source, variant)
    return kept.read_text(encoding="utf-8") if kept.exists() else None


def keep_key(source: Path, variant: int, text: str) -> None:
    """Keep a key that was computed."""
    kept = key_file(source, variant)
    kept.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and moved into place: a reader never sees half a key.
    with NamedTemporaryFile(
        "w", dir=kept.parent, suffix=".tmp", delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
    Path(file.name).replace(kept)


def key_file(source: Path, variant: int) -> Path:
    """Where the key of a variant is kept."""
    kept = source.parents[2] / ".cinqcles" / "references"
    return kept / f"{source.stem}-{_depends_on(source, variant)}.json"


def run_source(source: Path, variant: int) -> str:
    """Run a source notebook for a variant, and return its questions with their keys, as JSON."""
    notebook = nbformat.read(source, as_version=4)
    name = worksheet_of(notebook)
    if name is None:
        raise ClassroomError(
            _(
                "{file} n’est pas une feuille de ce cours\u00a0: ses métadonnées n’ont pas de "
                "champ cinqcles.worksheet."
            ).format(file=source)
        )
    notebook.cells.append(
        nbformat.v4.new_code_cell(
            f"from cinqcles.views.worksheet import opened\nopened({name!r}).reference()"
        )
    )
    with TemporaryDirectory(prefix="cinqcles-") as folder:
        file = Path(folder) / source.name
        nbformat.write(notebook, file)
        try:
            done = run_notebook(
                file,
                cwd=Path(folder),
                parameters={"learner": "corrige", "variant": variant},
            )
        except papermill.PapermillExecutionError as error:
            raise ClassroomError(
                _(
                    "Le corrigé {file} s’arrête à la cellule {cell} (variante {variant})\u00a0: "
                    "{name}\u00a0: {value}"
                ).format(
                    file=source,
                    cell=error.cell_index + 1,
                    variant=variant,
                    name=error.ename,
                    value=error.evalue,
                )
            ) from error
    shown = [o["data"][REFERENCE_MIME] for o in done.cells[-1].outputs if "data" in o]
    return shown[0] if isinstance(shown[0], str) else json.dumps(shown[0])


def worksheet_of(notebook: nbformat.NotebookNode) -> str | None:
    """The worksheet a notebook is, by its metadata; ``None`` for any other notebook."""
    mark = notebook.metadata.get("cinqcles")
    name = mark.get("worksheet") if isinstance(mark, dict) else None
    return name if isinstance(name, str) else None


# How a key is run is no part of it: grading may change and keys be kept.
def _depends_on(source: Path, variant: int) -> str:
    digest = hashlib.sha256(_digest_of("classroom").encode())
    for part in (source.read_bytes(), course_key().encode(), str(variant).encode()):
        digest.update(hashlib.sha256(part).digest())
    return f"{variant:02d}-{digest.hexdigest()[:24]}"


def toolkit_digest() -> str:
    """What tells two versions of the toolkit apart."""
    return _digest_of("")


@cache
def _digest_of(left_out: str) -> str:
    """The digest of the toolkit's modules, but those of one of its parts."""
    package = Path(cinqcles.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        if file.relative_to(package).parts[0] != left_out:
            digest.update(os.fsencode(file.relative_to(package)) + b"\0" + file.read_bytes())
    return digest.hexdigest()
