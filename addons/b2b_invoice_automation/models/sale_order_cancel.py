"""Orders that are cancelled after they were billed: nothing is credited by itself, a person decides.

The invoice may be right, as for goods that went out. So the case names what was billed, and is settled when that is
credited or the order is taken up again.
"""

from odoo import models

KEY = "order_cancelled:"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _action_cancel(self):
        result = super()._action_cancel()
        self.env["b2b.discrepancy"]._flag(
            [order._b2b_cancelled_case() for order in self.sudo() if not order._b2b_is_credited()]
        )
        return result

    def action_draft(self):
        result = super().action_draft()
        for company, orders in self.sudo().grouped("company_id").items():
            alive = [f"{KEY}{order.id}" for order in orders if order.state != "cancel"]
            self.env["b2b.discrepancy"]._settle(alive, self.env._("The order is taken up again."), company)
        return result

    def _b2b_is_credited(self):
        """Whether nothing of the order stands on posted invoices any more, or ever did."""
        return self.currency_id.is_zero(self.amount_invoiced)

    def _b2b_cancelled_case(self):
        return {
            "key": f"{KEY}{self.id}",
            "type": "order_change",
            "name": self.env._("%s was cancelled after it was billed", self.name),
            "reason": self.env._(
                "The order is cancelled, and %(billed)s of it are billed by %(invoices)s. Credit what is not owed. "
                "Where all of it is, as for goods that went out, accept the difference.",
                billed=self.currency_id.format(self.amount_invoiced),
                invoices=", ".join(self.invoice_ids.filtered(lambda move: move.state == "posted").mapped("name")),
            ),
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "partner_id": self.partner_id.id,
            "order_id": self.id,
            "user_id": self.user_id.id,
            "amount_expected": 0.0,
            "amount_found": self.amount_invoiced,
        }
