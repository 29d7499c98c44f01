"""The shape of the shop's answers: against the official schema, and against a running shop's recorded answers.

The schema is stricter than the shop: recorded answers break it in places (null where a string is declared). So the
recordings go through the same checker first, and what they break, the sandbox may break as well; nothing else.
"""

import json

import pytest
from jsonschema import Draft7Validator
from shop_client import TODAY, ShopClient, criteria

from magento_sandbox import server as sandbox
from magento_sandbox import world
from magento_sandbox.server import encode

pytest_plugins = "sandbox_fixtures"

RECORDED = "magento/live-2.4.7-p3"
# answer → (route of the schema, recorded file or None, path at the sandbox)
ANSWERS = {
    "orders": ("/V1/orders", "orders_all.json", "V1/orders"),
    "items": ("/V1/orders/items", "order_items_all.json", "V1/orders/items"),
    "invoices": ("/V1/invoices", "invoices_list.json", "V1/invoices"),
    "shipments": ("/V1/shipments", "shipments_list.json", "V1/shipments"),
    "creditmemos": ("/V1/creditmemos", "creditmemos_list.json", "V1/creditmemos"),
    "transactions": ("/V1/transactions", "transactions_list.json", "V1/transactions"),
    "products": ("/V1/products", "products_list.json", "V1/products"),
    "customers": ("/V1/customers/search", "customers_search.json", "V1/customers/search"),
    "groups": ("/V1/customerGroups/search", "customer_groups.json", "V1/customerGroups/search"),
    "tax classes": ("/V1/taxClasses/search", "tax_classes.json", "V1/taxClasses/search"),
    "tax rates": ("/V1/taxRates/search", "tax_rates.json", "V1/taxRates/search"),
    "tax rules": ("/V1/taxRules/search", "tax_rules.json", "V1/taxRules/search"),
    "websites": ("/V1/store/websites", "websites.json", "V1/store/websites"),
    "store views": ("/V1/store/storeViews", None, "V1/store/storeViews"),
    "store groups": ("/V1/store/storeGroups", None, "V1/store/storeGroups"),
    "store configs": ("/V1/store/storeConfigs", "store_configs.json", "V1/store/storeConfigs"),
    "currency": ("/V1/directory/currency", None, "V1/directory/currency"),
    "modules": ("/V1/modules", None, "V1/modules"),
    "categories": ("/V1/categories/list", None, "V1/categories/list"),
    "sources": ("/V1/inventory/sources", "sources.json", "V1/inventory/sources"),
    "stocks": ("/V1/inventory/stocks", "stocks.json", "V1/inventory/stocks"),
    "source items": ("/V1/inventory/source-items", "source_items.json", "V1/inventory/source-items"),
}


class Schema:
    """Checks answers against an OpenAPI 2 document of Magento."""

    def __init__(self, document):
        self.paths = document["paths"]
        self.definitions = {name: self._strict(entry) for name, entry in document["definitions"].items()}

    def _strict(self, entry):
        """Undeclared fields are errors, ``nullable`` becomes JSON schema's null."""
        if isinstance(entry, list):
            return [self._strict(inner) for inner in entry]
        if not isinstance(entry, dict):
            return entry
        entry = {key: self._strict(inner) for key, inner in entry.items()}
        if entry.pop("x-nullable", False) or entry.pop("nullable", False):
            entry["type"] = [entry["type"], "null"]
        if entry.get("type") == "object" and "properties" in entry:
            entry["additionalProperties"] = False
        return entry

    def breaches(self, route, answer):
        """Return the set of (place in the schema, rule, detail) that an answer breaks, whichever record it is in."""
        answers = self.paths[route]["get"]["responses"]["200"]["schema"]
        validator = Draft7Validator({**self._strict(answers), "definitions": self.definitions})
        found = set()
        for error in validator.iter_errors(answer):
            place = ".".join(str(part) for part in error.absolute_path if not isinstance(part, int))
            undeclared = ""
            if error.validator == "additionalProperties":
                undeclared = ",".join(sorted(set(error.instance) - set(error.schema["properties"])))
            found.add((place, error.validator, undeclared or str(error.validator_value)))
        return found


@pytest.fixture(scope="module")
def live_schema(shared_data):
    return Schema(json.loads((shared_data / "magento/live-2.4.7-p3-swagger.json").read_text()))


