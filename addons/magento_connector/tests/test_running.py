"""Running a shop: set-up, start, pause, windows read again, the streams' figures, several shops side by side."""

from contextlib import nullcontext
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..magento_wire.errors import CONFIGURATION, TRANSIENT, ShopError
from ..magento_wire.protocols import PROTOCOLS
from ..magento_wire.shop import CheckItem, CheckReport, Page
from ..models.magento_backend_compare import Compared, MagentoBackendCompare
from ..models.magento_backend_connection import MagentoBackendConnection
from .common import MagentoCase, item, order


class ListShop:
    """A shop that hands over lists, page by page, and remembers from where it was asked."""

    features = ("core",)

    def __init__(self, **lists):
        self.lists, self.asked, self.requests = lists, [], 0
        self.failing = None

    def fetch(self, stream, cursor, page_size):
        self.requests += 1
        self.asked.append((stream, cursor, page_size))
        if self.failing:
            raise self.failing
        rows = self.lists.get(stream, [])
        start = cursor.offset
        part = rows[start : start + page_size]
        more = start + len(part) < len(rows)
        return Page(tuple(part), cursor.after_page(start + len(part), "", more=more), len(rows), not more, 0, page_size)

    def newest(self, stream, count):
        return self.lists.get(stream, [])[:count]

    def check(self):
        return CheckReport((CheckItem("connection", True, "The shop answers."),), self.features, "Magento/2.4")


class RunningCase(MagentoCase):
    def connect(self, shop):
        self.patch(MagentoBackendConnection, "_shop", lambda backend: nullcontext(shop))
        self.patch(self.env.cr, "rollback", lambda: None)
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **values: 60.0)
        return shop

    def stream(self, entity, backend=None):
        return (backend or self.backend).stream_ids.filtered(lambda stream: stream.entity == entity)


@tagged("post_install", "-at_install")
class TestSetUp(RunningCase):
    def test_nothing_is_fetched_or_sent_before_the_start(self):
        self.backend.started_at = False
        own = [("backend_id", "=", self.backend.id)]
        self.env["magento.outbox"]._put(
            [{"backend": self.backend, "effect": "order_comment", "key": "k", "target": "1", "values": {}}]
        )
        self.assertFalse(self.env["magento.stream"]._due().filtered_domain(own))
        self.assertNotIn(self.backend, self.env["magento.outbox"]._backends_with_messages())
        with self.assertRaisesRegex(UserError, "set-up"):
            self.backend.action_sync()
        self.assertEqual(self.backend.health, "new")
        self.backend.check_findings = []
        self.backend.check_date = fields.Datetime.now()
        self.backend.action_start()
        self.assertEqual(self.env["magento.stream"]._due().filtered_domain(own), self.backend.stream_ids)
        self.assertIn(self.backend, self.env["magento.outbox"]._backends_with_messages())

    def test_what_is_missing_is_said_and_keeps_it_from_starting(self):
        backend = self.env["magento.backend"].create({"name": "New", "url": "https://new.example.com"})
        done = {point["step"]: point["done"] for point in backend._checklist()}
        self.assertEqual((done["address"], done["credentials"], done["stores"]), (True, False, False))
        self.assertIn("of 10", backend.ready_text)
        self.assertIn("Consumer Key", backend.next_text)
        with self.assertRaisesRegex(UserError, "Consumer Key"):
            backend.action_start()
        self.assertIn("Consumer Key", backend.health_text)

    def test_set_up_is_left_and_taken_up_again(self):
        self.assertEqual(self.backend.setup_step, "address")
        self.backend.action_next_step()
        self.backend.action_next_step()
        self.backend.action_previous_step()
        self.env.invalidate_all()
        self.assertEqual(self.backend.setup_step, "credentials")
        action = self.backend.action_set_up()
        self.assertEqual((action["res_model"], action["res_id"]), ("magento.backend", self.backend.id))

    def test_the_check_proposes_from_what_exists(self):
        journal = self.env["account.journal"].create(
            {"name": "PayPal", "code": "PPL", "type": "bank", "company_id": self.company.id}
        )
        pallet = self.env["product.product"].create({"name": "By lorry", "type": "service"})
        rows = [
            order(
                1,
                [item(10, quantity="0.5")],
                payment={"method": "paypal_express", "additional_information": []},
                shipping_description="By lorry",
            ),
            order(2),
        ]
        self.connect(ListShop(orders=rows))
        self.backend.action_check()
        methods = {method.code: method for method in self.backend.payment_method_ids}
        self.assertEqual(methods["paypal_express"].journal_id, journal)
        self.assertFalse(methods["banktransfer"].payment_term_id)
        self.assertTrue(all(method.proposed for method in methods.values()))
        shipping = self.backend.shipping_method_ids
        self.assertEqual((shipping.code, shipping.product_id, shipping.proposed), ("flatrate_flatrate", pallet, True))
        self.assertEqual(self.store.journal_id.type, "sale")
        self.assertTrue(self.store.proposed)
        self.assertEqual(self.backend.quantity_decimals, 1)
        self.backend.setup_step = "payments"
        self.backend.action_accept_proposals()
        self.assertFalse(self.backend.payment_method_ids.filtered("proposed"))

    def test_a_proposal_never_overwrites_a_choice(self):
        chosen = self.env["account.journal"].create(
            {"name": "Shop sales", "code": "SHOP", "type": "sale", "company_id": self.company.id}
        )
        self.store.journal_id = chosen
        self.backend._propose_stores()
        self.assertEqual(self.store.journal_id, chosen)

    def test_the_charge_for_shipping_is_booked_as_its_method_says(self):
        pallet = self.env["product.product"].create({"name": "Pallet freight", "type": "service"})
        depot = self.env["stock.warehouse"].create({"name": "Depot", "code": "DEP", "company_id": self.company.id})
        self.env["magento.shipping.method"].create(
            {
                "backend_id": self.backend.id,
                "code": "flatrate_flatrate",
                "product_id": pallet.id,
                "warehouse_id": depot.id,
            }
        )
        self.env["magento.tax"]._resolve(self.backend, self.company, {("", 0.0)})
        self.load(
            "orders",
            order(1, shipping_amount=5, base_shipping_amount=5, shipping_incl_tax=5, grand_total=16.9),
        )
        sale = self.order_of(1)
        self.assertIn(pallet, sale.order_line.product_id)
        self.assertEqual(sale.warehouse_id, depot)


