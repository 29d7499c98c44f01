"""Why a record of the shop is not taken over, as data and in words.

A refusal is about one record: it never stops the others. It names what is wrong, the figures on both sides,
and what a person can do. Kept apart from ``errors`` (which is about the connection to the shop).
"""

from __future__ import annotations

from decimal import Decimal

CENT = Decimal("0.01")

REASONS = {
    "total_differs": (
        "{entity} {number}: its lines, shipping and other amounts sum to {computed} {currency}, "
        "but the shop's total is {shop} {currency} (difference {difference}). {hint}"
    ),
    "tax_differs": (
        "{entity} {number}: the taxes of its lines sum to {computed} {currency}, but the shop's tax is "
        "{shop} {currency} (difference {difference}). Check its taxes in the shop."
    ),
    "line_tax_differs": (
        "Order {number}, line {line}: its taxes by rate sum to {computed} {currency}, but the line's tax is "
        "{shop} {currency}. Check the tax records of this line in the shop."
    ),
    "negative_lines_unclear": (
        "Order {number}: {count} lines are worth less than zero, which the shop shows as 0. Together they "
        "should be {shop} {currency}, their own fields give {computed} {currency}. Enter this order by hand."
    ),
    "negative_total": (
        "Order {number}: its total is {shop} {currency}, less than zero, which is no order. Look at it in the shop; "
        "what "
        "is to be paid back is a credit memo."
    ),
    "parent_missing": (
        "Order {number}, line {line}: it belongs to line {parent}, which the order does not contain. "
        "Fetch the order again; if that does not help, look at it in the shop."
    ),
    "missing_field": (
        "The {entity} {number} has no {field}. Fetch it again; if it stays away, look at it in the shop."
    ),
    "not_a_record": "What the shop sent as {entity} is not a record but {value}. Fetch it again.",
    "wrong_shape": (
        "The field {field} of the {entity} holds {value!r}, which is not what the shop's interface promises there. "
        "Look for a module of the shop that changes it, then fetch the record again."
    ),
    "no_sale": (
        "Order {number}, line {line}: its quantity is {value}, which is no sale. Correct the order in the shop, or "
        "enter it by hand and ignore this record."
    ),
    "nameless_line": (
        "Order {number}, line {line}: it has neither a SKU nor a product, so nobody knows what was sold. Correct the "
        "order in the shop, or enter it by hand and ignore this record."
    ),
    "impossible_date": (
        "The field {field} holds {value!r}, a day that no document can have. Correct it in the shop's database, then "
        "fetch the record again."
    ),
    "not_a_text": "A field holds {value!r} where a text belongs. Look for a module of the shop that changes it.",
    "unreadable_number": "The field {field} holds {value!r}, which is not a number. Correct it in the shop.",
    "unreadable_date": "The field {field} holds {value!r}, which is not a date. Correct it in the shop.",
}


def _shown(value):
    """Amounts in words have two decimals, or as many as they need."""
    if not isinstance(value, Decimal) or not value.is_finite():
        return value
    plain = value.normalize()
    return format(plain if plain.as_tuple().exponent < -2 else value.quantize(CENT), "f")


class RecordRefused(ValueError):
    """A record of the shop that is set aside.

    :ivar str reason: a key of :data:`REASONS`
    :ivar dict params: the values named in the reason's words
    """

    def __init__(self, reason, **params):
        self.reason = reason
        self.params = params
        super().__init__(REASONS[reason].format(**{name: _shown(value) for name, value in params.items()}))


class OrderRefused(RecordRefused):
    """An order, invoice or credit memo whose figures do not add up.

    :ivar Decimal shop: the shop's figure
    :ivar Decimal computed: what its parts sum to
    """

    def __init__(self, reason, **params):
        self.shop = params.get("shop")
        self.computed = params.get("computed")
        super().__init__(reason, **params)
