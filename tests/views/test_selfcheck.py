"""Ungraded questions: feedback at once, and the marking of graded ones."""

from __future__ import annotations

import pytest

from cinqcles.views import selfcheck


def straight(text: str) -> str:
    """Both apostrophes are in use in the messages."""
    return text.replace("’", "'")


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
    assert straight(one.told) == (
        "✗ Ce n'est pas la bonne réponse. Ils n'ont pas tous vu la vidéo. Essayez encore."
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
        "✗ 1 bonne case sur 2 cochée, 1 case de trop. Elle passe. Essayez encore."
    )
    third.value, second.value = False, True
    several.button.click()
    assert several.told == "✓ 2 bonnes cases sur 2 cochées. Deux réflexes."


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Tapez un nombre."),
        ("3", "✓ C'est la bonne valeur. L’argent d’abord."),
        ("3,00 €", "✓ C'est la bonne valeur. L’argent d’abord."),
        ("0,33", "✗ Dans l’autre sens. Essayez encore."),
        ("12", "✗ Ce n'est pas la valeur attendue. Essayez encore."),
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
    assert straight(asked.told) == straight(told)


def test_an_unreadable_number_is_said_so() -> None:
    asked = selfcheck.number("Combien ?", answer=3)
    asked.controls[0].value = "trois"
    asked.check()
    assert "n'est pas lu comme un nombre" in straight(asked.told)


def test_feedback_is_announced_and_controls_are_labelled(
    one: selfcheck.SelfCheck, several: selfcheck.SelfCheck
) -> None:
    for asked in (one, several, selfcheck.number("Combien ?", answer=3)):
        asked.check()
        assert 'role="status"' in asked._status.value
        for control in [*asked.controls, asked.button]:
            assert control.description.strip()
