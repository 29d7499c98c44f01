"""Magento 2's SOAP at ``/soap/<store>``: services over the same routes as REST, called with a Bearer token.

``?wsdl_list=1`` names the services, ``?wsdl&services=a,b`` gives their WSDL, a POST to ``?services=a,b`` calls them.
Apart from the routes, because here is only the envelope: each operation is one of :mod:`.routes`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import parse_qsl, urlencode

from lxml import etree

from .errors import ApiError, internal_error
from .routes import Call, answer, find, rows_in
from .shop import STORE_CODES
from .soap_types import TYPES, Field
from .soap_wsdl import magento_2_wsdl
from .soap_xml import ENVELOPES, MAGENTO_2, BadEnvelope, encode, envelope, read_arguments, read_request, write

KIND, WSDL_KIND = "application/soap+xml; charset=utf-8", "text/xml; charset=utf-8"
_CRITERIA = "searchCriteria:FrameworkSearchCriteriaInterface"
_LISTS = (
    ("salesOrderRepositoryV1", "orders", "SalesDataOrderInterface"),
    ("salesInvoiceRepositoryV1", "invoices", "SalesDataInvoiceInterface"),
    ("salesShipmentRepositoryV1", "shipments", "SalesDataShipmentInterface"),
    ("salesCreditmemoRepositoryV1", "creditmemos", "SalesDataCreditmemoInterface"),
    ("salesTransactionRepositoryV1", "transactions", "SalesDataTransactionInterface"),
    ("customerCustomerRepositoryV1", "customers/search", "CustomerDataCustomerInterface"),
    ("customerGroupRepositoryV1", "customerGroups/search", "CustomerDataGroupInterface"),
    ("catalogProductRepositoryV1", "products", "CatalogDataProductInterface"),
    ("catalogProductAttributeRepositoryV1", "products/attributes", "CatalogDataProductAttributeInterface"),
    ("catalogCategoryListV1", "categories/list", "CatalogDataCategoryInterface"),
    ("taxTaxClassRepositoryV1", "taxClasses/search", "TaxDataTaxClassInterface"),
    ("taxTaxRateRepositoryV1", "taxRates/search", "TaxDataTaxRateInterface"),
    ("taxTaxRuleRepositoryV1", "taxRules/search", "TaxDataTaxRuleInterface"),
    ("inventoryApiSourceRepositoryV1", "inventory/sources", "InventoryApiDataSourceInterface"),
    ("inventoryApiSourceItemRepositoryV1", "inventory/source-items", "InventoryApiDataSourceItemInterface"),
    ("companyCompanyRepositoryV1", "company", "CompanyDataCompanyInterface"),
    ("companyCreditCreditHistoryManagementV1", "companyCredits/history", "CompanyCreditDataHistoryDataInterface"),
)
_REFUND = (
    "items:SalesDataCreditmemoItemCreationInterface[] notify:b appendComment:b "
    "comment:SalesDataCreditmemoCommentCreationInterface arguments:SalesDataCreditmemoCreationArgumentsInterface"
)
_OPERATION = "creditId:i value:f currency:s operationType:i comment:s"


def _prices(service, path, kind, *, delete=True):
    """The operations of a service of prices."""
    results = "CatalogDataPriceUpdateResultInterface[]"
    yield service, "Update", "POST", path, f"prices:{kind}[]", results
    yield service, "Get", "POST", f"{path}-information", "skus:s[]", f"{kind}[]"
    if delete:
        yield service, "Delete", "POST", f"{path}-delete", f"prices:{kind}[]", results


_OTHERS = (
    ("storeWebsiteRepositoryV1", "GetList", "GET", "store/websites", "", "StoreDataWebsiteInterface[]"),
    ("storeStoreRepositoryV1", "GetList", "GET", "store/storeViews", "", "StoreDataStoreInterface[]"),
    ("storeStoreConfigManagerV1", "GetStoreConfigs", "GET", "store/storeConfigs", "storeCodes:s[]",
     "StoreDataStoreConfigInterface[]"),
    ("salesOrderRepositoryV1", "Get", "GET", "orders/{id}", "id:i", "SalesDataOrderInterface"),
    ("catalogProductRepositoryV1", "Get", "GET", "products/{sku}", "sku:s", "CatalogDataProductInterface"),
    ("customerCustomerRepositoryV1", "GetById", "GET", "customers/{customerId}", "customerId:i",
     "CustomerDataCustomerInterface"),
    ("salesOrderManagementV1", "AddComment", "POST", "orders/{id}/comments",
     "id:i statusHistory:SalesDataOrderStatusHistoryInterface", "b"),
    ("salesOrderManagementV1", "GetCommentsList", "GET", "orders/{id}/comments", "id:i",
     "SalesDataOrderStatusHistorySearchResultInterface"),
    ("salesOrderManagementV1", "Cancel", "POST", "orders/{id}/cancel", "id:i", "b"),
    ("salesOrderManagementV1", "Hold", "POST", "orders/{id}/hold", "id:i", "b"),
    ("salesOrderManagementV1", "UnHold", "POST", "orders/{id}/unhold", "id:i", "b"),
    ("salesShipOrderV1", "Execute", "POST", "order/{orderId}/ship",
     "orderId:i items:SalesDataShipmentItemCreationInterface[] notify:b appendComment:b "
     "comment:SalesDataShipmentCommentCreationInterface tracks:SalesDataShipmentTrackCreationInterface[] "
     "arguments:SalesDataShipmentCreationArgumentsInterface", "i"),
    ("salesShipmentTrackRepositoryV1", "Save", "POST", "shipment/track", "entity:SalesDataShipmentTrackInterface",
     "SalesDataShipmentTrackInterface"),
    ("salesShipmentTrackRepositoryV1", "DeleteById", "DELETE", "shipment/track/{id}", "id:i", "b"),
    ("inventoryApiSourceItemsSaveV1", "Execute", "POST", "inventory/source-items",
     "sourceItems:InventoryApiDataSourceItemInterface[]", "s[]"),
    ("salesInvoiceOrderV1", "Execute", "POST", "order/{orderId}/invoice",
     "orderId:i capture:b items:SalesDataInvoiceItemCreationInterface[] notify:b appendComment:b "
     "comment:SalesDataInvoiceCommentCreationInterface", "i"),
    ("salesRefundOrderV1", "Execute", "POST", "order/{orderId}/refund", "orderId:i " + _REFUND, "i"),
    ("salesRefundInvoiceV1", "Execute", "POST", "invoice/{invoiceId}/refund", "invoiceId:i isOnline:b " + _REFUND, "i"),
    ("salesInvoiceManagementV1", "GetCommentsList", "GET", "invoices/{id}/comments", "id:i",
     "SalesDataCommentSearchResultInterface"),
    ("salesShipmentManagementV1", "GetCommentsList", "GET", "shipment/{id}/comments", "id:i",
     "SalesDataCommentSearchResultInterface"),
    ("salesCreditmemoManagementV1", "GetCommentsList", "GET", "creditmemo/{id}/comments", "id:i",
     "SalesDataCommentSearchResultInterface"),
    *_prices("catalogBasePriceStorageV1", "products/base-prices", "CatalogDataBasePriceInterface", delete=False),
    *_prices("catalogSpecialPriceStorageV1", "products/special-price", "CatalogDataSpecialPriceInterface"),
    *_prices("catalogTierPriceStorageV1", "products/tier-prices", "CatalogDataTierPriceInterface"),
    ("companyCompanyRepositoryV1", "Get", "GET", "company/{companyId}", "companyId:i", "CompanyDataCompanyInterface"),
    ("sharedCatalogSharedCatalogRepositoryV1", "Get", "GET", "sharedCatalog/{sharedCatalogId}", "sharedCatalogId:i",
     "SharedCatalogDataSharedCatalogInterface"),
    ("sharedCatalogAssignTierPriceV1", "Execute", "POST", "sharedCatalog/{sharedCatalogId}/assignTierPrices",
     "sharedCatalogId:i prices:CatalogDataTierPriceInterface[]", "s[]"),
    ("companyCreditCreditLimitRepositoryV1", "Get", "GET", "companyCredits/{creditId}", "creditId:i",
     "CompanyCreditDataCreditLimitInterface"),
    ("companyCreditCreditLimitRepositoryV1", "Save", "PUT", "companyCredits/{id}",
     "id:i creditLimit:CompanyCreditDataCreditLimitInterface", "CompanyCreditDataCreditLimitInterface"),
    ("companyCreditCreditBalanceManagementV1", "Increase", "POST", "companyCredits/{creditId}/increaseBalance",
     _OPERATION, "b"),
    ("companyCreditCreditBalanceManagementV1", "Decrease", "POST", "companyCredits/{creditId}/decreaseBalance",
     _OPERATION, "b"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: which route it is, with which arguments, and what it gives."""

    method: str
    path: str
    arguments: tuple[Field, ...]
    result: Field


