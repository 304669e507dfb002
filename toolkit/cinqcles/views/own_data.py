"""« Vos données »: a lesson's analysis on a file the learner brings.

Nothing leaves the machine that runs the notebook. A file that cannot be read is explained in a
sentence, and the synthetic sample stands in for it, labelled as such.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import ipywidgets as widgets
import pandas as pd

from cinqcles.data import Export, Report, company, read_export
from cinqcles.data.files import shown
from cinqcles.errors import CinqclesError
from cinqcles.messages import _
from cinqcles.views.controls import STYLE, Upload, action, panel
from cinqcles.views.pictures import Telling


class OwnData(Telling):
    """A learner's export, read where the notebook runs, or the sample that stands in for it.

    Each key derives its own, and says what its analysis needs and shows.

    Parameters
    ----------
    export : path of an export, or None for the sample

    Attributes
    ----------
    controls : dict of widgets: ``upload``, ``sample``, and those of the key
    told : dict of str: ``source`` (whose data these are), and what the key tells
    """

    def __init__(self, export: str | os.PathLike[str] | None = None) -> None:
        super().__init__()
        self.controls: dict[str, Any] = {
            "upload": Upload(
                description=_("Choisir mon export (.zip, .csv, .xls ou .xlsx)"),
                accept=".zip,.csv,.tsv,.txt,.xls,.xlsx",
            ),
            "sample": action(_("Revenir à l’exemple")),
        }
        self._place = widgets.VBox()
        self.widget = panel(
            [
                widgets.HTML(STYLE),
                self.controls["upload"],
                self.area("source"),
                self.area("report"),
                *self.build(),
                self._place,
                self.controls["sample"],
            ]
        )
        self.controls["upload"].observe(self._uploaded, "value")
        self.controls["sample"].on_click(lambda _button: self._show_sample())
        if export is None:
            self._show_sample()
        else:
            self._read(export)

    # What each key says for itself.

    whose = _("Vos données")
    """Whose data these are, once they are the learner's."""

    read_in = _("lues dans « {name} »")
    """Where they were read, in the gender of ``whose``."""

    def build(self) -> Sequence[widgets.Widget]:
        """The key's own controls and areas, above what is shown; none by default."""
        return ()

    def read(self, source: str | os.PathLike[str] | bytes) -> Export:
        """Read an export, and refuse what the analysis cannot do without.

        Raises
        ------
        CinqclesError
            The file cannot be read, or is not one this analysis can use: the sentence is shown.
        """
        return read_export(source)

    def sample(self) -> tuple[pd.DataFrame, Report | None]:
        """The synthetic data shown meanwhile, and how they were read if they were."""
        raise NotImplementedError

    def show(self, frame: pd.DataFrame, notice: str) -> Sequence[widgets.Widget]:
        """The analysis of these data; ``notice`` says whose they are, in two words.

        Raises
        ------
        CinqclesError
            They do not allow it: the sentence is shown, and the sample stands in.
        """
        raise NotImplementedError

    # What they share.

    def _uploaded(self, change: Mapping[str, Any]) -> None:
        if change["new"]:
            self._read(bytes(change["new"][0]["content"]), change["new"][0]["name"])

    def _read(self, source: str | os.PathLike[str] | bytes, name: str = "") -> None:
        try:
            export = self.read(source)
            read_in = self.read_in.format(name=name or export.report.source)
            told = f"{self.whose}, {read_in}."
            self._show(export.frame, told, f"{self.whose}.", export.report)
        except CinqclesError as refused:
            # What is uploaded has a name, which its content alone does not tell.
            why = str(refused)
            self._show_sample(why.replace(_("fichier transmis"), shown(name)) if name else why)
            return
        self.controls["sample"].layout.display = "flex"

    def _show_sample(self, why: str = "") -> None:
        frame, report = self.sample()
        short = _("Exemple synthétique.")
        told = f"{short} {company.NOTICE}"
        if why:
            told = _("⚠ {why} En attendant, voici l’exemple. {told}").format(why=why, told=told)
        self._show(frame, told, short, report)
        self.controls["sample"].layout.display = "none"

    def _show(self, frame: pd.DataFrame, told: str, short: str, report: Report | None) -> None:
        analysis = self.show(frame, short)
        self.tell("source", told)
        self.area("report").value = (
            ""
            if report is None
            else f"<details><summary>{escape(_('Comment le fichier a été lu'))}</summary>"
            f"{report._repr_html_()}</details>"
        )
        self._place.children = list(analysis)
