"""What the connector does in the shop, each kind as a row of a table: how it is sent, and how one sees it is done.

The shop's POSTs are not idempotent. So each kind can be read back: after an unclear outcome the effect is looked for
first, and sent only if it is not there. Absolute kinds (a stock, a price, an order's state) compare the shop's present
value; what adds something leaves a mark by which it is found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import company_effects, order_effects, price_effects
from .effect_base import (
    ALREADY_DONE,
    DONE,
    Effect,
    Outcome,
    Submitted,
    marker,
    marker_key,
    unknown_effect,
)
from .streams import B2B, CORE

__all__ = [
    "ALREADY_DONE",
    "DONE",
    "EFFECTS",
    "Effect",
    "EffectKind",
    "Outcome",
    "Submitted",
    "effect_kind",
    "marker",
    "marker_key",
]


@dataclass(frozen=True, slots=True)
class EffectKind:
    """How one kind of effect is done over REST, and over SOAP, which is made of the same services.

    :ivar routes: (method, path below ``/V1/``) that it may call to be done
    :ivar right: the integration's right that it needs, as the shop's tree of rights names it
    :ivar request: (shop, Effect) -> (method, path, body) of one alone
    :ivar find: (shop, Effect) -> reference of the effect if the shop has it, else ""
    :ivar batch: (shop, Effect) -> :class:`~.price_effects.Batch` in which many go at once, None where it goes alone
    :ivar feature: what the shop must have (``core``, ``multi_source``, ``b2b``)
    :ivar absolute: whether it is a state to reach, so that a refusal may mean that it is reached
    :ivar look_first: whether the shop is looked at before it is done: whoever did it before left no mark of ours
    :ivar moves_stock: whether the shop changes its stock by it, so that a stock sent later must stay later
    """

    routes: tuple[tuple[str, str], ...]
    right: str
    request: Callable | None = None
    find: Callable | None = None
    batch: Callable | None = None
    feature: str = CORE
    absolute: bool = False
    look_first: bool = False
    moves_stock: bool = False


def _state(word, right, holds):
    return EffectKind(
        (("POST", f"orders/{{id}}/{word}"),), f"Sales > Orders > Actions > {right}", order_effects.state_request(word),
        order_effects.find_state(holds), absolute=True,
    )  # fmt: skip


EFFECTS = {
    "order_comment": EffectKind(
        (("POST", "orders/{id}/comments"),), "Sales > Orders > Actions > Comment",
        order_effects.comment_request, order_effects.find_comment,
    ),
    "order_hold": _state("hold", "Hold", lambda state: state == order_effects.HELD),
    "order_unhold": _state("unhold", "Unhold", lambda state: state != order_effects.HELD),
    "order_cancel": _state("cancel", "Cancel", lambda state: state == order_effects.CANCELED),
    "order_number": EffectKind(
        (("POST", "orders"),), "Sales > Orders > Actions > Create",
        order_effects.number_request, order_effects.find_number, absolute=True,
    ),
    "invoice": EffectKind(
        (("POST", "order/{orderId}/invoice"),), "Sales > Orders > Actions > Invoice",
        order_effects.invoice_request, order_effects.find_document("invoices"),
    ),
    "shipment": EffectKind(
        (("POST", "order/{orderId}/ship"),), "Sales > Orders > Actions > Ship",
        order_effects.shipment_request, order_effects.find_document("shipments"), moves_stock=True,
    ),
    "tracking": EffectKind(
        (("POST", "shipment/track"), ("DELETE", "shipment/track/{id}")), "Sales > Orders > Actions > Ship",
        order_effects.track_request, order_effects.find_track, absolute=True, look_first=True,
    ),
    "credit_memo": EffectKind(
        (("POST", "order/{orderId}/refund"), ("POST", "invoice/{invoiceId}/refund")),
        "Sales > Orders > Actions > Credit Memos",
        order_effects.credit_memo_request, order_effects.find_document("credit_memos"), moves_stock=True,
    ),
    "stock": EffectKind(
        (("POST", "inventory/source-items"), ("PUT", "products/{productSku}/stockItems/{itemId}")),
        "Catalog > Inventory", price_effects.stock_item_request, price_effects.find_stock, price_effects.stock_batch,
        absolute=True,
    ),
    "base_price": EffectKind(
        (("POST", "products/base-prices"),), "Catalog > Products",
        batch=lambda _shop, _effect: price_effects.BASE_PRICES, absolute=True,
    ),
    "special_price": EffectKind(
        (("POST", "products/special-price"), ("POST", "products/special-price-delete")), "Catalog > Products",
        batch=price_effects.by_price(price_effects.SPECIAL_PRICES, price_effects.SPECIAL_PRICES_GONE), absolute=True,
    ),
    "tier_price": EffectKind(
        (("POST", "products/tier-prices"), ("POST", "products/tier-prices-delete")), "Catalog > Products",
        batch=price_effects.by_price(price_effects.TIER_PRICES, price_effects.TIER_PRICES_GONE), absolute=True,
    ),
    "shared_catalog_price": EffectKind(
        (("POST", "sharedCatalog/{sharedCatalogId}/assignTierPrices"), ("POST", "products/tier-prices-delete")),
        "Catalog > Shared Catalogs", batch=company_effects.catalog_batch, feature=B2B, absolute=True,
    ),
    "credit_limit": EffectKind(
        (("PUT", "companyCredits/{id}"),), "Customers > Companies > Credit",
        company_effects.limit_request, company_effects.find_limit, feature=B2B, absolute=True,
    ),
    "credit_balance": EffectKind(
        (("POST", "companyCredits/{creditId}/increaseBalance"), ("POST", "companyCredits/{creditId}/decreaseBalance")),
        "Customers > Companies > Credit", company_effects.balance_request, company_effects.find_balance, feature=B2B,
    ),
}  # fmt: skip


def effect_kind(effect):
    """Return the row of an effect's kind.

    :raises ShopError: ``unknown_effect`` (configuration)
    """
    try:
        return EFFECTS[effect.kind]
    except KeyError:
        raise unknown_effect(effect.kind) from None
