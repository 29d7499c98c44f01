"""Reads a remittance advice from a CSV or XLSX table by its headings.

Above the headings and below the rows may stand what concerns the whole: payer, day, reference, total. Whatever cannot
be read is refused with its row; an amount that can be read in two ways is too.
"""

from __future__ import annotations

import re
from decimal import Decimal
from io import BytesIO

from ..price_file.cells import CellError, day_of, decimal_mark, number_of, text_of
from ..statements.csv_preview import table_kind
from ..statements.csv_proposal import delimiter_of
from ..statements.model import StatementError
from ..statements.table import Cell, rows
from .model import Advice, AdviceError, AdviceLine

MOST_ROWS = 20_000
_HEADINGS = {
    "number": (
        r"(your |our )?(invoice|document|voucher|bill|item)( ?(no\.?|nr\.?|number|#|ref(erence)?|id))?",
        r"rechnung(s?-? ?(nr\.?|nummer))?|beleg(-? ?(nr\.?|nummer))?|ihre rechnung.*|facture|n[°o] ?(de )?facture",
        r"reference|referenz|r[ée]f[ée]rence",
    ),
    "amount": (
        r"(amount )?(paid|payment)( amount)?|amount|paid amount|net( amount| paid)?|zahlbetrag|zahlung|betrag",
        r"nettobetrag|gezahlt|montant( pay[ée])?|pay[ée]",
    ),
    "gross": (
        r"gross( amount)?|(invoice|document|original) amount|brutto(betrag)?|rechnungsbetrag",
        r"montant (brut|facture)",
    ),
    "deduction": (
        r"deductions?( amount)?|(cash )?discount( taken| amount)?|withheld|abzug|abz[üu]ge|skonto|k[üu]rzung",
        r"d[ée]duction|escompte|retenue",
    ),
    "reason": (
        r"(deduction )?reason( code)?|remarks?|comments?|notes?|grund|abzugsgrund|k[üu]rzungsgrund|bemerkung|motif",
    ),
}  # fmt: skip
_ABOUT_ALL = {
    "payer": r"payer|customer|from|company|zahler|kunde|firma|payeur|client",
    "date": r"(payment |value |due )?date|zahlungsdatum|datum|valuta|date de paiement",
    "reference": r"(payment|remittance|advice|transfer)( ?(no\.?|number|ref(erence)?|id|advice))*|zahlungsreferenz"
    r"|avis(nummer)?|r[ée]f[ée]rence( de paiement)?",
    "currency": r"currency|w[äa]hrung|devise",
    "total": r"(grand )?total( paid| amount)?|sum|summe|gesamt(betrag)?|zahlbetrag gesamt|montant total",
}


def is_advice(content: bytes) -> bool:
    """Whether a table has the headings of a remittance advice: documents, and what is paid of them."""
    try:
        header = _find_header(_open(content))[1]
    except (StatementError, AdviceError):
        return False
    return bool(header)


def read_advice(content: bytes) -> Advice:
    """Read a remittance advice.

    :param content: CSV text or an XLSX workbook
    :raises AdviceError: saying what to mend, and in which row
    """
    try:
        table = _open(content)
    except StatementError as error:
        raise AdviceError(str(error)) from error
    at, header = _find_header(table)
    body, about = _body(table, at, header)
    numbers = [
        row[header[role]] for _n, row in body for role in ("amount", "gross", "deduction") if _has(row, header, role)
    ]
    mark = decimal_mark([*numbers, *([about["total"]] if about.get("total") else [])])
    lines = tuple(filter(None, (_line(number, row, header, mark) for number, row in body)))
    if not lines:
        raise AdviceError("The table has headings and no documents below them.")
    return Advice(
        lines=lines,
        total=_number(about.get("total", ""), mark, "the total"),
        currency=text_of(about.get("currency", "")).upper()[:3],
        date=_day(about.get("date", "")),
        reference=text_of(about.get("reference", "")),
        payer=text_of(about.get("payer", "")),
    )


def _open(content: bytes) -> list[list[Cell]]:
    stream = BytesIO(content)
    kind = table_kind(stream)
    table = []
    for row in rows(stream, kind, delimiter_of(stream, kind)):
        table.append(row)
        if len(table) > MOST_ROWS:
            raise AdviceError(f"The table has more than {MOST_ROWS} rows: split it.")
    return table


def _find_header(table: list[list[Cell]]) -> tuple[int, dict[str, int]]:
    """The headings' row, from 0, and role → column."""
    for number, row in enumerate(table[:60]):
        header: dict[str, int] = {}
        for column, cell in enumerate(row):
            said = text_of(cell).casefold().rstrip(":")
            for role, patterns in _HEADINGS.items():
                if role not in header and re.fullmatch("|".join(patterns), said):
                    header[role] = column
                    break
        if "number" in header and {"amount", "gross"} & header.keys():
            return number, header
    raise AdviceError(
        "This table is no remittance advice: no row has the headings “Invoice” and “Amount”. Also understood: Gross, "
        "Deduction, Reason; above them Payer, Date, Reference, Currency, Total."
    )


def _body(table, at, header):
    """The rows with documents, numbered from 1, and what is said about the whole."""
    about: dict[str, Cell] = {}
    for row in table[:at]:
        _note(row, about)
    body = []
    for number, row in enumerate(table[at + 1 :], start=at + 2):
        first = next((text_of(cell) for cell in row if text_of(cell)), "")
        if re.fullmatch(_ABOUT_ALL["total"], first.casefold().rstrip(":")):
            cells = [cell for cell in row if text_of(cell)]
            amount = row[header["amount"]] if _has(row, header, "amount") else cells[-1]
            about.setdefault("total", amount)
        elif any(text_of(cell) for cell in row):
            body.append((number, row))
    return body, about


def _note(row, about) -> None:
    cells = [cell for cell in row if text_of(cell)]
    if len(cells) < 2:
        return
    said = text_of(cells[0]).casefold().rstrip(":")
    for name, pattern in _ABOUT_ALL.items():
        if re.fullmatch(pattern, said):
            about.setdefault(name, cells[1])


def _has(row, header, role) -> bool:
    return role in header and header[role] < len(row) and text_of(row[header[role]]) != ""


def _line(number, row, header, mark) -> AdviceLine | None:
    document = text_of(row[header["number"]]) if _has(row, header, "number") else ""

    def amount(role):
        return _number(row[header[role]], mark, f"row {number}") if _has(row, header, role) else None

    paid, gross, deduction = amount("amount"), amount("gross"), amount("deduction")
    if not document:
        if paid or gross or deduction:
            raise AdviceError(f"Row {number} has an amount and no document: say which one it is for.")
        return None
    if deduction is None:
        deduction = gross - paid if gross is not None and paid is not None else Decimal(0)
    if paid is None and gross is not None:
        paid = gross - abs(deduction).copy_sign(gross)
    reason = text_of(row[header["reason"]]) if _has(row, header, "reason") else ""
    return AdviceLine(document, paid, abs(deduction), reason, number)


def _number(cell: Cell, mark, where: str) -> Decimal | None:
    if not text_of(cell):
        return None
    try:
        return number_of(cell, mark)
    except CellError as error:
        ways = "can be read in two ways" if error.code == "ambiguous_number" else "is no amount"
        raise AdviceError(f"“{text_of(cell)[:40]}” ({where}) {ways}: write it as 1234.56.") from error


def _day(cell: Cell):
    try:
        return day_of(cell) if text_of(cell) or not isinstance(cell, str) else None
    except CellError:
        return None
