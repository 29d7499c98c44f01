"""Deliveries of shop orders, told as shipments with tracking numbers and the source they left from."""

from odoo import api, models

CUSTOM_CARRIER = "custom"


class MagentoPushShipment(models.AbstractModel):
    _name = "magento.push.shipment"
    _inherit = ["magento.push.document"]
    _description = "Shipments Told to the Shop"

    _effect = "shipment"
    _setting = "push_shipments"
    _entity = "shipments"
    _shop_field = "magento_qty_shipped"
    _told_field = "magento_told_shipped"

    @api.model
    def _tell(self, pickings):
        """Queue deliveries that are done."""
        self._queue(
            [
                (picking, picking.sale_id)
                for picking in pickings
                if picking.state == "done"
                and picking.sale_id.magento_backend_id
                and picking.location_dest_id.usage == "customer"
            ]
        )

    @api.model
    def _done_quantities(self, document, order):
        quantities = {}
        for move in document.move_ids:
            line = move.sale_line_id
            if move.state == "done" and line.order_id == order and line.magento_item_id:
                moved = move.product_uom._compute_quantity(move.quantity, line.product_uom_id, round=False)
                quantities[line] = quantities.get(line, 0.0) + moved
        return quantities

    @api.model
    def _all_done(self, line):
        return line.qty_delivered

    @api.model
    def _content(self, document, order):
        beyond = self._beyond(document, order)
        if not beyond:
            return None
        backend = order.magento_backend_id
        source = self.env["magento.source"]._of_picking(backend, document) if backend.has_sources else None
        marker = f"[shipment:{document.id}]"
        return {
            "lines": self._lines_told(beyond),
            "tracks": self._tracks(document),
            "comment": self.env._("Delivery %(number)s %(marker)s", number=document.name, marker=marker),
            "notify": backend.push_notify,
            **({"source": source.code} if source else {}),
        }

    @api.model
    def _tracks(self, picking):
        """[carrier code, title, number] of each parcel; the carrier's fields are there with Odoo's delivery addon."""
        given = picking.magento_parcel_numbers or (
            picking["carrier_tracking_ref"] if "carrier_tracking_ref" in picking._fields else ""
        )
        carrier = picking["carrier_id"].name if "carrier_id" in picking._fields else ""
        numbers = (number.strip() for number in (given or "").replace(";", ",").split(","))
        return [[CUSTOM_CARRIER, carrier or self.env._("Parcel"), number] for number in numbers if number]
