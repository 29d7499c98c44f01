"""From the shop's settings (websites, store views, customer groups, taxes) to what set-up maps them by."""

from __future__ import annotations

from .amounts import exact, text, whole_number
from .intents import (
    CustomerGroupIntent,
    StoreIntent,
    TaxClassIntent,
    TaxRateIntent,
    TaxRuleIntent,
    WebsiteIntent,
)
from .refusals import RecordRefused
from .shapes import well_shaped


def map_website(payload):
    """Return a website (a row of ``/V1/store/websites``). :rtype: WebsiteIntent"""
    return WebsiteIntent(_id(payload, "website", "id"), text(payload.get("code")), text(payload.get("name")))


def map_store(payload, config=None):
    """Return a store view.

    :param dict payload: a row of ``/V1/store/storeViews`` or of ``/V1/store/storeConfigs``
    :param dict config: the same store's row of ``/V1/store/storeConfigs``, where ``payload`` is of storeViews
    :rtype: StoreIntent
    """
    config = config or payload
    return StoreIntent(
        external_id=_id(payload, "store view", "id"),
        code=text(payload.get("code")),
        website_id=whole_number(payload.get("website_id")) or 0,
        name=text(payload.get("name")) or text(payload.get("code")),
        group_id=whole_number(payload.get("store_group_id")),
        active=payload.get("is_active") in (None, True, 1, "1"),
        locale=text(config.get("locale")),
        timezone=text(config.get("timezone")),
        currency=text(config.get("default_display_currency_code")),
        base_currency=text(config.get("base_currency_code")),
        weight_unit=text(config.get("weight_unit")),
        url=text(config.get("secure_base_url")) or text(config.get("base_url")),
        media_url=text(config.get("secure_base_media_url")) or text(config.get("base_media_url")),
    )


def map_customer_group(payload):
    """Return a customer group (a row of ``/V1/customerGroups/search``). :rtype: CustomerGroupIntent"""
    return CustomerGroupIntent(
        _id(payload, "customer group", "id"),
        text(payload.get("code")),
        whole_number(payload.get("tax_class_id")),
    )


def map_tax_rate(payload):
    """Return a tax rate (a row of ``/V1/taxRates/search``). :rtype: TaxRateIntent"""
    return TaxRateIntent(
        external_id=_id(payload, "tax rate", "id"),
        code=text(payload.get("code")),
        percent=exact(payload.get("rate"), "rate"),
        country=text(payload.get("tax_country_id")),
        region=text(payload.get("region_name")),
        postcode=text(payload.get("tax_postcode")),
    )


def map_tax_rule(payload):
    """Return a tax rule (a row of ``/V1/taxRules/search``). :rtype: TaxRuleIntent"""

    payload = well_shaped(payload, "tax rule")

    def ids(field):
        found = (whole_number(value) for value in payload[field]) if payload.get(field) else ()
        return tuple(value for value in found if value is not None)

    return TaxRuleIntent(
        external_id=_id(payload, "tax rule", "id"),
        code=text(payload.get("code")),
        priority=whole_number(payload.get("priority")) or 0,
        rate_ids=ids("tax_rate_ids"),
        customer_class_ids=ids("customer_tax_class_ids"),
        product_class_ids=ids("product_tax_class_ids"),
    )


def map_tax_class(payload):
    """Return a tax class; ``kind`` is ``product`` or ``customer``. :rtype: TaxClassIntent"""
    return TaxClassIntent(
        _id(payload, "tax class", "class_id"),
        text(payload.get("class_name")),
        text(payload.get("class_type")).lower(),
    )


def _id(payload, entity, field):
    if not isinstance(payload, dict):
        raise RecordRefused("not_a_record", entity=f"the {entity}", value=type(payload).__name__)
    external_id = whole_number(payload.get(field))
    if external_id is None:
        raise RecordRefused("missing_field", entity=entity, number=text(payload.get("code")) or "?", field=field)
    return external_id
