"""Key 4, the right place: where the target is, and what one more euro brings there.

Idea
----
With a limited budget, be where business and audience are, not everywhere. Four steps, each
answering the flaw of the one before.

1. **Audience.** ``audience_fit`` says what share of the target a channel can reach and whether the
   target is over-represented there; ``combined_coverage`` what several channels reach together.
   *Flaw*: a channel full of the right people may answer to nothing you can afford.
2. **Response.** The next euro never brings what the first one did. ``Hill`` and ``Logistic`` turn a
   weekly spend into a response, ``geometric_adstock`` carries a week's effect over to the next
   ones, and ``fit_response`` finds both in a history, with intervals and its doubts.
   *Flaw*: one channel at a time tells nothing about a budget.
3. **Allocation.** ``allocate`` finds the best split: channels left out entirely, since opening one
   has a fixed cost and a minimum below which nothing happens; then the *same marginal return* on
   all that are kept. It proves it (``Certificate``), and ``Allocation.compare`` sets it against an
   equal split and against yours. *Flaw*: it believes the curves, even where nobody ever spent;
   what is beyond the observed range is flagged.
4. **Concentration.** ``concentration`` says on how many channels a budget really rests.

Reading the numbers
-------------------
Spends are euros *per week*, held week after week; responses are per week in the caller's unit
(orders, visits, euros of margin). ``marginal`` is that unit per extra euro. Shares are between 0
and 1.

Words and scales
----------------
The same words hide different scales in the tools of the trade. Here a Hill curve's half-saturation
is in euros per week, as in Meridian and pymc-marketing when they are fed euros; Robyn's inflexion
is ``max(x) · gamma`` (``Hill.from_robyn``). Its normalised adstock (``convention="normalised"``)
is Meridian's and pymc-marketing's; Robyn's is recursive and not normalised
(``convention="recursive"``). Neither is ever assumed.

Example
-------
>>> channels = [
...     Channel("instagram", Hill(400, half_saturation_eur=1000), minimum_spend_eur=200),
...     Channel("tiktok", Hill(100, half_saturation_eur=1000), fixed_cost_eur=500),
... ]
>>> best = allocate(channels, budget_eur=1200)
>>> best.table["spend_eur"].round(2).to_dict()
{'instagram': 1200.0, 'tiktok': 0.0}
>>> best.compare().table["response"].round(1).to_dict()
{'optimal': 218.2, 'equal': 159.1}
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from functools import partial
from statistics import NormalDist
from typing import Any, Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from cinqcles.errors import MetricError
from cinqcles.keys._inputs import check_confidence, check_labels, check_lengths
from cinqcles.messages import _, euros, number, percent

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

# What a function of one column returns follows what it is given: float, array or Series.
Like: TypeAlias = Any

Convention: TypeAlias = Literal["normalised", "recursive"]
Shape: TypeAlias = Literal["hill", "logistic"]

# --------------------------------------------------------------------------- audience


def audience_fit(
    target_on_channel: npt.ArrayLike,
    channel_users: npt.ArrayLike,
    *,
    target_size: float,
    population: float,
) -> pd.DataFrame:
    """Is the target audience on each channel, and more than elsewhere?

    ``reach_share = target on channel / target``,
    ``composition = target on channel / channel users``,
    ``affinity_index = 100 · composition / (target / population)``.

    Parameters
    ----------
    target_on_channel : array_like(float), people of the target who use the channel
    channel_users : array_like(float), people of the population who use it
    target_size : float, people in the target
    population : float, people in the population that target and users are counted in

    Returns
    -------
    DataFrame, one row a channel (the index of a Series is kept):

    - ``reach_share``: 0 = nobody of the target is there, 1 = all of it;
    - ``composition``: 0 = no user is of the target, 1 = all are;
    - ``affinity_index``: 100 = the target is there as much as in the population, 200 = twice as
      much, 0 = not at all. It says how *pure* a channel is, not how large: a tiny forum may have
      an index of 900 and reach 1 % of the target.

    ``composition`` and ``affinity_index`` are NaN for a channel without users.

    Raises
    ------
    MetricError
        If the target or the population is not positive, a part exceeds its whole, or a column is
        not a plain one of counts.

    Notes
    -----
    Affinity index as media planning uses it: Sissors & Baron, *Advertising Media Planning*. The
    counts must come from the same source and the same population: one platform's advertising
    tool set against another's counts accounts, not people.

    Examples
    --------
    >>> audience_fit([300, 60], [1000, 100], target_size=600, population=4000)
       reach_share  composition  affinity_index
    0          0.5          0.3           200.0
    1          0.1          0.6           400.0
    """
    target = _scalar(_("l’effectif de la cible"), target_size)
    everyone = _scalar(_("l’effectif de la population"), population)
    wholes: dict[str, Any] = {
        _("l’audience du canal dans la cible"): target_on_channel,
        _("l’audience du canal"): channel_users,
    }
    (reached, users), index = _columns(wholes)
    names = list(wholes)
    _check_part(_("l’effectif de la cible"), target, _("l’effectif de la population"), everyone)
    _check_part(names[0], reached, _("l’effectif de la cible"), target, index)
    _check_part(names[0], reached, names[1], users, index)
    _check_part(names[1], users, _("l’effectif de la population"), everyone, index)
    _check_part(
        _("l’audience du canal hors de la cible"),
        users - reached,
        _("la population hors de la cible"),
        everyone - target,
        index,
    )
    with np.errstate(invalid="ignore"):
        composition = reached / users
    return pd.DataFrame(
        {
            "reach_share": reached / target,
            "composition": composition,
            "affinity_index": 100 * composition / (target / everyone),
        },
        index=index,
    )


@dataclass(frozen=True, slots=True)
class Coverage:
    """What share of the target several channels reach together: bounds, and a middle.

    Attributes
    ----------
    low : float, if the smaller audiences are all inside the largest
    independent : float, if using one channel says nothing about using another
    high : float, if the audiences overlap as little as they can
    """

    low: float
    independent: float
    high: float


def combined_coverage(reach_share: npt.ArrayLike) -> Coverage:
    """The share of the target reached by at least one of several channels.

    With rᵢ the share each reaches: ``max rᵢ ≤ coverage ≤ min(1, Σ rᵢ)``, and
    ``1 − Π (1 − rᵢ)`` if the audiences were independent.

    Adding up the shares counts the same person several times. The overlap cannot be known from
    the shares alone, so the answer is an interval.

    Parameters
    ----------
    reach_share : array_like(float), shares between 0 and 1

    Returns
    -------
    Coverage: 0 = nobody is reached, 1 = the whole target.

    Raises
    ------
    MetricError
        If a share is missing or outside 0..1, or there is none.

    Notes
    -----
    Bounds: Fréchet, "Généralisations du théorème des probabilités totales", *Fundamenta
    Mathematicae* 25 (1935), 379–387. Real audiences overlap more than independent ones, as
    people who use one network tend to use another.

    Examples
    --------
    >>> found = combined_coverage([0.5, 0.4])
    >>> found.low, round(found.independent, 2), found.high
    (0.5, 0.7, 0.9)
    """
    name = _("la part de la cible touchée")
    (shares,), index = _columns({name: reach_share})
    _check_part(name, shares, _("la cible entière"), 1.0, index)
    return Coverage(
        low=float(shares.max()),
        independent=float(1 - np.prod(1 - shares)),
        high=min(1.0, float(shares.sum())),
    )


# --------------------------------------------------------------------------- adstock


def geometric_adstock(
    spend_eur: npt.ArrayLike,
    decay: float,
    *,
    convention: Convention,
    window_weeks: int | None = None,
) -> Like:
    """Carry a week's advertising over to the weeks that follow.

    - ``"normalised"``: ``yₜ = Σ αˢ xₜ₋ₛ / Σ αˢ``, s = 0 … window − 1: a weighted *mean*, so
      that a spend held constant is its own adstock. Meridian's and pymc-marketing's
      (``normalize=True``, ``l_max = window_weeks``; Meridian's ``max_lag`` is one less).
    - ``"recursive"``: ``yₜ = xₜ + α yₜ₋₁``: a *stock*, so that a spend x held constant tends to
      ``x / (1 − α)``. Robyn's. No window: nothing is ever quite forgotten.

    Parameters
    ----------
    spend_eur : array_like(float, ndim=1), euros a week, weeks in order and none missing
    decay : float in [0, 1), α, the share of the effect kept from one week to the next: 0 = all of
        it is in the week of the spend
    convention : "normalised" or "recursive"; there is no default, as the two differ in scale
    window_weeks : int, at least 1, for "normalised" only, and required there

    Returns
    -------
    array, or Series with its index, in euros: what the curve of the channel is to be read at.
    Nothing is known of the weeks before the first: they count as 0.

    Raises
    ------
    MetricError
        If a spend is missing or negative, or ``decay``, ``convention`` or ``window_weeks`` is not
        as above.

    Notes
    -----
    Jin, Wang, Sun, Chan & Koehler, *Bayesian methods for media mix modeling with carryover and
    shape effects*, Google, 2017; Meridian, "Media saturation and lagging"; Robyn
    ``adstock_geometric``.

    Examples
    --------
    >>> geometric_adstock([100, 0, 0], 0.7, convention="recursive").round(1).tolist()
    [100.0, 70.0, 49.0]
    >>> geometric_adstock([100, 0, 0], 0.5, convention="normalised", window_weeks=2).tolist()
    [66.66666666666667, 33.333333333333336, 0.0]
    """
    (spend,), index = _columns({_("la dépense"): spend_eur})
    kept = _scalar(_("la part d’effet conservée (decay)"), decay, zero=True)
    if kept >= 1:
        raise MetricError(
            _(
                "La part d’effet conservée d’une semaine à l’autre (decay) est un nombre de 0 à 1 "
                "exclu, et vaut {value}. Pour 40 %, écrivez 0.4."
            ).format(value=number(kept))
        )
    _check_convention(convention, window_weeks)
    adstocked = _adstock(spend, kept, window_weeks)
    return adstocked if index is None else pd.Series(adstocked, index=index)


def _adstock(spend: FloatArray, decay: float, window: int | None) -> FloatArray:
    """Normalised over ``window`` weeks; recursive, over the whole past, without one."""
    weights = decay ** np.arange(window or len(spend))
    stock: FloatArray = np.convolve(spend, weights)[: len(spend)]
    return stock / weights.sum() if window else stock


def _check_convention(convention: str, window_weeks: int | None) -> None:
    if convention not in ("normalised", "recursive"):
        raise MetricError(
            _(
                'La convention « {got} » n’existe pas : choisissez convention="normalised" '
                "(moyenne des dernières semaines : Meridian, pymc-marketing) ou "
                'convention="recursive" (cumul : Robyn).'
            ).format(got=convention)
        )
    if (convention == "recursive") != (window_weeks is None):
        raise MetricError(
            _("La convention « recursive » n’oublie rien : retirez window_weeks=….")
            if window_weeks is not None
            else _(
                "La convention « normalised » demande le nombre de semaines où l’effet se "
                "prolonge. Ajoutez par exemple window_weeks=8."
            )
        )
    if window_weeks is not None:
        _integer("window_weeks", window_weeks)


# --------------------------------------------------------------------------- curves


class _Curve:
    """What the two curves share: reading a column, and where they have been observed.

    A curve's mathematics are static functions of arrays (``_value``, ``_slope``, ``_bend``,
    ``_spend_at``): the solver calls them for every channel and subset at once.
    """

    __slots__ = ()
    maximum: float
    observed_eur: tuple[float, float] | None

    _value: Callable[..., FloatArray]
    _slope: Callable[..., FloatArray]

    @property
    def _parameters(self) -> tuple[float, ...]:
        raise NotImplementedError

    def response(self, spend_eur: npt.ArrayLike) -> Like:
        """What a weekly spend brings, per week, in the unit of ``maximum``.

        Parameters
        ----------
        spend_eur : array_like(float), euros a week, held week after week

        Returns
        -------
        float, array or Series: 0 for no spend; it never quite reaches ``maximum``.

        Raises
        ------
        MetricError
            If a spend is missing, negative or not a number.

        Notes
        -----
        The formula is the class's. Beyond ``observed_eur`` it is a guess: see ``beyond``.

        Examples
        --------
        >>> Hill(100, half_saturation_eur=500).response([0, 500, 1500]).tolist()
        [0.0, 50.0, 75.0]
        """
        return self._read(self._value, spend_eur)

    def marginal(self, spend_eur: npt.ArrayLike) -> Like:
        """What one more euro a week would bring: the slope of the curve.

        Parameters
        ----------
        spend_eur : array_like(float), euros a week

        Returns
        -------
        float, array or Series, in units of response per euro. It falls towards 0 as the channel
        saturates. Infinite at 0 for a Hill curve of slope below 1.

        Raises
        ------
        MetricError
            If a spend is missing, negative or not a number.

        Notes
        -----
        The exact derivative of ``response``, not a difference.

        Examples
        --------
        >>> Hill(100, half_saturation_eur=500).marginal([0, 500]).tolist()
        [0.2, 0.05]
        """
        return self._read(self._slope, spend_eur)

    def beyond(self, spend_eur: float) -> Literal["", "below", "above"]:
        """Is a spend outside what was observed when the curve was made?

        Parameters
        ----------
        spend_eur : float, euros a week

        Returns
        -------
        "above" or "below" the observed range, "" within it, or when no range is known. No spend at
        all is never outside: no curve is needed to know what it brings.

        Raises
        ------
        MetricError
            If the spend is missing, negative or not a number.

        Notes
        -----
        "What's not in the data can't be predicted" (Robyn, issue 139).

        Examples
        --------
        >>> Hill(100, half_saturation_eur=500, observed_eur=(50, 800)).beyond(1000)
        'above'
        """
        spend = _scalar(_("la dépense"), spend_eur, zero=True)
        if self.observed_eur is None or spend == 0:
            return ""
        low, high = self.observed_eur
        return "below" if spend < low else "above" if spend > high else ""

    def _read(self, of: Callable[..., FloatArray], spend_eur: npt.ArrayLike) -> Like:
        lone = np.ndim(spend_eur) == 0
        (spend,), index = _columns({_("la dépense"): [spend_eur] if lone else spend_eur})
        found = of(spend, *self._parameters)
        if lone:
            return float(found[0])
        return found if index is None else pd.Series(found, index=index)

    def _check_observed(self) -> None:
        if self.observed_eur is None:
            return
        name = _("la dépense observée")
        low, high = (_scalar(name, bound, zero=True) for bound in self.observed_eur)
        if low > high:
            raise MetricError(
                _(
                    "La plage observée va de la plus petite à la plus grande dépense, et a reçu "
                    "{low} puis {high}. Inversez-les."
                ).format(low=euros(low), high=euros(high))
            )


@dataclass(frozen=True, slots=True)
class Hill(_Curve):
    """A saturation curve with a half-saturation point.

    ``R(x) = maximum · xˢ / (κˢ + xˢ)``, κ the half-saturation and s the slope.

    Scale convention: x and κ are euros a week. It is Meridian's ``1 / (1 + (x/ec)^−slope)`` and
    pymc-marketing's ``1 − κˢ/(κˢ + xˢ)`` times ``maximum``, for an x that was not rescaled.

    Parameters
    ----------
    maximum : float, positive, the response an infinite spend would tend to, per week
    half_saturation_eur : float, positive, the weekly spend that brings half of it
    slope : float, positive. At most 1: concave, each euro brings less than the one before. Above
        1: S-shaped, small spends bring almost nothing, and a threshold has to be passed
    observed_eur : (low, high), optional, the range of weekly spends the curve was drawn from

    Raises
    ------
    MetricError
        If a parameter is not as above.

    Notes
    -----
    Meridian, "Media saturation and lagging"; Jin et al., Google, 2017.

    Examples
    --------
    >>> curve = Hill(100, half_saturation_eur=500, slope=2)
    >>> curve.response(500), round(curve.response(1500), 1)
    (50.0, 90.0)
    >>> round(curve.inflexion_eur, 2)
    288.68
    """

    maximum: float
    half_saturation_eur: float
    slope: float = 1.0
    observed_eur: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        _scalar(_("le maximum de la courbe"), self.maximum)
        _scalar(_("la demi-saturation"), self.half_saturation_eur)
        _scalar(_("la pente de la courbe"), self.slope)
        self._check_observed()

    @classmethod
    def from_robyn(
        cls,
        maximum: float,
        *,
        alpha: float,
        gamma: float,
        largest_spend_eur: float,
        observed_eur: tuple[float, float] | None = None,
    ) -> Self:
        """The same curve from Robyn's parameters.

        ``κ = max(x) · gamma`` and ``s = alpha``: Robyn places the inflexion relative to the largest
        (adstocked) spend of its data, so that the same gamma is another curve on other data.

        Parameters
        ----------
        maximum : float, the coefficient of the channel
        alpha, gamma : float, positive, Robyn's shape and inflexion
        largest_spend_eur : float, positive, max(x) over the history Robyn was fitted on
        observed_eur : (low, high), optional

        Returns
        -------
        Hill: half of ``maximum`` at ``max(x) · gamma``.

        Raises
        ------
        MetricError
            If a parameter is not positive.

        Notes
        -----
        Robyn, ``saturation_hill``. What Robyn calls inflexion is where half of the maximum is
        reached: the half-saturation, and not where the curvature changes (``inflexion_eur``).

        Examples
        --------
        >>> Hill.from_robyn(100, alpha=2, gamma=0.3, largest_spend_eur=5000).half_saturation_eur
        1500.0
        """
        share, most = _scalar("gamma", gamma), _largest(largest_spend_eur)
        return cls(maximum, most * share, alpha, observed_eur)

    def robyn_gamma(self, largest_spend_eur: float) -> float:
        """Robyn's gamma for this curve: ``κ / max(x)``; its alpha is ``slope``.

        Parameters
        ----------
        largest_spend_eur : float, positive, max(x) over the history

        Returns
        -------
        float: 1 = half of the maximum is reached at the largest spend of the history; above 1,
        never within it. It cannot be 0.

        Raises
        ------
        MetricError
            If the largest spend is not positive.

        Notes
        -----
        Robyn, ``saturation_hill``.

        Examples
        --------
        >>> Hill(100, half_saturation_eur=1500).robyn_gamma(5000)
        0.3
        """
        return self.half_saturation_eur / _largest(largest_spend_eur)

    @property
    def inflexion_eur(self) -> float:
        """Where the curve stops accelerating: ``κ ((s − 1)/(s + 1))^(1/s)``; 0 when concave."""
        s = self.slope
        return float(self.half_saturation_eur * (max(s - 1, 0.0) / (s + 1)) ** (1 / s))

    @property
    def _parameters(self) -> tuple[float, ...]:
        return self.maximum, self.half_saturation_eur, self.slope

    @staticmethod
    def _value(x: FloatArray, top: FloatArray, half: FloatArray, s: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore", over="ignore"):
            return top / (1 + (half / x) ** s)

    @staticmethod
    def _slope(x: FloatArray, top: FloatArray, half: FloatArray, s: FloatArray) -> FloatArray:
        # With v = x/κ: v^(s−1) / (1+v^s)², turned over above κ so that no power overflows.
        v = x / half
        low = v <= 1
        with np.errstate(divide="ignore", over="ignore"):
            power = v ** np.where(low, s - 1, -s - 1)
            whole = (1 + np.where(low, v, 1 / v) ** s) ** 2
        return top * s / half * power / whole

    @classmethod
    def _bend(cls, x: FloatArray, top: FloatArray, half: FloatArray, s: FloatArray) -> FloatArray:
        return cls._slope(x, top, half, s) / x * (s - 1 - 2 * s / (1 + (half / x) ** s))

    @staticmethod
    def _spend_at(
        marginal: FloatArray, top: FloatArray, half: FloatArray, s: FloatArray
    ) -> FloatArray:
        """Where the concave part has this marginal; the inflexion where it never is so high.

        In u = ln(x/κ), ln R′ is concave, and falls beyond the inflexion: from any point to the
        right of the root, Newton's steps go down to it and never past it. The two straight lines
        that ln R′ stays under give such a point.
        """
        ratio = np.maximum(s - 1, 0) / (s + 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            # What ln(κR′/(s·maximum)) is at most; 0 · ln 0 stands for a slope of 1.
            peak = np.where(
                s > 1, (s - 1) / s * np.log(ratio) - 2 * np.log1p(ratio), np.where(s < 1, np.inf, 0)
            )
            gap = np.log(top * s / half / marginal)
            reached = gap + peak > 0
            gap = np.where(reached, gap, 1 - peak)
            u = np.minimum(gap / (s + 1), np.where(s < 1, gap / (1 - s), np.inf))
        for _step in range(60):
            weight = np.logaddexp(0, s * u)
            change = (gap + (s - 1) * u - 2 * weight) / (s - 1 - 2 * s * np.exp(s * u - weight))
            u = u - change
            if (np.abs(change) < 1e-15 * (1 + np.abs(u))).all():
                break
        found: FloatArray = np.where(reached, half * np.exp(u), half * ratio ** (1 / s))
        return found


@dataclass(frozen=True, slots=True)
class Logistic(_Curve):
    """A saturation curve that is concave throughout: half of a logistic, from its middle.

    ``R(x) = maximum · (1 − e^(−λx)) / (1 + e^(−λx))``, λ the rate.

    Scale convention: x is euros a week and λ is per euro. pymc-marketing's
    ``logistic_saturation(x, lam)`` has no euros: it is fed spends divided by their largest, so that
    its lam is per *largest spend* (``from_scaled``).

    Parameters
    ----------
    maximum : float, positive, the response an infinite spend would tend to, per week
    rate_per_eur : float, positive, λ
    observed_eur : (low, high), optional, the range of weekly spends the curve was drawn from

    Raises
    ------
    MetricError
        If a parameter is not as above.

    Notes
    -----
    pymc-marketing, ``logistic_saturation``. It equals ``maximum · tanh(λx/2)``.

    Examples
    --------
    >>> curve = Logistic(100, rate_per_eur=0.004)
    >>> round(curve.response(500), 2), round(curve.marginal(0), 3)
    (76.16, 0.2)
    """

    maximum: float
    rate_per_eur: float
    observed_eur: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        _scalar(_("le maximum de la courbe"), self.maximum)
        _scalar(_("le taux de la courbe"), self.rate_per_eur)
        self._check_observed()

    @classmethod
    def from_scaled(
        cls,
        maximum: float,
        lam: float,
        *,
        largest_spend_eur: float,
        observed_eur: tuple[float, float] | None = None,
    ) -> Self:
        """The same curve from pymc-marketing's lam: ``λ = lam / max(x)``.

        Parameters
        ----------
        maximum : float, in the unit of the response
        lam : float, positive, for spends divided by the largest
        largest_spend_eur : float, positive, that largest spend
        observed_eur : (low, high), optional

        Returns
        -------
        Logistic

        Raises
        ------
        MetricError
            If a parameter is not positive.

        Notes
        -----
        pymc-marketing scales each channel by its largest value before the curve.

        Examples
        --------
        >>> Logistic.from_scaled(100, 4, largest_spend_eur=1000).rate_per_eur
        0.004
        """
        return cls(maximum, _scalar("lam", lam) / _largest(largest_spend_eur), observed_eur)

    def scaled_lam(self, largest_spend_eur: float) -> float:
        """pymc-marketing's lam for this curve: ``λ · max(x)``.

        Parameters
        ----------
        largest_spend_eur : float, positive, the spend that pymc-marketing would divide by

        Returns
        -------
        float: below 1 the history hardly saturates, above 4 its largest weeks are wasted.

        Raises
        ------
        MetricError
            If the largest spend is not positive.

        Notes
        -----
        At lam = 4 the largest spend brings ``tanh 2`` = 96 % of the maximum.

        Examples
        --------
        >>> Logistic(100, rate_per_eur=0.004).scaled_lam(1000)
        4.0
        """
        return self.rate_per_eur * _largest(largest_spend_eur)

    @property
    def half_saturation_eur(self) -> float:
        """The weekly spend that brings half of the maximum: ``ln 3 / λ``."""
        return math.log(3) / self.rate_per_eur

    @property
    def inflexion_eur(self) -> float:
        """Where the curve stops accelerating: 0, it never does."""
        return 0.0

    @property
    def _parameters(self) -> tuple[float, ...]:
        return self.maximum, self.rate_per_eur

    @staticmethod
    def _value(x: FloatArray, top: FloatArray, rate: FloatArray) -> FloatArray:
        found: FloatArray = top * np.tanh(rate * x / 2)
        return found

    @staticmethod
    def _slope(x: FloatArray, top: FloatArray, rate: FloatArray) -> FloatArray:
        gone = np.exp(-rate * x)
        found: FloatArray = 2 * top * rate * gone / (1 + gone) ** 2
        return found

    @classmethod
    def _bend(cls, x: FloatArray, top: FloatArray, rate: FloatArray) -> FloatArray:
        return -rate * np.tanh(rate * x / 2) * cls._slope(x, top, rate)

    @staticmethod
    def _spend_at(marginal: FloatArray, top: FloatArray, rate: FloatArray) -> FloatArray:
        """Where the marginal is this; 0 where it never is so high."""
        found: FloatArray = 2 / rate * np.arccosh(np.sqrt(np.maximum(top * rate / 2 / marginal, 1)))
        return found


Curve: TypeAlias = Hill | Logistic


# --------------------------------------------------------------------------- channels and plans


@dataclass(frozen=True, slots=True)
class Channel:
    """A place to spend: its curve, and what it takes to be there at all.

    Parameters
    ----------
    name : str
    curve : Hill or Logistic, the weekly response to a weekly spend
    minimum_spend_eur : float, the minimum viable spend: **below it the channel yields nothing**,
        whatever the curve says (a community nobody answers, a test too small for the platform to
        learn from). 0 = none
    fixed_cost_eur : float, paid on top of the spend as soon as there is one (a licence, somebody's
        day a week); it brings no response by itself
    at_least_eur : float, a commitment: the channel must have at least this. 0 = it may be left out
    at_most_eur : float or None, a ceiling on the spend; None = the budget itself

    Raises
    ------
    MetricError
        If a value is negative or not a number, the name is empty, the curve is not one, or the
        ceiling is under the minimum or the commitment.

    Notes
    -----
    All amounts are per week and the fixed cost counts in the budget.

    Examples
    --------
    >>> Channel("instagram", Hill(400, 1000), minimum_spend_eur=200).entry_eur
    200.0
    """

    name: str
    curve: Curve
    minimum_spend_eur: float = 0.0
    fixed_cost_eur: float = 0.0
    at_least_eur: float = 0.0
    at_most_eur: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise MetricError(
                _(
                    "Un canal demande un nom, et a reçu {got}. Écrivez par exemple {example}."
                ).format(got=repr(self.name), example='Channel("instagram", …)')
            )
        if not isinstance(self.curve, Hill | Logistic):
            raise MetricError(
                _(
                    "La courbe du canal « {name} » doit être une courbe Hill(…) ou Logistic(…), et "
                    "c’est {got}."
                ).format(name=self.name, got=type(self.curve).__name__)
            )
        for label, value in (
            (_("la dépense minimale viable du canal « {name} »"), self.minimum_spend_eur),
            (_("le coût fixe du canal « {name} »"), self.fixed_cost_eur),
            (_("la dépense imposée du canal « {name} »"), self.at_least_eur),
        ):
            _scalar(label.format(name=self.name), value, zero=True)
        if self.at_most_eur is None:
            return
        most = _scalar(_("le plafond du canal « {name} »").format(name=self.name), self.at_most_eur)
        if most < self._floor:
            raise MetricError(
                _(
                    "Bornes impossibles pour le canal « {name} » : le plafond ({most}) est sous le "
                    "minimum à dépenser ({least}). Relevez at_most_eur, ou baissez "
                    "minimum_spend_eur ou at_least_eur."
                ).format(name=self.name, most=euros(most), least=euros(self._floor))
            )

    @property
    def entry_eur(self) -> float:
        """The least it costs to be there: the fixed cost and the minimum spend."""
        return self.fixed_cost_eur + self._floor

    @property
    def _floor(self) -> float:
        return float(max(self.minimum_spend_eur, self.at_least_eur))

    def brings(self, paid_eur: npt.ArrayLike) -> Like:
        """What amounts paid *all included* bring: the curve of the channel as its payer sees it.

        ``R(paid − fixed cost)``, and 0 below the minimum viable spend.

        Parameters
        ----------
        paid_eur : array_like(float, ndim=1), euros a week, the fixed cost included

        Returns
        -------
        array, or Series with its index: the response, per week.

        Raises
        ------
        MetricError
            If an amount is missing, negative or not a number.

        Notes
        -----
        The rule of the minimum is that of ``Plan``. The commitment is not looked at.

        Examples
        --------
        >>> here = Channel("x", Hill(100, 500), minimum_spend_eur=300, fixed_cost_eur=100)
        >>> here.brings([0, 399, 600]).tolist()
        [0.0, 0.0, 50.0]
        """
        (paid,), index = _columns({_("le montant"): paid_eur})
        spend = np.maximum(paid - self.fixed_cost_eur, 0)
        enough = spend >= self.minimum_spend_eur
        found = np.where(enough, self.curve.response(spend), 0.0)
        return found if index is None else pd.Series(found, index=index)


def channels_of(table: pd.DataFrame, curves: Mapping[str, Curve]) -> list[Channel]:
    """The channels of a table, each with its curve.

    Parameters
    ----------
    table : DataFrame indexed by channel, with any of the columns ``minimum_spend_eur``,
        ``fixed_cost_eur``, ``at_least_eur``, ``at_most_eur``; a missing cell or column is no such
        limit, and other columns are left alone
    curves : mapping of channel to curve, as ``ResponseFit.curves``

    Returns
    -------
    list of Channel, in the order of the table.

    Raises
    ------
    MetricError
        If a channel of the table has no curve, or a value is impossible.

    Notes
    -----
    A curve with no row in the table is left out: the table says what may be used.

    Examples
    --------
    >>> table = pd.DataFrame({"fixed_cost_eur": [50.0]}, index=["tiktok"])
    >>> channels_of(table, {"tiktok": Hill(100, 1000)})[0].fixed_cost_eur
    50.0
    """
    limits = ("minimum_spend_eur", "fixed_cost_eur", "at_least_eur", "at_most_eur")
    for name in table.index:
        if name not in curves:
            raise MetricError(
                _(
                    "Le canal « {name} » n’a pas de courbe de réponse. Courbes données : {known}."
                ).format(name=name, known=", ".join(map(str, curves)) or "–")
            )
    return [
        Channel(
            name,
            curves[name],
            **{
                limit: float(table[limit][name])
                for limit in limits
                if limit in table and not pd.isna(table[limit][name])
            },
        )
        for name in table.index
    ]


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """A split of the budget, and what it brings.

    The rule of the minimum: **a channel with a spend below its minimum viable spend yields
    nothing**, though the spend and the fixed cost are paid.

    Attributes
    ----------
    channels : tuple of Channel
    budget_eur : float
    table : DataFrame indexed by channel: ``spend_eur``; ``fixed_cost_eur`` (paid only when there is
        a spend); ``response``; ``marginal``, what one more euro there would bring (NaN for a
        channel left out that one euro does not open); ``wasted`` (bool, below the minimum);
        ``beyond`` ("below" or "above" the observed range of the curve, "" otherwise); ``breach``
        ("under" the commitment or "over" the ceiling, "" otherwise)
    """

    channels: tuple[Channel, ...]
    budget_eur: float
    table: pd.DataFrame

    @property
    def response(self) -> float:
        """What all channels bring together, per week."""
        return float(self.table["response"].sum())

    @property
    def paid_eur(self) -> pd.Series:
        """What each channel is paid, fixed cost included, per week."""
        return (self.table["spend_eur"] + self.table["fixed_cost_eur"]).rename("paid_eur")

    @property
    def cost_eur(self) -> float:
        """Spends and fixed costs, per week."""
        return float(self.paid_eur.sum())

    @property
    def leftover_eur(self) -> float:
        """What is left of the budget; negative when the plan costs more than there is.

        Less than a billionth of the budget is rounding, and told as 0.
        """
        left = self.budget_eur - self.cost_eur
        return left if abs(left) > 1e-9 * self.budget_eur else 0.0

    @property
    def active(self) -> tuple[str, ...]:
        """The channels with a spend."""
        return tuple(self.table.index[self.table["spend_eur"] > 0])

    @property
    def wasted_eur(self) -> float:
        """What is paid, fixed costs included, on channels below their minimum viable spend."""
        return float(self.paid_eur[self.table["wasted"]].sum())

    @property
    def extrapolated(self) -> tuple[str, ...]:
        """The channels whose spend is outside the observed range of their curve."""
        return tuple(self.table.index[self.table["beyond"] != ""])


def evaluate(
    channels: Iterable[Channel],
    spend_eur: Mapping[str, float] | pd.Series,
    budget_eur: float,
) -> Plan:
    """What a given split brings: the learner's own, or any other.

    ``Σ Rᵢ(xᵢ)`` over the channels whose spend reaches their minimum viable spend.

    Parameters
    ----------
    channels : Channel, one or more, of different names
    spend_eur : mapping or Series of channel to euros a week, fixed costs not included; a channel
        that is not mentioned has nothing
    budget_eur : float, positive, euros a week

    Returns
    -------
    Plan. A split over budget, under a commitment or over a ceiling is evaluated and said so
    (``leftover_eur``, ``table["breach"]``): it is the learner's, to be mended by them.

    Raises
    ------
    MetricError
        If a channel is unknown or twice there, or an amount is missing, negative or not a number.

    Notes
    -----
    Fixed costs are paid as soon as there is a spend, even one too small to bring anything.

    Examples
    --------
    >>> here = Channel("x", Hill(100, half_saturation_eur=500), minimum_spend_eur=300)
    >>> evaluate([here], {"x": 500}, 600).response, evaluate([here], {"x": 299}, 600).response
    (50.0, 0.0)
    """
    known = _check_channels(channels)
    budget = _scalar(_("le budget"), budget_eur)
    return _plan(known, _amounts(known, spend_eur, _("la dépense du canal « {name} »")), budget)


def _amounts(
    channels: tuple[Channel, ...], given_eur: Mapping[str, float] | pd.Series, label: str
) -> list[float]:
    """An amount a channel, in their order; 0 for those that are not mentioned."""
    given = dict(given_eur.items())
    names = [channel.name for channel in channels]
    for name in given:
        if name not in names:
            close = get_close_matches(str(name), names, 1)
            raise MetricError(
                _("Le canal « {name} » n’existe pas. {hint}").format(
                    name=name,
                    hint=_("Vouliez-vous dire « {close} » ?").format(close=close[0])
                    if close
                    else _("Canaux connus : {known}.").format(known=", ".join(names)),
                )
            )
    return [_scalar(label.format(name=name), given.get(name, 0.0), zero=True) for name in names]


def _plan(channels: tuple[Channel, ...], spends: Sequence[float], budget: float) -> Plan:
    rows = {}
    for channel, spend in zip(channels, spends, strict=True):
        curve, wasted = channel.curve, 0 < spend < channel.minimum_spend_eur
        opened = spend > 0 or channel.entry_eur == 0
        least, most = channel.at_least_eur, channel.at_most_eur
        rows[channel.name] = {
            "spend_eur": float(spend),
            "fixed_cost_eur": float(channel.fixed_cost_eur) if spend > 0 else 0.0,
            "response": 0.0 if wasted else curve.response(spend),
            "marginal": 0.0 if wasted else curve.marginal(spend) if opened else np.nan,
            "wasted": wasted,
            "beyond": curve.beyond(spend),
            "breach": "under"
            if spend < least
            else "over"
            if most is not None and spend > most
            else "",
        }
    return Plan(channels, budget, pd.DataFrame.from_dict(rows, orient="index"))


def after_fixed_costs(
    channels: Iterable[Channel], paid_eur: Mapping[str, float] | pd.Series
) -> pd.Series:
    """The spends that amounts paid *all included* leave, once the fixed costs are paid.

    ``max(paid − fixed cost, 0)``: a budget is shared out in such amounts, and ``evaluate`` takes
    spends.

    Parameters
    ----------
    channels : Channel, one or more, of different names
    paid_eur : mapping or Series of channel to euros a week, fixed costs included; a channel that
        is not mentioned has nothing

    Returns
    -------
    Series of ``spend_eur`` by channel; 0 where the amount does not even pay the fixed cost.

    Raises
    ------
    MetricError
        If a channel is unknown or twice there, or an amount is missing, negative or not a number.

    Notes
    -----
    Ceilings are left alone: ``evaluate`` says what breaks them.

    Examples
    --------
    >>> after_fixed_costs([Channel("x", Hill(1, 1), fixed_cost_eur=30)], {"x": 100}).to_dict()
    {'x': 70.0}
    """
    known = _check_channels(channels)
    paid = _amounts(known, paid_eur, _("le montant du canal « {name} »"))
    return pd.Series(
        {
            channel.name: max(amount - channel.fixed_cost_eur, 0.0)
            for channel, amount in zip(known, paid, strict=True)
        },
        name="spend_eur",
    )


def equal_split(channels: Iterable[Channel], budget_eur: float) -> pd.Series:
    """The naive decision: be everywhere, with the same money.

    Each of n channels is given ``budget / n``, *all included*: its fixed cost is paid first, and
    the rest is its spend, up to its ceiling.

    Parameters
    ----------
    channels : Channel, one or more, of different names
    budget_eur : float, positive, euros a week

    Returns
    -------
    Series of ``spend_eur`` by channel. 0 where the share does not even pay the fixed cost. A share
    below the minimum viable spend is spent all the same, and yields nothing.

    Raises
    ------
    MetricError
        If there is no channel, a name is twice there, or the budget is not positive.

    Notes
    -----
    What a ceiling refuses is not given to the others: it is left over.

    Examples
    --------
    >>> equal_split([Channel("x", Hill(1, 1)), Channel("y", Hill(1, 1), fixed_cost_eur=30)], 200)
    x    100.0
    y     70.0
    Name: spend_eur, dtype: float64
    """
    known = _check_channels(channels)
    share = _scalar(_("le budget"), budget_eur) / len(known)
    spends = after_fixed_costs(known, {channel.name: share for channel in known})
    ceilings = [channel.at_most_eur for channel in known]
    return spends.clip(upper=np.array([math.inf if c is None else c for c in ceilings]))


def within_observed(channels: Iterable[Channel]) -> list[Channel]:
    """The same channels, none of which may be spent on more than was ever observed.

    Beyond its observed range a curve is a guess, and ``allocate`` believes it. With these channels
    it promises nothing that nobody saw: the careful split, to be compared with the bold one.

    Parameters
    ----------
    channels : Channel

    Returns
    -------
    list of Channel: the ceiling is the largest spend of ``curve.observed_eur``, or the channel's
    own if it is lower. A channel whose minimum was never reached may have that minimum and no
    more; one whose curve says nothing of a range is returned as it is.

    Raises
    ------
    MetricError
        Never for channels that could be made.

    Notes
    -----
    The range of a fitted curve is that of the *adstocked* spends, narrower than that of the spends.

    Examples
    --------
    >>> here = Channel("x", Hill(100, 500, observed_eur=(50, 800)))
    >>> within_observed([here])[0].at_most_eur
    800.0
    """
    careful = []
    for channel in channels:
        observed = channel.curve.observed_eur
        if observed is not None:
            ceiling = math.inf if channel.at_most_eur is None else channel.at_most_eur
            most = min(ceiling, max(float(observed[1]), channel._floor))
            channel = replace(channel, at_most_eur=most)  # noqa: PLW2901 - the same one, with care
        careful.append(channel)
    return careful


# --------------------------------------------------------------------------- allocation

_MOST_CHANNELS = 12
# What is left to prove when the search stops, as a share of the response.
_TOLERANCE = 1e-10
# Sums that are equal but for their last digits.
_ROUNDING = 1 + 1e-12
_BATCH = 64
_PRICES = 400
_POLISH = 10


@dataclass(frozen=True, slots=True)
class Certificate:
    """Why no other split does better.

    Attributes
    ----------
    kkt_residual : float, how far the split is from equal marginal returns, as a share of the
        marginal return: the largest of |Rᵢ′ − μ| on a channel between its bounds, of Rᵢ′ − μ where
        more would be wanted at a minimum, and of μ − Rᵢ′ where less would be at a ceiling. 0 = none
    gap : float, the most that any split set aside could bring above this one, as a share of its
        response. 0 = none
    subsets : int, 2ᵏ, the ways of choosing among k channels: every one is accounted for
    feasible : int, those whose commitments, minimum spends and fixed costs fit the budget
    solved : int, those that had to be solved; the bound of each other one was under the best
    steps : int, the problems solved for it: more than ``solved`` with S-shaped curves
    """

    kkt_residual: float
    gap: float
    subsets: int
    feasible: int
    solved: int
    steps: int


@dataclass(frozen=True, eq=False, slots=True)
class Allocation(Plan):
    """The best split of a budget, with its proof.

    Attributes
    ----------
    channels, budget_eur : as given
    table : that of ``Plan``, with ``status``: "off", at its "minimum" or "maximum", or "interior"
    marginal_return : float, μ, what one more euro a week would bring with these same channels: that
        of every interior channel. 0 = every channel kept is at its ceiling
    certificate : Certificate
    """

    marginal_return: float
    certificate: Certificate

    def compare(self, own: Mapping[str, float] | pd.Series | None = None) -> Comparison:
        """This split against an equal one, and against yours.

        Parameters
        ----------
        own : mapping or Series of channel to euros a week, fixed costs not included, optional

        Returns
        -------
        Comparison

        Raises
        ------
        MetricError
            If ``own`` names an unknown channel or has an impossible amount.

        Notes
        -----
        The rule of the minimum holds for all: see ``Plan``.

        Examples
        --------
        >>> channels = [Channel("x", Hill(90, 500)), Channel("y", Hill(10, 200))]
        >>> table = allocate(channels, 1000).compare({"x": 1000}).table
        >>> table["response"].round(1).to_dict()
        {'optimal': 61.2, 'equal': 52.1, 'own': 60.0}
        """
        plans: dict[str, Plan] = {
            "optimal": self,
            "equal": evaluate(
                self.channels, equal_split(self.channels, self.budget_eur), self.budget_eur
            ),
        }
        if own is not None:
            plans["own"] = evaluate(self.channels, own, self.budget_eur)
        return Comparison(plans)


@dataclass(frozen=True, eq=False, slots=True)
class Comparison:
    """Several splits of the same budget, side by side.

    Attributes
    ----------
    plans : dict of name ("optimal", "equal", "own" if given) to Plan
    """

    plans: dict[str, Plan]

    @property
    def table(self) -> pd.DataFrame:
        """One row a plan: ``response``, ``cost_eur``, ``leftover_eur`` (negative: over budget),
        ``wasted_eur``, ``gain`` (what the best split brings more, in units of response),
        ``gain_share`` (the same over the plan's own response: 0.25 is 25 %; NaN if that is 0) and
        ``extrapolated`` (names of channels outside the observed range).

        The gain is negative only for a plan that breaks a rule the best split keeps: the budget, a
        commitment or a ceiling.
        """
        best = self.plans["optimal"].response
        return pd.DataFrame.from_dict(
            {
                name: {
                    "response": plan.response,
                    "cost_eur": plan.cost_eur,
                    "leftover_eur": plan.leftover_eur,
                    "wasted_eur": plan.wasted_eur,
                    "gain": best - plan.response,
                    "gain_share": best / plan.response - 1 if plan.response else np.nan,
                    "extrapolated": plan.extrapolated,
                }
                for name, plan in self.plans.items()
            },
            orient="index",
        )


def allocate(channels: Iterable[Channel], budget_eur: float) -> Allocation:
    """The split of a weekly budget that brings the most, and the proof that it does.

    ``max Σ_{i∈A} Rᵢ(xᵢ)`` over the subsets A of channels and the spends, subject to
    ``mᵢ ≤ xᵢ ≤ uᵢ`` on A (m the larger of minimum viable spend and commitment, u the ceiling) and
    ``Σ_{i∈A} (xᵢ + fᵢ) ≤ budget``.

    Where curves are concave, the best split of a subset gives every channel the same marginal
    return, but for those at a bound. The choice of the subset is not concave, so that all 2ᵏ are
    looked at:

    1. for any price λ of an euro, ``Σ_{i∈A} max_x (Rᵢ(x) − λ(x + fᵢ)) + λ budget`` is more than A
       can bring: a few hundred prices bound every subset, and most of them are ruled out;
    2. the others are solved, the most promising first, by bisection on λ.

    S-shaped curves (Hill of slope above 1) are solved exactly too. An S-shaped channel that is kept
    either stays at its minimum, or spends where its curve is concave, or in between; and one at
    most is in between, as two would gain by an exchange, one way or the other. For that one, a
    straight line replaces the accelerating part of the curve; its interval is cut where the
    solution falls on the line, and both halves are solved, until bound and response meet.

    Parameters
    ----------
    channels : Channel, 1 to 12, of different names
    budget_eur : float, positive, euros a week

    Returns
    -------
    Allocation. Its response is the largest within 10⁻¹⁰ of itself. Part of the budget is left over
    when ceilings forbid spending it, and all of it if it opens no channel: the plan is then empty
    and brings 0. It maximises the response and does not ask whether the last euro pays for itself:
    compare ``marginal_return`` with what a unit of response is worth to you.

    Raises
    ------
    MetricError
        If there are more than 12 channels or none, a name is twice there, the budget is not
        positive, or the commitments cost more than the budget.

    Notes
    -----
    Equal marginal returns: Karush–Kuhn–Tucker conditions; Everett, "Generalized Lagrange multiplier
    method for solving problems of optimum allocation of resources", *Operations Research* 11
    (1963), 399–417, for the bound. Falk & Soland, "An algorithm for separable nonconvex programming
    problems", *Management Science* 15 (1969), 550–569, for the cuts.

    Examples
    --------
    >>> channels = [Channel("x", Hill(90, 500)), Channel("y", Hill(10, 500), fixed_cost_eur=100)]
    >>> best = allocate(channels, 1000)
    >>> best.active, best.response, best.certificate.subsets
    (('x',), 60.0, 4)
    """
    known = _check_channels(channels)
    budget = _scalar(_("le budget"), budget_eur)
    if len(known) > _MOST_CHANNELS:
        raise MetricError(
            _(
                "{n} canaux, c’est trop pour essayer toutes les combinaisons : allocate en accepte "
                "{most} au plus. Regroupez des canaux, ou écartez d’abord ceux où votre cible "
                "n’est pas."
            ).format(n=len(known), most=_MOST_CHANNELS)
        )
    committed = [channel for channel in known if channel.at_least_eur > 0]
    if sum(channel.entry_eur for channel in committed) > budget * _ROUNDING:
        raise MetricError(
            _(
                "Le budget ({budget}) ne suffit pas aux dépenses imposées (at_least_eur), coûts "
                "fixes et minimums viables compris : {listed}. Augmentez le budget, ou levez une "
                "obligation."
            ).format(
                budget=euros(budget),
                listed=", ".join(
                    f"{channel.name} ({euros(channel.entry_eur)})" for channel in committed
                ),
            )
        )
    problem = _Problem(known, budget)
    spends, interior, certificate = problem.solve()
    plan = _plan(known, spends.tolist(), budget)
    marginal = plan.table["marginal"].to_numpy()
    status = np.select(
        [spends == 0, interior, spends == problem.low], ["off", "interior", "minimum"], "maximum"
    )
    worth, residual = _marginal_return(marginal, status)
    return Allocation(
        known,
        budget,
        plan.table.assign(status=status),
        worth,
        replace(certificate, kkt_residual=residual),
    )


def _marginal_return(marginal: FloatArray, status: npt.NDArray[np.str_]) -> tuple[float, float]:
    """The multiplier of a split, and how far the split is from obeying it."""
    interior, least, most = (
        marginal[status == kind] for kind in ("interior", "minimum", "maximum")
    )
    free = marginal[(status == "off") & ~np.isnan(marginal)]
    # One more euro goes to an interior channel, else to the best of those that may have more.
    others = np.concatenate([least, free])
    worth = float(np.median(interior)) if interior.size else float(others.max(initial=0.0))
    violations = [np.abs(interior - worth), least - worth, free - worth, worth - most]
    residual = max(float(part.max(initial=0.0)) for part in violations)
    return worth, residual / worth if worth else residual


# What a channel may do: be out; stay at its minimum; spend where its curve is concave; or, for one
# channel at most, spend where it still accelerates.
_OUT, _MINIMUM, _CONCAVE, _RISING = range(4)


@dataclass(frozen=True, eq=False, slots=True)
class _Nodes:
    """Subproblems: what every channel does, and the interval its spend is in.

    ``choice``, ``low`` and ``high`` are (nodes, channels); ``bound``, more than each can bring.
    """

    choice: npt.NDArray[np.int64]
    low: FloatArray
    high: FloatArray
    bound: FloatArray

    def at(self, which: Any) -> _Nodes:
        return _Nodes(*(getattr(self, field.name)[which] for field in fields(self)))

    def joined(self, *others: _Nodes) -> _Nodes:
        return _Nodes(
            *(
                np.concatenate([getattr(nodes, field.name) for nodes in (self, *others)])
                for field in fields(self)
            )
        )


class _Problem:
    """The search. Arrays are over channels along their last axis."""

    def __init__(self, channels: tuple[Channel, ...], budget: float) -> None:
        self.budget = budget
        self.low = np.array([channel._floor for channel in channels])
        self.fixed = np.array([channel.fixed_cost_eur for channel in channels], dtype=float)
        self.ceiling = np.array(
            [
                math.inf if channel.at_most_eur is None else channel.at_most_eur
                for channel in channels
            ]
        )
        # A channel too dear for the budget keeps a (never used) interval that is not empty.
        self.high = np.maximum(np.minimum(self.ceiling, budget - self.fixed), self.low)
        self.committed = np.array([channel.at_least_eur > 0 for channel in channels])
        self.families = []
        for kind in (Hill, Logistic):
            of_kind = [n for n, channel in enumerate(channels) if isinstance(channel.curve, kind)]
            if of_kind:
                parameters = np.array([channels[n].curve._parameters for n in of_kind]).T
                self.families.append((kind, of_kind, parameters))
        self.inflexion = np.array([channel.curve.inflexion_eur for channel in channels])
        alike = [replace(c, name="-", curve=replace(c.curve, observed_eur=None)) for c in channels]
        self.twins = [
            max((m for m in range(n) if alike[m] == one), default=n) for n, one in enumerate(alike)
        ]

        turn = np.clip(self.inflexion, self.low, self.high)
        out = np.zeros_like(self.low)
        rises = self.low < turn
        self.lows = np.array([out, self.low, turn, self.low])
        self.highs = np.array([out, self.low, self.high, turn])
        # To be out and to spend 0 are the same where nothing is to be paid to enter.
        free = (self.low + self.fixed == 0) & ~rises
        self.allowed = np.array(
            [~self.committed & ~free, rises & (self.low > 0), np.full_like(rises, True), rises]
        )
        self.entry = self.lows + np.array([out, self.fixed, self.fixed, self.fixed])

    def of_curves(self, function: str, x: FloatArray) -> FloatArray:
        """A function of the curves (``_value``, ``_slope``…) along the last axis."""
        found = np.empty(x.shape)
        for kind, columns, parameters in self.families:
            found[..., columns] = getattr(kind, function)(x[..., columns], *parameters)
        return found

    def solve(self) -> tuple[FloatArray, BoolArray, Certificate]:
        """The best spends, which of them are between their bounds, and the count of the search."""
        prices = self.prices()
        surplus = self.surplus(prices)
        best = _Best(self)
        best.take(self.nodes(self.promising(prices, surplus)))
        nodes = self.enumerate(prices, surplus, best)
        while len(nodes.bound):
            order = np.argsort(-nodes.bound, kind="stable")
            cut = best.take(nodes.at(order[:_BATCH]))
            nodes = nodes.at(order[_BATCH:]).joined(*cut)
            nodes = nodes.at(best.beating(nodes.bound))
        kept = best.choice != _OUT
        interior = kept & (self.low < best.spends) & (best.spends < self.ceiling)
        subsets = np.arange(2 ** len(self.low))[:, None] >> np.arange(len(self.low)) & 1 == 1
        entry = np.where(subsets, self.low + self.fixed, 0).sum(axis=1)
        fits = (subsets | ~self.committed).all(axis=1) & (entry <= self.budget * _ROUNDING)
        certificate = Certificate(
            kkt_residual=math.nan,
            gap=best.gap / best.response if best.response else 0.0,
            subsets=len(subsets),
            feasible=int(fits.sum()),
            solved=len(best.solved),
            steps=best.steps,
        )
        return self.polish(best.spends, interior), interior, certificate

    def nodes(self, choice: npt.NDArray[np.int64]) -> _Nodes:
        """The subproblems of some choices, one a line, nothing known of their bound."""
        each = np.arange(len(self.low))
        return _Nodes(
            choice, self.lows[choice, each], self.highs[choice, each], np.full(len(choice), np.inf)
        )

    def prices(self) -> FloatArray:
        """A few hundred prices of an euro, over the range of the marginal returns."""
        start = np.maximum(self.low, self.high * 1e-9)  # a slope may be infinite at 0
        met = [np.clip(x, start, self.high) for x in (self.low, self.inflexion, self.high)]
        slopes = self.of_curves("_slope", np.array(met))[:, self.high > 0]
        dear = slopes.max(initial=1e-300)  # where nothing can be spent, any price will do
        return np.geomspace(max(slopes.min(initial=dear), dear * 1e-12), dear, _PRICES)

    def surplus(self, prices: FloatArray) -> FloatArray:
        """What is left of a channel's response once its euros are paid, at best: (price, option,
        channel); −∞ for an option it does not have."""
        price = prices[:, None, None]
        spends = self.spend_at(price, self.lows, self.highs, self.chord(self.lows, self.highs))
        paid = spends + self.entry - self.lows
        return np.where(self.allowed, self.of_curves("_value", spends) - price * paid, -np.inf)

    def promising(self, prices: FloatArray, surplus: FloatArray) -> npt.NDArray[np.int64]:
        """Some good choices: at a likely price, the channels that leave most, more and more."""
        least = np.where(self.allowed, self.entry, np.inf).argmin(axis=0)
        likely = int((surplus.max(axis=1).sum(axis=1) + prices * self.budget).argmin())
        choices, every = [least], np.arange(len(least))
        for at in surplus[max(likely - 40, 0) : likely + 41 : 20, :_RISING]:
            choice, wished = least, at.argmax(axis=0)
            for k in np.argsort(at[least, every] - at.max(axis=0)):
                choice = np.where(every == k, wished, choice)
                if self.entry[choice, every].sum() > self.budget:
                    break
                choices.append(choice)
        return np.unique(choices, axis=0)

    def enumerate(self, prices: FloatArray, surplus: FloatArray, best: _Best) -> _Nodes:
        """Every choice that could beat the best response known, one channel decided at a time.

        For any price, the surpluses of the options chosen, the best ones of the channels to come
        and the price of the budget add up to more than the choice can bring.
        """
        n = len(self.low)
        to_come = surplus.max(axis=1)
        cheapest = np.where(self.allowed, self.entry, np.inf).min(axis=0)
        choice = np.zeros((1, 0), dtype=np.int64)
        total, entry, bound = (prices * self.budget)[None], np.zeros(1), np.array([np.inf])
        for k in range(n):
            parent, option = np.nonzero(np.ones((len(choice), 4)) * self.allowed[:, k])
            least = entry[parent] + self.entry[option, k] + cheapest[k + 1 :].sum()
            possible = least <= self.budget * _ROUNDING
            possible &= (option != _RISING) | (choice[parent] != _RISING).all(axis=1)
            if self.twins[k] < k:  # of channels alike, any order is the same
                possible &= choice[parent, self.twins[k]] >= option
            parent, option = parent[possible], option[possible]
            total = total[parent] + surplus[:, option, k].T
            # A little more, for what the sums were rounded by.
            bound = (total + to_come[:, k + 1 :].sum(axis=1)).min(axis=1) * _ROUNDING
            keep = best.beating(bound)
            total, bound = total[keep], bound[keep]
            entry = (entry[parent] + self.entry[option, k])[keep]
            choice = np.column_stack([choice[parent], option])[keep]
        return replace(self.nodes(choice), bound=bound)

    def chord(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """Where a curve accelerates, the slope of the straight line above it; NaN elsewhere."""
        rises = (low < self.inflexion) & (low < high)
        gained = self.of_curves("_value", high) - self.of_curves("_value", low)
        return np.where(rises, gained / np.where(rises, high - low, 1), np.nan)

    def spend_at(
        self, price: FloatArray, low: FloatArray, high: FloatArray, chord: FloatArray
    ) -> FloatArray:
        """The spend of each channel at which one more euro no longer brings its price."""
        every = np.broadcast_to(price, np.broadcast_shapes(price.shape, low.shape))
        concave = np.clip(self.of_curves("_spend_at", every), low, high)
        return np.where(np.isnan(chord), concave, np.where(price < chord, high, low))

    def relax(self, nodes: _Nodes) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The best spends of each node, the rising part of a curve replaced by a straight line.

        Returns the spends (nodes, channels), their true response (nodes), and by how much more each
        channel was counted (nodes, channels): with it, the response bounds that of the node.
        """
        low, high = nodes.low, nodes.high
        money = self.budget - np.where(nodes.choice == _OUT, 0, self.fixed).sum(axis=1)
        chord = self.chord(low, high)
        spend_at = partial(self.spend_at, low=low, high=high, chord=chord)
        # Bisection on the logarithm of the price, over all that floats hold.
        cheap, dear = np.full((len(low), 1), -700.0), np.full((len(low), 1), 700.0)
        for _step in range(58):
            middle = (cheap + dear) / 2
            over = spend_at(np.exp(middle)).sum(axis=1, keepdims=True) > money[:, None]
            cheap, dear = np.where(over, middle, cheap), np.where(over, dear, middle)
        spends, wanted = spend_at(np.exp(dear)), spend_at(np.exp(cheap))
        # The last euros go to the channels that only just do not want them at this price.
        room = wanted - spends
        before = np.cumsum(room, axis=1) - room
        rest = np.maximum(money - spends.sum(axis=1), 0)[:, None]
        spends = spends + np.clip(rest - before, 0, room)
        value = self.of_curves("_value", spends)
        straight = self.of_curves("_value", low) + chord * (spends - low)
        line = np.where((low < spends) & (spends < high), np.nan_to_num(straight - value), 0)
        return spends, value.sum(axis=1), line

    def polish(self, spends: FloatArray, interior: BoolArray) -> FloatArray:
        """Make the marginal returns of the interior channels equal to the last digit (Newton)."""
        for _step in range(_POLISH if interior.any() else 0):
            with np.errstate(divide="ignore", invalid="ignore"):  # of no use where nothing is spent
                give = np.where(interior, 1 / self.of_curves("_bend", spends), 0)
                pull = np.where(interior, give * self.of_curves("_slope", spends), 0)
            moved = spends + pull.sum() / give.sum() * give - pull
            if not ((self.low < moved) & (moved < self.high))[interior].all():
                break
            spends = moved
        return spends


