"""What a screen is given about a bank line: places in its text, and what may explain it."""

from odoo.tests import tagged

from .cash_common import CashCommon


@tagged("post_install", "-at_install")
class TestCashCandidates(CashCommon):
    def test_candidates_have_documents_amounts_and_what_is_left(self):
        first = self._invoice(100.0, "INV/2026/00100")
        self._invoice(200.0, "INV/2026/00200")
        self._invoice(300.0, "INV/2026/00300")
        line = self._from_quark(300.0)
        self._match()
        found = line._workbench_candidates()[line.id]
        self.assertEqual(
            [[part["document"] for part in candidate["allocations"]] for candidate in found[:2]],
            [["INV/2026/00300"], ["INV/2026/00100", "INV/2026/00200"]],
        )
        self.assertEqual([(candidate["amount"], candidate["rest"]) for candidate in found[:2]], [(300.0, 0.0)] * 2)
        part = found[1]["allocations"][0]
        self.assertEqual((part["open"], part["amount"], part["partner"]), (100.0, 100.0, "Quark Industries GmbH"))
        self.assertEqual(part["item"], first.line_ids.filtered(lambda item: item.date_maturity).id)
        self.assertTrue(found[0]["reason"])

    def test_spans_are_places_in_the_label(self):
        self._invoice(5000.0, "INV/2026/01072")
        line = self._line(12.34, "Payment INV/2026/01072 thanks")
        self._match()
        (span,) = line._recognised_spans()[line.id]
        self.assertEqual(line.payment_ref[span["start"] : span["end"]], "INV/2026/01072")
        self.assertEqual((span["kind"], span["number"]), ("document_number", "INV/2026/01072"))

    def test_a_reference_of_its_own_field_is_shown_where_the_text_repeats_it(self):
        invoice = self._invoice(5000.0, "INV/2026/01072")
        line = self._line(12.34, f"Ref {invoice.payment_reference}")
        line.transaction_details = {"structured_references": [invoice.payment_reference]}
        self._match()
        (span,) = line._recognised_spans()[line.id]
        self.assertEqual(line.payment_ref[span["start"] : span["end"]], invoice.payment_reference)
        self.assertEqual(span["kind"], "structured_reference")

    def test_many_lines_cost_no_more_queries_than_few(self):
        for number in range(20):
            self._invoice(5000.0 + number, f"INV/2026/{number:05d}")
        lines = self.env["account.bank.statement.line"].browse(
            [self._from_quark(12.0, f"INV/2026/{number:05d}").id for number in range(20)]
        )
        self._match()

        def queries(some):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._workbench_candidates()
            some._recognised_spans()
            return self.env.cr.sql_log_count - before

        queries(lines[:1])
        self.assertLessEqual(queries(lines), queries(lines[:2]) + 2)
