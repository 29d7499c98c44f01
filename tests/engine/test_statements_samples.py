"""Every bank file of the shared samples is read as its index counts it, or refused in words.

The index holds what an independent parser counted. It knows an MT940 file as one statement whatever is inside, BAI2 in
unsigned minor units, and OFX investment accounts as no statement; the table below says where we count otherwise.
"""

import csv
from decimal import Decimal

import pytest
from conftest import SHARED_DATA

from order_to_cash.statements import StatementError, check_balances, read

BANK = SHARED_DATA / "bank"
ADDS_UP, NOTHING_TO_COMPARE = "adds up", "nothing to compare"

# file: our number of statements (None: refused), and what the check of balances says: one of the two words above, or a
# part of the refusal. The samples are anonymised by hand, which broke the sums of many.
CASES = {
    "camt052/genkgo-camt052.v2.other-account.xml": (1, NOTHING_TO_COMPARE),
    "camt052/genkgo-camt052.v2.with-account-name.xml": (1, NOTHING_TO_COMPARE),
    "camt052/genkgo-camt052.v2.xml": (1, NOTHING_TO_COMPARE),
    "camt052/genkgo-camt052.v6.Amt-zero.xml": (1, NOTHING_TO_COMPARE),
    "camt052/srousseau-business_sample_camt.052.001.04.xml": (1, NOTHING_TO_COMPARE),
    "camt053/genkgo-camt053.v2.five.decimals.xml": (1, "make 27.000, but the closing balance is 27.050"),
    "camt053/genkgo-camt053.v2.minimal.ultimate.xml": (1, "A balance of -27.00 is in SEK, the account in EUR"),
    "camt053/genkgo-camt053.v2.minimal.xml": (1, "A balance of -27.00 is in SEK, the account in EUR"),
    "camt053/genkgo-camt53.only-Dt-with-DtTm.xml": (1, NOTHING_TO_COMPARE),
    "camt053/srousseau-business_sample_camt.053.001.04.xml": (1, ADDS_UP),
    "camt053/srousseau-statement_ac04.xml": (1, NOTHING_TO_COMPARE),
    "camt053/viafintech-invalid_namespace.xml": (None, "camt.053.001.03 but holds no statement"),
    "camt053/viafintech-valid_example.xml": (1, ADDS_UP),
    "camt053/viafintech-valid_example_v8.xml": (1, "This entry is in EUR, its account in CHF"),
    "camt053/viafintech-valid_example_with_batch.xml": (1, "announces 35 entries (all) but holds 3"),
    "camt053/viafintech-valid_example_with_instdamt.xml": (1, "make 4600.00, but the closing balance is 4500.00"),
    "camt053/viafintech-valid_example_with_other_id.xml": (1, NOTHING_TO_COMPARE),
    "camt054/genkgo-camt054.v2.with-account-name.xml": (1, NOTHING_TO_COMPARE),
    "camt054/genkgo-camt054.v8-with-financial-institution.xml": (1, NOTHING_TO_COMPARE),
    # The reference parser fails on the blanks in place of the entry date: a dialect, read.
    "mt940/ASNB-mt940_with_spaces_for_entry_date.txt": (31, ADDS_UP),
    "mt940/betterplace-with_binary_character.sta": (2, ADDS_UP),
    "mt940/citi-mt940.txt": (1, ADDS_UP),
    # Single fields without an account are no statement: refused.
    "mt940/cmxl-account_balance_debit.sta": (None, "field :25: is missing"),
    "mt940/cmxl-closing_balance.sta": (None, "field :25: is missing"),
    "mt940/cmxl-statement_details.sta": (None, "field :25: is missing"),
    "mt940/cmxl-statement_number.sta": (None, "field :25: is missing"),
    "mt940/jejik-ing.sta": (1, "make -45.59, but the closing balance is 3.47"),
    "mt940/jejik-postfinance.sta": (2, "make 159.4, but the closing balance is 159.6"),
    "mt940/jejik-rabobank.sta": (4, "make -740.11, but the closing balance is 395.82"),
    "mt940/jejik-sns.sta": (2, ADDS_UP),
    "mt940/jejik-triodos.sta": (1, "make 4259.39, but the closing balance is 4370.79"),
    "mt940/mBank-with_newline_in_tnr.sta": (1, "make 89.46, but the closing balance is 860.17"),
    "mt940/sberbank-171011_01234945.sta": (1, ADDS_UP),
    "mt940/self-provided-account_identification.sta": (2, "ends without its closing balance"),
    "mt940/self-provided-gv_codes.sta": (1, "ends without its closing balance"),
    "mt940/self-provided-long_statement_number.sta": (1, ADDS_UP),
    "mt940/self-provided-malformed_details.sta": (1, "make 12111.97, but the closing balance is 12345.98"),
    "mt940/self-provided-raiffeisen-cmi.sta": (1, "make 24158423.60, but the closing balance is 25281687.60"),
    "mt940/self-provided-transaction_details_wrapped.sta": (1, ADDS_UP),
    "mt940/self-provided-whitespace.sta": (1, "make 12111.97, but the closing balance is 12345.98"),
    "mt940/self-provided-wrapped_timestamp.sta": (1, ADDS_UP),
    "mt942/mBank-mt942.sta": (1, NOTHING_TO_COMPARE),
    "mt942/self-provided-mt942.sta": (1, "announces a sum of 2.30 (outgoing) but its entries make 0.42"),
    # The reference parser fails, and rightly: control totals are wrong, and a record begins with "88:".
    "bai2/moov-sample5-issue113.txt": (None, "control total of account 107049932 in line 22 is -1260161341762"),
    "bai2/pypi-account_trailer_amount_blank_example.bai2": (2, NOTHING_TO_COMPARE),
    "bai2/pypi-citi_example.bai2": (1, "make 100.01, but the closing balance is 100.00"),
    "bai2/pypi-svb_us_example.bai2": (2, ADDS_UP),
    "ofx/ofxparse-account_listing_aggregation.ofx": (None, "lists accounts and holds no statement"),
    "ofx/ofxparse-bank_small.ofx": (None, "holds no statement"),
    "ofx/ofxparse-checking.ofx": (1, NOTHING_TO_COMPARE),
    # Broken on purpose: a ledger balance with a day and without an amount.
    "ofx/ofxparse-empty_balance.ofx": (None, "The ledger balance (LEDGERBAL) is empty"),
    "ofx/ofxparse-error_message.ofx": (None, "General Server Error"),
    # Investment accounts: their cash movements are read as a statement of that account.
    "ofx/ofxparse-fidelity-savings.ofx": (1, NOTHING_TO_COMPARE),
    "ofx/ofxparse-fidelity.ofx": (1, NOTHING_TO_COMPARE),
    "ofx/ofxparse-multiple_accounts.ofx": (2, NOTHING_TO_COMPARE),
    # The reference parser fails on blank lines before the header and empty tags: a dialect, read.
    "ofx/ofxparse-ofx-v102-empty-tags.ofx": (1, NOTHING_TO_COMPARE),
    "ofx/ofxparse-signon_fail.ofx": (None, "invalid identification code"),
    "ofx/ofxparse-tiaacref.ofx": (None, "has no cash movement"),
    "ofx/ofxparse-vanguard.ofx": (None, "has no cash movement"),
}
#: Entries and net amount of the files that the reference parser fails on and we read, counted by hand.
COUNTED_BY_HAND = {
    "mt940/ASNB-mt940_with_spaces_for_entry_date.txt": (8, Decimal("56.94")),
    "ofx/ofxparse-ofx-v102-empty-tags.ofx": (1, Decimal("12.34")),
}


