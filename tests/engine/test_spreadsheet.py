"""Cells that a spreadsheet does not run."""

import pytest

from order_to_cash.spreadsheet import csv_table, harmless


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1"])
def test_what_begins_like_a_formula_is_made_text(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", ["", "Bolt = nut", "1–99", -3.5, 7, None])
def test_all_else_stays(value):
    assert harmless(value) == value


def test_a_table_as_csv():
    table = csv_table([["Item", "Price"], ['=HYPERLINK("x")', -1.5], ["a,b", None]])
    assert table.decode("utf-8") == '\ufeffItem,Price\r\n"\'=HYPERLINK(""x"")",-1.5\r\n"a,b",\r\n'
