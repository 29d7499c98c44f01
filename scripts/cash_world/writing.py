"""How payers write and what banks make of it: names, sentences in several languages, number styles, line wraps.

Apart from the scenarios, which decide what is paid: here is only how it looks in the end.
"""

from __future__ import annotations

import random
import string
import unicodedata
from itertools import pairwise

_WORDS_TEXT = (
    "Aurora Birke Cobalt Delta Eiger Falke Granit Hansa Isar Jura Komet Linde Meridian Nordwind Orion Polar Quarz "
    "Rubin Saturn Tanne Ulme Vega Weser Xenon Ypsilon Zenit Atlas Bernina Castor Dolomit Eibe Fjord Gletscher "
    "Horizont Iris Jade Kiefer Lotus Mistral Nova Opal Pegasus Quelle Rhein Sigma Titan Umbra Vulkan Wolke Zeder "
    "Ashoka Bharat Ganga Himalaya Indus Kaveri Lakshmi Malabar Narmada Surya Tapti Vindhya Lumiere Moulin "
    "Provence Riviera Soleil Müller Große Łódź Ørsted Köhler Núñez"
)
WORDS = _WORDS_TEXT.split()
_TRADES_TEXT = (
    "Bau Elektro Handel Maschinen Werkzeuge Logistik Textil Papier Chemie Metall Optik Pharma Foods Paints Steel "
    "Tools Systems Components Traders Exports Engineering Plastics Batiment Transports Distribution Mobilier"
)
TRADES = _TRADES_TEXT.split()
FORMS = ("GmbH", "AG", "KG", "Ltd", "SARL", "BV", "Pvt Ltd", "SpA", "Inc", "GmbH & Co. KG", "S.A.", "Sp. z o.o.")

_LONG_FORMS = {
    "GmbH & Co. KG": ("GMBH + CO KG", "GMBH U. CO. KG", "GMBH CO KG"),
    "Pvt Ltd": ("PRIVATE LIMITED", "PVT. LTD.", "PVT LIMITED"),
    "Ltd": ("LIMITED", "LTD."),
    "Inc": ("INCORPORATED", "INC."),
    "SARL": ("S.A.R.L.", "SARL"),
    "BV": ("B.V.", "BV"),
    "SpA": ("S.P.A.", "SPA"),
    "S.A.": ("SA", "S A"),
    "Sp. z o.o.": ("SP Z O O", "SPZOO", "SP.ZO.O."),
}
_SPELT = {"Ä": "AE", "Ö": "OE", "Ü": "UE", "Ø": "OE"}
_MORE_WORDS = ("Netz", "Service", "Energie", "Immobilien", "Nord", "Holding", "International")

SENTENCES = (
    "Payment {n} thank you",
    "Invoice {n}",
    "Inv. {n} dated {d}",
    "pmt {n} cust {c}",
    "{n}",
    "ref {n} order {o}",
    "Rechnung {n} vom {d}",
    "RG {n} KD {c}",
    "Zahlung Rechnungen {n} Kd.-Nr. {c}",
    "Re-Nr {n} abzgl. nichts",
    "Facture {n} du {d}",
    "Reglement facture {n} client {c}",
    "Pago factura {n}",
    "Saldo fattura {n} del {d}",
    "Betaling factuur {n} klant {c}",
    "Zaplata za fakture {n}",
    "भुगतान {n} धन्यवाद",
    "Zahlung für {n} – Grüße",
    "VIR SEPA {n} REF {o}",
    "Our ref {o} / your doc {n} / tel +49 711 {c}22",
)
EMPTY = (
    "",
    "/",
    "Zahlung",
    "payment",
    "Rechnung",
    "Abo {m}",
    "invoices {m}",
    "SEPA credit transfer",
    "Kd. {c}",
    "-",
    "Reglement",
    "thanks",
    "as agreed",
    "Miete {m} nicht",
    "Ref {o}",
    "{d}",
    "transfer {d} {c}",
)
MONTHS = ("January", "Februar", "mars", "abril", "05/2026", "Q1", "2026-03")


