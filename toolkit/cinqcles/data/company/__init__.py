"""« Maison Liseron », the case company: a fictional French soap maker, the same through all keys.

This module is its front: every table of the company is here, whatever the key, drawn for the same
seed with the same channels, teams, products and objectives.

========================  ====================================================  =================
Key                       Tables                                                Drawn in
========================  ====================================================  =================
1, why                    `objectives`, `dashboard`, `planned_purposes`,        `goals`, `inbox`
                          `messages`
2, coherence              `teams`, `routes`, `shared_triage`,                   `inbox`
                          `draft_routes`, `handling_minutes`, `workload`
3, no fashion             `tools`, `adoption`, `stakes`                         `fashions`
4, the right place        `channels`, `weekly_budget`, `spending`               `market`
5, beyond appearances     `posts`, `videos`, `viewings`                         `market`, `video`
========================  ====================================================  =================

Each of those modules says which naive decision its numbers defeat, and why they do for every seed;
`setting` says what they share, what a difficulty changes, and what it never changes. Everything is
synthetic: `NOTICE` says so in French, and every frame and series carries it as
``attrs["notice"]``; show it beside the table.
"""

from cinqcles.data.company.fashions import (
    HOUR_EUR,
    AdoptionTruth,
    Candidates,
    Stakes,
    adoption,
    adoption_truth,
    stakes,
    tools,
)
from cinqcles.data.company.goals import dashboard, objectives
from cinqcles.data.company.inbox import (
    HAND_OFF_MIN,
    MOST_MONTHS,
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
from cinqcles.data.company.market import (
    POPULATION,
    TARGET_SIZE,
    WINDOW_WEEKS,
    ResponseTruth,
    channels,
    posts,
    response_truth,
    spending,
    weekly_budget,
)
from cinqcles.data.company.setting import NAME, NOTICE
from cinqcles.data.company.video import videos, viewings

__all__ = [
    "HAND_OFF_MIN",
    "HOUR_EUR",
    "MOST_MONTHS",
    "NAME",
    "NOTICE",
    "PATIENCE_DAYS",
    "POPULATION",
    "TARGET_SIZE",
    "WINDOW_WEEKS",
    "AdoptionTruth",
    "Candidates",
    "ResponseTruth",
    "Stakes",
    "adoption",
    "adoption_truth",
    "channels",
    "dashboard",
    "draft_routes",
    "handling_minutes",
    "messages",
    "objectives",
    "planned_purposes",
    "posts",
    "response_truth",
    "routes",
    "shared_triage",
    "spending",
    "stakes",
    "teams",
    "tools",
    "videos",
    "viewings",
    "weekly_budget",
    "workload",
]
