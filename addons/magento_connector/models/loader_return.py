"""Goods that the shop refunded: what is not delivered yet stays here, what is comes back through the warehouse.

What the shop shipped before it took it back is still open here until its shipment is read. The memo lets that go first:
it would else cancel what the shipment is to deliver.
"""

from odoo import models

from .loading import NotYet

OVER = ("done", "cancel")


class MagentoLoaderReturn(models.AbstractModel):
    _name = "magento.loader.return"
    _description = "Returns of Refunded Goods"

    def _require_shipped(self, backend, item, billed, lowered):
        """Refuse for now a memo that would take off the open transfers what the shop has shipped.

        A shop whose shipments are not read has none that could come: its orders tell what was shipped.

        :param billed: dict of order line → (quantity, memo line) that comes back
        :param lowered: the same for what comes off the order
        :raises Waits: while the order is older than the memo
        :raises NotYet: until the shipment comes, or for a person after some attempts
        """
        for line, (quantity, _memo_line) in billed.items():
            open_moves = _open_moves(line) if line.product_id.type == "consu" and quantity else ()
            if not open_moves:
                continue
            self._require_known(item, line)
            coming = line._magento_shipped() - line._magento_gone() if backend._reads("shipments") else 0.0
            free = sum(open_moves.mapped("product_uom_qty")) - lowered.get(line, (0.0, None))[0] - coming
            if coming > 0 and line.product_uom_id.compare(quantity, free) > 0:
                raise NotYet(
                    self.env._(
                        "Credit memo %(number)s takes back %(product)s of order %(order)s, of which the shop shipped "
                        "%(coming)s that have not left here yet. It goes on by itself when the shipment comes, or "
                        "when they are delivered by hand.",
                        number=item.intent.number,
                        product=line.product_id.display_name,
                        order=line.order_id.display_name,
                        coming=f"{coming:g}",
                    ),
                    self._awaits("shipment", item),
                )

    def _take_back(self, rows):
        """Take refunded quantities off the open transfers, and prepare a return of what was delivered.

        The shop ships refunded quantities no more, so these come off what is open first.

        :param rows: list of (`Staged`, order, document, dict of order line → (quantity, memo line))
        """
        for item, order, document, parts in rows:
            returned = {}
            for line, (quantity, _memo_line) in parts.items():
                if line.product_id.type != "consu" or not quantity:
                    continue
                left = self._drop(line, quantity)
                if line.product_uom_id.compare(left, 0.0) > 0:
                    self._collect(line, left, returned)
            pickings = self._return(returned)
            if pickings:
                document.picking_id = pickings[:1]
                pickings.write({"origin": f"{order.name} · {item.intent.number}"})

    def _drop(self, line, quantity):
        """Lower what is still to be delivered; returns what is left of the quantity."""
        for move in _open_moves(line):
            part = min(quantity, move.product_uom_qty)
            quantity -= part
            if move.product_uom.compare(part, move.product_uom_qty) < 0:
                move.product_uom_qty -= part
            else:
                move._action_cancel()
        return quantity

    def _collect(self, line, quantity, returned):
        """Note which delivered moves come back, and how much of each.

        :param dict returned: picking → dict of move → quantity; is filled
        """
        for move in line.move_ids.filtered(
            lambda move: move.state == "done" and move.location_dest_id.usage == "customer"
        ):
            coming = sum(move.returned_move_ids.filtered(lambda back: back.state != "cancel").mapped("product_uom_qty"))
            part = min(quantity, move.quantity - coming)
            if part > 0:
                returned.setdefault(move.picking_id, {})[move] = part
                quantity -= part

    def _return(self, returned):
        """Incoming transfers for what comes back, waiting for the warehouse."""
        pickings = self.env["stock.picking"]
        for picking, moves in returned.items():
            wizard = (
                self.env["stock.return.picking"]
                .with_context(active_id=picking.id, active_ids=picking.ids, active_model="stock.picking")
                .create({})
            )
            for line in wizard.product_return_moves:
                line.quantity = moves.get(line.move_id, 0.0)
            pickings += wizard._create_return()
        return pickings


def _open_moves(line):
    return line.move_ids.filtered(lambda move: move.state not in OVER and move.location_dest_id.usage == "customer")
