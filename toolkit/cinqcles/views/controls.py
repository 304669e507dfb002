"""The controls of the course: what they look like, and that the keyboard reaches them all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets as widgets
import traitlets
from IPython.display import display
from pydantic import JsonValue

from cinqcles.messages import _, number
from cinqcles.worksheet.questions import parse_number

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

STYLE = """<style>
.cinqcles {max-width: 52rem; border-left: 4px solid #1b6ca8; padding: .2rem 0 .4rem 1rem;
  margin: .4rem 0}
.cinqcles .prompt {font-size: var(--jp-content-font-size2, 1.1rem); font-weight: 600;
  line-height: 1.4; white-space: normal}
.cinqcles .status {line-height: 1.4; white-space: normal}
.cinqcles .prompt .widget-html-content, .cinqcles .status .widget-html-content
  {line-height: 1.4}
.cinqcles .widget-checkbox label, .cinqcles .widget-label-basic
  {height: auto; line-height: 1.4; white-space: normal; padding: .2rem 0; width: auto;
   max-width: 48rem}
.cinqcles .widget-checkbox input {flex: none}
.cinqcles .widget-checkbox {height: auto; width: auto}
.cinqcles .widget-checkbox > label {display: flex; align-items: baseline; gap: .4rem}
.cinqcles .only-one input {appearance: none; box-sizing: border-box; width: 1.1em; height: 1.1em;
  margin: 3px; border: 1.5px solid currentColor; border-radius: 50%; align-self: center}
