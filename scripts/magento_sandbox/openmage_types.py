"""The types of Magento 1's SOAP v2: what its WSDL declares of the records of :mod:`.openmage_view`.

Apart, because it is a table, written as :mod:`.soap_types` says. What the WSDL does not declare, the shop does not
send: an order has no parents of its lines, no hidden tax and no shipping tax there, the list of orders has the latter
two; an invoice's lines have no discount; tier prices have neither group nor quantity.
"""

from __future__ import annotations

from .soap_types import Field, parse

PLAIN = {"i": "int", "f": "double", "s": "string", "b": "boolean"}
ARRAYS = {
    "s": "ArrayOfString",
    "associativeEntity": "associativeArray",
    "orderItemIdQty": "orderItemIdQtyArray",
    "catalogCategoryEntity": "ArrayOfCatalogCategoryEntities",
    "customerAddressEntityItem": "customerAddressEntityArray",
}
"""Lists that are not called after what they hold."""

TYPES = parse("""
associativeEntity
  key:s value:s
complexFilter
  key:s value:associativeEntity
filters
  filter:associativeEntity[] complex_filter:complexFilter[]
catalogProductRequestAttributes
  attributes:s[] additional_attributes:s[]
salesOrderListEntity
  adjustment_negative:s adjustment_positive:s applied_rule_ids:s base_adjustment_negative:s
  base_adjustment_positive:s base_currency_code:s base_discount_amount:s base_discount_canceled:s
  base_discount_invoiced:s base_discount_refunded:s base_grand_total:s base_hidden_tax_amount:s
  base_hidden_tax_invoiced:s base_hidden_tax_refunded:s base_shipping_amount:s base_shipping_canceled:s
  base_shipping_discount_amount:s base_shipping_incl_tax:s base_shipping_invoiced:s base_shipping_refunded:s
  base_shipping_tax_amount:s base_shipping_tax_refunded:s base_subtotal:s base_subtotal_canceled:s
  base_subtotal_incl_tax:s base_subtotal_invoiced:s base_subtotal_refunded:s base_tax_amount:s
  base_tax_canceled:s base_tax_invoiced:s base_tax_refunded:s base_to_global_rate:s base_to_order_rate:s
  base_total_canceled:s base_total_due:s base_total_invoiced:s base_total_invoiced_cost:s
  base_total_offline_refunded:s base_total_paid:s base_total_refunded:s billing_address_id:s coupon_code:s
  created_at:s customer_email:s customer_firstname:s customer_group_id:s customer_id:s customer_is_guest:s
  customer_lastname:s customer_note_notify:s customer_taxvat:s discount_amount:s discount_canceled:s
  discount_description:s discount_invoiced:s discount_refunded:s edit_increment:s email_sent:s
  global_currency_code:s grand_total:s hidden_tax_amount:s hidden_tax_invoiced:s hidden_tax_refunded:s
  hold_before_state:s hold_before_status:s increment_id:s is_virtual:s order_currency_code:s order_id:s
  original_increment_id:s protect_code:s quote_id:s relation_child_id:s relation_child_real_id:s
  relation_parent_id:s relation_parent_real_id:s remote_ip:s shipping_amount:s shipping_canceled:s
  shipping_description:s shipping_discount_amount:s shipping_hidden_tax_amount:s shipping_incl_tax:s
  shipping_invoiced:s shipping_method:s shipping_refunded:s shipping_tax_amount:s shipping_tax_refunded:s
  state:s status:s store_currency_code:s store_id:s store_name:s store_to_base_rate:s store_to_order_rate:s
  subtotal:s subtotal_canceled:s subtotal_incl_tax:s subtotal_invoiced:s subtotal_refunded:s tax_amount:s
  tax_canceled:s tax_invoiced:s tax_refunded:s total_canceled:s total_due:s total_invoiced:s total_item_count:s
  total_offline_refunded:s total_paid:s total_qty_ordered:s total_refunded:s updated_at:s weight:s
salesOrderEntity
  applied_rule_ids:s base_currency_code:s base_discount_amount:s base_grand_total:s base_shipping_amount:s
  base_subtotal:s base_tax_amount:s base_to_global_rate:s base_to_order_rate:s base_total_canceled:s
  base_total_invoiced:s base_total_offline_refunded:s base_total_paid:s base_total_refunded:s
  billing_address:salesOrderAddressEntity billing_address_id:s created_at:s customer_email:s
  customer_firstname:s customer_group_id:s customer_id:s customer_is_guest:s customer_lastname:s
  customer_note_notify:s discount_amount:s email_sent:s global_currency_code:s grand_total:s increment_id:s
  is_virtual:s items:salesOrderItemEntity[] order_currency_code:s order_id:s payment:salesOrderPaymentEntity
  quote_id:s remote_ip:s shipping_address:salesOrderAddressEntity shipping_amount:s shipping_description:s
  shipping_method:s state:s status:s status_history:salesOrderStatusHistoryEntity[] store_currency_code:s
  store_id:s store_name:s store_to_base_rate:s store_to_order_rate:s subtotal:s tax_amount:s total_canceled:s
  total_invoiced:s total_offline_refunded:s total_paid:s total_qty_ordered:s total_refunded:s updated_at:s
  weight:s
salesOrderItemEntity
  amount_refunded:s applied_rule_ids:s base_amount_refunded:s base_discount_amount:s base_discount_invoiced:s
  base_original_price:s base_price:s base_row_invoiced:s base_row_total:s base_tax_amount:s base_tax_invoiced:s
  base_weee_tax_applied_amount:s base_weee_tax_applied_row_amount:s base_weee_tax_disposition:s
  base_weee_tax_row_disposition:s created_at:s discount_amount:s discount_invoiced:s discount_percent:s
  free_shipping:s is_qty_decimal:s is_virtual:s item_id:s name:s no_discount:s order_id:s original_price:s
  price:s product_id:s product_options:s product_type:s qty_canceled:s qty_invoiced:s qty_ordered:s
  qty_refunded:s qty_shipped:s quote_item_id:s row_invoiced:s row_total:s row_weight:s sku:s tax_amount:s
  tax_invoiced:s tax_percent:s updated_at:s weee_tax_applied:s weee_tax_applied_amount:s
  weee_tax_applied_row_amount:s weee_tax_disposition:s weee_tax_row_disposition:s weight:s
salesOrderAddressEntity
  address_id:s address_type:s city:s company:s country_id:s firstname:s lastname:s parent_id:s postcode:s
  region:s region_id:s street:s telephone:s
salesOrderPaymentEntity
  amount_ordered:s base_amount_ordered:s base_shipping_amount:s cc_last4:s method:s parent_id:s payment_id:s
  po_number:s shipping_amount:s
salesOrderStatusHistoryEntity
  comment:s created_at:s is_customer_notified:s parent_id:s status:s
salesOrderInvoiceEntity
  base_currency_code:s base_discount_amount:s base_grand_total:s base_shipping_amount:s base_subtotal:s
  base_tax_amount:s base_to_global_rate:s base_to_order_rate:s billing_address_id:s created_at:s
  discount_amount:s global_currency_code:s grand_total:s increment_id:s invoice_id:s
  items:salesOrderInvoiceItemEntity[] comments:salesOrderInvoiceCommentEntity[] order_currency_code:s order_id:s
  order_increment_id:s shipping_amount:s
  state:s store_currency_code:s store_id:s store_to_base_rate:s store_to_order_rate:s subtotal:s tax_amount:s
  updated_at:s
salesOrderInvoiceItemEntity
  base_price:s base_row_total:s base_tax_amount:s item_id:s name:s order_item_id:s parent_id:s price:s
  product_id:s qty:s row_total:s sku:s tax_amount:s
salesOrderShipmentEntity
  created_at:s increment_id:s items:salesOrderShipmentItemEntity[] comments:salesOrderShipmentCommentEntity[]
  order_id:s shipment_id:s
  shipping_address_id:s store_id:s total_qty:s tracks:salesOrderShipmentTrackEntity[] updated_at:s
salesOrderShipmentItemEntity
  item_id:s name:s order_item_id:s parent_id:s price:s product_id:s qty:s sku:s weight:s
salesOrderShipmentTrackEntity
  carrier_code:s created_at:s number:s order_id:s parent_id:s title:s track_id:s updated_at:s
salesOrderCreditmemoEntity
  adjustment:s adjustment_negative:s adjustment_positive:s base_adjustment:s base_adjustment_negative:s
  base_adjustment_positive:s base_currency_code:s base_discount_amount:s base_grand_total:s
  base_hidden_tax_amount:s base_shipping_amount:s base_shipping_incl_tax:s base_shipping_tax_amount:s
  base_subtotal:s base_subtotal_incl_tax:s base_tax_amount:s base_to_global_rate:s base_to_order_rate:s
  billing_address_id:s created_at:s creditmemo_id:s discount_amount:s global_currency_code:s grand_total:s
  hidden_tax_amount:s increment_id:s items:salesOrderCreditmemoItemEntity[]
  comments:salesOrderCreditmemoCommentEntity[] order_currency_code:s order_id:s
  shipping_address_id:s shipping_amount:s shipping_incl_tax:s shipping_tax_amount:s state:s
  store_currency_code:s store_id:s store_to_base_rate:s store_to_order_rate:s subtotal:s subtotal_incl_tax:s
  tax_amount:s updated_at:s
salesOrderCreditmemoItemEntity
  base_cost:s base_discount_amount:s base_hidden_tax_amount:s base_price:s base_price_incl_tax:s
  base_row_total:s base_row_total_incl_tax:s base_tax_amount:s base_weee_tax_row_disposition:s discount_amount:s
  hidden_tax_amount:s item_id:s name:s order_item_id:s parent_id:s price:s price_incl_tax:s product_id:s qty:s
  row_total:s row_total_incl_tax:s sku:s tax_amount:s weee_tax_applied:s weee_tax_applied_row_amount:s
  weee_tax_row_disposition:s
customerCustomerEntity
  created_at:s created_in:s customer_id:i email:s firstname:s group_id:i lastname:s password_hash:s store_id:i
  taxvat:s updated_at:s website_id:i
customerAddressEntityItem
  city:s company:s country_id:s created_at:s customer_address_id:i firstname:s is_default_billing:b
  is_default_shipping:b lastname:s postcode:s region:s region_id:i street:s telephone:s updated_at:s
catalogProductEntity
  category_ids:s[] name:s product_id:s set:s sku:s type:s website_ids:s[]
catalogProductReturnEntity
  categories:s[] category_ids:s[] created_at:s description:s name:s price:s product_id:s set:s
  short_description:s sku:s special_price:s special_from_date:s special_to_date:s status:s tax_class_id:s
  tier_price:catalogProductTierPriceEntity[]
  type:s type_id:s updated_at:s visibility:s websites:s[] weight:s
salesOrderInvoiceCommentEntity
  comment:s comment_id:s created_at:s is_customer_notified:s parent_id:s
salesOrderShipmentCommentEntity
  comment:s comment_id:s created_at:s is_customer_notified:s parent_id:s
salesOrderCreditmemoCommentEntity
  comment:s comment_id:s created_at:s is_customer_notified:s is_visible_on_front:s parent_id:s
orderItemIdQty
  order_item_id:i qty:f
salesOrderCreditmemoData
  qtys:orderItemIdQty[] shipping_amount:f adjustment_positive:f adjustment_negative:f
catalogInventoryStockItemUpdateEntity
  qty:s is_in_stock:i
catalogInventoryStockItemEntity
  product_id:s sku:s qty:s is_in_stock:s
catalogProductCreateEntity
  price:s special_price:s special_from_date:s special_to_date:s
catalogProductTierPriceEntity
  customer_group_id:s price:f qty:i website:s
storeEntity
  code:s group_id:i is_active:i name:s sort_order:i store_id:i website_id:i
customerGroupEntity
  customer_group_code:s customer_group_id:i
catalogCategoryTree
  category_id:i children:catalogCategoryEntity[] level:i name:s parent_id:i position:i
catalogCategoryEntity
  category_id:i children:catalogCategoryEntity[] is_active:i level:i name:s parent_id:i position:i
magentoInfoEntity
  magento_edition:s magento_version:s
""")


