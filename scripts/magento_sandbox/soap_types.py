"""The types of Magento 2's SOAP services, under REST's names: what a WSDL declares, and what an answer may hold.

Apart, because it is a table. A line without indent names a type, the indented ones its fields, as ``name:kind``. Kinds
are ``i`` (int), ``f`` (float), ``s`` (string), ``b`` (boolean), ``any``, or another type; ``[]`` behind makes a list.
In XML the names are written in camel case.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

PLAIN = {"i": "int", "f": "float", "s": "string", "b": "boolean", "any": "anyType"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a type: ``kind`` is a key of :data:`PLAIN` or a type's name, ``many`` makes it a list."""

    name: str
    kind: str
    many: bool = False

    @classmethod
    def parse(cls, text):
        """Return the field of ``name:kind`` or ``name:kind[]``."""
        name, _colon, kind = text.partition(":")
        return cls(name, kind.removesuffix("[]"), kind.endswith("[]"))


def parse(text):
    """Return {type: (Field, …)} of a table as described above."""
    types, own = {}, []
    for line in text.strip().splitlines():
        if not line.startswith(" "):
            own = types[line] = []
        else:
            own += [Field.parse(word) for word in line.split()]
    return {name: tuple(fields) for name, fields in types.items()}


@cache
def camel(name):
    """Return a name of REST as SOAP writes it: ``base_row_total`` → ``baseRowTotal``."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


TYPES = parse("""
SalesDataOrderInterface
  ext_order_id:s adjustment_negative:f adjustment_positive:f applied_rule_ids:s base_adjustment_negative:f
  base_adjustment_positive:f base_currency_code:s base_discount_amount:f base_discount_canceled:f
  base_discount_invoiced:f base_discount_refunded:f base_discount_tax_compensation_amount:f
  base_discount_tax_compensation_invoiced:f base_discount_tax_compensation_refunded:f base_grand_total:f
  base_shipping_amount:f base_shipping_canceled:f base_shipping_discount_amount:f
  base_shipping_discount_tax_compensation_amnt:f base_shipping_incl_tax:f base_shipping_invoiced:f
  base_shipping_refunded:f base_shipping_tax_amount:f base_shipping_tax_refunded:f base_subtotal:f
  base_subtotal_canceled:f base_subtotal_incl_tax:f base_subtotal_invoiced:f base_subtotal_refunded:f
  base_tax_amount:f base_tax_canceled:f base_tax_invoiced:f base_tax_refunded:f base_to_global_rate:f
  base_to_order_rate:f base_total_canceled:f base_total_due:f base_total_invoiced:f base_total_invoiced_cost:f
  base_total_offline_refunded:f base_total_paid:f base_total_refunded:f
  billing_address:SalesDataOrderAddressInterface billing_address_id:i coupon_code:s created_at:s customer_email:s
  customer_firstname:s customer_group_id:i customer_id:i customer_is_guest:i customer_lastname:s
  customer_note_notify:i customer_taxvat:s discount_amount:f discount_canceled:f discount_description:s
  discount_invoiced:f discount_refunded:f discount_tax_compensation_amount:f discount_tax_compensation_invoiced:f
  discount_tax_compensation_refunded:f edit_increment:i email_sent:i entity_id:i
  extension_attributes:SalesDataOrderExtensionInterface global_currency_code:s grand_total:f hold_before_state:s
  hold_before_status:s increment_id:s is_virtual:i items:SalesDataOrderItemInterface[] order_currency_code:s
  original_increment_id:s payment:SalesDataOrderPaymentInterface protect_code:s quote_id:i relation_child_id:s
  relation_child_real_id:s relation_parent_id:s relation_parent_real_id:s remote_ip:s shipping_amount:f
  shipping_canceled:f shipping_description:s shipping_discount_amount:f
  shipping_discount_tax_compensation_amount:f shipping_incl_tax:f shipping_invoiced:f shipping_refunded:f
  shipping_tax_amount:f shipping_tax_refunded:f state:s status:s
  status_histories:SalesDataOrderStatusHistoryInterface[] store_currency_code:s store_id:i store_name:s
  store_to_base_rate:f store_to_order_rate:f subtotal:f subtotal_canceled:f subtotal_incl_tax:f
  subtotal_invoiced:f subtotal_refunded:f tax_amount:f tax_canceled:f tax_invoiced:f tax_refunded:f
  total_canceled:f total_due:f total_invoiced:f total_item_count:i total_offline_refunded:f total_paid:f
  total_qty_ordered:f total_refunded:f updated_at:s weight:f
