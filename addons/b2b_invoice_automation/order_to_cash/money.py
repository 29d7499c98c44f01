"""Money as exact decimals: conversion at the edge, rounding, allocation, and splitting a line into parts.

It is apart because every engine needs it and none may have an opinion of its own about a cent. Amounts are
``decimal.Decimal``; a *precision* is how finely a currency counts: an ``int`` is a number of decimals (2),
anything else is the smallest coin or rounding step (``Decimal("0.05")``, or the float ``0.05`` that Odoo's
``currency.rounding`` holds).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from fractions import Fraction
from functools import lru_cache

EXACT = Context(prec=60, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow])
"""The decimal context of all engines: wide enough that quantity × price × rate is never cut short."""

Precision = int | Decimal | float | str


def to_decimal(value: Decimal | int | float | str, digits: int | None = None) -> Decimal:
    """Convert a number from the ORM, JSON or text to the decimal that a person would read.

    A float becomes its shortest decimal notation (``0.1`` is 0.1, not 0.1000000000000000055…).

    :param value: a number, or text with a point as decimal separator and no grouping
    :param digits: decimals to round half up to, or ``None`` to keep all (clean a computed float with it)
    :returns: the finite decimal
    :raises ValueError: when it is not a finite number
    """
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, float, str)):
        raise ValueError(f"{value!r} is not a number; pass a Decimal, int, float or text such as '12.34'")
    try:
        number = Decimal(repr(float(value)) if isinstance(value, float) else value)
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a number; write it with a point and no grouping, as in '1234.56'")
    if not number.is_finite():
        raise ValueError(f"{value!r} is not a finite number; correct the record that it comes from")
    return number if digits is None else round_half_up(number, digits)


@lru_cache(maxsize=64, typed=True)
def unit_of(precision: Precision) -> Decimal:
    """Return the smallest amount of a precision: 0.01 for ``2``, 0.05 for ``0.05``, 1 for ``0`` or ``1.0``.

    :raises ValueError: when the step is not above zero
    """
    if isinstance(precision, int) and not isinstance(precision, bool):
        step = Decimal(1).scaleb(-precision)
    else:
        step = to_decimal(precision).normalize(EXACT)
    if step <= 0:
        raise ValueError(f"the rounding step {step} is not above zero; use a step such as 0.01")
    return step.quantize(Decimal(1)) if step == step.to_integral_value() else step


def round_half_up(amount: Decimal, precision: Precision = 2) -> Decimal:
    """Round to a currency's precision, halves away from zero (commercial rounding, as Odoo's ``HALF-UP``).

    :param amount: any exact amount
    :param precision: decimals, or a rounding step
    :returns: the nearest multiple of the precision's unit
    """
    unit = unit_of(precision)
    if _is_decimal_place(unit):
        rounded = amount.quantize(unit, ROUND_HALF_UP, EXACT)
    else:
        rounded = EXACT.multiply(Decimal(_half_up(Fraction(amount) / Fraction(unit))), unit)
    return rounded or abs(rounded)


def round_fraction(amount: Fraction, precision: Precision = 2) -> Decimal:
    """Round an exact fraction half up, as :func:`round_half_up` does, for what no decimal can hold."""
    unit = unit_of(precision)
    return EXACT.multiply(Decimal(_half_up(amount / Fraction(unit))), unit)


def allocate(total: Decimal, weights: Sequence[Decimal], precision: Precision = 2) -> list[Decimal]:
    """Divide a total in proportion to weights so that the shares sum to it exactly.

    Largest remainder method: each share is cut to the unit, and the units left over go to the largest
    cut-off parts, the earlier share first where they are equal. Each share is within one unit of the exact
    one.

    :param total: the amount, a multiple of the precision's unit; may be negative
    :param weights: one weight per share; negative ones are allowed as long as all do not sum to zero;
        all zero divides equally
    :param precision: decimals, or a rounding step
    :returns: the shares, in the order of the weights
    :raises ValueError: when nothing can take the total, or the total is finer than the unit
    """
    unit = unit_of(precision)
    units = Fraction(total) / Fraction(unit)
    if units.denominator != 1:
        raise ValueError(f"{total} is not a multiple of {unit}; round the total before it is allocated")
    if not weights:
        if total:
            raise ValueError(f"{total} cannot be allocated to no shares; give at least one weight")
        return []
    exact = [Fraction(weight) for weight in weights]
    if not any(exact):
        exact = [Fraction(1)] * len(exact)
    whole = sum(exact)
    if not whole:
        raise ValueError("the weights cancel out to zero; allocate the positive and the negative ones apart")
    sign = -1 if units < 0 else 1
    shares = _largest_remainder(abs(int(units)), exact, whole)
    return [EXACT.multiply(Decimal(sign * share), unit) for share in shares]


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """The money of one document line: its net and each of its taxes (key of the tax → amount)."""

    net: Decimal
    taxes: Mapping[object, Decimal]


def part_amount(
    amount: Decimal,
    quantity: Decimal,
    done: Decimal,
    part: Decimal,
    precision: Precision = 2,
    taken: Decimal | None = None,
) -> Decimal:
    """Return what the next part of a line costs, so that the parts sum to the whole.

    Cumulative rounding: the rounded amount for all units up to the end of this part, minus what earlier
    parts took. Beyond the line's quantity (over-delivery) the amount goes on in proportion.

    :param amount: the whole line's amount
    :param quantity: the whole line's quantity, not zero, negative for a return
    :param done: quantity of the earlier parts
    :param part: quantity of this part
    :param taken: what the earlier parts really took; ``None`` when they were split by this function
    :returns: this part's amount
    :raises ValueError: when the quantity is zero
    """
    if not quantity:
        raise ValueError("a line of quantity zero has no parts; bill its amount as a whole")
    per_unit = Fraction(amount) / Fraction(quantity)
    if taken is None:
        taken = round_fraction(per_unit * Fraction(done), precision)
    return round_fraction(per_unit * (Fraction(done) + Fraction(part)), precision) - taken


def split_line(
    line: LineAmounts,
    quantity: Decimal,
    done: Decimal,
    part: Decimal,
    precision: Precision = 2,
    taken: LineAmounts | None = None,
) -> LineAmounts:
    """Return net and taxes of the next part of a line: :func:`part_amount` applied to each of them.

    :param line: the whole line's amounts, as the shop or the order states them
    :param taken: net and taxes of the earlier parts as they were billed; a tax that is missing there took
        nothing
    """

    def part_of(amount: Decimal, already: Decimal | None) -> Decimal:
        return part_amount(amount, quantity, done, part, precision, already)

    zero = Decimal(0)
    return LineAmounts(
        net=part_of(line.net, None if taken is None else taken.net),
        taxes={
            key: part_of(tax, None if taken is None else taken.taxes.get(key, zero)) for key, tax in line.taxes.items()
        },
    )


@lru_cache(maxsize=64)
def _is_decimal_place(unit: Decimal) -> bool:
    return unit <= 1 and unit.as_tuple().digits == (1,)


def _half_up(number: Fraction) -> int:
    magnitude = (2 * abs(number.numerator) + number.denominator) // (2 * number.denominator)
    return -magnitude if number < 0 else magnitude


def _largest_remainder(units: int, weights: Sequence[Fraction], whole: Fraction) -> list[int]:
    exact = [units * weight / whole for weight in weights]
    shares = [share.numerator // share.denominator for share in exact]
    left = units - sum(shares)
    by_remainder = sorted(range(len(exact)), key=lambda index: (shares[index] - exact[index], index))
    for index in by_remainder[:left]:
        shares[index] += 1
    return shares
