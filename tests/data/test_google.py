"""Google Ads and GA4: preambles, several totals, French numbers, comment blocks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cinqcles.data.platforms import read_export
from cinqcles.errors import ExportError
from tables import claims, table

ADS_EN = (
    "Campaign report\n"
    '"September 1, 2026 - September 30, 2026"\n'
    "Campaign status,Campaign,Account,Campaign type,Impr.,Clicks,Cost,Conversions,Cost / conv.,"
    "CTR,Currency code\n"
    'Enabled,CPA | Savon | Leads,Liseron,Search,"12,034",842,"1,234.56",40.50,30.48,7.00%,EUR\n'
    "Enabled,CPA | Huile,Liseron,Search,5000,300,600.00,12.00,50.00,6.00%,EUR\n"
    "Paused,Marque,Liseron,Search,100,10,--,--,--,10.00%,EUR\n"
    'Total: Account,--,--,--,"17,134","1,152","1,834.56",52.50,34.94,6.72%,EUR\n'
    'Total: Campaigns,--,--,--,"17,134","1,152","1,834.56",52.50,34.94,6.72%,EUR\n'
)
ADS_FR = (
    "Rapport sur les campagnes\n"
    "1 septembre 2026 - 30 septembre 2026\n"
    "Campagne;Type de campagne;Impr.;Clics;Coût;Conversions;Coût/conv.;CTR\n"
    "Savon – Fiches;Search;12\u202f034;842;1\u00a0234,56;40,5;30,48;7,00\u00a0%\n"
    "Huile – Appels;Search;5\u202f000;300;600;12;50;6,00\u00a0%\n"
    "Total\u00a0: campagnes;--;17\u202f034;1\u202f142;1\u00a0834,56;52,5;34,94;6,70\u00a0%\n"
)


class TestAds:
    def test_english(self) -> None:
        export = read_export(ADS_EN.encode())
        frame = export.frame
        assert (export.report.platform, export.report.shape) == ("Google Ads", "campaigns")
        assert list(frame["campaign_name"]) == ["CPA | Savon | Leads", "CPA | Huile", "Marque"]
        np.testing.assert_array_equal(frame["cost"], [1234.56, 600, np.nan])
        np.testing.assert_array_equal(frame["conversions"], [40.5, 12, np.nan])
        np.testing.assert_allclose(frame["click_through_rate"], [0.07, 0.06, 0.1])
        assert list(frame["currency_code"]) == ["EUR"] * 3
        assert export.totals is not None
        assert list(export.totals["clicks"]) == [1152, 1152]
        assert "account_name" not in frame
        assert claims(ADS_EN.encode()) == ["Google Ads: campaigns"]

    def test_csv_for_excel(self) -> None:
        text = ADS_EN.replace('"', "").replace("12,034", "12034").replace("1,234.56", "1234.56")
        lines = text.replace("17,134", "17134").replace("1,152", "1152").replace("1,834", "1834")
        tabs = "\n".join(
            line if i == 1 else line.replace(",", "\t") for i, line in enumerate(lines.split("\n"))
        )
        export = read_export(tabs.encode("utf-16"))
        assert export.report.separator == "\t"
        assert list(export.frame["clicks"]) == [842, 300, 10]

    def test_french(self) -> None:
        data = ADS_FR.encode("utf-8-sig")
        export = read_export(data)
        frame = export.frame
        assert list(frame["cost"]) == [1234.56, 600]
        assert list(frame["impressions"]) == [12034, 5000]
        np.testing.assert_allclose(frame["click_through_rate"], [0.07, 0.06])
        assert export.totals is not None
        assert list(export.totals["cost"]) == [1834.56]
        assert claims(data) == ["Google Ads: campaigns"]

    def test_totals_stand_in_the_first_column_whichever_it_is(self) -> None:
        text = "Day,Campaign,Impr.,Cost\n2026-09-01,A,10,1.00\nTotal: Account,--,10,1.00\n"
        export = read_export(text.encode())
        assert list(export.frame["date"]) == [pd.Timestamp("2026-09-01")]
        assert export.totals is not None
        assert list(export.totals["cost"]) == [1]

    @pytest.mark.parametrize(
        ("headers", "shape"),
        [
            ("Campagne;Coût", "campaigns"),
            ("Groupe d’annonces;Campagne;Clics;Coût", "ad_groups"),
            ("Keyword;Match type;Impr.;Clicks", "keywords"),
            ("Terme de recherche;Mot clé;Coût (EUR);Conversions", "search_terms"),
            ("Jour;Coût", "account"),
            ("Campaign;TrueView views;Avg. CPV;Video played to 25%", "campaigns"),
        ],
    )
    def test_reports(self, headers: str, shape: str) -> None:
        row = ";".join("12" for _ in headers.split(";"))
        assert claims(f"{headers}\n{row}\n".encode()) == [f"Google Ads: {shape}"]

    def test_video_report(self) -> None:
        text = (
            "Campagne,Impr.,Vues,Taux de vues,CPV moy.,Vidéo lue à 25 %,Vidéo lue à 100 %\n"
            "A,1000,300,30.00%,0.02,60.00%,12.5%\n"
        )
        values = read_export(text.encode()).frame.loc[0]
        assert (values["views"], values["cpv"]) == (300, 0.02)
        shares = ["view_rate", "viewed_25_share", "completed_view_share"]
        np.testing.assert_allclose(values[shares].astype(float), [0.3, 0.6, 0.125])


def comments(start: str = "20260101", end: str = "20260923") -> str:
    rule = "# ----------------------------------------\n"
    return (
        f"{rule}# Pages and screens\n# Account: Liseron\n# Property: Liseron - GA4\n{rule}#\n"
        f"# All Users\n# Start date: {start}\n# End date: {end}\n"
    )


class TestAnalytics:
    PAGES = (
        "Page path and screen class,Views,Active users,Views per active user,"
        "Average engagement time per active user,Event count,Key events,Total revenue\n"
    )

    def test_pages(self) -> None:
        rows = "/savons?a=1,10,5,2,30.5,20,0,0\n/,7,7,1,4,7,1,9.5\n"
        data = f"{comments()}\n{self.PAGES}{rows}".encode()
        export = read_export(data)
        assert (export.report.platform, export.report.shape) == ("Google Analytics 4", "pages")
        assert export.frame.loc[0].to_dict() == {
            "page_path": "/savons?a=1", "page_views": 10, "active_users": 5, "views_per_user": 2,
            "average_engagement_time_s": 30.5, "event_count": 20, "key_events": 0, "revenue": 0,
        }  # fmt: skip
        assert claims(data) == ["Google Analytics 4: pages"]

    def test_two_columns(self) -> None:
        text = f"{comments()}\nPage path and screen class,Views\n/,7\n"
        assert claims(text.encode()) == ["Google Analytics 4: pages"]

    @pytest.mark.parametrize(
        "total", ["Grand total,7,,,,,,\n", ",7,12,,,,,,Grand total\n", "Total général,7,,,,,,\n"]
    )
    def test_grand_total(self, total: str) -> None:
        export = read_export(f"{comments()}\n{self.PAGES}{total}/,7,7,1,4,7,1,9.5\n".encode())
        assert list(export.frame["page_path"]) == ["/"]
        assert export.totals is not None
        assert list(export.totals["page_views"]) == [7]

    def test_channels(self) -> None:
        headers = ["Session primary channel group (Default Channel Group)", "Sessions",
                   "Engaged sessions", "Engagement rate", "Average engagement time per session",
                   "Events per session", "Event count", "Key events", "Session key event rate",
                   "Total revenue"]  # fmt: skip
        data = table(
            headers, ["Organic Social", 150, 90, 0.6, 31.2, 4.5, 675, 8, 0.0533, 0]
        ).encode()
        export = read_export(data)
        assert export.report.shape == "channels"
        values = export.frame.loc[0]
        assert (values["channel"], values["engaged_session_share"]) == ("Organic Social", 0.6)
        assert export.report.ignored == ()
        assert claims(data) == ["Google Analytics 4: channels"]

    def test_french(self) -> None:
        headers = ["Date", "Groupe de canaux par défaut pour la session", "Sessions",
                   "Utilisateurs actifs", "Nouveaux utilisateurs", "Événements clés",
                   "Revenu total", "Sessions avec engagement", "Taux d'engagement",
                   "Durée d’engagement moyenne par session", "Nombre d’événements"]  # fmt: skip
        rows = [["20260501", "Direct", 100, 80, 20, 5, "1000,5", 60, "0,6", "31,25", 300],
                ["20260502", "Email", 40, 30, 25, 2, "200", 20, "0,5", "10", 90]]  # fmt: skip
        data = table(headers, *rows, separator=";").encode("utf-8-sig")
        export = read_export(data)
        frame = export.frame
        assert list(frame["date"]) == [pd.Timestamp("2026-05-01"), pd.Timestamp("2026-05-02")]
        np.testing.assert_allclose(frame["engaged_session_share"], [0.6, 0.5])
        np.testing.assert_allclose(frame["average_engagement_time_per_session_s"], [31.25, 10])
        assert claims(data) == ["Google Analytics 4: channels"]

    @pytest.mark.parametrize(
        ("headers", "shape"),
        [
            ("Chemin de la page et classe de l'écran,Vues,Utilisateurs actifs", "pages"),
            ("Page de destination + chaîne de requête,Sessions", "pages"),
            ("Session source / medium,Sessions,Key events ", "channels"),
            ("First user primary channel group (Default Channel Group),New users", "channels"),
            ("Session campaign,Sessions", "channels"),
            ("Event name,Event count,Total users", "events"),
            ("Country,Active users,New users,Engaged sessions", "audience"),
            ("Device category,Sessions", "audience"),
            ("Date,Active users,Sessions", "daily"),
        ],
    )
    def test_reports(self, headers: str, shape: str) -> None:
        row = ",".join("20260101" if h == "Date" else "12" for h in headers.split(","))
        data = f"{comments()}\n{headers}\n{row}\n".encode()
        assert claims(data) == [f"Google Analytics 4: {shape}"]

    def test_sessions_by_day_could_be_anyone_s(self) -> None:
        assert claims(b"Date,Sessions\n2026-01-01,5\n") == []

    def test_date_and_views_could_be_anyone_s(self) -> None:
        data = b"Date,Views\n2026-01-01,5\n"
        assert "Google Analytics 4: daily" in claims(data)
        with pytest.raises(ExportError):
            read_export(data)
