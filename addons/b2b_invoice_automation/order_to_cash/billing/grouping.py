"""What belongs on one invoice, and the keys under which a thing is billed once and never again.

Both are identities that must stay the same whatever is retried, so they live together and apart from the decision of
what is due. A key is text under a unique index: two runs that bill the same thing write the same key, and one fails.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

Item = TypeVar("Item")

GROUPINGS = ("order", "po_number", "ship_to", "all")
KEY_KINDS = ("order_line", "charge", "rebate")


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingHeader:
    """What an invoice's header takes from an order or a charge; any hashable values (record ids, codes)."""

    company: Hashable
    commercial_entity: Hashable
    invoice_address: Hashable
    currency: Hashable
    payment_term: Hashable = None
    fiscal_position: Hashable = None
    ship_to: Hashable = None
    po_number: str | None = None
    order: Hashable = None

    @property
    def po(self) -> str:
        """The customer's order number without spaces around it; empty when there is none."""
        return (self.po_number or "").strip()


def group_key(header: BillingHeader, grouping: str) -> tuple:
    """Return what two items must share to be on one invoice.

    :param grouping: ``order``, ``po_number`` (an order without one stands alone), ``ship_to`` or ``all``; none of
        them ever crosses company, commercial entity, invoice address, currency, payment term or fiscal position
    :raises ValueError: for another grouping
    """
    never_mixed = (
        header.company,
        header.commercial_entity,
        header.invoice_address,
        header.currency,
        header.payment_term,
        header.fiscal_position,
    )
    if grouping == "all":
        return never_mixed
    if grouping == "ship_to":
        return (*never_mixed, "ship_to", header.ship_to)
    if grouping == "po_number" and header.po:
        return (*never_mixed, "po_number", header.po)
    if grouping in ("order", "po_number"):
        return (*never_mixed, "order", header.order)
    raise ValueError(f"{grouping!r} is no way to group invoices; use one of {', '.join(GROUPINGS)}")


def group_items(items: Iterable[Item], key: Callable[[Item], Hashable]) -> dict[Hashable, list[Item]]:
    """Gather items by key; groups in the order of their first item, items in the order given."""
    groups: dict[Hashable, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def billing_key(kind: str, source: Hashable, start: Decimal | date, part: int = 0) -> str:
    """Return the key under which one thing is billed exactly once, such as ``order_line:42:7.5``.

    :param kind: ``order_line``, ``charge`` or ``rebate``
    :param source: id of the order line, charge or rebate
    :param start: where the billed interval begins. For an order line, the quantity that earlier keys of it moved,
        each by its size (a credited 3 counts as 3 more): it only ever grows, so two runs that start from the same
        state claim the same key however much each would bill, and what was credited can be billed again. For a
        charge or rebate, the first day of its whole period.
    :param part: for a rebate, how many settlements its period had before
    :raises ValueError: when kind and start do not fit
    """
    is_day = isinstance(start, date)
    if kind not in KEY_KINDS or is_day != (kind != "order_line"):
        raise ValueError(
            f"no billing key of kind {kind!r} starts at {start!r}; "
            "order lines start at a quantity, charges and rebates on a day"
        )
    begin = start.isoformat() if is_day else format(start.normalize(), "f") if start else "0"
    return f"{kind}:{source}:{begin}" + (f":{part}" if kind == "rebate" else "")
