"""TikTok Studio's exports: real headers, dates without year, negative counts."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from cinqcles.data.platforms import read_export
from cinqcles.errors import ExportError
from tables import claims, first, table

TODAY = dt.date(2026, 9, 1)
OVERVIEW = ["Date", "Video Views", "Profile Views", "Likes", "Comments", "Shares"]
CONTENT = [
    "Video title", "Video link", "Post time", "Total likes", "Total comments", "Total shares",
    "Total views", "Total play time", "Average watch time", "Watched full video",
    "Add to favorites",
]  # fmt: skip


class TestOverview:
    def test_english(self) -> None:
        data = table(
            OVERVIEW, ["August 30", 10, 2, 3, 1, 1], ["August 31", 30, 6, 9, -2, 0]
        ).encode()
        export = read_export(data, today=TODAY)
        frame = export.frame
        assert (export.report.platform, export.report.shape) == ("TikTok", "daily")
        assert list(frame["date"]) == [pd.Timestamp("2026-08-30"), pd.Timestamp("2026-08-31")]
        assert list(frame["views"]) == [10, 30]
        assert list(frame["profile_visits"]) == [2, 6]
        assert list(frame["comments"]) == [1, -2]
        assert export.report.ignored == ()
        assert claims(data) == ["TikTok: daily"]

    @pytest.mark.parametrize("apostrophe", ["'", "’"])
    def test_french(self, apostrophe: str) -> None:
        headers = ["Date", "Vues de la vidéo", "Vues du profil", f"J{apostrophe}aime",
                   "Commentaires", "Partages"]  # fmt: skip
        data = table(
            headers, ["19 avril", "1 234", 5, 6, 7, 8], ["20 avril", 9, 0, 0, 0, 0]
        ).encode()
        export = read_export(data, today=TODAY)
        assert export.frame["date"][0] == pd.Timestamp("2026-04-19")
        assert list(export.frame["views"]) == [1234, 9]
        assert list(export.frame["likes"]) == [6, 0]
        assert claims(data) == ["TikTok: daily"]

    def test_a_year_ends(self) -> None:
        days = [["December 31", 100, 0, 0, 0, 0], ["January 1", 200, 0, 0, 0, 0]]
        frame = read_export(table(OVERVIEW, *days).encode(), today=dt.date(2026, 2, 1)).frame
        assert list(frame["date"]) == [pd.Timestamp("2025-12-31"), pd.Timestamp("2026-01-01")]

    @pytest.mark.parametrize(
        "headers", [["Date", "Video Views"], ["Date", "Followers"], ["Date", "Likes", "Comments"]]
    )
    def test_too_plain_to_be_told(self, headers: list[str]) -> None:
        data = table(headers, ["August 31", 1, 2][: len(headers)]).encode()
        with pytest.raises(ExportError):
            read_export(data, today=TODAY)


def test_an_overview_with_a_column_not_met_yet() -> None:
    text = table(
        ["Date", "Video Views", "Profile Views", "Likes", "Comments", "Shares", "Aura"],
        ["August 31", "10", "2", "3", "1", "0", "9"],
    )
    export = read_export(text.encode(), today=dt.date(2026, 11, 22))
    assert (export.report.platform, export.report.shape) == ("TikTok", "daily")
    assert export.report.ignored == ("Aura",)
    assert claims(text.encode()) == ["TikTok: daily"]


def test_followers() -> None:
    headers = ["Date", "Followers", "Difference in followers from previous day"]
    rows = [["August 29", "undefined", 0], ["August 30", 110, 10], ["August 31", 107, -3]]
    data = table(headers, *rows).encode()
    export = read_export(data, today=TODAY)
    assert export.report.shape == "followers"
    np.testing.assert_array_equal(export.frame["followers"], [np.nan, 110, 107])
    assert list(export.frame["net_follows"]) == [0, 10, -3]
    assert export.report.blanks == {"Followers": 1}
    assert claims(data) == ["TikTok: followers"]


def test_viewers() -> None:
    headers = ["Date", "Total Viewers", "New Viewers", "Returning Viewers"]
    data = table(headers, ["January 1", 8, 5, 3]).encode()
    export = read_export(data, today=TODAY)
    assert export.report.shape == "viewers"
    asked = ["unique_viewers", "new_viewers", "returning_viewers"]
    assert first(export.frame, asked) == [8, 5, 3]
    assert claims(data) == ["TikTok: viewers"]


@pytest.mark.parametrize(
    ("header", "name", "first"),
    [("Gender", "gender", "Female"), ("Top territories", "country", "France")],
)
def test_audience(header: str, name: str, first: str) -> None:
    data = table([header, "Distribution"], [first, "0.51"], ["Other", "0.49"]).encode()
    export = read_export(data)
    assert export.report.shape == "audience"
    assert list(export.frame[name]) == [first, "Other"]
    np.testing.assert_allclose(export.frame["followers_share"], [0.51, 0.49])
    assert claims(data) == ["TikTok: audience"]


def test_activity() -> None:
    data = table(["Date", "Hour", "Active followers"], ["August 31", 20, 345]).encode()
    export = read_export(data, today=TODAY)
    assert export.report.shape == "activity"
    assert first(export.frame, ["hour", "active_followers"]) == [20, 345]


class TestVideos:
    ROW = (
        'Soap, "how to" 🧼\nday 1', "https://www.tiktok.com/@x/video/7412345678901234567",
        "2026-08-02 19:05:00", 300, 22, 15, "18,400", "10:00:00", "0:12", "31%", 40,
    )  # fmt: skip

    def test_english(self) -> None:
        data = table(CONTENT, self.ROW).encode()
        export = read_export(data)
        assert (export.report.platform, export.report.shape) == ("TikTok", "videos")
        assert export.frame.loc[0].to_dict() == {
            "published_on": pd.Timestamp("2026-08-02"), "likes": 300, "comments": 22, "shares": 15,
            "views": 18400, "watch_time_s": 36000, "average_view_duration_s": 12,
            "completed_view_share": 0.31, "saves": 40,
        }  # fmt: skip
        assert claims(data) == ["TikTok: videos"]
        assert read_export(data, keep_text=True).frame["title"][0] == self.ROW[0]

    def test_completion_may_be_a_fraction(self) -> None:
        row = [*self.ROW[:7], 5000, 12.5, 0.31, 40]
        frame = read_export(table(CONTENT, row).encode()).frame
        names = ["watch_time_s", "average_view_duration_s", "completed_view_share"]
        assert first(frame, names) == [5000, 12.5, 0.31]

    @pytest.mark.parametrize(
        "headers",
        [
            ["Video link", "Post time", "Total views"],
            ["Post time", "Total views", "Total likes"],
            ["Video title", "Video link", "Post time", "Total views", "Likes", "Comments",
             "Shares", "Average watch time", "Watched full video"],
        ],
    )  # fmt: skip
    def test_fewer_columns(self, headers: list[str]) -> None:
        row = [self.ROW[2] if h == "Post time" else "12" for h in headers]
        data = table(headers, row).encode()
        assert "TikTok: videos" in claims(data)
        assert read_export(data).report.platform == "TikTok"
