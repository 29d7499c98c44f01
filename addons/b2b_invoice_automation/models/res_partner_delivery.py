"""How a customer wants to receive invoices: by which channel, at which addresses, one by one or together."""

from odoo import fields, models

ABOUT_DELIVERY = {"email", "type", "parent_id", "active", "invoice_sending_method", "invoice_edi_format", "vat"}
"""A change of these may mend a delivery that failed."""

NOWHERE = ("", "", "")


class ResPartner(models.Model):
    _inherit = "res.partner"

    invoice_sending_method = fields.Selection(selection_add=[("b2b_portal", "in the Portal, with a notice by Email")])
    b2b_invoice_mails = fields.Selection(
        [("single", "One email per invoice"), ("together", "Invoices of one sending together")],
        "Invoice Emails",
        default="single",
        required=True,
        help="Together: the invoices that are sent at the same time come in one email, each as a file of its own.",
        groups="base.group_user",
    )

    def _commercial_fields(self):
        return [*super()._commercial_fields(), "b2b_invoice_mails"]

    def write(self, vals):
        result = super().write(vals)
        if ABOUT_DELIVERY & vals.keys():
            self._b2b_retry_deliveries()
        return result

    def _b2b_retry_deliveries(self):
        """Try the customer's failed deliveries again: what they failed for may be mended."""
        moves = self.env["account.move"].sudo()
        failed = moves.search(
            [("b2b_delivery_state", "=", "failed"), ("commercial_partner_id", "in", self.commercial_partner_id.ids)]
        )
        if failed:
            failed.write({"b2b_delivery_next_at": fields.Datetime.now()})
            moves._b2b_wake_delivery()

    def _b2b_invoice_recipients(self):
        """Who gets the invoices that are addressed to this partner.

        The company's contacts of type “Invoice Address”; where the invoice is addressed to one of them, those at the
        same address (or without one of their own), so that departments in several places get their own invoices only.
        Without such contacts the partner's own email, else the company's.

        :returns: partners, each with an email; empty when nobody has one
        """
        self.ensure_one()
        entity = self.commercial_partner_id
        contacts = entity.child_ids.filtered(lambda contact: contact.type == "invoice" and contact.email)
        if self.type == "invoice" and self != entity:
            headquarters = (entity._b2b_place(), NOWHERE)
            place = self._b2b_place()
            same = headquarters if place in headquarters else (place,)
            contacts = contacts.filtered(lambda contact: contact._b2b_place() in same)
        return contacts or self.filtered("email") or entity.filtered("email")

    def _b2b_place(self):
        return tuple((self[name] or "").strip().lower() for name in ("street", "zip", "city"))
