"""The strategy a learner writes across the five keys, and what a careful reader says of it.

Idea
----
A strategy is filled in piece by piece, lesson after lesson: it must be saved, resumed and shown
long before it is finished. So ``Strategy`` holds any *draft*: every field may be empty, names may
point nowhere, sums may be wrong. What it refuses is only what is not a strategy at all: another
type, an unknown field, a negative amount. ``Strategy.review`` then reads the draft as a trainer
would, and says what is missing or contradicts itself, each time with how to mend it:

====  =================  ===========================================================
Key   Sections           What is looked for
====  =================  ===========================================================
1     objectives,        objectives that can be checked, indicators that serve them
      indicators
2     teams, routes      one accountable team a subject, nobody left without an answer
3     tools              no tool without an objective
4     audiences,         channels that serve an objective and reach somebody, with enough
      channels, budget   money each, within the budget
5     measurements       no objective resting on appearances; who reads which figure, when
====  =================  ===========================================================

The checks of keys 1 and 2 are those of ``cinqcles.keys.purpose`` and ``cinqcles.keys.coherence``.

Example
-------
A small strategy with nothing left to mend:

>>> from datetime import date
>>> small = Strategy(
...     company="Maison Liseron",
...     objectives=[ObjectiveDraft(
...         name="Réponses", statement="Répondre à nos clients dans la journée",
...         indicator="Réponses en 24 h", baseline=55, target=85, unit="%",
...         start="2026-01-05", deadline="2026-12-31", owner="Service client")],
...     indicators=[
...         Indicator(name="Messages triés", level="activity", feeds=["Réponses en 24 h"]),
...         Indicator(name="Réponses en 24 h", level="outcome")],
...     audiences=[Audience(name="Clientes", description="Ont commandé depuis un an")],
...     teams=[Team(name="Service client", agents=3, skills=["livraison"])],
...     routes=[Route(
...         subject="livraison", accountable=["Service client"], responsible=["Service client"])],
...     tools=[Tool(name="Messagerie partagée", objectives=["Réponses"])],
...     channels=[Channel(
...         name="Instagram", audiences=["Clientes"], objectives=["Réponses"],
...         opened_by="Service client", spend_eur=4000, minimum_viable_eur=1500)],
...     budget_eur=5000,
...     measurements=[Measurement(
...         indicator="Réponses en 24 h", source="Messagerie partagée",
...         frequency="chaque semaine", owner="Service client")],
... )
>>> small.review(today=date(2026, 1, 10))
()
>>> for finding in small.replace(budget_eur=3000, tools=[Tool(name="Chatbot")]).review(
...     today=date(2027, 1, 10)
... ):
...     print(finding.key, finding.severity, finding.code)
1 blocking deadline_passed
3 blocking tool_without_objective
4 blocking over_budget
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from cinqcles.errors import MetricError
from cinqcles.keys.coherence import Route, RoutingTable, Team
from cinqcles.keys.purpose import (
    Day,
    Form,
    FormError,
    Indicator,
    IndicatorTree,
    Level,
    Lines,
    Name,
    Names,
    Number,
    Objective,
    Problem,
    Text,
    continued,
    suggestion,
)
from cinqcles.messages import _, euros, ngettext, number

FORMAT = "cinqcles-strategy"
VERSION = 1
LARGEST_FILE = 500_000
"""In bytes: some fifty pages of text."""

KEYS = {
    1: _("Pourquoi"),
    2: _("Cohérence"),
    3: _("Pas de mode"),
    4: _("Au bon endroit"),
    5: _("Au-delà des apparences"),
}
"""The five principles, by number: their names on screen."""

_SHOWN_PROBLEMS = 5


def _not_negative(value: float | None) -> float | None:
    if value is not None and value < 0:
        raise PydanticCustomError(
            "negative",
            _("Un montant ne peut pas être négatif (reçu : {value})."),
            {"value": number(value)},
        )
    return value


Severity = Literal["blocking", "advice"]
Euros = Annotated[Number, AfterValidator(_not_negative)]


class ObjectiveDraft(Form):
    """An objective being written: the fields of ``purpose.Objective``, any of which may wait.

    Attributes
    ----------
    name, statement, indicator, unit, owner : str, empty while not written
    baseline, target : float or None, in ``unit``
    start, deadline : date or None

    Raises
    ------
    FormError
        (a MetricError) If a value is of another type. What is missing is ``review``'s business.
    """

    name: Name = Field(default="", title=_("Nom court"))
    statement: Text = Field(default="", title=_("Énoncé"))
    indicator: Name = Field(default="", title=_("Indicateur"))
    baseline: Number = Field(default=None, title=_("Valeur de départ"))
    target: Number = Field(default=None, title=_("Cible"))
    unit: Name = Field(default="", title=_("Unité"))
    start: Day = Field(default=None, title=_("Début"))
    deadline: Day = Field(default=None, title=_("Échéance"))
    owner: Name = Field(default="", title=_("Responsable"))


class Audience(Form):
    """People the company wants to reach.

    Attributes
    ----------
    name : str
    description : str, what is known of them
    """

    name: Name = Field(default="", title=_("Nom"))
    description: Text = Field(default="", title=_("Description"))


class Tool(Form):
    """A tool or a format chosen: a chatbot, an editorial calendar, short videos…

    Attributes
    ----------
    name : str
    objectives : names of the objectives it serves
    reason : str, why this one
    """

    name: Name = Field(default="", title=_("Nom"))
    objectives: Names = Field(default=(), title=_("Objectifs servis"))
    reason: Text = Field(default="", title=_("Raison du choix"))


class Channel(Form):
    """A place where the company is present.

    Attributes
    ----------
    name : str
    audiences : names of the audiences reached there
    objectives : names of the objectives it serves
    opened_by : str, the team that opens its messages first; empty while nobody was named
    spend_eur : float or None, euros over the same time as the budget; 0 for a channel that costs
        nothing but time
    minimum_viable_eur : float or None, euros below which spending there is hardly felt
    reason : str, why here rather than elsewhere
    """

    name: Name = Field(default="", title=_("Nom"))
    audiences: Names = Field(default=(), title=_("Audiences visées"))
    objectives: Names = Field(default=(), title=_("Objectifs servis"))
    opened_by: Name = Field(default="", title=_("Équipe qui ouvre les messages"))
    spend_eur: Euros = Field(default=None, title=_("Dépense (€)"))
    minimum_viable_eur: Euros = Field(default=None, title=_("Minimum viable (€)"))
    reason: Text = Field(default="", title=_("Raison du choix"))


class Measurement(Form):
    """A line of the measurement plan: who reads which figure, where and how often.

    Attributes
    ----------
    indicator : name of the indicator
    source : str, the export, the table or the tool where the figure is read
    frequency : str, "chaque semaine", "le 1er du mois"…
    owner : str, who reads it
    """

    indicator: Name = Field(default="", title=_("Indicateur"))
    source: Text = Field(default="", title=_("Source"))
    frequency: Name = Field(default="", title=_("Fréquence"))
    owner: Name = Field(default="", title=_("Qui relève le chiffre"))


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a careful reader would point out in a strategy.

    Attributes
    ----------
    code : str, what kind of finding it is: stable, for programs
    key : int, from 1 to 5, the principle at stake
    section : str, the field of ``Strategy`` to mend
    where : str, the name of the line there, "n° 2" if it has none, "" for the whole section
    severity : "blocking": the strategy cannot be handed in like this, or "advice": it can
    what : str, what is wrong, a sentence in the reader's language
    mend : str, how to mend it, another one
    """

    code: str
    key: int
    section: str
    where: str
    severity: Severity
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.what} {self.mend}"


