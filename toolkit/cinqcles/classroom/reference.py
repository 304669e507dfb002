"""The key of a worksheet's variant: its source notebook, run through papermill, and kept.

The source in ``solutions/`` answers its own questions, so the key is computed and not typed.
A run takes seconds; its result is kept under ``.cinqcles/references/`` in the course, named
after what it depends on: the source, the toolkit, the course key and the variant.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
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
    kept = _kept(source, variant)
    if kept.exists():
        return load_reference(kept.read_bytes())
    text = run_source(source, variant)
    kept.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and moved into place: a reader never sees half a key.
    with NamedTemporaryFile(
        "w", dir=kept.parent, suffix=".tmp", delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
    Path(file.name).replace(kept)
    return load_reference(text)


def is_kept(source: Path, variant: int) -> bool:
    """Whether a key is there already: it is then read, and its source is not run."""
    return _kept(source, variant).exists()


def keep(wanted: Sequence[tuple[Path, int]]) -> Iterator[tuple[Path, int]]:
    """Compute keys, several at once; each is told as soon as it is kept.

    Args:
        wanted: each source and variant of :func:`reference`.

    Raises:
        ClassroomError: a source does not run to its end.
    """
    if not wanted:
        return
    # Each in a process of its own: papermill changes the working folder of its process.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(os.cpu_count() or 1, len(wanted)), mp_context=context) as pool:
        futures = {pool.submit(_keep, *each): each for each in wanted}
        try:
            for future in as_completed(futures):
                future.result()
                yield futures[future]
        finally:
            pool.shutdown(cancel_futures=True)


def _keep(source: Path, variant: int) -> None:
    reference(source, variant)


def _kept(source: Path, variant: int) -> Path:
    folder = source.parents[2] / ".cinqcles" / "references"
    return folder / f"{source.stem}-{_depends_on(source, variant)}.json"


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


def _depends_on(source: Path, variant: int) -> str:
    digest = hashlib.sha256(_toolkit().encode())
    for part in (source.read_bytes(), course_key().encode(), str(variant).encode()):
        digest.update(hashlib.sha256(part).digest())
    return f"{variant:02d}-{digest.hexdigest()[:24]}"


@cache
def _toolkit() -> str:
    package = Path(cinqcles.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        digest.update(os.fsencode(file.relative_to(package)) + b"\0" + file.read_bytes())
    return digest.hexdigest()