class _Best:
    """The best split found so far, and what was looked at to find it."""

    def __init__(self, problem: _Problem) -> None:
        self.problem = problem
        self.response, self.gap, self.steps = -math.inf, 0.0, 0
        self.spends, self.choice = np.empty(0), np.empty(0, dtype=np.int64)
        self.solved: set[bytes] = set()

    def beating(self, bound: FloatArray) -> BoolArray:
        """Which nodes may hide a better split; what the others could bring more is noted."""
        above: BoolArray = bound > self.response * (1 + _TOLERANCE)
        self.gap = max(self.gap, float((bound[~above] - self.response).max(initial=0.0)))
        return above

    def take(self, nodes: _Nodes) -> list[_Nodes]:
        """Solve some nodes; return those to solve in place of the ones a straight line flatters.

        The interval of the channel on its straight line is cut where the line was met.
        """
        spends, value, line = self.problem.relax(nodes)
        self.steps += len(value)
        self.solved.update((row != _OUT).tobytes() for row in nodes.choice)
        first = int(value.argmax())
        if value[first] > self.response:
            self.response = float(value[first])
            self.spends, self.choice = spends[first], nodes.choice[first]
        flattered = line.any(axis=1)
        parents = replace(nodes, bound=value + line.sum(axis=1)).at(flattered)
        met = (line != 0)[flattered]
        here = spends[flattered]
        return [
            replace(parents, high=np.where(met, here, parents.high)),
            replace(parents, low=np.where(met, here, parents.low)),
        ]


