"""The errors that a price update answers with status 200: which of the rows each is about, and in words.

Apart, because the shop is not kind here: ``parameters`` are values without names, in another order than the message
has them; some errors name the SKU, some only the field and its value. What cannot be attributed for certain is left
for whoever sends smaller batches.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from .errors import RECORD, ShopError, mask

_IDENTIFYING = ("sku", "website_id", "customer_group", "quantity", "store_id")
_NAMES = {
    "SKU": "sku", "websiteId": "website_id", "customerGroup": "customer_group", "qty": "quantity",
    "storeId": "store_id", "price": "price", "priceType": "price_type", "priceFrom": "price_from",
    "priceTo": "price_to",
}  # fmt: skip


def errors_in(answer):
    """Return the errors that a successful answer holds, an empty list where it holds none.

    :param answer: data of the answer
    """
    rows = answer if isinstance(answer, list) else []
    return [row for row in rows if isinstance(row, dict) and row.get("message")]


def attribute(errors, rows):
    """Return which rows have failed.

    :param errors: of :func:`errors_in`
    :param rows: what was sent
    :returns: ({index of a row: ShopError}, whether an error remains of which the row is not certain)
    """
    found, uncertain = {}, False
    for error in errors:
        index = 0 if len(rows) == 1 else _row_of(error, rows)
        if index is None:
            uncertain = True
        else:
            found.setdefault(index, refusal(error, rows[index]))
    return found, uncertain


def refusal(error, row=None):
    """Return the ShopError of one error of an answer.

    :param dict row: which it is about
    """
    said = mask(" ".join(_filled(error, row or {}).split()))[:300]
    return ShopError(RECORD, "refused", f"The shop refuses this: {said}", status=200, detail=said)


def _row_of(error, rows):
    told = {_comparable(value) for value in _values(error)}
    scores = {}
    for index, row in enumerate(rows):
        matches = {name for name in _IDENTIFYING if name in row and _comparable(row[name]) in told}
        if "sku" in matches:
            scores[index] = len(matches)
    if not scores:
        scores = {index: 1 for index, row in enumerate(rows) if "price" in row and _comparable(row["price"]) in told}
    best = [index for index, score in scores.items() if score == max(scores.values())]
    return best[0] if len(best) == 1 else None


def _values(error):
    parameters = error.get("parameters") or []
    return list(parameters.values()) if isinstance(parameters, dict) else list(parameters)


def _comparable(value):
    try:
        return Decimal(str(value).strip()).normalize()
    except InvalidOperation:
        return str(value).strip().casefold()


def _filled(error, row):
    message, parameters = str(error["message"]), error.get("parameters") or []
    if isinstance(parameters, dict):
        named = {str(name): str(value) for name, value in parameters.items()}
    else:
        named = {str(place): str(value) for place, value in enumerate(parameters, start=1)}
        named |= dict(zip(("fieldName", "fieldValue"), map(str, parameters), strict=False))
        named |= {name: str(row[key]) for name, key in _NAMES.items() if key in row}
    return re.sub(r"%(\w+)", lambda sign: named.get(sign[1], sign[0]), message)
