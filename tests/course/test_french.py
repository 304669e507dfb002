"""The French that people read: spelt as a dictionary has it, set as French is set.

Read by hunspell with Debian's French dictionary, and ``mots.txt`` for what no dictionary has:
names, titles, and words of the trade. Texts are the notebooks' and the catalogue's messages.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from copies import COURSE

NOTEBOOKS = sorted([*COURSE.glob("course/*.ipynb"), *COURSE.glob("solutions/*/*.ipynb")])
CATALOGUE = COURSE / "toolkit" / "cinqcles" / "locale" / "cinqcles.pot"
KNOWN = Path(__file__).with_name("mots.txt")
TEMPLATES = sorted((COURSE / "toolkit").rglob("*.j2"))

# Code, formulas, addresses, tags and places to fill: nothing of these is French.
NOT_FRENCH = re.compile(
    r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$|\]\([^)]*\)|https?://\S+|<!--.*?-->|<style.*?</style>"
    r"|<[^>]*>|\{[#%{].*?[#%}]\}|\{[^{}]*\}|&\w+;|%\(\w+\)\w|(?<!\w)[\w/.=-]*[\w][._=/][\w/.=]+"
    r"|(?<!\w)(?:--|\.)\w+",
    re.DOTALL,
)
WORD = re.compile(r"[^\W\d_]+(?:['’\-‑][^\W\d_]+)*['’]?")


def prose(notebook: Path) -> Iterator[tuple[int, str]]:
    """The texts of a notebook, with their cell's number: Markdown, and sentences in code."""
    for number, cell in enumerate(json.loads(notebook.read_text(encoding="utf-8"))["cells"], 1):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield number, source
            continue
        for node in ast.walk(ast.parse(source)):
            told = node.value if isinstance(node, ast.Constant) else None
            if isinstance(told, str) and {" ", "\u00a0"} & set(told.strip()):
                yield number, told


def messages() -> Iterator[str]:
    for entry in CATALOGUE.read_text(encoding="utf-8").split("\n\n"):
        for told in re.findall(
            r'^msgid(?:_plural)? ((?:"(?:[^"\\]|\\.)*"\n?)+)', entry, re.MULTILINE
        ):
            yield "".join(ast.literal_eval(line) for line in told.splitlines())


def words(text: str) -> set[str]:
    return set(WORD.findall(NOT_FRENCH.sub(" ", text).replace("’", "'").replace("‑", "-")))


def misspelt(texts: set[str]) -> list[str]:
    asked = "\n".join(sorted(texts))
    command = ["hunspell", "-d", "fr_FR", "-i", "utf-8", "-p", str(KNOWN), "-l"]
    said = subprocess.run(
        command,
        input=asked,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )
    return sorted(set(said.stdout.split()))


@pytest.fixture(autouse=True)
def dictionary(request: pytest.FixtureRequest) -> None:
    if "spelling" not in request.node.name or shutil.which("hunspell"):
        return
    why = "no hunspell on this machine (Debian, Ubuntu: apt install hunspell hunspell-fr)"
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda file: file.stem)
def test_spelling_of_a_notebook(notebook: Path) -> None:
    found = {word for _cell, text in prose(notebook) for word in words(text)}
    assert len(found) > 100
    assert misspelt(found) == []


def test_spelling_of_messages_and_templates() -> None:
    texts = [*messages(), *(file.read_text(encoding="utf-8") for file in TEMPLATES)]
    assert len(texts) > 500
    assert misspelt({word for text in texts for word in words(text)}) == []


def test_spelling_is_looked_at() -> None:
    assert misspelt({"stratégie", "statégie", "engagemment"}) == ["engagemment", "statégie"]


def test_spelling_list_is_in_order_and_of_use() -> None:
    known = KNOWN.read_text(encoding="utf-8").split()
    assert known == sorted(set(known))
    used = {w for file in NOTEBOOKS for _cell, text in prose(file) for w in words(text)}
    used |= {w for text in messages() for w in words(text)}
    used |= {w for file in TEMPLATES for w in words(file.read_text(encoding="utf-8"))}
    assert [word for word in known if word not in used] == []


# Before these signs, and inside « », French sets a space that no line breaks at.
BREAKING = re.compile(r"(?:\S |\u00a0 )[:;?!»%€](?=\W|$)|« |[\w)]'[\wÀ-ÿ«]", re.MULTILINE)
TABLE_RULE = re.compile(r"^\|?[ :|-]+\|?$", re.MULTILINE)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda file: file.stem)
def test_spaces_and_apostrophes_are_set_the_french_way(notebook: Path) -> None:
    odd = [
        f"cell {number}: …{text[max(0, found.start() - 30) : found.end() + 10]}…"
        for number, text in prose(notebook)
        for found in BREAKING.finditer(NOT_FRENCH.sub("_", TABLE_RULE.sub("", text)))
    ]
    assert odd == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_hidden_code_says_what_it_shows(notebook: Path) -> None:
    """JupyterLab shows the first line of what it hides."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    hidden = [cell for cell in cells if cell["metadata"].get("jupyter", {}).get("source_hidden")]
    seen = [
        cell["source"][0] for cell in hidden if "corrige" not in cell["metadata"].get("tags", [])
    ]
    assert [line for line in seen if not re.fullmatch(r"# [^\W\d_a-z].{3,100}\n", line)] == []