def _index():
    with (BANK / "INDEX.csv").open(newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def _expected(name: str) -> tuple[int, Decimal]:
    if name in COUNTED_BY_HAND:
        return COUNTED_BY_HAND[name]
    row = _index()[name]
    minor_units = row["net_amount"].endswith("(minor units, unsigned)")
    net = Decimal(row["net_amount"].split()[0])
    return int(row["entries"]), net.scaleb(-2) if minor_units else net


def test_every_sample_has_a_case(shared_data):
    on_disk = {
        f"{path.parent.name}/{path.name}"
        for path in BANK.glob("*/*")
        if path.is_file() and path.parent.name != "licences"
    }

    assert on_disk == set(CASES) == set(_index())


@pytest.mark.parametrize("name", CASES)
def test_sample_is_read_as_counted_or_refused_in_words(shared_data, name):
    statements, verdict = CASES[name]
    data = (BANK / name).read_bytes()

    if statements is None:
        with pytest.raises(StatementError) as refused:
            read(data, name)
        assert verdict in str(refused.value)
        return

    found = read(data, name, check=False)
    transactions = [transaction for statement in found for transaction in statement.transactions]
    assert len(found) == statements
    if name.startswith("camt"):
        row, parts = _index()[name], [part for t in transactions for part in (t, *t.details)]
        assert len(found) == int(row["statements"])
        assert sum(len(part.structured_references) for part in parts) == int(row["creditor_refs"])
    assert (len(transactions), sum(t.amount for t in transactions)) == _expected(name)
    _assert_verdict(found, data, verdict)


def _assert_verdict(found, data, verdict):
    if verdict in (ADDS_UP, NOTHING_TO_COMPARE):
        compared = {check_balances(statement) for statement in found}
        assert compared == {verdict == ADDS_UP}
        assert read(data) == found
        return
    with pytest.raises(StatementError) as refused:
        read(data)
    assert verdict in str(refused.value)


#: A few facts of the dialects that matter for matching: file, number of the entry, field, value.
FACTS = [
    ("camt053/viafintech-valid_example_v8.xml", 1, "structured_references", ("RF38000000000000000000552",)),
    ("camt053/viafintech-valid_example_v8.xml", 0, "counterparty_name", "Jon Doe"),
    ("camt053/viafintech-valid_example_v8.xml", 2, "exchange_rate", Decimal("0.9433")),
    ("camt053/srousseau-statement_ac04.xml", 0, "return_reason", "AC04"),
    ("camt053/genkgo-camt053.v2.minimal.ultimate.xml", 0, "ultimate_name", "DEBTOR NAME NM"),
    ("camt053/viafintech-valid_example.xml", 0, "mandate_id", "MandateReference"),
    ("camt052/srousseau-business_sample_camt.052.001.04.xml", 1, "is_booked", False),
    ("mt940/betterplace-with_binary_character.sta", 0, "bank_reference", "32-P1-TCS49518"),
    ("mt940/jejik-rabobank.sta", 1, "counterparty_name", "T-MOBILE NETHERLANDS BV"),
    ("mt940/jejik-rabobank.sta", 1, "text", "BETALINGSKENM. 123456789 FACTUURNUMMER 987654321"),
    ("mt940/jejik-sns.sta", 0, "counterparty_account", "0987654321"),
    ("mt940/jejik-sns.sta", 0, "text", "dit is een test"),
    ("mt940/jejik-postfinance.sta", 2, "text", "1 SONNENGLAESER"),
    ("mt940/jejik-triodos.sta", 0, "counterparty_account", "0390123456"),
    ("mt940/mBank-with_newline_in_tnr.sta", 0, "bank_reference", "MB170201323000"),
    ("mt940/sberbank-171011_01234945.sta", 0, "counterparty_name", "ERGO Versicherung AG Fiokte lep"),
    ("mt940/self-provided-malformed_details.sta", 0, "counterparty_account", "DE99700500000000012345"),
    ("mt940/self-provided-malformed_details.sta", 0, "mandate_id", "BYA12345678901"),
    ("mt940/self-provided-wrapped_timestamp.sta", 0, "end_to_end_id", "VZ0000000000000000"),
    ("mt940/self-provided-raiffeisen-cmi.sta", 0, "counterparty_name", "HUNGARY KFT."),
    ("mt940/citi-mt940.txt", 0, "text", "SOMETHING FOO BAR 112233 123456789"),
    ("mt940/ASNB-mt940_with_spaces_for_entry_date.txt", 0, "counterparty_account", "NL47INGB9999999999"),
    ("bai2/pypi-svb_us_example.bai2", 0, "text", "SOME PAYMENT ACH OFFSET"),
    ("ofx/ofxparse-checking.ofx", 2, "bank_reference", "0000488"),
]


@pytest.mark.parametrize(("name", "number", "field", "value"), FACTS)
def test_sample_gives_what_matching_needs(shared_data, name, number, field, value):
    statements = read((BANK / name).read_bytes(), check=False)
    transactions = [transaction for statement in statements for transaction in statement.transactions]

    assert getattr(transactions[number], field) == value