SalesDataOrderAddressInterface
  address_type:s city:s company:s country_id:s email:s entity_id:i firstname:s lastname:s parent_id:i postcode:s
  region:s region_code:s region_id:i street:s[] telephone:s vat_id:s
CompanyDataCompanyOrderInterface
  order_id:i company_id:i company_name:s
SalesDataOrderExtensionInterface
  company_order_attributes:CompanyDataCompanyOrderInterface additional_itemized_taxes:TaxDataOrderTaxItemInterface[]
  applied_taxes:TaxDataOrderTaxDetailsAppliedTaxInterface[] converting_from_quote:b
  item_applied_taxes:TaxDataOrderTaxDetailsItemInterface[]
  payment_additional_info:PaymentDataPaymentAdditionalInfoInterface[]
  shipping_assignments:SalesDataShippingAssignmentInterface[] taxes:TaxDataOrderTaxInterface[]
TaxDataOrderTaxItemInterface
  amount:f base_amount:f real_amount:f real_base_amount:f tax_code:s tax_id:i tax_item_id:i tax_percent:f
  taxable_item_type:s associated_item_id:i item_id:i
TaxDataOrderTaxDetailsAppliedTaxInterface
  amount:f base_amount:f code:s percent:f title:s
TaxDataOrderTaxDetailsItemInterface
  applied_taxes:TaxDataOrderTaxDetailsAppliedTaxInterface[] associated_item_id:i item_id:i type:s
PaymentDataPaymentAdditionalInfoInterface
  key:s value:s
SalesDataShippingAssignmentInterface
  items:SalesDataOrderItemInterface[] shipping:SalesDataShippingInterface
SalesDataOrderItemInterface
  amount_refunded:f applied_rule_ids:s base_amount_refunded:f base_discount_amount:f base_discount_invoiced:f
  base_discount_refunded:f base_discount_tax_compensation_amount:f base_discount_tax_compensation_invoiced:f
  base_discount_tax_compensation_refunded:f base_original_price:f base_price:f base_price_incl_tax:f
  base_row_invoiced:f base_row_total:f base_row_total_incl_tax:f base_tax_amount:f base_tax_invoiced:f
  base_tax_refunded:f base_weee_tax_applied_amount:f base_weee_tax_applied_row_amnt:f base_weee_tax_disposition:f
  base_weee_tax_row_disposition:f created_at:s discount_amount:f discount_invoiced:f discount_percent:f
  discount_refunded:f discount_tax_compensation_amount:f discount_tax_compensation_canceled:f
  discount_tax_compensation_invoiced:f discount_tax_compensation_refunded:f
  extension_attributes:SalesDataOrderItemExtensionInterface free_shipping:i is_qty_decimal:i is_virtual:i
  item_id:i name:s no_discount:i order_id:i original_price:f price:f price_incl_tax:f product_id:i
  product_option:CatalogDataProductOptionInterface product_type:s qty_canceled:f qty_invoiced:f qty_ordered:f
  qty_refunded:f qty_shipped:f quote_item_id:i row_invoiced:f row_total:f row_total_incl_tax:f row_weight:f sku:s
  store_id:i tax_amount:f tax_invoiced:f tax_percent:f updated_at:s weight:f
  parent_item:SalesDataOrderItemInterface parent_item_id:i tax_canceled:f tax_refunded:f weee_tax_applied:s
  weee_tax_applied_amount:f weee_tax_applied_row_amount:f weee_tax_disposition:f weee_tax_row_disposition:f
SalesDataOrderItemExtensionInterface
  itemized_taxes:TaxDataOrderTaxItemInterface[]
CatalogDataProductOptionInterface
  extension_attributes:CatalogDataProductOptionExtensionInterface
CatalogDataProductOptionExtensionInterface
  bundle_options:BundleDataBundleOptionInterface[]
  configurable_item_options:ConfigurableProductDataConfigurableItemOptionValueInterface[]
BundleDataBundleOptionInterface
  option_id:i option_qty:i option_selections:i[]
