"""Who paid: by account, mandate, alias and whole name, and ties where two fit."""

import pytest
from cash_builders import DAY, QUARK_IBAN, line, payer

from order_to_cash.cash.payers import PayerDirectory, account_key, parse_name

PAYERS = [
    payer("holding", "Quark Holding AG"),
    payer("trading", "Quark Trading GmbH", accounts=("DE89 3704 0044 0532 0130 00",), mandates=("M-2026-0001",)),
    payer("muller", "Müller & Söhne KG", aliases=("Autohaus Mueller Buchhaltung",)),
    payer("alpha_gmbh", "Alpha GmbH"),
    payer("alpha_ag", "Alpha AG"),
    payer("delta", "Delta Werkzeuge S.p.A."),
    payer("long", "Internationale Spedition und Lagerhaus Gesellschaft mbH"),
    payer("india", "Tata Bharat Traders Pvt. Ltd."),
    payer("russia", "ООО Ромашка Трейд"),
    payer("wind", "Windpark Nord GmbH & Co. KG"),
    payer("auto", "Auto Meier GmbH"),
    payer("net", "Stadtwerke Musterstadt Netz GmbH"),
    payer("bakery", "Große Bäckerei GmbH"),
    payer("lodz", "Łódź Metal Sp. z o.o."),
    payer("orsted", "Ørsted Wind AS"),
    payer("acme", "Acme Widgets, Inc."),
    payer("manuel", "Manuel Bauer"),
    payer("sister_a", "Castor Bau", accounts=(QUARK_IBAN,)),
    payer("sister_b", "Castor Handel", accounts=(QUARK_IBAN,)),
]
DIRECTORY = PayerDirectory(PAYERS)


def identify(**facts):
    return DIRECTORY.identify(line("1.00", date=DAY, **facts))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Quark Trading GmbH", "trading"),
        ("QUARK TRADING", "trading"),
        ("Trading Quark", "trading"),
        ("Quark  Trading, GmbH", "trading"),
        ("Quark Trading GmbH, Hafenstr. 5", "trading"),
        ("Quark Trading Hafenstr 5 Hamburg", "trading"),
        ("Firma Quark Trading GmbH Hamburg", "trading"),
        ("MULLER & SOHNE KG", "muller"),
        ("Müller und Söhne", "muller"),
        ("autohaus mueller BUCHHALTUNG", "muller"),
        ("Alpha GmbH", "alpha_gmbh"),
        ("Alpha AG", "alpha_ag"),
        ("Delta Werkzeuge SpA", "delta"),
        ("Delta Werkzeuge", "delta"),
        ("Delta Werkzeuge GmbH", None),
        ("Internationale Spedition und", "long"),
        ("Internationale Spedition und Lagerhaus Gesells", "long"),
        ("Tata Bharat Traders Private Limited", "india"),
        ("M/S TATA BHARAT TRADERS PRIVATE LIMI", "india"),
        ("TATA BHARAT TRADERS P LTD", "india"),
        ("Tata Bharat Traders (P) Limited", "india"),
        ("MUELLER UND SOEHNE", "muller"),
        ("MUELLER & SOEHNE KG", "muller"),
        ("MUELLER & SOHNE KG", None),
        ("Autohaus Müller Buchhaltung", "muller"),
        ("GROSSE BAECKEREI GMBH", "bakery"),
        ("GROSE BACKEREI", "bakery"),
        ("LODZ METAL SP Z O O", "lodz"),
        ("Łódź Metal Sp. z o.o.", "lodz"),
        ("LODZ METAL SPZOO", "lodz"),
        ("ORSTED WIND A/S", "orsted"),
        ("OERSTED WIND", "orsted"),
        ("Acme Widgets Incorporated", "acme"),
        ("Acme Widgets Corp.", None),
        ("Bauer Manuel", "manuel"),
        ("Baur Manül", None),
        ("TATA BHARAT TRADERS PVT LTD", "india"),
        ("ООО РОМАШКА ТРЕЙД", "russia"),
        ("Castor Bau", "sister_a"),
        ("Windpark Nord 2 GmbH & Co. KG", None),
        ("Windpark Nord II GmbH & Co. KG", None),
        ("Auto Meier 24 GmbH", None),
        ("Auto Meier GmbH 24103 Kiel", "auto"),
        ("Auto Meier Hauptstr. 24", "auto"),
        ("Stadtwerke Musterstadt", None),
        ("Stadtwerke Musterstadt Netz", "net"),
        ("Stadtwerke Musterstadt Netz Gm", "net"),
        ("Stadtwerke Musterstadt Ne", "net"),
        ("Internationale Spedition", None),
        ("Internationale Spedition und La", "long"),
        ("Quark Tradings", None),
        ("Delta", None),
        ("Werkzeuge", None),
    ],
)
def test_whole_names_identify(name, expected):
    assert identify(payer_name=name).payer == expected


@pytest.mark.parametrize(
    ("name", "candidates"),
    [
        ("Quark", {"holding", "trading"}),
        ("Alpha", {"alpha_gmbh", "alpha_ag"}),
        ("Castor", {"sister_a", "sister_b"}),
    ],
)
def test_a_part_of_a_name_makes_its_bearers_a_tie(name, candidates):
    identity = identify(payer_name=name)
    assert identity.is_tie
    assert identity.candidates == candidates


@pytest.mark.parametrize("name", ["", " ", "%", "_", "\\", "A", "GmbH", "AG & Co. KG", "Mr", "é", "--", "Qu"])
def test_names_without_meaning_identify_nobody(name):
    assert identify(payer_name=name).candidates == frozenset()


def test_a_part_of_a_single_name_is_only_a_candidate():
    identity = identify(payer_name="Delta")
    assert (identity.payer, identity.candidates) == (None, {"delta"})


@pytest.mark.parametrize(
    "account", ["DE89370400440532013000", "de89 3704 0044 0532 0130 00", "DE89-3704-0044-0532-0130-00"]
)
def test_accounts_identify_in_any_writing(account):
    assert identify(payer_account=account).payer == "trading"


@pytest.mark.parametrize("account", ["", "%", "0", "DE89", "3704004405320130", "DE8937040044053201300", "____________"])
def test_a_part_of_an_account_identifies_nobody(account):
    assert identify(payer_account=account).candidates == frozenset()


def test_a_mandate_identifies():
    assert identify(mandate_id="M-2026-0001").payer == "trading"


def test_a_shared_account_is_a_tie_that_the_name_narrows():
    assert identify(payer_account=QUARK_IBAN).candidates == {"sister_a", "sister_b"}
    assert identify(payer_account=QUARK_IBAN, payer_name="Castor Handel").payer == "sister_b"
    assert identify(payer_account=QUARK_IBAN, payer_name="Unbekannt").is_tie


def test_contradicting_account_and_name_leave_both_as_candidates():
    identity = identify(payer_account="DE89370400440532013000", payer_name="Alpha AG")
    assert (identity.payer, identity.candidates) == (None, {"trading", "alpha_ag"})


def test_evidence_names_what_told():
    identity = identify(payer_account="DE89370400440532013000", payer_name="Quark Trading GmbH")
    assert [(evidence.kind, evidence.items) for evidence in identity.evidence] == [
        ("payer_account", ("trading",)),
        ("payer_name", ("trading",)),
    ]


def test_names_and_accounts_in_comparable_form():
    assert parse_name("Fa. Müller & Söhne GmbH & Co. KG").words == ("MULLER", "SOHNE")
    assert parse_name("S.A. Lumière").legal == {"SA"}
    assert account_key(" de89 3704-0044 ") == "DE8937040044"
