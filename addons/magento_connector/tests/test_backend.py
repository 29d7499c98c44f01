"""A shop's credentials, its address, and what its buttons say."""

import json
import os
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .. import secret_box
from ..magento_wire.errors import CONFIGURATION, TRANSIENT, ShopError
from ..magento_wire.transport import HttpResponse, Transport
from ..models.magento_backend import SECRET_FIELDS
from ..models.magento_backend_connection import MagentoBackendConnection
from .common import MagentoCase, item, order

NOTHING = {"items": [], "total_count": 0, "search_criteria": {}}


class CannedTransport(Transport):
    """Answers by path; an exception is raised, what is unknown is 404."""

    def __init__(self, answers):
        self.answers, self.asked = answers, []

    def send(self, request):
        path = request.url.partition("?")[0].partition("/V1/")[2] or request.url
        self.asked.append(request)
        answer = self.answers.get(path)
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            return HttpResponse(404, {}, b'{"message": "Request does not match any route."}')
        return HttpResponse(200, {"content-type": "application/json"}, json.dumps(answer).encode())

    def close(self):
        """Nothing is open."""


@tagged("post_install", "-at_install")
class TestBackend(MagentoCase):
    def talking_to(self, answers):
        transport = CannedTransport(answers)
        self.patch(MagentoBackendConnection, "_transport", lambda backend: transport)
        return transport

    def stream(self, entity):
        return self.backend.stream_ids.filtered(lambda stream: stream.entity == entity)

    # -- credentials -----------------------------------------------------------------------------------------------

    def test_credentials_are_never_read_back(self):
        manager = new_test_user(
            self.env, "manager", "b2b_invoice_automation.group_billing_manager", company_id=self.company.id
        )
        backend = self.backend.with_user(manager)
        backend.write({"consumer_secret": "very secret word"})
        self.assertEqual(self.backend._secrets()["consumer_secret"], "very secret word")
        values = backend.read(["name", *SECRET_FIELDS])[0]
        self.assertEqual([values[name] for name in SECRET_FIELDS], [False] * len(SECRET_FIELDS))
        for name in ("credentials", "webhook_secret"):
            with self.assertRaises(AccessError):
                backend.read([name])
        self.assertNotIn("very secret word", json.dumps(backend.web_read({name: {} for name in SECRET_FIELDS})))
        exported = self.backend.export_data(["name", "consumer_secret"])
        self.assertNotIn("very secret word", json.dumps(exported))

    def test_the_database_holds_them_encrypted(self):
        self.backend.consumer_secret = "very secret word"
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM magento_backend WHERE id = %s", [self.backend.id])
        self.assertNotIn("very secret word", str(self.env.cr.fetchall()))

    def test_without_a_key_the_message_says_what_to_do(self):
        with patch.dict(os.environ):
            for name in ("ORDER_TO_CASH_KEY", "ORDER_TO_CASH_KEY_FILE"):
                os.environ.pop(name, None)
            with self.assertRaisesRegex(UserError, "ORDER_TO_CASH_KEY_FILE"):
                self.backend.write({"consumer_secret": "another"})

    def test_another_key_does_not_open_them_and_the_former_one_may_stay(self):
        with (
            patch.dict(os.environ, {"ORDER_TO_CASH_KEY": "quite another key of enough length!!"}),
            self.assertRaises(UserError),
        ):
            self.backend._secrets()
        both = "quite another key of enough length!!\n" + os.environ["ORDER_TO_CASH_KEY"]
        with patch.dict(os.environ, {"ORDER_TO_CASH_KEY": both}):
            self.assertEqual(self.backend._secrets()["consumer_key"], "key")

    def test_a_new_address_forgets_the_credentials_of_the_former(self):
        self.backend.url = "https://elsewhere.example.com"
        with self.assertRaises(UserError):
            self.backend._secrets()

    def test_a_new_address_keeps_only_what_is_given_with_it(self):
        cases = (
            {"url": "https://elsewhere.example.com"},
            {"url": "http://shop.example.com"},
            {"url": "https://shop.example.com:8443"},
            {"auth": "bearer"},
        )
        for change in cases:
            with self.subTest(**change):
                self.backend.write({"url": "https://shop.example.com", "auth": "oauth1"})
                self.backend.write({name: f"former {name}" for name in SECRET_FIELDS})
                self.backend.write({**change, "consumer_secret": "new"})
                kept = secret_box.open_sealed(self.env, self.backend.sudo().credentials)
                self.assertEqual(kept, {"consumer_secret": "new"})

    def test_the_same_address_again_keeps_the_credentials(self):
        self.backend.write({"url": "https://shop.example.com/de", "auth": "oauth1"})
        self.assertEqual(self.backend._secrets()["access_token"], "token")

    def test_missing_credentials_are_named(self):
        self.backend.action_forget_credentials()
        with self.assertRaisesRegex(UserError, "Consumer Key"):
            self.backend._secrets()

    def test_copies_of_the_database_are_silenced(self):
        self.env.flush_all()
        self.env.cr.execute((Path(__file__).parents[1] / "data" / "neutralize.sql").read_text())
        self.env.invalidate_all()
        self.assertFalse(self.backend.credentials)
        self.assertEqual(set(self.backend.stream_ids.mapped("state")), {"paused"})

    # -- addresses -------------------------------------------------------------------------------------------------

    def test_addresses_that_are_none_are_refused(self):
        for url in (
            "ftp://shop.example.com",
            "shop.example.com",
            "https://user:word@shop.example.com",
            "https://shop.example.com/?a=1",
            "https://a..b",
            "https://[shop",
            "https://shop.example.com:port",
            "https://-shop.example.com",
            f"https://{'a' * 64}.example.com",
        ):
            with self.subTest(url=url), self.assertRaises(ValidationError):
                self.backend.url = url

    def test_only_an_administrator_allows_a_private_host(self):
        manager = new_test_user(
            self.env, "manager", "b2b_invoice_automation.group_billing_manager", company_id=self.company.id
        )
        with self.assertRaises(AccessError):
            self.backend.with_user(manager).write({"allowed_host": "127.0.0.1"})
        self.backend.with_user(manager).write({"url": "http://127.0.0.1:1"})
        self.backend.with_user(manager).write(dict.fromkeys(SECRET_FIELDS, "x"))
        result = self.backend.with_user(manager).action_check()
        self.assertIn("127.0.0.1", result["params"]["message"])
        self.assertIn("administrator", result["params"]["message"])

    # -- check and fetch -------------------------------------------------------------------------------------------

    def test_the_check_reads_the_shops_structure(self):
        lists = (
            "customerGroups/search",
            "taxRates/search",
            "products",
            "customers/search",
            "orders",
            "invoices",
            "shipments",
        )
        self.talking_to(
            {
                **dict.fromkeys(lists, NOTHING),
                "store/storeConfigs": [
                    {
                        "id": 5,
                        "code": "de",
                        "locale": "en_US",
                        "default_display_currency_code": "EUR",
                        "base_currency_code": "EUR",
                        "timezone": "Europe/Berlin",
                    }
                ],
                "store/storeViews": [
                    {"id": 0, "code": "admin", "name": "Admin", "website_id": 0},
                    {"id": 5, "code": "de", "name": "Deutsch", "website_id": 2, "is_active": 1},
                ],
                "store/websites": [{"id": 2, "code": "main", "name": "Main"}],
            }
        )
        result = self.backend.action_check()
        self.assertEqual(result["params"]["type"], "success", result["params"]["message"])
        store = self.backend.store_ids.filtered(lambda store: store.external_id == 5)
        self.assertEqual((store.name, store.website_name, store.currency_id.name), ("Deutsch", "Main", "EUR"))
        self.assertNotIn(0, self.backend.store_ids.mapped("external_id"))

    def test_the_check_says_what_is_missing(self):
        self.talking_to({"store/storeConfigs": []})
        result = self.backend.action_check()
        self.assertEqual(result["params"]["type"], "warning")
        self.assertIn("error", {finding["level"] for finding in self.backend.check_findings})
        self.assertIn("fa-times", self.backend.check_html)

    def test_fetching_stages_rows_and_moves_the_cursor(self):
        stream = self.stream("orders")
        self.talking_to({"orders": {"items": [order(1), order(2)], "total_count": 2}})
        with self.backend._shop() as shop:
            self.assertEqual(stream._fetch(shop), 2)
        self.assertEqual(stream.cursor["watermark"], "2026-11-02 10:05:00")
        self.assertTrue(stream.last_success)
        with self.backend._shop() as shop:
            self.assertEqual(stream._fetch(shop), 0, "the same rows again are no news")

    def test_a_slower_rival_drops_its_page(self):
        stream = self.stream("orders")
        self.talking_to({"orders": {"items": [order(1)], "total_count": 1}})
        position = stream._position()
        with self.backend._shop() as shop:
            page = shop.fetch("orders", position, 100)
        self.assertEqual(stream._take_over(page, position), 1)
        self.assertIsNone(stream._take_over(page, position))

    def test_failures_are_told_and_tried_again_or_not(self):
        stream = self.stream("orders")
        stream._note_failure(ShopError(TRANSIENT, "unavailable", "in maintenance", retry_after=600))
        self.assertEqual((stream.state, stream.error), ("retrying", "in maintenance"))
        self.assertTrue(stream.next_fetch)
        stream._note_failure(ShopError(CONFIGURATION, "unauthorized", "the token was revoked"))
        self.assertEqual((stream.state, self.backend.health), ("stopped", "attention"))
        self.assertIn("the token was revoked", self.backend.health_text)

    def test_what_the_database_cannot_hold_is_left_out(self):
        rows = [{"id": 1, "email": "eri\0ka@muster.example", "firstname": "\0Erika", "list": ["a\0", "\ud800"]}]
        self.env["magento.record"]._stage(self.backend, "customers", self.stream("customers")._rows(rows))
        record = self.env["magento.record"].search([("backend_id", "=", self.backend.id)])
        self.assertEqual(record.reference, "erika@muster.example")
        self.assertEqual(json.loads(record.payload)["firstname"], "Erika")
        self.assertEqual(json.loads(record.payload)["list"], ["a", "?"])

    def without_commits(self):
        """Let lanes run within the test's transaction."""
        self.patch(self.env.cr, "rollback", lambda: None)
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **values: 60.0)

    def test_an_unexpected_error_stops_its_stream_only(self):
        self.without_commits()
        self.talking_to({"orders": ValueError("a NUL character"), "customers/search": NOTHING})
        orders, customers = self.stream("orders"), self.stream("customers")
        self.patch(type(orders), "_due", lambda streams: orders + customers)
        (orders + customers).state = "running"
        with self.assertLogs("odoo.addons.magento_connector.models.magento_stream_fetch", "ERROR"):
            self.env["magento.stream"]._cron_fetch()
        self.assertEqual((orders.state, customers.state), ("stopped", "running"))
        self.assertIn("a NUL character", orders.error)
        self.assertTrue(customers.last_success)

    def test_a_conflict_goes_up(self):
        self.without_commits()
        self.talking_to({"orders": SerializationFailure("rival")})
        with self.assertRaises(SerializationFailure):
            self.stream("orders")._fetch_in_lane()

    def test_pausing_and_resuming_keeps_the_position(self):
        stream = self.stream("orders")
        stream.cursor = {"version": 1, "stream": "orders", "watermark": "2026-11-02 10:00:00"}
        self.backend.action_pause()
        self.assertEqual(self.backend.health, "paused")
        self.assertFalse(self.env["magento.stream"]._due().filtered(lambda due: due.backend_id == self.backend))
        self.backend.action_resume()
        self.assertEqual((stream.state, stream.cursor["watermark"]), ("running", "2026-11-02 10:00:00"))


