"""The orders that every world has: one for each thing an importer can stumble over.

Kept apart from :mod:`.world`, which adds the ordinary business around them. Each scenario is a basket, a life (what
happens to the order on which day) and the world's own note about it. Three orders are spoilt on purpose, so that a
correct importer refuses them and says why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from .agreements import AGREEMENT_OF
from .basket import COUPONS, Basket, Line
from .companies import BY_KEY, GUESTS

WHOLE = ((1, "invoice", {}), (2, "ship", {}))


@dataclass(frozen=True, slots=True)
class Scenario:
    """One order to be: ``life`` is ((days after placing, step, arguments), …); ``spoil`` breaks the placed order."""

    basket: Basket
    life: tuple = ()
    traits: tuple[str, ...] = ()
    refuse: str = ""
    deviates: Decimal | None = None
    spoil: Callable | None = None


def line(sku, quantity, **details):
    """Return a cart line; ``quantity`` may be a number or its text."""
    return Line(sku, Decimal(str(quantity)), **details)


def agreed(company_key, sku, quantity):
    """Return the line of a product with graduated prices: a line discount makes the total exact."""
    plain = line(sku, quantity)
    rule = AGREEMENT_OF[company_key].rule_for(plain.product)
    return replace(plain, agreed_net=rule.net(plain.product.price, plain.quantity))


class Writer:
    """Makes baskets for one world: knows today and hands out purchase order numbers."""

    def __init__(self, today):
        self.today = datetime.combine(today, datetime.min.time())
        self._numbers = 4100

    def moment(self, days_ago, hour=9, minute=0, second=0):
        """Return a moment in naive UTC."""
        return self.today - timedelta(days=days_ago) + timedelta(hours=hour, minutes=minute, seconds=second)

    def company(self, key, days_ago, *lines, buyer=0, coupon="", po_number=None, hour=9, minute=0, **details):
        """Return the basket of a company's buyer."""
        company = BY_KEY[key]
        self._numbers += 1
        payment = details.pop("payment", "purchaseorder")
        if po_number is None:
            po_number = f"{key[:2].upper()}-{self._numbers}" if payment == "purchaseorder" else ""
        return Basket(
            company.store_id,
            company.buyers[buyer],
            company.address,
            lines,
            self.moment(days_ago, hour, minute),
            company=company,
            group_id=company.group_id,
            coupon=COUPONS.get(coupon),
            payment=payment,
            po_number=po_number,
            **details,
        )

    def guest(self, number, days_ago, *lines, store_id=3, coupon="", payment="banktransfer", hour=17, **details):
        """Return the basket of a guest."""
        person, address = GUESTS[number]
        return Basket(
            store_id,
            person,
            address,
            lines,
            self.moment(days_ago, hour, 12),
            coupon=COUPONS.get(coupon),
            payment=payment,
            **details,
        )


def scenarios(today):
    """Return all scenarios of a world, the most telling first.

    :param today: date of the world; scenarios lie on the 100 days before it
    """
    writer = Writer(today)
    return [
        *_agreements(writer),
        *_spoilt(writer),
        *_recorded_kinds(writer),
        *_taxes_and_discounts(writer),
        *_states(writer),
        *_identities(writer),
        *_times(writer),
    ]


def _agreements(w):
    late = line("AR-KH12", 520, unit_price=Decimal("9.00"))
    less = line("PU-TP50", 8, unit_price=Decimal("116.775"))
    return [
        Scenario(w.company("hansen", 62, line("AR-KH12", 600)), WHOLE, ("volume",)),
        Scenario(w.company("brandt", 55, agreed("brandt", "AR-RV1", 600)), WHOLE, ("graduated",)),
        Scenario(w.company("lindner", 48, line("PU-100", 2), line("AR-MV24", 10)), WHOLE, ("discount_contract",)),
        Scenario(
            w.company("hansen", 9, line("SL-DR13", 30), line("SL-SP25", 12), buyer=1),
            ((1, "ship", {}),),
            ("category_discount",),
        ),
        Scenario(w.company("hansen", 13, late), WHOLE, ("deviation",), deviates=Decimal("4160.00")),
        Scenario(w.company("lindner", 11, less, buyer=1), WHOLE, ("deviation",), deviates=Decimal("913.44")),
        Scenario(w.company("brandt", 20, agreed("brandt", "AR-RV1", 99), line("BF-OR", 10)), WHOLE, ("graduated",)),
    ]


