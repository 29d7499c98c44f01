"""A first guess at what the columns of a bank's table mean, for a person to confirm.

The guess goes by the header's words (in the languages of many banks) and is checked against the cells: a day
column must hold days. What could be read in two ways is named as a doubt and never decided in silence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from .csv_profile import (
    CREDIT_MARKS,
    DEBIT_CREDIT,
    DEBIT_MARKS,
    INDICATOR,
    SIGNED,
    CsvProfile,
    parse_amount,
    parse_day,
)
from .detect import TABLE, WORKBOOK, detect
from .model import StatementError
from .table import Cell, rows
from .text_input import as_stream, clean, encoding_of

_SAMPLE = 200
_DELIMITERS = ";,\t|"
DAY_FORMATS = (
    "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d",
    "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%d%m%Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y",
)  # fmt: skip
# Words of header cells, as patterns that must match the whole cell.
_WORDS = {
    "value_date": (
        r"value ?date|valuta|wertstellung|valutadatum|rentedatum|date (de )?valeur|fecha valor",
        r"data valuta|data waluty|r[äa]nte?dag|interest date",
    ),
    "booking_date": (
        r"date|booking ?date|posting date|transaction date|buchungs(tag|datum)|datum|boekdatum",
        r"date( d'?| de l'?)?( ?op[ée]ration)?|date de comptabilisation|fecha( operaci[oó]n)?",
        r"data( operacji| ksi[eę]gowania| contabile)?|bokf[öo]rings(dag|datum)|transaktionsdatum",
    ),
    "balance": (r"(running |account )?balance|saldo.*|kontostand|solde|bal\.|balance after.*",),
    "debit": (
        r"debit( amount)?|soll|belastung|d[ée]bit|cargo|debe|addebiti|dare|withdrawals?|paid out",
        r"money out|uitgaven?|obci[aą][zż]enia",
    ),
    "credit": (
        r"credit( amount)?|haben|gutschrift|cr[ée]dit|abono|haber|accrediti|avere|deposits?|paid in",
        r"money in|inkomsten|uznania",
    ),
    "indicator": (
        r"dr/?cr|cr/?dr|debit/credit|credit/debit|soll/haben|s/h|af bij|af/bij|d/c|c/d",
        r"credit ?debit( indicator)?|sens",
    ),
    "currency": (r"currency( code)?|w[äa]hrung|munt(soort)?|devise|divisa|moneda|waluta|ccy|valutakod",),
    "amount": (
        r"amount.*|betrag.*|umsatz|bedrag.*|montant.*|importe.*|importo.*|kwota.*|belopp|sum",
        r"transactiebedrag|transaction amount",
    ),
    "account": (
        r"(own |my )?account( number| no\.?)?|auftragskonto|rekening(nummer)?|iban|konto(nummer)?",
        r"compte|cuenta|iban konto|numer rachunku",
    ),
    "counterparty_account": (
        r".*(counterparty|beneficiary|payee|payer|partner|zahlungspflichtig|empf[äa]nger).*"
        r"(account|iban|konto|nr).*",
        r"(gegen|tegen|contre).*(konto|rekening|compte|iban).*|kontonummer/iban|iban zahlungsbeteiligter",
    ),
    "bic": (r".*\b(bic|swift)\b.*|.*swift.code.*",),
    "name": (
        r".*(counterparty|beneficiary|payee|payer|zahlungspflichtig|beg[uü]e?nstigt|empf[äa]nger).*",
        r".*(auftraggeber|tegenpartij|naam|contrepartie|beneficiario|kontrahent|zahlungsbeteiligter).*",
        r"nom( .*)?|name.*|merchant",
    ),
    "end_to_end_id": (r"end.?to.?end.*|kundenreferenz.*",),
    "mandate_id": (r"mandat.*|machtiging.*|umr",),
    "reference": (
        r"(bank|transaction|unique) ?(reference|id|ref\.?)|transaktions(id|referenz)|fitid|volgnr",
        r"reference number",
    ),
    "information": (r"booking text|buchungstext|transaction type|type|code|mutatiesoort|vorgang",),
    "text": (
        r"text|description.*|details|verwendungszweck|omschrijving.*|mededeling(en)?|libell[ée]",
        r"concepto|descrizione|tytu[łl]|opis.*|memo|narrative|remittance.*|reference|particulars",
        r"meddelande|purpose|communication|notes?",
    ),
}
_ASSIGN_FIRST = ("counterparty_account", "indicator", "value_date", "bic", "end_to_end_id", "mandate_id", "reference")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_DAYS, _AMOUNTS = ("booking_date", "value_date"), ("amount", "debit", "credit", "balance")


@dataclass(frozen=True)
class Proposal:
    """A guessed profile, what a person must decide (doubts, in words), and the table's first rows to look at."""

    profile: CsvProfile
    doubts: tuple[str, ...]
    preview: tuple[tuple[str, ...], ...]


