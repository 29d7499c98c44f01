"""Transfers that a shop knows as its shipments."""

from odoo import fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    magento_shipment = fields.Char(
        "Shipment in the Shop", copy=False, readonly=True, index="btree_not_null", help="The shop's number of it."
    )
    magento_tracking = fields.Char(
        "Tracking in the Shop", copy=False, readonly=True, help="Carrier and tracking number, as the shop has them."
    )
    magento_document_ids = fields.One2many("magento.document", "picking_id", "Shop Documents", groups="base.group_user")

    def _magento_values(self, document, intent):
        """What a transfer takes over from the shop's shipment.

        Odoo's delivery addon, where it is installed, shows the numbers and links to the carrier.
        """
        numbers = ", ".join(number for _code, _title, number in intent.tracks if number)
        return {
            "magento_shipment": document.number,
            "magento_tracking": document.tracking,
            **({"carrier_tracking_ref": numbers} if numbers and "carrier_tracking_ref" in self._fields else {}),
        }
