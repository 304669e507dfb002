"""The engine that reads exports: on YouTube Studio's files, on a made-up platform, on hostile ones.

What each other platform writes is in ``test_<platform>.py``.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import datetime as dt
import io
import os
import random
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlwt
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cinqcles.data import exports, files, read_youtube, write_youtube_export
from cinqcles.data.cells import Convention, day, decimal_sign, normalise, numbers
from cinqcles.data.company import videos
from cinqcles.data.exports import Export, read
from cinqcles.data.platforms import PLATFORMS, read_export
from cinqcles.data.schema import SCHEMA, Column, Platform, Shape, field_of
from cinqcles.data.youtube import YOUTUBE
from cinqcles.errors import ExportError
from cinqcles.keys.purpose import Level
from tables import xls, xlsx

EN = (
    "Content,Video title,Video publish time,Duration,Average view duration,"
    "Average percentage viewed (%),Views,Watch time (hours),Subscribers,"
    "Estimated revenue (USD),Impressions,Impressions click-through rate (%),Traffic quality\n"
    "Total,,,,0:03:04,42.1,1700,86.9,12,3.5,20000,1.68,x\n"
    'aaaaaaaaaa1,"Soap, ""how to""","Sep 27, 2024",95,0:01:05,68.4,1000,18.0556,-3,2.5,15000,1.5,\n'
    ' -bbbbbbbbb2,NA,"Mar 1, 2025",30,0:00:42,140.5,500,5.8333,4,,,2.2,x\n'
)
FR = (
    "Contenu;Titre de la vidéo;Heure de publication de la vidéo;Durée;Vues intentionnelles;"
    "Durée moyenne d’une vue;Pourcentage moyen de vidéo regardé\u00a0(%);"
    "Ont continué de regarder (%);Vues;Durée de visionnage (heures);Abonnés;Impressions;"
    "Taux de clics par impression (%);J'aime\n"
    "aaaaaaaaaa1;Le savon;27 sept. 2024;95;900;0:01:05;68,4;55,25;1\u202f234;18,0556;-3;"
    "15\u202f000;6,58\u00a0%;12\n"
    "bbbbbbbbbb2;Été;1 mars 2025;30;;0:00:42;140,5;;500;5,8333;4;;2,2 %;0\n"
    "Total;;;;1 900;0:03:04;42,1;50;1 734;86,9;12;20 000;1,68 %;30\n"
)
# The real French file seen: comma, decimal point.
FR_COMMA = (
    "Contenu,Vues intentionnelles,Durée moyenne d'une vue,Pourcentage moyen de vidéo regardé (%),"
    "Vues,Durée de visionnage (heures),Taux de clics par impression (%)\n"
    "Total,152,0:01:12,21.42,167,3.3401,8.24\n"
    "aaaaaaaaaa1,152,0:01:12,21.42,167,3.3401,8.24\n"
)


def zipped(**members: str | bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def refused(source: bytes | Path) -> str:
    with pytest.raises(ExportError) as caught:
        read_youtube(source)
    return str(caught.value).replace("\u00a0", " ")


def doubts(export: Export) -> list[str]:
    return [doubt.replace("\u00a0", " ") for doubt in export.report.doubts]


class TestEnglish:
    def test_table(self) -> None:
        export = read_youtube(EN.encode())
        frame = export.frame
        assert list(frame["video_id"]) == ["aaaaaaaaaa1", "-bbbbbbbbb2"]
        assert list(frame["title"]) == ['Soap, "how to"', "NA"]
        assert list(frame["published_on"]) == [
            pd.Timestamp("2024-09-27"),
            pd.Timestamp("2025-03-01"),
        ]
        assert list(frame["average_view_duration_s"]) == [65, 42]
        np.testing.assert_allclose(frame["average_percentage_viewed"], [0.684, 1.405])
        np.testing.assert_allclose(frame["watch_time_s"], [18.0556 * 3600, 5.8333 * 3600])
        assert list(frame["subscribers"]) == [-3, 4]
        assert frame["views"].dtype == np.int64
        np.testing.assert_array_equal(frame["revenue_usd"], [2.5, np.nan])
        np.testing.assert_array_equal(frame["impressions"], [15000, np.nan])
        assert export.totals is not None
        assert list(export.totals["views"]) == [1700]
        assert list(export.totals.columns) == list(frame.columns)
        assert export.report.shape == "table"
        assert export.report.recognised["Estimated revenue (USD)"] == "revenue_usd"
        assert export.report.ignored == ("Traffic quality",)
        assert doubts(export) == [
            "« Views » : total affiché par YouTube Studio, 1\u202f700 ; somme des lignes, "
            "1\u202f500. C’est normal (le total compte aussi des lignes absentes du tableau) : "
            "rien n’a été corrigé."
        ]

    def test_report_reads_as_french(self) -> None:
        shown = str(read_youtube(EN.encode()).report).replace("\u00a0", " ").splitlines()
        assert shown[0] == (
            "YouTube Studio, tableau par vidéo : 2 lignes lues dans « fichier transmis »."
        )
        assert "  – « Watch time (hours) » → watch_time_s" in shown
        assert "Colonnes laissées de côté (1) :" in shown
        assert "À vérifier :" in shown

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
    def test_encodings(self, encoding: str) -> None:
        export = read_youtube(EN.replace("Soap", "Sävön 😀").encode(encoding))
        assert export.frame["title"].iloc[0] == 'Sävön 😀, "how to"'

    def test_chart_daily_and_retention(self) -> None:
        chart = (
            "Date,Content,Video title,Video publish time,Duration,Views\n"
            '2024-09-27,aaaaaaaaaa1,t,"Sep 1, 2024",30,5\n'
        )
        export = read_youtube(chart.encode())
        assert export.report.shape == "chart"
        assert export.frame["date"].iloc[0] == pd.Timestamp("2024-09-27")
        daily = read_youtube(b"Date,Views\n2024-09-27,5\n2024-09-28,\n")
        assert daily.report.shape == "daily"
        np.testing.assert_array_equal(daily.frame["views"], [5, np.nan])
        retention = read_youtube(
            b"Video position (%),Absolute audience retention (%)\n0,104.2\n1,\n99,31\n"
        )
        assert retention.report.shape == "retention"
        assert retention.totals is None
        np.testing.assert_allclose(retention.frame["position_share"], [0, 0.01, 0.99])
        np.testing.assert_allclose(retention.frame["audience_share"], [1.042, np.nan, 0.31])

    def test_no_total(self) -> None:
        export = read_youtube(b"Content,Views\naaaaaaaaaa1,5\n")
        assert export.totals is None
        assert doubts(export) == [
            "Le fichier n’a pas de ligne « Total » : la somme des lignes peut différer de ce "
            "qu’affiche YouTube Studio."
        ]

    def test_title_total_is_a_video_when_ids_are_there(self) -> None:
        export = read_youtube(b"Content,Video title,Views\nTotal,,5\naaaaaaaaaa1,Total,5\n")
        assert list(export.frame["title"]) == ["Total"]


class TestFrench:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_semicolon(self, encoding: str) -> None:
        export = read_youtube(FR.encode(encoding))
        frame = export.frame
        assert list(frame["views"]) == [1234, 500]
        np.testing.assert_array_equal(frame["engaged_views"], [900, np.nan])
        np.testing.assert_allclose(frame["click_through_rate"], [0.0658, 0.022])
        np.testing.assert_allclose(frame["average_percentage_viewed"], [0.684, 1.405])
        np.testing.assert_allclose(frame["watch_time_s"], [65000.16, 20999.88])
        assert list(frame["published_on"]) == [
            pd.Timestamp("2024-09-27"),
            pd.Timestamp("2025-03-01"),
        ]
        assert list(frame["likes"]) == [12, 0]
        assert export.totals is not None
        assert list(export.totals["views"]) == [1734]
        assert doubts(export) == []

    def test_comma_and_point(self) -> None:
        frame = read_youtube(FR_COMMA.encode()).frame
        assert frame["click_through_rate"].iloc[0] == pytest.approx(0.0824)
        assert frame["watch_time_s"].iloc[0] == pytest.approx(3.3401 * 3600)

    @pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
    def test_saved_again_by_a_spreadsheet(self, encoding: str) -> None:
        text = FR.replace("\u202f", "\u00a0").replace("\n", ";;\r\n")
        export = read_youtube(text.encode(encoding))
        assert list(export.frame["title"]) == ["Le savon", "Été"]
        assert list(export.frame["views"]) == [1234, 500]
        assert doubts(export) == [
            f"Le fichier a été réenregistré par un tableur (encodage {encoding}) : des accents ou "
            "des émojis des titres ont pu être perdus. Préférez le fichier d’origine."
        ]

    def test_damaged_accents(self) -> None:
        mojibake = FR.replace("\u202f", " ").encode().decode("cp1252").encode("utf-8-sig")
        export = read_youtube(mojibake)
        assert list(export.frame["views"]) == [1234, 500]
        assert any(d.startswith("Les accents du fichier sont abîmés (") for d in doubts(export))
        marks = FR.replace("é", "?")
        assert list(read_youtube(marks.encode()).frame.columns) == list(export.frame.columns)

    def test_sep_line_title_line_and_blank_lines(self) -> None:
        text = f"sep=;\nRapport YouTube Studio 365 jours\n\n{FR}\n;;;;;;;;;;;;;\n"
        assert len(read_youtube(text.encode()).frame) == 2

    def test_numeric_dates_are_day_first_and_told(self) -> None:
        text = "Contenu;Heure de publication de la vidéo;Vues\naaaaaaaaaa1;03/04/2024;5\nTotal;;5\n"
        export = read_youtube(text.encode())
        assert export.frame["published_on"].iloc[0] == pd.Timestamp("2024-04-03")
        assert doubts(export) == [
            "Les dates de « Heure de publication de la vidéo » ont été lues dans l’ordre "
            "jour/mois/année."
        ]

    def test_numeric_dates_in_english_are_not_guessed(self) -> None:
        export = read_youtube(
            b"Content,Video publish time,Views\naaaaaaaaaa1,03/04/2024,5\nTotal,,5\n"
        )
        assert export.frame["published_on"].isna().all()
        assert doubts(export) == [
            "« Video publish time » : 1 cellule sur 2 illisible, laissée vide (« 03/04/2024 »)."
        ]

    @pytest.mark.parametrize(
        ("written", "month"),
        [("janv.", 1), ("févr.", 2), ("mars", 3), ("avr.", 4), ("mai", 5), ("juin", 6),
         ("juil.", 7), ("août", 8), ("sept.", 9), ("oct.", 10), ("nov.", 11), ("décembre", 12)],
    )  # fmt: skip
    def test_months(self, written: str, month: int) -> None:
        text = (
            f"Contenu,Heure de publication de la vidéo,Vues\naaaaaaaaaa1,5\u00a0{written} 2024,5\n"
        )
        assert read_youtube(text.encode()).frame["published_on"].iloc[0].month == month


class TestCells:
    def test_unreadable_cells_are_missing_and_told(self) -> None:
        text = "Content,Views,Likes\nTotal,9,9\naaaaaaaaaa1,abc,1\nbbbbbbbbbb2,#REF!,inf\n"
        export = read_youtube(text.encode())
        assert export.frame["views"].isna().all()
        assert doubts(export)[:2] == [
            "« Views » : 2 cellules sur 3 illisibles, laissées vides (par exemple « abc »).",
            "« Likes » : 1 cellule sur 3 illisible, laissée vide (« inf »).",
        ]

    @pytest.mark.parametrize(
        ("cells", "expected"),
        [
            (["1,234", "2.5"], [1234, 2.5]),
            (["1.234,5", "2"], [1234.5, 2]),
            (["1,234,567", "3"], [1234567, 3]),
            (["1 234,50", "0,5"], [1234.5, 0.5]),
            (["-1,5", "\u22122,25"], [-1.5, -2.25]),
        ],
    )
    def test_decimal_sign_by_evidence(self, cells: list[str], expected: list[float]) -> None:
        rows = "".join(f"aaaaaaaaaa{i};{cell}\n" for i, cell in enumerate(cells))
        export = read_youtube(f"Content;Average views per viewer\n{rows}".encode())
        np.testing.assert_allclose(export.frame["average_views_per_viewer"], expected)

    def test_ambiguous_comma_is_told(self) -> None:
        export = read_youtube(b"Content;Average views per viewer\naaaaaaaaaa1;1,234\n")
        assert export.frame["average_views_per_viewer"].iloc[0] == 1.234
        assert doubts(export)[-1] == (
            "Rien dans le fichier ne dit si la virgule sépare les décimales ou les milliers : "
            "elle a été lue comme une décimale. Comparez une valeur avec la plateforme."
        )

    @pytest.mark.parametrize("cell", ["1,234", "1.234", "1 234", "1\u202f234", "1'234", "1234.0"])
    def test_a_count_is_whole(self, cell: str) -> None:
        assert (
            read_youtube(f"Content;Views\naaaaaaaaaa1;{cell}\n".encode()).frame["views"][0] == 1234
        )

    @pytest.mark.parametrize(
        ("cell", "seconds"),
        [("1:11:11,270", 4271.27), ("0:30", 30), ("42", 42), ("100:00:00", 360000), ("0:00", 0)],
    )
    def test_durations(self, cell: str, seconds: float) -> None:
        text = f"Content;Average view duration\naaaaaaaaaa1;{cell}\n"
        frame = read_youtube(text.encode()).frame
        assert frame["average_view_duration_s"][0] == pytest.approx(seconds)

    def test_spreadsheet_spoiled_ids_are_told(self) -> None:
        export = read_youtube(b"Contenu,Vues\n#NOM?,5\naaaaaaaaaa1,5\naaaaaaaaaa1,5\nTotal,15\n")
        assert doubts(export) == [
            "1 identifiant n’a pas la forme attendue (« #NOM? ») : un tableur l’a peut-être "
            "transformé.",
            "1 ligne répète un identifiant déjà lu ; elle a été gardée.",
        ]

    def test_exact_header_before_pattern_and_first_of_two(self) -> None:
        text = "Content,Views,Vues,Likes\naaaaaaaaaa1,5,6,7\nTotal,5,6,7\n"
        export = read_youtube(text.encode())
        assert export.frame["views"][0] == 5
        assert doubts(export) == ["« Vues » répète une colonne déjà lue (views) : ignoré."]

    def test_french_retention_by_pattern_is_told(self) -> None:
        text = "Position dans la vidéo (%),Fidélisation absolue de l'audience (%)\n0,100\n1,98.5\n"
        export = read_youtube(text.encode())
        assert export.report.shape == "retention"
        assert doubts(export)[0] == (
            "« Position dans la vidéo (%) » a été reconnu par ressemblance comme position_share."
        )

    def test_report_escapes_and_shows_no_control_character(self) -> None:
        text = "Content,Views,<script>alert(1)</script>\x1b[31m\naaaaaaaaaa1,<b>,x\n"
        report = read_youtube(text.encode()).report
        html = report._repr_html_()
        assert "<script>" not in html
        assert "<b>" not in html
        assert "&lt;script&gt;" in html
        assert "\x1b" not in html + str(report)

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.floats(-1e9, 1e9).map(lambda x: round(x, 4)), min_size=1, max_size=20))
    def test_french_and_english_numbers_agree(self, numbers: list[float]) -> None:
        def table(write: object) -> bytes:
            rows = [f"aaaaaaaaa{i:02d};{write(x)}" for i, x in enumerate(numbers)]  # type: ignore[operator]
            return "\n".join(
                [
                    "Content;Average views per viewer",
                    "z;0.5" if write is english else "z;0,5",
                    *rows,
                ]
            ).encode()

        def english(x: float) -> str:
            return f"{x:,.4f}"

        def french(x: float) -> str:
            return f"{x:,.4f}".replace(",", "\u202f").replace(".", ",")

        for write in (english, french):
            read = read_youtube(table(write)).frame["average_views_per_viewer"]
            np.testing.assert_allclose(read, [0.5, *numbers], atol=1e-9)


class TestZip:
    def test_as_downloaded(self, tmp_path: Path) -> None:
        path = tmp_path / "Contenu 2024-09-01.zip"
        path.write_bytes(
            zipped(**{
                "Chart data.csv": "Date,Content,Views\n2024-09-27,aaaaaaaaaa1,5\n",
                "Totaux.csv": "Date,Vues\n2024-09-27,5\n",
                "Informations relatives aux tableaux.csv": FR,
            })
        )  # fmt: skip
        export = read_youtube(path)
        assert export.report.source == (
            "Contenu 2024-09-01.zip › Informations relatives aux tableaux.csv"
        )
        assert len(export.frame) == 2
        assert doubts(export) == [
            "Le fichier contient plusieurs tableaux : « Informations relatives aux tableaux.csv » "
            "a été lu, pas « Chart data.csv », « Totaux.csv »."
        ]

    def test_two_tables_takes_the_fuller(self) -> None:
        export = read_youtube(zipped(**{"a.csv": "Content,Views\naaaaaaaaaa1,5\n", "b.csv": EN}))
        assert "b.csv" in export.report.source

    def test_names_are_never_used_as_paths(self, tmp_path: Path) -> None:
        before = set(tmp_path.iterdir())
        export = read_youtube(zipped(**{"../../evil/Table data.csv": EN, "/etc/x.csv": "a\n"}))
        assert export.report.source.endswith("› Table data.csv")
        assert set(tmp_path.iterdir()) == before

    @pytest.mark.parametrize(
        ("content", "start"),
        [
            (zipped(**{"[Content_Types].xml": "<a/>"}), "Le classeur « fichier transmis »"),
            (zipped(**{"a.png": b"x"}), "L’archive « fichier transmis » ne contient aucun"),
            (
                zipped(**{f"{i}.csv": "a" for i in range(200)}),
                "L’archive « fichier transmis » contient trop de fichiers (plus de 100).",
            ),
            (zipped(**{"a.csv": EN})[:-40], "« fichier transmis » ne s’ouvre pas : le fichier"),
            (
                zipped(**{"a.csv": b"\0" * (files.MAX_BYTES + 10)}),
                "« fichier transmis » est trop gros (plus de 256 Mo une fois ouvert).",
            ),
        ],
        ids=["xlsx", "no csv", "many", "cut", "bomb"],
    )  # fmt: skip
    def test_refused(self, content: bytes, start: str) -> None:
        assert refused(content).startswith(start)

    def test_declared_size_is_not_trusted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(files, "MAX_BYTES", 2**20)
        content = bytearray(zipped(**{"a.csv": b"\0" * (2**20 + 10)}))
        central = content.rindex(b"PK\x01\x02")
        content[central + 24 : central + 28] = (10).to_bytes(4, "little")
        assert "« fichier transmis » " in refused(bytes(content))

    def test_nested(self) -> None:
        inner = zipped(**{"Table data.csv": EN})
        assert refused(zipped(**{"b.zip": inner})) == (
            "L’archive « fichier transmis » en contient une autre. Sortez-en le .zip qu’elle "
            "contient et donnez celui-là."
        )

    def test_one_damaged_member_does_not_condemn_the_others(self) -> None:
        export = read_youtube(zipped(**{"broken.xlsx": b"PK\x03\x04oops", "Table data.csv": EN}))
        assert len(export.frame) == 2

    def test_workbook_in_a_zip(self) -> None:
        book = xlsx(Feuille=[["Content", "Views"], ["aaaaaaaaaa1", 5]])
        export = read_youtube(zipped(**{"export.xlsx": book}))
        assert list(export.frame["views"]) == [5]
        assert export.report.source == "fichier transmis › Feuille"


class TestHostile:
    def test_unknown_file(self) -> None:
        assert refused("Titre;Wues;Durée de visionage (heures)\na;1;2\n".encode()) == (
            "« fichier transmis » n’est pas reconnu comme un export de YouTube Studio.\n"
            "Colonnes trouvées : « Titre », « Wues », « Durée de visionage (heures) ».\n"
            "« Wues » ressemble à « Vues » : a-t-il été renommé ?\n"
            "Pour refaire l’export : dans YouTube Studio, ouvrez « Données analytiques », puis "
            "« Mode avancé », onglet « Contenu » ; cliquez sur la flèche de téléchargement et "
            "choisissez le format .csv. Donnez ici le .zip obtenu, sans l’ouvrir dans un tableur.\n"
            "Colonnes cherchées pour YouTube Studio, par exemple : « Contenu », « Vues "
            "intentionnelles », « Vues », « Durée de visionnage (heures) »."
        )

    def test_another_breakdown(self) -> None:
        message = refused(b"Traffic source,Views,Watch time (hours)\nTotal,5,1\nSearch,5,1\n")
        assert message.startswith(
            "« fichier transmis » donne les chiffres de YouTube Studio par « Traffic source » : ce "
            "découpage n’est pas lu ici."
        )

    def test_files_of_other_platforms_are_refused(self) -> None:
        x = b"Post id,Date,Post text,Post Link,Impressions,Likes,Shares\n1,2,3,4,5,6,7\n"
        tiktok = b"Date,Video Views,Profile Views,Likes,Comments,Shares\nAugust 31,1,2,3,4,5\n"
        for content in (x, tiktok):
            assert "n’est pas reconnu" in refused(content)

    def test_missing_folder_empty_pipe(self, tmp_path: Path) -> None:
        assert refused(tmp_path / "absent.csv") == (
            f"Le fichier « {files.shown(str(tmp_path / 'absent.csv'))} » est introuvable. "
            "Vérifiez son nom, et qu’il est bien dans le dossier du cours (panneau de gauche de "
            "JupyterLab)."
        )
        assert "est un dossier" in refused(tmp_path)
        assert refused(b"\xef\xbb\xbf \n") == (
            "Le fichier « fichier transmis » est vide. Téléchargez-le de nouveau depuis la "
            "plateforme, sur une période où il y a des données."
        )
        os.mkfifo(tmp_path / "pipe.csv")
        assert "n’est pas un fichier ordinaire" in refused(tmp_path / "pipe.csv")
        assert "ne peut pas être ouvert" in refused(Path("a\0b.csv"))

    def test_headers_without_rows(self) -> None:
        assert refused(b"Content,Views\nTotal,0\n") == (
            "« fichier transmis » a bien les colonnes attendues mais aucune ligne de données. "
            "Exportez une période où il s’est passé quelque chose."
        )

    @pytest.mark.parametrize(
        ("content", "part"),
        [
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "n’est pas un fichier texte"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Le classeur « fichier transmis »"),
            (b'Content,Views\naaaaaaaaaa1,"5\nb,6\n', "un guillemet ouvert n’est jamais refermé"),
            (b"Content,Views\na,1\nb,6,58,9\n", "ligne 2 sous l’en-tête a 4 cellules au lieu de 2"),
            (b"Content,Views," + b"a," * 100_000 + b"\n", "a 100\u202f003 colonnes"),
            (b"Content,Video title\na," + b"x" * 100_000_000, "une ligne de plus de 1 Mo"),
            (b'Content,Video title,Views\na,"' + b"x\n" * 1_000_000 + b'",1\n', "abîmé"),
        ],
        ids=["binary", "xls", "quote", "shifted", "columns", "cell", "lines in a cell"],
    )  # fmt: skip
    def test_refused(self, content: bytes, part: str) -> None:
        assert part in refused(content)

    def test_limits(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(exports, "MAX_ROWS", 3)
        rows = b"aaaaaaaaaa1,1\n"
        assert len(read_youtube(b"Content,Views\n" + rows * 3).frame) == 3
        assert "plus de 3 lignes" in refused(b"Content,Views\n" + rows * 4)
        monkeypatch.setattr(files, "MAX_BYTES", 100)
        (tmp_path / "big.csv").write_bytes(b"Content,Views\n" + rows * 20)
        assert "est trop gros" in refused(tmp_path / "big.csv")

    @settings(max_examples=100, deadline=None)
    @given(st.binary(max_size=400))
    def test_any_bytes(self, content: bytes) -> None:
        for source in (content, b"PK\x03\x04" + content, b"Content,Views\n" + content):
            with contextlib.suppress(ExportError):
                assert len(read_youtube(source).frame)

    @settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        st.sampled_from([EN, FR, FR_COMMA]),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
        st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=4)), max_size=6),
    )
    def test_spoiled_exports(
        self, text: str, encoding: str, edits: list[tuple[int, bytes]]
    ) -> None:
        content = bytearray(text.encode(encoding))
        for at, new in edits:
            content[at : at + len(new)] = new
        with contextlib.suppress(ExportError):
            report = read_youtube(bytes(content)).report
            assert str(report)
            assert report._repr_html_()

    def test_spoiled_zips(self) -> None:
        whole = zipped(**{"Table data.csv": EN, "Totals.csv": "Date,Views\n2024-09-27,5\n"})
        rng = random.Random(0)  # noqa: S311 - not for security
        for _turn in range(300):
            content = bytearray(whole)
            for _edit in range(rng.randrange(1, 6)):
                content[rng.randrange(len(content))] = rng.randrange(256)
            with contextlib.suppress(ExportError):
                read_youtube(bytes(content))


class TestWriter:
    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_round_trip(self, tmp_path: Path, language: str) -> None:
        frame = videos(seed=3, n=12)
        path = write_youtube_export(frame, tmp_path / "export.csv", language)  # type: ignore[arg-type]
        export = read_youtube(path)
        read = export.frame
        for name in ("video_id", "title", "published_on", "duration_s", "views", "impressions",
                     "likes", "comments", "shares", "subscribers"):  # fmt: skip
            assert read[name].tolist() == frame[name].tolist()
        np.testing.assert_allclose(read["watch_time_s"], frame["watch_time_s"], atol=0.2)
        gap = frame["average_view_duration_s"] - read["average_view_duration_s"]
        assert gap.between(0, 1).all()
        assert export.totals is not None
        assert export.totals["views"].tolist() == [frame["views"].sum()]
        assert export.report.doubts == ()
        assert len(export.report.ignored) == 0
        assert path.read_text("utf-8").splitlines()[1].startswith("Total,,,,")

    def test_missing_column(self, tmp_path: Path) -> None:
        with pytest.raises(ExportError, match=r"il manque likes\.") as caught:
            write_youtube_export(videos(n=6).drop(columns="likes"), tmp_path / "x.csv")
        assert str(caught.value).startswith("Impossible d’écrire cet export")


# --- Another table of the same file, what is private, what is told ------------------------------

THREE = zipped(
    **{
        "Table data.csv": "Content,Video title,Views\nTotal,,9\naaaaaaaaaa1,Savon,5\n",
        "Totals.csv": "Date,Views,Subscribers\n2024-09-27,9,-1\n2024-09-28,7,0\n",
        "Chart data.csv": "Date,Content,Views\n2024-09-27,aaaaaaaaaa1,5\n",
        "notes.csv": "a,b\n1,2\n",
    }
)


class TestTables:
    def test_the_others_are_told(self) -> None:
        export = read_youtube(THREE)
        assert export.report.shape == "table"
        assert export.report.others == {
            "Totals.csv": 'totaux par jour, table="daily"',
            "Chart data.csv": 'graphique par vidéo et par jour, table="chart"',
        }
        assert doubts(export)[0] == (
            "Le fichier contient plusieurs tableaux : « Table data.csv » a été lu, pas "
            "« Totals.csv », « Chart data.csv », « notes.csv »."
        )
        shown = str(export.report).replace("\u00a0", " ")
        assert "Autres tableaux du fichier, et comment les lire :" in shown
        assert '  – « Totals.csv » : totaux par jour, table="daily"' in shown

    @pytest.mark.parametrize(("asked", "shape"), [("daily", "daily"), ("Chart data.csv", "chart")])
    def test_another_is_asked_for(self, asked: str, shape: str) -> None:
        export = read_export(THREE, table=asked)
        assert export.report.shape == shape
        assert set(export.report.others) > {"Table data.csv"}

    def test_absent(self) -> None:
        with pytest.raises(ExportError) as caught:
            read_export(THREE, table="weekly")
        assert str(caught.value).replace("\u00a0", " ") == (
            "« fichier transmis » n’a pas de tableau « weekly ». Tableaux que l’on peut y lire : "
            "« table », « daily », « chart »."
        )

    def test_two_of_a_shape_are_asked_by_name(self) -> None:
        one = "Content,Views\naaaaaaaaaa1,5\n"
        export = read_youtube(zipped(**{"a.csv": EN, "b.csv": one}))
        assert export.report.others == {"b.csv": 'tableau par vidéo, table="b.csv"'}
        assert len(read_export(zipped(**{"a.csv": EN, "b.csv": one}), table="b.csv").frame) == 1


class TestPrivate:
    TEXT = "Content,Video title,Views\nTotal,,5\naaaaaaaaaa1,Savon,5\n"

    def test_left_out_unless_asked_for(self) -> None:
        export = read_export(self.TEXT.encode())
        assert list(export.frame) == ["video_id", "views"]
        assert export.totals is not None
        assert list(export.totals) == ["video_id", "views"]
        assert export.report.private == ("Video title",)
        assert export.report.ignored == ()
        shown = str(export.report).replace("\u00a0", " ").splitlines()
        at = shown.index(
            "Colonnes laissées de côté pour ne pas garder de textes ni de noms (1) ; "
            "« keep_text=True » les garde :"
        )
        assert shown[at + 1] == "  – « Video title »"
        kept = read_export(self.TEXT.encode(), keep_text=True)
        assert list(kept.frame["title"]) == ["Savon"]
        assert kept.report.private == ()

    def test_a_private_key_still_tells_the_total(self) -> None:
        export = read_export(b"Video title,Video publish time,Views\nTotal,,5\nSavon,,5\n")
        assert list(export.frame) == ["published_on", "views"]
        assert export.totals is not None
        assert list(export.totals["views"]) == [5]
        # No id: its title tells that a row is a video, and the row without either is a total.
        export = read_export(b"Content,Video title,Views\n,Savon,5\naaaaaaaaaa1,b,4\n,,9\n")
        assert list(export.frame["views"]) == [5, 4]
        assert export.totals is not None
        assert list(export.totals["views"]) == [9]
        assert "La dernière ligne n’a pas de « Content »" in " ".join(doubts(export))


class TestRows:
    def test_short_rows_are_told(self) -> None:
        export = read_youtube(b"Content,Views,Likes\nTotal,9,9\na,5,1\nb,4\nc\n")
        assert list(export.frame["views"].isna()) == [False, False, True]
        assert doubts(export)[-1] == (
            "2 lignes ont moins de cellules que l’en-tête : les dernières ont été laissées vides."
        )

    @pytest.mark.parametrize("row", ["a,1,2,3", 'a,1,"2",', '"a"x,1,2,3'])
    def test_long_rows_are_refused(self, row: str) -> None:
        assert refused(f"Content,Views,Likes\na,1,2\n\n{row}\n".encode()) == (
            "« fichier transmis » : la ligne 2 sous l’en-tête a 4 cellules au lieu de 3. Une "
            "virgule ou un guillemet en trop a décalé le tableau : repartez du fichier d’origine, "
            "sans le réenregistrer."
        )

    def test_headers_repeated_among_the_rows(self) -> None:
        text = "Content,Views\naaaaaaaaaa1,5\nContent,Views\naaaaaaaaaa2,6\nTotal,11\n"
        export = read_youtube(text.encode())
        assert list(export.frame["views"]) == [5, 6]
        assert doubts(export) == [
            "1 ligne répète l’en-tête, comme dans des fichiers mis bout à bout : elle a été "
            "écartée."
        ]

    def test_a_second_header_fills_the_blanks_of_the_first(self) -> None:
        text = "Content,Views,Vues\naaaaaaaaaa1,5,\naaaaaaaaaa2,,6\naaaaaaaaaa3,7,7\nTotal,18,\n"
        export = read_youtube(text.encode())
        assert list(export.frame["views"]) == [5, 6, 7]
        assert export.report.recognised == {
            "Content": "video_id",
            "Views": "views",
            "Vues": "views",
        }
        assert doubts(export) == ["« Vues » complète une colonne déjà lue (views) : 1 cellule."]

    def test_cells_that_say_there_is_no_value(self) -> None:
        text = "Content,Views,Likes\na,--,undefined\nb,< 10,N/A\nTotal,5,5\n"
        export = read_youtube(text.encode())
        assert export.frame[["views", "likes"]].isna().all(axis=None)
        assert export.report.blanks == {"Views": 2, "Likes": 2}
        assert "« Views » : 2" in str(export.report).replace("\u00a0", " ")
        assert "illisible" not in str(export.report)

    def test_formulas_are_text(self) -> None:
        link = '=HYPERLINK(""https://x"",""a"")'
        text = f'Content,Video title,Views,Likes\naaaaaaaaaa1,"{link}",=1+1,@5\nTotal,,5,5\n'
        export = read_youtube(text.encode())
        assert list(export.frame["title"]) == ['=HYPERLINK("https://x","a")']
        assert export.frame[["views", "likes"]].isna().all(axis=None)


# --- A platform made up to hold every rule -------------------------------------------------------

MADE_UP = Platform(
    name="Inventée",
    columns=(
        Column("post_id", "id", "Post", "Publication"),
        Column("text", "text", "Words", "Mots", private=True),
        Column("date", "date", "Day", "Jour"),
        Column("views", "count", "Seen", "Vu"),
        Column("cost_{currency}", "number", "Spent ({currency})", "Dépensé ({currency})"),
        Column("click_through_rate", "fraction", "Rate", "Taux"),
        Column("watch_time_s", "milliseconds", "Watched (ms)", "Regardé (ms)"),
        Column("duration_s", "seconds", "Length", "Longueur"),
        Column("value", "number", "Primary"),
    ),
    shapes=(
        Shape("posts", "publications", (("post_id",),)),
        Shape("paid", "dépenses", (("cost_{currency}",),)),
        Shape("daily", "jours", (("date",),), strict=True, stacked=True),
    ),
    keys=("post_id", "date"),
    described=("post_id", "text", "date"),
    how_to="Refaites l’export.",
    totals=r"(grand )?total( ?:.*)?",
    dates_en="mdy",
    dates_fr="dmy",
    yearless=True,
    whole_period=("lifetime",),
    stacked="Primary",
)
TODAY = dt.date(2026, 2, 10)


def made_up(text: str) -> Export:
    return read(text.encode(), [MADE_UP], today=TODAY)


