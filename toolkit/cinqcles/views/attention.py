"""Key 5 on screen: its tables, its plots, its simulator, and the learner's own videos.

Idea
----
Every figure here says twice what it shows: once drawn, once as a sentence (``told``) that is both
the text alternative of the image and, under it, a live region that a screen reader announces.

- `video_table` and the pictures `slopes`, `retention`, `scatter_by_group` are for one cell;
- `RankingSimulator` lets the learner predict, move, explain: it ranks the same videos by what is
  seen first (likes) and by the criterion chosen in `CRITERIA`, and shows who is still watching
  at a mark that moves;
- `OwnVideos` runs the simulator on an export of YouTube Studio.

Measures come from :mod:`cinqcles.keys.attention`; this module arranges and draws them. Figures are
built without pyplot, so none stays in memory, and the artists of a simulator are drawn again
rather than made again, so that a slider is followed without delay.
"""

from __future__ import annotations

import base64
import io
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Literal

import ipywidgets as widgets
import numpy as np
import pandas as pd
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.ticker import FuncFormatter, NullLocator
from pandas.io.formats.style import Styler
from PIL import Image

from cinqcles.data import company, read_youtube, write_youtube_export
from cinqcles.errors import CinqclesError, MetricError
from cinqcles.keys import attention
from cinqcles.messages import _, euros, ngettext, number, percent
from cinqcles.views.controls import STYLE, action, panel
from cinqcles.worksheet.questions import parse_number

CLAIM_S = 7
"""The mark the course starts from: a claim to test. No source is known for it."""

LONGEST_MARK_S = 60
MOST_DRAWN = 12
"""Videos drawn at once; of more, the most viewed are kept, and the sentence says so."""

# Okabe & Ito's colours, told apart by colour-blind readers; each also has its own line and marker.
_Style = Literal["-", "--", ":"]
FIRST_SEEN, FIRST_BY_CRITERION, PREDICTED = "#D55E00", "#0072B2", "#7A3E8E"
_GREY, _INK, _PAPER = "#767676", "#222222", "#ffffff"
_LINES: tuple[tuple[str, _Style, str], ...] = (
    (FIRST_SEEN, "--", "o"),
    (FIRST_BY_CRITERION, "-", "s"),
    (PREDICTED, ":", "^"),
)
_STYLES: dict[str, _Style] = {colour: style for colour, style, _marker in _LINES}

_TEN_HOURS_S = 36_000
_CLOSE_SHARES = 0.1  # of two dots whose texts would touch
_NOBODY = -1  # a value, as a list whose value is None shows no option
_UNMEASURED = _("non mesuré")


# ---------------------------------------------------------------------- words and numbers


def place(rank: int) -> str:
    """A place in a ranking, agreeing with « place » and « vidéo ».

    >>> place(1), place(3)
    ('1re', '3e')
    """
    return _("1re") if rank == 1 else _("{n}e").format(n=rank)


def _quoted(title: str) -> str:
    return _("« {title} »").format(title=title)


def _seconds(value: float) -> str:
    return _("{n} s").format(n=number(value, 1))


def _hours(value_s: float) -> str:
    return _("{n} h").format(n=number(value_s / 3600, 0 if value_s > _TEN_HOURS_S else 1))


def _share(value: float) -> str:
    """A share to the point, or to its decimal where rounding would make it everybody."""
    rounded = percent(value, 0)
    return percent(value, 1) if value < 1 and rounded == percent(1, 0) else rounded


def _count(value: float) -> str:
    return number(value, 0)


def signed(value: float) -> str:
    """A link between −1 and +1, its sign always written.

    >>> signed(-0.618), signed(0.5)
    ('−0,62', '+0,5')
    """
    return ("+" if value > 0 else "") + number(value, 2).replace("-", "−")


def _format_name(value: str) -> str:
    names = {"court": _("format court"), "long": _("format long")}
    return names.get(value, value)


# ---------------------------------------------------------------------- what videos are ranked by


@dataclass(frozen=True)
class Criterion:
    """Something videos can be ranked by: the columns it needs, its measure, how to write it."""

    label: str
    columns: tuple[str, ...]
    measure: Callable[[pd.DataFrame], pd.Series]
    show: Callable[[float], str]
    lower_is_better: bool = False


def _interactions(frame: pd.DataFrame) -> pd.Series:
    return frame[list(_REACTIONS)].sum(axis=1, skipna=False)


_REACTIONS = ("likes", "comments", "shares")

CRITERIA: dict[str, Criterion] = {
    "likes": Criterion(_("Mentions J’aime"), ("likes",), lambda f: f["likes"], _count),
    "views": Criterion(_("Vues"), ("views",), lambda f: f["views"], _count),
    "engagement_reach": Criterion(
        _("Interactions par personne touchée (portée)"),
        (*_REACTIONS, "reach"),
        lambda f: attention.engagement_rate_by_reach(_interactions(f), f["reach"]),
        percent,
    ),
    "engagement_impressions": Criterion(
        _("Interactions par affichage (impressions)"),
        (*_REACTIONS, "impressions"),
        lambda f: attention.engagement_rate_by_impressions(_interactions(f), f["impressions"]),
        percent,
    ),
    "engagement_views": Criterion(
        _("Interactions par vue"),
        (*_REACTIONS, "views"),
        lambda f: attention.engagement_rate_by_impressions(_interactions(f), f["views"]),
        percent,
    ),
    "watch_time": Criterion(
        _("Temps regardé, au total"), ("watch_time_s",), lambda f: f["watch_time_s"], _hours
    ),
    "seconds_per_view": Criterion(
        _("Durée moyenne d’une vue"),
        ("average_view_duration_s",),
        lambda f: f["average_view_duration_s"],
        _seconds,
    ),
    "share_watched": Criterion(
        _("Part de la vidéo regardée en moyenne"),
        ("average_view_duration_s", "duration_s"),
        lambda f: attention.average_percentage_viewed(
            f["average_view_duration_s"], f["duration_s"]
        ),
        percent,
    ),
    "kept": Criterion(
        _("Part encore présente à l’instant choisi"),
        ("share_at_mark",),
        lambda f: f["share_at_mark"],
        percent,
    ),
    "cost_hour": Criterion(
        _("Coût d’une heure regardée"),
        ("cost_eur", "watch_time_s"),
        lambda f: attention.cost_per_engaged_second(f["cost_eur"], f["watch_time_s"]),
        lambda per_second: euros(3600 * per_second),
        lower_is_better=True,
    ),
    "cost_view": Criterion(
        _("Coût d’une vue"),
        ("cost_eur", "views"),
        lambda f: attention.cost_per_view(f["cost_eur"], f["views"]),
        lambda value: euros(value, 3),
        lower_is_better=True,
    ),
    "cost_kept": Criterion(
        _("Coût d’une vue encore en cours à l’instant choisi"),
        ("cost_eur", "views", "share_at_mark"),
        lambda f: attention.cost_per_view(f["cost_eur"], f["views"] * f["share_at_mark"]),
        lambda value: euros(value, 3),
        lower_is_better=True,
    ),
    "cost_completed": Criterion(
        _("Coût d’une vue complète"),
        ("cost_eur", "completed_views"),
        lambda f: attention.cost_per_completed_view(f["cost_eur"], f["completed_views"]),
        lambda value: euros(value, 3),
        lower_is_better=True,
    ),
    "cost_order": Criterion(
        _("Coût d’une commande"),
        ("cost_eur", "conversions"),
        lambda f: attention.cpa(f["cost_eur"], f["conversions"]),
        euros,
        lower_is_better=True,
    ),
    "roi": Criterion(
        _("Gain net par euro dépensé"),
        ("margin_eur", "cost_eur"),
        lambda f: attention.roi(f["margin_eur"], f["cost_eur"]),
        euros,
    ),
}
"""What the course ranks videos by, from what is seen first to what it is worth."""


