"""Everything the connector can read from a shop, on one screen: what it is called, where it is, what it becomes.

========== =========================================================================
key        the record's field that identifies it (several joined by a comma where one does not)
id_filter  the same as the shop's lists filter and sort by it (a column, often another name)
changed    the field with the time of change; without one the list is read whole
========== =========================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import document_mapping, order_mapping, partner_mapping, product_mapping, reference_mapping

CORE, MULTI_SOURCE, B2B, COMPANY_RELATIONS, ASYNC_BULK = (
    "core", "multi_source", "b2b", "company_relations", "async_bulk",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of record of the shop.

    :ivar path: below ``/V1/``
    :ivar map: payload -> intent
    :ivar plain: the answer is a bare list, not a search result
    :ivar where: filters that always hold, as (field, condition, value)
    :ivar feature: what the shop must have (``core``, ``multi_source``, ``b2b``, ``company_relations``)
    :ivar right: the integration's right that reading needs, as the shop's tree of rights names it
    """

    name: str
    path: str
    key: str
    id_filter: str
    map: Callable
    changed: str = ""
    plain: bool = False
    where: tuple[tuple[str, str, str], ...] = ()
    feature: str = CORE
    right: str = ""

    def identify(self, record):
        """Return what names a record for good, as text: its key, or its parts joined by ``@``.

        :param dict record: payload
        """
        return "@".join(str(record[part]) for part in self.key.split(","))

    @property
    def sort_fields(self):
        return self.id_filter.split(",")


_ALL = (
    # name              path                       key           id_filter                   mapper
    Stream("websites", "store/websites", "id", "", reference_mapping.map_website, plain=True, right="Stores"),
    Stream("stores", "store/storeViews", "id", "", reference_mapping.map_store, plain=True, right="Stores"),
    Stream("store_configs", "store/storeConfigs", "id", "", reference_mapping.map_store, plain=True, right="Stores"),
    Stream("customer_groups", "customerGroups/search", "id", "customer_group_id",
           reference_mapping.map_customer_group, right="Customers > Customer Groups"),
    Stream("tax_classes", "taxClasses/search", "class_id", "class_id",
           reference_mapping.map_tax_class, right="Stores > Taxes"),
    Stream("tax_rates", "taxRates/search", "id", "tax_calculation_rate_id",
           reference_mapping.map_tax_rate, right="Stores > Taxes"),
    Stream("tax_rules", "taxRules/search", "id", "tax_calculation_rule_id",
           reference_mapping.map_tax_rule, right="Stores > Taxes"),
    Stream("categories", "categories/list", "id", "entity_id",
           product_mapping.map_category, right="Catalog > Categories"),
    Stream("product_attributes", "products/attributes", "attribute_id", "attribute_code",
           product_mapping.map_attribute, where=(("frontend_input", "eq", "select"), ("is_user_defined", "eq", "1")),
           right="Stores > Attributes > Product"),
    Stream("products", "products", "id", "entity_id",
           product_mapping.map_product, "updated_at", right="Catalog > Products"),
    Stream("customers", "customers/search", "id", "entity_id",
           partner_mapping.map_customer, "updated_at", right="Customers > All Customers"),
    Stream("orders", "orders", "entity_id", "entity_id",
           order_mapping.map_order, "updated_at", right="Sales > Orders > View"),
    Stream("invoices", "invoices", "entity_id", "entity_id",
           document_mapping.map_invoice, "updated_at", right="Sales > Invoices"),
    Stream("shipments", "shipments", "entity_id", "entity_id",
           document_mapping.map_shipment, "updated_at", right="Sales > Shipments"),
    Stream("credit_memos", "creditmemos", "entity_id", "entity_id",
           document_mapping.map_credit_memo, "updated_at", right="Sales > Credit Memos"),
    Stream("transactions", "transactions", "transaction_id", "transaction_id",
           document_mapping.map_transaction, "created_at", right="Sales > Transactions > Fetch"),
    Stream("source_items", "inventory/source-items", "sku,source_code", "sku,source_code",
           product_mapping.map_stock, feature=MULTI_SOURCE, right="Catalog > Inventory"),
    Stream("companies", "company/", "id", "entity_id",
           partner_mapping.map_company, feature=B2B, right="Customers > Companies"),
    Stream("company_relations", "company/relations", "company_id", "company_id",
           partner_mapping.map_company_relation, feature=COMPANY_RELATIONS, right="Customers > Companies"),
)  # fmt: skip

STREAMS = {stream.name: stream for stream in _ALL}
