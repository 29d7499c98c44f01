"""Odoo's own reconciliation models are executed; rules choose their lines; what waits is looked at again."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .cash_common import CashCommon


@tagged("post_install", "-at_install")
class TestCashModels(CashCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fees = cls.company_data["default_account_expense"]

    def _model(self, label, **values):
        values.setdefault("trigger", "auto_reconcile")
        values.setdefault("line_ids", [(0, 0, {"account_id": self.fees.id, "amount_string": "100", "label": "Fee"})])
        return self.env["account.reconcile.model"].create(
            {"name": f"Model {label}", "match_label": "contains", "match_label_param": label, **values}
        )

    def test_bank_fee_is_booked_by_its_model(self):
        model = self._model("ACCOUNT FEE")
        line = self._line(-12.5, "account fee march")
        self._match()
        self.assertEqual((line.b2b_state, line.b2b_automatic, line.is_reconciled), ("applied", True, True))
        self.assertEqual(self._balance(self.fees), 12.5)
        self.assertEqual(line.b2b_rule_id, model)
        self.assertEqual(line.move_id.line_ids.reconcile_model_id, model)
        self.assertFalse(self._case(line))

    def test_manual_model_is_a_proposal_that_a_person_accepts(self):
        self._model("account fee", trigger="manual")
        line = self._line(-12.5, "account fee march")
        self._match()
        self.assertEqual((line.b2b_state, line.b2b_proposal_ids.description), ("proposed", "Model account fee"))
        line.action_b2b_accept()
        self._check_ledger()
        self.assertEqual((line.b2b_state, self._balance(self.fees)), ("manual", 12.5))

    def test_model_with_tax_splits_it_off(self):
        tax = self.percent_tax(25.0)
        counterpart = {"account_id": self.fees.id, "amount_string": "100", "tax_ids": tax.ids, "label": "Fee"}
        self._model("fee with tax", line_ids=[(0, 0, counterpart)])
        line = self._line(-125.0, "fee with tax")
        self._match()
        base = line.move_id.line_ids.filtered("tax_ids")
        self.assertEqual((base.account_id, base.balance), (self.fees, 100.0))
        taxes = line.move_id.line_ids.filtered("tax_line_id")
        self.assertEqual((taxes.balance, taxes.tax_line_id), (25.0, tax))

    def test_model_reads_an_amount_and_books_the_rest(self):
        other = self.company_data["default_account_revenue"]
        self._model(
            "card",
            line_ids=[
                (
                    0,
                    0,
                    {
                        "account_id": self.fees.id,
                        "amount_type": "regex",
                        "amount_string": r"fee ([\d,]+)",
                        "sequence": 1,
                    },
                ),
                (0, 0, {"account_id": other.id, "amount_string": "100", "sequence": 2}),
            ],
        )
        line = self._line(-100.0, "card settlement fee 2,30")
        before = self._balance(other)
        self._match()
        self.assertTrue(line.is_reconciled)
        self.assertEqual((self._balance(self.fees), self._balance(other) - before), (2.3, 97.7))

    def test_unreadable_amount_is_set_aside_in_words(self):
        counterpart = {"account_id": self.fees.id, "amount_type": "regex", "amount_string": r"fee ([\d,]+)"}
        self._model("card", line_ids=[(0, 0, counterpart)])
        line = self._line(-100.0, "card settlement")
        self._match()
        self.assertEqual((line.b2b_state, line.is_reconciled), ("case", False))
        self.assertIn("has none", line.b2b_reason)

    def test_payments_come_before_models(self):
        invoice = self._invoice(100.0, "INV/2026/00100")
        self._model("INV")
        line = self._line(100.0, "INV/2026/00100")
        self._match()
        self.assertEqual((invoice.payment_state, self._balance(self.fees)), ("paid", 0.0))
        self.assertEqual(line.b2b_state, "applied")

    def test_partner_mapping_names_the_payer(self):
        invoice = self._invoice(321.0)
        self._model("shop payout", line_ids=[(0, 0, {"partner_id": self.quark.id, "amount_string": "100"})])
        line = self._line(321.0, "shop payout 77", partner_name="Payment Services")
        self._match()
        self.assertEqual((line.b2b_state, invoice.payment_state, line.partner_id), ("applied", "paid", self.quark))

    def test_partner_set_by_a_person_is_the_payer(self):
        other = self.env["res.partner"].create({"name": "Another Customer Ltd", "is_company": True})
        invoice = self._invoice(321.0, partner=other)
        line = self._from_quark(321.0)
        line.partner_id = other
        self._match()
        self.assertEqual((line.b2b_state, invoice.payment_state), ("applied", "paid"))

    def test_rule_for_some_journals_only(self):
        self.rule.match_journal_ids = self.bank.copy({"name": "Elsewhere", "code": "ELS", "bank_account_id": False})
        invoice = self._invoice(100.0, "INV/2026/00100")
        line = self._line(100.0, "INV/2026/00100")
        self._match()
        self.assertNotEqual(line.b2b_state, "applied")
        self.assertEqual(invoice.amount_residual, 100.0)

    def test_rule_that_only_proposes(self):
        self.rule.trigger = "manual"
        invoice = self._invoice(100.0, "INV/2026/00100")
        line = self._line(100.0, "INV/2026/00100")
        self._match()
        self.assertEqual((line.b2b_state, invoice.amount_residual), ("proposed", 100.0))
        line.action_b2b_accept()
        self.assertEqual((line.b2b_state, invoice.payment_state), ("manual", "paid"))

    def test_a_changed_rule_has_a_new_version(self):
        version = self.rule.b2b_version
        self.rule.b2b_grace_days = 5
        self.assertEqual(self.rule.b2b_version, version + 1)
        self.rule.name = "Renamed"
        self.assertEqual(self.rule.b2b_version, version + 1)

    def test_what_waits_is_looked_at_again(self):
        line = self._from_quark(444.0, "INV/2026/04444", date=fields.Date.today())
        undone = self._from_quark(55.0, "INV/2026/00055", date=fields.Date.today())
        self._match()
        self.assertEqual((line.b2b_state, undone.b2b_state), ("proposed" if line.b2b_proposal_ids else "case",) * 2)
        invoice = self._invoice(444.0, "INV/2026/04444")
        lines = self.env["account.bank.statement.line"]
        self.assertEqual(lines._b2b_look_again(self.company), 0, "too early")
        (line + undone).b2b_decided_at = fields.Datetime.now() - timedelta(hours=2)
        undone.b2b_by_hand_only = True
        self._invoice(55.0, "INV/2026/00055")
        self.assertEqual(lines._b2b_look_again(self.company), 1)
        self._check_ledger()
        self.assertEqual((line.b2b_state, invoice.payment_state), ("applied", "paid"))
        self.assertNotEqual(undone.b2b_state, "applied")