def usable(frame: pd.DataFrame) -> dict[str, Criterion]:
    """The criteria these videos have the columns for, with at least two videos measured."""
    found = {}
    for name, criterion in CRITERIA.items():
        if not set(criterion.columns) <= set(frame.columns):
            continue
        try:
            values = criterion.measure(frame)
        except MetricError:
            continue
        if values.notna().sum() > 1:
            found[name] = criterion
    return found


def ranking(frame: pd.DataFrame, criterion: str) -> pd.Series:
    """The place of each video: 1 is the best, and videos that cannot be measured come last."""
    chosen = CRITERIA[criterion]
    values = chosen.measure(frame).astype(float)
    places = values.rank(method="first", ascending=chosen.lower_is_better, na_option="bottom")
    return places.astype(int)


def _first(places: pd.Series) -> int:
    """The row of the video in first place."""
    return int(np.nanargmin(places.to_numpy(dtype=float)))


def _shown(criterion: Criterion, value: float) -> str:
    return _UNMEASURED if pd.isna(value) else criterion.show(value)


# ---------------------------------------------------------------------- tables


_HEADS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "title": (_("Vidéo"), str),
    "format": (_("Format"), str),
    "published_on": (_("Mise en ligne"), lambda day: f"{day:%d/%m/%Y}"),
    "duration_s": (_("Durée (s)"), _count),
    "impressions": (_("Impressions (affichages)"), _count),
    "reach": (_("Portée (personnes)"), _count),
    "views": (_("Vues"), _count),
    "watch_time_s": (_("Temps regardé (h)"), lambda s: number(s / 3600, 0)),
    "average_view_duration_s": (_("Durée moyenne d’une vue (s)"), lambda s: number(s, 1)),
    "completed_views": (_("Vues complètes"), _count),
    "likes": (_("Mentions J’aime"), _count),
    "comments": (_("Commentaires"), _count),
    "shares": (_("Partages"), _count),
    "subscribers": (_("Abonnés gagnés"), _count),
    "cost_eur": (_("Coût (€)"), _count),
    "conversions": (_("Commandes"), _count),
    "margin_eur": (_("Marge (€)"), _count),
}


WHOLE_STORY = (
    "format", "likes", "cost_eur", "conversions", "margin_eur", "views", "watch_time_s", "reach",
    "impressions",
)  # fmt: skip
"""The columns of `videos` that tell seen from worth."""


def video_table(
    frame: pd.DataFrame,
    columns: Sequence[str],
    criteria: Sequence[str] = (),
    caption: str = "",
) -> Styler:
    """Videos as a table to read: French headers with their units, a row header, a caption.

    Parameters
    ----------
    frame : DataFrame, a row a video, as `cinqcles.data.videos` gives
    columns : names of its columns, ``title`` excepted, which always comes first
    criteria : names in `CRITERIA`, each measured and shown as one more column
    caption : what the table shows
    """
    shown = frame.set_index("title")[list(columns)]
    shown.index.name = None
    formats: dict[Any, Any] = {_HEADS[c][0]: _HEADS[c][1] for c in columns}
    shown = shown.rename(columns={column: _HEADS[column][0] for column in columns})
    for name in criteria:
        criterion = CRITERIA[name]
        shown[criterion.label] = criterion.measure(frame).to_numpy()
        formats[criterion.label] = criterion.show
    return _styled(shown, caption).format(formats, na_rep="–")


def _styled(table: pd.DataFrame, caption: str = "") -> Styler:
    return table.style.set_caption(caption).set_table_styles(
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
        return _image(self.image, self.told) + _status(self.told)


def _image(image: bytes, told: str) -> str:
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
        'style="max-width: 100%; height: auto; border-radius: 4px" '
        f'src="data:image/{kind};base64,{base64.b64encode(image).decode()}">'
    )


def _status(told: str) -> str:
    return f'<p role="status" style="{_READABLE}">{escape(told)}</p>'


def _paragraph(text: str) -> widgets.HTML:
    return widgets.HTML(f'<p style="{_READABLE}">{escape(text)}</p>')


_READABLE = "max-width: 52rem; line-height: 1.5; margin: .3rem 0"


def _figure(width: float, height: float) -> Figure:
    return Figure(figsize=(width, height), dpi=100, facecolor=_PAPER)


def _png(figure: Figure) -> bytes:
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return _encoded(canvas)


def _encoded(canvas: Any) -> bytes:
    buffer = io.BytesIO()
    # Written to be looked at once: fast rather than small.
    Image.fromarray(np.asarray(canvas.buffer_rgba())).save(buffer, format="png", compress_level=1)
    return buffer.getvalue()