@pytest.fixture(scope="module")
def official_schema(shared_data):
    yaml = pytest.importorskip("yaml")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Schema(yaml.load((shared_data / "magento/openapi/admin-schema-2.4.7.yaml").read_text(), loader))


@pytest.fixture(scope="module")
def answers():
    """Everything the sandbox can list, over real HTTP."""
    server = sandbox.start(TODAY, orders=120)
    client = ShopClient(server)
    found = {}
    for name, (_route, _recorded, path) in ANSWERS.items():
        answer = client.get(path, criteria())
        assert answer.status_code == 200, (name, answer.text)
        found[name] = answer.json()
    server.stop()
    return found


def recorded_answer(shared_data, name):
    file = ANSWERS[name][1]
    return json.loads((shared_data / RECORDED / file).read_text()) if file else None


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("version", ["live", "official"])
def test_answers_keep_the_schema_as_well_as_a_running_shop_does(
    shared_data, live_schema, official_schema, answers, name, version
):
    schema = live_schema if version == "live" else official_schema
    route = ANSWERS[name][0]
    if route not in schema.paths:
        pytest.skip(f"the {version} schema does not describe {route}")
    recorded = recorded_answer(shared_data, name)
    tolerated = schema.breaches(route, recorded) if recorded is not None else set()
    assert schema.breaches(route, answers[name]) - tolerated == set()


def test_the_checker_finds_what_is_wrong(live_schema, answers):
    wrong = json.loads(json.dumps(answers["orders"]))
    wrong["items"][0]["grand_total"] = "12.00"
    wrong["items"][0]["invented"] = 1
    rules = {rule for _place, rule, _detail in live_schema.breaches("/V1/orders", wrong)}
    assert {"type", "additionalProperties"} <= rules


def structure(value, place=""):
    """Return the set of (path, JSON type) in a value; items of a list share their path."""
    if isinstance(value, dict):
        return {(place, "object")}.union(*(structure(inner, f"{place}.{key}") for key, inner in value.items()))
    if isinstance(value, list):
        return {(place, "list")}.union(*(structure(inner, place + "[]") for inner in value))
    kind = "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__
    return {(place, kind)}


RECORDED_ORDERS = (
    "order_000000001", "order_000000002", "order_000000003", "order_000000003_edited", "order_000000003-1_edited",
    "order_000000004", "order_000000005_configurable_bundle", "order_2000000001_multicurrency_usd",
    "order_3000000001_tax_included_discount",
)  # fmt: skip


@pytest.mark.parametrize("name", RECORDED_ORDERS)
def test_each_recorded_kind_of_order_has_a_twin_of_equal_structure(shared_data, views, name):
    recorded = structure(json.loads((shared_data / RECORDED / f"{name}.json").read_text()))
    assert any(structure(view) == recorded for view in views.values())


@pytest.mark.parametrize(("file", "rows"), [("invoices_list", "invoices"), ("creditmemos_list", "creditmemos")])
def test_documents_have_the_structure_of_recorded_ones(shared_data, shop, file, rows):
    recorded = json.loads((shared_data / RECORDED / f"{file}.json").read_text())["items"]
    ours = [structure(json.loads(encode(row))) for row in getattr(shop, rows)]
    for document in recorded:
        assert structure(document) in ours


def test_shipments_have_the_structure_of_recorded_ones(shared_data, shop):
    recorded = json.loads((shared_data / RECORDED / "shipments_list.json").read_text())["items"]
    with_track = structure(next(document for document in recorded if document["tracks"]))
    assert with_track in [structure(json.loads(encode(row))) for row in shop.shipments]


def test_products_of_each_type_have_the_structure_of_recorded_ones(shared_data, answers):
    recorded = recorded_answer(shared_data, "products")["items"]
    ours = {}
    for product in answers["products"]["items"]:
        ours.setdefault(product["type_id"], set()).update(path for path, _kind in structure(product))
    for product in recorded:
        missing = {path for path, _kind in structure(product)} - ours[product["type_id"]]
        assert {path for path in missing if "tier_prices[]" not in path} == set()


def test_numbers_are_written_as_php_writes_them(shop):
    text = encode({"whole": shop.orders[1].data["base_to_global_rate"], "name": "Öl"}).decode()
    assert text == '{"whole":1,"name":"\\u00d6l"}'


def test_a_large_world_can_be_built_for_benchmarks():
    assert len(world.build(TODAY, 1, 2000).orders) == 2000
