"""Tables as platforms write them, and which platforms would read them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import pandas as pd
import xlwt  # type: ignore[import-untyped]

from cinqcles.data.exports import Export, read
from cinqcles.data.platforms import PLATFORMS
from cinqcles.errors import ExportError


def table(
    headers: Sequence[str], *rows: Mapping[str, object] | Sequence[object], separator: str = ","
) -> str:
    """A CSV with every cell quoted, from rows in the order of the headers or named by them."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(headers)
    for row in rows:
        writer.writerow([row.get(h, "") for h in headers] if isinstance(row, Mapping) else row)
    return out.getvalue()


def xlsx(**sheets: Sequence[Sequence[Any]]) -> bytes:
    """A workbook with one sheet a keyword (``All_posts`` is « All posts »)."""
    book = openpyxl.Workbook()
    for sheet in book.worksheets:
        book.remove(sheet)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xls(**sheets: Sequence[Sequence[Any]]) -> bytes:
    """The same, in the former format."""
    book = xlwt.Workbook()
    for name, rows in sheets.items():
        sheet = book.add_sheet(name.replace("_", " "))
        for i, row in enumerate(rows):
            for j, cell in enumerate(row):
                if cell is not None:
                    sheet.write(i, j, cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def claims(data: bytes) -> list[str]:
    """What the file would be for each platform alone: to be one's own, and no other's."""
    found = []
    for platform in PLATFORMS:
        try:
            export = read(data, [platform])
        except ExportError:
            continue
        found.append(f"{platform.name}: {export.report.shape}")
    return found


def first(frame: pd.DataFrame, names: Sequence[str]) -> list[object]:
    """The named values of the first row."""
    return [frame[name].iloc[0] for name in names]


def doubts(export: Export) -> str:
    """The report's doubts, with plain spaces."""
    return "\n".join(export.report.doubts).replace("\u00a0", " ")
