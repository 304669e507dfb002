"""The tools « Maison Liseron » is told to buy, and how one of them spread among its peers.

Its numbers are drawn so that fashion misleads, as key 3 says:

1. *The most fashionable tool is not the one to choose.* It has by far the most press mentions, and
   serves none of the company's objectives. At difficulties 1 and 2 it also ranks in the lower half
   under the company's own weights, by weighted sum and by TOPSIS. At 3 it is cheap and easy, and
   would come first by both: only the question of what it is for sets it apart.
2. *It is late.* New adopters per quarter follow a Bass curve whose peak has passed when the year
   ends: most of those who would adopt it have, and there is no head start to buy.
3. *How far a winner can be trusted depends.* At difficulty 1 no weight changed by half dethrones
   it. At 3 two tools are nearly equal by trading one criterion against another: a quarter more on
   one weight or the other changes the winner, which is then a choice, not a result.

4. *Even the right tool is not sure to work.* Committing to it pays on average, and a pilot that is
   right four times out of five or more pays better, by at least 8 % of what committing costs.

How it is drawn. Each tool has a merit between 0 and 1, set by its place: the gaps between the
winner, the runner-up, the middle and the fashionable tool are the lesson, and only they depend on
the difficulty. What a tool is worth on each criterion is its merit plus a pattern whose sum,
weighted as the company weighs, is zero: tools differ in profile, not in score. In each column the
best value belongs to a tool of the upper middle, a specialist, so that the leaders' own values
never set the scale. Values are then read on a line from the worst to the best of the criterion, in
its unit. The seed decides the weights' order, and which name plays which part: among the idle
names for the fashionable tool, among the plain ones for the winner. What a tool serves is drawn
among what its name can serve, its first purpose always kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypedDict

import numpy as np
import pandas as pd

from cinqcles.data.company.setting import (
    ANSWERS,
    ATTENTION,
    COMPLAINTS,
    OBJECTIVES,
    ORDERS,
    Floats,
    check,
    generator,
    grid,
    labelled,
)
from cinqcles.errors import CinqclesError
from cinqcles.messages import _

# Much talked about, of no use to any of the four objectives.
_IDLE = (
    "Podcast de marque", "Filtre en réalité augmentée", "Boutique en monde virtuel",
    "Mascotte virtuelle", "Jetons à collectionner",
)  # fmt: skip
# What each other tool can serve, first what it is for.
_TRENDY = {
    "Agent conversationnel": (ANSWERS, ORDERS),
    "Vidéos courtes de tendance": (ATTENTION, ORDERS),
    "Vente en direct vidéo": (ORDERS, ATTENTION),
}
_PLAIN = {
    "Lettre d’information": (ORDERS, ATTENTION),
    "Boîte de réception partagée": (ANSWERS, COMPLAINTS),
    "Publicité vers messagerie": (ORDERS,),
    "Foire aux questions": (ANSWERS, COMPLAINTS),
    "Avis vérifiés": (ORDERS, COMPLAINTS),
    "Programme de parrainage": (ORDERS,),
    "Groupe d’entraide": (ANSWERS, COMPLAINTS),
    "Réponses types": (ANSWERS, COMPLAINTS),
    "Catalogue en ligne": (ORDERS, ANSWERS),
    "Sous-titrage des vidéos": (ATTENTION,),
}
_PURPOSES: dict[str, tuple[str, ...]] = dict.fromkeys(_IDLE, ()) | _TRENDY | _PLAIN


class _Criterion(NamedTuple):
    name: str
    label: str
    unit: str
    worst: float
    best: float
    digits: int


_CRITERIA = (
    _Criterion("annual_cost_eur", "Coût annuel", "€ par an", 12_000, 1_500, 0),
    _Criterion("hours_per_week", "Temps de travail", "heures par semaine", 12, 1.5, 1),
    _Criterion("setup_weeks", "Mise en place", "semaines", 16, 2, 1),
    _Criterion("target_reach_pct", "Part de la cible touchée", "% de la cible", 6, 48, 1),
    _Criterion("requests_handled_pct", "Demandes traitées", "% des messages", 5, 40, 1),
)
_WEIGHTS = (0.30, 0.25, 0.20, 0.15, 0.10)

# By difficulty, merits from the first tool to the last, and the place of the fashionable one: at 3
# it takes the place of a tool of the middle, and is better than the leaders.
_MERITS = {
    1: (0.86, 0.60, 0.50, 0.42, 0.25, 0.12),
    2: (0.80, 0.62, 0.54, 0.47, 0.34, 0.28, 0.20, 0.15),
    3: (0.78, 0.78, 0.60, 0.56, 0.52, 0.86, 0.31, 0.27, 0.23, 0.19),
}
_FASHIONABLE = {1: 5, 2: 6, 3: 5}
_CEILING = 0.97  # what the specialists reach
# Which of the tools after the leaders is the best on the heaviest criterion, the second…
_SPECIALISTS = (0, 1, 2, 1, 2)

_NOISE = {1: 0.03, 2: 0.07, 3: 0.12}
_QUARTERS_AFTER_PEAK = {1: 6, 2: 5, 3: 4}
_LAST_QUARTER = "2025Q4"


@dataclass(frozen=True)
class Candidates:
    """The tools a company hesitates between.

    Attributes
    ----------
    scores : DataFrame
        A row a ``tool``, a column a criterion, in the criterion's unit.
    criteria : DataFrame
        A row a ``criterion``: ``label`` and ``unit`` (French), ``direction`` (``"benefit"`` when
        more is better, ``"cost"`` when less is), ``weight`` (the company's; they add up to 1).
    serves : DataFrame
        Booleans, a row a tool, a column an objective of the company.
    press_mentions : Series
        How often the trade press named each tool this year: how fashionable it is.
    """

    scores: pd.DataFrame
    criteria: pd.DataFrame
    serves: pd.DataFrame
    press_mentions: pd.Series

    @property
    def fashionable(self) -> str:
        """The tool with the most press mentions."""
        return str(self.press_mentions.idxmax())


@labelled
def tools(seed: int = 0, difficulty: int = 1) -> Candidates:
    """The tools the company hesitates between.

    Parameters
    ----------
    seed : int, at least 0
        Decides everything: the same seed and difficulty give the same candidates.
    difficulty : 1, 2 or 3
        Of 6, 8 or 10 tools; see `cinqcles.data.company.setting`.

    Returns
    -------
    Candidates
        For every seed: no two tools tie on the weighted sum; the most fashionable one has half as
        many press mentions again as any other, and serves no objective; each other tool serves one
        or more. The fashionable one ranks in the lower half by weighted sum and by TOPSIS; at
        difficulty 3 it would be the first by both, if nobody asked what it serves.

    Raises
    ------
    CinqclesError
        ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> candidates = tools(seed=1)
    >>> candidates.scores.shape
    (6, 5)
    >>> bool(candidates.serves.loc[candidates.fashionable].any())
    False
    """
    check(seed, difficulty)
    rng = generator(seed, "tools")
    weights = _weights(rng)
    fashionable = _FASHIONABLE[difficulty]
    worth = _worth(rng, np.array(_MERITS[difficulty]), weights, fashionable)
    n = len(worth)

    idle, modish, plain = (
        rng.permutation(list(names)).tolist() for names in (_IDLE, _TRENDY, _PLAIN)
    )
    # One tool in three is modish, the fashionable one among them; never a leader.
    trendy = {fashionable, *(n - 1 - rng.permutation(n - 3))[: n // 3 - 1].tolist()}
    names = [
        (idle if place == fashionable else modish if place in trendy else plain).pop()
        for place in range(n)
    ]

    mentions = grid(rng, 8, 160, n - 1)[::-1]
    order = np.argsort(rng.random(n - 1) + [place in trendy for place in range(n - 1)])[::-1]
    press = np.empty(n - 1)
    press[order] = mentions
    press = np.insert(press, fashionable, 400 * (0.8 + 0.4 * rng.random()))

    can = np.array([[goal in _PURPOSES[name] for goal in OBJECTIVES] for name in names])
    first = np.array([[goal in _PURPOSES[name][:1] for goal in OBJECTIVES] for name in names])
    serves = first | (can & (rng.random(can.shape) < 0.5))  # noqa: PLR2004

    shuffled = rng.permutation(n)
    index = pd.Index([names[place] for place in shuffled], name="tool")
    labels = [criterion.name for criterion in _CRITERIA]
    values = {
        criterion.name: np.round(
            criterion.worst + (criterion.best - criterion.worst) * worth[shuffled, column],
            criterion.digits,
        )
        for column, criterion in enumerate(_CRITERIA)
    }
    return Candidates(
        pd.DataFrame(values, index=index),
        pd.DataFrame(
            {
                "label": [criterion.label for criterion in _CRITERIA],
                "unit": [criterion.unit for criterion in _CRITERIA],
                "direction": ["benefit" if c.best > c.worst else "cost" for c in _CRITERIA],
                "weight": weights,
            },
            index=pd.Index(labels, name="criterion"),
        ),
        pd.DataFrame(serves[shuffled], index=index, columns=pd.Index(OBJECTIVES, name="objective")),
        pd.Series(np.round(press[shuffled]).astype(np.int64), index=index, name="press_mentions"),
    )


def _weights(rng: np.random.Generator) -> Floats:
    weights = np.array(_WEIGHTS) * (0.95 + 0.1 * rng.random(len(_WEIGHTS)))
    weights = np.round(weights / weights.sum(), 3)[rng.permutation(len(_WEIGHTS))]
    weights[0] += 1 - weights.sum()
    return np.asarray(np.round(weights, 3))


def _worth(rng: np.random.Generator, merits: Floats, weights: Floats, fashionable: int) -> Floats:
    """Merit of each tool on each criterion, between 0 and 1: rows from the first to the last."""
    n, k = len(merits), len(weights)
    leaders = int((merits == merits[0]).sum())
    profile = 0.08 * rng.permuted(np.tile(np.linspace(-1, 1, k), (n, 1)), axis=1)
    if merits[fashionable] > merits[0]:
        profile[fashionable] = np.linspace(0.08, -0.08, k)  # cheap and easy, of little use
    profile *= np.minimum(merits / 0.15, 1)[:, None]  # the last ones have no room below them
    worth = merits[:, None] + profile - (profile @ weights)[:, None]
    heaviest = np.argsort(-weights)
    for place in set(_SPECIALISTS):
        row = leaders + place
        best = heaviest[[rank for rank, who in enumerate(_SPECIALISTS) if who == place]]
        worth[row, best] = _CEILING
        rest = np.setdiff1d(np.arange(k), best)
        worth[row, rest] += (merits[row] - worth[row] @ weights) / weights[rest].sum()
    if leaders > 1:
        # Seen with the scale of each column, what one gains on a criterion it loses on another.
        scaled = weights / (_CEILING - worth[leaders:].min(axis=0))
        first, second = heaviest[rng.permutation(2)]
        trade = np.zeros(k)
        trade[first], trade[second] = 0.1, -0.1 * scaled[first] / scaled[second]
        worth[:leaders] = merits[0] + 0.5 * (worth[0] - merits[0])
        worth[0] += trade + 0.004
        worth[1] -= trade
    return worth


# --------------------------------------------------------------------------- adoption


@dataclass(frozen=True)
class AdoptionTruth:
    """What `adoption` was drawn from: Bass's innovation p, imitation q (a quarter) and market."""

    p: float
    q: float
    market: float

    @property
    def peak_quarter(self) -> float:
        """When new adopters are the most numerous, in quarters since the start: (ln q/p)/(p+q)."""
        return float(np.log(self.q / self.p) / (self.p + self.q))


def adoption_truth(seed: int = 0, difficulty: int = 1) -> AdoptionTruth:
    """The curve behind `adoption`, for instructors and tests.

    Parameters
    ----------
    seed : int, at least 0
    difficulty : 1, 2 or 3

    Returns
    -------
    AdoptionTruth
        ``p`` from 0.008 to 0.014, ``q`` from 0.32 to 0.45 a quarter, ``market`` in companies:
        a peak in the eighth quarter at the earliest, in the twelfth at the latest.

    Raises
    ------
    CinqclesError
        ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> 7 < adoption_truth(seed=1).peak_quarter < 12
    True
    """
    check(seed, difficulty)
    rng = generator(seed, "adoption")
    p, q, market = rng.random(3)
    return AdoptionTruth(
        float(0.008 + 0.006 * p), float(0.32 + 0.13 * q), float(3_000 + 5_000 * market)
    )


@labelled
def adoption(seed: int = 0, difficulty: int = 1) -> pd.DataFrame:
    """How the most fashionable tool of `tools` spread among companies of the trade.

    Parameters
    ----------
    seed : int, at least 0
    difficulty : 1, 2 or 3
        How long ago the peak was (6, 5 or 4 quarters), and how noisy the counts are.

    Returns
    -------
    DataFrame
        A row a quarter, up to the last of the company's year: ``quarter`` (datetime64, its first
        day), ``adopters`` (integer, companies that took the tool up in that quarter),
        ``cumulative_adopters``. The peak is after the first six quarters, which cannot foretell it,
        and before the last two.

    Raises
    ------
    CinqclesError
        ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> frame = adoption(seed=1)
    >>> bool(frame["adopters"].iloc[-1] < 0.8 * frame["adopters"].max())
    True
    """
    truth = adoption_truth(seed, difficulty)
    rng = generator(seed, "adoption noise")
    quarters = int(np.ceil(truth.peak_quarter)) + _QUARTERS_AFTER_PEAK[difficulty]
    decay = np.exp(-(truth.p + truth.q) * np.arange(quarters + 1))
    share = (1 - decay) / (1 + truth.q / truth.p * decay)
    noise = 1 + _NOISE[difficulty] * (2 * rng.random(quarters) - 1)
    adopters = np.round(truth.market * np.diff(share) * noise).astype(np.int64)
    return pd.DataFrame(
        {
            "quarter": pd.period_range(
                end=_LAST_QUARTER, periods=quarters, freq="Q"
            ).to_timestamp(),
            "adopters": adopters,
            "cumulative_adopters": np.cumsum(adopters),
        }
    )


# --------------------------------------------------------------------------- stakes

HOUR_EUR = 25
"""What an hour of work is counted for, in euros."""

_WEEKS_A_YEAR = 52


class Stakes(TypedDict):
    """What a year with a tool puts at stake, by the names `pilot_or_commit` gives its arguments."""

    success_probability: float
    success_payoff_eur: float
    failure_payoff_eur: float
    commit_cost_eur: float
    pilot_cost_eur: float
    sensitivity: float
    specificity: float
    kept_share: float


def stakes(tool: str, seed: int = 0, difficulty: int = 1) -> Stakes:
    """What a year with one of the `tools` costs, may bring back, and what trying it would tell.

    Parameters
    ----------
    tool : str
        One of ``tools(seed, difficulty).scores.index``.
    seed : int, at least 0
    difficulty : 1, 2 or 3
        How often the pilot tells right: 9 times out of 10, 17 out of 20, 4 out of 5.

    Returns
    -------
    Stakes
        ``commit_cost_eur`` is the tool's cost and working time for a year, the hour at `HOUR_EUR`,
        to the nearest 100 euros. The pilot tells right as often of a success as of a failure. For
        every seed and tool committing is worth more than nothing, and the pilot more than both.

    Raises
    ------
    CinqclesError
        There is no such tool; ``seed`` or ``difficulty`` is out of bounds.

    Examples
    --------
    >>> found = stakes(tools(seed=1).scores.index[0], seed=1)
    >>> found["sensitivity"], found["specificity"]
    (0.9, 0.9)
    """
    scores = tools(seed, difficulty).scores
    if tool not in scores.index:
        raise CinqclesError(
            _("« {tool} » n’est pas dans la table des outils. On y trouve : {known}.").format(
                tool=tool, known=", ".join(scores.index)
            )
        )
    rng = generator(seed, "stakes")
    costs = scores[["annual_cost_eur", "hours_per_week"]].loc[[tool]].to_numpy()[0]
    year = float(costs @ [1, HOUR_EUR * _WEEKS_A_YEAR])
    cost = _rounded(year, 100)
    success = 0.35 + 0.05 * int(3 * rng.random())
    lost, won, pilot = rng.random(3)
    loss = (0.8 + 0.1 * lost) * cost
    gain = ((0.06 + 0.1 * won) * cost + (1 - success) * loss) / success
    told = {1: 0.9, 2: 0.85, 3: 0.8}[difficulty]
    return Stakes(
        success_probability=round(success, 2),
        success_payoff_eur=_rounded(cost + gain, 100),
        failure_payoff_eur=_rounded(cost - loss, 100),
        commit_cost_eur=cost,
        pilot_cost_eur=_rounded((0.06 + 0.04 * pilot) * cost, 10),
        sensitivity=told,
        specificity=told,
        kept_share=0.9,
    )


def _rounded(amount_eur: float, to: int) -> float:
    return float(to * round(amount_eur / to))
