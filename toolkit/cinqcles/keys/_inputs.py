"""What the keys refuse in the same words: columns that do not go together, an odd confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from itertools import pairwise
from typing import Any

from cinqcles.errors import MetricError
from cinqcles.messages import _, number


def check_lengths(columns: Mapping[str, Sized]) -> None:
    """Refuses columns, by name, that do not all have the same length."""
    for (name, column), (other_name, other) in pairwise(columns.items()):
        if len(column) != len(other):
            raise MetricError(
                _(
                    "Longueurs différentes : {name} ({n}) et {other_name} ({other_n}). Prenez les "
                    "deux colonnes dans le même tableau."
                ).format(name=name, n=len(column), other_name=other_name, other_n=len(other))
            )


def check_labels(indexes: Mapping[str, Any]) -> None:
    """Refuses columns, given as pandas indexes by name, that are not labelled the same way."""
    for (name, index), (other_name, other) in pairwise(indexes.items()):
        if not index.equals(other):
            raise MetricError(
                _(
                    "Lignes différentes : {name} et {other_name} n’ont pas le même index, ou pas "
                    "dans le même ordre. Prenez les deux colonnes dans le même tableau."
                ).format(name=name, other_name=other_name)
            )


def check_confidence(confidence: float) -> None:
    """Refuses a confidence that is not a share strictly between 0 and 1."""
    if not 0 < confidence < 1:
        raise MetricError(
            _(
                "La confiance est une part entre 0 et 1, et vaut {confidence}. Pour 95 %, "
                "écrivez confidence=0.95."
            ).format(confidence=number(confidence))
        )
