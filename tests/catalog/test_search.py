"""Finding things: names, brands, codes, slips of the pen; pages that stay right."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.actions.search import recount, refresh_due
from catalog.actions.stock import recall_batch
from catalog.imports.files import BadFile
from catalog.imports.names import NamesImport
from catalog.models.product import PackCode, Product, Substance, SubstanceName
from catalog.models.search import SearchEntry
from catalog.queries import search_sql
from catalog.queries import words as planning
from catalog.queries.search import Ask, BadCursor, search, suggest
from catalog.rules import codes, names
from pharmacy.accounts.models import User
from tests.house import settle
from tests.shop.catalog import a_pack, baclofen, ibuprofen, plasters, stocked
from tests.web.test_statement_budgets import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> None:
    """Baclofen of three makers, ibuprofen, plasters; Lioresal is another name for baclofen."""
    for maker in ("Lannett Company", "Teva", "Northstar Rx"):
        baclofen(maker=maker)
    ibuprofen()
    plasters()
    SubstanceName.objects.create(
        substance=Substance.objects.get(key="baclofen"), name="Lioresal", key="lioresal", kind="brand", source="test"
    )
    SearchEntry.objects.all().delete()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_searchdue (product_id) SELECT id FROM catalog_product ON CONFLICT DO NOTHING"
        )
    refresh_due()
    recount()


def titles(text: str, **more: object) -> list[str]:
    """The titles found."""
    return [hit.title for hit in search(Ask("US", text=text, **more)).hits]  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["baclofen", "Baclofen 10 mg", "10mg baclofen", "BACLO", "lioresal", "teva baclofen"])
def test_a_medicine_is_found_by_any_of_its_names(shop: None, text: str) -> None:
    assert set(titles(text)) == {"Baclofen"}


@pytest.mark.parametrize(
    "text",
    [
        "Baclofen 10 mg tablets 90",
        "Baclofen 10mg 90 tablets",
        "lioresal 10 mg tablets 90",
        "baclofen 25 mg",
        "baclofen gel",
    ],
)
def test_a_pack_size_or_a_form_narrows_and_never_empties(shop: None, text: str) -> None:
    assert set(titles(text)) == {"Baclofen"}


def test_an_unknown_name_finds_nothing_whatever_pack_is_asked_for(shop: None) -> None:
    assert titles("qqqzzzq 10 mg 90 tablets") == []


@pytest.mark.parametrize("typed", ["baclofin", "bacloffen", "baclfen", "balcofen"])
def test_a_slip_of_the_pen_finds_what_was_meant_and_says_so(shop: None, typed: str) -> None:
    found = search(Ask("US", text=typed))
    assert found.instead == "baclofen"
    assert {hit.title for hit in found.hits} == {"Baclofen"}
    assert not search(Ask("US", text=typed, exact=True)).hits


def test_a_brand_name_says_what_it_stands_for(shop: None) -> None:
    found = search(Ask("US", text="lioresal"))
    assert (found.heading, found.brand_of) == ("Lioresal", "Baclofen")


def test_a_slip_that_lists_hold_as_a_name_is_told_as_a_slip(shop: None, client: Client) -> None:
    SubstanceName.objects.create(
        substance=Substance.objects.get(key="ibuprofen"), name="Ibuprophen", key="ibuprophen", kind="synonym",
        source="test",
    )  # fmt: skip
    recount()
    page = client.get("/search?q=ibuprophen").content.decode()
    assert "Did you mean <b>ibuprofen</b>?" in page
    assert "is another name for" not in page
    assert "is another name for" in client.get("/search?q=lioresal").content.decode()


def test_where_no_pharmacy_may_supply_the_front_page_offers_nothing(shop: None, client: Client) -> None:
    assert "Send a prescription" in client.get("/").content.decode()
    client.cookies["country"] = "DE"
    page = client.get("/").content.decode()
    assert "We have no pharmacy that may supply in Germany" in page
    assert "Send a prescription" not in page
    assert "All 0 products" not in page


def test_a_code_finds_its_product_in_every_spelling(shop: None) -> None:
    code = PackCode.objects.filter(pack__product__name="Ibuprofen", system="ndc").values_list("code", flat=True)[0]
    for text in (code, codes.ndc11(code), codes.gtin_of_ndc(code), f"NDC {code}"):
        assert titles(text) == ["Ibuprofen"], text


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("0093-", {"Ibuprofen", "Baclofen"}),
        ("00093-", {"Ibuprofen", "Baclofen"}),
        ("NDC 0093", {"Ibuprofen", "Baclofen"}),
        ("0093-0012", {"Ibuprofen"}),
        ("ndc: 0093-0012-", {"Ibuprofen"}),
        ("00093-0012", {"Ibuprofen"}),
        ("0093-00", {"Ibuprofen"}),
        ("0093-0012-0", {"Ibuprofen"}),
        ("00930-012", {"Fabric plasters"}),
        ("00930-0012", {"Fabric plasters"}),
        ("00930-", {"Fabric plasters"}),
        ("0093-9999", set()),
        ("0092-", set()),
    ],
)
def test_a_code_typed_in_part_finds_its_labeler_or_its_product(shop: None, typed: str, found: set[str]) -> None:
    for name, code in (
        ("Ibuprofen", "0093-0012-01"),
        ("Baclofen", "0093-1301-05"),
        ("Fabric plasters", "00930-012-01"),
    ):
        pack = Product.objects.filter(name=name)[0].packs.order_by("pk")[0]
        digits = code.replace("-", "")
        PackCode.objects.update_or_create(pack=pack, system="ndc", defaults={"code": code, "digits": digits})
    assert set(titles(typed)) == found


@pytest.mark.parametrize("typed", ["0093", "10-20", "2019-04-29", "1000-5000 mg", "vitamin b-12"])
def test_a_number_without_a_labelers_dash_is_no_code(typed: str) -> None:
    assert not codes.readings(typed).beginnings


def test_a_code_typed_in_part_is_looked_up_by_an_index_and_its_answer_is_capped(
    shop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    PackCode.objects.filter(system="ndc").delete()
    for number, product in enumerate(Product.objects.filter(name="Baclofen")):
        code = f"0093-100{number}-01"
        PackCode.objects.create(
            pack=product.packs.order_by("pk")[0], system="ndc", code=code, digits=code.replace("-", "")
        )
    values = {"beginnings": ["0093-"], "products": [], "cap": 1}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {search_sql.BY_BEGINNING}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Cond: (((digits)::text ~>=~" in plan

    assert len(titles("0093-")) == 3
    monkeypatch.setattr(search_sql, "CAP", 2)
    assert len(titles("0093-")) == 2


def test_pages_neither_repeat_nor_lose_anything(shop: None) -> None:
    for sort in ("relevance", "name", "unit_price", "-unit_price"):
        for text in ("", "baclofen"):
            seen: list[int] = []
            cursor = ""
            for _ in range(10):
                page = search(Ask("US", text=text, sort=sort, cursor=cursor, limit=2, facets=False))
                seen += [hit.product_id for hit in page.hits]
                cursor = page.next
                if not cursor:
                    break
            assert len(seen) == len(set(seen)) == (3 if text else 5), (sort, text)


@pytest.mark.parametrize("cursor", ["x", "e30", "W10", "a" * 300, "WyJuYW1lIiwwLDFd"])
def test_a_cursor_that_is_not_ours_is_refused(shop: None, cursor: str) -> None:
    with pytest.raises(BadCursor):
        search(Ask("US", text="baclofen", cursor=cursor))


@pytest.mark.parametrize("more", [{}, {"facets": False}, {"supply": ("prescription_only",)}])
def test_what_can_be_had_is_never_hidden_by_how_much_else_fits(
    shop: None, monkeypatch: pytest.MonkeyPatch, more: dict[str, object]
) -> None:
    SearchEntry.objects.filter(title="Baclofen").update(standing=1, in_stock=False)
    last = SearchEntry.objects.filter(title="Baclofen").order_by("-pk")[0]
    SearchEntry.objects.filter(pk=last.pk).update(standing=0, in_stock=True)
    monkeypatch.setattr(search_sql, "CAP", 1)

    found = search(Ask("US", text="baclofen", **more))  # type: ignore[arg-type]

    assert [hit.slug for hit in found.hits] == [last.slug]


@pytest.mark.parametrize("common", [0, 10**9])  # words in few rows, of which the plan is kept, and words in many
def test_of_what_cannot_be_had_the_thing_called_so_is_never_hidden(
    shop: None, monkeypatch: pytest.MonkeyPatch, common: int
) -> None:
    SearchEntry.objects.update(standing=1, in_stock=False)
    last = SearchEntry.objects.order_by("-pk")[0]
    words = SearchEntry.objects.get(title="Baclofen", labeler="Teva").words
    SearchEntry.objects.exclude(pk=last.pk).filter(title="Baclofen").update(name_key="aaa baclofen")
    SearchEntry.objects.filter(pk=last.pk).update(name_key="baclofen", words=words, unit_price=10**9, atc="Z99")
    monkeypatch.setattr(search_sql, "CAP", 1)
    monkeypatch.setattr(planning, "RARE_UP_TO", common)

    found = search(Ask("US", text="baclofen"))

    assert [hit.slug for hit in found.hits] == [last.slug]
    assert (found.total, found.capped) == (1, True)


def test_facets_count_what_choosing_them_would_show(shop: None) -> None:
    found = search(Ask("US", text="baclofen", labeler=("Teva",)))
    assert [hit.labeler for hit in found.hits] == ["Teva"]
    makers = {each.value: (each.count, each.chosen) for each in found.facets["labeler"]}
    assert makers == {"Lannett Company": (1, False), "Northstar Rx": (1, False), "Teva": (1, True)}
    assert found.total == 1


def test_what_is_sold_elsewhere_only_is_shown_as_not_supplied(shop: None) -> None:
    found = search(Ask("NL", text="baclofen"))
    assert found.elsewhere
    assert {hit.supply_class for hit in found.hits} == {"not_supplied"}


@pytest.mark.parametrize(
    "text", ["%", "_", "'", "a' | b", ":*", "&", "\\", "!!", "0.05%", "ß", "اختبار", "x" * 500, "-", "<b>"]
)
def test_no_text_breaks_search(shop: None, text: str) -> None:
    search(Ask("US", text=text))
    suggest(text)


def test_suggestions_complete_names_and_forgive_slips(shop: None) -> None:
    assert [(each.text, each.note) for each in suggest("lio")] == [("Lioresal", "Baclofen")]
    assert suggest("bacl")[0].text == "Baclofen"
    assert suggest("baclofin")[0].text == "Baclofen"
    assert suggest("b") == []


@pytest.mark.django_db(transaction=True)
def test_search_follows_stock_and_price_events() -> None:
    pack = a_pack()
    lot = stocked(pack, 1000)
    settle()
    assert SearchEntry.objects.get(product=pack.product).in_stock
    recall_batch(lot, by="job:tests")
    settle()
    assert not SearchEntry.objects.get(product=pack.product).in_stock


def test_a_withdrawn_product_leaves_search(shop: None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_product SET withdrawn_at = now() WHERE name = 'Ibuprofen'")
        cursor.execute("INSERT INTO catalog_searchdue (product_id) SELECT id FROM catalog_product")
    refresh_due()
    assert "Ibuprofen" not in titles("")


@pytest.mark.parametrize(
    "path", ["/", "/search?q=baclofin", "/search", "/search?initial=b", "/shelf/muscles/", "product"]
)
def test_public_pages_need_six_statements_at_most(shop: None, client: Client, path: str) -> None:
    if path == "product":
        path = f"/products/{Product.objects.filter(name='Baclofen')[0].slug}/"
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    assert answer.status_code == 200
    assert len(asked) <= 6, [each["sql"][:120] for each in asked]


def test_the_product_page_offers_a_prescription_item_as_a_request_only(shop: None, client: Client) -> None:
    page = client.get(f"/products/{Product.objects.filter(labeler='Teva')[0].slug}/").content.decode()
    assert "Send a prescription" in page
    assert "Add to basket" not in page
    assert "What makes up $6.97" in page
    assert "Same medicine, other makers" in page
    assert "the same" in page


def test_the_product_page_sells_general_sale_and_says_why_not_elsewhere(shop: None, client: Client) -> None:
    url = f"/products/{Product.objects.get(name='Ibuprofen').slug}/"
    assert "Add to basket" in client.get(url).content.decode()
    client.cookies["country"] = "NL"
    page = client.get(url).content.decode()
    assert "Add to basket" not in page
    assert "another country’s list of medicines" in page


def test_unknown_addresses_are_not_found(shop: None, client: Client) -> None:
    for path in ("/products/nothing/", "/shelf/nothing/", "/search?after=xyz"):
        assert client.get(path).status_code == 404, path


@pytest.fixture
def named(shop: None, tmp_path: Path) -> Path:
    """The shop with names from two public lists."""
    variants, standards = tmp_path / "variants.csv", tmp_path / "standards.csv"
    variants.write_text(
        "variant,canonical,is_brand\nchlorophenyl gaba,baclofen,\nbrufen,ibuprofen,True\nmüscol,baclofen,\n"
        "ibuprofen,baclofen,\nxy,baclofen,\n12 34,baclofen,\naspirin,acetylsalicylic acid,False\n"
    )
    standards.write_text("synonym,generic\nBACLOFENO [INN-SPANISH],BACLOFEN\nBRUFEN,IBUPROFEN\n")
    return tmp_path


def test_public_name_lists_become_names_that_search_answers_to(named: Path) -> None:
    files = [named / "variants.csv", named / "standards.csv"]
    report = NamesImport(files).run()
    assert (report.of("names", "read"), report.of("names", "new"), report.of("names", "refused")) == (9, 4, 3)
    assert {row.reason for row in report.refused} == {
        "the name of another substance", "too short or too long to be looked for", "no letters",
    }  # fmt: skip
    assert titles("Chlorophenyl-GABA") == titles("MÜSCOL") == titles("baclofeno [INN-Spanish]") == ["Baclofen"] * 3
    assert set(titles("chlorophenyl gaba 10 mg teva")) == {"Baclofen"}
    assert titles("brufen") == ["Ibuprofen"]
    assert NamesImport(files).run().of("names", "new") == 0


def test_a_list_of_another_shape_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("name,price\nbaclofen,1\n")
    with pytest.raises(BadFile, match=r"other\.csv is no list of names"):
        NamesImport([other]).run()


def test_a_slip_as_near_to_two_names_shows_both_in_turn(named: Path) -> None:
    (named / "near.csv").write_text("synonym,generic\nBALOMEX,BACLOFEN\nBELOMEX,IBUPROFEN\n")
    NamesImport([named / "near.csv"]).run()
    found = search(Ask("US", text="bolomex"))
    assert {found.instead, found.or_else} == {"balomex", "belomex"}
    assert {hit.title for hit in found.hits[:2]} == {"Baclofen", "Ibuprofen"}
    first = search(Ask("US", text="bolomex", limit=2))
    more = search(Ask("US", text="bolomex", limit=2, cursor=first.next))
    assert len({hit.product_id for hit in (*first.hits, *more.hits)}) == 4


def test_a_scanned_code_finds_its_pack(shop: None) -> None:
    code = PackCode.objects.filter(pack__product__name="Ibuprofen", system="ndc").values_list("code", flat=True)[0]
    gtin = codes.gtin_of_ndc(code)
    for text in (
        f"]d201{gtin}17270131\x1d10LOT7",
        f"01{gtin}1727013110LOT7",
        f"(01){gtin}(17)270131(10)LOT7",
        gtin[1:],
    ):
        assert titles(text) == ["Ibuprofen"], text


@pytest.mark.parametrize(
    ("system", "code", "typed"),
    [
        ("pzn", "01234562", ("PZN-01234562", "pzn 1234562", "01234562")),
        ("dmd", "22479911000001108", ("22479911000001108", "dm+d: 2247 9911 0000 01108")),
        ("cip13", "3400949497706", ("3400949497706", "CIP13 34009 494 977 0 6")),
        ("ema", "EU/1/04/281/001", ("EU/1/04/281/001", "eu/1/04/281/001")),
    ],
)
def test_codes_of_every_system_are_found_as_people_type_them(
    shop: None, system: str, code: str, typed: tuple[str, ...]
) -> None:
    pack = Product.objects.get(name="Ibuprofen").packs.get()
    plain, digits = codes.check(system, code)
    PackCode.objects.create(pack=pack, system=system, code=plain, digits=digits)
    for text in typed:
        assert titles(text) == ["Ibuprofen"], text


@pytest.mark.django_db(transaction=True)
def test_a_name_put_in_by_hand_is_found_once_the_worker_has_been(shop: None, olga: User) -> None:
    browser = signed_in(olga, second_factor=True)
    baclofen_id = Substance.objects.get(key="baclofen").pk
    assert titles("Kemstro") == []

    form = {"substance": baclofen_id, "name": "Kemstro®", "key": "typed anyhow", "kind": "brand", "source": "by hand"}
    assert browser.post("/admin/catalog/substancename/add/", form).status_code == 302
    settle()

    assert SubstanceName.objects.get(source="by hand").key == "kemstro"
    assert set(titles("kemstro")) == {"Baclofen"}
    assert search(Ask("US", text="kemstrp")).instead == "kemstro"


@pytest.mark.parametrize(
    ("typed", "known", "other"),
    [("baclofin", "baclofen", "baclogen"), ("lysinopril", "lisinopril", "fosinopril"), ("ambein", "ambien", "amberin")],
)
def test_slips_of_ears_and_fingers_weigh_less(typed: str, known: str, other: str) -> None:
    assert names.slips(typed, known) < names.slips(typed, other)


def test_search_is_measured_on_the_half_of_the_lists_it_was_not_tuned_on(named: Path, capsys: Any) -> None:
    for name, text in (
        (
            "drug_misspelling_pairs.csv.gz",
            "misspelling,intended,drug\nbaclofin,baclofen,baclofen\niboprofen,ibuprofen,x\n",
        ),
        ("brand_synonym_to_generic.csv.gz", "synonym,generic\nLIORESAL,BACLOFEN\nBACLOFENO,BACLOFEN\n"),
    ):
        (named / name).write_bytes(gzip.compress(text.encode()))
    call_command("measure_search", str(named))
    call_command("measure_search", str(named), "--tuning")
    said = capsys.readouterr().out
    asked = [int(number) for number in re.findall(r"of (\d+) in the first", said)]
    assert sum(asked) == 4
