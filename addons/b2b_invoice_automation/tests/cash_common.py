"""Builders for cash application tests: invoices, bank lines, bank files. The company counts in dollars."""

from datetime import timedelta
from xml.sax.saxutils import escape

from odoo import fields
from odoo.fields import Command

from .company_common import CompanyCommon

ACCOUNT = "DE44500105175407324931"
OWN_ACCOUNT = "DE89370400440532013000"


class CashCommon(CompanyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.env.user.group_ids += cls.env.ref("b2b_invoice_automation.group_billing_manager")
        cls.bank = cls.company_data["default_journal_bank"]
        cls.bank.set_bank_account(OWN_ACCOUNT)
        cls.day = fields.Date.to_date("2026-03-16")
        cls.quark = cls.env["res.partner"].create({"name": "Quark Industries GmbH", "is_company": True})
        cls.env["res.partner.bank"].create({"acc_number": ACCOUNT, "partner_id": cls.quark.id})
        cls.rule = cls.env["account.reconcile.model"]._b2b_rules(cls.company)
        cls.rule.trigger = "auto_reconcile"

    @classmethod
    def _invoice(cls, amount, number=None, partner=None, currency=None, **values):
        """A posted invoice over an amount without tax; a negative amount makes a credit note."""
        day = values.pop("day", cls.day - timedelta(days=30))
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice" if amount > 0 else "out_refund",
                "partner_id": (partner or cls.quark).id,
                "invoice_date": day,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "goods",
                            "account_id": cls.company_data["default_account_revenue"].id,
                            "price_unit": abs(amount),
                            "quantity": 1,
                            "tax_ids": False,
                        }
                    )
                ],
                **({"currency_id": currency.id} if currency else {}),
                **({"name": number} if number else {}),
                **values,
            }
        )
        move.action_post()
        return move

    @classmethod
    def _line(cls, amount, text="/", journal=None, **values):
        """A bank line that waits to be matched."""
        values.setdefault("date", cls.day)
        return cls.env["account.bank.statement.line"].create(
            {"journal_id": (journal or cls.bank).id, "amount": amount, "payment_ref": text, **values}
        )

    @classmethod
    def _from_quark(cls, amount, text="/", **values):
        return cls._line(amount, text, account_number=ACCOUNT, partner_name="Quark Industries GmbH", **values)

    def _match(self):
        """Match all new lines, and check that the ledger is whole."""
        handled, remaining = self.env["account.bank.statement.line"]._b2b_process_batch(1000, self.company)
        self.assertFalse(remaining)
        self._check_ledger()
        return handled

    def _check_ledger(self):
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT aml.move_id FROM account_move_line aml WHERE aml.company_id = %s AND aml.parent_state = 'posted'
                GROUP BY aml.move_id HAVING round(sum(aml.balance)::numeric, 2) != 0""",
            [self.company.id],
        )
        self.assertEqual(self.env.cr.fetchall(), [], "unbalanced entries")

    def _balance(self, account):
        """What stands on an account."""
        groups = self.env["account.move.line"]._read_group(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")], [], ["balance:sum"]
        )
        return round(groups[0][0], 2)

    def _case(self, line):
        return self.env["b2b.discrepancy"].search([("statement_line_id", "=", line.id)])

    @classmethod
    def _camt(cls, entries, opening=0.0, account=OWN_ACCOUNT, currency="USD", message="053", number=1, reports=None):
        """A CAMT file.

        :param entries: dicts with amount, and optionally text, name, iban, ref, e2e, status
        """
        roots = {"053": ("BkToCstmrStmt", "Stmt"), "052": ("BkToCstmrAcctRpt", "Rpt")}
        root, container = roots[message]
        closing = opening + sum(entry["amount"] for entry in entries)
        body = "".join(_entry(entry, currency, cls.day) for entry in entries)
        balances = "".join(
            f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{abs(amount):.2f}</Amt>'
            f"<CdtDbtInd>{'CRDT' if amount >= 0 else 'DBIT'}</CdtDbtInd><Dt><Dt>{cls.day}</Dt></Dt></Bal>"
            for code, amount in (("OPBD", opening), ("CLBD", closing))
            if message == "053"
        )
        namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.{message}.001.02"
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{namespace}">'
            f"<{root}><GrpHdr><MsgId>M{number}</MsgId><CreDtTm>{cls.day}T18:00:00</CreDtTm></GrpHdr><{container}>"
            f"<Id>S{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{cls.day}T18:00:00</CreDtTm>"
            f"<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>{currency}</Ccy></Acct>{balances}{body}</{container}></{root}></Document>"
        ).encode()


def _entry(entry, currency, day):
    amount = entry["amount"]
    role = "Dbtr" if amount > 0 else "Cdtr"
    iban = entry.get("iban", "")
    account = f"<{role}Acct><Id><IBAN>{iban}</IBAN></Id></{role}Acct>" if iban else ""
    return (
        f'<Ntry><Amt Ccy="{currency}">{abs(amount):.2f}</Amt><CdtDbtInd>{"CRDT" if amount > 0 else "DBIT"}</CdtDbtInd>'
        f"<Sts>{entry.get('status', 'BOOK')}</Sts><BookgDt><Dt>{entry.get('day', day)}</Dt></BookgDt>"
        f"<AcctSvcrRef>{entry.get('ref', '')}</AcctSvcrRef>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{entry.get('e2e', 'NOTPROVIDED')}</EndToEndId></Refs>"
        f"<RltdPties><{role}><Nm>{escape(entry.get('name', 'Somebody'))}</Nm></{role}>{account}</RltdPties>"
        f"<RmtInf><Ustrd>{escape(entry.get('text', ''))}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )
