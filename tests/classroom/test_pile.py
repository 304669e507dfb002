"""Piles of every shape, and archives made to harm."""

from __future__ import annotations

import io
import os
import random
import stat
import subprocess
import tracemalloc
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from cinqcles.classroom import pile
from cinqcles.classroom.pile import Received, received

NOTEBOOK = b'{"cells": []}'
NOT_A_ZIP = (
    "L’archive ne s’ouvre pas\u00a0: elle est abîmée, incomplète, ou n’est pas un zip. "
    "Téléchargez-la de nouveau."
)
A_LINK = "C’est un lien vers un autre endroit\u00a0: il n’est pas suivi."
ASTRAY = "Son nom, dans l’archive, vise un autre dossier\u00a0: il est refusé."
DAMAGED = "Le fichier est abîmé dans l’archive."
TOO_BIG_INSIDE = "L’archive est trop grosse une fois ouverte\u00a0: ce fichier n’est pas lu."


def zipped(members: Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def read(content: bytes, tmp_path: Path) -> dict[str, bytes | str]:
    """What a zip of these bytes holds: for each name, its content, or why it was not read."""
    (tmp_path / "pile.zip").write_bytes(content)
    return told(received(tmp_path / "pile.zip"))


def told(files: Iterable[Received]) -> dict[str, bytes | str]:
    return {each.name: each.refused or each.content for each in files}


def test_a_folder_of_everything(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_bytes(NOTEBOOK)
    deep = tmp_path / "groupe 1" / "Zoé"
    deep.mkdir(parents=True)
    (deep / "A.IPYNB").write_bytes(b"1")
    (deep / "rapport.pdf").write_bytes(b"%PDF")
    (deep / "copie.rar").write_bytes(b"Rar!")
    (deep / "travail.zip").write_bytes(zipped([("dossier/b.ipynb", b"2")]))
    (deep / "faux.zip").write_bytes(b"<html>")
    (deep / "vrai.ipynb").write_bytes(zipped([("c.ipynb", b"3")]))
    for left in (".ipynb_checkpoints", "__MACOSX", ".cinqcles"):
        (deep / left).mkdir()
        (deep / left / "a.ipynb").write_bytes(b"no")
    for left in (".DS_Store", "Thumbs.db", "._a.ipynb"):
        (deep / left).write_bytes(b"no")
    assert told(received(tmp_path)) == {
        "a.ipynb": NOTEBOOK,
        "groupe 1/Zoé/A.IPYNB": b"1",
        "groupe 1/Zoé/rapport.pdf": "Ce n’est pas un cahier (.ipynb).",
        "groupe 1/Zoé/copie.rar": (
            "C’est une archive, mais pas un .zip\u00a0: décompressez-la vous-même."
        ),
        "groupe 1/Zoé/travail.zip/dossier/b.ipynb": b"2",
        "groupe 1/Zoé/faux.zip": NOT_A_ZIP,
        "groupe 1/Zoé/vrai.ipynb": (
            "C’est une archive zip, pas un cahier\u00a0: donnez-lui un nom en .zip pour qu’elle "
            "soit ouverte."
        ),
    }
    assert told(received(deep / "travail.zip")) == {"dossier/b.ipynb": b"2"}
    assert told(received(deep / "faux.zip")) == {"faux.zip": NOT_A_ZIP}
    assert told(received(deep / "rapport.pdf")) == {"rapport.pdf": b"%PDF"}  # asked for by name


def test_a_link_or_a_pipe_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(NOTEBOOK)
    inbox = tmp_path / "reçues"
    inbox.mkdir()
    (inbox / "a.ipynb").symlink_to(secret)
    (inbox / "b").symlink_to(tmp_path)
    (inbox / "perdu.ipynb").symlink_to("nulle part")
    os.mkfifo(inbox / "c.ipynb")
    assert told(received(inbox)) == {
        "a.ipynb": A_LINK,
        "b": A_LINK,
        "perdu.ipynb": A_LINK,
        "c.ipynb": "Ce n’est pas un fichier ordinaire.",
    }


def test_a_folder_deeper_than_python_goes(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _level in range(1_200):
        os.mkdir("d", dir_fd=here)
        inside = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inside
    os.close(here)
    (tmp_path / "e.ipynb").write_bytes(NOTEBOOK)
    assert told(received(tmp_path)) == {"e.ipynb": NOTEBOOK}
    subprocess.run(["rm", "-r", tmp_path / "d"], check=True)  # deeper than pytest goes, too


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_may_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_bytes(NOTEBOOK)
    (tmp_path / "a.ipynb").chmod(0)
    (tmp_path / "b").mkdir(0)
    assert set(told(received(tmp_path)).values()) == {
        "Le fichier est illisible\u00a0: Permission denied."
    }


@pytest.mark.parametrize(
    "name",
    [
        "/etc/a.ipynb",
        "../a.ipynb",
        "x/../../a.ipynb",
        "..\\a.ipynb",
        "\\\\serveur\\a.ipynb",
        "C:\\a.ipynb",
        "c:a.ipynb",
        "..",
    ],
)
def test_a_name_that_leaves_its_folder_is_refused(name: str, tmp_path: Path) -> None:
    found = read(zipped([(name, NOTEBOOK), ("bon.ipynb", NOTEBOOK)]), tmp_path)
    assert found.pop("bon.ipynb") == NOTEBOOK
    assert list(found.values()) == [ASTRAY]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pile.zip"]


def test_folders_by_backslashes_are_folders(tmp_path: Path) -> None:
    assert read(zipped([("Zoé\\a.ipynb", NOTEBOOK)]), tmp_path) == {"Zoé/a.ipynb": NOTEBOOK}


def test_absurd_names_are_shown_and_no_more(tmp_path: Path) -> None:
    names = ["\x1b[31m\u202e\n.ipynb", "é" * 10_000 + ".ipynb"]
    found = read(zipped([(name, NOTEBOOK) for name in names]), tmp_path)
    assert found == {
        "\\x1b[31m\\u202e\\n.ipynb": NOTEBOOK,
        f"{'é' * 60}…{'é' * 54}.ipynb": NOTEBOOK,
    }


@pytest.mark.parametrize("encoding", ["utf-8", "cp437", "cp1252"])
def test_accents_of_an_archive_that_does_not_say_how_it_writes(
    encoding: str, tmp_path: Path
) -> None:
    name = "Zoé Lefèvre_12_assignsubmission_file_/ça.ipynb"
    raw = name.encode(encoding)
    # What is not flagged as UTF-8 is written as ASCII of the same length, then replaced.
    made = zipped([("x" * len(raw), NOTEBOOK)])
    assert made.count(b"x" * len(raw)) == 2
    assert read(made.replace(b"x" * len(raw), raw), tmp_path) == {name: NOTEBOOK}


def test_a_name_that_is_none(tmp_path: Path) -> None:
    made = zipped([("x.ipynb", b"1"), ("bon.ipynb", NOTEBOOK)]).replace(b"x.ipynb", b"\0.ipynb")
    assert read(made, tmp_path) == {
        "(sans nom)": "Ce n’est pas un cahier (.ipynb).",
        "bon.ipynb": NOTEBOOK,
    }


def test_links_passwords_and_odd_methods_in_an_archive(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("lien.ipynb")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    lzma = zipfile.ZipInfo("lzma.ipynb")
    lzma.compress_type = zipfile.ZIP_LZMA
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(link, b"/etc/passwd")
        archive.writestr(lzma, NOTEBOOK)
        archive.writestr("secret.ipynb", NOTEBOOK)
        archive.writestr("bon.ipynb", NOTEBOOK)
        archive.writestr("bon.ipynb/", b"")
    locked = bytearray(buffer.getvalue())
    at = locked.rindex(b"PK\x01\x02", 0, locked.rindex(b"secret.ipynb"))
    locked[at + 8] |= 1  # "encrypted", in the list of files
    found = read(bytes(locked), tmp_path)
    assert found == {
        "lien.ipynb": A_LINK,
        "lzma.ipynb": DAMAGED,
        "secret.ipynb": "Le fichier est protégé par un mot de passe.",
        "bon.ipynb": NOTEBOOK,
    }


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name_are_all_read(tmp_path: Path) -> None:
    (tmp_path / "pile.zip").write_bytes(zipped([("a.ipynb", b"1"), ("a.ipynb", b"2")]))
    assert [each.content for each in received(tmp_path / "pile.zip")] == [b"1", b"2"]


def test_archives_in_archives(tmp_path: Path) -> None:
    inner = zipped([("c.ipynb", b"3")])
    middle = zipped([("b.ipynb", b"2"), ("plus.zip", inner)])
    found = read(zipped([("a.ipynb", b"1"), ("Zoé.zip", middle)]), tmp_path)
    assert found == {
        "a.ipynb": b"1",
        "Zoé.zip/b.ipynb": b"2",
        "Zoé.zip/plus.zip": (
            "Trop d’archives l’une dans l’autre\u00a0: sortez-la de celle où elle est."
        ),
    }


def test_a_bomb_takes_its_bound_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pile, "LARGEST_COPY", 2**20)
    monkeypatch.setattr(pile, "LARGEST_ARCHIVE", 5 * 2**20)
    bomb = bytes(25 * 2**20)
    members = [(f"bombe{n}.ipynb", bomb) for n in range(6)]
    (tmp_path / "pile.zip").write_bytes(
        zipped([*members, ("bon.ipynb", NOTEBOOK), ("z.zip", zipped(members[:1]))])
    )
    del bomb, members
    tracemalloc.start()
    found = told(received(tmp_path / "pile.zip"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20
    assert found.pop("bon.ipynb") == NOTEBOOK
    assert sorted(found.values()) == sorted(
        ["Le fichier dépasse la limite de 1 Mo."] * 4 + [TOO_BIG_INSIDE] * 3
    )


def test_a_header_that_lies_is_not_believed(tmp_path: Path) -> None:
    """A member that declares fewer bytes than it gives is damaged; the others are read."""
    made = bytearray(zipped([("a.ipynb", bytes(10_000)), ("b.ipynb", NOTEBOOK)]))
    at = made.index(b"PK\x01\x02")
    made[at + 24 : at + 28] = (10).to_bytes(4, "little")
    assert read(bytes(made), tmp_path) == {"a.ipynb": DAMAGED, "b.ipynb": NOTEBOOK}


def test_an_archive_of_too_many_files_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pile, "MOST_MEMBERS", 20)
    made = zipped((f"{n}.ipynb", NOTEBOOK) for n in range(21))
    assert read(made, tmp_path) == {"pile.zip": "L’archive contient trop de fichiers (plus de 20)."}
    assert len(read(zipped((f"{n}.ipynb", NOTEBOOK) for n in range(20)), tmp_path)) == 20


def test_a_truncated_or_damaged_archive(tmp_path: Path) -> None:
    made = zipped([("a.ipynb", NOTEBOOK * 50), ("b.ipynb", NOTEBOOK)])
    assert read(made[:-30], tmp_path) == {"pile.zip": NOT_A_ZIP}
    assert read(b"", tmp_path) == {"pile.zip": NOT_A_ZIP}
    hurt = bytearray(made)
    hurt[45] ^= 0xFF  # in the first member's data
    assert read(bytes(hurt), tmp_path) == {"a.ipynb": DAMAGED, "b.ipynb": NOTEBOOK}


def test_no_damage_stops_the_pile(tmp_path: Path) -> None:
    made = zipped([("a.ipynb", NOTEBOOK * 9), ("d/b.zip", zipped([("c.ipynb", NOTEBOOK)]))])
    chance = random.Random(7)  # noqa: S311
    read_again = 0
    for _try in range(1_000):
        hurt = bytearray(made)
        for _hit in range(chance.randint(1, 6)):
            hurt[chance.randrange(len(hurt))] = chance.randrange(256)
        found = read(bytes(hurt), tmp_path)
        assert found
        read_again += NOTEBOOK in found.values()
    assert 100 < read_again < 900
