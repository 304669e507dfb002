"""The objectives « Maison Liseron » should have written before it opened an account.

Their baselines are measured on the company's own tables, where they can then be followed.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from cinqcles.data.company.inbox import COMPLAINT, messages
from cinqcles.data.company.market import spending
from cinqcles.data.company.setting import (
    ANSWERS,
    ATTENTION,
    CARE,
    COMMUNICATION,
    COMPLAINTS,
    FIRST_DAY,
    MARKETING,
    ORDERS,
    WEEKS,
)
from cinqcles.data.company.video import videos
from cinqcles.messages import _

if TYPE_CHECKING:
    from cinqcles.keys.purpose import Objective


def objectives(seed: int = 0, difficulty: int = 1) -> tuple[Objective, ...]:
    """What the company should have written first: its own four objectives for next year.

    Parameters
    ----------
    seed : int, at least 0
    difficulty : 1, 2 or 3

    Returns
    -------
    tuple of cinqcles.keys.purpose.Objective
        Named as the columns of ``tools().serves``. Their baselines are measured on this year's
        tables: messages answered within 24 hours, complaints about support, orders for 100 euros,
        seconds of video watched per euro.

    Raises
    ------
    CinqclesError
        ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> [objective.name for objective in objectives(seed=1)]
    ['Réponses', 'Réclamations', 'Commandes', 'Attention']
    """
    # Here, so that reading data loads no pydantic.
    from cinqcles.keys.purpose import Objective  # noqa: PLC0415

    inbox, spent, films = messages(seed, difficulty), spending(seed, difficulty), videos(seed)
    in_time = (inbox["answered_at"] - inbox["received_at"]) <= pd.Timedelta(hours=24)
    complaints = inbox["subject"] == COMPLAINT
    orders = 100 * spent["orders"].sum() / spent["spend_eur"].sum()
    attention = films["watch_time_s"].sum() / films["cost_eur"].sum()
    rows = (
        (
            ANSWERS,
            _("Répondre à presque tous les clients dans la journée, quel que soit le canal."),
            _("Messages ayant une réponse en 24 heures"),
            100 * in_time.mean(), 85.0, "%", CARE,
        ),
        (
            COMPLAINTS,
            _("Diviser par deux les réclamations sur le service client lui-même."),
            _("Part des réclamations dans les messages"),
            100 * complaints.mean(), 50 * complaints.mean(), "%", CARE,
        ),
        (
            ORDERS,
            _("Obtenir plus de commandes sans dépenser davantage sur les réseaux."),
            _("Commandes pour 100 € dépensés"),
            orders, 1.5 * orders, _("commandes"), MARKETING,
        ),
        (
            ATTENTION,
            _("Faire regarder plus longtemps ce que nos vidéos expliquent, à coût égal."),
            _("Secondes regardées par euro"),
            attention, 1.5 * attention, _("secondes"), COMMUNICATION,
        ),
    )  # fmt: skip
    return tuple(
        Objective(
            name=name,
            statement=statement,
            indicator=indicator,
            baseline=round(float(baseline), 1),
            target=round(float(target), 1),
            unit=unit,
            start=(FIRST_DAY + pd.Timedelta(weeks=WEEKS)).date(),
            deadline=date(2026, 12, 31),
            owner=owner,
        )
        for name, statement, indicator, baseline, target, unit, owner in rows
    )
