"""The objectives « Maison Liseron » should have written before it opened an account, and the
dashboard it keeps instead.

Their baselines are measured on the company's own tables, where they can then be followed. The
dashboard is what one gets by following what platforms show first: for every seed, nothing measures
one of the objectives, another is measured by what the company does rather than by what changes,
and two indicators serve no objective.
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
    OBJECTIVES,
    ORDERS,
    WEEKS,
    check,
    generator,
)
from cinqcles.data.company.video import videos
from cinqcles.messages import _

if TYPE_CHECKING:
    from cinqcles.keys.purpose import IndicatorTree, Objective

# Of each objective: what a company that looks at itself counts, then what its objective is about.
_OWN_WORK = {
    ANSWERS: (_("Réponses envoyées"), "activity"),
    COMPLAINTS: (_("Réponses types rédigées"), "activity"),
    ORDERS: (_("Affichages des publications"), "output"),
    ATTENTION: (_("Vidéos publiées"), "activity"),
}
_CHANGE = {
    ANSWERS: (_("Messages ayant une réponse en 24 heures"), "outcome"),
    COMPLAINTS: (_("Part des réclamations dans les messages"), "outcome"),
    ORDERS: (_("Commandes pour 100 € dépensés"), "impact"),
    ATTENTION: (_("Secondes regardées par euro"), "out-take"),
}
_IDLE = (
    (_("Comptes ouverts"), "input"),
    (_("Portée"), "output"),
    (_("Abonnés"), "out-take"),
    (_("Mentions J’aime"), "out-take"),
)


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
            _CHANGE[ANSWERS][0],
            100 * in_time.mean(), 85.0, "%", CARE,
        ),
        (
            COMPLAINTS,
            _("Diviser par deux les réclamations sur le service client lui-même."),
            _CHANGE[COMPLAINTS][0],
            100 * complaints.mean(), 50 * complaints.mean(), "%", CARE,
        ),
        (
            ORDERS,
            _("Obtenir plus de commandes sans dépenser davantage sur les réseaux."),
            _CHANGE[ORDERS][0],
            orders, 1.5 * orders, _("pour 100 €"), MARKETING,
        ),
        (
            ATTENTION,
            _("Faire regarder plus longtemps ce que nos vidéos expliquent, à coût égal."),
            _CHANGE[ATTENTION][0],
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


def dashboard(seed: int = 0, difficulty: int = 1) -> IndicatorTree:
    """What the company follows today, and what it tells about its objectives.

    Parameters
    ----------
    seed : int, at least 0
        Decides which objective and which indicators have which flaw.
    difficulty : 1, 2 or 3
        Changes nothing here.

    Returns
    -------
    cinqcles.keys.purpose.IndicatorTree
        Its objectives are those of `objectives`. For every seed: nothing measures one of them,
        another is measured only by what the company does or puts out, the two others by what
        changes; two indicators serve none.

    Raises
    ------
    CinqclesError
        ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> sorted(problem.code for problem in dashboard(seed=1).problems())
    ['no_indicator', 'no_objective', 'no_objective', 'vanity']
    """
    # Here, so that reading data loads no pydantic.
    from cinqcles.keys.purpose import Indicator, IndicatorTree, Level  # noqa: PLC0415

    check(seed, difficulty)
    rng = generator(seed, "dashboard")
    unmeasured, flattering = rng.permutation(len(OBJECTIVES))[:2]
    idle = [_IDLE[place] for place in sorted(rng.permutation(len(_IDLE))[:2])]
    hours = _("Heures de travail")
    measures: dict[str, tuple[str, ...]] = dict.fromkeys(OBJECTIVES, ())
    fed, work, changes = [], [], []
    for place, name in enumerate(OBJECTIVES):
        if place == unmeasured:
            continue
        own, level = _OWN_WORK[name]
        fed.append(own)
        if place == flattering:
            measures[name] = (own,)
            work.append(Indicator(name=own, level=Level(level)))
            continue
        change, later = _CHANGE[name]
        measures[name] = (change,)
        work.append(Indicator(name=own, level=Level(level), feeds=(change,)))
        changes.append(Indicator(name=change, level=Level(later)))
    return IndicatorTree(
        objectives=measures,
        indicators=(
            Indicator(name=hours, level=Level.INPUT, feeds=tuple(fed)),
            *work,
            *changes,
            *(Indicator(name=name, level=Level(level)) for name, level in idle),
        ),
    )
