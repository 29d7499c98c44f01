"""Settling rebates: the right credit note to the cent, once, and afterwards only the difference."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from . import builders
from .rebate_common import RebateCommon


@tagged("post_install", "-at_install")
class TestRebateSettlement(RebateCommon):
    def over(self, *rebates, invoices=((5000, "2026-03-10"),), **values):
        """A contract whose period is over, with invoices."""
        contract = self.agree(*rebates or [builders.rebate({1000: 2})], **values)
        for amount, day in invoices:
            self.invoice(amount, day=day)
        self.close()
        return contract

    def test_one_click_makes_the_credit_note_and_releases_the_provision(self):
        contract = self.over()
        row = self.period(contract)
        self.assertEqual((row.state, row.left), ("to_settle", 100.0))
        note = self.settle(row)
        self.assertEqual((note.move_type, note.state), ("out_refund", "posted"))
        self.assertEqual((note.amount_untaxed, note.amount_tax, note.amount_total), (100.0, 19.0, 119.0))
        self.assertEqual(note.invoice_line_ids.account_id, self.liability)
        self.assertEqual(note.partner_id, self.customer)
        self.assertEqual((row.state, row.left, row.provision), ("settled", 0.0, 0.0))
        self.assertLedger(contract, 100.0, 100.0)
        self.assertRegex(note.invoice_line_ids.name, r"turnover \$ 5,000\.00, 2 % from \$ 1,000\.00, earned \$ 100\.00")
        self.assertEqual(row.key_ids.key, f"rebate:{row.origin_id.id}:2026-01-01:1")
        decision = self.env["b2b.decision"].search(
            [("subject_model", "=", "account.move"), ("subject_id", "=", note.id)]
        )
        self.assertEqual((decision.amount, decision.evidence["revenue"]), (100.0, 5000.0))

    def test_the_credit_note_is_no_turnover(self):
        contract = self.over(builders.rebate({1000: 2}), date_end=False)
        row = self.period(contract, date_from="2026-01-01")
        self.settle(row, on="2027-01-15")
        self.close("2027-02-01")
        self.assertEqual((row.state, row.revenue), ("settled", 5000.0))
        self.assertEqual(self.period(contract, date_from="2027-01-01").revenue, 0.0)

    def test_two_taxes_share_by_their_turnover(self):
        contract = self.agree(builders.rebate({0: 3}))
        self.invoice(10000)
        self.invoice(5000.01, tax=self.reduced)
        self.invoice(0.49, tax=self.reduced)
        self.close()
        note = self.settle(self.period(contract))
        self.assertEqual(
            {line.tax_ids: line.price_subtotal for line in note.invoice_line_ids},
            {self.tax: 300.0, self.reduced: 150.02},
        )
        self.assertEqual((note.amount_untaxed, note.amount_tax), (450.02, 67.5))
        self.assertLedger(contract, 450.02, 450.02)

    def test_reverse_charge_and_included_tax_stay_as_they_were(self):
        included = self.percent_tax(19.0, price_include_override="tax_included")
        reverse = self.env["account.fiscal.position"].create({"name": "Reverse charge"})
        free = self.percent_tax(0.0)
        contract = self.agree(builders.rebate({0: 3}))
        self.invoice(1190.33, tax=included)
        self.invoice(1000, tax=free, fiscal_position_id=reverse.id)
        self.close()
        notes = self.settle(self.period(contract))
        self.assertEqual(len(notes), 2)
        self.assertEqual(
            [
                (note.fiscal_position_id, note.invoice_line_ids.tax_ids, note.amount_untaxed)
                for note in notes.sorted("amount_untaxed")
            ],
            [(reverse, free, 30.0), (self.env["account.fiscal.position"], included, 30.01)],
        )
        self.assertLedger(contract, 60.01, 60.01)

    def test_settling_again_without_a_change_makes_nothing(self):
        contract = self.over()
        self.settle(self.period(contract))
        self.assertFalse(self.settle(self.period(contract)))
        self.assertLedger(contract, 100.0, 100.0)

    def test_a_late_invoice_is_settled_by_the_difference(self):
        contract = self.over(builders.rebate({1000: 2, 6000: 3}))
        row = self.period(contract)
        self.settle(row)
        self.invoice(1500.50, day="2026-12-31")
        self.accrue("2027-01-20")
        self.assertEqual((row.state, row.left), ("to_settle", 95.02))
        note = self.settle(row, on="2027-01-21")
        self.assertEqual(note.amount_untaxed, 95.02)
        self.assertIn("settled before $ 100.00", note.invoice_line_ids.name)
        self.assertEqual(sorted(row.key_ids.mapped("ordinal")), [1, 2])
        self.assertLedger(contract, 195.02, 195.02)

    def test_a_return_after_settlement_is_charged_back(self):
        contract = self.over()
        row = self.period(contract)
        self.settle(row)
        self.invoice(1000, day="2026-12-30", kind="out_refund")
        self.accrue("2027-01-20")
        self.assertEqual(row.left, -20.0)
        charge = self.settle(row, on="2027-01-21")
        self.assertEqual((charge.move_type, charge.amount_untaxed, charge.amount_total), ("out_invoice", 20.0, 23.8))
        self.assertLedger(contract, 80.0, 80.0)
        self.assertEqual(row.provision, 0.0)

    def test_a_corrected_invoice_moves_the_tax_too(self):
        contract = self.agree(builders.rebate({1000: 2}))
        invoice = self.invoice(5000)
        self.close()
        row = self.period(contract)
        self.settle(row)
        invoice.button_draft()
        invoice.invoice_line_ids.write({"price_unit": 6000, "tax_ids": [Command.set(self.reduced.ids)]})
        invoice.action_post()
        self.accrue("2027-01-20")
        note = self.settle(row, on="2027-01-21")
        self.assertEqual(
            {line.tax_ids: line.price_subtotal for line in note.invoice_line_ids},
            {self.tax: -100.0, self.reduced: 120.0},
        )
        self.assertEqual((note.amount_untaxed, note.amount_tax), (20.0, round(8.4 - 19.0, 2)))
        self.assertLedger(contract, 120.0, 120.0)

    def test_nothing_left_of_the_turnover_is_charged_back_whole(self):
        contract = self.agree(builders.rebate({1000: 2}))
        invoice = self.invoice(5000)
        self.close()
        row = self.period(contract)
        self.settle(row)
        invoice.button_cancel()
        self.accrue("2027-01-20")
        self.assertEqual(self.settle(row, on="2027-01-21").amount_total, 119.0)
        self.assertLedger(contract, 0.0, 0.0)
        self.assertEqual(row.state, "settled")

    def test_a_cancelled_credit_note_can_be_settled_anew(self):
        contract = self.over()
        row = self.period(contract)
        self.settle(row).button_cancel()
        self.accrue("2027-01-20")
        self.assertEqual((row.state, row.left), ("to_settle", 100.0))
        self.settle(row, on="2027-01-21")
        self.assertEqual(sorted(row.key_ids.mapped("ordinal")), [1, 2])
        self.assertLedger(contract, 100.0, 100.0)

    def test_small_amounts_are_carried_and_settled_with_the_next_period(self):
        contract = self.over(
            builders.rebate({0: 1}, period="half_year", minimum_amount=50),
            invoices=((3000, "2026-03-10"), (4000, "2026-09-10")),
        )
        first, second = self.period(contract).sorted("date_from")[:2]
        self.assertEqual((first.state, second.state), ("to_settle", "to_settle"))
        second_invoice = self.invoice(2500, day="2026-09-11", kind="out_refund")
        self.accrue("2027-01-15")
        self.assertTrue(second_invoice)
        self.assertEqual((first.state, second.state), ("carried", "carried"))
        self.invoice(1000, day="2026-09-12")
        self.accrue("2027-01-15")
        note = self.settle(second)
        self.assertEqual(note.invoice_line_ids.mapped("price_subtotal"), [30.0, 25.0])
        self.assertLedger(contract, 55.0, 55.0)

    def test_it_waits_for_late_invoices(self):
        contract = self.over(builders.rebate({1000: 2}, settle_after_days=30))
        row = self.period(contract)
        self.assertEqual((row.state, str(row.date_due)), ("waiting", "2027-01-30"))
        with self.assertRaisesRegex(UserError, "is not over"):
            self.settle(row)
        self.close("2027-01-31")
        self.assertEqual(row.state, "to_settle")

    def test_missing_accounts_refuse_in_words(self):
        self.company.b2b_rebate_expense_account_id = False
        contract = self.over()
        with self.assertRaisesRegex(UserError, "choose the expense account"):
            self.settle(self.period(contract))

    def test_a_suspended_contract_is_not_settled(self):
        contract = self.over()
        contract.with_user(builders._approver(self.env))._suspend("dispute")
        with self.assertRaisesRegex(UserError, "is suspended"):
            self.settle(self.period(contract))
        self.assertLedger(contract, 100.0, 0.0)

    def test_another_currency_than_the_companys_ends_at_zero_in_both(self):
        rates = (("2026-01-01", 2.0), ("2026-12-01", 2.5), ("2027-01-10", 3.0))
        self.env["res.currency.rate"].create(
            [
                {"name": day, "rate": rate, "currency_id": self.other_currency.id, "company_id": self.company.id}
                for day, rate in rates
            ]
        )
        contract = self.agree(builders.rebate({0: 2}), currency_id=self.other_currency.id)
        self.invoice(5000, day="2026-03-10", currency_id=self.other_currency.id)
        self.accrue("2026-03-31")
        row = self.period(contract)
        self.assertEqual((row.accrued, row.booked, row.provision), (100.0, 100.0, 50.0))
        self.invoice(5000, day="2026-12-10", currency_id=self.other_currency.id)
        self.close("2027-01-15")
        self.assertEqual((row.accrued, row.provision), (200.0, 90.0))
        note = self.settle(row)
        self.assertEqual((note.currency_id, note.amount_untaxed), (self.other_currency, 200.0))
        self.assertEqual((row.left, row.provision, self.on_account(self.liability)), (0.0, 0.0, 0.0))
        self.assertEqual(self.on_account(self.expense), 90.0)
        self.assertEqual(self.on_account(self.company.income_currency_exchange_account_id), -23.33)

    def test_a_period_across_an_amendment_is_settled_once(self):
        contract = self.agree(builders.rebate({1000: 2}), date_end=False)
        self.invoice(3000, day="2026-03-10")
        with freeze_time("2026-07-01"):
            amended = contract._new_version()
            amended.rebate_ids.tier_ids.percent = 4
            amended.action_submit()
            builders.approve(amended)
        self.close()
        row = self.period(contract, date_from="2026-01-01")
        self.assertEqual(self.settle(row).amount_untaxed, 120.0)
        with freeze_time("2027-02-01"):
            again = amended._new_version()
            again.rebate_ids.tier_ids.percent = 5
            again.action_submit()
            builders.approve(again)
        self.close("2027-02-02")
        self.assertEqual((row.state, row.accrued), ("settled", 120.0))

    def test_what_settles_by_itself_needs_no_person(self):
        contract = self.over(builders.rebate({1000: 2}, settle_automatically=True))
        with freeze_time("2027-01-15"), self.enter_registry_test_mode():
            self.env.ref("b2b_invoice_automation.ir_cron_rebate_settle").method_direct_trigger()
        self.assertEqual(self.period(contract, date_from="2026-01-01").state, "settled")
        self.assertLedger(contract, 100.0, 100.0)

    def test_a_draft_is_kept_for_looking_over_where_the_policy_says_so(self):
        self.policy.auto_post = False
        contract = self.over()
        row = self.period(contract)
        note = self.settle(row)
        self.assertEqual((note.state, row.left, row.provision), ("draft", 0.0, 100.0))
        self.assertFalse(self.settle(row))
        note.action_post()
        self.accrue("2027-01-20")
        self.assertLedger(contract, 100.0, 100.0)

    def test_only_clerks_settle(self):
        row = self.period(self.over())
        for group in ("sales_team.group_sale_manager", "b2b_invoice_automation.group_auditor"):
            user = new_test_user(
                self.env,
                f"user_{group}",
                group,
                company_ids=[Command.set(self.company.ids)],
                company_id=self.company.id,
            )
            with self.assertRaises(AccessError):
                row.with_user(user).action_settle()

    def test_the_buttons_open_what_the_figures_say(self):
        contract = self.over()
        row = self.period(contract)
        note = self.settle(row)
        counted = self.env["account.move"].search(row.action_view_counted()["domain"])
        self.assertEqual(sum(counted.mapped("amount_untaxed")), row.revenue)
        self.assertEqual(self.env["account.move"].search(row.action_view_credit_notes()["domain"]), note)
        items = self.env["account.move.line"].search(row.action_view_entries()["domain"])
        self.assertEqual(sum(items.filtered(lambda line: line.account_id == self.liability).mapped("balance")), 0.0)

    def test_an_amendment_that_reaches_back_reopens_what_was_settled(self):
        contract = self.agree(builders.rebate({1000: 2}, period="quarter"))
        self.invoice(2000, "2026-02-10")
        self.close("2026-04-15")
        row = self.period(contract, date_from="2026-01-01")
        self.settle(row, on="2026-04-15")
        self.assertEqual((row.state, row.left), ("settled", 0.0))
        with freeze_time("2026-05-01"):
            draft = self.env["b2b.contract"].browse(contract.action_amend()["res_id"])
            draft.date_start = "2026-03-01"
            draft.rebate_ids.tier_ids.percent = 3
            draft.action_submit()
            builders.approve(draft)
        self.assertEqual((row.state, row.accrued, row.left), ("to_settle", 60.0, 20.0))

    def test_a_termination_that_reaches_back_charges_back_what_was_settled(self):
        contract = self.agree(builders.rebate({1000: 2}, period="quarter"))
        self.invoice(2000, "2026-02-10")
        self.close("2026-04-15")
        row = self.period(contract, date_from="2026-01-01")
        self.settle(row, on="2026-04-15")
        with freeze_time("2026-05-01"):
            contract._terminate(date(2026, 1, 31), "the customer broke it")
        self.assertEqual((row.state, row.accrued, row.left), ("to_settle", 0.0, -40.0))
        invoice = self.settle(row, on="2026-05-01")
        self.assertEqual((invoice.move_type, invoice.amount_untaxed), ("out_invoice", 40.0))
        self.assertEqual((row.state, row.provision), ("settled", 0.0))

    def moved_after_settlement(self, change):
        """A contract whose only invoice, of a settled month, is changed before the lane looks again."""
        contract = self.agree(builders.rebate({0: 2}, period="month"))
        move = self.invoice(1000, day="2026-03-10")
        self.close("2026-04-05")
        self.settle(self.period(contract, date_from="2026-03-01"), "2026-04-05")
        self.close("2026-05-09")
        with freeze_time("2026-05-10"):
            move.button_draft()
            change(move)
        self.close("2026-05-11")
        return contract, self.period(contract, date_from="2026-03-01")

    def test_an_invoice_that_is_moved_to_another_period_counts_once(self):
        def change(move):
            move.invoice_date = "2026-05-05"
            move.action_post()

        contract, march = self.moved_after_settlement(change)
        self.assertRecordValues(march, [{"state": "to_settle", "revenue": 0.0, "left": -20.0}])
        self.assertLedger(contract, 20.0, 20.0)

    def test_an_invoice_that_is_moved_to_another_customer_counts_no_more(self):
        def change(move):
            move.partner_id = builders.customer(self.env, name="Other Ltd")
            move.action_post()

        contract, march = self.moved_after_settlement(change)
        self.assertRecordValues(march, [{"state": "to_settle", "revenue": 0.0, "left": -20.0}])
        self.assertLedger(contract, 0.0, 20.0)

    def test_an_invoice_that_is_deleted_counts_no_more(self):
        contract, march = self.moved_after_settlement(lambda move: move.with_context(force_delete=True).unlink())
        self.assertRecordValues(march, [{"state": "to_settle", "revenue": 0.0, "left": -20.0}])
        self.assertLedger(contract, 0.0, 20.0)
