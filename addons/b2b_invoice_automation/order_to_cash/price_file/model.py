"""What a price list file says: rules with their rows, and what is wrong with rows, for the screens that show both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from ..pricing.tiers import Tier


class PriceFileError(Exception):
    """A file that cannot be read at all; ``code`` is stable, ``parameters`` are for its sentence."""

    def __init__(self, code: str, **parameters):
        super().__init__(code, parameters)
        self.code = code
        self.parameters = parameters


class RowProblem(NamedTuple):
    """What is wrong with a row.

    :param row: its number in the file, from 1
    :param code: stable
    :param parameters: for the sentence: ``column``, ``value``, ``other`` (another row's number) and the like
    :param blocking: False for what a person should look at, but can be taken over
    """

    row: int
    code: str
    parameters: Mapping[str, object]
    blocking: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractKey:
    """Which contract a row is about; all empty where the file is for one contract that is there."""

    title: str = ""
    customer: str = ""
    currency: str = ""
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRule:
    """A price rule as the file says it, with names where the contract has records.

    :param item: SKU of a variant or product (else its name), path of a category; empty for all products
    :param base: name of the pricelist that a discount is taken off; empty for the sales price
    :param whole_units: ``None`` where the file does not say
    :param sequence: likewise
    :param tiers: in the order of the file
    :param rows: the row of each tier
    """

    contract: ContractKey = ContractKey()
    scope: str = "variant"
    item: str = ""
    computation: str = "fixed"
    base: str = ""
    mode: str = "volume"
    basis: str = "line"
    period: str = "year"
    unit: str = ""
    whole_units: bool | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    sequence: int | None = None
    description: str = ""
    tiers: tuple[Tier, ...] = ()
    rows: tuple[int, ...] = field(default=(), compare=False)

    def key(self) -> tuple:
        """Return what rows of one rule have in common."""
        return (
            self.contract, self.scope, self.item, self.computation, self.base, self.mode, self.basis, self.period,
            self.unit, self.whole_units, self.valid_from, self.valid_until, self.sequence, self.description,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PriceFile:
    """A file as it was read.

    :param header: the headings as they are written
    :param cells: row number → its cells, for the file of what was set aside
    :param rules: rules of rows that could be read, whether or not something else is wrong with them
    :param problems: what is wrong, in the order of the rows
    :param ignored: headings of columns that are not understood
    """

    header: tuple[str, ...]
    cells: Mapping[int, list]
    rules: tuple[FileRule, ...]
    problems: tuple[RowProblem, ...]
    ignored: tuple[str, ...] = ()
