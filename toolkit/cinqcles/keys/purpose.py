"""Key 1, why before what: objectives, what measures them, and what the audience sends instead.

Idea
----
A company opens its accounts without objectives; requests arrive that nobody planned for; nobody
feels in charge; they go unanswered. Three questions, each answering the flaw of the one before.

1. **Why?** ``Objective`` holds a purpose that can be checked: a statement, an indicator, where it
   stands today, where it should stand, by when, and who answers for it. A half-filled form is not
   a failure: ``Objective.problems`` says everything that is missing, field by field. *Flaw*: an
   objective can be perfectly measurable by an indicator that proves nothing.
2. **What does the indicator prove?** ``IndicatorTree`` lays indicators along the chain of effects
   (inputs → activities → outputs → out-takes → outcomes → impact), and tells which objectives
   nothing measures, which indicators serve nothing, and which objectives rest on what the company
   publishes rather than on what changes. *Flaw*: a plan says what we want, not what people ask.
3. **What do people send?** ``mismatch`` compares the planned purposes with the messages received,
   and says how many had no purpose, no owner, no answer, and whose they were. ``if_owned`` says
   what would change if somebody answered for more of them.

Reading the numbers
-------------------
``jensen_shannon_distance`` and ``total_variation`` both run from 0 (the inbox follows the plan) to
1 (nothing in common). The second reads aloud: 0.30 means that 30 % of the messages would have to
be about something else for the inbox to follow the plan. Shares are between 0 and 1.

Example
-------
>>> import pandas as pd
>>> messages = pd.DataFrame({
...     "purpose": ["vendre", "vendre", pd.NA, pd.NA],
...     "owner": ["Marketing", "Marketing", "SAV", pd.NA],
...     "answered_at": pd.to_datetime(["2025-03-03", "2025-03-04", None, None]),
... })
>>> found = mismatch({"vendre": 3, "recruter": 1}, messages)
>>> found.total_variation.value, found.unplanned.value, found.unanswered.value
(0.5, 0.5, 0.5)
>>> found.by_purpose[["planned_share", "received_share", "unanswered_share"]]
                planned_share  received_share  unanswered_share
vendre                   0.75             0.5               0.0
recruter                 0.25             0.0               NaN
Sans but prévu           0.00             0.5               1.0
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ErrorType

from cinqcles.errors import MetricError
from cinqcles.keys._inputs import check_confidence, check_labels, check_lengths
from cinqcles.messages import _, number

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

# What progress returns follows what it is given (float, array or Series).
Like: TypeAlias = Any

# --------------------------------------------------------------------------- objectives


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend, said to the person who can mend it.

    Attributes
    ----------
    code : str, what kind of problem it is: stable, for programs
    about : str, the field of a form, or the name of the objective or of the indicator
    what : str, what is wrong, a sentence in the reader's language
    mend : str, how to mend it, another one
    """

    code: str
    about: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.what} {self.mend}"


