"""The seeded world: an invented distributor's last hundred days, the same for the same seed, date and count.

``PRICE_AGREEMENTS`` and ``COMPANIES`` are the figures that a demo needs to set up the same contracts, payment terms
and paying habits on the ERP's side. What is true of an order but not told by the shop (which must be refused, which
deviate from their contract) stands in :attr:`.shop.Shop.notes` and is for tests only.
"""

from __future__ import annotations

import heapq
import itertools
import random
from datetime import timedelta
from decimal import Decimal

from . import documents, lifecycle, refunds
from .agreements import AGREEMENT_OF, PRICE_AGREEMENTS, PriceAgreement, PriceRule
from .catalog import CATEGORIES, ENABLED, HOSES, PRODUCTS
from .companies import BY_KEY, COMPANIES, Company
from .placing import place
from .scenarios import WHOLE, Scenario, Writer, agreed, line, scenarios
from .shop import Note, Shop, new_shop

DAYS = 98
WAREHOUSE = "wh_kiel"
RESERVE, REPLENISHMENT = 5000, 20000
PAYMENT_HINTS = {company.key: (company.payment_days, company.late_days) for company in COMPANIES}

_WEIGHTS = {
    "hansen": 14, "brandt": 12, "lindner": 12, "ahrenfeld": 9, "kessler": 8, "oberland": 9, "auenthal": 8,
    "petersen": 8, "donau": 5, "vandermeer": 4, "greatlakes": 5, "laurentide": 2,
}  # fmt: skip
_GUEST_WEIGHT = 9
_VOLUME_QUANTITIES = (20, 60, 99, 100, 150, 240, 499, 500, 640)
_SMALL = ("AR-SI", "AR-MAN", "AR-SF", "AR-DM", "BF-OR", "BF-FD", "PU-RAD", "AR-KH 3/4")
_LARGE = ("PU-100", "PU-200", "PU-300", "PU-TP50", "PU-DOS5", "AR-MV24", "PU-HAND")
_OTHER = ("FB-PUMP", "FB-TAB", "DL-STD", "DL-FERN", "SL-DR19", "SL-SAUG50", "BF-M8")


def build(today, seed=1, orders=120):
    """Return a :class:`.shop.Shop` with its past written.

    :param today: the date on which the shop's clock stands, at 08:00 UTC
    :param seed: whole number; another seed is another business
    :param orders: how many orders there are in all, edited ones included
    """
    shop = new_shop(today, seed)
    chance = random.Random(f"{seed}:{today.isoformat()}")  # noqa: S311
    chosen = _fitting(scenarios(today), orders)
    missing = orders - sum(_orders_of(scenario) for scenario in chosen)
    writer = Writer(today)
    chosen += [_ordinary(writer, chance) for _number in range(missing)]
    _live_through(shop, chosen)
    return shop


def _orders_of(scenario):
    return 2 if any(step == "edit" for _days, step, _arguments in scenario.life) else 1


def _fitting(found, count):
    chosen = []
    for scenario in found:
        if sum(map(_orders_of, chosen)) + _orders_of(scenario) <= count:
            chosen.append(scenario)
    return chosen


def _live_through(shop, chosen):
    """Place all orders and let their lives happen, in the order of time, up to the present."""
    end = shop.clock.now()
    tie = itertools.count()
    queue = [(scenario.basket.created_at, next(tie), scenario, None, None) for scenario in chosen]
    heapq.heapify(queue)
    while queue:
        moment, _tie, scenario, order, step = heapq.heappop(queue)
        shop.clock.fix(moment)
        if order is None:
            order = place(shop, scenario.basket)
            _note(shop, scenario, order, scenario.traits)
            if scenario.spoil:
                scenario.spoil(order)
            for days, name, arguments in scenario.life:
                when = moment + timedelta(days=days, minutes=order.id % 50)
                if when < end:
                    heapq.heappush(queue, (when, next(tie), scenario, order, (name, arguments)))
        else:
            new = STEPS[step[0]](shop, order, **step[1])
            if step[0] == "edit":
                _note(shop, scenario, new, ("virtual", "edited"))
    shop.clock.fix(None)


def _note(shop, scenario, order, traits):
    company = scenario.basket.company
    shop.notes[order.id] = Note(traits, scenario.refuse, scenario.deviates, company.key if company else "")


def _wanted(order, share):
    if share is None:
        return None
    return [(item.id, Decimal(str(share[item.data["sku"]]))) for item in order.items if item.data["sku"] in share]


def _invoice(shop, order, share=None):
    return documents.create_invoice(shop, order, _wanted(order, share))


def _ship(shop, order, share=None):
    tracks = [{"track_number": f"NW{order.id:08d}", "title": "DHL", "carrier_code": "custom"}]
    if not any(item.open_to_ship > 0 for item in order.items):
        return None
    _receive_goods(shop, order)
    return documents.create_shipment(shop, order, _wanted(order, share), tracks=tracks, source_code=WAREHOUSE)


