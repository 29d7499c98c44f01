"""Builders for tests of rebates: a company that sets them aside, an agreement, invoices with dates."""

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from . import builders
from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class RebateCommon(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        accounts = cls.env["account.account"]
        cls.liability = accounts.create({"name": "Rebates owed", "code": "209901", "account_type": "liability_current"})
        cls.expense = accounts.create({"name": "Rebates granted", "code": "409901", "account_type": "expense"})
        cls.company.write(
            {
                "b2b_rebate_journal_id": cls.company_data["default_journal_misc"].id,
                "b2b_rebate_expense_account_id": cls.expense.id,
                "b2b_rebate_liability_account_id": cls.liability.id,
            }
        )
        cls.other_currency = cls.setup_other_currency("EUR", rates=[("1900-01-01", 2.0)])
        cls.reduced = cls.percent_tax(7.0, sequence=20)
        cls.Rebate = cls.env["b2b.rebate"]

    @classmethod
    def percent_tax(cls, amount, **values):
        tax = super().percent_tax(amount, **values)
        lines = tax.invoice_repartition_line_ids + tax.refund_repartition_line_ids
        lines.filtered(lambda line: line.repartition_type == "tax").account_id = cls.company_data[
            "default_account_tax_sale"
        ]
        return tax

    @classmethod
    def agree(cls, *rebates, partner=None, on="2026-01-02", **values):
        """Return an active contract of 2026 with rebates."""
        with freeze_time(on):
            return builders.contract(
                cls.env,
                partner or cls.customer,
                rebate_ids=[Command.create(rebate) for rebate in rebates or [builders.rebate()]],
                **{"date_end": "2026-12-31", **values},
            )

    @classmethod
    def invoice(cls, amount, day="2026-03-10", kind="out_invoice", tax=None, quantity=1.0, partner=None, **values):
        """Return a posted invoice or credit note of one line; ``amount`` is its price per unit."""
        line = {
            "product_id": cls.goods.id,
            "quantity": quantity,
            "price_unit": amount,
            "tax_ids": [Command.set((tax or cls.tax).ids)],
            **values.pop("line", {}),
        }
        move = cls.env["account.move"].create(
            {
                "move_type": kind,
                "partner_id": (partner or cls.customer).id,
                "invoice_date": day,
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )
        move.action_post()
        return move

    @classmethod
    def accrue(cls, on="2026-03-31"):
        """What the lane does after posting."""
        with freeze_time(on):
            while cls.env["account.move"]._b2b_accrue_batch(1000):
                pass

    @classmethod
    def close(cls, on="2027-01-15"):
        """What the daily job does, but for committing."""
        with freeze_time(on):
            cls.accrue(on)
            cls.Rebate.sudo()._refresh(cls.env["b2b.contract.rebate"].sudo().search([]).origin_id)._book()

    @classmethod
    def settle(cls, rows, on="2027-01-15"):
        """Settle by the button; returns the new documents."""
        before = rows.move_line_ids.move_id
        with freeze_time(on):
            rows.action_settle()
        return rows.move_line_ids.move_id.filtered(lambda move: move.move_type != "entry") - before

    def period(self, contract, **values):
        domain = [("contract_origin_id", "=", contract.origin_id.id)]
        return self.Rebate.search([*domain, *((name, "=", value) for name, value in values.items())])

    def on_account(self, account):
        """Balance of an account from posted items, to the cent."""
        [(balance,)] = self.env["account.move.line"]._read_group(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")], [], ["balance:sum"]
        )
        return round(balance, 2)

    def assertLedger(self, contract, earned, settled):
        """What is booked equals what the engine says of the posted lines; the liability is what is left of it."""
        rows = self.period(contract)
        self.assertAlmostEqual(sum(rows.mapped("accrued")), earned, 2)
        self.assertAlmostEqual(sum(rows.mapped("booked")), earned, 2)
        self.assertAlmostEqual(sum(rows.mapped("settled")), settled, 2)
        self.assertAlmostEqual(sum(rows.mapped("left")), earned - settled, 2)
        self.assertEqual(self.on_account(self.liability), round(settled - earned, 2))
        self.assertEqual(self.on_account(self.expense), round(earned, 2))
        [(balance,)] = self.env["account.move.line"]._read_group(
            [("company_id", "=", self.company.id), ("parent_state", "=", "posted")], [], ["balance:sum"]
        )
        self.assertEqual(round(balance, 2), 0.0)
