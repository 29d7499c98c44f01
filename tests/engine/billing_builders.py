"""Short builders for tests of the billing plan: a test reads as the orders, their lines and the policy."""

from datetime import date
from decimal import Decimal as D

from order_to_cash.billing.grouping import BillingHeader
from order_to_cash.billing.model import BillingPolicy, LineFacts, OrderFacts
from order_to_cash.billing.plan import plan_billing

ON = date(2026, 3, 10)
ORDERED = BillingPolicy()
SHIPPED = BillingPolicy(trigger="shipped")


def line(ordered=10, key=None, **values):
    decimals = {
        name: D(value) if isinstance(value, (int, str)) and name not in ("deliverable",) else value
        for name, value in values.items()
        if not isinstance(value, bool)
    }
    flags = {name: value for name, value in values.items() if isinstance(value, bool)}
    return LineFacts(key=key or 1, ordered=D(ordered), **{"net_unit": D("10.00"), **decimals}, **flags)


def order(*lines, key=1, date=ON, po_number=None, ship_to=1, currency="EUR", **values):
    header = BillingHeader(
        company=1,
        commercial_entity=1,
        invoice_address=1,
        currency=currency,
        ship_to=ship_to,
        po_number=po_number,
        order=key,
    )
    return OrderFacts(key=key, date=date, header=header, lines=lines or (line(key=key * 10),), **values)


def plan(orders, policy=ORDERED, on=ON, **options):
    return plan_billing(orders if isinstance(orders, list) else [orders], {}, policy, on, **options)


def due(made):
    return [(billed.line, str(billed.quantity)) for group in made.groups for billed in group.lines]


def waits(made):
    return [(wait.line, wait.quantity and str(wait.quantity), wait.code) for wait in made.waiting]
