"""Bank lines that wait for a person are looked at again each night, and when a rule or an advice changes.

An invoice that is posted after its payment, a rule that is switched on, or an advice that comes late may make certain
what was not. Only what can be booked then is touched: everything else keeps its state, its proposals and its day.
"""

import logging

from odoo import api, fields, models
from odoo.fields import Domain

from ..order_to_cash.cash import APPLY
from .statement_line_decisions import NOTHING_KNOWN

_logger = logging.getLogger(__name__)


class ResCompany(models.Model):
    _inherit = "res.company"

    b2b_looked_again_to = fields.Integer(
        readonly=True, copy=False, help="Id of the bank line that the look at waiting lines came to; 0 when it is done."
    )


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    @api.model
    def _b2b_look_again_soon(self):
        cron = self.env.ref("b2b_invoice_automation.ir_cron_match_waiting_lines", raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger()

    @api.model
    def _cron_b2b_look_again(self, limit=1000):
        """Lane of the scheduler: each waiting line once, in batches; where time runs out, the next run goes on."""
        cron = self.env["ir.cron"]
        for company in self.env["res.company"].sudo().search([]):
            while lines := self.sudo()._b2b_waiting_for_person(company, company.b2b_looked_again_to, limit):
                if not self._b2b_lock(company):
                    self._b2b_look_again_soon()
                    break
                lines.try_lock_for_update().with_company(company)._b2b_look_again_bisecting()
                company.b2b_looked_again_to = lines[-1].id
                if cron._commit_progress(len(lines), remaining=1) <= 0:
                    return
            else:
                company.b2b_looked_again_to = 0
        cron._commit_progress(remaining=0)

    def _b2b_look_again_bisecting(self):
        """Look again at these lines; one that breaks it keeps its state, and does not stop the others."""
        self._b2b_bisect(
            list(self),
            lambda part: self.browse().concat(*part)._b2b_look_again(),
            lambda line, error: _logger.error("bank line %s cannot be looked at again", line.id, exc_info=error),
        )

    @api.model
    def _b2b_waiting_for_person(self, company, after_id, limit):
        """Lines of a company that no person has decided anything about, by id."""
        undecided = Domain("b2b_state", "in", ("proposed", "case")) & Domain("is_reconciled", "=", False)
        return self.search(
            undecided
            & Domain("company_id", "=", company.id)
            & Domain("state", "=", "posted")
            & Domain("id", ">", after_id)
            & Domain("b2b_proposal_ids", "not any", [("user_id", "!=", False)])
            & Domain("id", "not in", self._b2b_decided_before(company))
            & Domain("id", "not in", self._b2b_maybe_returned(company)),
            order="id",
            limit=limit,
        )

    def _b2b_decided_before(self, company):
        """Query of lines that were applied once: who took that back decides."""
        logged = self.env["b2b.decision"].sudo()
        return logged._search(
            [("kind", "=", "match"), ("subject_model", "=", self._name), ("company_id", "=", company.id)]
        ).subselect("subject_id")

    def _b2b_maybe_returned(self, company):
        """Query of payments that a waiting return may take back."""
        proposals = self.env["b2b.match.proposal"].sudo()
        return proposals._search([("company_id", "=", company.id), ("reversed_line_id", "!=", False)]).subselect(
            "reversed_line_id"
        )

    def _b2b_look_again(self):
        """Book what has become certain among these lines of one company."""
        if not self:
            return
        self.env["b2b.remittance"]._join(self)
        models_of_company = self.env["account.reconcile.model"]
        rules = models_of_company._b2b_rules(self.company_id)
        write_offs = models_of_company._b2b_write_off_models(self.company_id)
        facts, decisions, _culprits = self._b2b_decide_bisecting(rules)
        advices, by_id = self._b2b_advices(), {line.id: line for line in self}
        certain = [
            decision
            for decision in decisions
            if self._b2b_kept_to_advice(advices, decision) is decision
            and by_id[decision.line]._b2b_is_certain(decision, write_offs)
        ]
        lines = self.browse([decision.line for decision in certain])
        if lines:
            lines._write_b2b({"b2b_state": "new"})
            lines._b2b_carry_out(facts, certain, rules, write_offs)

    def _b2b_is_certain(self, decision, write_offs):
        """Whether a decision is booked with no hand on it."""
        if decision.outcome == APPLY or (decision.parked and self.amount > 0):
            return not decision.reverses
        offered = self._b2b_offered(decision, write_offs)
        return decision.reason in NOTHING_KNOWN and "auto_reconcile" in offered.mapped("trigger")


class AccountReconcileModel(models.Model):
    _inherit = "account.reconcile.model"

    @api.model_create_multi
    def create(self, vals_list):
        created = super().create(vals_list)
        created._b2b_look_again_if_automatic()
        return created

    def write(self, vals):
        result = super().write(vals)
        self._b2b_look_again_if_automatic()
        return result

    def _b2b_look_again_if_automatic(self):
        if "auto_reconcile" in self.mapped("trigger"):
            self.env["account.bank.statement.line"]._b2b_look_again_soon()


class B2bRemittance(models.Model):
    _inherit = "b2b.remittance"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") == "expected":
            self.env["account.bank.statement.line"]._b2b_look_again_soon()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        advices = super().create(vals_list)
        if "expected" in advices.mapped("state"):
            self.env["account.bank.statement.line"]._b2b_look_again_soon()
        return advices