# --------------------------------------------------------------------------- concentration


@dataclass(frozen=True, eq=False, slots=True)
class Concentration:
    """On how many channels a budget really rests.

    Attributes
    ----------
    shares : Series or array, the share of each channel, adding up to 1
    hhi : float, the Herfindahl–Hirschman index on shares: 1/k for k equal channels, 1 = everything
        on one
    """

    shares: Like
    hhi: float

    @property
    def hhi_points(self) -> float:
        """The same index on percentages, as economists print it: 10,000 = everything on one."""
        return 10_000 * self.hhi

    @property
    def effective_channels(self) -> float:
        """``1 / HHI``: the number of equal channels that would be as concentrated."""
        return 1 / self.hhi


def concentration(spend_eur: npt.ArrayLike) -> Concentration:
    """How concentrated a budget is.

    ``HHI = Σ sᵢ²`` on the shares sᵢ, and ``1 / HHI`` channels "in effect".

    Competition authorities have thresholds for this index. They are about mergers of companies and
    say nothing of a marketing budget, which it may be right to concentrate: none is given here.

    Parameters
    ----------
    spend_eur : array_like(float, ndim=1), euros by channel; a Series keeps its index

    Returns
    -------
    Concentration: ``hhi`` 1 = one channel has everything, 1/k = k channels share alike; it cannot
    be 0. A channel without spend changes nothing.

    Raises
    ------
    MetricError
        If nothing is spent, or a spend is missing or negative.

    Notes
    -----
    Hirschman, "The paternity of an index", *American Economic Review* 54 (1964), 761–762.

    Examples
    --------
    >>> found = concentration([30, 30, 20, 20])
    >>> round(found.hhi_points), round(found.effective_channels, 2)
    (2600, 3.85)
    """
    (spend,), index = _columns({_("la dépense"): spend_eur})
    total = spend.sum()
    if total == 0:
        raise MetricError(
            _(
                "Aucune dépense : toutes valent 0, et une concentration n’a pas de sens. Indiquez "
                "au moins une dépense."
            )
        )
    shares = spend / total
    return Concentration(
        shares if index is None else pd.Series(shares, index=index), float((shares**2).sum())
    )


