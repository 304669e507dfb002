"""What customers write: every sentence that a message can be made of is sound French typography."""

from __future__ import annotations

import re
from itertools import chain
from typing import NamedTuple

import numpy as np
import pytest

from cinqcles.data.company import phrases
from cinqcles.data.company.setting import PRODUCTS

NBSP = "\u00a0"


class Parts(NamedTuple):
    bodies: list[str]
    bodies_in_lower_case: list[str]
    details: list[str]
    closings: list[str]


def parts(subject: str) -> Parts:
    """Everything that may be written on a subject."""
    return Parts(*(choice.texts.tolist() for choice in phrases.pool((subject,), PRODUCTS)))


@pytest.mark.parametrize("subject", phrases.PHRASES)
def test_every_sentence_is_well_typed(subject: str) -> None:
    for text in filter(None, map(str.strip, chain.from_iterable(parts(subject)))):
        assert not re.search(r"[{}'\"]|\.\.\.|  |\s$|^\s", text), text
        # The spaces before two-part punctuation and inside « » do not break.
        assert not re.search(r"[^\u00a0][?!:;»]|«[^\u00a0]", text), text
        assert re.search(r"[.?!]$", text) or text in {"Camille", "Dominique", "Claude", "Sacha"}
        assert text[0].isalpha()


@pytest.mark.parametrize("subject", phrases.PHRASES)
def test_bodies_start_a_sentence_or_go_on_after_a_comma(subject: str) -> None:
    pool = parts(subject)
    assert all(body[0].isupper() for body in pool.bodies)
    assert all(body[0].islower() for body in pool.bodies_in_lower_case)
    assert [body[1:] for body in pool.bodies] == [body[1:] for body in pool.bodies_in_lower_case]
    assert len(set(pool.bodies)) == len(pool.bodies)
    assert all(text == "" or (text[0] == " " and text[1].isupper()) for text in pool.details)
    assert all(text == "" or (text[0] == " " and text[1].isupper()) for text in pool.closings)


@pytest.mark.parametrize("subject", phrases.PHRASES)
def test_there_is_enough_to_say(subject: str) -> None:
    pool = parts(subject)
    assert len(phrases.PHRASES[subject].bodies) >= 6
    assert len(pool.bodies) * len(pool.details) * len(pool.closings) >= 200
    # A body that names a product is there with each of them, one that names none is there once.
    named = sum("{}" in body for body in phrases.PHRASES[subject].bodies)
    assert len(pool.bodies) == 6 * named + len(phrases.PHRASES[subject].bodies) - named


def test_products_are_named() -> None:
    bodies = parts("livraison").bodies
    for product in PRODUCTS:
        assert f"Je n’ai toujours pas reçu mon {product}." in bodies
        assert f"Où en est la livraison de mon {product}{NBSP}?" in bodies


def test_openings_go_by_pairs() -> None:
    by_day, by_night = phrases.OPENINGS_BY_DAY, phrases.OPENINGS_BY_NIGHT
    assert [text.replace("Bonjour", "Bonsoir") for text in by_day] == list(by_night)


def test_a_message_is_put_together() -> None:
    subject = np.array([0, 0, 0, 1, 1])
    night = np.array([False, True, False, False, True])
    first, last = [0.0] * 4, [0.999] * 4
    picks = np.array([first, first, last, first, last]).T
    subjects = ("livraison", "compliment")
    assert phrases.write(subjects, PRODUCTS, subject, night, picks).tolist() == [
        "Bonjour, je n’ai toujours pas reçu mon savon à la lavande. Merci d’avance.",
        "Bonsoir, je n’ai toujours pas reçu mon savon à la lavande. Merci d’avance.",
        "Le lien de suivi que vous m’avez envoyé ne fonctionne pas. "
        "Je pars en vacances à la fin de la semaine.",
        f"Bonjour, votre savon à la lavande est une merveille. Continuez ainsi{NBSP}!",
        f"Quel plaisir de recevoir un baume à la rose si joliment emballé{NBSP}! Ne changez rien.",
    ]


def test_typography() -> None:
    assert phrases.typeset("Quoi ? Non ; « oui » : bien !") == (
        f"Quoi{NBSP}? Non{NBSP}; «{NBSP}oui{NBSP}»{NBSP}: bien{NBSP}!"
    )
