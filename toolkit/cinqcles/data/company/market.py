"""The social channels of « Maison Liseron »: who is there, what was spent, what came of it.

Its numbers are drawn so that the naive decisions of keys 4 and 5 fail, for the right reason:

1. *Everywhere is nowhere.* Next year's weekly budget (`weekly_budget`) is smaller than what was
   spent this year. Split equally, it leaves half of the channels or more below their minimum
   viable spend, where they yield nothing, and pays a fixed cost for each. Concentrated on a few,
   it brings a third more orders at least.
2. *The largest audience is not the best place.* The channel with the most users has the smallest
   share of the company's target among them, and a flat response.
3. *The best average is not the best margin.* One small channel has the most orders per euro over
   the year, and was already fed three times its half-saturation: one more euro brings more on
   another one, where the target is the most numerous, and which the best split makes the largest.
4. *A rate has a denominator.* Posts that travel far beyond the followers are engaging per follower
   and dull per person reached: the two rates rank posts in opposite orders. And a click costs most
   on the posts with the most likes.

How it is drawn. The channels play parts, and the seed decides which plays which: the *engine* (a
large half-saturation, the reference return), the *darling* (four to five times its first return,
but a tenth of its size), the *giant* (audience), and the *crumbs*. A channel's weekly orders are
``maximum · a / (half saturation + a)``, where ``a`` is the normalised geometric adstock of its
spends (`response_truth`), times a noise, rounded. With x = spend / half saturation, the average
return is ``first / (1 + x)`` and the marginal one ``first / (1 + x)²``: at x = 3 and x = 1/2, a
darling whose first return is 4 times the engine's has 1.5 times its average and 0.56 times its
margin. The year's spends are never below the minimum, so that nothing contradicts it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cinqcles.data.company.setting import (
    FIRST_DAY,
    PRODUCTS,
    WEEKS,
    Floats,
    Places,
    about,
    channels_at,
    check,
    generator,
    grid,
    labelled,
    noisy_order,
    shared_out,
)
from cinqcles.errors import CinqclesError
from cinqcles.keys.placement import Hill, geometric_adstock
from cinqcles.messages import _

POPULATION, TARGET_SIZE = 50_000_000, 9_000_000
"""Adults of the (fictional) market, and those the company aims at."""

WINDOW_WEEKS = 8
"""How long a week's spend has an effect: the window of the normalised adstock."""

MIN_POSTS, MAX_POSTS = 30, 300

_NOISE = {1: 0.03, 2: 0.07, 3: 0.12}
# First return of the darling, then of the giant and the crumbs (from, to), the engine's being 1.
_DARLING = {1: 4.0, 2: 4.2, 3: 4.4}
_GIANT = {1: 0.2, 2: 0.25, 3: 0.3}
_CRUMBS = {1: (0.25, 0.1), 2: (0.4, 0.12), 3: (0.5, 0.15)}
_VIABLE_CRUMBS = {1: 0, 2: 1, 3: 2}
# The engine's half-saturation, as a share of the budget, and its mean spend, as a share of that.
_ENGINE_HALF = {1: 0.6, 2: 0.52, 3: 0.45}
_ENGINE_FED = {1: 0.5, 2: 0.55, 3: 0.6}
_GIANT_TARGET = {1: 0.28, 2: 0.34, 3: 0.4}  # share of the target that is there

_ENGINE_PART, _DARLING_PART, _GIANT_PART = range(3)


@dataclass(frozen=True)
class _Market:
    """The parts, channel after channel, and what they are made of; amounts per week."""

    names: tuple[str, ...]
    budget: float
    users: Floats
    target: Floats
    maximum: Floats
    half: Floats
    decay: Floats
    minimum: Floats
    fixed: Floats
    spent: Floats  # the year's mean
    calmest: Floats  # its lowest and highest weeks, as shares of the mean
    busiest: Floats


