"""Key 3, no fashion: start from the objective, compare the tools, and wait when waiting pays.

Idea
----
"Everybody is on it" is not a reason. The module replaces it with four questions, each answering
the flaw of the one before.

1. **Does the tool serve an objective?** ``vetoed`` sets apart the tools that serve none, with the
   reason. A veto is not a bad mark: a tool with no objective must not win by being cheap. What was
   tried already is measured: ``yields`` counts what each kind of post gave for the objective.
2. **Which of the others is best?** ``weighted_sum`` and ``topsis`` give a ``Ranking``; ``ahp``
   draws the weights from judgements by pairs, and says when they contradict each other. *Flaw*: a
   ranking looks like a measure and is a choice of weights and of normalisation. So
   ``weight_margins`` says how far a weight moves before the winner changes (``weight_path`` draws
   it, ``reweighted`` makes one such move), ``win_shares`` who wins under weights drawn at random,
   ``rank_reversals`` whether a tool that nobody wants decides between two others.
3. **Is the fashion growing or ending?** ``BassCurve`` describes an adoption: p those who come by
   themselves, q those who imitate. ``fit_bass`` reads p, q and the market off past adoptions, with
   intervals, and refuses as long as the peak may still be ahead: the market is then anybody's
   guess, as ``bass_scenario`` shows.
4. **Now, later, or never?** ``pilot_or_commit`` weighs a trial against a commitment and against
   doing nothing (``pilot_path``: along the probability of success); ``WaitingOption`` says how far
   above its cost a project must be worth before waiting stops paying.

Reading the numbers
-------------------
A score compares the tools of one table and means nothing outside it: 0.8 is not "80 % good". A
weight is a share of 1. Rank 1 is the best; tools whose scores differ by less than 1e-9 share a
rank, and the next rank is skipped (1, 1, 3). Euros and periods are in the argument's name.

Shapes
------
``tools`` is a DataFrame, a row a tool and a column a criterion. Weights and directions are a Series
or a dict by criterion, ``serves`` a DataFrame of true and false, tools × objectives. Names must be
the same ones on both sides; they are matched by name, so their order is free.

Example
-------
>>> import pandas as pd
>>> tools = pd.DataFrame(
...     {"reach": [7, 8, 9, 6], "fit": [9, 7, 6, 7], "skill": [9, 8, 8, 8], "cost": [8, 7, 9, 6]},
...     index=["reels", "chatbot", "podcast", "newsletter"])
>>> found = topsis(
...     tools, {"reach": 1, "fit": 4, "skill": 3, "cost": 2}, normalisation="vector",
...     directions={"reach": "benefit", "fit": "benefit", "skill": "benefit", "cost": "cost"})
>>> found.table["score"].round(3).to_dict()
{'reels': 0.743, 'newsletter': 0.441, 'chatbot': 0.404, 'podcast': 0.176}
>>> weight_margins(found).round(3).loc["reach", ["margin", "overtaken_above"]].to_dict()
{'margin': 0.281, 'overtaken_above': 'chatbot'}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import exp, inf, isfinite, log, nan
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from cinqcles.errors import MetricError
from cinqcles.keys._inputs import check_lengths
from cinqcles.messages import _, ngettext, number, percent

FloatArray: TypeAlias = npt.NDArray[np.float64]
Named: TypeAlias = "pd.Series | Mapping[Any, Any]"
Method: TypeAlias = Literal["weighted sum", "TOPSIS"]
Normalisation: TypeAlias = Literal["min-max", "max", "sum", "vector"]

# --------------------------------------------------------------------------- rankings

# Two scores closer than this are the same score, computed in another order.
_TIE = 1e-9

_SCALES: Mapping[str, Callable[[FloatArray], FloatArray]] = {
    "min-max": lambda values: np.ptp(values, axis=0),
    "max": lambda values: values.max(axis=0),
    "sum": lambda values: values.sum(axis=0),
    "vector": lambda values: np.linalg.norm(values, axis=0),
}

NORMALISATIONS = tuple(_SCALES)
"""The normalisations by name, for a menu. What each does: see ``weighted_sum``."""


@dataclass(frozen=True, eq=False, slots=True)
class Ranking:
    """Tools in order, and all that the order comes from.

    Attributes
    ----------
    method : "weighted sum" or "TOPSIS"
    normalisation : "min-max", "max", "sum" or "vector"
    tools : DataFrame(float), the tools that were compared, tools × criteria
    weights : Series(float) by criterion, brought to a sum of 1
    directions : Series by criterion, "benefit" or "cost"
    normalised : DataFrame(float), tools × criteria, costs turned round: the more the better
    table : DataFrame by tool, best first: ``score`` (0..1) and ``rank`` (1 = best, ties share the
        better rank); with TOPSIS also ``distance_to_best`` and ``distance_to_worst``
    vetoed : Series by tool, why each of the tools set apart was not compared
    """

    method: Method
    normalisation: Normalisation
    tools: pd.DataFrame
    weights: pd.Series
    directions: pd.Series
    normalised: pd.DataFrame
    table: pd.DataFrame
    vetoed: pd.Series

    @property
    def contributions(self) -> pd.DataFrame:
        """Weight × normalised value, tools × criteria.

        With a weighted sum they add up to the score. With TOPSIS they are the point whose distances
        to the best and the worst make the score: see ``best`` and ``worst``.
        """
        return self.normalised * self.weights

    @property
    def best(self) -> pd.Series:
        """The ideal: the best contribution seen on each criterion."""
        return self.contributions.max()

    @property
    def worst(self) -> pd.Series:
        """The anti-ideal: the worst contribution seen on each criterion."""
        return self.contributions.min()

    @property
    def winners(self) -> list[Any]:
        """The tools of rank 1: one, or several when they tie."""
        return self.table.index[self.table["rank"] == 1].tolist()


def weighted_sum(
    tools: pd.DataFrame,
    weights: Named,
    *,
    directions: Named,
    normalisation: Normalisation,
    serves: pd.DataFrame | None = None,
) -> Ranking:
    """Rank tools by a weighted sum of normalised criteria (simple additive weighting).

    ``Sᵢ = Σⱼ wⱼ zᵢⱼ``, where z is the criterion x brought to a common scale:

    - "min-max": ``z = (x − min) / (max − min)``, 0 = the worst of these tools, 1 = the best;
    - "max": ``z = x / max``;
    - "sum": ``z = x / Σx``, the tool's share of the total;
    - "vector": ``z = x / √Σx²``;

    and ``1 − z`` for a cost. The normalisation is a hidden weight (it decides what one point of a
    criterion is worth), it can change the winner, and so it has no default.

    Parameters
    ----------
    tools : DataFrame(float), tools × criteria; negative values with "min-max" only
    weights : Series or dict by criterion, ≥ 0, not all 0; brought to a sum of 1
    directions : Series or dict by criterion: "benefit" (more is better) or "cost"
    normalisation : "min-max", "max", "sum" or "vector"
    serves : DataFrame(bool), tools × objectives, optional. Tools that serve none are set apart
        (``Ranking.vetoed``) before anything is normalised, so that they have no say at all

    Returns
    -------
    Ranking: with "min-max", 1 = best on every criterion that counts, 0 = worst on every one. A
    criterion on which all tools are equal gives all the same, and separates nothing.

    Raises
    ------
    MetricError
        If a value is missing, infinite or not a number, names do not match or come twice, all
        weights are 0, a direction or the normalisation is unknown, a negative value meets a
        normalisation by proportion, or no tool is left after the veto.

    Notes
    -----
    Hwang & Yoon, *Multiple Attribute Decision Making*, 1981. Packages differ on costs: some take
    1/x instead of ``1 − z``.

    Examples
    --------
    >>> tools = pd.DataFrame({"reach": [10, 8], "cost": [5, 2]}, index=["reels", "newsletter"])
    >>> weighted_sum(
    ...     tools, {"reach": 3, "cost": 1}, directions={"reach": "benefit", "cost": "cost"},
    ...     normalisation="min-max").table
                score  rank
    reels        0.75     1
    newsletter   0.25     2
    """
    return _rank(
        "weighted sum",
        tools,
        weights,
        directions=directions,
        normalisation=normalisation,
        serves=serves,
    )


def topsis(
    tools: pd.DataFrame,
    weights: Named,
    *,
    directions: Named,
    normalisation: Normalisation,
    serves: pd.DataFrame | None = None,
) -> Ranking:
    """Rank tools by closeness to an ideal tool (TOPSIS).

    ``Cᵢ = D⁻ᵢ / (D⁺ᵢ + D⁻ᵢ)``, where D⁺ and D⁻ are the Euclidean distances of the weighted
    normalised values ``wⱼzᵢⱼ`` to the best and to the worst value seen on each criterion.

    Parameters
    ----------
    tools, weights, directions, normalisation, serves : as for ``weighted_sum``. Hwang & Yoon take
        "vector"; several packages take "min-max" in silence, and find other scores

    Returns
    -------
    Ranking: 1 = the best on every criterion that counts, 0 = the worst on every one. 0.5 for all
    when the tools are the same on every criterion that counts (0/0).

    Raises
    ------
    MetricError
        As ``weighted_sum``.

    Notes
    -----
    Hwang & Yoon, *Multiple Attribute Decision Making*, 1981.

    Examples
    --------
    >>> tools = pd.DataFrame({"reach": [10, 8], "cost": [5, 2]}, index=["reels", "newsletter"])
    >>> topsis(
    ...     tools, {"reach": 3, "cost": 1}, directions={"reach": "benefit", "cost": "cost"},
    ...     normalisation="min-max").table
                score  rank  distance_to_best  distance_to_worst
    reels        0.75     1              0.25               0.75
    newsletter   0.25     2              0.75               0.25
    """
    return _rank(
        "TOPSIS",
        tools,
        weights,
        directions=directions,
        normalisation=normalisation,
        serves=serves,
    )


def vetoed(serves: pd.DataFrame) -> pd.Series:
    """The tools that serve no objective, and why they are out.

    Parameters
    ----------
    serves : DataFrame(bool), tools × objectives: does this tool serve this objective?

    Returns
    -------
    Series by tool: the reason, a sentence in the reader's language. Empty when every tool serves
    something.

    Raises
    ------
    MetricError
        If a cell is neither true nor false, there is no objective or no tool, or a name comes
        twice.

    Notes
    -----
    A veto comes before the scores, and no score makes up for it.

    Examples
    --------
    >>> serves = pd.DataFrame({"recruit": [True, False]}, index=["newsletter", "chatbot"])
    >>> vetoed(serves).index.tolist()
    ['chatbot']
    """
    _frame(serves, _("la table des objectifs"), _("un outil"), _("un objectif"))
    kinds = {getattr(dtype, "kind", "O") for dtype in serves.dtypes}
    if kinds != {"b"} or serves.isna().any(axis=None):
        raise MetricError(
            _(
                "La table des objectifs ne se lit pas : on attend True (l’outil sert l’objectif) "
                "ou False dans chaque case, sans case vide."
            )
        )
    n = serves.shape[1]
    reason = ngettext(
        "{tool} ne sert pas le seul objectif retenu ({objectives}). Être à la mode n’est pas une "
        "raison d’investir : laissez cet outil de côté, ou dites à quel objectif il sert.",
        "{tool} ne sert aucun des {n} objectifs retenus ({objectives}). Être à la mode n’est pas "
        "une raison d’investir : laissez cet outil de côté, ou dites à quel objectif il sert.",
        n,
    )
    return pd.Series(
        {
            tool: reason.format(tool=tool, n=n, objectives=_listed(serves.columns))
            for tool in serves.index[~serves.any(axis=1)]
        },
        dtype=object,
    )


def yields(results: npt.ArrayLike, effort: npt.ArrayLike, by: npt.ArrayLike) -> pd.DataFrame:
    """What each kind of post gave for the objective, by what was put into it.

    ``rate = Σ results / Σ effort`` over the posts of a kind where both are known: a ratio of sums,
    never a mean of ratios. The kind one uses most, or the one in fashion, need not be the first.

    Parameters
    ----------
    results : array_like(float, ndim=1) ≥ 0, what the objective counts: clicks, orders, seconds…
    effort : array_like(float, ndim=1) ≥ 0, what they are brought to: people reached, euros…
    by : array_like(ndim=1), the kind of each post; posts of no kind are left out

    Returns
    -------
    DataFrame by kind, the most used first: ``posts`` (known ones), ``results``, ``effort`` and
    ``rate`` (results per unit of effort: 0 = nothing came of it; NaN when no effort is known).

    Raises
    ------
    MetricError
        If the columns differ in length, a value is negative or not a number, or no post has a kind,
        results and effort.

    Notes
    -----
    Ratio estimator: Cochran, *Sampling Techniques*, 3rd ed. 1977, chap. 6. Kinds with few posts
    come first and last more often than the others: look at ``posts`` before the order.

    Examples
    --------
    >>> yields([9, 30, 10], [100, 1000, 100], ["reel", "photo", "reel"])
           posts  results  effort   rate
    reel       2     19.0   200.0  0.095
    photo      1     30.0  1000.0  0.030
    """
    columns = {
        _("les résultats"): pd.Series(results).reset_index(drop=True),
        _("l’effort"): pd.Series(effort).reset_index(drop=True),
        _("les types"): pd.Series(by).reset_index(drop=True),
    }
    check_lengths(columns)
    *measured, kinds = columns.values()
    known = kinds.notna()
    for column in measured:
        known &= column.notna()
    if not known.any():
        raise MetricError(
            _(
                "Rien à comparer : aucune publication n’a à la fois un type, un résultat et de "
                "quoi le rapporter. Choisissez un autre indicateur."
            )
        )
    frame = pd.DataFrame({"kind": kinds[known].astype(str)})
    for name, (what, column) in zip(("results", "effort"), list(columns.items())[:2], strict=True):
        frame[name] = _column(what, column[known], _("la ligne {label}"))
        if (frame[name] < 0).any():
            raise MetricError(
                _("Valeur négative dans {what} : {value}. Vérifiez la colonne choisie.").format(
                    what=what, value=number(frame[name].min(), 6)
                )
            )
    groups = frame.groupby("kind")
    found = groups.sum()
    found.insert(0, "posts", groups.size())
    found["rate"] = found["results"] / found["effort"].where(found["effort"] > 0)
    found.index.name = None
    return found.sort_values("posts", ascending=False, kind="stable")


def weight_margins(ranking: Ranking) -> pd.DataFrame:
    """How far each weight can move, alone, before the winner changes.

    The weight of criterion j goes from ``wⱼ`` to v, and the others are rescaled to keep their
    proportions and the sum of 1: ``w(v) = v eⱼ + (1 − v) w₋ⱼ / (1 − wⱼ)``. The crossing of the
    winner and of each rival is solved exactly. With a weighted sum their gap is linear in the odds
    ``r = v/(1−v)``; with TOPSIS, ``Cₐ > C_b`` is ``D⁻ₐ²D⁺_b² > D⁻_b²D⁺ₐ²``, of degree 2 in r².

    Parameters
    ----------
    ranking : Ranking, with one winner

    Returns
    -------
    DataFrame by criterion: ``weight``; ``low`` and ``high``, between which the winner stays first
    (0 and 1 when nothing happens on that side); ``overtaken_below`` and ``overtaken_above``, the
    tool that then takes over (None if no one does); ``margin``, the smallest move that changes the
    winner, in points of weight: 0.05 is a winner at the mercy of an opinion, and inf means that
    this weight alone changes nothing. NaN and None for a criterion that has all the weight: the
    others have no proportions to keep.

    Raises
    ------
    MetricError
        If several tools tie for the first rank: any move separates them.

    Notes
    -----
    Triantaphyllou & Sánchez, "A sensitivity analysis approach for some deterministic multi-criteria
    decision-making methods", *Decision Sciences* 28 (1997), whose "most critical criterion" is the
    one with the smallest ``margin``.

    Examples
    --------
    >>> tools = pd.DataFrame({"reach": [10, 8], "cost": [5, 2]}, index=["reels", "newsletter"])
    >>> found = weighted_sum(
    ...     tools, {"reach": 3, "cost": 1}, directions={"reach": "benefit", "cost": "cost"},
    ...     normalisation="min-max")
    >>> weight_margins(found).loc["reach", ["weight", "low", "overtaken_below"]].to_dict()
    {'weight': 0.75, 'low': 0.5, 'overtaken_below': 'newsletter'}
    """
    if len(ranking.winners) > 1:
        raise MetricError(
            _(
                "Pas de gagnant unique : {tools} sont ex æquo en tête, et le moindre changement de "
                "poids les sépare. Départagez-les par un critère de plus, ou gardez les deux."
            ).format(tools=_listed(ranking.winners))
        )
    z, weights = (
        ranking.normalised.to_numpy(dtype=float),
        np.asarray(ranking.weights, dtype=np.float64),
    )
    names = ranking.normalised.index.tolist()
    first = names.index(ranking.winners[0])
    rows = [_weight_margin(ranking.method, z, weights, first, j) for j in range(len(weights))]
    margins = pd.DataFrame(rows, index=ranking.weights.index)
    for side in ("overtaken_below", "overtaken_above"):
        taken = [None if row[side] is None else names[row[side]] for row in rows]
        margins[side] = pd.Series(taken, index=margins.index, dtype=object)
    return margins


def reweighted(weights: Named, criterion: Any, share: float) -> pd.Series:
    """The same weights, but one: it takes a share, and the others share the rest as they did.

    ``w(v) = v eⱼ + (1 − v) w₋ⱼ / (1 − wⱼ)``, as in ``weight_margins``; the rest is shared evenly
    when the others weigh nothing.

    Parameters
    ----------
    weights : Series or dict by criterion, ≥ 0, not all 0
    criterion : the name of the one that moves
    share : float in 0..1, its new weight: 0 = it no longer counts, 1 = nothing else does

    Returns
    -------
    Series(float) by criterion, sum 1.

    Raises
    ------
    MetricError
        If a weight is negative or not a number, all are 0, there is no such criterion or no other
        one, or the share is not between 0 and 1.

    Notes
    -----
    One-at-a-time sensitivity: Triantaphyllou & Sánchez 1997.

    Examples
    --------
    >>> reweighted({"reach": 2, "fit": 1, "cost": 1}, "reach", 0.8).round(3).to_dict()
    {'reach': 0.8, 'fit': 0.1, 'cost': 0.1}
    """
    before = _weights(weights, pd.Series(weights).index)
    others = _others(before, criterion)
    share = _scalar(_("le poids du critère"), share, "share")
    even = others + 1 if not others.any() else others
    rest = (1 - share) * even / even.sum()
    moved: pd.Series = pd.concat([rest, pd.Series({criterion: share})])[before.index]
    return moved.rename("weight")


def weight_path(ranking: Ranking, criterion: Any, shares: npt.ArrayLike) -> pd.DataFrame:
    """The scores of all tools as one weight goes along, the others keeping their proportions.

    What ``weight_margins`` solves, drawn: the first tool changes where the highest two lines cross.
    They are straight with a weighted sum, curved with TOPSIS.

    Parameters
    ----------
    ranking : Ranking
    criterion : the name of the weight that moves
    shares : array_like(float, ndim=1), the weights to give it, in 0..1

    Returns
    -------
    DataFrame(float), shares × tools, in the order of the ranking: scores, as in ``Ranking.table``.

    Raises
    ------
    MetricError
        If there is no such criterion or no other one, or a share is not between 0 and 1.

    Notes
    -----
    See ``reweighted``.

    Examples
    --------
    >>> tools = pd.DataFrame({"reach": [10, 8], "cost": [5, 2]}, index=["reels", "newsletter"])
    >>> found = weighted_sum(
    ...     tools, {"reach": 3, "cost": 1}, directions={"reach": "benefit", "cost": "cost"},
    ...     normalisation="min-max")
    >>> weight_path(found, "reach", [0, 0.5, 1])
         reels  newsletter
    0.0    0.0         1.0
    0.5    0.5         0.5
    1.0    1.0         0.0
    """
    moved = _column(_("le poids du critère"), pd.Series(shares))
    for share in moved:
        _scalar(_("le poids du critère"), share, "share")
    without, alone = (
        reweighted(ranking.weights, criterion, end).to_numpy(dtype=float) for end in (0, 1)
    )
    weights = without + moved[:, None] * (alone - without)
    scores = _scores(ranking.method, ranking.normalised.to_numpy(dtype=float), weights)
    path = pd.DataFrame(scores, index=moved, columns=ranking.normalised.index)
    return path[ranking.table.index]


def win_shares(ranking: Ranking, *, draws: int = 10_000, seed: int = 0) -> pd.Series:
    """How often each tool wins when the weights are drawn at random.

    Weights are drawn evenly over all that sum to 1 (Dirichlet, all parameters 1); the rest is as
    ranked. Tools that tie for the first place share the win.

    Parameters
    ----------
    ranking : Ranking
    draws : int, from 100 to 100,000. The share is known to ± 1 / √draws: 1 point for 10,000
    seed : int from 0 to 2³² − 1; the same seed gives the same shares

    Returns
    -------
    Series by tool, in the order of the ranking, sum 1: 1 = wins whatever the weights, 0 = never
    wins. A winner with a small share owes its place to the weights more than to itself.

    Raises
    ------
    MetricError
        If ``draws`` or ``seed`` is out of bounds.

    Notes
    -----
    Lahdelma, Hokkanen & Salminen, "SMAA – Stochastic multiobjective acceptability analysis",
    *European Journal of Operational Research* 106 (1998): the first-rank acceptability index.

    Examples
    --------
    >>> tools = pd.DataFrame({"reach": [10, 8], "cost": [5, 4]}, index=["reels", "newsletter"])
    >>> found = weighted_sum(
    ...     tools, {"reach": 3, "cost": 1}, directions={"reach": "benefit", "cost": "cost"},
    ...     normalisation="max")
    >>> win_shares(found).round(1).to_dict()
    {'reels': 0.5, 'newsletter': 0.5}
    """
    _count(_("le nombre de tirages (draws)"), draws, 100, 100_000)
    _count(_("la graine (seed)"), seed, 0, 2**32 - 1)
    z = ranking.normalised.to_numpy(dtype=float)
    weights = np.random.default_rng(seed).dirichlet(np.ones(z.shape[1]), draws)
    scores = _scores(ranking.method, z, weights)
    won = scores >= scores.max(axis=1, keepdims=True) - _TIE
    shares = (won / won.sum(axis=1, keepdims=True)).mean(axis=0)
    return pd.Series(shares, index=ranking.normalised.index)[ranking.table.index]


def rank_reversals(ranking: Ranking) -> pd.DataFrame:
    """Does a tool's mere presence decide between the others?

    Each tool is removed, then entered twice, and the others are ranked again. A normalisation looks
    at the tools present, so their order may change although nothing about them did.

    Parameters
    ----------
    ranking : Ranking

    Returns
    -------
    DataFrame, two rows a tool: ``change`` ("removed" or "duplicated"), ``tool``, ``order`` (list of
    the other tools, best first), ``reversed`` (list of pairs (a, b) where a was ahead of b and no
    longer is) and ``stable`` (bool: there is no such pair).

    Raises
    ------
    Nothing: a ``Ranking`` is already validated.

    Notes
    -----
    Belton & Gear, "On a short-coming of Saaty's method of analytic hierarchies", *Omega* 11 (1983);
    García-Cascales & Lamata, "On rank reversal and TOPSIS method", *Mathematical and Computer
    Modelling* 56 (2012).

    Examples
    --------
    >>> tools = pd.DataFrame({"reach": [10, 8], "cost": [5, 2]}, index=["reels", "newsletter"])
    >>> found = weighted_sum(
    ...     tools, {"reach": 3, "cost": 1}, directions={"reach": "benefit", "cost": "cost"},
    ...     normalisation="min-max")
    >>> bool(rank_reversals(found)["stable"].all())
    True
    """
    names = ranking.tools.index
    values, weights = (
        ranking.tools.to_numpy(dtype=float),
        np.asarray(ranking.weights, dtype=np.float64)[None, :],
    )
    costs = (ranking.directions == "cost").to_numpy()

    def scores(rows: list[int]) -> FloatArray:
        z = _normalise(values[rows], costs, ranking.normalisation)
        found: FloatArray = _scores(ranking.method, z, weights)[0]
        return found

    everyone = list(range(len(names)))
    before = scores(everyone)
    found = []
    for tool in everyone:
        others = [row for row in everyone if row != tool]
        for change, kept in (("removed", others), ("duplicated", [*others, tool, tool])):
            after = dict(zip(others, scores(kept) if kept else [], strict=False))
            pairs = [
                (names[a], names[b])
                for a in others
                for b in others
                if before[a] > before[b] + _TIE and not after[a] > after[b] + _TIE
            ]
            order = sorted(others, key=lambda row: -after[row])
            found.append(
                {
                    "change": change,
                    "tool": names[tool],
                    "order": [names[row] for row in order],
                    "reversed": pairs,
                    "stable": not pairs,
                }
            )
    return pd.DataFrame(found)


def _rank(
    method: Method,
    tools: pd.DataFrame,
    weights: Named,
    *,
    directions: Named,
    normalisation: Normalisation,
    serves: pd.DataFrame | None,
) -> Ranking:
    values = _criteria(tools)
    shares = _weights(weights, values.columns)
    ways = _directions(directions, values.columns)
    if normalisation not in _SCALES:
        raise MetricError(
            _("La normalisation « {value} » n’existe pas : choisissez {known}.").format(
                value=normalisation, known=_(" ou ").join(f'"{name}"' for name in _SCALES)
            )
        )
    out = pd.Series(dtype=object)
    if serves is not None:
        out = vetoed(serves)
        _same_names(
            _("la table des objectifs"), serves.index, _("la table des outils"), values.index
        )
        values = values.drop(index=out.index)
        if values.empty:
            raise MetricError(
                _(
                    "Aucun outil ne sert d’objectif : il n’y a rien à classer. Partez de vos "
                    "objectifs, et cherchez ensuite ce qui les sert."
                )
            )
    if normalisation != "min-max":
        _refuse_negative(values, normalisation)
    z = _normalise(values.to_numpy(dtype=float), (ways == "cost").to_numpy(), normalisation)
    row = np.asarray(shares, dtype=np.float64)[None, :]
    scores = _scores(method, z, row)[0]
    table = pd.DataFrame(
        {"score": scores, "rank": 1 + (scores > scores[:, None] + _TIE).sum(axis=1)},
        index=values.index,
    )
    if method == "TOPSIS":
        to_best, to_worst = _distances(z, row)
        table["distance_to_best"], table["distance_to_worst"] = to_best[0], to_worst[0]
    return Ranking(
        method=method,
        normalisation=normalisation,
        tools=values,
        weights=shares,
        directions=ways,
        normalised=pd.DataFrame(z, index=values.index, columns=values.columns),
        table=table.sort_values("rank", kind="stable"),
        vetoed=out,
    )


def _normalise(values: FloatArray, costs: npt.NDArray[np.bool_], normalisation: str) -> FloatArray:
    # First to −1..1: a square of 1e200 is infinite.
    largest = np.abs(values).max(axis=0)
    values = values / np.where(largest > 0, largest, 1)
    scale = _SCALES[normalisation](values)
    if normalisation == "min-max":
        values = values - values.min(axis=0)
    z = values / np.where(scale > 0, scale, 1)
    return np.where(costs, 1 - z, z)


def _scores(method: Method, z: FloatArray, weights: FloatArray) -> FloatArray:
    """Scores of every tool (columns) under each line of weights."""
    if method == "weighted sum":
        return weights @ z.T
    to_best, to_worst = _distances(z, weights)
    both = to_best + to_worst
    return np.divide(to_worst, both, out=np.full_like(both, 0.5), where=both > 0)


def _distances(z: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    gap_to_best, gap_to_worst = z.max(axis=0) - z, z - z.min(axis=0)
    return np.sqrt(weights**2 @ (gap_to_best**2).T), np.sqrt(weights**2 @ (gap_to_worst**2).T)


def _weight_margin(
    method: Method, z: FloatArray, weights: FloatArray, first: int, column: int
) -> dict[str, Any]:
    """One row of ``weight_margins``, with the tools by position."""
    weight = float(weights[column])
    if weight == 1:
        undefined = {"weight": weight, "low": nan, "high": nan, "margin": nan}
        return {**undefined, "overtaken_below": None, "overtaken_above": None}
    others = np.delete(np.arange(len(weights)), column)
    rest = weights[others] / (1 - weight)
    odds = weight / (1 - weight)
    # What the first has over each tool, as a polynomial, highest power first: in the odds with a
    # weighted sum, in their square with TOPSIS.
    if method == "weighted sum":
        power = 1
        lines = np.stack([z[:, column], z[:, others] @ rest])
        leads = list((lines[:, [first]] - lines).T)
    else:
        power = 2
        best, worst = (
            np.stack([gap[:, column] ** 2, gap[:, others] ** 2 @ rest**2]).T
            for gap in (z.max(axis=0) - z, z - z.min(axis=0))
        )
        leads = [
            np.convolve(worst[first], best[row]) - np.convolve(worst[row], best[first])
            for row in range(len(z))
        ]
    low, below, high, above = 0.0, None, inf, None
    for row, lead in enumerate(leads):
        # A coefficient that is only rounding would be a crossing at a weight of 0 or 1.
        lead[np.abs(lead) < 1e-12 * np.abs(lead).max()] = 0
        roots = np.roots(lead)
        for root in roots[np.isreal(roots)].real:
            if low < root < odds**power:
                low, below = float(root), row
            elif odds**power < root < high:
                high, above = float(root), row
    low, high = (1 / (1 + root ** (-1 / power)) if root else 0.0 for root in (low, high))
    return {
        "weight": weight,
        "low": low,
        "high": high,
        "margin": min(
            inf if below is None else weight - low, inf if above is None else high - weight
        ),
        "overtaken_below": below,
        "overtaken_above": above,
    }


def _criteria(tools: pd.DataFrame) -> pd.DataFrame:
    _frame(tools, _("la table des outils"), _("un outil"), _("un critère"))
    return pd.DataFrame(
        {
            column: _column(_("le critère « {name} »").format(name=column), tools[column])
            for column in tools.columns
        },
        index=tools.index,
    )


def _weights(weights: Named, criteria: pd.Index[Any]) -> pd.Series:
    what = _("les poids")
    given = _by_criterion(what, weights, criteria)
    values = _column(what, given)
    if (values < 0).any():
        raise MetricError(
            _(
                "Poids négatif : {value} pour « {criterion} ». Un poids dit l’importance, de 0 à "
                "l’infini ; pour un critère où moins vaut mieux, écrivez directions={{…: "
                '"cost"}}.'
            ).format(value=number(values.min(), 6), criterion=given.index[int(values.argmin())])
        )
    if not values.any():
        raise MetricError(
            _(
                "Tous les poids valent 0 : rien ne compte, et il n’y a pas de classement. Donnez "
                "un poids plus grand que 0 à un critère au moins."
            )
        )
    shares = values / values.max()
    return pd.Series(shares / shares.sum(), index=criteria, name="weight")


def _directions(directions: Named, criteria: pd.Index[Any]) -> pd.Series:
    given = _by_criterion(_("les directions"), directions, criteria)
    for criterion, way in given.items():
        if way not in ("benefit", "cost"):
            raise MetricError(
                _(
                    "La direction de « {criterion} » vaut « {value} » : choisissez "
                    '"benefit" (plus vaut mieux) ou "cost" (moins vaut mieux).'
                ).format(criterion=criterion, value=way)
            )
    return given


def _by_criterion(what: str, given: Named, criteria: pd.Index[Any]) -> pd.Series:
    if not isinstance(given, Mapping | pd.Series):
        raise MetricError(
            _(
                "Pour {what}, on attend une valeur par critère, sous son nom : {{{example}: …}} ou "
                "une Series (reçu : {kind})."
            ).format(what=what, example=repr(criteria[0]), kind=type(given).__name__)
        )
    series = pd.Series(given)
    _same_names(what, series.index, _("la table des outils"), criteria)
    return series[criteria]


def _others(weights: pd.Series, criterion: Any) -> pd.Series:
    """The weights of the other criteria."""
    if criterion not in weights.index:
        raise MetricError(
            _("Le critère « {criterion} » n’existe pas : choisissez parmi {known}.").format(
                criterion=criterion, known=_listed(weights.index)
            )
        )
    if len(weights) == 1:
        raise MetricError(
            _(
                "Un seul critère : il a tout le poids, et personne à qui en prendre ou en laisser. "
                "Ajoutez un critère."
            )
        )
    others: pd.Series = weights.drop(criterion)
    return others


def _refuse_negative(values: pd.DataFrame, normalisation: str) -> None:
    for column, numbers in values.items():
        if (numbers < 0).any():
            raise MetricError(
                _(
                    "Valeur négative : « {tool} » vaut {value} sur « {column} », et la "
                    'normalisation "{normalisation}" compare des proportions. Choisissez '
                    'normalisation="min-max", ou corrigez la valeur.'
                ).format(
                    tool=numbers.idxmin(),
                    value=number(numbers.min(), 6),
                    column=column,
                    normalisation=normalisation,
                )
            )


# --------------------------------------------------------------------------- judgements by pairs

RANDOM_INDEX: Mapping[str, Mapping[int, float]] = MappingProxyType(
    {
        "saaty": MappingProxyType(
            {3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 10: 1.49}
        ),
        "alonso-lamata": MappingProxyType(
            {3: 0.5245, 4: 0.8815, 5: 1.1086, 6: 1.2479, 7: 1.3417, 8: 1.4056, 9: 1.4499,
             10: 1.4854}
        ),
    }
)  # fmt: skip
"""Mean consistency index of random judgements, by author and number of criteria.

