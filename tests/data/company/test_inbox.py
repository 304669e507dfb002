"""The inbox and the teams: what they promise holds for every seed and difficulty."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from cinqcles.data.company import (
    HAND_OFF_MIN,
    MOST_MONTHS,
    NOTICE,
    PATIENCE_DAYS,
    draft_routes,
    handling_minutes,
    messages,
    planned_purposes,
    routes,
    shared_triage,
    teams,
    workload,
)
from cinqcles.data.company.setting import FIRST_DAY, TEAMS, channels_at
from cinqcles.errors import CinqclesError
from cinqcles.keys.coherence import (
    Duration,
    Organisation,
    RoutingTable,
    compare_organisations,
    draw_work,
    simulate,
)
from cinqcles.keys.purpose import mismatch

BLOCKS = [range(start, start + 50) for start in range(0, 1000, 50)]
YEAR_END = FIRST_DAY + pd.Timedelta(weeks=52)
CARE = ["livraison", "compte client", "service après-vente", "réclamation"]


def by_id(seeds: range) -> str:
    return f"seeds {seeds.start}-{seeds.stop - 1}"


@pytest.mark.parametrize("seeds", BLOCKS, ids=by_id)
def test_every_inbox_is_sound_and_teaches(seeds: range) -> None:
    for seed in seeds:
        difficulty = 1 + seed % 3
        inbox = messages(seed, difficulty, 2_000)
        received = inbox["received_at"].to_numpy()
        answered = inbox["answered_at"].to_numpy()
        never, owned = np.isnat(answered), inbox["owner"].notna().to_numpy()
        planned = inbox["purpose"].notna().to_numpy()
        # Sound.
        assert len(inbox) == 2_000
        assert received[0] >= FIRST_DAY
        assert received[-1] < YEAR_END
        assert (np.diff(received) >= np.timedelta64(0)).all()
        assert (answered[~never] > received[~never]).all()
        assert answered[~never].max() < YEAR_END
        places, subjects = pd.factorize(inbox["subject"])
        holders, channels = pd.factorize(inbox["channel"])
        assert set(channels) == {*channels_at(difficulty), "Formulaire du site"}
        # Every subject by every channel; none is always forgotten, and those of nobody often are.
        met = np.bincount(places * len(channels) + holders)
        assert len(met) == len(subjects) * len(channels)
        assert met.min() >= 1
        assert (np.bincount(places, never) < np.bincount(places)).all()
        # As in labelled samples of support messages.
        share = dict(zip(subjects, np.bincount(places) / 2_000, strict=True))
        assert len(share) == 6 + 2 * difficulty
        assert 1 / 3 <= share["livraison"] + share["compte client"] <= 1 / 2
        assert 0.09 <= share["réclamation"] <= 0.11
        assert 0.02 <= share["compliment"] <= 0.03
        # Key 1: the plan is not the inbox, and what is lost is nobody's.
        assert share["promotion"] + share["marque"] <= 0.17
        assert planned.mean() <= 0.4
        assert (never & ~owned).sum() >= 0.55 * never.sum()
        assert (never & planned).sum() <= 0.25 * never.sum()
        assert never[~owned].mean() >= 2 * never[owned].mean()
        # Key 2: the mean over what was answered looks fine, the 90th percentile has no value.
        delay_h = (answered[~never] - received[~never]) / np.timedelta64(1, "h")
        assert 10 < delay_h.mean() < 24
        assert 0.15 <= never.mean() <= 0.5


@pytest.mark.parametrize("seeds", BLOCKS, ids=by_id)
def test_every_organisation_is_sound(seeds: range) -> None:
    for seed in seeds:
        difficulty = 1 + seed % 3
        frame = teams(seed, difficulty).set_index("team")
        assert tuple(frame.index) == TEAMS
        assert (frame["agents"] >= 1).all()
        assert frame["agents"].idxmax() == "Marketing"
        assert 8 <= frame["agents"].sum() <= 9
        assert frame["channels"].str.len().min() > 0
        assert frame["subjects"].str.len().min() > 0
        held = ", ".join(frame["channels"]).split(", ")
        assert sorted(held) == sorted((*channels_at(difficulty), "Formulaire du site"))
        assert frame.loc["Service client", "channels"] == "Formulaire du site"
        owned = ", ".join(frame["subjects"]).split(", ")
        assert len(set(owned)) == len(owned)
        assert sum(subject in owned for subject in CARE) == 1
        assert frame.loc["Service client", "subjects"] in CARE[:3]
        plan = planned_purposes(seed, difficulty)
        assert plan.sum() == pytest.approx(1)
        assert plan.is_monotonic_decreasing
        assert plan.idxmax() == "promouvoir les offres"
        assert len(plan) == (3 if difficulty == 1 else 4)


def test_owners_and_purposes_agree_with_the_other_tables() -> None:
    for seed in range(12):
        difficulty = 1 + seed % 3
        inbox = messages(seed, difficulty, 2_000)
        held = teams(seed, difficulty).set_index("team")["subjects"]
        for subject, rows in inbox.groupby("subject"):
            owner = [team for team in TEAMS if subject in held[team].split(", ")]
            assert rows["owner"].dropna().unique().tolist() == owner
            assert rows["owner"].isna().sum() in {0, len(rows)}
        planned = planned_purposes(seed, difficulty).index
        assert set(inbox["purpose"].dropna()) == set(planned)
        assert inbox.loc[inbox["subject"].isin(CARE), "purpose"].isna().all()
        minutes = handling_minutes(seed, difficulty)
        assert set(minutes.index) == set(inbox["subject"])
        assert minutes.between(1.5, 18).all()


def test_types_and_label() -> None:
    inbox = messages(2, 3)
    assert list(inbox) == ["message_id", "received_at", "channel", "subject", "purpose", "owner",
                           "answered_at", "text"]  # fmt: skip
    assert len(inbox) == 4_000
    assert {str(inbox[name].dtype) for name in ("message_id", "channel", "subject", "purpose",
                                                "owner", "text")} == {"str"}  # fmt: skip
    assert inbox["received_at"].dtype.kind == inbox["answered_at"].dtype.kind == "M"
    assert inbox.attrs == {"notice": NOTICE}
    assert inbox["message_id"].is_unique
    assert inbox["message_id"].str.fullmatch(r"liseron-m\d{6}").all()
    assert inbox["message_id"].is_monotonic_increasing


def test_same_seed_same_inbox() -> None:
    pd.testing.assert_frame_equal(messages(5, 2), messages(5, 2))
    assert not messages(5, 2)["text"].equals(messages(6, 2)["text"])
    assert messages(0, 1, 4_000).equals(messages())


def digest(frame: pd.DataFrame) -> str:
    text = frame.to_csv(lineterminator="\n")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def test_numbers_do_not_change_from_one_release_to_the_next() -> None:
    # Marking recomputes a learner's data from the seed: a change here breaks handed-in copies.
    assert digest(messages(0, 1, 2_000)) == "1d2d2450d1f22be9"
    assert digest(teams(0, 2)) == "73e61023fe1b68b4"
    assert digest(planned_purposes(0, 3).round(9).to_frame()) == "2cce044f3e39ddff"
    assert digest(handling_minutes(0, 3).to_frame()) == "a57ce6078b07818c"


@pytest.mark.parametrize("n", [1_999, 100_001])
def test_out_of_bounds(n: int) -> None:
    with pytest.raises(CinqclesError) as caught:
        messages(0, 1, n)
    assert str(caught.value).replace("\u00a0", " ").replace("\u202f", " ") == (
        f"Demandez de 2 000 à 100 000 messages (reçu : {n})."
    )


@pytest.mark.parametrize(
    "table",
    [
        messages,
        teams,
        planned_purposes,
        handling_minutes,
        routes,
        shared_triage,
        workload,
        draft_routes,
    ],
)
def test_every_table_refuses_an_unknown_difficulty(table: object) -> None:
    assert callable(table)
    with pytest.raises(CinqclesError, match="Demandez une difficulté de 1, 2 ou 3"):
        table(0, 4)


def test_a_large_year() -> None:
    inbox = messages(1, 3, 50_000)
    assert len(inbox) == 50_000
    assert inbox["message_id"].is_unique
    assert inbox["text"].nunique() > 10_000
    assert not inbox["text"].str.contains(r"[{}]|  |^\s|\s$").any()
    assert inbox["text"].str.len().between(20, 250).all()


def test_people_write_at_night_and_for_christmas() -> None:
    inbox = messages(3, 1)
    when = inbox["received_at"].dt
    closed = (when.day_of_week >= 5) | (when.hour < 9) | (when.hour >= 18)
    assert 0.5 < closed.mean() < 0.7
    assert when.hour.value_counts().idxmax() in {19, 20, 21}
    weekly = ((inbox["received_at"] - FIRST_DAY) // pd.Timedelta(weeks=1)).value_counts()
    assert weekly.sort_index().index.tolist() == list(range(52))
    assert weekly.sort_index().iloc[46:52].sum() > 1.6 * 6 * weekly.median()
    assert weekly.sort_index().iloc[30:34].sum() < 4 * weekly.median()
    # Gifts are chosen, then delivered.
    gifts = inbox[inbox["received_at"] >= "2025-11-03"].groupby("subject")["received_at"].median()
    assert gifts["promotion"] < gifts["livraison"]
    evening = when.hour >= 18
    assert inbox.loc[evening, "text"].str.startswith("Bonsoir").mean() > 0.6
    assert not inbox.loc[evening, "text"].str.startswith("Bonjour").any()
    assert not inbox.loc[~evening, "text"].str.startswith("Bonsoir").any()


def test_answers_come_when_the_team_is_there() -> None:
    frame = teams(4, 3).set_index("team")
    inbox = messages(4, 3).dropna(subset=["answered_at", "owner"])
    for team, rows in inbox.groupby("owner"):
        when = rows["answered_at"].dt
        hours = when.hour + when.minute / 60 + when.second / 3600
        assert hours.between(frame.loc[team, "opens_h"], frame.loc[team, "closes_h"]).all()
        first = 1 if team == "Boutique en ligne" else 0
        assert when.day_of_week.between(first, first + 4).all()


def test_delays_are_counted_in_opening_hours() -> None:
    # A message at once treated during the day is answered the same day or the next working one.
    inbox = messages(4, 3)
    mine = inbox[(inbox["owner"] == "Service client") & (inbox["channel"] == "Formulaire du site")]
    when = mine["received_at"].dt
    early = mine[(when.day_of_week < 5) & (when.hour >= 9) & (when.hour < 13)].dropna(
        subset="answered_at"
    )
    waited = (early["answered_at"] - early["received_at"]) / pd.Timedelta(minutes=1)
    assert len(early) > 3
    assert waited.between(9.9, 120).all()


def test_each_hand_off_delays_and_loses() -> None:
    for seed in range(3):
        difficulty = 1 + seed % 3
        inbox = messages(seed, difficulty, 10_000).dropna(subset="owner")
        on_paper = routes(seed, difficulty).hand_offs().steps
        steps = [
            on_paper.loc[c, s] for c, s in zip(inbox["channel"], inbox["subject"], strict=True)
        ]
        never = inbox["answered_at"].isna()
        assert never.groupby(steps).mean().is_monotonic_increasing
        waited = (inbox["answered_at"] - inbox["received_at"]).groupby(steps).mean()
        assert waited.is_monotonic_increasing
        assert sorted(waited.index) == [0, 1, 2, 3]
        assert waited[0] < pd.Timedelta(hours=18)


def test_silos_lack_owners_and_shared_triage_lacks_nothing() -> None:
    for seed in range(45):
        difficulty = 1 + seed % 3
        now, shared = routes(seed, difficulty), shared_triage(seed, difficulty)
        unowned = {route.subject for route in now.routes if not route.accountable}
        assert len(unowned) == (4 if difficulty == 3 else 3)
        found = now.problems()
        assert {finding.code for finding in found} == {"no_accountable", "no_responsible"}
        assert {finding.about for finding in found} == unowned
        assert shared.problems() == []
        assert now.hand_offs().steps.max().max() == 3
        assert shared.hand_offs().steps.max().max() == 1
        # The same people, hours and doors.
        assert now.teams == shared.teams
        assert now.receives == shared.receives
        frame = teams(seed, difficulty)
        assert [team.agents for team in now.teams] == frame["agents"].tolist()
        assert [team.name for team in now.teams] == list(TEAMS)
        assert [len(team.opening) for team in now.teams] == frame["days"].tolist()
        assert all(
            ", ".join(c for c, holder in now.receives.items() if holder == team) == channels
            for team, channels in zip(frame["team"], frame["channels"], strict=True)
        )
        assert now.may_hand_to == {
            "Communication": ("Marketing",),
            "Marketing": ("Communication", "Boutique en ligne"),
            "Boutique en ligne": ("Marketing", "Service client"),
            "Service client": ("Boutique en ligne",),
        }


@pytest.mark.parametrize(("seed", "difficulty"), [(0, 1), (1, 2), (2, 3)])
def test_headcount_is_not_what_is_missing(seed: int, difficulty: int) -> None:
    minutes = handling_minutes(seed, difficulty)
    work = draw_work(
        messages(seed, difficulty),
        {subject: Duration(60 * mean) for subject, mean in minutes.items()},
        Duration(5 * 24 * 3600),
        seed,
    )
    now = routes(seed, difficulty)
    both = compare_organisations(now, work, hand_off_delay_s=4 * 3600)
    hired = now.model_copy(
        update={
            "teams": tuple(
                team.model_copy(update={"agents": team.agents + (team.name == "Marketing")})
                for team in now.teams
            )
        }
    )
    more = simulate(hired, work, organisation="silos", hand_off_delay_s=4 * 3600)
    triage = simulate(
        shared_triage(seed, difficulty), work, organisation="silos", hand_off_delay_s=4 * 3600
    )
    silos = both.silos
    # The visible team has time to spare, and one more person there changes nothing.
    assert silos.teams.loc["Marketing", "load"] < 0.1
    assert abs(more.unanswered_share - silos.unanswered_share) < 0.01
    assert more.p90_s > 0.95 * silos.p90_s
    # The same people, with an owner for each subject and no silo, answer far more, and sooner.
    for better in (triage, both.pooled):
        assert better.unanswered_share < silos.unanswered_share - 0.3
        assert better.p90_s < 0.8 * silos.p90_s
        assert better.answered_within(24 * 3600) > 2 * silos.answered_within(24 * 3600)


def test_a_draft_has_three_or_four_faults_on_as_many_lines() -> None:
    sizes, places = set(), set()
    for seed in range(200):
        difficulty = 1 + seed % 3
        draft, shared = draft_routes(seed, difficulty), shared_triage(seed, difficulty)
        found = draft.problems()
        assert {finding.code for finding in found} == {
            "no_accountable", "several_accountable", "responsible_without_skill"
        }  # fmt: skip
        faulty = [finding.about for finding in found]
        assert len(set(faulty)) == len(faulty) in {3, 4}
        sizes.add(len(faulty))
        places |= set(faulty)
        assert draft.teams == shared.teams
        for route, sound in zip(draft.routes, shared.routes, strict=True):
            if route.subject not in faulty:
                assert route.accountable == sound.accountable
                assert route.responsible == sound.responsible[:1]
    assert sizes == {3, 4}
    assert len(places) == 12
    assert draft_routes(7) == draft_routes(7) != draft_routes(8)


def test_a_month_of_work_is_the_record_s_own() -> None:
    inbox, work = messages(4, 2), workload(4, 2)
    first = inbox[inbox["received_at"] < FIRST_DAY + pd.Timedelta(weeks=4)]
    columns = ["received_at", "channel", "subject"]
    pd.testing.assert_frame_equal(work[columns], first[columns])
    assert list(work) == [*columns, "handling_s", "patience_s"]
    assert work.attrs == {"notice": NOTICE}


def test_heavier_months_hold_the_lighter_ones() -> None:
    heaviest = workload(4, 2, MOST_MONTHS)
    assert heaviest["received_at"].is_monotonic_increasing
    assert heaviest["received_at"].max() < FIRST_DAY + pd.Timedelta(weeks=4)
    sizes = []
    for times in range(1, MOST_MONTHS):
        lighter = workload(4, 2, times)
        pd.testing.assert_frame_equal(lighter, heaviest[heaviest.index.isin(lighter.index)])
        sizes.append(len(lighter) / times)
    assert max(sizes) < 1.25 * min(sizes)
    # Each moved by whole weeks: same day of the week, same hour.
    sent = messages(4, 2)["received_at"].loc[heaviest.index]
    assert ((sent - heaviest["received_at"]) % pd.Timedelta(weeks=1) == pd.Timedelta(0)).all()
    minutes = heaviest.groupby("subject")["handling_s"].mean() / 60
    np.testing.assert_allclose(minutes, handling_minutes(4, 2)[minutes.index], rtol=0.3)
    assert heaviest["patience_s"].mean() == pytest.approx(PATIENCE_DAYS * 86_400, rel=0.1)


@pytest.mark.parametrize("times", [0, MOST_MONTHS + 1])
def test_months_at_once_have_bounds(times: int) -> None:
    with pytest.raises(CinqclesError) as caught:
        workload(1, times=times)
    assert str(caught.value) == (
        f"Demandez de 1 à 8 mois de messages à la fois (reçu\u00a0: {times})."
    )


@pytest.mark.parametrize("seed", range(24))
def test_every_step_from_silos_to_one_queue_helps_and_hiring_does_not(seed: int) -> None:
    difficulty, times = 1 + seed % 3, (1, 4, 8)[seed // 3 % 3]
    work = workload(seed, difficulty, times)
    now, shared = routes(seed, difficulty), shared_triage(seed, difficulty)

    def play(table: RoutingTable, organisation: Organisation = "silos") -> pd.Series:
        return simulate(
            table,
            work,
            organisation=organisation,
            hand_off_delay_s=60 * HAND_OFF_MIN,
            until=FIRST_DAY + pd.Timedelta(weeks=5),
        ).summary(24 * 3600)

    steps = [
        play(now),
        play(shared.model_copy(update={"may_hand_to": now.may_hand_to})),
        play(shared),
        play(shared, "pooled"),
    ]
    for before, after in pairwise(steps):
        assert after["answered_within"] > before["answered_within"] + 0.02
        assert after["unanswered_share"] < before["unanswered_share"]
    assert steps[0]["answered_within"] < 0.5 < steps[-1]["answered_within"] - 0.25
    for team in TEAMS:
        hired = play(now.reinforced({team: 2}))
        assert abs(hired["answered_within"] - steps[0]["answered_within"]) < 0.01


@pytest.mark.parametrize(("seed", "difficulty"), [(0, 1), (1, 2), (2, 3)])
def test_the_plan_is_far_from_the_inbox(seed: int, difficulty: int) -> None:
    found = mismatch(planned_purposes(seed, difficulty), messages(seed, difficulty), resamples=200)
    assert found.distance.value > 0.65
    assert found.total_variation.value > 0.6
    assert found.unplanned.value > 0.6
    assert found.unowned.value > 0.3
    lost = found.by_owner.iloc[0]
    assert lost["unanswered"] > 0.5 * found.by_owner["unanswered"].sum()