@dataclass(frozen=True, eq=False, slots=True)
class Spread:
    """Where an amount went, and what came of it.

    Attributes
    ----------
    table : DataFrame indexed by place, the largest amount first: ``amount``, ``share`` (of all
        amounts) and, with results, ``results``, ``results_share`` (of those known),
        ``per_result`` (amount over results: what one costs; NaN without any), ``rate`` (results
        over amount)
    concentration : Concentration, of the amounts
    """

    table: pd.DataFrame
    concentration: Concentration

    @property
    def per_result(self) -> float:
        """What one result costs, all places together: a ratio of sums. NaN if not known."""
        return _over(self, "amount", "results")

    @property
    def rate(self) -> float:
        """What one unit of the amount brought, all places together. NaN if not known."""
        return _over(self, "results", "amount")

    def under(self, minimum: float) -> pd.Series:
        """The amounts that are not zero and do not reach a minimum, the largest first.

        Raises
        ------
        MetricError
            If the minimum is negative or not a number.
        """
        least = _scalar(_("le minimum viable"), minimum, zero=True)
        amount = self.table["amount"]
        return amount[(amount > 0) & (amount < least)]


def _over(found: Spread, above: str, below: str) -> float:
    if "results" not in found.table:
        return math.nan
    sums = {name: float(found.table[name].sum(skipna=False)) for name in (above, below)}
    return sums[above] / sums[below] if sums[below] else math.nan


