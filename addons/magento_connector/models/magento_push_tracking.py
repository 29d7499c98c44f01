"""Tracking numbers that are entered or changed after the shop was told of the delivery.

Each number is a message of its own: one that is new is added to the shop's shipment, one that was replaced here is
taken off it. Numbers that the shop tells us are not told back.
"""

from odoo import api, models

from .magento_outbox import OPEN_STATES


class MagentoPushTracking(models.AbstractModel):
    _name = "magento.push.tracking"
    _inherit = ["magento.push"]
    _description = "Tracking Numbers Told to the Shop"

    @api.model
    def _tell(self, before):
        """Queue what changed about the numbers of deliveries that are shipments of the shop, or will be.

        :param before: dict of delivery → its parcels as they were, [carrier, title, number] each
        """
        rows = []
        orders = self.env["sale.order"].union(*(picking.sale_id for picking in before))
        external = self.env["magento.binding"]._external_ids("orders", orders)
        for picking in self._known_to_shop(before):
            order = picking.sale_id
            target = external.get((order.magento_backend_id, order.id))
            if target:
                rows += [
                    {
                        "backend": order.magento_backend_id,
                        "effect": "tracking",
                        "key": f"tracking:{picking.id}:{values['number']}",
                        "target": target,
                        "values": values,
                        "order": order,
                        "document": picking,
                    }
                    for values in self._changes(before[picking], picking)
                ]
        if rows:
            self.env["magento.outbox"].sudo()._put(rows)

    @api.model
    def _known_to_shop(self, pickings):
        """Deliveries that are linked with a shipment, or whose shipment is on its way."""
        pickings = self.env["stock.picking"].union(*pickings)
        linked = {res_id for _backend, res_id in self.env["magento.binding"]._external_ids("shipments", pickings)}
        messages = self.env["magento.outbox"].search(
            [
                ("res_model", "=", pickings._name),
                ("res_id", "in", pickings.ids),
                ("effect", "=", "shipment"),
                ("state", "in", OPEN_STATES),
            ]
        )
        return pickings.filtered(lambda picking: picking.id in linked.union(messages.mapped("res_id")))

    @api.model
    def _changes(self, before, picking):
        """Values of a message for each number that came, and for each that went."""
        after = self.env["magento.push.shipment"]._tracks(picking)
        old, new = ({number for _carrier, _title, number in tracks} for tracks in (before, after))
        came = [
            {"carrier": carrier, "title": title, "number": number}
            for carrier, title, number in after
            if number not in old
        ]
        return came + [{"number": number, "gone": True} for number in sorted(old - new)]

    @api.model
    def _fresh_values(self, backend, messages):
        """The shipment that a number belongs to; one that was never made there needs no number either."""
        pickings = self.env["stock.picking"].browse(messages.mapped("res_id"))
        links = self.env["magento.binding"]._external_ids("shipments", pickings)
        fresh = {}
        for message in messages:
            shipment = links.get((backend, message.res_id))
            fresh[message.id] = {**message.values, "shipment": shipment.partition("+")[0]} if shipment else None
        return fresh
