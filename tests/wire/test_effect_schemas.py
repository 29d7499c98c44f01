"""Each request that an effect sends, held against the shop's official descriptions of its interfaces."""

import json
import re
from urllib.parse import unquote, urlsplit

import pytest
from fake_shop import FakeShop, answer
from lxml import etree

from magento_wire.effects import EFFECTS, Effect
from magento_wire.openmage_effects import OPENMAGE_EFFECTS, openmage_effect
from magento_wire.openmage_soap import OPERATIONS, OpenMageSoapShop
from magento_wire.rest import RestShop

SCHEMAS = (
    "magento/openapi/admin-schema-2.4.6.yaml", "magento/openapi/admin-schema-2.4.7.yaml",
    "magento/openapi/admin-schema-2.4.8.yaml", "magento/openapi/admin-schema-2.4.9.yaml",
    "magento/live-2.4.7-p3-swagger.json",
)  # fmt: skip
SKU = "SKU/with slash & space"
LINES = [["11", "2"], ["12", "0.5"]]
ORDER = {
    "items": [{"item_id": 11, "product_type": "simple"}], "state": "new", "status": "pending",
    "increment_id": "000000007",
}  # fmt: skip
TIER = {"price": 9.5, "price_type": "fixed", "website_id": 0, "sku": SKU, "customer_group": "Dealer", "quantity": 5}
SPECIAL = {"price": 9, "store_id": 0, "sku": SKU, "price_from": "2026-12-01 00:00:00", "price_to": None}

VALUES = {
    "order_comment": ("7", {"comment": "Ready", "status": "processing", "notify": True}),
    "order_hold": ("7", {}), "order_unhold": ("7", {}), "order_cancel": ("7", {}),
    "order_number": ("7", {"number": "S00042"}),
    "invoice": ("7", {"lines": LINES, "comment": "INV/1", "notify": True, "capture": True}),
    "shipment": ("7", {"lines": LINES, "tracks": [["dhl", "DHL", "JD1"]], "source": "wh_ulm", "comment": "OUT/1"}),
    "tracking": ("7", {"shipment": "4", "carrier": "dhl", "title": "DHL", "number": "JD2"}),
    "credit_memo": ("7", {"lines": LINES, "shipping": "1.50", "adjustment_positive": "2", "comment": "RINV/1"}),
    "stock": (SKU, {"source": "wh_ulm", "quantity": "17.5", "in_stock": True}),
    "base_price": (SKU, {"price": "12.50", "store_id": 0}),
    "special_price": (SKU, {"price": "10", "store_id": 0, "from": "2026-12-01", "to": None}),
    "tier_price": (SKU, {"price": "5", "price_type": "discount", "customer_group": "Dealer", "quantity": "5"}),
    "shared_catalog_price": ("4", {"sku": SKU, "price": "9.50", "price_type": "fixed", "quantity": "5"}),
    "credit_limit": ("2", {"limit": "2500.00", "currency": "EUR"}),
    "credit_balance": ("2", {"value": "-250.00", "currency": "EUR", "operation": "purchased", "comment": "S1"}),
}  # fmt: skip
VARIANTS = {
    "credit_memo": [{"lines": []}, {"online": True, "invoice_id": "31"}],
    "tracking": [{"number": "JD1", "gone": True}],
    "tier_price": [{"price": None}],
    "special_price": [{"price": None}, {"to": "2026-12-24 12:00:00"}],
    "credit_balance": [{"value": "250.00", "operation": "reimbursed"}],
    "shared_catalog_price": [{"price": None}],
}
PARTIAL = {"/V1/orders": "a stored order is changed by naming its id and what changes; its services ask for no more"}
"""Paths whose body leaves out what the schema calls required."""


class Recorder(FakeShop):
    """Answers what reading asks for, and keeps every request."""

    def __init__(self):
        super().__init__({"customerGroups/search": [{"entity_id": 9, "customer_group_id": 9, "code": "Dealer"}]})

    def send(self, request):
        self.requests.append(request)
        path = urlsplit(request.url).path.split("/V1/", 1)[1]
        if path.endswith("tier-prices-information"):
            return answer([TIER])
        if path.endswith("special-price-information"):
            return answer([SPECIAL])
        if path.startswith("customerGroups"):
            return answer({"items": [{"id": 9, "code": "Dealer"}], "total_count": 1})
        if path.startswith("sharedCatalog") and request.method == "GET":
            return answer({"id": 4, "customer_group_id": 9})
        if path.startswith("companyCredits") and request.method == "GET":
            return answer({"id": 2, "company_id": 3, "credit_limit": 5, "currency_code": "EUR", "exceed_limit": False})
        if path.startswith("stockItems"):
            return answer({"item_id": 8, "qty": 3, "is_in_stock": True})
        if path.startswith("shipments"):
            return answer({"items": [{"entity_id": 4, "tracks": [{"entity_id": 5, "track_number": "JD1"}]}]})
        if path.startswith("orders/7") and request.method == "GET":
            return answer(ORDER)
        return answer([] if path.startswith(("products", "inventory", "sharedCatalog")) else True)


