"""Whether a payload has the shape its mapper reads: records where records belong, lists where lists do.

A shop's module, a proxy or a half-made export may put anything anywhere. Told here, once, the mappers need not ask at
each field. PHP writes an empty record as an empty list; that is no fault.
"""

from __future__ import annotations

from .refusals import RecordRefused

RECORDS = frozenset(
    (
        "extension_attributes", "payment", "billing_address", "shipping_address", "parent_item", "product_option",
        "shipping", "address", "total", "company_attributes", "company_order_attributes",
    )
)  # fmt: skip
LISTS = frozenset(
    (
        "items", "status_histories", "status_history", "shipping_assignments", "addresses", "tracks", "comments",
        "itemized_taxes", "additional_itemized_taxes", "applied_taxes", "item_applied_taxes", "taxes", "rates",
        "payment_additional_info", "custom_fees", "configurable_item_options", "custom_options", "bundle_options",
        "tier_prices", "product_links", "media_gallery_entries", "category_links",
        "configurable_product_options", "bundle_product_options",
    )
)  # fmt: skip
PLAIN_LISTS = frozenset(
    (
        "website_ids", "configurable_product_links", "option_selections",
        "tax_rate_ids", "customer_tax_class_ids", "product_tax_class_ids",
    )
)  # fmt: skip
DEEPEST = 12


def well_shaped(payload, entity):
    """Return a payload whose records are dicts and whose lists are lists.

    :param payload: what the shop sent
    :param str entity: what it is, for the words, such as ``order``
    :returns: a copy in which absent records and lists are empty ones
    :raises RecordRefused: ``not_a_record`` or ``wrong_shape``, the field named
    """
    if not isinstance(payload, dict):
        raise RecordRefused("not_a_record", entity=f"the {entity}", value=type(payload).__name__)
    return _record(payload, entity, 0)


def _record(record, entity, depth):
    if depth > DEEPEST:
        raise RecordRefused("wrong_shape", entity=entity, field="…", value="records in records without end")
    return {name: _field(name, value, entity, depth) for name, value in record.items()}


def _field(name, value, entity, depth):
    if name in RECORDS:
        if isinstance(value, dict):
            return _record(value, entity, depth + 1)
        if value in (None, "", [], False):
            return {}
        raise RecordRefused("wrong_shape", entity=entity, field=name, value=_short(value))
    if name in LISTS:
        if isinstance(value, list) and all(isinstance(row, dict) for row in value):
            return [_record(row, entity, depth + 1) for row in value]
        if value in (None, "", {}, False):
            return []
        raise RecordRefused("wrong_shape", entity=entity, field=name, value=_short(value))
    if name in PLAIN_LISTS:
        if isinstance(value, list):
            return value
        if value in (None, "", {}, False):
            return []
        raise RecordRefused("wrong_shape", entity=entity, field=name, value=_short(value))
    return value


def _short(value):
    return str(value)[:60]
