"""Price lists as files: cells in several spellings, every error at its row, and an export that reads back as itself."""

from contextlib import suppress
from datetime import date
from decimal import Decimal as D
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from order_to_cash.price_file.cells import CellError, day_of, decimal_mark, harmless, number_of, text_of
from order_to_cash.price_file.model import FileRule, PriceFileError
from order_to_cash.price_file.reader import check, read
from order_to_cash.price_file.table import open_table, render, write_csv, write_xlsx
from order_to_cash.pricing.tiers import Tier


def table(text, mark=None):
    """Read a table that is written with bars and blanks, for people."""
    rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return read(rows, mark)


def codes(found):
    return [(problem.row, problem.code) for problem in found.problems]


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("1.234,56", None, "1234.56"),
        ("1,234.56", None, "1234.56"),
        ("1 234,56", None, "1234.56"),
        ("1'234.56", None, "1234.56"),
        ("12,5", None, "12.5"),
        ("12.5", None, "12.5"),
        ("1.2345", None, "1.2345"),
        ("0,05 €", None, "0.05"),
        ("EUR 12.50", None, "12.50"),
        ("-5", None, "-5"),
        ("'-5", None, "-5"),
        ("12,5 %", None, "12.5"),
        ("1.234", ".", "1.234"),
        ("1.234", ",", "1234"),
        ("1,234", ",", "1.234"),
        ("1000", None, "1000"),
        (D("12.5"), ",", "12.5"),
    ],
)
def test_numbers_in_several_spellings(text, mark, number):
    assert number_of(text, mark) == D(number)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.234", "ambiguous_number"),
        ("1,234", "ambiguous_number"),
        ("abc", "bad_number"),
        ("1.2.3", "bad_number"),
        ("1,23,4", "bad_number"),
        ("NaN", "bad_number"),
        ("1e5", "bad_number"),
        ("=1+1", "bad_number"),
        ("12.3456789", "bad_number"),
        ("9" * 40, "bad_number"),
    ],
)
def test_what_is_no_number_is_none(text, code):
    with pytest.raises(CellError) as error:
        number_of(text)
    assert error.value.code == code


def test_the_other_numbers_of_the_file_say_what_one_means():
    assert decimal_mark(["1.234", "12,50"]) == ","
    assert decimal_mark(["1,234", "12.50"]) == "."
    assert decimal_mark(["1.234", "100"]) is None
    assert decimal_mark(["12,5", "12.5"]) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-31", date(2026, 3, 31)),
        ("31.3.2026", date(2026, 3, 31)),
        ("3.4.2026", date(2026, 4, 3)),
        ("31/03/2026", date(2026, 3, 31)),
        ("03/31/2026", date(2026, 3, 31)),
        ("04/04/2026", date(2026, 4, 4)),
        (date(2026, 1, 2), date(2026, 1, 2)),
        ("", None),
    ],
)
def test_days_in_several_spellings(text, day):
    assert day_of(text) == day


@pytest.mark.parametrize(
    ("text", "code"), [("31.2.2026", "bad_date"), ("3/4/2026", "ambiguous_date"), ("x", "bad_date")]
)
def test_what_is_no_day_is_none(text, code):
    with pytest.raises(CellError) as error:
        day_of(text)
    assert error.value.code == code


def test_rows_that_agree_are_tiers_of_one_rule():
    found = table("""
        SKU  | Price | From quantity | Tiers
        M8   | 10    | 1             | graduated
        M8   | 9     | 100           | graduated
        NUT  | 4,50  |               |
    """)
    assert not found.problems
    bolt, nut = found.rules
    assert (bolt.item, bolt.mode, bolt.tiers) == ("M8", "graduated", (Tier(D(1), D(10)), Tier(D(100), D(9))))
    assert (bolt.rows, nut.tiers) == ((2, 3), (Tier(D(1), D("4.50")),))


def test_tiers_may_stand_side_by_side():
    found = table("""
        Artikelnummer | ab 1  | ab 100 | 500+ | Einheit
        M8            | 10,00 | 9,00   | 8,00 | Stück
        NUT           | 4,50  |        |      | Stück
    """)
    assert [rule.tiers for rule in found.rules] == [
        (Tier(D(1), D("10.00")), Tier(D(100), D("9.00")), Tier(D(500), D("8.00"))),
        (Tier(D(1), D("4.50")),),
    ]
    assert found.rules[0].unit == "Stück"