def _search_result(kind):
    """Declare the type of a list's answer and return its name."""
    name = kind.removesuffix("Interface") + "SearchResultInterface"
    criteria = Field("search_criteria", "FrameworkSearchCriteriaInterface")
    TYPES[name] = (Field("items", kind, True), criteria, Field("total_count", "i"))
    return name


def _services():
    services = {}
    for service, path, kind in _LISTS:
        result = Field("result", _search_result(kind))
        operation = Operation("GET", path, (Field.parse(_CRITERIA),), result)
        services.setdefault(service, {})[f"{service}GetList"] = operation
    _search_result("SalesDataOrderStatusHistoryInterface")
    _search_result("SalesDataCommentInterface")
    for service, name, method, path, arguments, kind in _OTHERS:
        fields = tuple(Field.parse(word) for word in arguments.split())
        operation = Operation(method, path, fields, Field.parse(f"result:{kind}"))
        services.setdefault(service, {})[f"{service}{name}"] = operation
    return services


SERVICES = _services()


def operation_of(query, raw):
    """Return what a request calls, for the log and for faults."""
    if "wsdl" in query:
        return "wsdl"
    try:
        return etree.QName(read_request(raw, MAGENTO_2)).localname.removesuffix("Request")
    except BadEnvelope:
        return "unreadable"


