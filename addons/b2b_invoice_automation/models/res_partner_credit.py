"""Customers and their credit: figures for forms and lists, and who may change a limit."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..order_to_cash.credit import NO_LIMIT, available, level, used_percent
from .b2b_credit_account import LEVELS
from .b2b_discrepancy_credit import LIMIT_GROUP
from .res_company_credit import CONTROLLER

SEES_CREDIT = (
    "sales_team.group_sale_salesman,account.group_account_invoice,account.group_account_readonly,"
    "b2b_invoice_automation.group_credit_controller"
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    b2b_credit_level = fields.Selection(
        LEVELS,
        "Credit",
        compute="_compute_b2b_credit",
        search="_search_b2b_credit_level",
        groups=SEES_CREDIT,
        help="How near its credit limit the customer's company is.",
    )
    b2b_credit_exposure = fields.Monetary(
        "Credit Exposure",
        compute="_compute_b2b_credit",
        groups=SEES_CREDIT,
        help="Open invoices and orders to invoice, less what is on account. The button “Credit” shows the parts.",
    )
    b2b_credit_available = fields.Monetary("Credit Available", compute="_compute_b2b_credit", groups=SEES_CREDIT)
    b2b_credit_percent = fields.Float("Credit Used (%)", compute="_compute_b2b_credit", groups=SEES_CREDIT)
    b2b_credit_hold_count = fields.Integer("Orders on Credit Hold", compute="_compute_b2b_credit", groups=SEES_CREDIT)
    b2b_credit_limit = fields.Monetary("Limit", compute="_compute_b2b_credit", groups=SEES_CREDIT)

    @api.depends_context("company")
    def _compute_b2b_credit(self):
        """The figures of the commercial entity, in the current company; one query for all."""
        company, entities = self.env.company, self.commercial_partner_id._origin
        credit = self.env["b2b.credit"].sudo()
        exposures = credit._exposures(company, entities) if entities else {}
        terms = credit._terms(company, entities) if entities else {}
        holds = dict(
            self.env["b2b.discrepancy"]
            .sudo()
            ._read_group(
                [
                    ("type", "=", "credit"),
                    ("state", "=", "open"),
                    ("blocking", "=", True),
                    ("company_id", "=", company.id),
                    ("partner_id", "in", entities.ids),
                ],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            entity = partner.commercial_partner_id._origin
            known = exposures.get(entity.id), terms.get(entity.id)
            partner.b2b_credit_level = level(known[1], known[0]) if entity else NO_LIMIT
            partner.b2b_credit_exposure = float(known[0].total) if entity else 0.0
            partner.b2b_credit_available = float(available(known[1], known[0]) or 0) if entity else 0.0
            partner.b2b_credit_percent = float(used_percent(known[1], known[0]) or 0) if entity else 0.0
            partner.b2b_credit_limit = max(float(known[1].limit), 0.0) if entity else 0.0
            partner.b2b_credit_hold_count = holds.get(entity, 0)

    def _search_b2b_credit_level(self, operator, value):
        """By the last check, which is at most an hour old."""
        if operator != "in":
            return NotImplemented
        accounts = self.env["b2b.credit.account"].sudo()
        found = accounts.search([("company_id", "=", self.env.company.id), ("level", "in", list(value))])
        domain = Domain("commercial_partner_id", "in", found.partner_id.ids)
        if NO_LIMIT in value:
            limited = accounts.search([("company_id", "=", self.env.company.id), ("level", "!=", NO_LIMIT)])
            domain |= Domain("commercial_partner_id", "not in", limited.partner_id.ids)
        return domain

    def action_view_b2b_credit(self):
        """Open what the credit of the customer's company is used by."""
        self.ensure_one()
        if not any(map(self.env.user.has_group, SEES_CREDIT.split(","))):
            raise AccessError(self.env._("A customer's credit is shown to sales, accounting and credit controllers."))
        self.check_access("read")
        entity = self.commercial_partner_id
        account = self.env["b2b.credit.account"].sudo()._of(self.env.company, entity)[entity.id]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit"),
            "res_model": "b2b.credit.account",
            "res_id": account.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _b2b_portal_credit(self, companies):
        """What the customer is shown of its credit, where our company shows it.

        :returns: list of dicts with ``company``, ``currency``, ``limit``, ``available``
        """
        rows = []
        for company in companies.sudo().filtered(lambda one: one.b2b_credit_control and one.b2b_credit_portal):
            entity = self.commercial_partner_id.sudo().with_company(company)
            if entity.b2b_credit_level != NO_LIMIT:
                rows.append(
                    {
                        "company": company,
                        "currency": company.currency_id,
                        "limit": entity.b2b_credit_limit,
                        "available": entity.b2b_credit_available,
                    }
                )
        return rows

    # -- who may change a limit ------------------------------------------------------------------------------------

    @api.model
    def _b2b_default_credit_limit(self):
        """The limit of customers that have none of their own."""
        return self._fields["credit_limit"].get_company_dependent_fallback(self) or 0.0

    @api.model
    def _b2b_check_may_change_limit(self, company):
        """Where credit is controlled, limits are changed by those who may, and who do not release holds.

        :raises AccessError: for all others
        """
        user = self.env.user
        if self.env.su or not company.b2b_credit_control:
            return
        if not user.has_group(LIMIT_GROUP):
            raise AccessError(
                self.env._(
                    "Credit limits are changed by people with the right “%s”.", self.env.ref(LIMIT_GROUP).sudo().name
                )
            )
        if user.has_group(CONTROLLER):
            raise UserError(
                self.env._(
                    "You release credit holds, so somebody else changes credit limits. Have an administrator take one "
                    "of the two rights away."
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        default = self._b2b_default_credit_limit()
        if any(vals.get("credit_limit", default) != default for vals in vals_list):
            self._b2b_check_may_change_limit(self.env.company)
        return super().create(vals_list)

    def write(self, vals):
        if "credit_limit" not in vals:
            return super().write(vals)
        company, limit = self.env.company, vals["credit_limit"] or 0.0
        before = {partner.id: partner.credit_limit for partner in self.sudo()}
        changed = self.filtered(
            lambda partner: (
                company.currency_id.compare_amounts(before[partner.id], limit) and not partner._b2b_takes_over(limit)
            )
        )
        if changed:
            self._b2b_check_may_change_limit(company)
        result = super().write(vals)
        changed._b2b_limit_changed(company, before)
        return result

    def _b2b_takes_over(self, limit):
        """Whether a limit is that of the contact's company, which Odoo copies to all its contacts."""
        entity = self.commercial_partner_id
        return entity != self and entity.sudo().credit_limit == limit

    def _b2b_limit_changed(self, company, before):
        """Record new limits, and let orders go on that they suffice for."""
        if not self or not company.b2b_credit_control:
            return
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "hold",
                    "record": partner,
                    "company": company,
                    "decision": self.env._("Credit limit changed"),
                    "rule": self.env._("A person"),
                    "evidence": {"before": before[partner.id], "now": partner.sudo().credit_limit},
                    "amount": partner.sudo().credit_limit,
                    "currency": company.currency_id,
                }
                for partner in self
            ]
        )
        self.env["b2b.credit"].sudo()._review(company, self.commercial_partner_id)
