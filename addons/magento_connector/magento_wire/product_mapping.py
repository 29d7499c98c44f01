"""From the shop's catalogue to products, categories and stock."""

from __future__ import annotations

import html
import re

from .amounts import ZERO, amount, exact, naive_utc, text, whole_number
from .intents import AttributeIntent, CategoryIntent, ChoiceIntent, ProductIntent, StockIntent, TierPriceIntent
from .refusals import RecordRefused
from .shapes import well_shaped

ALL_GROUPS = 32000
"""The shop's id for "all customer groups"."""

TOGETHER = "0"
"""A bundle's ``shipment_type`` by which it is shipped as a whole."""

NOT_STOCKED = ("virtual", "downloadable", "bundle", "grouped", "configurable", "giftcard")


def map_product(payload):
    """Return a product of any type.

    :param dict payload: a row of ``/V1/products``
    :rtype: ProductIntent
    :raises RecordRefused: without an id or a sku
    """
    payload = well_shaped(payload, "product")
    attributes = custom_attributes(payload)
    extension = payload.get("extension_attributes") or {}
    external_id, sku = whole_number(payload.get("id")), text(payload.get("sku"))
    for field, value in (("id", external_id), ("sku", sku)):
        if value in (None, ""):
            raise RecordRefused("missing_field", entity="product", number=sku or external_id or "?", field=field)
    product_type = text(payload.get("type_id")) or "simple"
    return ProductIntent(
        external_id=external_id,
        sku=sku,
        name=text(payload.get("name")) or sku,
        product_type=product_type,
        price=None if payload.get("price") is None else amount(payload["price"], "price"),
        active=whole_number(payload.get("status")) == 1,
        tax_class_id=whole_number(attributes.get("tax_class_id")),
        weight=amount(payload.get("weight"), "weight"),
        website_ids=_ids(extension.get("website_ids")),
        category_ids=_category_ids(extension, attributes),
        tier_prices=tuple(_tier_price(row) for row in payload.get("tier_prices") or []),
        special_price=_optional(attributes.get("special_price"), "special_price"),
        cost=_optional(attributes.get("cost"), "cost"),
        barcode=next((text(attributes[name]) for name in ("barcode", "ean", "gtin") if attributes.get(name)), ""),
        description=plain_text(attributes.get("short_description") or attributes.get("description")),
        image=_image(payload, attributes),
        children=_ids(extension.get("configurable_product_links")),
        choices=tuple(_choices(extension)),
        options=tuple(
            (text(code), str(value)) for code, value in attributes.items() if code and str(value).strip().isdecimal()
        ),
        components=tuple(_components(payload, extension)),
        option_attributes=tuple(
            text(option.get("label")) for option in extension.get("configurable_product_options") or []
        ),
        stockable=product_type not in NOT_STOCKED,
        ships_together=product_type == "bundle" and text(attributes.get("shipment_type")) == TOGETHER,
        created_at=naive_utc(payload.get("created_at"), "created_at"),
        updated_at=naive_utc(payload.get("updated_at"), "updated_at"),
    )


def map_stock(payload):
    """Return the quantity of one sku in one source (a row of ``/V1/inventory/source-items``).

    :rtype: StockIntent
    """
    payload = well_shaped(payload, "source item")
    sku, source = text(payload.get("sku")), text(payload.get("source_code"))
    if not sku or not source:
        raise RecordRefused("missing_field", entity="source item", number=sku or "?", field="sku or source_code")
    return StockIntent(
        sku, source, amount(payload.get("quantity"), "quantity"), whole_number(payload.get("status")) == 1
    )


def map_attribute(payload):
    """Return an attribute with its options (a row of ``/V1/products/attributes``).

    :rtype: AttributeIntent
    """
    payload = well_shaped(payload, "attribute")
    external_id, code = whole_number(payload.get("attribute_id")), text(payload.get("attribute_code"))
    for field, value in (("attribute_id", external_id), ("attribute_code", code)):
        if value in (None, ""):
            raise RecordRefused("missing_field", entity="attribute", number=code or external_id or "?", field=field)
    rows = payload.get("options") or []
    if not isinstance(rows, list) or any(not isinstance(row, dict) for row in rows):
        raise RecordRefused("wrong_shape", entity="attribute", field="options", value=str(rows)[:60])
    return AttributeIntent(
        external_id=external_id,
        code=code,
        label=text(payload.get("default_frontend_label")) or code,
        options=tuple(
            (text(row.get("value")), text(row.get("label")) or text(row.get("value")))
            for row in rows
            if text(row.get("value"))
        ),
    )


