"""The videos of « Maison Liseron », and who watched them for how long.

Their numbers are drawn so that likes mislead, in the three ways key 5 is about:

1. *The wrong winner.* The most liked videos are cute or fashionable clips. Per euro spent they
   earn far fewer seconds of attention than the tutorials, and they lose money.
2. *Simpson's reversal.* Within each format, the more likes a video gets, the better it converts
   its viewers; over all videos, the sign is the other way round, because clips get many likes and
   few sales whatever they show. x is ``likes``, y is ``conversions / views``, by ``format``.
3. *The average hides the distribution.* How long people watch follows, video by video, a curve
   that loses many of a clip's viewers before 7 seconds and hardly any of a tutorial's: "average
   attention is 7 seconds" is neither true nor false until one says of what.

How it is drawn. Everything comes from evenly spaced grids that are jittered by less than their
step, so that the three lessons hold for every seed (tests try hundreds) and no two videos tie; the
seed decides which video gets which place. Only uniform draws and permutations are used: the same
seed gives the same company on every machine.

Viewing times. Of a video of length D, the share still watching after t is
``S(t) = exp(-h (t/D)**k)``: ``exp(-h)`` is the share that sees the end, and ``k < 1`` means that
people leave early rather than late. The average view duration is the area under S from 0 to D,
and the completed views are ``S(D)``: the two columns of a video give its curve back, which is how
`viewings` draws individual viewers consistent with them.
"""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd

from cinqcles.data.company.setting import FIRST_DAY, PRODUCTS, Floats, grid, labelled, noisy_order
from cinqcles.errors import CinqclesError
from cinqcles.messages import _

MIN_VIDEOS, MAX_VIDEOS = 6, 60

TRACKER_STOPS = 0.15
"""Share of viewings whose tracker stops at a moment drawn over the video, seen or not."""

# Clips from the least to the most liked: the cat comes last.
_CLIPS = (
    "Trois gestes avec le {}", "Le {} en dix secondes", "On emballe le {}", "ASMR : le {}",
    "Le {} façon défilé", "La danse du {}", "Le chiot goûte le {}", "Le chat contre le {}",
)  # fmt: skip
_TUTORIALS = (
    "Visite de l’atelier : le {}", "D’où vient le {} ?", "Démonstration : le {}",
    "Bien choisir son {}", "Tutoriel : utiliser le {}", "Le {} fabriqué sous vos yeux",
    "Vos questions sur le {}", "Mode d’emploi complet : le {}",
)  # fmt: skip