ConfigurableProductDataConfigurableItemOptionValueInterface
  option_id:s option_value:i
SalesDataShippingInterface
  address:SalesDataOrderAddressInterface method:s total:SalesDataTotalInterface
SalesDataTotalInterface
  base_shipping_amount:f base_shipping_canceled:f base_shipping_discount_amount:f
  base_shipping_discount_tax_compensation_amnt:f base_shipping_incl_tax:f base_shipping_invoiced:f
  base_shipping_refunded:f base_shipping_tax_amount:f base_shipping_tax_refunded:f shipping_amount:f
  shipping_canceled:f shipping_discount_amount:f shipping_discount_tax_compensation_amount:f shipping_incl_tax:f
  shipping_invoiced:f shipping_refunded:f shipping_tax_amount:f shipping_tax_refunded:f
TaxDataOrderTaxInterface
  amount:f base_amount:f base_real_amount:f code:s order_id:i percent:f position:i priority:i process:i tax_id:i
  title:s
SalesDataOrderPaymentInterface
  account_status:s additional_information:s[] amount_ordered:f amount_paid:f amount_refunded:f
  base_amount_ordered:f base_amount_paid:f base_amount_refunded:f base_shipping_amount:f base_shipping_captured:f
  base_shipping_refunded:f cc_last4:s entity_id:i method:s parent_id:i po_number:s shipping_amount:f
  shipping_captured:f shipping_refunded:f
SalesDataOrderStatusHistoryInterface
  comment:s created_at:s entity_id:i entity_name:s is_customer_notified:i is_visible_on_front:i parent_id:i
  status:s
SalesDataInvoiceInterface
  base_currency_code:s base_discount_amount:f base_discount_tax_compensation_amount:f base_grand_total:f
  base_shipping_amount:f base_shipping_discount_tax_compensation_amnt:f base_shipping_incl_tax:f
  base_shipping_tax_amount:f base_subtotal:f base_subtotal_incl_tax:f base_tax_amount:f base_to_global_rate:f
  base_to_order_rate:f billing_address_id:i can_void_flag:i comments:SalesDataCommentInterface[] created_at:s
  discount_amount:f discount_description:s discount_tax_compensation_amount:f entity_id:i global_currency_code:s
  grand_total:f increment_id:s items:SalesDataInvoiceItemInterface[] order_currency_code:s order_id:i
  shipping_address_id:i shipping_amount:f shipping_discount_tax_compensation_amount:f shipping_incl_tax:f
  shipping_tax_amount:f state:i store_currency_code:s store_id:i store_to_base_rate:f store_to_order_rate:f
  subtotal:f subtotal_incl_tax:f tax_amount:f total_qty:f transaction_id:s updated_at:s
SalesDataInvoiceItemInterface
  base_discount_amount:f base_discount_tax_compensation_amount:f base_price:f base_price_incl_tax:f
  base_row_total:f base_row_total_incl_tax:f base_tax_amount:f discount_amount:f
  discount_tax_compensation_amount:f entity_id:i name:s order_item_id:i parent_id:i price:f price_incl_tax:f
  product_id:i qty:f row_total:f row_total_incl_tax:f sku:s tax_amount:f
SalesDataShipmentInterface
  billing_address_id:i comments:SalesDataCommentInterface[] created_at:s customer_id:i entity_id:i
  extension_attributes:SalesDataShipmentExtensionInterface increment_id:s items:SalesDataShipmentItemInterface[]
  order_id:i packages:s[] shipping_address_id:i store_id:i total_qty:f tracks:SalesDataShipmentTrackInterface[]
  updated_at:s
SalesDataShipmentExtensionInterface
  source_code:s
SalesDataShipmentItemInterface
  entity_id:i name:s order_item_id:i parent_id:i price:f product_id:i qty:f sku:s weight:f
SalesDataShipmentTrackInterface
  carrier_code:s created_at:s description:s entity_id:i order_id:i parent_id:i qty:s title:s track_number:s
  updated_at:s weight:s
