"""Asks from when on a shop is told of documents that were made before it was told of any."""

from odoo import api, fields, models
from odoo.exceptions import UserError

WRITERS = ("magento.push.shipment", "magento.push.invoice", "magento.push.credit.memo")


class MagentoTellBefore(models.TransientModel):
    _name = "magento.tell.before"
    _description = "Tell What Happened Before"

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, readonly=True, ondelete="cascade")
    since = fields.Date(
        "From",
        required=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1),
        help="The day of the delivery, or the date of the invoice or credit note.",
    )
    shipment_count = fields.Integer("Deliveries", compute="_compute_counts")
    invoice_count = fields.Integer("Invoices", compute="_compute_counts")
    credit_memo_count = fields.Integer("Credit Notes", compute="_compute_counts")
    not_told = fields.Char(compute="_compute_counts")

    @api.depends("backend_id", "since")
    def _compute_counts(self):
        for wizard in self:
            counts = {writer._effect: len(documents) for writer, documents in wizard._untold()}
            wizard.shipment_count = counts.get("shipment", 0)
            wizard.invoice_count = counts.get("invoice", 0)
            wizard.credit_memo_count = counts.get("credit_memo", 0)
            settings = [self.env[writer]._setting for writer in WRITERS]
            labels = [wizard.backend_id._fields[name]._description_string(self.env) for name in settings]
            off = [label for name, label in zip(settings, labels, strict=True) if not wizard.backend_id[name]]
            wizard.not_told = ", ".join(off)

    def _untold(self):
        """[(writer, documents that it has not told yet)] of the kinds that the shop is told of."""
        self.ensure_one()
        if not self.since:
            return []
        writers = [self.env[name].sudo() for name in WRITERS]
        return [
            (writer, writer._untold(self.backend_id, self.since))
            for writer in writers
            if self.backend_id[writer._setting]
        ]

    def action_tell(self):
        """Queue what the shop does not have yet, and show the messages."""
        self.ensure_one()
        self.backend_id.check_access("write")
        domain = [("backend_id", "=", self.backend_id.id)]
        messages = self.env["magento.outbox"].sudo()
        last = messages.search(domain, order="id desc", limit=1).id or 0
        for writer, documents in self._untold():
            writer._tell(documents)
        new = messages.search([*domain, ("id", ">", last)])
        if not new:
            raise UserError(
                self.env._("There is nothing to tell: the shop has all deliveries, invoices and credit notes since.")
            )
        action = self.env["ir.actions.actions"]._for_xml_id("magento_connector.magento_outbox_action")
        return {**action, "domain": [("id", "in", new.ids)], "context": {}, "target": "main"}


class MagentoBackend(models.Model):
    _inherit = "magento.backend"

    def action_tell_before(self):
        """Ask from when on the shop is told of what happened before."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Tell What Happened Before"),
            "res_model": "magento.tell.before",
            "view_mode": "form",
            "target": "new",
            "context": {"default_backend_id": self.id},
        }