.cinqcles .only-one input:checked {border-color: #1b6ca8;
  background: radial-gradient(#1b6ca8 52%, transparent 56%)}
@media (forced-colors: active) {.cinqcles .only-one input {appearance: auto}}
.cinqcles .widget-html-content {height: auto}
.cinqcles input:focus-visible, .cinqcles select:focus-visible, .cinqcles textarea:focus-visible,
.cinqcles button:focus-visible, .cinqcles a:focus-visible
  {outline: 3px solid #d9822b !important; outline-offset: 1px}
.cinqcles table {border-collapse: collapse; margin: .4rem 0}
.cinqcles td, .cinqcles th {padding: .2rem .8rem; text-align: left;
  border-bottom: 1px solid var(--jp-border-color1, #bbb)}
.cinqcles .unlabelled .widget-label, .cinqcles .ticks .widget-label-basic span,
.cinqcles .said {position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap}
.cinqcles .ticks > * {margin: 0; padding: .25rem .4rem; align-self: stretch; width: auto;
  height: auto; border-bottom: 1px solid var(--jp-border-color1, #bbb)}
.cinqcles .ticks .widget-html-content {line-height: 1.3; align-self: center; white-space: normal}
.cinqcles .ticks > .head {font-weight: 600; text-align: center; justify-content: center;
  align-items: flex-end}
.cinqcles .ticks > .head .widget-html-content {align-self: flex-end; line-height: 1.2}
.cinqcles .ticks > .widget-checkbox > label {flex: 1; justify-content: center;
  align-items: center; cursor: pointer; align-self: stretch; padding: 0}
.cinqcles .ticks > .widget-checkbox:hover {background: var(--jp-layout-color2, #eee)}
.cinqcles .fields .widget-label {white-space: normal; height: auto; line-height: 1.3;
  text-align: left; align-self: center}
.cinqcles .fields .widget-html-content {line-height: 1.3; white-space: normal}
.cinqcles .fields .widget-hbox .widget-checkbox {margin-right: 1rem}
.cinqcles .fields .widget-hbox {align-items: center; flex-wrap: wrap; overflow: visible}
.cinqcles .fields button {flex: none}
.cinqcles .fields {container-type: inline-size; width: 100%; max-width: 52rem; overflow: visible}
@container (max-width: 34rem) {
  .cinqcles .ticks {grid-template-columns: 1fr 1fr !important}
  .cinqcles .ticks > .head {display: none}
  .cinqcles .ticks > * {border: none}
  .cinqcles .ticks > .widget-html {grid-column: 1 / -1; padding-top: .6rem}
  .cinqcles .ticks > .widget-checkbox > label {justify-content: flex-start}
  .cinqcles .ticks .widget-label-basic > span {position: static; width: auto; height: auto;
    clip-path: none; white-space: normal}
  .cinqcles .fields .widget-text, .cinqcles .fields .widget-textarea {flex-wrap: wrap}
  .cinqcles .fields .widget-text > .widget-label, .cinqcles .fields .widget-textarea > .widget-label
    {width: 100% !important}
  .cinqcles .fields .cinqcles-slider span {width: 8rem}
}
</style>"""

# A widget that has no kernel behind it, or not yet, shows as a text in English: JupyterLab puts it,
# without any element, in an output of no MIME type. What stands for it is then shown instead.
_ASLEEP = """<style>
.jp-OutputArea-output.lm-Panel:not([data-mime-type]):not(:has(*)),
.jp-OutputArea-child:has(> .jp-OutputArea-output .jupyter-widgets)
  ~ .jp-OutputArea-child .cinqcles-asleep {display: none}
</style>"""

SLEEPS = _("Pour vous en servir, cliquez sur ▶▶\u00a0Tout afficher, en haut du cahier.")


def show(widget: widgets.Widget, *, instead: str = "") -> None:
    """Display a widget, and a sentence in its place while there is no kernel behind it."""
    display({**widget._repr_mimebundle_(), "text/plain": ""}, raw=True)
    if instead:
        display({"text/html": asleep(escape(instead)), "text/plain": ""}, raw=True)


class Shown:
    """What the last line of a cell shows, as its ``widget``."""

    widget: widgets.Widget

    def _ipython_display_(self) -> None:
        show(self.widget, instead=SLEEPS)


def asleep(instead: str, always: str = "") -> str:
    """What to show under a widget, as HTML.

    Args:
        instead: shown while the widget above, in the same cell, has no kernel behind it.
        always: shown in any case.
    """
    return f'{_ASLEEP}<div class="cinqcles-asleep">{instead}</div>{always}'


def action(label: str) -> widgets.Button:
    """A button as wide as its words."""
    return widgets.Button(
        description=label, layout=widgets.Layout(width="auto", align_self="flex-start")
    )


def download_link(name: str, address: str, label: str) -> str:
    """A link that looks like a button, as HTML.

    Args:
        address: a ``data:`` address, which carries the file itself: a page left open still gives it
            when the server that made it is gone.
    """
    return (
        '<a class="jupyter-widgets jupyter-button widget-button mod-primary" style="width: auto; '
        'display: block; color: white; text-decoration: none" '
        f'download="{escape(name)}" href="{address}">{escape(label)}</a>'
    )


def tick_boxes(
    options: Mapping[str, str], *, only_one: bool = False, html: bool = False
) -> dict[str, Any]:
    """A box to tick for each option, all of which the keyboard can reach.

    With ``only_one``, boxes are round, and ticking one unticks the others. Radio buttons would say
    so to a screen reader too, but they want the arrow keys, which JupyterLab keeps for itself. With
    ``html``, labels are HTML.
    """
    boxes = {
        option: widgets.Checkbox(description=label, indent=False, description_allow_html=html)
        for option, label in options.items()
    }

    def untick_others(change: Mapping[str, Any]) -> None:
        if change["new"]:
            for other in boxes.values():
                if other is not change["owner"]:
                    other.value = False

    if only_one:
        for each in boxes.values():
            each.add_class("only-one")
            each.observe(untick_others, "value")
    return boxes


def table(frame: pd.DataFrame, labels: Mapping[str, str], caption: str) -> Styler:
    """Columns of a frame under their French names, numbers written the French way.

    Args:
        labels: ``{column: what is shown}``, in order; the first one names the rows.
    """
    frame = frame[list(labels)].rename(columns=labels)
    numbers = frame.select_dtypes("number")
    whole = numbers.columns[(numbers % 1 == 0).all()]
    shown = frame.style.hide(axis="index").set_caption(escape(caption))
    shown = shown.format(decimal=",", thousands="\u202f", precision=2)
    shown = shown.format(subset=whole, decimal=",", thousands="\u202f", precision=0)
    return shown.set_table_styles(
        [
            {
                "selector": "caption",
                "props": "text-align: left; font-weight: 600; padding: .4rem 0",
            },
            {"selector": "th, td", "props": "text-align: right; white-space: normal"},
            {"selector": "th:first-child, td:first-child", "props": "text-align: left"},
            {"selector": "td:first-child", "props": "min-width: 12rem"},
        ]
    )


class _Number(anywidget.AnyWidget):
    """A number between two bounds.

    Attributes:
        value: an integer, or a float where ``step`` is not one.
        description: its label.
    """

    value = traitlets.Union([traitlets.Int(), traitlets.Float()], default_value=0).tag(sync=True)
    min = traitlets.Union([traitlets.Int(), traitlets.Float()], default_value=0).tag(sync=True)
    max = traitlets.Union([traitlets.Int(), traitlets.Float()], default_value=100).tag(sync=True)
    step = traitlets.Union([traitlets.Int(), traitlets.Float()], default_value=1).tag(sync=True)
    description = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.Bool().tag(sync=True)


class Slider(_Number):
    """A labelled slider, the browser's own: ipywidgets' handle has no name that a screen reader
    could say, and JupyterLab takes its arrow keys.
    """

    _esm = """
    export default {
        render({ model, el }) {
            const range = document.createElement("input");
            range.type = "range";
            const label = document.createElement("label");
            label.append(document.createElement("span"), range);
            const show = () => {
                label.firstChild.textContent = model.get("description");
                for (const name of ["min", "max", "step"]) range[name] = model.get(name);
                range.disabled = model.get("disabled");
                if (range.valueAsNumber !== model.get("value")) range.value = model.get("value");
            };
            range.addEventListener("input", () => {
                model.set("value", range.valueAsNumber);
                model.save_changes();
            });
            // Its arrows and letters are not JupyterLab's.
            range.addEventListener("keydown", event => {
                if (event.key !== "Tab") event.stopPropagation();
            });
            model.on("change", show);
            show();
            el.classList.add("cinqcles-slider");
            el.append(label);
        },
    };
    """
    _css = """
    .cinqcles-slider {min-width: 0; margin: 2px}
    .cinqcles-slider label {display: flex; align-items: center; gap: .6rem; line-height: 1.3}
    .cinqcles-slider span {flex: none; max-width: 60%}
    .cinqcles-slider input {flex: 1; min-width: 6rem; height: 1.8rem; cursor: pointer;
        accent-color: var(--jp-brand-color1, #1b6ca8)}
    .fields .cinqcles-slider span {width: 12rem}
    .cinqcles-slider.short span {width: 5.5rem; text-align: right}
    """


class NumberField(_Number):
    """A field to type a number in, as French writes it: the browser's own reads « 12,5 » as 125
    where its language is another. What is no number between the bounds is left as typed, and said.
    """

    typed = traitlets.Unicode().tag(sync=True)
    shown = traitlets.Unicode().tag(sync=True)
    refusal = traitlets.Unicode().tag(sync=True)

    _esm = """
    export default {
        render({ model, el }) {
            const field = document.createElement("input");
            field.inputMode = "decimal";
            field.autocomplete = "off";
            const label = document.createElement("label");
            label.append(document.createElement("span"), field);
            const refusal = document.createElement("div");
            refusal.setAttribute("role", "status");
            const show = () => {
                label.firstChild.textContent = model.get("description");
                field.disabled = model.get("disabled");
                refusal.textContent = model.get("refusal");
                field.setAttribute("aria-invalid", Boolean(model.get("refusal")));
                if (!model.get("refusal")) field.value = model.get("shown");
            };
            field.addEventListener("change", () => {
                const typed = field.value.trim();
                model.set(typed ? { typed } : { refusal: "" });
                model.save_changes();
                if (!typed) show();
            });
            // Its letters are not JupyterLab's.
            field.addEventListener("keydown", event => {
                if (event.key !== "Tab") event.stopPropagation();
            });
            for (const name of ["description", "disabled", "refusal", "shown"]) {
                model.on(`change:${name}`, show);
            }
            // Shown anew, it holds the value, and not what was refused before.
            model.set("refusal", "");
            model.save_changes();
            show();
            el.classList.add("cinqcles-number");
            el.append(label, refusal);
        },
    };
    """
    _css = """
    .cinqcles-number {margin: 2px}
    .cinqcles-number label {display: flex; align-items: center; gap: .4rem; line-height: 1.3}
    .cinqcles-number input {width: 5rem; height: 28px; box-sizing: border-box; padding: 0 .5rem;
        font: inherit; color: var(--jp-ui-font-color1, #000);
        background: var(--jp-layout-color0, #fff);
        border: 1px solid var(--jp-border-color1, #767676)}
    .cinqcles-number div {line-height: 1.3; max-width: 20rem}
    .cinqcles-number div:not(:empty) {padding-top: .2rem}
    .cinqcles-number.unlabelled span {position: absolute; width: 1px; height: 1px;
        overflow: hidden; clip-path: inset(50%); white-space: nowrap}
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.shown = number(self.value)
        self.observe(self._moved, "value")
        self.observe(self._read, "typed")

    def _moved(self, change: Mapping[str, Any]) -> None:
        self.shown = number(change["new"])
        self.refusal = ""

    def _read(self, change: Mapping[str, Any]) -> None:
        typed, whole = change["new"], isinstance(self.step, int)
        if not typed:
            return
        self.typed = ""  # the same may be typed again
        try:
            value = parse_number(typed)
        except ValueError:
            value = math.nan
        if self.min <= value <= self.max and not (whole and value % 1):
            self.refusal = ""
            self.value = int(value) if whole else value
            return
        told = (
            _("«\u00a0{typed}\u00a0» n’est pas lu\u00a0: tapez un nombre entier de {low} à {high}.")
            if whole
            else _("«\u00a0{typed}\u00a0» n’est pas lu\u00a0: tapez un nombre de {low} à {high}.")
        )
        self.refusal = told.format(typed=typed[:20], low=number(self.min), high=number(self.max))


class Upload(anywidget.AnyWidget):
    """A button to choose one file: ipywidgets' own writes « (0) » after its words.

    Attributes:
        value: nothing, or one ``{"name": …, "content": …}``, the content as bytes.
        description: the button's words.
        accept: the endings of file names to offer, with commas between them.
    """

    value: Any = traitlets.Any(()).tag(sync=True)
    description = traitlets.Unicode().tag(sync=True)
    accept = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.Bool().tag(sync=True)

    _esm = """
    export default {
        render({ model, el }) {
            const chosen = document.createElement("input");
            chosen.type = "file";
            chosen.hidden = true;
            const button = document.createElement("button");
            button.className = "jupyter-widgets jupyter-button widget-button";
            button.style.width = "auto";
            const show = () => {
                button.textContent = model.get("description");
                button.disabled = model.get("disabled");
                chosen.accept = model.get("accept");
            };
            button.addEventListener("click", () => chosen.click());
            chosen.addEventListener("change", async () => {
                const file = chosen.files[0];
                if (!file) return;
                const content = new DataView(await file.arrayBuffer());
                model.set("value", [{ name: file.name, content }]);
                model.save_changes();
                chosen.value = "";  // the same file may be chosen again
            });
            model.on("change", show);
            show();
            el.append(button, chosen);
        },
    };
    """


def panel(children: Sequence[widgets.Widget]) -> widgets.VBox:
    """Controls that belong together, as the course shows them."""
    box = widgets.VBox(list(children))
    box.add_class("cinqcles")
    return box


def typed_places(items: Mapping[str, str]) -> tuple[list[widgets.Widget], dict[str, Any]]:
    """A field for each item, to type its place in.

    Places are typed, and not chosen in lists: while a list has the focus, JupyterLab takes
    every letter for a shortcut of its own.

    Returns:
        What is to be shown, and the fields: ``{item: field}``.
    """
    places = {
        item: widgets.Text(
            description=label,
            placeholder=_("1 à {last}").format(last=len(items)),
            style={"description_width": "28rem"},
            layout=widgets.Layout(width="33rem", max_width="100%"),
        )
        for item, label in items.items()
    }
    how = note(
        _(
            "Tapez une place pour chaque ligne, chacune différente\u00a0: 1 pour la "
            "première, {last} pour la dernière."
        ).format(last=len(items))
    )
    return [how, fields(list(places.values()))], places


def placed(places: Mapping[str, Any]) -> JsonValue:
    """The items in the order of the places typed, ``None`` where a place is not taken.

    What is typed as it is, by item, where some of it is no place, or a place twice.
    """
    typed = {item: text for item, place in places.items() if (text := place.value.strip())}
    item_at = {text: item for item, text in typed.items()}
    ranks = [str(rank) for rank in range(1, len(places) + 1)]
    if len(item_at) < len(typed) or not item_at.keys() <= set(ranks):
        return dict(typed)
    return [item_at.get(rank) for rank in ranks] if typed else None


def tick_table(
    items: Mapping[str, str], categories: Mapping[str, str]
) -> tuple[widgets.Widget, dict[str, dict[str, Any]]]:
    """A row for each item, and in it a box to tick for each category, one of which at most.

    What a box says aloud is its category, then its item. What is seen is a table; where it would
    be too narrow, each item is followed by its categories.

    Returns:
        The table, and the boxes: ``{item: {category: box}}``.
    """
    boxes = {}
    cells = [widgets.HTML(escape(label)) for label in ("", *categories.values())]
    for head in cells:
        head.add_class("head")
    for row, (item, label) in enumerate(items.items(), start=1):
        cells.append(widgets.HTML(escape(f"{row}. {label}")))
        names = {c: said(name, after=f"{row}. {label}") for c, name in categories.items()}
        boxes[item] = tick_boxes(names, only_one=True, html=True)
        cells += boxes[item].values()
    columns = f"minmax(12rem, 1fr) repeat({len(categories)}, minmax(4rem, 7.5rem))"
    grid = widgets.GridBox(cells, layout=widgets.Layout(grid_template_columns=columns))
    grid.add_class("ticks")
    return fields([grid]), boxes


def said(seen: str, *, before: str = "", after: str = "") -> str:
    """A label of which only ``seen`` is seen, and the rest said aloud, as HTML."""
    parts = [
        f'<span class="said">{escape(before)}\u00a0: </span>' if before else "",
        escape(seen),
        f'<span class="said">\u00a0: {escape(after)}</span>' if after else "",
    ]
    return "".join(parts)


def fields(rows: Sequence[widgets.Widget]) -> widgets.VBox:
    """Rows of controls that fold where the page is narrow."""
    box = widgets.VBox(list(rows))
    box.add_class("fields")
    return box


def ticked(boxes: Mapping[str, Mapping[str, Any]]) -> dict[str, JsonValue] | None:
    """``{item: category}`` for the rows of :func:`tick_table` that have a box ticked."""
    return {
        item: category for item, row in boxes.items() for category, box in row.items() if box.value
    } or None


def note(text: str) -> widgets.HTML:
    """A line that says how to answer."""
    line = widgets.HTML(escape(text))
    line.add_class("status")
    return line


def inputs(children: Sequence[widgets.Widget]) -> list[Any]:
    """What one answers with among widgets, inside boxes too: fields, ticks, sliders, buttons."""
    found = []
    for child in children:
        if child.has_trait("disabled"):
            found.append(child)
        found += inputs(getattr(child, "children", ()))
    return found
