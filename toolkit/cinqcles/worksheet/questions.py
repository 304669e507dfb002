"""What a question is, and how its answer is marked.

A question holds what the learner sees *and*, only where the source notebook was run, its key.
Each kind says three things about a value: ``check``, whether it is complete (told to the
learner at once); ``describe``, how to read it; ``mark``, what it is worth (told after grading).
Values are plain JSON: marking needs no kernel and no widget.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    TypeAdapter,
    ValidationInfo,
    field_validator,
)

from cinqcles.errors import MetricError
from cinqcles.messages import _, month_named, ngettext, number, percent

if TYPE_CHECKING:
    from cinqcles.strategy import Strategy

LARGEST = 1e20  # no quantity of this course comes near; beyond, formatting and floats give way
SLACK = 1e-5  # a split within this share of its total is whole: cents do not always come out even
NEAR_ENOUGH = 0.97  # of the way to the best split: all points
TELLING_GAP = 0.02  # of the total: a smaller gap with the best split is not worth saying


class Mark(BaseModel):
    """What an answer is worth: a share of the points between 0 and 1, and why.

    ``review`` asks a person to look: the share is then only provisional, and never generous.
    """

    model_config = ConfigDict(frozen=True)

    share: float = Field(ge=0, le=1, allow_inf_nan=False)
    reason: str
    review: bool = False


class BaseQuestion(BaseModel):
    """What every kind of question has."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    id: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    prompt: str = Field(min_length=1)
    answer: JsonValue = None
    """The key. ``None`` everywhere but where the source notebook was run."""

    def check(self, value: JsonValue) -> str | None:
        """``None`` when the answer is complete, else a sentence saying what is missing."""
        raise NotImplementedError

    def describe(self, value: JsonValue) -> str:
        """The answer in words."""
        raise NotImplementedError

    def _worth(self, value: JsonValue) -> Mark:
        raise NotImplementedError

    def mark(self, value: JsonValue) -> Mark:
        """What an answer is worth against the key.

        An answer that is absent, or that is not of this kind, is worth nothing; it is never
        an error.
        """
        if value is None:
            return Mark(share=0, reason=_("Pas de réponse."))
        try:
            return self._worth(value)
        except (TypeError, ValueError):
            return Mark(
                share=0,
                reason=_("La réponse n’a pas la forme attendue pour cette question."),
                review=True,
            )

    def sound(self) -> bool:
        """Whether there is a key that earns everything, as far as no person has to read it."""
        return self.answer is not None and self.mark(self.answer).share == 1


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is expected")
    return value


def _texts(value: JsonValue) -> list[str]:
    if not isinstance(value, list):
        raise TypeError("a list is expected")
    return [_text(item) for item in value]


def _because(first: str, *rest: str) -> str:
    return " ".join(part.strip() for part in (first, *rest) if part.strip())


class Choice(BaseQuestion):
    """One option among several. Value: the option's id."""

    kind: Literal["choice"] = "choice"
    options: dict[str, str] = Field(min_length=2)
    why: dict[str, str] = {}
    """For each option, what a learner who took it should read."""

    def check(self, value: JsonValue) -> str | None:
        chosen = isinstance(value, str) and value in self.options
        return None if chosen else _("Choisissez une réponse.")

    def describe(self, value: JsonValue) -> str:
        return self.options[_text(value)]

    def _worth(self, value: JsonValue) -> Mark:
        chosen = _text(value)
        if chosen not in self.options:
            raise ValueError(chosen)
        right = chosen == self.answer
        verdict = _("C’est la bonne réponse.") if right else _("Ce n’est pas la bonne réponse.")
        return Mark(share=float(right), reason=_because(verdict, self.why.get(chosen, "")))


class Multiple(BaseQuestion):
    """Any number of options. Value: the list of the chosen ids.

    Share: right ones chosen / right ones − wrong ones chosen / whichever are fewer, right ones or
    wrong ones; not below 0. So ticking everything earns nothing, unless every option is right.
    """

    kind: Literal["multiple"] = "multiple"
    options: dict[str, str] = Field(min_length=2)
    why: dict[str, str] = {}

    def check(self, value: JsonValue) -> str | None:
        ticked = isinstance(value, list) and value
        return None if ticked else _("Cochez au moins une case.")

    def describe(self, value: JsonValue) -> str:
        return "\u00a0; ".join(self.options[option].removesuffix(".") for option in _texts(value))

    def _worth(self, value: JsonValue) -> Mark:
        chosen, key = set(_texts(value)), set(_texts(self.answer))
        if not chosen <= set(self.options):
            raise ValueError("unknown option")
        if not key:
            raise ValueError("no key")
        if not chosen:
            return Mark(share=0, reason=_("Pas de réponse."))
        hits, extra = len(chosen & key), len(chosen - key)
        told = [
            _("Bonnes cases cochées\u00a0: {hits} sur {all}.").format(hits=hits, all=len(key)),
        ]
        if extra:
            told.append(_("Cases cochées à tort\u00a0: {n}.").format(n=extra))
        reasons = [
            _("«\u00a0{option}\u00a0»\u00a0: {why}").format(
                option=label.removesuffix("."), why=self.why[option]
            )
            for option, label in self.options.items()
            if option in chosen - key and self.why.get(option)
        ]
        wrong = len(set(self.options) - key)
        lost = extra / min(len(key), wrong) if extra else 0.0
        return Mark(
            share=max(0.0, hits / len(key) - lost),
            reason=_because(*told, *reasons),
        )


class Mistake(BaseModel):
    """A wrong number that a known slip leads to."""

    model_config = ConfigDict(frozen=True)

    value: float
    why: str
    share: float = Field(default=0, ge=0, lt=1)


