"""What a shop's record means for the books, in plain terms.

Mappers turn a payload into one of these; Odoo's models read nothing else. So a SOAP or Magento 1 shop, whose
payloads look different, ends in the same words. All are frozen; amounts are Decimal, times naive UTC.
"""

from __future__ import annotations

from .intent_base import (
    Intent,
    content_hash,
    to_dict,
)
from .master_intents import (
    CategoryIntent,
    CompanyIntent,
    CustomerGroupIntent,
    CustomerIntent,
    ProductIntent,
    StockIntent,
    StoreIntent,
    TaxClassIntent,
    TaxRateIntent,
    TaxRuleIntent,
    TierPriceIntent,
    WebsiteIntent,
)
from .order_intents import (
    ADJUSTMENT,
    FEE,
    FIXED_PRODUCT_TAX,
    GIFT_CARD,
    GIFT_WRAPPING,
    PRODUCT,
    REWARD_POINTS,
    SHIPPING,
    STORE_CREDIT,
    AddressIntent,
    BuyerIntent,
    CommentIntent,
    ComponentIntent,
    DocumentIntent,
    LineIntent,
    OrderIntent,
    RemarkIntent,
    ShipmentIntent,
    TaxIntent,
    TaxTotalIntent,
    TransactionIntent,
)

__all__ = [
    "ADJUSTMENT",
    "FEE",
    "FIXED_PRODUCT_TAX",
    "GIFT_CARD",
    "GIFT_WRAPPING",
    "PRODUCT",
    "REWARD_POINTS",
    "SHIPPING",
    "STORE_CREDIT",
    "AddressIntent",
    "BuyerIntent",
    "CategoryIntent",
    "CommentIntent",
    "CompanyIntent",
    "ComponentIntent",
    "CustomerGroupIntent",
    "CustomerIntent",
    "DocumentIntent",
    "Intent",
    "LineIntent",
    "OrderIntent",
    "ProductIntent",
    "RemarkIntent",
    "ShipmentIntent",
    "StockIntent",
    "StoreIntent",
    "TaxClassIntent",
    "TaxIntent",
    "TaxRateIntent",
    "TaxRuleIntent",
    "TaxTotalIntent",
    "TierPriceIntent",
    "TransactionIntent",
    "WebsiteIntent",
    "content_hash",
    "to_dict",
]
