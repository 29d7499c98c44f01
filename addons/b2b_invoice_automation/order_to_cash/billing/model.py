"""The facts that the billing plan works on and the answers it gives.

Apart from the plan, because models gather the one and write the other without deciding anything themselves.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .grouping import GROUPINGS, BillingHeader
from .schedule import Schedule

TRIGGERS = ("ordered", "shipped", "completed", "schedule")
QUANTITIES = ("ordered", "delivered")
LATE_CHANGES = ("credit_note", "next_invoice")
NEEDS_PERSON = frozenset({"po_missing", "on_hold", "set_aside"})
"""Codes of waiting that time alone does not mend: flag them."""

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingPolicy:
    """When orders become invoices, and how they are put together.

    :param trigger: ``ordered``, ``shipped`` (delivered quantities), ``completed`` (the shop says so) or ``schedule``
    :param schedule: closing days, for ``schedule``
    :param quantity: what a closing day bills: ``ordered`` or ``delivered`` quantities
    :param po_required: an order without the customer's order number waits
    :param minimum_amounts: currency → net amount below which an invoice waits for more; none where a currency is
        missing
    :param grouping: ``order``, ``po_number``, ``ship_to`` or ``all``
    :param late_change: what becomes of less owed than was billed: a ``credit_note`` at once and of its own, or off the
        ``next_invoice`` that bears it, the minimum included, and has the same header, whatever the grouping
    :param credit_after: days after which it becomes a credit note when no such invoice came
    :raises ValueError: when a value is unknown, or trigger and schedule do not fit
    """

    trigger: str = "ordered"
    schedule: Schedule | None = None
    quantity: str = "delivered"
    po_required: bool = False
    minimum_amounts: Mapping[Hashable, Decimal] = field(default_factory=dict)
    grouping: str = "order"
    late_change: str = "credit_note"
    credit_after: int = 30

    def __post_init__(self):
        for name, value, allowed in (
            ("trigger", self.trigger, TRIGGERS),
            ("quantity", self.quantity, QUANTITIES),
            ("grouping", self.grouping, GROUPINGS),
            ("late change", self.late_change, LATE_CHANGES),
        ):
            if value not in allowed:
                raise ValueError(f"{value!r} is no {name} of a billing policy; use one of {', '.join(allowed)}")
        if (self.trigger == "schedule") != (self.schedule is not None):
            raise ValueError(
                f"a billing policy with trigger {self.trigger!r} cannot have schedule {self.schedule!r}; "
                "give a schedule with the trigger 'schedule', and only there"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFacts:
    """What is known of one order line; quantities in its own unit of measure, negative on a return.

    :param ordered: as the order stands now
    :param delivered: so far, returned goods deducted
    :param billed: on invoices less credit notes
    :param returned: size of what came back after delivery (goods sent again, on a return)
    :param credited: size of what credit notes took back so far, so that a return is credited once
    :param most_billed: size of what was billed when most of it was; tells what was credited because less is ordered
    :param draft: whether an invoice that bills it is still a draft: nothing of it is credited until that is posted
    :param deliverable: ``False`` for what no shipment ever moves (shipping cost, discounts, services billed as
        ordered)
    :param net_unit: net amount of one unit, to compare an invoice with the minimum
    :param moved: sum of the sizes of all quantities that billing keys of this line claimed before; ``None`` works
        it out as the size of ``billed`` + 2 × ``credited``, right while all those documents stand
    :param deliveries: day and quantity of each delivery (negative: came back), at least the ones after the last closing
        day
    """

    key: Hashable
    ordered: Decimal
    delivered: Decimal = ZERO
    billed: Decimal = ZERO
    returned: Decimal = ZERO
    credited: Decimal = ZERO
    most_billed: Decimal = ZERO
    draft: bool = False
    deliverable: bool = True
    net_unit: Decimal = ZERO
    moved: Decimal | None = None
    deliveries: tuple[tuple[date, Decimal], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """What is known of one order.

    :param key: sortable
    :param date: of the order
    :param header: what its invoice would say
    :param policy: key of its contract's billing policy; ``None`` for the company's default
    :param confirmed: whether it is a sale (not a quotation)
    :param cancelled: in Odoo or in the shop
    :param completed: the shop says that the order is complete
    :param shop_state: the shop's own word for its state, to name it
    :param hold: why it is on hold, in words; empty when it is not
    :param set_aside: why it was set aside, in words; empty when it was not
    :param reduced_since: first day on which a reduction of it waited for the next invoice; ``None`` when none does
    """

    key: Hashable
    date: date
    header: BillingHeader
    lines: tuple[LineFacts, ...]
    policy: Hashable = None
    confirmed: bool = True
    cancelled: bool = False
    completed: bool = False
    shop_state: str = ""
    hold: str = ""
    set_aside: str = ""
    reduced_since: date | None = None


@dataclass(frozen=True, slots=True)
class DueLine:
    """A quantity of an order line that is to be billed now, negative to be credited, and its billing key."""

    order: Hashable
    line: Hashable
    quantity: Decimal
    billing_key: str
    net: Decimal


@dataclass(frozen=True, slots=True)
class InvoiceGroup:
    """The lines of one invoice, or of one credit note where ``net`` is negative.

    :param key: what the lines share, and at last whether they are reductions alone
    :param header: of the first order
    :param orders: keys of the orders, in the order of their lines
    :param net: estimated from the lines' net amounts
    """

    key: tuple
    policy: Hashable
    header: BillingHeader
    orders: tuple[Hashable, ...]
    lines: tuple[DueLine, ...]
    net: Decimal

    @property
    def together(self) -> tuple:
        """What groups share that are made in one go, for they may bill one order."""
        return self.key[:-1]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why something is not billed now.

    Codes, with their parameters: ``cancelled``, ``not_confirmed``, ``future_order`` (date), ``set_aside`` (reason),
    ``on_hold`` (reason), ``po_missing``, ``nothing_to_bill``, ``waiting_for_completion`` (shop_state) for an order;
    ``waiting_for_shipment`` and ``waiting_for_return`` (ordered, delivered), ``not_closing_day`` (next),
    ``below_minimum`` (net, minimum, currency), ``credit_later`` (net, until) and ``draft_invoice`` for a line's
    quantity.

    :param line: ``None`` when the whole order waits
    :param quantity: of the line that waits; ``None`` with the whole order
    """

    order: Hashable
    line: Hashable
    quantity: Decimal | None
    code: str
    parameters: Mapping[str, object] = field(default_factory=dict)

    @property
    def needs_person(self) -> bool:
        """Whether time alone does not mend it."""
        return self.code in NEEDS_PERSON


@dataclass(frozen=True, slots=True)
class BillingPlan:
    """What to invoice now, and why the rest waits."""

    groups: tuple[InvoiceGroup, ...]
    waiting: tuple[Waiting, ...]
