from __future__ import annotations

import json
import re
import sys
from datetime import date
from io import BytesIO

import plutoprint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from cinqcles.data import company
from cinqcles.errors import CinqclesError, MetricError
from cinqcles.keys.coherence import Opening, Route, Team, weekly
from cinqcles.strategy import Channel, ObjectiveDraft, Strategy
from cinqcles.views import document
from cinqcles.worksheet.dossier import example, tempting
from html_page import Page

TODAY = date(2026, 1, 10)
EXAMPLE, TEMPTING = example(seed=1), tempting(seed=1)


def lines(text: str) -> str:
    """A text with each run of spaces and line ends as one space, for those that wrap."""
    return re.sub(r"\s+", " ", text)


def pages(strategy: Strategy, **more: str) -> list[str]:
    reader = PdfReader(BytesIO(document.to_pdf(strategy, TODAY, **more)))
    return [lines(page.extract_text()) for page in reader.pages]


def leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value] if isinstance(value, str) else []


def test_everything_written_is_in_the_page() -> None:
    strategy = EXAMPLE.replace(author="Zoé Lefèvre")
    shown = lines(Page(document.to_html(strategy, TODAY, company.NOTICE)).text)
    content = strategy.model_dump(mode="json", exclude={"indicators", "objectives"})
    for text in leaves(content):
        assert lines(text) in shown
    for objective in strategy.objectives:
        assert lines(objective.statement) in shown
        assert f"{objective.deadline:%d/%m/%Y}" in shown
    for indicator in strategy.indicators:
        assert lines(indicator.name) in shown
        assert indicator.level is not None
        assert indicator.level.label in shown
    assert lines(company.NOTICE) in shown
    assert "10 janvier 2026" in shown
    assert "à compléter" not in shown
    assert "Version complète." in shown
    assert "La relecture automatique du cours ne trouve rien : tout se tient." in shown


def test_what_the_review_finds_is_the_annex_key_by_key_blocking_first() -> None:
    strategy = TEMPTING.replace(channels=[*TEMPTING.channels, Channel(name="Blog")])
    found = strategy.review(TODAY)
    shown = lines(Page(document.to_html(strategy, TODAY)).text)
    annex = shown[shown.rindex("Annexe") :]
    assert all(lines(str(each)) in annex for each in found)
    blocking = sum(each.severity == "blocking" for each in found)
    assert f"Version de travail : {blocking} points restent à régler" in shown
    keys = [int(n) for n in re.findall(r"Clé (\d) –", annex)]
    assert keys == sorted(set(keys)) == [1, 2, 3, 4, 5]

    advised = EXAMPLE.replace(
        teams=[*EXAMPLE.teams, Team(name="Stagiaires", agents=1)],
        channels=[*EXAMPLE.channels, Channel(name="Blog")],
    )
    shown = Page(document.to_html(advised, TODAY)).text
    second = shown[shown.rindex("Clé 2") : shown.rindex("Clé 4")]
    assert re.findall("À régler|Conseil", second) == ["À régler", "Conseil"]


@pytest.mark.parametrize(
    ("strategy", "state"),
    [
        (Strategy(), "Version de travail : 1 point reste à régler (voir l’annexe)."),
        (
            EXAMPLE.replace(teams=[*EXAMPLE.teams, Team(name="Stagiaires", agents=1)]),
            "Version complète ; 1 conseil figure en annexe.",
        ),
    ],
)
def test_the_cover_says_how_far_the_strategy_is(strategy: Strategy, state: str) -> None:
    assert state in lines(Page(document.to_html(strategy, TODAY)).text)


def test_it_may_be_shown_as_it_was_written_without_a_word_of_the_review() -> None:
    shown = lines(Page(document.to_html(TEMPTING, TODAY, reviewed=False)).text)
    assert "Version" not in shown
    assert "Annexe" not in shown
    assert "À régler" not in shown
    assert "Plan de mesure" in shown


def test_what_is_not_written_says_so() -> None:
    shown = Page(document.to_html(Strategy(objectives=[ObjectiveDraft(name="Ventes")]), TODAY)).text
    # Company, author and budget; the objective's statement, indicator, two values, date and owner.
    assert shown.count("à compléter") == 3 + 6 + 1  # and the review's own sentence
    assert "Aucun canal n’est encore choisi." in lines(shown)


HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(1)> \" ' & {{ 7 * 7 }}"


def test_what_is_written_is_never_markup() -> None:
    text = json.dumps(HOSTILE[:100])
    content = re.sub(
        r'("(?:company|author|name|statement|description|reason|source|owner|unit)": )"[^"]*"',
        lambda found: found[1] + text,
        EXAMPLE.to_json(),
    )
    strategy = Strategy.from_json(content)
    page = Page(document.to_html(strategy, TODAY, HOSTILE))
    assert HOSTILE in page.text
    assert {"script", "iframe", "link", "object"}.isdisjoint(tag for tag, _ in page.tags)
    assert not [a for _tag, attrs in page.tags for a in attrs if a.startswith("on")]
    addresses = [a for _tag, attrs in page.tags for a in (attrs.get("src"), attrs.get("href")) if a]
    assert all(a.startswith(("data:image/svg+xml;base64,", "#")) for a in addresses)
    assert document.to_pdf(strategy, TODAY, HOSTILE).startswith(b"%PDF")


def test_the_renderer_fetches_nothing() -> None:
    fetcher = document._only_data(plutoprint)
    for url in ("file:///etc/hostname", "http://localhost/", "strategie.html"):
        with pytest.raises(ValueError, match=re.escape(url)):
            fetcher.fetch_url(url)
    assert bytes(fetcher.fetch_url("data:text/plain,oui").get_content()) == b"oui"


def test_the_picture_says_what_it_shows() -> None:
    strategy = Strategy(
        budget_eur=1000,
        channels=[
            Channel(name="Instagram", spend_eur=900, minimum_viable_eur=300),
            Channel(spend_eur=50.5, minimum_viable_eur=100),
            Channel(name="Forum", spend_eur=0),
        ],
    )
    told = (
        "Dépense prévue : Instagram 900 € ; sans nom 50,50 €. Sous le minimum qui produit "
        "un effet : sans nom. Reste disponible : 49,50 €."
    )
    assert lines(document.budget_picture(strategy).told) == told
    [image] = [attrs for tag, attrs in Page(document.to_html(strategy, TODAY)).tags if tag == "img"]
    assert lines(image["alt"] or "") == told
    over = strategy.replace(budget_eur=900)
    assert document.budget_picture(over).told.endswith("Budget dépassé de 50,50\u00a0€.")
    nothing = strategy.replace(budget_eur=None)
    assert document.budget_picture(nothing).told.endswith("sans nom.")


def test_tables_can_be_read_without_seeing_them() -> None:
    page = Page(document.to_html(EXAMPLE, TODAY))
    data = [attrs for tag, attrs in page.tags if tag == "table" and attrs.get("class") == "data"]
    assert len(data) == sum(tag == "caption" for tag, _ in page.tags) == 9
    scopes = [attrs.get("scope") for tag, attrs in page.tags if tag == "th"]
    assert set(scopes) == {"row", "col"}
    assert ("html", {"lang": "fr"}) in page.tags


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_any_draft_makes_a_document(data: st.DataObject) -> None:
    """Fields are dropped at random from a whole strategy, at any depth."""

    def thinned(value: object) -> object:
        if isinstance(value, dict):
            required = {"name", "agents", "subject"} & set(value) if "opening" in value else set()
            return {
                key: thinned(item)
                for key, item in value.items()
                if key in required | {"format", "version", "subject"}
                or key in ("weekday", "opens_h", "closes_h")
                or data.draw(st.booleans())
            }
        if isinstance(value, list):
            return [thinned(item) for item in value if data.draw(st.booleans())]
        return value

    content = json.loads(EXAMPLE.to_json())
    strategy = Strategy.from_json(json.dumps(thinned(content)))
    page = Page(document.to_html(strategy, TODAY))
    assert all(lines(str(each)) in lines(page.text) for each in strategy.review(TODAY))