@tagged("post_install", "-at_install")
class TestProtocols(RunningCase):
    def test_each_protocol_opens_its_own_shop(self):
        given = dict.fromkeys(
            ("consumer_key", "consumer_secret", "access_token", "access_token_secret", "api_user"), "x"
        )
        for name, protocol in PROTOCOLS.items():
            with self.subTest(protocol=name):
                self.backend.write({"protocol": name, **given, "api_user": "x", "api_key": "x"})
                self.assertIn(self.backend.auth, protocol.access)
                with self.backend._shop() as shop:
                    self.assertEqual(shop.name, name)

    def test_a_new_protocol_forgets_the_credentials_and_what_was_found(self):
        self.backend.features = ["core", "b2b"]
        self.backend.protocol = "xmlrpc"
        self.assertEqual((self.backend.auth, self.backend.features), ("api_user", False))
        with self.assertRaisesRegex(UserError, "API Key"):
            self.backend._secrets()

    def test_a_new_protocol_switches_off_what_it_does_not_offer_and_says_so(self):
        self.backend.features = ["core", "multi_source", "b2b"]
        self.backend.write({"push_order_numbers": True, "push_credit": True, "push_shipments": True})
        values = {"backend": self.backend, "target": "1", "values": {"number": "S1"}}
        self.env["magento.outbox"]._put([{**values, "effect": "order_number", "key": "n"}])
        self.env["magento.outbox"]._put([{**values, "effect": "order_hold", "key": "h"}])
        self.backend.protocol = "xmlrpc"
        backend = self.backend
        self.assertEqual(
            (backend.push_order_numbers, backend.push_credit, backend.push_shipments), (False, False, True)
        )
        note = backend.message_ids[0].body
        self.assertIn("Company Credit, Order Numbers", note)
        self.assertNotIn("Shipments", note)
        number, hold = self.env["magento.outbox"].search([("backend_id", "=", backend.id)], order="id")
        self.assertEqual((number.state, hold.state), ("failed", "waiting"))
        self.assertIn("does not offer it", number.reason)
        notes = len(backend.message_ids)
        backend.protocol = "openmage_soap"
        self.assertEqual(len(backend.message_ids), notes, "nothing more to switch off")

    def test_access_that_a_protocol_does_not_take_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "XML-RPC"):
            self.backend.write({"protocol": "xmlrpc", "auth": "oauth1"})

    def test_what_a_shop_lacks_is_said_and_not_asked_for(self):
        backend = self.env["magento.backend"].create(
            {"name": "M1", "url": "https://m1.example.com", "protocol": "xmlrpc", "started_at": "2026-01-01"}
        )
        self.assertNotIn("tax_rates", backend.stream_ids.mapped("entity"))
        self.assertIn("tax rates", str(backend.lacks_html))
        backend.protocol = "rest"
        self.assertIn("tax_rates", backend.stream_ids.mapped("entity"))
        backend.protocol = "xmlrpc"
        lacking = self.stream("tax_rates", backend)
        self.assertIn("percentages", lacking.lack)
        self.assertNotIn(lacking, self.env["magento.stream"]._due())

    def test_secrets_of_magento_1_are_kept_as_the_others(self):
        self.backend.write({"protocol": "xmlrpc", "api_user": "erp", "api_key": "very secret word"})
        self.assertEqual(self.backend._secrets()["api_key"], "very secret word")
        self.assertFalse(self.backend.read(["api_key"])[0]["api_key"])


