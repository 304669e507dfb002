"""X's exports, of both generations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cinqcles.data.platforms import read_export
from tables import claims, doubts, first, table

POSTS = [
    "Post id", "Date", "Post text", "Post Link", "Impressions", "Likes", "Engagements",
    "Bookmarks", "Shares", "New follows", "Replies", "Reposts", "Profile visits",
    "Detail Expands", "URL Clicks", "Hashtag Clicks", "Permalink Clicks",
]  # fmt: skip
DAILY = [
    "Date", "Impressions", "Likes", "Engagements", "Bookmarks", "Shares", "New follows",
    "Unfollows", "Replies", "Reposts", "Profile visits", "Create Post", "Video views",
    "Media views",
]  # fmt: skip
TWEETS = [
    "Tweet id", "Tweet permalink", "Tweet text", "time", "impressions", "engagements",
    "engagement rate", "retweets", "replies", "likes", "user profile clicks", "url clicks",
    "hashtag clicks", "detail expands", "permalink clicks", "app opens", "app installs", "follows",
    "email tweet", "dial phone", "media views", "media engagements",
]  # fmt: skip
TEXT = "@someone “quoted”, and, commas\nsecond line 🧼"


class TestPosts:
    ROW = ("2035933611212357737", "Tue, Jul 14, 2026", TEXT,
           "https://x.com/x/status/2035933611212357737", "10,050", 14, 300, 2, 5, 1, 3, 4, 20,
           60, 7, 0, 1)  # fmt: skip

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
    def test_all_columns(self, encoding: str) -> None:
        data = table(POSTS, self.ROW).encode(encoding)
        export = read_export(data)
        assert (export.report.platform, export.report.shape) == ("X", "posts")
        assert export.frame.loc[0].to_dict() == {
            "post_id": "2035933611212357737", "published_on": pd.Timestamp("2026-07-14"),
            "impressions": 10050, "likes": 14, "interactions": 300, "saves": 2, "shares": 5,
            "follows": 1, "comments": 3, "reposts": 4, "profile_visits": 20,
            "detail_expands": 60, "link_clicks": 7, "hashtag_clicks": 0, "permalink_clicks": 1,
        }  # fmt: skip
        assert read_export(data, keep_text=True).frame["text"][0] == TEXT
        # Alone, the daily file's catalogue would take it too: it knows fewer of its columns.
        assert set(claims(data)) <= {"X: posts", "X: daily"}

    @pytest.mark.parametrize(
        "headers",
        [
            ["Post id", "Date", "Post text", "Impressions", "Likes"],
            ["Post id", "Date", "Post Link", "Engagements"],
            ["Post id", "Impressions", "Bookmarks"],
            ["Post text", "Reposts", "Impressions", "Post id"],
        ],
    )
    def test_fewer_columns(self, headers: list[str]) -> None:
        row = ["Fri, Jun 5, 2026" if h == "Date" else "1234567" for h in headers]
        data = table(headers, row).encode()
        export = read_export(data)
        assert export.report.platform == "X"
        assert export.report.shape.startswith("posts")
        assert not [claim for claim in claims(data) if not claim.startswith("X")]

    def test_ids_rounded_by_a_spreadsheet_are_told(self) -> None:
        row = ["2.03593E+18", *self.ROW[1:]]
        assert "2.03593E+18" in doubts(read_export(table(POSTS, row).encode()))


class TestTweets:
    PROMOTED = [f"promoted {header}" for header in TWEETS[4:]]  # noqa: RUF012 - never changed
    ROW = ("649293177409679360", "https://twitter.com/x/status/649293177409679360", TEXT,
           "2015-09-30 18:42 +0000", "424.0", "3.0", "0.007075471698113208", "1.0", "2.0", "3.0",
           "4.0", "5.0", "6.0", "7.0", "8.0", "0", "0", "0", "0", "0", "9", "10")  # fmt: skip

    def test_all_columns(self) -> None:
        data = table(TWEETS + self.PROMOTED, [*self.ROW, *["-"] * len(self.PROMOTED)]).encode()
        export = read_export(data)
        values = export.frame.loc[0].to_dict()
        assert export.report.shape == "posts"
        assert values["post_id"] == "649293177409679360"
        assert values["published_on"] == pd.Timestamp("2015-09-30")
        # The rate is a fraction already: engagements by impressions.
        assert values["engagement_rate_impressions"] == pytest.approx(
            values["interactions"] / values["impressions"]
        )
        names = ["impressions", "reposts", "comments", "likes", "profile_clicks", "link_clicks",
                 "media_views", "media_engagements"]  # fmt: skip
        assert [values[name] for name in names] == [424, 1, 2, 3, 4, 5, 9, 10]
        assert np.isnan(values["impressions_paid"])
        assert claims(data) == ["X: posts"]

    def test_favorites_were_likes(self) -> None:
        headers = ["favorites" if h == "likes" else h for h in TWEETS]
        assert read_export(table(headers, self.ROW).encode()).frame["likes"][0] == 3


class TestDaily:
    def test_overview(self) -> None:
        rows = [["Tue, Mar 10, 2026", 2871, 24, 43, 0, 1, 0, 2, 1, 1, 2, 2, 0, 0],
                ["Mon, Mar 9, 2026", 2199, 12, 26, 0, 0, 0, 0, 2, 0, 0, 2, 8, 9]]  # fmt: skip
        data = table(DAILY, *rows).encode()
        export = read_export(data)
        assert (export.report.platform, export.report.shape) == ("X", "daily")
        frame = export.frame
        assert list(frame["date"]) == [pd.Timestamp("2026-03-10"), pd.Timestamp("2026-03-09")]
        assert list(frame["unfollows"]) == [2, 0]
        assert list(frame["posts_published"]) == [2, 2]
        assert list(frame["video_views"]) == [0, 8]
        assert export.report.ignored == ()
        assert claims(data) == ["X: daily"]

    def test_former_one(self) -> None:
        headers = ["Date", "Tweets published", *TWEETS[4:]]
        data = table(headers, ["2022-01-30", "1", *TestTweets.ROW[4:]]).encode()
        export = read_export(data)
        assert export.report.shape == "daily"
        assert first(export.frame, ["posts_published", "impressions"]) == [1, 424]
        assert claims(data) == ["X: daily"]

    def test_videos(self) -> None:
        text = (
            "Video overview,,,,,\n"
            "Date,Views,Watch Time (ms),Completion Rate,Average Watch Time (ms),Estimated Revenue\n"
            '"Tue, Mar 10, 2026",50,120000,0.25,2400,0\n'
        )
        export = read_export(text.encode())
        assert (export.report.platform, export.report.shape) == ("X", "videos")
        values = export.frame.loc[0]
        assert (values["watch_time_s"], values["average_view_duration_s"]) == (120, 2.4)
        assert (values["video_views"], values["completed_view_share"]) == (50, 0.25)
