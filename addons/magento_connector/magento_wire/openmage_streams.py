"""The streams a Magento 1 shop can give, on one screen: which methods list and tell a record, and what it lacks.

========= ============================================================================
head_id   the field of a list's row that identifies the record, empty where it is empty
info_by   the field of a list's row that the record is asked for by
record    (info, head) -> payload in the shape of REST
========= ============================================================================

A list of Magento 1 has no pages and knows no order; its rows are headers, the record is asked for one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import openmage_shape as shape
from .streams import STREAMS

_NOT_IN_1 = "Magento 1 does not tell this over its interface."
LACKS = {
    "websites": "Magento 1 does not list websites; a store view names the number of its website.",
    "store_configs": "Magento 1 does not tell a store view's currency, language and time zone: enter them here.",
    "tax_classes": _NOT_IN_1,
    "tax_rates": "Magento 1 does not list tax rates; an order's lines tell their percentages, which are mapped.",
    "tax_rules": _NOT_IN_1,
    "transactions": "Magento 1 does not tell payment transactions over its interface; its invoices tell what is paid.",
    "source_items": "Magento 1 keeps one stock for the whole shop, not one for each warehouse.",
    "product_attributes": "Magento 1 does not tell which products are variants of another; each is taken by itself.",
    "company_relations": "Magento 1 has no company accounts.",
    "companies": "Magento 1 has no company accounts; companies are known by VAT number and name.",
}
"""Stream -> why a Magento 1 shop does not give it, in words for the screen."""

LACKING_SOAP = {
    **LACKS,
    "invoices": "SOAP v2 leaves out the discount of an invoice's lines, so that they cannot be checked. Connect by "
    "XML-RPC to read the shop's invoices.",
}
"""The same for SOAP v2, whose WSDL declares less than the shop knows."""


@dataclass(frozen=True, slots=True)
class OpenMageStream:
    """How one stream is read. See the module's table.

    :ivar lister: method that lists; ``teller`` the one that tells a record, empty where the list tells it whole
    """

    name: str
    lister: str
    head_id: str
    teller: str = ""
    info_by: str = ""
    record: Callable | None = None

    @property
    def stream(self):
        return STREAMS[self.name]

    @property
    def filter_id(self):
        """What the list filters by for the record's id; the database's column where the list has no name for it."""
        return self.head_id or "entity_id"


_ALL = (
    OpenMageStream("stores", "store.list", "store_id", record=lambda _info, head: shape.store_record(head)),
    OpenMageStream(
        "customer_groups", "customer_group.list", "customer_group_id",
        record=lambda _info, head: shape.group_record(head),
    ),
    OpenMageStream("categories", "catalog_category.tree", "category_id"),
    OpenMageStream(
        "products", "catalog_product.list", "product_id", "catalog_product.info", "product_id",
        lambda info, _head: shape.product_record(info),
    ),
    OpenMageStream(
        "customers", "customer.list", "customer_id", "customer_address.list", "customer_id",
        lambda addresses, head: shape.customer_record(head, addresses),
    ),
    OpenMageStream(
        "orders", "sales_order.list", "order_id", "sales_order.info", "increment_id",
        lambda info, _head: shape.order_record(info),
    ),
    OpenMageStream(
        "invoices", "sales_order_invoice.list", "invoice_id", "sales_order_invoice.info", "increment_id",
        lambda info, _head: shape.document_record(info, "invoice_id"),
    ),
    OpenMageStream(
        "shipments", "sales_order_shipment.list", "", "sales_order_shipment.info", "increment_id",
        lambda info, _head: shape.document_record(info, "shipment_id"),
    ),
    OpenMageStream(
        "credit_memos", "sales_order_creditmemo.list", "creditmemo_id", "sales_order_creditmemo.info", "increment_id",
        lambda info, _head: shape.document_record(info, "creditmemo_id"),
    ),
)  # fmt: skip

OPENMAGE_STREAMS = {stream.name: stream for stream in _ALL}
