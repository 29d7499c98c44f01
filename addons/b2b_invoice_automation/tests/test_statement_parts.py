"""A collected booking that comes as one sum first and in parts later: one line, applied by what its parts say."""

from decimal import Decimal

from odoo.tests import tagged

from ..order_to_cash.cash import Allocation
from .cash_common import ACCOUNT, OWN_ACCOUNT, CashCommon
from .test_statement_confirmed import apply_in_part

DETAIL = (
    '<TxDtls><Refs><EndToEndId>{e2e}</EndToEndId></Refs><Amt Ccy="USD">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
    "<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
)
PARTS = [("300.00", "INV/2026/00001", "NOTPROVIDED"), ("450.00", "Rg INV/2026/00002", "NOTPROVIDED")]


@tagged("post_install", "-at_install")
class TestStatementParts(CashCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls._invoice(300.0, "INV/2026/00001")
        cls.second = cls._invoice(450.0, "INV/2026/00002")

    def _file(self, details, message="053"):
        roots = {"053": ("BkToCstmrStmt", "Stmt"), "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}
        root, container = roots[message]
        balances = "".join(
            f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="USD">{amount}</Amt>'
            f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{self.day}</Dt></Dt></Bal>"
            for code, amount in (("OPBD", "0.00"), ("CLBD", "750.00"))
            if message == "053"
        )
        payments = "".join(DETAIL.format(amount=amount, text=text, e2e=e2e) for amount, text, e2e in details)
        content = (
            f'<?xml version="1.0" encoding="UTF-8"?>'
            f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{message}.001.02"><{root}>'
            f"<GrpHdr><MsgId>M{message}</MsgId><CreDtTm>{self.day}T18:00:00</CreDtTm></GrpHdr><{container}>"
            f"<Id>S{message}</Id><ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>{self.day}T18:00:00</CreDtTm>"
            f"<Acct><Id><IBAN>{OWN_ACCOUNT}</IBAN></Id><Ccy>USD</Ccy></Acct>{balances}"
            f'<Ntry><Amt Ccy="USD">750.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>'
            f"<BookgDt><Dt>{self.day}</Dt></BookgDt><AcctSvcrRef>BATCH-7</AcctSvcrRef>"
            f"<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>{payments}</NtryDtls><AddtlNtryInf>Sammelgutschrift</AddtlNtryInf>"
            f"</Ntry></{container}></{root}></Document>"
        ).encode()
        record = self.env["b2b.statement.import"]._import_file(f"{message}.xml", content)
        self.assertEqual((record.state, record.error), ("done", False))
        return record

    def test_the_parts_that_come_later_tell_what_the_sum_pays(self):
        line = self._file([]).line_ids
        self._match()
        self.assertEqual((line.amount, line.b2b_state), (750.0, "case"))
        later = self._file(PARTS, "054")
        self.assertEqual((later.lines_created, later.duplicates_skipped), (0, 1))
        self.assertIn("1 collected bookings were here as one sum", later.notes)
        self.assertEqual(line.b2b_state, "new")
        self._match()
        self.assertEqual(
            (line.b2b_state, self.first.payment_state, self.second.payment_state), ("applied", "paid", "paid")
        )
        self.assertEqual(self._file(PARTS, "054").lines_created, 0)

    def test_own_references_of_the_parts_are_kept_as_an_advice(self):
        line = self._file([]).line_ids
        self._match()
        self._file([("300.00", "", "INV/2026/00001"), ("450.00", "", "INV/2026/00002")], "054")
        advice = self.env["b2b.remittance"].search([("statement_line_id", "=", line.id)])
        self.assertEqual(advice.line_ids.mapped("amount"), [300.0, 450.0])
        self._match()
        self.assertEqual((line.b2b_state, self.second.amount_residual), ("applied", 0.0))

    def test_parts_of_a_sum_that_has_an_advice_already_leave_that_alone(self):
        line = self._file([]).line_ids
        advice = self.env["b2b.remittance"].create(
            {"name": "by mail", "statement_line_id": line.id, "stated_total": 750.0, "state": "joined"}
        )
        self._file([("300.00", "", "INV/2026/00001"), ("450.00", "", "INV/2026/00002")], "054")
        self.assertEqual(self.env["b2b.remittance"].search([("statement_line_id", "=", line.id)]), advice)
        self.assertEqual(line.transaction_details["parts"], 2)

    def test_a_sum_that_is_applied_stays_as_it_is(self):
        line = self._file([]).line_ids
        line.partner_id = self.quark
        line.action_b2b_on_account()
        before = line.transaction_details
        later = self._file(PARTS, "054")
        self.assertFalse(later.notes)
        self.assertEqual((line.transaction_details, line.b2b_state), (before, "manual"))

    def test_a_mandate_is_learned_and_tells_the_payer_of_the_next_collection(self):
        details = {"text": "", "mandate_id": "MND-2026-0042"}
        line = self._line(300.0, "/", transaction_details=details)
        self.assertEqual(self.env["b2b.payer.alias"].search_count([("kind", "=", "mandate")]), 0)
        receivable = self.first.line_ids.filtered(lambda item: item.account_type == "asset_receivable")
        line._b2b_apply_by_hand([Allocation(receivable.id, Decimal("300.00"))], line.currency_id)
        alias = self.env["b2b.payer.alias"].search([("kind", "=", "mandate")])
        self.assertEqual((alias.name, alias.partner_id), ("MND-2026-0042", self.quark))
        following = self._line(450.0, "/", transaction_details=details)
        self._match()
        self.assertEqual((following.b2b_state, self.second.payment_state), ("applied", "paid"))

    def test_charges_that_the_bank_states_explain_what_is_missing(self):
        charges = [{"amount": "15.00", "currency": "USD", "included": True}]
        details = {"text": "INV/2026/00001", "charges": charges}
        line = self._line(285.0, "INV/2026/00001", account_number=ACCOUNT, transaction_details=details)
        self._match()
        self.assertEqual((line.b2b_state, self.first.amount_residual), ("applied", 15.0))
        self.assertEqual(self._case(line).deduction_reason, "bank_charge")

    def test_a_sum_that_is_applied_in_part_keeps_that_and_learns_its_parts(self):
        line = self._file([]).line_ids
        self._match()
        apply_in_part(line, self.first)
        self.assertIn("1 collected bookings were here as one sum", self._file(PARTS, "054").notes)
        self.assertIn("INV/2026/00002", line.payment_ref)
        self.assertEqual((line.b2b_state, line.b2b_open_amount, self.first.payment_state), ("case", 450.0, "paid"))

    def test_who_paid_the_rest_of_a_line_is_said_without_touching_what_is_applied(self):
        line = self._line(400.0, "no name")
        self._match()
        apply_in_part(line, self.first)
        other = self.env["res.partner"].create({"name": "Pion AG"})
        line.action_workbench_payer(line._workbench_version(), other.id)
        self.assertEqual((line._workbench_payer(), line.b2b_open_amount), (other, 100.0))
        line.action_b2b_on_account()
        kept = line._b2b_open_on_account()
        self.assertEqual((kept.partner_id, kept.amount_residual, self.first.payment_state), (other, -100.0, "paid"))
        self._check_ledger()