@tagged("post_install", "-at_install")
class TestAroundTheShop(MagentoCase):
    def shop_of(self, payloads):
        """A shop that answers with the given orders, whatever is asked about them."""

        class Shop:
            def summaries(self, _since, _until, *, stream="orders"):
                return payloads if stream == "orders" else []

            def records(self, _stream, ids):
                return [one for one in payloads if str(one["entity_id"]) in ids]

            def newest(self, _stream, count):
                return payloads[:count]

        self.patch(MagentoBackendConnection, "_shop", lambda backend: nullcontext(Shop()))

    def test_the_comparison_finds_and_repairs_what_slipped_through(self):
        self.load("orders", order(1), order(2)).staged_at = "2026-11-02 11:00:00"
        changed = order(2, [item(20, quantity=2)])
        self.shop_of([order(1), changed, order(3)])
        found = self.backend._compare()
        self.assertEqual(
            [(drift.external_id, drift.kind, drift.theirs, drift.ours, drift.repaired) for drift in found],
            [("2", "different", "23.80", "11.90", True), ("3", "missing", "11.90", False, True)],
        )
        self.assertEqual(self.backend.drift_count, 2)
        self.process()
        self.assertTrue(self.order_of(3))
        case = self.env["b2b.discrepancy"].search([("order_id", "=", self.order_of(2).id)])
        self.assertEqual(case.amount_expected, 23.8)

    def test_a_comparison_without_drift_says_so(self):
        self.load("orders", order(1))
        self.shop_of([order(1)])
        self.assertFalse(self.backend._compare())
        self.assertIn("all equal", self.backend.compare_text)

    def test_a_dry_run_tells_and_keeps_nothing(self):
        self.load("orders", order(1))
        self.shop_of([order(1), order(2), order(3, grand_total=1), order(4, [item(40, rate=21)])])
        before = [
            self.env[model].search_count([])
            for model in ("sale.order", "res.partner", "magento.tax", "magento.binding")
        ]
        action = self.backend.action_dry_run()
        lines = self.env["magento.dry.run"].browse(action["res_id"]).line_ids
        self.assertEqual(lines.mapped("outcome"), ["known", "order", "refused", "refused"])
        self.assertEqual(lines.mapped("odoo_total")[:2], ["11.90", "11.90"])
        after = [
            self.env[model].search_count([])
            for model in ("sale.order", "res.partner", "magento.tax", "magento.binding")
        ]
        self.assertEqual(after, before)

    def test_a_dry_run_outlives_orders_that_nobody_can_read(self):
        nameless = order(5)
        del nameless["entity_id"]
        self.shop_of([order(1), order(2, grand_total="a lot"), nameless, {**order(3), "items": {"0": "?"}}])
        with mute_logger("odoo.addons.magento_connector.wizard.magento_dry_run"):
            action = self.backend.action_dry_run()
        lines = self.env["magento.dry.run"].browse(action["res_id"]).line_ids
        self.assertEqual(lines.mapped("outcome"), ["order", "refused", "refused", "refused"])
        self.assertEqual(lines[1].shop_total, "a lot")
        self.assertTrue(all(lines[1:].mapped("reason")))

    def test_so_few_requests_that_the_server_would_end_the_lane_are_refused(self):
        for number in (0.001, -1):
            with self.assertRaises(ValidationError):
                self.backend.requests_per_second = number
        self.backend.requests_per_second = 0
        self.backend.requests_per_second = 0.5

    def test_all_processes_keep_the_limit_on_requests_together(self):
        pace = self.env["magento.pace"]
        self.backend.requests_per_second = 1
        one, other = self.backend._rate(), self.backend._rate()
        one.per_second = other.per_second = 0.01
        self.addCleanup(self._forget_pace)
        waits = [rate.turn() for rate in (one, other, one, other)]
        self.assertEqual(waits[0], 0)
        self.assertEqual(waits, sorted(waits))
        self.assertTrue(250 < waits[-1] <= 300, waits)
        self.assertFalse(pace.search([]), "taken in transactions of their own, which this one need not wait for")

    def _forget_pace(self):
        with self.env.registry.cursor() as cursor:
            cursor.execute("DELETE FROM magento_pace WHERE shop = %s", [self.backend.id])

    def test_a_posted_invoice_is_told_to_the_shop_once(self):
        self.backend.tell_invoices = True
        self.load("orders", order(1))
        move = self.order_of(1)._create_invoices(final=True)
        move.action_post()
        message = self.env["magento.outbox"].search([("backend_id", "=", self.backend.id)])
        self.assertEqual((message.effect, message.target, message.state), ("order_comment", "1", "waiting"))
        self.assertIn(move.name, message.values["comment"])

    def test_old_payloads_are_emptied(self):
        records = self.load("orders", order(1), order(2, grand_total=1))
        records.processed_at = "2020-01-01"
        self.env["magento.record"]._gc_payloads()
        self.assertEqual([bool(record.payload) for record in records], [False, True], "what waits for a person stays")