class Number(BaseQuestion):
    """A number with its unit. Value: the number, or the text typed for it.

    Right within ``tolerance``, a share of the key; a mistake listed in ``mistakes`` is named.
    """

    kind: Literal["number"] = "number"
    unit: str = ""
    tolerance: float = Field(default=0.01, gt=0, lt=0.5)
    mistakes: list[Mistake] = []
    why: str = ""
    """How it is found, said of a right value and of one that no known slip explains."""

    def check(self, value: JsonValue) -> str | None:
        if value is None or value == "":
            return _("Tapez un nombre.")
        try:
            parse_number(value, self.unit)
        except TypeError:
            return _("Tapez un nombre.")
        except ValueError:
            return _(
                "«\u00a0{typed}\u00a0» n’est pas lu comme un nombre. Écrivez par exemple {example}."
            ).format(
                typed=value[:40] if isinstance(value, str) else "…", example=self.describe(1234.5)
            )
        return None

    def describe(self, value: JsonValue) -> str:
        parsed = parse_number(value, self.unit)
        digits = 2 if abs(parsed) >= 1 else 6
        return f"{number(parsed, digits)}\u00a0{self.unit}".strip()

    def _worth(self, value: JsonValue) -> Mark:
        if value == "":
            return Mark(share=0, reason=_("Pas de réponse."))
        given, key = parse_number(value, self.unit), parse_number(self.answer, self.unit)
        if self._near(given, key):
            return Mark(share=1, reason=_because(_("C’est la bonne valeur."), self.why))
        for mistake in self.mistakes:
            if self._near(given, mistake.value):
                return Mark(share=mistake.share, reason=mistake.why)
        return Mark(share=0, reason=_because(_("Ce n’est pas la valeur attendue."), self.why))

    def _near(self, given: float, key: float) -> bool:
        return math.isclose(given, key, rel_tol=0, abs_tol=max(abs(key) * self.tolerance, 1e-12))


class Ranking(BaseQuestion):
    """Items put in order, first one first. Value: the list of their ids.

    ``None`` where nothing is placed; where a place is given twice, or what is typed is none, the
    value is what is typed, by item: nothing of it is lost, and it is worth nothing.

    Share: (pairs in the right order − pairs in the wrong order) / all pairs, not below 0
    (Kendall's τ): one swap of neighbours costs little, an order drawn at random earns nothing
    on average.
    """

    kind: Literal["ranking"] = "ranking"
    items: dict[str, str] = Field(min_length=2)
    why: str = ""

    def check(self, value: JsonValue) -> str | None:
        if isinstance(value, dict):
            return self._misplaced([text for text in value.values() if isinstance(text, str)])
        places = value if isinstance(value, list) else []
        chosen = [place for place in places if isinstance(place, str)]
        twice = [item for item in self.items if chosen.count(item) > 1]
        if twice:
            return _("«\u00a0{item}\u00a0» occupe deux places.").format(item=self.items[twice[0]])
        left = len(self.items) - len(chosen)
        if left > 0:
            return ngettext(
                "Il reste {n} place à remplir.", "Il reste {n} places à remplir.", left
            ).format(n=left)
        return None

    def _misplaced(self, typed: list[str]) -> str:
        ranks = [str(rank) for rank in range(1, len(self.items) + 1)]
        told = [
            _(
                "«\u00a0{typed}\u00a0» n’est pas une place\u00a0: tapez un nombre de 1 à {last}."
            ).format(typed=text[:20], last=len(ranks))
            for text in typed
            if text not in ranks
        ]
        told += [
            _("La place {place} est donnée à plusieurs lignes.").format(place=rank)
            for rank in ranks
            if typed.count(rank) > 1
        ]
        return " ".join(told) or _("Le classement n’est pas complet.")

    def describe(self, value: JsonValue) -> str:
        if isinstance(value, dict):
            return "\u00a0; ".join(
                _("{item}\u00a0: {typed}").format(item=self.items[item], typed=_text(typed))
                for item, typed in value.items()
            )
        if not isinstance(value, list):
            raise TypeError("a list is expected")
        return "\u00a0; ".join(
            f"{place}. {self.items[_text(item)].removesuffix('.') if item is not None else '…'}"
            for place, item in enumerate(value, start=1)
        )

    def _worth(self, value: JsonValue) -> Mark:
        if self.check(value) is not None:
            return Mark(share=0, reason=_("Le classement n’est pas complet."))
        given, key = _texts(value), _texts(self.answer)
        if set(given) != set(key):
            raise ValueError("unknown item")
        pairs = list(combinations(key, 2))
        right = sum(given.index(first) < given.index(second) for first, second in pairs)
        if right == len(pairs):
            return Mark(share=1, reason=_("Tout est dans le bon ordre."))
        return Mark(
            share=max(0.0, (2 * right - len(pairs)) / len(pairs)),
            reason=_because(
                ngettext(
                    "{right} paire sur {all} est dans le bon ordre.",
                    "{right} paires sur {all} sont dans le bon ordre.",
                    right,
                ).format(right=right, all=len(pairs)),
                _("Un ordre au hasard en donne la moitié\u00a0: seul compte ce qui va au-delà."),
                self.why,
            ),
        )


