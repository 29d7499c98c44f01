"""Reading the body of a write: its lists, with the cap on their length, and its numbers."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from .errors import ApiError, missing_field


def number(value):
    """Return a number of a body as Decimal.

    :raises ApiError: 400 where it is none
    """
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ApiError(
            400,
            'The "%value" value\'s type is invalid. The "%type" type was expected. Verify and try again.',
            {"value": str(value), "type": "float"},
        )


def listed(shop, body, name, kind):
    """Return the list under ``name`` of a body.

    :param kind: Magento's word for what it lists
    :raises ApiError: 400 where there is none, or it is longer than the shop's setting allows
    """
    rows = body.get(name)
    if not isinstance(rows, list):
        raise missing_field(name)
    cap = shop.settings.input_cap
    if cap and len(rows) > cap:
        raise ApiError(400, 'Maximum items of type "%type" is %max', {"type": kind, "max": cap})
    return rows
