"""The life of a contract: templates, renewal with notice, reminders, ends, and the timeline that tells of it."""

from ast import literal_eval
from datetime import date

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from . import builders

RENEWS = {
    "date_start": "2026-01-01",
    "date_end": "2026-12-31",
    "renewal_kind": "renews",
    "notice_count": 3,
    "notice_unit": "month",
}


class ContractLifeCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = builders.customer(cls.env)
        cls.bolt = builders.product(cls.env)
        cls.salesman = new_test_user(cls.env, "seller", "sales_team.group_sale_salesman")
        cls.boss = new_test_user(cls.env, "sales_boss", "sales_team.group_sale_manager")

    def contract(self, state="active", **values):
        with freeze_time("2026-01-02"):
            return builders.contract(
                self.env, self.customer, [builders.price_rule(self.bolt, {1: 10})], state=state, **{**RENEWS, **values}
            )

    def run_cron(self, day):
        with freeze_time(day):
            self.env["b2b.contract"]._cron_expire()

    def priced_on(self, day):
        order = builders.order(self.env, self.customer, [(self.bolt, 1)], date_order=f"{day} 12:00:00")
        return order.b2b_contract_id


@tagged("post_install", "-at_install")
class TestRenewal(ContractLifeCase):
    def test_a_contract_renews_itself_when_the_notice_period_begins(self):
        contract = self.contract()
        self.assertEqual(contract.notice_deadline, date(2026, 9, 30))
        self.run_cron("2026-09-30 12:00:00")
        self.assertFalse(contract.date_renewed_until, "notice can still be given on the last day for it")
        for _time in range(2):
            self.run_cron("2026-10-01 03:00:00")
        self.assertEqual((contract.state, contract.date_renewed_until), ("active", date(2027, 12, 31)))
        self.assertEqual(contract.date_end, date(2026, 12, 31), "what was signed stays as it was signed")
        self.assertEqual(contract.notice_deadline, date(2027, 9, 30))
        self.assertEqual(self.priced_on("2027-06-01"), contract)
        log = self.env["b2b.decision"].search(
            [("subject_model", "=", "b2b.contract"), ("subject_id", "=", contract.id), ("decision", "ilike", "renewed")]
        )
        self.assertEqual(len(log), 1, "one renewal, however often the job runs")
        self.assertEqual(log.evidence["agreed_end"], "2026-12-31")

    def test_a_job_that_stood_still_catches_up(self):
        contract = self.contract()
        self.run_cron("2028-12-01 03:00:00")
        self.assertEqual((contract.state, contract.date_renewed_until), ("active", date(2029, 12, 31)))

    def test_without_notice_period_no_day_is_without_contract(self):
        contract = self.contract(notice_count=0)
        self.run_cron("2026-12-30 03:00:00")
        self.assertFalse(contract.date_renewed_until)
        self.run_cron("2026-12-31 03:00:00")
        self.assertEqual(contract.date_renewed_until, date(2027, 12, 31))
        with freeze_time("2026-12-31 15:00:00"):
            contract._give_notice(date(2026, 12, 31), "customer", "found another supplier")
        self.assertEqual(contract.date_effective_end, date(2026, 12, 31), "notice of that same day still ends it")

    def test_notice_in_time_ends_the_contract_with_its_term(self):
        contract = self.contract()
        with freeze_time("2026-09-30 12:00:00"):
            self.notice(contract, "2026-09-29")
        self.run_cron("2026-10-05")
        self.assertEqual((contract.state, contract.date_effective_end), ("active", date(2026, 12, 31)))
        self.assertFalse(self.priced_on("2027-01-01"))
        self.run_cron("2027-01-01 03:00:00")
        self.assertEqual(contract.state, "expired")

    def test_notice_that_is_entered_late_counts_from_its_day(self):
        contract = self.contract()
        self.run_cron("2026-10-01 03:00:00")
        with freeze_time("2026-10-05"):
            self.notice(contract, "2026-09-28")
        self.assertEqual(contract.date_effective_end, date(2026, 12, 31))

    def test_notice_too_late_ends_the_next_term(self):
        contract = self.contract()
        with freeze_time("2026-10-05"):
            wizard = self.notice(contract, "2026-10-02")
        self.assertIn("12/31/2027", wizard.consequence)
        self.assertEqual(contract.date_effective_end, date(2027, 12, 31))
        self.run_cron("2027-11-01")
        self.assertEqual(contract.date_effective_end, date(2027, 12, 31), "notice was given: it renews no more")

    def notice(self, contract, day, reason="prices too high"):
        wizard = self.env["b2b.contract.step"].create(
            {"contract_id": contract.id, "step": "notice", "notice_day": day, "reason": reason}
        )
        wizard.action_confirm()
        return wizard

    def test_withdrawn_notice_lets_the_contract_run_on(self):
        contract = self.contract()
        with freeze_time("2026-09-30"):
            self.notice(contract, "2026-09-29")
        with self.assertRaises(AccessError):
            contract.with_user(self.boss).action_withdraw_notice()
        with freeze_time("2026-11-02"):
            contract.action_withdraw_notice()
        self.assertEqual(contract.date_effective_end, date(2027, 12, 31))
        self.assertFalse(contract.notice_reason)

    def test_notice_is_refused_in_words(self):
        contract, ends = self.contract(), self.contract(renewal_kind="ends", date_start="2026-02-01")
        cases = [
            (contract, "2026-03-11", "late", "is in the future"),
            (contract, False, "why not", "Enter the day"),
            (contract, "2026-03-01", "  ", "why it was given"),
            (ends, "2026-03-01", "gone", "does not renew itself"),
            (self.contract(state="draft"), "2026-03-01", "gone", "this needs"),
        ]
        with freeze_time("2026-03-10"):
            for about, day, reason, words in cases:
                with self.subTest(words), self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
                    self.notice(about, day, reason)
            with self.assertRaises(AccessError):
                contract.with_user(self.salesman)._give_notice(date(2026, 3, 1), "customer", "gone")
            contract.with_user(self.boss)._give_notice(date(2026, 3, 1), "customer", "gone")
            with self.assertRaisesRegex(UserError, "already"):
                self.notice(contract, "2026-03-02")

    def test_an_amendment_carries_renewal_and_notice_on(self):
        contract = self.contract()
        self.run_cron("2026-10-01")
        with freeze_time("2026-10-05"):
            amended = self.env["b2b.contract"].browse(contract.action_amend()["res_id"])
            self.notice(contract, "2026-10-02")
            amended.action_submit()
            builders.approve(amended)
        self.assertEqual(amended.date_end, date(2027, 12, 31), "the amendment ends with the term that runs")
        self.assertEqual((amended.notice_received_on, amended.notice_reason), (date(2026, 10, 2), "prices too high"))
        self.run_cron("2027-11-01")
        self.assertEqual(amended.date_effective_end, date(2027, 12, 31))

    def test_a_contract_replaced_later_renews_until_then(self):
        contract = self.contract()
        with freeze_time("2026-08-01"):
            amended = self.env["b2b.contract"].browse(contract.action_amend()["res_id"])
            amended.write({"date_start": "2027-03-01", "date_end": "2027-12-31"})
            amended.action_submit()
            builders.approve(amended)
        self.run_cron("2026-10-01")
        self.assertEqual(contract.date_effective_end, date(2027, 2, 28))
        self.assertEqual((self.priced_on("2027-02-28"), self.priced_on("2027-03-01")), (contract, amended))

    def test_the_responsible_is_reminded_once_for_each_deadline(self):
        contract = self.contract(user_id=self.salesman.id, reminder_days=20)
        self.run_cron("2026-09-09")
        self.assertFalse(contract.activity_ids)
        for day in ("2026-09-10", "2026-09-11"):
            self.run_cron(day)
        activity = contract.activity_ids
        self.assertEqual((activity.user_id, activity.date_deadline), (self.salesman, date(2026, 9, 30)))
        self.assertIn("unless notice is given by 09/30/2026", activity.summary)
        self.run_cron("2026-10-01")
        self.assertFalse(contract.activity_ids, "the renewal answers the reminder")
        self.run_cron("2027-09-10")
        self.assertEqual(contract.activity_ids.date_deadline, date(2027, 9, 30))

    def test_the_reminder_of_a_person_who_left_does_not_stop_the_others(self):
        gone = new_test_user(self.env, "gone", "sales_team.group_sale_salesman")
        first, second = self.contract(user_id=gone.id), self.contract(user_id=self.salesman.id)
        gone.group_ids = [Command.set([self.env.ref("base.group_portal").id])]
        self.run_cron("2026-09-10")
        self.assertEqual((first.reminded_for, second.activity_ids.user_id), (date(2026, 9, 30), self.salesman))

    def test_contracts_to_renew_are_found(self):
        contract = self.contract(reminder_days=20)
        view = self.env.ref("b2b_invoice_automation.b2b_contract_view_search_life").arch
        for name, day, found in [
            ("to_renew", "2026-09-09", False),
            ("to_renew", "2026-09-10", True),
            ("notice_soon", "2026-08-30", False),
            ("notice_soon", "2026-08-31", True),
            ("ending_soon", "2026-10-01", False),
            ("ending_soon", "2026-10-02", True),
        ]:
            with self.subTest(name, day=day), freeze_time(day):
                domain = self.filter_domain(view, name)
                self.assertEqual(contract in self.env["b2b.contract"].search(domain), found)

    def filter_domain(self, arch, name):
        return literal_eval(etree.fromstring(arch).find(f".//filter[@name='{name}']").get("domain"))

    def test_bad_renewal_terms_are_refused_where_they_are_typed(self):
        for values, words in [
            ({"date_end": False}, "needs a last day"),
            ({"renewal_count": 0}, "at least 1"),
            ({"notice_count": -1}, "between 0 and 1000"),
            ({"reminder_days": -1}, "0 for none"),
        ]:
            with self.subTest(words), self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
                self.contract(state="draft", **values)


