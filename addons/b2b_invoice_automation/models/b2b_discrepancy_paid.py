"""Payment cases that close by themselves: what was asked for came, or what was paid too much was used up.

Each batch of cash application, and each line that a person applies, ends with a look at the open cases. A case closes
with what paid it as evidence; when that payment is taken back, it opens again.
"""

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from .b2b_discrepancy_booking import TRADE
from .b2b_discrepancy_cash import CHASE, CREDIT, REFUND

PAID = "paid"
OWED, TOO_MUCH = ("short", "returned"), ("over", "duplicate_payment", "closed_item")
MOST_TOLD = 10


class B2bDiscrepancy(models.Model):
    _inherit = "b2b.discrepancy"

    outcome_code = fields.Selection(selection_add=[(PAID, "Paid meanwhile")], ondelete={PAID: "set null"})

    @api.model
    def _close_paid(self, company):
        """Close the cases whose items are all settled, and open those again whose payment was taken back.

        :param company: res.company
        """
        self.env.flush_all()
        cases = self.sudo()
        for case in cases.browse(cases._with_items("open", company, are_open=False)):
            case._close_with(case._settled_by())
        for case in cases.browse(cases._with_items("solved", company, are_open=True)):
            case.write(
                {"state": "open", "outcome_code": False, "outcome": self.env._("What had paid it was taken back.")}
            )

    def _with_items(self, state, company, are_open):
        """Ids of the cases in a state whose items are, or are not, open. The bank line itself must be explained.

        What is owed is the invoice's; what was paid too much is the bank line's. A case about several invoices is a
        person's to close, because it does not say how much of each is owed.
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT discrepancy.id
                     FROM b2b_discrepancy discrepancy
                LEFT JOIN account_bank_statement_line line ON line.id = discrepancy.statement_line_id
                     JOIN account_move_line item ON (
                              discrepancy.type IN %(owed)s AND item.move_id = discrepancy.move_id
                           OR discrepancy.type IN %(too_much)s AND item.move_id = line.move_id)
                     JOIN account_account account ON account.id = item.account_id AND account.account_type IN %(trade)s
                    WHERE discrepancy.company_id = %(company)s AND discrepancy.state = %(state)s
                      AND item.parent_state = 'posted'
                      AND (%(state)s = 'open' OR discrepancy.outcome_code = %(paid)s)
                      AND (discrepancy.outcome_code IS NULL OR discrepancy.outcome_code IN %(codes)s)
                      AND (line.id IS NULL OR line.is_reconciled)
                      AND NOT EXISTS (SELECT 1 FROM b2b_discrepancy other
                                       WHERE other.key = discrepancy.key AND other.company_id = discrepancy.company_id
                                         AND other.state = 'open' AND other.id != discrepancy.id)
                 GROUP BY discrepancy.id
                   HAVING BOOL_OR(NOT item.reconciled) = %(are_open)s
                 ORDER BY discrepancy.id""",
                owed=OWED,
                too_much=TOO_MUCH,
                trade=TRADE,
                company=company.id,
                state=state,
                paid=PAID,
                codes=(CHASE, CREDIT, REFUND, PAID),
                are_open=are_open,
            )
        )
        return [case for (case,) in rows]

    def _settled_by(self):
        """The journal entries that settled the case's items, the last first, without the bank line it is about."""
        own = self.statement_line_id.move_id
        document = own if self.type in TOO_MUCH else self.move_id
        items = document.line_ids.filtered(lambda item: item.account_id.account_type in TRADE)
        partials = items.matched_debit_ids | items.matched_credit_ids
        entries = (partials.debit_move_id | partials.credit_move_id).move_id - own - items.move_id
        return entries.sorted(lambda entry: (entry.date, entry.id), reverse=True)

    def _close_with(self, entries):
        """Close this case; a credit note or refund that was only drafted for it is deleted."""
        self.outcome_move_id.filtered(lambda note: note.state == "draft").unlink()
        self.payment_id.filtered(lambda payment: payment.state == "draft").unlink()
        told = [f"{entry.name} ({format_date(self.env, entry.date)})" for entry in entries[:MOST_TOLD]]
        words = self.env._("Nothing is open any more: %s.", ", ".join(told)) if told else self.env._("Nothing is open.")
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self.write({"state": "solved", "outcome_code": PAID, "outcome": words})
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "match",
                    "record": self,
                    "decision": self.env._("Closed by itself: %s", self.name),
                    "rule": self.env._("Cases that are paid"),
                    "evidence": {"type": self.type, "entries": entries.mapped("name")},
                    "amount": self.amount_difference,
                    "currency": self.currency_id,
                }
            ]
        )


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    @api.model
    def _b2b_process_company(self, company, limit):
        handled = super()._b2b_process_company(company, limit)
        self.env["b2b.discrepancy"]._close_paid(company)
        return handled

    def _b2b_apply_by_hand(self, *args, **kwargs):
        result = super()._b2b_apply_by_hand(*args, **kwargs)
        self.env["b2b.discrepancy"]._close_paid(self.company_id)
        return result