class TestRules:
    def test_units_and_currency(self) -> None:
        export = made_up(
            "Post;Spent (EUR);Rate;Watched (ms);Length\n"
            "1;1 234,5 €;0,25;1500;1 min 10s\n2;-3;25 %;;1h 2m 3s\n"
        )
        frame = export.frame
        assert list(frame["cost_eur"]) == [1234.5, -3]
        assert list(frame["click_through_rate"]) == [0.25, 0.25]
        np.testing.assert_array_equal(frame["watch_time_s"], [1.5, np.nan])
        assert list(frame["duration_s"]) == [70, 3723]

    @pytest.mark.parametrize(
        ("header", "month", "order"), [("Day,Seen", 3, "mois/jour"), ("Jour,Vu", 4, "jour/mois")]
    )
    def test_order_of_dates(self, header: str, month: int, order: str) -> None:
        export = made_up(f"Post,{header}\n1,03/04/2024 10:00,5\n")
        assert list(export.frame["date"].dt.month) == [month]
        column = header.partition(",")[0]
        assert doubts(export) == [
            f"Les dates de « {column} » ont été lues dans l’ordre {order}/année."
        ]

    @pytest.mark.parametrize(
        ("cells", "days"),
        [
            (["December 31", "January 1"], ["2025-12-31", "2026-01-01"]),
            (["Jan 1", "Dec 31"], ["2026-01-01", "2025-12-31"]),
            (["10 février", "11 février"], ["2025-02-10", "2025-02-11"]),
            (["10 de febrero"], ["2026-02-10"]),
            (["11 février"], ["2025-02-11"]),
            (["1 mars", "31 déc.", "1 janv.", "10 févr."],
             ["2025-03-01", "2025-12-31", "2026-01-01", "2026-02-10"]),
            (["28 février", "29 février", "1 mars"], ["2024-02-28", "2024-02-29", "2024-03-01"]),
        ],
    )  # fmt: skip
    def test_dates_without_a_year(self, cells: list[str], days: list[str]) -> None:
        export = made_up("Post,Day,Seen\n" + "".join(f"{i},{c},5\n" for i, c in enumerate(cells)))
        assert [f"{moment:%Y-%m-%d}" for moment in export.frame["date"]] == days
        assert doubts(export)[0].startswith(
            "Les dates de « Day » n’ont pas d’année ; la plus récente prend la dernière année "
            "possible. Elles vont ainsi du "
        )

    def test_dates_without_a_year_in_no_order(self) -> None:
        export = made_up("Post,Day,Seen\n1,May 3,5\n2,January 9,5\n3,April 1,5\n4,March 2,5\n")
        assert list(export.frame["date"].dt.year) == [2025, 2026, 2025, 2025]
        assert doubts(export) == [
            "Les dates de « Day » n’ont pas d’année ; elles ne se suivent pas : chacune prend la "
            "dernière année possible. Elles vont ainsi du 02/03/2025 au 09/01/2026."
        ]

    def test_the_whole_period_is_no_day(self) -> None:
        export = made_up("Post,Day,Seen\n1,Lifetime,5\n1,Lifetime,6\n2,soon,7\n")
        assert export.frame["date"].isna().all()
        assert doubts(export) == [
            "« Day » : 1 cellule sur 3 illisible, laissée vide (« soon »).",
            "1 ligne répète un identifiant déjà lu ; elle a été gardée.",
        ]

    def test_totals_anywhere(self) -> None:
        export = made_up("Post,Seen\nTotal : campagnes,3\n1,5\nGrand total,9\n2,\n")
        assert list(export.frame["post_id"]) == ["1", "2"]
        assert export.totals is not None
        assert list(export.totals["views"]) == [3, 9]
        assert doubts(export) == []

    @pytest.mark.parametrize("rows", [",14\n1,5\n2,9\n", "1,5\n2,9\n,14\n\n,\n"])
    def test_a_row_without_a_key_above_or_below_the_others_is_their_total(self, rows: str) -> None:
        export = made_up(f"Post,Seen\n{rows}")
        assert list(export.frame["post_id"]) == ["1", "2"]
        assert export.totals is not None
        assert list(export.totals["views"]) == [14]
        where = "première" if rows.startswith(",") else "dernière"
        assert doubts(export) == [
            f"La {where} ligne n’a pas de « Post » : elle a été prise pour le total, et mise à "
            "part."
        ]

    @pytest.mark.parametrize(
        ("rows", "views", "told"),
        [
            ("1,5\n,60\n2,9\n", [5, 60, 9], "1 ligne n’a pas de « Post » : elle a été gardée."),
            (
                ",3\n1,5\n,60\n",
                [3, 5, 60],
                "2 lignes n’ont pas de « Post » : elles ont été gardées.",
            ),
            (",3\n", [3], "1 ligne n’a pas de « Post » : elle a été gardée."),
        ],
    )
    def test_other_rows_without_a_key_are_kept_and_told(
        self, rows: str, views: list[int], told: str
    ) -> None:
        export = made_up(f"Post,Seen\n{rows}")
        assert list(export.frame["views"]) == views
        assert export.totals is None
        assert doubts(export) == [told]
        # Beside a row that says it is the total, they are none.
        export = made_up(f"Post,Seen\n{rows}Total,99\n")
        assert list(export.frame["views"]) == views
        assert doubts(export) == [told]

    def test_a_total_smaller_than_its_rows_is_not_called_normal(self) -> None:
        export = read_export(b"Content,Views\nTotal,7\naaaaaaaaaa1,5\naaaaaaaaaa2,4\n")
        assert doubts(export) == [
            "« Views » : total affiché par YouTube Studio, 7 ; somme des lignes, 9. Un total plus "
            "petit que la somme de ses lignes n’en est peut-être pas un : vérifiez que la ligne "
            "mise à part n’est pas une ligne comme les autres."
        ]

    def test_total_told_by_a_surplus_cell(self) -> None:
        export = made_up("Post,Seen\n9,14,Grand total\n1,5\n2,9\n")
        assert list(export.frame["views"]) == [5, 9]
        assert export.totals is not None
        assert list(export.totals["views"]) == [14]
        assert doubts(export) == []

    @pytest.mark.parametrize(
        "preamble",
        [
            "# Report\n# Start date: 20260101\n# End date: 20260131\n\n",
            'sep=,\nCampaign report\n"January 1, 2026 - January 31, 2026"\n',
            "Rapport\n1 janvier 2026 – 31 janvier 2026\n",
            "Rapport\nDu 1er janvier 2026 au 31 janvier 2026\n",
        ],
    )
    def test_preamble(self, preamble: str) -> None:
        export = made_up(f"{preamble}Post,Seen\n1,5\n")
        assert len(export.frame) == 1
        assert export.report.period == (pd.Timestamp("2026-01-01"), pd.Timestamp("2026-01-31"))
        assert "eport" in export.report.preamble[0] or "apport" in export.report.preamble[0]
        assert (
            str(export.report)
            .replace("\u00a0", " ")
            .splitlines()[0]
            .endswith(" Période annoncée : du 01/01/2026 au 31/01/2026.")
        )

    def test_sections(self) -> None:
        text = "# A\nPost,Seen\n1,5\n2,6\n\n# B\nSpent (EUR),Day\n4,2026-01-03\n"
        export = made_up(text)
        assert list(export.frame["views"]) == [5, 6]
        assert export.report.others == {"fichier transmis, tableau 2": 'dépenses, table="paid"'}
        paid = read(text.encode(), [MADE_UP], table="paid")
        assert list(paid.frame["cost_eur"]) == [4]
        assert paid.report.preamble == ("# B",)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    def test_blocks_side_by_side(self, encoding: str) -> None:
        text = (
            'sep=,\n"Seen"\n"Day","Primary"\n"2026-01-01T00:00:00","5"\n"2026-01-02T00:00:00","6"\n'
            '\n"Moods"\n"Day","Primary"\n"2026-01-02T00:00:00","7"\n'
        )
        export = read(text.replace("Day", "Date").encode(encoding), [_with_date()])
        assert list(export.frame["views"]) == [5, 6]
        np.testing.assert_array_equal(export.frame["value"], [np.nan, 7])
        assert export.report.shape == "daily"
        assert export.report.preamble == ("Seen", "Moods")
        assert doubts(export) == []

    def test_a_plain_table_is_no_block(self) -> None:
        assert "n’est pas reconnu" in _refused_by("Day,Seen\n2026-01-01,5\n", [MADE_UP])


def _with_date() -> Platform:
    columns = tuple(
        dataclasses.replace(c, en="Date") if c.name == "date" else c for c in MADE_UP.columns
    )
    return dataclasses.replace(MADE_UP, columns=columns)


def _refused_by(text: str, platforms: list[Platform]) -> str:
    with pytest.raises(ExportError) as caught:
        read(text.encode(), platforms)
    return str(caught.value).replace("\u00a0", " ")