@tagged("post_install", "-at_install")
class TestTermination(ContractLifeCase):
    def step(self, contract, **values):
        return self.env["b2b.contract.step"].create({"contract_id": contract.id, **values})

    def test_ending_early_needs_a_reason(self):
        contract = self.contract()
        for step in ("terminate", "suspend"):
            with self.subTest(step), self.assertRaisesRegex(UserError, "Say why"), self.env.cr.savepoint():
                self.step(contract, step=step, last_day="2026-03-31", reason=" ").action_confirm()
        self.assertEqual(contract.state, "active")

    def test_open_orders_are_named_and_keep_their_prices(self):
        contract = self.contract()
        kept = builders.order(self.env, self.customer, [(self.bolt, 2)], confirm=True, date_order="2026-03-10 09:00:00")
        late = builders.order(self.env, self.customer, [(self.bolt, 3)], confirm=True, date_order="2026-04-10 09:00:00")
        quotation = builders.order(self.env, self.customer, [(self.bolt, 4)], date_order="2026-04-11 09:00:00")
        wizard = self.step(contract, step="terminate", last_day="2026-03-31", reason="merger")
        self.assertEqual(
            wizard.consequence.splitlines(),
            [
                "2 confirmed orders are not invoiced yet; they keep their prices and are billed.",
                "1 confirmed orders are dated after the last day; they keep their prices.",
                "1 quotations are dated after the last day; press “Update prices” on them.",
            ],
        )
        wizard.action_confirm()
        self.assertEqual((kept.amount_untaxed, late.amount_untaxed), (20.0, 30.0))
        quotation._recompute_prices()
        invoice = (kept | late)._create_invoices()
        self.assertEqual(sum(invoice.mapped("amount_untaxed")), 50.0)
        log = self.env["b2b.decision"].search(
            [("subject_id", "=", contract.id), ("subject_model", "=", "b2b.contract")], order="id desc", limit=1
        )
        self.assertEqual((log.evidence["reason"], log.evidence["confirmed_not_invoiced"]), ("merger", 2))


