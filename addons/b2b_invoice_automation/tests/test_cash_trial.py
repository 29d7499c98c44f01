"""A rule is tried on what happened: with the books as they stood then, and without changing anything."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .cash_common import CashCommon

UNTOUCHED = ("account_move", "account_move_line", "account_partial_reconcile", "account_bank_statement_line")
UNTOUCHED += ("b2b_decision", "b2b_discrepancy", "b2b_match_proposal", "b2b_payer_alias")


@tagged("post_install", "-at_install")
class TestCashTrial(CashCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.day = fields.Date.today() - timedelta(days=20)
        cls.rule.trigger = "manual"

    def _by_hand(self, line, *parts):
        from ..order_to_cash.cash import Allocation
        from ..order_to_cash.money import to_decimal

        allocations = []
        for invoice, amount in parts:
            item = invoice.line_ids.filtered(lambda one: one.account_type == "asset_receivable")
            allocations.append(Allocation(item.id, to_decimal(amount)))
        line._b2b_apply_by_hand(allocations, line.currency_id)

    def _try(self, rule=None):
        action = (rule or self.rule).action_b2b_try()
        return self.env["b2b.rule.trial"].browse(action["res_id"])

    def _marks(self):
        self.env.flush_all()
        marks = {}
        for table in UNTOUCHED:
            self.env.cr.execute(f"SELECT md5(string_agg(t::text, '' ORDER BY t.id)) FROM {table} t")
            marks[table] = self.env.cr.fetchone()
        return marks

    def test_each_line_is_compared_with_what_was_done(self):
        first, second = self._invoice(100.0, "INV/2026/00100"), self._invoice(100.0, "INV/2026/00101")
        third, fourth = self._invoice(300.0, "INV/2026/00300"), self._invoice(400.0, "INV/2026/00400")
        same = self._from_quark(300.0, "INV/2026/00300")
        other = self._from_quark(100.0, "INV/2026/00100")
        left = self._from_quark(400.0, "INV/2026/00400")
        people = self._from_quark(55.0, "/")
        both = self._line(77.0, "who knows")
        self._by_hand(same, (third, 300.0))
        self._by_hand(other, (second, 100.0))
        self._by_hand(people, (first, 55.0))
        before = self._marks()
        trial = self._try()
        self.assertEqual(self._marks(), before)
        found = {line.statement_line_id: line for line in trial.line_ids}
        self.assertEqual(
            {line: one.verdict for line, one in found.items()},
            {same: "same", other: "different", left: "new", people: "people", both: "open"},
        )
        self.assertEqual((trial.line_count, trial.applied_count), (5, 3))
        self.assertEqual((trial.same_count, trial.different_count, trial.new_count, trial.people_count), (1, 1, 1, 1))
        self.assertIn("INV/2026/00100", found[other].would)
        self.assertIn("INV/2026/00101", found[other].did)
        self.assertEqual(found[other].document_ids, first + second)
        self.assertEqual((found[other].did_by, found[left].did_by), ("By hand", ""))
        self.assertEqual(fourth.amount_residual, 400.0)

    def test_the_books_are_those_of_each_lines_day(self):
        """What was paid before the line is not open to it; what was paid after it is."""
        early = self._invoice(250.0)
        later = self._invoice(250.0)
        cash = self._from_quark(250.0, "cash", date=self.day - timedelta(days=5))
        self._by_hand(cash, (early, 250.0))
        line = self._from_quark(250.0)
        self._by_hand(line, (later, 250.0))
        trial = self._try()
        found = {one.statement_line_id: one.verdict for one in trial.line_ids}
        self.assertEqual(found[cash], "people", "two invoices fitted it then")
        self.assertEqual(found[line], "same", "only one was left")

    def test_what_people_taught_by_a_line_is_not_known_to_it(self):
        invoice = self._invoice(250.0)
        line = self._line(250.0, "/", partner_name="Payment Agency 4711 Ltd")
        self._by_hand(line, (invoice, 250.0))
        self.assertTrue(self.env["b2b.payer.alias"].search([("partner_id", "=", self.quark.id)]))
        self.assertEqual(self._try().line_ids.verdict, "people")

    def test_a_reconciliation_model_is_tried_too(self):
        fees = self.company_data["default_account_expense"]
        model = self.env["account.reconcile.model"].create(
            {
                "name": "Fees",
                "match_label": "contains",
                "match_label_param": "fee",
                "line_ids": [Command.create({"account_id": fees.id, "amount_string": "100"})],
            }
        )
        done, left = self._line(-12.5, "fee March"), self._line(-13.5, "fee April")
        done._b2b_apply_model(model)
        self._line(-9.0, "something else")
        trial = self._try(model)
        self.assertEqual(
            {one.statement_line_id: one.verdict for one in trial.line_ids if one.would_apply},
            {done: "same", left: "new"},
        )

    def test_a_model_above_the_rules_is_tried_before_them_and_one_that_leaves_a_rest_books_nothing(self):
        fees = self.company_data["default_account_expense"]
        line_values = {"account_id": fees.id, "amount_type": "percentage", "amount_string": "100"}
        model = self.env["account.reconcile.model"].create(
            {
                "name": "Card settlements",
                "sequence": self.rule.sequence - 1,
                "match_label": "contains",
                "match_label_param": "card",
                "line_ids": [Command.create(line_values)],
            }
        )
        self._invoice(100.0, "INV/2026/00100")
        line = self._from_quark(100.0, "card INV/2026/00100")
        self.assertEqual(self._try(model).line_ids.verdict, "new", "it is asked before the number is read")
        model.sequence = self.rule.sequence + 1
        self.assertEqual(self._try(model).line_ids.verdict, "open", "the number comes first")
        model.write({"sequence": self.rule.sequence - 1})
        model.line_ids.amount_string = "60"
        self.assertEqual(self._try(model).line_ids.verdict, "open")
        model.trigger = "auto_reconcile"
        self._match()
        self.assertNotEqual(line.b2b_rule_id, model, "as the trial said, it leaves a rest and books nothing")

    def test_a_rule_is_tried_alone_or_among_the_others(self):
        """A rule of names only does not see the number that an automatic rule before it would have taken."""
        self._invoice(100.0, "INV/2026/00100")
        line = self._line(100.0, "INV/2026/00100")
        last = self.rule.copy({"name": "Large ones only", "sequence": self.rule.sequence + 1, "trigger": "manual"})
        last.write({"match_amount": "greater", "match_amount_min": 5000.0})
        manual = self.rule.copy({"name": "Only proposes", "sequence": self.rule.sequence - 1, "trigger": "manual"})
        trial = self._try(last)
        verdict = lambda: trial.line_ids.filtered(lambda one: one.statement_line_id == line).verdict  # noqa: E731
        self.assertEqual(verdict(), "open", "alone it takes only large payments")
        trial.with_others = True
        trial.action_try()
        self.assertEqual(verdict(), "open", "the other rules only propose")
        self.rule.trigger = "auto_reconcile"
        trial.action_try()
        self.assertEqual(verdict(), "new", "an automatic rule would have applied it")
        self.assertEqual(manual.trigger, "manual")

    def test_switching_on(self):
        trial = self._try()
        trial.action_switch_on()
        self.assertEqual(self.rule.trigger, "auto_reconcile")

    def test_queries_do_not_grow_with_lines(self):
        def queries(count, start):
            for number in range(start, start + count):
                self._invoice(1000.0 + number, f"INV/2026/{number:05d}")
                self._from_quark(1000.0 + number, f"INV/2026/{number:05d}")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._try()
            return self.env.cr.sql_log_count - before

        queries(1, 1)
        few = queries(5, 100)
        self.assertLessEqual(queries(25, 200), few * 1.1)