class Classification(BaseQuestion):
    """Items each put in a category. Value: ``{item id: category id}``, without those not done.

    Share: (r − c) / (n − c), not below 0, where r items of n are well placed, and the best
    constant answer, everything in one category, would place c of them. It is the share of that
    answer's mistakes that the learner avoids, as Goodman and Kruskal's λ (1954) measures it: one
    category for everything earns 0, and so does a classification drawn at random, on average
    before the floor. Where one category does hold everything, the share is r / n.
    """

    kind: Literal["classification"] = "classification"
    items: dict[str, str] = Field(min_length=2)
    categories: dict[str, str] = Field(min_length=2)
    why: dict[str, str] = {}
    """For each item, what a learner who misplaced it should read."""

    def check(self, value: JsonValue) -> str | None:
        done = value if isinstance(value, dict) else {}
        left = [
            str(row)
            for row, item in enumerate(self.items, start=1)
            if not isinstance(done.get(item), str)
        ]
        if len(left) == len(self.items):
            return _("Choisissez une catégorie pour chacune des {n} lignes.").format(n=len(left))
        if left:
            return ngettext(
                "Il reste {n} ligne à classer\u00a0: la {rows}.",
                "Il reste {n} lignes à classer\u00a0: {rows}.",
                len(left),
            ).format(n=len(left), rows=listed(left))
        return None

    def describe(self, value: JsonValue) -> str:
        placed = self._placed(value)
        return "\n".join(
            f"{row}. {label} → {self.categories[placed[item]] if item in placed else '…'}"
            for row, (item, label) in enumerate(self.items.items(), start=1)
        )

    def _placed(self, value: JsonValue) -> dict[str, str]:
        if not isinstance(value, dict):
            raise TypeError("a mapping is expected")
        placed = {item: _text(place) for item, place in value.items() if place is not None}
        if not (
            placed.keys() <= self.items.keys() and set(placed.values()) <= set(self.categories)
        ):
            raise ValueError("unknown item or category")
        return placed

    def _worth(self, value: JsonValue) -> Mark:
        given, key = self._placed(value), self._placed(self.answer)
        if len(key) < len(self.items):
            raise ValueError("no key")
        if not given:
            return Mark(share=0, reason=_("Pas de réponse."))
        right = sum(given.get(item) == place for item, place in key.items())
        if right == len(key):
            return Mark(share=1, reason=_("Tout est bien classé."))
        constant = max(Counter(key.values()).values())
        share = (
            (right - constant) / (len(key) - constant) if constant < len(key) else right / constant
        )
        told = [
            ngettext(
                "{right} élément sur {all} bien classé.",
                "{right} éléments sur {all} bien classés.",
                right,
            ).format(right=right, all=len(key))
        ]
        if 1 < constant < len(key):
            told.append(
                _(
                    "Tout mettre dans une même catégorie en placerait déjà {n}\u00a0: seul "
                    "compte ce qui va au-delà."
                ).format(n=constant)
            )
        if left := len(key) - len(given):
            told.append(
                ngettext("{n} n’est pas classé.", "{n} ne sont pas classés.", left).format(n=left)
            )
        wrong = [
            _("«\u00a0{item}\u00a0»\u00a0: {why}").format(
                item=label,
                why=self.why.get(item)
                or _("ce n’est pas pour «\u00a0{category}\u00a0».").format(
                    category=self.categories[given[item]]
                ),
            )
            for item, label in self.items.items()
            if item in given and given[item] != key[item]
        ]
        return Mark(share=max(0.0, share), reason="\n".join([" ".join(told), *wrong]))


Split = dict[str, float]


