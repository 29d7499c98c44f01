"""The facts that pricing works on and the answers it gives: rules and lines in, explained prices out.

They are apart from the engine because models, imports, checks and tests speak in these terms without
pricing anything. Identifiers are any hashable values (record ids); those of rules must be of one sortable
type.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ..money import Precision, round_half_up
from ..periods import Period, Recurrence
from .tiers import ONE, Problem, Tier

SCOPES = ("variant", "product", "category", "all")
COMPUTATIONS = ("fixed", "discount", "cost_plus")
MODES = ("volume", "graduated")
BASES = ("line", "order", "cumulative")
LIST_PRICE = "list_price"

_SHOWN_DIGITS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRule:
    """One line of a contract: a scope, a computation, tiers and a validity.

    :param id: sortable; the last resort when nothing else decides between two rules
    :param scope: ``variant``, ``product``, ``category`` (with all below it) or ``all``
    :param scope_id: the record of the scope; ``None`` for ``all``
    :param computation: ``fixed`` (tier values are prices per unit of the rule), ``discount`` (% off the
        base, negative for a surcharge) or ``cost_plus`` (% on top of the cost)
    :param base: what a discount is taken off: ``LIST_PRICE``, or a key of the lines' ``other_prices``
    :param mode: ``volume`` (all units at the reached tier) or ``graduated`` (each slice at its own)
    :param basis: quantity that the tiers look at: the ``line``; the ``order``'s lines in the rule's scope; or
        ``cumulative``, what all buyers took in the period
    :param period: which periods a cumulative basis counts in; ``None`` for the life of the contract
    :param valid_from: first day of validity, inclusive; ``None`` for always
    :param valid_to: last day of validity, inclusive; ``None`` for always
    :param sequence: lower wins between rules of one scope that reach equal floors
    :param uom_factor: how many reference units one unit of the rule holds (dozen: 12)
    :param reference_unit: which reference unit that is; a line measured in another one is not covered
    :param unit_step: smallest countable quantity in units of the rule: 1 for pieces, 0 for measured goods
    :param currency: of fixed prices; ``None`` for the line's own
    :param fixed_rates: rates agreed in the contract: line currency → how much of it one unit of
        ``currency`` is
    :param contract: the contract that the rule belongs to
    :param version: the contract's version, for the explanation
    """

    id: Hashable
    scope: str
    computation: str
    tiers: tuple[Tier, ...]
    scope_id: Hashable = None
    base: Hashable = LIST_PRICE
    mode: str = "volume"
    basis: str = "line"
    period: Recurrence | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    sequence: int = 10
    uom_factor: Decimal = ONE
    reference_unit: Hashable = None
    unit_step: Decimal = ONE
    currency: Hashable = None
    fixed_rates: Mapping[Hashable, Decimal] = field(default_factory=dict)
    contract: Hashable = None
    version: Hashable = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineToPrice:
    """One order line (or cart line, or line of a price list) that wants a price.

    :param key: identifies the line in the answer
    :param categories: the product's category and its parents, from leaf to root
    :param quantity: in the line's unit of measure; negative for a return
    :param date: the day whose rules and rates count: the order's date, not the invoice's
    :param contracts: contracts that may price the line, the preferred first
    :param order: lines with the same value form one order; ``None`` makes the line an order of its own
    :param uom_factor: how many reference units one unit of the line holds
    :param reference_unit: which reference unit that is
    :param list_price: price per base unit in ``base_currency``; ``None`` when unknown
    :param cost: cost per base unit in ``base_currency``; ``None`` when unknown
    :param other_prices: pricelist → its price per base unit in ``base_currency``
    :param base_currency: of the three above; ``None`` for the line's own
    :param base_uom_factor: how many reference units one base unit holds (the product's own unit of measure)
    :param currency: the order's currency
    :param precision: of the order's currency: decimals, or a rounding step
    """

    key: Hashable
    variant: Hashable
    product: Hashable
    quantity: Decimal
    date: date
    categories: tuple[Hashable, ...] = ()
    contracts: tuple[Hashable, ...] = (None,)
    order: Hashable = None
    uom_factor: Decimal = ONE
    reference_unit: Hashable = None
    list_price: Decimal | None = None
    cost: Decimal | None = None
    other_prices: Mapping[Hashable, Decimal] = field(default_factory=dict)
    base_currency: Hashable = None
    base_uom_factor: Decimal = ONE
    currency: Hashable = None
    precision: Precision = 2


@dataclass(frozen=True, slots=True)
class PricedSlice:
    """Units of a line that share a unit price; an invoice line of its own.

    :param quantity: in the line's unit of measure; the slices of a line sum to its quantity
    :param unit_price: per unit of the line, in its currency
    :param exact: the amount before rounding
    :param amount: the amount rounded half up to the currency
    :param floor: floor of the tier in units of the rule; ``None`` when no tier covers these units (list
        price)
    :param value: the tier's price, discount % or markup %; ``None`` likewise
    """

    quantity: Decimal
    unit_price: Decimal
    exact: Decimal
    amount: Decimal
    floor: Decimal | None = None
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a line has its price: a stable code, and what a sentence or a panel needs to say it.

    Codes: ``rule_volume``, ``rule_graduated`` (the rule priced it), ``no_rule`` (none covers the line: list
    price, or nothing where that is unknown), ``unpriced`` (the rule that counts cannot give a price; see
    ``problem``). ``rejected`` names each other rule whose scope has the product, with the reason code:
    ``not_valid_on_date``, ``other_unit``, ``below_first_floor``, ``in_gap``, ``narrower_scope``,
    ``higher_floor``, ``lower_sequence``, ``later_start``, ``lower_id``, ``earlier_contract``: where two
    were fit, what the winner had over it. ``list_price`` is what a unit of the line would have cost without the
    contract, in the line's currency; ``None`` where that is not known.
    """

    code: str
    rule: PriceRule | None
    basis_quantity: Decimal | None
    running_start: Decimal | None
    period: Period | None
    slices: tuple[PricedSlice, ...]
    rejected: tuple[tuple[Hashable, str], ...]
    problem: Problem | None = None
    rate: Decimal | None = None
    list_price: Decimal | None = None

    def as_dict(self) -> dict:
        """Return ``{"code", "parameters"}`` of plain JSON values: decimals and days become text."""
        rule = self.rule
        parameters: dict = {
            "tiers": [
                {
                    "floor": cut.floor,
                    "value": cut.value,
                    "quantity": cut.quantity,
                    "unit_price": cut.unit_price,
                    "amount": cut.amount,
                }
                for cut in self.slices
            ],
            "rejected": [{"rule": rejected, "because": code} for rejected, code in self.rejected],
        }
        if rule is not None:
            parameters |= {
                "contract": rule.contract,
                "version": rule.version,
                "rule": rule.id,
                "scope": rule.scope,
                "scope_id": rule.scope_id,
                "computation": rule.computation,
                "base": rule.base,
                "mode": rule.mode,
                "basis": rule.basis,
                "basis_quantity": self.basis_quantity,
                "running_start": self.running_start,
                "period_start": self.period and self.period.start,
                "period_last_day": self.period and self.period.last_day,
                "valid_from": rule.valid_from,
                "valid_to": rule.valid_to,
                "rate": self.rate,
                "list_price": self.list_price,
            }
        if self.problem is not None:
            parameters["problem"] = {"code": self.problem.code, "parameters": dict(self.problem.parameters)}
        return {"code": self.code, "parameters": _plain(parameters)}


@dataclass(frozen=True, slots=True)
class PricedLine:
    """The answer for one line.

    :param rule: id of the rule that priced it, or that failed to (see ``problem``); ``None`` when none
        covers it
    :param slices: one per unit price, in the order of the tiers; their amounts sum to ``total``
    :param total: what the line costs, in its currency; ``None`` when it could not be priced
    :param problem: why it could not be priced: ``no_rate``, ``no_base_price`` or ``invalid_rule``
    """

    key: Hashable
    rule: Hashable
    slices: tuple[PricedSlice, ...]
    total: Decimal | None
    explanation: Explanation
    problem: Problem | None = None


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return format(round_half_up(value, _SHOWN_DIGITS).normalize(), "f")
    return value.isoformat() if isinstance(value, date) else value