def spread(
    places: npt.ArrayLike, amount: npt.ArrayLike, results: npt.ArrayLike | None = None
) -> Spread:
    """Add up what was spent, and what came of it, place by place.

    ``share = amount / Σ amount`` and ``per_result = Σ amount / Σ results`` of each place:
    *averages* over what was already spent, which say nothing of the next euro (a curve does).

    Parameters
    ----------
    places : array_like, a channel, campaign or format a row; rows of the same place are added up
    amount : array_like(float), of the same rows, in one unit: euros, or views, or visits
    results : array_like(float), optional, of the same rows, all of one kind. A missing one is not
        a zero: its place then has no known ``results``

    Returns
    -------
    Spread

    Raises
    ------
    MetricError
        If an amount is missing or negative, all are 0, a result is negative, or the rows do not
        match.

    Notes
    -----
    Ratios are of sums, never means of ratios.

    Examples
    --------
    >>> found = spread(["a", "b", "a"], [100, 50, 50], [5, 1, 1])
    >>> found.table["per_result"].to_dict(), round(found.concentration.effective_channels, 2)
    ({'a': 25.0, 'b': 50.0}, 1.6)
    """
    (amounts,), _index = _columns({_("le montant"): amount})
    columns: dict[str, FloatArray] = {_("le lieu"): np.asarray(places), _("le montant"): amounts}
    if results is not None:
        found = np.asarray(results, dtype=float)
        known = ~np.isnan(found)
        if known.any():
            _numbers(_("le résultat"), found[known])
        columns[_("le résultat")] = found
    check_lengths(columns)
    frame = pd.DataFrame(dict(zip(("place", "amount", "results"), columns.values(), strict=False)))
    table = frame.groupby("place", sort=False, dropna=False).sum(skipna=False)
    table = table.sort_values("amount", ascending=False, kind="stable")
    concentrated = concentration(table["amount"])
    table.insert(1, "share", concentrated.shares)
    if results is not None:
        everything = table["results"].sum()
        table["results_share"] = table["results"] / everything if everything else np.nan
        table["per_result"] = (table["amount"] / table["results"]).where(table["results"] > 0)
        table["rate"] = (table["results"] / table["amount"]).where(table["amount"] > 0)
    table.index.name = None
    return Spread(table, concentrated)