class TestRecognition:
    def test_exact_headers_win(self) -> None:
        resembling = dataclasses.replace(
            MADE_UP,
            name="Ressemblante",
            columns=(*MADE_UP.columns[:1], Column("views", "count", "x", pattern="se.*")),
        )
        export = read(b"Post,Seen\n1,5\n", [resembling, MADE_UP])
        assert export.report.platform == "Inventée"

    def test_a_tie_names_both(self) -> None:
        twin = dataclasses.replace(MADE_UP, name="Jumelle")
        assert _refused_by("Post,Seen\n1,5\n", [MADE_UP, twin]) == (
            "« fichier transmis » peut venir de Inventée ou de Jumelle : ses colonnes (« Post », "
            "« Seen ») ne permettent pas de trancher. Refaites l’export en ajoutant des colonnes."
        )

    def test_another_table_of_the_file_decides(self) -> None:
        other = dataclasses.replace(
            MADE_UP, name="Autre", columns=(*MADE_UP.columns, Column("likes", "count", "Liked"))
        )
        both = zipped(**{"a.csv": "Post,Seen\n1,5\n", "b.csv": "Post,Seen,Liked\n1,5,6\n"})
        export = read(both, [MADE_UP, other], table="a.csv")
        assert export.report.platform == "Autre"

    def test_unknown_among_several(self) -> None:
        assert _refused_by("Post,Wies,Sein\n1,5,6\n", [YOUTUBE, MADE_UP]) == (
            "« fichier transmis » n’est pas reconnu : aucune des plateformes lues ici n’y retrouve "
            "ses colonnes.\n"
            "Colonnes trouvées : « Post », « Wies », « Sein ».\n"
            "Au plus près : Inventée, dont « Post » est là.\n"
            "« Sein » ressemble à « Seen » : a-t-il été renommé ?\n"
            "Refaites l’export.\n"
            "Colonnes cherchées pour Inventée, par exemple : « Publication », « Vu »."
        )

    def test_unknown_to_all(self) -> None:
        with pytest.raises(ExportError) as caught:
            read_export(b"couleur,taille\nbleu,3\n")
        message = str(caught.value)
        assert "n’est pas reconnu" in message
        assert all(platform.name in message for platform in PLATFORMS)
        assert "« couleur », « taille »" in message.replace("\u00a0", " ")


class TestCatalogues:
    @pytest.mark.parametrize("platform", PLATFORMS, ids=lambda p: p.name)
    def test_consistent(self, platform: Platform) -> None:
        names = {column.name for column in platform.columns}
        assert names <= set(SCHEMA), names - set(SCHEMA)
        told = {*platform.keys, *platform.described}
        told |= {n for s in platform.shapes for group in (*s.needs, s.without) for n in group}
        assert told <= names, told - names
        # Two rules may tell the same kind of file.
        kinds = {(shape.name, shape.label) for shape in platform.shapes}
        assert len({name for name, _label in kinds}) == len(kinds)
        assert platform.id in names or not platform.id
        assert platform.summed is None or platform.summed in names
        assert platform.how_to.endswith(".")
        known: dict[str, str] = {}
        for column in platform.columns:
            for header in (column.en, column.fr, *column.also):
                if header:
                    assert known.setdefault(normalise(header), column.name) == column.name, header
            if column.pattern:
                re.compile(column.pattern)

    def test_schema_has_words(self) -> None:
        assert all(field.unit and field.meaning for field in SCHEMA.values())

    def test_schema_says_where_each_measure_stands(self) -> None:
        assert {field.level for field in SCHEMA.values()} == {*map(str, Level), "", "varies"}
        for platform in PLATFORMS:
            # A budget is set rather than measured, and is what is put in all the same.
            described = {*platform.keys, *platform.described} - {"budget"}
            for column in platform.columns:
                stands = bool(SCHEMA[column.name].level)
                measures = column.kind not in ("id", "text", "date") and not column.private
                assert stands == (measures and column.name not in described), column

    def test_a_column_is_known_in_any_currency(self) -> None:
        assert field_of("cost_usd") is SCHEMA["cost_{currency}"]
        assert field_of("views") is SCHEMA["views"]
        with pytest.raises(KeyError):
            field_of("nothing_eur")


# --- Cells ---------------------------------------------------------------------------------------


class TestDay:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026-08-22T00:00:00", (2026, 8, 22)),
            ("2026-06-20 09:00 +0000", (2026, 6, 20)),
            ("20260101", (2026, 1, 1)),
            ("2026/01/31", (2026, 1, 31)),
            ("Tue, Jul 14, 2026", (2026, 7, 14)),
            ("mar. 14 juil. 2026", (2026, 7, 14)),
            ("1er août 2026", (2026, 8, 1)),
            ("14 février 2026 à 10:30", (2026, 2, 14)),
            ("Sept 5, 2026, 10:30 PM", (2026, 9, 5)),
            ("31/12/2026", None),
            ("July 14", None),
            ("32 mars 2026", None),
            ("ma 3, 2026", None),
            ("0000-01-01", None),
            ("2026-13-01", None),
            ("2026-1231", None),
            ("14.07.2026", None),
            ("", None),
        ],
    )
    def test_as_written(self, text: str, expected: tuple[int, int, int] | None) -> None:
        assert day(text, Convention()) == expected

    def test_order_and_year(self) -> None:
        assert day("03/04/2024", Convention(order="dmy")) == (2024, 4, 3)
        assert day("03/04/2024 9:30", Convention(order="mdy")) == (2024, 3, 4)
        assert day("31/12/2024", Convention(order="mdy")) is None
        assert day("August 31", Convention(yearless=True)) == (0, 8, 31)

    @given(st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)))
    def test_every_spelling(self, date: dt.date) -> None:
        expected = (date.year, date.month, date.day)
        for spelling in ("%Y-%m-%d", "%Y%m%d", "%B %d, %Y", "%d %b %Y", "%a, %b %d, %Y"):
            assert day(date.strftime(spelling), Convention()) == expected
        assert day(date.strftime("%m/%d/%Y %H:%M"), Convention(order="mdy")) == expected


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "kind", "value"),
        [
            ("42", "share", 0.42), ("42 %", "share", 0.42), ("0.42", "fraction", 0.42),
            ("42%", "fraction", 0.42), ("1.5", "hours", 5400), ("1500", "milliseconds", 1.5),
            ("1:02:03", "seconds", 3723), ("02:03.5", "seconds", 123.5), ("-5", "seconds", np.nan),
            ("1 h 02 min 03 s", "seconds", 3723), ("15.4s", "seconds", 15.4),
            ("0h:12m:30s", "seconds", 750), ("1m", "seconds", 60), ("s", "seconds", np.nan),
            ("-3", "count", -3), ("1.5", "count", np.nan), ("1.500", "count", 1500),
            ("1e300", "number", np.nan), ("9e299", "number", 9e299), ("£1,234.5", "number", 1234.5),
            ("=1+1", "number", np.nan), ("@1", "number", np.nan), ("True", "number", np.nan),
        ],
    )  # fmt: skip
    def test_as_written(self, text: str, kind: str, value: float) -> None:
        read = numbers([text], kind, ".")  # type: ignore[arg-type]
        np.testing.assert_allclose(read, [value], rtol=1e-15)

    @pytest.mark.parametrize(
        ("cells", "separator", "sign", "sure"),
        [
            (["1,5"], ",", ",", True), (["1.5"], ";", ".", True), (["1,234.5"], ",", ".", True),
            (["1.234.567"], ",", ",", True), (["1,234"], ";", ",", False),
            (["1,234"], ",", ".", False), (["0,123"], ",", ",", True),
            (["1234,567"], ",", ",", True),
            (["12"], ",", ".", True), (["x,y", ""], ";", ",", True),
            (["1,5", "1.5"], ",", ".", True),
        ],
    )  # fmt: skip
    def test_decimal_sign(self, cells: list[str], separator: str, sign: str, *, sure: bool) -> None:
        assert decimal_sign([("number", cells)], separator) == (sign, sure)

    def test_a_count_does_not_make_it_unsure(self) -> None:
        assert decimal_sign([("count", ["1,234"])], ",") == (".", True)


# --- Speed never changes a value -----------------------------------------------------------------

_CELLS = st.sampled_from(
    ["", "--", "N/A", "< 10", "1", "12", "1234", "1,234", "1.234", "1 234", "1.5", "1,5", "-3",
     "+4",
     "007", "1e3", "1E400", "inf", "nan", "True", "=1+1", "12 %", "€5", "99999999999999999999",
     "9223372036854775807", "9007199254740993", "123456.789012345678", "3.14159265358979323846",
     "1.7976931348623157e308", "0:01:02", '" x"', '"a, ""b"""', '"l1\nl2"', "é", " 5 ", "Total",
     "2024-01-02", "2024-01-02 10:30", "Sep 3, 2024", '5" tv', '"5;6"', "Views"]
)  # fmt: skip
_HEADERS = (
    "Content", "Video title", "Video publish time", "Duration", "Views", "Watch time (hours)",
    "Average views per viewer", "Impressions click-through rate (%)", "Likes", "junk",
)  # fmt: skip