def _market(seed: int, difficulty: int) -> _Market:
    check(seed, difficulty)
    rng = generator(seed, "market")
    names = channels_at(difficulty)
    k, crumbs = len(names), len(names) - 3
    budget = float(np.round(5_000 + 3_000 * rng.random(), -2))
    order_cost = 8 + 6 * rng.random()  # of the engine's first order, in euros

    few = [about(rng, share, 0.05) for share in (_ENGINE_HALF[difficulty], 0.06, 0.4)]
    half = np.append(few, 0.25 * (0.9 + 0.2 * rng.random(crumbs))) * budget
    first = np.concatenate(
        [
            [1, about(rng, _DARLING[difficulty], 0.02), _GIANT[difficulty]],
            grid(rng, *_CRUMBS[difficulty], crumbs),
        ]
    )
    share = budget / k
    viable = _VIABLE_CRUMBS[difficulty]
    minimum = share * np.concatenate(
        [
            [about(rng, 0.35, 0.1), about(rng, 0.2, 0.1), about(rng, 1.3, 0.05)],
            0.5 + 0.2 * rng.random(viable),
            grid(rng, 1.2, 1.8, crumbs - viable),
        ]
    )
    minimum = np.round(minimum / 10) * 10
    calmest = np.append([0.3, 0.3], np.full(k - 2, 0.65))
    busiest = np.append([2.8, 2.4], np.full(k - 2, 1.5))
    spent = np.append(
        [about(rng, _ENGINE_FED[difficulty], 0.04) * half[0], about(rng, 3, 0.04) * half[1]],
        1.65 * minimum[2:],
    )
    fixed = np.round(budget * (0.01 + 0.015 * rng.random(k)) / 5) * 5

    users = np.append(
        [about(rng, 14e6, 0.15), about(rng, 6e6, 0.1), about(rng, 36e6, 0.06)],
        grid(rng, 7e6, 20e6, crumbs)[rng.permutation(crumbs)],
    )
    there = (0.6, 0.33, _GIANT_TARGET[difficulty])
    target = np.append(
        [about(rng, share, 0.05) * TARGET_SIZE for share in there],
        users[3:] * grid(rng, 0.13, 0.2, crumbs),
    )
    decay = np.round(grid(rng, 0.1, 0.5, k)[rng.permutation(k)], 2)

    parts = np.argsort(rng.permutation(k))  # of each channel
    columns = (users, target, first * half / order_cost, half, decay, minimum, fixed, spent,
               calmest, busiest)  # fmt: skip
    return _Market(names, budget, *(column[parts] for column in columns))


def weekly_budget(seed: int = 0, difficulty: int = 1) -> float:
    """What the company may spend on its channels next year.

    Parameters
    ----------
    seed : int, at least 0
    difficulty : 1, 2 or 3

    Returns
    -------
    float
        Euros a week, fixed costs included: less than was spent in any week of this year.

    Raises
    ------
    CinqclesError
        ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> 5_000 <= weekly_budget(seed=1) <= 8_000
    True
    """
    return _market(seed, difficulty).budget


@labelled
def channels(seed: int = 0, difficulty: int = 1) -> pd.DataFrame:
    """The company's social channels: who is there, and what it takes to be there.

    Parameters
    ----------
    seed : int, at least 0
    difficulty : 1, 2 or 3
        Of 6, 7 or 8 channels; see `cinqcles.data.company.setting`.

    Returns
    -------
    DataFrame
        A row a ``channel``: ``users`` (adults who use it), ``target_users`` (those whom the company
        aims at; of `TARGET_SIZE` among a `POPULATION`), ``followers`` (of the company's account at
        the end of the year), ``minimum_spend_eur`` (a week; below it the channel yields nothing)
        and ``fixed_cost_eur`` (a week, as soon as something is spent). Counts are integers.

        For every seed: the channel with the most users has the smallest share of target users, and
        is not the one with the most of them; the equal share of the weekly budget is below the
        minimum of half of the channels or more.

    Raises
    ------
    CinqclesError
        ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> frame = channels(seed=1)
    >>> bool((frame["target_users"] < frame["users"]).all())
    True
    """
    market = _market(seed, difficulty)
    rng = generator(seed, "followers")
    k = len(market.names)
    followers = grid(rng, 6_000, 90_000, k)[noisy_order(rng, k)[np.argsort(market.users).argsort()]]
    return pd.DataFrame(
        {
            "users": np.round(market.users, -3).astype(np.int64),
            "target_users": np.round(market.target, -3).astype(np.int64),
            "followers": np.round(followers).astype(np.int64),
            "minimum_spend_eur": market.minimum,
            "fixed_cost_eur": market.fixed,
        },
        index=pd.Index(market.names, name="channel"),
    )


# --------------------------------------------------------------------------- spending


@dataclass(frozen=True)
class ResponseTruth:
    """What `spending` was drawn from, for instructors and tests.

    Attributes
    ----------
    curves : dict of channel to Hill, of slope 1; orders a week for a spend held week after week
    decay : Series by channel, the share of the effect kept from one week to the next, with the
        normalised adstock of `cinqcles.keys.placement.geometric_adstock` over `WINDOW_WEEKS`
    """

    curves: dict[str, Hill]
    decay: pd.Series


