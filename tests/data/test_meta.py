"""Meta's exports: the real headers of Business Suite and Meta Ads, and the traps of real files."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cinqcles.data.platforms import read_export
from cinqcles.errors import ExportError
from tables import claims, doubts, first, table

FB_EN = [
    "Post ID", "Page ID", "Page name", "Title", "Description", "Duration (sec)", "Publish time",
    "Caption type", "Permalink", "Is crosspost", "Is share", "Post type", "Languages",
    "Custom labels", "Funded content status", "Data comment", "Date", "Views", "Reach",
    "Reactions, Comments and Shares", "Reactions", "Comments", "Shares", "Total clicks",
    "Other Clicks", "Matched Audience Targeting Consumption (Photo Click)",
]  # fmt: skip
FB_FR = [
    "Identifiant de la publication", "ID de la Page", "Nom de la page", "Titre", "Description",
    "Durée (s)", "Heure de publication", "Permalien", "Est un crosspostage", "Est un partage",
    "Type de publication", "Date", "Vues", "Couverture", "Réactions, commentaires et partages",
    "Réactions", "Commentaires", "Partages", "Total des clics", "Clics sur un lien",
    "Vues de Publications organiques", "Vues de Publications boostées",
    "Couverture de Publications organiques", "Couverture de Publications boostées",
]  # fmt: skip
IG_EN = [
    "Post ID", "Account ID", "Account username", "Account name", "Description", "Duration (sec)",
    "Publish time", "Permalink", "Post type", "Data comment", "Date", "Views", "Reach", "Likes",
    "Shares", "Follows", "Comments", "Saves",
]  # fmt: skip
IG_FR = [
    "Identifiant de la publication", "ID du compte", "Nom de profil du compte", "Nom du compte",
    "Description", "Durée (s)", "Heure de publication", "Permalien", "Type de publication",
    "Commentaire des données", "Date", "Vues", "Couverture", "Mentions J’aime", "Partages",
    "Followers en plus", "Commentaires", "Enregistrements",
]  # fmt: skip
STORIES_FR = [
    *IG_FR[:13], "Mentions J’aime", "Partages", "Followers en plus", "Réponses",
    "Visites de profil", "Clics sur le lien", "Appuis sur des stickers", "Navigation",
]  # fmt: skip
ADS_FR = [
    "Début des rapports", "Fin des rapports", "Nom de la campagne",
    "Nom de l’ensemble de publicités", "Nom de la publicité", "Résultats",
    "Indicateur de résultats", "Montant dépensé (EUR)", "Couverture", "Impressions", "Répétition",
    "Lectures de vidéo de 3 secondes", "ThruPlays", "Clics (tous)", "Clics sur un lien",
    "CTR (tous)", "Coût par résultat", "CPM (Coût pour 1\u00a0000\u00a0impressions) (EUR)",
    "CPC (tous) (EUR)", "CPC (coût par clic sur un lien) (EUR)", "Coût par ThruPlay (EUR)",
    "Coût par interaction avec une publication (EUR)",
    "ROAS (retour sur les dépenses publicitaires) des achats", "Achats", "Prospects",
]  # fmt: skip
ADS_EN = [
    "Reporting starts", "Reporting ends", "Campaign name", "Ad set name", "Results",
    "Result indicator", "Reach", "Impressions", "Frequency", "Amount spent (EUR)", "Link clicks",
    "Clicks (all)", "CTR (all)", "CPM (cost per 1,000 impressions) (EUR)",
    "CPC (cost per link click) (EUR)", "Cost per result", "ThruPlays", "3-second video plays",
    "Video plays at 25%", "Video plays at 100%", "Video average play time",
    "Purchase ROAS (return on ad spend)", "Purchases conversion value",
]  # fmt: skip
CAPTION = 'Nos savons "nus" 🧼\n\nMoins d’emballage,\r\nplus de mousse ; à vous, de jouer'


FB_ROWS = (
    {
        "Identifiant de la publication": "122093847561234567",
        "ID de la Page": "61564880291097", "Nom de la page": "Maison Liseron", "Titre": CAPTION,
        "Durée (s)": 0, "Heure de publication": "05/28/2026 05:06",
        "Permalien": "https://www.facebook.com/1/posts/2", "Est un crosspostage": 0,
        "Est un partage": 0, "Type de publication": "Photos", "Date": "Global", "Vues": 1500,
        "Couverture": 900, "Réactions, commentaires et partages": 33, "Réactions": 30,
        "Commentaires": 2, "Partages": 1, "Total des clics": 40, "Clics sur un lien": 7,
        "Vues de Publications organiques": 1000, "Vues de Publications boostées": 500,
        "Couverture de Publications organiques": 700,
    },
    {
        "Identifiant de la publication": "122093847561234568",
        "ID de la Page": "61564880291097", "Nom de la page": "Maison Liseron",
        "Description": "Un reel", "Durée (s)": 17, "Heure de publication": "12/01/2025 18:30",
        "Permalien": "https://www.facebook.com/reel/3", "Type de publication": "Vidéos",
        "Date": "Global", "Vues": 90, "Couverture": 80, "Réactions": 0, "Total des clics": "",
    },
)  # fmt: skip


class TestFacebook:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_french(self, encoding: str) -> None:
        data = table(FB_FR, *FB_ROWS).encode(encoding)
        export = read_export(data)
        frame = export.frame
        assert (export.report.platform, export.report.shape) == ("Meta Business Suite", "facebook")
        assert export.report.label == "publications Facebook"
        assert list(frame["post_id"]) == ["122093847561234567", "122093847561234568"]
        # Month first, even in French.
        assert list(frame["published_on"]) == [
            pd.Timestamp("2026-05-28"),
            pd.Timestamp("2025-12-01"),
        ]
        assert frame["date"].isna().all() if "date" in frame else True
        assert list(frame["views"]) == [1500, 90]
        np.testing.assert_array_equal(frame["views_organic"], [1000, np.nan])
        np.testing.assert_array_equal(frame["views_paid"], [500, np.nan])
        np.testing.assert_array_equal(frame["reach_organic"], [700, np.nan])
        assert list(frame["reach"]) == [900, 80]
        np.testing.assert_array_equal(frame["interactions"], [33, np.nan])
        np.testing.assert_array_equal(frame["clicks"], [40, np.nan])
        assert list(frame["reactions"]) == [30, 0]
        assert list(frame["format"]) == ["Photos", "Vidéos"]
        assert list(frame["duration_s"]) == [0, 17]
        assert not {"title", "text", "url", "account_name", "page_id"} & set(frame)
        assert claims(data) == ["Meta Business Suite: facebook"]

    def test_texts_on_demand(self) -> None:
        data = table(FB_FR, *FB_ROWS).encode()
        frame = read_export(data, keep_text=True).frame
        assert frame["title"][0].replace("\r", "") == CAPTION.replace("\r", "")
        assert frame["url"][1] == "https://www.facebook.com/reel/3"
        assert frame["account_name"][0] == "Maison Liseron"

    def test_english(self) -> None:
        row = {
            "Post ID": "1234567890123456", "Page ID": "998877665544", "Page name": "Soap",
            "Title": "Hello, \"world\"", "Publish time": "02/03/2026 09:15",
            "Permalink": "https://facebook.com/1", "Is crosspost": 0, "Is share": 0,
            "Post type": "Links", "Date": "Lifetime", "Views": "1,234", "Reach": 1000,
            "Reactions, Comments and Shares": 12, "Reactions": 9, "Comments": 2, "Shares": 1,
            "Total clicks": 31, "Other Clicks": 20,
            "Matched Audience Targeting Consumption (Photo Click)": 11,
        }  # fmt: skip
        data = ("\ufeff" + table(FB_EN, row)).encode()
        export = read_export(data)
        frame = export.frame
        assert frame["published_on"][0] == pd.Timestamp("2026-02-03")
        assert first(frame, ["views", "other_clicks", "photo_clicks"]) == [1234, 20, 11]
        assert "Languages" in export.report.ignored
        assert claims(data) == ["Meta Business Suite: facebook"]

    def test_saved_again_by_excel(self) -> None:
        text = table(FB_FR, *FB_ROWS, separator=";").replace("🧼", "").replace("\n", "\r\n")
        export = read_export(text.encode("cp1252"))
        assert export.report.encoding == "cp1252"
        assert list(export.frame["views"]) == [1500, 90]
        assert "réenregistré par un tableur" in doubts(export)

    def test_ids_rounded_by_excel_are_told(self) -> None:
        rows = [{**row, "Identifiant de la publication": "1,22094E+17"} for row in FB_ROWS]
        export = read_export(table(FB_FR, *rows, separator=";").encode())
        assert "1,22094E+17" in doubts(export)

    def test_same_post_twice_is_told(self) -> None:
        export = read_export(table(FB_FR, *FB_ROWS, FB_ROWS[0]).encode())
        assert len(export.frame) == 3
        assert "1 ligne répète" in doubts(export)

    def test_files_put_end_to_end_repeat_the_header(self) -> None:
        header = dict(zip(FB_FR, FB_FR, strict=True))
        frame = read_export(table(FB_FR, FB_ROWS[0], header, FB_ROWS[1]).encode()).frame
        assert list(frame["views"]) == [1500, 90]

    def test_order_of_columns_does_not_matter(self) -> None:
        one = read_export(table(FB_FR, *FB_ROWS).encode()).frame
        other = read_export(table(FB_FR[::-1], *FB_ROWS).encode()).frame
        pd.testing.assert_frame_equal(one, other, check_like=True)

    def test_wide_bilingual_file(self) -> None:
        """Two merged exports: each notion in two columns, each filled on its own rows."""
        segments = [f"Vues de {sex} {age}" for sex in "FHU" for age in range(60)][:178]
        wide = FB_FR + [h for h in FB_EN if h not in FB_FR] + segments
        english = {
            "Post ID": "122093847561234569", "Publish time": "06/01/2026 08:00",
            "Post type": "Photos", "Permalink": "https://facebook.com/9", "Page name": "Soap",
            "Date": "Lifetime", "Views": 77, "Reach": 70,
        }  # fmt: skip
        lookalikes = ["Vues de vidéo de 3 secondes de Publications organiques"]
        data = table(lookalikes + wide, *FB_ROWS, english).encode()
        assert len(lookalikes + wide) == 227
        export = read_export(data)
        assert export.report.shape == "facebook"
        assert list(export.frame["views"]) == [1500, 90, 77]
        assert list(export.frame["reach"]) == [900, 80, 70]
        assert list(export.frame["published_on"].dt.month) == [5, 12, 6]
        assert lookalikes[0] in export.report.ignored
        assert "video_views_3s" not in export.frame

    @pytest.mark.parametrize(
        "headers",
        [
            [
                "Identifiant de la publication",
                "Nom de la page",
                "Heure de publication",
                "Réactions",
            ],
            ["Permalien", "Est un partage", "Couverture"],
            ["Couverture", "Vues", "Titre", "ID de la Page", "Permalien"],
            ["Post ID", "Page ID", "Publish time", "Impressions"],
            ["Post ID", "Permalink", "Reactions", "3-second video views", "Seconds viewed"],
        ],
    )
    def test_columns_are_the_user_s_choice(self, headers: list[str]) -> None:
        row = dict.fromkeys(headers, "1234567")
        assert claims(table(headers, row).encode()) == ["Meta Business Suite: facebook"]

    def test_video_columns(self) -> None:
        headers = ["Post ID", "Page ID", "Publish time", "3-Second Video Views", "1-minute views",
                   "Seconds viewed", "Average Seconds viewed",
                   "Estimated earnings (USD)"]  # fmt: skip
        row = dict(
            zip(headers, ["1234567", 1, "01/31/2026", 50, 4, "1,200", "7.5", "0.31"], strict=True)
        )
        frame = read_export(table(headers, row).encode()).frame
        values = frame.drop(columns=["post_id", "published_on"]).loc[0]
        assert values.to_dict() == {
            "video_views_3s": 50, "video_views_1min": 4, "watch_time_s": 1200,
            "average_view_duration_s": 7.5, "revenue_usd": 0.31,
        }  # fmt: skip

    def test_french_video_columns_are_recognised_by_resemblance(self) -> None:
        headers = ["Identifiant de la publication", "ID de la Page", "Heure de publication",
                   "Vues de vidéo de 3 secondes", "Vues de vidéo d’une minute",
                   "Secondes regardées", "Secondes moyennes regardées"]  # fmt: skip
        row = dict(zip(headers, ["1234567", 1, "01/31/2026", 50, 4, 1200, "7.5"], strict=True))
        export = read_export(table(headers, row).encode())
        names = ["video_views_3s", "video_views_1min", "watch_time_s", "average_view_duration_s"]
        assert first(export.frame, names) == [50, 4, 1200, 7.5]
        assert "« Secondes regardées » a été reconnu par ressemblance" in doubts(export)


class TestInstagram:
    def test_french(self) -> None:
        row = dict(zip(IG_FR, [
            "18012345678901234", "17841400000000000", "maison_liseron", "Maison Liseron", CAPTION,
            31, "07/04/2026 12:00", "https://www.instagram.com/reel/DA/", "Reel Instagram", "",
            "Global", 12400, 9100, 610, 88, -1, 57, 230,
        ], strict=True))  # fmt: skip
        data = table(IG_FR, row).encode("utf-8-sig")
        export = read_export(data)
        assert export.report.shape == "instagram"
        values = export.frame.drop(
            columns=["post_id", "format", "published_on", "date"], errors="ignore"
        )
        assert values.loc[0].to_dict() == {
            "duration_s": 31, "views": 12400, "reach": 9100, "likes": 610, "shares": 88,
            "follows": -1, "comments": 57, "saves": 230,
        }  # fmt: skip
        assert export.frame["published_on"][0] == pd.Timestamp("2026-07-04")
        assert claims(data) == ["Meta Business Suite: instagram"]

    def test_english_before_views(self) -> None:
        headers = [h for h in IG_EN if h != "Views"] + ["Impressions", "Plays"]
        row = dict.fromkeys(headers, "1234567") | {"Publish time": "01/13/2024 10:00"}
        export = read_export(table(headers, row).encode())
        assert export.report.shape == "instagram"
        assert {"impressions", "plays"} <= set(export.frame)
        assert export.frame["published_on"].tolist() == [pd.Timestamp("2024-01-13")]

    def test_stories(self) -> None:
        row = dict.fromkeys(STORIES_FR, "") | {
            "Identifiant de la publication": "18012345678901235",
            "Heure de publication": "07/04/2026 12:00", "Type de publication": "Story Instagram",
            "Vues": 300, "Couverture": 250, "Réponses": 3, "Visites de profil": 4,
            "Clics sur le lien": 5, "Appuis sur des stickers": 6, "Navigation": 280,
        }  # fmt: skip
        data = table(STORIES_FR, row).encode()
        frame = read_export(data).frame
        asked = ["replies", "profile_visits", "link_clicks", "sticker_taps", "navigation"]
        assert first(frame, asked) == [3, 4, 5, 6, 280]
        assert claims(data) == ["Meta Business Suite: stories"]

    @pytest.mark.parametrize(
        "headers",
        [
            ["Post ID", "Account username", "Publish time", "Views"],
            ["ID de la publication", "Permalien", "Mentions J'aime", "Couverture"],
            ["Post ID", "Publish time", "Saves", "Likes"],
        ],
    )
    def test_columns_are_the_user_s_choice(self, headers: list[str]) -> None:
        row = dict.fromkeys(headers, "1234567")
        assert claims(table(headers, row).encode()) == ["Meta Business Suite: instagram"]

    def test_neither_network_can_be_told(self) -> None:
        headers = ["Post ID", "Publish time", "Views", "Reach", "Comments"]
        row = dict.fromkeys(headers, "1234567")
        assert claims(table(headers, row).encode()) == ["Meta Business Suite: posts"]


def overview(title: str, *values: int) -> str:
    days = "".join(f'"2026-08-{i:02d}T00:00:00","{v}"\r\n' for i, v in enumerate(values, 1))
    return f'"{title}"\r\n"Date","Primary"\r\n{days}'


class TestDaily:
    @pytest.mark.parametrize(
        ("title", "name"),
        [
            ("Facebook follows", "follows"),
            ("Instagram reach", "reach"),
            ("Content interactions", "interactions"),
            ("Facebook visits", "profile_visits"),
            ("Viewers", "unique_viewers"),
            ("Vues", "views"),
            ("Interactions avec le contenu", "interactions"),
            ("Un titre inconnu", "value"),
        ],
    )
    def test_the_title_names_the_measure(self, title: str, name: str) -> None:
        data = ("sep=,\r\n" + overview(title, 8226, 0, 12)).encode("utf-16")
        export = read_export(data)
        assert (export.report.platform, export.report.shape) == ("Meta Business Suite", "daily")
        assert list(export.frame[name]) == [8226, 0, 12]
        assert doubts(export) == ""
        assert list(export.frame["date"]) == list(pd.date_range("2026-08-01", periods=3))

    def test_several_measures(self) -> None:
        text = f"sep=,\r\n{overview('Views', 10, 20)}\r\n{overview('Facebook visits', 1, 2)}"
        frame = read_export(text.encode("utf-16")).frame
        assert list(frame["views"]) == [10, 20]
        assert list(frame["profile_visits"]) == [1, 2]

    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    @pytest.mark.parametrize("padding", ["", "{0}{0}"])
    def test_a_spreadsheet_saved_it_again(self, separator: str, padding: str) -> None:
        more = padding.format(separator)
        text = overview("Vues", 10, 20).replace(",", separator).replace("\r\n", f"{more}\r\n")
        for data in (text.encode("utf-8-sig"), text.encode("utf-16")):
            export = read_export(data)
            assert list(export.frame["views"]) == [10, 20]
            assert doubts(export) == ""

    def test_nothing_is_written_over(self) -> None:
        text = (
            overview("Views", 10, 20) + '"2026-08-01T00:00:00","15"\r\n"2026-08-03T00:00:00",""\r\n'
        )
        frame = read_export(text.encode()).frame
        assert frame["date"].dt.day.tolist() == [1, 2, 1, 3]
        assert frame["views"].tolist()[:3] == [10, 20, 15]
        assert np.isnan(frame["views"].iloc[3])
        # Two files of one measure, put end to end.
        text = overview("Views", 10, 20) + overview("Views", 30)
        assert read_export(text.encode()).frame["views"].tolist() == [10, 20, 30]

    def test_a_row_of_three_cells_is_refused(self) -> None:
        text = overview("Views", 10, 20) + "2026-08-03T00:00:00,1,130\r\n"
        with pytest.raises(
            ExportError, match="la ligne 3 sous l’en-tête a 3 cellules au lieu de 2"
        ):
            read_export(text.encode())

    def test_two_columns_say_too_little(self) -> None:
        for text in ("Date,Views\n2026-08-01,5\n", "Date;Vues\n2026-08-01;5\n"):
            assert len(claims(text.encode())) > 1
            with pytest.raises(ExportError):
                read_export(text.encode())


class TestAds:
    def row(self, **changes: object) -> dict[str, object]:
        values = [
            "2026-09-01", "2026-09-30", "Rentrée", "Femmes 25-45", "Vidéo 1", 12,
            "actions:link_click", "123.45", 5000, 8000, "1.6", 900, 300, 150, 120, "1.875",
            "10.2875", "15.43125", "0.823", "1.02875", "0.4115", "0.5", "2.4", 3, "",
        ]  # fmt: skip
        return dict(zip(ADS_FR, values, strict=True)) | changes

    def test_french(self) -> None:
        data = table(ADS_FR, self.row()).encode("utf-8-sig")
        export = read_export(data)
        assert (export.report.platform, export.report.shape) == ("Meta Ads", "ads")
        values = export.frame.loc[0].to_dict()
        assert values["campaign_name"] == "Rentrée"
        assert values["period_start"] == pd.Timestamp("2026-09-01")
        assert values["cost_eur"] == 123.45
        assert values["click_through_rate"] == pytest.approx(0.01875)
        assert values["cpm_eur"] == 15.43125
        assert values["cpc_eur"] == 0.823
        assert values["cost_per_link_click_eur"] == 1.02875
        assert values["cost_per_thruplay_eur"] == 0.4115
        assert values["cost_per_interaction_eur"] == 0.5
        assert values["cost_per_result"] == 10.2875
        assert (values["video_views_3s"], values["thruplays"], values["purchases"]) == (900, 300, 3)
        assert values["frequency"] == 1.6
        assert np.isnan(values["leads"])
        assert claims(data) == ["Meta Ads: ads"]

    def test_every_known_column_is_recognised(self) -> None:
        export = read_export(table(ADS_FR, self.row()).encode())
        assert export.report.ignored == ()

    def test_english_and_its_summary_row(self) -> None:
        row = dict(zip(ADS_EN, [
            "2026-09-01", "2026-09-30", "Autumn", "Women", 10, "actions:lead", 400, 1000, 2.5, 50,
            20, 30, "3", 50, 2.5, 5, 12, 60, 40, 9, "0:07", "1.5", 75,
        ], strict=True))  # fmt: skip
        total = row | {"Campaign name": "", "Ad set name": "", "Reach": 390}
        export = read_export(table(ADS_EN, total, row).encode())
        assert list(export.frame["campaign_name"]) == ["Autumn"]
        assert export.totals is not None
        assert list(export.totals["reach"]) == [390]
        values = export.frame.loc[0]
        assert values["average_view_duration_s"] == 7
        assert values["click_through_rate"] == pytest.approx(0.03)
        assert (values["video_views_25"], values["completed_views"]) == (40, 9)
        assert (values["roas"], values["conversion_value"]) == (1.5, 75)

    @pytest.mark.parametrize(
        "headers",
        [
            ["Campaign name", "Amount spent (USD)"],
            ["Nom de la campagne", "Montant dépensé", "Résultats"],
            ["Ad name", "ThruPlays", "Impressions"],
            ["Jour", "Nom de la publicité", "Clics sur un lien", "Montant dépensé (CHF)"],
        ],
    )
    def test_columns_are_the_user_s_choice(self, headers: list[str]) -> None:
        row = dict.fromkeys(headers, "12")
        assert claims(table(headers, row).encode()) == ["Meta Ads: ads"]

    def test_account_without_breakdown(self) -> None:
        headers = ["Début des rapports", "Montant dépensé (EUR)", "Impressions"]
        row = dict(zip(headers, ["2026-09-01", "12,50", 900], strict=True))
        export = read_export(table(headers, row, separator=";").encode())
        assert export.report.shape == "account"
        assert export.frame["cost_eur"][0] == 12.5

    def test_other_networks_campaigns_are_not_taken_for_meta_s(self) -> None:
        headers = ["Campaign name", "Cost", "Impressions", "Reach", "Frequency", "CPM", "Results"]
        assert claims(table(headers, ["12"] * len(headers)).encode()) == []


@pytest.mark.parametrize("last", ["27/03/2025 18:00", "28/03/2025 09:30"])
def test_dates_that_deny_the_platform_s_order(last: str) -> None:
    rows = [
        {FB_FR[0]: str(10**17 + i), FB_FR[6]: day, FB_FR[11]: "Global", FB_FR[12]: "5"}
        for i, day in enumerate(["5/4/2025 8:00", last])
    ]
    export = read_export(table(FB_FR, *rows).encode("utf-8-sig"))
    assert export.frame["published_on"].dt.day.tolist() == [5, int(last[:2])]
    assert export.frame["published_on"].dt.month.tolist() == [4, 3]
    assert (
        "Les dates de « Heure de publication » ont été lues dans l’ordre jour/mois/année, le seul "
        "possible pour certaines, et non dans celui que la plateforme suit d’ordinaire. "
        "Vérifiez-en une."
    ) in doubts(export).replace("\u00a0", " ")


def test_dates_that_deny_both_orders_are_left_unread() -> None:
    rows = [
        {FB_FR[0]: str(10**17 + i), FB_FR[6]: day, FB_FR[11]: "Global", FB_FR[12]: "5"}
        for i, day in enumerate(["05/14/2025 08:00", "14/05/2025 08:00"])
    ]
    export = read_export(table(FB_FR, *rows).encode("utf-8-sig"))
    assert export.frame["published_on"].dt.day.tolist()[0] == 14
    assert pd.isna(export.frame["published_on"].iloc[1])
    assert "14/05/2025 08:00" in doubts(export)
