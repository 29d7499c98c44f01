"""What the scheduler bills by closing days: once, when such a day is over, and what was ready on it."""

from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from . import builders
from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingClosing(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Europe/Berlin"

    def setUp(self):
        super().setUp()
        self.startPatcher(
            patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 60.0),
        )

    def closes(self, day, **values):
        """From a day on the policy closes at month end, or as given."""
        with freeze_time(day):
            self.policy.write(
                {"trigger": "schedule", "frequency": "month_end", "quantity": "ordered", "grouping": "all", **values}
            )

    def order_on(self, moment, lines=((10, 10.0),), **values):
        with freeze_time(moment):
            return self.order(lines, **values)

    def deliver_on(self, moment, order, quantity):
        with freeze_time(moment):
            order.order_line.qty_delivered = quantity
            self.env.flush_all()

    def scheduler(self, moment):
        """Plan and work off, as the scheduler does at a moment; returns the new runs of our company."""
        runs = self.env["b2b.billing.run"].sudo()
        domain = [("company_id", "=", self.company.id)]
        before = runs.search(domain)
        with freeze_time(moment), patch.object(self.env.cr, "_now", fields.Datetime.to_datetime(moment)):
            runs._cron_plan()
            runs._cron_lane()
        return runs.search(domain, order="id") - before

    def facts(self, orders):
        """(invoice date, net) of the invoices, in the order of their numbers."""
        moves = orders.invoice_ids.sorted("sequence_number")
        return [(str(move.invoice_date), move.amount_untaxed) for move in moves]

    def test_a_closing_day_is_billed_once_when_it_is_over(self):
        self.closes("2026-03-02")
        first = self.order_on("2026-03-10 09:00:00")
        for moment in ("2026-03-10 12:00:00", "2026-03-31 00:15:00", "2026-03-31 15:00:00"):
            self.assertFalse(self.scheduler(moment), moment)
        last = self.order_on("2026-03-31 16:00:00", [(1, 5.0)])
        [run] = self.scheduler("2026-03-31 22:05:00")  # 0:05 in Berlin
        late = self.order_on("2026-03-31 22:10:00", [(1, 7.0)])
        self.assertFalse(self.scheduler("2026-03-31 22:20:00"))
        self.assertFalse(self.scheduler("2026-04-01 12:00:00"))
        self.assertEqual(self.facts(first + last + late), [("2026-03-31", 105.0)])
        self.assertRecordValues(
            run, [{"date": date(2026, 3, 31), "closing_date": date(2026, 3, 31), "policy_ids": self.policy.ids}]
        )
        self.assertEqual(self.policy.closed_until, date(2026, 3, 31))
        self.assertBilled(first + last)
        with freeze_time("2026-04-01 12:00:00"):
            late.invalidate_recordset()
            self.assertEqual(late.b2b_billing_reason, "Billed when 04/30/2026, the next closing day, is over.")

    def test_every_day_is_once_a_day(self):
        self.closes("2026-03-09", frequency="daily")
        monday = self.order_on("2026-03-09 08:00:00") + self.order_on("2026-03-09 18:00:00", [(1, 1.0)])
        self.assertFalse(self.scheduler("2026-03-09 18:30:00"))
        tuesday = self.order_on("2026-03-10 00:01:00", [(1, 2.0)])
        for moment in ("2026-03-10 00:05:00", "2026-03-10 00:20:00", "2026-03-10 20:00:00"):
            self.scheduler(moment)
        self.assertEqual(self.facts(monday + tuesday), [("2026-03-09", 101.0)])
        self.scheduler("2026-03-11 00:05:00")
        self.assertEqual(self.facts(monday + tuesday), [("2026-03-09", 101.0), ("2026-03-10", 2.0)])

    def test_days_without_a_scheduler_are_caught_up_on_one_invoice_of_the_last_of_them(self):
        self.closes("2026-03-09", frequency="daily")
        orders = self.order_on("2026-03-09 10:00:00") + self.order_on("2026-03-11 10:00:00", [(1, 1.0)])
        today = self.order_on("2026-03-12 08:00:00", [(1, 2.0)])
        self.assertEqual(len(self.scheduler("2026-03-12 09:00:00")), 1)
        self.assertEqual(self.facts(orders + today), [("2026-03-11", 101.0)])

    def test_a_closing_day_that_moves_off_a_holiday(self):
        self.closes("2026-04-20", day_off_shift="next")
        self.env["b2b.holiday"].create({"name": "May Day", "date": "2026-05-01", "company_id": self.company.id})
        self.env["b2b.holiday"].create({"name": "Bridge", "date": "2026-04-30", "company_id": self.company.id})
        order = self.order_on("2026-05-03 10:00:00")
        self.assertFalse(self.scheduler("2026-05-04 12:00:00"), "the day itself")
        self.scheduler("2026-05-05 00:05:00")
        self.assertEqual(self.facts(order), [("2026-05-04", 100.0)])

    def test_what_is_delivered_later_waits_for_the_next_closing_day(self):
        self.closes("2026-03-02", quantity="delivered")
        order = self.order_on("2026-03-10 10:00:00")
        self.deliver_on("2026-03-20 10:00:00", order, 3)
        self.deliver_on("2026-03-31 21:30:00", order, 5)  # 23:30 in Berlin
        self.deliver_on("2026-04-01 08:00:00", order, 8)
        self.deliver_on("2026-04-02 08:00:00", order, 7)
        self.assertEqual(order.order_line.b2b_delivered_days, {
            "2026-03-20": 3.0, "2026-03-31": 5.0, "2026-04-01": 8.0, "2026-04-02": 7.0,
        })  # fmt: skip
        self.scheduler("2026-04-03 09:00:00")
        self.assertEqual(self.facts(order), [("2026-03-31", 50.0)])
        self.scheduler("2026-05-01 09:00:00")
        self.assertEqual(self.facts(order), [("2026-03-31", 50.0), ("2026-04-30", 20.0)])
        days = order.invoice_ids.sorted("sequence_number").mapped("delivery_date")
        self.assertEqual(days, [date(2026, 3, 31), date(2026, 4, 1)])

    def test_deliveries_of_long_ago_are_kept_as_one(self):
        order = self.order_on("2025-01-10 10:00:00")
        for number, day in enumerate(("2025-01-11", "2025-01-12", "2025-06-01", "2025-06-02"), start=1):
            self.deliver_on(day, order, number)
        self.assertEqual(order.order_line.b2b_delivered_days, {"2025-01-12": 2.0, "2025-06-01": 3.0, "2025-06-02": 4.0})
        self.assertEqual(
            [(str(day), float(quantity)) for day, quantity in order.order_line._b2b_deliveries()],
            [("2025-01-12", 2.0), ("2025-06-01", 1.0), ("2025-06-02", 1.0)],
        )

    def test_a_person_may_bill_on_the_day_and_nothing_is_billed_twice(self):
        self.closes("2026-03-02")
        order = self.order_on("2026-03-10 10:00:00")
        with freeze_time("2026-03-31 12:00:00"):
            self.bill(order)
        rest = self.order_on("2026-03-31 13:00:00", [(1, 5.0)])
        self.scheduler("2026-04-01 09:00:00")
        self.assertEqual(self.facts(order + rest), [("2026-03-31", 100.0), ("2026-03-31", 5.0)])
        self.assertBilled(order + rest)
        self.assertFalse(self.scheduler("2026-04-01 09:15:00"))

    def test_numbers_follow_dates_beside_orders_that_are_billed_at_once(self):
        self.closes("2026-03-02")
        at_once = self.policy.copy({"name": "At once", "trigger": "ordered"})
        other = self.order_on("2026-04-01 00:01:00", [(1, 9.0)], b2b_billing_policy_id=at_once.id)
        order = self.order_on("2026-03-10 10:00:00")
        self.scheduler("2026-04-01 00:05:00")
        self.assertEqual(self.facts(order + other), [("2026-03-31", 100.0), ("2026-04-01", 9.0)])

    def test_where_the_books_are_closed_the_invoice_bears_the_day_of_the_run(self):
        self.closes("2026-03-02", quantity="delivered")
        order = self.order_on("2026-03-10 10:00:00")
        self.deliver_on("2026-03-20 10:00:00", order, 3)
        self.deliver_on("2026-04-02 10:00:00", order, 10)
        self.company.sudo().sale_lock_date = "2026-03-31"
        [run] = self.scheduler("2026-04-03 09:00:00")
        self.assertEqual((run.date, run.closing_date), (date(2026, 4, 3), date(2026, 3, 31)))
        self.assertEqual(self.facts(order), [("2026-04-03", 30.0)])
        self.assertEqual(order.invoice_ids.date, date(2026, 4, 3))

    def test_a_policy_that_is_new_or_changed_bills_no_closing_day_before_it(self):
        order = self.order_on("2026-02-10 10:00:00")
        self.closes("2026-03-12")
        self.assertFalse(self.scheduler("2026-03-12 10:00:00"))
        self.closes("2026-03-31 20:00:00", frequency="weekly", weekday="2")
        self.scheduler("2026-04-01 09:00:00")
        self.assertEqual(self.facts(order), [("2026-03-31", 100.0)])

    def test_charges_are_billed_with_the_closing_day(self):
        self.closes("2026-01-02")
        with freeze_time("2026-01-02"):
            contract = builders.contract(
                self.env,
                self.customer,
                date_start="2026-01-16",
                charge_ids=[
                    Command.create(
                        {
                            "product_id": self.freight.id,
                            "price_unit": 300.0,
                            "anchor_day": 1,
                            "date_start": "2026-01-16",
                        }
                    )
                ],
            )
        for moment in ("2026-01-20 09:00:00", "2026-01-31 09:00:00"):
            self.assertFalse(self.scheduler(moment))
        self.scheduler("2026-02-01 09:00:00")
        move = contract.charge_ids.move_line_ids.move_id
        self.assertRecordValues(move, [{"invoice_date": date(2026, 1, 31), "amount_untaxed": 154.84}])

    # What was set aside

    def refused(self):
        def post(moves, soft=True):
            raise UserError("No ink")

        return patch.object(type(self.env["account.move"]), "_post", post)

    def test_what_was_set_aside_is_tried_again_once_a_day(self):
        order = self.order_on("2026-03-09 10:00:00")
        with self.refused():
            self.scheduler("2026-03-09 12:00:00")
            self.assertFalse(self.scheduler("2026-03-09 12:15:00"))
            [run] = self.scheduler("2026-03-10 00:05:00")
            self.assertEqual((run.retry, run.aside_count), (True, 1))
            self.assertFalse(self.scheduler("2026-03-10 12:00:00"))
        case = order.b2b_discrepancy_ids
        self.assertRecordValues(case, [{"type": "billing_error", "state": "open", "reason": "No ink"}])
        self.assertFalse(self.scheduler("2026-03-10 18:00:00"), "mended, but tried today")
        [run] = self.scheduler("2026-03-11 00:05:00")
        self.assertEqual(self.facts(order), [("2026-03-11", 100.0)])
        self.assertBilled(order)
        self.assertRecordValues(case, [{"state": "solved", "outcome": f"Billed by {run.name}."}])
        self.assertFalse(self.scheduler("2026-03-12 00:05:00"))

    def test_what_is_on_hold_besides_is_not_tried_again(self):
        order = self.order_on("2026-03-09 10:00:00")
        with self.refused():
            self.scheduler("2026-03-09 12:00:00")
        self.env["b2b.discrepancy"].sudo()._flag(
            [
                {
                    "key": f"order_total:{order.id}",
                    "type": "order_total",
                    "name": "Total differs",
                    "blocking": True,
                    "company_id": self.company.id,
                    "order_id": order.id,
                }
            ]
        )
        self.assertFalse(self.scheduler("2026-03-10 12:00:00"))
        self.assertFalse(order.invoice_ids)

    # Reductions

    def test_a_reduction_that_no_invoice_bears_is_credited_in_the_end(self):
        self.policy.write({"late_change": "next_invoice", "credit_after_days": 14})
        order = self.order_on("2026-03-02 10:00:00")
        self.scheduler("2026-03-02 12:00:00")
        with freeze_time("2026-03-03 10:00:00"):
            order.order_line.product_uom_qty = 8
        self.assertFalse(self.scheduler("2026-03-03 12:00:00"))
        self.assertEqual(order.b2b_reduced_since, date(2026, 3, 3))
        with freeze_time("2026-03-03 13:00:00"):
            order.invalidate_recordset()
            self.assertRegex(order.b2b_billing_reason, r"20.00 less .* or is credited after 03/17/2026.")
        self.assertFalse(self.scheduler("2026-03-17 12:00:00"))
        self.scheduler("2026-03-18 12:00:00")
        refund = order.invoice_ids.filtered(lambda move: move.move_type == "out_refund")
        self.assertRecordValues(refund, [{"amount_untaxed": 20.0, "state": "posted"}])
        self.scheduler("2026-03-18 12:15:00")
        self.assertFalse(order.b2b_reduced_since)
        self.assertEqual(len(order.invoice_ids), 2)

    def test_a_reduction_that_was_borne_is_forgotten(self):
        self.policy.write({"late_change": "next_invoice", "grouping": "all"})
        order = self.order_on("2026-03-02 10:00:00")
        self.scheduler("2026-03-02 12:00:00")
        order.order_line.product_uom_qty = 8
        self.scheduler("2026-03-03 12:00:00")
        following = self.order_on("2026-03-04 10:00:00", [(5, 10.0)])
        self.scheduler("2026-03-04 12:00:00")
        self.assertEqual(following.invoice_ids.amount_untaxed, 30.0)
        self.scheduler("2026-03-04 12:15:00")
        self.assertFalse(order.b2b_reduced_since)

    # The company's day

    def test_the_day_is_the_companys_whoever_asks(self):
        self.company.partner_id.tz = "Pacific/Auckland"
        order = self.order_on("2026-03-09 12:30:00")  # 1:30 on the 10th
        self.scheduler("2026-03-09 12:45:00")
        self.assertEqual(self.facts(order), [("2026-03-10", 100.0)])
        with freeze_time("2026-03-09 12:45:00"):
            self.assertEqual(self.bill(self.order()).date, date(2026, 3, 10))

    def test_an_order_belongs_to_the_companys_day(self):
        self.closes("2026-03-02")
        within = self.order_on("2026-03-31 21:59:00")
        after = self.order_on("2026-03-31 22:01:00", [(1, 7.0)])
        self.scheduler("2026-04-01 09:00:00")
        self.assertEqual(self.facts(within + after), [("2026-03-31", 100.0)])

    def test_invoices_of_a_day_go_out_when_the_companys_day_is_over(self):
        self.customer.b2b_invoice_mails = "daily"
        order = self.order_on("2026-03-31 20:00:00")
        self.scheduler("2026-03-31 20:00:00")
        moves = self.env["account.move"]
        for moment, goes in (("2026-03-31 21:59:00", False), ("2026-03-31 22:01:00", True)):
            with freeze_time(moment):
                self.assertEqual(order.invoice_ids in moves.search(moves._b2b_delivery_domain()), goes, moment)

    # Discounts

    def test_a_discount_comes_off_in_step_with_the_shipments(self):
        self.policy.trigger = "shipped"
        discount = {"product_id": self.freight.id, "product_uom_qty": 1, "price_unit": -100.0, "name": "10 %"}
        order = self.order([(100, 10.0), discount])
        for delivered in (5, 38, 100):
            order.order_line[0].qty_delivered = delivered
            self.bill(order)
        self.assertEqual(order.invoice_ids.sorted("id").mapped("amount_untaxed"), [45.0, 297.0, 558.0])
        self.assertEqual(set(order.invoice_ids.mapped("move_type")), {"out_invoice"})
        self.assertBilled(order)
        self.assertFalse(order.b2b_billing_open)
