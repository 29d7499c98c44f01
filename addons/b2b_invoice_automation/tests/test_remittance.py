"""Remittance advices: kept, expected as cash, joined to the money; what differs from the money is for a person."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .cash_common import ACCOUNT, CashCommon

ADVICE = (
    "Payer;Quark Industries GmbH\nPayment reference;ZA-2026-0815\nPayment date;2026-03-16\n\n"
    "Invoice;Gross;Deduction;Amount paid;Reason\n"
    "INV/2026/00001;990.00;15.00;975.00;damaged goods\nINV/2026/00002;300.00;;300.00;\n"
)


@tagged("post_install", "-at_install")
class TestRemittance(CashCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls._invoice(990.0, "INV/2026/00001")
        cls.second = cls._invoice(300.0, "INV/2026/00002")

    def _take(self, text=ADVICE, name="advice.csv"):
        attachment = self.env["ir.attachment"].create({"name": name, "raw": text.encode()})
        action = self.env["b2b.remittance"].create_document_from_attachment(attachment.ids)
        self.assertFalse(attachment.exists())
        return self.env["b2b.remittance"].browse(action["res_id"])

    def test_upload_is_expected_cash_with_its_documents_found(self):
        advice = self._take()
        self.assertEqual((advice.state, advice.name, advice.partner_id), ("expected", "ZA-2026-0815", self.quark))
        self.assertEqual((advice.total, advice.deduction_total), (1275.0, 15.0))
        self.assertEqual(advice.line_ids.mapped("move_id"), self.first | self.second)
        self.assertEqual(advice.line_ids.mapped("status"), ["open", "open"])
        self.assertFalse(advice.warning)
        expected = self.env["b2b.overview"]._expected_cash(self.company, self.day)
        self.assertEqual(
            (expected["total"], expected["soon"], expected["late"], expected["count"]), (1275.0, 1275.0, 0.0, 1)
        )
        later = self.env["b2b.overview"]._expected_cash(self.company, self.day.replace(day=30))
        self.assertEqual((later["soon"], later["late"]), (0.0, 1275.0))

    def test_the_money_is_joined_by_payer_and_sum_and_applied_as_advised(self):
        advice = self._take()
        line = self._from_quark(1275.0, "collected payment")
        self._match()
        self.assertEqual((advice.state, advice.statement_line_id, line.b2b_state), ("joined", line, "applied"))
        self.assertEqual((self.second.payment_state, self.first.amount_residual), ("paid", 15.0))
        case = self._case(line)
        self.assertEqual(case.type, "short")
        self.assertIn("keeps back", case.reason)
        self.assertIn("damaged goods", case.reason)
        self.assertEqual(self.env["b2b.overview"]._expected_cash(self.company, self.day)["total"], 0.0)

    def test_the_payment_reference_joins_money_of_an_unknown_payer(self):
        advice = self._take()
        line = self._line(1275.0, "Zahlung ZA-2026-0815")
        self._match()
        self.assertEqual((advice.statement_line_id, line.b2b_state), (line, "applied"))

    def test_an_advice_waits_again_when_its_bank_line_is_deleted(self):
        advice = self._take()
        line = self._line(1275.0, "Zahlung ZA-2026-0815")
        self.env["b2b.remittance"]._join(line)
        self.assertEqual(advice.state, "joined")
        line.unlink()
        self.assertEqual((advice.state, advice.statement_line_id.id), ("expected", False))

    def test_money_that_differs_from_the_advice_is_not_applied(self):
        advice = self._take()
        line = self._line(1200.0, "Zahlung ZA-2026-0815")
        self._match()
        self.assertEqual(advice.statement_line_id, line)
        self.assertIn(line.b2b_state, ("proposed", "case"))
        self.assertEqual((self.first.amount_residual, self.second.amount_residual), (990.0, 300.0))
        self.assertIn("1,200.00", advice.warning)

    def test_an_unknown_document_is_said_and_nothing_else_is_paid_by_the_sum(self):
        other = self._invoice(1275.0, "INV/2026/00009")
        advice = self._take(ADVICE.replace("INV/2026/0000", "X-9"))
        self.assertIn("X-92", advice.warning)
        line = self._from_quark(1275.0, "collected payment")
        self._match()
        self.assertEqual(advice.statement_line_id, line)
        self.assertIn(line.b2b_state, ("proposed", "case"), "the sum alone would fit another invoice")
        self.assertIn("X-92", line.b2b_reason)
        self.assertEqual(other.amount_residual, 1275.0)

    def test_two_advices_that_fit_are_joined_to_none(self):
        advices = self._take() | self._take(ADVICE.replace("ZA-2026-0815", "ZA-2026-0816"), "other.csv")
        self._from_quark(1275.0, "collected payment")
        self._match()
        self.assertFalse(advices.statement_line_id)

    def test_what_cannot_be_read_is_kept_and_filled_in_by_hand(self):
        advice = self._take("%PDF-1.4 not a table", "advice.pdf")
        self.assertEqual((advice.state, bool(advice.file)), ("draft", True))
        self.assertIn("PDF", advice.problem)
        with self.assertRaises(UserError):
            advice.action_expect()
        advice.write({"line_ids": [(0, 0, {"number": "inv 2026-00002", "amount": 300.0})]})
        advice.action_expect()
        self.assertEqual((advice.state, advice.total, advice.line_ids.move_id), ("expected", 300.0, self.second))
        self.assertEqual(advice.partner_id, self.quark, "the document tells the payer")

    def test_a_stated_total_that_the_documents_do_not_make_is_said(self):
        advice = self._take(ADVICE + "Total;;;1280.00;\n")
        self.assertIn("1,275.00", advice.warning)
        self.assertIn("1,280.00", advice.warning)

    def test_the_list_in_a_bank_file_is_kept_joined_to_its_line(self):
        entry = {"amount": 1290.0, "text": "x", "ref": "R1", "name": "Quark Industries GmbH", "iban": ACCOUNT}
        listed = "".join(
            f"<Strd><RfrdDocInf><Nb>{number}</Nb></RfrdDocInf><RfrdDocAmt><RmtdAmt Ccy='USD'>{amount}</RmtdAmt>"
            "</RfrdDocAmt></Strd>"
            for number, amount in (("INV/2026/00001", "990.00"), ("INV/2026/00002", "300.00"))
        ).encode()
        content = self._camt([entry]).replace(b"<Ustrd>x</Ustrd>", listed)
        record = self.env["b2b.statement.import"]._import_file("day.xml", content)
        advice = self.env["b2b.remittance"].search([("statement_line_id", "in", record.line_ids.ids)])
        self.assertEqual((advice.state, advice.way, advice.total), ("joined", "bank", 1290.0))
        self._match()
        self.assertEqual((self.first.payment_state, self.second.payment_state), ("paid", "paid"))

    def test_what_a_bank_file_says_was_kept_back_is_in_the_advice(self):
        entry = {"amount": 280.0, "text": "x", "ref": "R1", "name": "Quark Industries GmbH", "iban": ACCOUNT}
        listed = (
            b"<Strd><RfrdDocInf><Nb>INV/2026/00002</Nb></RfrdDocInf><RfrdDocAmt>"
            b"<RmtAmtAndTp><Tp><Cd>REMI</Cd></Tp><Amt Ccy='USD'>280.00</Amt></RmtAmtAndTp>"
            b"<AdjstmntAmtAndRsn><Amt Ccy='USD'>20.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Rsn>06</Rsn>"
            b"<AddtlInf>two broken</AddtlInf></AdjstmntAmtAndRsn></RfrdDocAmt></Strd>"
        )
        content = self._camt([entry]).replace(b"<Ustrd>x</Ustrd>", listed)
        record = self.env["b2b.statement.import"]._import_file("day.xml", content)
        advice = self.env["b2b.remittance"].search([("statement_line_id", "in", record.line_ids.ids)])
        self.assertEqual((advice.total, advice.deduction_total), (280.0, 20.0))
        self.assertEqual(advice.line_ids.reason, "06 two broken")
        self._match()
        self.assertEqual(self.second.amount_residual, 20.0)

    def test_number_of_queries_does_not_grow_with_the_lines(self):
        advices = self.env["b2b.remittance"]
        self._take()
        counts = []
        for number in (2, 12):
            lines = self.env["account.bank.statement.line"].concat(
                *(self._line(100.0 + one, f"P-{number}-{one}") for one in range(number))
            )
            advices._join(lines)
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            advices._join(lines)
            advices._remittance_references(lines)
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0] + 1)

    def test_documents_of_many_lists_are_looked_up_once_also_where_their_payers_are_found_by_them(self):
        remittance = self.env["b2b.remittance"]
        look_up, asked = type(remittance)._moves_by_number, []

        def counted(advices, company, numbers):
            asked.append(sorted(numbers))
            return look_up(advices, company, numbers)

        with patch.object(type(remittance), "_moves_by_number", counted):
            advices = remittance.create(
                [
                    {"name": number, "line_ids": [Command.create({"number": number})]}
                    for number in ("INV/2026/00001", "inv-2026-00002")
                ]
            )
        self.assertEqual(asked, [["INV202600001", "INV202600002"]])
        self.assertEqual(advices.line_ids.move_id, self.first | self.second)
        self.assertEqual(advices.mapped("partner_id"), self.quark)

    def test_a_number_of_two_documents_is_told_apart_by_the_payer_that_the_others_tell(self):
        other = self.env["res.partner"].create({"name": "Other", "is_company": True})
        twin = self._invoice(50.0, "X/2026/00009", partner=other, payment_reference="RF0009")
        own = self._invoice(60.0, "X/2026/00010", payment_reference="RF0009")
        numbers = ("INV/2026/00001", "RF0009")
        advice = self.env["b2b.remittance"].create(
            {"name": "both", "line_ids": [Command.create({"number": number}) for number in numbers]}
        )
        self.assertEqual(advice.partner_id, self.quark)
        self.assertEqual(advice.line_ids.mapped("move_id"), self.first | own)
        self.assertNotIn(twin, advice.line_ids.move_id)

    def test_only_billing_clerks_hand_them_in_and_the_auditor_changes_nothing(self):
        advice = self._take()
        salesman = new_test_user(self.env, "salesman", groups="sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.env["b2b.remittance"].with_user(salesman).create_document_from_attachment([])
        auditor = new_test_user(
            self.env, "auditor", groups="b2b_invoice_automation.group_auditor", company_id=self.company.id
        )
        self.assertEqual(advice.with_user(auditor).name, "ZA-2026-0815")
        for method in ("action_cancel", "action_separate", "action_expect", "action_read_again"):
            with self.assertRaises(AccessError):
                getattr(advice.with_user(auditor), method)()