@st.composite
def _tables(draw: st.DrawFn) -> bytes:
    separator = draw(st.sampled_from(",;\t"))
    headers = ["Content", *draw(st.permutations(_HEADERS[1:]))[: draw(st.integers(2, 9))]]
    pool = draw(st.lists(_CELLS, min_size=1, max_size=5))
    lines = [separator.join(headers)]
    for i in range(draw(st.integers(1, 25))):
        cells = [f"v{i % 20:010d}", *(draw(st.sampled_from(pool)) for _h in headers[1:])]
        if separator == ",":
            cells = [f'"{c}"' if "," in c and '"' not in c else c for c in cells]
        cells += draw(st.sampled_from([[]] * 60 + [["x"], ["", ""]]))
        lines.append(separator.join(cells[: draw(st.sampled_from([99] * 9 + [1, 2]))]))
        lines += draw(st.sampled_from([[]] * 9 + [[""], ["  "]]))
    return (draw(st.sampled_from(["\n", "\r\n"]))).join(lines).encode()


def _outcome(data: bytes) -> Export | str:
    try:
        return read(data, [YOUTUBE], keep_text=True)
    except ExportError as error:
        return str(error)


def _cut_small(patch: pytest.MonkeyPatch, size: int = 48) -> None:
    """Tables of a few lines are cut in parts, as large ones are."""
    patch.setattr(files, "PART_BYTES", size)
    patch.setattr(files._Utf8, "__iter__", lambda self: iter(lambda: self.read(size), b""))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(_tables())
