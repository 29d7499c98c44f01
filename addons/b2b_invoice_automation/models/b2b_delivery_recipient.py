"""Who gets what: a table of documents and the people, by role, who receive them, of a customer or of one contract."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .b2b_delivery import DOCUMENTS

OF_A_CONTRACT = ("invoice", "credit_note", "contract")


class B2bDeliveryRecipient(models.Model):
    _name = "b2b.delivery.recipient"
    _description = "Recipient of Documents"
    _order = "document, role, id"

    contract_id = fields.Many2one(
        "b2b.contract",
        index="btree_not_null",
        ondelete="cascade",
        help="The line counts for this contract, and for what is billed under it, before those of the customer.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        ondelete="cascade",
    )
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
    is_copy = fields.Boolean("Cc", help="They get it too, and stand under “Cc” of everybody's email.")

    @api.depends("contract_id.partner_id")
    def _compute_partner_id(self):
        for line in self:
            line.partner_id = line.contract_id.partner_id or line.partner_id

    @api.constrains("document", "contract_id")
    def _check_document(self):
        for line in self:
            if line.contract_id and line.document not in (False, *OF_A_CONTRACT):
                raise ValidationError(
                    self.env._(
                        "%s is not made for one contract. Enter who gets it on the customer, under “Delivery”.",
                        dict(self._fields["document"]._description_selection(self.env))[line.document],
                    )
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

    @api.model
    def _choose(self, tables, document, is_copy):
        """The lines that count for a document: those of the first table that says something about it.

        :param tables: recordsets of lines, the more particular ones first
        :param str document: one of ``DOCUMENTS``
        :param bool is_copy: whether who gets a copy is asked for
        """
        for table in tables:
            lines = table.filtered(lambda line: line.is_copy == is_copy)
            if found := lines.filtered(lambda line: line.document == document) or lines.filtered(
                lambda line: not line.document
            ):
                return found
        return self.browse()