def _plain_axes(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=_INK, labelsize=10)
    axes.set_facecolor(_PAPER)


def _decimal(digits: int) -> FuncFormatter:
    return FuncFormatter(lambda value, _position: number(value, digits))


def _percents(digits: int) -> FuncFormatter:
    return FuncFormatter(lambda value, _position: percent(value, digits))


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _drawable(text: str) -> str:
    """A title without what Matplotlib's font cannot draw: emojis, mostly."""
    known = get_font(findfont("DejaVu Sans")).get_charmap()
    return " ".join("".join(c for c in text if ord(c) in known or c.isspace()).split())


_SLOPES_PX = (345, 365, 535, 555, 900)  # end of the left text, the lines, the right text, the end
_ROW_PX, _TOP_PX = 31, 58
_MOST_CHARACTERS = 46  # of a line of text, in bold: what the two columns hold


def _draw_slopes(
    frame: pd.DataFrame,
    places: tuple[pd.Series, pd.Series],
    values: tuple[Sequence[str], Sequence[str]],
    names: tuple[str, str],
    marked: Mapping[int, str],
) -> bytes:
    """Two rankings side by side, each video a line from one to the other.

    Drawn as SVG: two dozen labels take Matplotlib longer than a slider can wait, and here they
    stay sharp at any size. ``marked``: row -> colour of the videos to follow.
    """
    n, (left, start, end, right, width) = len(frame), _SLOPES_PX
    formats = [str(f) for f in frame["format"]] if "format" in frame else [""] * n
    kinds = sorted(set(formats))
    height = _TOP_PX + _ROW_PX * n + (26 if len(kinds) > 1 else 4)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="DejaVu Sans, Verdana, sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="{_PAPER}"/>'
    ]
    sides = (("end", left), ("start", right))
    for name, (anchor, x) in zip(names, sides, strict=True):
        parts.append(_words(x, 26, anchor, CRITERIA[name].label, _INK, bold=True))
    rows = [row for row in range(n) if row not in marked] + list(marked)
    for row in rows:
        colour = marked.get(row, _GREY)
        ends = [int(side.iloc[row]) for side in places]
        y = [_TOP_PX + _ROW_PX * (rank - 0.5) for rank in ends]
        dashes = {"--": "9 5", ":": "2 4"}.get(_STYLES.get(colour, "-"), "none")
        parts.append(
            f'<line x1="{start}" y1="{y[0]}" x2="{end}" y2="{y[1]}" stroke="{colour}" '
            f'stroke-width="{4 if row in marked else 1.3}" stroke-dasharray="{dashes}"/>'
        )
        square = formats[row] != kinds[0]
        for x, at in zip((start, end), y, strict=True):
            parts.append(_marker(x, at, colour, square=square, radius=7 if row in marked else 4))
        star = "★ " if colour == PREDICTED else ""
        for value, rank, at, (anchor, x) in zip(
            (side[row] for side in values), ends, y, sides, strict=True
        ):
            shown_rank = "–" if value == _UNMEASURED else str(rank)
            fixed = f" · {value} · {shown_rank}"
            title = star + _shortened(
                frame["title"][row], _MOST_CHARACTERS - len(fixed) - len(star)
            )
            text = title + fixed if anchor == "end" else f"{shown_rank} · {value} · {title}"
            ink = colour if row in marked else "#444444"
            parts.append(_words(x, at + 4, anchor, text, ink, bold=row in marked))
    if len(kinds) > 1:
        others = " / ".join(map(_format_name, kinds[1:]))
        for at_x, kind in ((width / 2 - 110, _format_name(kinds[0])), (width / 2 + 20, others)):
            parts.append(_marker(at_x, height - 12, _INK, square=kind == others, radius=5))
            parts.append(_words(at_x + 12, height - 8, "start", kind, _INK))
    return ("".join(parts) + "</svg>").encode()


def _words(x: float, y: float, anchor: str, text: str, colour: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}"{weight}>'
        f"{escape(text)}</text>"
    )


def _marker(x: float, y: float, colour: str, *, square: bool, radius: float) -> str:
    if square:
        side = 2 * radius - 1
        return (
            f'<rect x="{x - side / 2}" y="{y - side / 2}" width="{side}" height="{side}" '
            f'fill="{colour}"/>'
        )
    return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}"/>'