class Allocation(BaseQuestion):
    """A total shared over parts. Value: ``{part id: amount}``, amounts in ``unit``.

    An amount is a number or the text typed for it; a part that is missing has 0.

    Share: (worth of the split − worth of ``naive``) / (worth of the key − worth of ``naive``),
    within 0 and 1, and 1 from :data:`NEAR_ENOUGH` on, since near the best split many are as good.
    With ``returns``, a split is worth the sum of what its parts bring. Without, it is worth the
    less, the farther from the key: minus the total variation distance, the share of the total
    that one would have to move; what is not shared out counts as one more part. A split
    beyond the total is worth nothing.
    """

    kind: Literal["allocation"] = "allocation"
    parts: dict[str, str] = Field(min_length=2)
    total: float = Field(gt=0, lt=LARGEST)
    unit: str = "€"
    step: float = Field(gt=0, lt=LARGEST)
    """What the sliders move by; the total is a whole number of steps."""
    naive: Split = {}
    """The split that earns 0; by default, equal parts."""
    returns: dict[str, list[tuple[float, float]]] = {}
    """For each part, what it brings: ``[(amount, result), …]``, amounts growing; results are
    interpolated in straight lines, and flat before the first and after the last."""
    why: str = ""

    @field_validator("step")
    @classmethod
    def _divides(cls, step: float, info: ValidationInfo) -> float:
        steps = info.data["total"] / step if "total" in info.data else 1
        if not math.isclose(steps, round(steps), rel_tol=1e-9):
            raise ValueError("the total is not a whole number of steps")
        return step

    @field_validator("naive")
    @classmethod
    def _within(cls, naive: Split, info: ValidationInfo) -> Split:
        if not naive.keys() <= info.data.get("parts", naive).keys():
            raise ValueError("an unknown part")
        if not all(amount >= 0 for amount in naive.values()) or sum(naive.values()) > (
            1 + SLACK
        ) * info.data.get("total", LARGEST):
            raise ValueError("not a split of the total")
        return naive

    @field_validator("returns")
    @classmethod
    def _tabulated(
        cls, returns: dict[str, list[tuple[float, float]]], info: ValidationInfo
    ) -> dict[str, list[tuple[float, float]]]:
        if returns and returns.keys() != info.data.get("parts", returns).keys():
            raise ValueError("each part needs its returns, and nothing else does")
        for part, points in returns.items():
            spent = [amount for amount, _result in points]
            if not points or any(a >= b for a, b in pairwise(spent)):
                raise ValueError(f"the amounts of {part!r} do not grow")
            if not all(abs(x) < LARGEST for point in points for x in point):
                raise ValueError(f"a point of {part!r} is not finite")
        return returns

    def amount(self, value: float) -> str:
        """An amount in words, with its unit."""
        return f"{number(value)}\u00a0{self.unit}".strip()

    def readable(self, value: JsonValue) -> Split:
        """The amounts that can be read in a value, whatever it is."""
        amounts = {}
        for part, given in value.items() if isinstance(value, dict) else ():
            if part in self.parts:
                with suppress(TypeError, ValueError):
                    amounts[part] = parse_number(given, self.unit)
        return amounts

    def most(self, part: str, value: JsonValue) -> float:
        """The most that a part can have, the other parts being what they are."""
        others = sum(a for other, a in self.readable(value).items() if other != part)
        return max(0.0, self.total - others)

    def shared_out(self, value: JsonValue) -> JsonValue:
        """The same split, what is left given in equal amounts to the parts that have nothing.

        Whole steps are given, one more to the first parts where they do not come out even.
        Nothing is given as long as an amount cannot be read.
        """
        amounts = self.readable(value)
        split = dict.fromkeys(self.parts, 0.0) | amounts
        empty = [part for part, amount in split.items() if amount == 0]
        left = self.total - sum(split.values())
        if not empty or left <= 0 or (isinstance(value, dict) and len(value) > len(amounts)):
            return value
        steps, more = divmod(round(left / self.step), len(empty))
        for place, part in enumerate(empty):
            split[part] = (steps + (place < more)) * self.step
        # An amount typed between two steps leaves a remainder.
        split[empty[0]] += self.total - sum(split.values())
        return dict(split)

    def balance(self, value: JsonValue) -> str:
        """What is left to share out, in words."""
        left = self.total - sum(self.readable(value).values())
        if abs(left) <= SLACK * self.total:
            return _("Tout est réparti\u00a0: {total}.").format(total=self.amount(self.total))
        if left < 0:
            return _("Dépassement\u00a0: {over} de trop, pour un total de {total}.").format(
                over=self.amount(-left), total=self.amount(self.total)
            )
        return _("Reste à répartir\u00a0: {left} sur {total}.").format(
            left=self.amount(left), total=self.amount(self.total)
        )

    def check(self, value: JsonValue) -> str | None:
        readable = self.readable(value)
        for part, typed in value.items() if isinstance(value, dict) else ():
            label = self.parts.get(part)
            if label and part not in readable:
                return _(
                    "«\u00a0{part}\u00a0»\u00a0: «\u00a0{typed}\u00a0» n’est pas lu comme un "
                    "montant. Écrivez par exemple {example}."
                ).format(part=label, typed=_cut(typed), example=self.amount(1234.5))
            if label and readable[part] < 0:
                return _("«\u00a0{part}\u00a0»\u00a0: un montant ne peut pas être négatif.").format(
                    part=label
                )
        if not any(readable.values()):
            return _("Répartissez {total}.").format(total=self.amount(self.total))
        left = self.total - sum(readable.values())
        return None if abs(left) <= SLACK * self.total else self.balance(value)

    def describe(self, value: JsonValue) -> str:
        if not isinstance(value, dict) or not value.keys() <= self.parts.keys():
            raise TypeError("a mapping of parts is expected")
        amounts = self.readable(value)
        return "\n".join(
            f"{label}\u00a0: "
            + (
                str(value[part])
                if part in value and part not in amounts
                else self.amount(amounts.get(part, 0))
            )
            for part, label in self.parts.items()
        )

    def _split(self, value: JsonValue) -> Split:
        if not isinstance(value, dict):
            raise TypeError("a mapping is expected")
        if not value.keys() <= self.parts.keys():
            raise ValueError("unknown part")
        return dict.fromkeys(self.parts, 0.0) | {
            part: parse_number(amount, self.unit) for part, amount in value.items()
        }

    def _worth(self, value: JsonValue) -> Mark:
        given, key = self._split(value), self._split(self.answer)
        allowed = (1 + SLACK) * self.total
        if min(key.values()) < 0 or not (1 - SLACK) * self.total <= sum(key.values()) <= allowed:
            raise ValueError("the key is not a split of the total")
        if not any(given.values()):
            return Mark(share=0, reason=_("Pas de réponse."))
        if min(given.values()) < 0:
            return Mark(share=0, reason=_("Une part ne peut pas être négative."))
        if sum(given.values()) > allowed:
            return Mark(
                share=0,
                reason=_("La répartition dépasse le total de {total}.").format(
                    total=self.amount(self.total)
                ),
            )
        share = self._share(given, key)
        full = share >= NEAR_ENOUGH
        return Mark(
            share=1 if full else max(0.0, share),
            reason=_because(
                self._gain(share),
                *(() if full else self._astray(given, key)),
                "" if full else self.why,
            ),
        )

    def _share(self, given: Split, key: Split) -> float:
        naive = dict.fromkeys(self.parts, 0.0) | self.naive if self.naive else self._equal()
        worth = [
            self._result(split) if self.returns else -self._distance(split, key)
            for split in (given, naive, key)
        ]
        if worth[2] - worth[1] <= 1e-9 * abs(worth[2]):  # there is nothing to gain
            return float(self._distance(given, key) <= 1 - NEAR_ENOUGH)
        return (worth[0] - worth[1]) / (worth[2] - worth[1])

    def _equal(self) -> Split:
        return dict.fromkeys(self.parts, self.total / len(self.parts))

    def _distance(self, split: Split, key: Split) -> float:
        """The share of the total to move, from 0 to 1, to go from one split to the other."""
        unshared = abs(sum(split.values()) - sum(key.values()))
        moved = unshared + sum(abs(split[part] - key[part]) for part in self.parts)
        return moved / (2 * self.total)

    def _result(self, split: Split) -> float:
        return sum(interpolated(self.returns[part], amount) for part, amount in split.items())

    def _gain(self, share: float) -> str:
        against = _("la répartition de référence") if self.naive else _("des parts égales")
        if self.returns:
            if share <= 0:
                told = _("Cette répartition ne rapporte pas plus que {against}.")
            elif share >= 1:
                told = _("Cette répartition obtient tout le gain possible par rapport à {against}.")
            else:
                told = _(
                    "Cette répartition obtient {share} du gain possible par rapport à {against}."
                )
        elif share <= 0:
            told = _("Cette répartition n’est pas plus près de la meilleure que {against}.")
        elif share >= 1:
            told = _("C’est la meilleure répartition.")
        else:
            told = _("Cette répartition fait {share} du chemin entre {against} et la meilleure.")
        # Rounded down: what is not yet everything never reads as 100 %.
        return told.format(share=percent(math.floor(share * 100) / 100, 0), against=against)

    def _astray(self, given: Split, key: Split) -> list[str]:
        """Where there is too much and too little, and what was left unshared."""
        gaps = {
            part: round((given[part] - key[part]) / self.step) * self.step for part in self.parts
        }
        worth_saying = TELLING_GAP * self.total
        over = [
            f"«\u00a0{self.parts[part]}\u00a0» (+{self.amount(gap)})"
            for part, gap in gaps.items()
            if gap > worth_saying
        ]
        under = [
            f"«\u00a0{self.parts[part]}\u00a0» (−{self.amount(-gap)})"
            for part, gap in gaps.items()
            if gap < -worth_saying
        ]
        left = self.total - sum(given.values())
        return [
            _("Trop\u00a0: {parts}.").format(parts=listed(over)) if over else "",
            _("Pas assez\u00a0: {parts}.").format(parts=listed(under)) if under else "",
            _("Non réparti\u00a0: {left}.").format(left=self.amount(left))
            if left > SLACK * self.total
            else "",
        ]


