"""Reads a price list: rows of cells into rules, with everything that is wrong, row by row.

Nothing is known here of products or customers, only of what the table says. Rows that agree in all but quantity and
price are tiers of one rule; a file may also have its tiers side by side, in columns headed by their quantity.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from ..pricing.model import PriceRule
from ..pricing.rule_checks import check_rule
from ..pricing.tiers import ONE, Tier
from ..statements.table import Cell
from .cells import CellError, day_of, decimal_mark, number_of, text_of, whole_of, yes_or_no
from .columns import BASES, HEADINGS, MODES, SCOPES, Header, read_header, word
from .model import ContractKey, FileRule, PriceFile, PriceFileError, RowProblem

MAX_ROWS = 50_000
_LOOK_FOR_HEADER = 30
_MAX_TEXT = 200
_AMOUNTS = ("price", "discount", "markup")
_COMPUTATIONS = {"price": "fixed", "discount": "discount", "markup": "cost_plus"}
_NUMBERS = ("price", "discount", "markup", "floor", "ceiling")


def read(rows: Iterable[list[Cell]], mark: str | None = None) -> PriceFile:
    """Read a price list.

    :param rows: the table's rows, its header among the first
    :param mark: the decimal mark of numbers that are text; ``None`` to find it out from the file
    :raises PriceFileError: ``no_header``, ``ambiguous_heading``, ``no_rows`` or ``too_many_rows``
    """
    numbered = enumerate(rows, start=1)
    header, names = _find_header(numbered)
    cells = {}
    for number, row in numbered:
        if any(text_of(cell) for cell in row):
            cells[number] = row
        if len(cells) > MAX_ROWS:
            raise PriceFileError("too_many_rows", limit=MAX_ROWS)
    if not cells:
        raise PriceFileError("no_rows")
    mark = mark or decimal_mark(_number_cells(header, cells.values()))
    parts: list[FileRule] = []
    problems: list[RowProblem] = []
    unreadable: dict[tuple, int] = {}
    for number, row in cells.items():
        reader = _RowReader(number, row, header, mark)
        rule = reader.rule()
        if reader.problems:
            unreadable.setdefault(_subject(rule), number)
        else:
            parts.append(rule)
        problems += reader.problems
    rules = _join(parts, problems)
    problems += _torn(rules, unreadable)
    problems += _overlaps(rules)
    return PriceFile(names, cells, tuple(rules), tuple(sorted(problems, key=lambda one: one.row)), header.ignored)


def check(rule: FileRule, step: Decimal = ONE) -> Iterator[RowProblem]:
    """Yield what is wrong with a rule's tiers and validity, each at its row.

    :param step: smallest countable quantity, 1 for pieces, 0 for measured goods
    """
    engine_rule = PriceRule(
        id=0,
        scope=rule.scope,
        scope_id=rule.item or None,
        computation=rule.computation,
        tiers=rule.tiers,
        mode=rule.mode,
        basis=rule.basis,
        valid_from=rule.valid_from,
        valid_to=rule.valid_until,
        unit_step=step,
    )
    for problem in check_rule(engine_rule):
        if problem.blocking or problem.code in ("gap_between_tiers", "unordered_tiers"):
            yield RowProblem(_row_of(rule, problem.parameters), problem.code, problem.parameters)


def _row_of(rule: FileRule, parameters: Mapping) -> int:
    """The last row whose tier begins at the floor that a problem names; else the rule's first."""
    floors = [row for row, tier in zip(rule.rows, rule.tiers, strict=True) if tier.floor == parameters.get("floor")]
    return floors[-1] if floors else rule.rows[0]


def _find_header(numbered: Iterator[tuple[int, list[Cell]]]) -> tuple[Header, tuple[str, ...]]:
    for number, row in numbered:
        try:
            header = read_header(row)
        except CellError:
            raise PriceFileError("ambiguous_heading", row=number)
        if header:
            return header, tuple(text_of(cell) for cell in row)
        if number >= _LOOK_FOR_HEADER:
            break
    raise PriceFileError("no_header", columns=f"{HEADINGS['sku'][0]}, {HEADINGS['price'][0]}")


def _number_cells(header: Header, rows: Iterable[list[Cell]]) -> Iterator[Cell]:
    columns = [header.columns[role] for role in _NUMBERS if role in header.columns]
    columns += [column for column, _floor, _kind in header.tiers]
    for row in rows:
        for column in columns:
            if column < len(row) and isinstance(row[column], str):
                yield text_of(row[column]).removesuffix("%").strip()


