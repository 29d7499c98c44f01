"""The connector against the sandbox shop over real HTTP: fetch, stage, process; again; and with faults by seeded plan.

The number of fault plans is ``FAULT_PLANS`` (default 6), the first seed ``FAULT_SEED`` (default 1).
"""

import os
import random
from collections import Counter
from datetime import date

from odoo.fields import Datetime
from odoo.tests import tagged

from odoo.addons.magento_connector.magento_wire.cursor import WrongCursor
from odoo.addons.magento_connector.magento_wire.errors import ShopError
from odoo.addons.magento_connector.magento_wire.protocols import PROTOCOLS
from odoo.addons.magento_connector.tests.common import MagentoCase, cents

from magento_sandbox import documents
from magento_sandbox import server as sandbox
from magento_sandbox.control import place_order

TODAY = date(2026, 11, 23)
PLANS = int(os.environ.get("FAULT_PLANS", "6"))
FIRST_SEED = int(os.environ.get("FAULT_SEED", "1"))
COUNTED = ("sale.order", "sale.order.line", "res.partner", "product.product", "magento.binding", "stock.move")
RATES = (0, 5, 8.25, 8.375, 9.975, 13, 20, 21, 25)
OAUTH_VALUES = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
LISTS = ("stores", "websites", "store_configs", "customer_groups", "tax_rates", "customers", "products", "orders")
DOCUMENTS = ("shipments", "invoices", "credit_memos")


