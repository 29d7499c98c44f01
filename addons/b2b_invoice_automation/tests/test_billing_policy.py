"""When policies bill, and what they put on one invoice."""

from datetime import date

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tests import tagged

from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingPolicy(BillingCommon):
    def test_what_shares_an_invoice(self):
        terms = self.env["account.payment.term"].search([], limit=2)
        positions = self.env["account.fiscal.position"].create([{"name": name} for name in "AB"])
        dock = self.env["res.partner"].create({"name": "Dock", "parent_id": self.customer.id, "type": "delivery"})
        other = self.env["res.partner"].create({"name": "Other"})
        for grouping, values, invoices in (
            ("order", [{}, {}], 2),
            ("all", [{}, {}], 1),
            ("all", [{}, {"payment_term_id": terms[1].id}], 2),
            ("all", [{}, {"fiscal_position_id": positions[1].id}], 2),
            ("all", [{}, {"partner": other}], 2),
            ("all", [{"po": "1"}, {"po": "2", "partner_shipping_id": dock.id}], 1),
            ("ship_to", [{}, {"partner_shipping_id": dock.id}, {}], 2),
            ("po_number", [{"po": "1"}, {"po": "2"}, {"po": "1"}], 2),
            ("po_number", [{}, {}], 2),
        ):
            with self.subTest(grouping=grouping, values=values):
                self.policy.grouping = grouping
                orders = self.env["sale.order"].concat(
                    *(
                        self.order(
                            **{
                                "payment_term_id": terms[0].id,
                                "fiscal_position_id": positions[0].id,
                                "partner_shipping_id": self.customer.id,
                                **one,
                            }
                        )
                        for one in values
                    )
                )
                self.bill(orders)
                self.assertEqual(len(orders.invoice_ids), invoices)
                self.assertBilled(orders)

    def test_collective_invoice_keeps_order_and_po_per_line(self):
        self.policy.grouping = "all"
        first, second = self.order([(1, 5.0), (2, 6.0)], po="PO-B"), self.order(po="PO-A")
        self.bill(first + second)
        move = first.invoice_ids
        self.assertRecordValues(
            move,
            [
                {
                    "ref": "PO-B, PO-A",
                    "purchase_order_reference": False,
                    "invoice_origin": f"{first.name}, {second.name}",
                }
            ],
        )
        lines = move.invoice_line_ids.sorted("sequence")
        self.assertEqual(lines.mapped("b2b_po_number"), ["PO-B", "PO-B", "PO-A"])
        self.assertEqual([line.sale_line_ids.order_id for line in lines], [first, first, second])

    def test_many_po_numbers_are_cut_between_numbers(self):
        self.policy.grouping = "all"
        orders = self.env["sale.order"].concat(*(self.order([(1, 1.0)], po=f"PO-{n:08}") for n in range(30)))
        self.bill(orders)
        ref = orders.invoice_ids.ref
        self.assertTrue(ref.startswith("PO-00000000, PO-00000001, "))
        self.assertRegex(ref, r", PO-\d{8} \(\+ \d+\)$")

    def test_shipped_bills_what_was_delivered_and_freight_with_the_first(self):
        self.policy.trigger = "shipped"
        order = self.order([(10, 10.0), {"product_id": self.freight.id, "product_uom_qty": 1, "price_unit": 7.9}])
        goods, freight = order.order_line
        run = self.bill(order)
        self.assertRecordValues(run.line_ids, [{"state": "waits", "code": "waiting_for_shipment"}])
        self.assertEqual(run.line_ids.reason, "0 of 10 delivered.")
        goods.qty_delivered = 4
        run = self.bill(order)
        self.assertEqual((goods.qty_invoiced, freight.qty_invoiced), (4.0, 1.0))
        self.assertEqual(run.line_ids.reason, "The rest waits: 4 of 10 delivered.")
        self.assertTrue(order.b2b_billing_open)
        goods.qty_delivered = 12
        self.bill(order)
        self.assertEqual((goods.qty_invoiced, freight.qty_invoiced), (12.0, 1.0))

    def test_completed_waits_for_the_shop_or_for_all_deliveries(self):
        self.policy.trigger = "completed"
        shop, typed = self.order(b2b_channel_state="open"), self.order()
        codes = self.bill(shop + typed).line_ids.mapped("code")
        self.assertEqual(codes, ["waiting_for_completion"] * 2)
        shop.b2b_channel_state = "complete"
        typed.order_line.qty_delivered = 10
        self.bill(shop + typed)
        self.assertBilled(shop + typed)

    def test_order_that_the_shop_cancelled_is_not_billed(self):
        order = self.order(b2b_channel_state="canceled")
        self.assertEqual(self.bill(order).line_ids.code, "cancelled")

    def test_minimum_amount_waits_for_more(self):
        self.policy.write({"minimum_amount": 150.0, "grouping": "all"})
        first = self.order()
        run = self.bill(first)
        self.assertEqual(run.line_ids.code, "below_minimum")
        self.assertIn("150.00", run.line_ids.reason)
        second = self.order()
        self.bill(first + second)
        self.assertBilled(first + second)

    def test_schedule_waits_for_the_closing_day_and_a_person_catches_up(self):
        runs = self.env["b2b.billing.run"].sudo()
        with freeze_time("2026-03-12"):
            self.policy.write(
                {"trigger": "schedule", "frequency": "month_end", "quantity": "ordered", "grouping": "all"}
            )
            order = self.order()
            self.assertEqual(self.policy.next_closing_date, date(2026, 3, 31))
            self.assertEqual(
                (order.b2b_billing_state, order.b2b_billing_reason),
                ("waits", "Billed when 03/31/2026, the next closing day, is over."),
            )
            self.assertFalse(self.bill(order).move_ids)
        with freeze_time("2026-04-02"):
            late = self.order()
            rows = runs._planned_rows(
                self.company, (Domain("id", "in", (order + late).ids), Domain.FALSE), fields.Date.today()
            )
            self.assertEqual(
                {row["order_id"]: row["code"] for row in rows}, {order.id: False, late.id: "not_closing_day"}
            )
            self.bill(order + late)
            self.assertBilled(order)
            self.assertFalse(late.invoice_ids)
            self.bill(late, ignore_schedule=True)
            self.assertBilled(late)

    def test_holidays_move_the_working_day(self):
        self.policy.write({"trigger": "schedule", "frequency": "working_day", "working_day": 1})
        with freeze_time("2026-04-20"):
            self.assertEqual(self.policy.next_closing_date, date(2026, 5, 1))
            self.env["b2b.holiday"].create({"name": "May Day", "date": "2026-05-01", "company_id": self.company.id})
            self.policy.invalidate_recordset()
            self.assertEqual(self.policy.next_closing_date, date(2026, 5, 4))

    def test_impossible_days_are_refused(self):
        for values in (
            {"frequency": "monthly", "month_day": 32},
            {"frequency": "working_day", "working_day": 0},
            {"minimum_amount": -1.0},
            {"credit_after_days": -1},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.policy.write({"trigger": "schedule", **values})

    def test_drafts_are_left_to_a_person_where_the_policy_says_so(self):
        for auto_send, sentence, state in (
            (True, "Invoices stay drafts for a person, and are sent once they are posted.", "to_send"),
            (False, "Invoices stay drafts for a person, who also sends them.", False),
        ):
            with self.subTest(auto_send=auto_send):
                self.policy.write({"auto_post": False, "auto_send": auto_send})
                self.assertIn(sentence, self.policy.sentence)
                order = self.order()
                self.bill(order)
                self.assertRecordValues(order.invoice_ids, [{"state": "draft", "b2b_deliver": auto_send}])
                self.bill(order)
                self.assertEqual(len(order.invoice_ids), 1)
                order.invoice_ids.action_post()
                self.assertEqual(order.invoice_ids.b2b_delivery_state, state)
                waiting = self.env["account.move"].search(self.env["account.move"]._b2b_delivery_domain())
                self.assertEqual(order.invoice_ids in waiting, auto_send)

    def test_used_policy_is_not_deleted(self):
        self.order()
        with self.assertRaises(ValidationError):
            self.policy.unlink()

    def test_new_company_has_a_policy(self):
        company = self.env["res.company"].create({"name": "New"})
        self.assertEqual(company.b2b_billing_policy_id.company_id, company)

    def test_order_may_have_its_own_policy(self):
        own = self.policy.copy({"name": "Own", "trigger": "completed"})
        order = self.order(b2b_channel_state="open", b2b_billing_policy_id=own.id)
        self.assertEqual(self.bill(order).line_ids.code, "waiting_for_completion")

    def test_change_of_trigger_opens_orders_again(self):
        order = self.order()
        order.order_line.qty_delivered = 12
        self.bill(order)
        self.assertFalse(order.b2b_billing_open)
        self.policy.trigger = "shipped"
        self.assertTrue(order.b2b_billing_open)
        self.bill(order)
        self.assertEqual(order.order_line.qty_invoiced, 12)
