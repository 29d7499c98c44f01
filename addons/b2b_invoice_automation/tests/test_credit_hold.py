"""Orders on credit hold: which wait, with which figures, what a person may do, and what happens by itself."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .credit_common import CONTROLLER, LIMITS, CreditCommon


@tagged("post_install", "-at_install")
class TestCreditHold(CreditCommon, CronMixinCase):
    def test_an_order_over_the_limit_waits_with_its_figures(self):
        self.invoice(600.0)
        order = self.plain(400.01)
        case = self.hold(order)
        self.assertTrue(order.b2b_credit_hold)
        self.assertTrue(order.b2b_on_hold)
        self.assertEqual(
            (case.amount_expected, case.amount_found, case.credit_order_amount, case.credit_over_by),
            (1000.0, 1000.01, 400.01, 0.01),
        )
        self.assertEqual((case.partner_id, case.user_id, case.blocking), (self.customer, self.controller, True))
        self.assertIn("0.01", case.name)

    def test_to_the_cent_of_the_limit_it_goes_on(self):
        self.invoice(600.0)
        self.assertFalse(self.plain(400.0).b2b_credit_hold)

    def test_without_a_limit_nobody_is_held(self):
        self.customer.credit_limit = 0.0
        self.assertFalse(self.plain(999999.0).b2b_on_hold)

    def test_switched_off_nobody_is_held(self):
        self.company.b2b_credit_control = False
        self.assertFalse(self.plain(999999.0).b2b_on_hold)

    def test_the_company_wide_limit_counts_for_customers_without_their_own(self):
        self.env["ir.default"].set("res.partner", "credit_limit", 50.0, company_id=self.company.id)
        stranger = self.env["res.partner"].create({"name": "Stranger", "is_company": True})
        self.assertTrue(self.plain(50.01, partner=stranger).b2b_credit_hold)
        self.assertFalse(self.plain(50.01).b2b_credit_hold)

    def test_history_is_never_held(self):
        past = self.plain(5000.0, confirm=False, b2b_history=True, state="sale")
        past._b2b_check_credit(arriving=True)
        self.assertFalse(past.b2b_on_hold)

    def test_a_held_order_takes_up_no_credit_of_the_next(self):
        self.assertTrue(self.plain(1500.0).b2b_credit_hold)
        self.assertFalse(self.plain(1000.0).b2b_credit_hold)
        self.assertTrue(self.plain(0.01).b2b_credit_hold)

    def test_an_overdue_invoice_holds_from_the_day_on_that_was_set(self):
        self.company.b2b_credit_overdue_days = 30
        late = self.invoice(10.0, days_overdue=29)
        self.assertFalse(self.plain(1.0).b2b_credit_hold)
        late.line_ids.date_maturity = self.today - timedelta(days=30)
        order = self.plain(1.0)
        self.assertTrue(order.b2b_credit_hold)
        self.assertEqual((self.hold(order).credit_overdue, self.hold(order).credit_overdue_days), (10.0, 30))
        self.assertIn("30 days", order.b2b_credit_reason)

    def test_a_small_overdue_amount_is_overlooked(self):
        self.company.write({"b2b_credit_overdue_days": 30, "b2b_credit_overdue_minimum": 5.0})
        self.invoice(4.99, days_overdue=90)
        self.assertFalse(self.plain(1.0).b2b_credit_hold)

    def test_tags_go_before_the_company_and_the_contract_before_tags(self):
        self.company.b2b_credit_overdue_days = 30
        self.invoice(10.0, days_overdue=40)
        tag = self.env["res.partner.category"].create(
            {"name": "Key accounts", "credit_overdue": "days", "credit_overdue_days": 60}
        )
        self.customer.category_id = tag
        self.assertFalse(self.plain(1.0).b2b_credit_hold)
        contract = self.env["b2b.contract"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "date_start": self.today - timedelta(days=1),
                "credit_overdue": "days",
                "credit_overdue_days": 40,
                "rule_ids": [Command.create({"scope": "all", "computation": "discount",
                                             "tier_ids": [Command.create({"floor": 1, "percent": 0})]})],
            }
        )  # fmt: skip
        contract._set({"state": "active"})
        self.assertTrue(self.plain(1.0).b2b_credit_hold)
        contract._set({"credit_overdue": "never"})
        self.assertFalse(self.plain(1.0).b2b_credit_hold)

    def test_a_held_order_is_not_billed_and_says_why(self):
        order = self.plain(1500.0)
        run = self.bill(order)
        self.assertFalse(order.invoice_ids)
        self.assertIn("500.00 over the limit", self.result(run, order).reason.replace("\xa0", " ").replace("$ ", ""))

    def test_before_billing_it_is_checked_once_more(self):
        self.company.b2b_credit_overdue_days = 10
        order = self.plain(100.0)
        self.assertFalse(order.b2b_on_hold)
        self.invoice(5.0, days_overdue=11)
        self.bill(order)
        self.assertTrue(order.b2b_credit_hold)
        self.assertFalse(order.invoice_ids)

    def test_checked_again_the_older_of_two_orders_keeps_its_credit(self):
        old, young = self.plain(600.0), self.plain(400.0)
        self.customer.credit_limit = 700.0
        (old + young)._b2b_check_credit()
        self.assertEqual((old.b2b_credit_hold, young.b2b_credit_hold), (False, True))

    def test_nothing_is_held_back_of_what_was_delivered_already(self):
        order = self.plain(900.0)
        order.order_line.qty_delivered = 1
        self.customer.credit_limit = 10.0
        order._b2b_check_credit()
        self.assertFalse(order.b2b_on_hold)
        self.bill(order)
        self.assertBilled(order)

    def test_an_order_that_arrives_complete_is_flagged_and_billed(self):
        order = self.plain(1500.0, b2b_channel_state="complete")
        case = self.hold(order)
        self.assertEqual((case.blocking, order.b2b_on_hold), (False, False))
        self.assertIn("shipped without credit", case.name)
        self.bill(order)
        self.assertBilled(order)

    def test_cancelling_ends_the_hold(self):
        order = self.plain(1500.0)
        order._action_cancel()
        self.assertFalse(self.hold(order))
        self.assertFalse(order.b2b_credit_hold)

    # -- by itself -------------------------------------------------------------------------------------------------

    def test_money_that_comes_in_lets_orders_go_the_oldest_first(self):
        late = self.invoice(1000.0)
        first, second, third = self.plain(300.0), self.plain(300.0), self.plain(100.0)
        self.assertEqual((first + second + third).mapped("b2b_credit_hold"), [True, True, True])
        self.pay(late, 450.0)
        self.review()
        self.assertEqual((first + second + third).mapped("b2b_credit_hold"), [False, True, False])
        outcome = self.env["b2b.discrepancy"].search([("order_id", "=", first.id)]).outcome
        self.assertIn("850.00", outcome)
        self.assertIn("1,300.00", outcome)

    def test_a_payment_on_account_lets_an_order_go_as_well(self):
        self.invoice(1000.0)
        order = self.plain(300.0)
        self.pay_on_account(299.99)
        self.review()
        self.assertTrue(order.b2b_credit_hold)
        self.pay_on_account(0.01)
        self.review()
        self.assertFalse(order.b2b_credit_hold)

    def test_reconciling_wakes_the_review(self):
        late = self.invoice(1000.0)
        self.plain(300.0)
        with self.capture_triggers("b2b_invoice_automation.ir_cron_credit_review") as captured:
            self.pay(late)
        self.assertTrue(captured.records)

    def test_without_a_hold_nothing_is_woken(self):
        late = self.invoice(500.0)
        with self.capture_triggers("b2b_invoice_automation.ir_cron_credit_review") as captured:
            self.pay(late)
        self.assertFalse(captured.records)

    def test_a_raised_limit_lets_the_order_go_and_says_so(self):
        order = self.plain(1500.0)
        self.customer.credit_limit = 1500.0
        self.assertFalse(order.b2b_credit_hold)
        case = self.env["b2b.discrepancy"].search([("order_id", "=", order.id)])
        self.assertEqual(case.state, "solved")
        self.assertIn("limit was changed", case.outcome)
        decisions = self.env["b2b.decision"].search(
            [("subject_model", "=", "sale.order"), ("subject_id", "=", order.id), ("kind", "=", "hold")], order="id"
        )
        self.assertEqual(
            [entry.decision.split(":")[0] for entry in decisions], ["Held for credit", "Released by itself"]
        )

    def test_the_paid_overdue_invoice_lets_the_order_go(self):
        self.company.b2b_credit_overdue_days = 10
        late = self.invoice(50.0, days_overdue=20)
        order = self.plain(1.0)
        self.pay(late)
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **values: 60.0)
        self.env["b2b.credit"]._cron_review()
        self.assertFalse(order.b2b_credit_hold)
        self.assertIn(
            "overdue invoices are paid", self.env["b2b.discrepancy"].search([("order_id", "=", order.id)]).outcome
        )

    # -- by people -------------------------------------------------------------------------------------------------

    def test_a_release_is_recorded_with_who_why_and_until_when(self):
        order = self.plain(1500.0)
        until = self.today + timedelta(days=7)
        self.release(self.hold(order), until=until, up_to=2000.0)
        self.assertFalse(order.b2b_on_hold)
        case = self.env["b2b.discrepancy"].search([("order_id", "=", order.id)])
        self.assertEqual(
            (case.state, case.outcome, case.credit_until, case.credit_up_to, case.credit_released_by_id),
            ("accepted", "Paid on the phone", until, 2000.0, self.controller),
        )
        entry = self.env["b2b.decision"].search([("subject_model", "=", "sale.order"), ("subject_id", "=", order.id)])[
            0
        ]
        self.assertEqual((entry.user_id, entry.kind), (self.controller, "hold"))
        self.assertEqual((entry.evidence["reason"], entry.evidence["until"]), ("Paid on the phone", until.isoformat()))
        self.assertIn("2,000.00", entry.decision)
        self.bill(order)
        self.assertBilled(order)

    def test_a_released_order_uses_up_credit_and_the_next_one_waits(self):
        order = self.plain(1500.0)
        self.release(self.hold(order))
        self.assertTrue(self.plain(1.0).b2b_credit_hold)
        order._b2b_check_credit()
        self.assertFalse(order.b2b_credit_hold, "it is not held again for the same reason")

    def test_a_release_that_ended_holds_the_order_again(self):
        order = self.plain(1500.0)
        self.release(self.hold(order), until=self.today)
        self.review()
        self.assertFalse(order.b2b_credit_hold)
        self.env["b2b.discrepancy"].sudo().search([("order_id", "=", order.id)]).credit_until = self.today - timedelta(
            days=1
        )
        self.review()
        self.assertTrue(order.b2b_credit_hold)

    def test_beyond_its_amount_a_release_no_longer_counts(self):
        order = self.plain(1500.0)
        self.release(self.hold(order), up_to=1600.0)
        self.invoice(100.0)
        order._b2b_check_credit()
        self.assertFalse(order.b2b_credit_hold)
        self.invoice(0.01)
        order._b2b_check_credit()
        self.assertTrue(order.b2b_credit_hold)

    def test_released_for_the_limit_it_is_held_for_an_overdue_invoice(self):
        self.company.b2b_credit_overdue_days = 10
        order = self.plain(1500.0)
        self.release(self.hold(order))
        self.invoice(5.0, days_overdue=20)
        order._b2b_check_credit()
        self.assertIn("20 days overdue", self.hold(order).name)

    def test_several_are_released_at_once(self):
        orders = self.plain(1500.0) + self.plain(1600.0)
        self.release(self.env["b2b.discrepancy"].search([("order_id", "in", orders.ids)]))
        self.assertEqual(orders.mapped("b2b_on_hold"), [False, False])

    def test_bounds_that_end_before_they_begin_are_refused(self):
        case = self.hold(self.plain(1500.0))
        with self.assertRaisesRegex(UserError, "before today"):
            self.release(case, until=self.today - timedelta(days=1))
        with self.assertRaisesRegex(UserError, "1,500.00"):
            self.release(case, up_to=1499.99)
        with self.assertRaisesRegex(UserError, "reason"):
            self.release(case, reason="  ")
        self.assertEqual(case.state, "open")

    def test_nobody_releases_without_saying_why(self):
        case = self.hold(self.plain(1500.0))
        for button in ("action_accept", "action_solve", "action_reopen"):
            with self.assertRaisesRegex(UserError, "Release"):
                getattr(case.with_user(self.controller), button)()

    def test_rejected_it_stays_and_sales_is_told(self):
        seller = self.person("seller", "sales_team.group_sale_salesman")
        order = self.plain(1500.0, user_id=seller.id)
        action = self.hold(order).with_user(self.controller).action_credit_reject()
        wizard = self.env["b2b.credit.step"].with_user(self.controller).with_context(**action["context"])
        wizard.create({"reason": "Prepayment only"}).action_confirm()
        self.assertTrue(order.b2b_credit_hold)
        activity = order.activity_ids
        self.assertEqual((activity.user_id, activity.summary), (seller, "Credit refused"))
        self.assertIn("Prepayment only", activity.note)

    def test_rejected_it_is_cancelled_where_wanted(self):
        order = self.plain(1500.0)
        action = self.hold(order).with_user(self.controller).action_credit_reject()
        wizard = self.env["b2b.credit.step"].with_user(self.controller).with_context(**action["context"])
        wizard.create({"reason": "Insolvent", "cancel": True}).action_confirm()
        self.assertEqual((order.state, order.b2b_on_hold), ("cancel", False))

    def test_sales_is_asked(self):
        seller = self.person("seller", "sales_team.group_sale_salesman")
        order = self.plain(1500.0, user_id=seller.id)
        action = self.hold(order).with_user(self.controller).action_credit_ask()
        wizard = self.env["b2b.credit.step"].with_user(self.controller).with_context(**action["context"])
        wizard.create({"reason": "Do they pay this week?"}).action_confirm()
        self.assertEqual(order.activity_ids.user_id, seller)
        self.assertTrue(order.b2b_credit_hold)


@tagged("post_install", "-at_install")
class TestCreditRights(CreditCommon):
    ACCOUNTANT = ("account.group_account_manager", "base.group_partner_manager")

    def test_without_the_right_nobody_releases(self):
        case = self.hold(self.plain(1500.0))
        for number, groups in enumerate(
            (("b2b_invoice_automation.group_billing_manager",), self.ACCOUNTANT, ("sales_team.group_sale_manager",))
        ):
            with self.subTest(groups), self.assertRaises(AccessError):
                self.release(case, self.person(f"outsider{number}", *groups))
        self.assertEqual(case.state, "open")

    def test_who_changes_limits_does_not_release(self):
        case = self.hold(self.plain(1500.0))
        with self.assertRaisesRegex(AccessError, "somebody else releases"):
            self.release(case, self.person("both", CONTROLLER, LIMITS))

    def test_who_releases_does_not_change_limits(self):
        both = self.person("both", CONTROLLER, LIMITS, "base.group_partner_manager")
        with self.assertRaisesRegex(UserError, "somebody else changes"):
            self.customer.with_user(both).credit_limit = 5000.0

    def test_an_accountant_changes_no_limit_but_all_else(self):
        accountant = self.person("accountant", *self.ACCOUNTANT)
        customer = self.customer.with_user(accountant)
        customer.write({"comment": "Nice people", "credit_limit": 1000.0})
        for values in ({"credit_limit": 5000.0}, {"use_partner_credit_limit": False}):
            with self.subTest(values), self.assertRaisesRegex(AccessError, "Change credit limits"):
                customer.write(values)
        with self.assertRaisesRegex(AccessError, "Change credit limits"):
            self.env["res.partner"].with_user(accountant).create({"name": "New", "credit_limit": 5.0})
        self.assertEqual(self.customer.credit_limit, 1000.0)

    def test_with_the_right_a_limit_is_changed_and_recorded(self):
        keeper = self.person("keeper", LIMITS, *self.ACCOUNTANT)
        self.customer.with_user(keeper).credit_limit = 1234.0
        entry = self.env["b2b.decision"].search(
            [("subject_model", "=", "res.partner"), ("subject_id", "=", self.customer.id)], limit=1
        )
        self.assertEqual((entry.user_id, entry.evidence), (keeper, {"before": 1000.0, "now": 1234.0}))

    def test_where_credit_is_not_controlled_odoos_rights_stay(self):
        self.company.b2b_credit_control = False
        self.customer.with_user(self.person("accountant", *self.ACCOUNTANT)).credit_limit = 5000.0
        self.assertEqual(self.customer.credit_limit, 5000.0)

    def test_a_contact_takes_over_the_limit_of_its_company_whoever_links_it(self):
        accountant = self.person("accountant", *self.ACCOUNTANT)
        contact = self.env["res.partner"].with_user(accountant).create({"name": "Ada", "parent_id": self.customer.id})
        self.assertEqual(contact.credit_limit, 1000.0)
        with self.assertRaises(AccessError):
            contact.credit_limit = 9000.0

    def test_the_default_limit_is_changed_by_those_who_may(self):
        admin = self.person("settings", "base.group_system", "account.group_account_manager")
        with self.assertRaisesRegex(AccessError, "Change credit limits"):
            self.env["res.config.settings"].with_user(admin).create({"account_default_credit_limit": 500.0})
        self.env["res.config.settings"].with_user(admin).create({"b2b_credit_warn_percent": 70}).execute()
        self.assertEqual(self.company.b2b_credit_warn_percent, 70)

    def test_figures_of_a_hold_are_nobodys_to_change(self):
        case = self.hold(self.plain(1500.0))
        for values in ({"credit_over_by": 0.0}, {"credit_until": self.today}, {"credit_released_by_id": self.env.uid}):
            with self.subTest(values), self.assertRaises(UserError):
                case.with_user(self.controller).write(values)

    def test_the_controller_reads_what_a_decision_needs(self):
        order = self.plain(1500.0)
        case = self.hold(order).with_user(self.controller)
        self.assertEqual(case.order_id.name, order.name)
        account = self.customer.with_user(self.controller).action_view_b2b_credit()
        self.assertEqual(
            self.env["b2b.credit.account"].with_user(self.controller).browse(account["res_id"]).held, 1500.0
        )


@tagged("post_install", "-at_install")
class TestCreditWarnings(CreditCommon):
    def activities(self):
        return self.customer.activity_ids.filtered(lambda activity: activity.user_id == self.controller)

    def test_near_the_limit_customer_and_order_say_so(self):
        self.plain(799.99)
        self.assertEqual(self.customer.b2b_credit_level, "ok")
        order = self.plain(0.01)
        self.customer.invalidate_recordset()
        self.assertEqual((self.customer.b2b_credit_level, self.customer.b2b_credit_available), ("warning", 200.0))
        self.assertIn("80 %", order.b2b_credit_warning)
        self.assertIn(self.customer, self.env["res.partner"].search([("b2b_credit_level", "in", ("warning", "over"))]))

    def test_the_controller_is_told_once_when_it_is_crossed(self):
        self.plain(800.0)
        self.assertEqual(len(self.activities()), 1)
        self.assertIn("800.00", self.activities().note)
        self.plain(50.0)
        self.env["b2b.credit"]._refresh_levels(self.company)
        self.plain(500.0)
        self.env["b2b.credit"]._refresh_levels(self.company)
        self.assertEqual(len(self.activities()), 1)

    def test_crossed_anew_after_it_was_paid_it_is_told_again(self):
        late = self.invoice(900.0)
        self.env["b2b.credit"]._refresh_levels(self.company)
        self.pay(late)
        self.env["b2b.credit"]._refresh_levels(self.company)
        self.assertFalse(self.env["res.partner"].search([("b2b_credit_level", "=", "warning")]) & self.customer)
        self.invoice(900.0)
        self.env["b2b.credit"]._refresh_levels(self.company)
        self.assertEqual(len(self.activities()), 2)

    def test_the_overview_counts_held_orders(self):
        self.plain(1500.0)
        [entry] = [row for row in self.env["b2b.overview"]._waiting(self.company) if row["key"] == "credit"]
        self.assertEqual(entry["count"], 1)

    def test_a_customer_sees_the_credit_where_the_company_shows_it(self):
        self.plain(250.0)
        self.assertFalse(self.customer._b2b_portal_credit(self.company))
        self.company.b2b_credit_portal = True
        [row] = self.customer._b2b_portal_credit(self.company)
        self.assertEqual((row["limit"], row["available"]), (1000.0, 750.0))
