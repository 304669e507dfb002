"""Key 5, beyond appearances: what likes hide, and what money and watching time say.

Idea
----
A like is a numerator with no denominator. The module puts the denominators back, in three steps,
each answering the flaw of the one before.

1. **Ratios.** ``engagement_rate_by_reach``, ``_by_impressions`` and ``_by_followers`` share a
   numerator and rank posts differently, so the denominator is in the name. ``cost_per_view``,
   ``cost_per_engaged_second``, ``roi``… put the money back. *Flaw*: the mean of forty rates is not
   the rate of forty posts. ``pooled`` adds up first and divides afterwards; ``wilson_interval``
   says how far ten clicks can be trusted.
2. **Curves.** An average viewing time hides when people leave. ``retention_curve`` gives
   S(t) = P(still watching after t seconds) from individual views (Kaplan–Meier), so that
   ``1 - curve.at(7)`` is the share gone by second 7: any claim about "the average attention span"
   becomes something to test. ``aggregate_retention`` reads a platform's own curve.
3. **Rankings.** Does the favourite indicator order posts as the useful one does?
   ``compare_rankings`` answers with an interval; ``simpson_reversals`` asks whether the answer
   survives inside each post type. On 500 posts of a cosmetics brand (Moro, Rita & Vala 2016),
   likes against engaged users per reach gives −0.29 overall, −0.46 on photos, +0.42 on statuses.

Reading the numbers
-------------------
A rate is a share: 0.05 is 5 %. Seconds and euros are in the argument's name. **Missing is not
zero**: a missing numerator, or a zero or missing denominator, makes that row NaN, neither 0 nor
infinite; and when no row at all has a denominator, ``MetricError`` names it.

Shapes
------
The metrics take numbers, 1-D arrays, or Series. Numbers give a ``float``, arrays an array, Series
a Series with its index. A number stands for every row. Series must share their index: nothing is
aligned in silence.

Example
-------
>>> import pandas as pd
>>> likes = pd.Series([90, 4, 0], index=["reel", "photo", "draft"])
>>> reach = pd.Series([3000, 40, 0], index=["reel", "photo", "draft"])
>>> engagement_rate_by_reach(likes, reach)
reel     0.03
photo    0.10
draft     NaN
dtype: float64
>>> round(pooled(engagement_rate_by_reach, likes, reach), 4)
0.0309
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from cinqcles.errors import MetricError
from cinqcles.keys._inputs import check_confidence, check_labels, check_lengths
from cinqcles.messages import _, number

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

# What a metric returns follows what it is given (float, array or Series), as a NumPy ufunc's
# result does; the type system has no short way to say so.
Like: TypeAlias = Any

# --------------------------------------------------------------------------- ratios


def engagement_rate_by_reach(interactions: npt.ArrayLike, reach: npt.ArrayLike) -> Like:
    """Interactions per person reached (ERR).

    ``ERR = interactions / reach``

    Parameters
    ----------
    interactions : array_like(float), count of likes, comments, shares, saves…
    reach : array_like(float), count of different people who saw the post

    Returns
    -------
    float, array or Series: 0 = nobody reacted, 1 = as many interactions as people reached. It may
    exceed 1, since one person can like, comment and share. NaN where the reach is zero or missing.

    Raises
    ------
    MetricError
        If no row has a reach, a count is negative or not a number, or the rows do not match.

    Notes
    -----
    Tools differ in silence on the denominator: Iconosquare divides LinkedIn engagement by
    followers (support.iconosquare.com). Compare two figures only once you know both.

    Examples
    --------
    >>> engagement_rate_by_reach(30, 1000)
    0.03
    """
    return _ratio(_("le nombre d’interactions"), interactions, _("la portée"), reach)


def engagement_rate_by_impressions(interactions: npt.ArrayLike, impressions: npt.ArrayLike) -> Like:
    """Interactions per display of the post (ERI).

    ``ERI = interactions / impressions``

    Parameters
    ----------
    interactions : array_like(float), count
    impressions : array_like(float), count of displays, or of views where the platform counts those
        (Meta's "views" replaced impressions); repeats are counted

    Returns
    -------
    float, array or Series: 0 = nobody reacted, 1 = one interaction per display. At most the
    engagement rate by reach, as one person counts several impressions. NaN where the impressions
    are zero or missing.

    Raises
    ------
    MetricError
        If no row has impressions, a count is negative or not a number, or the rows do not match.

    Notes
    -----
    Definition by denominator: see ``engagement_rate_by_reach``.

    Examples
    --------
    >>> engagement_rate_by_impressions(30, 1500)
    0.02
    """
    return _ratio(
        _("le nombre d’interactions"), interactions, _("le nombre d’impressions"), impressions
    )


def engagement_rate_by_followers(interactions: npt.ArrayLike, followers: npt.ArrayLike) -> Like:
    """Interactions per follower of the account (ERF).

    ``ERF = interactions / followers``

    Parameters
    ----------
    interactions : array_like(float), count
    followers : array_like(float), count of followers when the post was published

    Returns
    -------
    float, array or Series: 0 = nobody reacted, 1 = as many interactions as followers. It may
    exceed 1 when a post travels beyond the followers. NaN where the followers are zero or missing.

    Raises
    ------
    MetricError
        If no row has followers, a count is negative or not a number, or the rows do not match.

    Notes
    -----
    Definition by denominator: see ``engagement_rate_by_reach``. This one does not know
    who saw the post.

    Examples
    --------
    >>> engagement_rate_by_followers(30, 600)
    0.05
    """
    return _ratio(_("le nombre d’interactions"), interactions, _("le nombre d’abonnés"), followers)


def average_view_duration_s(watch_time_s: npt.ArrayLike, views: npt.ArrayLike) -> Like:
    """Average seconds watched per view.

    ``AVD = watch time / views``

    Parameters
    ----------
    watch_time_s : array_like(float), seconds watched by everyone together
    views : array_like(float), count of views. For YouTube Shorts take the *engaged* views: since
        31 March 2025 a plain view is any start or replay

    Returns
    -------
    float, array or Series, in seconds: 0 = started and never watched; there is no upper bound.
    NaN where the views are zero or missing.

    Raises
    ------
    MetricError
        If no row has views, a value is negative or not a number, or the rows do not match.

    Notes
    -----
    YouTube Analytics API, ``averageViewDuration``: "average length, in seconds, of video
    playbacks".

    Examples
    --------
    >>> average_view_duration_s(3750, 100)
    37.5
    """
    return _ratio(_("la durée de visionnage"), watch_time_s, _("le nombre de vues"), views)


def average_percentage_viewed(
    average_view_duration_s: npt.ArrayLike, duration_s: npt.ArrayLike
) -> Like:
    """Share of the video watched in an average view.

    ``APV = average view duration / video duration``

    Parameters
    ----------
    average_view_duration_s : array_like(float), seconds per view
    duration_s : array_like(float), length of the video in seconds

    Returns
    -------
    float, array or Series: 0 = nothing watched, 1 = the whole video once. It may exceed 1: a short
    video replayed is watched for longer than it lasts. NaN where the duration is zero or missing.

    Raises
    ------
    MetricError
        If no row has a duration, a value is negative or not a number, or the rows do not match.

    Notes
    -----
    YouTube Analytics API, ``averageViewPercentage``: "average percentage of a video watched during
    a video playback". Both columns are already *per view*, so they do not add up across videos:
    ``pooled`` asks for the views.

    Examples
    --------
    >>> average_percentage_viewed(37.5, 60)
    0.625
    """
    return _ratio(
        _("la durée moyenne de visionnage"),
        average_view_duration_s,
        _("la durée de la vidéo"),
        duration_s,
    )


def cost_per_view(cost_eur: npt.ArrayLike, views: npt.ArrayLike) -> Like:
    """Euros spent for one view (CPV).

    ``CPV = cost / views``

    Parameters
    ----------
    cost_eur : array_like(float), euros
    views : array_like(float), count, by the platform's own definition: 2 s for some, 30 s or the
        end for others; never compare the CPV of two platforms without it

    Returns
    -------
    float, array or Series, in euros per view: 0 = free, 1 = one euro a view. NaN where the views
    are zero or missing.

    Raises
    ------
    MetricError
        If no row has views, a value is negative or not a number, or the rows do not match.

    Notes
    -----
    Usual glossary definition (jepto.com, marketingbyark.com).

    Examples
    --------
    >>> cost_per_view(50, 1000)
    0.05
    """
    return _ratio(_("le coût"), cost_eur, _("le nombre de vues"), views)


def cost_per_completed_view(cost_eur: npt.ArrayLike, completed_views: npt.ArrayLike) -> Like:
    """Euros spent for one video watched to its end (CPCV).

    ``CPCV = cost / completed views``

    Parameters
    ----------
    cost_eur : array_like(float), euros
    completed_views : array_like(float), count of views that reached the end

    Returns
    -------
    float, array or Series, in euros per completed view: 0 = free, 1 = one euro each. Never less
    than the cost per view. NaN where the completed views are zero or missing.

    Raises
    ------
    MetricError
        If no row has completed views, a value is negative or not a number, or the rows do not
        match.

    Notes
    -----
    Usual glossary definition (jepto.com, marketingbyark.com). Meta's ThruPlay (complete or 15 s)
    is a laxer count.

    Examples
    --------
    >>> cost_per_completed_view(50, 200)
    0.25
    """
    return _ratio(_("le coût"), cost_eur, _("le nombre de vues complètes"), completed_views)


def cost_per_engaged_second(cost_eur: npt.ArrayLike, engaged_s: npt.ArrayLike) -> Like:
    """Euros spent for one second of somebody's attention.

    ``CPES = cost / engaged seconds``

    Parameters
    ----------
    cost_eur : array_like(float), euros
    engaged_s : array_like(float), seconds watched by everyone together

    Returns
    -------
    float, array or Series, in euros per second: 0 = free, 1 = one euro a second. NaN where the
    seconds are zero or missing.

    Raises
    ------
    MetricError
        If no row has engaged seconds, a value is negative or not a number, or the rows do not
        match.

    Notes
    -----
    The course's key 5 in one number: money over time watched. It is a cost per watched second,
    not a platform's published metric.

    Examples
    --------
    >>> cost_per_engaged_second(50, 10_000)
    0.005
    """
    return _ratio(_("le coût"), cost_eur, _("le temps d’attention"), engaged_s)


def cpm(cost_eur: npt.ArrayLike, impressions: npt.ArrayLike) -> Like:
    """Euros spent for a thousand displays (cost per mille).

    ``CPM = 1000 · cost / impressions``

    Parameters
    ----------
    cost_eur : array_like(float), euros
    impressions : array_like(float), count of displays

    Returns
    -------
    float, array or Series, in euros per thousand: 0 = free, 1 = one euro per thousand displays.
    NaN where the impressions are zero or missing.

    Raises
    ------
    MetricError
        If no row has impressions, a value is negative or not a number, or the rows do not match.

    Notes
    -----
    Usual glossary definition (jepto.com, marketingbyark.com).

    Examples
    --------
    >>> cpm(50, 20_000)
    2.5
    """
    return 1000 * _ratio(_("le coût"), cost_eur, _("le nombre d’impressions"), impressions)


def cpa(cost_eur: npt.ArrayLike, conversions: npt.ArrayLike) -> Like:
    """Euros spent for one conversion (cost per action).

    ``CPA = cost / conversions``

    Parameters
    ----------
    cost_eur : array_like(float), euros
    conversions : array_like(float), count of the action aimed at: a sale, a quote, a sign-up

    Returns
    -------
    float, array or Series, in euros per conversion: 0 = free, 1 = one euro each. NaN where the
    conversions are zero or missing: money with no result has no cost per result.

    Raises
    ------
    MetricError
        If no row has conversions, a value is negative or not a number, or the rows do not match.

    Notes
    -----
    Usual glossary definition (jepto.com, marketingbyark.com).

    Examples
    --------
    >>> cpa(50, 4)
    12.5
    """
    return _ratio(_("le coût"), cost_eur, _("le nombre de conversions"), conversions)


def roas(value_eur: npt.ArrayLike, cost_eur: npt.ArrayLike) -> Like:
    """Euros of sales per euro of advertising (return on ad spend).

    ``ROAS = value / cost``

    Parameters
    ----------
    value_eur : array_like(float), euros of sales attributed to the spend
    cost_eur : array_like(float), euros

    Returns
    -------
    float, array or Series: 0 = no sale, 1 = sales equal the spend, *which is a loss* as soon as
    what is sold costs something: see ``roi``. NaN where the cost is zero or missing.

    Raises
    ------
    MetricError
        If no row has a cost, a value is negative or not a number, or the rows do not match.

    Notes
    -----
    Usual glossary definition (jepto.com, marketingbyark.com).

    Examples
    --------
    >>> roas(200, 50)
    4.0
    """
    return _ratio(_("la valeur générée"), value_eur, _("le coût"), cost_eur)


def roi(margin_eur: npt.ArrayLike, cost_eur: npt.ArrayLike) -> Like:
    """Net gain per euro spent (return on investment).

    ``ROI = (margin − cost) / cost``

    Parameters
    ----------
    margin_eur : array_like(float), euros left once the goods sold are paid for, before the cost of
        the campaign; negative when sold at a loss
    cost_eur : array_like(float), euros

    Returns
    -------
    float, array or Series: −1 = all the money is lost, 0 = break-even, 1 = each euro brings itself
    back and one more. NaN where the cost is zero or missing.

    Raises
    ------
    MetricError
        If no row has a cost, a cost is negative, a value is not a number, or the rows do not
        match.

    Notes
    -----
    Institute of Practitioners in Advertising, ROMI guide, chap. 2 (romi.ipa.co.uk): incremental
    net profit over the cost of the campaign.

    Examples
    --------
    >>> roi(120, 50)
    1.4
    """
    return _ratio(_("la marge"), margin_eur, _("le coût"), cost_eur, net=True)


def pooled(
    metric: Callable[..., Like],
    *columns: npt.ArrayLike,
    by: npt.ArrayLike | None = None,
    views: npt.ArrayLike | None = None,
) -> Like:
    """The metric of all rows together: a ratio of sums, never a mean of ratios.

    ``pooled(metric, a, b) = metric(Σ a, Σ b)`` over the rows where both are known.

    A mean of ratios gives a post seen by ten people the weight of one seen by ten thousand. In one
    real export the click-through rate was 1.68 %; the plain mean of its rows said 2.69 %.

    Parameters
    ----------
    metric : one of this module's metrics, or a function of columns *that add up across rows*
    *columns : array_like(float, ndim=1), the metric's arguments, in its order
    by : array_like(ndim=1), optional, the group of each row; rows with no group form one of their
        own (NaN)
    views : array_like(float, ndim=1), for ``average_percentage_viewed`` only, and required there.
        Its columns are per view and mean nothing once added up; multiplied by the views they are
        seconds watched over seconds offered: ``Σ(views · AVD) / Σ(views · duration)``

    Returns
    -------
    float, or Series indexed by group when ``by`` is given: 0 and 1 mean what they mean for
    ``metric``. NaN for a group with no complete row or an empty denominator.

    Raises
    ------
    MetricError
        If the denominator is empty everywhere, a row has a value the metric refuses (sums must not
        hide it), the rows do not match, a column is a lone number, or ``views`` is missing or out
        of place.

    Notes
    -----
    Ratio estimator: Cochran, *Sampling Techniques*, 3rd ed. 1977, chap. 6. Reach and followers
    count people, and the same people from post to post: pooled, those rates are per person *and
    per post*, not per person of the whole audience.

    Examples
    --------
    >>> clicks, shown = [9, 10], [10, 1000]
    >>> round(pooled(engagement_rate_by_impressions, clicks, shown), 4)
    0.0188
    >>> pooled(average_percentage_viewed, [30.0, 10.0], [60.0, 10.0], views=[100, 100])
    0.5714285714285714
    """
    per_view = metric is average_percentage_viewed
    if per_view and views is None:
        raise MetricError(
            _(
                "Il manque les vues : une durée moyenne ne s’additionne pas d’une vidéo à l’autre. "
                "Ajoutez views=… (le nombre de vues de chaque vidéo), pour rapporter les secondes "
                "regardées aux secondes proposées."
            )
        )
    if not per_view and views is not None:
        raise MetricError(
            _(
                "views=… ne sert qu’à average_percentage_viewed : les colonnes de {metric} "
                "s’additionnent déjà telles quelles. Retirez views=…."
            ).format(metric=getattr(metric, "__name__", metric))
        )
    if any(np.ndim(column) == 0 for column in (columns if views is None else (*columns, views))):
        raise MetricError(
            _(
                "pooled additionne des colonnes, et a reçu un nombre seul. Donnez une valeur par "
                "ligne, ou appelez directement {metric}."
            ).format(metric=getattr(metric, "__name__", metric))
        )
    named = {_("la colonne n° {n}").format(n=n): column for n, column in enumerate(columns, 1)}
    if views is not None:
        named[_("le nombre de vues")] = views
    groups = {} if by is None else {_("la colonne des groupes"): by}
    try:
        index = _common_index({**named, **groups})
        arrays, _like = _clean(named, signed=list(named)[: len(columns)])
        # A metric refuses a value, not a row: the two ends of each column tell whether it would,
        # so that no sum hides an impossible value.
        ends = [np.array([np.fmin.reduce(a), np.fmax.reduce(a)]) for a in arrays]
        metric(*ends[: len(columns)])
    except MetricError:
        metric(*columns)  # Says which row, and calls the column by its name.
        raise

    known = ~np.logical_or.reduce([np.isnan(array) for array in arrays])
    summed = arrays[: len(columns)]
    if views is not None:
        summed = [array * arrays[-1] for array in summed]
    if by is None:
        if not known.all():
            summed = [array[known] for array in summed]
        return metric(*(array.sum() if array.size else np.nan for array in summed))
    frame = pd.DataFrame(
        {n: np.where(known, array, np.nan) for n, array in enumerate(summed)}, index=index
    )
    totals = frame.groupby(_labels(by, index), dropna=False, observed=True).sum(min_count=1)
    return metric(*(totals[n] for n in range(len(columns))))


def wilson_interval(
    successes: npt.ArrayLike, trials: npt.ArrayLike, confidence: float = 0.95
) -> tuple[Like, Like]:
    """How far a rate may be trusted: Wilson's interval for a proportion.

    ``(p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n)``, with p = successes / trials, n = trials
    and z the normal quantile of (1 + confidence)/2.

    Parameters
    ----------
    successes : array_like(float), count, between 0 and ``trials``
    trials : array_like(float), count
    confidence : float in (0, 1)

    Returns
    -------
    (low, high) : two floats, arrays or Series, shares within [0, 1]; low is 0 with no success and
    high is 1 with nothing but successes. Unlike p ± z·σ it never has zero width: no click out of
    ten is not "0 % for sure". NaN where the trials are zero or missing.

    Raises
    ------
    MetricError
        If no row has trials, a count is negative or not a number, there are more successes than
        trials, the rows do not match, or ``confidence`` is not between 0 and 1.

    Notes
    -----
    Wilson, "Probable inference, the law of succession, and statistical inference", *JASA* 22
    (1927), 209–212.

    Examples
    --------
    >>> low, high = wilson_interval(10, 100)
    >>> round(low, 3), round(high, 3)
    (0.055, 0.174)
    """
    names = _("le nombre de succès"), _("le nombre d’essais")
    named = dict(zip(names, (successes, trials), strict=True))
    arrays, like = _clean(named)
    won, n = np.broadcast_arrays(*arrays)
    if (won > n).any():
        row = int((won > n).argmax())
        raise MetricError(
            _(
                "Plus de succès que d’essais{where} : {won} sur {n}. Vérifiez que les deux "
                "colonnes ne sont pas inversées."
            ).format(
                where=_where(trials if np.ndim(trials) else successes, row),
                won=number(won[row], 6),
                n=number(n[row], 6),
            )
        )
    z = _normal_quantile(confidence)
    share = _ratio(names[0], won, names[1], n)
    middle = (won + z**2 / 2) / (n + z**2)
    half = z * np.sqrt(n * share * (1 - share) + z**2 / 4) / (n + z**2)
    # The interval always holds p; rounding alone would put 0 of 100 a hair away from 0.
    low, high = np.clip(middle - half, 0, share), np.clip(middle + half, share, 1)
    return like(low), like(high)


# --------------------------------------------------------------------------- retention


@dataclass(frozen=True, eq=False, slots=True)
class RetentionCurve:
    """The share of viewers still watching, second by second: S(t).

    S is a step function: it starts at 1, falls, and holds between two times. Built by
    ``retention_curve`` (one row a view) or ``aggregate_retention`` (a platform's curve). The share
    gone by t is ``1 - curve.at(t)``.

    Attributes
    ----------
    times_s : array(float), the times at which something was observed, rising, in seconds
    share_watching : array(float), S just after each time: 1 = everybody, 0 = nobody
    at_risk : array(int) or None, the views still under way just before each time
    left : array(int) or None, how many of them stopped at that time. Both are None for a
        platform's curve, which does not say how many people it rests on

    Examples
    --------
    >>> curve = retention_curve([2, 4, 4, 10], still_watching=[False, False, False, True])
    >>> curve.at([0, 2, 4])
    array([1.  , 0.75, 0.25])
    >>> curve.median_s(), curve.expected_seconds(10)
    (4.0, 5.0)
    """

    times_s: FloatArray
    share_watching: FloatArray
    at_risk: IntArray | None = None
    left: IntArray | None = None

    def at(self, t_s: npt.ArrayLike) -> Like:
        """The share still watching just after ``t_s``: S(t).

        Parameters
        ----------
        t_s : array_like(float), seconds since the start

        Returns
        -------
        float, array or Series: 1 = everybody is still there, 0 = nobody. NaN beyond the last
        observed time when somebody was still watching then: nobody saw what came next.

        Raises
        ------
        MetricError
            If every ``t_s`` is beyond what was observed, negative or not a number.

        Notes
        -----
        Kaplan & Meier 1958: the estimate is undefined after the last censored time.

        Examples
        --------
        >>> retention_curve([2, 4, 4, 10]).at(3)
        0.75
        """
        (t,), like = _clean({_("l’instant demandé"): t_s})
        return like(self._step(t, np.concatenate(([1.0], self.share_watching))))

    def median_s(self) -> float:
        """The time by which half of the viewers have left: the first t with S(t) ≤ ½.

        Returns
        -------
        float, seconds: 0 = half never really watched.

        Raises
        ------
        MetricError
            If more than half were still watching when last seen: the median is later than that,
            and no number would be honest.

        Notes
        -----
        Kaplan & Meier 1958. Where S stays at exactly ½, some packages give the middle of the step;
        this is its start.

        Examples
        --------
        >>> retention_curve([2, 4, 4, 10]).median_s()
        4.0
        """
        half = self.share_watching <= 0.5 + 1e-12  # a product of fractions meets ½ only so well
        if not half.any():
            raise MetricError(
                _(
                    "Pas de durée médiane : {share} % des spectateurs regardaient encore à "
                    "{last} s, dernier instant observé. Lisez plutôt la part encore présente "
                    "avec .at({code})."
                ).format(
                    share=number(100 * self.share_watching[-1], 1),
                    last=number(self.times_s[-1]),
                    code=f"{self.times_s[-1]:g}",
                )
            )
        return float(self.times_s[half.argmax()])

    def expected_seconds(self, until_s: float) -> float:
        """The seconds an average viewer watches within the first ``until_s`` seconds.

        ``RMST(τ) = ∫₀^τ S(t) dt``, the area under the curve (restricted mean survival time).

        Parameters
        ----------
        until_s : float, seconds since the start

        Returns
        -------
        float, seconds: 0 = all gone at once, ``until_s`` = everybody stayed throughout.

        Raises
        ------
        MetricError
            If ``until_s`` is beyond the last observed time while somebody was still watching
            (nothing is extrapolated), negative or not a number.

        Notes
        -----
        Irwin, "The standard error of an estimate of expectation of life", *J. Hygiene* 47 (1949),
        188–189.

        Examples
        --------
        >>> retention_curve([2, 4, 4, 10]).expected_seconds(4)
        3.5
        """
        until = float(_numbers(_("l’instant demandé"), until_s).item())
        self.at(until)  # refuses a time that nobody observed
        edges = np.concatenate(([0.0], np.minimum(self.times_s, until), [until]))
        return float(np.diff(edges) @ np.concatenate(([1.0], self.share_watching)))

    def interval_at(self, t_s: npt.ArrayLike, confidence: float = 0.95) -> tuple[Like, Like]:
        """How far S(t) may be trusted: Greenwood's interval on the log(−log) scale.

        ``S^exp(±z·σ)``, with ``σ² = Σ_{tᵢ≤t} dᵢ / (nᵢ(nᵢ−dᵢ)) / (log S)²``, dᵢ having left out of
        nᵢ at tᵢ, and z the normal quantile of (1 + confidence)/2.

        Parameters
        ----------
        t_s : array_like(float), seconds since the start
        confidence : float in (0, 1)

        Returns
        -------
        (low, high) : two floats, arrays or Series, shares within [0, 1]. NaN where S is 0 or 1
        (nobody left yet, or all have) and beyond the last observed time.

        Raises
        ------
        MetricError
            If the curve is a platform's, if no ``t_s`` has an interval, or if one is negative or
            not a number.

        Notes
        -----
        Kalbfleisch & Prentice, *The Statistical Analysis of Failure Time Data*, 1980. Stata's
        ``sts list`` prints it.

        Examples
        --------
        >>> low, high = retention_curve([2, 4, 4, 10]).interval_at(3)
        >>> round(low, 3), round(high, 3)
        (0.128, 0.961)
        """
        if self.at_risk is None or self.left is None:
            raise MetricError(
                _(
                    "Pas d’intervalle pour cette courbe : la plateforme ne dit pas combien de "
                    "personnes elle résume. Partez des durées de chaque vue, avec retention_curve."
                )
            )
        z = _normal_quantile(confidence)
        (t,), like = _clean({_("l’instant demandé"): t_s})
        share = self.share_watching
        with np.errstate(divide="ignore", invalid="ignore"):
            greenwood = np.cumsum(self.left / (self.at_risk * (self.at_risk - self.left)))
            spread = np.exp(z * np.sqrt(greenwood) / np.abs(np.log(share)))
            low, high = share**spread, share ** (1 / spread)
        certain = (share == 0) | (share == 1)
        low, high = (
            np.concatenate(([np.nan], np.where(certain, np.nan, bound))) for bound in (low, high)
        )
        low, high = self._step(t, low), self._step(t, high)
        if np.isnan(low).all() and not np.isnan(t).any():
            raise MetricError(
                _(
                    "Pas d’intervalle à cet instant : personne n’est encore parti, ou tout le "
                    "monde l’est déjà. Choisissez un instant entre le premier et le dernier départ."
                )
            )
        return like(low), like(high)

    def _step(self, t: FloatArray, values: FloatArray) -> FloatArray:
        """``values`` (one before the first time, then one a time) read at each ``t``."""
        found = values[np.searchsorted(self.times_s, t, side="right")]
        unseen = (t > self.times_s[-1]) & (self.share_watching[-1] > 0)
        if unseen.all():
            raise MetricError(
                _(
                    "Rien n’a été observé après {last} s, et {share} % des spectateurs "
                    "regardaient encore. Demandez un instant d’au plus {last} s : au-delà, ce "
                    "serait une invention."
                ).format(
                    last=number(self.times_s[-1]), share=number(100 * self.share_watching[-1], 1)
                )
            )
        found[unseen | np.isnan(t)] = np.nan
        return found


def retention_curve(
    viewing_s: npt.ArrayLike, still_watching: npt.ArrayLike | None = None
) -> RetentionCurve:
    """The retention curve of individual views (Kaplan–Meier).

    ``S(t) = Π_{tᵢ≤t} (1 − dᵢ/nᵢ)``: at each time somebody leaves, the share of those still there
    who stay. A view that we did not see end (``still_watching``) counts among those still there up
    to its last second, and then no more, neither as a departure nor as a loyal viewer.

    Parameters
    ----------
    viewing_s : array_like(float, ndim=1), seconds watched in each view
    still_watching : array_like(bool, ndim=1), optional, True where the viewer was not seen leaving:
        the video ended, or the measure did. By default every view ended by a departure

    Returns
    -------
    RetentionCurve with ``at_risk`` and ``left``. A view with no duration or no status is left out:
    ``at_risk[0]`` is how many were counted.

    Raises
    ------
    MetricError
        If no view has a duration, one is negative or not a number, ``still_watching`` holds
        anything but true and false, or the rows do not match.

    Notes
    -----
    Kaplan & Meier, "Nonparametric estimation from incomplete observations", *JASA* 53 (1958),
    457–481. It supposes that a view cut short by the measure would have gone on as the others did.

    Examples
    --------
    Of four viewers one was still there when the 10 s video ended:

    >>> curve = retention_curve([2, 4, 4, 10], still_watching=[False, False, False, True])
    >>> curve.share_watching
    array([0.75, 0.25, 0.25])
    """
    flag = _("l’indication de fin")
    stayed_by_default = False if still_watching is None else still_watching
    (viewing, stayed), _like = _clean(
        {_("la durée de chaque vue"): viewing_s, flag: stayed_by_default}
    )
    if not np.isin(stayed[~np.isnan(stayed)], (0, 1)).all():
        raise MetricError(
            _(
                "still_watching ne se lit pas : on attend True (la personne regardait encore) ou "
                "False (elle est partie) pour chaque vue."
            )
        )
    viewing = np.broadcast_to(viewing, np.broadcast_shapes(viewing.shape, stayed.shape))
    known = ~(np.isnan(viewing) | np.isnan(stayed))
    if not known.any():
        raise MetricError(
            _(
                "Aucune vue n’a de durée connue : il n’y a pas de courbe à tracer. Vérifiez que "
                "vous avez choisi la bonne colonne."
            )
        )
    times, ended = np.unique(viewing if known.all() else viewing[known], return_counts=True)
    if still_watching is None:
        left = ended
    else:
        departures, departed = np.unique(viewing[known & (stayed == 0)], return_counts=True)
        left = np.zeros_like(ended)
        left[np.searchsorted(times, departures)] = departed
    at_risk = ended[::-1].cumsum()[::-1]
    return RetentionCurve(times, np.cumprod(1 - left / at_risk), at_risk, left)


# A share is a number near 1: ten replays of the same second by every viewer is not seen, a
# percentage left undivided always is.
_LARGEST_SHARE = 10.0


def aggregate_retention(
    position_share: npt.ArrayLike,
    share_watching: npt.ArrayLike,
    duration_s: float,
    rising: Literal["refuse", "project"] = "refuse",
) -> RetentionCurve:
    """The retention curve of a platform's own aggregate.

    ``S(position · duration) = share``, held until the next position; the last holds for one step
    more, and never beyond the end of the video. Before the first position everybody is there.

    A platform divides *plays of that second* by views, and a replay counts again. A curve that
    rises, or starts above 1, is therefore no longer a share of people, and is refused. With
    ``rising="project"`` it is replaced by the closest curve that never rises (least squares, every
    measure counting the same), cut at 1: an approximation, to be announced as such.

    Parameters
    ----------
    position_share : array_like(float, ndim=1), rising, from 0 = start to 1 = end of the video.
        YouTube's "Video position (%)" runs from 0 to 99: divide it by 100
    share_watching : array_like(float, ndim=1), share of the views. YouTube's "Absolute audience
        retention (%)" is to be divided by 100
    duration_s : float, length of the video in seconds
    rising : "refuse" or "project", what to do with a curve that rises

    Returns
    -------
    RetentionCurve without ``at_risk`` or ``left``: 1 = everybody, 0 = nobody. A blank measure is
    left out, and the one before it holds.

    Raises
    ------
    MetricError
        If the curve rises and ``rising`` is "refuse"; if positions do not rise or leave 0..1; if
        the shares look like percentages; with fewer than two measures; with no duration.

    Notes
    -----
    YouTube Analytics API, ``audienceWatchRatio``: "absolute ratio of viewers watching the video at
    the given point", which may exceed 1. Projection: Barlow, Bartholomew, Bremner & Brunk,
    *Statistical Inference under Order Restrictions*, 1972.

    Examples
    --------
    A one-minute video watched 100 times; half of the viewers leave at 15 s:

    >>> curve = aggregate_retention([0, 0.25, 0.5, 0.75], [1, 0.5, 0.5, 0.5], duration_s=60)
    >>> curve.at([14, 15]), curve.expected_seconds(60)
    (array([1. , 0.5]), 37.5)
    """
    if rising not in ("refuse", "project"):
        raise MetricError(
            _('rising vaut « {value} » : choisissez "refuse" ou "project".').format(value=rising)
        )
    (position, share), _like = _clean(
        {
            _("la position dans la vidéo"): position_share,
            _("la part encore présente"): share_watching,
        }
    )
    length = float(_numbers(_("la durée de la vidéo"), duration_s).item())
    if not length > 0:
        raise MetricError(
            _(
                "Il faut la durée de la vidéo, en secondes et plus grande que 0, pour placer la "
                "courbe dans le temps."
            )
        )
    known = ~(np.isnan(position) | np.isnan(share))
    position, share = position[known], share[known]
    _check_aggregate(position, share)

    before = np.concatenate(([1.0], share[:-1]))
    rise = share - before
    worst = int(rise.argmax())
    if rise[worst] > 0:
        if rising == "refuse":
            raise MetricError(
                _(
                    "La courbe remonte : à {position} % de la vidéo, elle passe de {before} % à "
                    "{after} %. Un passage revu compte deux fois : ce n’est plus une part de "
                    'personnes. Ajoutez rising="project" pour prendre la courbe descendante la '
                    "plus proche, et dites-le avec votre résultat."
                ).format(
                    position=number(100 * position[worst], 1),
                    before=number(100 * before[worst], 1),
                    after=number(100 * share[worst], 1),
                )
            )
        # Loaded here: scipy.optimize would double the time to import the course.
        from scipy.optimize import isotonic_regression  # noqa: PLC0415

        share = np.minimum(isotonic_regression(share, increasing=False).x, 1.0)

    step = np.diff(position).min()
    end = position[-1] + step
    if end > 1 - step / 2:
        end = 1.0
    if end > position[-1]:
        position, share = np.append(position, end), np.append(share, share[-1])
    return RetentionCurve(position * length, share)


def _check_aggregate(position: FloatArray, share: FloatArray) -> None:
    if position.size < 2:  # noqa: PLR2004 - a step needs two ends
        raise MetricError(
            _(
                "Une courbe demande au moins deux mesures, et {n} est lisible. Vérifiez les deux "
                "colonnes de l’export de rétention."
            ).format(n=position.size)
        )
    if position.max() > 1:
        raise MetricError(
            _(
                "La position va de 0 (début) à 1 (fin de la vidéo), et une valeur est {value}. Si "
                "votre export est en pourcentage, divisez la colonne par 100."
            ).format(value=number(position.max()))
        )
    if share.max() > _LARGEST_SHARE:
        raise MetricError(
            _(
                "La part encore présente est un nombre proche de 1, et une valeur est {value}. Si "
                "votre export est en pourcentage, divisez la colonne par 100."
            ).format(value=number(share.max()))
        )
    if (np.diff(position) <= 0).any():
        raise MetricError(
            _(
                "Les positions doivent aller du début à la fin de la vidéo, chacune une seule "
                "fois. Triez le tableau, et gardez une seule vidéo."
            )
        )


# --------------------------------------------------------------------------- rankings

_FEWEST_PAIRS = 5
_FEWEST_RESAMPLES = 100
# Numbers held at once by the bootstrap: 32 MB, whatever the size of the data.
_BATCH = 4_000_000


@dataclass(frozen=True, slots=True)
class RankComparison:
    """How far two indicators rank the same things the same way.

    Attributes
    ----------
    correlation : float, 1 = same ranking, 0 = no link, −1 = reversed ranking
    low, high : float, bounds of the bootstrap interval
    n : int, the pairs compared
    dropped : int, the pairs left out because one of the two values is missing
    method : "spearman" or "kendall"
    confidence : float, of the interval
    resamples : int, of the bootstrap
    """

    correlation: float
    low: float
    high: float
    n: int
    dropped: int
    method: str
    confidence: float
    resamples: int


def compare_rankings(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    method: Literal["spearman", "kendall"] = "spearman",
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> RankComparison:
    """Do two indicators rank posts alike? A rank correlation and its interval.

    Spearman's ρ is the correlation of the ranks, ties sharing their mean rank. Kendall's τ_b is
    ``(pairs in the same order − pairs in opposite orders) / √(pairs untied in a · untied in b)``.
    The interval draws n pairs with replacement, ``resamples`` times, and keeps the middle
    ``confidence`` of the correlations found.

    Parameters
    ----------
    a, b : array_like(float, ndim=1), two measures of the same things
    method : "spearman" or "kendall"
    confidence : float in (0, 1)
    resamples : int, at least 100
    seed : int; the same seed gives the same interval

    Returns
    -------
    RankComparison: 1 = same ranking, 0 = no link, −1 = reversed. Pairs with a missing value are
    left out and counted. An interval that holds 0 does not tell which way the link goes.

    Raises
    ------
    MetricError
        With fewer than 5 complete pairs, a measure that never varies, values that are not numbers,
        rows that do not match, or an unknown method.

    Notes
    -----
    Spearman, *Am. J. Psychology* 15 (1904), 72–101; Kendall, *Biometrika* 33 (1945), 239–251 (τ_b);
    percentile bootstrap: Efron, *Annals of Statistics* 7 (1979), 1–26.

    Examples
    --------
    >>> likes = [120, 80, 60, 40, 20, 10]
    >>> watched_s = [300, 900, 500, 800, 700, 950]
    >>> found = compare_rankings(likes, watched_s)
    >>> round(found.correlation, 2), found.n
    (-0.6, 6)
    """
    correlations = {"spearman": _spearman, "kendall": _kendall}
    if method not in correlations:
        raise MetricError(
            _("La méthode « {method} » n’existe pas : choisissez {known}.").format(
                method=method, known=_(" ou ").join(correlations)
            )
        )
    if resamples < _FEWEST_RESAMPLES:
        raise MetricError(
            _("{resamples} tirages ne suffisent pas : demandez-en au moins {least}.").format(
                resamples=resamples, least=_FEWEST_RESAMPLES
            )
        )
    _normal_quantile(confidence)  # same demand on the confidence as everywhere else
    named = {_("le premier indicateur"): a, _("le second indicateur"): b}
    (first, second), _like = _clean(named, signed=named)
    first, second = np.broadcast_arrays(first, second)
    known = ~(np.isnan(first) | np.isnan(second))
    n = int(known.sum())
    if n < _FEWEST_PAIRS:
        raise MetricError(
            _(
                "Trop peu de lignes pour comparer deux classements : {n} sur {total} ont les deux "
                "valeurs, et il en faut au moins {least}."
            ).format(n=n, total=known.size, least=_FEWEST_PAIRS)
        )
    codes = [np.unique(column[known], return_inverse=True)[1] for column in (first, second)]
    for name, code in zip(named, codes, strict=True):
        if code.max() == 0:
            raise MetricError(
                _(
                    "Rien à classer : {name} a la même valeur partout. Choisissez un indicateur "
                    "qui varie d’une ligne à l’autre."
                ).format(name=name)
            )
    correlate = correlations[method]
    drawn = np.concatenate([correlate(c, *codes) for c in _resampled_counts(n, resamples, seed)])
    # A resample in which one measure never varies has no correlation.
    low, high = np.nanquantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return RankComparison(
        correlation=float(correlate(np.ones((1, n)), *codes)[0]),
        low=float(low),
        high=float(high),
        n=n,
        dropped=known.size - n,
        method=method,
        confidence=confidence,
        resamples=resamples,
    )


@dataclass(frozen=True, eq=False, slots=True)
class SimpsonReversal:
    """Whether a link seen overall is the opposite of the link inside every group.

    Attributes
    ----------
    pooled : float, the link over all rows
    groups : DataFrame indexed by group: ``association`` (float, NaN if undefined), ``n`` (rows, or
        trials) and ``counted`` (bool: defined, and enough of them)
    """

    pooled: float
    groups: pd.DataFrame

    @property
    def reversed(self) -> bool:
        """True when every counted group has the sign opposite to the pooled one."""
        counted = self.groups.loc[self.groups["counted"], "association"]
        return bool((counted * self.pooled < 0).all())


def simpson_reversals(
    x: npt.ArrayLike, y: npt.ArrayLike, by: npt.ArrayLike, smallest_group: int = 10
) -> SimpsonReversal:
    """Is the link between two measures reversed inside every group (Simpson's paradox)?

    The link is Spearman's ρ, over all rows and then group by group. A group of fewer than
    ``smallest_group`` rows, or in which a measure never varies, is shown but does not count.

    Parameters
    ----------
    x, y : array_like(float, ndim=1), two measures of the same things
    by : array_like(ndim=1), the group of each
    smallest_group : int, rows a group needs to count

    Returns
    -------
    SimpsonReversal: ``pooled`` and ``groups["association"]`` run from −1 (reversed ranking) through
    0 (no link) to 1 (same ranking); ``reversed`` is the verdict. A verdict of False may still hide
    groups of opposite signs: read ``groups``. Rows with a missing value or group are left out.

    Raises
    ------
    MetricError
        If a measure never varies, fewer than two groups count, values are not numbers, or the rows
        do not match.

    Notes
    -----
    Simpson, *J. R. Stat. Soc. B* 13 (1951), 238–241.

    Examples
    --------
    Longer videos hold fewer people; in each format, the longer ones hold more:

    >>> length_s = [10, 11, 12, 60, 61, 62]
    >>> kept = [0.7, 0.8, 0.9, 0.1, 0.2, 0.3]
    >>> form = ["reel", "reel", "reel", "long", "long", "long"]
    >>> found = simpson_reversals(length_s, kept, form, smallest_group=3)
    >>> round(found.pooled, 2), found.groups["association"].to_dict(), found.reversed
    (-0.54, {'long': 1.0, 'reel': 1.0}, True)
    """
    named = {_("la première mesure"): x, _("la seconde mesure"): y}
    index = _common_index({**named, _("la colonne des groupes"): by})
    (first, second), _like = _clean(named, signed=named)
    rows = pd.DataFrame({"x": first, "y": second, "by": _labels(by, index)}).dropna()
    overall = _rank_association(rows)
    if np.isnan(overall):
        raise MetricError(
            _(
                "Pas de lien à mesurer : il faut deux mesures qui varient, connues sur les mêmes "
                "lignes. Vérifiez les deux colonnes."
            )
        )
    groups = pd.DataFrame.from_dict(
        {
            label: {"association": _rank_association(group), "n": len(group)}
            for label, group in rows.groupby("by")
        },
        orient="index",
    )
    return _verdict(overall, groups, smallest_group)


def simpson_rate_reversal(
    successes: npt.ArrayLike,
    trials: npt.ArrayLike,
    option: npt.ArrayLike,
    by: npt.ArrayLike,
    smallest_group: int = 10,
) -> SimpsonReversal:
    """Is the better of two options overall the worse one inside every group?

    The link is a difference of rates, ``rate(first option) − rate(second option)``, options in
    sorted order; overall, rates are ratios of sums.

    Parameters
    ----------
    successes, trials : array_like(float, ndim=1), counts
    option : array_like(ndim=1), which of exactly two options each row is about
    by : array_like(ndim=1), the group of each row
    smallest_group : int, trials a group needs to count

    Returns
    -------
    SimpsonReversal: ``pooled`` and ``groups["association"]`` run from −1 to 1, 0 = the options are
    even, positive = the first option does better; ``reversed`` is the verdict. A group in which an
    option was never tried has no difference (NaN) and does not count.

    Raises
    ------
    MetricError
        If there are not exactly two options, fewer than two groups count, a count is negative or
        not a number, or the rows do not match.

    Notes
    -----
    Bickel, Hammel & O'Connell, "Sex bias in graduate admissions: data from Berkeley", *Science* 187
    (1975), 398–404. Example: Charig et al., *BMJ* 292 (1986), 879–882.

    Examples
    --------
    Two treatments of kidney stones; B does better overall, A for small and for large stones:

    >>> found = simpson_rate_reversal(
    ...     [81, 192, 234, 55], [87, 263, 270, 80], ["A", "A", "B", "B"],
    ...     ["small", "large", "small", "large"])
    >>> round(found.pooled, 3), found.groups["association"].round(3).to_dict(), found.reversed
    (-0.046, {'large': 0.043, 'small': 0.064}, True)
    """
    names = _("le nombre de succès"), _("le nombre d’essais")
    counts = dict(zip(names, (successes, trials), strict=True))
    keys = {_("la colonne des options"): option, _("la colonne des groupes"): by}
    index = _common_index({**counts, **keys})
    (won, n), _like = _clean(counts)
    rows = pd.DataFrame(
        {"won": won, "n": n, "option": _labels(option, index), "by": _labels(by, index)}
    ).dropna()
    options = sorted(rows["option"].unique())
    if len(options) != 2:  # noqa: PLR2004 - a difference has two sides
        raise MetricError(
            _("Il faut exactement deux options à comparer, et il y en a {n} : {options}.").format(
                n=len(options), options=", ".join(map(str, options)) or "–"
            )
        )

    def difference(totals: pd.DataFrame) -> Like:
        first, second = (
            _ratio(names[0], totals["won"][o], names[1], totals["n"][o]) for o in options
        )
        return first - second

    by_group = rows.pivot_table(["won", "n"], index="by", columns="option", aggfunc="sum")
    overall = rows.groupby("option")[["won", "n"]].sum()
    groups = pd.DataFrame(
        {"association": difference(by_group), "n": rows.groupby("by")["n"].sum()}
    ).rename_axis(None)
    return _verdict(difference(overall), groups, smallest_group)


def _verdict(pooled_link: float, groups: pd.DataFrame, smallest_group: int) -> SimpsonReversal:
    counted = groups["association"].notna() & (groups["n"] >= smallest_group)
    if counted.sum() < 2:  # noqa: PLR2004 - one group is not a comparison
        raise MetricError(
            _(
                "Il faut au moins deux groupes assez grands pour comparer, et il y en a {n} "
                "(minimum par groupe : {smallest}). Regroupez des catégories, ou baissez "
                "smallest_group."
            ).format(n=int(counted.sum()), smallest=smallest_group)
        )
    return SimpsonReversal(float(pooled_link), groups.assign(counted=counted))


def _rank_association(rows: pd.DataFrame) -> float:
    """Spearman's ρ of the columns x and y; NaN with no row, or when one never varies."""
    if rows.empty:
        return np.nan
    codes = (np.unique(rows[column], return_inverse=True)[1] for column in ("x", "y"))
    return float(_spearman(np.ones((1, len(rows))), *codes)[0])


def _resampled_counts(n: int, resamples: int, seed: int) -> Iterator[FloatArray]:
    """How many times each of n rows was drawn, one line a resample, in bounded batches."""
    rng = np.random.default_rng(seed)
    size = max(1, _BATCH // n)
    for start in range(0, resamples, size):
        lines = min(size, resamples - start)
        drawn = rng.integers(n, size=(lines, n)) + n * np.arange(lines)[:, None]
        yield np.bincount(drawn.ravel(), minlength=lines * n).reshape(lines, n).astype(float)


# A resample is held as counts (how often each row was drawn): the order of the values is then
# worked out once, and not sorted again in every resample. Counts of 1 give the sample itself.


def _value_counts(counts: FloatArray, codes: IntArray) -> FloatArray:
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(codes.max() + 1))
    summed: FloatArray = np.add.reduceat(counts[:, order], starts, axis=1)
    return summed


def _spearman(counts: FloatArray, a: IntArray, b: IntArray) -> FloatArray:
    def centred_midranks(codes: IntArray) -> FloatArray:
        tied = _value_counts(counts, codes)
        midranks: FloatArray = np.cumsum(tied, axis=1) - (tied - 1) / 2
        return (midranks - (len(codes) + 1) / 2)[:, codes]

    x, y = centred_midranks(a), centred_midranks(b)
    weighted = counts * x
    with np.errstate(invalid="ignore"):
        rho: FloatArray = np.vecdot(weighted, y) / np.sqrt(
            np.vecdot(weighted, x) * np.vecdot(counts, y**2)
        )
    return np.clip(rho, -1, 1)


def _kendall(counts: FloatArray, a: IntArray, b: IntArray) -> FloatArray:
    n = len(a)
    concordance = np.zeros(len(counts))
    width = max(1, _BATCH // n)
    for start in range(0, n, width):
        part = slice(start, start + width)
        agree = np.sign(a[:, None] - a[part]) * np.sign(b[:, None] - b[part])
        concordance += np.vecdot(counts @ agree.astype(float), counts[:, part])
    untied_a, untied_b = (n**2 - (_value_counts(counts, c) ** 2).sum(axis=1) for c in (a, b))
    with np.errstate(invalid="ignore"):
        tau: FloatArray = concordance / np.sqrt(untied_a * untied_b)
    return np.clip(tau, -1, 1)


# --------------------------------------------------------------------------- one way to divide


def _ratio(
    numerator_name: str,
    numerator: npt.ArrayLike,
    denominator_name: str,
    denominator: npt.ArrayLike,
    *,
    net: bool = False,
) -> Like:
    """Clean, compute, divide: the one division of this module.

    With ``net`` it is ``(numerator − denominator) / denominator``, and the numerator may be
    negative. The names, in the reader's language, are for the error messages.
    """
    (top, bottom), like = _clean(
        {numerator_name: numerator, denominator_name: denominator},
        signed=[numerator_name] if net else [],
    )
    defined = bottom > 0
    if not defined.any():
        raise MetricError(_empty_denominator(denominator_name, bottom))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (top - bottom if net else top) / bottom
    if not defined.all():
        np.putmask(ratio, ~defined, np.nan)
    return like(ratio)


def _empty_denominator(name: str, values: FloatArray) -> str:
    if values.size > 1:
        return _(
            "Dénominateur vide : {name} vaut 0 ou manque à chacune des {count} lignes. Vérifiez "
            "que vous avez choisi la bonne colonne."
        ).format(name=name, count=values.size)
    if np.isnan(values[0]):
        return _(
            "Dénominateur vide : {name} manque, et le rapport n’est pas défini (ce n’est pas un "
            "zéro). Indiquez sa valeur, ou laissez cette ligne de côté."
        ).format(name=name)
    return _(
        "Dénominateur vide : {name} vaut 0, et le rapport n’est pas défini (ce n’est pas un "
        "zéro). Indiquez une valeur plus grande que 0, ou laissez cette ligne de côté."
    ).format(name=name)


def _clean(
    columns: Mapping[str, npt.ArrayLike], signed: Collection[str] = ()
) -> tuple[list[FloatArray], Callable[[FloatArray], Like]]:
    """The columns as 1-D float arrays, and the way back to what the caller passed.

    A lone number has length 1 and broadcasts. Only the ``signed`` columns may be negative.
    """
    index = _common_index(columns)
    arrays = [_numbers(name, column, name in signed) for name, column in columns.items()]
    lone = all(np.ndim(column) == 0 for column in columns.values())

    def like(result: FloatArray) -> Like:
        if lone:
            return float(result[0])
        return result if index is None else pd.Series(result, index=index, copy=False)

    return arrays, like


def _common_index(columns: Mapping[str, npt.ArrayLike]) -> pd.Index[Any] | None:
    """The index shared by the Series among the columns, None if there is no Series."""
    listed: dict[str, Any] = {name: c for name, c in columns.items() if np.ndim(c) > 0}
    check_lengths(listed)
    series = {name: c for name, c in listed.items() if isinstance(c, pd.Series)}
    check_labels({name: column.index for name, column in series.items()})
    return next(iter(series.values())).index if series else None


def _labels(column: npt.ArrayLike, index: pd.Index[Any] | None) -> pd.Series:
    """A column of groups. Not through NumPy, which would turn a missing one into "nan"."""
    return column if isinstance(column, pd.Series) else pd.Series(column, index=index)


_NUMBERS = {"integer", "floating", "mixed-integer-float", "decimal", "boolean", "empty"}


def _flat(raw: Any) -> Any:
    return raw if isinstance(raw, pd.Series) else np.ravel(np.asarray(raw, dtype=object))


def _numbers(name: str, values: npt.ArrayLike, signed: bool = False) -> FloatArray:
    """One column as a 1-D float array: numbers that are finite, missing (NaN), and not negative."""
    raw: Any = values
    kind = getattr(getattr(raw, "dtype", None), "kind", "O")
    if kind in "mM":
        raise MetricError(
            _(
                "Colonne illisible : {name} contient des dates ou des durées, pas des nombres. "
                "Convertissez les durées en secondes avec .dt.total_seconds()."
            ).format(name=name)
        )
    try:
        # A text would be converted: "30" is not a count.
        if kind not in "iuf" and pd.api.types.infer_dtype(_flat(raw)) not in _NUMBERS:
            raise TypeError
        if isinstance(raw, pd.Series):
            array = raw.to_numpy(dtype=float, na_value=np.nan)
        else:
            array = np.asarray(np.nan if raw is pd.NA else raw, dtype=float)
    except (TypeError, ValueError):
        raise MetricError(
            _(
                "Colonne illisible : {name} contient autre chose que des nombres. Convertissez la "
                "colonne en nombres, et laissez vides les cases inconnues."
            ).format(name=name)
        ) from None
    if array.ndim > 1:
        raise MetricError(
            _(
                "Colonne illisible : {name} est un tableau à {ndim} dimensions. Donnez une seule "
                "colonne."
            ).format(name=name, ndim=array.ndim)
        )
    array = np.atleast_1d(array)
    if not array.size:
        raise MetricError(
            _(
                "Colonne vide : {name} n’a aucune ligne. Vérifiez le filtre appliqué à votre "
                "tableau."
            ).format(name=name)
        )
    least = -np.inf if signed else 0.0
    lowest, highest = np.fmin.reduce(array), np.fmax.reduce(array)
    if lowest < least or np.isinf(lowest) or np.isinf(highest):
        row = int(((array < least) | np.isinf(array)).argmax())
        raise MetricError(
            _(
                "Valeur impossible : {name} vaut {value}{where}. Corrigez-la, ou laissez la case "
                "vide si elle est inconnue."
            ).format(name=name, value=number(array[row], 6), where=_where(raw, row))
        )
    return array


def _where(values: Any, row: int) -> str:
    """The place of a row as its reader sees it: its index label, nothing for a lone number."""
    if np.ndim(values) == 0:
        return ""
    label = values.index[row] if isinstance(values, pd.Series) else row
    return _(" (index {label})").format(label=label)


def _normal_quantile(confidence: float) -> float:
    check_confidence(confidence)
    return NormalDist().inv_cdf((1 + confidence) / 2)