def tell(findings: Iterable[Finding]) -> str:
    """How many findings there are of each severity, in a sentence.

    >>> tell(Strategy().review(today=date(2026, 1, 10)))
    'La relecture trouve 1 point à régler.'
    """
    severities = Counter(each.severity for each in findings)
    blocking, advice = severities["blocking"], severities["advice"]
    told = []
    if blocking:
        told.append(
            ngettext("{n} point à régler", "{n} points à régler", blocking).format(n=blocking)
        )
    if advice:
        told.append(ngettext("{n} conseil", "{n} conseils", advice).format(n=advice))
    if not told:
        return _("La relecture ne trouve rien à redire : tout se tient.")
    return _("La relecture trouve {what}.").format(what=_(" et ").join(told))


# What does not prevent from handing in.
_ADVICE = {
    "no_objective", "idle_team", "duplicate_role", "responsible_without_skill",
    "channel_without_minimum",
}  # fmt: skip
_ABOUT_TEAMS = {"duplicate_team", "never_open", "idle_team"}

# The findings of this module by code: key, section, what is wrong and how to mend it.
_SAID: dict[str, tuple[int, str, str, str]] = {
    "empty": (
        1, "objectives",
        _("Votre stratégie est encore vide."),
        _("Commencez par un objectif : que voulez-vous changer, et pour qui ?"),
    ),
    "no_company": (
        1, "company",
        _("La stratégie ne dit pas de quelle entreprise il s’agit."),
        _("Écrivez son nom."),
    ),
    "objective_missing": (
        1, "objectives",
        _("La stratégie n’a pas d’objectif : rien ne dit pourquoi vous êtes présents."),
        _("Écrivez-en au moins un, avant de choisir des outils et des canaux."),
    ),
    "objective_to_complete": (
        1, "objectives",
        _("Objectif {where} : tout reste à compléter."),
        _(
            "Écrivez ce qui doit changer, l’indicateur et son unité, sa valeur de départ et sa "
            "cible, l’échéance et le responsable ; ou retirez cette ligne."
        ),
    ),
    "duplicate_objective": (
        1, "objectives",
        _("L’objectif {where} figure plusieurs fois."),
        _("Réunissez ces lignes, ou donnez-leur des noms différents."),
    ),
    "deadline_passed": (
        1, "objectives",
        _("Objectif {where} : l’échéance ({day}) est passée."),
        _("Faites le bilan de cet objectif, puis fixez une nouvelle échéance."),
    ),
    "team_missing": (
        2, "teams",
        _("Aucune équipe n’est décrite : personne ne peut répondre."),
        _("Décrivez les équipes qui répondront, même si l’une n’est qu’une seule personne."),
    ),
    "subject_missing": (
        2, "routes",
        _("Aucun sujet n’est réparti : on ne sait pas qui répond à quoi."),
        _(
            "Listez les sujets dont votre public vous parle, et donnez à chacun une équipe garante "
            "et une équipe qui répond."
        ),
    ),
    "tool_without_name": (
        3, "tools",
        _("L’outil {where} n’a pas de nom."),
        _("Nommez-le, ou retirez cette ligne."),
    ),
    "duplicate_tool": (
        3, "tools",
        _("L’outil {where} figure plusieurs fois."),
        _("Réunissez ces lignes, ou donnez-leur des noms différents."),
    ),
    "tool_without_objective": (
        3, "tools",
        _("L’outil {where} ne sert aucun objectif : la mode n’est pas une raison d’investir."),
        _("Dites quel objectif il sert, ou laissez-le de côté."),
    ),
    "tool_unknown_objective": (
        3, "tools",
        _("L’outil {where} sert l’objectif « {name} », que la stratégie n’a pas{hint}."),
        _("Écrivez cet objectif, ou corrigez son nom."),
    ),
    "audience_missing": (
        4, "audiences",
        _("La stratégie ne dit pas à qui elle s’adresse."),
        _("Décrivez au moins une audience : c’est d’après elle que se choisissent les canaux."),
    ),
    "audience_without_name": (
        4, "audiences",
        _("L’audience {where} n’a pas de nom."),
        _("Nommez-la, ou retirez cette ligne."),
    ),
    "duplicate_audience": (
        4, "audiences",
        _("L’audience {where} figure plusieurs fois."),
        _("Réunissez ces lignes, ou donnez-leur des noms différents."),
    ),
    "audience_without_channel": (
        4, "audiences",
        _("Aucun canal ne vise l’audience {where}."),
        _("Dites sur quel canal vous la trouverez, ou retirez-la."),
    ),
    "channel_missing": (
        4, "channels",
        _("Aucun canal n’est choisi."),
        _("Choisissez-en au moins un : là où sont déjà votre public et vos ventes."),
    ),
    "channel_without_name": (
        4, "channels",
        _("Le canal {where} n’a pas de nom."),
        _("Nommez-le, ou retirez cette ligne."),
    ),
    "duplicate_channel": (
        4, "channels",
        _("Le canal {where} figure plusieurs fois."),
        _("Réunissez ces lignes, ou donnez-leur des noms différents."),
    ),
    "channel_without_objective": (
        4, "channels",
        _("Le canal {where} ne sert aucun objectif : y être n’en est pas un."),
        _("Dites quel objectif il sert, ou fermez-le."),
    ),
    "channel_unknown_objective": (
        4, "channels",
        _("Le canal {where} sert l’objectif « {name} », que la stratégie n’a pas{hint}."),
        _("Écrivez cet objectif, ou corrigez son nom."),
    ),
    "channel_without_audience": (
        4, "channels",
        _("Le canal {where} ne vise aucune audience."),
        _("Dites qui vous y cherchez, ou renoncez à ce canal."),
    ),
    "channel_unknown_audience": (
        4, "channels",
        _("Le canal {where} vise l’audience « {name} », qui n’est pas décrite{hint}."),
        _("Décrivez cette audience, ou corrigez son nom."),
    ),
    "channel_without_spend": (
        4, "channels",
        _("La dépense prévue sur le canal {where} manque."),
        _("Chiffrez-la : 0 € si ce canal ne vous coûte que du temps."),
    ),
    "channel_without_minimum": (
        4, "channels",
        _("Rien ne dit à partir de quelle dépense le canal {where} produit un effet."),
        _("Estimez ce minimum : en dessous, l’argent serait mieux placé ailleurs."),
    ),
    "below_minimum": (
        4, "channels",
        _(
            "Le canal {where} reçoit {spend}, sous son minimum viable de {minimum} : cette "
            "dépense risque de ne rien produire."
        ),
        _("Montez jusqu’à ce minimum, ou renoncez à ce canal au profit d’un autre."),
    ),
    "budget_missing": (
        4, "budget_eur",
        _("Le budget n’est pas chiffré."),
        _("Écrivez le montant dont vous disposez pour tous les canaux, même s’il est de 0 €."),
    ),
    "over_budget": (
        4, "budget_eur",
        _("Vos canaux coûtent {spent} pour un budget de {budget} : c’est {over} de trop."),
        _(
            "Réduisez une dépense, ou renoncez à un canal : mieux vaut en servir un bien que "
            "plusieurs trop peu."
        ),
    ),
    "indicator_without_measurement": (
        5, "measurements",
        _("Rien ne dit comment {where} sera mesuré."),
        _("Ajoutez-le au plan de mesure : où lire le chiffre, quand, et qui le relève."),
    ),
    "measurement_without_indicator": (
        5, "measurements",
        _("La ligne {where} du plan de mesure ne dit pas quel indicateur elle suit."),
        _("Choisissez-en un, ou retirez cette ligne."),
    ),
    "measurement_unknown_indicator": (
        5, "measurements",
        _("Le plan de mesure suit {where}, qui n’est pas dans vos indicateurs{hint}."),
        _("Ajoutez cet indicateur, ou corrigez son nom."),
    ),
    "duplicate_measurement": (
        5, "measurements",
        _("Le plan de mesure suit {where} plusieurs fois."),
        _("Gardez une seule ligne, pour qu’il n’y ait qu’un chiffre qui fasse foi."),
    ),
    "measurement_without_source": (
        5, "measurements",
        _("Le plan de mesure ne dit pas où lire {where}."),
        _("Indiquez la source : un export, un tableau, un outil."),
    ),
    "measurement_without_frequency": (
        5, "measurements",
        _("Le plan de mesure ne dit pas quand relever {where}."),
        _("Indiquez une fréquence, par exemple « chaque semaine »."),
    ),
    "measurement_without_owner": (
        5, "measurements",
        _("Le plan de mesure ne dit pas qui relève {where}."),
        _("Nommez une personne ou une équipe."),
    ),
}  # fmt: skip


