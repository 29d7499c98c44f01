"""Who gets what: a customer's table of documents and the people, by role, who receive them."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .b2b_delivery import DOCUMENTS


class B2bDeliveryRecipient(models.Model):
    _name = "b2b.delivery.recipient"
    _description = "Recipient of Documents"
    _order = "document, role, id"

    partner_id = fields.Many2one("res.partner", "Customer", required=True, index=True, ondelete="cascade")
    document = fields.Selection(DOCUMENTS[:-1], help="Empty: all documents that have no line of their own.")
    role = fields.Selection(
        [
            ("invoice", "Invoice contacts"),
            ("buyer", "Who ordered"),
            ("contact", "This contact"),
        ],
        "Goes to",
        required=True,
        default="contact",
        help="Invoice contacts: the contacts of type “Invoice Address”, at the place of the document's address. "
        "Who ordered: the contact of each order on the document.",
    )
    contact_id = fields.Many2one(
        "res.partner", ondelete="cascade", domain="[('id', 'child_of', partner_id)]", index="btree_not_null"
    )

    @api.constrains("role", "contact_id", "partner_id")
    def _check_contact(self):
        for line in self:
            if line.role != "contact":
                continue
            if not line.contact_id:
                raise ValidationError(self.env._("Name the contact, or choose another role."))
            if line.contact_id.commercial_partner_id != line.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s belongs to another customer than %(customer)s.",
                        contact=line.contact_id.display_name,
                        customer=line.partner_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.partner_id._b2b_retry_deliveries()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.partner_id._b2b_retry_deliveries()
        return result
