"""A year of messages to « Maison Liseron », and the teams that answer them, or do not.

Its numbers are drawn so that the naive reading of keys 1 and 2 fails, for the right reason:

1. *The plan is not the inbox.* The company opened its accounts to promote itself
   (`planned_purposes`); people write about deliveries, accounts and returns, which have no planned
   purpose, and one care subject at most has an owner. Promotion is a sixth of the inbox at most
   and is answered: most of what goes unanswered is of subjects that **no team owns**, and would
   still be if the promoted purposes had no messages at all.
2. *The average looks fine.* Over the messages that were answered, the mean delay is under a day,
   and those that reach the team in charge at once, as Marketing's own often do, have theirs within
   hours of work. Yet more than one message in ten is never answered: over *all* messages, the 90th
   percentile of the delay has no value. Headcount is not what is missing: teams stand in a line,
   pass messages on to their neighbours only, and each hand-off delays an answer and loses messages,
   whoever is hired at its ends. `shared_triage` keeps the people and their hours, and gives every
   subject an owner that every channel reaches in one step.

How it is drawn. Shares of subjects come from narrow ranges (delivery and account a third to a half
of the messages, complaints about support itself a tenth, praise 2 to 3 %: what public samples of
labelled support messages show). From shares to counts nothing is left to chance: subjects, weeks,
channels and unanswered messages are shared out by largest remainders, then permuted. Of the
unowned messages 53 % or more get no answer; of the others, at most 27 %, for messages that change
hands three times. Hours come from one weekly rhythm, with evenings and week-ends when the teams are
closed; weeks from the seasons, Christmas above all. Delays are counted in the opening hours of the
team that answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from cinqcles.data.company.phrases import write
from cinqcles.data.company.setting import (
    CARE,
    COMMUNICATION,
    FIRST_DAY,
    MARKETING,
    PRODUCTS,
    SHOP,
    SITE,
    TEAMS,
    WEEKS,
    Floats,
    about,
    channels_at,
    check,
    generator,
    grid,
    labelled,
    shared_out,
)
from cinqcles.errors import CinqclesError
from cinqcles.messages import _, number

if TYPE_CHECKING:
    from cinqcles.keys.coherence import RoutingTable

Integers = npt.NDArray[np.int64]

MIN_MESSAGES, MAX_MESSAGES = 2_000, 100_000

MOST_MONTHS = 8
"""Months of `workload` at once: Mothers' Day is in it, Christmas is not."""

HAND_OFF_MIN, PATIENCE_DAYS = 90, 4
"""Assumed, and to be said so: opening minutes lost when a message changes hands, and how many days
a customer waits on average."""

DELIVERY, ACCOUNT, RETURNS, COMPLAINT = (
    "livraison", "compte client", "service après-vente", "réclamation",
)  # fmt: skip
PROMOTE, TELL, ENLIVEN, ADVISE = (
    "promouvoir les offres", "raconter la marque", "animer la communauté", "conseiller",
)  # fmt: skip

_NOBODY = None
_DRAWN = "drawn"  # of three care subjects, one has an owner: the seed says which


class _Subject(NamedTuple):
    name: str
    since: int  # difficulty from which it is there
    owner: str | None
    purpose: str | None
    minutes: float  # of handling
    able: tuple[str, ...]  # teams that know how to answer


_SUBJECTS = (
    _Subject(DELIVERY, 1, _DRAWN, None, 8, (CARE, SHOP)),
    _Subject(ACCOUNT, 1, _DRAWN, None, 7, (CARE, SHOP)),
    _Subject(RETURNS, 1, _DRAWN, None, 12, (CARE,)),
    _Subject(COMPLAINT, 1, _NOBODY, None, 15, (CARE,)),
    _Subject("conseil produit", 1, SHOP, ADVISE, 6, (SHOP, CARE)),
    _Subject("promotion", 1, MARKETING, PROMOTE, 4, (MARKETING, SHOP)),
    _Subject("marque", 1, COMMUNICATION, TELL, 5, (COMMUNICATION, MARKETING)),
    _Subject("compliment", 1, MARKETING, ENLIVEN, 2, (MARKETING, COMMUNICATION)),
    _Subject("disponibilité", 2, SHOP, None, 4, (SHOP, CARE)),
    _Subject("revendeurs", 2, SHOP, None, 12, (SHOP,)),
    _Subject("recrutement", 3, _NOBODY, None, 6, (COMMUNICATION,)),
    _Subject("presse", 3, COMMUNICATION, TELL, 15, (COMMUNICATION,)),
)