def map_category(payload):
    """Return a category (a row of ``/V1/categories/list``).

    :rtype: CategoryIntent
    """
    payload = well_shaped(payload, "category")
    external_id = whole_number(payload.get("id"))
    if external_id is None:
        raise RecordRefused("missing_field", entity="category", number="?", field="id")
    return CategoryIntent(
        external_id=external_id,
        parent_id=whole_number(payload.get("parent_id")) or None,
        name=text(payload.get("name")),
        active=bool(payload.get("is_active", True)),
    )


def custom_attributes(payload):
    """Return the custom attributes of a payload by code; the shop sends a list of pairs, some versions a
    mapping.
    """
    rows = payload.get("custom_attributes") or []
    if isinstance(rows, dict):
        return {code: row.get("value") if isinstance(row, dict) else row for code, row in rows.items()}
    if not isinstance(rows, list):
        raise RecordRefused("wrong_shape", entity="product", field="custom_attributes", value=str(rows)[:60])
    return {text(row.get("attribute_code")): row.get("value") for row in rows if isinstance(row, dict)}


def plain_text(value):
    """Return text without markup: the shop's descriptions are HTML that is nobody's to trust."""
    without_code = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>", " ", text(value))
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", without_code)).split())


def _choices(extension):
    for option in extension.get("configurable_product_options") or []:
        attribute_id, rows = whole_number(option.get("attribute_id")), option.get("values") or []
        if not isinstance(rows, list) or any(not isinstance(row, dict) for row in rows):
            raise RecordRefused(
                "wrong_shape", entity="product", field="configurable_product_options", value=str(option)[:60]
            )
        if attribute_id is not None:
            values = tuple(text(row.get("value_index")) for row in rows)
            yield ChoiceIntent(attribute_id, text(option.get("label")), values)


def _optional(value, field):
    return None if value in (None, "") else amount(value, field)


def _ids(values):
    found = (whole_number(value) for value in values or [])
    return tuple(value for value in found if value is not None)


def _category_ids(extension, attributes):
    links = extension.get("category_links")
    if links:
        return _ids(link.get("category_id") for link in links)
    stated = attributes.get("category_ids")
    return _ids(stated if isinstance(stated, list) else text(stated).split(","))


def _tier_price(row):
    extension = row.get("extension_attributes") or {}
    group = whole_number(row.get("customer_group_id"))
    percent = extension.get("percentage_value")
    return TierPriceIntent(
        group_id=None if group == ALL_GROUPS else group,
        website_id=whole_number(extension.get("website_id")) or 0,
        quantity=amount(row.get("qty"), "qty"),
        price=amount(row.get("value"), "value"),
        percent=None if percent is None else exact(percent, "percentage_value"),
    )


def _image(payload, attributes):
    for entry in payload.get("media_gallery_entries") or []:
        if "image" in (entry.get("types") or []) and not entry.get("disabled"):
            return text(entry.get("file"))
    image = text(attributes.get("image"))
    return "" if image == "no_selection" else image


def _components(payload, extension):
    """The parts of a bundle (each option's default, else first choice) or the members of a grouped
    product.
    """
    for option in extension.get("bundle_product_options") or []:
        choices = option.get("product_links") or []
        preferred = [choice for choice in choices if choice.get("is_default")] or choices[:1]
        for choice in preferred:
            yield text(choice.get("sku")), amount(choice.get("qty"), "qty")
    for link in payload.get("product_links") or []:
        if link.get("link_type") == "associated":
            quantity = (link.get("extension_attributes") or {}).get("qty")
            yield text(link.get("linked_product_sku")), amount(quantity, "qty") or ZERO + 1