def test_the_pdf_is_made_of_a4_pages_with_their_numbers() -> None:
    strategy = EXAMPLE.replace(author="Zoé Lefèvre")
    reader = PdfReader(BytesIO(document.to_pdf(strategy, TODAY)))
    sizes = {tuple(round(float(side) / 72 * 25.4) for side in p.mediabox[2:]) for p in reader.pages}
    assert sizes == {(210, 297)}
    assert reader.metadata is not None
    assert reader.metadata.title == "Stratégie de réseaux sociaux – Maison Liseron"
    assert reader.metadata.author == "Zoé Lefèvre"
    told = [lines(page.extract_text()) for page in reader.pages]
    assert "Zoé Lefèvre" in told[0]
    assert f"1 / {len(told)}" not in told[0]  # a cover has no number
    assert all(f"{n} / {len(told)}" in page for n, page in enumerate(told[1:], 2))
    # Narrow no-break spaces, which the typeface has not, are ordinary ones there.
    assert "1 800 €" in " ".join(told)
    assert "\u202f" not in "".join(page.extract_text() for page in reader.pages)


def test_the_pdf_carries_its_typeface() -> None:
    reader = PdfReader(BytesIO(document.to_pdf(EXAMPLE, TODAY)))
    found = {}
    for page in reader.pages:
        for each in page["/Resources"]["/Font"].values():
            font = each.get_object()
            inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            found[font["/BaseFont"]] = "/FontFile2" in inner["/FontDescriptor"].get_object()
    assert found
    assert all(found.values())
    assert all("SourceSans3" in name for name in found)


def test_links_of_the_contents_lead_into_the_pdf() -> None:
    reader = PdfReader(BytesIO(document.to_pdf(EXAMPLE, TODAY)))
    links = [each.get_object() for each in reader.pages[0]["/Annots"]]
    assert [link["/Dest"] for link in links] == [
        "objectifs", "audiences", "organisation", "canaux", "budget", "mesure", "annexe",
    ]  # fmt: skip
    assert set(reader.named_destinations) >= {link["/Dest"] for link in links}


def test_a_long_table_repeats_its_heads_and_splits_no_row() -> None:
    routes = [
        Route(
            subject=f"sujet {n} <début>", accountable=[f"<fin {n}>"], responsible=["a\u00a0" * 40]
        )
        for n in range(100)
    ]
    told = pages(EXAMPLE.replace(routes=routes))
    annex = next(n for n, page in enumerate(told) if "Annexe" in page and n > 0)
    holding = [page for page in told[:annex] if "<début>" in page]
    assert len(holding) > 2
    for page in holding:
        assert "Équipe garante" in page
        assert page.count("<début>") == page.count("<fin ")


def test_a_row_taller_than_a_page_is_printed_too() -> None:
    long = Strategy(channels=[Channel(name="Blog", reason="mot " * 499)] * 3)
    assert " ".join(pages(long)).count("mot") == 3 * 499
    word = Strategy(company="x" * 100, objectives=[ObjectiveDraft(name="y" * 100)])
    assert pages(word)


def test_hours_read_as_people_say_them() -> None:
    for opening, said in [
        (weekly(9, 18), ("lundi à vendredi : 9 h – 18 h",)),
        (weekly(9, 12) + weekly(14, 17.5), (
            "lundi à vendredi : 9 h – 12 h", "lundi à vendredi : 14 h – 17 h 30",
        )),
        ((Opening(weekday=5, opens_h=10, closes_h=24),), ("samedi : 10 h – 24 h",)),
        (weekly(8, 9, [0, 1]), ("lundi, mardi : 8 h – 9 h",)),
        (weekly(8, 9, [0, 2, 2]), ("lundi, mercredi : 8 h – 9 h",)),
        (weekly(8.999, 10, [0]), ("lundi : 9 h – 10 h",)),
        ((), ()),
    ]:  # fmt: skip
        assert tuple(lines(each) for each in document.hours(opening)) == said


def test_without_a_renderer_the_page_can_still_be_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plutoprint", None)
    with pytest.raises(CinqclesError) as error:
        document.to_pdf(Strategy(), TODAY)
    assert lines(str(error.value)) == (
        "Cette machine ne sait pas préparer de PDF. Téléchargez la page HTML, ouvrez-la dans votre "
        "navigateur, puis imprimez-la en choisissant « Enregistrer au format PDF »."
    )


def test_the_day_is_a_date() -> None:
    with pytest.raises(MetricError, match="Le jour de la lecture doit être une date"):
        document.to_html(Strategy(), "2026-01-10")  # type: ignore[arg-type]
