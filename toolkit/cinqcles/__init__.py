"""Cinq clés: the toolkit behind a course on social-media strategy in five principles.

Notebooks write ``from cinqcles import Worksheet``; models and metrics live in
:mod:`cinqcles.keys`, data in :mod:`cinqcles.data`. Nothing heavy is imported until it is used.
"""

from __future__ import annotations

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cinqcles.views.worksheet import Worksheet as Worksheet

__version__ = metadata.version("cinqcles")

_HOME = {"Worksheet": "cinqcles.views.worksheet"}

__all__ = ["Worksheet", "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'cinqcles' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