@tagged("post_install", "-at_install")
class TestTemplate(ContractLifeCase):
    def template(self):
        contract = self.contract(title="Fasteners")
        contract_template = self.env["b2b.contract"].browse(contract.action_save_as_template()["res_id"])
        contract_template.rule_ids.write({"date_start": "2026-01-01", "date_end": "2026-06-30"})
        return contract_template

    def test_a_template_keeps_everything_but_the_customer(self):
        template = self.template()
        self.assertEqual((template.state, template.title), ("template", "Fasteners"))
        self.assertFalse(template.partner_id)
        self.assertEqual(template.rule_ids.tier_ids.price, 10)
        self.assertEqual((template.renewal_kind, template.notice_count), ("renews", 3))

    def test_a_template_is_never_priced_or_approved(self):
        template = self.template()
        for step in (template.action_submit, template.action_approve, template.action_amend):
            with self.subTest(step.__name__), self.assertRaises(UserError), self.env.cr.savepoint():
                step()
        self.assertEqual(template.copy().state, "template")
        self.assertNotIn(
            template, self.env["b2b.contract"].search(self.env["b2b.contract"]._in_force_domain(date(2026, 3, 1)))
        )

    def test_a_contract_begins_from_a_template(self):
        template = self.template()
        other = builders.customer(self.env, "Other")
        wizard = Form(self.env["b2b.contract.new"].with_context(default_template_id=template.id))
        wizard.partner_id = other
        wizard.date_start = date(2028, 1, 1)
        self.assertEqual(wizard.date_end, date(2028, 12, 31), "a year, also where it has a day more")
        contract = self.env["b2b.contract"].browse(wizard.save().action_begin()["res_id"])
        self.assertEqual((contract.state, contract.partner_id, contract.template_id), ("draft", other, template))
        self.assertTrue(contract.name.startswith("CT/"))
        self.assertEqual(contract.rule_ids.date_start, date(2028, 1, 1))
        contract.action_submit()
        builders.approve(contract)
        self.assertEqual(template.rule_ids.tier_ids.price, 10)
        template.rule_ids.tier_ids.price = 12
        self.assertEqual(contract.rule_ids.tier_ids.price, 10, "a template that changes leaves its contracts alone")

    def test_only_people_who_write_contracts_begin_one(self):
        template = self.template()
        wizard = self.env["b2b.contract.new"].create({"template_id": template.id, "partner_id": self.customer.id})
        with self.assertRaises(AccessError):
            wizard.with_user(self.salesman).action_begin()

    @mute_logger("odoo.sql_db")
    def test_a_contract_without_customer_is_refused(self):
        for create in (
            lambda: self.env["b2b.contract"].create({"title": "whose?"}).flush_recordset(),
            lambda: self.contract(state="draft").write({"partner_id": False}) and self.env.flush_all(),
        ):
            with self.assertRaisesRegex(Exception, "customer_named|Choose the customer"), self.env.cr.savepoint():
                create()

    def test_no_default_makes_a_contract_agreed(self):
        for name, value in [("state", "active"), ("approved_by_id", self.env.uid), ("version", 7)]:
            with self.subTest(name):
                model = self.env["b2b.contract"].with_user(self.boss).with_context(**{f"default_{name}": value})
                try:
                    made = model.create({"partner_id": self.customer.id})
                except UserError:
                    continue
                self.assertEqual((made.state, made.approved_by_id.id, made.version), ("draft", False, 1))


@tagged("post_install", "-at_install")
class TestTimeline(ContractLifeCase):
    def test_who_did_what_when_and_what_changed(self):
        contract = self.contract()
        with freeze_time("2026-06-01 10:00:00"):
            amended = self.env["b2b.contract"].browse(contract.action_amend()["res_id"])
            amended.rule_ids.tier_ids.price = 11
            amended.action_submit()
            builders.approve(amended)
        text = str(amended.with_user(self.salesman).timeline_html)
        self.assertLess(text.index("Version 2"), text.index("Version 1"), "the newest first")
        for words in (
            "$\xa010.00",
            "$\xa011.00",
            "Approved",
            "contract_approver",
            "First version, with 1 price rules.",
        ):
            self.assertIn(words, text)
        amended._suspend("customer <b>never</b> paid")
        amended.invalidate_recordset()
        self.assertIn("customer &lt;b&gt;never&lt;/b&gt; paid", str(amended.timeline_html))