def number_list(rng: random.Random, numbers: list[str]) -> str:
    """Several invoice numbers of one sequence as people list them; the first one whole."""
    style = rng.randrange(6)
    tails = [number.rsplit("/", 1)[1] for number in numbers]
    if style == 0 and len(numbers) > 1 and _consecutive(tails):
        return f"{numbers[0]}-{tails[-1][-2:]}" if rng.random() < 0.5 else f"{numbers[0]} bis {tails[-1]}"
    if style == 1:
        return numbers[0] + "".join(f", {tail}" for tail in tails[1:])
    if style == 2:
        return numbers[0] + "".join(f" + {tail.lstrip('0')}" for tail in tails[1:])
    if style == 3:
        return " ".join(numbers)
    if style == 4:
        return ", ".join(numbers[:-1]) + f" und {numbers[-1]}" if len(numbers) > 1 else numbers[0]
    return "; ".join(styled(rng, number) for number in numbers)


def _consecutive(tails):
    return all(int(right) == int(left) + 1 for left, right in pairwise(tails))


def styled(rng: random.Random, number: str) -> str:
    """A number as a careful payer writes it: whole, in some other style."""
    prefix, year, last = number.split("/")
    return rng.choice(
        (
            number,
            number,
            number,
            f"{prefix} {year} {last}",
            f"{prefix}-{year}-{last}",
            f"{prefix}{year}{last}",
            f"{prefix.lower()}/{year}/{last}",
            f"{prefix}/{year}/{last.lstrip('0')}",
            f"{prefix}.{year}.{last}",
            f"{prefix} {year}/{last}",
        )
    )


def shortened(rng: random.Random, number: str) -> str:
    """A number as a hurried payer writes it: without its letters, its year, or both."""
    prefix, year, last = number.split("/")
    bare = last.lstrip("0")
    return rng.choice((f"{year}/{last}", f"{prefix} {last}", f"{prefix}{bare}", last, f"Nr. {last}", f"{year}-{last}"))


def mistyped(rng: random.Random, number: str) -> str:
    """A number with one slip of the finger in its last digits."""
    head, last = number.rsplit("/", 1)
    at = rng.randrange(len(last) - 1)
    slip = rng.randrange(3)
    if slip == 0:
        last = last[:at] + last[at + 1] + last[at] + last[at + 2 :]
    elif slip == 1:
        last = last[:at] + rng.choice(string.digits) + last[at + 1 :]
    else:
        last = last[: at + 1] + last[at] + last[at + 1 :]
    return f"{head}/{last}"


def sentence(rng: random.Random, numbers: str, day: str) -> str:
    """A sentence with the numbers, and other numbers that mean nothing to us."""
    text = rng.choice(SENTENCES).format(n=numbers, d=day, c=rng.randrange(10_000, 99_999), o=foreign_number(rng))
    return wrapped(rng, text)


def small_talk(rng: random.Random, day: str) -> str:
    """A text that tells nothing."""
    text = rng.choice(EMPTY)
    return wrapped(
        rng, text.format(c=rng.randrange(10_000, 99_999), m=rng.choice(MONTHS), d=day, o=foreign_number(rng))
    )


def foreign_number(rng: random.Random) -> str:
    """A number of the payer's own world."""
    return rng.choice(
        (
            f"ER{rng.randrange(10**5):05d}",
            f"K-{rng.randrange(10**4)}",
            f"{rng.randrange(10**6, 10**7)}",
            f"AB/{rng.randrange(2020, 2027)}/{rng.randrange(999)}",
            f"BUCH {rng.randrange(999)}",
        )
    )


def wrapped(rng: random.Random, text: str) -> str:
    """A text as a bank passes it on: its own tags, capitals, cut into lines of fixed width."""
    style = rng.randrange(8)
    if style == 0:
        text = f"EREF+NOTPROVIDED SVWZ+{text}"
    elif style == 1:
        text = f"/REMI/{text}"
    elif style == 2:
        text = text.upper()
    elif style == 3:
        text = f"SEPA-UEBERWEISUNG {text} BIC COBADEFFXXX"
    width = rng.choice((0, 0, 0, 27, 35, 65))
    if width:
        glue = rng.choice(("\n", "\n", " "))
        text = glue.join(text[start : start + width] for start in range(0, len(text), width))
    return text