class _Curves:
    """Who is still watching, second by second, for one to three videos, and a mark.

    The curves are drawn once; only the mark and what it reads are drawn again when it moves.
    """

    def __init__(self, until_s: float, n: int = 2) -> None:
        self._until_s = until_s
        figure = _figure(9, 3.8 + 0.2 * n)
        self._canvas: Any = FigureCanvasAgg(figure)
        axes = figure.add_axes((0.085, 0.13, 0.885, 0.855 - 0.058 * n))
        _plain_axes(axes)
        axes.set_xlim(0, until_s)
        axes.set_ylim(0, 1.24)
        axes.set_yticks(np.linspace(0, 1, 6))
        axes.xaxis.set_major_formatter(_decimal(1))
        axes.yaxis.set_major_formatter(_percents(0))
        axes.set_xlabel(_("secondes depuis le début de la vidéo"), color=_INK)
        axes.set_ylabel(_("part encore présente"), color=_INK)
        axes.grid(axis="y", color="#dddddd", linewidth=0.8)
        self._axes = axes
        self._lines = [
            axes.plot([], [], color=colour, linestyle=style, linewidth=2.4, drawstyle="steps-post")
            for colour, style, _marker in _LINES[:n]
        ]
        self._dots = [
            axes.plot([], [], color=colour, marker=marker, markersize=9, linestyle="none")[0]
            for colour, _style, marker in _LINES[:n]
        ]
        bold: dict[str, Any] = {"fontsize": 11, "fontweight": "bold", "va": "center"}
        self._shares = [axes.text(0, 0, "", color=c, **bold) for c, _s, _m in _LINES[:n]]
        self._mark = axes.axvline(0, color=_INK, linewidth=1.4)
        self._mark_text = axes.text(0, 1.17, "", color=_INK, **bold)
        self._moving = [self._mark, self._mark_text, *self._dots, *self._shares]
        for artist in self._moving:
            artist.set_animated(True)
        self._titles: tuple[str, ...] = ()
        self._background: Any = None

    def draw(
        self,
        curves: Mapping[str, attention.RetentionCurve],
        mark_s: float,
        shares: Sequence[float | None],
    ) -> bytes:
        """``shares``: the share of each curve at the mark, None once the video is over."""
        if tuple(curves) != self._titles:
            self._draw_curves(curves)
        self._canvas.restore_region(self._background)
        late = mark_s > 0.85 * self._until_s
        side = "right" if late else "left"
        self._mark.set_xdata([mark_s, mark_s])
        self._mark_text.set(x=mark_s, ha=side, text=f" {_seconds(mark_s)} ")
        # A curve goes down: above and to the right of a dot there is room, unless another dot is
        # close above; then below and to the left.
        known = sorted(share for share in shares if share is not None)
        for share, dot, text in zip(shares, self._dots, self._shares, strict=True):
            dot.set_data(([], []) if share is None else ([mark_s], [share]))
            text.set_text("" if share is None else f"  {_share(share)}  ")
            if share is None:
                continue
            crowded = any(0 < other - share < _CLOSE_SHARES for other in known)
            text.set(
                x=mark_s,
                y=max(share + (-0.06 if crowded else 0.055), 0.04),
                ha="right" if late or (crowded and mark_s > 0.1 * self._until_s) else "left",
            )
        for artist in self._moving:
            self._axes.draw_artist(artist)
        return _encoded(self._canvas)

    def _draw_curves(self, curves: Mapping[str, attention.RetentionCurve]) -> None:
        self._titles = tuple(curves)
        for (line,), curve in zip(self._lines, curves.values(), strict=True):
            line.set_data(
                np.concatenate(([0.0], curve.times_s)),
                np.concatenate(([1.0], curve.share_watching)),
            )
        legend = self._axes.legend(
            [line for (line,) in self._lines],
            [_shortened(_drawable(title), 80) for title in curves],
            loc="lower left",
            bbox_to_anchor=(0, 1.0),
            borderaxespad=0.2,
            fontsize=10,
            frameon=False,
            handlelength=3.5,
        )
        for text in legend.get_texts():
            text.set_parse_math(False)
        self._canvas.draw()
        self._background = self._canvas.copy_from_bbox(self._canvas.figure.bbox)


def _share_at(curve: attention.RetentionCurve, mark_s: float) -> float | None:
    """The share still watching, None where nobody was observed any more: the video is over."""
    try:
        share = float(curve.at(mark_s))
    except MetricError:
        return None
    return None if np.isnan(share) else share


def _tell_retention(titles: Sequence[str], shares: Sequence[float | None], mark_s: float) -> str:
    parts = [
        _("{title} est finie").format(title=_quoted(title))
        if share is None
        else _("{share} des spectateurs regardent encore {title}").format(
            share=_share(share), title=_quoted(title)
        )
        for title, share in zip(titles, shares, strict=True)
    ]
    return _("À {mark} : {parts}.").format(mark=_seconds(mark_s), parts=" ; ".join(parts))


def retention(
    curves: Mapping[str, attention.RetentionCurve],
    mark_s: float = CLAIM_S,
    until_s: float = LONGEST_MARK_S,
) -> Picture:
    """The retention curves of one to three videos, and who is still there at a mark.

    Parameters
    ----------
    curves : title -> curve, from one to three
    mark_s : seconds at which the curves are read
    until_s : end of the horizontal axis, in seconds
    """
    shares = [_share_at(curve, mark_s) for curve in curves.values()]
    png = _Curves(until_s, len(curves)).draw(curves, mark_s, shares)
    return Picture(png, _tell_retention(list(curves), shares, mark_s))


def retention_table(
    curves: Mapping[str, attention.RetentionCurve], mark_s: float = CLAIM_S
) -> Styler:
    """What the curves say at a mark: the share still there, its interval, and the median."""
    rows = {}
    for title, curve in curves.items():
        share = _share_at(curve, mark_s)
        try:
            low, high = curve.interval_at(mark_s)
            interval = _("{low} à {high}").format(low=_share(low), high=_share(high))
        except MetricError:
            interval = "–"
        try:
            half = _seconds(curve.median_s())
        except MetricError:
            half = _("pas avant la fin")
        rows[title] = (_("finie") if share is None else _share(share), interval, half)
    heads = (
        _("Encore là à {mark}").format(mark=_seconds(mark_s)),
        _("Intervalle, à 95 % de confiance"),
        _("La moitié est partie à"),
    )
    return _styled(pd.DataFrame.from_dict(rows, orient="index", columns=list(heads)))


def slopes(frame: pd.DataFrame, criterion: str, start: str = "likes") -> Picture:
    """Two rankings of the same videos, side by side, the two winners picked out.

    Parameters
    ----------
    frame : DataFrame, a row a video; at most `MOST_DRAWN` can be read
    criterion, start : names in `CRITERIA`; ``start`` is on the left
    """
    frame = frame.reset_index(drop=True)
    both = (start, criterion)
    places = (ranking(frame, start), ranking(frame, criterion))
    values = tuple(_all_shown(frame, name) for name in both)
    shown = (values[0], values[1])
    seen, best = (_first(side) for side in places)
    marked = {best: FIRST_BY_CRITERION, seen: FIRST_SEEN}
    told = _tell_ranks(frame, places, shown, both)
    return Picture(_draw_slopes(frame, places, shown, both, marked), told)


def _all_shown(frame: pd.DataFrame, name: str) -> list[str]:
    criterion = CRITERIA[name]
    return [_shown(criterion, value) for value in criterion.measure(frame)]


