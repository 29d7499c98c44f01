"""What a payment method of the shop means in Odoo."""

from odoo import api, fields, models


class MagentoPaymentMethod(models.Model):
    _name = "magento.payment.method"
    _description = "Payment Method of the Shop"
    _order = "backend_id, code"
    _rec_name = "code"

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="backend_id.company_id", store=True, index=True)
    code = fields.Char("Method in the Shop", required=True)
    payment_term_id = fields.Many2one(
        "account.payment.term",
        "Payment Terms",
        check_company=True,
        help="Terms of orders paid this way. Empty: the customer's own terms.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        "Payment Journal",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash', 'credit'))]",
        help="Where money that the shop has captured arrives.",
    )

    _code_unique = models.UniqueIndex("(backend_id, code)")

    def write(self, vals):
        result = super().write(vals)
        if vals.get("journal_id"):
            self.env["magento.record"]._retry_waiting_for(self.backend_id, "payment_method")
        return result

    @api.model
    def _resolve(self, backend, codes):
        """Find methods by code; new ones are noted.

        :returns: dict of code → method
        """
        known = {
            method.code: method
            for method in self.search([("backend_id", "=", backend.id), ("code", "in", list(codes))])
        }
        new = self.create([{"backend_id": backend.id, "code": code} for code in sorted(codes - set(known))])
        known.update({method.code: method for method in new})
        return known
