"""What the connector does in the shop, each kind as a row of a table: how it is sent, and how one sees it is done.

The shop's POSTs are not idempotent. So each kind can be read back: after an unclear outcome the effect is looked for
first, and sent only if it is not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .amounts import text
from .errors import CONFIGURATION, ShopError

DONE, ALREADY_DONE = "done", "already_done"
_MARKER = re.compile(r"\[((?:shipment|invoice|refund):\d+)\]")


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing to do in the shop.

    :ivar kind: a key of :data:`EFFECTS`
    :ivar key: stable name of this effect, for logs
    :ivar target: the shop's id of what it is done to
    :ivar values: what the kind needs
    """

    kind: str
    key: str
    target: str
    values: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an effect: ``done``, or ``already_done`` where it was found in the shop."""

    state: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class EffectKind:
    """How one kind of effect is done.

    :ivar method: HTTP method
    :ivar path: below ``/V1/`` with ``{target}``
    :ivar body: Effect -> what is sent as JSON
    :ivar find: (shop, Effect) -> reference of the effect if the shop has it, else ""
    """

    method: str
    path: str
    body: Callable
    find: Callable


def marker_key(words):
    """Return the key of the effect that wrote a comment (``shipment:123``), or "" where it is not one of ours.

    :param str words: a comment of a document or an order
    """
    found = _MARKER.search(words or "")
    return found.group(1) if found else ""


def _comment_body(effect):
    values = effect.values
    history = {
        "comment": values["comment"],
        "parent_id": int(effect.target),
        "is_customer_notified": int(bool(values.get("notify"))),
        "is_visible_on_front": int(bool(values.get("visible"))),
    }
    if values.get("status"):
        history["status"] = values["status"]
    return {"statusHistory": history}


def _find_comment(shop, effect):
    """Look for the comment's words among the order's; the shop adds none of its own in front."""
    answer = shop.call("GET", f"orders/{effect.target}/comments")
    wanted = " ".join(effect.values["comment"].split())
    for row in (answer or {}).get("items") or []:
        if " ".join(text(row.get("comment")).split()) == wanted:
            return text(row.get("entity_id")) or "comment"
    return ""


EFFECTS = {
    "order_comment": EffectKind("POST", "orders/{target}/comments", _comment_body, _find_comment),
}


def effect_kind(effect):
    """Return the row of an effect's kind.

    :raises ShopError: ``unknown_effect`` (configuration)
    """
    try:
        return EFFECTS[effect.kind]
    except KeyError:
        raise ShopError(
            CONFIGURATION,
            "unknown_effect",
            f"The connector knows no effect {effect.kind!r}: it cannot be sent.",
        )