def _tell_ranks(
    frame: pd.DataFrame,
    places: tuple[pd.Series, pd.Series],
    values: tuple[Sequence[str], Sequence[str]],
    names: tuple[str, str],
) -> str:
    seen, best = (_first(side) for side in places)
    start, chosen = (CRITERIA[name].label for name in names)
    if seen == best:
        return _(
            "Premier critère, {start} ; second critère, {chosen} : la même vidéo est en tête, "
            "{title} ({before} ; {after}). {moved}"
        ).format(
            start=_quoted(start),
            chosen=_quoted(chosen),
            title=_quoted(frame["title"][best]),
            before=values[0][best],
            after=values[1][best],
            moved=_tell_moves(places),
        )
    return _(
        "Selon {chosen}, la première est {title} ({after}), qui n’est que {rank} selon {start}. "
        "La première selon {start}, {other} ({before}), {fallen}. {moved}"
    ).format(
        chosen=_quoted(chosen),
        start=_quoted(start),
        title=_quoted(frame["title"][best]),
        after=values[1][best],
        rank=place(int(places[0][best])),
        other=_quoted(frame["title"][seen]),
        before=values[0][seen],
        fallen=_("n’est plus mesurable")
        if values[1][seen] == _UNMEASURED
        else _("arrive {rank} sur {n} ({now})").format(
            rank=place(int(places[1][seen])), n=len(frame), now=values[1][seen]
        ),
        moved=_tell_moves(places),
    )


def _tell_moves(places: tuple[pd.Series, pd.Series]) -> str:
    moved = int((places[0] != places[1]).sum())
    if not moved:
        return _("Aucune vidéo ne change de place.")
    return ngettext(
        "{n} vidéo sur {all} change de place.", "{n} vidéos sur {all} changent de place.", moved
    ).format(n=moved, all=len(places[0]))


def tell_link(link: attention.RankComparison) -> str:
    """A rank correlation read aloud, with how far it can be trusted (Markdown)."""
    if link.low < 0 < link.high:
        verdict = _(
            "0 est entre les deux : **on ne peut pas dire que la règle vaut partout**, seulement "
            "ce que l’on voit sur ces vidéos-ci."
        )
    elif link.high <= 0:
        verdict = _("Les deux bornes sont négatives : **les deux classements s’opposent**.")
    else:
        verdict = _("Les deux bornes sont positives : **les deux classements se ressemblent**.")
    return _(
        "Le lien vaut **{link}**. Mais {n} vidéos, c’est peu : d’autres, semblables, auraient pu "
        "donner une valeur de {low} à {high}. {verdict}"
    ).format(
        link=signed(link.correlation),
        n=link.n,
        low=signed(link.low),
        high=signed(link.high),
        verdict=verdict,
    )


def scatter_by_group(
    x: pd.Series,
    y: pd.Series,
    by: pd.Series,
    found: attention.SimpsonReversal,
) -> Picture:
    """The same points three times: all together, then each group on its own scale.

    Parameters
    ----------
    x, y, by : what was given to ``simpson_reversals``; ``y`` is a share. The names of ``x`` and
        ``y`` label the axes
    found : its result, written above each panel
    """
    groups = [str(group) for group in found.groups.index]
    figure = _figure(9, 3.5)
    panels = figure.subplots(1, 1 + len(groups))
    links = {"": found.pooled, **found.groups["association"].to_dict()}
    for axes, group in zip(panels, ["", *groups], strict=True):
        _plain_axes(axes)
        for i, name in enumerate(groups):
            colour, _style, marker = _LINES[i % len(_LINES)]
            rows = by == name
            if group in ("", name):
                axes.plot(
                    x[rows], y[rows], marker, color=colour, markersize=8, label=_format_name(name)
                )
        axes.set_title(
            _("{what}\nlien : {rho}").format(
                what=_("Toutes ensemble") if not group else _format_name(group).capitalize(),
                rho=signed(links[group]),
            ),
            fontsize=11,
            fontweight="bold",
            color=_INK,
        )
        axes.xaxis.set_major_formatter(_decimal(0))
        axes.yaxis.set_major_formatter(_percents(2 if y[by == group].max() < 0.01 else 1))  # noqa: PLR2004
        axes.xaxis.get_major_locator().set_params(nbins=4)
        axes.margins(0.12)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel(str(x.name), color=_INK, fontsize=9.5)
    panels[0].set_ylabel(str(y.name), color=_INK, fontsize=9.5)
    panels[0].legend(fontsize=9, framealpha=0.9)
    figure.tight_layout()
    inside = " ; ".join(f"{_format_name(g)}, {signed(links[g])}" for g in groups)
    told = _("Lien entre les deux mesures, toutes vidéos ensemble : {pooled}. {inside}. {verdict}")
    verdict = (
        _("Le signe s’inverse dans chaque groupe.")
        if found.reversed
        else _("Le signe ne s’inverse pas dans tous les groupes.")
    )
    return Picture(
        _png(figure),
        told.format(
            pooled=signed(found.pooled), inside=inside[:1].upper() + inside[1:], verdict=verdict
        ),
    )


# ---------------------------------------------------------------------- predict, move, explain


