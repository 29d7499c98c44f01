"""Which operation of Magento 2's SOAP a call of its REST is, and how names and search criteria are said there.

Both are made of the same services of the shop, so what is known of REST (streams, effects, checks) holds for SOAP:
names are in camel case there, and a path's arguments stand beside the body's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from .errors import CONFIGURATION, ShopError


@dataclass(frozen=True, slots=True)
class SoapRoute:
    """One call: ``pattern`` has ``{name}`` where a segment of the path is an argument."""

    method: str
    pattern: str
    service: str
    operation: str
    criteria: bool = False


def _lists():
    for path, service in (
        ("orders", "salesOrderRepositoryV1"),
        ("invoices", "salesInvoiceRepositoryV1"),
        ("shipments", "salesShipmentRepositoryV1"),
        ("creditmemos", "salesCreditmemoRepositoryV1"),
        ("transactions", "salesTransactionRepositoryV1"),
        ("customers/search", "customerCustomerRepositoryV1"),
        ("customerGroups/search", "customerGroupRepositoryV1"),
        ("products", "catalogProductRepositoryV1"),
        ("products/attributes", "catalogProductAttributeRepositoryV1"),
        ("categories/list", "catalogCategoryListV1"),
        ("taxClasses/search", "taxTaxClassRepositoryV1"),
        ("taxRates/search", "taxTaxRateRepositoryV1"),
        ("taxRules/search", "taxTaxRuleRepositoryV1"),
        ("inventory/sources", "inventoryApiSourceRepositoryV1"),
        ("inventory/stocks", "inventoryApiStockRepositoryV1"),
        ("inventory/source-items", "inventoryApiSourceItemRepositoryV1"),
        ("company/", "companyCompanyRepositoryV1"),
    ):
        yield SoapRoute("GET", path, service, "GetList", criteria=True)


ROUTES = (
    *_lists(),
    SoapRoute("GET", "store/websites", "storeWebsiteRepositoryV1", "GetList"),
    SoapRoute("GET", "store/storeViews", "storeStoreRepositoryV1", "GetList"),
    SoapRoute("GET", "store/storeConfigs", "storeStoreConfigManagerV1", "GetStoreConfigs"),
    SoapRoute("GET", "orders/{id}", "salesOrderRepositoryV1", "Get"),
    SoapRoute("GET", "products/{sku}", "catalogProductRepositoryV1", "Get"),
    SoapRoute("GET", "customers/{customerId}", "customerCustomerRepositoryV1", "GetById"),
    SoapRoute("GET", "orders/{id}/comments", "salesOrderManagementV1", "GetCommentsList"),
    SoapRoute("POST", "orders/{id}/comments", "salesOrderManagementV1", "AddComment"),
    SoapRoute("POST", "orders/{id}/cancel", "salesOrderManagementV1", "Cancel"),
    SoapRoute("POST", "orders/{id}/hold", "salesOrderManagementV1", "Hold"),
    SoapRoute("POST", "orders/{id}/unhold", "salesOrderManagementV1", "UnHold"),
    SoapRoute("POST", "order/{orderId}/ship", "salesShipOrderV1", "Execute"),
    SoapRoute("POST", "shipment/track", "salesShipmentTrackRepositoryV1", "Save"),
    SoapRoute("DELETE", "shipment/track/{id}", "salesShipmentTrackRepositoryV1", "DeleteById"),
    SoapRoute("POST", "order/{orderId}/invoice", "salesInvoiceOrderV1", "Execute"),
    SoapRoute("POST", "order/{orderId}/refund", "salesRefundOrderV1", "Execute"),
    SoapRoute("POST", "invoice/{invoiceId}/refund", "salesRefundInvoiceV1", "Execute"),
    SoapRoute("GET", "invoices/{id}/comments", "salesInvoiceManagementV1", "GetCommentsList"),
    SoapRoute("GET", "shipment/{id}/comments", "salesShipmentManagementV1", "GetCommentsList"),
    SoapRoute("GET", "creditmemo/{id}/comments", "salesCreditmemoManagementV1", "GetCommentsList"),
    SoapRoute("POST", "inventory/source-items", "inventoryApiSourceItemsSaveV1", "Execute"),
    SoapRoute("POST", "products/base-prices", "catalogBasePriceStorageV1", "Update"),
    SoapRoute("POST", "products/special-price", "catalogSpecialPriceStorageV1", "Update"),
    SoapRoute("POST", "products/special-price-delete", "catalogSpecialPriceStorageV1", "Delete"),
    SoapRoute("POST", "products/special-price-information", "catalogSpecialPriceStorageV1", "Get"),
    SoapRoute("POST", "products/tier-prices", "catalogTierPriceStorageV1", "Update"),
    SoapRoute("PUT", "products/tier-prices", "catalogTierPriceStorageV1", "Replace"),
    SoapRoute("POST", "products/tier-prices-delete", "catalogTierPriceStorageV1", "Delete"),
    SoapRoute("POST", "products/tier-prices-information", "catalogTierPriceStorageV1", "Get"),
    SoapRoute("POST", "products/base-prices-information", "catalogBasePriceStorageV1", "Get"),
    SoapRoute("GET", "company/{companyId}", "companyCompanyRepositoryV1", "Get"),
    SoapRoute("GET", "sharedCatalog/{sharedCatalogId}", "sharedCatalogSharedCatalogRepositoryV1", "Get"),
    SoapRoute("POST", "sharedCatalog/{sharedCatalogId}/assignTierPrices", "sharedCatalogAssignTierPriceV1", "Execute"),
    SoapRoute("GET", "companyCredits/history", "companyCreditCreditHistoryManagementV1", "GetList", criteria=True),
    SoapRoute("GET", "companyCredits/{creditId}", "companyCreditCreditLimitRepositoryV1", "Get"),
    SoapRoute("PUT", "companyCredits/{id}", "companyCreditCreditLimitRepositoryV1", "Save"),
    SoapRoute(
        "POST", "companyCredits/{creditId}/increaseBalance", "companyCreditCreditBalanceManagementV1", "Increase"
    ),
    SoapRoute(
        "POST", "companyCredits/{creditId}/decreaseBalance", "companyCreditCreditBalanceManagementV1", "Decrease"
    ),
)


def soap_call(method, path, pairs=(), body=None):
    """Return what a call of REST is in SOAP.

    :param str method: HTTP method
    :param str path: below ``/V1/``
    :param pairs: (name, value) of the query
    :param dict body: of the request
    :returns: (SoapRoute, {argument: value})
    :raises ShopError: ``no_such_route`` (configuration) where SOAP has no such service
    """
    for route in ROUTES:
        found = _path_arguments(route, path) if route.method == method.upper() else None
        if found is None or not _are_ids(found):
            continue
        arguments = {**found, **in_camel_case(body or {})}
        if route.criteria:
            arguments["searchCriteria"] = search_criteria(pairs)
        return route, arguments
    raise ShopError(
        CONFIGURATION,
        "no_such_route",
        f"The shop's SOAP interface does not offer {method} {path}. Connect the shop by REST for this.",
        status=404,
    )


def has_route(method, path):
    """Return whether SOAP has a service for a call of REST.

    :param str path: below ``/V1/``, perhaps with ``{name}`` for an argument
    """
    return any(
        route.method == method and _path_arguments(route, path.replace("{", "").replace("}", "")) is not None
        for route in ROUTES
    )


def _are_ids(arguments):
    """Whether ids are numbers (or stand for themselves, in a pattern): ``company/relations`` names no company."""
    return all(value.isdecimal() or value == name for name, value in arguments.items() if name.lower().endswith("id"))


def _path_arguments(route, path):
    if "{" not in route.pattern:
        return {} if path == route.pattern else None
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(route.pattern))
    found = re.fullmatch(pattern, path)
    return {name: unquote(value) for name, value in found.groupdict().items()} if found else None


def search_criteria(pairs):
    """Return search criteria of a query as SOAP has them.

    :param pairs: (name, value) as :meth:`.search.Search.pairs` gives them
    """
    groups, sorts = {}, {}
    criteria = {"filterGroups": [], "sortOrders": []}
    for name, value in pairs:
        kind, *parts = re.findall(r"\[(\w+)\]", name) or [""]
        if kind == "filter_groups":
            group, _filters, position, word = parts
            row = groups.setdefault(int(group), {}).setdefault(int(position), {})
            row["conditionType" if word == "condition_type" else word] = str(value)
        elif kind == "sortOrders":
            position, word = parts
            sorts.setdefault(int(position), {})[word] = value
        elif kind in ("pageSize", "currentPage"):
            criteria[kind] = value
    criteria["filterGroups"] = [{"filters": list(rows.values())} for rows in groups.values()]
    criteria["sortOrders"] = list(sorts.values())
    return criteria


def in_camel_case(value):
    """Return data of REST under the names of SOAP: ``parent_id`` → ``parentId``."""
    if isinstance(value, dict):
        return {re.sub(r"_(\w)", lambda found: found[1].upper(), name): in_camel_case(v) for name, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [in_camel_case(inner) for inner in value]
    return value


def in_rest_names(value):
    """Return an answer of SOAP under the names of REST: ``baseRowTotal`` → ``base_row_total``."""
    if isinstance(value, dict):
        return {re.sub(r"(?<=.)([A-Z])", r"_\1", name).lower(): in_rest_names(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [in_rest_names(inner) for inner in value]
    return value