def array_name(kind):
    """Return the name of the type of a list."""
    return ARRAYS.get(kind, f"{kind}Array")


METHODS = {
    name: (path, tuple(Field.parse(word) for word in arguments.split()), Field.parse(result))
    for name, path, arguments, result in (
        ("magentoInfo", "magento.info", "", "info:magentoInfoEntity"),
        ("storeList", "store.list", "", "stores:storeEntity[]"),
        ("customerGroupList", "customer_group.list", "", "result:customerGroupEntity[]"),
        ("customerCustomerList", "customer.list", "filters:filters", "storeView:customerCustomerEntity[]"),
        ("customerCustomerInfo", "customer.info", "customerId:i attributes:s[]", "customerInfo:customerCustomerEntity"),
        ("customerAddressList", "customer_address.list", "customerId:i", "result:customerAddressEntityItem[]"),
        ("catalogCategoryTree", "catalog_category.tree", "parentId:s storeView:s", "tree:catalogCategoryTree"),
        (
            "catalogProductList",
            "catalog_product.list",
            "filters:filters storeView:s",
            "storeView:catalogProductEntity[]",
        ),
        (
            "catalogProductInfo",
            "catalog_product.info",
            "productId:s storeView:s attributes:catalogProductRequestAttributes identifierType:s",
            "info:catalogProductReturnEntity",
        ),
        (
            "catalogProductAttributeTierPriceInfo",
            "catalog_product_attribute_tier_price.info",
            "product:s identifierType:s",
            "result:catalogProductTierPriceEntity[]",
        ),
        ("salesOrderList", "sales_order.list", "filters:filters", "result:salesOrderListEntity[]"),
        ("salesOrderInfo", "sales_order.info", "orderIncrementId:s", "result:salesOrderEntity"),
        (
            "salesOrderAddComment",
            "sales_order.addComment",
            "orderIncrementId:s status:s comment:s notify:s",
            "result:b",
        ),
        ("salesOrderHold", "sales_order.hold", "orderIncrementId:s", "result:b"),
        ("salesOrderUnhold", "sales_order.unhold", "orderIncrementId:s", "result:b"),
        ("salesOrderCancel", "sales_order.cancel", "orderIncrementId:s", "result:b"),
        (
            "salesOrderInvoiceCreate",
            "sales_order_invoice.create",
            "invoiceIncrementId:s itemsQty:orderItemIdQty[] comment:s email:s includeComment:s",
            "result:s",
        ),
        ("salesOrderInvoiceCapture", "sales_order_invoice.capture", "invoiceIncrementId:s", "result:b"),
        (
            "salesOrderShipmentCreate",
            "sales_order_shipment.create",
            "orderIncrementId:s itemsQty:orderItemIdQty[] comment:s email:i includeComment:i",
            "shipmentIncrementId:s",
        ),
        (
            "salesOrderShipmentAddTrack",
            "sales_order_shipment.addTrack",
            "shipmentIncrementId:s carrier:s title:s trackNumber:s weight:f",
            "result:i",
        ),
        (
            "salesOrderShipmentRemoveTrack",
            "sales_order_shipment.removeTrack",
            "shipmentIncrementId:s trackId:s",
            "result:b",
        ),
        (
            "salesOrderCreditmemoCreate",
            "sales_order_creditmemo.create",
            "orderIncrementId:s creditmemoData:salesOrderCreditmemoData comment:s notifyCustomer:i "
            "includeComment:i refundToStoreCreditAmount:s",
            "result:s",
        ),
        (
            "catalogInventoryStockItemList",
            "cataloginventory_stock_item.list",
            "products:s[]",
            "result:catalogInventoryStockItemEntity[]",
        ),
        (
            "catalogInventoryStockItemUpdate",
            "cataloginventory_stock_item.update",
            "product:s data:catalogInventoryStockItemUpdateEntity",
            "result:i",
        ),
        (
            "catalogProductUpdate",
            "catalog_product.update",
            "product:s productData:catalogProductCreateEntity storeView:s identifierType:s",
            "result:b",
        ),
        (
            "catalogProductAttributeTierPriceUpdate",
            "catalog_product_attribute_tier_price.update",
            "product:s tier_price:catalogProductTierPriceEntity[] identifierType:s",
            "result:i",
        ),
        ("salesOrderInvoiceList", "sales_order_invoice.list", "filters:filters", "result:salesOrderInvoiceEntity[]"),
        ("salesOrderInvoiceInfo", "sales_order_invoice.info", "invoiceIncrementId:s", "result:salesOrderInvoiceEntity"),
        ("salesOrderShipmentList", "sales_order_shipment.list", "filters:filters", "result:salesOrderShipmentEntity[]"),
        (
            "salesOrderShipmentInfo",
            "sales_order_shipment.info",
            "shipmentIncrementId:s",
            "result:salesOrderShipmentEntity",
        ),
        (
            "salesOrderCreditmemoList",
            "sales_order_creditmemo.list",
            "filters:filters",
            "result:salesOrderCreditmemoEntity[]",
        ),
        (
            "salesOrderCreditmemoInfo",
            "sales_order_creditmemo.info",
            "creditmemoIncrementId:s",
            "result:salesOrderCreditmemoEntity",
        ),
    )
}
"""Operation → (method of :mod:`.openmage`, arguments after the session, result)."""
