"""What the documentation says holds, and what is derived from the repository is up to date."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from cinqcles.classroom.workspace import FOLDERS
from cinqcles.cli import app

ROOT = Path(__file__).parents[1]
SCRIPTS = Path(sys.executable).parent
PAGES = ("README.md", "LISEZMOI.md", "CONTRIBUTING.md", "CHANGELOG.md")

# In pieces, so that this file names none of them.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("anaconda", "org"),
        ("anaconda", "com"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("unpkg", "com"),
        ("jsdelivr", "net"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("docker", "io"),
        ("docker", "com"),
        ("ghcr", "io"),
        ("quay", "io"),
        ("gcr", "io"),
        ("mcr", "microsoft", "com"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
    )
]

TABLE_ROW = re.compile(
    r"^\| `(?P<file>[^`]+)` \| .* \| `uv run (?P<command>[^`]+)` \|$", re.MULTILINE
)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")


def committed() -> list[Path]:
    """The files that Git keeps, or would keep at the next ``git add``."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a Git checkout")
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others"]
    listed = subprocess.run([*command, "--exclude-standard"], capture_output=True, check=True)
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [file for file in files if file.is_file()]


def prose(file: Path) -> str:
    """A Markdown page's text, or a notebook's Markdown cells; code is left out."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


def anchors(file: Path) -> set[str]:
    """What a link may ask for in a Markdown page, as GitHub names its headings."""
    text = re.sub(r"```.*?```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.strip().lower()).replace(" ", "-") for h in headings}


def derived() -> dict[str, str]:
    return {
        row["file"]: row["command"]
        for row in TABLE_ROW.finditer((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize(
    "file",
    [
        "toolkit/cinqcles/locale/cinqcles.pot",
        "docs/objectifs.md",
        "course/exemples/youtube-studio-exemple-synthetique.csv",
    ],
)
def test_a_derived_file_is_what_its_command_writes(file: str, tmp_path: Path) -> None:
    made = tmp_path / "made"
    program, *arguments = shlex.split(derived()[file].replace(file, made.as_posix()))
    subprocess.run([str(SCRIPTS / program), *arguments], cwd=ROOT, capture_output=True, check=True)
    assert (ROOT / file).read_text(encoding="utf-8") == made.read_text(encoding="utf-8"), (
        f"{file} is out of date. To mend it: uv run {derived()[file]}"
    )


def test_every_derived_file_of_the_table_exists() -> None:
    assert len(derived()) >= 3
    assert [file for file in derived() if not (ROOT / file).exists()] == []


def test_every_relative_link_leads_somewhere() -> None:
    broken = []
    looked_at = 0
    for file in committed():
        if file.suffix not in {".md", ".ipynb"}:
            continue
        for link in LINK.finditer(prose(file)):
            target, _, anchor = unquote(link["target"]).partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            looked_at += 1
            to = (file.parent / target).resolve() if target else file
            # A workspace and a Binder image hold these folders alone.
            home = file.relative_to(ROOT).parts[0]
            kept = home not in FOLDERS or (
                to.is_relative_to(ROOT) and to.relative_to(ROOT).parts[0] in FOLDERS
            )
            found = to.exists() and kept
            if found and anchor and to.suffix == ".md":
                found = anchor in anchors(to)
            if not found:
                broken.append(f"{file.relative_to(ROOT)}: {link['target']}")
    assert broken == []
    assert looked_at > 10


def test_the_two_commands_that_do_everything() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first, second = "uv run cinqcles lab", "uv run pytest"
    before_all_else = readme.partition("\n## ")[0]
    assert f"pip install uv && {first}" in before_all_else
    assert f"pip install uv && {second}" in before_all_else
    assert first in (ROOT / "LISEZMOI.md").read_text(encoding="utf-8")
    assert f"step {second}\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_contributing_lists_what_ci_runs() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    steps = re.findall(r"^step (uv run .*)$", ci, re.MULTILINE)
    said = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    block = next(b for b in re.findall(r"```sh\n(.*?)```", said, re.DOTALL) if steps[0] in b)
    assert [line.partition("#")[0].strip() for line in block.splitlines()] == steps


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_named_are_ours(page: str) -> None:
    ours = {command.name or command.callback.__name__ for command in app.registered_commands}
    text = (ROOT / page).read_text(encoding="utf-8")
    assert set(re.findall(r"(?:run |`)cinqcles ([a-z]+)", text)) <= ours


def test_the_readme_names_every_environment_variable() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    read = {
        name
        for file in (ROOT / "toolkit").rglob("*.py")
        for name in re.findall(r"\bCINQCLES_[A-Z_]+\b", file.read_text(encoding="utf-8"))
    }
    assert read
    assert {name for name in read if f"`{name}`" not in readme} == set()


def test_decisions_are_numbered_and_short() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert decisions
    for number, file in enumerate(decisions, start=1):
        lines = file.read_text(encoding="utf-8").splitlines()
        assert file.name.startswith(f"{number:04d}-")
        assert lines[0].startswith(f"# {number}. ")
        assert len(lines) <= 12
        for part in ("Context", "Decision", "Consequences"):
            assert sum(line.startswith(f"**{part}.** ") for line in lines) == 1


def test_no_committed_file_names_a_package_index() -> None:
    named = []
    for file in committed():
        try:
            text = file.read_text(encoding="utf-8").casefold()
        except UnicodeDecodeError:
            continue  # not a text
        named += [f"{file.relative_to(ROOT)}: {host}" for host in REGISTRIES if host in text]
    assert named == []
