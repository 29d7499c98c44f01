"""What a person decides about a bank line: accept, apply, put on account, write off, undo, flag."""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import formatLang

from ..order_to_cash.money import to_decimal
from . import decision_data
from .cash_booking import CashBooking, Entry


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _b2b_check_clerk(self):
        if not self.env.su and not self.env.user.has_group("b2b_invoice_automation.group_billing_clerk"):
            raise AccessError(
                self.env._("Bank lines are applied by billing clerks. Ask an administrator for that right.")
            )
        self.check_access("read")

    def action_b2b_accept(self):
        """Accept the best proposal of each selected line."""
        self._b2b_check_clerk()
        without = self.filtered(lambda line: not line.b2b_proposal_ids)
        if len(without) == len(self):
            raise UserError(self.env._("There is no proposal to accept. Apply the line by hand."))
        for line in self - without:
            line._b2b_accept(line.b2b_proposal_ids[:1])
        return True

    def _b2b_accept(self, proposal):
        self.ensure_one()
        self._b2b_check_clerk()
        allocations = [decision_data.allocation_from(data) for data in proposal.sudo().allocations]
        return self._b2b_apply_by_hand(allocations, proposal.currency_id)

    def _b2b_apply_by_hand(self, allocations, currency, remainder_account=None, write_off_account=None, note=None):
        """Apply a line as a person says.

        :param allocations: engine Allocations, in `currency`
        :param currency: res.currency of the items
        :param remainder_account: account for what is left over; None leaves it to be explained
        :param note: a sentence for the log
        """
        self.ensure_one()
        self._b2b_check_clerk()
        line = self.sudo()
        line._b2b_check_items(allocations)
        items = self.env["account.move.line"].sudo().browse([allocation.item for allocation in allocations])
        payers = items.partner_id.commercial_partner_id
        partner = payers if len(payers) == 1 else line.partner_id.commercial_partner_id or line.b2b_payer_id
        remainder = line._b2b_remainder(allocations, currency)
        decision = decision_data.made_by_person(line.id, currency.name, allocations, remainder)
        rule = self.env["account.reconcile.model"]
        CashBooking(line.company_id.sudo()).book(
            [Entry(line, decision, rule, partner, remainder_account, write_off_account)]
        )
        line._b2b_store_by_hand(decision, items, partner, note)
        if len(payers) == 1:
            self.env["b2b.payer.alias"]._learn(line, payers)
        return True

    def _b2b_remainder(self, allocations, currency):
        """What of the line is left over after the allocations, in their currency."""
        if currency != self.currency_id:
            return to_decimal(0)
        waiting = self._seek_for_lines()[1]
        return -to_decimal(waiting.amount_currency, 6) - sum(
            (allocation.amount for allocation in allocations), to_decimal(0)
        )

    def _b2b_check_items(self, allocations):
        items = self.env["account.move.line"].browse([allocation.item for allocation in allocations]).exists()
        residuals = {item.id: to_decimal(item.amount_residual_currency, 6) for item in items}
        for allocation in allocations:
            residual = residuals.get(allocation.item, to_decimal(0))
            if allocation.settled * residual <= 0 or abs(allocation.settled) > abs(residual):
                item = items.filtered(lambda item, key=allocation.item: item.id == key)
                raise UserError(
                    self.env._(
                        "%(document)s has %(open)s open now, less than the %(wanted)s to apply. Match the line again, "
                        "or apply it by hand.",
                        document=item.move_id.name or self.env._("A document"),
                        open=formatLang(self.env, float(residual), currency_obj=item.currency_id),
                        wanted=formatLang(self.env, float(allocation.settled), currency_obj=item.currency_id),
                    )
                )

    def _b2b_store_by_hand(self, decision, items, partner, note=None):
        names = ", ".join(items.move_id.mapped("name"))
        reason = note or self.env._("Applied by %(user)s to %(items)s.", user=self.env.user.name, items=names)
        self.b2b_proposal_ids.unlink()
        self._write_b2b(
            {
                "b2b_state": "manual",
                "b2b_reason": reason,
                "b2b_payer_id": partner.id,
                "b2b_decided_at": fields.Datetime.now(),
            }
        )
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "match",
                    "record": self,
                    "decision": reason,
                    "rule": self.env._("By hand"),
                    "evidence": decision_data.log_data(decision),
                    "amount": self.amount,
                    "currency": self.currency_id,
                    "company": self.company_id,
                }
            ]
        )
        self._b2b_settle_cases(reason)

    def action_b2b_on_account(self):
        """Keep what is not explained on the payer's account."""
        self._b2b_check_clerk()
        for line in self:
            partner = (line.partner_id or line.b2b_payer_id).commercial_partner_id
            if not partner:
                raise UserError(
                    self.env._(
                        "Nobody knows who paid “%(line)s”. Set the partner on the line first.", line=line.payment_ref
                    )
                )
            line._b2b_keep_on(
                line._b2b_receivable(partner),
                partner,
                self.env._(
                    "Put on the account of %(partner)s by %(user)s.", partner=partner.name, user=self.env.user.name
                ),
            )
            self.env["b2b.payer.alias"]._learn(line.sudo(), partner)
        return True

    def _b2b_keep_on(self, account, partner, note):
        """Book all that is not explained on one account."""
        self.ensure_one()
        line = self.sudo()
        remainder = line._b2b_remainder([], line.currency_id)
        decision = decision_data.made_by_person(line.id, line.currency_id.name, [], remainder)
        rule = self.env["account.reconcile.model"]
        CashBooking(line.company_id).book([Entry(line, decision, rule, partner, remainder_account=account)])
        line._b2b_store_by_hand(decision, self.env["account.move.line"], partner, note)

    def action_b2b_undo(self):
        """Take back what was applied, in one step."""
        self._b2b_check_clerk()
        self.sudo().action_undo_reconciliation()
        return True

    def action_b2b_match_again(self):
        """Let the rules look at these lines again, now."""
        self._b2b_check_clerk()
        waiting = self.sudo().filtered(lambda line: not line.is_reconciled)
        waiting._write_b2b({"b2b_state": "new"})
        for company, lines in waiting.grouped("company_id").items():
            if not self._b2b_lock(company):
                raise UserError(
                    self.env._(
                        "The bank lines of %(company)s are being matched. Try again in a minute.", company=company.name
                    )
                )
            lines.with_company(company)._b2b_match()
        return True

    def action_b2b_flag(self):
        """Open a case about this line."""
        self.ensure_one()
        self._b2b_check_clerk()
        self.env["b2b.discrepancy"]._flag(
            [
                {
                    **self._b2b_case_values("ambiguous"),
                    "name": self._b2b_case_name("ambiguous", self.env["account.move.line"]),
                }
            ]
        )
        return self.action_b2b_view_cases()

    def action_b2b_view_cases(self):
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_discrepancy_action")
        return {**action, "domain": [("statement_line_id", "in", self.ids)], "context": {}}

    def action_b2b_view_entry(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
        }

    def _b2b_check_authority(self, amount):
        """Refuse a write-off above what this user may write off."""
        company = self.company_id
        is_manager = self.env.su or self.env.user.has_group("b2b_invoice_automation.group_billing_manager")
        limit = company.b2b_write_off_limit_manager if is_manager else company.b2b_write_off_limit
        if abs(amount) > limit:
            raise UserError(
                self.env._(
                    "You may write off up to %(limit)s, this is %(amount)s. Ask a billing manager, or leave it to be "
                    "explained.",
                    limit=formatLang(self.env, limit, currency_obj=company.currency_id),
                    amount=formatLang(self.env, abs(amount), currency_obj=self.currency_id),
                )
            )

    def action_b2b_apply(self):
        """Choose invoices and amounts by hand."""
        self.ensure_one()
        self._b2b_check_clerk()
        wizard = self.env["b2b.apply.payment"]._open_for(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Apply by Hand"),
            "res_model": "b2b.apply.payment",
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }
