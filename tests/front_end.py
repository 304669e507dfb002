"""A stand-in for the front end of a notebook: what it shows, and what it saves."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets as widgets
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

from cinqcles.views.questions import QuestionView
from cinqcles.worksheet.answers import MIME


class Page:
    """What a front end shows, and saves: a display that is updated changes where it stands."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._publisher = CapturingDisplayPublisher(shell=shell)
        shell.display_pub = self._publisher

    @property
    def outputs(self) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = []
        for message in self._publisher.outputs:
            name = (message["transient"] or {}).get("display_id")
            if message["update"]:
                for output in shown:
                    if output["display_id"] == name:
                        output["data"] = message["data"]
            else:
                shown.append({"display_id": name, "data": message["data"]})
        return shown

    @property
    def updates(self) -> int:
        return sum(message["update"] for message in self._publisher.outputs)

    def bundles(self, mime: str = MIME) -> list[dict[str, Any]]:
        return [output["data"] for output in self.outputs if mime in output["data"]]

    def values(self) -> dict[str, Any]:
        """The value of each question, as the saved notebook would have it."""
        return {data[MIME]["question"]: data[MIME]["value"] for data in self.bundles()}

    def clear(self) -> None:
        self._publisher.outputs.clear()

    def save(self, file: Path) -> None:
        outputs = [{"output_type": "display_data", "data": o["data"]} for o in self.outputs]
        file.write_text(json.dumps({"cells": [{"outputs": outputs}]}), encoding="utf-8")


def told(view: QuestionView[Any]) -> str:
    said = re.fullmatch(r'<span role="status">(.*)</span>', view._status.value, re.DOTALL)
    assert said
    return html.unescape(said[1])


def all_widgets(box: widgets.Widget) -> Iterator[widgets.Widget]:
    yield box
    for child in getattr(box, "children", ()):
        yield from all_widgets(child)


def images(box: widgets.Widget) -> list[str]:
    """The image tags shown in a box."""
    texts = [w.value for w in all_widgets(box) if isinstance(w, widgets.HTML)]
    return [tag for text in texts for tag in re.findall(r"<img [^>]*>", text)]


def alternative(tag: str) -> str:
    """The text alternative of an image tag."""
    found = re.search(r'alt="([^"]*)"', tag)
    assert found
    return html.unescape(found[1])