@tagged("post_install", "-at_install")
class TestStreams(RunningCase):
    def test_the_page_size_is_remembered_and_grows_back(self):
        stream, shop = self.stream("products"), self.connect(ListShop(products=[]))
        self.backend.page_size = 80
        stream._note_failure(ShopError(TRANSIENT, "timeout", "no answer in time"))
        self.assertEqual(stream.page_size, 40)
        stream.state = "running"
        for _round in range(4):
            stream._fetch_in_lane()
        self.assertEqual([size for _stream, _cursor, size in shop.asked], [40, 40, 40, 80])

    def test_rate_requests_and_lag(self):
        stream = self.stream("products")
        self.connect(ListShop(products=[{"id": number, "sku": f"P{number}"} for number in range(1, 8)]))
        self.backend.page_size = 3
        stream._fetch_in_lane()
        self.assertEqual((stream.fetched, stream.requests, stream.hour_count), (7, 3, 7))
        self.assertGreater(stream.rate, 7)
        stream.last_success = fields.Datetime.now() - timedelta(minutes=30)
        stream._note_failure(ShopError(TRANSIENT, "unavailable", "in maintenance"))
        self.assertEqual((stream.lag_minutes, stream.error_kind), (30, "transient"))

    def test_a_wrong_cursor_says_what_to_do(self):
        stream = self.stream("orders")
        self.connect(ListShop())
        stream.cursor = {"version": 99}
        stream._fetch_in_lane()
        self.assertEqual((stream.state, stream.error_kind), ("stopped", "cursor"))
        self.assertIn("Start anew", stream.advice)
        stream.action_restart()
        self.assertEqual((stream.state, stream.error_kind, stream.cursor), ("running", False, False))

    def test_causes_of_what_is_set_aside_are_counted(self):
        self.load("orders", order(1, grand_total=1), order(2, grand_total=1), order(3, [item(30, rate=21)]))
        self.assertEqual(self.stream("orders").aside_text, "Its content: 2, Set-up: 1")

    def test_a_breaker_is_shown_and_reset(self):
        stream = self.stream("orders")
        for _time in range(5):
            stream._note_failure(ShopError(TRANSIENT, "unavailable", "in maintenance"))
        self.assertIn("left alone until", self.backend.breaker_text)
        self.backend.action_reset_breaker()
        self.assertFalse(self.backend.breaker_text)
        self.assertEqual(stream.state, "running")

    def test_pausing_keeps_messages_and_single_pauses(self):
        paused = self.stream("customers")
        paused.action_pause()
        self.env["magento.outbox"]._put(
            [{"backend": self.backend, "effect": "order_comment", "key": "k", "target": "1", "values": {}}]
        )
        self.backend.action_pause()
        self.assertNotIn(self.backend, self.env["magento.outbox"]._backends_with_messages())
        self.backend.action_resume()
        self.assertIn(self.backend, self.env["magento.outbox"]._backends_with_messages())
        self.assertEqual(paused.state, "paused")