class RankingSimulator:
    """Predict which video comes first, move what decides it, explain the change.

    Parameters
    ----------
    frame : DataFrame
        A row a video: ``title``, ``likes`` or ``views``, and what the criteria need.
    curves : mapping, optional
        ``video_id`` -> retention curve. Without it there is no mark to move.
    criterion : str
        What the learner predicts first, a name in `CRITERIA`.
    notice : str
        Where the data come from, always in sight.

    Raises
    ------
    MetricError
        Fewer than two videos, or nothing to rank them by.

    Attributes
    ----------
    controls : dict of widgets: ``prediction``, ``criterion``, ``mark_s``, ``cost`` (each of these
        two with ``_typed``, a field for the same number), ``why``; those the videos do not allow
        are absent
    buttons : dict of widgets: ``predict``, ``explain``
    told : dict of str: what is said of the ``prediction``, the ``ranks``, the ``retention`` and
        the ``explanation``
    ranks : DataFrame, ``title``, ``before`` (place by what is seen first), ``after`` (by the
        criterion)
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        curves: Mapping[str, attention.RetentionCurve] | None = None,
        criterion: str = "cost_hour",
        notice: str = "",
    ) -> None:
        kept = frame
        if len(frame) > MOST_DRAWN and "views" in frame:
            kept = frame.nlargest(MOST_DRAWN, "views")
        self._frame = kept.head(MOST_DRAWN).reset_index(drop=True)
        self._curves = curves or {}
        if curves:
            self._longest_s = int(min(LONGEST_MARK_S, self._frame["duration_s"].max()))
            self._frame["share_at_mark"] = self._shares_at(CLAIM_S)
        possible = usable(self._frame)
        self.start = "likes" if "likes" in possible else "views"
        choices = [name for name in possible if name != self.start]
        if self.start not in possible or not choices:
            raise MetricError(
                _(
                    "Il n’y a pas de quoi comparer deux classements : il faut au moins deux "
                    "vidéos, avec leurs mentions J’aime ou leurs vues, et une autre mesure "
                    "(durée de visionnage, impressions…). Refaites l’export avec ces colonnes."
                )
            )
        self.criterion = criterion if criterion in choices else _preferred(choices)
        self.told: dict[str, str] = {}
        self._predicted: int | None = None
        self._drawing = _Curves(self._longest_s) if curves else None
        self._build(choices, notice, len(frame))
        self._redraw_ranks()
        self._redraw_curves()

    # What is on screen.

    def _build(self, choices: Sequence[str], notice: str, known: int) -> None:
        wide = {"description_width": "initial"}
        layout = widgets.Layout(width="auto", max_width="44rem")
        self._rows: dict[str, Any] = {}
        titles = [(t, row) for row, t in enumerate(self._frame["title"])]
        self.controls: dict[str, Any] = {
            "prediction": widgets.Dropdown(
                description=_("Ma prédiction"),
                options=[(_("Choisissez une vidéo"), _NOBODY), *sorted(titles)],
                style=wide,
                layout=layout,
            ),
            "criterion": widgets.Dropdown(
                description=_("Critère"),
                options=[(CRITERIA[name].label, name) for name in choices],
                value=self.criterion,
                style=wide,
                layout=layout,
            ),
        }
        if self._drawing:
            self._add_slider(
                "mark_s",
                (_("Instant (secondes)"), _("ou tapez les secondes")),
                value=CLAIM_S,
                bounds=(1, self._longest_s, 1),
            )
        if "cost_eur" in self._frame:
            self._add_slider(
                "cost",
                (_("Coût de la plus aimée (% du coût réel)"), _("ou tapez le pourcentage")),
                value=100,
                bounds=(5, 200, 5),
            )
        self.controls["why"] = widgets.Textarea(
            description=_("Mon explication"),
            placeholder=_("Le classement change parce que…"),
            style=wide,
            layout=widgets.Layout(width="auto", max_width="44rem", height="4.5rem"),
        )
        self.buttons: dict[str, Any] = {
            "predict": action(_("Valider ma prédiction")),
            "explain": action(_("Comparer avec une explication possible")),
        }
        self._areas = {
            name: widgets.HTML()
            for name in ("prediction", "ranks_image", "ranks", "retention_image", "retention",
                         "explanation")
        }  # fmt: skip
        parts: list[Any] = [
            _heading(_("2. Bougez")),
            _paragraph(
                _(
                    "Changez un réglage à la fois, et regardez ce qui bouge. Au clavier : "
                    "Tab passe au réglage suivant, Espace ouvre une liste, les flèches et Entrée "
                    "y choisissent."
                )
            ),
            self.controls["criterion"],
            *([self._rows["cost"]] if "cost" in self._rows else []),
            self._areas["ranks_image"],
            self._areas["ranks"],
        ]
        if self._drawing:
            parts += [
                self._rows["mark_s"],
                self._areas["retention_image"],
                self._areas["retention"],
            ]
        parts += [
            _heading(_("3. Expliquez")),
            _paragraph(
                _(
                    "En une phrase : qu’est-ce qui fait changer le classement ? Ce texte "
                    "n’est que pour vous : il n’est ni noté, ni enregistré."
                )
            ),
            self.controls["why"],
            self.buttons["explain"],
            self._areas["explanation"],
        ]
        self._after = widgets.VBox(parts, layout=widgets.Layout(display="none"))
        question = _("Selon le critère {criterion}, laquelle de ces vidéos sera la première ?")
        self.widget = panel(
            [
                widgets.HTML(STYLE),
                _paragraph(self._scope(notice, known)),
                _heading(_("1. Prédisez")),
                _paragraph(question.format(criterion=_quoted(CRITERIA[self.criterion].label))),
                self.controls["prediction"],
                self.buttons["predict"],
                self._areas["prediction"],
                self._after,
            ]
        )
        self.buttons["predict"].on_click(lambda _button: self._predict())
        self.buttons["explain"].on_click(lambda _button: self._explain())
        self.controls["criterion"].observe(self._moved, "value")
        if "mark_s" in self.controls:
            self.controls["mark_s"].observe(self._marked, "value")
        if "cost" in self.controls:
            self.controls["cost"].observe(self._moved, "value")

    def _add_slider(
        self, name: str, labels: tuple[str, str], value: int, bounds: tuple[int, int, int]
    ) -> None:
        """A slider, and a field for the same number: ipywidgets gives a slider's handle no name
        that a screen reader could say, and a field has one."""
        low, high, step = bounds
        wide = {"description_width": "initial"}
        self.controls[name] = widgets.IntSlider(
            description=labels[0],
            value=value,
            min=low,
            max=high,
            step=step,
            readout=False,
            style=wide,
            layout=widgets.Layout(width="auto", flex="1 1 22rem", max_width="32rem"),
        )
        self.controls[f"{name}_typed"] = widgets.BoundedIntText(
            description=labels[1],
            value=value,
            min=low,
            max=high,
            step=step,
            style=wide,
            layout=widgets.Layout(width="auto", flex="0 0 auto"),
        )
        widgets.link((self.controls[name], "value"), (self.controls[f"{name}_typed"], "value"))
        self._rows[name] = widgets.HBox(
            [self.controls[name], self.controls[f"{name}_typed"]],
            layout=widgets.Layout(flex_flow="row wrap", max_width="52rem"),
        )

    def _ipython_display_(self) -> None:
        display(self.widget)

    def _scope(self, notice: str, known: int) -> str:
        if known <= len(self._frame):
            return notice
        return _("{notice} Les {n} vidéos les plus vues, sur {known}, sont classées ici.").format(
            notice=notice, n=len(self._frame), known=known
        )

    def _tell(self, area: str, told: str) -> None:
        self.told[area] = told
        self._areas[area].value = _status(told)

    # What the controls do.

    def _predict(self) -> None:
        chosen = self.controls["prediction"].value
        if chosen == _NOBODY:
            self._tell("prediction", _("Choisissez d’abord une vidéo dans la liste."))
            return
        self._predicted = chosen
        self._after.layout.display = "flex"
        self._redraw_ranks()

    def _moved(self, _change: object) -> None:
        self.criterion = self.controls["criterion"].value
        self._redraw_ranks()
        self._redraw_curves()

    def _marked(self, change: Mapping[str, Any]) -> None:
        self._frame["share_at_mark"] = self._shares_at(change["new"])
        if "share_at_mark" in CRITERIA[self.criterion].columns:
            self._redraw_ranks()
        self._redraw_curves()

    def _explain(self) -> None:
        if not self.controls["why"].value.strip():
            self._tell("explanation", _("Écrivez d’abord votre phrase, même très courte."))
            return
        frame = self._moved_frame()
        self._tell(
            "explanation",
            _("Une explication possible. {first} {second} {so}").format(
                first=_facts(frame.iloc[self._winners[0]]),
                second=_facts(frame.iloc[self._winners[1]])
                if self._winners[0] != self._winners[1]
                else "",
                so=_(
                    "Une mention J’aime se donne en un instant ; elle ne compte ni l’argent "
                    "dépensé, ni le temps que chaque personne a vraiment passé."
                ),
            ),
        )

    # What they show.

    def _shares_at(self, mark_s: float) -> list[float]:
        found = [_share_at(self._curves[video], mark_s) for video in self._frame["video_id"]]
        return [np.nan if share is None else share for share in found]

    def _moved_frame(self) -> pd.DataFrame:
        """The videos, the most liked one at the cost the learner set."""
        frame = self._frame
        if "cost" not in self.controls:
            return frame
        most_liked = _first(ranking(frame, self.start))
        asked = self.controls["cost"].value / 100
        costs = frame["cost_eur"].where(frame.index != most_liked, frame["cost_eur"] * asked)
        return frame.assign(cost_eur=costs)

    @property
    def ranks(self) -> pd.DataFrame:
        """The two rankings, as drawn."""
        before, after = self._places
        return pd.DataFrame({"title": self._frame["title"], "before": before, "after": after})

    def _redraw_ranks(self) -> None:
        frame = self._moved_frame()
        names = (self.start, self.criterion)
        self._places = (ranking(frame, self.start), ranking(frame, self.criterion))
        self._winners = [_first(side) for side in self._places]
        values = (_all_shown(frame, self.start), _all_shown(frame, self.criterion))
        marked = {} if self._predicted is None else {self._predicted: PREDICTED}
        marked |= {self._winners[1]: FIRST_BY_CRITERION, self._winners[0]: FIRST_SEEN}
        told = _tell_ranks(frame, self._places, values, names)
        self._tell("ranks", told)
        self._tell_prediction()
        image = _draw_slopes(frame, self._places, values, names, marked)
        self._areas["ranks_image"].value = _image(image, told)

    def _tell_prediction(self) -> None:
        if self._predicted is None:
            return
        rank = int(self._places[1][self._predicted])
        title = _quoted(self._frame["title"][self._predicted])
        criterion = _quoted(CRITERIA[self.criterion].label)
        told = (
            _("✓ Vous aviez prédit {title} : elle est bien la première selon {criterion}.")
            if rank == 1
            else _(
                "Vous aviez prédit {title} : selon {criterion}, elle est {rank} sur {n}. "
                "La première est {first}."
            )
        )
        self._tell(
            "prediction",
            told.format(
                title=title,
                criterion=criterion,
                rank=place(rank),
                n=len(self._frame),
                first=_quoted(self._frame["title"][self._winners[1]]),
            ),
        )

    def _redraw_curves(self) -> None:
        if not self._drawing:
            return
        seen, best = self._winners
        if seen == best:  # two curves are always shown: the runner-up stands in
            best = _first(self._places[1].where(self._places[1].index != seen))
        rows = [seen, best]
        titles = [self._frame["title"][row] for row in rows]
        curves = {
            title: self._curves[self._frame["video_id"][row]]
            for title, row in zip(titles, rows, strict=True)
        }
        mark_s = self.controls["mark_s"].value
        shares = [_share_at(curve, mark_s) for curve in curves.values()]
        told = _tell_retention(titles, shares, mark_s)
        self._tell("retention", told)
        self._areas["retention_image"].value = _image(
            self._drawing.draw(curves, mark_s, shares), told
        )


def _preferred(choices: Sequence[str]) -> str:
    wished = ("seconds_per_view", "watch_time", "engagement_views")
    return next((name for name in wished if name in choices), choices[0])


def _heading(text: str) -> widgets.HTML:
    # A heading of level 4 keeps its place under the notebook's own.
    return widgets.HTML(f'<h4 style="margin: .6rem 0 .1rem">{escape(text)}</h4>')


def _facts(video: pd.Series) -> str:
    """What is known of one video, in a sentence."""
    known = []
    for column, text in (
        ("likes", _("{n} mentions J’aime")),
        ("views", _("{n} vues")),
    ):
        if column in video and pd.notna(video[column]):
            known.append(text.format(n=_count(video[column])))
    if "watch_time_s" in video and pd.notna(video["watch_time_s"]):
        known.append(_("{time} regardées").format(time=_hours(video["watch_time_s"])))
    if "average_view_duration_s" in video and pd.notna(video["average_view_duration_s"]):
        known.append(_("{time} par vue").format(time=_seconds(video["average_view_duration_s"])))
    if "cost_eur" in video and pd.notna(video["cost_eur"]):
        known.append(_("{cost} dépensés").format(cost=euros(video["cost_eur"], 0)))
    return _("{title} : {facts}.").format(title=_quoted(video["title"]), facts=", ".join(known))


# ---------------------------------------------------------------------- the learner's own videos


class OwnVideos:
    """The same analysis on the learner's own export of YouTube Studio.

    Nothing leaves the machine that runs the notebook. A file that cannot be read is explained in
    a sentence, and the synthetic sample stands in for it, labelled as such.

    Parameters
    ----------
    export : path of a ``.zip`` or ``.csv`` export, or None for the sample
    sample : DataFrame, videos of the fictional company

    Attributes
    ----------
    controls : dict of widgets: ``upload``, ``cost``
    told : dict of str: ``source`` (whose videos these are), ``missing`` (what the export does not
        have), ``cost`` (what an hour watched costs)
    simulator : RankingSimulator or None, on the videos read
    """

    def __init__(self, export: str | os.PathLike[str] | None, sample: pd.DataFrame) -> None:
        self._sample = sample
        self.simulator: RankingSimulator | None = None
        self.told: dict[str, str] = {}
        wide = {"description_width": "initial"}
        self.controls: dict[str, Any] = {
            "upload": widgets.FileUpload(
                description=_("Choisir mon export, .zip ou .csv"),
                accept=".zip,.csv",
                multiple=False,
                layout=widgets.Layout(width="auto", align_self="flex-start"),
            ),
            "cost": widgets.Text(
                description=_("Coût total de ces vidéos (en euros)"),
                placeholder=_("facultatif"),
                style=wide,
                layout=widgets.Layout(width="auto", max_width="28rem"),
                continuous_update=False,
            ),
        }
        self._areas = {name: widgets.HTML() for name in ("source", "missing", "cost", "report")}
        self._place = widgets.VBox()
        self.widget = panel(
            [
                widgets.HTML(STYLE),
                self.controls["upload"],
                self._areas["source"],
                self._areas["report"],
                self._areas["missing"],
                self.controls["cost"],
                self._areas["cost"],
                self._place,
            ]
        )
        self.controls["upload"].observe(self._uploaded, "value")
        self.controls["cost"].observe(lambda _change: self._tell_cost(), "value")
        self._read(export)

    def _ipython_display_(self) -> None:
        display(self.widget)

    def _tell(self, area: str, told: str) -> None:
        self.told[area] = told
        self._areas[area].value = _status(told) if told else ""

    def _uploaded(self, change: Mapping[str, Any]) -> None:
        if change["new"]:
            self._read(bytes(change["new"][0]["content"]), change["new"][0]["name"])

    def _read(self, source: str | os.PathLike[str] | bytes | None, name: str = "") -> None:
        if source is None:
            self._show_sample()
            return
        try:
            export = read_youtube(source)
            if export.report.shape != "table":
                raise MetricError(
                    _(
                        "Ce fichier contient « {label} » ; l’analyse demande le tableau par vidéo. "
                        "Dans YouTube Studio : Mode avancé, onglet Contenu, flèche de "
                        "téléchargement. Donnez le .zip entier, la bonne feuille sera choisie."
                    ).format(label=export.report.label)
                )
            told = _("Vos vidéos, lues dans « {name} ».").format(name=name or export.report.source)
            self._show(export.frame, told, _("Vos vidéos."), export.report)
        except CinqclesError as refused:
            self._show_sample(str(refused))

    def _show_sample(self, why: str = "") -> None:
        # Written and read back, so that the sample goes the whole way of a real export.
        with tempfile.TemporaryDirectory() as folder:
            path = write_youtube_export(self._sample, Path(folder) / _("exemple-synthetique.csv"))
            export = read_youtube(path)
        short = _("Exemple synthétique.")
        told = f"{short} {company.NOTICE}"
        if why:
            told = _("⚠ {why} En attendant, voici l’exemple. {told}").format(why=why, told=told)
        self._show(export.frame, told, short, export.report)

    def _show(self, frame: pd.DataFrame, told: str, short: str, report: Any) -> None:
        named = frame["title"] if "title" in frame else pd.Series(pd.NA, index=frame.index)
        ids = frame.get("video_id", named)
        # A video with no title is known by its id, and one with neither by its row.
        titles = named.fillna(ids).fillna(pd.Series(frame.index + 1, frame.index).astype(str))
        frame = frame.assign(title=titles.astype(str))
        simulator = RankingSimulator(frame, notice=short)
        self.simulator = simulator
        self._frame = frame
        self._tell("source", told)
        self._areas["report"].value = (
            f"<details><summary>{escape(_('Comment le fichier a été lu'))}</summary>"
            f"{report._repr_html_()}</details>"
        )
        self._tell("missing", self._missing(frame))
        self._tell_cost()
        self._place.children = [simulator.widget]

    def _missing(self, frame: pd.DataFrame) -> str:
        lines = []
        if "likes" not in frame:
            lines.append(
                _(
                    "Votre export n’a pas de colonne « J’aime » : le classement de départ est "
                    "celui des vues. Pour l’ajouter, dans le Mode avancé, cliquez sur « + » "
                    "au-dessus du tableau, puis refaites l’export."
                )
            )
        possible = usable(frame)
        absent = [
            CRITERIA[name].label
            for name in ("engagement_views", "engagement_impressions", "seconds_per_view",
                         "share_watched", "watch_time")
            if name not in possible
        ]  # fmt: skip
        if absent:
            lines.append(
                _("Faute de colonnes, ces critères manquent : {names}.").format(
                    names=", ".join(absent)
                )
            )
        lines.append(
            _(
                "Un export de YouTube n’a ni coût, ni courbe seconde par seconde : l’argent se "
                "tape ci-dessous, et la courbe se lit dans YouTube Studio, vidéo par vidéo."
            )
        )
        return " ".join(lines)

    def _tell_cost(self) -> None:
        typed = self.controls["cost"].value.strip()
        if not typed:
            self._tell(
                "cost",
                _("Sans coût, l’analyse porte sur l’attention seule. Vous pouvez continuer."),
            )
            return
        try:
            cost = parse_number(typed, "€")
        except ValueError:
            self._tell(
                "cost",
                _(
                    "« {typed} » n’est pas lu comme un montant. Écrivez par exemple {example}."
                ).format(typed=typed[:40], example=euros(1250)),
            )
            return
        try:
            if "watch_time_s" not in self._frame:
                raise MetricError(_("La colonne du temps regardé manque dans cet export."))
            watched_s = float(self._frame["watch_time_s"].sum())
            per_second = attention.cost_per_engaged_second(cost, watched_s)
        except MetricError as refused:
            self._tell("cost", str(refused))
            return
        self._tell(
            "cost",
            _(
                "{cost} pour {time} regardées : une heure d’attention vous coûte {hourly}, toutes "
                "vidéos ensemble. Pour comparer les vidéos entre elles, il faudrait le coût de "
                "chacune : partager ce total en parts serait l’inventer."
            ).format(
                cost=euros(cost),
                time=_hours(watched_s),
                hourly=CRITERIA["cost_hour"].show(per_second),
            ),
        )