def respond(server, path, query, raw, authorization, spoil):
    """Return (status, content type, rows, body) of a request.

    :param server: the :class:`.server.SandboxServer`
    :param spoil: function (call, result) → the result with the payload faults of a plan
    """
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    try:
        store = path.removeprefix("/soap").strip("/") or "default"
        if store not in ("all", *STORE_CODES):
            raise ApiError(404, "Specified store code is not found")
        if "wsdl_list" in parameters:
            return 200, "application/json", len(SERVICES), _listed(server, path)
        services = _requested(parameters.get("services", ""))
        address = f"{server.address}{path}?services={','.join(services)}"
        if "wsdl" in parameters:
            server.access.check_soap(authorization, "WSDL")
            named = {
                service: {name: (one.arguments, one.result) for name, one in operations.items()}
                for service, operations in services.items()
            }
            return 200, WSDL_KIND, 1, magento_2_wsdl(named, address)
        rows, body = _called(server, store, services, raw, authorization, spoil, address)
        return 200, KIND, rows, body
    except BadEnvelope as error:
        return 500, KIND, 0, fault(str(error))
    except ApiError as error:
        return _status(error, "wsdl" in parameters), KIND, 0, fault(error.message, error.parameters, error.status)


def fault(message, parameters=None, status=400):
    """Return the body of a fault, parameters in its detail as Magento gives them."""
    version = f"{{{ENVELOPES['1.2']}}}"
    root = etree.Element(f"{version}Envelope", nsmap={"env": ENVELOPES["1.2"]})
    shown = etree.SubElement(etree.SubElement(root, f"{version}Body"), f"{version}Fault")
    code = etree.SubElement(etree.SubElement(shown, f"{version}Code"), f"{version}Value")
    code.text = "env:Receiver" if status >= 500 else "env:Sender"
    reason = etree.SubElement(etree.SubElement(shown, f"{version}Reason"), f"{version}Text")
    reason.text = message
    reason.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    if parameters:
        pairs = parameters.items() if isinstance(parameters, dict) else enumerate(parameters, start=1)
        detail = etree.SubElement(etree.SubElement(shown, f"{version}Detail"), "GenericFault")
        listed = etree.SubElement(detail, "Parameters")
        for name, value in pairs:
            entry = etree.SubElement(listed, "GenericFaultParameter")
            etree.SubElement(entry, "key").text = str(name)
            etree.SubElement(entry, "value").text = str(value)
    return encode(root)