@tagged("post_install", "-at_install")
class TestWindows(RunningCase):
    def read_again(self, **values):
        wizard = self.env["magento.read.again"].create(
            {
                "backend_id": self.backend.id,
                "stream_ids": [Command.set(self.stream("products").ids)],
                "since": "2026-11-01 00:00:00",
                "until": "2026-11-08 00:00:00",
                **values,
            }
        )
        wizard.action_read()
        return self.env["magento.window"].search([("backend_id", "=", self.backend.id)], limit=1)

    def products(self, count, **values):
        return [{"id": number, "sku": f"P{number}", "name": "Pump", **values} for number in range(1, count + 1)]

    def test_a_window_is_read_beside_the_running_cursor(self):
        shop = self.connect(ListShop(products=self.products(5)))
        stream = self.stream("products")
        stream._fetch_in_lane()
        before = stream.cursor
        window = self.read_again()
        self.backend.page_size = 2
        stream.page_size = 2
        window._read_in_lane()
        self.assertEqual((window.state, window.fetched, window.changed, window.progress), ("done", 5, 0, 100))
        self.assertEqual(stream.cursor, before)
        asked = shop.asked[1][1]
        self.assertEqual((asked.watermark, asked.until), ("2026-11-01 00:00:00", "2026-11-08 00:00:00"))

    def test_unchanged_records_are_processed_again_where_wanted(self):
        self.connect(ListShop(products=self.products(3)))
        self.stream("products")._fetch_in_lane()
        records = self.env["magento.record"].search([("backend_id", "=", self.backend.id)])
        records.write({"state": "done", "staged_at": "2026-11-01 00:00:00"})
        window = self.read_again(again=True)
        window._read_in_lane()
        self.assertEqual((window.changed, set(records.mapped("state"))), (3, {"staged"}))

    def test_what_the_stream_staged_meanwhile_stays(self):
        stream = self.stream("products")
        asked_at = fields.Datetime.now() - timedelta(minutes=1)
        stage = self.env["magento.record"]._stage
        stage(self.backend, "products", stream._rows(self.products(1, name="Newer")))
        self.assertEqual(stage(self.backend, "products", stream._rows(self.products(1, name="Older")), asked_at), 0)
        record = self.env["magento.record"].search([("backend_id", "=", self.backend.id)])
        self.assertIn("Newer", record.payload)

    def test_it_goes_on_after_a_kill_and_after_a_failure(self):
        shop = self.connect(ListShop(products=self.products(5)))
        window = self.read_again()
        self.stream("products").page_size = 2
        self.assertTrue(window._read_step(shop))
        self.assertEqual((window.state, window.fetched), ("running", 2))
        self.env.flush_all()
        shop.failing = ShopError(TRANSIENT, "unavailable", "in maintenance", retry_after=60)
        window._read_in_lane()
        self.assertEqual((window.state, window.error), ("running", "in maintenance"))
        self.assertNotIn(window, self.env["magento.window"]._due())
        shop.failing, window.next_try = None, False
        window._read_in_lane()
        self.assertEqual((window.state, window.fetched), ("done", 5))

    def test_a_failure_that_a_person_must_mend_ends_it_and_it_is_retried(self):
        shop = self.connect(ListShop(products=self.products(1)))
        window = self.read_again()
        shop.failing = ShopError(CONFIGURATION, "forbidden", "the right is missing")
        window._read_in_lane()
        self.assertEqual(window.state, "failed")
        window.action_retry()
        shop.failing = None
        window._read_in_lane()
        self.assertEqual(window.state, "done")

    def test_a_window_that_ends_before_it_begins_is_refused(self):
        with self.assertRaises(ValidationError):
            self.read_again(until="2026-10-01 00:00:00")