**Authors differ**, since each drew their own matrices: "saaty" is the table that most software
reprints; "alonso-lamata" comes from 100,000 matrices a size (Alonso & Lamata 2006), and a draw of
60,000 of our own agrees with it to within its error. At n = 3 the second is 10 % smaller, so that a
matrix accepted by one table may be refused by the other.
"""

_ACCEPTED_RATIO = 0.10
_SCALE_TOP = 9
# 1/3 typed with 6 digits is a reciprocal of 3; 0.33 is not.
_RECIPROCAL = 1e-5


@dataclass(frozen=True, eq=False, slots=True)
class Ahp:
    """Weights drawn from judgements by pairs, and how far the judgements hold together.

    Attributes
    ----------
    judgements : DataFrame(float), criteria × criteria
    weights : Series(float) by criterion, sum 1
    lambda_max : float, the largest eigenvalue: n when the judgements are perfectly consistent
    consistency_index : float, (λmax − n) / (n − 1): 0 = perfectly consistent
    random_index : float, the mean index of judgements made at random (0 for one or two criteria)
    consistency_ratio : float: 0 = perfectly consistent, 1 = no better than chance
    revisions : DataFrame, the judgements from the one whose revision mends most to the one that
        mends least: ``row``, ``column``, ``judged``, ``implied`` (what the other judgements say of
        that pair) and ``ratio_after`` (the consistency ratio if the implied value replaced it).
        Empty for one or two criteria
    """

    judgements: pd.DataFrame
    weights: pd.Series
    lambda_max: float
    consistency_index: float
    random_index: float
    consistency_ratio: float
    revisions: pd.DataFrame

    @property
    def consistent(self) -> bool:
        """True when the ratio is below 0.10, the usual limit."""
        return self.consistency_ratio < _ACCEPTED_RATIO


def ahp(
    judgements: pd.DataFrame, *, random_index: Literal["saaty", "alonso-lamata"] = "saaty"
) -> Ahp:
    """Weights of criteria from judgements by pairs (analytic hierarchy process).

    ``A w = λmax w``: the weights are the principal eigenvector of the judgements, with sum 1.
    ``CI = (λmax − n) / (n − 1)`` and ``CR = CI / RI``, RI being the mean CI of random judgements.

    When CR ≥ 0.10, revise first the first row of ``revisions``. What the others imply of a pair is
    found by leaving that judgement out (Harker): 0 in its two cells, 2 on the two diagonal ones.
    Replace it only if you change your mind: a ratio mended against one's own judgement is vanity.
    With three criteria the three pairs mend equally well, and nothing tells which is mistaken.

    Parameters
    ----------
    judgements : DataFrame(float), criteria × criteria: how many times the row matters more than the
        column, from 1/9 to 9; 1 on the diagonal, and the reverse of a pair is its reciprocal
    random_index : "saaty" or "alonso-lamata", the table of ``RANDOM_INDEX``

    Returns
    -------
    Ahp: ``consistency_ratio`` 0 = perfectly consistent, 1 = as chance would; 0 for one or two
    criteria, which cannot contradict each other (CI is 0/0 with one).

    Raises
    ------
    MetricError
        If rows and columns differ, a value is missing, outside 1/9..9 or not a number, the diagonal
        is not 1, a pair is not reciprocal, there are more than 10 criteria, or the table is
        unknown.

    Notes
    -----
    Saaty, *The Analytic Hierarchy Process*, 1980; Harker, "Incomplete pairwise comparisons in the
    analytic hierarchy process", *Mathematical Modelling* 9 (1987); limit of 0.10 and random
    indices: Alonso & Lamata, "Consistency in the analytic hierarchy process: a new approach", *Int.
    J. of Uncertainty, Fuzziness and Knowledge-Based Systems* 14 (2006).

    Examples
    --------
    >>> names = ["reach", "fit", "cost"]
    >>> found = ahp(pd.DataFrame([[1, 1/3, 5], [3, 1, 7], [1/5, 1/7, 1]], names, names))
    >>> found.weights.round(4).to_dict(), round(found.consistency_ratio, 4), found.consistent
    ({'reach': 0.279, 'fit': 0.6491, 'cost': 0.0719}, 0.0559, True)
    """
    if random_index not in RANDOM_INDEX:
        raise MetricError(
            _("La table « {value} » n’existe pas : choisissez {known}.").format(
                value=random_index, known=_(" ou ").join(f'"{name}"' for name in RANDOM_INDEX)
            )
        )
    matrix = _judgements(judgements)
    names = judgements.index
    n = len(names)
    random = RANDOM_INDEX[random_index].get(n, 0.0)

    def ratio(largest: float) -> float:
        return (largest - n) / (n - 1) / random if random else 0.0

    largest, weights = _principal(matrix)
    revisions = []
    # Two criteria have no third one to contradict them.
    for i, j in combinations(range(n), 2) if random else ():
        without = matrix.copy()
        without[[i, j], [j, i]] = 0
        without[[i, j], [i, j]] = 2
        implied = _principal(without)[1]
        mended = matrix.copy()
        mended[i, j] = implied[i] / implied[j]
        mended[j, i] = implied[j] / implied[i]
        revisions.append(
            (names[i], names[j], matrix[i, j], mended[i, j], ratio(_principal(mended)[0]))
        )
    columns = ["row", "column", "judged", "implied", "ratio_after"]
    table = pd.DataFrame(revisions, columns=columns)
    # Ratios that differ by rounding are equal, and keep the order of the table.
    order = table["ratio_after"].round(9).sort_values(kind="stable").index
    return Ahp(
        judgements=judgements.astype(float),
        weights=pd.Series(weights, index=names, name="weight"),
        lambda_max=largest,
        consistency_index=(largest - n) / max(n - 1, 1),
        random_index=random,
        consistency_ratio=ratio(largest),
        revisions=table.loc[order].reset_index(drop=True),
    )


def _principal(matrix: FloatArray) -> tuple[float, FloatArray]:
    """The largest eigenvalue of a positive matrix, and its eigenvector of sum 1."""
    values, vectors = np.linalg.eig(matrix)
    largest = values.real.argmax()
    vector = np.abs(vectors[:, largest].real)
    # Never below n but by rounding (Saaty): a negative ratio would puzzle.
    return max(float(values.real[largest]), float(len(matrix))), vector / vector.sum()


def _judgements(judgements: pd.DataFrame) -> FloatArray:
    what = _("la table des comparaisons")
    _frame(judgements, what, _("un critère"), _("un critère"))
    if not judgements.index.equals(judgements.columns):
        raise MetricError(
            _(
                "Lignes et colonnes différentes : une comparaison par paires porte les mêmes "
                "critères en ligne et en colonne, dans le même ordre (lignes : {rows} ; colonnes : "
                "{columns})."
            ).format(rows=_listed(judgements.index), columns=_listed(judgements.columns))
        )
    most = max(RANDOM_INDEX["saaty"])
    if len(judgements) > most:
        raise MetricError(
            _(
                "{n} critères à comparer deux à deux, c’est trop : au-delà de {most}, les "
                "jugements se contredisent. Regroupez des critères."
            ).format(n=len(judgements), most=most)
        )
    matrix = np.column_stack(
        [
            _column(_("la colonne « {name} »").format(name=name), judgements[name])
            for name in judgements.columns
        ]
    )
    for i, row in enumerate(judgements.index):
        for j, column in enumerate(judgements.columns):
            pair = {"row": row, "column": column, "value": number(matrix[i, j], 6)}
            if i == j and matrix[i, j] != 1:
                raise MetricError(
                    _(
                        "« {row} » comparé à lui-même vaut {value} : écrivez 1 sur toute la "
                        "diagonale."
                    ).format(**pair)
                )
            if not 1 - _RECIPROCAL <= matrix[i, j] * _SCALE_TOP <= _SCALE_TOP**2 + _RECIPROCAL:
                raise MetricError(
                    _(
                        "« {row} » face à « {column} » vaut {value} : un jugement va de 1/9 "
                        "(bien moins important) à 9 (bien plus important), et 1 veut dire "
                        "« autant »."
                    ).format(**pair)
                )
            if not abs(matrix[i, j] * matrix[j, i] - 1) <= _RECIPROCAL:
                raise MetricError(
                    _(
                        "« {row} » face à « {column} » vaut {value}, et l’inverse vaut {reverse} : "
                        "l’un est 1 divisé par l’autre. Écrivez par exemple 3 et 1/3 (et non "
                        "0.33)."
                    ).format(**pair, reverse=number(matrix[j, i], 6))
                )
    return matrix


# --------------------------------------------------------------------------- adoption


@dataclass(frozen=True, slots=True)
class BassCurve:
    """The adoption of a novelty: those who come by themselves, and those who imitate.

    ``F(t) = (1 − e^{−(p+q)t}) / (1 + (q/p) e^{−(p+q)t})`` is the share of the market that has
    adopted by t: among those who have not yet, the hazard of adopting is ``p + qF``. Typical values
    a year are p = 0.03 and q = 0.38.

    It is about *first* adoptions in a market of fixed size. It knows neither who leaves, nor price,
    nor advertising; and it is not Gartner's hype cycle, which has no equation.

    Attributes
    ----------
    p : float > 0, innovation: the rate at which the first ones adopt, per period
    q : float ≥ 0, imitation: what the rate gains once everyone has adopted, per period
    market : float > 0, people who will adopt in the end

    Raises
    ------
    MetricError
        If p or market is not above 0, q is negative, or one is not a number.

    Notes
    -----
    Bass, "A new product growth model for consumer durables", *Management Science* 15 (1969).

    Examples
    --------
    >>> curve = BassCurve(p=0.03, q=0.38, market=1000)
    >>> round(curve.peak_time, 4), round(curve.cumulative(curve.peak_time), 2)
    (6.1926, 460.53)
    >>> curve.periods(3)["adoptions"].round(1).tolist()
    [35.8, 49.3, 65.4]
    """

    p: float
    q: float
    market: float

    def __post_init__(self) -> None:
        _scalar(_("p (innovation)"), self.p, "positive")
        _scalar(_("q (imitation)"), self.q, "non-negative")
        _scalar(_("la taille du marché (market)"), self.market, "positive")

    def cumulative(self, t: npt.ArrayLike) -> Any:
        """People who have adopted by time t: ``market · F(t)``.

        Parameters
        ----------
        t : array_like(float), periods since the launch

        Returns
        -------
        float or array, people: 0 at the launch, ``market`` = all of them.

        Raises
        ------
        MetricError
            If a time is negative, missing or not a number.

        Notes
        -----
        Bass 1969.

        Examples
        --------
        >>> BassCurve(p=0.03, q=0.38, market=1000).cumulative(0)
        0.0
        """
        times = _times(t)
        fading = np.exp(-(self.p + self.q) * times)
        gone = -np.expm1(-(self.p + self.q) * times)
        # A share first, which rounding keeps below 1: nobody adopts beyond the market.
        return _like(self.market * (self.p * gone / (self.p + self.q * fading)))

    def rate(self, t: npt.ArrayLike) -> Any:
        """People adopting per period at the instant t: ``market · F′(t)``.

        ``F′ = (p+q)² p e^{−(p+q)t} / (p + q e^{−(p+q)t})²``. For what a whole period brings, see
        ``periods``.

        Parameters
        ----------
        t : array_like(float), periods since the launch

        Returns
        -------
        float or array, people per period: ``market · p`` at the launch, 0 in the end.

        Raises
        ------
        MetricError
            If a time is negative, missing or not a number.

        Notes
        -----
        Bass 1969.

        Examples
        --------
        >>> BassCurve(p=0.03, q=0.38, market=1000).rate(0)
        30.0
        """
        fading = np.exp(-(self.p + self.q) * _times(t))
        around = (self.p + self.q) / (self.p + self.q * fading)
        return _like(self.market * self.p * fading * around**2)

    @property
    def peak_time(self) -> float:
        """When adoptions are highest: ``t* = ln(q/p) / (p+q)``, in periods since the launch.

        Raises ``MetricError`` when q ≤ p: adoptions then only fall, and there is no peak to wait
        for.
        """
        if self.q <= self.p:
            raise MetricError(
                _(
                    "Pas de sommet : avec q ({q}) inférieur ou égal à p ({p}), peu de gens imitent "
                    "et les adoptions baissent dès le lancement. Un sommet demande q plus grand "
                    "que p."
                ).format(q=number(self.q, 6), p=number(self.p, 6))
            )
        return log(self.q / self.p) / (self.p + self.q)

    @property
    def peak_rate(self) -> float:
        """People per period at the peak: ``market · (p+q)² / 4q``; undefined when q ≤ p."""
        return float(self.rate(self.peak_time))

    def periods(self, n: int) -> pd.DataFrame:
        """A table of the first n periods.

        ``adoptions = market · (F(k) − F(k−1))`` for the k-th period: an exact increment, not the
        rate at its end.

        Parameters
        ----------
        n : int, from 1 to 10,000

        Returns
        -------
        DataFrame by period 1..n: ``adoptions`` (people in the period), ``cumulative`` (people by
        its end) and ``share`` (of the market: 0 = nobody yet, 1 = everybody).

        Raises
        ------
        MetricError
            If n is not a whole number from 1 to 10,000.

        Notes
        -----
        Srinivasan & Mason, "Nonlinear least squares estimation of new product diffusion models",
        *Marketing Science* 5 (1986).

        Examples
        --------
        >>> BassCurve(p=0.5, q=0, market=100).periods(2)["cumulative"].round(1).tolist()
        [39.3, 63.2]
        """
        _count(_("le nombre de périodes"), n, 1, 10_000)
        reached = self.cumulative(np.arange(n + 1))
        return pd.DataFrame(
            {
                "adoptions": np.diff(reached),
                "cumulative": reached[1:],
                "share": reached[1:] / self.market,
            },
            index=pd.RangeIndex(1, n + 1, name="period"),
        )


@dataclass(frozen=True, eq=False, slots=True)
class BassFit:
    """A Bass curve fitted to past adoptions, and how far it can be trusted.

    Attributes
    ----------
    curve : BassCurve, the best fit
    observed : array(float), adoptions per period
    estimates : DataFrame by "p", "q", "market" and "peak_time" (0 = at the launch): ``estimate``,
        ``low``, ``high``. A bound of inf means that the data set no limit
    residual_sd : float, people per period: the spread of the observations around the curve
    confidence : float, of the intervals
    """

    curve: BassCurve
    observed: FloatArray
    estimates: pd.DataFrame
    residual_sd: float
    confidence: float

    @property
    def fitted(self) -> FloatArray:
        """What the curve gives for each observed period."""
        return self.curve.periods(len(self.observed))["adoptions"].to_numpy()

    @property
    def reached(self) -> pd.Series:
        """The share of the market that has adopted so far: ``estimate``, ``low``, ``high``.

        ``Σ observed / market``, from 0 = nobody yet to 1 = everybody. The observed sum may exceed
        a market that was put low by a little: 1 is then the most.
        """
        estimate, low, high = self.estimates.loc["market"]
        shares = self.observed.sum() / np.array([estimate, high, low])
        return pd.Series(np.minimum(shares, 1), index=["estimate", "low", "high"], name="reached")


_FEWEST_PERIODS = 6
_PEAK_CONFIDENCE = 0.95
_AFTER_PEAK = 2


def fit_bass(adoptions: npt.ArrayLike, *, confidence: float = 0.95) -> BassFit:
    """Fit a Bass curve to adoptions per period, once their peak is past.

    Nonlinear least squares on increments: ``min Σₖ (yₖ − market·(F(k) − F(k−1)))²``, p, q and
    market positive, the best of twenty starts. Intervals are profile likelihood ones: a value is
    kept when, the other parameters being fitted anew, the sum of squares stays below
    ``RSS·(1 + t²/(n−3))``, t being Student's quantile with n − 3 degrees of freedom.

    *Refused before the peak.* Until then a small market soon exhausted and a huge one barely begun
    draw the same curve. The fit is given only if at least two periods follow the highest one, and
    if every curve whose peak is at the end of the last period or later is rejected by the test of
    the intervals (at 95 %, or at ``confidence`` when that is higher). So the noisier the series,
    the longer the wait: one low week is not enough.

    Parameters
    ----------
    adoptions : array_like(float, ndim=1), new adopters in each period, at least 6, all of the same
        length, **from the launch on**
    confidence : float in (0, 1)

    Returns
    -------
    BassFit. A series that falls from the first period gives q ≤ p and a peak time of 0.

    The 95 % intervals were tried on 400 simulated series a case (p = 0.03, q = 0.38, 8 to 20
    periods). Noise independent and of constant size, 3 or 8 % of the peak: they hold the truth 94
    to 99 % of the time. Counts, noisier at the peak than in the tail: 88 to 95 %. Real series wave
    rather than scatter: take the intervals for the least of the doubt.

    Raises
    ------
    MetricError
        If the peak may be still ahead; with fewer than 6 periods, no adoption at all, or a value
        that is missing, negative or not a number; if ``confidence`` is not between 0 and 1.

    Notes
    -----
    Srinivasan & Mason 1986 (increments of F). Van den Bulte & Lilien, "Bias and systematic change
    in the parameter estimates of macro-level diffusion models", *Marketing Science* 16 (1997): with
    few data the market comes out close to what was already sold, and q too high.

    Examples
    --------
    Thousands of video recorders sold in the USA, 1980–1989 (Cowpertwait & Metcalfe, *Introductory
    Time Series with R*, 2009):

    >>> sold = [840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890]
    >>> fit_bass(sold).estimates.round(4).loc[["q", "peak_time"]]
               estimate     low    high
    q            0.6422  0.5442  0.7450
    peak_time    6.5924  6.3086  6.9048
    """
    # Loaded here: scipy.special would slow the import of the course down.
    from scipy.special import stdtrit  # noqa: PLC0415

    _scalar(_("la confiance (confidence)"), confidence, "open share")
    observed = _adoptions(adoptions)
    n = len(observed)
    largest = observed.max()
    y = observed / largest

    def limit(level: float) -> float:
        # A millionth of the highest period is rounding: there is always that much doubt.
        least = max(rss, n * 1e-12)
        return float(least * (1 + stdtrit(n - 3, (1 + level) / 2) ** 2 / (n - 3)))

    # A curve may fit in one place and better in another: try early and late, slow and fast.
    starts = [
        np.array([n * peak, log(speed / n), log(y.sum())])
        for peak in (0, 0.25, 0.5, 0.75, 1)
        for speed in (3, 6, 12, 24)
    ]
    rss, by_peak = min(
        (_least_squares(y, _by_peak, start) for start in starts), key=lambda found: found[0]
    )
    # The farther the peak is put, the straighter the curve: a few places stand for all.
    later = [
        _least_squares(y, _by_peak, np.array([n * far, *by_peak[1:]]), held=0)[0]
        for far in (max(1.0, by_peak[0] / n), 1.5, 2, 4)
    ]
    highest = int(observed.argmax()) + 1
    if n - highest < _AFTER_PEAK or min(later) <= limit(max(confidence, _PEAK_CONFIDENCE)):
        raise MetricError(
            _(
                "Le sommet n’est peut-être pas passé : les {n} périodes observées (la plus forte "
                "est la n° {highest}) laissent possible un sommet encore à venir. Une courbe "
                "ajustée maintenant inventerait la taille du marché. Attendez que les adoptions "
                "aient nettement baissé, deux périodes au moins, ou tracez des scénarios avec "
                "BassCurve, sans les appeler une prévision."
            ).format(n=n, highest=highest)
        )
    p, q, market = _by_peak(by_peak)
    by_rates = np.log([p, q, market])
    bound = limit(confidence)
    rates = np.exp(
        [_interval(y, _by_rates, by_rates, i, bound=bound, step=0.02, reach=20) for i in range(3)]
    )
    peak = _interval(y, _by_peak, by_peak, 0, bound=bound, step=0.01 * n, reach=10 * n)
    # Least at the launch, even where the fitted summit lies before it.
    peak_row = np.maximum([by_peak[0], *peak], 0)
    estimates = pd.DataFrame(
        [*([value, *bounds] for value, bounds in zip((p, q, market), rates, strict=True)),
         peak_row],
        index=["p", "q", "market", "peak_time"],
        columns=["estimate", "low", "high"],
    )  # fmt: skip
    estimates.loc["market"] *= largest
    return BassFit(
        curve=BassCurve(p, q, market * largest),
        observed=observed,
        estimates=estimates,
        residual_sd=float(largest * np.sqrt(rss / (n - 3))),
        confidence=confidence,
    )


def bass_scenario(adoptions: npt.ArrayLike, market: float) -> BassCurve:
    """The curve that best follows past adoptions if the market has that size: no forecast.

    Least squares on increments, as ``fit_bass``, the market being given. Before the peak, very
    different markets follow the past about as well: drawn side by side, they show why the fit is
    then refused.

    Parameters
    ----------
    adoptions : array_like(float, ndim=1), new adopters in each period from the launch on, at least
        6
    market : float > 0, people who would adopt in the end; at least those who already have

    Returns
    -------
    BassCurve, with that market.

    Raises
    ------
    MetricError
        If the market is not above 0 or is smaller than the adoptions, or these cannot be read (see
        ``fit_bass``).

    Notes
    -----
    Srinivasan & Mason 1986.

    Examples
    --------
    >>> early = BassCurve(p=0.01, q=0.35, market=7000).periods(6)["adoptions"]
    >>> [round(bass_scenario(early, market).peak_time, 1) for market in (4000, 7000, 14000)]
    [7.6, 9.9, 12.7]
    """
    observed = _adoptions(adoptions)
    market = _scalar(_("la taille du marché (market)"), market, "positive")
    if market < observed.sum():
        raise MetricError(
            _(
                "Marché trop petit : {total} adoptions sont déjà comptées, et le marché supposé "
                "est de {market}. Donnez un marché au moins aussi grand."
            ).format(total=number(observed.sum(), 6), market=number(market, 6))
        )
    n, largest = len(observed), observed.max()
    y = observed / largest
    starts = [
        np.log([speed / n / ratio, speed / n, market / largest])
        for speed in (3, 6, 12)
        for ratio in (10, 50)
    ]
    _rss, best = min(
        (_least_squares(y, _by_rates, start, held=2) for start in starts),
        key=lambda found: found[0],
    )
    p, q, _market = _by_rates(best)
    return BassCurve(p, q, market)


# A curve has three parameters, seen in two ways, so that each quantity of interest can be held
# while the others are fitted: logarithms of p, q and market, or peak time and logarithms of p + q
# and market. The limits only keep a search that has lost its way from overflowing.
_Chart: TypeAlias = Callable[[FloatArray], tuple[float, float, float]]


def _by_rates(point: FloatArray) -> tuple[float, float, float]:
    return _exp(point[0]), _exp(point[1]), _exp(point[2])


def _by_peak(point: FloatArray) -> tuple[float, float, float]:
    total = _exp(point[1])
    ratio = _exp(total * point[0])  # q/p
    return total / (1 + ratio), total * ratio / (1 + ratio), _exp(point[2])


def _exp(x: float) -> float:
    return exp(min(max(x, -100.0), 100.0))


def _increments(p: float, q: float, n: int) -> FloatArray:
    times = (p + q) * np.arange(n + 1)
    reached = -p * np.expm1(-times) / (p + q * np.exp(-times))
    found: FloatArray = reached[1:] - reached[:-1]
    return found


def _least_squares(
    y: FloatArray, chart: _Chart, start: FloatArray, held: int | None = None
) -> tuple[float, FloatArray]:
    """The least sum of squares from a start, one coordinate held, and where it is."""
    from scipy.optimize import leastsq  # noqa: PLC0415 - as above

    free = [i for i in range(3) if i != held]
    point = start.copy()

    def residuals(values: FloatArray) -> FloatArray:
        point[free] = values
        p, q, market = chart(point)
        gap: FloatArray = market * _increments(p, q, len(y)) - y
        return gap

    # The bare MINPACK: least_squares spends more time around it than in it.
    point[free], _cov, info, *_ = leastsq(residuals, start[free], full_output=True)
    return float(info["fvec"] @ info["fvec"]), point


def _interval(
    y: FloatArray,
    chart: _Chart,
    best: FloatArray,
    held: int,
    *,
    bound: float,
    step: float,
    reach: float,
) -> tuple[float, float]:
    """Where the profile of one coordinate leaves the bound, on each side of the best fit."""
    from scipy.optimize import brentq  # noqa: PLC0415 - as above

    def side(way: int) -> float:
        def excess(distance: float) -> float:
            start = best.copy()
            start[held] += way * distance
            return _least_squares(y, chart, start, held)[0] - bound

        inner, outer = 0.0, step
        while excess(outer) <= 0:
            inner, outer = outer, 2 * outer
            if outer > reach:
                return way * inf
        return float(best[held] + way * brentq(excess, inner, outer, rtol=1e-5))

    return side(-1), side(1)


def _adoptions(adoptions: npt.ArrayLike) -> FloatArray:
    if np.ndim(adoptions) != 1:
        raise MetricError(_("Donnez les adoptions en une seule colonne, une valeur par période."))
    series = pd.Series(adoptions).reset_index(drop=True)
    series.index += 1
    observed = _column(_("le nombre d’adoptions"), series, _("la période {label}"))
    if len(observed) < _FEWEST_PERIODS:
        raise MetricError(
            _(
                "Trop peu de périodes : {n}, et la courbe en demande au moins {least} (depuis le "
                "lancement) pour dire quelque chose."
            ).format(n=len(observed), least=_FEWEST_PERIODS)
        )
    if (observed < 0).any():
        raise MetricError(
            _(
                "Valeur impossible : le nombre d’adoptions vaut {value} pour la période {label}. "
                "Comptez les nouveaux adoptants, sans retrancher ceux qui partent."
            ).format(value=number(observed.min(), 6), label=int(observed.argmin()) + 1)
        )
    if not observed.any():
        raise MetricError(
            _(
                "Aucune adoption sur les {n} périodes : il n’y a pas de courbe à ajuster. "
                "Vérifiez que vous avez choisi la bonne colonne."
            ).format(n=len(observed))
        )
    return observed


def _times(t: npt.ArrayLike) -> FloatArray:
    try:
        times = np.asarray(t, dtype=float)
    except (TypeError, ValueError):
        times = np.array(nan)
    if not (times >= 0).all():
        raise MetricError(
            _(
                "Instant impossible : le temps se compte en périodes depuis le lancement, à partir "
                "de 0 (reçu : {t})."
            ).format(t=t)
        )
    return times


def _like(values: FloatArray) -> Any:
    """A lone number as a float, anything else as it is."""
    return values.item() if np.ndim(values) == 0 else values


# --------------------------------------------------------------------------- now, later or never


@dataclass(frozen=True, eq=False, slots=True)
class PilotDecision:
    """What to do now with a tool that may or may not work, and what a trial is worth.

    Attributes
    ----------
    expected_eur : Series by "none", "pilot" and "commit", euros
    best : the option with the highest expected value; the smallest commitment when they tie
    signs : DataFrame by "good" and "bad", what the pilot may say: ``probability``; ``success``, the
        probability of success once it has said so (Bayes; NaN when it never does); ``expected_eur``
        of committing then; ``commit`` (bool), whether one should
    perfect_information_eur : float, the most that knowing the outcome beforehand is worth
    pilot_information_eur : float, the most that this pilot is worth: its value before its cost,
        and 0 at least with no delay. It may be negative when waiting loses more than is learnt
    pilot_value_eur : float, what the pilot adds to the best immediate decision, its cost deducted:
        negative = do without it
    threshold : float, the probability of success from which committing at once beats doing nothing.
        Above 1: even a success does not pay; below 0: even a failure does
    pilot_range : (low, high) or None, the probabilities of success between which the pilot is best;
        None if it never is
    """

    expected_eur: pd.Series
    best: str
    signs: pd.DataFrame
    perfect_information_eur: float
    pilot_information_eur: float
    pilot_value_eur: float
    threshold: float
    pilot_range: tuple[float, float] | None


def pilot_or_commit(
    *,
    success_probability: float,
    success_payoff_eur: float,
    failure_payoff_eur: float,
    commit_cost_eur: float,
    pilot_cost_eur: float,
    sensitivity: float,
    specificity: float,
    kept_share: float,
) -> PilotDecision:
    """Commit now, try a pilot first, or leave it? A decision tree over two periods.

    With a and b the net gains ``payoff − commit cost`` of a success and a failure, π the
    probability of success and s, f the sensitivity and specificity:

    - commit now: ``πa + (1−π)b``; none: 0;
    - pilot: ``δ·[max(0, πsa + (1−π)(1−f)b) + max(0, π(1−s)a + (1−π)fb)] − c``: after each of its
      answers one commits if that is worth it; c is its cost, δ what the delay keeps.

    Committing at once beats nothing from ``π = −b / (a − b)`` on.

    Parameters
    ----------
    success_probability : float in 0..1, before the pilot
    success_payoff_eur, failure_payoff_eur : float, euros that a commitment brings back in each
        case, before its cost
    commit_cost_eur : float ≥ 0, euros that cannot be got back
    pilot_cost_eur : float ≥ 0, euros
    sensitivity : float in 0..1, probability that the pilot looks good when the tool would work
    specificity : float in 0..1, probability that it looks bad when the tool would not
    kept_share : float in (0, 1], what a commitment made a period later keeps of its net gain:
        1 = waiting costs nothing, 0.8 = a fifth is lost to latecomers

    Returns
    -------
    PilotDecision: euros are expected values, for someone who can afford the loss; a share of 0 or 1
    is a certainty.

    Raises
    ------
    MetricError
        If a probability is not between 0 and 1, a cost is negative, a success brings no more than a
        failure, a pilot misleads more than it informs (s + f < 1), or a value is not a number.

    Notes
    -----
    Raiffa & Schlaifer, *Applied Statistical Decision Theory*, 1961 (value of information).

    Examples
    --------
    >>> found = pilot_or_commit(
    ...     success_probability=0.4, success_payoff_eur=100_000, failure_payoff_eur=0,
    ...     commit_cost_eur=50_000, pilot_cost_eur=3_000, sensitivity=0.8, specificity=0.9,
    ...     kept_share=0.9)
    >>> found.expected_eur.round().to_dict(), found.best
    ({'none': 0.0, 'pilot': 8700.0, 'commit': -10000.0}, 'pilot')
    >>> found.signs["success"].round(3).to_dict(), found.threshold
    ({'good': 0.842, 'bad': 0.129}, 0.5)
    """
    prior = _scalar(_("la probabilité de succès"), success_probability, "share")
    gain, loss, pilot_cost, hit, reject, kept = _stakes(
        success_payoff_eur=success_payoff_eur,
        failure_payoff_eur=failure_payoff_eur,
        commit_cost_eur=commit_cost_eur,
        pilot_cost_eur=pilot_cost_eur,
        sensitivity=sensitivity,
        specificity=specificity,
        kept_share=kept_share,
    )
    joint = pd.DataFrame(
        {"success": [prior * hit, prior * (1 - hit)],
         "failure": [(1 - prior) * (1 - reject), (1 - prior) * reject]},
        index=["good", "bad"],
    )  # fmt: skip
    probability = joint.sum(axis=1)
    worth = joint["success"] * gain + joint["failure"] * loss
    signs = pd.DataFrame(
        {
            "probability": probability,
            "success": joint["success"] / probability.where(probability > 0),
            "expected_eur": worth / probability.where(probability > 0),
            "commit": worth > 0,
        }
    )
    informed = kept * float(worth.clip(lower=0).sum())
    commit = prior * gain + (1 - prior) * loss
    at_once = max(commit, 0.0)
    expected = pd.Series({"none": 0.0, "pilot": informed - pilot_cost, "commit": commit})
    return PilotDecision(
        expected_eur=expected,
        best=str(expected.idxmax()),
        signs=signs,
        perfect_information_eur=prior * max(gain, 0) + (1 - prior) * max(loss, 0) - at_once,
        pilot_information_eur=informed - at_once,
        pilot_value_eur=informed - pilot_cost - at_once,
        threshold=-loss / (gain - loss),
        pilot_range=_pilot_range(gain, loss, pilot_cost, hit=hit, reject=reject, kept=kept),
    )


def pilot_path(probabilities: npt.ArrayLike, **stakes: float) -> pd.DataFrame:
    """The three expected values of ``pilot_or_commit`` as the probability of success goes along.

    Parameters
    ----------
    probabilities : array_like(float, ndim=1), of success, in 0..1
    **stakes : the other arguments of ``pilot_or_commit``, all of them

    Returns
    -------
    DataFrame(float), probabilities × "none", "pilot", "commit": euros. The highest of the three
    lines is the decision.

    Raises
    ------
    MetricError
        As ``pilot_or_commit``.

    Notes
    -----
    See ``pilot_or_commit``.

    Examples
    --------
    >>> pilot_path(
    ...     [0, 0.4, 1], success_payoff_eur=100_000, failure_payoff_eur=0, commit_cost_eur=50_000,
    ...     pilot_cost_eur=3_000, sensitivity=0.8, specificity=0.9, kept_share=0.9)
         none    pilot   commit
    0.0   0.0  -3000.0 -50000.0
    0.4   0.0   8700.0 -10000.0
    1.0   0.0  42000.0  50000.0
    """
    what = _("la probabilité de succès")
    prior = _column(what, pd.Series(probabilities))
    for probability in prior:
        _scalar(what, probability, "share")
    gain, loss, pilot_cost, hit, reject, kept = _stakes(**stakes)
    good = prior * hit * gain + (1 - prior) * (1 - reject) * loss
    bad = prior * (1 - hit) * gain + (1 - prior) * reject * loss
    informed = kept * (good.clip(min=0) + bad.clip(min=0))
    return pd.DataFrame(
        {
            "none": np.zeros(len(prior)),
            "pilot": informed - pilot_cost,
            "commit": prior * gain + (1 - prior) * loss,
        },
        index=prior,
    )


def _stakes(
    *,
    success_payoff_eur: float,
    failure_payoff_eur: float,
    commit_cost_eur: float,
    pilot_cost_eur: float,
    sensitivity: float,
    specificity: float,
    kept_share: float,
) -> tuple[float, float, float, float, float, float]:
    """Net gains of a success and of a failure, then the pilot's: checked."""
    success = _scalar(_("le gain en cas de succès"), success_payoff_eur, "number")
    failure = _scalar(_("le gain en cas d’échec"), failure_payoff_eur, "number")
    cost = _scalar(_("le coût de l’engagement"), commit_cost_eur, "non-negative")
    pilot_cost = _scalar(_("le coût du pilote"), pilot_cost_eur, "non-negative")
    hit = _scalar(_("la sensibilité du pilote"), sensitivity, "share")
    reject = _scalar(_("la spécificité du pilote"), specificity, "share")
    kept = _scalar(_("la part conservée (kept_share)"), kept_share, "positive share")
    if success <= failure:
        raise MetricError(
            _(
                "Le gain en cas de succès ({success}) doit dépasser le gain en cas d’échec "
                "({failure}) : sinon, rien ne dépend du succès. Vérifiez que les deux ne sont pas "
                "inversés."
            ).format(success=number(success), failure=number(failure))
        )
    if hit + reject < 1:
        raise MetricError(
            _(
                "Ce pilote se trompe plus qu’il n’informe : sensibilité {hit} et spécificité "
                "{reject} font moins de {total}, le niveau du hasard. Vérifiez les deux, ou lisez "
                "le pilote à l’envers."
            ).format(hit=percent(hit), reject=percent(reject), total=percent(1, 0))
        )
    return success - cost, failure - cost, pilot_cost, hit, reject, kept


