"""Lists of people as they come: one's own, nbgrader's, Moodle's, a spreadsheet's."""

from __future__ import annotations

from pathlib import Path

import pytest

from cinqcles.classroom.roster import Person, Roster, read_roster, spellings
from cinqcles.errors import ClassroomError

OWN = "Identifiant;Nom;Prénom;Adresse\nzoe.l;Lefèvre;Zoé;zoe@exemple.fr\nada;Martin;Ada;\n;;;\n"
OWN_PEOPLE = {Person("Zoé Lefèvre", "zoe.l"), Person("Ada Martin", "ada")}


def roster(text: str | bytes, tmp_path: Path) -> Roster:
    file = tmp_path / "liste.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_roster(file)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_ones_own_list(encoding: str, separator: str, end: str, tmp_path: Path) -> None:
    text = OWN.replace(";", separator).replace("\n", end)
    assert roster(text.encode(encoding), tmp_path).people == OWN_PEOPLE


@pytest.mark.parametrize(
    "header", ["id,last_name,first_name,email", "Learner,Surname,First name,E-mail"]
)
def test_in_english(header: str, tmp_path: Path) -> None:
    text = f"{header}\n zoe.L ,Lefèvre,Zoé,zoe@exemple.fr\nada,Martin,Ada\n"
    assert roster(text, tmp_path).people == OWN_PEOPLE


def test_moodles_lists(tmp_path: Path) -> None:
    """Its participants and its grading worksheet say who people are, not under what identifier."""
    participants = (
        "\ufeffPrénom,Nom de famille,Nom d’utilisateur,Numéro d'identification,"
        "Adresse de courriel,Groupes\nZoé,Lefèvre,zlefevre,2026-17,zoe@exemple.fr,A\n"
    )
    (zoe,) = roster(participants, tmp_path).people
    assert (zoe.name, zoe.learner, zoe.number) == ("Zoé Lefèvre", None, "")
    assert zoe.spellings == {
        *("zlefevre", "2026-17", "zoe@exemple.fr", "zoe"),
        *("zoé lefèvre", "zoé.lefèvre", "lefèvre zoé", "lefèvre.zoé"),
    }
    worksheet = (
        'Identifiant,"Nom complet","Adresse de courriel",Statut,Note\n'
        '"Participant 1234567","Zoé Lefèvre",zoe@exemple.fr,"Remis",\n'
    )
    people = roster(worksheet, tmp_path)
    (zoe,) = people.people
    assert (zoe.name, zoe.learner, zoe.number) == ("Zoé Lefèvre", None, "1234567")
    assert people.numbered("1234567") == {zoe}
    assert people.numbered("12") == set()
    assert people.known_as("zoe@exemple.fr") == {zoe}


def test_names_are_told_apart_by_their_letters_alone() -> None:
    people = Roster([Person("Zoé Lefèvre", "z"), Person("Anaïs d’Artagnan", "a"), Person("", "x")])
    for written in ("zoe LEFEVRE", "Lefèvre Zoé", "LEFÈVRE-Zoé", "zoe_lefevre"):
        assert [p.learner for p in people.named(written)] == ["z"]
    # Moodle leaves apostrophes out of the names of files.
    assert [p.learner for p in people.named("Anais dArtagnan")] == ["a"]
    for other in ("Zoé", "Zoé Lefèvre Petit", "", "123", "Zo Lefevre"):
        assert people.named(other) == set()


def test_everybody_of_a_name_is_found() -> None:
    twins = [Person("Paul Martin", "p1"), Person("Martin PAUL", "p2")]
    assert Roster(twins).named("Paul Martin") == set(twins)


def test_the_ways_to_spell_a_person() -> None:
    assert list(spellings("Camille Robert", "cr@exemple.fr", "101")) == [
        *("cr@exemple.fr", "cr", "101", "camille robert", "camille.robert"),
        *("robert camille", "robert.camille", "robert camille", "robert.camille"),
    ]
    assert list(spellings("", "", "")) == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            "a;b\n1;2\n",
            "«\u00a0liste.csv\u00a0» n’est pas une liste d’apprenants\u00a0: sa première ligne "
            "doit nommer les colonnes (identifiant, nom, prénom, adresse). On y lit\u00a0: a, b.",
        ),
        ("", "On y lit\u00a0: rien."),
        (
            "identifiant\nada\nAda \n",
            "Dans «\u00a0liste.csv\u00a0», un même identifiant est sur plusieurs lignes\u00a0: "
            "ada. Gardez-en une.",
        ),
        (
            "identifiant\nada\n../b\n",
            "«\u00a0liste.csv\u00a0», ligne 3. Identifiant refusé\u00a0: ",
        ),
        (b"identifiant\n\x81\n", "«\u00a0liste.csv\u00a0» n’est pas une liste lisible ("),
        ("identifiant\n" + "a" * 200_000, "«\u00a0liste.csv\u00a0» n’est pas une liste lisible ("),
        (bytes(17 * 2**20), "(plus de 16 Mo)"),
    ],
)
def test_another_file_is_refused(content: str | bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(ClassroomError) as refused:
        roster(content, tmp_path)
    assert why in str(refused.value)