@labelled
def response_truth(seed: int = 0, difficulty: int = 1) -> ResponseTruth:
    """The curves behind `spending`.

    Parameters
    ----------
    seed : int, at least 0
    difficulty : 1, 2 or 3

    Returns
    -------
    ResponseTruth

    Raises
    ------
    CinqclesError
        ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> truth = response_truth(seed=1)
    >>> sorted(truth.curves) == sorted(channels(seed=1).index)
    True
    """
    market = _market(seed, difficulty)
    return ResponseTruth(
        {
            name: Hill(float(maximum), float(half))
            for name, maximum, half in zip(market.names, market.maximum, market.half, strict=True)
        },
        pd.Series(market.decay, index=pd.Index(market.names, name="channel"), name="decay"),
    )


@labelled
def spending(seed: int = 0, difficulty: int = 1) -> pd.DataFrame:
    """What the company spent on each channel, week by week, and the orders that came from it.

    Parameters
    ----------
    seed : int, at least 0
        Decides everything: the same seed and difficulty give the same frame.
    difficulty : 1, 2 or 3
        How noisy the orders are: within 3, 7 or 12 % of the curve.

    Returns
    -------
    DataFrame
        A row a week and channel, 52 weeks: ``week`` (datetime64, its Monday), ``channel``,
        ``spend_eur`` (to the cent, at least the channel's minimum), ``orders`` (integer, at least
        1), as attributed to that channel. The first weeks lack what the weeks before them carried
        over.

        For every seed: one channel has the most orders per euro over the year, and a smaller
        marginal return at its mean spend than another one.

    Raises
    ------
    CinqclesError
        ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> frame = spending(seed=1)
    >>> len(frame), bool((frame["orders"] >= 1).all())
    (312, True)
    """
    market = _market(seed, difficulty)
    rng = generator(seed, "spending")
    k = len(market.names)
    # Weeks on a grid from the calmest to the busiest, around the year's mean, in any order.
    steps = (np.arange(WEEKS) + 0.4 * (rng.random((k, WEEKS)) - 0.5)) / (WEEKS - 1)
    calm, busy = market.calmest[:, None], market.busiest[:, None]
    pace = rng.permuted(calm * (busy / calm) ** steps, axis=1)
    pace /= pace.mean(axis=1, keepdims=True)
    spends = np.round(market.spent[:, None] * pace, 2)
    noise = 1 + _NOISE[difficulty] * (2 * rng.random((k, WEEKS)) - 1)
    orders = np.empty((k, WEEKS))
    for row, (spend, decay) in enumerate(zip(spends, market.decay, strict=True)):
        carried = geometric_adstock(
            spend, float(decay), convention="normalised", window_weeks=WINDOW_WEEKS
        )
        orders[row] = market.maximum[row] * carried / (market.half[row] + carried)
    orders = np.round(orders * noise)
    return pd.DataFrame(
        {
            "week": np.repeat(pd.date_range(FIRST_DAY, periods=WEEKS, freq="7D"), k),
            "channel": np.tile(np.array(market.names, dtype=object), WEEKS),
            "spend_eur": spends.T.ravel(),
            "orders": orders.T.ravel().astype(np.int64),
        }
    )


# --------------------------------------------------------------------------- posts

_FORMATS = ("photo", "carrousel", "vidéo courte", "texte")
_POST_TITLES = (
    "Le {} au petit matin", "Tout savoir sur le {}", "Le {} vu par vous", "Les coulisses du {}",
    "Trois idées avec le {}", "Le {} est de retour", "Un {} à gagner", "Question du jour : le {}",
)  # fmt: skip

# By difficulty: how far the order of the rates is from opposite to that of the reach.
_RATE_DISORDER = {1: 0.3, 2: 0.4, 3: 0.5}
_POSTS_SHARE = 0.05  # of the year's spend