class _RowReader:
    """One row on its way to be a rule, or several: what it says, and what is wrong with it."""

    def __init__(self, number: int, row: list[Cell], header: Header, mark: str | None):
        self._number, self._row, self._header, self._mark = number, row, header, mark
        self.problems: list[RowProblem] = []

    def rule(self) -> FileRule:
        """Return the row's part of a rule, as far as it can be read."""
        amounts = list(self._amounts())
        if not amounts and not self.problems:
            self._problem("no_price")
        kinds = {kind for kind, _tier in amounts}
        if len(kinds) > 1:
            self._problem("two_prices")
        scope, item = self._scope()
        basis, period = self._word("basis", BASES) or ("line", "year")
        return FileRule(
            contract=ContractKey(
                title=self._text("contract"),
                customer=self._text("customer"),
                currency=self._text("currency").upper(),
                first_day=self._day("contract_from"),
                last_day=self._day("contract_until"),
            ),
            scope=scope,
            item=item,
            computation=_COMPUTATIONS[min(kinds, key=_AMOUNTS.index)] if kinds else "fixed",
            base=self._text("base"),
            mode=self._word("mode", MODES) or "volume",
            basis=basis,
            period=period,
            unit=self._text("unit"),
            whole_units=self._convert("whole_units", yes_or_no),
            valid_from=self._day("valid_from"),
            valid_until=self._day("valid_until"),
            sequence=self._convert("sequence", lambda cell: whole_of(cell) if text_of(cell) else None),
            description=self._text("description"),
            tiers=tuple(tier for _kind, tier in amounts),
            rows=(self._number,) * len(amounts),
        )

    def _amounts(self) -> Iterator[tuple[str, Tier]]:
        floor, ceiling = self._amount("floor"), self._amount("ceiling")
        for kind in _AMOUNTS:
            value = self._amount(kind)
            if value is not None:
                yield kind, Tier(ONE if floor is None else floor, value, ceiling or None)
        for column, tier_floor, kind in self._header.tiers:
            cell = self._row[column] if column < len(self._row) else ""
            value = self._number_in(cell, self._heading(tier_floor))
            if value is not None:
                yield kind, Tier(tier_floor, value)

    def _scope(self) -> tuple[str, str]:
        sku, category = self._text("sku") or self._text("product"), self._text("category")
        scope = self._word("applies_to", SCOPES)
        if scope is None:
            scope = "variant" if self._text("sku") else "category" if category else "variant" if sku else None
        if scope is None:
            if not any(problem.code == "unknown_word" for problem in self.problems):
                self._problem("applies_to_nothing")
            return "all", ""
        item = {"category": category, "all": ""}.get(scope, sku)
        if scope != "all" and not item:
            self._problem("applies_to_nothing")
        return scope, item

    def _amount(self, role: str) -> Decimal | None:
        return self._number_in(self._cell(role), HEADINGS[role][0])

    def _number_in(self, cell: Cell, column: str) -> Decimal | None:
        if not text_of(cell):
            return None
        try:
            return number_of(cell, self._mark)
        except CellError as error:
            self._problem(error.code, column=column, value=text_of(cell)[:40])
            return None

    def _text(self, role: str) -> str:
        text = text_of(self._cell(role))
        if len(text) > _MAX_TEXT:
            self._problem("text_too_long", column=HEADINGS[role][0], limit=_MAX_TEXT)
        return text

    def _day(self, role: str) -> date | None:
        return self._convert(role, day_of)

    def _word(self, role: str, words: dict):
        return self._convert(role, lambda cell: word(cell, words), allowed=[names[0] for names in words.values()])

    def _convert(self, role: str, convert, **parameters):
        cell = self._cell(role)
        try:
            return convert(cell)
        except CellError as error:
            self._problem(error.code, column=HEADINGS[role][0], value=text_of(cell)[:40], **parameters)
            return None

    def _cell(self, role: str) -> Cell:
        column = self._header.columns.get(role)
        return self._row[column] if column is not None and column < len(self._row) else ""

    def _heading(self, floor: Decimal) -> str:
        return f"{floor:f}"

    def _problem(self, code: str, **parameters) -> None:
        self.problems.append(RowProblem(self._number, code, parameters))


def _join(parts: list[FileRule], problems: list[RowProblem]) -> list[FileRule]:
    """Make one rule of the rows that agree in all but quantity and price, in the order of their first rows."""
    alike: dict[tuple, list[FileRule]] = defaultdict(list)
    for part in parts:
        alike[part.key()].append(part)
    rules = []
    for members in alike.values():
        first_rows: dict[Decimal, int] = {}
        for part in members:
            for row, tier in zip(part.rows, part.tiers, strict=True):
                if tier.floor in first_rows:
                    parameters = {"other": first_rows[tier.floor], "floor": tier.floor}
                    problems.append(RowProblem(row, "duplicate_row", parameters))
                first_rows.setdefault(tier.floor, row)
        rules.append(
            replace(
                members[0],
                tiers=tuple(tier for part in members for tier in part.tiers),
                rows=tuple(row for part in members for row in part.rows),
            )
        )
    return rules


def _subject(rule: FileRule) -> tuple:
    """What a row is about, whatever else of it can be read."""
    return rule.contract, rule.scope, rule.item


def _torn(rules: list[FileRule], unreadable: Mapping[tuple, int]) -> Iterator[RowProblem]:
    """Yield the rows about the same as one that cannot be read: alone they would make half a tier table."""
    for rule in rules:
        other = unreadable.get(_subject(rule))
        if other:
            yield from (RowProblem(row, "part_of_wrong_rule", {"other": other}) for row in dict.fromkeys(rule.rows))


def _overlaps(rules: list[FileRule]) -> Iterator[RowProblem]:
    """Yield, not blocking, rules that are about the same at the same time: pricing decides, a person should know."""
    alike: dict[tuple, list[FileRule]] = defaultdict(list)
    for rule in rules:
        alike[rule.contract, rule.scope, rule.item, rule.sequence].append(rule)
    for rivals in alike.values():
        for earlier, later in pairwise(sorted(rivals, key=lambda rule: rule.valid_from or date.min)):
            if (later.valid_from or date.min) <= (earlier.valid_until or date.max):
                yield RowProblem(later.rows[0], "overlapping_rules", {"other": earlier.rows[0]}, blocking=False)