def _receive_goods(shop, order):
    """Keep the warehouse filled, so that a long past does not run out of stock."""
    for item in order.items:
        stock = shop.source_items.get((item.data["sku"], WAREHOUSE))
        if stock and stock["quantity"] < item.data["qty_ordered"] + RESERVE:
            stock["quantity"] += REPLENISHMENT


def _refund(shop, order, share=None, shipping=True, positive="0"):
    wanted = _wanted(order, share)
    return refunds.create_creditmemo(shop, order, wanted, shipping=shipping, positive=Decimal(positive))


def _comment(shop, order, text):
    return lifecycle.comment(shop, order, text)


STEPS = {
    "invoice": _invoice,
    "ship": _ship,
    "refund": _refund,
    "comment": _comment,
    "cancel": lifecycle.cancel,
    "hold": lifecycle.hold,
    "review": lifecycle.review,
    "edit": lifecycle.edit,
}


def _ordinary(writer, chance):
    """Return a scenario of ordinary business."""
    days_ago = chance.randint(1, DAYS)
    details = {"hour": chance.randint(6, 16), "minute": chance.randint(0, 59)}
    keys = [*_WEIGHTS, ""]
    (key,) = chance.choices(keys, [*_WEIGHTS.values(), _GUEST_WEIGHT])
    if not key:
        lines = _lines(chance, _SMALL + _LARGE[3:], 1, 6)
        guest = chance.randrange(3)
        details.pop("minute")
        return Scenario(
            writer.guest(guest, days_ago, *lines, **details), _life(chance, days_ago), ("guest", "tax_included")
        )
    company = BY_KEY[key]
    details["buyer"] = chance.randrange(len(company.buyers))
    if chance.random() < 0.15 and not company.needs_po_number:
        details["payment"] = "banktransfer"
    if key not in AGREEMENT_OF and chance.random() < 0.1:
        details["coupon"] = "NORD10"
    basket = writer.company(key, days_ago, *_company_lines(chance, key), **details)
    return Scenario(basket, _life(chance, days_ago), ("ordinary",))


def _company_lines(chance, key):
    if key == "hansen":
        return _some(
            chance,
            [line("AR-KH12", chance.choice(_VOLUME_QUANTITIES))],
            _lines(chance, _exact(HOSES, 95), 3, 40),
            _lines(chance, _SMALL[:4], 2, 12),
        )
    if key == "brandt":
        return _some(
            chance,
            [agreed(key, "AR-RV1", chance.choice(_VOLUME_QUANTITIES))],
            _lines(chance, _LARGE, 1, 6),
        )
    if key == "lindner":
        return _lines(chance, _exact(None, 88), 1, 15, count=chance.randint(1, 4))
    pool = _LARGE if chance.random() < 0.5 else _SMALL
    return _lines(chance, pool + _OTHER, 1, 12, count=chance.randint(1, 4))


def _exact(category, percent):
    """SKUs whose discounted price is exact to the cent, so that shop and contract agree whatever the rounding."""
    return tuple(
        product.sku
        for product in PRODUCTS
        if product.type_id in ("simple", "virtual")
        and product.status == ENABLED
        and not product.weee
        and category in (None, product.category)
        and product.price * percent % 1 == 0
    )


def _lines(chance, pool, low, high, count=None):
    skus = chance.sample(pool, count or chance.randint(1, 2))
    return [line(sku, chance.randint(low, high)) for sku in skus]


def _some(chance, first, *others):
    """The first lines nearly always, one of the others often."""
    lines = list(first) if chance.random() < 0.8 else []
    if not lines or chance.random() < 0.5:
        lines += chance.choice(others)
    return lines


def _life(chance, days_ago):
    """What happens to an ordinary order: the older, the more likely it is complete."""
    luck = chance.random()
    shipped = ((chance.uniform(0.2, 3), "ship", {}),)
    paid = ((chance.uniform(0.1, 2), "invoice", {}),)
    if days_ago > 20:
        if luck < 0.05:
            return ((1.5, "cancel", {}),)
        if luck < 0.08:
            return (*WHOLE, (9, "refund", {}))
        return (*paid, *shipped) if luck < 0.95 else shipped
    if days_ago > 4:
        if luck < 0.05:
            return ((0.5, "hold", {}),)
        return (*paid, *shipped) if luck < 0.72 else shipped if luck < 0.9 else ()
    return shipped if luck < 0.4 else ()


__all__ = [
    "CATEGORIES",
    "COMPANIES",
    "PAYMENT_HINTS",
    "PRICE_AGREEMENTS",
    "PRODUCTS",
    "Company",
    "PriceAgreement",
    "PriceRule",
    "Shop",
    "build",
]
