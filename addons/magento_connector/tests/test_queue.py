"""The stage table as a queue: one bad row never stops the rest, and nothing is done twice."""

from unittest.mock import patch

from psycopg2 import errors

from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models import magento_record_queue
from ..models.loader_order import MagentoLoaderOrder
from ..models.loader_order_lines import MagentoLoaderOrderLines
from ..models.loading import NotYet
from .common import MagentoCase, order

QUEUE_LOG = "odoo.addons.magento_connector.models.magento_record_queue"


@tagged("post_install", "-at_install")
class TestQueue(MagentoCase):
    def test_staging_the_same_content_again_changes_nothing(self):
        record = self.load("orders", order(1))
        staged_at = record.staged_at
        self.stage("orders", order(1))
        self.assertEqual((record.state, record.staged_at), ("done", staged_at))

    def test_changed_content_is_processed_again(self):
        record = self.load("orders", order(1))
        self.stage("orders", order(1, status="packed"))
        self.assertEqual(record.state, "staged")

    def test_an_order_waits_while_a_rival_reads_its_store_view(self):
        self.stage(
            "stores", {"id": 9, "code": "new", "name": "New", "website_id": 1, "store_group_id": 1, "is_active": 1}
        )
        record = self.stage("orders", order(1, store_id=9))
        record._process()
        self.assertEqual((record.state, record.cause), ("staged", "waiting"), record.reason)
        self.assertIn("store view 9", record.reason)
        record.next_retry = False
        self.process()
        self.assertEqual((record.state, self.order_of(1).magento_store_id.external_id), ("done", 9), record.reason)

    @mute_logger(QUEUE_LOG)
    def test_a_culprit_is_found_by_halves_and_set_aside_alone(self):
        lines = MagentoLoaderOrder._order_values

        def fails_on_five(loader, intent, *others):
            if intent.number == "000000005":
                raise ZeroDivisionError("five")
            return lines(loader, intent, *others)

        with patch.object(MagentoLoaderOrder, "_order_values", fails_on_five):
            records = self.load("orders", *(order(number) for number in range(1, 11)))
        bad = records.filtered(lambda record: record.state == "set_aside")
        self.assertEqual(bad.mapped("external_id"), ["5"])
        self.assertEqual(bad.cause, "bug")
        self.assertIn("five", bad.reason)
        self.assertEqual(len((records - bad).filtered(lambda record: record.state == "done")), 9)
        self.assertFalse(self.order_of(5))

    def test_a_differing_total_undoes_the_order_and_only_that(self):
        values = MagentoLoaderOrderLines._line_values

        def loses_a_cent(loader, intent, *others):
            line = values(loader, intent, *others)
            if intent.number == "000000002":
                line["extra_tax_data"]["manual_total_excluded_currency"] -= 0.01
            return line

        with patch.object(MagentoLoaderOrderLines, "_line_values", loses_a_cent):
            records = self.load("orders", order(1), order(2), order(3))
        self.assertEqual(records.mapped("state"), ["done", "set_aside", "done"])
        self.assertIn("11.90", records[1].reason.replace("\xa0", " "))
        self.assertIn("11.89", records[1].reason.replace("\xa0", " "))
        self.assertFalse(self.env["sale.order"].search([("origin", "=", "000000002")]))

    def test_conflicts_with_rivals_go_up_to_the_caller(self):
        record = self.stage("orders", order(1))
        for error in (
            errors.SerializationFailure(),
            errors.LockNotAvailable(),
            errors.DeadlockDetected(),
            ConcurrencyError(),
        ):
            with (
                self.subTest(error=type(error).__name__),
                patch.object(MagentoLoaderOrder, "_load", side_effect=error),
                self.assertRaises(type(error)),
            ):
                self.env["magento.record"].process_batch()
        self.assertEqual(record.state, "staged")

    @mute_logger(QUEUE_LOG, "odoo.sql_db")
    def test_a_link_that_stays_in_the_way_is_no_rival_but_a_bad_row(self):
        self.load("orders", order(9))
        values = MagentoLoaderOrder._order_values

        def links_again(loader, intent, *others):
            if intent.number == "000000005":
                loader.env["magento.binding"].search([("external_id", "=", "9")]).copy()
            return values(loader, intent, *others)

        records = self.stage("orders", *(order(number) for number in range(3, 8)))
        self.patch(self.env.cr, "rollback", lambda: None)
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **values: 60.0)
        with (
            patch.object(MagentoLoaderOrder, "_order_values", links_again),
            patch.object(magento_record_queue, "TRIES_AFTER_CONFLICT", 2),
        ):
            self.env["magento.record"]._cron_process()
        bad = records.filtered(lambda record: record.state == "set_aside")
        self.assertEqual((bad.mapped("external_id"), bad.cause), (["5"], "data"))
        self.assertEqual(set((records - bad).mapped("state")), {"done"})

    def test_what_waits_for_another_record_is_tried_again_later_and_later(self):
        record = self.stage("orders", order(1))
        with patch.object(MagentoLoaderOrder, "_load", side_effect=NotYet("not yet")):
            for attempt in range(1, 6):
                record.next_retry = False
                self.env["magento.record"].process_batch()
                self.assertEqual((record.state, record.attempts), ("staged", attempt))
                self.assertTrue(record.next_retry)
            record.next_retry = False
            self.env["magento.record"].process_batch()
        self.assertEqual(record.state, "set_aside")

    def test_what_others_need_comes_first(self):
        self.stage("orders", order(1))
        self.stage("customer_groups", {"id": 3, "code": "Dealer", "tax_class_id": 3})
        done, waiting = self.env["magento.record"].process_batch()
        self.assertEqual((done, waiting), (1, 1))
        self.assertTrue(self.backend.group_ids)

    def test_what_moves_goods_is_left_to_one_lane_at_a_time(self):
        self.stage("orders", order(1))
        self.stage("customer_groups", {"id": 3, "code": "Dealer", "tax_class_id": 3})
        queue = self.env["magento.record"]
        kinds = self.env["magento.stream"]._kinds()
        alone = {**kinds, "orders": kinds["orders"]._replace(alone=True)}
        self.patch(type(self.env["magento.stream"]), "_kinds", lambda stream: alone)
        ours = Domain("backend_id", "=", self.backend.id)
        self.assertEqual(queue.search_count(ours & Domain(queue._open_domain()[0])), 2)
        with (
            self.registry.cursor() as rival,
            self.assertRaises(errors.LockNotAvailable),
            mute_logger("odoo.sql_db"),
        ):
            rival.execute("LOCK TABLE magento_store IN SHARE UPDATE EXCLUSIVE MODE NOWAIT")

    def test_what_another_lane_works_off_alone_is_not_taken(self):
        self.stage("orders", order(1))
        self.stage("customer_groups", {"id": 3, "code": "Dealer", "tax_class_id": 3})
        queue = self.env["magento.record"]
        kinds = self.env["magento.stream"]._kinds()
        alone = {**kinds, "orders": kinds["orders"]._replace(alone=True)}
        self.patch(type(self.env["magento.stream"]), "_kinds", lambda stream: alone)
        ours = Domain("backend_id", "=", self.backend.id)
        with self.registry.cursor() as rival:
            rival.execute("LOCK TABLE magento_store IN SHARE UPDATE EXCLUSIVE MODE NOWAIT")
            domain, is_alone = queue._open_domain()
            found = queue.search(ours & Domain(domain))
            rival.rollback()
        self.assertFalse(is_alone)
        self.assertEqual(found.mapped("entity"), ["customer_groups"])

    @mute_logger(QUEUE_LOG)
    def test_a_payload_that_is_no_order_is_set_aside(self):
        records = self.load("orders", {"entity_id": 9}, order(1))
        self.assertEqual(set(records.mapped("state")), {"set_aside", "done"})

    def test_retry_and_ignore_are_for_clerks(self):
        record = self.load("orders", order(1, grand_total=5))
        salesman = new_test_user(self.env, "salesman", "sales_team.group_sale_salesman", company_id=self.company.id)
        auditor = new_test_user(self.env, "reader", "b2b_invoice_automation.group_auditor", company_id=self.company.id)
        clerk = new_test_user(
            self.env, "clerk", "b2b_invoice_automation.group_billing_clerk", company_id=self.company.id
        )
        with self.assertRaises(AccessError):
            record.with_user(salesman).action_retry()
        with self.assertRaises(UserError):
            record.with_user(auditor).action_retry()
        with self.assertRaises(AccessError):
            record.with_user(clerk).write({"payload": "{}"})
        self.env["magento.record.ignore"].with_user(clerk).create(
            {"record_ids": record.ids, "note": "a test"}
        ).action_ignore()
        self.assertEqual((record.state, record.note), ("ignored", "a test"))
        record.with_user(clerk).action_retry()
        self.assertEqual(record.state, "staged")
