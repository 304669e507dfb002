"""The benchmarks run, and print what they say they do. Their times are read by people, not here."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("library.py")
LINE = re.compile(r".+? +\d+\.\d{3} +\d+\.\d{3} \w+ +\d+\.\d{2} × \(wanted ≤ [\d.]+\)(   OVER)?")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_benchmark_runs_in_small() -> None:
    done = run("--scale", "0.001")
    assert done.stderr == ""
    _titles, *lines = done.stdout.splitlines()
    assert len(lines) == 14
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert done.returncode == int("OVER" in done.stdout)


def test_an_unknown_name_is_refused() -> None:
    done = run("metric")
    assert done.returncode == 2
    assert "unknown: metric; known: metrics" in done.stderr


def test_a_figure_is_marked_when_it_is_over() -> None:
    spec = importlib.util.spec_from_file_location("library", SCRIPT)
    assert spec
    assert spec.loader
    library = importlib.util.module_from_spec(spec)
    sys.modules["library"] = library
    spec.loader.exec_module(library)
    assert str(library.Figure("x", 1.5, 1.0, 1.5)).endswith("1.50 × (wanted ≤ 1.5)")
    assert str(library.Figure("x", 1.6, 1.0, 1.5)).endswith("1.60 × (wanted ≤ 1.5)   OVER")
