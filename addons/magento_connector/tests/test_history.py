"""Orders from before go-live: exact, visible, and left alone."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MagentoCase, document, item, order, shipment

BEFORE, AFTER = "2026-10-01 10:00:00", "2026-11-02 10:00:00"


@tagged("post_install", "-at_install")
class TestHistory(MagentoCase):
    def setUp(self):
        super().setUp()
        self.backend.go_live = "2026-11-01 00:00:00"

    def past(self, entity_id, items=None, state="complete", **values):
        lines = items or [item(entity_id * 10, qty_shipped=1, qty_invoiced=1)]
        return order(entity_id, lines, created_at=BEFORE, state=state, status=state, **values)

    def test_what_was_settled_before_is_history_to_the_cent(self):
        self.load("orders", self.past(1), order(2))
        history, live = self.order_of(1), self.order_of(2)
        self.assertEqual((history.b2b_history, live.b2b_history), (True, False))
        self.assertEqual((history.state, history.amount_total, str(history.date_order)), ("sale", 11.9, BEFORE))
        self.assertEqual(history.partner_id, live.partner_id)
        self.assertFalse(history.picking_ids)
        self.assertTrue(live.picking_ids)
        self.assertEqual((history.invoice_status, history.b2b_billing_open), ("no", False))
        self.assertTrue(live.b2b_billing_open)
        with self.assertRaises(UserError):
            history._create_invoices()

    def test_it_raises_no_cases_and_is_not_told_to_the_shop(self):
        self.backend.tell_invoices = True
        self.load("orders", self.past(1, state="closed", total_refunded=11.9, base_total_refunded=11.9))
        self.assertFalse(self.env["b2b.discrepancy"].search([("order_id", "=", self.order_of(1).id)]))
        self.assertFalse(self.env["magento.outbox"].search([("backend_id", "=", self.backend.id)]))

    def test_its_documents_are_noted_and_make_nothing(self):
        """Neither goods nor money move here for what was settled elsewhere, in whichever mode the shop bills."""
        self.backend.write({"shop_invoices": "bill", "push_order_numbers": True})
        payload = self.past(1)
        self.load("orders", payload)
        records = [
            *self.load("shipments", shipment(1, payload)),
            *self.load("invoices", document(2, payload)),
            *self.load("credit_memos", document(3, payload)),
        ]
        history = self.order_of(1)
        self.assertEqual([record.state for record in records], ["done"] * 3)
        self.assertEqual(
            [(row.kind, row.amount_total) for row in history.magento_document_ids.sorted("kind")],
            [("credit_memo", 11.9), ("invoice", 11.9), ("shipment", 0.0)],
        )
        self.assertFalse(history.picking_ids)
        self.assertFalse(history.invoice_ids)
        self.assertFalse(self.env["account.payment"].search([("company_id", "=", self.company.id)]))
        self.assertFalse(history.b2b_discrepancy_ids)
        self.assertFalse(self.env["magento.outbox"].search([("backend_id", "=", self.backend.id)]))

    def test_open_orders_are_live_or_history_as_the_shop_is_set(self):
        self.load("orders", self.past(1, [item(10)], state="processing"))
        self.assertFalse(self.order_of(1).b2b_history)
        self.assertTrue(self.order_of(1).picking_ids)
        self.backend.history_orders = "all"
        self.load("orders", self.past(2, [item(20)], state="processing"))
        self.assertTrue(self.order_of(2).b2b_history)
        self.assertFalse(self.order_of(2).picking_ids)

    def test_a_later_change_rewrites_it(self):
        self.load("orders", self.past(1))
        self.load("orders", self.past(1, [item(10, quantity=3)], updated_at="2026-12-01 10:00:00"))
        history = self.order_of(1)
        self.assertEqual((history.amount_total, history.state, len(history.order_line)), (35.7, "sale", 1))
        self.assertFalse(history.picking_ids)
        self.assertFalse(history.b2b_discrepancy_ids)
        self.load("orders", self.past(1, [item(10, quantity=3)], state="canceled", updated_at="2026-12-02 10:00:00"))
        self.assertEqual(history.state, "cancel")

    def test_an_unpaid_one_stays_a_quotation_until_the_shop_works_on_it(self):
        self.backend.history_orders = "all"
        self.load("orders", self.past(1, [item(10)], state="pending_payment"))
        self.assertEqual(self.order_of(1).state, "draft")
        self.load("orders", self.past(1, [item(10)], state="processing", updated_at="2026-12-01 10:00:00"))
        self.assertEqual(self.order_of(1).state, "sale")

    def test_without_a_date_every_order_is_live(self):
        self.backend.go_live = False
        self.load("orders", self.past(1))
        self.assertFalse(self.order_of(1).b2b_history)

    def test_the_shops_count_and_filter(self):
        self.load("orders", self.past(1), order(2))
        self.assertEqual(self.backend.history_count, 1)
        action = self.backend.action_view_history()
        self.assertEqual(self.env["sale.order"].search(action["domain"]), self.order_of(1))
