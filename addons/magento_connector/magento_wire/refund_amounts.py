"""What a credit memo gives back beside its lines, in the words of the shop's services, which take its base currency.

Shipping is told as a share of the order's shipping, for three reasons: the currency, a discount on shipping (the
services take the amount before it), and tax (a shop that shows shipping with tax in its orders takes the amount with
tax, ``tax/sales_display/shipping``). All of it is told by naming no amount at all, which no setting can change. An
adjustment in the order's currency is converted at the order's rate, where that gives back exactly this sum.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from .amounts import amount, exact, text
from .effect_base import decimal
from .errors import RECORD, ShopError

CENT = Decimal("0.01")
ADJUSTMENTS = ("adjustment_positive", "adjustment_negative")


def asks_for_order(values):
    """Return whether the shop's order must be known to say what is given back."""
    return bool(_share(values)) or _is_foreign(values)


def refund_amounts(values, order):
    """Return the amounts of a credit memo as the shop's services take them.

    :param dict values: of the effect: ``shipping`` (amount) or ``shipping_share`` (1 for all), ``shipping_with_tax``,
        ``adjustment_positive``, ``adjustment_negative``, and ``currency`` where they are in the order's
    :param dict order: header of the shop's order under REST's names; empty where :func:`asks_for_order` denies it
    :returns: dict of name -> Decimal; without ``shipping_amount`` where all shipping goes back
    :raises ShopError: ``refund_differs`` (record) where the shop cannot give back exactly this
    """
    amounts = {name: decimal(values.get(name) or 0, name) for name in ADJUSTMENTS}
    if _is_foreign(values):
        amounts = {name: _in_base(value, values["currency"], order) for name, value in amounts.items()}
    share = _share(values)
    if not share:
        return {"shipping_amount": decimal(values.get("shipping") or 0, "shipping"), **amounts}
    if share < 1:
        whole = "base_shipping_incl_tax" if values.get("shipping_with_tax") else "base_shipping_amount"
        return {"shipping_amount": _to_cent(amount(order.get(whole)) * share), **amounts}
    if amount(order.get("base_shipping_refunded")):
        words = "shipping was given back before in the shop, so that not all of it can be given back now"
        raise _differs(words)
    return amounts


def _share(values):
    return decimal(values.get("shipping_share") or 0, "shipping_share")


def _is_foreign(values):
    return bool(values.get("currency")) and any(decimal(values.get(name) or 0, name) for name in ADJUSTMENTS)


def _in_base(value, currency, order):
    """Convert a sum of the order's currency as the shop will convert it back."""
    if not value or text(order.get("base_currency_code")) == currency:
        return value
    rate = exact(order.get("base_to_order_rate"), "base_to_order_rate")
    if text(order.get("order_currency_code")) != currency or rate <= 0:
        raise _differs(f"{value} {currency} is not in the currency of the shop's order")
    base = _to_cent(value / rate)
    if _to_cent(base * rate) != value:
        words = (
            f"{value} {currency} cannot be said in {text(order.get('base_currency_code'))}: at the order's rate of "
            f"{rate.normalize():f}, {base} gives back {_to_cent(base * rate)}"
        )
        raise _differs(words)
    return base


def _to_cent(value):
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def _differs(words):
    return ShopError(RECORD, "refund_differs", f"{words[0].upper()}{words[1:]}. Make this credit memo in the shop.")