def test_discounts_markups_categories_and_all_products():
    found = table("""
        Applies to   | SKU | Category         | Discount % | Markup % | Quantity counted | Valid until
                     |     | Fasteners / Nuts | 12.5       |          | Year             |
        All products |     |                  | 3          |          |                  | 2026-12-31
        product      | TPL |                  |            | 20       | order            |
    """)
    assert not found.problems
    assert [(rule.scope, rule.item, rule.computation, rule.basis, rule.tiers[0].value) for rule in found.rules] == [
        ("category", "Fasteners / Nuts", "discount", "cumulative", D("12.5")),
        ("all", "", "discount", "line", D(3)),
        ("product", "TPL", "cost_plus", "order", D(20)),
    ]


def test_every_error_is_found_at_its_row():
    found = table("""
        SKU | Price  | Discount % | From quantity | Valid from | Tiers   | Whole units | Sequence
        A   | x      |            |               |            |         |             |
        B   |        |            |               |            |         |             |
        C   | 1      | 2          |               |            |         |             |
            | 1      |            |               |            |         |             |
        D   | 1.234  |            | y             | 31.2.2026  | stepped | perhaps     | 1.5
        E   | 1      |            | 1             |            |         |             |
        E   | 2      |            | 1             |            |         |             |
        F   | 1      |            |               | 1/2/2026   |         |             |
    """)
    assert codes(found) == [
        (2, "bad_number"),
        (3, "no_price"),
        (4, "two_prices"),
        (5, "applies_to_nothing"),
        (6, "bad_number"),
        (6, "ambiguous_number"),
        (6, "unknown_word"),
        (6, "bad_yes_no"),
        (6, "bad_date"),
        (6, "bad_number"),
        (8, "duplicate_row"),
        (9, "ambiguous_date"),
    ]


def test_a_row_that_cannot_be_read_takes_the_other_tiers_of_its_product_along():
    found = table("""
        SKU  | Price | From quantity
        M8   | abc   | 1
        M8   | 9     | 100
        NUT  | 4.50  |
    """)
    assert codes(found) == [(2, "bad_number"), (3, "part_of_wrong_rule")]
    assert found.problems[1].parameters == {"other": 2}


def test_a_person_says_what_a_file_does_not():
    text = "SKU | Price\n A | 1.234\n B | 5"
    assert codes(table(text)) == [(2, "ambiguous_number")]
    assert table(text, ",").rules[0].tiers[0].value == 1234
    assert table(text, ".").rules[0].tiers[0].value == D("1.234")


@pytest.mark.parametrize(
    ("tiers", "code", "row"),
    [
        ("1 | | 10\n 1.0 | | 9", "duplicate_row", 3),
        ("100 | | 9\n 1 | | 10", "unordered_tiers", 3),
        ("1 | 150 | 10\n 100 | | 9", "tiers_overlap", 3),
        ("1 | 50 | 10\n 100 | | 9", "gap_between_tiers", 3),
        ("10 | 5 | 10", "ceiling_below_floor", 2),
        ("1.5 | | 10", "floor_between_steps", 2),
        ("-1 | | 10", "negative_floor", 2),
        ("1 | | -10", "negative_price", 2),
    ],
)
def test_wrong_tiers_are_found_at_their_row(tiers, code, row):
    lines = "\n".join(f"M8 | {line}" for line in tiers.splitlines())
    found = table(f"SKU | From quantity | Up to | Price\n{lines}", ".")
    problems = [*found.problems, *check(found.rules[0])]
    assert (row, code) in [(problem.row, problem.code) for problem in problems]


def test_a_validity_that_ends_before_it_begins_is_found():
    found = table("SKU | Price | Valid from | Valid until\n A | 1 | 2026-02-01 | 2026-01-01")
    assert [problem.code for problem in check(found.rules[0])] == ["ends_before_it_begins"]


def test_rivals_are_named_without_blocking():
    found = table("""
        SKU | Price | Unit  | Valid until
        A   | 1     | Units | 2026-06-30
        A   | 12    | Dozen |
        B   | 1     |       | 2026-06-30
    """)
    assert [(one.row, one.code, one.blocking) for one in found.problems] == [(3, "overlapping_rules", False)]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["hello", "world"]], "no_header"),
        ([["SKU", "Colour"]], "no_header"),
        ([["SKU", "Price"]], "no_rows"),
        ([["SKU", "ab 1.000"], ["A", "1"]], "ambiguous_heading"),
        ([["SKU", "Price"], *([["A", "1"]] * 50_001)], "too_many_rows"),
    ],
)
def test_files_that_are_no_price_lists(rows, code):
    with pytest.raises(PriceFileError) as error:
        read(rows)
    assert error.value.code == code