def _pilot_range(
    gain: float, loss: float, cost: float, *, hit: float, reject: float, kept: float
) -> tuple[float, float] | None:
    # A pilot can be best only if its answer changes the decision: commit on "good" alone.
    if gain <= 0 or loss >= 0 or hit + reject == 1:
        return None
    false_alarm = -loss * (1 - reject)
    low = (cost / kept + false_alarm) / (hit * gain + false_alarm)
    avoided = -loss - kept * false_alarm
    high = (avoided - cost) / (avoided + gain * (1 - kept * hit))
    return (low, high) if low < high else None


@dataclass(frozen=True, slots=True)
class WaitingOption:
    """How far above its cost a project must be worth before waiting stops paying.

    One may invest I at any time, once and for all, in a project worth V, and V moves at random.
    Investing when ``V > I`` gives up the chance to see more; it is right to wait until
    ``V* = β/(β−1) · I``, with ``β = ½ − (r−δ)/σ² + √[((r−δ)/σ² − ½)² + 2r/σ²]``.

    It supposes that the decision cannot be undone and the chance never expires (no competitor takes
    it), that V follows a geometric Brownian motion whose σ is known, and that waiting costs δV a
    year of earnings not made. Use it to feel *why* waiting has a value; the choice of a tool is
    nearer to ``pilot_or_commit``.

    Attributes
    ----------
    investment_eur : float > 0, I, euros that cannot be got back
    discount_rate : float ≥ 0, r, a year: 0.04 is 4 %
    payout_rate : float > 0, δ, a year: what the project earns, and what waiting gives up, as a
        share of V
    volatility : float > 0, σ, a year: 0.2 is a value that moves by some 20 %

    Raises
    ------
    MetricError
        If a value is out of bounds. With δ = 0 waiting would cost nothing and never end.

    Notes
    -----
    McDonald & Siegel, "The value of waiting to invest", *Quarterly Journal of Economics* 101
    (1986); formula as in Dixit & Pindyck, *Investment under Uncertainty*, 1994.

    Examples
    --------
    >>> option = WaitingOption(10_000, discount_rate=0.04, payout_rate=0.04, volatility=0.2)
    >>> round(option.beta, 6), round(option.threshold_eur, 2)
    (2.0, 20000.0)
    >>> round(option.value_eur(15_000), 2), round(option.waiting_eur(15_000), 2)
    (5625.0, 625.0)
    """

    investment_eur: float
    discount_rate: float
    payout_rate: float
    volatility: float

    def __post_init__(self) -> None:
        _scalar(_("l’investissement"), self.investment_eur, "positive")
        _scalar(_("le taux d’actualisation"), self.discount_rate, "non-negative")
        _scalar(_("le rendement perdu en attendant (payout_rate)"), self.payout_rate, "positive")
        _scalar(_("la volatilité"), self.volatility, "positive")

    @property
    def beta(self) -> float:
        """β > 1: the nearer to 1, the longer it is right to wait."""
        variance = self.volatility**2
        drift = (self.discount_rate - self.payout_rate) / variance - 0.5
        return float((drift**2 + 2 * self.discount_rate / variance) ** 0.5 - drift)

    @property
    def threshold_eur(self) -> float:
        """V*, in euros: invest once the project is worth that much."""
        return self.beta / (self.beta - 1) * self.investment_eur

    def value_eur(self, project_eur: float) -> float:
        """What the right to invest is worth, in euros.

        ``(V* − I)·(V/V*)^β`` below the threshold, ``V − I`` from it on.

        Parameters
        ----------
        project_eur : float ≥ 0, V: what the project is worth today

        Returns
        -------
        float, euros: 0 = worthless, ``V − I`` = worth no more than investing now.

        Raises
        ------
        MetricError
            If the value is negative or not a number.

        Notes
        -----
        Dixit & Pindyck 1994.

        Examples
        --------
        >>> WaitingOption(100, discount_rate=0.04, payout_rate=0.04, volatility=0.2).value_eur(300)
        200.0
        """
        project = _scalar(_("la valeur du projet"), project_eur, "non-negative")
        threshold = self.threshold_eur
        if project >= threshold:
            return project - self.investment_eur
        return float((threshold - self.investment_eur) * (project / threshold) ** self.beta)

    def waiting_eur(self, project_eur: float) -> float:
        """What waiting adds to the better of "invest now" and "never", in euros.

        ``value − max(V − I, 0)``.

        Parameters
        ----------
        project_eur : float ≥ 0, V: what the project is worth today

        Returns
        -------
        float, euros: 0 = nothing to gain by waiting.

        Raises
        ------
        MetricError
            If the value is negative or not a number.

        Notes
        -----
        Dixit & Pindyck 1994.

        Examples
        --------
        >>> WaitingOption(99, discount_rate=0.04, payout_rate=0.04, volatility=0.2).waiting_eur(300)
        0.0
        """
        return self.value_eur(project_eur) - max(project_eur - self.investment_eur, 0.0)


