"""Deliveries of shop orders, told as shipments with tracking numbers and the source they left from.

A bundle that the shop ships as a whole is told by its own item, in complete sets: a shipment that names its parts the
shop refuses. Parts that make no set wait for the delivery that completes it.
"""

from odoo import api, models
from odoo.tools import float_round

from .magento_document import SHIPMENT
from .magento_push import plain

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
    def _made_since(self, backend, since):
        return self.env["stock.picking"].search(
            [
                ("state", "=", "done"),
                ("date_done", ">=", since),
                ("location_dest_id.usage", "=", "customer"),
                ("move_ids.sale_line_id.order_id.magento_backend_id", "=", backend.id),
            ],
            order="date_done, id",
        )

    @api.model
    def _done_quantities(self, document, order):
        quantities, whole = {}, self.env["sale.order.line"].union(*self._whole_bundles(order).values())
        for move in document.move_ids:
            line = move.sale_line_id
            if move.state == "done" and line.order_id == order and line.magento_item_id and line not in whole:
                moved = move.product_uom._compute_quantity(move.quantity, line.product_uom_id, round=False)
                quantities[line] = quantities.get(line, 0.0) + moved
        return quantities

    @api.model
    def _all_done(self, line):
        return line._magento_gone()

    @api.model
    def _in_shop(self, line):
        """By what the order tells, by what we told, or by the shop's shipments, whichever is most."""
        return max(super()._in_shop(line), sum(self._share(line, named) for named in self._shipped(line.order_id)))

    @api.model
    def _shipped(self, order):
        """What each of the shop's shipments of an order names, as dict of item id → quantity."""
        shipments = order.magento_document_ids.filtered(lambda document: document.kind == SHIPMENT)
        return [shipment.quantities or {} for shipment in shipments]

    @api.model
    def _share(self, line, named):
        """How much of a line is in a shipment; one that names a bundle and none of its parts holds them all."""
        bundle = line.magento_parent_item_id
        parts = line.order_id.order_line.filtered(lambda one: bundle and one.magento_parent_item_id == bundle)
        if bundle in named and not any(part.magento_item_id in named for part in parts):
            return float(named[bundle]) * line.magento_per_parent
        return float(named.get(line.magento_item_id, 0))

    @api.model
    def _bound(self, pairs):
        return {
            key: external_id
            for key, external_id in super()._bound(pairs).items()
            if not any(self._exceeds_shipments(*pair) for pair in pairs if pair[0].id == key[1])
        }

    @api.model
    def _came_from_shop(self, backend, document):
        return super()._came_from_shop(backend, document) and not self._exceeds_shipments(document, document.sale_id)

    @api.model
    def _exceeds_shipments(self, picking, order):
        """Whether a delivery that is linked with a shipment holds more than the shop has: a part was shipped there."""
        linked = order.magento_document_ids.filtered(lambda document: document.picking_id == picking)
        return bool(linked and (self._beyond(picking, order) or self._sets_beyond(picking, order)))

    @api.model
    def _content(self, document, order):
        lines = self._lines_told(self._beyond(document, order)) + self._sets_beyond(document, order)
        if not lines:
            return None
        backend = order.magento_backend_id
        source = self.env["magento.source"]._of_picking(backend, document) if backend.has_sources else None
        marker = f"[shipment:{document.id}]"
        return {
            "lines": lines,
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

    # -- bundles that are shipped as a whole ---------------------------------------------------------------------------

    @api.model
    def _whole_bundles(self, order):
        """dict of the shop's item id of a bundle that is shipped as a whole → order lines of the goods in it"""
        parts = order.order_line.filtered(
            lambda line: line.magento_parent_item_id and line.magento_per_parent and line.product_id.type == "consu"
        )
        links = self.env["magento.binding"]._links(
            order.magento_backend_id,
            "products",
            parts.filtered("magento_parent_product_id").mapped("magento_parent_product_id"),
        )
        together = {product_id for product_id, link in links.items() if link.ships_together}
        return parts.filtered(lambda line: line.magento_parent_product_id in together).grouped("magento_parent_item_id")

    @api.model
    def _sets_beyond(self, document, order):
        """[the shop's item id, sets] of bundles that a delivery is about, complete here and not in the shop."""
        delivered = document.move_ids.filtered(lambda move: move.state == "done").sale_line_id
        bundles = {item: parts for item, parts in self._whole_bundles(order).items() if parts & delivered}
        in_shop = self._sets_in_shop(order, bundles) if bundles else {}
        found = []
        for item, parts in bundles.items():
            sets = self._complete_sets(parts, self._all_done) - in_shop[item]
            if sets > 0:
                found.append([item, plain(sets)])
        return found

    @api.model
    def _sets_in_shop(self, order, bundles):
        """How many sets the shop shipped: by its item, by the parts, or by its shipments, whichever tells most.

        An order line stands here for a bundle that is priced as a whole only, and not every shop counts the parts.
        """
        own = {
            line.magento_item_id: self._in_shop(line) for line in order.order_line if line.magento_item_id in bundles
        }
        return {
            item: max(
                own.get(item, 0.0),
                self._complete_sets(parts, self._in_shop),
                sum(float(named.get(item, 0)) for named in self._shipped(order)),
            )
            for item, parts in bundles.items()
        }

    @api.model
    def _complete_sets(self, parts, quantity_of):
        return min(
            float_round(quantity_of(part) / part.magento_per_parent, precision_digits=0, rounding_method="DOWN")
            for part in parts
        )

    @api.model
    def _all_in_shop(self, order):
        return super()._all_in_shop(order) | self._sets_in_shop(order, self._whole_bundles(order))
