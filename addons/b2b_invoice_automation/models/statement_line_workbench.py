"""What a person does with a bank line in the workbench: each button is one call, and one call is one transaction.

A call names the version of the line that the person saw. When somebody else, or a rule, changed the line meanwhile,
nothing is done and the person is told. The arithmetic of the difference is `order_to_cash.cash.by_hand`.
"""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import formatLang

from ..order_to_cash.cash import Allocation
from ..order_to_cash.cash.by_hand import difference, is_short, stay_open, written_off
from ..order_to_cash.money import round_half_up, to_decimal
from . import decision_data

TOO_MUCH = ("account", "write_off", "refund")
TOO_LITTLE = ("part", "write_off", "deduction")


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _workbench_version(self):
        """A text that changes with whatever a person decides by."""
        open_amount = 0 if self.is_reconciled else self.amount_residual
        payers = f"{self.partner_id.id}/{self.b2b_payer_id.id}"
        return f"{self.id}/{self.b2b_state}/{open_amount:.6f}/{payers}/{self.b2b_decided_at}"

    def _workbench_take(self, version):
        """Take this line for a person's decision.

        :raises AccessError: for users who may not apply bank lines
        :raises UserError: when another session works on it, or it is not what the person saw
        """
        self.ensure_one()
        self._b2b_check_clerk()
        if not self.sudo().try_lock_for_update():
            raise UserError(
                self.env._("“%(line)s” is being worked on by somebody else. Try again.", line=self.payment_ref)
            )
        if version != self._workbench_version():
            raise UserError(
                self.env._(
                    "“%(line)s” was changed meanwhile: %(reason)s Nothing was done. Look at it again.",
                    line=self.payment_ref,
                    reason=self.b2b_reason or self.env._("its payer or its amount is another now."),
                )
            )

    # -- applying ----------------------------------------------------------------------------------------------------

    def action_workbench_apply(self, version, items, rest=None, proposal_id=False):
        """Apply this line.

        :param str version: as `b2b.workbench.get_line` gave it
        :param items: list of dicts with ``item`` (journal item) and ``amount`` (to take off it), in order
        :param rest: what becomes of the difference: dict with ``to`` (account, write_off or refund where money is
            left over; part, write_off or deduction where it is short), and for a deduction ``reason`` and ``note``
        :param proposal_id: the proposal that these items were chosen by; its discounts count while its amounts do
        """
        self._workbench_take(version)
        rest = rest or {}
        proposal = self._workbench_proposal(proposal_id)
        if (proposal.model_id or proposal.reversed_line_id) and not items:
            return self._b2b_accept(proposal)
        currency = self._workbench_currency(items)
        extras = self._workbench_extras(proposal, items)
        money = self._b2b_waiting_in(currency)
        wanted = self._workbench_wanted(items, currency)
        left = difference(money, wanted) if currency == self._b2b_waiting_currency() else to_decimal(0)
        self._workbench_check_rest(left, money, rest.get("to"), currency)
        allocations = self._workbench_allocations(wanted, left, money, rest.get("to"), extras)
        self._workbench_check_write_off(allocations, proposal, extras)
        booked = [one for one in allocations if one.settled]
        self._b2b_apply_by_hand(
            booked, currency, remainder_account=self._workbench_account(allocations, left, money, rest)
        )
        self._workbench_after(allocations, left, rest, currency)
        return True

    def _workbench_proposal(self, proposal_id):
        proposals = self.b2b_proposal_ids.filtered(lambda one: one.id == proposal_id)
        if proposal_id and not proposals:
            raise UserError(self.env._("This proposal is no longer there. Look at the line again."))
        return proposals

    def _workbench_currency(self, items):
        currencies = self.env["account.move.line"].sudo().browse([one["item"] for one in items]).exists().currency_id
        if len(currencies) > 1:
            raise UserError(self.env._("Apply items of one currency at a time."))
        return currencies or self._b2b_waiting_currency()

    def _workbench_wanted(self, items, currency):
        wanted = [(one["item"], self._workbench_amount(one)) for one in items]
        finer = next((amount for _item, amount in wanted if amount != round_half_up(amount, currency.rounding)), None)
        if finer:
            raise UserError(self.env._("“%(amount)s” is finer than %(code)s counts.", amount=finer, code=currency.name))
        return wanted

    def _workbench_amount(self, one):
        try:
            amount = to_decimal(str(one["amount"]), 6)
        except (ArithmeticError, ValueError) as error:
            raise UserError(self.env._("“%s” is no amount.", one["amount"])) from error
        if not amount:
            raise UserError(self.env._("Enter the amount to apply to each chosen item, or choose it no more."))
        return amount

    def _workbench_extras(self, proposal, items):
        """Item → its allocation in a proposal, where the person left its amount as it was."""
        if not proposal:
            return {}
        proposed = [decision_data.allocation_from(data) for data in proposal.sudo().allocations]
        given = {one["item"]: self._workbench_amount(one) for one in items}
        return {one.item: one for one in proposed if given.get(one.item) == one.amount and one.settled != one.amount}

    def _workbench_check_rest(self, left, money, rest_to, currency):
        """Refuse a difference that nothing becomes of, or what does not fit it."""
        if not left:
            return
        short = is_short(money, left)
        if rest_to not in (TOO_LITTLE if short else TOO_MUCH):
            amount = formatLang(self.env, float(abs(left)), currency_obj=currency)
            raise UserError(
                self.env._("%s is missing. Say whether it stays open, is a deduction, or is written off.", amount)
                if short
                else self.env._("%s is left over. Say whether it is kept on account, refunded or written off.", amount)
            )

    def _workbench_allocations(self, wanted, left, money, rest_to, extras):
        try:
            if left and rest_to == "write_off" and wanted:
                found = written_off(wanted, left)
            elif left and is_short(money, left):
                found = stay_open(wanted, left)
            else:
                found = [Allocation(item, amount) for item, amount in wanted]
        except ValueError as error:
            raise UserError(
                self.env._("The difference is more than the chosen items. Choose other items, or smaller amounts.")
            ) from error
        unpaid = [one.item for one in found if not one.settled]
        if unpaid and rest_to != "deduction":
            names = self.env["account.move.line"].sudo().browse(unpaid).move_id.mapped("name")
            raise UserError(
                self.env._("The payment pays nothing of %s: choose that no more, or smaller amounts.", ", ".join(names))
            )
        return [extras.get(one.item, one) if not (one.write_off or one.deduction) else one for one in found]

    def _workbench_check_write_off(self, allocations, proposal, extras):
        """The user's limit holds for what a person writes off; what a rule tolerates is the rule's to decide."""
        by_rule = extras if proposal and not proposal.user_id else {}
        amount = sum((one.write_off for one in allocations if one.write_off and one.item not in by_rule), to_decimal(0))
        if amount:
            self._b2b_check_authority(float(amount))

    def _workbench_account(self, allocations, left, money, rest):
        """The account for what no item takes; None where nothing is left over."""
        if not left or (is_short(money, left) and allocations):
            return None
        if rest["to"] == "write_off":
            if allocations:
                return None
            self._b2b_check_authority(float(left))
            return self._workbench_difference_account(left)
        items = self.env["account.move.line"].sudo().browse([one.item for one in allocations])
        owners = items.partner_id.commercial_partner_id
        payer = owners if len(owners) == 1 else self._workbench_payer()
        if not payer:
            raise UserError(
                self.env._("Nobody knows who paid “%(line)s”. Choose the payer first.", line=self.payment_ref)
            )
        return self._b2b_receivable(payer)

    def _workbench_difference_account(self, left):
        company = self.company_id.sudo()
        account = (
            company.default_cash_difference_income_account_id
            if left > 0
            else company.default_cash_difference_expense_account_id
        )
        if not account:
            raise UserError(
                self.env._("No account is set for cash differences. Set it in the company's accounting settings.")
            )
        return account

    def _workbench_after(self, allocations, left, rest, currency):
        """The case of a deduction, or the refund of what was paid too much."""
        if not allocations and rest.get("to") in ("account", "refund"):
            self.env["b2b.payer.alias"]._learn(self.sudo(), self._workbench_payer())
        if not left:
            return
        if rest["to"] == "deduction":
            self._workbench_flag_deduction(allocations, rest, currency)
        elif rest["to"] == "refund":
            case = self._workbench_flag_over(left, currency)
            case.sudo()._draft_refund(case)

    def _workbench_flag_deduction(self, allocations, rest, currency):
        given = {"user_id": self.env.uid, **({"deduction_reason": rest["reason"]} if rest.get("reason") else {})}
        cases = self._b2b_short_cases(allocations, currency, rest.get("note") or self.b2b_reason)
        return self.env["b2b.discrepancy"]._flag([{**case, **given} for case in cases])

    def _workbench_flag_over(self, left, currency):
        payer = self._workbench_payer()
        return self.env["b2b.discrepancy"]._flag(
            [
                {
                    **self._b2b_case_values("over"),
                    "name": self._b2b_case_name("over", self.env["account.move.line"]),
                    "reason": self.b2b_reason,
                    "partner_id": payer.id,
                    "currency_id": currency.id,
                    "amount_expected": self.amount - float(left),
                    "user_id": self.env.uid,
                }
            ]
        )

    def action_workbench_undo(self, version):
        """Take back what was applied; a refund that was only drafted goes with it."""
        self._workbench_take(version)
        return self.action_b2b_undo()

    def action_workbench_open(self):
        """Open the workbench on this line."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_workbench_action")
        return {**action, "params": {"line_id": self.id}}

    # -- the payer, and other people -----------------------------------------------------------------------------------

    def action_workbench_payer(self, version, partner_id):
        """Say who paid; what is applied afterwards teaches this payer's name and account."""
        self._workbench_take(version)
        if self.is_reconciled:
            raise UserError(self.env._("“%(line)s” is applied already; undo that first.", line=self.payment_ref))
        partner = self.env["res.partner"].browse(partner_id).exists().commercial_partner_id
        partner.check_access("read")
        line = self.sudo()
        if line.partner_id != partner:
            line._write_told({"partner_id": partner.id, "b2b_partner_set": bool(partner)})
        line._write_b2b({"b2b_payer_id": partner.id, "b2b_decided_at": fields.Datetime.now()})
        return True

    def action_workbench_ask(self, version, question, user_id):
        """Ask a colleague, mostly the salesperson, what this payment is for: the case becomes theirs."""
        self._workbench_take(version)
        if not (question or "").strip():
            raise UserError(self.env._("Write what you want to know."))
        self._workbench_hand_over(
            user_id, self.env._("Question about the payment “%(line)s”", line=self.payment_ref), question
        )
        return True

    def _workbench_hand_over(self, user_id, summary, note):
        """Make the line's case somebody's to answer."""
        case = self.b2b_discrepancy_ids.filtered(lambda one: one.state == "open")[:1] or self.env[
            "b2b.discrepancy"
        ]._flag(
            [
                {
                    **self._b2b_case_values("ambiguous"),
                    "name": self._b2b_case_name("ambiguous", self.env["account.move.line"]),
                    "partner_id": self._workbench_payer().id,
                }
            ]
        )
        user = self.env["res.users"].browse(user_id).exists()
        if not user or user.share:
            raise UserError(self.env._("Choose a colleague to ask."))
        if not case.with_user(user).has_access("read"):
            raise AccessError(
                self.env._("%(user)s may not see discrepancies. Choose somebody of sales or billing.", user=user.name)
            )
        case.sudo().write({"user_id": user.id})
        case.sudo().with_env(self.env(su=True)).activity_schedule(
            "mail.mail_activity_data_todo", user_id=user.id, summary=summary, note=note
        )
        if self.b2b_state in ("new", "proposed"):
            self.sudo()._write_b2b({"b2b_state": "case"})
        self.sudo()._write_b2b({"b2b_decided_at": fields.Datetime.now()})
        return case

    def action_workbench_ask_manager(self, version, items, proposal_id=False):
        """Offer a write-off that is above one's limit to a superior, who finds it as a proposal and accepts it.

        Where no item is chosen there is nothing to propose: the superior finds the line, and writes it off there.

        :returns: the superior's name
        """
        self._workbench_take(version)
        currency = self._workbench_currency(items)
        money = self._b2b_waiting_in(currency)
        wanted = self._workbench_wanted(items, currency)
        left = difference(money, wanted)
        extras = self._workbench_extras(self._workbench_proposal(proposal_id), items)
        allocations = self._workbench_allocations(wanted, left, money, "write_off", extras)
        self._b2b_check_items(allocations, currency)
        manager = self._workbench_superior(float(left))
        amount = formatLang(self.env, float(abs(left)), currency_obj=currency)
        words = self.env._("%(user)s asks to write off %(amount)s.", user=self.env.user.name, amount=amount)
        if allocations:
            self.env["b2b.match.proposal"].sudo().create(
                {
                    "statement_line_id": self.id,
                    "score": 100,
                    "reason": words,
                    "allocations": [decision_data.allocation_data(one) for one in allocations],
                    "currency_id": currency.id,
                    "user_id": self.env.uid,
                }
            )
        self._workbench_hand_over(manager.id, self.env._("Write off %s?", amount), words)
        return manager.name

    def _workbench_superior(self, amount):
        """Who of the company's billing managers may write off this much."""
        managers = self.env.ref("b2b_invoice_automation.group_billing_manager").sudo().all_user_ids
        counted = abs(
            self._b2b_waiting_currency()._convert(amount, self.company_id.currency_id, self.company_id, self.date)
        )
        for manager in managers.filtered(lambda user: user.active and self.company_id in user.company_ids).sorted("id"):
            limit = self.company_id.with_user(manager)._b2b_write_off_limit()
            if manager != self.env.user and self.company_id.currency_id.compare_amounts(counted, limit) <= 0:
                return manager
        raise UserError(
            self.env._(
                "Nobody may write off %(amount)s. Make a deduction of it, or raise the limit in the settings.",
                amount=formatLang(self.env, counted, currency_obj=self.company_id.currency_id),
            )
        )
