"""Price agreements between the invented distributor and some of its customers.

Kept apart because two sides need the very same figures: the shop, which sells by them, and whoever sets up contracts
in the ERP for a demo. A rule's words are those of the ERP's contracts: volume means all units at the tier reached,
graduated means each slice at its own price.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from .catalog import HOSES

PRODUCT, CATEGORY, ALL = "product", "category", "all"
FIXED, DISCOUNT = "fixed", "discount"
VOLUME, GRADUATED = "volume", "graduated"


@dataclass(frozen=True, slots=True)
class PriceRule:
    """One rule of an agreement.

    :ivar scope: ``product`` (``target`` is a SKU), ``category`` (``target`` is its name) or ``all``
    :ivar computation: ``fixed`` (``tiers`` give unit prices) or ``discount`` (``percent`` off the list price)
    :ivar mode: ``volume`` or ``graduated`` where there are tiers, else empty
    :ivar tiers: (from quantity, unit price in euro without tax), lowest first
    """

    scope: str
    target: str
    computation: str
    mode: str = ""
    tiers: tuple[tuple[int, Decimal], ...] = ()
    percent: Decimal = Decimal(0)

    def covers(self, product):
        """Whether the rule is meant for ``product`` (a :class:`.catalog.Product`)."""
        return self.scope == ALL or self.target == (product.sku if self.scope == PRODUCT else product.category)

    def net(self, list_price, quantity):
        """Return the exact net of ``quantity`` units, before any rounding."""
        if self.computation == DISCOUNT:
            return quantity * list_price * (100 - self.percent) / 100
        if self.mode == VOLUME:
            return quantity * max((tier for tier in self.tiers if tier[0] <= quantity), default=self.tiers[0])[1]
        ends = [*(floor - 1 for floor, _price in self.tiers[1:]), quantity]
        net, done = Decimal(0), 0
        for end, (_floor, price) in zip(ends, self.tiers, strict=True):
            slice_quantity = max(min(quantity, end) - done, 0)
            net += slice_quantity * price
            done += slice_quantity
        return net


@dataclass(frozen=True, slots=True)
class PriceAgreement:
    """What one company agreed: ``company`` is the key of a :class:`.companies.Company`; the narrowest rule wins."""

    company: str
    name: str
    currency: str
    rules: tuple[PriceRule, ...]

    def rule_for(self, product):
        """Return the rule that prices ``product``, or None."""
        covering = [rule for rule in self.rules if rule.covers(product)]
        return min(covering, key=lambda rule: (PRODUCT, CATEGORY, ALL).index(rule.scope), default=None)


_TIERS = ((1, Decimal("10.00")), (100, Decimal("9.00")), (500, Decimal("8.00")))

PRICE_AGREEMENTS = (
    PriceAgreement(
        "hansen",
        "Rahmenvertrag Hansen",
        "EUR",
        (
            PriceRule(PRODUCT, "AR-KH12", FIXED, VOLUME, _TIERS),
            PriceRule(CATEGORY, HOSES, DISCOUNT, percent=Decimal(5)),
        ),
    ),
    PriceAgreement("brandt", "Staffelvertrag Brandt", "EUR", (PriceRule(PRODUCT, "AR-RV1", FIXED, GRADUATED, _TIERS),)),
    PriceAgreement("lindner", "Rabattvertrag Lindner", "EUR", (PriceRule(ALL, "", DISCOUNT, percent=Decimal(12)),)),
)
AGREEMENT_OF = {agreement.company: agreement for agreement in PRICE_AGREEMENTS}
