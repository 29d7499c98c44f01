"""What a person decides about a bank line: apply, put on account, write off, undo, flag."""

from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date, formatLang

from ..order_to_cash.money import round_half_up, to_decimal
from . import decision_data
from .cash_booking import CashBooking, Entry

DEFAULT_EXCHANGE_PERCENT = 3.0


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _b2b_check_clerk(self):
        if not self.env.su and not self.env.user.has_group("b2b_invoice_automation.group_billing_clerk"):
            raise AccessError(
                self.env._("Bank lines are applied by billing clerks. Ask an administrator for that right.")
            )
        self.check_access("read")

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
        line._b2b_check_items(allocations, currency)
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

    def _b2b_waiting_currency(self):
        """The currency of what is not explained yet: the payer's where the line names one, else the account's."""
        return self._seek_for_lines()[1].currency_id or self.currency_id

    def _b2b_waiting_in(self, currency):
        """What of the line is not explained yet, as a Decimal in a currency.

        Another currency than the line's is counted by what the bank says was paid in it, else at the rate of the day.
        Without a rate it counts nothing.
        """
        waiting = self._seek_for_lines()[1]
        amount = -to_decimal(sum(waiting.mapped("amount_currency")), 6)
        own = self._b2b_waiting_currency()
        if currency == own:
            return amount
        details = self.transaction_details if isinstance(self.transaction_details, dict) else {}
        instructed = to_decimal(details.get("instructed_amount") or 0)
        if instructed and details.get("instructed_currency") == currency.name and own == self.currency_id:
            paid = abs(instructed) * amount / abs(to_decimal(self.amount, 6))
            return round_half_up(paid, currency.rounding)
        if not self._b2b_has_rates(own | currency):
            return to_decimal(0)
        return to_decimal(own._convert(float(amount), currency, self.company_id, self.date), 6)

    def _b2b_has_rates(self, currencies):
        return currencies == currencies._b2b_with_rate(self.company_id, self.date)

    def _b2b_remainder(self, allocations, currency):
        """What of the line is left over after the allocations, in their currency.

        :raises UserError: when the allocations take more than the line has, or take money the other way
        """
        waiting = self._b2b_waiting_in(currency)
        applied = sum((allocation.amount for allocation in allocations), to_decimal(0))
        if currency != self._b2b_waiting_currency():
            self._b2b_check_exchange(waiting, applied, currency)
            return to_decimal(0)
        if applied * waiting < 0 or abs(applied) > abs(waiting):
            raise UserError(
                self.env._(
                    "“%(line)s” has %(waiting)s left to apply, so %(applied)s cannot be applied. Apply no more than "
                    "was paid, in the direction in which it was paid.",
                    line=self.payment_ref,
                    waiting=formatLang(self.env, float(waiting), currency_obj=currency),
                    applied=formatLang(self.env, float(applied), currency_obj=currency),
                )
            )
        return waiting - applied

    def _b2b_check_exchange(self, waiting, applied, currency):
        """Refuse to pay items of another currency when the rates do not explain the difference, or there are none."""
        own = self._b2b_waiting_currency()
        if not waiting and not self._b2b_has_rates(own | currency):
            raise UserError(
                self.env._(
                    "There is no exchange rate from %(own)s to %(currency)s on %(day)s. Enter one, then apply "
                    "“%(line)s” again.",
                    own=own.name,
                    currency=currency.name,
                    day=format_date(self.env, self.date),
                    line=self.payment_ref,
                )
            )
        rule = self.b2b_rule_id or self.env["account.reconcile.model"]._b2b_rules(self.company_id)[:1]
        percent = to_decimal(rule.b2b_exchange_percent if rule else DEFAULT_EXCHANGE_PERCENT, 4)
        if abs(applied - waiting) * 100 > abs(waiting) * percent:
            raise UserError(
                self.env._(
                    "“%(line)s” has %(own)s left, which is %(waiting)s on %(day)s. %(applied)s is more than "
                    "%(percent)s %% off that, too much for an exchange difference. Apply an amount near %(waiting)s, "
                    "or correct the exchange rate.",
                    line=self.payment_ref,
                    own=formatLang(self.env, float(self._b2b_waiting_in(own)), currency_obj=own),
                    waiting=formatLang(self.env, float(waiting), currency_obj=currency),
                    day=format_date(self.env, self.date),
                    applied=formatLang(self.env, float(applied), currency_obj=currency),
                    percent=f"{float(percent):g}",
                )
            )

    def _b2b_check_items(self, allocations, currency):
        """Refuse items that are not open in this company and currency, and more than is open on one in all."""
        items = self.env["account.move.line"].browse([allocation.item for allocation in allocations]).exists()
        foreign = items.filtered(lambda item: item.currency_id != currency or item.company_id != self.company_id)
        if foreign:
            raise UserError(
                self.env._(
                    "%(documents)s: choose items of %(company)s in %(currency)s only.",
                    documents=", ".join(foreign.mapped("move_name")),
                    company=self.company_id.name,
                    currency=currency.name,
                )
            )
        residuals = {item.id: to_decimal(item.amount_residual_currency, 6) for item in items}
        wanted = defaultdict(lambda: to_decimal(0))
        for allocation in allocations:
            wanted[allocation.item] += allocation.settled
        for key, settled in wanted.items():
            residual = residuals.get(key, to_decimal(0))
            if settled * residual <= 0 or abs(settled) > abs(residual):
                item = items.filtered(lambda item, key=key: item.id == key)
                raise UserError(
                    self.env._(
                        "%(document)s has %(open)s open now, less than the %(wanted)s to apply. Match the line again, "
                        "or apply it by hand.",
                        document=item.move_id.name or self.env._("A document"),
                        open=formatLang(self.env, float(residual), currency_obj=item.currency_id),
                        wanted=formatLang(self.env, float(settled), currency_obj=item.currency_id),
                    )
                )

    def _b2b_store_by_hand(self, decision, items, partner, note=None):
        names = ", ".join(items.move_id.mapped("name"))
        reason = note or self.env._("Applied by %(user)s to %(items)s.", user=self.env.user.name, items=names)
        if not self.is_reconciled:
            currency = self._b2b_waiting_currency()
            amount = formatLang(self.env, float(self._b2b_waiting_in(currency)), currency_obj=currency)
            reason = f"{reason} {self.env._('%(amount)s is left to be explained.', amount=amount)}"
        self.b2b_proposal_ids.unlink()
        self._write_b2b(
            {
                "b2b_state": "manual" if self.is_reconciled else "case",
                "b2b_reason": reason,
                "b2b_payer_id": (partner or self.b2b_payer_id).id,
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
        currency = line._b2b_waiting_currency()
        remainder = line._b2b_remainder([], currency)
        decision = decision_data.made_by_person(line.id, currency.name, [], remainder)
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
        waiting = self.sudo().filtered(lambda line: not line.is_reconciled and not line._seek_for_lines()[2])
        if not waiting:
            raise UserError(
                self.env._("All of it is applied, or a part of it: apply the rest by hand, or undo the line first.")
            )
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
        """Refuse a write-off above what this user may write off.

        :param float amount: in the currency of what waits; the limit is in the company's, at the day's rate
        """
        company = self.company_id
        limit = company._b2b_write_off_limit()
        counted = self._b2b_waiting_currency()._convert(abs(amount), company.currency_id, company, self.date)
        if company.currency_id.compare_amounts(counted, limit) > 0:
            raise UserError(
                self.env._(
                    "You may write off up to %(limit)s, this is %(amount)s. Ask a billing manager, or leave it to be "
                    "explained.",
                    limit=formatLang(self.env, limit, currency_obj=company.currency_id),
                    amount=formatLang(self.env, counted, currency_obj=company.currency_id),
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
