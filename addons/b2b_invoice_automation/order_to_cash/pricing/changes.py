"""Price rules with all their prices raised or lowered by one percentage, for asking what that would mean.

Apart from the engine, which prices by whatever rules it is given.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from .model import PriceRule

_WHOLE = Decimal(100)


def changed_by(rule: PriceRule, percent: Decimal) -> PriceRule:
    """Return a rule under which everything costs so many percent more, whatever its computation.

    A discount of 10 % raised by 3 % is one of 7.3 % (0.9 × 1.03 = 0.927); a markup of 50 % one of 54.5 %.

    :param percent: 3 for three percent more, −3 for less; above −100
    :raises ValueError: when nothing, or less than nothing, would be left of the prices
    """
    if percent <= -_WHOLE:
        raise ValueError(f"a change by {percent} % leaves no price")
    factor = (_WHOLE + percent) / _WHOLE
    return replace(
        rule, tiers=tuple(replace(tier, value=_changed(rule.computation, tier.value, factor)) for tier in rule.tiers)
    )


def _changed(computation: str, value: Decimal, factor: Decimal) -> Decimal:
    if computation == "fixed":
        return value * factor
    if computation == "discount":
        return _WHOLE - (_WHOLE - value) * factor
    return (_WHOLE + value) * factor - _WHOLE
