"""The columns of a price list: what their headings may be called, and the words that their cells may hold.

Apart from the reading because this is a list of names, in English, German and French.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from ..statements.table import Cell
from .cells import CellError, number_of, text_of

#: Role of a column → its heading in an exported file, and other headings that are understood.
HEADINGS: dict[str, tuple[str, ...]] = {
    "contract": ("Contract", "contract subject", "vertrag", "contrat"),
    "customer": ("Customer", "customer vat", "vat", "customer reference", "kunde", "ust-idnr", "client", "partner"),
    "currency": ("Currency", "währung", "devise", "monnaie"),
    "contract_from": ("Contract from", "contract start", "vertrag ab", "vertragsbeginn", "contrat du"),
    "contract_until": ("Contract until", "contract end", "vertrag bis", "vertragsende", "contrat au"),
    "applies_to": ("Applies to", "scope", "gilt für", "s'applique à"),
    "sku": (
        "SKU", "internal reference", "product code", "item", "item number", "default_code", "artikelnummer",
        "artikelnr", "artikel", "référence", "reference", "code article",
    ),
    "product": ("Product", "product name", "bezeichnung", "produkt", "désignation", "produit"),
    "category": ("Category", "product category", "warengruppe", "kategorie", "catégorie"),
    "price": ("Price", "unit price", "net price", "preis", "stückpreis", "nettopreis", "prix", "prix unitaire"),
    "discount": ("Discount %", "discount", "rabatt", "rabatt %", "remise", "remise %"),
    "markup": ("Markup %", "markup", "cost plus", "aufschlag", "aufschlag %", "marge", "marge %"),
    "base": ("Discount off", "pricelist", "base pricelist", "preisliste", "liste de prix"),
    "unit": ("Unit", "uom", "unit of measure", "einheit", "mengeneinheit", "unité"),
    "floor": (
        "From quantity", "from", "quantity", "min. quantity", "min quantity", "minimum quantity", "ab menge", "ab",
        "menge", "mindestmenge", "quantité", "à partir de",
    ),
    "ceiling": ("Up to", "to quantity", "max. quantity", "bis menge", "bis", "jusqu'à"),
    "mode": ("Tiers", "tier mode", "staffelart", "paliers"),
    "basis": ("Quantity counted", "basis", "gezählte menge", "base de quantité"),
    "whole_units": ("Whole units", "ganze einheiten", "unités entières"),
    "valid_from": ("Valid from", "from date", "start date", "gültig ab", "valable du", "date de début"),
    "valid_until": ("Valid until", "valid to", "to date", "end date", "gültig bis", "valable au", "date de fin"),
    "sequence": ("Sequence", "reihenfolge", "ordre"),
    "description": ("Description", "beschreibung", "description de la règle"),
}  # fmt: skip
#: Columns of an exported price list of one contract, in their order.
EXPORTED = (
    "applies_to", "sku", "product", "category", "price", "discount", "markup", "base", "unit", "floor", "ceiling",
    "mode", "basis", "whole_units", "valid_from", "valid_until", "sequence", "description",
)  # fmt: skip
SCOPES = {
    "variant": ("Product variant", "variant", "sku", "variante"),
    "product": ("Product with its variants", "product", "template", "produkt", "produit"),
    "category": ("Category", "kategorie", "warengruppe", "catégorie"),
    "all": ("All products", "all", "alle", "alle produkte", "tous", "tous les produits"),
}
MODES = {
    "volume": ("Volume", "all units", "menge", "mengenstaffel"),
    "graduated": ("Graduated", "gestaffelt", "slice", "zonen", "progressif"),
}
#: What is counted → (basis, period).
BASES = {
    ("line", "year"): ("Line", "order line", "zeile", "ligne"),
    ("order", "year"): ("Order", "auftrag", "commande", "mix and match"),
    ("cumulative", "month"): ("Month", "monat", "mois"),
    ("cumulative", "quarter"): ("Quarter", "quartal", "trimestre"),
    ("cumulative", "year"): ("Year", "jahr", "année", "calendar year"),
    ("cumulative", "contract_year"): ("Contract year", "vertragsjahr", "année de contrat"),
    ("cumulative", "contract"): ("Contract", "life of the contract", "vertrag", "contrat"),
}
_TIER = re.compile(
    r"(?:(?:price|preis|prix|discount|rabatt|remise)\s*%?\s*)?"
    r"(?:from|ab|dès|à partir de|>=|≥)?\s*([\d][\d.,' ]*)\s*\+?\s*%?$",
    re.IGNORECASE | re.ASCII,
)


class Header(NamedTuple):
    """What the columns of a file are.

    :param columns: role → column number, from 0
    :param tiers: (column number, floor, ``price`` or ``discount``) of the columns that are tiers
    :param ignored: headings that are not understood; their cells are left out
    """

    columns: dict[str, int]
    tiers: tuple[tuple[int, Decimal, str], ...]
    ignored: tuple[str, ...]


def read_header(cells: Sequence[Cell]) -> Header | None:
    """Tell what a row says about the columns; ``None`` where it is no header of a price list.

    :raises CellError: where the quantity in the heading of a tier can be read in two ways
    """
    known = {_key(name): role for role, names in HEADINGS.items() for name in names}
    columns: dict[str, int] = {}
    others = []
    for number, cell in enumerate(cells):
        heading = text_of(cell)
        role = known.get(_key(heading))
        if role and role not in columns:
            columns[role] = number
        elif heading:
            others.append((number, heading, role))
    if not columns.keys() & {"sku", "category", "applies_to"}:
        return None
    tiers, ignored = [], []
    for number, heading, role in others:
        floor = None if role else _tier_floor(heading)
        if floor is None:
            ignored.append(heading)
        else:
            tiers.append((number, floor, "discount" if _is_percent(heading) else "price"))
    if not tiers and not columns.keys() & {"price", "discount", "markup"}:
        return None
    return Header(columns, tuple(tiers), tuple(ignored))


def word(cell: Cell, words: dict) -> object:
    """Return the key whose words a cell holds; ``None`` for an empty one.

    :raises CellError: ``unknown_word``
    """
    text = _key(text_of(cell))
    if not text:
        return None
    for key, names in words.items():
        if text in map(_key, names):
            return key
    raise CellError("unknown_word")


def _tier_floor(heading: str) -> Decimal | None:
    found = _TIER.match(heading.strip())
    return number_of(found.group(1).strip()) if found else None


def _is_percent(heading: str) -> bool:
    return "%" in heading or heading.casefold().startswith(("discount", "rabatt", "remise"))


def _key(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
