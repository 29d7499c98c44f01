"""Bank lines of a branch: its accounts are those of the company it belongs to, its open items its own."""

from odoo.tests import new_test_user, tagged

from .cash_common import CashCommon


@tagged("post_install", "-at_install")
class TestCashBranch(CashCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head = cls.company
        cls.company = cls.env["res.company"].create({"name": "Branch", "parent_id": cls.head.id})
        cls.cr.precommit.run()  # gives the branch its accounts
        cls.env.user.company_ids += cls.company
        cls.env.user.company_id = cls.company
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": (cls.company | cls.head).ids})
        cls.bank = cls.env["account.journal"].create(
            {"name": "Bank of the branch", "type": "bank", "code": "BBR", "company_id": cls.company.id}
        )
        cls.sales = cls.env["account.journal"].create(
            {"name": "Sales of the branch", "type": "sale", "code": "SBR", "company_id": cls.company.id}
        )
        cls.rule = cls.env["account.reconcile.model"]._b2b_rules(cls.company)
        cls.rule.trigger = "auto_reconcile"

    def test_its_own_items_are_matched(self):
        invoice = self._invoice(500.0, "BR/2026/00500", journal_id=self.sales.id)
        near = self._invoice(990.0, "BR/2026/00990", journal_id=self.sales.id)
        of_head = self._invoice(700.0, "BR/2026/00700", journal_id=self.company_data["default_journal_sale"].id)
        self.assertEqual((invoice.company_id, of_head.company_id), (self.company, self.head))
        lines = [
            self._from_quark(500.0, "BR/2026/00500"),
            self._from_quark(989.5, "BR/2026/00990"),
            self._from_quark(700.0, "BR/2026/00700"),
        ]
        self._match()
        self.assertEqual([line.b2b_state for line in lines][:2], ["applied"] * 2, [line.b2b_reason for line in lines])
        self.assertEqual((invoice.amount_residual, near.amount_residual, of_head.amount_residual), (0.0, 0.0, 700.0))

    def test_its_items_are_found_in_the_workbench(self):
        invoice = self._invoice(500.0, "BR/2026/00500", journal_id=self.sales.id)
        line = self._from_quark(44.0, "something")
        self._match()
        clerk = new_test_user(
            self.env,
            "branch_clerk",
            groups="b2b_invoice_automation.group_billing_clerk",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        bench = self.env["b2b.workbench"].with_user(clerk).with_context(allowed_company_ids=self.company.ids)
        seen = bench.get_items(line.id, "BR/2026/00500")
        self.assertEqual([item["document"] for item in seen["items"]], [invoice.name])
