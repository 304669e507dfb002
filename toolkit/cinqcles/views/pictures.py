"""What every picture of the course shares: its colours, its axes, its reading in words.

A figure here says twice what it shows: once drawn, once as a sentence (``told``) that is both the
text alternative of the image and, under it, a live region that a screen reader announces. Figures
are built without pyplot, so none stays in memory.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import ipywidgets as widgets
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.ticker import FuncFormatter
from pandas.io.formats.style import Styler
from PIL import Image

from cinqcles.messages import _, number, percent
from cinqcles.views.controls import Shown

# Okabe & Ito's colours, told apart by colour-blind readers; each also has its own line and marker.
LineStyle = Literal["-", "--", ":", "-."]
ORANGE, BLUE, PURPLE, GREEN = "#D55E00", "#0072B2", "#7A3E8E", "#00795A"
GREY, INK, PAPER = "#767676", "#222222", "#ffffff"
LINES: tuple[tuple[str, LineStyle, str], ...] = (
    (ORANGE, "--", "o"),
    (BLUE, "-", "s"),
    (PURPLE, ":", "^"),
    (GREEN, "-.", "D"),
)
"""Colour, line and marker of the series of a picture, in order."""

_READABLE = "max-width: 52rem; line-height: 1.5; margin: .3rem 0"


# ---------------------------------------------------------------------- words


def quoted(title: str) -> str:
    return _("« {title} »").format(title=title)


def shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def drawable(text: str) -> str:
    """A title without what Matplotlib's font cannot draw: emojis, mostly."""
    known = get_font(findfont("DejaVu Sans")).get_charmap()
    return " ".join("".join(c for c in text if ord(c) in known or c.isspace()).split())


# ---------------------------------------------------------------------- pictures


@dataclass(frozen=True)
class Picture:
    """A drawn figure and its reading.

    Attributes
    ----------
    image : bytes, a PNG or an SVG
    told : str, one or two sentences: what one reads on it, for those who do not see it too
    """

    image: bytes
    told: str

    def __repr__(self) -> str:
        return self.told

    def _repr_html_(self) -> str:
        return image_tag(self.image, self.told) + status(self.told)


def image_tag(image: bytes, told: str) -> str:
    """An image as HTML, with its reading as text alternative."""
    if image.startswith(b"<svg"):
        kind = "svg+xml"
        size = image[: image.index(b">")].decode()
        width, height = (size.split(f'{side}="')[1].split('"')[0] for side in ("width", "height"))
    else:
        kind = "png"
        width, height = (str(int.from_bytes(image[at : at + 4], "big")) for at in (16, 20))
    # The size keeps the page still while the picture changes; decoding="sync" avoids a blink.
    return (
        f'<img alt="{escape(told)}" decoding="sync" width="{width}" height="{height}" '
        'style="display: block; max-width: 100%; height: auto; border-radius: 4px" '
        f'src="data:image/{kind};base64,{base64.b64encode(image).decode()}">'
    )


def status(told: str) -> str:
    """A sentence that a screen reader says when it changes, as HTML."""
    return f'<p role="status" style="{_READABLE}">{escape(told)}</p>'


class Telling(Shown):
    """What tells and draws as its controls move.

    Attributes
    ----------
    told : dict of str: what each area says
    """

    def __init__(self) -> None:
        self.told: dict[str, str] = {}
        self._areas: dict[str, widgets.HTML] = {}

    def area(self, name: str) -> widgets.HTML:
        """A place where something is told or drawn."""
        if name not in self._areas:  # a widget made is a widget the browser is told of
            self._areas[name] = widgets.HTML()
        return self._areas[name]

    def tell(self, name: str, told: str) -> None:
        self.told[name] = told
        self.area(name).value = status(told) if told else ""

    def draw(self, name: str, image: bytes, told: str) -> None:
        """Show a picture in the area ``<name>_image``, and tell its reading in ``<name>``."""
        self.tell(name, told)
        self.area(f"{name}_image").value = image_tag(image, told)


def paragraph(text: str) -> widgets.HTML:
    return widgets.HTML(f'<p style="{_READABLE}">{escape(text)}</p>')


def heading(text: str) -> widgets.HTML:
    # A heading of level 4 keeps its place under the notebook's own.
    return widgets.HTML(f'<h4 style="margin: .6rem 0 .1rem">{escape(text)}</h4>')


# ---------------------------------------------------------------------- Matplotlib


def figure(width: float, height: float) -> Figure:
    """A blank figure, in inches of 100 pixels."""
    return Figure(figsize=(width, height), dpi=100, facecolor=PAPER)


def png(drawn: Figure) -> bytes:
    canvas: Any = FigureCanvasAgg(drawn)
    canvas.draw()
    return encoded(canvas)


def encoded(canvas: Any) -> bytes:
    """What a canvas shows, as a PNG."""
    buffer = io.BytesIO()
    # Written to be looked at once: fast rather than small.
    Image.fromarray(np.asarray(canvas.buffer_rgba())).save(buffer, format="png", compress_level=1)
    return buffer.getvalue()


def plain_axes(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK, labelsize=10)
    axes.set_facecolor(PAPER)


def decimal(digits: int) -> FuncFormatter:
    """Axis labels as French numbers."""
    return FuncFormatter(lambda value, _position: number(value, digits))


def percents(digits: int) -> FuncFormatter:
    return FuncFormatter(lambda value, _position: percent(value, digits))


# ---------------------------------------------------------------------- SVG


def svg(width: float, height: float, parts: str) -> bytes:
    """A drawing of texts and lines, as SVG: quicker than Matplotlib where there are many labels,
    and sharp at any size."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="DejaVu Sans, Verdana, sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="{PAPER}"/>{parts}</svg>'
    ).encode()


def words(x: float, y: float, anchor: str, text: str, colour: str, *, bold: bool = False) -> str:
    """A line of text in an SVG; ``anchor``: ``start``, ``middle`` or ``end``."""
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}"{weight}>'
        f"{escape(text)}</text>"
    )


# ---------------------------------------------------------------------- tables


def styled(table: pd.DataFrame, caption: str = "") -> Styler:
    """A table to read: its caption, its row headers on the left."""
    return table.style.set_caption(escape(caption)).set_table_styles(
        [
            {"selector": "caption", "props": "text-align: left; font-weight: 600"},
            {
                "selector": "th.row_heading",
                "props": "text-align: left; font-weight: 400; min-width: 11rem",
            },
            {
                "selector": "th.col_heading",
                "props": "max-width: 7rem; white-space: normal; vertical-align: bottom",
            },
        ]
    )
