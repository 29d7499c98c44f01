"""Asks which kinds of records are read again, and of which time."""

from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class MagentoReadAgain(models.TransientModel):
    _name = "magento.read.again"
    _description = "Read a Window Again"

    backend_id = fields.Many2one("magento.backend", "Shop", required=True, ondelete="cascade")
    stream_ids = fields.Many2many(
        "magento.stream",
        string="Kinds",
        required=True,
        domain="[('backend_id', '=', backend_id)]",
        compute="_compute_stream_ids",
        store=True,
        readonly=False,
    )
    since = fields.Datetime(
        "Changed from", required=True, default=lambda self: fields.Datetime.now() - timedelta(days=7)
    )
    until = fields.Datetime("To", required=True, default=fields.Datetime.now)
    again = fields.Boolean(
        "Process Unchanged Records Too",
        help="Without it, what has not changed since it was taken over is skipped.",
    )

    @api.depends("backend_id")
    def _compute_stream_ids(self):
        for wizard in self:
            if not wizard.stream_ids:
                streams = wizard.backend_id.stream_ids.filtered(lambda stream: not stream.lack)
                wizard.stream_ids = [Command.set(streams.filtered(lambda stream: stream.entity == "orders").ids)]

    def action_read(self):
        """Have the windows read in the background, and show how far they are."""
        self.ensure_one()
        lacking = self.stream_ids.filtered("lack")
        if lacking:
            raise UserError(lacking[0].lack)
        windows = self.env["magento.window"].create(
            [
                {"stream_id": stream.id, "since": self.since, "until": self.until, "again": self.again}
                for stream in self.stream_ids.sorted("sequence")
            ]
        )
        windows._wake_lane()
        return {
            **self.env["ir.actions.actions"]._for_xml_id("magento_connector.magento_window_action"),
            "domain": [("backend_id", "=", self.backend_id.id)],
            "target": "main",
        }