# By difficulty: the share of each kind of subject, and how often a message goes unanswered.
_DELIVERY_OR_ACCOUNT = {1: 0.46, 2: 0.42, 3: 0.38}
_PROMOTED = {1: 0.10, 2: 0.13, 3: 0.16}
_UNOWNED_LOST = {1: 0.72, 2: 0.64, 3: 0.56}
_OWNED_LOST = {1: (0.05, 0.04), 2: (0.07, 0.05), 3: (0.09, 0.06)}  # at once, and per hand-off

_OPENING_H = {  # weekdays, hours
    COMMUNICATION: (range(5), 9, 17),
    MARKETING: (range(5), 9, 18),
    SHOP: (range(1, 6), 10, 19),
    CARE: (range(5), 9, 17),
}

# How many write at each hour, and on each day from Monday: most of it after work.
_BY_HOUR = (
    0.4, 0.2, 0.1, 0.1, 0.1, 0.3, 0.8, 1.6, 2.4, 3.0, 3.2, 3.2,
    3.0, 2.8, 2.8, 2.8, 3.0, 3.4, 4.0, 4.6, 5.0, 4.6, 3.2, 1.4,
)  # fmt: skip
_BY_DAY = (1.15, 1.0, 1.0, 0.95, 0.95, 0.95, 1.05)
_NIGHT_H = 18

_HOUR_S, _WEEK_S = 3600, 7 * 24 * 3600

# Working minutes before an answer, on a log scale: at once, per hand-off, when nobody is in charge.
_AT_ONCE_MIN, _PASSED_ON_MIN, _NOT_MINE_MIN = (10, 120), (30, 150), (120, 480)


@dataclass(frozen=True)
class _Organisation:
    """Who owns which subject and opens which channel, and how much people write on each."""

    subjects: tuple[_Subject, ...]
    shares: Floats  # by subject
    owners: tuple[str | None, ...]  # by subject
    holders: dict[str, str]  # by channel
    channel_weights: Floats
    agents: dict[str, int]
    lost_owned: tuple[float, float]  # share never answered: at once, and per hand-off
    lost_unowned: float


