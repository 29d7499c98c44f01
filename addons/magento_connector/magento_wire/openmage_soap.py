"""A Magento 1 or OpenMage shop over SOAP v2, by zeep.

Its WSDL declares less than the shop knows, and what it does not declare is not sent: an order's lines name no parent
and no hidden tax, its shipping no tax. The list of orders tells what belongs to the header; the rest follows from what
the lines do tell. One request for each record: SOAP v2 has no way to ask for several.
"""

from __future__ import annotations

from .amounts import amount, text, whole_number
from .errors import failure
from .openmage import OpenMageShop
from .openmage_shape import hidden_taxes
from .openmage_streams import LACKING_SOAP
from .refusals import RecordRefused
from .soap_client import SoapEndpoint

OPERATIONS = {
    "magento.info": "magentoInfo",
    "store.list": "storeList",
    "customer_group.list": "customerGroupList",
    "customer.list": "customerCustomerList",
    "customer_address.list": "customerAddressList",
    "catalog_category.tree": "catalogCategoryTree",
    "catalog_product.list": "catalogProductList",
    "catalog_product.info": "catalogProductInfo",
    "product_attribute_tier_price.info": "catalogProductAttributeTierPriceInfo",
    "sales_order.list": "salesOrderList",
    "sales_order.info": "salesOrderInfo",
    "sales_order.addComment": "salesOrderAddComment",
    "sales_order.hold": "salesOrderHold",
    "sales_order.unhold": "salesOrderUnhold",
    "sales_order.cancel": "salesOrderCancel",
    "sales_order_invoice.list": "salesOrderInvoiceList",
    "sales_order_invoice.info": "salesOrderInvoiceInfo",
    "sales_order_invoice.create": "salesOrderInvoiceCreate",
    "sales_order_invoice.capture": "salesOrderInvoiceCapture",
    "sales_order_shipment.create": "salesOrderShipmentCreate",
    "sales_order_shipment.addTrack": "salesOrderShipmentAddTrack",
    "sales_order_shipment.removeTrack": "salesOrderShipmentRemoveTrack",
    "sales_order_creditmemo.create": "salesOrderCreditmemoCreate",
    "cataloginventory_stock_item.list": "catalogInventoryStockItemList",
    "cataloginventory_stock_item.update": "catalogInventoryStockItemUpdate",
    "catalog_product.update": "catalogProductUpdate",
    "product_attribute_tier_price.update": "catalogProductAttributeTierPriceUpdate",
    "sales_order_shipment.list": "salesOrderShipmentList",
    "sales_order_shipment.info": "salesOrderShipmentInfo",
    "sales_order_creditmemo.list": "salesOrderCreditmemoList",
    "sales_order_creditmemo.info": "salesOrderCreditmemoInfo",
}
"""Method of Magento 1 -> operation of SOAP v2."""


class OpenMageSoapShop(OpenMageShop):
    """One Magento 1 shop, spoken to by SOAP v2. See :class:`~.openmage.OpenMageShop`."""

    name = "openmage_soap"
    lacks = LACKING_SOAP

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        address = f"{self.base_url}/index.php/api/v2_soap/"
        self._endpoint = SoapEndpoint(f"{address}?wsdl=1", address, self._carry)

    def _open_session(self, username, key):
        return self._endpoint.call("login", [username, key], reading=True)

    def _call(self, session, path, arguments, reading):
        if path.endswith(".list"):
            arguments = [as_filters(argument) if isinstance(argument, dict) else argument for argument in arguments]
        answer = self._endpoint.call(OPERATIONS[path], [session, *arguments], reading=reading)
        return [] if answer is None and path.endswith(".list") else answer

    @staticmethod
    def quantities(lines):
        return [{"order_item_id": item, "qty": float(quantity)} for item, quantity in lines]

    def completed(self, source, head, info):
        if source.name == "orders":
            if text(info.get("updated_at")) != text(head.get("updated_at")):
                head = self.order_head(head["order_id"])  # it changed between list and record
            return complete_order(head, info)
        if source.name == "products" and any("qty" not in row for row in info.get("tier_price") or []):
            identifier = text(head["product_id"])
            return {**info, "tier_price": self.remote("product_attribute_tier_price.info", [identifier, "id"])}
        return info


def as_filters(filters):
    """Return filters, ``{field: {condition: value}}``, as SOAP v2 takes them; lists joined by commas.

    Of two conditions on one field, shops before 1.7 know only the last: the lower bound, so that nothing is missed.
    """
    conditions = [
        {"key": name, "value": {"key": kind, "value": ",".join(value) if isinstance(value, list) else str(value)}}
        for name, bounds in filters.items()
        for kind, value in sorted(bounds.items(), reverse=True)
    ]
    return {"complex_filter": conditions}


def complete_order(head, info):
    """Return an order (``sales_order.info`` of SOAP v2) with what its WSDL leaves out.

    :param dict head: the order's row of ``sales_order.list``
    :param dict info: the order
    :raises ShopError: where the two are not the same order's
    """
    if text(head.get("increment_id")) != text(info.get("increment_id")):
        raise failure("unexpected", "GET", "sales_order.info: another order than asked for")
    order = {**head, **{name: value for name, value in info.items() if value is not None}}
    order["items"] = with_parents(info.get("items") or [])
    top = [item for item in order["items"] if not item.get("parent_item_id")]
    for item, share in zip(top, _hidden_taxes(order, top), strict=False):
        item["hidden_tax_amount"] = str(share)
    return order


def _hidden_taxes(order, lines):
    """The hidden tax of each line where the header has one and they do not tell theirs."""
    try:
        if not amount(order.get("hidden_tax_amount")) or any(line.get("hidden_tax_amount") for line in lines):
            return []
        return hidden_taxes(lines, order["hidden_tax_amount"]) or []
    except RecordRefused:  # a number that is none: the mapper refuses the order, naming it
        return []


def with_parents(items):
    """Return an order's lines with the parent of each, which SOAP v2 does not name.

    A configurable product's line is followed by the chosen variant, of the same SKU and at no price; a bundle's by its
    parts, whose options say so.
    """
    lines = sorted((dict(item) for item in items), key=lambda item: whole_number(item.get("item_id")) or 0)
    parent = None
    for item in lines:
        if item.get("parent_item_id"):
            continue
        if parent is not None and _belongs(item, parent):
            item["parent_item_id"] = parent["item_id"]
        else:
            parent = item if item.get("product_type") in ("configurable", "bundle") else None
    return lines


def _belongs(item, parent):
    if parent["product_type"] == "bundle":
        return "bundle_selection_attributes" in text(item.get("product_options"))
    same = text(item.get("sku")) == text(parent.get("sku"))
    return same and item.get("product_type") in ("simple", "virtual") and not _priced(item)


def _priced(item):
    try:
        return bool(amount(item.get("row_total")) or amount(item.get("price")))
    except RecordRefused:
        return True