@labelled
def posts(seed: int = 0, difficulty: int = 1, n: int = 96) -> pd.DataFrame:
    """A year of the company's posts on its social channels, videos left aside.

    Parameters
    ----------
    seed : int, at least 0
        Decides everything: the same seed, difficulty and ``n`` give the same frame.
    difficulty : 1, 2 or 3
        How plainly the two rates disagree.
    n : int, from 30 to 300
        Number of posts.

    Returns
    -------
    DataFrame
        A row a post, by date. ``post_id`` (text), ``published_at`` (datetime64, between 8 a.m. and
        8 p.m.), ``channel``, ``format``, ``product``, ``title`` (French), ``followers`` (of the
        account that day), ``reach`` (people), ``impressions``, ``likes``, ``comments``, ``shares``,
        ``saves``, ``clicks``, ``cost_eur`` (making and promotion; all posts of a year cost a
        twentieth of what the channels cost). Counts are integers, 1 at least.
        ``reach <= impressions``; likes, comments, shares and saves add up to less than the reach.

        For every seed: engagement by reach and by followers are negatively correlated (Spearman);
        the best post by followers is not among the best third by reach; the most liked posts have
        the costliest clicks (Spearman's correlation of ``likes`` and ``cost_eur / clicks`` is
        positive, and the most liked post is not among the cheapest half).

    Raises
    ------
    CinqclesError
        ``n``, ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> frame = posts(seed=1, n=40)
    >>> bool((frame["reach"] <= frame["impressions"]).all())
    True
    """
    market = _market(seed, difficulty)
    if not MIN_POSTS <= n <= MAX_POSTS:
        raise CinqclesError(
            _("Demandez de {low} à {high} publications (reçu : {n}).").format(
                low=MIN_POSTS, high=MAX_POSTS, n=n
            )
        )
    rng = generator(seed, "posts")
    k = len(market.names)
    counts = shared_out(n, grid(rng, 1, 2.5, k)[rng.permutation(k)])
    channel = np.repeat(np.arange(k), counts)[rng.permutation(n)]
    day = np.sort(rng.random(n) * 7 * WEEKS)
    minutes = (np.floor(day) * 24 * 60 + 8 * 60 + np.floor(day % 1 * 12 * 60)).astype(np.int64)
    last = channels(seed, difficulty)["followers"].to_numpy()[channel]
    followers = np.round(last * (0.8 + 0.2 * day / (7 * WEEKS)))

    # How far each post travels; per person reached, those that travel far engage the least.
    spread = rng.permutation(n)
    reach = np.round(followers * grid(rng, 0.15, 3, n)[spread])
    dull = _opposite(rng, spread, _RATE_DISORDER[difficulty])
    engaged = reach * grid(rng, 0.05, 0.18, n)[dull]
    likes = np.ceil(engaged * (0.75 + 0.1 * rng.random(n)))
    others = np.ceil(engaged[:, None] * (0.02 + 0.04 * rng.random((n, 3)))).astype(np.int64)

    clicks = np.ceil(reach * (0.004 + 0.016 * rng.random(n)))
    liked = np.argsort(np.argsort(likes, kind="stable"))
    cost_per_click = grid(rng, 0.3, 2.4, n)[_opposite(rng, n - 1 - liked, 0.5)]
    cost = clicks * cost_per_click
    year_eur = WEEKS * market.spent.sum()
    return pd.DataFrame(
        {
            "post_id": [f"liseron-p{i:03d}" for i in range(1, n + 1)],
            "published_at": FIRST_DAY + pd.to_timedelta(minutes, unit="min"),
            "channel": np.array(market.names, dtype=object)[channel],
            "format": np.array(_FORMATS, dtype=object)[_picked(rng, len(_FORMATS), n)],
            **_product_and_title(rng, n),
            "followers": followers.astype(np.int64),
            "reach": reach.astype(np.int64),
            "impressions": np.ceil(reach * (1.1 + 0.5 * rng.random(n))).astype(np.int64),
            "likes": likes.astype(np.int64),
            "comments": others[:, 0],
            "shares": others[:, 1],
            "saves": others[:, 2],
            "clicks": clicks.astype(np.int64),
            "cost_eur": np.round(cost * _POSTS_SHARE * year_eur / cost.sum(), 2),
        }
    )


def _opposite(rng: np.random.Generator, places: Places, disorder: float) -> Places:
    """Places in an order close to the opposite of the given one."""
    n = len(places)
    return np.asarray(noisy_order(rng, n, disorder)[n - 1 - places])


def _picked(rng: np.random.Generator, kinds: int, n: int) -> Places:
    return np.asarray((kinds * rng.random(n)).astype(np.intp))


def _product_and_title(rng: np.random.Generator, n: int) -> dict[str, list[str]]:
    products = [PRODUCTS[i] for i in _picked(rng, len(PRODUCTS), n)]
    kinds = _picked(rng, len(_POST_TITLES), n)
    titles = [_POST_TITLES[kind].format(name) for kind, name in zip(kinds, products, strict=True)]
    return {"product": products, "title": titles}