def requests_of(kind, features=("core", "multi_source", "b2b")):
    """Return every request that a kind's example and its variants send."""
    target, values = VALUES[kind]
    requests = []
    for changes in [{}, *VARIANTS.get(kind, [])]:
        recorder = Recorder()
        shop = RestShop(recorder, "https://shop.example.com")
        shop.features = features
        shop.push(Effect(kind, f"{kind}:1", target, values | changes))
        requests += recorder.requests
    return requests


@pytest.fixture(scope="module", params=SCHEMAS)
def schema(request, shared_data):
    path = shared_data / request.param
    if not path.exists():
        pytest.skip(f"{path} is not there")
    if path.suffix == ".json":
        return json.loads(path.read_text())
    yaml = pytest.importorskip("yaml")
    return yaml.load(path.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def described(schema, method, url):
    """Return (path, operation) of a request's address, None where the schema has none."""
    path = urlsplit(url).path
    assert path.startswith("/rest/all/V1/"), "a store's own scope would freeze its values"
    segments = path.removeprefix("/rest/all/V1/").split("/")
    for pattern, operations in schema["paths"].items():
        parts = pattern.removeprefix("/V1/").split("/")
        same = len(parts) == len(segments) and all(
            part.startswith("{") or part == segment for part, segment in zip(parts, segments, strict=True)
        )
        if same and method.lower() in operations:
            return pattern, operations[method.lower()]
    return None


def problems(schema, value, described_as, place, partial):
    """Yield what in a body is not as described."""
    while "$ref" in described_as:
        described_as = schema["definitions"][described_as["$ref"].rsplit("/", 1)[1]]
    kind = described_as.get("type")
    if kind == "object" or "properties" in described_as:
        known = described_as.get("properties", {})
        if not isinstance(value, dict):
            yield f"{place}: no object"
            return
        yield from (f"{place}.{name}: unknown" for name in value if name not in known)
        if not partial:
            yield from (f"{place}.{name}: missing" for name in described_as.get("required", []) if name not in value)
        for name in set(value) & set(known):
            yield from problems(schema, value[name], known[name], f"{place}.{name}", partial)
    elif kind == "array":
        if not isinstance(value, list):
            yield f"{place}: no list"
            return
        for number, item in enumerate(value):
            yield from problems(schema, item, described_as["items"], f"{place}[{number}]", partial)
    else:
        types = {"integer": int, "number": (int, float), "boolean": bool, "string": str}
        if not isinstance(value, types[kind]) or (kind != "boolean" and isinstance(value, bool)):
            yield f"{place}: {value!r} is no {kind}"


@pytest.mark.parametrize("kind", EFFECTS)
def test_request_is_as_the_shop_describes_it(schema, kind):
    requests = requests_of(kind) + (requests_of(kind, ("core",)) if kind == "stock" else [])
    commerce = any("companyCredits" in path for path in schema["paths"])
    seen = 0
    for request in requests:
        found = described(schema, request.method, request.url)
        if EFFECTS[kind].feature == "b2b" and not commerce:
            assert found is None or "tier-prices" in request.url or "customerGroups" in request.url
            continue
        if not found and request.url.endswith("assignTierPrices"):
            assert schema["info"]["version"].startswith("2.4.6"), "tier prices of the catalog's group go instead"
            continue
        assert found, f"{request.method} {request.url}"
        pattern, operation = found
        body = json.loads(request.body) if request.body else None
        described_as = [one["schema"] for one in operation.get("parameters", []) if one["in"] == "body"]
        assert bool(described_as) == (body is not None), request.url
        if described_as:
            whole = "stockItem" in (body or {})
            partial = pattern in PARTIAL or whole
            assert not list(problems(schema, body, described_as[0], kind, partial))
        seen += 1
    assert seen or not commerce


def test_routes_of_the_table_are_those_that_are_called():
    for kind, row in EFFECTS.items():
        called = set()
        for request in requests_of(kind) + (requests_of(kind, ("core",)) if kind == "stock" else []):
            called.add((request.method, urlsplit(request.url).path.removeprefix("/rest/all/V1/")))
        for method, pattern in row.routes:
            form = "/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in pattern.split("/"))
            assert any(one == method and re.fullmatch(form, path) for one, path in called), (kind, pattern)


def test_sku_is_one_segment_whatever_it_holds():
    (read, write) = requests_of("stock", ("core",))
    assert urlsplit(read.url).path == "/rest/all/V1/stockItems/SKU%2Fwith%20slash%20%26%20space"
    assert urlsplit(write.url).path.split("/")[-3:] == ["SKU%2Fwith%20slash%20%26%20space", "stockItems", "8"]
    assert unquote(urlsplit(write.url).path.split("/")[-3]) == SKU


def test_number_is_set_without_changing_what_the_shop_derives():
    (_read, write) = requests_of("order_number")
    wanted = {"entity_id": 7, "increment_id": "000000007", "ext_order_id": "S00042"}
    assert json.loads(write.body) == {"entity": wanted}


def test_source_of_a_shipment_stands_where_the_shop_reads_it():
    (request,) = requests_of("shipment")
    body = json.loads(request.body)
    assert body["arguments"] == {"extension_attributes": {"source_code": "wh_ulm"}}
    assert body["items"] == [{"order_item_id": 11, "qty": 2}, {"order_item_id": 12, "qty": 0.5}]


def test_refund_without_lines_names_one_at_nothing():
    bodies = [json.loads(request.body) for request in requests_of("credit_memo") if request.method == "POST"]
    assert bodies[1]["items"] == [{"order_item_id": 11, "qty": 0}]
    assert bodies[1]["arguments"] == {"shipping_amount": 1.5, "adjustment_positive": 2, "adjustment_negative": 0}
    assert [body.get("isOnline") for body in bodies] == [None, None, True]


# -- Magento 1 --------------------------------------------------------------------------------------------------------


class Told(OpenMageSoapShop):
    """Answers like a Magento 1 shop, and keeps every call with its arguments."""

    def __init__(self):
        self.calls, self._session = [], "s"

    def remote(self, path, arguments=(), *, reading=True):
        self.calls.append((path, list(arguments), reading))
        if path.endswith(".list"):
            return [{"order_id": 7, "increment_id": "100000007", "status": "pending", "customer_group_code": "Dealer",
                     "customer_group_id": 2}]  # fmt: skip
        if path.endswith("tier_price.info"):
            return [{"customer_group_id": "all", "website": "all", "qty": "10.0000", "price": "8.0000"}]
        if path.endswith(".info"):
            return {
                "invoice_id": 3,
                "shipment_id": 4,
                "increment_id": "100000003",
                "state": 1,
                "items": [{"order_item_id": "11", "qty": "2"}, {"order_item_id": "12", "qty": "0.5"}],
            }
        return "100000003" if path.endswith(".create") else True


MAGENTO_1_VALUES = {"tier_price": {"price_type": "fixed"}}


@pytest.mark.parametrize("kind", OPENMAGE_EFFECTS)
def test_call_of_magento_1_is_as_its_wsdl_describes_it(shared_data, kind):
    path = shared_data / "magento/openmage-20.0.20/v2_soap.rpc.wsdl"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    root = etree.fromstring(path.read_bytes())
    messages = {
        message.get("name"): list(message) for message in root.iter("{http://schemas.xmlsoap.org/wsdl/}message")
    }
    types = {
        declared.get("name"): {
            element.get("name") for element in declared.iter("{http://www.w3.org/2001/XMLSchema}element")
        }
        for declared in root.iter("{http://www.w3.org/2001/XMLSchema}complexType")
    }
    target, values = VALUES[kind]
    shop = Told()
    openmage_effect(Effect(kind, f"{kind}:1", target, values | MAGENTO_1_VALUES.get(kind, {})))
    effect = Effect(kind, f"{kind}:1", target, values | MAGENTO_1_VALUES.get(kind, {}))
    openmage_effect(effect).do(shop, effect)
    openmage_effect(effect).find(shop, effect)
    assert any(not reading for _path, _arguments, reading in shop.calls)
    for called, arguments, _reading in shop.calls:
        parts = messages[f"{OPERATIONS[called]}Request"][1:]
        assert len(arguments) <= len(parts), called
        for part, argument in zip(parts, arguments, strict=False):
            if isinstance(argument, dict) and not called.endswith(".list"):
                assert set(argument) <= types[part.get("type").partition(":")[2]], (called, part.get("name"))
            if isinstance(argument, list) and argument and isinstance(argument[0], dict):
                entity = part.get("type").partition(":")[2].removesuffix("Array")
                assert set(argument[0]) <= types[entity], (called, part.get("name"))


def test_methods_of_magento_1_are_in_its_wsdl(shared_data):
    path = shared_data / "magento/openmage-20.0.20/v2_soap.rpc.wsdl"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    root = etree.fromstring(path.read_bytes())
    names = {found.get("name") for found in root.iter("{http://schemas.xmlsoap.org/wsdl/}operation")}
    assert set(OPERATIONS.values()) <= names
