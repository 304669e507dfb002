"""What every table of the case company shares: its year, its names, and how its numbers are drawn.

The scale of difficulty
-----------------------
Every table but the videos takes a ``difficulty``, 1, 2 or 3.

========================================  ==============  ==============  ==============
What it changes                           1, obvious      2, ordinary     3, subtle
========================================  ==============  ==============  ==============
Subjects of the messages                  8               10              12
Social channels (and the site's form)     6               7               8
Candidate tools                           6               8               10
Gap between the right and the naive       wide            medium          narrow
answer
Noise on what is measured                 3 %             7 %             12 %
========================================  ==============  ==============  ==============

What it never changes: the year, the names (those of difficulty 1 are all at 3), the columns and
their units, and which answer is right. The seed decides which channel, team, tool or subject plays
which part: nothing is said of the real platforms.

How it is drawn
---------------
Each topic has its own generator, so that adding a table moves no other. Only uniform draws and
permutations are used, and what a lesson rests on comes from evenly spaced grids that are jittered
by less than their step, or from counts shared out exactly: the same seed gives the same company on
every machine, and the lessons hold for every seed.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import wraps
from numbers import Integral
from typing import ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from cinqcles.errors import CinqclesError
from cinqcles.messages import _

NAME = "Maison Liseron"

NOTICE = _(
    "Entreprise fictive, données synthétiques : la savonnerie « Maison Liseron », ses vidéos et "
    "ses chiffres ont été inventés pour ce cours."
)

FIRST_DAY = pd.Timestamp("2025-01-06")
"""A Monday."""

WEEKS = 52

DIFFICULTIES = (1, 2, 3)

CHANNELS = (
    "Instagram", "Facebook", "TikTok", "YouTube", "Pinterest", "LinkedIn", "X", "Snapchat",
)  # fmt: skip
"""The social channels: the first 6, 7 or 8 of them, by difficulty."""

SITE = "Formulaire du site"
"""Where messages also arrive: it belongs to the company, and nothing is spent on it."""

COMMUNICATION, MARKETING, SHOP, CARE = TEAMS = (
    "Communication", "Marketing", "Boutique en ligne", "Service client",
)  # fmt: skip
"""Side by side: as things stand, each team passes messages on to its neighbours only."""

PRODUCTS = (
    "savon à la lavande", "savon au miel", "shampoing solide", "savon de rasage",
    "savon au romarin", "baume à la rose",
)  # fmt: skip

ANSWERS, COMPLAINTS, ORDERS, ATTENTION = OBJECTIVES = (
    "Réponses", "Réclamations", "Commandes", "Attention",
)  # fmt: skip
"""The short names of the company's own objectives: see `cinqcles.data.company.objectives`."""

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


def check(seed: int, difficulty: int) -> None:
    """Refuse a seed or a difficulty that means nothing.

    Raises
    ------
    CinqclesError
        ``seed`` is negative or not an integer, or ``difficulty`` is not 1, 2 or 3.
    """
    if not isinstance(seed, Integral) or seed < 0 or difficulty not in DIFFICULTIES:
        raise CinqclesError(
            _(
                "Demandez une difficulté de 1, 2 ou 3 et une graine entière, positive ou nulle "
                "(reçu : difficulté {difficulty}, graine {seed})."
            ).format(difficulty=difficulty, seed=seed)
        )


_Asked = ParamSpec("_Asked")
_Told = TypeVar("_Told")


def labelled(table: Callable[_Asked, _Told]) -> Callable[_Asked, _Told]:
    """A table, or an object made of some, that carries `NOTICE` in its ``attrs``.

    Whoever shows it can then say that it is synthetic.
    """

    @wraps(table)
    def with_notice(*args: _Asked.args, **kwargs: _Asked.kwargs) -> _Told:
        told = table(*args, **kwargs)
        for part in (told, *getattr(told, "__dict__", {}).values()):
            if isinstance(part, pd.DataFrame | pd.Series):
                part.attrs["notice"] = NOTICE
        return told

    return with_notice


def generator(seed: int, topic: str) -> np.random.Generator:
    """The draws of one topic: those of another never move them."""
    return np.random.default_rng([seed, zlib.crc32(topic.encode())])


def channels_at(difficulty: int) -> tuple[str, ...]:
    """The social channels of a difficulty."""
    return CHANNELS[: 5 + difficulty]


def grid(rng: np.random.Generator, low: float, high: float, n: int) -> Floats:
    """``n`` increasing values, evenly spaced on a log scale but for a jitter of 1/5 of a step."""
    steps = np.arange(n) + 0.4 * (rng.random(n) - 0.5)
    return np.asarray(low * (high / low) ** (steps / (n - 1)))


def noisy_order(rng: np.random.Generator, n: int, noise: float = 0.5) -> Places:
    """Places 0..n-1, in an order close to increasing: scores move by ``noise * n / 2`` at most."""
    scores = np.arange(n) + noise * n * (rng.random(n) - 0.5)
    return np.argsort(np.argsort(scores))


def about(rng: np.random.Generator, value: float, by: float) -> float:
    """A value within ``by`` (a share) of another."""
    return float(value * (1 + by * (2 * rng.random() - 1)))


def shared_out(total: npt.ArrayLike, weights: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Whole numbers in proportion to the weights and adding up to the total: largest remainders.

    ``total`` has one dimension less than ``weights``, whose last one is shared over.

    >>> shared_out(10, [1, 1, 2]).tolist()
    [3, 2, 5]
    """
    whole, parts = np.asarray(total)[..., None], np.asarray(weights, float)
    quotas = whole * parts / parts.sum(axis=-1, keepdims=True)
    counts = np.floor(quotas).astype(np.int64)
    missing = whole - counts.sum(axis=-1, keepdims=True)
    # Rounded, so that no machine's last bit decides a tie; then the first ones are served.
    order = np.argsort(np.round(counts - quotas, 9), axis=-1, kind="stable")
    return np.asarray(counts + (np.argsort(order, axis=-1) < missing))
