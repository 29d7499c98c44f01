"""Rebates accrue with posted invoices: what is booked equals the engine, to the cent, whatever happens to them."""

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from . import builders
from .rebate_common import RebateCommon


@tagged("post_install", "-at_install")
class TestRebateAccrual(RebateCommon):
    def test_volume_percent_by_the_difference(self):
        contract = self.agree(builders.rebate({1000: 2, 5000: 3}))
        self.invoice(999.99)
        self.accrue()
        self.assertLedger(contract, 0.0, 0.0)
        self.invoice(1500.01)
        self.accrue()
        self.assertLedger(contract, 50.0, 0.0)
        self.invoice(2500)
        self.accrue()
        self.assertLedger(contract, 150.0, 0.0)
        row = self.period(contract)
        entries = row.move_line_ids.move_id
        self.assertEqual(sorted(entries.mapped("amount_total")), [50.0, 100.0])
        self.assertEqual((row.state, row.revenue), ("running", 5000.0))
        self.accrue()
        self.assertEqual(row.move_line_ids.move_id, entries)

    def test_the_tier_reached_and_what_is_missing_to_the_next(self):
        contract = self.agree(builders.rebate({1000: 2, 5000: 3}))
        self.invoice(3760)
        self.accrue()
        row = self.period(contract)
        self.assertEqual(row.tier_text, "2 % from $ 1,000.00")
        self.assertEqual(row.next_tier_text, "$ 1,240.00 more and the rebate becomes 3 %")

    def test_graduated_percent(self):
        contract = self.agree(builders.rebate({0: 1, 1000: 2, 5000: 3}, mode="graduated"))
        self.invoice(6000.50)
        self.accrue()
        self.assertLedger(contract, 10 + 80 + 30.02, 0.0)

    def test_an_amount_per_unit_with_units_converted_and_returns_deducted(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        unit = self.env.ref("uom.product_uom_unit")
        contract = self.agree(
            builders.rebate(
                {100: 0.05, 240: 0.08}, about=self.goods, measure="quantity", reward="per_unit", uom_id=unit.id
            )
        )
        self.invoice(10, quantity=20, line={"product_uom_id": dozen.id})
        self.accrue()
        self.assertLedger(contract, 19.2, 0.0)
        self.invoice(10, quantity=1, kind="out_refund")
        self.accrue()
        self.assertLedger(contract, 11.95, 0.0)
        row = self.period(contract)
        self.assertEqual((row.quantity, row.turnover_text), (239.0, "239 Units"))

    def test_graduated_amount_per_unit_in_another_unit(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        contract = self.agree(
            builders.rebate(
                {1: 0.10, 11: 0.50},
                about=self.goods,
                measure="quantity",
                reward="per_unit",
                mode="graduated",
                uom_id=dozen.id,
            )
        )
        self.invoice(10, quantity=180)
        self.accrue()
        self.assertLedger(contract, 10 * 0.10 + 5 * 0.50, 0.0)

    def test_only_what_is_in_the_scope_counts(self):
        parent = self.env["product.category"].create({"name": "Fasteners"})
        child = self.env["product.category"].create({"name": "Screws", "parent_id": parent.id})
        self.goods.categ_id = parent
        screw = builders.product(self.env, "Screw", categ_id=child.id)
        cases = [
            (builders.rebate({0: 1}, about=screw), 10.0),
            (builders.rebate({0: 1}, about=screw.product_tmpl_id), 10.0),
            (builders.rebate({0: 1}, about=child), 10.0),
            (builders.rebate({0: 1}, about=parent), 30.0),
            (builders.rebate({0: 1}), 30.0),
        ]
        buyer = builders.buyer(self.env, self.customer)
        contract = self.agree(*(values for values, _earned in cases))
        self.invoice(1000, partner=buyer, line={"product_id": screw.id})
        self.invoice(2000)
        self.invoice(5000, partner=builders.customer(self.env, "Somebody else"))
        self.invoice(7000, day="2025-12-31")
        self.accrue()
        rows = self.period(contract).grouped("rebate_id")
        self.assertEqual(
            [rows[rebate].accrued for rebate in contract.rebate_ids],
            [earned for _values, earned in cases],
        )

    def test_resetting_and_cancelling_invoices_lower_it(self):
        contract = self.agree(builders.rebate({1000: 2}))
        invoice, other = self.invoice(3000), self.invoice(2000)
        self.accrue()
        self.assertLedger(contract, 100.0, 0.0)
        invoice.button_draft()
        self.accrue()
        self.assertLedger(contract, 40.0, 0.0)
        other.button_cancel()
        self.accrue()
        self.assertLedger(contract, 0.0, 0.0)
        invoice.action_post()
        self.accrue()
        self.assertLedger(contract, 60.0, 0.0)

    def test_a_reversed_provision_is_booked_again(self):
        contract = self.agree(builders.rebate({1000: 2}))
        self.invoice(3000)
        self.accrue()
        entry = self.period(contract).move_line_ids.move_id
        entry._reverse_moves(cancel=True)
        self.assertEqual(self.on_account(self.liability), 0.0)
        self.accrue()
        self.assertLedger(contract, 60.0, 0.0)

    def test_missing_accounts_are_said_and_caught_up(self):
        contract = self.agree(builders.rebate({1000: 2}))
        self.company.b2b_rebate_liability_account_id = False
        self.invoice(3000)
        self.accrue()
        row = self.period(contract)
        self.assertIn("choose the liability account of rebates under Settings", row.problem)
        self.assertEqual((row.accrued, row.booked), (60.0, 0.0))
        self.company.b2b_rebate_liability_account_id = self.liability
        with freeze_time("2026-04-01"):
            row.action_refresh()
        self.assertFalse(row.problem)
        self.assertLedger(contract, 60.0, 0.0)

    def test_a_locked_day_is_booked_on_the_next_open_one(self):
        contract = self.agree(builders.rebate({1000: 2}, period="month"))
        self.invoice(3000, day="2026-03-10")
        self.company.fiscalyear_lock_date = "2026-04-30"
        self.accrue("2026-04-05")
        entry = self.period(contract, date_from="2026-03-01").move_line_ids.move_id
        self.assertEqual((str(entry.date), entry.state), ("2026-05-01", "posted"))
        self.assertLedger(contract, 60.0, 0.0)

    def test_a_late_entry_belongs_to_the_period_while_that_is_open(self):
        contract = self.agree(builders.rebate({1000: 2}, period="month"))
        self.invoice(3000, day="2026-03-31")
        self.accrue("2026-04-05")
        self.assertEqual(str(self.period(contract, date_from="2026-03-01").move_line_ids.move_id.date), "2026-03-31")

    def test_foreign_invoices_count_in_the_contracts_currency(self):
        self.assertNotEqual(self.other_currency, self.company.currency_id)
        self.env["res.currency.rate"].create(
            [
                {"name": day, "rate": rate, "currency_id": self.other_currency.id, "company_id": self.company.id}
                for day, rate in (("2026-01-01", 2.0), ("2026-03-01", 4.0))
            ]
        )
        contract = self.agree(builders.rebate({0: 10}))
        self.invoice(1000, day="2026-02-10", currency_id=self.other_currency.id)
        self.invoice(1000, day="2026-03-10", currency_id=self.other_currency.id)
        self.invoice(100, day="2026-03-10")
        self.accrue()
        self.assertEqual(self.period(contract).revenue, 500.0 + 250.0 + 100.0)
        self.assertLedger(contract, 85.0, 0.0)

    def test_a_fixed_rate_of_the_contract_comes_first(self):
        rate = {"name": "2026-01-01", "rate": 2.0, "currency_id": self.other_currency.id, "company_id": self.company.id}
        self.env["res.currency.rate"].create(rate)
        fixed = [Command.create({"currency_id": self.other_currency.id, "rate": 2.5})]
        contract = self.agree(builders.rebate({0: 10}), rate_ids=fixed)
        self.invoice(1000, currency_id=self.other_currency.id)
        self.accrue()
        self.assertEqual(self.period(contract).revenue, 400.0)

    def test_an_amendment_midway_counts_for_the_whole_period(self):
        contract = self.agree(builders.rebate({1000: 2}))
        self.invoice(3000, day="2026-03-10")
        self.accrue()
        self.assertLedger(contract, 60.0, 0.0)
        with freeze_time("2026-07-01"):
            amended = contract._new_version()
            amended.rebate_ids.tier_ids.percent = 4
            amended.action_submit()
            builders.approve(amended)
        self.invoice(1000, day="2026-07-10")
        self.accrue("2026-07-31")
        self.assertEqual(len(self.period(contract)), 1)
        self.assertEqual(self.period(contract).rebate_id, amended.rebate_ids)
        self.assertLedger(contract, 160.0, 0.0)

    def test_a_rebate_that_an_amendment_leaves_out_ends_the_day_before(self):
        contract = self.agree(builders.rebate({1000: 2}))
        with freeze_time("2026-07-01"):
            amended = contract._new_version()
            amended.rebate_ids.unlink()
            amended.action_submit()
            builders.approve(amended)
        self.invoice(3000, day="2026-06-30")
        self.invoice(9000, day="2026-07-01")
        self.accrue("2026-07-31")
        row = self.period(contract)
        self.assertEqual((str(row.date_to), row.state), ("2026-06-30", "to_settle"))
        self.assertLedger(contract, 60.0, 0.0)

    def test_a_termination_ends_the_period(self):
        contract = self.agree(builders.rebate({1000: 2}, period="contract"), date_end=False)
        self.invoice(3000, day="2026-06-30")
        self.accrue("2026-07-10")
        self.assertEqual((self.period(contract).state, self.period(contract).date_to), ("running", False))
        with freeze_time("2026-07-31"):
            contract._terminate(self.env["b2b.contract"]._fields["date_end"].to_date("2026-06-15"), "moved away")
        self.accrue("2026-07-31")
        self.close("2026-07-31")
        self.assertEqual(self.period(contract).state, "none")
        self.assertLedger(contract, 0.0, 0.0)

    def test_posting_does_nothing_but_leave_a_mark(self):
        self.agree(builders.rebate({1000: 2}))
        invoice = self.invoice(3000)
        self.assertTrue(invoice.b2b_rebate_pending)
        self.assertFalse(self.on_account(self.liability))
        self.accrue()
        self.assertFalse(invoice.b2b_rebate_pending)

    def test_a_thousand_rebates_cost_as_many_queries_as_ten(self):
        few, many = self.count_queries(10), self.count_queries(100)
        self.assertLessEqual(many, few * 1.1 + 3)

    def count_queries(self, number):
        partners = self.env["res.partner"].create([{"name": f"Buyer {n}", "is_company": True} for n in range(number)])
        with freeze_time("2026-01-02"):
            contracts = self.env["b2b.contract"].create(
                [
                    {
                        "partner_id": partner.id,
                        "date_start": "2026-01-01",
                        "rebate_ids": [Command.create(builders.rebate({0: 2}))],
                    }
                    for partner in partners
                ]
            )
            contracts.action_submit()
            builders.approve(contracts)
            moves = self.env["account.move"].create(
                [
                    {
                        "move_type": "out_invoice",
                        "partner_id": partner.id,
                        "invoice_date": "2026-01-02",
                        "invoice_line_ids": [Command.create({"product_id": self.goods.id, "price_unit": 500})],
                    }
                    for partner in partners
                ]
            )
            moves.action_post()
            self.env.flush_all()
            self.env.invalidate_all()
            origins = contracts.rebate_ids.origin_id
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rows = self.Rebate.sudo()._refresh(origins.sudo())
            self.env.flush_all()
            count = self.env.cr.sql_log_count - before
        self.assertEqual(rows.mapped("accrued"), [10.0] * number)
        return count
