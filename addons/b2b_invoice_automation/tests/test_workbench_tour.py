"""The workbench in a browser: five lines by keyboard only, then the ledger is looked at."""

from odoo.tests import HttpCase, new_test_user, tagged

from .test_workbench import CLERK, WorkbenchCommon


@tagged("post_install", "-at_install")
class TestWorkbenchTour(WorkbenchCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.trigger = "manual"
        # Debian's Odoo leaves out this library of the video calls, which is an error on every page of the web client.
        cls.env["ir.asset"].create(
            {
                "name": "left out by Debian",
                "bundle": "web.assets_backend",
                "directive": "remove",
                "path": "mail/static/lib/selfie_segmentation/selfie_segmentation.js",
            }
        )
        # Made before the browser asks: its other requests wait for the same cursor meanwhile, and not for ever.
        for bundle in ("web.assets_web", "web.assets_tests"):
            cls.env["ir.qweb"]._get_asset_bundle(bundle, css=False, js=True, debug_assets=False).js()
        cls.env["ir.qweb"]._get_asset_bundle("web.assets_web", css=True, js=False, debug_assets=False).css()
        cls.keys = new_test_user(
            cls.env, "bench-keys", groups=CLERK, company_id=cls.company.id, company_ids=[(6, 0, cls.company.ids)]
        )
        cls.fresh = cls.env["res.partner"].create({"name": "Prepaying AG", "is_company": True})
        cls.exact, cls.short, cls.over = (
            cls._invoice(amount, number)
            for amount, number in ((500.0, "INV/2026/00500"), (990.0, "INV/2026/00990"), (700.0, "INV/2026/00700"))
        )
        cls.lines = [
            cls._line(500.0, "exact INV/2026/00500"),
            cls._line(975.0, "short INV/2026/00990"),
            cls._line(120.0, "prepayment", partner_name="Prepaying AG"),
            cls._line(703.0, "over INV/2026/00700"),
            cls._line(44.0, "whose is this"),
        ]

    def setUp(self):
        super().setUp()
        self._match()

    def _tour(self, name):
        self.start_tour("/odoo/apply-payments", name, login="bench-keys", timeout=240)

    def test_five_lines_by_keyboard_only(self):
        self._tour("b2b_workbench_keys")
        self.env.invalidate_all()
        self._check_ledger()
        *applied, asked = self.lines
        self.assertEqual([line.is_reconciled for line in self.lines], [True] * 4 + [False])
        self.assertEqual([line.b2b_state for line in applied], ["manual"] * 4)
        self.assertEqual([invoice.amount_residual for invoice in (self.exact, self.short, self.over)], [0.0, 15.0, 0.0])
        self.assertEqual(self._balance(self.receivable), 15.0 - 120.0)
        self.assertEqual(self._balance(self.company.default_cash_difference_income_account_id), -3.0)
        deduction = self._case(applied[1]).filtered(lambda case: case.state == "open")
        self.assertEqual((deduction.deduction_reason, deduction.reason), ("bank_charge", "Says the bank"))
        question = self._case(asked).activity_ids
        self.assertIn("Is this one of yours?", question.note)
        self.assertTrue(question.user_id)

    def test_mouse_and_keys_in_turn(self):
        self._tour("b2b_workbench_mouse_and_keys")
        self.env.invalidate_all()
        self._check_ledger()
        self.assertEqual([line.b2b_state for line in self.lines[:3]], ["manual", "case", "manual"])

    def test_enter_in_a_search_takes_what_its_words_found(self):
        self._tour("b2b_workbench_search")
        self.env.invalidate_all()
        self.assertEqual(self.lines[-1].b2b_payer_id or self.lines[-1].partner_id, self.quark)

    def test_a_line_is_applied_on_a_phone(self):
        self.browser_size = "390x844"
        self.touch_enabled = True
        self._tour("b2b_workbench_phone")
        self.assertEqual((self.exact.payment_state, self.lines[0].b2b_state), ("paid", "manual"))

    def test_a_returned_payment_is_taken_back_with_one_key(self):
        invoice = self._invoice(610.0, "INV/2026/00610")
        reference = {"text": "INV/2026/00610", "end_to_end_id": "E2E-610"}
        self.rule.trigger = "auto_reconcile"
        paid = self._line(610.0, "INV/2026/00610", b2b_end_to_end_id="E2E-610", transaction_details=reference)
        self._match()
        self.assertEqual(invoice.payment_state, "paid")
        self.rule.trigger = "manual"
        back = self._line(
            -610.0, "RETURN AC04", transaction_details={**reference, "text": "RETURN AC04", "is_return": True}
        )
        self._match()
        self._tour("b2b_workbench_return")
        self.env.invalidate_all()
        self._check_ledger()
        self.assertEqual((back.b2b_reversed_line_id, invoice.amount_residual), (paid, 610.0))