# --------------------------------------------------------------------------- what is refused


def _frame(frame: pd.DataFrame, what: str, a_row: str, a_column: str) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise MetricError(
            _(
                "Pour {what}, on attend un DataFrame : une ligne pour {row}, une colonne pour "
                "{column} (reçu : {kind})."
            ).format(what=what, row=a_row, column=a_column, kind=type(frame).__name__)
        )
    if frame.empty:
        raise MetricError(
            _(
                "Rien à lire dans {what} : il faut au moins une ligne et une colonne. Vérifiez le "
                "filtre appliqué à votre tableau."
            ).format(what=what)
        )
    for names in (frame.index, frame.columns):
        _unique(what, names)


def _unique(what: str, names: pd.Index[Any]) -> None:
    if not names.is_unique:
        raise MetricError(
            _(
                "Nom en double dans {what} : {names}. Donnez à chacun un nom différent, ou gardez "
                "une seule ligne."
            ).format(what=what, names=_listed(names[names.duplicated()].unique()))
        )


def _same_names(what: str, names: pd.Index[Any], reference: str, expected: pd.Index[Any]) -> None:
    _unique(what, names)
    missing, unknown = (
        expected.difference(names, sort=False),
        names.difference(expected, sort=False),
    )
    if len(missing) or len(unknown):
        raise MetricError(
            _(
                "Noms différents : {what} et {reference} ne correspondent pas. Manquent : "
                "{missing}. En trop : {unknown}. Écrivez les mêmes noms des deux côtés."
            ).format(
                what=what,
                reference=reference,
                missing=_listed(missing),
                unknown=_listed(unknown),
            )
        )


