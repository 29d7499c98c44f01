"""Joins remittance advices to the money, and hands what they say to the matching.

Matching takes an advice's documents as it takes the list in a bank file. Where what a rule would apply differs from
the advice, a person decides.
"""

from dataclasses import replace

from odoo import api, fields, models

from ..order_to_cash.cash import APPLY, PROPOSE, Candidate, RemittedDocument
from ..order_to_cash.money import to_decimal
from ..order_to_cash.remittance import AdviceFact, Money, join


class B2bRemittance(models.Model):
    _inherit = "b2b.remittance"

    @api.model
    def _remittance_references(self, lines):
        """The documents that joined advices say these bank lines pay.

        :returns: statement line id → tuple of the engine's RemittedDocument; only lines with an advice
        """
        advices = self.sudo().search([("statement_line_id", "in", lines.ids), ("state", "=", "joined")])
        return {
            advice.statement_line_id.id: tuple(
                RemittedDocument(line.move_id.name or line.number, line._stated_amount()) for line in advice.line_ids
            )
            for advice in advices
        }

    @api.model
    def _join(self, lines):
        """Join expected advices to the money among these bank lines of one company."""
        incoming = lines.filtered(lambda line: line.amount > 0 and not line.is_reconciled)
        expected = self.sudo().search([("state", "=", "expected"), ("company_id", "in", lines.company_id.ids)])
        if not incoming or not expected:
            return self.browse()
        with_own = self.sudo().search([("statement_line_id", "in", incoming.ids)]).statement_line_id
        marks = self._partner_marks(incoming, expected)
        found = join(
            [line._b2b_money(marks) for line in incoming - with_own], [advice._fact(marks) for advice in expected]
        )
        joined = self.browse()
        for line_id, advice_id in found.items():
            advice = self.sudo().browse(advice_id)
            advice.write({"statement_line_id": line_id, "state": "joined"})
            joined += advice
        return joined

    def _names_others(self, items, payer_id):
        """Whether these items are not all of who pays: anybody can write an advice, and have others' money pay theirs.

        :param payer_id: who paid as the engine sees it
        """
        payers = {payer_id, self.partner_id.commercial_partner_id.id} - {None, False}
        return bool(payers) and set(items.partner_id.commercial_partner_id.ids) != payers

    def _partner_marks(self, lines, advices):
        """Partner → marks that its money may bear: its own, its accounts, its names."""
        partners = advices.partner_id.commercial_partner_id | lines.partner_id.commercial_partner_id
        marks = {partner.id: {f"partner:{partner.id}", _mark("name", partner.name)} for partner in partners}
        banks = self.env["res.partner.bank"].sudo().search([("partner_id.commercial_partner_id", "in", partners.ids)])
        for bank in banks:
            marks[bank.partner_id.commercial_partner_id.id].add(_mark("account", bank.acc_number))
        for alias in self.env["b2b.payer.alias"].sudo().search([("partner_id", "in", partners.ids)]):
            marks[alias.partner_id.id].add(_mark(alias.kind, alias.name))
        return marks

    def _fact(self, marks):
        payers = marks.get(self.partner_id.commercial_partner_id.id, set()) | {_mark("name", self.payer_name)}
        return AdviceFact(
            self.id,
            to_decimal(self.total) if self.total else None,
            self.currency_id.name,
            self.expected_date or self.date or None,
            frozenset(payers - {""}),
            self.name or "",
        )


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    b2b_remittance_ids = fields.One2many(
        "b2b.remittance",
        "statement_line_id",
        "Remittance Advice",
        groups="b2b_invoice_automation.group_billing_clerk,b2b_invoice_automation.group_auditor",
    )

    def _b2b_money(self, marks):
        details = self.transaction_details if isinstance(self.transaction_details, dict) else {}
        payers = marks.get(self.partner_id.commercial_partner_id.id, set()) | {
            _mark("account", self.account_number),
            _mark("name", self.partner_name),
        }
        references = (self.b2b_end_to_end_id, *details.get("structured_references", ()))
        return Money(
            self.id,
            to_decimal(self.amount),
            self.currency_id.name,
            self.date,
            frozenset(payers - {""}),
            tuple(filter(None, references)),
            self.payment_ref or "",
        )

    def unlink(self):
        """Advices whose money is taken out of the books wait for it again."""
        advices = self.env["b2b.remittance"].sudo().search([("statement_line_id", "in", self.ids)])
        result = super().unlink()
        advices.filtered(lambda advice: advice.way != "bank").write({"state": "expected"})
        return result

    def _b2b_match(self):
        self.env["b2b.remittance"]._join(self)
        return super()._b2b_match()

    def _b2b_carry_out(self, facts, decisions, rules, write_offs):
        """Leave to a person what differs from the payer's advice."""
        advices = self._b2b_advices()
        told = [self._b2b_kept_to_advice(advices, decision) for decision in decisions]
        result = super()._b2b_carry_out(facts, told, rules, write_offs)
        for before, after in zip(decisions, told, strict=True):
            if before is not after:
                line = self.browse(after.line)
                said = self.env._(
                    "The remittance advice %(advice)s says otherwise. %(reason)s",
                    advice=advices[line.id].name,
                    reason=line.b2b_reason or "",
                )
                line._write_b2b({"b2b_reason": said})
        return result

    def _b2b_advices(self):
        advices = self.env["b2b.remittance"].sudo().search([("statement_line_id", "in", self.ids)])
        return {advice.statement_line_id.id: advice for advice in advices if advice.line_ids}

    def _b2b_kept_to_advice(self, advices, decision):
        """A decision; only a proposal where it would apply to other documents than the advice names."""
        advice = advices.get(decision.line)
        if not advice or decision.outcome != APPLY or decision.reverses:
            return decision
        items = self.env["account.move.line"].browse([allocation.item for allocation in decision.allocations])
        if decision.reason.startswith("remittance"):
            if advice.way == "bank" or not advice._names_others(items, decision.payer):
                return decision
        elif items.move_id == advice.line_ids.move_id and all(advice.line_ids.mapped("move_id")):
            return decision
        candidates = decision.candidates or (Candidate(decision.allocations, decision.score, decision.reason),)
        return replace(decision, outcome=PROPOSE, candidates=candidates, parked=False)

    def _b2b_case(self, decision, currency, reason):
        values = super()._b2b_case(decision, currency, reason)
        values["reason"] += self._b2b_said(currency)
        return values

    def _b2b_short_cases(self, allocations, currency, reason):
        cases = super()._b2b_short_cases(allocations, currency, reason)
        for case in cases:
            case["reason"] += self._b2b_said(currency, case["move_id"])
        return cases

    def _b2b_said(self, currency, move_id=None):
        """What the payer says about what it keeps back, each on a line of its own.

        :param move_id: only of this document, and of those that are not known
        """
        said = self.sudo().b2b_remittance_ids.line_ids.filtered("deduction")
        return "".join(
            "\n"
            + self.env._(
                "The payer keeps back %(amount)s of %(number)s: %(reason)s",
                amount=currency.format(one.deduction),
                number=one.number,
                reason=one.reason or self.env._("no reason given"),
            )
            for one in said
            if move_id is None or one.move_id.id in (move_id, False)
        )


def _mark(kind, text):
    """A mark of a payer; empty where there is nothing to know it by."""
    plain = "".join(filter(str.isalnum, text or "")).casefold()
    return f"{kind}:{plain}" if len(plain) > 2 else ""