@example(  # ids read as categories: each text once, and one of them twice in the rows
    b"Content,Views,Video publish time\n"
    + b"".join(b"v%010d,< 10,< 10\n" % n for n in [*range(20), 0])
)
def test_the_fast_way_reads_as_the_careful_one(data: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exports, "_LARGE_BYTES", 0)
        _cut_small(patch)
        fast = _outcome(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exports, "_NATIVE_KINDS", frozenset())
        patch.setattr(exports, "_rows_by_bytes", lambda *_given: None)
        careful = _outcome(data)
    if isinstance(fast, str) or isinstance(careful, str):
        assert fast == careful
        return
    pd.testing.assert_frame_equal(fast.frame, careful.frame, check_exact=True)
    assert (fast.totals is None) == (careful.totals is None)
    if fast.totals is not None and careful.totals is not None:
        pd.testing.assert_frame_equal(fast.totals, careful.totals, check_exact=True)
    assert fast.report == careful.report


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_rows_are_counted_the_same_whatever_the_chunks(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'Content,Video title,Views\r\n"a","x, ""y""\n",1\r\nb\r\n \r\n\r\nc,"",3\r\nd,e'
    source = files.open_tables(text.encode()).tables[0]
    seen = exports._recognise(source, [YOUTUBE])[0]
    careful = exports._rows_by_cells(seen, 3)
    assert (careful.count, careful.short, careful.long) == (4, 2, None)
    monkeypatch.setattr(
        files._Utf8, "__iter__", lambda self: iter(lambda: self.read(size), b""), raising=True
    )
    assert exports._rows_by_bytes(seen, 3) == careful
    assert exports._rows_by_cells(seen, 3) == careful


@pytest.mark.parametrize("size", [40, 64, 100])
def test_parts_are_the_whole_and_end_with_a_row(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f'"{i}","two\r\nlines, ""{i}""",é{i}\r\n' for i in range(40)]
    text = ("Content,Video title,Views\r\n" + "".join(rows)).encode()
    table = files.open_tables(text).tables[0]
    assert len(list(table.parts("utf-8", 27, 4))) == 1  # too small to be worth it
    _cut_small(monkeypatch, size)
    parts = [part.text("utf-8", 0).read() for part in table.parts("utf-8", 27, 4)]
    assert len(parts) == 4
    assert b"".join(parts) == text[27:]
    for part in parts:
        assert {len(row) for row in csv.reader(io.StringIO(part.decode(), newline=""))} == {3}
    assert len(list(table.parts("cp1252", 27, 4))) == 1
    # A mark within the file is a cell's: pandas would drop it at the start of a part.
    marked = files.open_tables(b"a,b\n" + b"\xef\xbb\xbfc,d\n" * 40).tables[0]
    assert len(list(marked.parts("utf-8", 4, 4))) == 1


class TestParts:
    """What only one part of a file holds counts for the whole of it."""

    ROWS = tuple(
        f"aaaaaaa{i:04d},title {i % 3},{i},{i}.5,2024-01-0{i % 9 + 1}\n" for i in range(80)
    )

    @pytest.fixture(autouse=True)
    def _cut(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(exports, "_LARGE_BYTES", 0)
        monkeypatch.setattr(exports, "_SAMPLE_ROWS", 5)
        monkeypatch.setattr(exports, "_WINDOW_BYTES", 200)
        _cut_small(monkeypatch, 100)

    def read(self, at: int, row: str | None) -> Export:
        rows = [*self.ROWS[:at], *([row] if row else []), *self.ROWS[at:]]
        header = "Content,Video title,Views,Average views per viewer,Video publish time\n"
        return read_youtube((header + "".join(rows)).encode())

    def test_plain(self, monkeypatch: pytest.MonkeyPatch) -> None:
        cut: list[files.Table] = []
        parts = files.Table.parts

        def seen(*given: object) -> Iterator[files.Table]:
            for part in parts(*given):  # type: ignore[arg-type]
                cut.append(part)
                yield part

        monkeypatch.setattr(files.Table, "parts", seen)
        frame = self.read(0, None).frame
        assert len(cut) == 4
        assert frame["views"].tolist() == list(range(80))
        assert frame["views"].dtype == np.int64
        assert frame["average_views_per_viewer"].tolist() == [i + 0.5 for i in range(80)]
        assert frame["title"].tolist() == [f"title {i % 3}" for i in range(80)]
        assert frame["published_on"].dt.day.tolist() == [i % 9 + 1 for i in range(80)]

    @pytest.mark.parametrize(
        ("cell", "value"), [("1 234", 1234), ("True", np.nan), ("--", np.nan), ("1.500", 1500)]
    )
    def test_a_number_that_is_not_plain(self, cell: str, value: float) -> None:
        views = self.read(70, f"bbbbbbbbbbb,t,{cell},1.5,2024-01-01\n").frame["views"]
        np.testing.assert_array_equal(views, [*range(70), value, *range(70, 80)])

    def test_a_repeated_id_and_a_total(self) -> None:
        export = self.read(70, "aaaaaaa0001,t,5,1.5,2024-01-01\nTotal,,9,,\n")
        assert len(export.frame) == 81
        assert export.totals is not None
        assert export.totals["views"].tolist() == [9]
        assert "1 ligne répète un identifiant déjà lu ; elle a été gardée." in doubts(export)

    @pytest.mark.parametrize("at", [3, 70])
    def test_a_long_row_has_its_rank(self, at: int) -> None:
        with pytest.raises(ExportError, match=f"la ligne {at + 1} sous l’en-tête a 6 cellules"):
            self.read(at, "x,t,5,1.5,2024-01-01,\n")

    @pytest.mark.parametrize("at", [3, 70])
    def test_short_rows_are_told(self, at: int) -> None:
        export = self.read(at, "bbbbbbbbbbb,t,5\n")
        assert any(doubt.startswith("1 ligne a moins de cellules") for doubt in doubts(export))

    @pytest.mark.parametrize("at", [3, 70])
    def test_a_quote_within_a_cell_is_read_in_one_piece(self, at: int) -> None:
        frame = self.read(at, 'bbbbbbbbbbb,5" tv,5,1.5,2024-01-01\n').frame
        assert frame["title"].tolist()[at] == '5" tv'
        assert len(frame) == 81

    @pytest.mark.parametrize("at", [3, 70])
    def test_an_open_quote_is_refused(self, at: int) -> None:
        with pytest.raises(ExportError, match="n’est jamais refermé"):
            self.read(at, 'bbbbbbbbbbb,"t,5,1.5,2024-01-01\n')

    def test_too_many_rows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(exports, "MAX_ROWS", 80)
        assert len(self.read(0, None).frame) == 80
        with pytest.raises(ExportError, match="plus de 80 lignes"):
            self.read(70, "bbbbbbbbbbb,t,5,1.5,2024-01-01\n")


# --- Workbooks -----------------------------------------------------------------------------------


def _moment(text: str) -> dt.datetime:
    return pd.Timestamp(text).to_pydatetime()


ROWS = [
    ["Les dates sont en UTC", None],
    ["Content", "Video publish time", "Views", "Impressions click-through rate (%)", "Duration"],
    ["aaaaaaaaaa1", _moment("2026-01-31 10:30"), 1234, 4.25, dt.time(0, 1, 5)],
    ["aaaaaaaaaa2", _moment("2026-02-01"), 12.0, 1.234, 30],
    ["Total", None, 1246, None, None],
]


class TestWorkbooks:
    def test_xlsx(self) -> None:
        export = read_youtube(xlsx(Videos=ROWS, Notes=[["rien"]]))
        frame = export.frame
        assert list(frame["views"]) == [1234, 12]
        assert list(frame["published_on"]) == [
            pd.Timestamp("2026-01-31"),
            pd.Timestamp("2026-02-01"),
        ]
        np.testing.assert_allclose(frame["click_through_rate"], [0.0425, 0.01234])
        assert list(frame["duration_s"]) == [65, 30]
        assert export.totals is not None
        assert export.report.source == "fichier transmis › Videos"
        assert export.report.preamble == ("Les dates sont en UTC",)

    def test_xls(self) -> None:
        rows = [
            [c if not isinstance(c, (dt.time, dt.datetime)) else str(c) for c in r] for r in ROWS
        ]
        export = read_youtube(xls(Videos=rows))
        assert list(export.frame["views"]) == [1234, 12]
        assert list(export.frame["duration_s"]) == [65, 30]

    def test_styles_of_xls(self) -> None:
        book = xlwt.Workbook()
        sheet = book.add_sheet("a")
        for j, header in enumerate(["Post", "Day", "Seen", "Rate", "Length"]):
            sheet.write(0, j, header)
        sheet.write(1, 0, "1")
        sheet.write(1, 1, _moment("2026-01-31"), xlwt.easyxf(num_format_str="DD/MM/YYYY"))
        sheet.write(1, 2, 7)
        sheet.write(1, 3, 0.0658, xlwt.easyxf(num_format_str="0.00%"))
        sheet.write(1, 4, dt.time(0, 1, 5), xlwt.easyxf(num_format_str="h:mm:ss"))
        sheet.write(2, 0, True)
        out = io.BytesIO()
        book.save(out)
        frame = read(out.getvalue(), [MADE_UP]).frame
        assert frame.iloc[0].tolist() == [
            "1", pd.Timestamp("2026-01-31"), 7, pytest.approx(0.0658), 65,
        ]  # fmt: skip
        assert frame["post_id"][1] == "TRUE"

    def test_percent_style_and_formula(self) -> None:
        book = openpyxl.Workbook()
        assert book.active is not None
        book.active.append(["Post", "Seen", "Rate"])
        book.active.append(["1", 5, 0.0658])
        book.active.append(["2", "=1+1", 0.5])
        book.active["C2"].number_format = "0.00%"
        out = io.BytesIO()
        book.save(out)
        frame = read(out.getvalue(), [MADE_UP]).frame
        np.testing.assert_array_equal(frame["views"], [5, np.nan])
        np.testing.assert_allclose(frame["click_through_rate"], [0.0658, 0.5])

    def test_ids_that_lost_digits_are_told(self) -> None:
        export = read(xls(a=[["Post", "Seen"], [1234567890123456789, 5], [12345, 6]]), [MADE_UP])
        assert list(export.frame["post_id"]) == ["1.2345678901234568e+18", "12345"]
        assert doubts(export) == [
            "1 identifiant n’a pas la forme attendue (« 1.2345678901234568e+18 ») : un tableur l’a "
            "peut-être transformé."
        ]

    @pytest.mark.parametrize("book", [xlsx(a=[]), xls(a=[[""]])], ids=["xlsx", "xls"])
    def test_empty(self, book: bytes) -> None:
        assert refused(book) == (
            "Le classeur « fichier transmis » est vide. Téléchargez-le de nouveau depuis la "
            "plateforme, sur une période où il y a des données."
        )

    @pytest.mark.parametrize("make", [xlsx, xls])
    def test_spoiled(self, make: object) -> None:
        whole = make(a=[["Content", "Views"], ["aaaaaaaaaa1", 5]])  # type: ignore[operator]
        rng = random.Random(0)  # noqa: S311 - not for security
        for _turn in range(60):
            content = bytearray(whole)
            for _edit in range(rng.randrange(1, 40)):
                content[rng.randrange(len(content))] = rng.randrange(256)
            with contextlib.suppress(ExportError):
                read_youtube(bytes(content[: rng.randrange(len(content))] or content))
                read_youtube(bytes(content))

    def test_too_many_cells(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rows = [["Content", "Views"], ["a", 1]]
        monkeypatch.setattr(files, "MAX_CELLS", 6)
        assert len(read_youtube(xls(a=rows)).frame) == 1
        monkeypatch.setattr(files, "MAX_CELLS", 5)
        assert refused(xls(a=rows)) == (
            "Le classeur « fichier transmis » a plus de 5 cellules. Exportez une période plus "
            "courte, ou le même tableau en .csv."
        )
        monkeypatch.undo()
        monkeypatch.setattr(files, "MAX_WORKBOOK_BYTES", 12)
        assert "est trop gros" in refused(xlsx(a=rows))


# --- Bounded memory and time ---------------------------------------------------------------------

_HOSTILE = r"""
import io, resource, sys, zipfile
from pathlib import Path
import openpyxl, xlrd  # noqa
import pandas
from cinqcles.data import read_export
from cinqcles.errors import ExportError
from cinqcles.keys.purpose import Level
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
END = b"</sheetData></worksheet>"
ROW = b'<row r="1"><c r="A1" t="inlineStr"><is><t>%s</t></is></c></row>'

def book(sheet):
    made, out = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name.endswith("sheet1.xml") else old.read(name))
    return out.getvalue()

def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("a.csv", "w") as member:
            for _turn in range(400):
                member.write(b"a" * 2**20)
    return out.getvalue()

CASES = {
    "zip": bomb,
    "sheet": lambda: book(HEAD + b" " * 10**8 + END),
    "entities": lambda: book(b"<!DOCTYPE w [<!ENTITY a 'x'>]>" + HEAD + ROW % b"&a;" + END),
    "depth": lambda: book(HEAD + b"<a>" * 3_000_000),
    "cell": lambda: book(HEAD + ROW % (b"x" * 40_000_000) + END),
    "columns": lambda: book(
        HEAD + b"".join(b'<row r="%d"><c r="ZZZ%d"/></row>' % (i, i) for i in range(1, 9999)) + END
    ),
    "rows": lambda: book(HEAD + b'<row r="99999999999"><c r="A99999999999"/></row>' + END),
    "dimension": lambda: book(
        HEAD.replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>')
        + ROW % b"a" + END
    ),
    "line": lambda: b"Content,Views\n" + b"x" * 10**8,
    "wide": lambda: b"Content,Views\n" + b"a," * 10**5,
    "lines": lambda: b"Content,Views\n" + b"a,1\n" * 10**7,
    "blank": lambda: b"Content,Views\n" + b"\n" * 10**7,
}
def memory(what):
    return int(Path("/proc/self/status").read_text().split(what + ":")[1].split()[0])

for name in sys.argv[2:]:
    content = CASES[name]()
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = memory("VmRSS")
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
    try:
        read_export(content)
    except ExportError as error:
        print(name, memory("VmHWM") - before, error, sep="|")
"""


@pytest.mark.parametrize(
    ("names", "extra"),
    [
        (["entities", "dimension", "rows", "columns", "depth", "wide", "line"], 30),
        (["cell", "sheet", "lines", "blank"], 160),
        (["zip"], 600),
    ],
)
def test_hostile_files_end_in_bounded_memory(names: list[str], extra: int) -> None:
    """Each is refused in a process that may take 2 GB of addresses; ``extra``: MB used at most."""
    run = subprocess.run(
        [sys.executable, "-c", _HOSTILE, str(2 * 2**30), *names],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    refusals = [line.split("|") for line in run.stdout.splitlines() if line.count("|") == 2]
    assert [name for name, _kilobytes, _why in refusals] == names, run.stderr[-2000:]
    assert max(int(kilobytes) for _name, kilobytes, _why in refusals) < extra * 1024, run.stdout


def test_speed_stays_near_pandas() -> None:
    n = 100_000
    rows = "".join(f"aaaa{i:07d};t{i};{i % 900};{i % 90},5;0:01:{i % 60:02d}\n" for i in range(n))
    content = (
        "Contenu;Titre de la vidéo;Vues;Taux de clics par impression (%);Durée moyenne d'une vue\n"
        + rows
    ).encode()
    start = time.perf_counter()
    pd.read_csv(io.BytesIO(content), sep=";", dtype=str)
    middle = time.perf_counter()
    assert len(read_youtube(content).frame) == n
    # About 4 times in practice; the margin is for a busy machine.
    assert time.perf_counter() - middle < 15 * (middle - start) + 1