def _found(code: str, where: str = "", **details: str) -> Finding:
    key, section, what, mend = _SAID[code]
    severity: Severity = "advice" if code in _ADVICE else "blocking"
    what = what.format(where=_quoted(where), **details)
    return Finding(code, key, section, where, severity, what, mend)


def _quoted(where: str) -> str:
    return where if where in _PLACES else _("« {name} »").format(name=where)


_PLACES = [_("n° {n}").format(n=place) for place in range(1, 101)]


def _named(lines: Iterable[Any], field: str = "name") -> list[tuple[str, Any]]:
    """Each line with the name by which to speak of it."""
    return [
        (getattr(line, field) or place, line) for line, place in zip(lines, _PLACES, strict=False)
    ]


def _name_findings(kind: str, lines: Iterable[Any], field: str = "name") -> Iterator[Finding]:
    """The lines without a name, and the names that several lines have."""
    times = Counter(getattr(line, field) for line in lines)
    for where, line in _named(lines, field):
        if not getattr(line, field):
            yield _found(f"{kind}_without_{field}", where)
    for name, n in times.items():
        if name and n > 1:
            yield _found(f"duplicate_{kind}", name)


def _unknown(
    code: str, where: str, names: Iterable[str], known: Iterable[str]
) -> Iterator[Finding]:
    for name in dict.fromkeys(names):
        if name not in known:
            yield _found(code, where, name=name, hint=suggestion(name, known))


