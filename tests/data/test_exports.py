"""Reading YouTube Studio exports: real-like files, both languages, and hostile ones."""

from __future__ import annotations

import contextlib
import io
import os
import random
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cinqcles.data import exports, read_youtube, videos, write_youtube_export
from cinqcles.data.exports import Export
from cinqcles.errors import ExportError

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
            "Total affiché par YouTube Studio : 1\u202f700 vues ; somme des lignes : 1\u202f500. "
            "C’est normal (le total compte aussi des vidéos absentes du tableau) : rien n’a été "
            "corrigé."
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
            "1 ligne répète une vidéo déjà lue ; elle a été gardée.",
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
            "L’archive contient plusieurs fichiers : « Informations relatives aux tableaux.csv » "
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
            (zipped(**{"[Content_Types].xml": "<a/>"}), "« fichier transmis » est un classeur"),
            (zipped(**{"a.png": b"x"}), "L’archive « fichier transmis » ne contient aucun"),
            (
                zipped(**{f"{i}.csv": "a" for i in range(200)}),
                "L’archive « fichier transmis » contient trop de fichiers (plus de 100).",
            ),
            (zipped(**{"a.csv": EN})[:-40], "L’archive « fichier transmis » ne s’ouvre pas"),
            (
                zipped(**{"a.csv": b"\0" * (exports.MAX_BYTES + 10)}),
                "« fichier transmis » est trop gros (plus de 128 Mo une fois ouvert).",
            ),
        ],
        ids=["xlsx", "no csv", "many", "cut", "bomb"],
    )  # fmt: skip
    def test_refused(self, content: bytes, start: str) -> None:
        assert refused(content).startswith(start)

    def test_declared_size_is_not_trusted(self) -> None:
        content = bytearray(zipped(**{"a.csv": b"\0" * (exports.MAX_BYTES + 10)}))
        central = content.rindex(b"PK\x01\x02")
        content[central + 24 : central + 28] = (10).to_bytes(4, "little")
        tracemalloc.start()
        refused(bytes(content))
        assert tracemalloc.get_traced_memory()[1] < 3 * exports.MAX_BYTES
        tracemalloc.stop()


class TestHostile:
    def test_unknown_file(self) -> None:
        assert refused("Titre;Wues;Durée de visionage (heures)\na;1;2\n".encode()) == (
            "« fichier transmis » n’est pas reconnu comme un export de YouTube Studio.\n"
            "Colonnes cherchées (par exemple, en français ou en anglais) : « Contenu », « Vues "
            "intentionnelles », « Vues », « Durée de visionnage (heures) ».\n"
            "Colonnes trouvées : « Titre », « Wues », « Durée de visionage (heures) ».\n"
            "« Wues » ressemble à « Vues » : a-t-il été renommé ?\n"
            "Pour refaire l’export : dans YouTube Studio, ouvrez « Données analytiques », puis "
            "« Mode avancé », onglet « Contenu » ; cliquez sur la flèche de téléchargement et "
            "choisissez le format .csv. Donnez ici le .zip obtenu, sans l’ouvrir dans un tableur."
        )

    def test_another_breakdown(self) -> None:
        message = refused(b"Traffic source,Views,Watch time (hours)\nTotal,5,1\nSearch,5,1\n")
        assert message.startswith(
            "« fichier transmis » donne les chiffres par « Traffic source », et non par vidéo."
        )

    def test_files_of_other_platforms_are_refused(self) -> None:
        x = b"Post id,Date,Post text,Post Link,Impressions,Likes,Shares\n1,2,3,4,5,6,7\n"
        tiktok = b"Date,Video Views,Profile Views,Likes,Comments,Shares\nAugust 31,1,2,3,4,5\n"
        for content in (x, tiktok):
            assert "n’est pas reconnu" in refused(content)

    def test_missing_folder_empty_pipe(self, tmp_path: Path) -> None:
        assert refused(tmp_path / "absent.csv") == (
            f"Le fichier « {exports._shown(str(tmp_path / 'absent.csv'))} » est introuvable. "
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
            "Exportez une période où des vidéos ont été vues."
        )

    @pytest.mark.parametrize(
        ("content", "part"),
        [
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "n’est pas un fichier texte"),
            (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "est un classeur"),
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
        monkeypatch.setattr(exports, "MAX_BYTES", 100)
        (tmp_path / "big.csv").write_bytes(b"Content,Views\n" + rows * 20)
        assert "est trop gros" in refused(tmp_path / "big.csv")

    @settings(max_examples=300, deadline=None)
    @given(st.binary(max_size=400))
    def test_any_bytes(self, content: bytes) -> None:
        for source in (content, b"PK\x03\x04" + content, b"Content,Views\n" + content):
            with contextlib.suppress(ExportError):
                assert len(read_youtube(source).frame)

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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