class _FormField(BaseModel):
    """A field of a form. Its value is the text typed in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9_-]{1,40}$")
    label: str = Field(min_length=1)
    optional: bool = False
    """Whether the form is complete without it."""

    criteria: ClassVar[set[str]] = set()
    """What of an :class:`Expected` it can be held to."""
    bound: ClassVar[type] = float

    def check(self, typed: JsonValue) -> str | None:
        """``None`` when what is typed can be read, else a sentence saying why not."""
        raise NotImplementedError

    def describe(self, typed: JsonValue) -> str:
        """What is typed, as it is read."""
        raise NotImplementedError

    def meets(self, typed: JsonValue, expected: Expected) -> bool:
        """Whether what is typed is what is expected."""
        raise NotImplementedError


class TextField(_FormField):
    """A sentence or two."""

    kind: Literal["text"] = "text"
    criteria: ClassVar[set[str]] = {"words"}
    min_words: int = Field(default=1, ge=1)
    rows: int = Field(default=1, ge=1, le=12)

    def check(self, typed: JsonValue) -> str | None:
        words = len(_text(typed).split())
        if words < self.min_words:
            return ngettext(
                "{words} mot pour l’instant\u00a0; visez-en au moins {least}.",
                "{words} mots pour l’instant\u00a0; visez-en au moins {least}.",
                words,
            ).format(words=words, least=self.min_words)
        return None

    def describe(self, typed: JsonValue) -> str:
        return _text(typed)

    def meets(self, typed: JsonValue, expected: Expected) -> bool:
        return len(_text(typed).split()) >= (expected.words or 1)


class NumberField(_FormField):
    """A number, in ``unit``."""

    kind: Literal["number"] = "number"
    criteria: ClassVar[set[str]] = {"value", "least", "most"}
    unit: str = ""

    def check(self, typed: JsonValue) -> str | None:
        try:
            parse_number(typed, self.unit)
        except (TypeError, ValueError):
            return _(
                "«\u00a0{typed}\u00a0» n’est pas lu comme un nombre. Écrivez par exemple {example}."
            ).format(typed=_cut(typed), example=self.describe(1234.5))
        return None

    def describe(self, typed: JsonValue) -> str:
        parsed = parse_number(typed, self.unit)
        return f"{number(parsed, 2 if abs(parsed) >= 1 else 6)}\u00a0{self.unit}".strip()

    def meets(self, typed: JsonValue, expected: Expected) -> bool:
        parsed, slack = parse_number(typed, self.unit), 1e-9
        if expected.value is not None:
            slack = max(abs(expected.value) * expected.tolerance, 1e-12)
            return math.isclose(parsed, expected.value, rel_tol=0, abs_tol=slack)
        low = -math.inf if expected.least is None else cast(float, expected.least)
        high = math.inf if expected.most is None else cast(float, expected.most)
        return low - abs(low) * slack <= parsed <= high + abs(high) * slack


class DateField(_FormField):
    """A day, typed as 31/12/2026 or 2026-12-31."""

    kind: Literal["date"] = "date"
    criteria: ClassVar[set[str]] = {"least", "most"}
    bound: ClassVar[type] = date

    def check(self, typed: JsonValue) -> str | None:
        try:
            parse_date(typed)
        except (TypeError, ValueError):
            return _(
                "«\u00a0{typed}\u00a0» n’est pas lu comme une date. Écrivez par exemple 31/12/2026."
            ).format(typed=_cut(typed))
        return None

    def describe(self, typed: JsonValue) -> str:
        return f"{parse_date(typed):%d/%m/%Y}"

    def meets(self, typed: JsonValue, expected: Expected) -> bool:
        low = date.min if expected.least is None else cast(date, expected.least)
        high = date.max if expected.most is None else cast(date, expected.most)
        return low <= parse_date(typed) <= high


class ChoiceField(_FormField):
    """One option among several. Its value is the option's id."""

    kind: Literal["choice"] = "choice"
    criteria: ClassVar[set[str]] = {"among"}
    options: dict[str, str] = Field(min_length=2)

    def check(self, typed: JsonValue) -> str | None:
        return None if typed in list(self.options) else _("Choisissez une réponse.")

    def describe(self, typed: JsonValue) -> str:
        return self.options[_text(typed)]

    def meets(self, typed: JsonValue, expected: Expected) -> bool:
        if _text(typed) not in self.options:
            raise ValueError("unknown option")
        return typed in (expected.among or ())


FormField = Annotated[
    TextField | NumberField | DateField | ChoiceField, Field(discriminator="kind")
]