def _draft(value: object) -> object:
    """A finished objective is a draft too."""
    return ObjectiveDraft(**dict(value)) if isinstance(value, Objective) else value


def _part(name: str, value: object) -> object:
    """The teams or the routes of a whole routing table; anything else as it is."""
    return getattr(value, name) if isinstance(value, RoutingTable) else value


# Where the lines of a section are referred to by their names: section, field.
_REFERENCES = {
    "objectives": (("tools", "objectives"), ("channels", "objectives")),
    "indicators": (
        ("objectives", "indicator"), ("indicators", "feeds"), ("measurements", "indicator"),
    ),
    "teams": (
        ("routes", "accountable"), ("routes", "responsible"), ("routes", "consulted"),
        ("routes", "informed"), ("channels", "opened_by"),
    ),
    "routes": (("teams", "skills"),),
    "audiences": (("channels", "audiences"),),
}  # fmt: skip


def _name_of(line: Any) -> str:
    return str(line.subject if isinstance(line, Route) else line.name)


def _with_name(line: Any, field: str, old: str, new: str) -> Any:
    before = getattr(line, field)
    if isinstance(before, tuple):
        after: Any = tuple(dict.fromkeys(new if name == old else name for name in before))
    else:
        after = new if before == old else before
    return line if after == before else type(line)(**dict(line) | {field: after})


