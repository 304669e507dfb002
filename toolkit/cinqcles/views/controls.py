"""The controls of the course: what they look like, and that the keyboard reaches them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

STYLE = """<style>
.cinqcles {max-width: 52rem; border-left: 4px solid #1b6ca8; padding: .2rem 0 .4rem 1rem;
  margin: .4rem 0}
.cinqcles .prompt {font-size: var(--jp-content-font-size2, 1.1rem); font-weight: 600;
  line-height: 1.4; white-space: normal}
.cinqcles .status {line-height: 1.4; white-space: normal}
.cinqcles .widget-checkbox label, .cinqcles .widget-label-basic
  {height: auto; line-height: 1.4; white-space: normal; padding: .2rem 0; width: auto;
   max-width: 48rem}
.cinqcles .widget-checkbox input {flex: none}
.cinqcles .widget-checkbox {height: auto; width: auto}
.cinqcles .widget-checkbox > label {display: flex; align-items: baseline; gap: .4rem}
.cinqcles .widget-html-content {height: auto}
.cinqcles input:focus-visible, .cinqcles select:focus-visible, .cinqcles textarea:focus-visible,
.cinqcles button:focus-visible {outline: 3px solid #d9822b !important; outline-offset: 1px}
.cinqcles table {border-collapse: collapse; margin: .4rem 0}
.cinqcles td, .cinqcles th {padding: .2rem .8rem; text-align: left;
  border-bottom: 1px solid var(--jp-border-color1, #bbb)}
</style>"""


def action(label: str) -> widgets.Button:
    """A button as wide as its words."""
    return widgets.Button(
        description=label, layout=widgets.Layout(width="auto", align_self="flex-start")
    )


def tick_boxes(options: Mapping[str, str], *, only_one: bool = False) -> dict[str, Any]:
    """A box to tick for each option, all of which the keyboard can reach.

    With ``only_one``, ticking a box unticks the others. Radio buttons would say so better, but
    they want the arrow keys, which JupyterLab keeps for itself.
    """
    boxes = {
        option: widgets.Checkbox(description=label, indent=False)
        for option, label in options.items()
    }

    def untick_others(change: Mapping[str, Any]) -> None:
        if change["new"]:
            for other in boxes.values():
                if other is not change["owner"]:
                    other.value = False

    if only_one:
        for each in boxes.values():
            each.observe(untick_others, "value")
    return boxes


def table(frame: pd.DataFrame, labels: Mapping[str, str], caption: str) -> Styler:
    """Columns of a frame under their French names, numbers written the French way.

    Args:
        labels: ``{column: what is shown}``, in order; the first one names the rows.
    """
    shown = frame[list(labels)].rename(columns=labels).style.hide(axis="index")
    shown = shown.format(decimal=",", thousands="\u202f", precision=2).set_caption(escape(caption))
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


def panel(children: Sequence[widgets.Widget]) -> widgets.VBox:
    """Controls that belong together, as the course shows them."""
    box = widgets.VBox(list(children))
    box.add_class("cinqcles")
    return box
