"""Predict, move, explain: the frame of the simulators of all five keys.

A simulator asks for a prediction first; only then does it show its controls, and what they
change. It ends with the learner's own explanation, and a possible one to compare it with. Each key
derives its own from `Simulator`, and gives it a question, controls, and what they redraw.

Everything moved by a slider can also be typed, and everything drawn is also told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from cinqcles.messages import _
from cinqcles.views.controls import STYLE, NumberField, Slider, action, panel
from cinqcles.views.pictures import Telling, heading, paragraph
from cinqcles.worksheet.questions import parse_number

_WIDE = {"description_width": "initial"}
_NOTHING = -1  # a value, as a list whose value is None shows no option


class Simulator(Telling):
    """What all simulators share.

    A simulator's ``__init__`` makes its controls (`slider`, `choices`…) and areas (`area`), calls
    `assemble`, then draws itself a first time.

    Attributes
    ----------
    controls : dict of widgets, by name: ``prediction`` and ``why`` always, and those that move
    buttons : dict of widgets: ``predict``, ``explain``
    told : dict of str: what is said of the ``prediction``, of the ``explanation``, and in each area
    predicted : the value predicted, None before
    """

    def __init__(self) -> None:
        super().__init__()
        self.controls: dict[str, Any] = {}
        self.buttons: dict[str, Any] = {}
        self.predicted: Any = None
        self._missing = ""
        self._bounds: tuple[float, float] | None = None

    # What each simulator says for itself.

    def tell_prediction(self) -> str:
        """What was predicted, beside what happens as the controls stand."""
        raise NotImplementedError

    def explanation(self) -> str:
        """A possible explanation of what the controls show."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw again what a prediction changes in the pictures; nothing by default."""

    # The frame.

    def assemble(
        self,
        notice: str,
        question: str,
        moving: Sequence[widgets.Widget],
        *,
        why: str,
        begin: str,
    ) -> None:
        """Put the three steps together, the last two hidden until the first is done.

        Parameters
        ----------
        notice : where the data come from, always in sight
        question : what to predict, with ``controls["prediction"]``
        moving : controls, areas and paragraphs of the second step, in order
        why : what the third step asks to explain in a sentence
        begin : the first words of an explanation, shown in the empty field
        """
        self.controls["why"] = widgets.Textarea(
            description=_("Mon explication"),
            placeholder=begin,
            style=_WIDE,
            layout=widgets.Layout(width="auto", max_width="44rem", height="4.5rem"),
        )
        self.buttons = {
            "predict": action(_("Valider ma prédiction")),
            "explain": action(_("Comparer avec une explication possible")),
        }
        self._after = widgets.VBox(
            [
                heading(_("2. Bougez")),
                paragraph(
                    _(
                        "Changez un réglage à la fois, et regardez ce qui bouge. Au clavier : "
                        "Tab passe au réglage suivant, Espace ouvre une liste, les flèches et "
                        "Entrée y choisissent."
                    )
                ),
                *moving,
                heading(_("3. Expliquez")),
                paragraph(
                    _(
                        "{why} Ce texte n’est que pour vous : il n’est ni noté, ni enregistré."
                    ).format(why=why)
                ),
                self.controls["why"],
                self.buttons["explain"],
                self.area("explanation"),
            ],
            layout=widgets.Layout(display="none"),
        )
        self.widget = panel(
            [
                widgets.HTML(STYLE),
                paragraph(notice),
                heading(_("1. Prédisez")),
                paragraph(question),
                self.controls["prediction"],
                self.buttons["predict"],
                self.area("prediction"),
                self._after,
            ]
        )
        self.buttons["predict"].on_click(lambda _button: self._predict())
        self.buttons["explain"].on_click(lambda _button: self._explain())

    # Controls.

    def choices(
        self, name: str, label: str, options: Sequence[tuple[str, Any]], value: Any = None
    ) -> widgets.Dropdown:
        """A list of ``(what is shown, value)``, on ``value`` or on the first option."""
        self.controls[name] = widgets.Dropdown(
            description=label,
            options=options,
            value=options[0][1] if value is None else value,
            style=_WIDE,
            layout=widgets.Layout(width="auto", max_width="44rem"),
        )
        return self.controls[name]

    def predict_among(
        self, invitation: str, options: Sequence[tuple[str, Any]], missing: str
    ) -> None:
        """Make ``controls["prediction"]`` a list that opens on an invitation to choose; ``missing``
        is said while nothing is chosen."""
        self.choices("prediction", _("Ma prédiction"), [(invitation, _NOTHING), *options])
        self._missing = missing

    def predict_number(
        self, label: str, bounds: tuple[float, float], invitation: str, missing: str
    ) -> None:
        """Make ``controls["prediction"]`` a field to type a number in, empty at first; ``missing``
        is said while it holds no number within the bounds."""
        self.controls["prediction"] = widgets.Text(
            description=label,
            placeholder=invitation,
            style=_WIDE,
            layout=widgets.Layout(width="auto", max_width="28rem"),
        )
        self._bounds = bounds
        self._missing = missing

    def slider(
        self,
        name: str,
        labels: tuple[str, str],
        value: float,
        bounds: tuple[float, float, float],
        allowed: Callable[[Any], Any] | None = None,
    ) -> widgets.HBox:
        """A slider, and a field to type the same number in.

        Parameters
        ----------
        name : of the slider among the controls; the field is ``<name>_typed``
        labels : of the slider, of the field
        bounds : least, most, step; whole numbers make a slider of whole numbers
        allowed : what a value asked for is replaced by, as when a total is to be kept
        """
        low, high, step = bounds
        whole = all(isinstance(n, int) for n in (value, *bounds))
        if not whole:
            value, low, high, step = map(float, (value, low, high, step))
        number = {"value": value, "min": low, "max": high, "step": step}
        self.controls[name] = Slider(
            description=labels[0],
            layout=widgets.Layout(width="auto", flex="1 1 22rem", max_width="32rem"),
            **number,
        )
        self.controls[f"{name}_typed"] = NumberField(
            description=labels[1],
            layout=widgets.Layout(width="auto", flex="0 0 auto"),
            **number,
        )
        both = (self.controls[name], self.controls[f"{name}_typed"])
        if allowed is None:
            widgets.link(*((control, "value") for control in both))
        else:
            # A link refuses that a value be corrected on its way.
            def correct(change: Mapping[str, Any]) -> None:
                kept = allowed(change["new"])
                for control in both:
                    control.value = kept

            for control in both:
                control.observe(correct, "value")
        return widgets.HBox(
            [self.controls[name], self.controls[f"{name}_typed"]],
            layout=widgets.Layout(flex_flow="row wrap", max_width="52rem"),
        )

    # What is shown.

    def follow_prediction(self) -> None:
        """Compare the prediction, once there is one, with what happens now."""
        if self.predicted is not None:
            self.tell("prediction", self.tell_prediction())

    def _asked(self) -> Any:
        """What is in the prediction's control, None for nothing."""
        value = self.controls["prediction"].value
        if self._bounds is None:
            return None if value == _NOTHING else value
        low, high = self._bounds
        try:
            typed = parse_number(value)
        except ValueError:
            return None
        return typed if low <= typed <= high else None

    def _predict(self) -> None:
        asked = self._asked()
        if asked is None:
            self.tell("prediction", self._missing)
            return
        self.predicted = asked
        self._after.layout.display = "flex"
        self.redraw()
        self.follow_prediction()

    def _explain(self) -> None:
        if not self.controls["why"].value.strip():
            self.tell("explanation", _("Écrivez d’abord votre phrase, même très courte."))
            return
        told = _("Une explication possible. {explanation}")
        self.tell("explanation", told.format(explanation=self.explanation()))
