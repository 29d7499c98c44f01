"""The bookkeeping that outcomes of payment cases make: credit notes, write-offs, refunds, fees; and taking it back.

Apart from the buttons, which check who may; these methods run with all rights and only book.
"""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .b2b_discrepancy_cash import ACCOUNT, CHASE, CREDIT, FEE, REFUND, WRITE_OFF
from .cash_booking import QUIET

TRADE = ("asset_receivable", "liability_payable")


class B2bDiscrepancy(models.Model):
    _inherit = "b2b.discrepancy"

    def _open_items(self):
        """The open journal items that the case is about: the invoice's, or what the payment left on account."""
        if self.type in ("short", "returned"):
            items = self.move_id.line_ids
        else:
            items = self.statement_line_id.move_id.line_ids
        return items.filtered(lambda item: item.account_id.account_type in TRADE and not item.reconciled)

    def _open_amount(self):
        """What is to be settled: the difference, but no more than is open.

        :raises UserError: when nothing is open any more
        """
        items = self._open_items()
        open_amount = sum(items.mapped("amount_residual_currency"))
        amount = abs(open_amount)
        if self.type == "short":
            amount = min(amount, abs(self.amount_difference))
        if not items or self.currency_id.is_zero(amount):
            raise UserError(
                self.env._(
                    "Nothing is open that “%s” is about: it was paid or credited meanwhile. Close it with “Settled”.",
                    self.name,
                )
            )
        return amount

    # -- credit notes --------------------------------------------------------------------------------------------------

    def _make_credit_note(self, amount):
        """A draft credit note of exactly this much, tax included, with the invoice's taxes in proportion."""
        invoice = self.move_id
        taxes = self.env["account.tax"]
        base_lines, _tax_lines = invoice._get_rounded_base_and_tax_lines()
        parts = taxes._reduce_base_lines_to_target_amount(
            base_lines=[line for line in base_lines if line["special_type"] is False],
            company=self.company_id,
            amount_type="fixed",
            amount=amount,
            computation_key=f"deduction,{self.id}",
        )
        taxes._fix_base_lines_tax_details_on_manual_tax_amounts(base_lines=parts, company=self.company_id)
        note = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": invoice.partner_id.id,
                "commercial_partner_id": invoice.commercial_partner_id.id,
                "company_id": self.company_id.id,
                "journal_id": invoice.journal_id.id,
                "currency_id": invoice.currency_id.id,
                "fiscal_position_id": invoice.fiscal_position_id.id,
                "invoice_payment_term_id": False,
                "invoice_date": fields.Date.context_today(self),
                "reversed_entry_id": invoice.id,
                "invoice_origin": invoice.name,
                "ref": self.env._("Deduction of %s", invoice.name),
                "invoice_line_ids": [Command.create(self._credit_note_line(part)) for part in parts],
            }
        )
        if note.currency_id.compare_amounts(note.amount_total, amount):
            raise UserError(
                self.env._(
                    "The taxes of %s cannot be split to this amount. Make the credit note by hand.", invoice.name
                )
            )
        return note

    def _credit_note_line(self, part):
        reasons = dict(self._fields["deduction_reason"]._description_selection(self.env))
        return {
            "name": f"{self.move_id.name}: {reasons.get(self.deduction_reason) or self.env._('Deduction')}",
            "quantity": part["quantity"],
            "price_unit": part["price_unit"],
            "account_id": part["account_id"].id,
            "tax_ids": [Command.set(part["tax_ids"].ids)],
            "extra_tax_data": self.env["account.tax"]._export_base_line_extra_tax_data(part),
        }

    def _post_credit_note(self, note):
        if note.state == "draft":
            note.action_post()
        item = note.line_ids.filtered(lambda line: line.account_id.account_type in TRADE and not line.reconciled)
        (item | self._open_items().filtered(lambda line: line.account_id == item.account_id)).reconcile()

    # -- write-offs ----------------------------------------------------------------------------------------------------

    def _make_write_off(self, amount):
        """An entry that closes what is open against the company's account for differences, posted and reconciled."""
        entry, rest = self.env["account.move"], amount
        for item in self._open_items():
            part = min(rest, abs(item.amount_residual_currency))
            if self.currency_id.compare_amounts(part, 0) > 0:
                entry |= self._write_off_item(item, part if item.amount_residual_currency > 0 else -part)
                rest -= part
        return entry[:1]

    def _write_off_item(self, item, part):
        """:param float part: signed as the item's residual, in its currency"""
        company = self.company_id
        share = part / item.amount_residual_currency
        balance = company.currency_id.round(item.amount_residual * share)
        account = self._difference_account(part)
        name = self.env._("Written off: %s", self.name)
        sides = ((item.account_id, -part, -balance), (account, part, balance))
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": self._general_journal().id,
                "date": fields.Date.context_today(self),
                "ref": name,
                "line_ids": [
                    Command.create(
                        {
                            "name": name,
                            "account_id": side.id,
                            "partner_id": item.partner_id.id,
                            "currency_id": item.currency_id.id,
                            "amount_currency": amount,
                            "balance": counted,
                        }
                    )
                    for side, amount, counted in sides
                ],
            }
        )
        entry.action_post()
        (entry.line_ids.filtered(lambda line: line.account_id == item.account_id) | item).reconcile()
        return entry

    def _difference_account(self, part):
        """Where a difference goes: for a deduction the rule's own account, where it has one."""
        company = self.company_id
        own = self.statement_line_id.b2b_rule_id.b2b_deduction_account_id if self.type == "short" else False
        account = own or (
            company.default_cash_difference_expense_account_id
            if part > 0
            else company.default_cash_difference_income_account_id
        )
        if not account:
            raise UserError(
                self.env._("No account is set for cash differences. Set it in the company's accounting settings.")
            )
        return account

    def _general_journal(self):
        journal = self.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", self.company_id.id)], limit=1
        )
        if not journal:
            raise UserError(self.env._("%s has no journal for miscellaneous entries. Make one.", self.company_id.name))
        return journal

    # -- money back ----------------------------------------------------------------------------------------------------

    def _put_on_account(self):
        """Book what of the bank line is not explained on the payer's account."""
        line = self.statement_line_id
        if not line.is_reconciled:
            if not line._workbench_payer() and self.partner_id:
                line.sudo()._write_told({"partner_id": self.partner_id.id, "b2b_partner_set": True})
            line.action_b2b_on_account()

    def _draft_refund(self, asker):
        """A draft payment to the customer of what it has too much, to be sent by a billing manager.

        :param asker: this case with the rights of whoever asks
        """
        asker._put_on_account()
        amount, payer = self._open_amount(), self.statement_line_id.partner_id or self.partner_id
        journal = self.statement_line_id.journal_id
        self.payment_id = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": payer.commercial_partner_id.id,
                "amount": amount,
                "currency_id": self.currency_id.id,
                "journal_id": journal.id,
                "company_id": self.company_id.id,
                "memo": self.env._("Refund: %s", self.statement_line_id.payment_ref),
            }
        )
        if not self.payment_id.outstanding_account_id:  # without one it has no entry that closes the credit
            self.payment_id.outstanding_account_id = self.payment_id._get_outstanding_account("outbound")
        self.write({"outcome_code": REFUND, "state": "open"})

    def _post_refund(self):
        payment = self.payment_id
        if payment.state == "draft":
            payment.action_post()
        items = payment.move_id.line_ids.filtered(lambda line: line.account_id == payment.destination_account_id)
        if items:
            (items | self._open_items().filtered(lambda line: line.account_id == items.account_id)).reconcile()

    def _withdraw_outcomes(self):
        """Let bank lines be undone or deleted: delete refunds and credit notes that were only drafted, and their tasks.

        :raises UserError: when money was paid back, or what was paid too much was written off
        """
        for case in self:
            if case.type == "over" and case.outcome_code == WRITE_OFF:
                raise UserError(
                    self.env._("What was paid too much is written off. Take that back on “%s” first.", case.name)
                )
            if case.payment_id.state in ("in_process", "paid"):
                raise UserError(
                    self.env._(
                        "%s was paid back already. Take the refund back on its case first.", case.payment_id.name
                    )
                )
            note = case.outcome_move_id.filtered(lambda move: move.state == "draft")
            if case.payment_id or note:
                case.payment_id.filtered(lambda payment: payment.state == "draft").unlink()
                note.unlink()
                case.activity_unlink(["mail.mail_activity_data_todo"])
                case.write({"payment_id": False, "outcome_code": False, **({"outcome_move_id": False} if note else {})})

    # -- fees ----------------------------------------------------------------------------------------------------------

    def _book_fee(self, env):
        """Book what waits on the bank line of a returned payment on the account for bank fees.

        :param env: of whoever asks
        :returns: the amount
        """
        line = self.statement_line_id
        waiting = line._seek_for_lines()[1]
        if not waiting:
            raise UserError(self.env._("The bank charged nothing for “%s”: all of it is explained.", line.payment_ref))
        amount = sum(waiting.mapped("amount_currency"))
        company = self.company_id
        account = company.b2b_bank_fee_account_id or company.default_cash_difference_expense_account_id
        if not account:
            raise UserError(self.env._("No account is set for bank fees. Set it in the settings of Order to Cash."))
        line.with_env(env)._b2b_keep_on(account, self.env["res.partner"], self.env._("Fee of a returned payment."))
        return amount

    def _undo_fee(self):
        line = self.statement_line_id
        company = self.company_id
        account = company.b2b_bank_fee_account_id or company.default_cash_difference_expense_account_id
        fee = line._seek_for_lines()[2].filtered(lambda item: item.account_id == account)
        fee.with_context(**QUIET).write({"account_id": line.journal_id.suspense_account_id.id})
        line._write_b2b({"b2b_state": "case"})

    # -- taking back ---------------------------------------------------------------------------------------------------

    def _undo_outcome(self, asker):
        """Undo what was booked. Posted documents are reversed, never altered."""
        code = self.outcome_code
        if code in (CREDIT, WRITE_OFF):
            self._undo_move()
        elif code == REFUND:
            self._undo_refund()
        elif code == ACCOUNT:
            asker.statement_line_id.action_b2b_undo()
        elif code == FEE:
            self._undo_fee()
        elif code != CHASE:
            raise UserError(self.env._("Undo the bank line itself, in the workbench."))

    def _undo_move(self):
        move = self.outcome_move_id
        if move.state == "draft":
            move.unlink()
            return
        items = move.line_ids.filtered(lambda line: line.account_id.account_type in TRADE)
        items.with_context(b2b_lines_stay=True).remove_move_reconcile()
        move._reverse_moves(
            [{"date": fields.Date.context_today(self), "ref": self.env._("Taken back: %s", move.name)}], cancel=True
        )

    def _undo_refund(self):
        payment = self.payment_id
        if payment.state == "draft":
            payment.unlink()
            return
        if payment.is_matched:
            raise UserError(
                self.env._("%s has left the bank already. Undo the bank line that paid it first.", payment.name)
            )
        if payment.is_sent:
            raise UserError(
                self.env._(
                    "%s was sent to the bank already. Recall it there and unmark it as sent first.", payment.name
                )
            )
        payment = payment.with_context(b2b_lines_stay=True)
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        payment.action_cancel()
