"""What the connector does in a Magento 1 shop, each kind as a row of a table: how it is done, how one sees it is done.

The same effects as :mod:`effects`', by the methods of Magento 1, which takes an order's number where REST takes its id,
and asks for a status with every comment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .amounts import text
from .effect_base import unknown_effect
from .effects import EFFECTS
from .errors import CONFIGURATION, ShopError


@dataclass(frozen=True, slots=True)
class OpenMageEffect:
    """How one kind of effect is done.

    :ivar do: (shop, Effect) -> what the shop answers
    :ivar find: (shop, Effect) -> reference of the effect if the shop has it, else ""
    """

    do: Callable
    find: Callable


def _comment(shop, effect):
    head = shop.order_head(effect.target)
    status = text(effect.values.get("status")) or text(head.get("status"))
    notify = "1" if effect.values.get("notify") else "0"
    shop.remote(
        "sales_order.addComment",
        [text(head["increment_id"]), status, effect.values["comment"], notify],
        reading=False,
    )
    return ""


def _find_comment(shop, effect):
    head = shop.order_head(effect.target)
    info = shop.remote("sales_order.info", [text(head["increment_id"])])
    wanted = " ".join(effect.values["comment"].split())
    for row in info.get("status_history") or []:
        if " ".join(text(row.get("comment")).split()) == wanted:
            return "comment"
    return ""


OPENMAGE_EFFECTS = {"order_comment": OpenMageEffect(_comment, _find_comment)}


def openmage_effect(effect):
    """Return the row of an effect's kind.

    :raises ShopError: ``not_offered`` (configuration) where Magento 1 cannot do it, ``unknown_effect`` where nobody can
    """
    if effect.kind in OPENMAGE_EFFECTS:
        return OPENMAGE_EFFECTS[effect.kind]
    if effect.kind in EFFECTS:
        words = f"A Magento 1 shop does not offer {effect.kind.replace('_', ' ')}: this is not sent."
        raise ShopError(CONFIGURATION, "not_offered", words)
    raise unknown_effect(effect.kind)
