"""LinkedIn's workbooks: two sheets, a row of explanations, month-first dates, fractions."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from cinqcles.data.platforms import read_export
from tables import claims, first, table, xls, xlsx

POSTS = [
    "Post title", "Post link", "Post type", "Campaign name", "Posted by", "Created date",
    "Campaign start date", "Campaign end date", "Audience", "Impressions",
    "Views (Excluding offsite video views)", "Offsite Views", "Clicks", "Click through rate (CTR)",
    "Likes", "Comments", "Reposts", "Follows", "Engagement rate", "Content Type",
]  # fmt: skip
MEASURES = ["Impressions", "Clicks", "Reactions", "Comments", "Reposts", "Engagement rate"]
ENDINGS = ("organic", "sponsored", "total")


def metrics(*, reposts: str = "Reposts") -> list[str]:
    split = [
        f"{reposts if m == 'Reposts' else m} ({e})" for m, e in itertools.product(MEASURES, ENDINGS)
    ]
    return ["Date", *split[:3], "Unique impressions (organic)", *split[3:]]


NOTE = (
    "Use the metrics on this sheet to track the engagement of your content by day. Impressions: "
    "how many times your post is shown. All dates and times are in UTC."
)
POST = [
    "Le savon à froid 🧼\nexpliqué", "https://www.linkedin.com/feed/update/urn:li:activity:71",
    "Organic", None, "Camille Martin", "09/03/2026", None, None, "All followers", 1200, 300, 4, 60,
    0.05, 35, -1, 4, 2, 0.0825, "Video",
]  # fmt: skip
DAY = [
    "09/03/2026",
    500,
    100,
    600,
    410,
    20,
    3,
    23,
    12,
    -1,
    11,
    2,
    0,
    2,
    1,
    0,
    1,
    0.07,
    0.02,
    0.0617,
]

Workbook = Callable[..., bytes]


def content(write: Workbook, **changes: Sequence[Sequence[Any]]) -> bytes:
    return write(
        **{"Metrics": [[NOTE], metrics(), DAY], "All_posts": [[NOTE], POSTS, POST]} | changes
    )


@pytest.mark.parametrize("write", [xls, xlsx])
class TestContent:
    def test_posts(self, write: Workbook) -> None:
        export = read_export(content(write), table="posts")
        assert (export.report.platform, export.report.shape) == ("LinkedIn", "posts")
        values = export.frame.loc[0].to_dict()
        assert values["published_on"] == pd.Timestamp("2026-09-03")
        assert values["click_through_rate"] == 0.05
        assert values["platform_engagement_rate"] == 0.0825
        counts = ["impressions", "views", "offsite_views", "clicks", "likes", "comments",
                  "reposts", "follows"]  # fmt: skip
        assert [values[name] for name in counts] == [1200, 300, 4, 60, 35, -1, 4, 2]
        assert (values["format"], values["delivery"]) == ("Video", "Organic")
        assert not {"title", "url", "author"} & set(values)
        kept = read_export(content(write), table="All posts", keep_text=True).frame
        assert kept["author"][0] == "Camille Martin"
        assert kept["title"][0].startswith("Le savon à froid")

    def test_daily(self, write: Workbook) -> None:
        export = read_export(content(write), table="daily")
        values = export.frame.loc[0].to_dict()
        assert values["date"] == pd.Timestamp("2026-09-03")
        names = ["impressions_organic", "impressions_paid", "impressions", "reach_organic",
                 "clicks", "reactions_organic", "reactions_paid", "reactions", "comments",
                 "reposts", "platform_engagement_rate_organic",
                 "platform_engagement_rate"]  # fmt: skip
        expected = [500, 100, 600, 410, 23, 12, -1, 11, 2, 1, 0.07, 0.0617]
        assert [values[name] for name in names] == expected
        assert export.report.ignored == ()

    def test_which_sheet_is_read_is_told(self, write: Workbook) -> None:
        export = read_export(content(write))
        assert export.report.platform == "LinkedIn"
        assert "Metrics" in str(export.report) or "All posts" in str(export.report)

    def test_shares_is_the_former_name(self, write: Workbook) -> None:
        data = content(write, Metrics=[[NOTE], metrics(reposts="Shares"), DAY])
        assert read_export(data, table="daily").frame["reposts"][0] == 1


def test_nobody_else_reads_them() -> None:
    assert set(claims(content(xlsx))) <= {"LinkedIn: posts", "LinkedIn: daily"}


@pytest.mark.parametrize(
    "headers",
    [
        ["Post title", "Created date", "Impressions", "Clicks"],
        ["Post link", "Post type", "Likes", "Reposts"],
        ["Titre du post", "Date de création", "Impressions", "Clics", "Réactions"],
    ],
)
def test_posts_saved_as_csv(headers: list[str]) -> None:
    row = ["09/03/2026" if "ate" in h[:8] and "reat" in h + "reat" else "5" for h in headers]
    assert claims(table(headers, row, separator=";").encode()) == ["LinkedIn: posts"]


def test_percentages_and_fractions() -> None:
    headers = ["Post title", "Created date", "Impressions", "Click through rate (CTR)"]
    data = table(headers, ["a", "12/31/2025", 5, "4.5%"], ["b", "01/02/2026", 6, "0.05"]).encode()
    frame = read_export(data).frame
    np.testing.assert_allclose(frame["click_through_rate"], [0.045, 0.05])
    assert list(frame["published_on"]) == [pd.Timestamp("2025-12-31"), pd.Timestamp("2026-01-02")]


def test_dates_that_a_spreadsheet_may_have_swapped_are_told() -> None:
    # Month first, opened where days come first: those up to the 12th have become other dates.
    days = [dt.date(2026, 3, 9), dt.date(2026, 4, 9), "09/13/2026"]
    rows = [[*POST[:5], day, *POST[6:]] for day in days]
    sheet = xlsx(All_posts=[[NOTE], POSTS, *rows])
    told = " ".join(read_export(sheet).report.doubts).replace("\u00a0", " ")
    assert "« Created date » mêle de vraies dates et des dates restées du texte" in told
    sheet = xlsx(All_posts=[[NOTE], POSTS, *rows[:2]])
    assert "mêle" not in " ".join(read_export(sheet).report.doubts)


class TestFollowers:
    BOOK: ClassVar[dict[str, list[list[object]]]] = {
        "New_followers": [
            ["Date", "Sponsored followers", "Organic followers", "Auto-invited followers",
             "Total followers"],
            ["08/30/2026", 1, 10, 2, 13], ["08/31/2026", 0, 4, 0, 4],
        ],
        "Location": [["Location", "Total followers"], ["Greater Paris", 812]],
        "Seniority": [["Seniority", "Total followers"], ["Entry", 300], ["Senior", 512]],
    }  # fmt: skip

    def test_gained_by_day(self) -> None:
        export = read_export(xls(**self.BOOK))
        assert (export.report.platform, export.report.shape) == ("LinkedIn", "followers")
        frame = export.frame
        assert list(frame["follows"]) == [13, 4]
        assert list(frame["follows_organic"]) == [10, 4]
        assert list(frame["follows_invited"]) == [2, 0]
        assert list(frame["date"]) == [pd.Timestamp("2026-08-30"), pd.Timestamp("2026-08-31")]

    def test_all_of_them_by_segment(self) -> None:
        export = read_export(xlsx(**self.BOOK), table="Seniority")
        assert export.report.shape == "audience"
        assert list(export.frame["followers"]) == [300, 512]
        assert list(export.frame["seniority"]) == ["Entry", "Senior"]


def test_visitors() -> None:
    pages = ("Overview", "Life", "Jobs", "Total")
    headers = ["Date"] + [
        f"{page} {what} ({device})"
        for page in pages
        for what in ("page views", "unique visitors")
        for device in ("desktop", "mobile", "total")
    ]
    row = ["08/31/2026", *range(24)]
    export = read_export(xls(Visitor_metrics=[headers, row]))
    assert export.report.shape == "visitors"
    names = ["page_views_desktop", "page_views_mobile", "page_views", "visitors_desktop",
             "visitors_mobile", "visitors"]  # fmt: skip
    assert first(export.frame, names) == [18, 19, 20, 21, 22, 23]
    assert len(export.report.ignored) == 18
