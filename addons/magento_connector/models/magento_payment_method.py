"""What a payment method of the shop means in Odoo."""

from odoo import api, fields, models

PAID_LATER = ("checkmo", "cashondelivery")
"""Methods that the shop does not capture, due at once (Magento's own codes)."""
CAPTURED = (
    "adyen",
    "amazon",
    "applepay",
    "authorizenet",
    "braintree",
    "checkoutcom",
    "cybersource",
    "googlepay",
    "klarna",
    "mollie",
    "payflow",
    "payflowpro",
    "payone",
    "paypal",
    "stripe",
    "worldpay",
)
"""First words of the codes of services through which a shop takes the money at once. Of any other method nothing is
proposed: in business with companies it may well be on account, where the customer's own terms count."""


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
    proposed = fields.Boolean(help="Chosen by the system; a person has not looked at it yet.")
    journal_id = fields.Many2one(
        "account.journal",
        "Payment Journal",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash', 'credit'))]",
        help="Where money that the shop has captured arrives.",
    )

    _code_unique = models.UniqueIndex("(backend_id, code)")

    def write(self, vals):
        if {"payment_term_id", "journal_id"} & set(vals) and "proposed" not in vals:
            vals = {**vals, "proposed": False}
        result = super().write(vals)
        if vals.get("journal_id"):
            self.env["magento.record"]._retry_waiting_for(self.backend_id, "payment_method")
        return result

    @api.model
    def _proposal(self, backend, code):
        """Terms and journal of a method of the shop, by what its code says.

        :returns: dict of field → value
        """
        word = code.lower().replace("-", "_").split("_")[0]
        if word not in (*PAID_LATER, *CAPTURED):
            return {}
        immediate = self.env.ref("account.account_payment_term_immediate", raise_if_not_found=False)
        values = {"payment_term_id": immediate.id} if immediate else {}
        if word in PAID_LATER:
            return values
        journals = self.env["account.journal"].search(
            [("type", "in", ("bank", "cash", "credit")), ("company_id", "=", backend.company_id.id)]
        )
        namesake = journals.filtered(lambda journal: word in journal.name.lower().replace(" ", ""))
        return {**values, **({"journal_id": namesake.id} if len(namesake) == 1 else {})}

    def action_accept(self):
        """A person has looked at the proposals and agrees."""
        self.write({"proposed": False})
        return True

    @api.model
    def _resolve(self, backend, codes):
        """Find methods by code; new ones are noted with a proposal.

        :returns: dict of code → method
        """
        known = {
            method.code: method
            for method in self.search([("backend_id", "=", backend.id), ("code", "in", list(codes))])
        }
        new = self.create(
            [
                {"backend_id": backend.id, "code": code, "proposed": True, **self._proposal(backend, code)}
                for code in sorted(codes - set(known))
            ]
        )
        known.update({method.code: method for method in new})
        return known
