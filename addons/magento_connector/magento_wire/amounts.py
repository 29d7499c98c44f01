"""Reading and dividing the shop's numbers.

Kept apart because every mapper needs the same three things: turn whatever the shop wrote into an exact
Decimal, know how many decimals a currency has, and round a set of amounts so that their sum is the rounded
total.
"""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal, InvalidOperation

from .refusals import RecordRefused

ZERO = Decimal(0)
STORED = Decimal("0.0001")
"""The shop keeps amounts, quantities and percentages with four decimals (columns ``decimal(20,4)``)."""

FIRST_YEAR, LAST_YEAR = 1970, 2199
"""Dates outside are mistakes, and break what shows times in a time zone."""

LARGEST_ID = 2**63

# ISO 4217: minor units other than two.
_NONE = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
         "XAF", "XOF", "XPF")  # fmt: skip
_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
CURRENCY_DECIMALS = {**dict.fromkeys(_NONE, 0), **dict.fromkeys(_THREE, 3)}


def currency_decimals(currency, overrides=None):
    """Return how many decimals amounts of a currency have.

    :param str currency: ISO 4217 code
    :param overrides: mapping code -> decimals that wins over ISO 4217 (what the books use)
    :rtype: int
    """
    if overrides and currency in overrides:
        return overrides[currency]
    return CURRENCY_DECIMALS.get(currency, 2)


def exact(value, field="amount"):
    """Return a number of the shop as Decimal, without the noise of binary floats.

    A float is read by its shortest text, so 12.945 is 12.945.

    :param value: int, float, Decimal, str or None (absent is zero)
    :param str field: the name used in the refusal
    :raises RecordRefused: ``unreadable_number`` for anything that is not a finite number
    """
    if value is None or value == "" or value is False:
        return ZERO
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value).strip())
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or isinstance(value, (dict, list)) or value is True:
        raise RecordRefused("unreadable_number", field=field, value=str(value)[:60])
    if number and number.adjusted() >= 16:
        raise RecordRefused("unreadable_number", field=field, value=str(value)[:60])
    return number


def amount(value, field="amount"):
    """Return a number of the shop at the four decimals it is stored with. See :func:`exact`."""
    number = exact(value, field)
    exponent = number.as_tuple().exponent
    return number if exponent >= -4 else number.quantize(STORED, rounding=ROUND_HALF_UP)


def round_half_up(value, decimals):
    """Round a Decimal half away from zero to ``decimals`` decimals."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def round_to_sum(values, total, decimals):
    """Round amounts so that they sum to a rounded total (largest remainder).

    Each share is the exact one rounded down or up. Among equal remainders the larger amount, then the
    earlier, gives way first, so that the outcome does not depend on chance.

    :param values: the exact amounts, Decimals of any sign
    :param Decimal total: the sum wanted, already at ``decimals`` decimals and within one unit of the exact
        sum
    :param int decimals: decimals of the currency
    :returns: list of Decimals in the order of ``values``
    :raises ValueError: where no rounding of the amounts reaches the total
    """
    values = list(values)
    unit = Decimal(1).scaleb(-decimals)
    shares = [value.quantize(unit, rounding=ROUND_FLOOR) for value in values]
    missing = (total - sum(shares, ZERO)) / unit
    if missing != missing.to_integral_value() or not 0 <= missing <= len(values):
        raise ValueError(f"no rounding of {values} to {decimals} decimals sums to {total}")
    by_remainder = sorted(range(len(values)), key=lambda i: (shares[i] - values[i], -abs(values[i]), i))
    for index in by_remainder[: int(missing)]:
        shares[index] += unit
    return shares


def split_by_weight(total, weights, decimals):
    """Divide an amount by weights, to the last decimal.

    :param Decimal total: what to divide, at ``decimals`` decimals
    :param weights: Decimals; equal parts where they sum to zero
    :param int decimals: decimals of the parts
    :returns: list of Decimals that sum to ``total``
    """
    weights = list(weights)
    whole = sum(weights, ZERO)
    if not whole:
        weights, whole = [Decimal(1)] * len(weights), Decimal(len(weights))
    return round_to_sum([total * weight / whole for weight in weights], total, decimals)


def naive_utc(value, field="date"):
    """Return a time of the shop, which writes naive UTC (``2026-11-23 02:48:41``), as a naive datetime.

    ISO forms with ``T`` and an offset (Magento 1 writes them for some entities) are brought to UTC.

    :returns: datetime, or None where the shop gives none
    :raises RecordRefused: ``unreadable_date``; ``impossible_date`` for years no document has
    """
    if not value or str(value).startswith("0000-00-00"):
        return None
    text = str(value).strip().replace("T", " ").replace("Z", "+00:00")
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = (moment - moment.utcoffset()).replace(tzinfo=None)
    except ValueError:
        raise RecordRefused("unreadable_date", field=field, value=str(value)[:40])
    except OverflowError:
        raise RecordRefused("impossible_date", field=field, value=str(value)[:40])
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise RecordRefused("impossible_date", field=field, value=str(value)[:40])
    return moment.replace(microsecond=0)


def text(value):
    """Return a text of the shop stripped, or an empty string for what is absent.

    :raises RecordRefused: ``not_a_text`` for a list or a record
    """
    if isinstance(value, (dict, list)):
        if value:
            raise RecordRefused("not_a_text", value=str(value)[:60])
        return ""
    return "" if value is None or value is False else str(value).strip()


def whole_number(value):
    """Return an id of the shop as int, or None where it is absent, not a number, or larger than any database's."""
    try:
        number = int(str(value).strip())
    except (TypeError, ValueError):
        return None
    return number if abs(number) < LARGEST_ID else None
