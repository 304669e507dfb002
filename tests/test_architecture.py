"""The import rule: ``keys → strategy, data → worksheet → views → classroom → cli``, one way.

Read from the source, so that an import inside a function counts as much as one at the top.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cinqcles

PACKAGE = Path(cinqcles.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# What each part may import of the package, besides itself.
ALLOWED = {
    "errors": set(),
    "messages": set(),
    "keys": {"errors", "messages"},
    "strategy": {"errors", "messages", "keys"},
    "data": {"errors", "messages", "keys"},
    "worksheet": {"errors", "messages", "keys", "strategy", "data"},
    "views": {"errors", "messages", "keys", "strategy", "data", "worksheet"},
    "classroom": {"errors", "messages", "keys", "strategy", "data", "worksheet", "views"},
    "cli": {"errors", "messages", "classroom"},
}  # fmt: skip

# The only parts that may import these.
OWNERS = {
    "nbgrader": {"classroom"},
    "papermill": {"classroom"},
    "nbclient": {"classroom"},
    "nbformat": {"classroom"},
    "nbconvert": {"classroom"},
    "jupyter_client": {"classroom"},
    "ipywidgets": {"views"},
    "anywidget": {"views"},
    "matplotlib": {"views"},
    "jinja2": {"views"},
    "plutoprint": {"views"},
    "IPython": {"views"},
    "typer": {"cli"},
    "rich": {"cli"},
    "babel": {"messages"},
    "scipy": {"keys"},
    "simpy": {"keys"},
    "openpyxl": {"data", "classroom"},
    "xlrd": {"data"},
}


def part_of(file: Path) -> str:
    """The part of the package a module is of: ``keys``, ``cli``…; ``""`` for its root."""
    name = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if name == "__init__" else name


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Every import of a module, wherever it is: its line, and the full name it asks for."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: relative import"
            for alias in node.names:
                assert alias.name != "*", f"{file}:{node.lineno}: import *"
                yield node.lineno, f"{node.module}.{alias.name}"


def test_there_is_something_to_look_at() -> None:
    assert {part_of(file) for file in MODULES} - {""} <= set(ALLOWED)
    assert {"keys", "data", "worksheet", "views", "classroom", "cli"} <= {
        part_of(file) for file in MODULES
    }


@pytest.mark.parametrize("file", MODULES, ids=lambda f: f.relative_to(PACKAGE).as_posix())
def test_imports_run_one_way(file: Path) -> None:
    part = part_of(file)
    if not part:
        return  # the root's lazy namespace is held by the tests below
    wrong = []
    for line, name in imports(file):
        package, _, rest = name.partition(".")
        if package != "cinqcles":
            continue
        asked = rest.partition(".")[0]
        if asked in ALLOWED and asked != part and asked not in ALLOWED[part]:
            wrong.append(f"{file.name}:{line}: {part} imports {name}")
    assert wrong == []


@pytest.mark.parametrize("file", MODULES, ids=lambda f: f.relative_to(PACKAGE).as_posix())
def test_each_tool_has_its_part(file: Path) -> None:
    part = part_of(file)
    wrong = [
        f"{file.name}:{line}: {part or 'the root'} imports {name}"
        for line, name in imports(file)
        if part not in OWNERS.get(name.partition(".")[0], {part})
    ]
    assert wrong == []


@pytest.mark.parametrize("file", MODULES, ids=lambda f: f.relative_to(PACKAGE).as_posix())
def test_nothing_is_unpickled_nor_evaluated(file: Path) -> None:
    """What comes from a copy is data: no module has the means to run it."""
    unsafe = {"pickle", "dill", "cloudpickle", "marshal", "shelve"}
    assert [name for _, name in imports(file) if name.partition(".")[0] in unsafe] == []
    calls = [
        f"{file.name}:{node.lineno}: {node.func.id}"
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"eval", "exec", "compile"}
    ]
    assert calls == []


@pytest.mark.parametrize("file", MODULES, ids=lambda f: f.relative_to(PACKAGE).as_posix())
def test_every_module_says_what_it_is(file: Path) -> None:
    docstring = ast.get_docstring(ast.parse(file.read_text("utf-8")))
    assert docstring
    first = docstring.partition("\n\n")[0]
    assert first.rstrip().endswith((".", ":"))


def test_the_public_names() -> None:
    assert cinqcles.__all__ == ["Worksheet", "__version__"]
    for name in cinqcles.__all__:
        assert getattr(cinqcles, name) is not None
    with pytest.raises(AttributeError, match="module 'cinqcles' has no attribute 'Workshet'"):
        _ = cinqcles.Workshet


def loaded_by(code: str) -> set[str]:
    """The modules that some code loads, in a fresh interpreter."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(run.stdout.split())


HEAVY = {
    *("numpy", "pandas", "scipy", "matplotlib", "pydantic", "babel"),
    *("simpy", "openpyxl", "xlrd"),
    *("ipywidgets", "IPython", "ipykernel", "nbformat", "nbclient", "nbgrader", "papermill"),
    *("jupyterlab", "typer", "rich"),
}


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import cinqcles", HEAVY),
        *(
            (f"import cinqcles.keys.{key}", HEAVY - {"numpy", "pandas", "babel"})
            for key in ("attention", "fashion", "placement")
        ),
        *(  # their objectives, teams and routes are pydantic's
            (f"import cinqcles.{key}", HEAVY - {"numpy", "pandas", "babel", "pydantic"})
            for key in ("keys.purpose", "keys.coherence", "strategy")
        ),
        ("import cinqcles.data", HEAVY - {"numpy", "pandas", "babel"}),
        (
            "import cinqcles.worksheet.questions, cinqcles.worksheet.identity",
            HEAVY - {"pydantic", "babel"},
        ),
        ("from cinqcles import Worksheet", HEAVY - {"ipywidgets", "IPython", "pydantic", "babel"}),
        ("import cinqcles.cli", HEAVY - {"typer", "rich", "babel"}),
    ],
)
def test_nothing_heavy_is_loaded_until_it_is_used(code: str, unwanted: set[str]) -> None:
    assert loaded_by(code) & unwanted == set()
