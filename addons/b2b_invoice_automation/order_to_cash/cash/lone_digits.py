"""Whether digits in a text are a number of their own, a year, or a part of something else.

Apart from the reader, because the reading of whole numbers and that of last digits ask the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .number_index import Entry
from .references import Token

TIES = ("-", "/", ".", "_")
_FIRST_YEAR, _LAST_YEAR = "2010", "2040"
_YEAR_GAPS = frozenset("/- ")
_DOCUMENT_WORDS_TEXT = (
    "NR NO N NUM NUMMER NUMBER NUMERO INV INVOICE INVOICES RECHNUNG RECHNUNGEN RE RG RGNR RENR RECHNR REF "
    "REFERENZ FACTURE FACT FACTURA FATTURA FA FC FT PO ORDER ORDERS SO BESTELLUNG BESTELLNR AUFTRAG CDE "
    "AUFTRAGSNR COMMANDE PEDIDO BEST BELEG DOC DOCUMENT DOK FAKTURA FAKTUR FACTUUR BILL SVWZ EREF KREF "
    "RFB ROC URI REMI"
)
_DOCUMENT_WORDS = frozenset(_DOCUMENT_WORDS_TEXT.split())


def stands_alone(folded: str, parts: list[Token], first: int, last: int) -> bool:
    """Whether digits are a number of their own: nothing is glued to them but a word for a document."""
    start, end = parts[first].start, parts[last].end
    if first and parts[first - 1].end >= start - 1:
        before = parts[first - 1]
        if folded[before.end : start] in ("", ",", *TIES) and before.text not in _DOCUMENT_WORDS:
            return False
    if last + 1 < len(parts) and parts[last + 1].start <= end + 1:
        after = parts[last + 1]
        gap = folded[end : after.start]
        if gap == "" or (gap in TIES and (after.digits or len(after.text) == 1)):
            return False
    return True


def of_year_behind(entries: Iterable[Entry], folded: str, parts: Sequence[Token], position: int) -> list[Entry]:
    """The entries of the year that stands behind a number, as in `INV 01071/26`; none where none stands there."""
    if position + 1 == len(parts) or folded[parts[position].end : parts[position + 1].start] not in _YEAR_GAPS:
        return []
    year = parts[position + 1].text
    if len(year) not in (2, 4) or not parts[position + 1].digits:
        return []
    return [
        entry
        for entry in entries
        if any(len(part) == 4 and is_year(part) and part.endswith(year) for part in entry.number.components[:-1])
    ]


def is_year(digits: str) -> bool:
    """Whether digits may be the year of a document or a payment."""
    return len(digits) == 4 and _FIRST_YEAR <= digits <= _LAST_YEAR


def overlaps(start: int, end: int, spans: Iterable[tuple[int, int]]) -> bool:
    """Whether a piece of text shares a character with one of some others."""
    return any(start < right and left < end for left, right in spans)
