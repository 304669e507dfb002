"""Measure how much the tests of keys/ notice: `uv run --group mutation python .ci/mutation.py`.

mutmut changes one thing at a time in the code (a sign, a limit, a word of a message) and runs the
tests that reach it: a change that no test notices has survived. It only knows a `src/` layout, so
it works on a copy of the tree, in a folder that is kept from one run to the next; what is settled
there and has not changed is not run again. Arguments are patterns of mutants, as in
`… .ci/mutation.py "cinqcles.keys.placement*"`; without one, all five modules (an hour or two
on two cores). The score printed a module is killed / all, what timed out counting as killed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = Path(tempfile.gettempdir()) / f"mutation-{ROOT.name}"
WANTED = 0.85
MUTMUT = [sys.executable, "-m", "mutmut"]


def main(patterns: list[str]) -> None:
    WORK.mkdir(exist_ok=True)
    for source, copy in (("toolkit", "src"), ("tests", "tests")):
        shutil.rmtree(WORK / copy, ignore_errors=True)
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / source, WORK / copy, ignore=skipped)  # dates kept: mutmut reads them
    shutil.copy2(ROOT / "pyproject.toml", WORK)
    subprocess.run([*MUTMUT, "run", *patterns], cwd=WORK, check=True)  # noqa: S603
    told = subprocess.run(  # noqa: S603
        [*MUTMUT, "results", "--all", "true"], cwd=WORK, check=True, capture_output=True, text=True
    ).stdout
    by_module: dict[str, Counter[str]] = defaultdict(Counter)
    for module, fate in re.findall(r"^\s*cinqcles\.keys\.(\w+)\..*: (.+)$", told, re.MULTILINE):
        by_module[module][fate] += 1
    failed = False
    for module, fates in sorted(by_module.items()):
        tried = fates.total() - fates["not checked"]
        if not tried:
            continue
        score = (fates["killed"] + fates["timeout"]) / tried
        failed |= score < WANTED
        print(f"{module:12} {score:6.1%} of {tried} mutants ({dict(fates)})")
    sys.exit(f"below {WANTED:.0%}; `mutmut show <name>` in {WORK}" if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
