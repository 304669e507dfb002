"""Ungraded questions: feedback at once, and the marking of graded ones."""

from __future__ import annotations

import pytest

from cinqcles.views import selfcheck


@pytest.fixture
def one() -> selfcheck.SelfCheck:
    return selfcheck.choice(
        "Par quoi diviser ?",
        {
            "reach": ("Par la portée", "Elle compte des personnes."),
            "fans": ("Par les abonnés", "Ils n’ont pas tous vu la vidéo."),
        },
        answer="reach",
        remember="Nommez-le.",
    )


@pytest.fixture
def several() -> selfcheck.SelfCheck:
    return selfcheck.multiple(
        "Que vérifier ?",
        {"a": ("Le format", ""), "b": ("Le nombre", ""), "c": ("La mode", "Elle passe.")},
        answer=["a", "b"],
        remember="Deux réflexes.",
    )


def test_a_choice_explains_each_answer(one: selfcheck.SelfCheck) -> None:
    reach, fans = one.controls
    one.button.click()
    assert one.told == "Choisissez une réponse."
    fans.value = True
    one.button.click()
    assert one.told == (
        "✗ Ce n’est pas la bonne réponse. Ils n’ont pas tous vu la vidéo. Essayez encore."
    )
    reach.value = True
    assert one.told == ""  # a verdict on another answer would mislead
    one.button.click()
    assert one.told.startswith("✓ ")
    assert one.told.endswith("Elle compte des personnes. Nommez-le.")


def test_a_choice_keeps_one_answer(one: selfcheck.SelfCheck) -> None:
    reach, fans = one.controls
    fans.value = True
    reach.value = True
    assert (reach.value, fans.value) == (True, False)


def test_several_answers_are_counted(several: selfcheck.SelfCheck) -> None:
    first, second, third = several.controls
    several.button.click()
    assert several.told == "Cochez au moins une case."
    first.value = third.value = True
    several.button.click()
    assert several.told == (
        "✗ Bonnes cases cochées\u00a0: 1 sur 2. Cases cochées à tort\u00a0: 1. "
        "«\u00a0La mode\u00a0»\u00a0: Elle passe. Essayez encore."
    )
    third.value, second.value = False, True
    several.button.click()
    assert several.told == "✓ Bonnes cases cochées\u00a0: 2 sur 2. Deux réflexes."


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Tapez un nombre."),
        ("3", "✓ C’est la bonne valeur. L’argent d’abord."),
        ("3,00 €", "✓ C’est la bonne valeur. L’argent d’abord."),
        ("0,33", "✗ Dans l’autre sens. Essayez encore."),
        ("12", "✗ Ce n’est pas la valeur attendue. Essayez encore."),
    ],
)
def test_a_number_names_the_slip(typed: str, told: str) -> None:
    asked = selfcheck.number(
        "Combien ?",
        answer=3,
        unit="€",
        mistakes={1 / 3: "Dans l’autre sens."},
        remember="L’argent d’abord.",
    )
    asked.controls[0].value = typed
    asked.button.click()
    assert asked.told == told


def test_an_unreadable_number_is_said_so() -> None:
    asked = selfcheck.number("Combien ?", answer=3)
    asked.controls[0].value = "trois"
    asked.check()
    assert "n’est pas lu comme un nombre" in asked.told


@pytest.fixture
def order() -> selfcheck.SelfCheck:
    return selfcheck.ranking(
        "Dans quel ordre ?",
        {"tool": "L’outil", "why": "Le pourquoi", "team": "L’équipe"},
        answer=["why", "team", "tool"],
        why="L’outil vient en dernier.",
        remember="Pourquoi, qui, comment.",
    )


@pytest.fixture
def sorting() -> selfcheck.SelfCheck:
    return selfcheck.classification(
        "Qui répond ?",
        {
            "a": ("Un colis perdu", "Le service client suit les commandes."),
            "b": ("Un journaliste", "La presse est l’affaire de la communication."),
        },
        {"client": "Service client", "com": "Communication"},
        answer={"a": "client", "b": "com"},
        remember="Chaque sujet a son équipe.",
    )


def test_what_cannot_be_a_place_is_said(order: selfcheck.SelfCheck) -> None:
    for field, typed in zip(order.controls, ("1", "1 ", "<7>"), strict=True):
        field.value = typed
    order.button.click()
    assert order.told == (
        "«\u00a0<7>\u00a0» n’est pas une place\u00a0: tapez un nombre de 1 à 3. "
        "La place 1 est donnée à plusieurs lignes."
    )


def test_an_order_is_checked(order: selfcheck.SelfCheck) -> None:
    tool, why, team = order.controls
    order.button.click()
    assert order.told == "Il reste 3 places à remplir."
    for field, place in ((tool, "1"), (why, "2"), (team, "3")):
        field.value = place
    assert order.told == ""
    order.button.click()
    assert order.told == (
        "✗ 1 paire sur 3 est dans le bon ordre. Un ordre au hasard en donne la moitié\u00a0: seul "
        "compte ce qui va au-delà. L’outil vient en dernier. Essayez encore."
    )
    for field, place in ((tool, "3"), (why, "1"), (team, "2")):
        field.value = place
    order.button.click()
    assert order.told == "✓ Tout est dans le bon ordre. Pourquoi, qui, comment."


def test_a_classification_explains_each_item(sorting: selfcheck.SelfCheck) -> None:
    a_client, a_com, b_client, b_com = sorting.controls
    sorting.button.click()
    assert sorting.told == "Choisissez une catégorie pour chacune des 2 lignes."
    a_com.value = b_com.value = True
    sorting.button.click()
    assert sorting.told == (
        "✗ 1 élément sur 2 bien classé.\n"
        "«\u00a0Un colis perdu\u00a0»\u00a0: Le service client suit les commandes.\nEssayez encore."
    )
    assert "<br>Essayez encore." in sorting._status.value
    a_client.value = True
    assert (a_com.value, b_client.value) == (False, False)
    sorting.button.click()
    assert sorting.told == "✓ Tout est bien classé. Chaque sujet a son équipe."


def test_feedback_is_announced_and_controls_are_labelled(
    one: selfcheck.SelfCheck,
    several: selfcheck.SelfCheck,
    order: selfcheck.SelfCheck,
    sorting: selfcheck.SelfCheck,
) -> None:
    for asked in (one, several, order, sorting, selfcheck.number("Combien ?", answer=3)):
        asked.check()
        assert 'role="status"' in asked._status.value
        for control in [*asked.controls, asked.button]:
            assert control.description.strip()
