"""What is told of an effect, whatever protocol carries it out: the effect, what became of it, and the mark it leaves.

Apart from :mod:`effects`, the table, because each family of effects needs these and the table needs the families.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from .errors import CONFIGURATION, RECORD, ShopError

DONE, ALREADY_DONE = "done", "already_done"
_MARK = re.compile(r"\[([a-z_]+:[^\[\]\s]+)\]")
_STEP = Decimal("0.0001")
"""The shop's tables keep four decimals of a price and of a quantity."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing to do in the shop.

    :ivar kind: a key of :data:`~.effects.EFFECTS`
    :ivar key: stable name of this effect, such as ``shipment:17``
    :ivar target: the shop's id of what it is done to
    :ivar values: what the kind needs; amounts and quantities as text
    """

    kind: str
    key: str
    target: str
    values: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an effect: ``done``, or ``already_done`` where it was found in the shop.

    :ivar reference: the shop's id of what was made, where something was
    """

    state: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Submitted:
    """An effect that the shop took to carry it out later. That it was accepted is no success: follow it.

    :ivar bulk: what :meth:`~.shop.Shop.follow` asks for
    :ivar operation: which of the bulk's operations it is
    """

    bulk: str
    operation: int


def marker(effect):
    """Return the mark that an effect leaves in the comment of what it makes, ``[shipment:17]``."""
    return f"[{effect.key}]"


def marker_key(comment):
    """Return the key of the mark in a comment, empty where it has none.

    :param str comment: of an invoice, shipment, credit memo or credit operation
    """
    found = _MARK.findall(str(comment or ""))
    return found[-1] if found else ""


def marked(effect):
    """Return an effect's comment with its mark."""
    comment = str(effect.values.get("comment") or "").strip()
    return comment if marker(effect) in comment else f"{comment} {marker(effect)}".strip()


def number(value, field_name="value"):
    """Return an amount or quantity as JSON has it.

    :param value: text, Decimal or number
    :raises ShopError: ``unreadable_value`` (record) for what is no finite number
    """
    exact = decimal(value, field_name)
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def decimal(value, field_name="value"):
    """Return an amount or quantity as Decimal.

    :raises ShopError: ``unreadable_value`` (record) for what is no finite number
    """
    try:
        exact = Decimal(str(value).strip())
    except InvalidOperation:
        exact = Decimal("NaN")
    if not exact.is_finite():
        raise unsendable(f"{field_name} is {value!r}, which is no number")
    return exact


def same_amount(one, two):
    """Return whether two amounts or quantities are the same to the shop, which keeps four decimals."""
    try:
        return abs(decimal(one) - decimal(two)) < _STEP / 2
    except ShopError:
        return False


def unsendable(words):
    """Return the error of an effect that cannot be said to a shop."""
    return ShopError(RECORD, "unreadable_value", f"This cannot be sent: {words}.", detail=words)


def unknown_effect(kind):
    """Return the error of a kind that nobody knows."""
    return ShopError(
        CONFIGURATION, "unknown_effect", f"The connector knows no effect {kind!r}: it cannot be sent.", detail=kind
    )


def said(function, *arguments):
    """Return what a function says of an effect.

    :raises ShopError: ``unreadable_value`` (record) where the effect lacks a value
    """
    try:
        return function(*arguments)
    except KeyError as missing:
        raise unsendable(f"{missing.args[0]} is not given") from None