SalesDataCreditmemoInterface
  adjustment:f adjustment_negative:f adjustment_positive:f base_adjustment:f base_adjustment_negative:f
  base_adjustment_positive:f base_currency_code:s base_discount_amount:f base_discount_tax_compensation_amount:f
  base_grand_total:f base_shipping_amount:f base_shipping_incl_tax:f base_shipping_tax_amount:f base_subtotal:f
  base_subtotal_incl_tax:f base_tax_amount:f base_to_global_rate:f base_to_order_rate:f billing_address_id:i
  comments:SalesDataCommentInterface[] created_at:s discount_amount:f discount_description:s
  discount_tax_compensation_amount:f entity_id:i global_currency_code:s grand_total:f increment_id:s
  items:SalesDataCreditmemoItemInterface[] order_currency_code:s order_id:i shipping_address_id:i
  shipping_amount:f shipping_incl_tax:f shipping_tax_amount:f state:i store_currency_code:s store_id:i
  store_to_base_rate:f store_to_order_rate:f subtotal:f subtotal_incl_tax:f tax_amount:f updated_at:s
SalesDataCreditmemoItemInterface
  base_cost:s base_discount_amount:f base_discount_tax_compensation_amount:f base_price:f base_price_incl_tax:f
  base_row_total:f base_row_total_incl_tax:f base_tax_amount:f base_weee_tax_row_disposition:f discount_amount:f
  discount_tax_compensation_amount:f entity_id:i name:s order_item_id:i parent_id:i price:f price_incl_tax:f
  product_id:i qty:f row_total:f row_total_incl_tax:f sku:s tax_amount:f weee_tax_applied:s
  weee_tax_applied_row_amount:f weee_tax_row_disposition:f
CustomerDataCustomerInterface
  addresses:CustomerDataAddressInterface[] created_at:s created_in:s default_billing:s default_shipping:s
  disable_auto_group_change:i email:s extension_attributes:CustomerDataCustomerExtensionInterface firstname:s
  group_id:i id:i lastname:s store_id:i taxvat:s updated_at:s website_id:i
CustomerDataAddressInterface
  city:s company:s country_id:s customer_id:i default_billing:b default_shipping:b firstname:s id:i lastname:s
  postcode:s region:CustomerDataRegionInterface region_id:i street:s[] telephone:s vat_id:s
CustomerDataRegionInterface
  region:s region_code:s region_id:i
CustomerDataCustomerExtensionInterface
  is_subscribed:b company_attributes:CompanyDataCompanyCustomerInterface
CompanyDataCompanyCustomerInterface
  customer_id:i company_id:i status:i is_default:b job_title:s telephone:s
CatalogDataProductInterface
  attribute_set_id:i created_at:s custom_attributes:FrameworkAttributeInterface[]
  extension_attributes:CatalogDataProductExtensionInterface id:i media_gallery_entries:s[] name:s options:s[]
  price:f product_links:s[] sku:s status:i tier_prices:CatalogDataProductTierPriceInterface[] type_id:s
  updated_at:s visibility:i weight:f
FrameworkAttributeInterface
  attribute_code:s value:any
CatalogDataProductExtensionInterface
  bundle_product_options:BundleDataOptionInterface[] configurable_product_links:i[]
  configurable_product_options:ConfigurableProductDataOptionInterface[] website_ids:i[]
BundleDataOptionInterface
  option_id:i position:i product_links:BundleDataLinkInterface[] required:b sku:s title:s type:s
BundleDataLinkInterface
  can_change_quantity:i id:s is_default:b option_id:i position:i price:f price_type:s qty:i sku:s
ConfigurableProductDataOptionInterface
  attribute_id:s id:i label:s position:i product_id:i values:ConfigurableProductDataOptionValueInterface[]
ConfigurableProductDataOptionValueInterface
  value_index:i
CatalogDataProductTierPriceInterface
  customer_group_id:i extension_attributes:CatalogDataProductTierPriceExtensionInterface qty:f value:f
CatalogDataProductTierPriceExtensionInterface
  percentage_value:f website_id:i
CatalogDataProductAttributeInterface
  attribute_code:s attribute_id:i default_frontend_label:s frontend_input:s is_required:b is_user_defined:b
  options:EavDataAttributeOptionInterface[] scope:s
EavDataAttributeOptionInterface
  label:s value:s
CatalogDataCategoryInterface
  children:s custom_attributes:s[] id:i include_in_menu:b is_active:b level:i name:s parent_id:i path:s position:i
InventoryApiDataSourceInterface
  carrier_links:s[] country_id:s enabled:b extension_attributes:InventoryApiDataSourceExtensionInterface name:s
  postcode:s source_code:s use_default_carrier_config:b