# --------------------------------------------------------------------------- fitting

# Where a curve is looked for: half-saturations as multiples of the largest weekly spend, and
# maxima as multiples of the range of the response.
_SEARCHED = {
    "maximum": (1e-4, 1e3),
    "half_saturation_eur": (0.02, 20.0),
    "slope": (0.3, 6.0),
    "decay": (0.0, 0.95),
}
# The starting points drawn: those a curve may plausibly have.
_DRAWN = {"half_saturation_eur": (0.1, 3.0), "slope": (0.5, 3.0), "decay": (0.0, 0.8)}
_CANDIDATES = 200
_DRAWS = 2000
# The search for an interval's end: its first step at least, its steps, how near it stops, and the
# squared error (of a response whose range is 1) under which a fit is exact.
_FIRST_STEP = 1e-6
_PROFILE_STEPS = 30
_CLOSE = 0.02
_EXACT = 1e-12
# Doubts: under this relative spread a spend did not vary, over this ratio an interval says nothing,
# and this many half-saturations are to be seen.
_STEADY = 0.1
_WIDE = 10.0
_BEYOND = 2.0
_TOGETHER = 0.9


@dataclass(frozen=True, eq=False, slots=True)
class ChannelFit:
    """The curve of one channel, as a history shows it.

    Attributes
    ----------
    name : str
    curve : Hill or Logistic, per *steady* weekly spend, with the range that was observed: from the
        smallest to the largest adstocked spend, which is narrower than the range of the spends
    decay : float, the share of the effect kept from one week to the next
    parameters : DataFrame of ``estimate``, ``low``, ``high``; rows ``maximum``,
        ``half_saturation_eur``, ``slope`` (Hill only), ``decay``
    doubts : tuple of str, in the reader's language: why the curve should not be trusted yet
    confidence : float, of the intervals
    draws : array (draw, parameter), curves as plausible as the estimate: what ``band`` is made of
    """

    name: str
    curve: Curve
    decay: float
    parameters: pd.DataFrame
    doubts: tuple[str, ...]
    confidence: float
    draws: FloatArray

    @property
    def identified(self) -> bool:
        """True when nothing is said against the curve."""
        return not self.doubts

    def band(self, spend_eur: npt.ArrayLike) -> pd.DataFrame:
        """The response at some spends, and how far it may be trusted there.

        Parameters
        ----------
        spend_eur : array_like(float, ndim=1), euros a week

        Returns
        -------
        DataFrame of ``response``, ``low``, ``high``, indexed by the spend; at each spend the curve
        lies in between with the fit's confidence.

        Raises
        ------
        MetricError
            If a spend is missing, negative or not a number.

        Notes
        -----
        Quantiles over ``draws``. Within the observed range the band is narrower than the intervals
        of the parameters suggest: several pairs of maximum and half-saturation give nearly the same
        curve.

        Examples
        --------
        >>> spend = np.tile([0.0, 100, 400, 800], 10)
        >>> fit = fit_response(spend, 5 + Hill(50, 300).response(spend), shape="logistic",
        ...                    convention="recursive")
        >>> list(fit.channels["spend_eur"].band([100, 200]).columns)
        ['response', 'low', 'high']
        """
        (spend,), _index = _columns({_("la dépense"): spend_eur})
        kind = type(self.curve)
        curves = kind._value(spend, *_of_curve(kind, self.draws.T[:, :, None]))
        tail = (1 - self.confidence) / 2
        low, high = np.quantile(curves, [tail, 1 - tail], axis=0)
        return pd.DataFrame(
            {"response": self.curve.response(spend), "low": low, "high": high},
            index=pd.Index(spend, name="spend_eur"),
        )


@dataclass(frozen=True, eq=False, slots=True)
class ResponseFit:
    """Response curves fitted on a weekly history.

    Attributes
    ----------
    channels : dict of name to ChannelFit
    baseline : float, what comes with no spend at all, per week
    baseline_interval : (low, high)
    fitted : array or Series, the response the model gives each week
    residual_sd : float, the spread of the weeks around it, in units of response
    r_squared : float, the share of the response's variance that the model follows: 1 = all, 0 = no
        better than a constant
    weeks : int
    """

    channels: dict[str, ChannelFit]
    baseline: float
    baseline_interval: tuple[float, float]
    fitted: Like
    residual_sd: float
    r_squared: float
    weeks: int

    @property
    def curves(self) -> dict[str, Curve]:
        """The curve of each channel, for ``channels_of``."""
        return {name: channel.curve for name, channel in self.channels.items()}

    @property
    def doubts(self) -> tuple[str, ...]:
        """Everything that is said against the curves; empty when they are all identified."""
        return tuple(doubt for channel in self.channels.values() for doubt in channel.doubts)


