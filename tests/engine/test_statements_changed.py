"""Tables that a bank changed since their profile was saved, and workbooks as people leave them."""

from dataclasses import replace
from datetime import date

import pytest
from statement_builders import money
from test_statements_csv import GERMAN, SHEET, _proposed, _workbook

from order_to_cash.statements import StatementError, propose_profile, read


def test_workbook_with_empty_rows_loses_nothing_below_them():
    profile = propose_profile(_workbook(SHEET)).profile
    (found,) = read(_workbook([*SHEET, *([None, None] for _ in range(3000))]), profiles=[profile])
    assert len(found.transactions) == 2
    (found,) = read(_workbook([*SHEET[:4], *([] for _ in range(900)), SHEET[4]]), profiles=[profile])
    assert len(found.transactions) == 2
    with pytest.raises(StatementError, match="Delete the empty rows"):
        read(_workbook([*SHEET[:4], *([] for _ in range(3000)), SHEET[4]]), profiles=[profile])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ([date(2026, 3, 2), "Bank", "Fee", "=0-0.1", "EUR", 2234.46], "a formula has an amount only once"),
        (["", "Bank", "Fee", -0.1, "EUR", 2234.46], "cells of the table are merged, split them"),
    ],
)
def test_workbook_with_formulas_or_merged_cells_is_refused_in_words(row, words):
    data = _workbook([*SHEET[:4], row])
    with pytest.raises(StatementError, match=words):
        read(data, profiles=[propose_profile(_workbook(SHEET)).profile])


@pytest.mark.parametrize("mark", ",\t|")
def test_bank_that_changes_its_delimiter_is_still_read_by_the_profile(mark):
    profile = _proposed(GERMAN)
    changed = GERMAN.replace(",", ".").replace("1.234.56", "1234.56").replace("2.234.56", "2234.56")
    changed = changed.replace("2.000.00", "2000.00").replace(";", mark)
    (found,) = read(changed.encode(), profiles=[replace(profile, decimal_mark=".")])
    assert [entry.amount for entry in found.transactions] == [money("1234.56"), money("-234.56")]
    with pytest.raises(StatementError, match="is no amount with “,” as its decimal mark"):
        read(changed.encode(), profiles=[profile])


@pytest.mark.parametrize(
    ("said", "written"), [("cp1252", "utf-8"), ("cp1252", "utf-16"), ("utf-8-sig", "cp1252"), ("cp852", "utf-8")]
)
def test_bank_that_changes_its_encoding_is_still_read_by_the_profile(said, written):
    (found,) = read(GERMAN.encode(written), profiles=[replace(_proposed(GERMAN), encoding=said)])
    assert found.transactions[0].counterparty_name == "Müller GmbH"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("02.03.2026;03", "2026-03-02;03"), "is no day in the form that the profile expects"),
        (lambda text: text.replace(";Betrag", ""), "columns are not known yet"),
        (lambda text: text.replace("02.03.2026;02", "03/02/2026;02"), "is no day in the form"),
    ],
)
def test_table_that_changed_since_its_profile_was_saved_is_refused(change, words):
    with pytest.raises(StatementError, match=words):
        read(change(GERMAN).encode(), profiles=[_proposed(GERMAN)])