def _organisation(seed: int, difficulty: int) -> _Organisation:
    check(seed, difficulty)
    rng = generator(seed, "organisation")
    subjects = tuple(subject for subject in _SUBJECTS if subject.since <= difficulty)
    # The owned one is not always the same, but always of three that weigh something.
    owned = (DELIVERY, ACCOUNT, RETURNS)[int(3 * rng.random())]
    owners = tuple(
        (CARE if subject.name == owned else None) if subject.owner == _DRAWN else subject.owner
        for subject in subjects
    )
    care = about(rng, _DELIVERY_OR_ACCOUNT[difficulty], 0.06)
    delivery = care * about(rng, 0.6, 0.08)
    promoted = about(rng, _PROMOTED[difficulty], 0.04)
    promotion = promoted * about(rng, 0.6, 0.08)
    share = {
        DELIVERY: delivery,
        ACCOUNT: care - delivery,
        RETURNS: about(rng, 0.13, 0.1),
        COMPLAINT: about(rng, 0.1, 0.08),
        "compliment": about(rng, 0.025, 0.12),
        "promotion": promotion,
        "marque": promoted - promotion,
    }
    rest = {"conseil produit": 1.0, "disponibilité": 0.45, "revendeurs": 0.25,
            "recrutement": 0.15, "presse": 0.15}  # fmt: skip
    rest = {s.name: rest[s.name] * about(rng, 1, 0.05) for s in subjects if s.name in rest}
    left = (1 - sum(share.values())) / sum(rest.values())
    share |= {name: weight * left for name, weight in rest.items()}

    social = channels_at(difficulty)
    order = rng.permutation(len(social))
    # Marketing holds half of the accounts, the Shop one, Communication what is left.
    half = len(social) // 2
    holding = [MARKETING] * half + [SHOP] + [COMMUNICATION] * (len(social) - half - 1)
    holders = {social[place]: team for place, team in zip(order, holding, strict=True)}
    holders = {channel: holders[channel] for channel in social} | {SITE: CARE}
    weights = grid(rng, 1, 3, len(holders))[rng.permutation(len(holders))]
    extra = rng.permutation(2)
    agents = {
        COMMUNICATION: 1 + int(extra[0]), MARKETING: 3 + int(extra[1]), SHOP: 2, CARE: 2,
    }  # fmt: skip
    return _Organisation(
        subjects,
        np.array([share[subject.name] for subject in subjects]),
        owners,
        holders,
        weights,
        agents,
        _OWNED_LOST[difficulty],
        about(rng, _UNOWNED_LOST[difficulty], 0.04),
    )


# --------------------------------------------------------------------------- messages


@labelled
def messages(seed: int = 0, difficulty: int = 1, n: int = 4_000) -> pd.DataFrame:
    """A year of messages received by the company. Synthetic: nobody wrote them.

    Parameters
    ----------
    seed : int, at least 0
        Decides everything: the same seed, difficulty and ``n`` give the same frame.
    difficulty : 1, 2 or 3
        See `cinqcles.data.company.setting`.
    n : int, from 2,000 to 100,000
        Number of messages in the year.

    Returns
    -------
    DataFrame
        A row a message, in the order received. ``message_id`` (text, all different),
        ``received_at`` (datetime64, to the second), ``channel``, ``subject``, ``purpose`` (the
        planned purpose that covers it; missing when none was planned), ``owner`` (the team in
        charge of the subject; missing = nobody), ``answered_at`` (datetime64; missing = never
        answered, or not by the end of the year), ``text`` (French). ``attrs["notice"]`` says that
        the data are synthetic.

        For every seed: each subject arrives by each channel; 60 % or more of the messages have no
        planned purpose; 55 % or more of the unanswered ones have no owner; a message with an owner
        is answered twice as surely as one without; the mean delay of answered messages is under 24
        hours, while 15 % or more of all messages are never answered.

    Raises
    ------
    CinqclesError
        ``n``, ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> inbox = messages(seed=1)
    >>> len(inbox)
    4000
    >>> bool(inbox["purpose"].isna().mean() > 0.6)
    True
    """
    company = _organisation(seed, difficulty)
    if not MIN_MESSAGES <= n <= MAX_MESSAGES:
        raise CinqclesError(
            _("Demandez de {low} à {high} messages (reçu : {n}).").format(
                low=number(MIN_MESSAGES), high=number(MAX_MESSAGES), n=n
            )
        )
    rng = generator(seed, "messages")
    counts = shared_out(n, company.shares)
    subject = np.repeat(np.arange(len(counts)), counts)
    channel = _channels(rng, company, counts)
    received_s = _received_s(rng, company, counts)
    answered_s = _answered_s(rng, company, subject, channel, received_s)

    by_night = received_s // _HOUR_S % 24 >= _NIGHT_H
    kinds = tuple(kind.name for kind in company.subjects)
    text = write(kinds, PRODUCTS, subject, by_night, rng.random((4, n)))
    order = np.argsort(received_s, kind="stable")
    subject, channel, received_s, answered_s = (
        each[order] for each in (subject, channel, received_s, answered_s)
    )
    planned = _plan(seed, difficulty)
    purposes = [kind.purpose if kind.purpose in planned else None for kind in company.subjects]
    first = FIRST_DAY.to_datetime64()
    late = answered_s >= WEEKS * _WEEK_S  # the record is closed: not answered yet
    answered_at = first + answered_s.astype("timedelta64[s]")
    answered_at[late | (answered_s < 0)] = np.datetime64("NaT")
    return pd.DataFrame(
        {
            "message_id": [f"liseron-m{i:06d}" for i in range(1, n + 1)],
            "received_at": first + received_s.astype("timedelta64[s]"),
            "channel": _named(list(company.holders), channel),
            "subject": _named(kinds, subject),
            "purpose": _named(purposes, subject),
            "owner": _named(company.owners, subject),
            "answered_at": answered_at,
            "text": pd.array(text[order], dtype="str"),
        }
    )