@labelled
def videos(seed: int = 0, n: int = 24) -> pd.DataFrame:
    """A year of the company's videos.

    Parameters
    ----------
    seed : int, at least 0
        Decides everything: the same seed and ``n`` give the same frame.
    n : int, from 6 to 60
        Number of videos; half of them (rounded down) are clips.

    Returns
    -------
    DataFrame
        A row a video, by date. ``video_id`` (text), ``title`` (text, in French, all different),
        ``published_on`` (datetime64, all different), ``format`` (``"court"`` or ``"long"``),
        ``duration_s``, ``impressions``, ``reach`` (people), ``views``, ``watch_time_s`` (total),
        ``average_view_duration_s`` (``watch_time_s / views``), ``completed_views``, ``likes``,
        ``comments``, ``shares``, ``subscribers`` (gained), ``cost_eur`` (production and
        promotion), ``conversions`` (orders), ``margin_eur`` (before that cost). Counts and
        ``duration_s`` and ``watch_time_s`` are integers; amounts are rounded to the cent.
        ``completed_views <= views <= impressions`` and ``reach <= impressions``.

        For every seed: all ``likes`` differ; any two videos differ by 2 % or more on
        ``watch_time_s / cost_eur``; the most liked video is among the worst third on it, and
        costs more than its margin; Spearman's correlation of ``likes`` with
        ``conversions / views`` is negative over all videos and positive within each format.

    Raises
    ------
    CinqclesError
        ``n`` is out of bounds or ``seed`` is negative.

    Examples
    --------
    >>> frame = videos(seed=1, n=12)
    >>> bool((frame["views"] <= frame["impressions"]).all())
    True
    >>> frame.loc[frame["likes"].idxmax(), "format"]
    'court'
    """
    if not MIN_VIDEOS <= n <= MAX_VIDEOS or seed < 0:
        raise CinqclesError(
            _(
                "Demandez de {low} à {high} vidéos et une graine positive ou nulle "
                "(reçu : {n} vidéos, graine {seed})."
            ).format(low=MIN_VIDEOS, high=MAX_VIDEOS, n=n, seed=seed)
        )
    rng = np.random.default_rng(seed)
    clips, tutorials = _clips(rng, n // 2), _tutorials(rng, n - n // 2)
    frame = pd.concat([clips, tutorials], ignore_index=True)

    # Seconds watched per euro: places on a grid of n, the clips lower, the most liked lowest.
    place = frame.pop("value_score").rank(method="first").to_numpy() - 1
    per_euro = grid(rng, 260, 3200, n)[place.astype(int)]
    frame["cost_eur"] = (frame["watch_time_s"] / per_euro).round(2)
    margin_per_order = 9 + 4 * rng.random(n)
    frame["margin_eur"] = (frame["conversions"] * margin_per_order).round(2)
    frame["comments"] = np.ceil(frame["likes"] * (0.02 + 0.05 * rng.random(n))).astype(int)
    shared = np.where(frame["format"] == "court", 0.04, 0.12)
    frame["shares"] = np.ceil(frame["likes"] * shared * (0.5 + rng.random(n))).astype(int)
    frame["subscribers"] = np.round(frame["views"] * (0.0005 + 0.002 * rng.random(n))).astype(int)
    frame["average_view_duration_s"] = frame["watch_time_s"] / frame["views"]

    frame = frame.iloc[rng.permutation(n)].reset_index(drop=True)
    days = np.sort(rng.permutation(361)[:n])
    frame["published_on"] = FIRST_DAY + pd.to_timedelta(days, unit="D")
    frame["video_id"] = [f"liseron-{i:03d}" for i in range(1, n + 1)]
    return frame[[
        "video_id", "title", "published_on", "format", "duration_s", "impressions", "reach",
        "views", "watch_time_s", "average_view_duration_s", "completed_views", "likes",
        "comments", "shares", "subscribers", "cost_eur", "conversions", "margin_eur",
    ]]  # fmt: skip


@labelled
def viewings(video: pd.Series, seed: int = 0, n: int = 500) -> pd.DataFrame:
    """How long individual people watched one video, as its page's tracker recorded it.

    Parameters
    ----------
    video : Series
        A row of `videos`: ``video_id, duration_s, views, average_view_duration_s,
        completed_views`` are used.
    seed : int, at least 0
        Two videos with the same seed still get different viewers.
    n : int, at least 1
        Number of viewings recorded.

    Returns
    -------
    DataFrame
        ``viewing_s`` (from 0.1 to ``duration_s``, cut to the tenth) and ``still_watching`` (bool).
        True means that the person had not left when the record ends, either because the video
        was over or because the tracker stopped (at most one record in seven, at a moment that has
        nothing to do with the viewer): right-censored, the whole duration is not known. A
        Kaplan-Meier curve of these records has the video's average view duration as its area;
        their plain mean is too short.

    Raises
    ------
    CinqclesError
        ``n`` is below 1, ``seed`` is negative, or nobody, or everybody, saw the end: no curve
        can be told from such a row.

    Examples
    --------
    >>> video = videos(seed=1).iloc[0]
    >>> seen = viewings(video, n=200)
    >>> bool(seen["viewing_s"].between(0.1, video["duration_s"]).all())
    True
    """
    duration = float(video["duration_s"])
    completed = float(video["completed_views"]) / float(video["views"])
    watched = float(video["average_view_duration_s"]) / duration
    if n < 1 or seed < 0 or not completed < watched < 1 or completed <= 0:
        raise CinqclesError(
            _(
                "Impossible de tirer {n} durées de visionnage pour cette vidéo : il faut au moins "
                "une durée, une graine positive ou nulle, et une vidéo que certains spectateurs, "
                "mais pas tous, regardent jusqu’au bout."
            ).format(n=n)
        )
    h = -np.log(completed)
    k = _shape(h, watched)
    rng = np.random.default_rng([seed, zlib.crc32(str(video["video_id"]).encode())])
    leaves = duration * (-np.log1p(-rng.random(n)) / h) ** (1 / k)
    stops = np.where(rng.random(n) < TRACKER_STOPS, duration * rng.random(n), np.inf)
    ends = np.minimum(stops, duration)
    # Cut, not rounded: whoever left just before the end must not seem to have seen it.
    viewing = np.clip(np.floor(10 * np.minimum(leaves, ends)) / 10, 0.1, duration)
    return pd.DataFrame({"viewing_s": viewing, "still_watching": leaves > ends})


def _clips(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Clips, from the least to the most liked; the latter are the costliest per second."""
    frame = _videos_of(
        rng,
        n,
        likes=(900, 9_000),
        likes_per_view=(0.03, 0.08),
        conversions_per_view=(0.0002, 0.0006),
        duration_s=(20, 45),
        completed=(0.08, 0.16),
        k=(0.5, 0.7),
        titles=_CLIPS,
        views_per_impression=(0.45, 0.8),
    )
    frame["format"] = "court"
    frame["value_score"] = (n - 1 - noisy_order(rng, n)) / n
    return frame


def _tutorials(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Tutorials and demonstrations, from the least to the most liked."""
    frame = _videos_of(
        rng,
        n,
        likes=(60, 700),
        likes_per_view=(0.012, 0.03),
        conversions_per_view=(0.006, 0.025),
        duration_s=(150, 420),
        completed=(0.15, 0.35),
        k=(0.75, 1.1),
        titles=_TUTORIALS,
        views_per_impression=(0.05, 0.12),
    )
    frame["format"] = "long"
    frame["value_score"] = 0.6 + noisy_order(rng, n) / n
    return frame


def _videos_of(
    rng: np.random.Generator,
    n: int,
    *,
    likes: tuple[float, float],
    likes_per_view: tuple[float, float],
    conversions_per_view: tuple[float, float],
    duration_s: tuple[float, float],
    completed: tuple[float, float],
    k: tuple[float, float],
    titles: tuple[str, ...],
    views_per_impression: tuple[float, float],
) -> pd.DataFrame:
    """Videos of one format, from the least to the most liked; each pair gives a range."""

    def between(bounds: tuple[float, float]) -> Floats:
        return np.asarray(bounds[0] + (bounds[1] - bounds[0]) * rng.random(n))

    liked = np.round(grid(rng, *likes, n))
    views = np.round(liked / grid(rng, *likes_per_view, n))
    converted = grid(rng, *conversions_per_view, n)[noisy_order(rng, n)]
    duration = np.round(between(duration_s))
    ends = between(completed)
    watched = _mean_share(-np.log(ends), between(k))
    impressions = np.ceil(views / between(views_per_impression))
    # Enough kinds for the most liked to be of the last kinds, each with its subjects at random.
    kinds = np.round(np.linspace(0, len(titles) - 1, n)).astype(int)
    subjects = {kind: list(rng.permutation(len(PRODUCTS))) for kind in range(len(titles))}
    names = [titles[kind].format(PRODUCTS[subjects[int(kind)].pop()]) for kind in kinds]
    counts = pd.DataFrame(
        {
            "duration_s": duration,
            "impressions": impressions,
            "reach": np.round(impressions * (0.6 + 0.3 * rng.random(n))),
            "views": views,
            "watch_time_s": np.round(views * watched * duration),
            "completed_views": np.round(views * ends),
            "likes": liked,
            "conversions": np.round(views * converted),
        }
    )
    frame = counts.astype(np.int64)
    frame.insert(0, "title", names)
    return frame


def _mean_share(h: Floats, k: Floats) -> Floats:
    """Average share of a video that is watched: the area under ``exp(-h u**k)``, u from 0 to 1.

    With u = v**4 the integrand is smooth at 0 for the small ``k`` used here; midpoint rule.
    """
    v = (np.arange(500) + 0.5) / 500
    curve = np.exp(-h[:, None] * v[None, :] ** (4 * k[:, None])) * 4 * v**3
    return np.asarray(curve.mean(axis=1))


def _shape(h: float, watched: float) -> float:
    """The ``k`` for which the average share watched is ``watched``: it increases with ``k``."""
    low, high = 1e-3, 1e3
    for _step in range(60):
        middle = float(np.sqrt(low * high))
        if _mean_share(np.array([h]), np.array([middle]))[0] < watched:
            low = middle
        else:
            high = middle
    return low