def test_a_header_may_stand_below_a_title_and_odd_columns_are_named():
    found = read([["Price list 2026"], [], ["SKU", "Price", "Colour"], ["A", D(1), "red"]])
    assert (found.ignored, found.rules[0].rows) == (("Colour",), (4,))


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
NUMBERS = st.decimals(0, 10**9, places=4) | st.decimals(0, 100, places=3) | st.integers(0, 10**6).map(D)
DAYS = st.none() | st.dates(date(1950, 1, 1), date(2100, 1, 1))


@st.composite
def rules(draw):
    scope = draw(st.sampled_from(["variant", "product", "category", "all"]))
    basis = draw(st.sampled_from(["line", "order", "cumulative"]))
    floors = sorted(draw(st.sets(NUMBERS, min_size=1, max_size=4)))
    return FileRule(
        scope=scope,
        item="" if scope == "all" else draw(TEXTS),
        computation=draw(st.sampled_from(["fixed", "discount", "cost_plus"])),
        base=draw(st.just("") | TEXTS),
        mode=draw(st.sampled_from(["volume", "graduated"])),
        basis=basis,
        period=draw(st.sampled_from(["month", "quarter", "contract_year", "contract"]))
        if basis == "cumulative"
        else "year",
        unit=draw(st.just("") | TEXTS),
        whole_units=draw(st.none() | st.booleans()),
        valid_from=draw(DAYS),
        valid_until=draw(DAYS),
        sequence=draw(st.none() | st.integers(0, 1000)),
        description=draw(st.just("") | TEXTS),
        tiers=tuple(Tier(floor, draw(NUMBERS), draw(st.none() | NUMBERS.filter(bool))) for floor in floors),
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(rules(), min_size=1, max_size=5, unique_by=FileRule.key), st.sampled_from([write_csv, write_xlsx]))
def test_an_exported_price_list_reads_back_as_itself(written, write):
    found = read(open_table(write(render(written))))
    assert [problem for problem in found.problems if problem.blocking] == []
    assert list(found.rules) == written


@given(st.text(max_size=20))
def test_no_text_is_taken_for_a_formula(text):
    assert not harmless(text).lstrip("'").startswith(("=", "+", "-", "@", "\t", "\r")) or harmless(text).startswith("'")
    if text == " ".join(text.split()) and text.isprintable():
        assert text_of(harmless(text)) == text


@settings(deadline=None, max_examples=150)
@given(
    st.binary(max_size=300) | st.text(max_size=200).map(lambda text: ("SKU;Price\n" + text).encode("utf-8", "replace"))
)
def test_odd_files_raise_nothing_but_our_own_error(content):
    with suppress(PriceFileError):
        read(open_table(content))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"%PDF-1.7 ...", "not_a_table"),
        (b"<html><body>login</body></html>", "not_a_table"),
        (b"SKU\0Price\0", "not_a_table"),
        (b"PK\x03\x04 broken", "unreadable"),
        (b"a" * 20_000_001, "too_large"),
        (b"SKU;Price\n" + b"x" * 70_000, "unreadable"),
        (b"SKU;Price\n" + b";" * 400, "unreadable"),
    ],
)
def test_files_that_are_no_tables(content, code):
    with pytest.raises(PriceFileError) as error:
        read(open_table(content))
    assert error.value.code == code


def test_a_zip_bomb_and_a_zip_of_other_things_are_refused():
    for names, code in (
        (("notes.txt",), "not_a_table"),
        (("[Content_Types].xml", "xl/worksheets/sheet1.xml"), "unreadable"),
    ):
        stream = BytesIO()
        with ZipFile(stream, "w", 8) as archive:
            for name in names:
                archive.writestr(name, b"0" * 50_000_000 if name.startswith("xl/") else b"<Types/>")
        with pytest.raises(PriceFileError) as error:
            read(open_table(stream.getvalue()))
        assert error.value.code == code


def test_a_formula_of_a_workbook_is_never_computed():
    from openpyxl import Workbook

    workbook, stream = Workbook(), BytesIO()
    workbook.active.append(["SKU", "Price"])
    workbook.active.append(["A", "=1+1"])
    workbook.save(stream)
    assert codes(read(open_table(stream.getvalue()))) == [(2, "no_price")]
