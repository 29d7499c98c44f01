"""What a run shows before, while and after it bills; and where the policy in force comes from."""

from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from . import builders
from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingPreview(BillingCommon):
    def run_over(self, orders, **values):
        return self.env["b2b.billing.run"].create({"order_ids": [Command.set(orders.ids)], **values})

    def groups(self, run):
        return [
            (group["state"], group["code"], group["rows"], group["amounts"]) for group in run.get_summary()["groups"]
        ]

    def refuse(self, *bad):
        original = type(self.env["account.move"])._post

        def post(moves, soft=True):
            if set(bad) & set(moves.line_ids.sale_line_ids.order_id):
                raise UserError("No ink")
            return original(moves, soft)

        return patch.object(type(self.env["account.move"]), "_post", post)

    def test_preview_groups_by_cause_and_currency(self):
        self.policy.po_required = True
        other = self.setup_other_currency("HRK", rates=[("2016-01-01", 3.0)])
        pricelist = self.env["product.pricelist"].create({"name": "K", "currency_id": other.id})
        orders = self.order([(10, 10.0)], po="A") + self.order([(1, 5.0)], po="B")
        orders += self.order([(2, 30.0)], po="C", pricelist_id=pricelist.id)
        orders += self.order([(4, 10.0)]) + self.order([(1, 2.5)])
        run = self.run_over(orders)
        run.action_preview()
        money = self.company.currency_id.format
        self.assertEqual(
            self.groups(run),
            [
                ("planned", False, 3, [money(105.0), other.format(60.0)]),
                ("waits", "po_missing", 2, [money(42.5)]),
            ],
        )
        self.assertEqual(run.get_summary()["groups"][0]["invoices"], 3)
        self.assertEqual((run.get_summary()["done"], run.get_summary()["all"]), (0, 3))

    def test_preview_tells_what_is_left_of_a_part(self):
        self.policy.trigger = "shipped"
        order = self.order([(10, 10.0)])
        order.order_line.qty_delivered = 4
        run = self.run_over(order)
        run.action_preview()
        self.assertRecordValues(run.line_ids, [{"state": "planned", "amount_net": 40.0, "amount_waits": 60.0}])

    def test_all_that_an_order_waits_for_is_told(self):
        self.policy.write({"trigger": "completed", "po_required": True})
        order = self.order()
        self.assertEqual(
            order.b2b_billing_reason, "The customer's PO number is missing: the policy wants one. · Not complete yet."
        )
        self.policy.write({"trigger": "shipped", "po_required": False})
        lines = self.order([(10, 10.0), (5, 1.0)])
        lines.order_line[0].qty_delivered = 4
        self.assertEqual(lines.b2b_billing_reason, "The rest waits: 4 of 15 delivered.")

    def test_preview_writes_nothing_but_its_list(self):
        self.policy.po_required = True
        self.company.b2b_billing_policy_id = False
        order = self.order()
        self.company.b2b_billing_policy_id = self.policy
        run = self.run_over(order)
        self.env.flush_all()
        tables = ("sale_order", "b2b_discrepancy", "b2b_decision", "account_move", "b2b_billing_key", "mail_message")
        counts = [self._state_of(table) for table in tables]
        run.action_preview()
        self.env.flush_all()
        self.assertEqual([self._state_of(table) for table in tables], counts)
        self.assertEqual(run.line_ids.code, "po_missing", "it looked as the run would")
        run.action_run()
        self.assertEqual(order.b2b_billing_policy_id, self.policy)
        self.assertEqual(order.b2b_discrepancy_ids.type, "po_missing")

    def test_preview_asks_no_more_often_for_more_orders(self):
        def queries(count):
            orders = self.env["sale.order"].concat(*(self.order([(1, 10.0)]) for _number in range(count)))
            run = self.run_over(orders)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            run.action_preview()
            run.get_summary()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        queries(2)
        self.assertLessEqual(queries(24) - queries(4), 4)

    def _state_of(self, table):
        self.env.cr.execute(f"SELECT count(*), max(xmin::text::bigint) FROM {table}")
        return self.env.cr.fetchone()

    def test_progress_counts_what_is_set_aside_as_done(self):
        orders = self.env["sale.order"].concat(*(self.order([(1, 1.0)]) for _number in range(5)))
        run = self.run_over(orders)
        with patch("odoo.addons.b2b_invoice_automation.models.b2b_billing_run.AT_ONCE", 3), self.refuse(orders[0]):
            run.action_run()
            run.process_batch(limit=2)
            summary = run.get_summary()
            self.assertEqual((summary["state"], summary["done"], summary["all"]), ("running", 2, 5))
            while run.process_batch(limit=2):
                continue
        summary = run.get_summary()
        self.assertEqual((summary["state"], summary["done"], summary["all"]), ("done", 5, 5))
        self.assertEqual([group["rows"] for group in summary["groups"]], [4, 1])

    def test_all_that_were_set_aside_are_tried_again(self):
        orders = self.env["sale.order"].concat(*(self.order() for _number in range(4)))
        run = self.run_over(orders)
        with self.refuse(orders[1], orders[2]):
            run.action_run()
        retry = self.env["b2b.billing.run"].browse(run.action_retry_aside()["res_id"])
        self.assertEqual(retry.line_ids.order_id, orders[1] + orders[2])
        self.assertEqual(set(retry.line_ids.mapped("state")), {"planned"})
        retry.action_run()
        self.assertBilled(orders)
        with self.assertRaisesRegex(UserError, "Nothing to try again"):
            run.action_retry_aside()

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_summary_is_for_those_who_may_read_the_run(self):
        run = self.run_over(self.order())
        stranger = new_test_user(self.env, "summary_stranger", "base.group_user")
        with self.assertRaises(AccessError):
            run.with_user(stranger).get_summary()

    def test_order_says_where_its_policy_comes_from(self):
        order = self.order()
        self.assertEqual(order.b2b_billing_policy_source, "the company's default")
        order.b2b_billing_policy_id = self.policy.copy({"name": "Own"})
        self.assertEqual(order.b2b_billing_policy_source, "of this order; the one in force is “Test policy”")
        weekly = self.policy.copy({"name": "Weekly", "trigger": "schedule", "frequency": "weekly"})
        contract = builders.contract(self.env, self.customer, billing_policy_id=weekly.id)
        under = self.order(b2b_contract_id=contract.id)
        self.assertEqual(under.b2b_billing_policy_id, weekly)
        self.assertEqual(under.b2b_billing_policy_source, f"from contract {contract.display_name}")
        self.assertEqual((weekly.contract_count, weekly.is_default, self.policy.is_default), (1, False, True))

    def test_open_orders_may_take_the_companys_new_default(self):
        billed, left, kept = self.order(), self.order(), self.order()
        self.bill(billed)
        weekly = self.policy.copy({"name": "Weekly", "trigger": "schedule", "frequency": "weekly"})
        contract = builders.contract(self.env, self.customer, billing_policy_id=weekly.id)
        under = self.order(b2b_contract_id=contract.id)
        new = self.policy.copy({"name": "New", "trigger": "completed"})
        self.company.b2b_billing_policy_id = new
        new.invalidate_recordset()
        self.assertEqual(left.b2b_billing_policy_source, "of this order; the one in force is “New”")
        self.assertEqual((new.other_order_count, self.policy.other_order_count), (2, 0))
        orders = self.env["sale.order"].search(new.action_view_other_orders()["domain"])
        self.assertEqual(orders, left + kept)
        (billed + left + under).action_b2b_take_policy()
        self.assertEqual(left.b2b_billing_policy_id, new)
        self.assertEqual((billed + kept).b2b_billing_policy_id, self.policy)
        self.assertEqual(under.b2b_billing_policy_id, weekly)
        self.assertEqual(left.b2b_billing_policy_source, "the company's default")

    @freeze_time("2026-12-20")
    def test_policy_explains_itself_and_shows_its_next_days(self):
        self.company.account_fiscal_country_id = self.env.ref("base.de")
        holidays = self.env["b2b.holiday"]
        holidays.create(
            {"name": "Christmas", "date": "2020-12-25", "yearly": True, "country_id": self.env.ref("base.de").id}
        )
        holidays.create({"name": "Republic Day", "date": "2027-01-01", "country_id": self.env.ref("base.in").id})
        policy = self.policy.copy(
            {
                "name": "Fridays",
                "trigger": "schedule",
                "frequency": "weekly",
                "weekday": "5",
                "day_off_shift": "next",
                "minimum_amount": 50.0,
            }
        )
        self.assertEqual(policy.upcoming, "Mon 28 Dec 2026 · Fri 1 Jan 2027 · Fri 8 Jan 2027 · Fri 15 Jan 2027")
        self.assertEqual(policy.next_closing_date, date(2026, 12, 28))
        for text in ("Invoiced weekly (Friday), one invoice per order.", "moves to the next working day", "50.00"):
            self.assertIn(text, policy.sentence)
        policy.day_off_shift = "previous"
        self.assertEqual(policy.next_closing_date, date(2026, 12, 24))

    @freeze_time("2026-03-20")
    def test_weekend_of_the_company(self):
        policy = self.policy.copy(
            {"name": "First", "trigger": "schedule", "frequency": "working_day", "working_day": 1}
        )
        self.company.b2b_weekend = "56"
        policy.invalidate_recordset()
        self.assertEqual(policy._next_closings(3), [date(2026, 4, 1), date(2026, 5, 3), date(2026, 6, 1)])

    def test_order_ordered_on_a_day_off_is_billed_on_the_moved_closing_day(self):
        """Closing on Saturday 2026-02-28, moved to Monday: what was ordered on Sunday is in."""
        policy = self.policy.copy(
            {
                "name": "Month end",
                "trigger": "schedule",
                "quantity": "ordered",
                "day_off_shift": "next",
                "closed_until": "2026-01-31",
            }
        )
        order = self.order(date_order="2026-03-01 10:00:00", b2b_billing_policy_id=policy.id)
        order.date_order = "2026-03-01 10:00:00"
        verdict = order._b2b_billing_verdicts(date(2026, 3, 1))[order]
        self.assertEqual(verdict["code"], "not_closing_day")
        self.assertEqual(order._b2b_billing_verdicts(date(2026, 3, 2))[order]["state"], "due")