def _add_unknown_fee(order):
    for prefix in ("base_", ""):
        order.data[f"{prefix}grand_total"] += Decimal("4.90")
        order.data[f"{prefix}total_due"] += Decimal("4.90")


def _set_unknown_currency(order):
    order.data["order_currency_code"] = "XTS"


def _break_a_line(order):
    order.items[0].data["row_total_incl_tax"] += Decimal("10.00")
    order.items[0].data["base_row_total_incl_tax"] += Decimal("10.00")


def _spoilt(w):
    return [
        Scenario(
            w.company("oberland", 6, line("PU-TP50", 2)),
            traits=("spoilt",),
            refuse="the total holds 4.90 that no segment explains",
            spoil=_add_unknown_fee,
        ),
        Scenario(
            w.company("kessler", 5, line("AR-DM", 3)),
            traits=("spoilt",),
            refuse="the currency XTS is unknown",
            spoil=_set_unknown_currency,
        ),
        Scenario(
            w.company("auenthal", 4, line("PU-DOS5", 1), line("AR-SI", 2)),
            traits=("spoilt",),
            refuse="a line's gross is 10.00 above what the header allows",
            spoil=_break_a_line,
        ),
    ]


def _recorded_kinds(w):
    """The kinds of orders for which a running shop's answers are on record."""
    flex = line("SL-FLEX", 3, variant="SL-FLEX-19")
    five = {"share": {"PU-300": 5}}
    partial = ((1, "invoice", five), (2, "ship", five), (3, "ship", five))
    return [
        Scenario(w.company("oberland", 21, line("PU-300", 12), line("BF-U6", 1000)), partial, ("partial", "sub_cent")),
        Scenario(
            w.company(
                "kessler",
                18,
                line("PU-HAND", 3),
                line("FB-PUMP", 7),
                line("FB-TAB", 2),
                coupon="NORD10",
                payment="banktransfer",
            ),
            ((1, "invoice", {}),),
            ("coupon", "two_rates"),
        ),
        Scenario(w.company("kessler", 16, line("DL-STD", 2)), ((1, "edit", {}),), ("virtual", "was_edited")),
        Scenario(w.guest(0, 3, line("SL-DR19", 2), store_id=1, payment="checkmo"), traits=("guest",)),
        Scenario(
            w.company("oberland", 2, flex, line("SET-START", 2), line("DL-STD", 1), buyer=1),
            traits=("configurable", "bundle"),
        ),
        Scenario(
            w.guest(1, 7, line("PU-100", 3), line("FB-TAB", 2), store_id=2, guest_company=BY_KEY["kessler"]),
            traits=("guest", "usd", "two_rates"),
        ),
        Scenario(
            w.guest(
                1,
                8,
                line("SL-DR13", 7),
                line("FB-TAB", 3),
                coupon="NORD10",
                payment="checkmo",
                guest_company=BY_KEY["petersen"],
            ),
            traits=("guest", "tax_included", "coupon", "two_rates"),
        ),
        Scenario(w.company("hansen", 1, line("DL-INB", 1)), traits=("virtual",)),
        Scenario(
            w.company("kessler", 30, line("PU-HAND", 3), line("FB-TAB", 7), coupon="NORD10", payment="banktransfer"),
            ((1, "invoice", {}), (6, "refund", {"share": {"PU-HAND": 1}, "shipping": False, "positive": "2.50"})),
            ("coupon", "partial_refund"),
        ),
    ]