def fit_response(
    spend_eur: pd.DataFrame | npt.ArrayLike,
    response: npt.ArrayLike,
    *,
    shape: Shape,
    convention: Convention,
    window_weeks: int | None = None,
    baseline: bool = True,
    confidence: float = 0.95,
    starts: int = 6,
    seed: int = 0,
) -> ResponseFit:
    """Find the response curves that a weekly history shows.

    ``responseₜ = baseline + Σᵢ Rᵢ(adstock(xᵢ)ₜ) + noise``, by nonlinear least squares on all
    channels at once; maxima, half-saturations and baseline are not negative.

    Parameters
    ----------
    spend_eur : array_like(float, ndim=1), euros a week of one channel, or DataFrame with a row a
        week and a column a channel; weeks in order, none missing
    response : array_like(float, ndim=1), of the same weeks, in any unit
    shape : "hill" or "logistic", the curve of every channel. A logistic one has a parameter less,
        and is easier to identify; only a Hill curve can be S-shaped
    convention : "normalised" or "recursive", see ``geometric_adstock``
    window_weeks : int, for "normalised" only, and required there
    baseline : bool; False where nothing can come without a spend, as when a response was attributed
        to the channel: what then has to be found is less, and better known
    confidence : float in (0, 1), of the intervals
    starts : int, at least 1. The search starts from the best ``starts`` of 200 curves drawn at
        random, and the best end is kept
    seed : int; the same seed gives the same fit

    Returns
    -------
    ResponseFit. Curves are per *steady* weekly spend x, whatever the convention: the maximum is
    reached, adstock included, by holding x. For the scale of a recursive adstock (Robyn), divide
    the half-saturation by ``1 − decay``. A channel whose curve cannot be told from the history has
    ``doubts``, and intervals as wide as what was searched.

    Raises
    ------
    MetricError
        If a value is missing or negative, the rows do not match, the response never varies, a
        channel never spent, there are fewer than two weeks a parameter, or an option is unknown.

    Notes
    -----
    Intervals are the profile likelihood's (Bates & Watts, *Nonlinear Regression Analysis and Its
    Applications*, 1988): each ends where holding the parameter there, and fitting the others again,
    makes the error grow by 1 + t²/ν. Each end is thus a fit of its own, and a joint fit of several
    channels takes seconds. They suppose that the noise is independent from week to week, of one
    size, and that nothing else moved the response: a season or a promotion that follows the spend
    is credited to the channel. On simulated years, with a baseline or without, 95 % intervals and
    bands held the truth 93 to 98 times out of 100, whether ``doubts`` were said or not; on the case
    company, whose noise grows with the response, 85 to 100 times. The model's form: Jin et al.,
    Google, 2017.

    Examples
    --------
    >>> spend = np.tile([0.0, 100, 400, 800, 50], 12)
    >>> truth = Logistic(60, rate_per_eur=0.005)
    >>> carried = geometric_adstock(spend, 0.4, convention="normalised", window_weeks=8)
    >>> fit = fit_response(spend, 20 + truth.response(carried), shape="logistic",
    ...                    convention="normalised", window_weeks=8)
    >>> found = fit.channels["spend_eur"]
    >>> round(found.curve.rate_per_eur, 4), round(found.decay, 2), round(fit.baseline, 1)
    (0.005, 0.4, 20.0)
    """
    if shape not in ("hill", "logistic"):
        raise MetricError(
            _(
                'La courbe « {got} » n’existe pas : choisissez shape="hill" ou shape="logistic".'
            ).format(got=shape)
        )
    _check_convention(convention, window_weeks)
    check_confidence(confidence)
    _integer("starts", starts)
    names, spends, observed, index = _history(spend_eur, response)
    model = _Model(
        Hill if shape == "hill" else Logistic,
        spends / spends.max(axis=0),
        observed / np.ptp(observed),
        window_weeks,
        baseline=baseline,
    )
    if len(observed) < 2 * model.unknowns:
        raise MetricError(
            _(
                "Historique trop court : {weeks} semaines pour {n} inconnues, et il en faut au "
                "moins {least}. Allongez l’historique, étudiez moins de canaux à la fois, ou "
                'prenez shape="logistic".'
            ).format(weeks=len(observed), n=model.unknowns, least=2 * model.unknowns)
        )
    theta, covariance = model.fit(starts, np.random.default_rng(seed))

    from scipy.special import stdtrit  # noqa: PLC0415 - slow to load, and only a fit needs it

    freedom = len(observed) - model.unknowns
    quantile = float(stdtrit(freedom, (1 + confidence) / 2))
    reach = quantile * np.sqrt(np.diag(covariance))
    more = 1 + quantile**2 / freedom
    found = np.array([theta, *(model.profile(theta, reach, more, side) for side in (-1, 1))])
    # Draws that hang together as the covariance says, each unknown spread on each side as its own
    # interval is.
    scale = np.sqrt(np.diag(covariance))
    scale[scale == 0] = 1.0
    drawn = np.random.default_rng(seed).multivariate_normal(
        np.zeros(model.size), covariance / np.outer(scale, scale), _DRAWS, method="eigh"
    )
    width = np.where(drawn < 0, theta - found[1], found[2] - theta)
    draws = theta + drawn * width / NormalDist().inv_cdf((1 + confidence) / 2)
    draws = np.clip(draws, *model.bounds)

    unit = float(np.ptp(observed))
    channels = {}
    for n, name in enumerate(names):
        largest = float(spends[:, n].max())
        part = partial(model.natural, channel=n, unit=unit, largest=largest)
        estimate, low, high = part(found)
        parameters = pd.DataFrame(
            {"estimate": estimate, "low": low, "high": high}, index=list(model.names)
        )
        carried = largest * model.adstocked(n, estimate[-1])
        channels[name] = ChannelFit(
            name=name,
            curve=model.kind(
                *map(float, _of_curve(model.kind, estimate)),  # type: ignore[arg-type]
                observed_eur=(float(carried.min()), float(carried.max())),  # type: ignore[misc]
            ),
            decay=float(estimate[-1]),
            parameters=parameters,
            doubts=tuple(_doubts(name, parameters, float(carried.max()), names, spends)),
            confidence=confidence,
            draws=part(draws),
        )
    fitted = unit * model.predict(theta)
    residual = float(((observed - fitted) ** 2).sum())
    return ResponseFit(
        channels=channels,
        baseline=float(unit * theta[0]),
        baseline_interval=(float(unit * found[1, 0]), float(unit * found[2, 0])),
        fitted=fitted if index is None else pd.Series(fitted, index=index),
        residual_sd=math.sqrt(residual / freedom),
        r_squared=1 - residual / float(((observed - observed.mean()) ** 2).sum()),
        weeks=len(observed),
    )


def fit_history(
    history: pd.DataFrame,
    *,
    response: str = "orders",
    shape: Shape,
    convention: Convention,
    window_weeks: int | None = None,
    baseline: bool = True,
    confidence: float = 0.95,
    starts: int = 6,
    seed: int = 0,
) -> dict[str, ChannelFit]:
    """One curve a channel, from a long table where the response is already told apart by channel.

    Each channel is fitted by itself, with a baseline of its own or none: ``fit_response`` on its
    rows. When only the response of the whole week is known, give ``fit_response`` a column a
    channel instead: ``history.pivot(index="week", columns="channel", values="spend_eur")``.

    Parameters
    ----------
    history : DataFrame with the columns ``week``, ``channel``, ``spend_eur`` and the response's, a
        row a week and channel, in any order
    response : str, the column of the response, in any unit, as attributed to the channel
    shape, convention, window_weeks, baseline, confidence, starts, seed : see ``fit_response``

    Returns
    -------
    dict of channel to ChannelFit, sorted by channel.

    Raises
    ------
    MetricError
        If a column is missing, a channel has two rows for a week or none, or ``fit_response``
        refuses a channel.

    Notes
    -----
    An attributed response is the platform's word: two platforms may claim the same order.

    Examples
    --------
    >>> spend = np.tile([0.0, 100, 400, 800], 10)
    >>> history = pd.DataFrame({"week": range(40), "channel": "tiktok", "spend_eur": spend,
    ...                         "orders": Logistic(60, rate_per_eur=0.005).response(spend)})
    >>> fits = fit_history(history, shape="logistic", convention="recursive")
    >>> round(fits["tiktok"].curve.maximum, 3)
    60.0
    """
    columns = ("week", "channel", "spend_eur", response)
    missing = [column for column in columns if column not in history]
    if missing:
        raise MetricError(
            _(
                "Il manque au tableau : {missing}. Colonnes trouvées : {found}. Renommez-les avec "
                ".rename(columns=…)."
            ).format(missing=", ".join(missing), found=", ".join(map(str, history)) or "–")
        )
    if history.empty or history[["week", "channel"]].isna().to_numpy().any():
        raise MetricError(
            _(
                "Le tableau demande une semaine et un canal à chaque ligne, et au moins une ligne. "
                "Complétez-le, ou retirez les lignes sans semaine ni canal."
            )
        )
    twice = history.duplicated(["week", "channel"])
    if twice.any():
        row = history[twice].iloc[0]
        raise MetricError(
            _(
                "Deux lignes pour le canal « {channel} », semaine {week}. Additionnez-les, ou "
                "gardez la bonne."
            ).format(channel=row["channel"], week=row["week"])
        )
    weeks = pd.Index(history["week"].unique()).sort_values()
    fits = {}
    for channel, rows in history.sort_values("week").set_index("week").groupby("channel"):
        absent = weeks.difference(rows.index)
        if len(absent):
            raise MetricError(
                _(
                    "Il manque la semaine {week} du canal « {channel} ». Ajoutez la ligne, avec "
                    "une dépense de 0 si rien n’a été dépensé."
                ).format(week=absent[0], channel=channel)
            )
        name = str(channel)
        fit = fit_response(
            rows["spend_eur"].rename(name),
            rows[response],
            shape=shape,
            convention=convention,
            window_weeks=window_weeks,
            baseline=baseline,
            confidence=confidence,
            starts=starts,
            seed=seed,
        )
        fits[name] = fit.channels[name]
    return fits


def _history(
    spend_eur: pd.DataFrame | npt.ArrayLike, response: npt.ArrayLike
) -> tuple[list[str], FloatArray, FloatArray, pd.Index[Any] | None]:
    """Names of the channels, spends (weeks, channels), response, and the index of the weeks."""
    if isinstance(spend_eur, pd.DataFrame):
        given: dict[str, Any] = {str(name): spend_eur[name] for name in spend_eur}
        if not given or len(given) != spend_eur.shape[1]:
            raise MetricError(
                _(
                    "Le tableau des dépenses demande une colonne par canal, de noms différents, et "
                    "a : {found}."
                ).format(found=", ".join(map(str, spend_eur)) or "–")
            )
    else:
        given = {str(getattr(spend_eur, "name", None) or "spend_eur"): spend_eur}
    labels = {name: _("la dépense « {name} »").format(name=name) for name in given}
    columns = {label: given[name] for name, label in labels.items()}
    arrays, index = _columns({**columns, _("la réponse"): response})
    *spends, observed = arrays
    for label, spend in zip(columns, spends, strict=True):
        if spend.max() == 0:
            raise MetricError(
                _(
                    "Rien à apprendre : {label} vaut 0 toutes les semaines. Retirez ce canal de "
                    "l’historique."
                ).format(label=label)
            )
    if np.ptp(observed) == 0:
        raise MetricError(
            _(
                "Rien à apprendre : la réponse a la même valeur toutes les semaines. Vérifiez que "
                "vous avez choisi la bonne colonne."
            )
        )
    return list(given), np.column_stack(spends), observed, index


