"""Orders and their customer's credit: checked when they are confirmed, before they are billed, and stopped."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare, formatLang

from ..order_to_cash.credit import OVER


class SaleOrder(models.Model):
    _inherit = "sale.order"

    b2b_credit_hold = fields.Boolean(
        "On Credit Hold",
        compute="_compute_b2b_credit_hold",
        store=True,
        help="It waits until the customer's credit suffices, or until a person releases it.",
        groups="base.group_user",
    )
    b2b_credit_reason = fields.Text(
        "Why It Waits for Credit", compute="_compute_b2b_credit_reason", groups="base.group_user"
    )
    b2b_credit_warning = fields.Char(
        compute="_compute_b2b_credit_warning", help="Before the limit is reached.", groups="base.group_user"
    )

    _b2b_credit_hold_index = models.Index("(company_id) WHERE b2b_credit_hold")

    @api.depends("b2b_discrepancy_ids.state", "b2b_discrepancy_ids.blocking", "b2b_discrepancy_ids.type")
    def _compute_b2b_credit_hold(self):
        for order in self:
            order.b2b_credit_hold = bool(order._b2b_open_credit_hold())

    @api.depends("b2b_credit_hold", "b2b_discrepancy_ids.reason")
    def _compute_b2b_credit_reason(self):
        for order in self:
            order.b2b_credit_reason = order._b2b_open_credit_hold()[:1].reason

    @api.depends("partner_invoice_id", "company_id", "state", "b2b_credit_hold")
    def _compute_b2b_credit_warning(self):
        self.b2b_credit_warning = ""
        warned = self.filtered(
            lambda order: (
                order.company_id.b2b_credit_control
                and order.state in ("draft", "sent", "sale")
                and not order.b2b_credit_hold
                and not order.b2b_history
            )
        )
        for company, orders in warned.grouped("company_id").items():
            entities = orders.partner_invoice_id.commercial_partner_id._origin
            words = entities.with_company(company).sudo()._b2b_credit_words()
            for order in orders:
                order.b2b_credit_warning = words.get(order.partner_invoice_id.commercial_partner_id._origin.id, "")

    def _b2b_open_credit_hold(self):
        return self.sudo().b2b_discrepancy_ids.filtered(lambda case: case.state == "open" and case._is_credit_hold())

    def _action_confirm(self):
        result = super()._action_confirm()
        self.sudo()._b2b_check_credit(arriving=True)
        return result

    def _action_cancel(self):
        result = super()._action_cancel()
        held = self.sudo().filtered("b2b_credit_hold")
        for company, orders in held.grouped("company_id").items():
            keys = [order._b2b_credit_key() for order in orders]
            self.env["b2b.discrepancy"]._settle(keys, self.env._("The order was cancelled."), company)
        return result

    def _b2b_check_credit(self, arriving=False):
        """Check confirmed orders against their customers' credit, all at once; those that exceed it are held.

        :param bool arriving: whether they have just been confirmed; otherwise orders of which nothing is left to stop
            are let be
        :returns: the orders that are on credit hold now
        """
        held = self.browse()
        for company, orders in self.grouped("company_id").items():
            if company.b2b_credit_control:
                checked = orders.filtered(
                    lambda order: (
                        order.state == "sale"
                        and not order.b2b_history
                        and (arriving or order.b2b_credit_hold or order._b2b_credit_stoppable())
                    )
                )
                if checked:
                    held |= self.env["b2b.credit"].sudo()._check(company, checked, arriving)
        return held.filtered("b2b_credit_hold")

    def _b2b_credit_key(self):
        return f"credit:{self.id}"

    def _b2b_credit_stoppable(self):
        """Whether something of the order can still be held back: goods that have not left, or work not billed."""
        if self.b2b_channel_state == "complete":
            return False
        goods = self._b2b_billable_lines().filtered(lambda line: line.product_id.type != "service")
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        if not goods:
            return self.b2b_billing_open
        return any(
            float_compare(line.qty_delivered, line.product_uom_qty, precision_digits=digits) < 0 for line in goods
        )

    def _b2b_refuse_while_held(self):
        """Nothing leaves the house while it is on credit hold.

        :raises UserError: naming the orders and why they wait
        """
        held = self.sudo().filtered("b2b_credit_hold")
        if held:
            raise UserError(
                self.env._(
                    "On credit hold, so nothing is delivered:\n%(orders)s\n\nIt goes on when the customer pays, when "
                    "the limit is raised, or when a person with the right “Release credit holds” releases it.",
                    orders="\n".join(case.name for case in held._b2b_open_credit_hold()[:10]),
                )
            )

    def action_b2b_credit_release(self):
        """Ask for the reason, and release the order."""
        return self.env["b2b.discrepancy"].browse(self._b2b_open_credit_hold().ids).action_credit_release()


class B2bBillingRun(models.Model):
    _inherit = "b2b.billing.run"

    def _bill_rows(self, rows):
        """Orders are checked once more before they are billed; those that are held by now wait."""
        rows.order_id.sudo()._b2b_check_credit()
        return super()._bill_rows(rows)


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _b2b_credit_words(self):
        """How near their limit these commercial entities are: dict id → a sentence, where there is something to say."""
        words = {}
        for partner in self.filtered(lambda partner: partner.b2b_credit_level in ("warning", "over")):
            names = {
                "customer": partner.display_name,
                "used": formatLang(self.env, partner.b2b_credit_exposure, currency_obj=self.env.company.currency_id),
                "limit": formatLang(self.env, partner.credit_limit, currency_obj=self.env.company.currency_id),
                "percent": f"{partner.b2b_credit_percent:.0f}",
            }
            words[partner.id] = (
                self.env._("%(customer)s is over the credit limit: %(used)s of %(limit)s.", **names)
                if partner.b2b_credit_level == OVER
                else self.env._(
                    "%(customer)s has used %(percent)s %% of the credit limit: %(used)s of %(limit)s.", **names
                )
            )
        return words