class Expected(BaseModel):
    """What is expected of a field of a form, and ``why``, for a learner who missed it.

    A number: ``value`` within ``tolerance`` (a share of it), or from ``least`` to ``most``. A date:
    from ``least`` to ``most``. A choice: ``among`` options. A text: at least so many ``words``.
    With none of these, a person reads the field. ``weight`` is relative to the other fields'.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    why: str = ""
    weight: float = Field(default=1, gt=0, le=100)
    value: float | None = Field(default=None, gt=-LARGEST, lt=LARGEST)
    tolerance: float = Field(default=0.01, gt=0, lt=0.5)
    least: float | date | None = None
    most: float | date | None = None
    among: list[str] | None = None
    words: int | None = Field(default=None, ge=1)

    def criteria(self) -> set[str]:
        """The names of what can be checked."""
        named = ("value", "least", "most", "among", "words")
        return {name for name in named if getattr(self, name) is not None}


class Form(BaseQuestion):
    """A short form. Value: ``{field id: what is typed in it}``, without the empty fields.

    Share: the weights of the fields that meet what is expected of them, over the weights of all.
    A field of which nothing is expected is left to a person, unless it is optional: it then
    counts for nothing. As long as a person has a field to read, and where one cannot be read,
    the share is provisional: that field has earned nothing yet.
    """

    kind: Literal["form"] = "form"
    fields: list[FormField] = Field(min_length=1)
    expects: dict[str, Expected] = {}
    """For each field, what is expected of it; fields not named are left to a person."""
    rubric: list[str] = []
    """What the person who grades looks for, one line a criterion with its points."""

    @field_validator("fields")
    @classmethod
    def _distinct(cls, fields: list[FormField]) -> list[FormField]:
        if len({field.id for field in fields}) < len(fields):
            raise ValueError("a field's id serves twice")
        return fields

    @field_validator("expects")
    @classmethod
    def _fits(cls, expects: dict[str, Expected], info: ValidationInfo) -> dict[str, Expected]:
        fields = {field.id: field for field in info.data.get("fields", [])}
        for name, expected in expects.items():
            if name not in fields:
                raise ValueError(f"no field is called {name!r}")
            field = fields[name]
            if odd := expected.criteria() - field.criteria:
                raise ValueError(f"{name!r} cannot be held to: {', '.join(sorted(odd))}")
            bounds = [b for b in (expected.least, expected.most) if b is not None]
            if not all(isinstance(bound, field.bound) for bound in bounds):
                raise ValueError(f"{name!r} is bounded by what it is not")
        return expects

    def check(self, value: JsonValue) -> str | None:
        typed = _filled(value)
        missing = [f.label for f in self.fields if f.id not in typed and not f.optional]
        if not typed:
            return _("À remplir\u00a0: {fields}.").format(fields=_quoted(missing))
        told = [
            _("«\u00a0{field}\u00a0»\u00a0: {why}").format(field=field.label, why=why)
            for field in self.fields
            if field.id in typed and (why := _unread(field, typed[field.id]))
        ]
        if missing:
            told.append(_("Reste à remplir\u00a0: {fields}.").format(fields=_quoted(missing)))
        return "\n".join(told) or None

    def describe(self, value: JsonValue) -> str:
        typed = self._typed(value)
        return "\n".join(
            f"{field.label}\u00a0: "
            + (
                str(typed[field.id])
                if _unread(field, typed[field.id])
                else field.describe(typed[field.id])
            )
            for field in self.fields
            if field.id in typed
        )

    def _typed(self, value: JsonValue) -> dict[str, JsonValue]:
        if not isinstance(value, dict):
            raise TypeError("a mapping is expected")
        if not value.keys() <= {field.id for field in self.fields}:
            raise ValueError("unknown field")
        return _filled(value)

    def _verdicts(self, typed: Mapping[str, JsonValue]) -> list[tuple[FormField, Expected, str]]:
        """Each field that counts, what is expected of it, and what it is found to be."""
        found = []
        for field in self.fields:
            expected = self.expects.get(field.id)
            if expected or not field.optional:
                expected = expected or Expected()
                found.append((field, expected, _verdict(field, expected, typed.get(field.id))))
        return found

    def _worth(self, value: JsonValue) -> Mark:
        typed = self._typed(value)
        if not self._typed(self.answer):
            raise ValueError("no key")
        if not typed:
            return Mark(share=0, reason=_("Pas de réponse."))
        verdicts = self._verdicts(typed)
        right = [field.label for field, _expected, found in verdicts if found == RIGHT]
        by_hand = [field.label for field, _expected, found in verdicts if found == BY_HAND]
        told = [_("Juste\u00a0: {fields}.").format(fields=_quoted(right))] if right else []
        told += [
            _("«\u00a0{field}\u00a0»\u00a0: {why}").format(
                field=field.label,
                why={
                    EMPTY: _("non rempli."),
                    ODD: _("illisible\u00a0; votre formateur regardera."),
                    WRONG: expected.why or _("ce n’est pas ce qui est attendu."),
                }[found],
            )
            for field, expected, found in verdicts
            if found not in {RIGHT, BY_HAND}
        ]
        if by_hand:
            told.append(
                _("Lu et noté par votre formateur\u00a0: {fields}.").format(fields=_quoted(by_hand))
            )
        all_weights = sum(expected.weight for _field, expected, _found in verdicts)
        earned = sum(expected.weight for _field, expected, found in verdicts if found == RIGHT)
        return Mark(
            share=1 if len(right) == len(verdicts) else earned / all_weights,
            reason="\n".join(told),
            review=any(found in {BY_HAND, ODD} for _field, _expected, found in verdicts),
        )

    def sound(self) -> bool:
        typed = _filled(self.answer)
        return bool(typed) and all(
            found in {RIGHT, BY_HAND} for _field, _expected, found in self._verdicts(typed)
        )


RIGHT, WRONG, EMPTY, ODD, BY_HAND = "right", "wrong", "empty", "odd", "by hand"


def _verdict(field: FormField, expected: Expected, typed: JsonValue) -> str:
    if typed is None:
        return EMPTY
    try:
        if not expected.criteria():
            field.describe(typed)
            return BY_HAND
        return RIGHT if field.meets(typed, expected) else WRONG
    except (TypeError, ValueError, KeyError):
        return ODD


def _filled(value: JsonValue) -> dict[str, JsonValue]:
    """The fields that are not empty."""
    return {
        name: typed
        for name, typed in (value.items() if isinstance(value, dict) else ())
        if typed is not None and not (isinstance(typed, str) and not typed.strip())
    }


def _unread(field: _FormField, typed: JsonValue) -> str | None:
    try:
        return field.check(typed)
    except (TypeError, ValueError):
        return _("ce n’est pas lisible.")


def _cut(typed: JsonValue) -> str:
    return typed[:40] if isinstance(typed, str) else "…"


def _quoted(labels: Sequence[str]) -> str:
    return ", ".join(f"«\u00a0{label}\u00a0»" for label in labels)


class FreeText(BaseQuestion):
    """A text read and graded by a person. Value: the text."""

    kind: Literal["text"] = "text"
    min_words: int = Field(default=1, ge=1)
    rubric: list[str] = []
    """What the person who grades looks for, one line a criterion with its points."""

    def check(self, value: JsonValue) -> str | None:
        words = len(value.split()) if isinstance(value, str) else 0
        if words == 0:
            return _("Écrivez votre réponse.")
        if words < self.min_words:
            return ngettext(
                "{words} mot pour l’instant\u00a0; visez-en au moins {least}.",
                "{words} mots pour l’instant\u00a0; visez-en au moins {least}.",
                words,
            ).format(words=words, least=self.min_words)
        return None

    def describe(self, value: JsonValue) -> str:
        return _text(value)

    def _worth(self, value: JsonValue) -> Mark:
        if not _text(value).strip():
            return Mark(share=0, reason=_("Pas de réponse."))
        return Mark(
            share=0, reason=_("Cette réponse est lue et notée par votre formateur."), review=True
        )

    def sound(self) -> bool:
        return isinstance(self.answer, str) and bool(self.answer.strip())


class Case(BaseModel):
    """One call of the learner's function: its arguments, and what the case is about.

    ``expects`` is shown to the learner: give it for an example, never for a hidden case.
    """

    model_config = ConfigDict(frozen=True)

    arguments: list[JsonValue]
    expects: JsonValue = None
    about: str = ""


class Code(BaseQuestion):
    """A function the learner writes. Value: what it returned for each case, visible ones first.

    ``answer`` holds what the source notebook's function returned: hidden cases and right
    results are known to the grader only, and the comparison is made in the grader's process.
    A result is a number, a text, a boolean, a list or ``None``; a call that failed is
    ``{"error": "…"}``.
    """

    kind: Literal["code"] = "code"
    examples: list[Case] = Field(min_length=1)
    hidden: list[Case] = []

    def check(self, value: JsonValue) -> str | None:
        results = value if isinstance(value, list) else []
        if not results or results[0] is None:
            return _("Écrivez votre fonction dans la cellule au-dessus, puis testez-la.")
        failed = [r["error"] for r in results if isinstance(r, dict) and "error" in r]
        if failed:
            return _("Votre fonction s’arrête sur une erreur\u00a0: {error}").format(
                error=failed[0]
            )
        return None

    def describe(self, value: JsonValue) -> str:
        results = value if isinstance(value, list) else []
        return "\u00a0; ".join(
            f"({', '.join(shown(a) for a in case.arguments)}) → {shown(result)}"
            for case, result in zip(self.examples, results, strict=False)
        )

    def _worth(self, value: JsonValue) -> Mark:
        if not isinstance(value, list) or not isinstance(self.answer, list):
            raise TypeError("a list is expected")
        cases = self.examples + self.hidden
        if len(self.answer) != len(cases):
            raise ValueError("no key")
        right = [same(given, key) for given, key in zip(value, self.answer, strict=False)]
        right += [False] * (len(cases) - len(right))  # a result that is missing is not ``None``
        shown = len(self.examples)
        missed = [c.about for c, ok in zip(cases, right, strict=True) if not ok and c.about]
        if all(right):
            return Mark(share=1, reason=_("Tous les cas donnent le bon résultat."))
        return Mark(
            share=sum(right) / len(right),
            reason=_because(
                _(
                    "Exemples donnés\u00a0: {seen} sur {examples}. Autres cas\u00a0: "
                    "{others} sur {hidden}."
                ).format(
                    seen=sum(right[:shown]),
                    examples=shown,
                    others=sum(right[shown:]),
                    hidden=len(self.hidden),
                ),
                _("À revoir\u00a0: {cases}.").format(cases=", ".join(missed)) if missed else "",
            ),
        )


def shown(value: JsonValue) -> str:
    """A function's argument or result, in words."""
    if isinstance(value, bool):
        return _("vrai") if value else _("faux")
    if isinstance(value, int | float):
        return number(value, 4) if abs(value) < LARGEST else _("un nombre démesuré")
    if isinstance(value, dict):
        error = str(value.get("error"))
        # A name that does not exist is told in French, with that name: see `views.questions`.
        return error_said("NameError" if error.startswith("«") else error.partition(":")[0])
    return _("rien") if value is None else str(value)


