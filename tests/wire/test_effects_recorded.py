"""Reading back what recorded answers of running shops hold: Magento 2.4.7-p3 and OpenMage 20.0.20."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from fake_shop import FakeShop, answer

from magento_wire.effects import Effect, effect_kind, marker, marker_key
from magento_wire.openmage_effects import openmage_effect
from magento_wire.rest import RestShop
from magento_wire.xmlrpc import XmlRpcShop


@pytest.fixture
def magento_2(shared_data):
    """A Magento 2 shop that answers what was recorded, and no other."""
    folder = shared_data / "magento/live-2.4.7-p3"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    recorded = {
        "products/tier-prices-information": "tier_prices_info", "inventory/source-items": "source_items",
        "shipments": "shipments_list", "invoices": "invoices_list", "creditmemos": "creditmemos_list",
        "orders/1": "order_000000001", "transactions": "transactions_list", "inventory/sources": "sources",
    }  # fmt: skip

    class Recorded(FakeShop):
        def send(self, request):
            self.requests.append(request)
            path = urlsplit(request.url).path.split("/V1/")[1]
            if path.endswith("/comments"):
                return answer({"items": [], "search_criteria": {"filter_groups": []}, "total_count": 0})
            if path in recorded:
                return answer((folder / f"{recorded[path]}.json").read_bytes())
            return answer({"message": "Request does not match any route."}, 404)

    return RestShop(Recorded(), "https://shop.example.com")


def tier(price, **values):
    wanted = {"price": price, "price_type": "fixed", "website_id": 0, "customer_group": "dealer", "quantity": "10.00"}
    return Effect("tier_price", "t", "PUMP-200", wanted | values)


@pytest.mark.parametrize(
    ("effect", "there"),
    [
        (tier("219.0000"), True),
        (tier("218.99"), False),
        (tier("219", quantity="9"), False),
        (tier("219", price_type="discount"), False),
        (tier(None, quantity="3"), True),
        (tier(None), False),
        (Effect("stock", "s", "BOLT-M8", {"source": "wh_berlin", "quantity": "5000.0", "in_stock": True}), True),
        (Effect("stock", "s", "BOLT-M8", {"source": "wh_berlin", "quantity": "4999"}), False),
        (Effect("stock", "s", "PUMP-200", {"source": "nowhere", "quantity": "1"}), False),
    ],
)
def test_present_values_are_known_in_recorded_answers(magento_2, effect, there):
    batch = effect_kind(effect).batch(magento_2, effect)
    assert batch.present(magento_2, [effect]) == [there]


@pytest.mark.parametrize("kind", ["shipment", "invoice", "credit_memo"])
def test_documents_made_by_others_are_not_taken_for_ours(magento_2, kind):
    effect = Effect(kind, f"{kind}:1", "1", {"lines": [["1", "5"]], "comment": ""})
    assert effect_kind(effect).find(magento_2, effect) == ""
    asked = [dict(parse_qsl(urlsplit(request.url).query)) for request in magento_2.transport.requests]
    assert asked[0]["searchCriteria[filter_groups][0][filters][0][field]"] == "order_id"
    assert len(asked) > 1, "the recorded lists tell no comments, so that each document is asked for its own"


def test_open_source_shop_has_sources_and_no_companies(magento_2):
    assert magento_2.has("multi_source")
    assert not magento_2.has("b2b")
    assert not magento_2.has("async_bulk")


@pytest.fixture
def magento_1(shared_data):
    folder = shared_data / "magento/openmage-20.0.20"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    recorded = {
        "cataloginventory_stock_item.list": "cataloginventory_stock_item.list",
        "catalog_product.info": "catalog_product.info.PUMP-200", "customer_group.list": "customer_group.list",
        "sales_order.list": "sales_order.list", "sales_order.info": "sales_order.info.100000001",
        "sales_order_shipment.list": "sales_order_shipment.list",
        "sales_order_shipment.info": "sales_order_shipment.info.100000001",
        "sales_order_invoice.list": "sales_order_invoice.list",
        "sales_order_invoice.info": "sales_order_invoice.info.100000001",
        "sales_order_creditmemo.list": "sales_order_creditmemo.list",
        "sales_order_creditmemo.info": "sales_order_creditmemo.info.100000001",
    }  # fmt: skip

    class Recorded(XmlRpcShop):
        def __init__(self):
            self.asked, self.changed = [], {}

        def remote(self, path, arguments=(), *, reading=True):
            self.asked.append((path, list(arguments)))
            data = json.loads((folder / f"{recorded[path]}.json").read_text())
            return self.changed.get(path, lambda found: found)(data)

    return Recorded()


@pytest.mark.parametrize(
    ("effect", "there"),
    [
        (Effect("stock", "s", "PUMP-200", {"quantity": "99987"}), True),
        (Effect("stock", "s", "PUMP-200", {"quantity": "99987", "in_stock": False}), False),
        (Effect("stock", "s", "HOSE-10", {"quantity": "1"}), False),
        (Effect("base_price", "p", "PUMP-200", {"price": "249.95"}), True),
        (Effect("base_price", "p", "PUMP-200", {"price": "249.94"}), False),
        (Effect("special_price", "p", "PUMP-200", {"price": None}), True),
        (Effect("special_price", "p", "PUMP-200", {"price": "9"}), False),
        (Effect("shipment", "shipment:1", "1", {"lines": [], "comment": ""}), False),
        (Effect("invoice", "invoice:1", "1", {"lines": [], "comment": ""}), False),
        (Effect("credit_memo", "refund:1", "1", {"lines": [], "comment": ""}), False),
    ],
)
def test_present_values_are_known_in_recorded_answers_of_magento_1(magento_1, effect, there):
    assert bool(openmage_effect(effect).find(magento_1, effect)) == there


def test_document_of_magento_1_is_known_by_its_mark(magento_1):
    effect = Effect("shipment", "shipment:17", "1", {"lines": [["1", "5"]], "comment": ""})

    def with_mark(shipment):
        comment = {"comment": f"OUT/17 {marker(effect)}", "comment_id": 1, "parent_id": 1}
        return {**shipment, "comments": [comment]}

    magento_1.changed["sales_order_shipment.info"] = with_mark
    assert openmage_effect(effect).find(magento_1, effect) == "1"
    assert magento_1.asked[0] == ("sales_order_shipment.list", [{"order_id": {"eq": "1"}}])
    other = Effect("shipment", "shipment:1", "1", effect.values)
    assert openmage_effect(other).find(magento_1, other) == "", "the mark of another begins alike"


@pytest.mark.parametrize(
    ("comment", "key"),
    [
        ("OUT/17 [shipment:17]", "shipment:17"), ("[invoice:3]", "invoice:3"), (None, ""), ("", ""),
        ("see [1] and [PO 7]", ""), ("[refund:2] later [refund:3]", "refund:3"),
        ('{"custom":"Paid [credit:9]"}', "credit:9"),
    ],
)  # fmt: skip
def test_mark_is_read_from_a_comment(comment, key):
    assert marker_key(comment) == key
