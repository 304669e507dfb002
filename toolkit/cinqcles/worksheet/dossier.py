"""Two strategies for « Maison Liseron »: one that holds together, one that only looks full.

Both are written from the company's own tables for a seed, so they change with it and stay true to
what the lessons show. The first is the worked example one may start a dossier from; the second
repeats the five mistakes of the course, one a key, and ``Strategy.review`` says so.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from cinqcles.data import company
from cinqcles.keys import placement
from cinqcles.keys.purpose import Indicator, Level
from cinqcles.messages import _
from cinqcles.strategy import Audience, Channel, Measurement, ObjectiveDraft, Strategy, Tool

FIRST_DAY = date(2026, 1, 5)
"""The day the company writes its plan, unless told otherwise."""

_MOST_TOOLS = 2


def example(seed: int = 0, day: date = FIRST_DAY) -> Strategy:
    """A strategy for « Maison Liseron » with nothing left to mend.

    Its objectives are the company's own, everybody may hand to anybody, its tools are those that
    serve the most objectives, and its weekly budget is split as ``placement.allocate`` does.

    Parameters
    ----------
    seed : int, at least 0
    day : date, the day it is written; its objectives run for a year from then

    Raises
    ------
    CinqclesError
        If ``seed`` is out of bounds.

    Examples
    --------
    >>> from datetime import date
    >>> example(seed=1).review(date(2026, 1, 10))
    ()
    """
    objectives = company.objectives(seed)
    answers, complaints, orders, watched = objectives
    table = company.shared_triage(seed)
    best = _best_split(seed)
    customers = _("Clientes et clients")
    future = _("Futurs clients")
    return Strategy(
        company=company.NAME,
        objectives=tuple(
            ObjectiveDraft(**dict(each) | {"start": day, "deadline": _a_year_after(day)})
            for each in objectives
        ),
        indicators=(
            Indicator(
                name=_("Messages triés dans la journée"),
                level=Level.ACTIVITY,
                feeds=(answers.indicator, complaints.indicator),
            ),
            Indicator(name=answers.indicator, level=Level.OUTCOME),
            Indicator(name=complaints.indicator, level=Level.OUTCOME),
            Indicator(name=watched.indicator, level=Level.OUT_TAKE, feeds=(orders.indicator,)),
            Indicator(name=orders.indicator, level=Level.IMPACT),
        ),
        teams=table.teams,
        routes=table.routes,
        tools=_useful_tools(seed),
        audiences=(
            Audience(
                name=customers,
                description=_(
                    "Ils ont déjà commandé, et nous écrivent sur tous nos canaux : livraison, "
                    "compte, conseil, réclamation."
                ),
            ),
            Audience(
                name=future,
                description=_(
                    "Des adultes qui cherchent un savon artisanal et ne nous connaissent pas "
                    "encore."
                ),
            ),
        ),
        channels=tuple(
            _channel(name, team, best, (customers, future), (answers.name, orders.name))
            for name, team in table.receives.items()
        ),
        budget_eur=company.weekly_budget(seed),
        measurements=tuple(
            Measurement(
                indicator=each.indicator, source=source, frequency=frequency, owner=each.owner
            )
            for each, source, frequency in zip(
                objectives,
                (
                    _("Export de la boîte de réception : heures d’arrivée et de réponse"),
                    _("Export de la boîte de réception : sujet de chaque message"),
                    _("Outil de vente en ligne : commandes par canal, et dépenses"),
                    _("Export de YouTube Studio : temps regardé ; coût de chaque vidéo"),
                ),
                (
                    _("chaque lundi"),
                    _("le 1er du mois"),
                    _("chaque lundi"),
                    _("le 1er du mois"),
                ),
                strict=True,
            )
        ),
    )


def tempting(seed: int = 0, day: date = FIRST_DAY) -> Strategy:
    """A plan without an empty line, and with a mistake for each key.

    Objectives measured by what is seen first, one of them by an indicator that nobody follows; the
    company's silos as they are; the most fashionable tool; the budget split equally; everybody as
    an audience.

    Parameters
    ----------
    seed : int, at least 0
    day : date, the day it is written; its objectives run for a year from then

    Raises
    ------
    CinqclesError
        If ``seed`` is out of bounds.

    Examples
    --------
    >>> from datetime import date
    >>> sorted({found.key for found in tempting(seed=1).review(date(2026, 1, 10))})
    [1, 2, 3, 4, 5]
    """
    table = company.routes(seed)
    frame = company.channels(seed)
    budget = company.weekly_budget(seed)
    share = int(budget / len(frame))  # to the euro, so that the sum stays within the budget
    seen, liked, known = _("Abonnés"), _("Mentions J’aime"), _("Notoriété")
    followers, likes = int(frame["followers"].sum()), int(company.posts(seed)["likes"].sum())
    objectives = (
        _tempting(
            _("Présence"),
            _("Être présents sur tous les réseaux qui comptent."),
            (seen, followers, 2 * followers, _("abonnés")),
            day,
        ),
        _tempting(
            _("Engagement"),
            _("Faire aimer nos publications."),
            (liked, likes, 2 * likes, _("mentions J’aime")),
            day,
        ),
        _tempting(
            _("Image"),
            _("Donner une image moderne de la maison."),
            (known, 0, 100, "%"),
            day,
        ),
    )
    everybody = _("Tout le monde")
    return Strategy(
        company=company.NAME,
        author=_("Communication"),
        objectives=objectives,
        indicators=(
            Indicator(name=seen, level=Level.OUTPUT),
            Indicator(name=liked, level=Level.OUTPUT),
        ),
        teams=table.teams,
        routes=table.routes,
        tools=(
            Tool(
                name=company.tools(seed).fashionable,
                reason=_("Tout le monde en parle, et nos concurrents s’y mettent."),
            ),
        ),
        audiences=(Audience(name=everybody, description=_("Toutes les personnes connectées.")),),
        channels=tuple(
            Channel(
                name=str(name),
                audiences=(everybody,),
                objectives=tuple(each.name for each in objectives),
                opened_by=table.receives[str(name)] or "",
                spend_eur=share,
                minimum_viable_eur=float(minimum),
                reason=_("Il faut y être."),
            )
            for name, minimum in frame["minimum_spend_eur"].items()
        ),
        budget_eur=budget,
        measurements=tuple(
            Measurement(
                indicator=name,
                source=_("Tableau de bord de la plateforme"),
                frequency=_("chaque jour"),
                owner=_("Communication"),
            )
            for name in (seen, liked)
        ),
    )


def _tempting(
    name: str, statement: str, measure: tuple[str, float, float, str], day: date
) -> ObjectiveDraft:
    indicator, baseline, target, unit = measure
    return ObjectiveDraft(
        name=name,
        statement=statement,
        indicator=indicator,
        baseline=baseline,
        target=target,
        unit=unit,
        start=day,
        deadline=_a_year_after(day),
        owner=_("Communication"),
    )


def _a_year_after(day: date) -> date:
    return (pd.Timestamp(day) + pd.DateOffset(years=1)).date()


def _best_split(seed: int) -> pd.DataFrame:
    frame = company.channels(seed)
    channels = placement.channels_of(frame, company.response_truth(seed).curves)
    table = placement.allocate(channels, company.weekly_budget(seed)).table
    return table.assign(minimum_spend_eur=frame["minimum_spend_eur"])


def _channel(
    name: str,
    team: str | None,
    best: pd.DataFrame,
    audiences: tuple[str, str],
    objectives: tuple[str, str],
) -> Channel:
    (customers, future), (answers, orders) = audiences, objectives
    # Rounded down: the sum must stay within the budget.
    spend = int(best["spend_eur"].get(name, 0.0))
    if not spend:
        return Channel(
            name=name,
            audiences=(customers,),
            objectives=(answers,),
            opened_by=team or "",
            spend_eur=0,
            reason=_("Nos clients nous y écrivent : nous y répondons, sans y dépenser."),
        )
    return Channel(
        name=name,
        audiences=(customers, future),
        objectives=(answers, orders),
        opened_by=team or "",
        spend_eur=spend + float(best["fixed_cost_eur"][name]),
        minimum_viable_eur=float(best["minimum_spend_eur"][name]),
        reason=_(
            "C’est ici que chaque euro rapporte le plus de commandes, d’après l’historique de nos "
            "dépenses."
        ),
    )


def _useful_tools(seed: int) -> tuple[Tool, ...]:
    serves = company.tools(seed).serves
    kept = serves.sum(axis="columns").nlargest(_MOST_TOOLS).index
    return tuple(
        Tool(
            name=name,
            objectives=tuple(serves.columns[serves.loc[name]]),
            reason=_("De nos candidats, l’un des deux qui servent le plus de nos objectifs."),
        )
        for name in kept
    )