def _column(what: str, series: pd.Series, place: str = "« {label} »") -> FloatArray:
    if getattr(series.dtype, "kind", "O") not in "iuf":
        raise MetricError(
            _(
                "Colonne illisible : {what} contient autre chose que des nombres. Convertissez en "
                "nombres avec pd.to_numeric."
            ).format(what=what)
        )
    values = series.to_numpy(dtype=float, na_value=nan)
    wrong = ~np.isfinite(values)
    if wrong.any():
        row = int(wrong.argmax())
        raise MetricError(
            _(
                "Valeur manquante ou infinie : {what}, pour {place}. Complétez-la : une case vide "
                "n’est pas un zéro."
            ).format(what=what, place=place.format(label=series.index[row]))
        )
    return values


_DOMAINS: Mapping[str, tuple[Callable[[float], bool], str]] = {
    "number": (isfinite, _("un nombre")),
    "positive": (lambda x: 0 < x < inf, _("un nombre plus grand que 0")),
    "non-negative": (lambda x: 0 <= x < inf, _("un nombre positif ou nul")),
    "share": (lambda x: 0 <= x <= 1, _("une part, de 0 à 1")),
    "positive share": (lambda x: 0 < x <= 1, _("une part plus grande que 0, et d’au plus 1")),
    "open share": (lambda x: 0 < x < 1, _("une part entre 0 et 1, sans les atteindre")),
}


def _scalar(what: str, value: float, domain: str) -> float:
    inside, expected = _DOMAINS[domain]
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not inside(value):
        raise MetricError(
            _("Valeur impossible : {what} vaut {value}. Donnez {expected}.").format(
                what=what, value=number(value, 6) if is_number else repr(value), expected=expected
            )
        )
    return float(value)


def _count(what: str, value: int, least: int, most: int) -> None:
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or not least <= value <= most:
        raise MetricError(
            _(
                "Valeur impossible : {what} vaut {value}. Donnez un nombre entier de {least} à "
                "{most}."
            ).format(what=what, value=repr(value), least=number(least), most=number(most))
        )


def _listed(names: Iterable[Any]) -> str:
    """« a », « b »… for a message; at most six of them."""
    shown = [f"« {name} »" for name in names]
    if not shown:
        return _("aucun")
    return ", ".join(shown[:6]) + (_("…") if len(shown) > 6 else "")  # noqa: PLR2004
