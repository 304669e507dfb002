"""The case company: what it promises holds for every seed."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest

from cinqcles.data import company
from cinqcles.data.company import (
    NAME,
    NOTICE,
    channels,
    messages,
    objectives,
    posts,
    routes,
    spending,
    tools,
    videos,
    viewings,
)
from cinqcles.errors import CinqclesError

CASES = [(seed, n) for n in (6, 7, 12, 24, 60) for seed in range(350 if n == 12 else 60)]


def spearman(x: pd.Series, y: pd.Series) -> float:
    return float(np.corrcoef(x.rank(), y.rank())[0, 1])


def test_notice_labels_the_data_as_synthetic() -> None:
    assert NAME in NOTICE
    assert NOTICE.replace("\u00a0", " ") == (
        "Entreprise fictive, données synthétiques : la savonnerie « Maison Liseron », ses vidéos "
        "et ses chiffres ont été inventés pour ce cours."
    )


@pytest.mark.parametrize(
    "table", ["adoption", "channels", "messages", "posts", "spending", "teams", "videos"]
)
def test_every_table_carries_the_notice(table: str) -> None:
    assert getattr(company, table)(seed=2).attrs == {"notice": NOTICE}
    assert viewings(videos(n=6).iloc[0], n=5).attrs == {"notice": NOTICE}
    assert company.planned_purposes(seed=2).attrs == {"notice": NOTICE}
    candidates = tools(seed=2)
    for part in (candidates.scores, candidates.criteria, candidates.serves):
        assert part.attrs == {"notice": NOTICE}


def test_the_company_has_one_front() -> None:
    assert [name for name in company.__all__ if not hasattr(company, name)] == []


@pytest.mark.parametrize("difficulty", [1, 2, 3])
def test_the_same_company_runs_through_the_five_keys(difficulty: int) -> None:
    inbox, table = messages(4, difficulty), routes(4, difficulty)
    social = set(channels(4, difficulty).index)
    assert set(inbox["channel"]) == set(table.receives) == social | {"Formulaire du site"}
    assert set(spending(4, difficulty)["channel"]) == set(posts(4, difficulty)["channel"]) == social
    assert set(inbox["subject"]) == {route.subject for route in table.routes}
    named = {team.name for team in table.teams}
    assert set(inbox["owner"].dropna()) <= named
    wanted = objectives(4, difficulty)
    assert [objective.name for objective in wanted] == list(tools(4, difficulty).serves)
    assert {objective.owner for objective in wanted} <= named
    product = posts(4, difficulty)["product"].iloc[0]
    assert inbox["text"].str.contains(product).any()
    assert videos(4, 60)["title"].str.contains(product).any()


def test_objectives_start_from_what_the_tables_measure() -> None:
    answers, complaints, orders, attention = objectives(3, 2)
    inbox, spent, films = messages(3, 2), spending(3, 2), videos(3)
    in_time = (inbox["answered_at"] - inbox["received_at"]) <= pd.Timedelta(hours=24)
    assert answers.baseline == pytest.approx(100 * in_time.mean(), abs=0.05)
    assert complaints.baseline == pytest.approx(
        100 * (inbox["subject"] == "réclamation").mean(), abs=0.05
    )
    assert orders.baseline == pytest.approx(
        100 * spent["orders"].sum() / spent["spend_eur"].sum(), abs=0.05
    )
    assert attention.baseline == pytest.approx(
        films["watch_time_s"].sum() / films["cost_eur"].sum(), abs=0.05
    )
    assert [o.name for o in (answers, complaints, orders, attention)] == [
        "Réponses", "Réclamations", "Commandes", "Attention",
    ]  # fmt: skip
    assert answers.target == 85
    assert complaints.target == pytest.approx(complaints.baseline / 2, abs=0.06)
    assert orders.target == pytest.approx(1.5 * orders.baseline, abs=0.1)
    assert attention.target == pytest.approx(1.5 * attention.baseline, abs=0.1)
    for objective in (answers, complaints, orders, attention):
        assert str(objective.start) == "2026-01-05"
        assert str(objective.deadline) == "2026-12-31"
    assert objectives() == objectives(0, 1)


def test_same_seed_same_company() -> None:
    pd.testing.assert_frame_equal(videos(5, 12), videos(5, 12))
    assert not videos(5, 12).equals(videos(6, 12))


def test_numbers_do_not_change_from_one_release_to_the_next() -> None:
    # Marking recomputes a learner's data from the seed: a change here breaks handed-in copies.
    frame = videos(0, 12)
    integers = frame.select_dtypes("int64").to_csv(index=False, lineterminator="\n")
    assert hashlib.sha256(integers.encode()).hexdigest()[:16] == "f6e7111901f92aa2"


def test_types() -> None:
    frame = videos(0, 8)
    assert frame["published_on"].dtype.kind == "M"
    counts = ["duration_s", "impressions", "reach", "views", "watch_time_s", "completed_views",
              "likes", "comments", "shares", "subscribers", "conversions"]  # fmt: skip
    assert {str(frame[name].dtype) for name in counts} == {"int64"}
    assert frame["video_id"].str.fullmatch(r"liseron-\d{3}").all()


@pytest.mark.parametrize(("seed", "n"), [(0, 5), (0, 61), (-1, 12)])
def test_out_of_bounds(seed: int, n: int) -> None:
    with pytest.raises(CinqclesError) as caught:
        videos(seed, n)
    assert str(caught.value).replace("\u00a0", " ") == (
        f"Demandez de 6 à 60 vidéos et une graine positive ou nulle (reçu : {n} vidéos, graine "
        f"{seed})."
    )


@pytest.mark.parametrize(("seed", "n"), CASES)
def test_every_company_is_sound_and_teaches(seed: int, n: int) -> None:
    f = videos(seed, n)
    # Sound.
    assert len(f) == n
    assert (f["completed_views"] <= f["views"]).all()
    assert (f["views"] <= f["impressions"]).all()
    assert (f["reach"] <= f["impressions"]).all()
    assert (f["likes"] < f["views"]).all()
    assert (f["conversions"] <= f["views"]).all()
    assert (f.select_dtypes("number") > 0).all().all()
    assert (f["average_view_duration_s"] == f["watch_time_s"] / f["views"]).all()
    assert (f["average_view_duration_s"] < f["duration_s"]).all()
    assert f["title"].is_unique
    assert f["published_on"].is_unique
    assert f["published_on"].is_monotonic_increasing
    assert f["likes"].is_unique
    # (a) Likes do not say where the money works.
    per_euro = f["watch_time_s"] / f["cost_eur"]
    ordered = np.sort(per_euro)
    assert (ordered[1:] / ordered[:-1]).min() >= 1.02
    net = f["margin_eur"] - f["cost_eur"]
    top = f["likes"].idxmax()
    assert f.loc[top, "format"] == "court"
    assert per_euro.rank()[top] <= max(2, n / 3)
    assert net[top] < 0
    assert spearman(f["likes"], per_euro) <= -0.2
    assert f.loc[net.idxmax(), "format"] == f.loc[per_euro.idxmax(), "format"] == "long"
    # (b) Simpson's reversal.
    rate = f["conversions"] / f["views"]
    assert spearman(f["likes"], rate) <= -0.2
    for _name, group in f.groupby("format"):
        assert spearman(group["likes"], rate[group.index]) >= 0.4


def kaplan_meier(seen: pd.DataFrame, t: float) -> float:
    """Naive estimate of the share still watching after t."""
    share = 1.0
    for moment in sorted(seen.loc[~seen["still_watching"], "viewing_s"].unique()):
        if moment <= t:
            at_risk = (seen["viewing_s"] >= moment).sum()
            left = ((seen["viewing_s"] == moment) & ~seen["still_watching"]).sum()
            share *= 1 - left / at_risk
    return share


@pytest.mark.parametrize("seed", range(8))
def test_seven_seconds_is_neither_true_nor_false(seed: int) -> None:
    f = videos(seed, 6)
    for _i, video in f.iterrows():
        seen = viewings(video, seed, n=1500)
        assert seen["viewing_s"].between(0.1, video["duration_s"]).all()
        # Someone seen at the very end is still watching there.
        assert seen.loc[seen["viewing_s"] == video["duration_s"], "still_watching"].all()
        cut = seen["still_watching"] & (seen["viewing_s"] < video["duration_s"])
        assert 0.01 < cut.mean() < 0.15
        gone = 1 - kaplan_meier(seen, 7)
        assert gone > 0.35 if video["format"] == "court" else gone < 0.2


@pytest.mark.parametrize("seed", range(5))
def test_viewings_have_the_average_of_their_video(seed: int) -> None:
    for _i, video in videos(seed, 6).iterrows():
        seen = viewings(video, seed, n=20_000).sort_values("viewing_s", kind="stable")
        # Area under Kaplan-Meier, one record at a time (ties leave first, near enough).
        at_risk = np.arange(len(seen), 0, -1)
        share = np.cumprod(np.where(seen["still_watching"], 1, 1 - 1 / at_risk))
        steps = np.diff(np.append(0, seen["viewing_s"]))
        area = float((np.append(1, share[:-1]) * steps).sum())
        assert area == pytest.approx(video["average_view_duration_s"], rel=0.04)
        assert seen["viewing_s"].mean() < area
        at_end = (seen["viewing_s"] == video["duration_s"]).mean()
        assert at_end == pytest.approx(0.85 * video["completed_views"] / video["views"], rel=0.1)


def test_viewings_are_reproducible_and_differ_by_video() -> None:
    f = videos(0, 6)
    pd.testing.assert_frame_equal(viewings(f.iloc[0], 1), viewings(f.iloc[0], 1))
    assert not viewings(f.iloc[0], 1).equals(viewings(f.iloc[0], 2))


def test_viewings_refuse_what_has_no_curve() -> None:
    video = videos(0, 6).iloc[0]
    for change in ({"completed_views": 0}, {"completed_views": video["views"]}):
        with pytest.raises(CinqclesError, match="Impossible de tirer 500 durées"):
            viewings(pd.Series(video.to_dict() | change))
    with pytest.raises(CinqclesError):
        viewings(video, n=0)
