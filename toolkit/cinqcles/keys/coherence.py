"""Key 2, coherence: who answers what, how many people it takes, and what silos cost.

Idea
----
The audience pours every subject into every channel, like water. Whether it is answered depends on
the organisation behind the channels. The module looks at it in three steps, each answering the
flaw of the one before.

1. **On paper.** A ``RoutingTable`` says, subject by subject, which team is accountable and which
   are responsible (RACI), and which team opens each channel. ``problems`` lists what is missing;
   ``hand_offs`` counts how often a message changes hands. *Flaw*: a perfect table says nothing of
   the number of people.
2. **With a formula.** ``erlang_c`` gives the waiting time of one queue served by n agents, and
   ``agents_needed`` the n that keeps a promise. *Flaw*: one subject, one queue, always open, and
   customers who wait for ever.
3. **By simulation.** ``simulate`` plays an inbox message by message through opening hours, skills,
   hand-offs and customers who give up, with teams in silos or sharing one queue;
   ``compare_organisations`` plays the *same* messages through both.

Reading the numbers
-------------------
A rate is per hour, a duration in seconds (``_s``), and both are in the name. A share goes from 0
to 1. A response time is given only for messages that were answered: always read it beside the
unanswered share, since the organisation that forgets the slow messages looks fast.

Example
-------
Two silos of 7 people wait longer than 14 people together, for the same work:

>>> silo = erlang_c(arrivals_per_hour=100, handling_time_s=180, agents=7)
>>> pool = erlang_c(arrivals_per_hour=200, handling_time_s=180, agents=14)
>>> f"{silo.mean_wait_s:.2f} s, {pool.mean_wait_s:.2f} s"
'29.17 s, 7.84 s'
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, count, islice
from numbers import Integral, Real
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from cinqcles.errors import MetricError
from cinqcles.keys.purpose import Form, Problem
from cinqcles.messages import _, ngettext, number

if TYPE_CHECKING:
    from simpy import Event

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

# What a method returns follows what it is given: a float or an array.
Like: TypeAlias = Any

# --------------------------------------------------------------------------- teams and routes


def _whole(value: object) -> object:
    # Only what is a whole number already: neither True nor "3" nor 3.5 is a headcount.
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    raise PydanticCustomError(
        "whole", _("Il faut un nombre entier (reçu : {value})."), {"value": repr(value)}
    )


def _headcount(value: object) -> object:
    if isinstance(value, Integral) and int(value) < 1:
        raise PydanticCustomError(
            "headcount",
            _("Une équipe compte au moins une personne (reçu : {value})."),
            {"value": repr(value)},
        )
    return _whole(value)


def _weekday(value: object) -> object:
    if isinstance(value, Integral) and not 0 <= int(value) <= _SUNDAY:
        raise PydanticCustomError(
            "weekday",
            _("Le jour va de 0 (lundi) à 6 (dimanche) (reçu : {value})."),
            {"value": repr(value)},
        )
    return _whole(value)


def _hour(value: object) -> object:
    if isinstance(value, Real) and not isinstance(value, bool) and 0 <= float(value) <= _DAY_H:
        return float(value)
    raise PydanticCustomError(
        "hour",
        _("Une heure va de 0 à 24, par exemple 9.5 pour 9 h 30 (reçu : {value})."),
        {"value": repr(value)},
    )


def _name(value: str) -> str:
    if 1 <= len(value) <= _LONGEST_NAME:
        return value
    raise PydanticCustomError(
        "name",
        _("Un nom compte de 1 à {most} caractères (reçu : {n})."),
        {"most": _LONGEST_NAME, "n": len(value)},
    )


_SUNDAY, _DAY_H = 6, 24

_LONGEST_NAME = 100
Name = Annotated[str, AfterValidator(_name)]


class _Model(Form):
    model_config = ConfigDict(strict=False)


class Opening(_Model):
    """A stretch of the week during which a team works, in local time.

    Parameters
    ----------
    weekday : int, 0 (Monday) to 6 (Sunday)
    opens_h, closes_h : float, hours of the day from 0 to 24; 9.5 is half past nine. A night is two
        stretches: until 24, then from 0 the next day

    Raises
    ------
    FormError
        (a MetricError, of ``cinqcles.keys.purpose``)
        If a value is out of range, or the team closes before it opens.

    Examples
    --------
    >>> Opening(weekday=0, opens_h=9, closes_h=12.5).closes_h
    12.5
    """

    weekday: Annotated[int, BeforeValidator(_weekday)] = Field(title=_("Jour"))
    opens_h: Annotated[float, BeforeValidator(_hour)] = Field(title=_("Ouverture"))
    closes_h: Annotated[float, BeforeValidator(_hour)] = Field(title=_("Fermeture"))

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> Opening:
        if self.closes_h <= self.opens_h:
            raise PydanticCustomError(
                "closes_first",
                _(
                    "La fermeture ({closes} h) doit venir après l’ouverture ({opens} h). Pour une "
                    "nuit, indiquez deux plages : jusqu’à 24 h, puis à partir de 0 h le lendemain."
                ),
                {"closes": number(self.closes_h), "opens": number(self.opens_h)},
            )
        return self


def weekly(
    opens_h: float, closes_h: float, weekdays: Iterable[int] = range(5)
) -> tuple[Opening, ...]:
    """The same hours on several days; add two results for a lunch break.

    Parameters
    ----------
    opens_h, closes_h : float, hours of the day from 0 to 24
    weekdays : days, 0 (Monday) to 6 (Sunday); Monday to Friday unless told otherwise

    Returns
    -------
    tuple of Opening

    Raises
    ------
    FormError
        (a MetricError, of ``cinqcles.keys.purpose``)
        If an hour or a day is out of range.

    Examples
    --------
    >>> len(weekly(9, 12) + weekly(14, 18))
    10
    """
    return tuple(Opening(weekday=day, opens_h=opens_h, closes_h=closes_h) for day in weekdays)


ALWAYS_OPEN = weekly(0, 24, range(7))
"""Night and day, all week: what Erlang C assumes."""


class Team(_Model):
    """A team: how many people, what they can treat, when they are there.

    Parameters
    ----------
    name : str, from 1 to 100 characters
    agents : int, at least 1, people answering at the same time when the team is open
    skills : subjects the team knows how to treat
    opening : when it works; Monday to Friday, 9 to 18, unless told otherwise. Overlaps count once

    Raises
    ------
    FormError
        (a MetricError, of ``cinqcles.keys.purpose``)
        If there is nobody in the team or a value does not fit.

    Examples
    --------
    >>> Team(name="SAV", agents=3, skills=("livraison", "panne")).agents
    3
    """

    name: Name = Field(title=_("Nom"))
    agents: Annotated[int, BeforeValidator(_headcount)] = Field(title=_("Effectif"))
    skills: tuple[Name, ...] = Field(default=(), title=_("Sujets qu’elle sait traiter"))
    opening: tuple[Opening, ...] = Field(default=weekly(9, 18), title=_("Horaires"))


class Route(_Model):
    """Which teams deal with one subject, and as what (RACI).

    A draft may be incomplete, with no accountable team or two: ``RoutingTable.problems`` says so.

    Parameters
    ----------
    subject : str, what a message is about
    accountable : the team that answers for the result; exactly one once the draft is finished
    responsible : the teams that write the reply, at least one, the preferred one first
    consulted : teams asked before replying
    informed : teams told afterwards

    Raises
    ------
    FormError
        (a MetricError, of ``cinqcles.keys.purpose``)
        If a value does not fit.

    Notes
    -----
    Responsible, Accountable, Consulted, Informed: a convention of project management with no
    single reference.

    Examples
    --------
    >>> Route(subject="livraison", accountable=("SAV",), responsible=("SAV", "Boutique")).consulted
    ()
    """

    subject: Name = Field(title=_("Sujet"))
    accountable: tuple[Name, ...] = Field(default=(), title=_("Équipe garante"))
    responsible: tuple[Name, ...] = Field(default=(), title=_("Équipes chargées de répondre"))
    consulted: tuple[Name, ...] = Field(default=(), title=_("Équipes consultées"))
    informed: tuple[Name, ...] = Field(default=(), title=_("Équipes informées"))


@dataclass(frozen=True)
class HandOffs:
    """How often messages change hands, on paper.

    ``steps`` is a DataFrame(float), a row a channel, a column a subject: 0 = the team that
    receives the message is responsible for it, 1 = one hand-off, NaN = the message never reaches a
    responsible team. ``sent`` and ``received`` are Series(int) by team, over all those
    channel × subject pairs: how many hand-offs leave it and reach it. Their sums are equal, and
    equal to the sum of ``steps``.
    """

    steps: pd.DataFrame
    sent: pd.Series
    received: pd.Series


class RoutingTable(_Model):
    """Who answers what: the teams, the subjects, and the door of each channel.

    Parameters
    ----------
    teams : the teams
    routes : a row a subject
    receives : channel → name of the team that opens its messages first, or None when nobody was
        named
    may_hand_to : team → teams it may pass a message on to (a team left out passes nothing on);
        None, unless told otherwise, when anyone may pass to anyone

    Raises
    ------
    FormError
        (a MetricError, of ``cinqcles.keys.purpose``)
        If a value does not fit. An unfinished or contradictory table is *not* an error: see
        ``problems``.

    Examples
    --------
    >>> table = RoutingTable(
    ...     teams=[Team(name="Com", agents=2, skills=["avis"]),
    ...            Team(name="SAV", agents=3, skills=["panne"])],
    ...     routes=[Route(subject="avis", accountable=["Com"], responsible=["Com"]),
    ...             Route(subject="panne", responsible=["SAV"])],
    ...     receives={"instagram": "Com"},
    ... )
    >>> [finding.code for finding in table.problems()]
    ['no_accountable']
    >>> table.hand_offs().steps.loc["instagram"].to_dict()
    {'avis': 0.0, 'panne': 1.0}
    """

    teams: tuple[Team, ...] = Field(default=(), title=_("Équipes"))
    routes: tuple[Route, ...] = Field(default=(), title=_("Sujets"))
    receives: dict[Name, Name | None] = Field(default={}, title=_("Qui ouvre chaque canal"))
    may_hand_to: dict[Name, tuple[Name, ...]] | None = Field(
        default=None, title=_("Qui peut passer à qui")
    )

    def problems(self) -> list[Problem]:
        """What stands between this table and an answer to every message.

        Returns
        -------
        list of Problem, teams first, then subjects, then channels; empty when there is nothing to
        mend. The codes: ``duplicate_team``, ``never_open``, ``idle_team`` (receives no channel, is
        nowhere in the routes and no team may hand to it by name), ``duplicate_subject``,
        ``duplicate_role`` (a team twice in one role), ``unknown_team``, ``no_accountable``,
        ``several_accountable``, ``no_responsible``, ``responsible_without_skill``, ``unreachable``
        (no path of hand-offs from a channel's team to a responsible one), ``no_channel``,
        ``channel_without_team``.
        """
        return [
            *self._team_problems(),
            *self._subject_problems(),
            *self._channel_problems(),
        ]

    def hand_offs(self) -> HandOffs:
        """Hand-offs on the shortest path from each channel to each subject's responsible team.

        Among responsible teams as near as each other, the one named first in the route.
        Skills and opening hours are not looked at: see ``simulate``.

        Returns
        -------
        HandOffs

        Examples
        --------
        >>> RoutingTable().hand_offs().steps.empty
        True
        """
        known = list(dict.fromkeys(team.name for team in self.teams))
        subjects = list(dict.fromkeys(route.subject for route in self.routes))
        sent, received = Counter[str](), Counter[str]()
        rows = []
        for receiver in self.receives.values():
            row = []
            for subject in subjects:
                path = self._path(receiver, self._responsible(subject))
                row.append(math.nan if path is None else len(path) - 1.0)
                sent.update((path or ())[:-1])
                received.update((path or ())[1:])
            rows.append(row)
        return HandOffs(
            pd.DataFrame(
                rows,
                index=pd.Index(list(self.receives), name="channel", dtype="str"),
                columns=pd.Index(subjects, name="subject", dtype="str"),
                dtype=float,
            ),
            *(
                pd.Series(
                    [count[name] for name in known],
                    index=pd.Index(known, name="team", dtype="str"),
                    name=title,
                    dtype=int,
                )
                for title, count in (("sent", sent), ("received", received))
            ),
        )

    def _responsible(self, subject: str) -> list[str]:
        return [name for route in self.routes if route.subject == subject
                for name in route.responsible]  # fmt: skip

    def reinforced(
        self,
        more: Mapping[str, int] | None = None,
        closes_h: float | None = None,
        weekdays: Iterable[int] = range(5),
    ) -> RoutingTable:
        """The same table with more people, or longer hours.

        Parameters
        ----------
        more : team → how many more people, 0 or more; nobody, unless told otherwise
        closes_h : hour, from 0 to 24, until which all teams also work on ``weekdays``, each from
            the earliest hour at which it opens in the week. The hours they have are kept; none is
            added unless told otherwise. A team that never opens, or opens later than that,
            stays as it is
        weekdays : days, 0 (Monday) to 6 (Sunday)

        Returns
        -------
        RoutingTable

        Raises
        ------
        MetricError
            If a team is not in the table, or a number does not fit.

        Examples
        --------
        >>> table = RoutingTable(teams=[Team(name="SAV", agents=2, opening=weekly(9, 17))])
        >>> table.reinforced({"SAV": 1}, closes_h=20).teams[0].agents
        3
        >>> table.reinforced(closes_h=20, weekdays=[5]).teams[0].opening[-1]
        Opening(weekday=5, opens_h=9.0, closes_h=20.0)
        """
        more = dict(more or {})
        known = [team.name for team in self.teams]
        for name, n in more.items():
            if name not in known:
                raise MetricError(
                    _("Équipe inconnue : {team}. Équipes décrites : {teams}.").format(
                        team=name, teams=_list(known) or _("aucune")
                    )
                )
            if not isinstance(n, Integral) or isinstance(n, bool) or n < 0:
                raise MetricError(
                    _(
                        "Un renfort est un nombre entier de personnes, 0 ou plus (reçu : {n})."
                    ).format(n=_shown(n))
                )
        days = list(weekdays)
        teams = []
        for team in self.teams:
            opening = team.opening
            opens_h = min((stretch.opens_h for stretch in opening), default=_DAY_H)
            if closes_h is not None and opens_h < closes_h:
                opening += weekly(opens_h, closes_h, days)
            agents = team.agents + more.get(team.name, 0)
            teams.append(Team(**{**dict(team), "agents": agents, "opening": opening}))
        return RoutingTable(**{**dict(self), "teams": tuple(teams)})

    def _path(self, start: str | None, goals: Sequence[str]) -> list[str] | None:
        """The teams a message goes through, both ends included; None if it never arrives."""
        known = dict.fromkeys(team.name for team in self.teams)
        if start is None or start not in known:
            return None
        came_from: dict[str, str | None] = {start: None}
        rank = {start: 0}
        waiting = deque([start])
        while waiting:
            here = waiting.popleft()
            onward = known if self.may_hand_to is None else self.may_hand_to.get(here, ())
            for name in onward:
                if name in known and name not in came_from:
                    came_from[name], rank[name] = here, rank[here] + 1
                    waiting.append(name)
        reached = [name for name in goals if name in came_from]
        if not reached:
            return None
        step: str | None = min(reached, key=rank.__getitem__)
        path = []
        while step is not None:
            path.append(step)
            step = came_from[step]
        return path[::-1]

    def _team_problems(self) -> Iterable[Problem]:
        named = {name for route in self.routes for _role, names in _roles(route) for name in names}
        named.update(name for name in self.receives.values() if name is not None)
        for names in (self.may_hand_to or {}).values():
            named.update(names)
        times = Counter(team.name for team in self.teams)
        for name, n in times.items():
            if n > 1:
                yield Problem(
                    "duplicate_team",
                    name,
                    _("L’équipe « {team} » est décrite {n} fois.").format(team=name, n=n),
                    _("Gardez une seule description, ou donnez des noms différents."),
                )
            if not any(team.opening for team in self.teams if team.name == name):
                yield Problem(
                    "never_open",
                    name,
                    _("L’équipe « {team} » n’ouvre jamais : elle ne répondra à personne.").format(
                        team=name
                    ),
                    _("Indiquez ses jours et ses heures d’ouverture."),
                )
            if name not in named:
                yield Problem(
                    "idle_team",
                    name,
                    _(
                        "L’équipe « {team} » n’a rien à faire : elle n’ouvre aucun canal et n’a de "
                        "rôle dans aucun sujet."
                    ).format(team=name),
                    _("Confiez-lui un canal ou un sujet, ou retirez-la du tableau."),
                )
        for giver, names in (self.may_hand_to or {}).items():
            for name in dict.fromkeys((giver, *names)):
                if name not in times:
                    yield self._unknown(
                        giver,
                        _(
                            "Les transmissions permises à « {giver} » citent l’équipe "
                            "« {team} », qui n’est pas décrite."
                        ).format(giver=giver, team=name),
                    )

    def _subject_problems(self) -> Iterable[Problem]:
        times = Counter(route.subject for route in self.routes)
        for subject, n in times.items():
            if n > 1:
                yield Problem(
                    "duplicate_subject",
                    subject,
                    _("Le sujet « {subject} » figure sur {n} lignes.").format(subject=subject, n=n),
                    _("Réunissez-les en une seule ligne."),
                )
        for route in self.routes:
            yield from self._route_problems(route)

    def _route_problems(self, route: Route) -> Iterable[Problem]:
        subject = route.subject
        teams = {team.name: team for team in self.teams}
        for role, names in _roles(route):
            for name, n in Counter(names).items():
                if name not in teams:
                    yield self._unknown(
                        subject,
                        _(
                            "Le sujet « {subject} » cite l’équipe « {team} » ({role}), qui n’est "
                            "pas décrite."
                        ).format(subject=subject, team=name, role=role),
                    )
                if n > 1:
                    yield Problem(
                        "duplicate_role",
                        subject,
                        _(
                            "Le sujet « {subject} » cite {n} fois l’équipe « {team} » dans le même "
                            "rôle ({role})."
                        ).format(subject=subject, n=n, team=name, role=role),
                        _("Ne la citez qu’une fois."),
                    )
        accountable = list(dict.fromkeys(route.accountable))
        if not accountable:
            yield Problem(
                "no_accountable",
                subject,
                _(
                    "Le sujet « {subject} » n’a pas d’équipe garante : si un message reste sans "
                    "réponse, personne n’en rend compte."
                ).format(subject=subject),
                _("Désignez une équipe garante, et une seule."),
            )
        elif len(accountable) > 1:
            yield Problem(
                "several_accountable",
                subject,
                _(
                    "Le sujet « {subject} » a {n} équipes garantes ({teams}) : chacune peut croire "
                    "que l’autre s’en occupe."
                ).format(subject=subject, n=len(accountable), teams=_list(accountable)),
                _("N’en gardez qu’une ; les autres peuvent être consultées ou informées."),
            )
        able = [team.name for team in self.teams if subject in team.skills]
        if not route.responsible:
            yield Problem(
                "no_responsible",
                subject,
                _("Le sujet « {subject} » n’a pas d’équipe chargée de répondre.").format(
                    subject=subject
                ),
                _("Désignez au moins une équipe qui sait le traiter ({teams}).").format(
                    teams=_list(able) or _("aucune pour l’instant : il faut en former une")
                ),
            )
        for name in dict.fromkeys(route.responsible):
            if name in teams and name not in able:
                yield Problem(
                    "responsible_without_skill",
                    subject,
                    _(
                        "L’équipe « {team} » est chargée de répondre sur « {subject} », qu’elle ne "
                        "sait pas traiter."
                    ).format(team=name, subject=subject),
                    _(
                        "Formez-la et ajoutez ce sujet à ses compétences, ou chargez de répondre "
                        "une équipe qui sait le traiter ({teams})."
                    ).format(teams=_list(able) or _("aucune pour l’instant")),
                )
        if any(name in teams for name in route.responsible):
            lost = [
                channel
                for channel, receiver in self.receives.items()
                if receiver in teams and self._path(receiver, route.responsible) is None
            ]
            if lost:
                yield Problem(
                    "unreachable",
                    subject,
                    ngettext(
                        "Un message « {subject} » reçu par ce canal n’arrive jamais à une équipe "
                        "chargée de répondre : {channels}.",
                        "Un message « {subject} » reçu par ces canaux n’arrive jamais à une équipe "
                        "chargée de répondre : {channels}.",
                        len(lost),
                    ).format(subject=subject, channels=_list(lost)),
                    _(
                        "Permettez à l’équipe qui le reçoit de le transmettre, ou chargez-la de "
                        "répondre."
                    ),
                )

    def _channel_problems(self) -> Iterable[Problem]:
        if not self.receives:
            yield Problem(
                "no_channel",
                "",
                _("Aucun canal n’est décrit : personne n’ouvre les messages."),
                _("Dites, canal par canal, quelle équipe ouvre les messages en premier."),
            )
        known = {team.name for team in self.teams}
        for channel, receiver in self.receives.items():
            if receiver is None:
                yield Problem(
                    "channel_without_team",
                    channel,
                    _("Personne n’ouvre les messages de « {channel} ».").format(channel=channel),
                    _("Dites quelle équipe les ouvre en premier."),
                )
            elif receiver not in known:
                yield self._unknown(
                    channel,
                    _(
                        "Le canal « {channel} » arrive à l’équipe « {team} », qui n’est pas "
                        "décrite."
                    ).format(channel=channel, team=receiver),
                )

    def _unknown(self, about: str, what: str) -> Problem:
        return Problem(
            "unknown_team",
            about,
            what,
            _("Corrigez ce nom (équipes décrites : {teams}), ou décrivez l’équipe.").format(
                teams=_list(dict.fromkeys(team.name for team in self.teams)) or _("aucune")
            ),
        )


def _roles(route: Route) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (
        (_("garante"), route.accountable),
        (_("chargée de répondre"), route.responsible),
        (_("consultée"), route.consulted),
        (_("informée"), route.informed),
    )


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


# --------------------------------------------------------------------------- a record


def team_delays(
    record: pd.DataFrame, receives: Mapping[str, str | None], limit_s: float
) -> pd.DataFrame:
    """The delay that each team sees from its desk, beside what its channels' customers live.

    A team that measures itself counts the messages that it opens *and* is in charge of. Those it
    passes on, and those that are nobody's, are in nobody's figures: they are in its customers'.

    Parameters
    ----------
    record : DataFrame with ``received_at`` and ``answered_at`` (datetime64; missing = never
        answered), ``channel`` and ``owner`` (the team in charge; missing = nobody)
    receives : channel → team that opens its messages first, or None
    limit_s : float, 0 or more, seconds: the answer time that was promised

    Returns
    -------
    DataFrame, a row a team that opens a channel. Messages it opens and owns: ``own`` (count),
    ``own_p50_s`` (median of the answered ones), ``own_within`` (share of them all answered within
    the limit). All messages of its channels: ``opened`` (count), ``opened_within``,
    ``opened_unanswered`` (shares). NaN where there is no message.

    Raises
    ------
    MetricError
        If a column is missing, the limit does not fit, or no team opens any of these messages.

    Examples
    --------
    >>> record = pd.DataFrame({
    ...     "received_at": pd.to_datetime(["2025-01-06 10:00", "2025-01-06 11:00"]),
    ...     "answered_at": pd.to_datetime(["2025-01-06 10:30", None]),
    ...     "channel": "instagram", "owner": ["Com", None],
    ... })
    >>> team_delays(record, {"instagram": "Com"}, 3600)[["own_within", "opened_within"]].values
    array([[1. , 0.5]])
    """
    _check_columns(record, ("received_at", "answered_at", "channel", "owner"))
    limit = _quantity(_("le délai"), limit_s, zero=True)
    opened_by = record["channel"].map(dict(receives))
    teams = list(dict.fromkeys(team for team in receives.values() if team))
    if not opened_by.isin(teams).any():
        raise MetricError(
            _("Aucun de ces messages n’arrive à une équipe. Vérifiez les noms des canaux.")
        )
    taken = (record["answered_at"] - record["received_at"]).dt.total_seconds()
    rows = []
    for team in teams:
        opened = taken[opened_by == team]
        own = taken[(opened_by == team) & (record["owner"] == team)]
        rows.append(
            {
                "own": len(own),
                "own_p50_s": own.median(),
                "own_within": (own <= limit).mean(),
                "opened": len(opened),
                "opened_within": (opened <= limit).mean(),
                "opened_unanswered": opened.isna().mean(),
            }
        )
    return pd.DataFrame(rows, index=pd.Index(teams, name="team", dtype="str"))


# --------------------------------------------------------------------------- Erlang C

_HOUR_S = 3600
_MOST_AGENTS = 100_000  # beyond, the recursion is slow and the number is a typing mistake


@dataclass(frozen=True, slots=True)
class ErlangC:
    """One queue, first come first served, in front of ``agents`` people: what ``erlang_c`` finds.

    Parameters
    ----------
    arrivals_per_hour, handling_time_s, agents : what was asked
    offered_load : float, in erlangs: people busy on average. Always below ``agents``
    waiting_probability : float, share of messages that wait at all; 0 = none, 1 = all
    mean_wait_s : float, seconds between arrival and the start of the handling, averaged over all
        messages, those that do not wait included (the "average speed of answer", ASA)
    occupancy : float, share of their time people are busy; 0 = idle, 1 = never free, out of reach
    """

    arrivals_per_hour: float
    handling_time_s: float
    agents: int
    offered_load: float
    waiting_probability: float
    mean_wait_s: float
    occupancy: float

    def service_level(self, within_s: npt.ArrayLike) -> Like:
        """Share of messages whose handling starts within a time.

        ``SL(t) = 1 - Pw * exp(-(n - A) t / AHT)``

        Parameters
        ----------
        within_s : float or array_like(float), seconds, 0 or more

        Returns
        -------
        float or array of the same shape: 0 = none in time, 1 = all. At 0 second, the share that
        does not wait.

        Raises
        ------
        MetricError
            If a time is negative or not a number.

        Examples
        --------
        >>> round(erlang_c(200, 180, agents=14).service_level(20), 5)
        0.88835
        """
        times = _array(_("le délai"), within_s)
        spare = (self.agents - self.offered_load) / self.handling_time_s
        level = 1 - self.waiting_probability * np.exp(-spare * times)
        return level if level.ndim else float(level)


def erlang_c(arrivals_per_hour: float, handling_time_s: float, agents: int) -> ErlangC:
    """Waiting in one queue served by several people (M/M/n).

    With A the offered load and B(n) Erlang's B formula,

    ``A = arrivals_per_hour * handling_time_s / 3600``,
    ``B(0) = 1, B(k) = A B(k-1) / (k + A B(k-1))``,
    ``Pw = n B(n) / (n - A (1 - B(n)))``, ``ASA = Pw * AHT / (n - A)``, ``occupancy = A / n``

    Parameters
    ----------
    arrivals_per_hour : float, 0 or more, messages per hour
    handling_time_s : float, more than 0, average seconds of work on a message (AHT)
    agents : int, from 1 to 100,000, people answering at the same time

    Returns
    -------
    ErlangC

    Raises
    ------
    MetricError
        If the queue would grow for ever (``A >= agents``), or a value does not fit.

    Notes
    -----
    It assumes messages that come at random at a steady rate, exponential handling times, people
    who all know everything and are always there, and customers who never give up. Social
    messages break the last three: see ``simulate``.

    The recursion on B keeps every number between 0 and 1, where the factorials of the textbook
    formula overflow from 171 people on. Checked against the example of CRAN's ``ErlangC`` package.

    Examples
    --------
    >>> queue = erlang_c(arrivals_per_hour=200, handling_time_s=180, agents=14)
    >>> round(queue.waiting_probability, 7), round(queue.mean_wait_s, 6)
    (0.1741319, 7.835937)
    """
    load = _offered_load(arrivals_per_hour, handling_time_s)
    if not isinstance(agents, Integral) or isinstance(agents, bool) or agents < 1:
        raise MetricError(
            _("Il faut un nombre entier de personnes, au moins 1 (reçu : {value}).").format(
                value=_shown(agents)
            )
        )
    n = int(agents)
    if n > _MOST_AGENTS:
        raise MetricError(_too_many())
    if load >= n:
        raise MetricError(
            ngettext(
                "La file s’allongerait sans fin : {rate} messages par heure à {time} s chacun "
                "occupent {load} personne à plein temps, et il y en a {n}. Comptez au moins "
                "{needed} personnes, ou réduisez le temps passé par message.",
                "La file s’allongerait sans fin : {rate} messages par heure à {time} s chacun "
                "occupent {load} personnes à plein temps, et il y en a {n}. Comptez au moins "
                "{needed} personnes, ou réduisez le temps passé par message.",
                load,
            ).format(
                rate=number(arrivals_per_hour),
                time=number(handling_time_s),
                load=number(load),
                n=n,
                needed=number(math.floor(load) + 1),
            )
        )
    blocking = next(islice(_erlang_b(load), n, None))
    waiting = n * blocking / (n - load * (1 - blocking))
    return ErlangC(
        arrivals_per_hour=float(arrivals_per_hour),
        handling_time_s=float(handling_time_s),
        agents=n,
        offered_load=load,
        waiting_probability=waiting,
        mean_wait_s=waiting * float(handling_time_s) / (n - load),
        occupancy=load / n,
    )


def agents_needed(
    arrivals_per_hour: float, handling_time_s: float, service_level: float, within_s: float
) -> int:
    """The fewest people who keep a promise such as "80 % within 20 s".

    The smallest n with ``erlang_c(…, n).service_level(within_s) >= service_level``.

    Parameters
    ----------
    arrivals_per_hour : float, 0 or more, messages per hour
    handling_time_s : float, more than 0, average seconds of work on a message
    service_level : float, from 0 to less than 1, share of messages to start in time; 0 asks only
        that the queue does not grow for ever
    within_s : float, 0 or more, seconds

    Returns
    -------
    int, at least 1.

    Raises
    ------
    MetricError
        If a value does not fit, or more than 100,000 people are needed.

    Notes
    -----
    Same assumptions as ``erlang_c``.

    Examples
    --------
    >>> agents_needed(arrivals_per_hour=200, handling_time_s=180, service_level=0.8, within_s=20)
    14
    """
    load = _offered_load(arrivals_per_hour, handling_time_s)
    target = _quantity(_("la part à traiter dans le délai"), service_level, zero=True)
    if target >= 1:
        raise MetricError(
            _(
                "La part à traiter dans le délai va de 0 à moins de 1 (reçu : {value}) : aucun "
                "effectif ne garantit 100 %. Pour 80 %, écrivez 0.8."
            ).format(value=number(target))
        )
    wait = _quantity(_("le délai"), within_s, zero=True)
    for n, blocking in enumerate(islice(_erlang_b(load), _MOST_AGENTS + 1)):
        if n > load:
            waiting = n * blocking / (n - load * (1 - blocking))
            if 1 - waiting * math.exp(-(n - load) * wait / float(handling_time_s)) >= target:
                return n
    raise MetricError(_too_many())


@dataclass(frozen=True, slots=True)
class Staffing:
    """A week of messages against the people who answer them: what ``staffing`` finds.

    Parameters
    ----------
    arrivals_per_hour : float, messages per hour of opening
    offered_load : float, in erlangs: people busy on average, if nobody did anything else
    people : int, those who are there
    capacity_per_week : float, messages that they answer in a week if they never stop
    in_time : float, share of messages started within the time promised; 0 = none, 1 = all; NaN
        when the queue grows for ever
    needed : int, the fewest people who keep the promise, sharing one queue
    needed_apart : int, the fewest in all, in two teams that each get half of the messages and never
        help each other
    """

    arrivals_per_hour: float
    offered_load: float
    people: int
    capacity_per_week: float
    in_time: float
    needed: int
    needed_apart: int


def staffing(
    messages_per_week: float,
    opening_h: float,
    handling_min: float,
    people: int,
    *,
    service_level: float = 0.8,
    within_min: float = 60,
) -> Staffing:
    """How many people a week of messages takes, by Erlang C.

    ``arrivals_per_hour = messages_per_week / opening_h``: messages are counted as if they all came
    during the opening hours, which is kind to the organisation. See ``erlang_c`` for the rest.

    Parameters
    ----------
    messages_per_week : float, 0 or more
    opening_h : float, more than 0, hours a week during which people answer
    handling_min : float, more than 0, average minutes of work on a message
    people : int, 1 or more, answering at the same time during those hours
    service_level : float, from 0 to less than 1, share of messages to start in time
    within_min : float, 0 or more, minutes of opening: the time promised

    Returns
    -------
    Staffing

    Raises
    ------
    MetricError
        If a value does not fit, or more than 100,000 people are needed.

    Examples
    --------
    >>> found = staffing(400, opening_h=40, handling_min=9, people=2, within_min=10)
    >>> found.offered_load, found.needed, found.needed_apart
    (1.5, 3, 4)
    """
    per_hour = _quantity(_("le nombre de messages par semaine"), messages_per_week, zero=True)
    per_hour /= _quantity(_("le nombre d’heures d’ouverture"), opening_h)
    handling_s = 60 * _quantity(_("le temps de traitement"), handling_min)
    within_s = 60 * _quantity(_("le délai"), within_min, zero=True)
    load = _offered_load(per_hour, handling_s)
    overloaded = isinstance(people, Integral) and 1 <= people <= load
    return Staffing(
        arrivals_per_hour=per_hour,
        offered_load=load,
        people=int(people),
        capacity_per_week=people * float(opening_h) * _HOUR_S / handling_s,
        in_time=math.nan
        if overloaded
        else erlang_c(per_hour, handling_s, people).service_level(within_s),
        needed=agents_needed(per_hour, handling_s, service_level, within_s),
        needed_apart=2 * agents_needed(per_hour / 2, handling_s, service_level, within_s),
    )


def messages_by_week(days: pd.Series, counts: pd.Series) -> pd.Series:
    """Messages received, week by week.

    Parameters
    ----------
    days : Series(datetime64), a day a row, in any order; may be missing
    counts : Series(float) with the same index: messages of the row; may be missing

    Returns
    -------
    Series(float) ``messages`` by ``week``, its Monday: from the first week with a count to the
    last one, 0 where no row falls in a week. Rows without a day or without a count are left aside.

    Raises
    ------
    MetricError
        If no row has both, or they do not go together.

    Examples
    --------
    >>> days = pd.Series(pd.to_datetime(["2025-01-07", "2025-01-20", "2025-01-08"]))
    >>> messages_by_week(days, pd.Series([3, 5, 1])).tolist()
    [4.0, 0.0, 5.0]
    """
    if len(days) != len(counts) or not days.index.equals(counts.index):
        raise MetricError(
            _("Il faut une date par nombre de messages (reçu : {days} et {counts}).").format(
                days=len(days), counts=len(counts)
            )
        )
    known = days.notna().to_numpy() & counts.notna().to_numpy()
    if not known.any():
        raise MetricError(_("Aucune ligne n’a à la fois une date et un nombre de messages."))
    day = pd.to_datetime(days[known]).dt.normalize()
    monday = day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    total = counts[known].astype(float).groupby(monday.to_numpy()).sum()
    if len(total) and (total.index[-1] - total.index[0]).days > _LONGEST_H / 24:
        raise MetricError(
            _("Ces dates vont du {first} au {last} : plus de dix ans. Vérifiez-les.").format(
                first=f"{total.index[0]:%d/%m/%Y}", last=f"{total.index[-1]:%d/%m/%Y}"
            )
        )
    weeks = pd.date_range(total.index[0], total.index[-1], freq="7D", name="week")
    return total.reindex(weeks, fill_value=0.0).rename("messages")


def _erlang_b(load: float) -> Iterator[float]:
    """B(0), B(1)…: the share of calls lost with that many people and no queue."""
    blocking = 1.0
    for k in count(1):
        yield blocking
        blocking = load * blocking / (k + load * blocking)


def _offered_load(arrivals_per_hour: float, handling_time_s: float) -> float:
    rate = _quantity(_("le nombre de messages par heure"), arrivals_per_hour, zero=True)
    return rate * _quantity(_("le temps de traitement"), handling_time_s) / _HOUR_S


def _too_many() -> str:
    return _(
        "Le calcul s’arrête à {most} personnes. Vérifiez les unités : les messages sont comptés "
        "par heure, et le temps de traitement est en secondes."
    ).format(most=number(_MOST_AGENTS))


# --------------------------------------------------------------------------- simulation

OUTCOMES = ("answered", "abandoned", "nobody", "pending")
"""What becomes of a message: answered; the customer gave up before anyone started; nobody can
treat it; still waiting or in hand when the simulation ends (censored: its end is not known)."""

Organisation: TypeAlias = Literal["silos", "pooled"]

_US = 1_000_000  # a second in ticks: whole microseconds add up without rounding
_HOUR_US = _HOUR_S * _US
_TICK = pd.Timedelta(microseconds=1)
_FOR_EVER = 2**60  # in ticks, 36,000 years, and still a 64-bit integer once added to a date
_MOST_MESSAGES = 5_000_000
_LONGEST_H = 10 * 366 * 24


@dataclass(frozen=True, slots=True)
class Duration:
    """A random duration: how long a message takes, or how long a customer waits.

    Parameters
    ----------
    mean_s : float, more than 0, seconds
    law : ``"exponential"`` (unless told otherwise: many short, a few very long) or ``"lognormal"``
    cv : float, 0 or more, coefficient of variation (standard deviation / mean), for the lognormal
        law: 0 = always the mean. 1 unless told otherwise, which is the exponential's own

    Raises
    ------
    MetricError
        If a value does not fit, or an exponential is given another ``cv`` than 1.

    Notes
    -----
    The exponential law is what Erlang C assumes. Measured handling times are usually less spread
    and skewed: a lognormal with the mean and the cv of your own data.

    Examples
    --------
    >>> Duration(300, "lognormal", cv=0.5).mean_s
    300
    """

    mean_s: float
    law: Literal["exponential", "lognormal"] = "exponential"
    cv: float = 1.0

    def __post_init__(self) -> None:
        _quantity(_("la durée moyenne"), self.mean_s)
        _quantity(_("le coefficient de variation"), self.cv, zero=True)
        if self.law not in ("exponential", "lognormal"):
            raise MetricError(
                _("Loi inconnue : {law}. Choisissez exponential ou lognormal.").format(
                    law=_shown(self.law)
                )
            )
        if self.law == "exponential" and self.cv != 1:
            raise MetricError(
                _(
                    "Le coefficient de variation d’une loi exponentielle est toujours 1 (reçu : "
                    '{cv}). Pour en choisir un autre, prenez law="lognormal".'
                ).format(cv=number(self.cv))
            )

    def _from(self, exponential: FloatArray, normal: FloatArray) -> FloatArray:
        """Durations from standard draws, so that each message keeps its own luck."""
        if self.law == "exponential":
            return self.mean_s * exponential
        variance = math.log1p(self.cv**2)
        return self.mean_s * np.exp(math.sqrt(variance) * normal - variance / 2)


def poisson_arrivals(
    per_hour: Mapping[tuple[str, str], float], start: pd.Timestamp, hours: float, seed: int = 0
) -> pd.DataFrame:
    """Messages that come at random, at a steady rate, day and night.

    Parameters
    ----------
    per_hour : (channel, subject) → messages per hour, 0 or more
    start : first instant, local time
    hours : float, more than 0, length of the stream
    seed : int; the same seed gives the same messages

    Returns
    -------
    DataFrame, a row a message, by time: ``received_at`` (datetime64), ``channel``, ``subject``.

    Raises
    ------
    MetricError
        If a value does not fit, or more than 5 million messages are expected.

    Examples
    --------
    >>> year = poisson_arrivals({("instagram", "avis"): 2}, pd.Timestamp("2025-01-06"), 24)
    >>> list(year.columns)
    ['received_at', 'channel', 'subject']
    """
    wrong = [pair for pair in per_hour if not _is_pair(pair)]
    if wrong:
        raise MetricError(
            _(
                'Chaque fréquence va avec un canal et un sujet, comme ("instagram", "avis") '
                "(reçu : {value})."
            ).format(value=repr(wrong[0]))
        )
    rates = np.array(
        [
            _quantity(_("le nombre de messages par heure"), rate, zero=True)
            for rate in per_hour.values()
        ]
    )
    expected = rates.sum() * _quantity(_("la durée, en heures,"), hours)
    _check_length(hours)
    if not 0 < expected <= _MOST_MESSAGES:
        raise MetricError(
            _(
                "Ces fréquences donneraient {n} messages en moyenne, et il en faut plus de 0 et au "
                "plus {most}. Vérifiez les fréquences, par heure, et la durée, en heures."
            ).format(n=number(expected), most=number(_MOST_MESSAGES))
        )
    rng = np.random.default_rng(seed)
    n = rng.poisson(expected)
    after = np.sort(rng.random(n)) * hours * _HOUR_US
    pairs = list(per_hour)
    drawn = rng.choice(len(pairs), size=n, p=rates / rates.sum())
    return pd.DataFrame(
        {
            "received_at": _timestamp(start) + pd.to_timedelta(after.astype(np.int64), unit="us"),
            "channel": pd.Series([channel for channel, _subject in pairs]).to_numpy()[drawn],
            "subject": pd.Series([subject for _channel, subject in pairs]).to_numpy()[drawn],
        }
    )


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple) and [type(name) for name in value] == [str, str]


def _check_length(hours: float) -> None:
    if hours > _LONGEST_H:
        raise MetricError(
            _(
                "La simulation couvrirait {n} jours, et s’arrête à {most}. Vérifiez les dates, et "
                "que la durée est en heures."
            ).format(n=number(hours / 24, 0), most=number(_LONGEST_H / 24))
        )


def draw_work(
    arrivals: pd.DataFrame,
    handling: Duration | Mapping[str, Duration],
    patience: Duration | Mapping[str, Duration] | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Give each message its handling time and its customer's patience, drawn once for all.

    Whatever organisation then plays these messages gets the same luck ("common random numbers"),
    so that the difference between two organisations is theirs.

    Parameters
    ----------
    arrivals : DataFrame with ``received_at`` (datetime64, local time), ``channel`` and
        ``subject``, in any order; other columns are left aside
    handling : how long an answer takes, for all subjects or by subject
    patience : how long after its arrival a message is still worth answering, night and weekend
        included, for all subjects or by subject; for ever unless told otherwise
    seed : int; the same seed gives the same draws. Changing the mean for one subject leaves the
        other subjects' draws as they were

    Returns
    -------
    DataFrame with the index of ``arrivals``: ``received_at, channel, subject, handling_s,
    patience_s`` (infinite when customers wait for ever).

    Raises
    ------
    MetricError
        If a column is missing or does not fit, or a subject has no duration.

    Examples
    --------
    >>> arrivals = poisson_arrivals({("instagram", "avis"): 2}, pd.Timestamp("2025-01-06"), 24)
    >>> work = draw_work(arrivals, handling=Duration(300))
    >>> bool((work["handling_s"] > 0).all()), float(work["patience_s"].min())
    (True, inf)
    """
    _check_arrivals(arrivals)
    work = arrivals[["received_at", "channel", "subject"]].copy()
    for column, law, rng in zip(
        ("handling_s", "patience_s"),
        (handling, patience),
        np.random.default_rng(seed).spawn(2),
        strict=True,
    ):
        work[column] = _draw(law, work["subject"], rng)
    return work


def _draw(
    law: Duration | Mapping[str, Duration] | None, subject: pd.Series, rng: np.random.Generator
) -> FloatArray:
    if law is None:
        return np.full(len(subject), math.inf)
    exponential = rng.standard_exponential(len(subject))
    normal = rng.standard_normal(len(subject))
    if isinstance(law, Duration):
        return law._from(exponential, normal)
    if not isinstance(law, Mapping) or not all(isinstance(d, Duration) for d in law.values()):
        raise MetricError(
            _(
                "Une durée s’écrit Duration(300) pour tous les sujets, ou un dictionnaire qui en "
                "donne une par sujet (reçu : {value})."
            ).format(value=repr(law))
        )
    codes, names = pd.factorize(subject)
    missing = [name for name in names if name not in law]
    if missing:
        raise MetricError(
            ngettext(
                "Il manque la durée de ce sujet : {subjects}. Ajoutez-la.",
                "Il manque la durée de ces sujets : {subjects}. Ajoutez-les.",
                len(missing),
            ).format(subjects=_list(missing))
        )
    drawn = np.empty(len(subject))
    for code, name in enumerate(names):
        rows = codes == code
        drawn[rows] = law[name]._from(exponential[rows], normal[rows])
    return drawn


@dataclass(frozen=True, eq=False, slots=True)
class Simulation:
    """What happened to every message, and to the teams, from ``start`` to ``end``.

    Parameters
    ----------
    organisation : ``"silos"`` or ``"pooled"``
    start, end : from the midnight before the first message to the end asked for
    messages : DataFrame with the index and the order of the work given: ``received_at``,
        ``channel``, ``subject``, ``team`` (who treats it, or else who held it last; missing when
        nobody did), ``started_at`` and ``answered_at`` (NaT when it did not happen),
        ``hand_offs`` (int) and ``outcome`` (one of ``OUTCOMES``)
    teams : DataFrame, a row a team: ``agents``; ``open_h``, hours open from ``start`` to ``end``;
        ``busy_h``, hours of work of all its people together; ``load = busy_h / (agents *
        open_h)``, from 0 = idle to 1 = never free, NaN if it never opened; ``answered``, a count
    flows : DataFrame(int), hand-offs made, from the team of the row to the team of the column
    """

    organisation: Organisation
    start: pd.Timestamp
    end: pd.Timestamp
    messages: pd.DataFrame
    teams: pd.DataFrame
    flows: pd.DataFrame

    @property
    def outcomes(self) -> pd.Series:
        """Share of all messages by outcome, in the order of ``OUTCOMES``; the sum is 1."""
        shares = self.messages["outcome"].value_counts(normalize=True)
        return shares.reindex(list(OUTCOMES), fill_value=0.0)

    @property
    def unanswered_share(self) -> float:
        """Share of all messages without an answer at the end: abandoned, nobody's, or pending."""
        return float((self.messages["outcome"] != "answered").mean())

    @property
    def response_times_s(self) -> pd.Series:
        """Seconds from arrival to answer, nights and weekends included: *answered messages only*.

        The messages that were never answered are not in it, so it looks better as more are
        forgotten: read it beside ``unanswered_share``.
        """
        return self._taken_s().dropna()

    def _taken_s(self) -> pd.Series:
        """Seconds from arrival to answer; NaN where there is none."""
        return (self.messages["answered_at"] - self.messages["received_at"]).dt.total_seconds()

    @property
    def p50_s(self) -> float:
        """Half of the *answered* messages had their answer within this time; NaN if none had."""
        return float(self.response_times_s.quantile(0.5))

    @property
    def p90_s(self) -> float:
        """Nine *answered* messages in ten had their answer within this time; NaN if none had."""
        return float(self.response_times_s.quantile(0.9))

    @property
    def presence_h_per_week(self) -> float:
        """Hours of presence a week, all people together: what the opening hours cost."""
        present_h = (self.teams["agents"] * self.teams["open_h"]).sum()
        return float(present_h / ((self.end - self.start) / pd.Timedelta(weeks=1)))

    def answered_within(self, limit_s: npt.ArrayLike) -> Like:
        """Share of messages answered at most ``limit_s`` after their arrival.

        Of the messages received at least ``limit_s`` before the end, the only ones whose fate is
        known; abandoned messages, nobody's and pending ones count as missed.

        Parameters
        ----------
        limit_s : float or array_like(float), seconds, 0 or more, nights and weekends included

        Returns
        -------
        float or array of the same shape: 0 = none in time, 1 = all; NaN if all messages came too
        late to tell.

        Raises
        ------
        MetricError
            If a limit is negative or not a number.
        """
        limits = _array(_("le délai"), limit_s)
        before_end = (self.end - self.messages["received_at"]).dt.total_seconds().to_numpy()
        # Where there is no answer the time is NaN, and comparing it gives False.
        taken = self._taken_s().to_numpy()
        shares = np.full(limits.size, math.nan)
        for i, limit in enumerate(limits.ravel()):
            known = before_end >= limit
            if known.any():
                shares[i] = (taken[known] <= limit).mean()
        return shares.reshape(limits.shape) if limits.ndim else float(shares[0])

    def journeys(self, receives: Mapping[str, str | None]) -> pd.DataFrame:
        """How many messages took each way, from the channel to whoever answered, or to nobody.

        Parameters
        ----------
        receives : channel → team that opens its messages first, as in ``RoutingTable``

        Returns
        -------
        DataFrame, a row a way that was taken, in the order of ``receives`` and of the teams:
        ``channel``; ``opened_by`` (missing where one shared queue, or nobody, opens the channel);
        ``outcome`` (one of ``OUTCOMES``); ``answered_by`` (missing unless answered); ``messages``,
        a count of 1 or more. Their sum is that of the messages played.

        Examples
        --------
        >>> team = Team(name="SAV", agents=1, skills=["panne"])
        >>> table = RoutingTable(teams=[team], routes=[Route(subject="panne", responsible=["SAV"])],
        ...                      receives={"instagram": "SAV"})
        >>> arrivals = poisson_arrivals({("instagram", "avis"): 1}, pd.Timestamp("2025-01-06"), 24)
        >>> played = simulate(table, draw_work(arrivals, Duration(60)), organisation="silos")
        >>> played.journeys(table.receives)["outcome"].tolist()
        ['nobody']
        """
        # In whole numbers, which NumPy counts in a fraction of the time pandas takes: a
        # simulator draws this at each move.
        channels = list(dict.fromkeys([*receives, *self.messages["channel"].unique()]))
        teams = list(self.teams.index)
        outcome = _places(self.messages["outcome"], OUTCOMES)
        team = _places(self.messages["team"], teams)
        team[outcome != OUTCOMES.index("answered")] = len(teams)
        ways = np.stack([_places(self.messages["channel"], channels), outcome, team])
        taken, counts = np.unique(ways, axis=1, return_counts=True)
        doors = {} if self.organisation == "pooled" else receives
        named: list[list[str | None]] = [
            [channels[c] for c in taken[0]],
            [doors.get(channels[c]) for c in taken[0]],
            [OUTCOMES[o] for o in taken[1]],
            [[*teams, None][t] for t in taken[2]],
        ]
        names = ("channel", "opened_by", "outcome", "answered_by")
        columns = {
            name: pd.array(values, dtype="str") for name, values in zip(names, named, strict=True)
        }
        return pd.DataFrame({**columns, "messages": counts})

    def summary(self, limit_s: float) -> pd.Series:
        """The figures to compare, one a row.

        Parameters
        ----------
        limit_s : float, 0 or more, seconds: the answer time that was promised

        Returns
        -------
        Series(float): ``p50_s``, ``p90_s`` (answered messages), ``answered_within`` (the limit),
        ``unanswered_share``, ``abandoned_share``, ``nobody_share``, ``pending_share`` (all
        messages), ``hand_offs_per_message``, ``highest_load`` (of a team).

        Raises
        ------
        MetricError
            If the limit is negative or not a number.
        """
        shares = self.outcomes
        p50_s, p90_s = self.response_times_s.quantile([0.5, 0.9])
        return pd.Series(
            {
                "p50_s": p50_s,
                "p90_s": p90_s,
                "answered_within": self.answered_within(limit_s),
                "unanswered_share": 1 - shares["answered"],
                "abandoned_share": shares["abandoned"],
                "nobody_share": shares["nobody"],
                "pending_share": shares["pending"],
                "hand_offs_per_message": float(self.messages["hand_offs"].mean()),
                "highest_load": float(self.teams["load"].max()),
            },
            name=self.organisation,
        )


def _places(names: pd.Series, known: Sequence[str]) -> IntArray:
    """The place of each name in a list, its length for one that is not there."""
    codes, found = pd.factorize(names)
    place = {name: i for i, name in enumerate(known)}
    places = [place.get(name, len(known)) for name in found]
    return np.array([*places, len(known)])[codes]


@dataclass(frozen=True, eq=False, slots=True)
class OrganisationComparison:
    """The same messages through both organisations: ``silos`` and ``pooled``."""

    silos: Simulation
    pooled: Simulation

    def summary(self, limit_s: float) -> pd.DataFrame:
        """``Simulation.summary`` of each, side by side.

        Parameters
        ----------
        limit_s : float, 0 or more, seconds

        Returns
        -------
        DataFrame(float) with columns ``silos``, ``pooled`` and ``difference``, pooled - silos: what
        sharing one queue changes, all else being equal.

        Raises
        ------
        MetricError
            If the limit is negative or not a number.
        """
        both = pd.concat([self.silos.summary(limit_s), self.pooled.summary(limit_s)], axis=1)
        return both.assign(difference=both["pooled"] - both["silos"])


def compare_organisations(
    table: RoutingTable,
    work: pd.DataFrame,
    hand_off_delay_s: float = 0.0,
    until: pd.Timestamp | None = None,
) -> OrganisationComparison:
    """Play the same messages through silos and through one shared queue.

    Parameters
    ----------
    table, work, hand_off_delay_s, until : see ``simulate``

    Returns
    -------
    OrganisationComparison

    Raises
    ------
    MetricError
        As ``simulate``.

    Examples
    --------
    >>> table = RoutingTable(
    ...     teams=[Team(name="Com", agents=1, skills=["avis", "panne"]),
    ...            Team(name="SAV", agents=1, skills=["avis", "panne"])],
    ...     routes=[Route(subject="avis", accountable=["Com"], responsible=["Com"]),
    ...             Route(subject="panne", accountable=["SAV"], responsible=["SAV"])],
    ...     receives={"instagram": "Com"},
    ... )
    >>> rates = {("instagram", "avis"): 1, ("instagram", "panne"): 1}
    >>> arrivals = poisson_arrivals(rates, pd.Timestamp("2025-01-06"), hours=168)
    >>> both = compare_organisations(table, draw_work(arrivals, Duration(600)), 3600)
    >>> bool(both.pooled.p90_s < both.silos.p90_s)
    True
    """
    return OrganisationComparison(
        *(
            simulate(
                table,
                work,
                organisation=organisation,
                hand_off_delay_s=hand_off_delay_s,
                until=until,
            )
            for organisation in get_args(Organisation)
        )
    )


def simulate(
    table: RoutingTable,
    work: pd.DataFrame,
    *,
    organisation: Organisation,
    hand_off_delay_s: float = 0.0,
    until: pd.Timestamp | None = None,
) -> Simulation:
    """Play an inbox, message by message, through an organisation.

    In **silos**, a channel's messages go to the team the table names. A team treats a subject that
    it is responsible for and has the skill for. Anything else it passes on, along the shortest
    path, towards such a team (the nearest; the first named in the route among equals); if there is
    none, the message stays with nobody. Each team has its own queue, in the order in which
    messages reach it.

    **Pooled**, all channels share one queue, whatever the routes say: any free person of an open
    team with the skill takes the oldest message. When several teams could take a new message, the
    one with most free people does; the first of the table among equals, and among teams that open
    at the same instant.

    In both, people work only while their team is open: a message not finished at closing time is
    put aside and finished, first thing, by the same person. A customer whose patience ends before
    anyone starts is lost, and nobody spends time on that message; once started, it is answered.

    Parameters
    ----------
    table : its problems are played as they are: nobody in charge, nobody answers
    work : DataFrame made by ``draw_work`` (or by hand): ``received_at`` (datetime64, local time),
        ``channel``, ``subject``, ``handling_s`` and ``patience_s`` (seconds, 0 or more; the
        patience may be infinite). A channel or a subject that the table does not know is nobody's
    organisation : ``"silos"`` or ``"pooled"``
    hand_off_delay_s : float, seconds of the giving team's *opening hours* between the arrival of a
        message and its arrival at the next team; it is a delay, not work. 0 unless told otherwise:
        passed on at once, or when the team opens
    until : end of the simulation, after the last message; the midnight after the last message
        unless told otherwise. What is not finished then is ``"pending"``

    Returns
    -------
    Simulation

    Raises
    ------
    MetricError
        If a column is missing or does not fit, a team or a subject is described twice, or the end
        comes too early.

    Notes
    -----
    Discrete-event simulation with simpy. Nothing is drawn here: the same work gives the same
    result. The inbox starts empty.

    Examples
    --------
    >>> table = RoutingTable(
    ...     teams=[Team(name="SAV", agents=1, skills=["panne"])],
    ...     routes=[Route(subject="panne", accountable=["SAV"], responsible=["SAV"])],
    ...     receives={"instagram": "SAV"},
    ... )
    >>> work = pd.DataFrame({
    ...     "received_at": pd.to_datetime(["2025-01-06 08:00", "2025-01-06 10:00"]),
    ...     "channel": "instagram", "subject": ["panne", "avis"],
    ...     "handling_s": 600.0, "patience_s": float("inf"),
    ... })
    >>> played = simulate(table, work, organisation="silos")
    >>> played.messages["answered_at"].iloc[0], list(played.messages["outcome"])
    (Timestamp('2025-01-06 09:10:00'), ['answered', 'nobody'])
    """
    _check_arrivals(work)
    _check_table(table)
    if organisation not in get_args(Organisation):
        raise MetricError(
            _("Organisation inconnue : {value}. Choisissez silos ou pooled.").format(
                value=_shown(organisation)
            )
        )
    handling = _durations(work, "handling_s", finite=True)
    patience = _durations(work, "patience_s", finite=False)
    received_at = work["received_at"].astype("datetime64[us]")
    start = received_at.min().normalize()
    last = received_at.max()
    end = last.normalize() + pd.Timedelta(days=1) if until is None else _timestamp(until)
    if end <= last:
        raise MetricError(
            _(
                "La simulation s’arrête le {end}, avant ou avec le dernier message ({last}). "
                "Choisissez une fin plus tardive, ou retirez ces messages."
            ).format(end=end, last=last)
        )
    _check_length((end - start) / pd.Timedelta(hours=1))
    delay = round(_quantity(_("le délai de transmission"), hand_off_delay_s, zero=True) * _US)
    channel, channels = pd.factorize(work["channel"])
    subject, subjects = pd.factorize(work["subject"])
    plan = (_silos if organisation == "silos" else _pooled)(table, list(channels), list(subjects))

    # Messages are numbered by age: the oldest of several is the smallest number.
    order = np.argsort(received_at.to_numpy(), kind="stable")
    monday = start - pd.Timedelta(days=start.weekday())
    received = ((received_at - monday) // _TICK).to_numpy()[order]
    opens, closes = (start - monday) // _TICK, (end - monday) // _TICK
    door = plan.door[channel, subject][order]
    nobody = plan.onward[door, subject[order]] < 0
    gives_up = received + patience[order]
    office = _Office(
        plan=plan,
        calendars=[_Calendar(team.opening, opens, closes) for team in table.teams],
        agents=[team.agents for team in table.teams],
        received=received.tolist(),
        station=door.tolist(),
        subject=subject[order].tolist(),
        handling=handling[order].tolist(),
        gives_up=gives_up.tolist(),
        delay=delay,
    )
    office.play(np.flatnonzero(~nobody).tolist())

    started, answered, team = map(np.array, (office.started, office.answered, office.team))
    names = [team.name for team in table.teams]
    held_by = np.where(started >= 0, team, plan.team_of[np.array(office.station)])
    messages = pd.DataFrame(
        {
            "received_at": received_at.to_numpy()[order],
            "channel": work["channel"].to_numpy()[order],
            "subject": work["subject"].to_numpy()[order],
            "team": pd.array([*names, None], dtype="str")[held_by],
            "started_at": _dates(monday, started),
            "answered_at": _dates(monday, answered),
            "hand_offs": office.hand_offs,
            "outcome": np.select(
                [nobody, answered >= 0, (started < 0) & (gives_up < closes)],
                ["nobody", "answered", "abandoned"],
                "pending",
            ),
        },
        index=work.index[order],
    )
    flows = pd.DataFrame(
        [
            [office.flows[giver, taker] for taker in range(len(names))]
            for giver in range(len(names))
        ],
        index=pd.Index(names, name="from"),
        columns=pd.Index(names, name="to"),
        dtype=int,
    )
    return Simulation(
        organisation=organisation,
        start=start,
        end=end,
        messages=messages.iloc[np.argsort(order)],
        teams=office.workload(names, closes),
        flows=flows,
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Plan:
    """How an organisation moves messages between its *stations*, the places where they queue.

    ``door[channel, subject]`` is the station a message comes to, -1 if it comes to none.
    ``onward[station, subject]`` is where it goes next: the station itself = it is treated there;
    -1 = nowhere. The last row is all -1, so that a message at no station, -1, goes nowhere.
    ``serves[team]`` are the stations a team works for, ``team_of[station]`` the team a station
    belongs to, -1 if to all; its last item, -1, is for a message at no station.
    """

    door: IntArray
    onward: IntArray
    serves: list[tuple[int, ...]]
    team_of: IntArray


def _silos(table: RoutingTable, channels: list[str], subjects: list[str]) -> _Plan:
    place = {team.name: i for i, team in enumerate(table.teams)}
    skills = {team.name: team.skills for team in table.teams}
    onward = np.full((len(place) + 1, len(subjects)), -1)
    for s, subject in enumerate(subjects):
        able = [name for name in table._responsible(subject) if subject in skills.get(name, ())]
        for name, i in place.items():
            path = table._path(name, able)
            if path is not None:
                onward[i, s] = place[path[:2][-1]]
    doors = [place.get(table.receives.get(channel) or "", -1) for channel in channels]
    return _Plan(
        door=np.repeat(np.array(doors)[:, None], len(subjects), axis=1),
        onward=onward,
        serves=[(i,) for i in place.values()],
        team_of=np.array([*place.values(), -1]),
    )


def _pooled(table: RoutingTable, channels: list[str], subjects: list[str]) -> _Plan:
    places = range(len(subjects))
    onward = np.full((len(subjects) + 1, len(subjects)), -1)
    for s, subject in enumerate(subjects):
        if any(subject in team.skills for team in table.teams):
            onward[s, s] = s
    return _Plan(
        door=np.tile(np.array(places), (len(channels), 1)),
        onward=onward,
        serves=[tuple(s for s in places if subjects[s] in team.skills) for team in table.teams],
        team_of=np.full(len(subjects) + 1, -1),
    )


class _Office:
    """A simulation under way. Messages, teams, stations and subjects are numbers, times are ticks.

    Two events a message, its arrival and its end, and one a hand-off: what is free and what waits
    is kept in plain lists, not in processes, and patience is looked at when a turn comes.
    """

    def __init__(
        self,
        *,
        plan: _Plan,
        calendars: list[_Calendar],
        agents: list[int],
        received: list[int],
        station: list[int],
        subject: list[int],
        handling: list[int],
        gives_up: list[int],
        delay: int,
    ) -> None:
        self.received, self.station, self.subject = received, station, subject
        self.handling, self.gives_up, self.delay = handling, gives_up, delay
        self.started = [-1] * len(received)
        self.answered = [-1] * len(received)
        self.team = [-1] * len(received)
        self.hand_offs = [0] * len(received)
        self.flows = Counter[tuple[int, int]]()

        self._onward: list[list[int]] = plan.onward.tolist()
        self._calendars = calendars
        self._agents = agents
        self._free = list(agents)
        self._closes = [-1] * len(agents)  # when an open team closes; in the past for a closed one
        self._queues: list[deque[int]] = [deque() for _station in self._onward]
        self._serves = [[self._queues[s] for s in stations] for stations in plan.serves]
        self._served_by = [
            [team for team, stations in enumerate(plan.serves) if s in stations]
            for s in range(len(self._queues))
        ]

    def play(self, messages: list[int]) -> None:
        """Until nothing can happen any more: no calendar goes beyond the end."""
        from simpy import Environment  # noqa: PLC0415 - only a simulation needs it

        # Typed as a number of any kind by simpy, the clock here only ever holds whole ticks.
        self._env: Any = Environment()
        self._env.process(self._open())
        self._env.process(self._receive(messages))
        self._env.run()

    def _open(self) -> Generator[Event]:
        stretches = sorted(
            (opens, team, closes)
            for team, calendar in enumerate(self._calendars)
            for opens, closes in zip(calendar.opens, calendar.closes, strict=True)
        )
        for opens, team, closes in stretches:
            yield self._env.timeout(opens - self._env.now)
            self._closes[team] = closes
            self._take(team)

    def _receive(self, messages: list[int]) -> Generator[Event]:
        for message in messages:
            yield self._env.timeout(self.received[message] - self._env.now)
            self._come(message)

    def _come(self, message: int) -> None:
        """A message reaches its station: queue there, or go on to the next one."""
        here = self.station[message]
        onward = self._onward[here][self.subject[message]]
        if onward == here:
            self._queue(message, here)
            return
        now = self._env.now
        passed = self._calendars[here].after(now, self.delay)
        if passed is not None:
            self._env.timeout(passed - now, (message, onward)).callbacks.append(self._handed)

    def _handed(self, event: Any) -> None:
        message, station = event.value
        self.hand_offs[message] += 1
        self.flows[self.station[message], station] += 1
        self.station[message] = station
        self._come(message)

    def _queue(self, message: int, station: int) -> None:
        # Someone free at an open team means that nothing older waits for them.
        taker, most = -1, 0
        for team in self._served_by[station]:
            if self._free[team] > most and self._closes[team] > self._env.now:
                taker, most = team, self._free[team]
        if taker >= 0 and self.gives_up[message] >= self._env.now:
            self._start(message, taker)
        else:
            self._queues[station].append(message)

    def _start(self, message: int, team: int) -> None:
        now = self._env.now
        self.started[message], self.team[message] = now, team
        self._free[team] -= 1
        ends = now + self.handling[message]
        if ends > self._closes[team]:
            ends = self._calendars[team].after(now, self.handling[message])
        if ends is not None:
            self.answered[message] = ends
            self._env.timeout(ends - now, team).callbacks.append(self._done)

    def _done(self, event: Any) -> None:
        self._free[event.value] += 1
        self._take(event.value)

    def _take(self, team: int) -> None:
        """Free people of an open team take the oldest messages that are still worth it."""
        now, gives_up = self._env.now, self.gives_up
        while self._free[team] and self._closes[team] > now:
            oldest = None
            for queue in self._serves[team]:
                while queue and gives_up[queue[0]] < now:
                    queue.popleft()
                if queue and (oldest is None or queue[0] < oldest[0]):
                    oldest = queue
            if oldest is None:
                return
            self._start(oldest.popleft(), team)

    def workload(self, names: list[str], end: int) -> pd.DataFrame:
        """The ``teams`` of a ``Simulation``, once played."""
        busy, answered = [0] * len(names), [0] * len(names)
        for message, team in enumerate(self.team):
            if self.answered[message] >= 0:
                busy[team] += self.handling[message]
                answered[team] += 1
            elif team >= 0:  # still in hand
                worked = self._calendars[team].worked
                busy[team] += worked(end) - worked(self.started[message])
        index = pd.Index(names, name="team", dtype="str")
        teams = pd.DataFrame(
            {
                "agents": self._agents,
                "open_h": [calendar.worked(end) / _HOUR_US for calendar in self._calendars],
                "busy_h": [ticks / _HOUR_US for ticks in busy],
            },
            index=index,
        )
        # 0 / 0, a team that never opened, is NaN: it has no load.
        teams["load"] = teams["busy_h"] / (teams["agents"] * teams["open_h"])
        teams["answered"] = answered
        return teams


class _Calendar:
    """When a team is open, in ticks since a Monday midnight, from ``start`` to ``end``."""

    def __init__(self, opening: Sequence[Opening], start: int, end: int) -> None:
        day = 24 * _HOUR_US
        stretches = sorted(
            (week + o.weekday * day + round(o.opens_h * _HOUR_US),
             week + o.weekday * day + round(o.closes_h * _HOUR_US))
            for week in range(0, end, 7 * day)
            for o in opening
        )  # fmt: skip
        self.opens: list[int] = []
        self.closes: list[int] = []
        for from_, to in stretches:
            opens, closes = max(from_, start), min(to, end)
            if self.closes and opens <= self.closes[-1]:
                self.closes[-1] = max(self.closes[-1], closes)
            elif opens < closes:
                self.opens.append(opens)
                self.closes.append(closes)
        # Time open from the start to the end of each stretch.
        self.open_by = list(accumulate(c - o for o, c in zip(self.opens, self.closes, strict=True)))

    def worked(self, until: int) -> int:
        """Time open before ``until``."""
        k = bisect_left(self.opens, until)
        return self.open_by[k - 1] - max(0, self.closes[k - 1] - until) if k else 0

    def after(self, now: int, work: int) -> int | None:
        """When ``work`` begun at ``now`` ends, if the team does it while open; None if never."""
        done = self.worked(now) + work
        k = bisect_left(self.open_by, done, lo=bisect_right(self.closes, now))
        return self.closes[k] - (self.open_by[k] - done) if k < len(self.opens) else None


def _check_table(table: RoutingTable) -> None:
    twice = [
        finding.what
        for finding in table.problems()
        if finding.code in ("duplicate_team", "duplicate_subject")
    ]
    if twice:
        raise MetricError(
            _("Ce tableau ne se simule pas : on ne sait pas quelle ligne suivre. {what}").format(
                what=" ".join(twice)
            )
        )


def _check_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    missing = [name for name in names if name not in frame]
    if missing:
        raise MetricError(
            ngettext(
                "Il manque une colonne au tableau des messages : {columns}. Colonnes présentes : "
                "{present}.",
                "Il manque des colonnes au tableau des messages : {columns}. Colonnes présentes : "
                "{present}.",
                len(missing),
            ).format(columns=_list(missing), present=_list(map(str, frame)) or _("aucune"))
        )


def _check_arrivals(arrivals: pd.DataFrame) -> None:
    _check_columns(arrivals, ("received_at", "channel", "subject"))
    if arrivals.empty:
        raise MetricError(
            _("Aucun message à traiter : le tableau est vide. Vérifiez la période choisie.")
        )
    received = arrivals["received_at"]
    if not pd.api.types.is_datetime64_dtype(received) or received.isna().any():
        raise MetricError(
            _(
                "received_at doit être une date et une heure locales, sans fuseau, à chaque ligne "
                "(reçu : {dtype}, {n} vides). Convertissez avec pd.to_datetime, et pour une heure "
                "avec fuseau .dt.tz_localize(None)."
            ).format(dtype=received.dtype, n=number(received.isna().sum()))
        )
    for column in ("channel", "subject"):
        odd = [value for value in arrivals[column].unique() if not isinstance(value, str)]
        if odd:
            raise MetricError(
                _(
                    "{column} doit être un texte à chaque ligne (trouvé : {value}). Remplissez les "
                    "cases vides, ou retirez ces lignes."
                ).format(column=column, value=_shown(odd[0]))
            )


def _durations(work: pd.DataFrame, column: str, finite: bool) -> IntArray:
    """A column of seconds in ticks."""
    if column not in work:
        raise MetricError(
            _("Il manque la colonne {column} : passez les messages par draw_work.").format(
                column=column
            )
        )
    seconds = _array(column, work[column])
    if finite and np.isinf(seconds).any():
        raise MetricError(
            _("La colonne {column} a une durée sans fin. Donnez un nombre de secondes.").format(
                column=column
            )
        )
    return np.rint(np.minimum(seconds * _US, _FOR_EVER)).astype(np.int64)


def _dates(monday: pd.Timestamp, ticks: IntArray) -> npt.NDArray[np.datetime64]:
    dates = monday.to_datetime64() + ticks.astype("timedelta64[us]")
    dates[ticks < 0] = np.datetime64("NaT")
    return dates


def _timestamp(value: Any) -> pd.Timestamp:
    """A local date, as pandas reads it."""
    try:
        read: Any = pd.Timestamp(value)
    except (ValueError, TypeError):
        read = pd.NaT
    if read is pd.NaT or read.tz is not None:
        raise MetricError(
            _(
                "Il faut une date locale, sans fuseau, comme 2025-01-06 ou 2025-01-06 09:00 "
                "(reçu : {value})."
            ).format(value=repr(value))
        )
    return pd.Timestamp(read.as_unit("us"))


# --------------------------------------------------------------------------- numbers


def _quantity(name: str, value: object, zero: bool = False) -> float:
    """A finite number above 0, or from 0."""
    if isinstance(value, Real) and not isinstance(value, bool):
        quantity = float(value)
        if math.isfinite(quantity) and (quantity > 0 or (zero and quantity == 0)):
            return quantity
    raise MetricError(
        (
            _("Valeur impossible : {name} vaut {value}. Donnez un nombre, 0 ou plus.")
            if zero
            else _("Valeur impossible : {name} vaut {value}. Donnez un nombre plus grand que 0.")
        ).format(name=name, value=_shown(value))
    )


def _array(name: str, values: npt.ArrayLike) -> FloatArray:
    """Numbers from 0, infinity included."""
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        array = np.array(math.nan)
    wrong = ~(array >= 0)
    if wrong.any():
        raise MetricError(
            _("Valeur impossible : {name} vaut {value}. Donnez un nombre, 0 ou plus.").format(
                name=name, value=_shown(array[wrong][0])
            )
        )
    return array


def _shown(value: object) -> str:
    if isinstance(value, Real) and not isinstance(value, bool):
        return number(float(value))
    return repr(value)