@tagged("post_install", "-at_install")
class TestSeveralShops(RunningCase):
    def test_two_shops_with_the_same_ids_do_not_cross(self):
        other = self.env["magento.backend"].create(
            {
                "name": "Second",
                "url": "https://second.example.com",
                "company_id": self.company.id,
                "started_at": "2026-01-01",
            }
        )
        self.env["magento.store"].create(
            {
                "backend_id": other.id,
                "external_id": 1,
                "name": "View",
                "code": "view",
                "company_id": self.company.id,
            }
        )
        self.load("orders", order(1))
        rows = self.stream("orders", other)._rows([order(1, [item(10, quantity=2)])])
        self.env["magento.record"]._stage(other, "orders", rows)
        self.process()
        ours = self.env["sale.order"].search([("magento_backend_id", "=", self.backend.id)])
        theirs = self.env["sale.order"].search([("magento_backend_id", "=", other.id)])
        self.assertEqual((ours.amount_total, theirs.amount_total), (11.9, 23.8))
        self.assertEqual((self.backend.order_count, other.order_count), (1, 1))
        other.action_pause()
        self.assertTrue(self.env["magento.stream"]._due().filtered(lambda stream: stream.backend_id == self.backend))
        self.assertFalse(self.env["magento.stream"]._due().filtered(lambda stream: stream.backend_id == other))
        for _time in range(5):
            self.stream("orders", other)._note_failure(ShopError(TRANSIENT, "unavailable", "down"))
        self.assertTrue(other.breaker_text)
        self.assertFalse(self.backend.breaker_text)

    def test_one_shop_for_two_companies(self):
        second = self.env["res.company"].create(
            {
                "name": "Retail GmbH",
                "country_id": self.env.ref("base.de").id,
                "currency_id": self.company.currency_id.id,
            }
        )
        self.env.user.company_ids += second
        tax = self.taxes[19].copy(
            {"company_id": second.id, "tax_group_id": self.tax_group.copy({"company_id": second.id}).id}
        )
        self.make_store(2, company_id=second.id, code="retail")
        self.load("orders", order(1), order(2, store_id=2))
        self.assertEqual((self.order_of(1).company_id, self.order_of(2).company_id), (self.company, second))
        self.assertEqual(self.order_of(2).order_line.tax_ids, tax)
        self.assertEqual(self.order_of(2).warehouse_id.company_id, second)
        clerk = new_test_user(
            self.env,
            "retail-clerk",
            "b2b_invoice_automation.group_billing_clerk,sales_team.group_sale_salesman_all_leads",
            company_id=second.id,
            company_ids=[Command.set(second.ids)],
        )
        seen = (
            self.env["sale.order"]
            .with_user(clerk)
            .with_context(allowed_company_ids=second.ids)
            .search([("id", "in", (self.order_of(1) + self.order_of(2)).ids)])
        )
        self.assertEqual(seen.ids, self.order_of(2).ids)

    def test_a_store_view_is_proposed_the_company_of_its_name(self):
        second = self.env["res.company"].create({"name": "Retail GmbH"})
        self.env.user.company_ids += second
        store = self.make_store(2, code="retail")
        store.name = "Retail GmbH"
        self.backend._propose_stores()
        self.assertEqual((store.company_id, store.proposed), (second, True))
        self.assertEqual(store.warehouse_id.company_id, second)


@tagged("post_install", "-at_install")
class TestComparison(RunningCase):
    def test_an_order_that_is_gone_in_the_shop_is_told(self):
        self.load("orders", order(1, created_at=str(fields.Datetime.now() - timedelta(days=1))))

        class Shop:
            def summaries(self, _since, _until, *, stream="orders"):
                return []

            def records(self, _stream, _ids):
                return []

        self.connect(Shop())
        found = self.backend._compare()
        self.assertEqual((found.kind, found.external_id, found.repaired), ("gone", "1", False))
        self.assertEqual(self.backend._compare(), found, "the same again is not listed twice")

    def test_what_is_compared_can_be_extended(self):
        self.load("customers", {"id": 5, "email": "a@example.com", "firstname": "A", "lastname": "B"})
        asked = []

        class Shop:
            def summaries(self, _since, _until, *, stream="orders"):
                asked.append(stream)
                return [{"id": 5}, {"id": 6}] if stream == "customers" else []

            def records(self, _stream, ids):
                return [{"id": int(one), "email": "b@example.com"} for one in ids]

        self.patch(MagentoBackendCompare, "_compared", lambda backend: {"customers": Compared(number="email")})
        self.connect(Shop())
        found = self.backend._compare()
        self.assertEqual((asked, found.external_id, found.kind, found.repaired), (["customers"], "6", "missing", True))
