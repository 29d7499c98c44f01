"""What credit control does by itself: held orders are looked at again when money comes in, and every hour."""

from functools import partial

from odoo import api, models
from odoo.fields import Domain

from .transactions import CONFLICTS, is_conflict

CRON = "b2b_invoice_automation.ir_cron_credit_review"
BATCH = 200
TRIES = 5


class B2bCredit(models.AbstractModel):
    _inherit = "b2b.credit"

    @api.model
    def _cron_review(self):
        """The scheduler's job: what is held in each company, then the levels of some customers after the others.

        Each step is a transaction of its own, since orders of the same customers are confirmed meanwhile.
        """
        companies = self.env["res.company"].search([("b2b_credit_control", "=", True)])
        steps = [partial(self._review, company) for company in companies]
        for company in companies:
            entities = self._limited_entities(company)
            steps += [
                partial(self._refresh_levels, company, entities[start : start + BATCH])
                for start in range(0, len(entities), BATCH)
            ]
        for done, step in enumerate(steps, 1):
            self._try_again(step)
            if not self.env["ir.cron"]._commit_progress(1, remaining=len(steps) - done):
                return

    @api.model
    def _try_again(self, step):
        """Take a step, again when an order of the same customers was confirmed at that moment."""
        for attempt in range(1, TRIES + 1):
            try:
                step()
                self.env.flush_all()
                return
            except CONFLICTS as error:
                if attempt == TRIES or not is_conflict(error):
                    raise
                self.env.cr.rollback()

    @api.model
    def _review(self, company, entities=None):
        """Check held orders, and orders whose release has bounds, again; the oldest first.

        :param company: our company
        :param entities: commercial entities, or None for all
        """
        orders = self.env["b2b.discrepancy"]._orders_to_review(company, entities)
        if orders:
            orders._b2b_check_credit()

    @api.model
    def _refresh_levels(self, company, entities=None):
        """Bring the levels of customers up to date; of all that have a limit, unless some are named."""
        entities = self._limited_entities(company) if entities is None else entities
        if not entities:
            return
        accounts = self.env["b2b.credit.account"].sudo()._of(company, entities)
        self._note_levels(accounts, self._terms(company, entities), self._exposures(company, entities))

    @api.model
    def _limited_entities(self, company):
        partners = self.env["res.partner"].sudo().with_company(company)
        limited = Domain("credit_limit", ">", 0)
        if partners._b2b_default_credit_limit() > 0:
            limited &= Domain("customer_rank", ">", 0)
        known = self.env["b2b.credit.account"].sudo().search([("company_id", "=", company.id), ("level", "!=", "none")])
        return partners.search(limited).commercial_partner_id | known.partner_id

    @api.model
    def _review_soon(self, companies):
        """Have held orders looked at as soon as this transaction is done."""
        controlled = companies.filtered("b2b_credit_control")
        if controlled and self.env["b2b.discrepancy"].sudo().search_count(
            [
                ("type", "=", "credit"),
                ("state", "=", "open"),
                ("blocking", "=", True),
                ("company_id", "in", controlled.ids),
            ],
            limit=1,
        ):
            self.env.ref(CRON).sudo()._trigger()


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        self.env["b2b.credit"]._review_soon(partials.company_id)
        return partials


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft)
        self.env["b2b.credit"]._review_soon(posted.company_id)
        return posted