class Strategy(Form):
    """A social-media strategy, finished or not.

    Attributes
    ----------
    company : str
    author : str, who wrote it: on the cover, and nowhere else
    objectives : tuple of ObjectiveDraft; a purpose.Objective becomes one
    indicators : tuple of purpose.Indicator
    teams : tuple of coherence.Team
    routes : tuple of coherence.Route, who answers each subject. For teams and routes, a whole
        coherence.RoutingTable will do: its own are taken
    tools : tuple of Tool
    audiences : tuple of Audience
    channels : tuple of Channel
    budget_eur : float or None, euros for all channels together
    measurements : tuple of Measurement, the measurement plan

    At most 100 lines a section. Sections refer to each other by name, spelt the same.

    Raises
    ------
    FormError
        (a MetricError) If a value is of another type, an amount is negative, a text is too long or
        a field unknown. An unfinished or contradictory strategy is *not* an error: see ``review``.

    Examples
    --------
    >>> draft = Strategy(company="Maison Liseron", budget_eur=5000)
    >>> Strategy.from_json(draft.to_json()) == draft
    True
    """

    company: Name = Field(default="", title=_("Entreprise"))
    author: Name = Field(default="", title=_("Auteur"))
    objectives: Lines[Annotated[ObjectiveDraft, BeforeValidator(_draft)]] = Field(
        default=(), title=_("Objectifs")
    )
    indicators: Lines[Indicator] = Field(default=(), title=_("Indicateurs"))
    teams: Annotated[Lines[Team], BeforeValidator(partial(_part, "teams"))] = Field(
        default=(), title=_("Équipes")
    )
    routes: Annotated[Lines[Route], BeforeValidator(partial(_part, "routes"))] = Field(
        default=(), title=_("Sujets")
    )
    tools: Lines[Tool] = Field(default=(), title=_("Outils"))
    audiences: Lines[Audience] = Field(default=(), title=_("Audiences"))
    channels: Lines[Channel] = Field(default=(), title=_("Canaux"))
    budget_eur: Euros = Field(default=None, title=_("Budget (€)"))
    measurements: Lines[Measurement] = Field(default=(), title=_("Plan de mesure"))

    def replace(self, **fields: Any) -> Self:
        """The same strategy with some fields filled in anew.

        Parameters
        ----------
        **fields : values for fields of ``Strategy``

        Raises
        ------
        FormError
            As for ``Strategy``: unlike pydantic's ``model_copy``, the values are checked.

        Examples
        --------
        >>> Strategy(company="Liseron").replace(budget_eur=5000).company
        'Liseron'
        """
        return type(self)(**dict(self) | fields)

    def renamed(self, section: str, old: str, new: str) -> Self:
        """The same strategy where what referred to a line by its old name has its new one.

        Parameters
        ----------
        section : "objectives", "indicators", "teams", "routes" or "audiences"
        old, new : the names; nothing changes if one is empty, or if a line has still the old one

        Raises
        ------
        FormError
            As for ``Strategy``.

        Examples
        --------
        >>> plan = Strategy(
        ...     objectives=[ObjectiveDraft(name="Ventes")],
        ...     channels=[Channel(name="Blog", objectives=["Vente"])])
        >>> plan.renamed("objectives", "Vente", "Ventes").channels[0].objectives
        ('Ventes',)
        """
        lines = getattr(self, section)
        if not (old and new) or any(old == _name_of(line) for line in lines):
            return self
        changed: dict[str, tuple[Any, ...]] = {}
        for referring, field in _REFERENCES.get(section, ()):
            before = changed.get(referring, getattr(self, referring))
            changed[referring] = tuple(_with_name(line, field, old, new) for line in before)
        return self.replace(**changed)

    @property
    def spent_eur(self) -> float:
        """Euros planned on all channels together; a channel without a spend counts for nothing."""
        return math.fsum(channel.spend_eur or 0 for channel in self.channels)

    @property
    def left_eur(self) -> float | None:
        """Euros of the budget that no channel takes, negative beyond the budget, to the cent as
        people count; None without a budget."""
        return None if self.budget_eur is None else round(self.budget_eur - self.spent_eur, 2)

    def outline(self) -> str:
        """The strategy as plain text, a line each: what is filled in, under its title.

        Examples
        --------
        >>> plan = Strategy(company="Liseron", tools=[Tool(name="Forum", reason="Demandé")])
        >>> plan.outline().splitlines()[1]
        '— Outils —'
        """
        told = []
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if not isinstance(value, tuple):
                told += _outlined(field.title, value)
            elif value:
                told.append(f"— {field.title} —")
                for place, line in zip(_PLACES, value, strict=False):
                    # The first field is the name by which others refer to the line.
                    first, *others = type(line).model_fields.items()
                    said = "\u00a0; ".join(
                        part
                        for each, of in others
                        for part in _outlined(of.title, getattr(line, each))
                    )
                    called = f"• {getattr(line, first[0]) or place}"
                    told.append(f"{called}\u00a0– {said}" if said else called)
        return "\n".join(told)

    # ----------------------------------------------------------------------- files

    def to_json(self) -> str:
        """The strategy as JSON text, accents as they are written.

        Raises
        ------
        MetricError
            If it is larger than ``LARGEST_FILE``: it could not be read back.
        """
        content = {"format": FORMAT, "version": VERSION} | self.model_dump(mode="json")
        text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
        if len(text.encode()) > LARGEST_FILE:
            raise MetricError(
                _(
                    "Cette stratégie est trop longue pour être enregistrée (plus de {most} ko). "
                    "Raccourcissez ses textes ou ses listes."
                ).format(most=LARGEST_FILE // 1000)
            )
        return text

    @classmethod
    def from_json(cls, content: str | bytes) -> Self:
        """The strategy that ``to_json`` wrote.

        Parameters
        ----------
        content : str, or bytes in UTF-8

        Raises
        ------
        MetricError
            If it is larger than ``LARGEST_FILE``, is not JSON, is not a strategy, comes from
            another version of the course, or has values that do not fit (the first are listed).
        """
        if len(content) > LARGEST_FILE:
            raise MetricError(
                _(
                    "Ce fichier est trop gros pour être une stratégie (plus de {most} ko). "
                    "Choisissez celui que vous avez enregistré depuis votre dossier."
                ).format(most=LARGEST_FILE // 1000)
            )
        try:
            text = content.decode() if isinstance(content, bytes) else content
            data = json.loads(text.removeprefix("\ufeff"))  # put there by some text editors
        except (ValueError, RecursionError):
            raise MetricError(
                _(
                    "Ce fichier ne se lit pas : il est abîmé, coupé, ou d’une autre sorte qu’une "
                    "stratégie (.json). Choisissez celui que vous avez enregistré depuis votre "
                    "dossier, sans l’ouvrir ailleurs."
                )
            ) from None
        if not isinstance(data, dict) or data.pop("format", None) != FORMAT:
            raise MetricError(
                _(
                    "Ce fichier n’est pas une stratégie du cours. Choisissez celui que vous avez "
                    "enregistré depuis votre dossier."
                )
            )
        version = data.pop("version", None)
        if version != VERSION:
            raise MetricError(
                _(
                    "Cette stratégie vient d’une autre version du cours (format {got}, et celui-ci "
                    "lit le format {known}). Ouvrez-la avec la version la plus récente du cours."
                ).format(got=str(version)[:20], known=VERSION)
            )
        try:
            return cls(**data)
        except FormError as error:
            shown = [str(problem) for problem in error.problems[:_SHOWN_PROBLEMS]]
            if len(error.problems) > _SHOWN_PROBLEMS:
                shown.append(_("… et d’autres."))
            raise MetricError(
                "\n".join([_("Cette stratégie contient des valeurs qui ne vont pas :"), *shown])
            ) from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the strategy to a file, all of it or nothing: a crash leaves the old one.

        Raises
        ------
        MetricError
            If it is too large, or cannot be written there.
        """
        target, content = Path(path), self.to_json().encode()
        part = target.parent / f".{target.name}.{os.getpid()}.tmp"
        try:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            raise MetricError(
                _(
                    "La stratégie n’a pas pu être enregistrée dans « {path} » : {why}. Choisissez "
                    "un autre emplacement."
                ).format(path=path, why=_why(error))
            ) from None

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a strategy from a file; of one that is too large, only the beginning is read.

        Raises
        ------
        MetricError
            If the file cannot be opened, or as for ``from_json``.
        """
        try:
            with Path(path).open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
        except OSError as error:
            raise MetricError(
                _(
                    "La stratégie « {path} » n’a pas pu être ouverte : {why}. Vérifiez son nom."
                ).format(path=path, why=_why(error))
            ) from None
        return cls.from_json(content)

    # ----------------------------------------------------------------------- review

    def review(self, today: date) -> tuple[Finding, ...]:
        """Everything that is missing or contradicts itself, with how to mend it.

        Parameters
        ----------
        today : date, the day of the reading: deadlines before it are passed

        Returns
        -------
        tuple of Finding, key by key; empty when there is nothing to mend. The codes:

        - ``empty``, and nothing else, for a strategy that was not started;
        - key 1: ``no_company``, ``objective_missing``, ``duplicate_objective``,
          ``objective_to_complete`` (nothing but a name, or not even that); those of
          ``purpose.Objective.problems``, a missing field being ``objective_without_<field>``;
          ``deadline_passed``; those of ``purpose.IndicatorTree.problems``, but for ``vanity``
          (key 5) and for ``no_indicator``, which ``objective_without_indicator`` already says;
        - key 2: ``team_missing``, ``subject_missing``, and where there are teams those of
          ``coherence.RoutingTable.problems``;
        - key 3: ``tool_without_name``, ``duplicate_tool``, ``tool_without_objective``,
          ``tool_unknown_objective``;
        - key 4: ``audience_missing``, ``audience_without_name``, ``duplicate_audience``,
          ``audience_without_channel``, ``channel_missing``, ``channel_without_name``,
          ``duplicate_channel``, ``channel_without_objective``, ``channel_unknown_objective``,
          ``channel_without_audience``, ``channel_unknown_audience``, ``channel_without_spend``,
          ``channel_without_minimum``, ``below_minimum``, ``budget_missing``, ``over_budget``;
        - key 5: ``vanity``, ``indicator_without_measurement`` (for the indicators that objectives
          name), ``measurement_without_<field>``, ``duplicate_measurement``,
          ``measurement_unknown_indicator``.

        Advice, which does not prevent from handing in: ``no_objective`` (of an indicator),
        ``idle_team``, ``duplicate_role``, ``responsible_without_skill``,
        ``channel_without_minimum``. All the rest is blocking.

        Raises
        ------
        MetricError
            If ``today`` is not a date.

        Examples
        --------
        >>> [found] = Strategy().review(today=date(2026, 1, 10))
        >>> found.code, found.key, found.severity, found.what
        ('empty', 1, 'blocking', 'Votre stratégie est encore vide.')
        """
        if not isinstance(today, date):
            raise MetricError(
                _(
                    "Le jour de la lecture doit être une date, et vaut {got}. Écrivez par exemple "
                    "today=date(2026, 1, 10), après « from datetime import date »."
                ).format(got=repr(today))
            )
        if self == type(self)(author=self.author):
            return (_found("empty"),)
        tree = self._tree().problems()
        return (
            *self._review_purpose(today, tree),
            *self._review_coherence(),
            *self._review_tools(),
            *self._review_placement(),
            *self._review_measures(tree),
        )

    def _tree(self) -> IndicatorTree:
        measures: dict[str, tuple[str, ...]] = {}
        for where, objective in _named(self.objectives):
            named = (objective.indicator,) if objective.indicator else ()
            measures[where] = measures.get(where, ()) + named
        return IndicatorTree(objectives=measures, indicators=self.indicators)

    def _review_purpose(self, today: date, tree: Iterable[Problem]) -> Iterator[Finding]:
        if isinstance(today, datetime):
            today = today.date()
        if not self.company:
            yield _found("no_company")
        if not self.objectives:
            yield _found("objective_missing")
        for where, objective in _named(self.objectives):
            if objective == ObjectiveDraft(name=objective.name):
                yield _found("objective_to_complete", where)
                continue
            for problem in Objective.problems(objective.model_dump()):
                missing = problem.code == "missing"
                yield Finding(
                    f"objective_without_{problem.about}" if missing else problem.code,
                    1,
                    "objectives",
                    where,
                    "blocking",
                    _("Objectif {where} : {what}").format(
                        where=_quoted(where), what=continued(problem.what)
                    ),
                    problem.mend,
                )
            if objective.deadline is not None and objective.deadline < today:
                yield _found("deadline_passed", where, day=f"{objective.deadline:%d/%m/%Y}")
        for name, n in Counter(objective.name for objective in self.objectives).items():
            if name and n > 1:
                yield _found("duplicate_objective", name)
        for problem in tree:
            if problem.code not in ("no_indicator", "vanity"):
                section = "objectives" if problem.code == "unknown_measure" else "indicators"
                yield _told(problem, 1, section)

    def _review_coherence(self) -> Iterator[Finding]:
        if not self.teams:
            yield _found("team_missing")
        if not self.routes:
            yield _found("subject_missing")
        if not self.teams:
            return
        table = RoutingTable(
            teams=self.teams,
            routes=self.routes,
            receives={each.name: each.opened_by or None for each in self.channels if each.name},
        )
        subjects = {route.subject for route in self.routes}
        for found in table.problems():
            if found.code in _ABOUT_TEAMS:
                yield _told(found, 2, "teams")
            elif found.code != "no_channel":  # channel_missing says it
                yield _told(found, 2, "routes" if found.about in subjects else "channels")

    def _review_tools(self) -> Iterator[Finding]:
        objectives = [objective.name for objective in self.objectives]
        yield from _name_findings("tool", self.tools)
        for where, tool in _named(self.tools):
            if not tool.objectives:
                yield _found("tool_without_objective", where)
            yield from _unknown("tool_unknown_objective", where, tool.objectives, objectives)

    def _review_placement(self) -> Iterator[Finding]:
        objectives = [objective.name for objective in self.objectives]
        audiences = [audience.name for audience in self.audiences]
        if not self.audiences:
            yield _found("audience_missing")
        yield from _name_findings("audience", self.audiences)
        aimed_at = {name for channel in self.channels for name in channel.audiences}
        for name in dict.fromkeys(audiences):
            if name and name not in aimed_at:
                yield _found("audience_without_channel", name)
        if not self.channels:
            yield _found("channel_missing")
        yield from _name_findings("channel", self.channels)
        for where, channel in _named(self.channels):
            if not channel.objectives:
                yield _found("channel_without_objective", where)
            yield from _unknown("channel_unknown_objective", where, channel.objectives, objectives)
            if not channel.audiences:
                yield _found("channel_without_audience", where)
            yield from _unknown("channel_unknown_audience", where, channel.audiences, audiences)
            yield from _spend_findings(where, channel)
        if self.budget_eur is None or self.left_eur is None:
            yield _found("budget_missing")
        elif self.left_eur < 0:
            yield _found(
                "over_budget",
                spent=euros(self.spent_eur),
                budget=euros(self.budget_eur),
                over=euros(-self.left_eur),
            )

    def _review_measures(self, tree: Iterable[Problem]) -> Iterator[Finding]:
        for problem in tree:
            if problem.code == "vanity":
                yield _told(problem, 5, "objectives")
        known = [indicator.name for indicator in self.indicators]
        followed = {measurement.indicator for measurement in self.measurements}
        for name in dict.fromkeys(objective.indicator for objective in self.objectives):
            if name and name in known and name not in followed:
                yield _found("indicator_without_measurement", name)
        yield from _name_findings("measurement", self.measurements, "indicator")
        for measurement in self.measurements:
            name = measurement.indicator
            if name:
                for field in ("source", "frequency", "owner"):
                    if not getattr(measurement, field):
                        yield _found(f"measurement_without_{field}", name)
                yield from _unknown("measurement_unknown_indicator", name, [name], known)


def _spend_findings(where: str, channel: Channel) -> Iterator[Finding]:
    spend, minimum = channel.spend_eur, channel.minimum_viable_eur
    if spend is None:
        yield _found("channel_without_spend", where)
    elif spend > 0 and minimum is None:
        yield _found("channel_without_minimum", where)
    elif minimum is not None and 0 < spend < minimum:
        yield _found("below_minimum", where, spend=euros(spend), minimum=euros(minimum))


def _told(problem: Problem, key: int, section: str) -> Finding:
    """What a key's own checks found, as a finding on the whole strategy."""
    severity: Severity = "advice" if problem.code in _ADVICE else "blocking"
    return Finding(problem.code, key, section, problem.about, severity, problem.what, problem.mend)


def _outlined(title: str | None, value: Any) -> list[str]:
    """A filled-in field in words; nothing for an empty one, nor for a team's opening hours."""
    if isinstance(value, tuple):
        value = ", ".join(value) if all(isinstance(each, str) for each in value) else ""
    elif isinstance(value, Level):
        value = value.label
    elif isinstance(value, date):
        value = f"{value:%d/%m/%Y}"
    elif isinstance(value, int | float):
        value = number(value, 6)
    said = "" if value is None else str(value).rstrip(".")
    return [_("{title} : {value}").format(title=title, value=said)] if said else []


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return _("ce fichier ou ce dossier n’existe pas")
    if isinstance(error, PermissionError):
        return _("l’accès est refusé")
    if isinstance(error, IsADirectoryError):
        return _("c’est un dossier")
    return _("le disque répond « {error} »").format(error=error.strerror)