def _channels(rng: np.random.Generator, company: _Organisation, counts: Integers) -> Integers:
    """The channel of each message, subject after subject: each subject reaches them all."""
    kinds, channels = len(counts), len(company.holders)
    weights = company.channel_weights * (0.85 + 0.3 * rng.random((kinds, channels)))
    split = shared_out(counts, weights)
    channel = np.repeat(np.tile(np.arange(channels), kinds), split.ravel())
    return _permuted(rng, channel, counts)


def _received_s(rng: np.random.Generator, company: _Organisation, counts: Integers) -> Integers:
    """When each message arrives, in seconds since the year began, subject after subject."""
    week = np.arange(WEEKS)
    christmas = {True: 49, False: 47}  # gifts are chosen first, then delivered, then returned
    seasons = np.array(
        [
            1
            + 1.8 * _bump(week, christmas[kind.purpose is None], 2)
            + 0.6 * _bump(week, 19, 1)  # Mothers' Day
            - 0.3 * _bump(week, 31.5, 2)  # August
            for kind in company.subjects
        ]
    )
    split = shared_out(counts, seasons * (0.95 + 0.1 * rng.random(WEEKS)))
    weeks = _permuted(rng, np.repeat(np.tile(week, len(counts)), split.ravel()), counts)
    rhythm = np.outer(_BY_DAY, _BY_HOUR).ravel()
    passed = np.append(0, np.cumsum(rhythm)) / rhythm.sum()
    hours = np.interp(rng.random(len(weeks)), passed, np.arange(len(passed)))
    return np.asarray(weeks * _WEEK_S + (hours * _HOUR_S).astype(np.int64))


def _bump(week: Integers, centre: float, width: float) -> Floats:
    return np.asarray(np.exp(-(((week - centre) / width) ** 2)))


def _permuted(rng: np.random.Generator, values: Integers, counts: Integers) -> Integers:
    """The values of each subject, among themselves."""
    group = np.repeat(np.arange(len(counts)), counts)
    return np.asarray(values[np.argsort(group + rng.random(len(values)))])


def _answered_s(
    rng: np.random.Generator,
    company: _Organisation,
    subject: Integers,
    channel: Integers,
    received_s: Integers,
) -> Integers:
    """When each message is answered, in seconds since the year began; -1 = never."""
    n = len(subject)
    holder = np.array([TEAMS.index(team) for team in company.holders.values()])[channel]
    nobody = len(TEAMS)
    owner = np.array([TEAMS.index(team) if team else nobody for team in company.owners])[subject]
    unowned = owner == nobody
    steps = np.where(unowned, nobody, abs(owner - holder))  # 0 to 3 hand-offs

    # Exactly so many of each kind are lost, which ones is permuted.
    at_once, per_step = company.lost_owned
    lost = np.append(at_once + per_step * np.arange(nobody), company.lost_unowned)
    kinds = np.bincount(steps, minlength=nobody + 1)
    order = np.argsort(steps + rng.random(n))
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n) - np.repeat(np.cumsum(kinds) - kinds, kinds)
    never = rank < np.round(lost * kinds)[steps]

    u = rng.random((3, n))
    hand_offs = np.where(unowned, 0, steps)
    base = np.where(unowned, _log_uniform(u[0], *_NOT_MINE_MIN), _log_uniform(u[0], *_AT_ONCE_MIN))
    passed_on = _log_uniform(u[1], *_PASSED_ON_MIN) * hand_offs
    delay_s = (60 * (base + passed_on)).astype(np.int64)
    who = np.where(unowned, holder, owner)
    answered = np.full(n, -1)
    for place, team in enumerate(TEAMS):
        mine = (who == place) & ~never
        answered[mine] = _in_opening_hours(received_s[mine], delay_s[mine], team)
    return answered