def error_said(name: str) -> str:
    """An error of a learner's code, in words, by the name of its class."""
    # Known names only: the code of a copy makes others, and could tell in them a hidden case.
    why = {
        "SyntaxError": _("une ponctuation manque ou est de trop, souvent en fin de ligne"),
        "IndentationError": _("des lignes ne sont pas décalées comme il faut"),
        "NameError": _("un nom est mal écrit, ou n’existe pas"),
        "ModuleNotFoundError": _("module absent"),
        "MemoryError": _("mémoire dépassée"),
        "OSError": _("fichier ou réseau inaccessible"),
        "FileNotFoundError": _("fichier absent"),
        "PermissionError": _("fichier interdit"),
        "URLError": _("réseau inaccessible"),
        "ZeroDivisionError": _("division par zéro"),
        "RecursionError": _("appels sans fin"),
    }.get(name)
    return _("erreur ({why})").format(why=why) if why else _("erreur")


def same(given: JsonValue, key: JsonValue) -> bool:
    """Whether a result is the one expected; numbers within rounding."""
    if isinstance(given, bool) or isinstance(key, bool):
        return given is key
    if isinstance(given, int | float) and isinstance(key, int | float):
        return abs(given) < LARGEST and math.isclose(given, key, rel_tol=1e-6, abs_tol=1e-9)
    if isinstance(given, list) and isinstance(key, list):
        return len(given) == len(key) and all(map(same, given, key))
    return type(given) is type(key) and given == key