def account(rng: random.Random) -> str:
    """An account number of IBAN form."""
    country = rng.choice(("DE", "AT", "FR", "NL", "GB", "IN"))
    return f"{country}{rng.randrange(10, 99)}" + "".join(rng.choice(string.digits) for _ in range(18))


def as_bank_prints(rng: random.Random, name: str) -> str:
    """A name as it stands in a bank line: capitals, without umlauts, cut off, or with an address behind."""
    style = rng.randrange(12)
    if style < 2:
        return name.upper()
    if style < 4:
        return name[: rng.choice((27, 27, 35))]
    if style < 6:
        return f"{name}, Hauptstr. {rng.randrange(1, 99)}"
    return in_capitals(rng, name) if style == 6 else name


def in_capitals(rng: random.Random, name: str) -> str:
    """A name in the letters from A to Z: MUELLER or MULLER, GROSSE, PRIVATE LIMITED."""
    body, form = without_form(name), _form(name)
    form = rng.choice(_LONG_FORMS.get(form, (form,)))
    title = "M/S " if form.startswith("P") and rng.random() < 0.2 else ""
    letters = f"{title}{body} {form}".upper().replace("Ł", "L")
    spelt = {**_SPELT, "Ø": "O"} if rng.random() < 0.5 else _SPELT
    if rng.random() < 0.7:
        letters = "".join(spelt.get(letter, letter) for letter in letters)
    plain = unicodedata.normalize("NFKD", letters.replace("Ø", "O"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def without_form(name: str) -> str:
    """A company's name less its legal form."""
    return name.removesuffix(f" {_form(name)}")


def _form(name):
    return max((form for form in FORMS if name.endswith(f" {form}")), key=len)


def longer_name(rng: random.Random, name: str) -> str:
    """A sister company's name: the same with a number or a word more before the legal form."""
    more = rng.choice((rng.choice("123"), rng.choice(("II", "III")), rng.choice(_MORE_WORDS)))
    return f"{without_form(name)} {more} {_form(name)}"


def another_company(rng: random.Random, name: str) -> str:
    """The name of another company that differs by a number or a word, more or less."""
    words = without_form(name).split(" ")
    if len(words) > 3 or rng.random() < 0.3:
        return f"{' '.join(words[:-1])} {_form(name)}"
    return longer_name(rng, name)


def in_words(rng: random.Random, number: str) -> str:
    """A number among words, as it stands in a field made for numbers alone; at most 35 letters."""
    words = rng.choice(
        ("RG {n}", "Rechnung {n}", "INVOICE {n}", "{n} KD {c}", "{c} {n}", "Re-Nr. {n}", "pay {n} thanks")
    )
    return words.format(n=number, c=rng.randrange(10_000, 99_999))


def payers_own_id(rng: random.Random) -> str:
    """An end-to-end id that means something to nobody but the payer."""
    return rng.choice(("NOTPROVIDED", "NOTPROVIDED", foreign_number(rng), f"{rng.getrandbits(96):024x}"))


def common_reference(rng: random.Random) -> str:
    """What stands for a reference where the payer gave none that tells payments apart."""
    return rng.choice(("NONREF", "NONE", "0000", "RECHNUNG", "MIETE", "Beitrag"))


def on_account(rng: random.Random) -> str:
    """Words for a payment that is for no invoice."""
    words = rng.choice(
        (
            "Akonto",
            "Akontozahlung {m}",
            "A-Konto Zahlung",
            "Anzahlung",
            "Anzahlung Auftrag {o}",
            "payment on account",
            "on account",
            "acompte",
            "acompte commande",
            "acconto",
            "deposit",
            "security deposit {m}",
            "Kaution",
            "advance payment",
            "Abschlagszahlung {m}",
        )
    )
    return words.format(m=rng.choice(MONTHS), o=foreign_number(rng))


def charge_words(rng: random.Random) -> str:
    """Words that speak of charges, but of none that a bank takes."""
    return rng.choice(
        (
            "service charges {m}",
            "school fees",
            "commission {m}",
            "without charges",
            "incl. delivery charges",
            "Servicegebühren {m}",
            "frais de livraison",
            "Bearbeitungsgebühr",
        )
    ).format(m=rng.choice(MONTHS))
