"""Matomo's exports: UTF-16, translated or raw names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cinqcles.data.platforms import read_export
from tables import claims, table

PAGES_RAW = (
    "label,nb_visits,nb_hits,bounce_rate,exit_rate,avg_time_on_page,metadata_url\n"
    "/savons,30,45,45%,50%,70,https://liseron.example/savons\n"
    "/,12,12,0.25,0.5,00:01:10,https://liseron.example/\n"
)


class TestPages:
    def test_raw_names(self) -> None:
        export = read_export(PAGES_RAW.encode())
        frame = export.frame
        assert (export.report.platform, export.report.shape) == ("Matomo", "pages")
        assert list(frame["label"]) == ["/savons", "/"]
        assert list(frame["visits"]) == [30, 12]
        assert list(frame["page_views"]) == [45, 12]
        np.testing.assert_allclose(frame["bounce_rate"], [0.45, 0.25])
        assert list(frame["average_time_on_page_s"]) == [70, 70]
        assert claims(PAGES_RAW.encode()) == ["Matomo: pages"]

    def test_french(self) -> None:
        headers = ["Nom", "Vues uniques", "Vues", "Taux de rebond", "Temps moyen sur la page",
                   "Taux de sortie"]  # fmt: skip
        text = table(headers, ["savons", 30, 45, "45%", "00:01:10", "50%"])
        data = text.encode("utf-16")
        export = read_export(data)
        values = export.frame.loc[0].to_dict()
        assert (values["unique_page_views"], values["page_views"]) == (30, 45)
        assert (values["bounce_rate"], values["exit_rate"]) == (0.45, 0.5)
        assert values["average_time_on_page_s"] == 70
        assert claims(data) == ["Matomo: pages"]


class TestReport:
    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8"])
    def test_sources(self, encoding: str) -> None:
        headers = ["Label", "Unique visitors", "Visits", "Actions", "Maximum actions in one visit",
                   "Total time spent by visitors (in seconds)", "Bounces",
                   "Conversion Rate"]  # fmt: skip
        data = table(headers, ["Réseaux sociaux", 8, 10, 25, 9, 1234, 4, "1.5%"]).encode(encoding)
        export = read_export(data)
        assert export.report.shape == "report"
        values = export.frame.loc[0].to_dict()
        assert (values["visitors"], values["visits"], values["bounces"]) == (8, 10, 4)
        assert values["visit_time_s"] == 1234
        assert values["conversion_rate"] == pytest.approx(0.015)
        assert export.report.ignored == ()
        assert claims(data) == ["Matomo: report"]

    def test_visits_by_day_could_be_anyone_s(self) -> None:
        assert claims(b"Date;Visites\n2026-05-01;12\n") == []

    def test_two_columns(self) -> None:
        assert claims(b"Nom;Visites\nFacebook;12\n") == ["Matomo: report"]


def test_daily() -> None:
    data = (
        b"Date;Visiteurs uniques;Visites;Actions;Taux de rebond;Temps moyen sur le site\n"
        b"2026-05-01;80;100;250;45 %;95\n2026-05-02;8;10;25;40 %;1 min 35s\n"
    )
    export = read_export(data)
    assert export.report.shape == "daily"
    frame = export.frame
    assert list(frame["date"]) == [pd.Timestamp("2026-05-01"), pd.Timestamp("2026-05-02")]
    assert list(frame["visitors"]) == [80, 8]
    np.testing.assert_allclose(frame["bounce_rate"], [0.45, 0.4])
    assert list(frame["average_visit_duration_s"]) == [95, 95]
    assert claims(data) == ["Matomo: daily"]


def test_summary_of_one_period() -> None:
    text = (
        "nb_uniq_visitors,nb_visits,nb_actions,nb_visits_converted,bounce_count,sum_visit_length,"
        "max_actions,bounce_rate,nb_actions_per_visit,avg_time_on_site\n"
        "80,100,250,3,45,9500,12,45%,2.5,95\n"
    )
    export = read_export(text.encode())
    assert export.report.shape == "summary"
    assert export.frame["actions_per_visit"][0] == 2.5
    assert claims(text.encode()) == ["Matomo: summary"]