class _Model:
    """Least squares on numbers near 1: spends over their largest, response over its range.

    The unknowns: the baseline, then for each channel the logarithms of its maximum, of its
    half-saturation and (Hill) of its slope, and its decay. Where there is no baseline its place is
    kept, at 0.
    """

    def __init__(
        self,
        kind: type[Hill | Logistic],
        spends: FloatArray,
        response: FloatArray,
        window: int | None,
        *,
        baseline: bool,
    ) -> None:
        self.kind, self.spends, self.response, self.window = kind, spends, response, window
        self.baseline = baseline
        self.names = [name for name in _SEARCHED if kind is Hill or name != "slope"]
        self.count, self.each = spends.shape[1], len(self.names)
        self.size = 1 + self.count * self.each
        self.unknowns = self.size if baseline else self.size - 1
        limits = np.array([_SEARCHED[name] for name in self.names]).T
        limits[:, :-1] = np.log(limits[:, :-1])
        low, high = np.tile(limits, self.count)
        self.bounds = np.append(0.0, low), np.append(np.inf, high)

    def natural(
        self, theta: FloatArray, channel: int, unit: float = 1.0, largest: float = 1.0
    ) -> FloatArray:
        """The parameters of one channel (last axis), in the caller's units."""
        start = 1 + channel * self.each
        own = theta[..., start : start + self.each].copy()
        own[..., :-1] = np.exp(own[..., :-1])
        own[..., 0] *= unit
        own[..., 1] *= largest
        return own

    def adstocked(self, channel: int, decay: float) -> FloatArray:
        """The steady spend that each week is worth: under both conventions, a mean."""
        carried = _adstock(self.spends[:, channel], decay, self.window)
        return carried if self.window else carried * (1 - decay)

    def shape(self, theta: FloatArray, channel: int) -> FloatArray:
        """The weekly response of one channel."""
        own = self.natural(theta, channel)
        return self.kind._value(self.adstocked(channel, own[-1]), *_of_curve(self.kind, own))

    def predict(self, theta: FloatArray) -> FloatArray:
        """The weekly response of all, baseline included."""
        shapes = [self.shape(theta, channel) for channel in range(self.count)]
        predicted: FloatArray = self.baseline * theta[0] + np.sum(shapes, axis=0)
        return predicted

    def start(self, rng: np.random.Generator) -> tuple[float, FloatArray]:
        """A curve drawn at random, with its best maxima and baseline: its error, its unknowns."""
        from scipy.optimize import nnls  # noqa: PLC0415 - slow to load, and only a fit needs it

        theta = np.zeros(self.size)
        for n, name in enumerate(self.names[1:], start=2):
            low, high = _DRAWN[name]
            drawn = rng.uniform(size=self.count)
            theta[n :: self.each] = (
                low + (high - low) * drawn
                if name == "decay"
                else np.log(low * (high / low) ** drawn)
            )
        columns = [np.full(len(self.response), float(self.baseline))]
        columns += [self.shape(theta, channel) for channel in range(self.count)]
        (theta[0], *maxima), error = nnls(np.column_stack(columns), self.response)
        theta[1 :: self.each] = np.log(np.maximum(maxima, 2 * _SEARCHED["maximum"][0]))
        return float(error), np.clip(theta, *self.bounds)

    def fit(self, starts: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """The unknowns of least squares, and their covariance."""
        from scipy.optimize import least_squares  # noqa: PLC0415 - as above

        drawn = sorted((self.start(rng) for _n in range(_CANDIDATES)), key=lambda start: start[0])

        def error(theta: FloatArray) -> FloatArray:
            return self.predict(theta) - self.response

        ends = [
            least_squares(
                error,
                start,
                bounds=self.bounds,
                x_scale="jac",
                max_nfev=300,
            )
            for _error, start in drawn[:starts]
        ]
        best = min(ends, key=lambda end: end.cost)
        variance = 2 * best.cost / (len(self.response) - self.unknowns)
        free = slice(self.size - self.unknowns, None)
        # A direction the data say nothing of has a singular value of 0: a very large variance.
        _left, values, right = np.linalg.svd(np.asarray(best.jac)[:, free], full_matrices=False)
        inverse = right.T / np.maximum(values, 1e-8 * values[0])
        covariance = np.zeros((self.size, self.size))
        covariance[free, free] = variance * inverse @ inverse.T
        # The search starts off its bounds, even where they leave it no room.
        return best.x * (np.arange(self.size) >= free.start), covariance

    def profile(
        self, theta: FloatArray, reach: FloatArray, more: float, side: Literal[-1, 1]
    ) -> FloatArray:
        """How far each unknown goes on one side before the least error grows by a factor.

        The others are fitted again on the way. ``reach``: where a first guess puts the end.
        """
        least = float(((self.predict(theta) - self.response) ** 2).sum())
        room = (more - 1) * least
        ends = theta.copy()
        if room < _EXACT:
            return ends
        for place in range(self.size - self.unknowns, self.size):
            end = self.bounds[0 if side < 0 else 1][place]
            near, near_at, far = theta, 0.0, None
            value = theta[place] + side * max(reach[place], _FIRST_STEP)
            for _n in range(_PROFILE_STEPS):
                value = float(np.clip(value, *sorted((theta[place], end))))
                error, moved = self.refit(near, place, value)
                # The root of the error above the least grows almost as a straight line.
                at = math.sqrt(max(0.0, error - least) / room)
                if abs(at - 1) < _CLOSE or (at < 1 and value == end):
                    break
                if at < 1:
                    near, near_at = moved, at
                else:
                    far = (value, at)
                if far:
                    part = (1 - near_at) / (far[1] - near_at)
                    value = near[place] + part * (far[0] - near[place])
                else:
                    value = theta[place] + (value - theta[place]) * min(
                        3.0, max(1.1, 1 / max(at, 1e-9))
                    )
            ends[place] = value
        return ends

    def refit(self, start: FloatArray, place: int, value: float) -> tuple[float, FloatArray]:
        """The least error with one unknown held at a value, and the unknowns there."""
        from scipy.optimize import least_squares  # noqa: PLC0415 - as above

        others = np.arange(self.size) >= self.size - self.unknowns
        others[place] = False
        theta = start.copy()
        theta[place] = value

        def error(some: FloatArray) -> FloatArray:
            theta[others] = some
            return self.predict(theta) - self.response

        low, high = (bound[others] for bound in self.bounds)
        end = least_squares(error, theta[others], bounds=(low, high), x_scale="jac", max_nfev=100)
        theta[others] = end.x
        return float(2 * end.cost), theta


def _of_curve(kind: type[Hill | Logistic], own: FloatArray) -> tuple[FloatArray, ...]:
    """The constructor's arguments, from maximum, half-saturation and (Hill) slope."""
    return (own[0], own[1], own[2]) if kind is Hill else (own[0], math.log(3) / own[1])


def _doubts(
    name: str, parameters: pd.DataFrame, reached: float, names: list[str], spends: FloatArray
) -> Iterator[str]:
    """Why a fitted curve should not be trusted yet, each with how to mend it."""
    own = spends[:, names.index(name)]
    spread = float(own.std() / own.mean())
    if spread < _STEADY:
        yield _(
            "La dépense de « {name} » n’a presque pas varié (écart-type : {spread} de la moyenne) "
            ": l’historique ne montre pas sa courbe. Faites-la varier quelques semaines."
        ).format(name=name, spread=percent(spread))
    for other, column in zip(names, spends.T, strict=True):
        if other == name or spread == 0 or column.std() == 0:
            continue
        together = float(np.corrcoef(own, column)[0, 1])
        if abs(together) > _TOGETHER:
            yield _(
                "Les dépenses de « {name} » et de « {other} » varient ensemble (corrélation : "
                "{together}) : leurs effets ne se distinguent pas. Faites varier l’une sans "
                "l’autre."
            ).format(name=name, other=other, together=number(together))
    low, high = (float(parameters[bound]["half_saturation_eur"]) for bound in ("low", "high"))
    if high > _WIDE * low:
        yield _(
            "La demi-saturation de « {name} » n’est connue qu’entre {low} et {high} par semaine : "
            "sa courbe reste à préciser. Allongez l’historique, avec des dépenses plus variées."
        ).format(name=name, low=euros(low, 0), high=euros(high, 0))
    elif high * _BEYOND > reached:
        yield _(
            "« {name} » n’a peut-être pas assez dépassé sa demi-saturation (jusqu’à {high} par "
            "semaine, dont il faudrait observer le double ; au plus {most} observés) : son "
            "maximum est extrapolé. Essayez de plus fortes dépenses avant de compter dessus."
        ).format(name=name, high=euros(high, 0), most=euros(reached, 0))


# --------------------------------------------------------------------------- one way to check


def _scalar(name: str, value: float, *, zero: bool = False) -> float:
    """A finite number above 0; 0 too with ``zero``. The name is in the reader's language."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        raise MetricError(
            _("{name} doit être un nombre, et vaut {value}. Corrigez cette valeur.").format(
                name=_capital(name), value=repr(value)
            )
        )
    if math.isfinite(value) and (value > 0 or (zero and value == 0)):
        return float(value)
    raise MetricError(
        _("{name} doit être un nombre {kind}, et vaut {value}. Corrigez cette valeur.").format(
            name=_capital(name),
            kind=_("positif ou nul") if zero else _("plus grand que 0"),
            value=_("une valeur manquante") if math.isnan(value) else number(value, 6),
        )
    )


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


def _largest(largest_spend_eur: float) -> float:
    return _scalar(_("la plus grande dépense de l’historique"), largest_spend_eur)


def _integer(name: str, value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise MetricError(
            _("{name} est un nombre entier, au moins 1, et vaut {value}.").format(
                name=name, value=repr(value)
            )
        )


def _check_channels(channels: Iterable[Channel]) -> tuple[Channel, ...]:
    known = tuple(channels)
    names = [channel.name for channel in known]
    if not known:
        raise MetricError(_("Aucun canal : donnez au moins un Channel(…)."))
    for n, name in enumerate(names):
        if name in names[:n]:
            raise MetricError(
                _(
                    "Le canal « {name} » apparaît deux fois. Donnez à chacun un nom différent."
                ).format(name=name)
            )
    return known


def _check_part(
    part_name: str,
    part: FloatArray | float,
    whole_name: str,
    whole: FloatArray | float,
    index: pd.Index[Any] | None = None,
) -> None:
    """Refuse a part larger than its whole."""
    parts, wholes = np.broadcast_arrays(np.atleast_1d(part), whole)
    over = parts > wholes
    if over.any():
        row = int(over.argmax())
        raise MetricError(
            _(
                "{part_name} ({part}) dépasse {whole_name} ({whole}){where} : c’est impossible. "
                "Vérifiez que les deux viennent de la même source."
            ).format(
                part_name=_capital(part_name),
                part=number(parts[row]),
                whole_name=whole_name,
                whole=number(wholes[row]),
                where=_where(index, row) if np.ndim(part) else "",
            )
        )


def _where(index: pd.Index[Any] | None, row: int) -> str:
    """The place of a row as its reader sees it: its index label."""
    return _(" (index {label})").format(label=row if index is None else index[row])


def _columns(columns: Mapping[str, Any]) -> tuple[list[FloatArray], pd.Index[Any] | None]:
    """Columns of the same rows, complete and not negative, as arrays; the index of the Series."""
    index = None
    arrays: list[FloatArray] = []
    first = next(iter(columns))
    for name, column in columns.items():
        array = _numbers(name, column)
        if arrays:
            check_lengths({first: arrays[0], name: array})
        if isinstance(column, pd.Series):
            if index is not None:
                check_labels({first: index, name: column.index})
            index = column.index
        arrays.append(array)
    return arrays, index


# What pandas calls the columns that hold numbers; text and booleans are not guessed at.
_NUMBERS = {"integer", "floating", "mixed-integer-float", "decimal", "empty"}


def _numbers(name: str, values: Any) -> FloatArray:
    """One column as a float array: numbers, none missing, infinite or negative."""
    try:
        flat = values if isinstance(values, pd.Series) else np.ravel(values)
        if pd.api.types.infer_dtype(flat) not in _NUMBERS:
            raise TypeError
        if isinstance(values, pd.Series):
            array = values.to_numpy(dtype=float, na_value=np.nan)
        else:
            array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise MetricError(
            _(
                "Colonne illisible : {name} contient autre chose que des nombres. Convertissez la "
                "colonne en nombres."
            ).format(name=name)
        ) from None
    if array.ndim != 1:
        raise MetricError(
            _(
                "Colonne illisible : {name} a {ndim} dimensions, et non une. Donnez une seule "
                "colonne."
            ).format(name=name, ndim=array.ndim)
        )
    if not array.size:
        raise MetricError(
            _(
                "Colonne vide : {name} n’a aucune ligne. Vérifiez le filtre appliqué à votre "
                "tableau."
            ).format(name=name)
        )
    wrong = ~((array >= 0) & np.isfinite(array))
    if wrong.any():
        row = int(wrong.argmax())
        where = _where(values.index if isinstance(values, pd.Series) else None, row)
        if np.isnan(array[row]):
            raise MetricError(
                _(
                    "Valeur manquante : {name} est vide{where}. Une case vide n’est pas un zéro : "
                    "indiquez sa valeur, ou 0 s’il n’y a rien eu."
                ).format(name=name, where=where)
            )
        raise MetricError(
            _("Valeur impossible : {name} vaut {value}{where}. Corrigez-la.").format(
                name=name, value=number(array[row], 6), where=where
            )
        )
    return array