def _log_uniform(u: Floats, low: float, high: float) -> Floats:
    return np.asarray(low * (high / low) ** u)


def _in_opening_hours(start_s: Integers, work_s: Integers, team: str) -> Integers:
    """The moment when a team has worked so long since ``start_s``."""
    days, opens_h, closes_h = _OPENING_H[team]
    opens = np.array([(24 * day + opens_h) * _HOUR_S for day in days])
    length = (closes_h - opens_h) * _HOUR_S
    worked = length * np.arange(len(opens))  # before each opening of the week
    in_week = start_s % _WEEK_S
    # The openings that have begun; before the first one, none has.
    begun = np.searchsorted(opens, in_week, side="right") - 1
    since = np.clip(in_week - opens[begun], 0, length)
    done = np.where(begun < 0, 0, worked[begun] + since)
    weeks, left = np.divmod(done + work_s, length * len(opens))
    which, rest = np.divmod(left, length)
    return np.asarray((start_s // _WEEK_S + weeks) * _WEEK_S + opens[which] + rest)


def _named(names: Sequence[str | None], places: Integers) -> pd.api.extensions.ExtensionArray:
    return pd.array(np.array(names, dtype=object), dtype="str").take(places)


# --------------------------------------------------------------------------- organisation


@labelled
def planned_purposes(seed: int = 0, difficulty: int = 1) -> pd.Series:
    """What the company opened its accounts for.

    Parameters
    ----------
    seed : int, at least 0
    difficulty : 1, 2 or 3
        From 2, advice is planned too, for little.

    Returns
    -------
    Series
        ``weight`` (adding up to 1) by ``purpose``, the heaviest first. None is about care.

    Raises
    ------
    CinqclesError
        ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> planned_purposes().index.tolist()
    ['promouvoir les offres', 'raconter la marque', 'animer la communauté']
    """
    check(seed, difficulty)
    weight = pd.Series(_plan(seed, difficulty), name="weight").rename_axis("purpose")
    return weight / weight.sum()


def _plan(seed: int, difficulty: int) -> dict[str, float]:
    rng = generator(seed, "purposes")
    weights = {PROMOTE: 0.5, TELL: 0.3, ENLIVEN: 0.18}
    if difficulty > 1:
        weights[ADVISE] = 0.04 * difficulty
    return {purpose: about(rng, weight, 0.1) for purpose, weight in weights.items()}


@labelled
def handling_minutes(seed: int = 0, difficulty: int = 1) -> pd.Series:
    """How long it takes to answer one message, once somebody does.

    Parameters
    ----------
    seed : int, at least 0
    difficulty : 1, 2 or 3

    Returns
    -------
    Series
        ``handling_minutes`` (mean, to the tenth) by ``subject``.

    Raises
    ------
    CinqclesError
        ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> bool(handling_minutes(seed=1).between(1, 20).all())
    True
    """
    rng = generator(seed, "handling")
    subjects = _organisation(seed, difficulty).subjects
    minutes = {subject.name: round(about(rng, subject.minutes, 0.2), 1) for subject in subjects}
    return pd.Series(minutes, name="handling_minutes").rename_axis("subject")


@labelled
def workload(seed: int = 0, difficulty: int = 1, times: int = 1) -> pd.DataFrame:
    """Four weeks of messages with the work they ask for: what `coherence.simulate` plays.

    Parameters
    ----------
    seed : int, at least 0
    difficulty : 1, 2 or 3
    times : int, from 1 to 8
        How many ordinary months come at once: 1 is the first four weeks of `messages`, 2 puts the
        next four on top of them, and so on. What one month holds, the heavier ones hold too.

    Returns
    -------
    DataFrame
        A row a message: ``received_at``, ``channel``, ``subject``, ``handling_s`` (lognormal, of
        mean `handling_minutes`) and ``patience_s`` (lognormal, `PATIENCE_DAYS` on average): how
        long its customer waits before giving up. Play it with a delay of `HAND_OFF_MIN` minutes
        a hand-off. ``attrs["notice"]`` says that the data are synthetic.

        For every seed, in `routes`: two more people in any team change the share answered within
        24 hours by less than a point; an owner for each subject, then no line to follow, then one
        shared queue each add to it, and take from what is never answered.

    Raises
    ------
    CinqclesError
        ``seed``, ``difficulty`` or ``times`` is out of bounds.

    Examples
    --------
    >>> month, heavier = workload(seed=1), workload(seed=1, times=2)
    >>> bool(month.index.isin(heavier.index).all())
    True
    """
    from cinqcles.keys.coherence import Duration, draw_work  # noqa: PLC0415

    if not 1 <= times <= MOST_MONTHS:
        raise CinqclesError(
            _("Demandez de 1 à {most} mois de messages à la fois (reçu : {times}).").format(
                most=MOST_MONTHS, times=times
            )
        )
    minutes = handling_minutes(seed, difficulty)
    work = draw_work(
        messages(seed, difficulty),
        {str(name): Duration(60 * mean, "lognormal", 0.6) for name, mean in minutes.items()},
        Duration(PATIENCE_DAYS * 24 * _HOUR_S, "lognormal", 1),
        seed,
    )
    month = (work["received_at"] - FIRST_DAY) // pd.Timedelta(weeks=4)
    work["received_at"] -= month * pd.Timedelta(weeks=4)
    return work[month < times].sort_values("received_at", kind="stable")


@labelled
def teams(seed: int = 0, difficulty: int = 1) -> pd.DataFrame:
    """The teams as they are, to be read: who, when, and what each holds.

    Parameters
    ----------
    seed : int, at least 0
    difficulty : 1, 2 or 3

    Returns
    -------
    DataFrame
        A row a team: ``team``, ``agents``, ``opens_h``, ``closes_h`` (hours of the day),
        ``days`` (open a week), ``channels`` and ``subjects`` (text, joined by commas): those whose
        messages it opens and those it is in charge of. Every team holds a channel and a subject.

    Raises
    ------
    CinqclesError
        ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> frame = teams(seed=1)
    >>> frame.loc[frame["agents"].idxmax(), "team"]
    'Marketing'
    """
    company = _organisation(seed, difficulty)
    return pd.DataFrame(
        {
            "team": team,
            "agents": company.agents[team],
            "opens_h": opens_h,
            "closes_h": closes_h,
            "days": len(days),
            "channels": ", ".join(c for c, holder in company.holders.items() if holder == team),
            "subjects": ", ".join(
                subject.name
                for subject, owner in zip(company.subjects, company.owners, strict=True)
                if owner == team
            ),
        }
        for team, (days, opens_h, closes_h) in _OPENING_H.items()
    )


def routes(seed: int = 0, difficulty: int = 1) -> RoutingTable:
    """Who answers what as things stand: silos in a line, and subjects that nobody owns.

    Parameters
    ----------
    seed : int, at least 0
    difficulty : 1, 2 or 3

    Returns
    -------
    cinqcles.keys.coherence.RoutingTable
        The teams, channels and subjects of `messages`. A subject without an owner has no
        accountable and no responsible team; a team may only hand to its neighbours.

    Raises
    ------
    CinqclesError
        ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> sorted({finding.code for finding in routes().problems()})
    ['no_accountable', 'no_responsible']
    """
    return _table(_organisation(seed, difficulty), shared=False)


def shared_triage(seed: int = 0, difficulty: int = 1) -> RoutingTable:
    """The same people and hours, with an owner for each subject and no silo.

    Parameters
    ----------
    seed : int, at least 0
    difficulty : 1, 2 or 3

    Returns
    -------
    cinqcles.keys.coherence.RoutingTable
        As `routes`, but each subject has one accountable team, every team that knows how to answer
        it is responsible, and whoever opens a message hands it to one of them directly.

    Raises
    ------
    CinqclesError
        ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> shared_triage().problems()
    []
    """
    return _table(_organisation(seed, difficulty), shared=True)


def draft_routes(seed: int = 0, difficulty: int = 1) -> RoutingTable:
    """A routing table as a meeting leaves it: most lines hold, three or four are to be mended.

    Parameters
    ----------
    seed : int, at least 0
    difficulty : 1, 2 or 3

    Returns
    -------
    cinqcles.keys.coherence.RoutingTable
        As `shared_triage`, one responsible team a subject, but for subjects that the seed picks,
        one fault each: no accountable team, two of them, or a responsible team that does not know
        how to answer. Each fault is there once, one of them twice for half of the seeds.

    Raises
    ------
    CinqclesError
        ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> sorted({finding.code for finding in draft_routes().problems()})
    ['no_accountable', 'responsible_without_skill', 'several_accountable']
    """
    table = _table(_organisation(seed, difficulty), shared=True)
    rng = generator(seed, "draft")
    order = rng.permutation(len(table.routes))
    faults = ["none", "two", "unable"]
    if rng.random() < 0.5:  # noqa: PLR2004 - half of the seeds
        faults.append(faults[int(3 * rng.random())])
    faulty = dict(zip(order.tolist(), faults, strict=False))
    routes = []
    for place, route in enumerate(table.routes):
        able = [team.name for team in table.teams if route.subject in team.skills]
        others = [name for name in TEAMS if name not in route.accountable]
        unable = [name for name in TEAMS if name not in able]
        changes: dict[str, dict[str, tuple[str, ...]]] = {
            "none": {"accountable": ()},
            "two": {"accountable": (*route.accountable, others[int(len(others) * rng.random())])},
            "unable": {"responsible": (unable[int(len(unable) * rng.random())],)},
        }
        first = {"responsible": route.responsible[:1]}
        fault = faulty.get(place)
        routes.append(route.model_copy(update=first | (changes[fault] if fault else {})))
    return table.model_copy(update={"routes": tuple(routes)})


def _table(company: _Organisation, *, shared: bool) -> RoutingTable:
    # Here, so that reading data loads no pydantic.
    from cinqcles.keys.coherence import Route, RoutingTable, Team, weekly  # noqa: PLC0415

    listed = []
    for subject, owner in zip(company.subjects, company.owners, strict=True):
        accountable = owner or (subject.able[0] if shared else None)
        others = [team for team in subject.able if shared and team != accountable]
        named = (accountable,) if accountable else ()
        listed.append(Route(subject=subject.name, accountable=named, responsible=(*named, *others)))
    return RoutingTable(
        teams=tuple(
            Team(
                name=team,
                agents=company.agents[team],
                skills=tuple(s.name for s in company.subjects if team in s.able),
                opening=weekly(opens_h, closes_h, days),
            )
            for team, (days, opens_h, closes_h) in _OPENING_H.items()
        ),
        routes=tuple(listed),
        receives=dict(company.holders),
        may_hand_to=None if shared else _neighbours(),
    )


def _neighbours() -> dict[str, tuple[str, ...]]:
    return {
        team: tuple(TEAMS[near] for near in (place - 1, place + 1) if 0 <= near < len(TEAMS))
        for place, team in enumerate(TEAMS)
    }
