"""How much of the money goes through untouched: by payment and by invoice, in the company's currency."""

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .test_workbench import WorkbenchCommon


@tagged("post_install", "-at_install")
class TestCashTouchless(WorkbenchCommon):
    def setUp(self):
        super().setUp()
        self.before = self._figures()

    def _figures(self):
        self.env.flush_all()
        with freeze_time(fields.Date.add(self.day, days=10)):
            figures = self.env["b2b.overview"].with_company(self.company).get_figures()["touchless"]
        return {row["key"]: row for row in figures}

    def _since(self, key):
        """Automatic, all, and both values, since the test began."""
        now = self._figures()[key]
        names = ("automatic", "all", "automatic_value", "all_value")
        return tuple(round(now[name] - self.before[key][name], 2) for name in names)

    def test_payments_count_in_the_company_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        euro.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"name": "2020-01-01", "currency_id": euro.id, "rate": 0.5, "company_id": self.company.id}
        )
        bank = self.bank.copy({"currency_id": euro.id})
        self._invoice(100.0, "INV/2026/00100")
        self._from_quark(100.0, "INV/2026/00100")
        self._line(300.0, "nobody knows", journal=bank)
        self._match()
        self.assertEqual(self._since("payments"), (1, 2, 100.0, 700.0))

    def test_what_a_person_undid_is_not_untouched(self):
        self._invoice(100.0, "INV/2026/00100")
        line = self._from_quark(100.0, "INV/2026/00100")
        self._match()
        self.assertEqual((self._since("payments")[:2], self._since("paid")[:2]), ((1, 1), (1, 1)))
        line.with_user(self.clerk).action_b2b_undo()
        self.assertEqual((self._since("payments")[:2], self._since("paid")[:2]), ((0, 1), (0, 0)))

    def test_an_invoice_is_untouched_when_all_its_money_is(self):
        both, alone, by_hand = (self._invoice(amount, f"INV/2026/00{amount:.0f}") for amount in (500.0, 700.0, 300.0))
        first = self._waiting_line(400.0, "part")
        self._apply(first, both, {"to": "part"})
        self._from_quark(100.0, "INV/2026/00500")
        self._from_quark(700.0, "INV/2026/00700")
        self._match()
        register = self.env["account.payment.register"].with_context(active_model="account.move")
        register.with_context(active_ids=by_hand.ids).create({"payment_date": self.day})._create_payments()
        self.assertEqual({one.payment_state for one in (both, alone)}, {"paid"})
        self.assertEqual(self._since("paid"), (1, 3, 700.0, 1500.0))

    def test_lines_without_an_amount_count_nowhere(self):
        progress = self.env["b2b.workbench"].with_user(self.clerk)._progress()
        line = self._line(0.0, "interest 0.00")
        self._match()
        self.assertEqual((line.b2b_state, line.b2b_reason), (False, "The line has no amount."))
        self.assertEqual(self.env["b2b.workbench"].with_user(self.clerk)._progress(), progress)
        self.assertEqual(self._since("payments")[:2], (0, 0))
        self.assertEqual(self._seen(line)["state"], "none")