InventoryApiDataSourceExtensionInterface
  frontend_name:s is_pickup_location_active:b
InventoryApiDataSourceItemInterface
  quantity:f sku:s source_code:s status:i
StoreDataWebsiteInterface
  code:s default_group_id:i id:i name:s
StoreDataStoreInterface
  code:s id:i is_active:i name:s store_group_id:i website_id:i
StoreDataStoreConfigInterface
  base_currency_code:s base_link_url:s base_media_url:s base_static_url:s base_url:s code:s
  default_display_currency_code:s id:i locale:s secure_base_link_url:s secure_base_media_url:s
  secure_base_static_url:s secure_base_url:s timezone:s website_id:i weight_unit:s
CustomerDataGroupInterface
  code:s id:i tax_class_id:i tax_class_name:s
TaxDataTaxClassInterface
  class_id:i class_name:s class_type:s
TaxDataTaxRateInterface
  code:s id:i rate:f region_name:s tax_country_id:s tax_postcode:s tax_region_id:i titles:s[]
TaxDataTaxRuleInterface
  calculate_subtotal:b code:s customer_tax_class_ids:i[] id:i position:i priority:i product_tax_class_ids:i[]
  tax_rate_ids:i[]
SalesDataCommentInterface
  comment:s created_at:s entity_id:i is_customer_notified:i is_visible_on_front:i parent_id:i
FrameworkSearchCriteriaInterface
  filter_groups:FrameworkSearchFilterGroup[] sort_orders:FrameworkSortOrder[] page_size:i current_page:i
FrameworkSearchFilterGroup
  filters:FrameworkFilter[]
FrameworkFilter
  field:s value:s condition_type:s
FrameworkSortOrder
  field:s direction:s
SalesDataShipmentItemCreationInterface
  order_item_id:i qty:f
SalesDataShipmentTrackCreationInterface
  carrier_code:s title:s track_number:s
SalesDataShipmentCreationArgumentsInterface
  extension_attributes:SalesDataShipmentCreationArgumentsExtensionInterface
SalesDataShipmentCreationArgumentsExtensionInterface
  source_code:s
SalesDataShipmentCommentCreationInterface
  comment:s is_visible_on_front:i
CatalogDataBasePriceInterface
  price:f store_id:i sku:s
CatalogDataTierPriceInterface
  price:f price_type:s website_id:i sku:s customer_group:s quantity:f
CatalogDataPriceUpdateResultInterface
  message:s parameters:s[]
CatalogDataSpecialPriceInterface
  price:f store_id:i sku:s price_from:s price_to:s
SalesDataInvoiceItemCreationInterface
  order_item_id:i qty:f
SalesDataInvoiceCommentCreationInterface
  comment:s is_visible_on_front:i
SalesDataInvoiceCreationArgumentsInterface
  extension_attributes:FrameworkAttributeInterface
SalesDataCreditmemoItemCreationInterface
  order_item_id:i qty:f
SalesDataCreditmemoCommentCreationInterface
  comment:s is_visible_on_front:i
SalesDataCreditmemoCreationArgumentsInterface
  shipping_amount:f adjustment_positive:f adjustment_negative:f
SalesDataTransactionInterface
  transaction_id:i parent_id:i order_id:i payment_id:i txn_id:s parent_txn_id:s txn_type:s is_closed:i
  additional_information:s[] created_at:s
CompanyDataCompanyInterface
  id:i status:i company_name:s legal_name:s company_email:s vat_tax_id:s street:s[] city:s country_id:s region:s
  region_id:s postcode:s telephone:s customer_group_id:i sales_representative_id:i super_user_id:i
SharedCatalogDataSharedCatalogInterface
  id:i name:s description:s customer_group_id:i type:i created_at:s created_by:i store_id:i tax_class_id:i
CompanyCreditDataCreditLimitInterface
  id:i company_id:i credit_limit:f balance:f currency_code:s exceed_limit:b available_limit:f
CompanyCreditDataHistoryDataInterface
  id:i company_credit_id:i user_id:i user_type:i currency_credit:s currency_operation:s rate:f rate_credit:f amount:f
  balance:f credit_limit:f available_limit:f type:i datetime:s purchase_order:s comment:s
""")