class SandboxCase(MagentoCase):
    """A backend that is connected to a sandbox shop in a thread of this process."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store.unlink()
        cls.give_rate("USD", "2020-01-01")
        for rate in RATES:
            cls.make_tax(rate)

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        """Core lets tests speak to this machine, but reads a pair of time limits as one number."""
        options["timeout"] = max(options["timeout"])
        return super()._request_handler(session, request, **options)

    def start_shop(self, seed=1, orders=60, plan=(), protocol="rest", **settings):
        shop = sandbox.start(TODAY, seed=seed, orders=orders, plan=plan, **settings)
        self.addCleanup(shop.stop)
        told = shop.credentials()
        names = ("api_user", "api_key") if PROTOCOLS[protocol].magento_1 else OAUTH_VALUES
        self.backend.write(
            {
                "url": told["address"],
                "protocol": protocol,
                "allowed_host": "127.0.0.1",
                **{name: told[name] for name in names},
            }
        )
        return shop

    def fetch_all(self, entities=LISTS, patience=60):
        """Fetch streams to their end, as the lane does, whatever goes wrong in between.

        :returns: Counter of the errors' codes
        """
        errors = Counter()
        for entity in entities:
            stream = self.backend.stream_ids.filtered(
                lambda stream, entity=entity: stream.entity == entity and not stream.lack
            )
            if not stream:
                continue
            for _attempt in range(patience):
                try:
                    with self.backend._shop() as shop:
                        stream._fetch(shop)
                    break
                except (ShopError, WrongCursor) as error:
                    errors[getattr(error, "code", "cursor")] += 1
            else:
                self.fail(f"{entity} was not fetched in {patience} attempts: {errors}")
        return errors

    def assert_invariants(self, shop):
        """7, 8 and 11 of the reliability list: nothing lost, nothing twice, totals per currency explained."""
        staged = self.env["magento.record"].search([("backend_id", "=", self.backend.id), ("entity", "=", "orders")])
        by_id = {record.external_id: record for record in staged}
        world = {str(entity_id): order.data for entity_id, order in shop.shop.orders.items()}
        self.assertEqual(set(by_id), set(world), "every order of the shop is staged")
        self.assertFalse(staged.filtered(lambda record: record.state == "staged"))
        sales = self.env["sale.order"].search([("magento_backend_id", "=", self.backend.id)])
        bindings = self.env["magento.binding"].search([("backend_id", "=", self.backend.id), ("entity", "=", "orders")])
        done = staged.filtered(lambda record: record.state == "done")
        self.assertEqual(sorted(bindings.mapped("external_id")), sorted(done.mapped("external_id")))
        self.assertEqual(sorted(bindings.mapped("res_id")), sorted(sales.ids))
        for currency in {data["order_currency_code"] for data in world.values()}:
            of_shop = [cents(data["grand_total"]) for data in world.values() if data["order_currency_code"] == currency]
            refused = [
                cents(world[record.external_id]["grand_total"])
                for record in staged - done
                if world[record.external_id]["order_currency_code"] == currency
            ]
            here = sales.filtered(lambda sale, currency=currency: sale.currency_id.name == currency)
            self.assertAlmostEqual(
                float(sum(of_shop)), sum(here.mapped("amount_total")) + float(sum(refused)), 2, currency
            )
        return staged - done


@tagged("post_install", "-at_install")
class TestSandbox(SandboxCase):
    def test_a_whole_shop_is_taken_over_and_again_changes_nothing(self):
        shop = self.start_shop(orders=120)
        self.assertEqual(self.backend.action_check()["params"]["type"], "success")
        self.fetch_all()
        self.process()
        refused = self.assert_invariants(shop)
        wanted = {str(number) for number, note in shop.shop.notes.items() if note.refuse}
        self.assertEqual(set(refused.mapped("external_id")), wanted, refused.mapped("reason"))
        self.assertTrue(all(refused.mapped("reason")))
        before = {model: self.env[model].search_count([]) for model in COUNTED}
        self.backend.stream_ids.cursor = False
        self.fetch_all()
        self.process()
        self.assertEqual({model: self.env[model].search_count([]) for model in COUNTED}, before)

    def test_requests_are_by_the_page(self):
        shop = self.start_shop(orders=120)
        self.fetch_all()
        asked = [entry for entry in shop.log if entry["path"].endswith("/V1/orders")]
        self.assertLessEqual(len(asked), 3)

    def test_changes_in_the_shop_are_followed(self):
        shop = self.start_shop(orders=20)
        self.fetch_all()
        self.process()
        number, data = next(
            (number, order.data) for number, order in shop.shop.orders.items() if order.data["state"] == "processing"
        )
        sandbox_control(shop, number, "complete")
        self.fetch_all()
        self.process()
        self.assertEqual(self.order_of(number).b2b_channel_state, "complete", data["increment_id"])

    def test_the_comparison_with_the_shop_finds_what_was_never_fetched(self):
        shop = self.start_shop(orders=40)
        self.fetch_all((*LISTS, *DOCUMENTS))
        self.process()
        self.patch(Datetime, "now", lambda: shop.shop.clock.now())
        self.assertFalse(self.backend._compare(days=120))
        lost = self.order_of(next(iter(shop.shop.orders)))
        record = self.env["magento.record"].search(
            [("entity", "=", "orders"), ("backend_id", "=", self.backend.id), ("reference", "=", lost.origin)]
        )
        external_id = record.external_id
        record.unlink()
        self.assertEqual(self.backend._compare(days=120).mapped("external_id"), [external_id])
        self.process()
        self.assertFalse(self.backend._compare(days=120))

    def test_the_comparison_finds_a_shipment_that_a_clock_set_back_hid(self):
        shop = self.start_shop(orders=20)
        wish = {"company": "kessler", "lines": [{"sku": "PU-RAD", "qty": 2}]}
        earlier, held = place_order(shop.shop, wish), place_order(shop.shop, wish)
        documents.create_shipment(shop.shop, earlier, source_code="wh_ulm")  # what was read already is as late as this
        self.fetch_all((*LISTS, *DOCUMENTS))
        self.process()
        clock, line = shop.shop.clock, self.order_of(held.id).order_line[:1]
        self.assertEqual(line.qty_delivered, 0)
        clock.advance(-900)
        shipment = documents.create_shipment(shop.shop, held, source_code="wh_ulm")
        clock.advance(800)
        self.fetch_all(DOCUMENTS)
        domain = [("entity", "=", "shipments"), ("external_id", "=", str(shipment)), ("state", "!=", "ignored")]
        self.assertFalse(self.env["magento.record"].search(domain), "behind what was read already")
        self.patch(Datetime, "now", clock.now)
        found = self.backend._compare(days=120)
        self.assertIn(("shipments", str(shipment)), [(drift.entity, drift.external_id) for drift in found])
        self.process()
        self.assertEqual(self.env["magento.record"].search(domain).state, "done")
        self.assertEqual(line.qty_delivered, 2)

    def test_a_comment_reaches_the_shop_once_though_its_answer_was_lost(self):
        number = 1
        self.start_shop(orders=20, plan=[{"kind": "lost_answer", "match": {"method": "POST"}}])
        self.env["magento.outbox"]._put(
            [
                {
                    "backend": self.backend,
                    "effect": "order_comment",
                    "key": "test",
                    "target": str(number),
                    "values": {"comment": "Invoice INV/1"},
                }
            ]
        )
        message = self.env["magento.outbox"].search([("backend_id", "=", self.backend.id)])
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **values: 60.0)
        for _attempt in range(2):
            message.next_try = False
            self.env["magento.outbox"]._cron_push()
        self.assertEqual(message.state, "sent")
        with self.backend._shop() as connected:
            comments = [row["comment"] for row in connected.call("GET", f"orders/{number}/comments")["items"]]
        self.assertEqual(comments.count("Invoice INV/1"), 1)

    def test_pages_capped_by_the_shop(self):
        shop = self.start_shop(orders=30, page_size_cap=10)
        self.fetch_all()
        self.process()
        self.assert_invariants(shop)


@tagged("post_install", "-at_install")
class TestProtocols(SandboxCase):
    def test_the_same_orders_come_whatever_is_spoken(self):
        self.make_tax(14.975)  # Magento 1 tells the sum of two rates on one line
        came = {}
        for protocol in PROTOCOLS:
            with self.subTest(protocol=protocol), _Undone(self.env):
                shop = self.start_shop(seed=3, orders=40, protocol=protocol)
                self.assertEqual(self.backend.action_check()["params"]["type"], "success", self.backend.check_findings)
                unknown = self.env["magento.tax"]._resolve(self.backend, self.company, {("", None)})
                self.assertFalse(unknown["", None], "no rate is told, so a person chooses")
                self.env["magento.tax"].search([("code", "=", "?")]).tax_id = self.taxes[19]
                self.fetch_all()
                self.process()
                refused = self.assert_invariants(shop)
                sales = self.env["sale.order"].search([("magento_backend_id", "=", self.backend.id)], order="origin")
                came[protocol] = (
                    [(sale.origin, sale.state, sale.currency_id.name, round(sale.amount_total, 2)) for sale in sales],
                    sorted(refused.mapped("external_id")),
                )
                before = {model: self.env[model].search_count([]) for model in COUNTED}
                self.backend.stream_ids.cursor = False
                self.fetch_all()
                self.process()
                self.assertEqual({model: self.env[model].search_count([]) for model in COUNTED}, before)
                self.fetch_all(DOCUMENTS)
                self.process()
                self.patch(Datetime, "now", shop.shop.clock.now)
                self.assertFalse(self.backend._compare(days=120).mapped("reason"))
                run = self.env["magento.dry.run"]._try(self.backend)
                self.assertFalse(run.line_ids.filtered(lambda line: line.outcome == "order"), "all are here already")
                shop.stop()
        self.assertTrue(came["rest"][0])
        for protocol, orders in came.items():
            self.assertEqual(orders, came["rest"], protocol)


def sandbox_control(shop, number, state):
    """Have an order go to a state in the shop."""
    from magento_sandbox.control import set_state

    set_state(shop.shop, shop.shop.orders[number], state)


def plan_of(seed):
    """A seeded fault plan: three to six faults of any kind, each striking a few times."""
    chance = random.Random(f"plan:{seed}")
    kinds = {
        "html": {},
        "too_many": {"seconds": 0, "retry_after": chance.choice(["seconds", "date", "none"])},
        "status": {"status": chance.choice([500, 502, 503]), "seconds": 0},
        "reset": {},
        "truncate": {"lie": chance.choice([True, False])},
        "redirect": {},
        "duplicate_rows": {},
        "moving_rows": {"rows": chance.randint(1, 3)},
        "repeat_last_page": {},
        "null_items": {},
        "extra_fields": {},
        "four_byte": {},
        "unauthorized": {},
    }
    return [
        {
            "kind": kind,
            "match": {"path": chance.choice(["*/V1/orders", "*/V1/customers/search", "*/V1/*"])},
            "times": chance.randint(1, 3),
            "after": chance.randint(0, 2),
            **kinds[kind],
        }
        for kind in chance.sample(sorted(kinds), chance.randint(3, 6))
    ]


@tagged("post_install", "-at_install")
class TestFaults(SandboxCase):
    def test_whatever_goes_wrong_each_order_comes_once(self):
        for seed in range(FIRST_SEED, FIRST_SEED + PLANS):
            plan = plan_of(seed)
            with self.subTest(seed=seed, faults=[fault["kind"] for fault in plan]), self.savepoint_undone():
                self.backend.page_size = random.Random(seed).choice([3, 7, 50])
                shop = self.start_shop(seed=seed, orders=24, plan=plan)
                self.fetch_all()
                self.process(limit=10)
                self.fetch_all()
                self.process(limit=10)
                self.assert_invariants(shop)
                shop.stop()

    def savepoint_undone(self):
        """Undo what a plan did, so that the next one begins with nothing."""
        return _Undone(self.env)


class _Undone:
    def __init__(self, env):
        self.env = env

    def __enter__(self):
        self.savepoint = self.env.cr.savepoint()
        return self

    def __exit__(self, *_error):
        self.savepoint.close(rollback=True)
        self.env.invalidate_all(flush=False)