def _taxes_and_discounts(w):
    gift = line("BF-OR", 2, discount=Decimal("20.00"))
    return [
        Scenario(w.company("greatlakes", 40, line("PU-200", 4)), WHOLE, ("usd", "export")),
        Scenario(
            w.company("laurentide", 25, line("PU-100", 2), line("FB-NORM", 1)),
            ((1, "invoice", {}),),
            ("usd", "combined_rates"),
        ),
        Scenario(w.company("donau", 35, line("PU-DOS5", 2), line("FB-NORM", 1)), WHOLE, ("reverse_charge",)),
        Scenario(w.company("vandermeer", 17, line("AR-MV24", 6)), WHOLE, ("reverse_charge",)),
        Scenario(w.company("petersen", 44, line("PU-RAD", 10), coupon="FRACHT5"), WHOLE, ("shipping_discount",)),
        Scenario(
            w.guest(2, 15, line("PU-HAND", 2), coupon="FRACHT5"), WHOLE, ("guest", "tax_included", "shipping_discount")
        ),
        Scenario(
            w.company("ahrenfeld", 38, line("AR-DM", 4), line("FB-TAB", 2), coupon="DANKE25"),
            WHOLE,
            ("fixed_coupon", "two_rates"),
        ),
        Scenario(w.company("auenthal", 50, line("ST-FU1", 4), line("BF-PTFE", 20)), WHOLE, ("weee",)),
        Scenario(w.company("greatlakes", 12, line("ST-DIS", 3), line("BF-OR", 10), buyer=1), WHOLE, ("weee", "usd")),
        Scenario(w.company("petersen", 27, line("BF-PE-M", "12.5")), WHOLE, ("decimal_quantity",)),
        Scenario(w.company("auenthal", 23, gift, line("PU-TP50", 1), buyer=1), WHOLE, ("negative_line",)),
        Scenario(
            w.company("oberland", 33, line("FB-TAB", 1), coupon="MUSTER100", payment="free"),
            ((1, "ship", {}),),
            ("zero_total",),
        ),
    ]


def _states(w):
    return [
        Scenario(w.company("ahrenfeld", 6, line("PU-300", 3), buyer=1), ((1, "hold", {}),), ("held",)),
        Scenario(
            w.guest(0, 2, line("PU-TP50", 1), payment="paypal_express"), ((0.01, "review", {}),), ("guest", "review")
        ),
        Scenario(w.company("kessler", 29, line("AR-SF", 8)), ((2, "cancel", {}),), ("canceled",)),
        Scenario(
            w.company("oberland", 58, line("AR-MAN", 20)),
            (*WHOLE, (12, "refund", {"shipping": True})),
            ("refunded",),
        ),
    ]


def _identities(w):
    hansen = BY_KEY["hansen"]
    return [
        Scenario(w.company("auenthal", 10, line("AR-SI", 5), payment="banktransfer"), WHOLE, ("no_po_number",)),
        Scenario(
            w.guest(2, 14, line("BF-OR", 4), store_id=1, guest_company=hansen), WHOLE, ("guest", "guest_of_company")
        ),
        Scenario(w.guest(0, 45, line("SL-SP25", 1)), WHOLE, ("guest", "tax_included")),
        Scenario(w.company("brandt", 28, line("AR-KH 3/4", 6), line("ÖL ISO 46/5", 4), buyer=1), WHOLE, ("slash_sku",)),
        Scenario(w.company("hansen", 31, line("AR-KH12", 100), buyer=2, ship_to=hansen.ship_to), WHOLE, ("ship_to",)),
        Scenario(
            w.company("petersen", 3, line("PU-TP50", 4)),
            ((0.2, "comment", {"text": "Bitte an Rampe 2 liefern 🚚 danke 🙏"}),),
            ("four_byte",),
        ),
    ]


def _times(w):
    twin = w.company("lindner", 19, line("AR-DM", 4), minute=30)
    found = [
        Scenario(twin, WHOLE, ("same_second",)),
        Scenario(replace(twin, person=BY_KEY["lindner"].buyers[1], po_number="LI-9001"), WHOLE, ("same_second",)),
    ]
    switch = _clock_change(w.today)
    if switch:
        for minutes in (30, 90):  # the same wall-clock time in Berlin in autumn, an hour apart
            basket = w.guest(1, 0, line("BF-SCH", 10))
            found.append(
                Scenario(
                    replace(basket, created_at=switch + timedelta(minutes=minutes)),
                    WHOLE,
                    ("guest", "dst", "tax_included"),
                )
            )
    return found


def _clock_change(today):
    """The last switch between summer and winter time in Europe within the world's window, at 00:00 UTC, or None."""
    for days_ago in range(3, 98):
        day = today - timedelta(days=days_ago)
        if day.month in (3, 10) and day.weekday() == 6 and (day + timedelta(days=7)).month != day.month:
            return day
    return None