class Plan(BaseQuestion):
    """A whole strategy, read and graded by a person.

    Value: ``{"day": the day it was handed in, as ISO writes it, "strategy": the object that
    ``Strategy.to_json`` writes}``. The day is that of the review told beside it.
    """

    kind: Literal["strategy"] = "strategy"
    rubric: list[str] = []
    """What the person who grades looks for, one line a criterion with its points."""

    def read(self, value: JsonValue) -> tuple[Strategy, date]:
        """The strategy of an answer, and the day it was handed in.

        Raises:
            TypeError, ValueError: it has not the form of an answer.
            MetricError: what it holds is not a strategy; says why (a ValueError too).
        """
        # Here, so that the other questions load neither numpy nor pandas.
        from cinqcles.strategy import Strategy  # noqa: PLC0415

        if not isinstance(value, dict) or set(value) != {"day", "strategy"}:
            raise TypeError("a day and a strategy are expected")
        return Strategy.from_json(json.dumps(value["strategy"])), parse_date(value["day"])

    def check(self, value: JsonValue) -> str | None:
        try:
            strategy, day = self.read(value)
        except MetricError as error:
            return str(error)
        except (TypeError, ValueError):
            return _("Remettez votre stratégie.")
        found = strategy.review(day)
        # A draft is accepted: what is left to mend is told, and weighed by the person who grades.
        return str(found[0]) if [each.code for each in found] == ["empty"] else None

    def describe(self, value: JsonValue) -> str:
        from cinqcles.strategy import tell  # noqa: PLC0415

        strategy, day = self.read(value)
        found = strategy.review(day)
        told = _("Remise le {day}. {told}").format(day=f"{day:%d/%m/%Y}", told=tell(found))
        return "\n".join([strategy.outline(), told, *(f"• {each}" for each in found)])

    def sound(self) -> bool:
        return self.answer is not None and self.check(self.answer) is None

    def _worth(self, value: JsonValue) -> Mark:
        self.read(value)
        return Mark(
            share=0, reason=_("Cette stratégie est lue et notée par votre formateur."), review=True
        )


Question = Annotated[
    Choice
    | Multiple
    | Number
    | Ranking
    | Classification
    | Allocation
    | Form
    | FreeText
    | Code
    | Plan,
    Field(discriminator="kind"),
]

_reference: TypeAdapter[list[Question]] = TypeAdapter(list[Question])


def dump_reference(questions: Sequence[BaseQuestion]) -> str:
    """Questions with their keys, as JSON: for the grader only."""
    return _reference.dump_json(cast(list[Question], list(questions))).decode()


def load_reference(text: str | bytes) -> dict[str, BaseQuestion]:
    """What :func:`dump_reference` wrote, by question id."""
    return {question.id: question for question in _reference.validate_json(text)}


_SPACES = re.compile(r"[\s\u00a0\u202f'’_]")
_SPELT_OUT = {"€": ("euros", "euro"), "%": ("pourcents", "pourcent")}
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)")


def parse_number(value: JsonValue, unit: str = "") -> float:
    """The number a person wrote, the French way or the English one.

    Spaces and apostrophes between thousands are passed over; a comma or a dot is the decimal
    sign, and where both are there the last one is. The unit may be written or not, in the plural
    or the singular; € and % in words too.

    Raises:
        TypeError: it is neither a number nor a text.
        ValueError: it is not one finite number, below :data:`LARGEST`.

    >>> parse_number("1 234,56 €", "€")
    1234.56
    >>> parse_number("−0.5")
    -0.5
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError("a number is expected")
    if isinstance(value, str):
        value = _parsed(value, unit)
    if not abs(value) < LARGEST:  # so neither is NaN
        raise ValueError("not a finite number")
    return float(value)


def parse_quantity(value: JsonValue) -> float:
    """A number where the unit is asked for elsewhere: €, % or h may be written with it.

    Raises:
        TypeError, ValueError: as :func:`parse_number`, whichever of the units is taken.

    >>> parse_quantity("6 000 €"), parse_quantity("42 %")
    (6000.0, 42.0)
    """
    for unit in ("€", "%"):
        with suppress(ValueError):
            return parse_number(value, unit)
    return parse_number(value, "h")


def _parsed(typed: str, unit: str) -> float:
    text = _SPACES.sub("", typed.replace("−", "-").replace("–", "-")).casefold()
    name = _SPACES.sub("", unit).casefold()
    forms = (name, *_SPELT_OUT.get(name, ()), name.removesuffix("s"))
    text = text.removesuffix(next(filter(text.endswith, forms), ""))
    if "." in text and "," in text:
        thousands = "." if text.rindex(",") > text.rindex(".") else ","
        text = text.replace(thousands, "")
    if len(text) > 40 or not _NUMBER.fullmatch(text):  # noqa: PLR2004 - longer is no quantity
        raise ValueError("not a number")
    return float(text.replace(",", "."))


_FRENCH_DATE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_WORDED_DATE = re.compile(r"(?:le\s+)?([0-9]{1,2})(?:er)?\s+([^\W\d_]{3,12})\.?\s+([0-9]{4})")


def parse_date(value: JsonValue) -> date:
    """The day a person wrote: the French way, in figures or in words, or the ISO one.

    Raises:
        TypeError: it is not a text.
        ValueError: it is not one day of the calendar, its year in full.

    >>> parse_date("31/12/2026") == parse_date("2026-12-31") == parse_date("31 décembre 2026")
    True
    """
    typed = _text(value).strip().casefold()
    if found := _FRENCH_DATE.fullmatch(typed):
        day, month, year = map(int, found.groups())
    elif found := _ISO_DATE.fullmatch(typed):
        year, month, day = map(int, found.groups())
    elif found := _WORDED_DATE.fullmatch(typed):
        day, month, year = int(found[1]), month_named(found[2]), int(found[3])
    else:
        raise ValueError("not a date")
    return date(year, month, day)


def interpolated(points: Sequence[tuple[float, float]], x: float) -> float:
    """Straight lines between points whose x grow; flat before the first and after the last.

    >>> interpolated([(0, 0), (100, 50)], 40), interpolated([(0, 0), (100, 50)], 300)
    (20.0, 50)
    """
    place = bisect_left(points, x, key=lambda point: point[0])
    if place in (0, len(points)):
        return points[min(place, len(points) - 1)][1]
    (x0, y0), (x1, y1) = points[place - 1], points[place]
    return y0 + (y1 - y0) * ((x - x0) / (x1 - x0))


def listed(words: Sequence[str]) -> str:
    """Words one after the other, the French way.

    >>> listed(["2", "5", "8"])
    '2, 5 et 8'
    """
    if len(words) < 2:  # noqa: PLR2004 - there is nothing to join
        return "".join(words)
    return _("{first} et {last}").format(first=", ".join(words[:-1]), last=words[-1])