class FormError(MetricError):
    """Fields that do not fit. ``problems`` lists them; the message has one line for each."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


_MOST_ERRORS = 50  # a hostile file could hold 100,000


class Form(BaseModel):
    """What a person fills in: strict and frozen, and whatever does not fit is a ``FormError``.

    The title of each field (``model_fields[...].title``) is its name on screen. Lists will do for
    tuples, ISO texts for dates, and the spaces around a text are dropped. Of a great many
    problems, the first 50 are listed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)

    def __init__(self, /, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise FormError(
                tuple(
                    problem
                    for each in error.errors(include_url=False)[:_MOST_ERRORS]
                    for problem in _problems(type(self), each)
                )
            ) from None

    if not TYPE_CHECKING:  # frozen is what type checkers need to know

        def __setattr__(self, name: str, value: object) -> None:
            raise MetricError(
                _(
                    "« {name} » ne se change pas sur place. Faites-en une copie modifiée, avec "
                    "replace(…) s’il s’agit de la stratégie, ou remplissez un nouveau formulaire."
                ).format(name=name)
            )


def _written(text: str) -> str:
    """A text that says something."""
    if not any(character.isalnum() for character in text):
        raise PydanticCustomError("missing", "blank")
    return text


def _sign(text: str) -> str:
    """A text, or a sign alone: %, €."""
    if not text:
        raise PydanticCustomError("missing", "blank")
    return text


def _day(value: object) -> object:
    """A date written as JSON does; anything else is left for pydantic to judge."""
    text = _given(value)
    try:
        return date.fromisoformat(text) if isinstance(text, str) else text
    except ValueError:
        return text


def _plain(value: object) -> object:
    """A number out of an array as one of Python's: pydantic would take NumPy's True for 1."""
    return value.item() if isinstance(value, np.generic) else _given(value)


def _given(value: object) -> object:
    """What was typed, None for nothing."""
    return (value.strip() or None) if isinstance(value, str) else value


def _countable(value: float | None) -> float | None:
    if value is not None and abs(value) > _LARGEST:
        raise PydanticCustomError(
            "too_large",
            _("Au plus mille milliards : prenez une unité plus grande, milliers ou millions."),
        )
    return value


def _at_most(most: int, value: object) -> object:
    """Refuses a longer list at once: pydantic would first look at each of its lines."""
    if isinstance(value, (list, tuple)) and len(value) > most:
        raise PydanticCustomError("too_long", "too long", {"max_length": most})
    return value


_Line = TypeVar("_Line")
_LARGEST = 1e12  # any quantity of a real plan, with room to subtract and to print
# What the fields of a form may hold. Sizes are bounded: a form is also read from files.
Name = Annotated[str, Field(max_length=100)]
Text = Annotated[str, Field(max_length=2000)]
Names = Annotated[tuple[Name, ...], Field(strict=False), BeforeValidator(partial(_at_most, 20))]
Lines = Annotated[tuple[_Line, ...], Field(strict=False), BeforeValidator(partial(_at_most, 100))]
Day = Annotated[date | None, BeforeValidator(_day)]
_Finite = Annotated[float, Field(allow_inf_nan=False)]
Number = Annotated[_Finite | None, BeforeValidator(_plain), AfterValidator(_countable)]
_Measure = Annotated[_Finite, BeforeValidator(_plain), AfterValidator(_countable)]


class Objective(Form):
    """A purpose that can be checked: what should change, from where to where, by when, by whom.

    SMART, as the usual acronym has it. *Specific*: a statement. *Measurable*: an indicator, its
    value today and another one to reach, in a unit. *Assigned*: an owner. *Time-bound*: a
    deadline, after the start if there is one. *Realistic* is for people to judge.

    Attributes
    ----------
    name : str, a short name, by which the rest of the strategy refers to it
    statement : str, one sentence: what should change, and for whom
    indicator : str, the name of what is measured
    baseline : float, the indicator's value today, in ``unit``
    target : float, the value to reach, in ``unit``; below the baseline for a quantity to reduce
    unit : str, "%", "€", "heures", "messages"…
    start : date or None, when the work begins
    deadline : date, when the target is checked
    owner : str, the team or the person who answers for it

    Raises
    ------
    FormError
        (a MetricError) If a field is missing, blank, of another type, or unknown; if the target
        is the baseline; if the deadline is not after the start. All problems are listed.

    Notes
    -----
    Types are strict: "12" is not a number. Numbers stop at 10¹², a statement at 2,000
    characters and any other text at 100. AMEC's Integrated Evaluation Framework starts from SMART
    objectives too (as midas-pr.com presents it).

    Examples
    --------
    >>> faster = Objective(
    ...     name="Réponses", statement="Répondre plus vite aux clients en ligne",
    ...     indicator="Délai médian de réponse", baseline=26, target=4, unit="heures",
    ...     deadline="2026-12-31", owner="Service client")
    >>> faster.progress(15)
    0.5
    """

    name: Annotated[Name, AfterValidator(_written)] = Field(title=_("Nom court"))
    statement: Annotated[Text, AfterValidator(_written)] = Field(title=_("Énoncé"))
    indicator: Annotated[Name, AfterValidator(_written)] = Field(title=_("Indicateur"))
    baseline: _Measure = Field(title=_("Valeur de départ"))
    target: _Measure = Field(title=_("Cible"))
    unit: Annotated[Name, AfterValidator(_sign)] = Field(title=_("Unité"))
    start: Day = Field(default=None, title=_("Début"))
    deadline: Annotated[date, BeforeValidator(_day)] = Field(title=_("Échéance"))
    owner: Annotated[Name, AfterValidator(_written)] = Field(title=_("Responsable"))

    @field_validator("target")
    @classmethod
    def _differs(cls, target: float, info: ValidationInfo) -> float:
        if target == info.data.get("baseline"):
            raise PydanticCustomError(
                "no_change",
                _("La cible est égale à la valeur de départ ({value})."),
                {"value": number(target, 6)},
            )
        return target

    @field_validator("deadline")
    @classmethod
    def _follows(cls, deadline: date, info: ValidationInfo) -> date:
        start = info.data.get("start")
        if start is not None and deadline <= start:
            raise PydanticCustomError(
                "deadline_before_start",
                _("L’échéance ({deadline}) ne vient pas après le début ({start})."),
                {"start": f"{start:%d/%m/%Y}", "deadline": f"{deadline:%d/%m/%Y}"},
            )
        return deadline

    @classmethod
    def problems(cls, fields: Mapping[str, Any]) -> tuple[Problem, ...]:
        """Everything to mend in a form, field by field, without raising.

        Parameters
        ----------
        fields : mapping of field name to value, as far as it is filled in: a field left out, None
            and a blank text all mean "not filled in yet"

        Returns
        -------
        tuple of Problem, in the order of the form; ``about`` is the field's name. Empty when
        ``Objective(**fields)`` can be made. Codes: ``missing``, ``type``, ``unknown_field``,
        ``no_change``, ``deadline_before_start``.

        Examples
        --------
        >>> for problem in Objective.problems({"name": "Réponses", "baseline": 4, "target": 4}):
        ...     print(problem.about, problem.code)
        statement missing
        indicator missing
        target no_change
        unit missing
        deadline missing
        owner missing
        """
        try:
            cls(**fields)
        except FormError as error:
            return error.problems
        return ()

    def progress(self, value: npt.ArrayLike) -> Like:
        """The share of the way from the baseline to the target.

        ``progress = (value − baseline) / (target − baseline)``

        Parameters
        ----------
        value : array_like(float), the indicator's value, in ``unit``

        Returns
        -------
        float, array or Series, as ``value``: 0 = nothing has changed, 1 = the target is reached.
        It exceeds 1 beyond the target and is negative when things got worse. A target below the
        baseline needs no other formula: both differences change sign. NaN where the value is
        missing.

        Raises
        ------
        MetricError
            If a value is infinite or not a number.

        Notes
        -----
        Defined for every objective, since the target differs from the baseline.

        Examples
        --------
        >>> fewer = Objective(
        ...     name="Oublis", statement="Ne plus laisser de message sans réponse",
        ...     indicator="Part sans réponse", baseline=40, target=10, unit="%",
        ...     deadline="2026-12-31", owner="Service client")
        >>> fewer.progress([40, 25, 10, 55])
        array([ 0. ,  0.5,  1. , -0.5])
        """
        values = _numbers(_("la valeur de l’indicateur"), value)
        share = (values - self.baseline) / (self.target - self.baseline) + 0.0  # never −0
        if isinstance(value, pd.Series):
            return pd.Series(share, index=value.index)
        return share if np.ndim(value) else float(share[0])


def _problems(form: type[BaseModel], error: ErrorDetails) -> tuple[Problem, ...]:
    """One of pydantic's errors, for the person who fills in the form."""
    if not error["loc"]:  # values that do not go together
        return (Problem(error["type"], "", error["msg"], _("Corrigez ces valeurs.")),)
    inner = error.get("ctx", {}).get("error")
    if isinstance(inner, FormError):  # of a form within this one
        place = _place(form, error["loc"])
        return tuple(
            Problem(
                problem.code,
                ".".join(filter(None, map(str, (*error["loc"], problem.about)))),
                _("{place} : {what}").format(place=place, what=problem.what),
                problem.mend,
            )
            for problem in inner.problems
        )
    return (_problem(form, error),)


def _place(form: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    """Where in a form: the title of the field, then the place in it."""
    title = form.model_fields[str(loc[0])].title
    return ", ".join(
        [
            str(title),
            *(_("n° {n}").format(n=at + 1) if isinstance(at, int) else at for at in loc[1:]),
        ]
    )


def _problem(form: type[BaseModel], error: ErrorDetails) -> Problem:
    kind = error["type"]
    field = str(error["loc"][0])
    if kind == "extra_forbidden" and len(error["loc"]) == 1:
        known = form.model_fields
        hint = suggestion(field, known)
        return Problem(
            "unknown_field",
            field,
            _("Le champ « {field} » n’existe pas{hint}.").format(field=_shown(field), hint=hint),
            (
                _("Renommez-le. Les champs sont : {known}.")
                if hint
                else _("Retirez-le. Les champs sont : {known}.")
            ).format(known=", ".join(known)),
        )
    if form is Objective and (kind == "missing" or error["input"] is None):
        return Problem("missing", field, *_missing(field))
    mends = {
        "no_change": _(
            "Écrivez la valeur à atteindre : plus haute si l’indicateur doit monter, plus basse "
            "s’il doit descendre."
        ),
        "deadline_before_start": _("Choisissez une échéance plus tardive, ou avancez le début."),
    }
    if kind in mends:
        return Problem(kind, field, error["msg"], mends[kind])
    about, place = ".".join(map(str, error["loc"])), _place(form, error["loc"])
    if kind in ("missing", "extra_forbidden"):  # in a model within this one
        absent = kind == "missing"
        return Problem(
            "missing" if absent else "unknown_field",
            about,
            (_("{place} : il manque.") if absent else _("{place} : ce champ n’existe pas.")).format(
                place=place
            ),
            _("Ajoutez-le.") if absent else _("Retirez-le."),
        )
    if kind not in get_args(ErrorType):  # the words of whoever refused the value
        return Problem(
            "type",
            about,
            _("{place} : {what}").format(place=place, what=continued(error["msg"])),
            _("Corrigez cette valeur."),
        )
    wanted, mend = _wanted(kind, error.get("ctx", {}))
    return Problem(
        "type",
        about,
        _("« {place} » attend {wanted}, et a reçu : {got}.").format(
            place=place, wanted=wanted, got=_shown(error["input"])
        ),
        mend,
    )


def _missing(field: str) -> tuple[str, str]:
    return {
        "name": (
            _("L’objectif n’a pas de nom."),
            _("Donnez-lui un nom court, que le reste de la stratégie reprendra."),
        ),
        "statement": (
            _("L’énoncé manque."),
            _("Dites en une phrase ce qui doit changer, et pour qui."),
        ),
        "indicator": (
            _("Rien ne mesure cet objectif."),
            _("Choisissez un indicateur : ce que vous regarderez pour savoir s’il est atteint."),
        ),
        "baseline": (
            _("La valeur de départ manque."),
            _("Relevez l’indicateur aujourd’hui : sans point de départ, aucun progrès ne se voit."),
        ),
        "target": (
            _("La cible manque."),
            _("Écrivez la valeur que l’indicateur doit atteindre."),
        ),
        "unit": (
            _("L’unité manque."),
            _("Précisez-la : « % », « € », « heures », « messages »…"),
        ),
        "deadline": (
            _("L’échéance manque."),
            _("Fixez le jour où vous vérifierez que la cible est atteinte."),
        ),
        "owner": (
            _("Personne ne répond de cet objectif."),
            _("Nommez l’équipe ou la personne qui en est responsable."),
        ),
    }[field]


def _wanted(kind: str, bounds: Mapping[str, Any]) -> tuple[str, str]:
    """What was expected where pydantic found an error of this type, and how to give it."""
    number_alone = _("un nombre"), _("Écrivez un nombre seul : l’unité a son propre champ.")
    text = _("du texte"), _("Écrivez-le entre guillemets.")
    most = bounds.get("max_length")
    return {
        "float_type": number_alone,
        "finite_number": number_alone,
        "string_type": text,
        "string_unicode": text,
        "string_too_long": (
            _("un texte d’au plus {most} caractères").format(most=most),
            _("Raccourcissez-le."),
        ),
        "too_long": (
            _("une liste d’au plus {most} lignes").format(most=most),
            _("Gardez l’essentiel."),
        ),
        "model_type": (
            _("une ligne remplie champ par champ"),
            _("Donnez la valeur de chacun de ses champs."),
        ),
        "date_type": (_("une date"), _("Choisissez un jour, ou écrivez-le ainsi : 2026-12-31.")),
        "enum": (
            _("un des six niveaux"),
            _("Écrivez l’un de ces mots : {levels}.").format(
                levels=", ".join(f'"{level}" ({level.label})' for level in Level)
            ),
        ),
    }.get(kind, (_("une liste"), _("Écrivez les noms entre crochets, séparés par des virgules.")))


def _shown(value: object) -> str:
    try:
        return str(value)[:60]
    except (ValueError, RecursionError):  # a whole number of 4,300 digits, lists within lists
        return "…"


def continued(sentence: str) -> str:
    """A sentence to be read after a colon.

    >>> continued("Personne ne répond.")
    'personne ne répond.'
    """
    return sentence[0].lower() + sentence[1:]


# Comparing two names takes as long as the product of their lengths, and a hostile file could make
# a thousand comparisons of a hundred names: a help must not cost minutes.
_MOST_COMPARED = 20_000


def suggestion(name: str, known: Iterable[str]) -> str:
    """What may have been meant by an unknown name, ready to end a sentence; or nothing.

    >>> suggestion("Instagrm", ["Instagram", "LinkedIn"])
    ' (vouliez-vous dire «\\xa0Instagram\\xa0»\\xa0?)'
    """
    names = list(known)
    if len(name) * sum(map(len, names)) > _MOST_COMPARED:
        return ""
    close = get_close_matches(name, names, n=1)
    return _(" (vouliez-vous dire « {name} » ?)").format(name=close[0]) if close else ""


# --------------------------------------------------------------------------- indicators


class Level(StrEnum):
    """Where an indicator stands in the chain of effects, from what is put in to what comes out.

    Members are in the order of the chain; ``<`` would compare their letters, ``rank`` does not.

    Notes
    -----
    Inputs, activities, outputs, out-takes, outcomes, impact: the chain of AMEC's Integrated
    Evaluation Framework (as midas-pr.com lists it).

    Examples
    --------
    >>> [level.rank for level in (Level.INPUT, Level.OUTPUT, Level.IMPACT)]
    [0, 2, 5]
    """

    INPUT = "input"
    ACTIVITY = "activity"
    OUTPUT = "output"
    OUT_TAKE = "out-take"
    OUTCOME = "outcome"
    IMPACT = "impact"

    @property
    def rank(self) -> int:
        """Its place in the chain, from 0."""
        return list(Level).index(self)

    @property
    def label(self) -> str:
        """Its name on screen."""
        return {
            Level.INPUT: _("Moyens engagés"),
            Level.ACTIVITY: _("Activités"),
            Level.OUTPUT: _("Diffusion"),
            Level.OUT_TAKE: _("Réception"),
            Level.OUTCOME: _("Effets"),
            Level.IMPACT: _("Impact"),
        }[self]


class Indicator(Form):
    """Something that is measured, and what it helps to explain.

    Attributes
    ----------
    name : str
    level : Level or None while it is not chosen
    feeds : names of the indicators, at a later level, that this one should make move

    Raises
    ------
    FormError
        (a MetricError) If a value is of another type, or a field unknown. An indicator without a
        name or a level is a draft, which ``IndicatorTree.problems`` reports.

    Examples
    --------
    >>> Indicator(name="Devis", level="outcome").level.rank
    4
    """

    name: Name = Field(default="", title=_("Nom"))
    level: Level | None = Field(default=None, strict=False, title=_("Niveau"))
    feeds: Names = Field(default=(), title=_("Ce qu’il fait bouger"))


class IndicatorTree(Form):
    """From what is measured to the objectives that it tells about.

    Attributes
    ----------
    objectives : mapping of an objective's name to the names of the indicators that measure it
    indicators : the indicators, in any order

    Raises
    ------
    FormError
        (a MetricError) If a value is of another type. A draft with holes and wrong links is not
        refused: ``problems`` says what to mend.

    Notes
    -----
    A link is followed only when it goes from a level to a later one. So no cycle can be followed,
    whatever the links say.

    Examples
    --------
    >>> tree = IndicatorTree(
    ...     objectives={"Vendre": ["Ventes"], "Recruter": []},
    ...     indicators=[
    ...         Indicator(name="Portée", level="output", feeds=["Visites"]),
    ...         Indicator(name="Visites", level="out-take", feeds=["Ventes"]),
    ...         Indicator(name="Ventes", level="impact"),
    ...         Indicator(name="Affichages", level="output"),
    ...     ])
    >>> tree.serving("Vendre")
    ('Portée', 'Visites', 'Ventes')
    >>> [(problem.code, problem.about) for problem in tree.problems()]
    [('no_indicator', 'Recruter'), ('no_objective', 'Affichages')]
    """

    objectives: dict[Name, Annotated[tuple[Name, ...], Field(strict=False)]] = Field(
        default={}, title=_("Objectifs")
    )
    indicators: Lines[Indicator] = Field(default=(), title=_("Indicateurs"))

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """The links that can be followed: (indicator, the later one it feeds)."""
        ranks = {name: level.rank for name, level in self._levels.items() if level is not None}
        return tuple(
            (indicator.name, fed)
            for indicator in self.indicators
            for fed in indicator.feeds
            if ranks.get(indicator.name, len(Level)) < ranks.get(fed, -1)
        )

    def serving(self, objective: str) -> tuple[str, ...]:
        """The indicators that tell about an objective: those that measure it, and what feeds them.

        Parameters
        ----------
        objective : str, its name

        Returns
        -------
        tuple of names, in the order of ``indicators``. Empty when nothing measures it.

        Raises
        ------
        MetricError
            If there is no such objective.
        """
        if objective not in self.objectives:
            raise MetricError(
                _("L’objectif « {name} » n’est pas dans l’arbre{hint}.").format(
                    name=objective, hint=suggestion(objective, self.objectives)
                )
            )
        return self._serving(self.objectives[objective])

    def problems(self) -> tuple[Problem, ...]:
        """What stands between this tree and objectives that can be followed.

        Returns
        -------
        tuple of Problem, objectives first; empty when there is nothing to mend. The codes:
        ``no_indicator`` (nothing measures the objective), ``unknown_measure`` (no indicator has the
        name by which it is measured), ``vanity`` (it is measured only by inputs, activities and
        outputs: what the company does, not what it changes); then ``no_name``,
        ``duplicate_indicator``, ``unknown_link`` (it feeds a name that no indicator has),
        ``backward_link`` (to the same level or an earlier one), ``no_level``, ``no_objective`` (the
        indicator serves none).
        """
        return (*self._objective_problems(), *self._indicator_problems())

    @property
    def _levels(self) -> dict[str, Level | None]:
        # Of two indicators of one name, the first is meant, and the other reported.
        return {indicator.name: indicator.level for indicator in reversed(self.indicators)}

    def _serving(self, measures: tuple[str, ...]) -> tuple[str, ...]:
        found, added = set(measures), True
        links = self.links
        while added:
            fresh = {name for name, fed in links if fed in found} - found
            found |= fresh
            added = bool(fresh)
        names = dict.fromkeys(indicator.name for indicator in self.indicators)
        return tuple(name for name in names if name in found)

    def _objective_problems(self) -> Iterator[Problem]:
        levels = self._levels
        for objective, measures in self.objectives.items():
            if not measures:
                yield Problem(
                    "no_indicator",
                    objective,
                    _("Rien ne mesure l’objectif « {objective} ».").format(objective=objective),
                    _("Reliez-lui au moins un indicateur : sinon, comment saurez-vous ?"),
                )
            for name in measures:
                if name not in levels:
                    yield Problem(
                        "unknown_measure",
                        objective,
                        _(
                            "L’objectif « {objective} » se mesure par « {name} », qui n’est pas "
                            "dans vos indicateurs{hint}."
                        ).format(objective=objective, name=name, hint=suggestion(name, levels)),
                        _("Ajoutez cet indicateur, ou corrigez son nom."),
                    )
            known = [levels[name] for name in measures if name in levels]
            if known and all(level and level.rank <= Level.OUTPUT.rank for level in known):
                yield Problem(
                    "vanity",
                    objective,
                    _(
                        "L’objectif « {objective} » ne se mesure que par ce que vous faites ou "
                        "diffusez ({names}) : ces chiffres peuvent monter sans que rien ne change."
                    ).format(
                        objective=objective, names=", ".join(n for n in measures if n in levels)
                    ),
                    _(
                        "Ajoutez-lui un indicateur de ce que le public en retient ou en fait, ou "
                        "de ce que l’entreprise y gagne."
                    ),
                )

    def _indicator_problems(self) -> Iterator[Problem]:
        levels = self._levels
        useful = {name for measures in self.objectives.values() for name in self._serving(measures)}
        seen: set[str] = set()
        for place, indicator in enumerate(self.indicators, 1):
            name = indicator.name
            if not name.strip():
                yield Problem(
                    "no_name",
                    name,
                    _("L’indicateur n° {place} n’a pas de nom.").format(place=place),
                    _(
                        "Nommez ce que vous comptez, par exemple « Part de messages ayant reçu une "
                        "réponse »."
                    ),
                )
                continue
            if name in seen:
                yield Problem(
                    "duplicate_indicator",
                    name,
                    _("L’indicateur « {name} » figure plusieurs fois.").format(name=name),
                    _("Gardez-en un seul, ou donnez-leur des noms différents."),
                )
                continue
            seen.add(name)
            yield from self._link_problems(indicator)
            if levels[name] is None:
                yield Problem(
                    "no_level",
                    name,
                    _("L’indicateur « {name} » n’a pas de niveau.").format(name=name),
                    _(
                        "Dites ce qu’il montre : vos moyens, vos activités, leur diffusion, leur "
                        "réception, leurs effets ou leur impact."
                    ),
                )
            elif name not in useful:
                yield Problem(
                    "no_objective",
                    name,
                    _("L’indicateur « {name} » ne sert aucun objectif.").format(name=name),
                    _(
                        "Reliez-le à un objectif ou à un indicateur de niveau plus avancé qu’il "
                        "fait bouger, ou cessez de le suivre."
                    ),
                )

    def _link_problems(self, indicator: Indicator) -> Iterator[Problem]:
        levels = self._levels
        for fed in indicator.feeds:
            if fed not in levels:
                yield Problem(
                    "unknown_link",
                    indicator.name,
                    _(
                        "L’indicateur « {name} » nourrit « {fed} », qui n’est pas dans vos "
                        "indicateurs{hint}."
                    ).format(name=indicator.name, fed=fed, hint=suggestion(fed, levels)),
                    _("Ajoutez cet indicateur, ou corrigez son nom."),
                )
                continue
            low, high = indicator.level, levels[fed]
            if low is not None and high is not None and low.rank >= high.rank:
                yield Problem(
                    "backward_link",
                    indicator.name,
                    _(
                        "« {name} » ({low}) ne peut pas nourrir « {fed} » ({high}) : un effet ne "
                        "vient pas avant sa cause."
                    ).format(name=indicator.name, low=low.label, fed=fed, high=high.label),
                    _("Retournez le lien, ou revoyez le niveau de l’un des deux."),
                )


# --------------------------------------------------------------------------- mismatch

NO_PURPOSE = _("Sans but prévu")
"""Label of the messages for which no purpose was planned."""
NOBODY = _("Personne")
"""Label of the messages that no team owns."""

_FEWEST_RESAMPLES = 100
# Numbers drawn at once by the bootstrap: 32 MB, however many purposes there are.
_BATCH = 4_000_000


def jensen_shannon_distance(p: npt.ArrayLike, q: npt.ArrayLike) -> float:
    """How far two distributions are from each other: the *square root* of their divergence.

    ``JSD = √(½·KL(p‖m) + ½·KL(q‖m))``, with ``m = (p + q)/2`` and logarithms of base 2.

    Parameters
    ----------
    p, q : array_like(float, ndim=1), weights of the same categories in the same order, in any
        unit: only shares count. Two Series must have the same index

    Returns
    -------
    float : 0 = the same shares, 1 = no category in common. The divergence itself, without the
    square root, is a smaller number: (.5, .3, .2) and (.2, .2, .6) are at a distance of 0.361 and
    have a divergence of 0.131. A category that is empty on both sides changes nothing.

    Raises
    ------
    MetricError
        If a weight is missing, negative, infinite or not a number; if all weights of a side are
        zero; if the categories do not match.

    Notes
    -----
    Lin, "Divergence measures based on the Shannon entropy", *IEEE Trans. Inf. Theory* 37 (1991),
    145–151; the root is a metric: Endres & Schindelin, *IEEE Trans. Inf. Theory* 49 (2003),
    1858–1860. It is what ``scipy.spatial.distance.jensenshannon(p, q, base=2)`` returns.

    Examples
    --------
    >>> round(jensen_shannon_distance([0.5, 0.3, 0.2], [0.2, 0.2, 0.6]), 6)
    0.361468
    """
    return float(_jensen_shannon(*_two_distributions(p, q)))


def total_variation(p: npt.ArrayLike, q: npt.ArrayLike) -> float:
    """The share that would have to change category for two distributions to be the same.

    ``TV = ½·Σ|p − q|``

    Parameters
    ----------
    p, q : array_like(float, ndim=1), weights of the same categories in the same order, in any
        unit: only shares count. Two Series must have the same index

    Returns
    -------
    float : 0 = the same shares, 1 = no category in common.

    Raises
    ------
    MetricError
        As for ``jensen_shannon_distance``.

    Notes
    -----
    Half the L1 distance: Levin, Peres & Wilmer, *Markov Chains and Mixing Times*, 2009, chap. 4.

    Examples
    --------
    >>> total_variation([3, 1], [1, 1])
    0.25
    """
    return float(_variation(*_two_distributions(p, q)))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure and how far it can be trusted.

    Attributes
    ----------
    value : float, measured on the messages
    low, high : float, bounds of its interval; NaN with a single message
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False, slots=True)
class Mismatch:
    """What was planned against what is received. Built by ``mismatch``.

    Attributes
    ----------
    distance : Estimate, the Jensen–Shannon distance (base 2, square root): 0 = as planned, 1 =
        nothing as planned
    total_variation : Estimate, the share of messages that would have to be about something else
    unplanned : Estimate, the share of messages for which no purpose was planned
    unowned : Estimate, the share of messages that no team owns
    unanswered : Estimate, the share of messages without an answer
    by_purpose : DataFrame indexed by purpose (the planned ones in their order, then the others,
        the most received first, then ``NO_PURPOSE``): ``planned_share``, ``received_share``,
        ``gap`` (received − planned, they sum to 0), ``messages``, ``unanswered`` (counts),
        ``unanswered_share``, ``unowned_share`` (of the purpose's messages, NaN without a message)
        and ``owner`` (who owns most of its messages, ``NOBODY`` included, the first by name if
        tied; missing without a message)
    by_owner : DataFrame, a row for each purpose and owner met, the most unanswered first:
        ``purpose``, ``owner``, ``messages``, ``unanswered``
    n : int, the messages
    method : "bootstrap"
    confidence : float, of the intervals
    resamples : int, of the bootstrap
    """

    distance: Estimate
    total_variation: Estimate
    unplanned: Estimate
    unowned: Estimate
    unanswered: Estimate
    by_purpose: pd.DataFrame
    by_owner: pd.DataFrame
    n: int
    method: str
    confidence: float
    resamples: int


def mismatch(
    planned: Mapping[str, float] | pd.Series,
    messages: Mapping[str, Any] | pd.DataFrame,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Mismatch:
    """The planned purposes against the messages really received.

    Parameters
    ----------
    planned : purpose → weight (hours, posts, euros…: only shares count), a mapping or a Series. A
        weight of 0 plans nothing
    messages : DataFrame, or mapping of columns, one row a message: ``purpose`` (text, missing =
        none was planned), ``owner`` (the team in charge, missing = nobody), ``answered_at`` (date,
        missing = unanswered). Other columns are not looked at
    confidence : float in (0, 1)
    resamples : int, at least 100
    seed : int; the same seed gives the same intervals

    Returns
    -------
    Mismatch. A purpose outside the plan, or of weight 0, is unplanned; a blank text is missing.

    The intervals are percentile bootstrap intervals: n messages are drawn with replacement from
    the n received, ``resamples`` times, each with its purpose, owner and answer together, and the
    middle ``confidence`` of the measures is kept. Drawn again, an inbox is noisier, so that it is
    a little further from the plan: an interval is stretched where needed to hold the measure
    itself. With a single message there is nothing to resample: the bounds are NaN. When all
    messages are alike the interval has no width, which is not certainty: the bootstrap only knows
    what was received.

    Raises
    ------
    MetricError
        If there is no message or no plan, a column is missing or does not hold what it should, the
        columns do not match, or a weight is impossible.

    Notes
    -----
    Percentile bootstrap: Efron, *Annals of Statistics* 7 (1979), 1–26. Messages are taken as
    independent of each other: with a hundred complaints about one incident, the truth is wider.

    Examples
    --------
    >>> inbox = {"purpose": ["vendre", None], "owner": ["Com", None],
    ...          "answered_at": pd.to_datetime(["2025-03-03", None])}
    >>> found = mismatch({"vendre": 1}, inbox)
    >>> found.unowned
    Estimate(value=0.5, low=0.0, high=1.0)
    >>> found.by_owner
              purpose     owner  messages  unanswered
    0  Sans but prévu  Personne         1           1
    1          vendre       Com         1           0
    """
    _check_bootstrap(confidence, resamples)
    plan, inbox = _plan(planned), _inbox(messages)
    received = inbox["purpose"].value_counts()
    labels = [*plan.index, *_most_first(received.drop([*plan.index, NO_PURPOSE], errors="ignore"))]
    labels += [NO_PURPOSE] * (NO_PURPOSE in received)
    shares = plan.reindex(labels, fill_value=0.0)

    counts = _counted(inbox, labels)
    distance, variation, unplanned, unowned, unanswered = _estimates(
        partial(_measures, np.asarray(shares)), counts, confidence, resamples, seed
    )
    by_purpose, by_owner = _tables(shares, inbox)
    return Mismatch(
        distance=distance,
        total_variation=variation,
        unplanned=unplanned,
        unowned=unowned,
        unanswered=unanswered,
        by_purpose=by_purpose,
        by_owner=by_owner,
        n=len(inbox),
        method="bootstrap",
        confidence=confidence,
        resamples=resamples,
    )


def make_room(
    planned: Mapping[str, float] | pd.Series,
    added: Mapping[str, float] | pd.Series,
    share: float,
) -> pd.Series:
    """The plan that results when purposes are given a share of the effort.

    ``new = (1 − share)·planned + share·added``, both as shares

    Parameters
    ----------
    planned : purpose → weight, as for ``mismatch``
    added : purpose → weight, of the purposes that get room; some may be planned already
    share : float in [0, 1], of the whole effort, for the purposes added

    Returns
    -------
    Series of shares that sum to 1, by purpose, those planned first in their order. 0: the plan is
    what it was; 1: only what is added is planned.

    Raises
    ------
    MetricError
        If ``share`` is not between 0 and 1; as ``mismatch`` for either plan.

    Examples
    --------
    >>> make_room({"vendre": 3, "recruter": 1}, {"dépanner": 1}, 0.2).round(2).to_dict()
    {'vendre': 0.6, 'recruter': 0.2, 'dépanner': 0.2}
    """
    if not 0 <= share <= 1:
        raise MetricError(
            _(
                "La part de l’effort doit être entre 0 et 1 (reçu : {share}). Pour 20 %, écrivez "
                "0.2."
            ).format(share=number(share))
        )
    before, room = _plan(planned), _plan(added)
    labels = [*before.index, *(name for name in room.index if name not in before.index)]
    return (1 - share) * before.reindex(labels, fill_value=0.0) + share * room.reindex(
        labels, fill_value=0.0
    )


@dataclass(frozen=True, eq=False, slots=True)
class Projection:
    """What would go unanswered if more purposes had an owner. Built by ``if_owned``.

    Attributes
    ----------
    unanswered : Estimate, the share of messages expected to go without an answer
    owned_unanswered : float, the share of the messages with an owner that go unanswered today:
        what those that get one are supposed to become
    by_purpose : DataFrame indexed by purpose, the most received first: ``messages``, ``unowned``
        and ``unanswered`` (counts, today), ``gain`` (how many more answers an owner for this
        purpose would bring: 0 when none lacks one, negative if nobody did better than an owner),
        ``expected`` (unanswered messages expected here)
    n : int, the messages
    method : "bootstrap"
    confidence : float, of the interval
    resamples : int, of the bootstrap
    """

    unanswered: Estimate
    owned_unanswered: float
    by_purpose: pd.DataFrame
    n: int
    method: str
    confidence: float
    resamples: int


def if_owned(
    messages: Mapping[str, Any] | pd.DataFrame,
    purposes: Iterable[str],
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Projection:
    """What would go unanswered if somebody answered for some purposes.

    A message that gets an owner is supposed to go unanswered as often as those that have one do
    today. For a purpose with ``w`` unowned messages, ``u`` of them unanswered:

    ``gain = u − r·w``, with ``r`` = unanswered and owned / owned, all purposes together

    Parameters
    ----------
    messages : as for ``mismatch``
    purposes : those that would have an owner; ``NO_PURPOSE`` is one
    confidence, resamples, seed : as for ``mismatch``

    Returns
    -------
    Projection. Without any purpose, what is observed today.

    The interval is a percentile bootstrap interval, ``r`` measured again on each draw (those
    without any owned message are left out). It says how well the messages tell, not whether the
    supposition holds: an owner with no time to answer answers less, which is key 2's question.

    Raises
    ------
    MetricError
        If no message has an owner, so that nothing tells what an owner does; if a purpose is not
        among those received; as ``mismatch`` for the messages and the bootstrap.

    Examples
    --------
    >>> inbox = {
    ...     "purpose": ["vendre", "vendre", "dépanner", "dépanner"],
    ...     "owner": ["Com", "Com", None, None],
    ...     "answered_at": pd.to_datetime(["2025-03-03", "2025-03-04", None, None])}
    >>> found = if_owned(inbox, ["dépanner"])
    >>> found.owned_unanswered, found.unanswered.value
    (0.0, 0.0)
    >>> found.by_purpose["gain"].to_dict()
    {'dépanner': 2.0, 'vendre': 0.0}
    """
    _check_bootstrap(confidence, resamples)
    inbox = _inbox(messages)
    counted = inbox["purpose"].value_counts()
    labels = _most_first(counted)
    named = [purposes] if isinstance(purposes, str) else list(purposes)
    for purpose in named:
        if not isinstance(purpose, str) or purpose not in counted:
            raise MetricError(
                _("Aucun message n’a pour but « {name} »{hint}.").format(
                    name=purpose, hint=suggestion(str(purpose), labels)
                )
            )
    counts = _counted(inbox, labels)
    if not counts[:, 0].any():
        raise MetricError(
            _(
                "Aucun message n’a de responsable : rien ne dit ce qu’un responsable changerait. "
                "Remplissez la colonne {column} là où une équipe est en charge."
            ).format(column="owner")
        )
    chosen = np.isin(labels, named)
    (unanswered,) = _estimates(
        lambda drawn: (
            _expected(drawn, chosen).sum(axis=-1)[..., None]
            / drawn.sum(axis=(-3, -2, -1))[..., None]
        ),
        counts,
        confidence,
        resamples,
        seed,
    )
    today = counts[..., 1].sum(axis=-1)
    by_purpose = pd.DataFrame(
        {
            "messages": counts.sum(axis=(-2, -1)),
            "unowned": counts[:, 1].sum(axis=-1),
            "unanswered": today,
            "gain": today - _expected(counts, np.ones(len(labels), bool)),
            "expected": _expected(counts, chosen),
        },
        index=labels,
    )
    return Projection(
        unanswered=unanswered,
        owned_unanswered=float(_owned_unanswered(counts)),
        by_purpose=by_purpose,
        n=len(inbox),
        method="bootstrap",
        confidence=confidence,
        resamples=resamples,
    )


def _most_first(counts: pd.Series) -> list[str]:
    """Labels, the most frequent first, then by name."""
    return list(counts.sort_index().sort_values(ascending=False, kind="stable").index)


def _owned_unanswered(counts: IntArray) -> FloatArray:
    """Of the messages with an owner, the share that goes unanswered; NaN when there is none."""
    owned = counts[..., 0, :].sum(axis=-2)
    with np.errstate(invalid="ignore"):
        share: FloatArray = owned[..., 1] / owned.sum(axis=-1)
    return share


def _expected(counts: IntArray, named: npt.NDArray[np.bool_]) -> FloatArray:
    """Unanswered messages by purpose, on the last axis, once those named have an owner."""
    unowned = counts[..., 1, :]
    ownerless: FloatArray = np.where(
        named, _owned_unanswered(counts)[..., None] * unowned.sum(axis=-1), unowned[..., 1]
    )
    return ownerless + counts[..., 0, 1]


def _check_bootstrap(confidence: float, resamples: int) -> None:
    check_confidence(confidence)
    if resamples < _FEWEST_RESAMPLES:
        raise MetricError(
            _("{resamples} tirages ne suffisent pas : demandez-en au moins {least}.").format(
                resamples=resamples, least=_FEWEST_RESAMPLES
            )
        )


def _counted(inbox: pd.DataFrame, labels: list[str]) -> IntArray:
    """Messages by purpose, owned or not, answered or not.

    A message is worth its purpose and two yes-or-no questions: drawing messages is drawing cells.
    """
    purpose = pd.Index(labels).get_indexer(pd.Index(inbox["purpose"]))
    cells = 4 * purpose + 2 * (inbox["owner"] == NOBODY) + inbox["unanswered"]
    counts: IntArray = np.bincount(cells, minlength=4 * len(labels)).reshape(-1, 2, 2)
    return counts


def _estimates(
    measures: Callable[[IntArray], FloatArray],
    counts: IntArray,
    confidence: float,
    resamples: int,
    seed: int,
) -> Iterator[Estimate]:
    """Each measure with its interval, stretched where needed to hold it."""
    values = measures(counts)
    low, high = _interval(measures, counts, confidence, resamples, seed)
    bounds = zip(values, np.minimum(low, values), np.maximum(high, values), strict=True)
    return (Estimate(*map(float, each)) for each in bounds)


def _jensen_shannon(p: FloatArray, q: FloatArray) -> FloatArray:
    """Distances along the last axis, of shares."""
    both = p + q
    with np.errstate(divide="ignore", invalid="ignore"):
        # 2p/(p+q) rather than p/m: halving the smallest of numbers would give zero.
        terms = [np.where(side > 0, side * np.log2(2 * side / both), 0.0) for side in (p, q)]
    divergence: FloatArray = (terms[0] + terms[1]).sum(axis=-1) / 2
    return np.sqrt(np.clip(divergence, 0, 1))


def _variation(p: FloatArray, q: FloatArray) -> FloatArray:
    """Total variations along the last axis, of shares."""
    distance: FloatArray = np.abs(p - q).sum(axis=-1) / 2
    return np.minimum(distance, 1.0)


def _measures(plan: FloatArray, counts: IntArray) -> FloatArray:
    """The five measures of a Mismatch, on the last axis.

    ``counts`` has three last axes: purpose, owned or not, answered or not.
    """
    n = counts.sum(axis=(-3, -2, -1))
    received = counts.sum(axis=(-2, -1))
    shares = received / n[..., None]
    return np.stack(
        [
            _jensen_shannon(plan, shares),
            _variation(plan, shares),
            received[..., plan == 0].sum(axis=-1) / n,
            counts[..., 1, :].sum(axis=(-2, -1)) / n,
            counts[..., 1].sum(axis=(-2, -1)) / n,
        ],
        axis=-1,
    )


def _interval(
    measures: Callable[[IntArray], FloatArray],
    counts: IntArray,
    confidence: float,
    resamples: int,
    seed: int,
) -> FloatArray:
    """The bounds of the measures, low then high; draws that leave one undefined are left out."""
    n = int(counts.sum())
    if n == 1:
        return np.full((2, measures(counts).size), np.nan)
    rng = np.random.default_rng(seed)
    size = max(1, _BATCH // counts.size)
    drawn = [
        rng.multinomial(n, counts.ravel() / n, size=min(size, resamples - start))
        for start in range(0, resamples, size)
    ]
    found = np.concatenate([measures(part.reshape(-1, *counts.shape)) for part in drawn])
    found = found[~np.isnan(found).any(axis=1)]
    bounds: FloatArray = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return bounds


def _tables(shares: pd.Series, inbox: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """By purpose, and by purpose and owner."""
    owners = np.array(sorted(inbox["owner"].unique()), dtype=object)
    purpose = shares.index.get_indexer(pd.Index(inbox["purpose"]))
    cells = purpose * len(owners) + pd.Index(owners).get_indexer(pd.Index(inbox["owner"]))
    shape = len(shares), len(owners)
    messages, unanswered = (
        np.bincount(chosen, minlength=shape[0] * shape[1]).reshape(shape)
        for chosen in (cells, cells[inbox["unanswered"].to_numpy()])
    )
    received, lost = messages.sum(axis=1), unanswered.sum(axis=1)
    with np.errstate(invalid="ignore"):
        by_purpose = pd.DataFrame(
            {
                "planned_share": shares,
                "received_share": received / len(inbox),
                "gap": received / len(inbox) - shares.to_numpy(),
                "messages": received,
                "unanswered": lost,
                "unanswered_share": lost / received,
                "unowned_share": messages[:, owners == NOBODY].sum(axis=1) / received,
                # Of owners with as many messages, the first by name.
                "owner": np.where(received > 0, owners[messages.argmax(axis=1)], np.nan),
            },
            index=shares.index,
        )
    which, whose = messages.nonzero()
    by_owner = pd.DataFrame(
        {
            "purpose": shares.index.to_numpy()[which],
            "owner": owners[whose],
            "messages": messages[which, whose],
            "unanswered": unanswered[which, whose],
        }
    )
    order = ["unanswered", "messages", "purpose", "owner"]
    return by_purpose, by_owner.sort_values(
        order, ascending=[False, False, True, True], ignore_index=True
    )


# --------------------------------------------------------------------------- what comes in


def _two_distributions(p: npt.ArrayLike, q: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    columns = _columns({_("la première répartition"): p, _("la seconde répartition"): q})
    first, second = (_shares(name, column) for name, column in columns.items())
    return first, second


def _plan(planned: Mapping[str, float] | pd.Series) -> pd.Series:
    """The planned share of each purpose."""
    name = _("les buts prévus")
    if not isinstance(planned, (Mapping, pd.Series)):
        raise MetricError(
            _(
                "Les buts prévus ne se lisent pas : donnez le poids de chacun, par exemple "
                "{example}."
            ).format(example='{"vendre": 3, "recruter": 1}')
        )
    weights = _column(name, planned)
    labels = [text.strip() if isinstance(text, str) else "" for text in weights.index]
    if not all(labels):
        raise MetricError(
            _("Un but prévu n’a pas de nom, ou un nom qui n’est pas du texte. Nommez chaque but.")
        )
    twice = [text for text in labels if labels.count(text) > 1]
    if twice:
        raise MetricError(
            _("Le but « {name} » est prévu deux fois. Additionnez ses poids.").format(name=twice[0])
        )
    if NO_PURPOSE in labels:
        raise MetricError(
            _(
                "« {name} » désigne les messages que le plan ne prévoit pas : ce ne peut pas être "
                "un but prévu. Retirez-le, ou donnez-lui un autre nom."
            ).format(name=NO_PURPOSE)
        )
    return pd.Series(_shares(name, weights), index=labels)


def _inbox(messages: Mapping[str, Any] | pd.DataFrame) -> pd.DataFrame:
    """One row a message: ``purpose`` and ``owner`` (texts, never missing), ``unanswered``."""
    wanted = ["purpose", "owner", "answered_at"]
    if not isinstance(messages, (Mapping, pd.DataFrame)):
        raise MetricError(
            _(
                "Les messages ne se lisent pas : donnez un tableau avec les colonnes {wanted}."
            ).format(wanted=", ".join(wanted))
        )
    lacking = [name for name in wanted if name not in messages]
    if lacking:
        raise MetricError(
            _(
                "Il manque la colonne {lacking}{hint} dans les messages. Il faut les colonnes "
                "{wanted}, une ligne par message."
            ).format(
                lacking=lacking[0],
                hint=suggestion(lacking[0], [str(name) for name in messages]),
                wanted=", ".join(wanted),
            )
        )
    columns = _columns({name: messages[name] for name in wanted})
    answered_at = columns["answered_at"]
    if answered_at.empty:
        raise MetricError(
            _(
                "Aucun message : il n’y a rien à comparer au plan. Vérifiez le filtre appliqué à "
                "votre tableau."
            )
        )
    answered = answered_at.notna()
    if answered.any() and pd.api.types.infer_dtype(answered_at) not in (
        "datetime64", "datetime", "date",
    ):  # fmt: skip
        raise MetricError(
            _(
                "Colonne illisible : answered_at doit contenir la date de chaque réponse, et rien "
                "pour les messages sans réponse. Convertissez-la avec pd.to_datetime(…)."
            )
        )
    return pd.DataFrame(
        {
            "purpose": _texts("purpose", columns["purpose"], NO_PURPOSE),
            "owner": _texts("owner", columns["owner"], NOBODY),
            "unanswered": ~answered.to_numpy(),
        }
    )


def _texts(name: str, column: pd.Series, missing: str) -> npt.NDArray[np.object_]:
    """A column of names, the missing and the blank ones replaced."""
    try:
        codes, known = pd.factorize(column)
        texts = [text.strip() or missing for text in known]
    except (TypeError, AttributeError):
        raise MetricError(
            _(
                "Colonne illisible : {name} doit contenir du texte, et rien là où l’information "
                "manque."
            ).format(name=name)
        ) from None
    return np.array([*texts, missing], dtype=object)[codes]  # a missing one has code −1


def _column(name: str, values: Any) -> pd.Series:
    if isinstance(values, pd.Series):
        return values
    try:
        listed = isinstance(values, Mapping) or np.ndim(values) > 0
        return pd.Series(values if listed else [values])
    except ValueError:
        raise MetricError(
            _("Colonne illisible : {name} n’est pas une seule colonne de valeurs.").format(
                name=name
            )
        ) from None


def _columns(named: Mapping[str, Any]) -> dict[str, pd.Series]:
    """Columns of one length; those that come with labels must have the same ones."""
    columns = {name: _column(name, values) for name, values in named.items()}
    check_lengths(columns)
    labelled = [name for name, values in named.items() if isinstance(values, (pd.Series, Mapping))]
    check_labels({name: columns[name].index for name in labelled})
    return columns


def _numbers(name: str, values: Any) -> FloatArray:
    """One column as a 1-D float array of finite or missing (NaN) numbers."""
    column = _column(name, values)
    readable = ("integer", "floating", "mixed-integer-float", "empty")
    try:
        if pd.api.types.infer_dtype(column) not in readable:
            raise TypeError
        array: FloatArray = column.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, OverflowError):
        raise MetricError(
            _(
                "Colonne illisible : {name} contient autre chose que des nombres. Convertissez la "
                "colonne en nombres, et laissez vides les cases inconnues."
            ).format(name=name)
        ) from None
    _refuse(name, column, array, np.isinf(array))
    return array


def _refuse(name: str, column: pd.Series, array: FloatArray, wrong: npt.NDArray[np.bool_]) -> None:
    if wrong.any():
        row = int(wrong.argmax())
        raise MetricError(
            _("Valeur impossible : {name} vaut {value} (index {label}). Corrigez-la.").format(
                name=name, value=number(array[row], 6), label=column.index[row]
            )
        )


def _shares(name: str, column: pd.Series) -> FloatArray:
    """Weights as shares that sum to 1."""
    weights = _numbers(name, column)
    missing = np.isnan(weights)
    if missing.any():
        raise MetricError(
            _("Valeur manquante : {name} ({label}). Écrivez 0 si ce poids est nul.").format(
                name=name, label=column.index[int(missing.argmax())]
            )
        )
    _refuse(name, column, weights, weights < 0)
    if not (weights > 0).any():
        raise MetricError(
            _(
                "Répartition vide : aucun poids n’est plus grand que 0 ({name}). Donnez-en un à au "
                "moins une ligne."
            ).format(name=name)
        )
    weights = weights / weights.max()  # so that huge weights can be added up
    shares: FloatArray = weights / weights.sum()
    return shares