def _status(error, wsdl):
    """A refused call is still answered with 200; a refused WSDL and an unexpected failure are not."""
    return error.status if wsdl or error.status >= 500 else 200


def _listed(server, path):
    rows = {name: {"wsdl_endpoint": f"{server.address}{path}?wsdl&services={name}"} for name in SERVICES}
    return json.dumps(rows).encode()


def _requested(names):
    services = {}
    for name in filter(None, names.split(",")):
        if name not in SERVICES:
            raise ApiError(404, 'Requested service is not available: "%1"', [name])
        services[name] = SERVICES[name]
    if not services:
        raise ApiError(400, "Requested services are missing.")
    return services


def _called(server, store, services, raw, authorization, spoil, address):
    element = read_request(raw, MAGENTO_2)
    name = etree.QName(element).localname.removesuffix("Request")
    operation = next((operations[name] for operations in services.values() if name in operations), None)
    if operation is None:
        raise ApiError(404, 'Operation "%1" not found.', [name])
    values = read_arguments(element, operation.arguments, MAGENTO_2)
    named = dict(zip((field.name for field in operation.arguments), values, strict=True))
    call = _as_call(operation, named, f"/rest/{store}/V1", server.address)
    try:
        route, _arguments = find(call, server.shop.settings)
        server.access.check_soap(authorization, route.resource)
        result = spoil(call, answer(server.shop, call))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise internal_error(type(error).__name__)
    root, shown = envelope(address, f"{name}Response", MAGENTO_2)
    write(shown, operation.result, result, MAGENTO_2)
    return rows_in(result), encode(root)


def _as_call(operation, values, root, address):
    """The request of REST that an operation stands for."""
    path = operation.path
    for name in list(values):
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", str(values.pop(name)))
    query = urlencode(list(_criteria(values.pop("searchCriteria", None)))) if operation.method == "GET" else ""
    body = {name: _json(value) for name, value in values.items() if value is not None}
    return Call(operation.method, f"{root}/{path}", query, body or None, address)


def _criteria(criteria):
    """Search criteria as REST's query has them."""
    if criteria is None:
        return
    yield "searchCriteria", ""
    for group, row in enumerate(criteria.get("filter_groups") or []):
        for position, condition in enumerate(row.get("filters") or []):
            for name, value in condition.items():
                yield f"searchCriteria[filter_groups][{group}][filters][{position}][{name}]", value
    for position, order in enumerate(criteria.get("sort_orders") or []):
        for name, value in order.items():
            yield f"searchCriteria[sort_orders][{position}][{name}]", value
    for name in ("page_size", "current_page"):
        if criteria.get(name):
            yield f"searchCriteria[{name}]", criteria[name]


def _json(value):
    if isinstance(value, dict):
        return {name: _json(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_json(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value