def propose_profile(data: bytes | BinaryIO, name: str = "") -> Proposal:
    """Guess how to read a bank's table.

    :param data: the file's bytes (CSV or XLSX)
    :param name: a name for the profile
    :returns: the guess; it reads the file once its doubts are settled
    :raises StatementError: if the file is no table, or has no column of days or of amounts
    """
    stream = as_stream(data)
    kind = detect(stream)
    if kind not in (TABLE, WORKBOOK):
        raise StatementError("This file is no table: it is read without a profile. Import it as it is.")
    delimiter = delimiter_of(stream, kind)
    sample = list(islice(rows(stream, kind, delimiter), _SAMPLE))
    header_at, columns = _find_header(sample)
    width = max((len(row) for row in sample), default=0)
    body = [row for row in sample[header_at + 1 :] if len(row) > width // 2]
    if header_at < 0:
        columns = _columns_by_content(body, width)
    doubts: list[str] = []
    date_format = _date_format(_cells(body, columns, _DAYS), doubts)
    mark = _decimal_mark(_cells(body, columns, _AMOUNTS), doubts)
    columns = _confirmed(body, columns, date_format, mark)
    sign = _sign(columns)
    _check_marks(body, columns, sign, doubts)
    preamble = " ".join(str(cell) for row in sample[: max(header_at, 0)] for cell in row)
    profile = CsvProfile(
        name=name,
        columns=columns,
        header=tuple(str(cell) for cell in sample[header_at]) if header_at >= 0 else (),
        delimiter=delimiter,
        encoding="" if kind == WORKBOOK else encoding_of(stream),
        date_format=date_format,
        decimal_mark=mark,
        sign=sign,
        account_number=_own_account(preamble) if "account" not in columns else "",
    )
    doubts += _unsaid(profile)
    return Proposal(profile, tuple(doubts), tuple(tuple(map(str, row)) for row in sample[:20]))


def _unsaid(profile: CsvProfile) -> list[str]:
    said = []
    if "account" not in profile.columns and not profile.account_number:
        said.append("No column has the own account: set its number in the profile.")
    if "currency" not in profile.columns:
        said.append("No column has the currency: set it in the profile.")
    return said


def delimiter_of(stream: BinaryIO, kind: str) -> str:
    """The mark that cuts the most rows into the same number of columns."""
    if kind == WORKBOOK:
        return ";"
    best, best_score = ";", 0
    for mark in _DELIMITERS:
        try:
            widths = Counter(len(row) for row in islice(rows(stream, kind, mark), _SAMPLE) if len(row) > 1)
        except StatementError:
            continue
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        if count * min(width, 8) > best_score:
            best, best_score = mark, count * min(width, 8)
    return best


def _find_header(sample: list[list[Cell]]) -> tuple[int, dict[str, tuple[int, ...]]]:
    """The header's row number and the roles its words tell; -1 if there is none."""
    for number, row in enumerate(sample[:60]):
        cells = [clean(str(cell)).casefold() for cell in row]
        has_values = any(parse_amount(cell, m) is not None for cell in row for m in ",.")
        roles = {} if has_values else _roles(cells)
        if "booking_date" in roles and len(roles) > 1:
            return number, roles
    return -1, {}


def _roles(cells: list[str]) -> dict[str, tuple[int, ...]]:
    roles: dict[str, list[int]] = {}
    taken: set[int] = set()
    for role in (*_ASSIGN_FIRST, *(role for role in _WORDS if role not in _ASSIGN_FIRST)):
        pattern = re.compile("|".join(_WORDS[role]))
        for column, cell in enumerate(cells):
            is_free = column not in taken and (role == "text" or role not in roles)
            if cell and is_free and pattern.fullmatch(cell):
                roles.setdefault(role, []).append(column)
                taken.add(column)
    if "booking_date" not in roles and "value_date" in roles:
        roles["booking_date"] = roles.pop("value_date")
    return {role: tuple(columns) for role, columns in roles.items()}


def _columns_by_content(body: list[list[Cell]], width: int) -> dict[str, tuple[int, ...]]:
    """Without a header: the first column of days, the first of amounts with a decimal mark, the longest texts."""
    columns: dict[str, tuple[int, ...]] = {}
    lengths = []
    for column in range(width):
        cells = [row[column] for row in body if column < len(row) and row[column] != ""]
        if cells and any(all(parse_day(cell, form) for cell in cells) for form in DAY_FORMATS):
            columns.setdefault("booking_date", (column,))
        elif cells and any(all(parse_amount(cell, mark) is not None for cell in cells) for mark in ",."):
            if any(re.search(r"[.,]\d\d?$|^-", str(cell)) for cell in cells):
                columns.setdefault("amount", (column,))
        else:
            lengths.append((sum(len(str(cell)) for cell in cells), column))
    if lengths:
        columns["text"] = (max(lengths)[1],)
    return columns


def _cells(body: list[list[Cell]], columns: dict[str, tuple[int, ...]], roles: Iterable[str]) -> list[Cell]:
    wanted = [columns[role][0] for role in roles if role in columns]
    return [row[column] for row in body for column in wanted if column < len(row) and row[column] != ""]


def _date_format(cells: list[Cell], doubts: list[str]) -> str:
    scores = {form: sum(_is_plausible(cell, form) for cell in cells) for form in DAY_FORMATS}
    best = max(scores.values(), default=0)
    if not best:
        raise StatementError("The table has no column of days. Choose a download with one line per transaction.")
    fitting = [form for form in DAY_FORMATS if scores[form] == best]
    has_text_days = any(isinstance(cell, str) for cell in cells)
    if len(fitting) > 1 and has_text_days:
        said = ", ".join(fitting)
        doubts.append(f"The days can be read in more than one way ({said}): check which comes first, day or month.")
    return fitting[0]


def _is_plausible(cell: Cell, form: str) -> bool:
    day = parse_day(cell, form)
    return day is not None and 1980 <= day.year < 2100


def _decimal_mark(cells: list[Cell], doubts: list[str]) -> str:
    scores = {mark: sum(parse_amount(cell, mark) is not None for cell in cells) for mark in ".,"}
    if not max(scores.values()):
        raise StatementError("The table has no column of amounts. Choose a download with one line per transaction.")
    if scores["."] == scores[","] and any(isinstance(cell, str) and re.search("[.,]", cell) for cell in cells):
        doubts.append("The amounts can be read with a point or a comma as their decimal mark: check which it is.")
    return max(".,", key=lambda mark: scores[mark])


def _confirmed(body, columns: dict[str, tuple[int, ...]], date_format: str, mark: str) -> dict[str, tuple[int, ...]]:
    """The roles whose cells are what they should be: most days are days, most amounts amounts."""
    confirmed = {}
    for role, numbers in columns.items():
        cells = _cells(body, {role: numbers}, (role,))
        if role in _DAYS:
            good = sum(parse_day(cell, date_format) is not None for cell in cells)
        elif role in _AMOUNTS:
            good = sum(parse_amount(cell, mark) is not None for cell in cells)
        else:
            good = len(cells) or 1
        if good * 2 > len(cells) or (not cells and role in ("debit", "credit")):
            confirmed[role] = numbers
    own = confirmed.get("account")
    if own and len(set(_cells(body, {"account": own}, ("account",)))) > max(1, len(body) // 2):
        confirmed.setdefault("counterparty_account", confirmed.pop("account"))
    return confirmed


def _sign(columns: dict[str, tuple[int, ...]]) -> str:
    if "amount" in columns:
        return INDICATOR if "indicator" in columns else SIGNED
    if "debit" in columns and "credit" in columns:
        return DEBIT_CREDIT
    raise StatementError("The table has no column of amounts. Choose a download with one line per transaction.")


def _check_marks(body, columns: dict[str, tuple[int, ...]], sign: str, doubts: list[str]) -> None:
    known = {*DEBIT_MARKS, *CREDIT_MARKS}
    if sign == INDICATOR:
        marks = {clean(str(cell)) for cell in _cells(body, columns, ("indicator",))}
        unknown = sorted(mark for mark in marks if mark.casefold() not in known)
        if unknown:
            said = ", ".join(unknown[:5])
            doubts.append(f"It is not known which of these mean money in and which money out: {said}.")


def _own_account(preamble: str) -> str:
    found = _IBAN.search(preamble.upper())
    return found[0].replace(" ", "") if found else ""
