"""Odoo's own reconciliation models and partner mappings are executed; rules choose their lines and accounts."""

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .cash_common import CashCommon


@tagged("post_install", "-at_install")
class TestCashModels(CashCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fees = cls.company_data["default_account_expense"]
        cls.other = cls.company_data["default_account_revenue"].copy({"code": "499001"})
        cls.company.b2b_write_off_limit = 5.0

    def _model(self, label, *parts, **values):
        parts = parts or ({"label": "Fee"},)
        lines = [
            {"account_id": self.fees.id, "amount_string": "100", "sequence": at, **part}
            for at, part in enumerate(parts)
        ]
        conditions = {"match_label": "contains", "match_label_param": label} if label else {}
        return self.env["account.reconcile.model"].create(
            {
                "name": f"Model {label}",
                "trigger": "auto_reconcile",
                "line_ids": [Command.create(line) for line in lines],
                **conditions,
                **values,
            }
        )

    def test_bank_fee_is_booked_by_its_model(self):
        todo = self.env.ref("mail.mail_activity_data_todo")
        model = self._model("ACCOUNT FEE", next_activity_type_id=todo.id)
        line = self._line(-12.5, "account fee march")
        self._match()
        self.assertEqual((line.b2b_state, line.b2b_automatic, line.is_reconciled), ("applied", True, True))
        self.assertEqual((self._balance(self.fees), line.b2b_rule_id, line.b2b_score), (12.5, model, 100))
        booked = line.move_id.line_ids.filtered(lambda item: item.account_id == self.fees)
        self.assertEqual((booked.name, booked.reconcile_model_id), ("Fee", model))
        self.assertEqual(line.move_id.activity_ids.activity_type_id, todo)
        self.assertFalse(self._case(line))
        line.action_b2b_undo()
        self.assertEqual((self._balance(self.fees), line.b2b_state), (0.0, "case"))

    def test_manual_model_is_a_proposal_that_a_clerk_accepts(self):
        model = self._model("account fee", trigger="manual")
        line = self._line(-12.5, "account fee march")
        self._match()
        self.assertEqual((line.b2b_state, line.b2b_proposal_ids.model_id), ("proposed", model))
        (candidate,) = line._workbench_candidates()[line.id]
        self.assertEqual((candidate["kind"], candidate["model_id"], candidate["rest"]), ("model", model.id, 0.0))
        clerk = new_test_user(self.env, "fee_clerk", groups="b2b_invoice_automation.group_billing_clerk")
        line.with_user(clerk).action_b2b_accept()
        self._check_ledger()
        self.assertEqual((line.b2b_state, self._balance(self.fees)), ("manual", 12.5))

    def test_model_whose_conditions_do_not_hold_needs_authority(self):
        model = self._model("account fee", trigger="manual")
        clerk = new_test_user(self.env, "other_clerk", groups="b2b_invoice_automation.group_billing_clerk")
        line = self._line(-12.5, "something else")
        with self.assertRaisesRegex(UserError, "You may write off up to"):
            line.with_user(clerk)._b2b_apply_model(model)
        small = self._line(-4.5, "something else")
        small.with_user(clerk)._b2b_apply_model(model)
        self.assertEqual((small.is_reconciled, self._balance(self.fees)), (True, 4.5))

    def test_taxes_are_part_of_the_amount(self):
        for use, amount, base, tax in (("purchase", -125.0, 100.0, 25.0), ("sale", 125.0, -100.0, -25.0)):
            with self.subTest(use):
                rate = self.percent_tax(25.0, type_tax_use=use)
                self._model(f"with tax {use}", {"tax_ids": [Command.set(rate.ids)]})
                line = self._line(amount, f"with tax {use}")
                self._match()
                self.assertEqual((line.b2b_state, line.is_reconciled), ("applied", True), line.b2b_reason)
                items = line.move_id.line_ids
                self.assertEqual(items.filtered("tax_ids").mapped("balance"), [base])
                self.assertEqual(items.filtered("tax_line_id").mapped("balance"), [tax])
                self.assertFalse(items.filtered("tax_line_id").tax_repartition_line_id.document_type == "refund")

    def test_amounts_are_counted_as_odoo_documents_them(self):
        cases = {
            "card 2,30 percent": ([{"amount_type": "regex", "amount_string": r"card ([\d,]+)"}, {}], (2.3, 97.7)),
            "fixed": ([{"amount_type": "fixed", "amount_string": "-3.5"}, {}], (3.5, 96.5)),
            "of the line": ([{"amount_type": "percentage_st_line", "amount_string": "10"}, {}], (10.0, 90.0)),
            "of the balance": ([{"amount_string": "10"}, {"amount_string": "100"}], (10.0, 90.0)),
            "payout 1.234,50-": ([{"amount_type": "regex", "amount_string": r"-?[\d.,]+"}, {}], (1234.5, -1134.5)),
        }
        for label, (parts, expected) in cases.items():
            with self.subTest(label):
                before = self._balance(self.fees), self._balance(self.other)
                self._model(
                    label, *[{**part, "account_id": (self.fees, self.other)[at].id} for at, part in enumerate(parts)]
                )
                line = self._line(-100.0, label)
                self._match()
                self.assertTrue(line.is_reconciled, line.b2b_reason)
                after = self._balance(self.fees), self._balance(self.other)
                self.assertEqual(tuple(round(b - a, 2) for a, b in zip(before, after, strict=True)), expected)

    def test_unreadable_amount_is_set_aside_in_words(self):
        self._model("card", {"amount_type": "regex", "amount_string": r"fee ([\d,]+)"})
        line = self._line(-100.0, "card settlement")
        self._match()
        self.assertEqual((line.b2b_state, line.is_reconciled), ("case", False))
        self.assertIn("finds none in “card settlement”", line.b2b_reason)

    def test_a_model_that_leaves_a_rest_only_proposes(self):
        self._model("half", {"amount_string": "50"})
        line = self._line(-100.0, "half of it")
        self._match()
        self.assertEqual((line.b2b_state, line.is_reconciled), ("proposed", False))
        line.action_b2b_accept()
        self.assertEqual((self._balance(self.fees), line.b2b_open_amount), (50.0, -50.0))

    def test_payments_come_before_models_unless_the_model_stands_first(self):
        invoice = self._invoice(100.0, "INV/2026/00100")
        model = self._model("INV")
        line = self._line(100.0, "INV/2026/00100")
        self._match()
        self.assertEqual((invoice.payment_state, self._balance(self.fees)), ("paid", 0.0))
        line.action_b2b_undo()
        model.sequence = self.rule.sequence - 1
        line.action_b2b_match_again()
        self.assertEqual((line.b2b_rule_id, invoice.amount_residual), (model, 100.0))

    def test_model_of_one_customer_and_an_amount(self):
        self._model(
            False,
            match_partner_ids=[Command.set(self.quark.ids)],
            match_amount="between",
            match_amount_min=-50,
            match_amount_max=-1,
        )
        lines = self._from_quark(-20.0) + self._from_quark(20.0) + self._from_quark(-60.0) + self._line(-20.0)
        self._match()
        self.assertEqual([line.b2b_state == "applied" for line in lines], [True, False, False, False])

    def test_partner_mapping_names_the_payer(self):
        mapping = self.env["account.reconcile.model"].create(
            {
                "name": "Shop payouts",
                "match_label": "contains",
                "match_label_param": "SHOP PAYOUT",
                "line_ids": [Command.create({"partner_id": self.quark.id, "amount_string": "100"})],
            }
        )
        self.assertEqual(mapping.mapped_partner_id, self.quark)
        invoice = self._invoice(321.0)
        line = self._line(321.0, "shop payout 77", partner_name="Payment Services")
        other = self._line(321.0, "another payout", partner_name="Payment Services")
        self._match()
        self.assertEqual((line.b2b_state, invoice.payment_state, line.partner_id), ("applied", "paid", self.quark))
        self.assertIn("payer_mapping", [found["kind"] for found in line.b2b_evidence])
        self.assertNotEqual(other.b2b_state, "applied")

    def test_a_mapping_against_the_bank_account_is_a_tie(self):
        delta = self.env["res.partner"].create({"name": "Delta Works Ltd", "is_company": True})
        self.env["account.reconcile.model"].create(
            {
                "name": "Delta",
                "match_label": "contains",
                "match_label_param": "delta",
                "line_ids": [Command.create({"partner_id": delta.id, "amount_string": "100"})],
            }
        )
        self._invoice(321.0, partner=delta)
        line = self._from_quark(321.0, "delta")
        self._match()
        self.assertEqual((line.b2b_state, line.is_reconciled), ("case", False))

    def test_partner_set_by_a_person_is_the_payer(self):
        other = self.env["res.partner"].create({"name": "Another Customer Ltd", "is_company": True})
        invoice = self._invoice(321.0, partner=other)
        line = self._from_quark(321.0, partner_id=other.id)
        self._match()
        self.assertEqual((line.b2b_state, invoice.payment_state), ("applied", "paid"))
        line.action_b2b_undo()
        self.assertEqual(line.partner_id, other)

    def test_rules_for_some_journals_labels_and_customers(self):
        invoice = self._invoice(100.0, "INV/2026/00100")
        line = self._from_quark(100.0, "INV/2026/00100")
        key = self.env["res.partner.category"].create({"name": "Key accounts"})
        elsewhere = self.bank.copy({"name": "Elsewhere", "code": "ELS", "bank_account_id": False})
        for values in (
            {"match_journal_ids": [Command.set(elsewhere.ids)]},
            {"match_label": "not_contains", "match_label_param": "inv/2026"},
            {"match_label": "match_regex", "match_label_param": "^PO"},
            {"match_amount": "greater", "match_amount_min": 100.01},
            {"b2b_category_ids": [Command.set(key.ids)]},
        ):
            with self.subTest(values):
                unset = dict.fromkeys(values, False) | {"match_journal_ids": False, "b2b_category_ids": False}
                self.rule.write(values)
                line.action_b2b_match_again()
                self.assertNotEqual(line.b2b_state, "applied")
                self.assertEqual(invoice.amount_residual, 100.0)
                self.rule.write(unset)
        self.quark.category_id = key
        self.rule.b2b_category_ids = key
        line.action_b2b_match_again()
        self.assertEqual((line.b2b_state, invoice.payment_state), ("applied", "paid"))

    def test_a_group_of_customers_has_its_own_tolerance(self):
        key = self.env["res.partner.category"].create({"name": "Strict"})
        self.quark.category_id = key
        strict = self.rule.copy({"b2b_category_ids": [Command.set(key.ids)], "b2b_final": True, "sequence": 1})
        strict.write({"b2b_tolerance_amount": 0.0, "trigger": "auto_reconcile"})
        invoice = self._invoice(990.0, "INV/2026/00990")
        line = self._from_quark(989.5, "INV/2026/00990")
        self._match()
        self.assertEqual((invoice.amount_residual, line.b2b_rule_id, self._case(line).type), (0.5, strict, "short"))

    def test_bank_charges_are_booked_within_their_limit(self):
        with self.assertRaisesRegex(ValidationError, "choose the account on which bank charges are booked"):
            self.rule.b2b_charge_amount = 20.0
        self.rule.write({"b2b_charge_amount": 20.0, "b2b_charge_account_id": self.fees.id})
        paid = self._invoice(990.0, "INV/2026/00990")
        too_much = self._invoice(880.0, "INV/2026/00880")
        silent = self._invoice(770.0, "INV/2026/00770")
        line = self._from_quark(975.0, "INV/2026/00990 charges SHA")
        self._from_quark(859.0, "INV/2026/00880 charges SHA")
        self._from_quark(755.0, "INV/2026/00770")
        self._match()
        self.assertEqual((paid.amount_residual, self._balance(self.fees)), (0.0, 15.0))
        self.assertEqual((too_much.amount_residual, silent.amount_residual), (21.0, 15.0))
        self.assertIn("a bank on the way kept", line.b2b_reason)
        self.assertFalse(self._case(line))

    def test_the_limits_of_a_rule_are_in_the_company_currency(self):
        self.rule.write({"b2b_tolerance_amount": 2.0, "b2b_charge_percent": 5.0})
        rule = self.rule._b2b_engine_rule()
        self.assertEqual((rule.limit_currency, rule.charge_percent), (self.company.currency_id.name, 5))
        with self.assertRaisesRegex(ValidationError, "0 allows nothing"):
            self.rule.b2b_charge_percent = -1.0

    def test_a_changed_rule_has_a_new_version(self):
        version = self.rule.b2b_version
        self.rule.b2b_grace_days = 5
        self.assertEqual(self.rule.b2b_version, version + 1)
        self.rule.name = "Renamed"
        self.assertEqual(self.rule.b2b_version, version + 1)
