"""What later payloads of an order change, and what they may not."""

from odoo.tests import new_test_user, tagged

from odoo.addons.b2b_invoice_automation.tests import builders

from .common import MagentoCase, item, order


@tagged("post_install", "-at_install")
class TestLaterPayloads(MagentoCase):
    def cases(self, sale):
        return self.env["b2b.discrepancy"].search([("order_id", "=", sale.id), ("state", "=", "open")])

    def test_the_same_payload_again_changes_nothing(self):
        self.load("orders", order(1))
        sale = self.order_of(1)
        before = sale.read()[0]
        self.assertEqual(self.stage("orders", order(1)).state, "done")
        record = self.env["magento.record"].search([("entity", "=", "orders"), ("backend_id", "=", self.backend.id)])
        record.state = "staged"
        self.process()
        sale.invalidate_recordset()
        self.assertEqual({**sale.read()[0], "write_date": 0}, {**before, "write_date": 0})
        self.assertEqual(self.env["sale.order"].search_count([("magento_backend_id", "=", self.backend.id)]), 1)

    def test_status_and_po_number_are_followed(self):
        self.load("orders", order(2))
        later = order(2, status="packed", state="complete")
        later["payment"]["po_number"] = "PO-2"
        self.load("orders", later)
        sale = self.order_of(2)
        self.assertEqual(
            (sale.magento_status, sale.b2b_channel_state, sale.client_order_ref), ("packed", "complete", "PO-2")
        )

    def test_a_paid_order_is_confirmed_later(self):
        self.load("orders", order(3, state="pending_payment"))
        self.load("orders", order(3, state="processing"))
        self.assertEqual(self.order_of(3).state, "sale")

    def test_a_cancelled_order_is_cancelled(self):
        self.load("orders", order(4))
        self.load("orders", order(4, state="canceled", status="canceled"))
        self.assertEqual((self.order_of(4).state, self.order_of(4).b2b_channel_state), ("cancel", "canceled"))

    def test_a_cancellation_after_billing_is_a_case(self):
        self.load("orders", order(5))
        sale = self.order_of(5)
        sale._create_invoices(final=True).action_post()
        self.load("orders", order(5, state="canceled"))
        self.assertEqual(sale.state, "sale")
        self.assertEqual((self.cases(sale).type, self.cases(sale).blocking), ("order_change", True))

    def test_a_hold_stops_the_order_until_the_shop_releases_it(self):
        self.load("orders", order(6))
        sale = self.order_of(6)
        self.load("orders", order(6, state="holded"))
        self.assertTrue(sale.b2b_on_hold)
        self.load("orders", order(6, state="processing", updated_at="2026-11-03 09:00:00"))
        self.assertFalse(sale.b2b_on_hold)

    def test_a_second_hold_stops_the_order_again(self):
        self.load("orders", order(14))
        sale = self.order_of(14)
        for day, state, held in ((3, "holded", True), (4, "processing", False), (5, "holded", True)):
            self.load("orders", order(14, state=state, updated_at=f"2026-11-0{day} 09:00:00"))
            self.assertEqual(sale.b2b_on_hold, held, (day, state))

    def test_a_case_that_a_person_solved_stays_closed(self):
        cancelled = [item(150, quantity=3, qty_canceled=1)]
        self.load("orders", order(15))
        self.load("orders", order(15, cancelled, updated_at="2026-11-03 09:00:00"))
        sale = self.order_of(15)
        clerk = new_test_user(
            self.env, "clerk", "b2b_invoice_automation.group_billing_clerk", company_id=self.company.id
        )
        cases = self.cases(sale).with_user(clerk)
        cases.outcome = "Quantities reduced."
        cases.action_solve()
        self.load("orders", order(15, cancelled, updated_at="2026-11-04 09:00:00"))
        self.assertFalse(self.cases(sale))

    def test_an_order_that_was_replaced_has_ended_whatever_the_shop_says_of_it_later(self):
        self.load("orders", order(7), order(8, relation_parent_id=7))
        replaced = self.order_of(7)
        self.assertEqual((replaced.state, replaced.b2b_channel_state), ("cancel", "canceled"))
        self.load("orders", order(7, state="payment_review", status="payment_review", updated_at="2026-11-09 10:00:00"))
        self.assertEqual((replaced.magento_status, replaced.b2b_channel_state), ("payment_review", "canceled"))

    def test_an_edited_order_replaces_the_former_whichever_comes_first(self):
        edited = order(8, increment_id="000000007-1", relation_parent_id=7, relation_parent_real_id="000000007")
        former = order(7, relation_child_id=8, relation_child_real_id="000000007-1", state="canceled")
        self.load("orders", order(7))
        self.load("orders", edited)
        self.assertEqual(self.order_of(8).magento_replaces_id, self.order_of(7))
        self.assertEqual(self.order_of(7).state, "cancel")
        self.load("orders", former)
        self.assertEqual((self.order_of(7).state, self.order_of(8).state), ("cancel", "sale"))

    def test_the_edited_order_first_then_the_former(self):
        self.load(
            "orders", order(8, increment_id="000000007-1", relation_parent_id=7, relation_parent_real_id="000000007")
        )
        self.load("orders", order(7, relation_child_id=8, relation_child_real_id="000000007-1", state="canceled"))
        self.assertEqual(self.order_of(8).magento_replaces_id, self.order_of(7))

    def test_changed_amounts_of_a_confirmed_order_are_a_case_with_both_figures(self):
        self.load("orders", order(9))
        self.load("orders", order(9, [item(90, quantity=2)]))
        sale = self.order_of(9)
        case = self.cases(sale)
        self.assertEqual((case.amount_expected, case.amount_found, case.blocking), (23.8, 11.9, True))
        self.assertEqual(sale.amount_total, 11.9)

    def test_a_case_that_a_person_accepted_stays_closed(self):
        self.load("orders", order(10))
        self.load("orders", order(10, [item(100, quantity=2)]))
        sale = self.order_of(10)
        self.cases(sale).action_accept()
        self.load("orders", order(10, [item(100, quantity=2)], updated_at="2026-11-04 08:00:00"))
        self.assertFalse(self.cases(sale))

    def test_changed_amounts_of_an_unconfirmed_order_are_taken_over(self):
        self.load("orders", order(11, state="pending_payment"))
        self.load("orders", order(11, [item(110, quantity=2)], state="pending_payment"))
        self.assertEqual(self.order_of(11).amount_total, 23.8)

    def test_a_change_that_comes_with_the_payment_is_taken_over_before_confirming(self):
        self.load("orders", order(16, state="pending_payment"))
        self.load("orders", order(16, [item(160, quantity=2)]))
        sale = self.order_of(16)
        self.assertEqual((sale.state, sale.amount_total), ("sale", 23.8))
        self.assertFalse(self.cases(sale))

    def test_a_change_is_compared_with_the_contract_before_confirming(self):
        self.load("orders", order(17))
        former = self.order_of(17)
        builders.contract(
            self.env,
            former.partner_id.commercial_partner_id,
            [builders.price_rule(former.order_line.product_id, {1: 10})],
            price_difference_policy="hold",
        )
        self.load("orders", order(18, state="pending_payment"))
        sale = self.order_of(18)
        self.assertTrue(sale.b2b_contract_id)
        self.assertFalse(self.cases(sale))
        self.load("orders", order(18, [item(180, price="12.00")]))
        self.assertEqual(sale.state, "sale")
        case = self.cases(sale)
        self.assertEqual((case.type, case.amount_expected, case.amount_found), ("price", 10.0, 12.0))
        self.assertTrue(sale.b2b_on_hold)

    def without_stream(self, entity):
        """As over a protocol that cannot read a kind of record."""
        self.backend.stream_ids.filtered(lambda stream: stream.entity == entity).unlink()

    def test_shipped_quantities_are_delivered_here_where_shipments_cannot_be_read(self):
        self.without_stream("shipments")
        lines = [item(120, "PUMP", 5), item(121, "HOSE", 2)]
        self.load("orders", order(12, lines))
        sale = self.order_of(12)
        self.load("orders", order(12, [{**lines[0], "qty_shipped": 3}, lines[1]]))
        self.assertEqual(sale.order_line.mapped("qty_delivered"), [3.0, 0.0])
        self.load(
            "orders", order(12, [{**line, "qty_shipped": line["qty_ordered"]} for line in lines], state="complete")
        )
        self.assertEqual(sale.order_line.mapped("qty_delivered"), [5.0, 2.0])
        self.assertEqual(sale.delivery_status, "full")

    def test_a_refund_in_the_shop_is_a_case_where_credit_memos_cannot_be_read(self):
        self.without_stream("credit_memos")
        self.load("orders", order(13, total_refunded=11.9, state="closed"))
        self.assertEqual(self.cases(self.order_of(13)).type, "order_change")
