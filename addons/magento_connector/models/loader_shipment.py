"""Shipments of the shop deliver what they name, from the warehouse's transfers, each once.

The shop's shipment is the truth about what left: it takes exactly its quantities off the open transfers of its order,
and the rest becomes a backorder. What Odoo delivered by itself before (a person did, or the payload of the order was
followed) is not delivered again: only what the shop's shipments have beyond it.
"""

from odoo import api, models

from .loading import REFUSALS, Refused
from .magento_document import SHIPMENT

OVER = ("done", "cancel")


class MagentoLoaderShipment(models.AbstractModel):
    _name = "magento.loader.shipment"
    _inherit = ["magento.loader.document", "magento.loader.order.follow"]
    _description = "Loader of Shipments"

    def _load(self, backend, staged):
        rows = self._note_all(backend, SHIPMENT, staged)
        bound = self.env["magento.binding"]._find(backend, "shipments", [item.external_id for item in staged])
        bound |= self._recognise(
            backend, "shipments", "stock.picking", "shipment", [row for row in rows if row[0].external_id not in bound]
        )
        known = [(*row, bound[row[0].external_id]) for row in rows if row[0].external_id in bound]
        self._follow_tracks(known)
        new = [row for row in rows if row[0].external_id not in bound]
        shipped = self._shipped_before(new)
        refusals = {}
        for part in self._rounds(new):
            refusals.update(self._deliver_round(backend, part, shipped))
        return refusals

    @api.model
    def _noted_values(self, intent):
        quantities = {}
        for item_id, _sku, quantity in intent.lines:
            quantities[item_id] = quantities.get(item_id, 0) + quantity
        return {
            "quantities": {item_id: format(quantity.normalize(), "f") for item_id, quantity in quantities.items()},
            "tracking": ", ".join(
                f"{title or code}: {number}" if title or code else number for code, title, number in intent.tracks
            )
            or False,
        }

    @api.model
    def _orders_of(self, record):
        return record.move_ids.sale_line_id.order_id

    def _follow_tracks(self, rows):
        """Numbers that came later, for shipments that are delivered here; what the shop has not changed stays."""
        for item, _order, document, picking in rows:
            self._write_changes(document, {"picking_id": picking.id})
            values = picking._magento_values(document, item.intent)
            if any((picking[name] or False) != values[name] for name in ("magento_shipment", "magento_tracking")):
                picking.write(values)

    @api.model
    def _shipped_before(self, new):
        """dict of (order, the shop's item id) → quantity in shipments other than these"""
        documents = self.env["magento.document"].search(
            [
                ("kind", "=", SHIPMENT),
                ("order_id", "in", [order.id for _item, order, _document in new]),
                ("id", "not in", [document.id for _item, _order, document in new]),
            ]
        )
        shipped = {}
        for document in documents:
            for item_id, quantity in (document.quantities or {}).items():
                key = document.order_id, item_id
                shipped[key] = shipped.get(key, 0.0) + float(quantity)
        return shipped

    # -- one shipment of each order --------------------------------------------------------------------------------

    def _deliver_round(self, backend, rows, shipped):
        """Deliver shipments of different orders together.

        :param rows: list of (`Staged`, order, document)
        :param shipped: see `_shipped_before`; what is shipped here is added
        :returns: dict of record id → refusal
        """
        refusals, taken = {}, []
        for item, order, document in rows:
            try:
                self._require_confirmed(item, order)
                due = self._due(item.intent, order, shipped)
                taken.append((item, order, document, self._take(item, order, due)))
            except REFUSALS as refusal:
                refusals[item.record_id] = refusal
        if not refusals:
            self._flag_lacking(taken)
            self._validate(backend, taken)
        return refusals

    def _due(self, intent, order, shipped):
        """Quantities of a shipment that Odoo has not delivered yet.

        :returns: list of (order line, quantity)
        """
        due = []
        for line, quantity in self._shares(intent, order).items():
            key = order, line.magento_item_id
            missing = min(quantity, shipped.get(key, 0.0) + quantity - line._magento_gone())
            shipped[key] = shipped.get(key, 0.0) + quantity
            if line.product_uom_id.compare(missing, 0.0) > 0:
                due.append((line, missing))
        return due

    def _shares(self, intent, order):
        """dict of order line → quantity shipped. A bundle that is shipped as a whole ships its parts."""
        lines = {line.magento_item_id: line for line in order.order_line if line.magento_item_id}
        parts = order.order_line.filtered("magento_parent_item_id").grouped("magento_parent_item_id")
        named = {item_id for item_id, _sku, _quantity in intent.lines}
        known_skus = {sku for item_id, sku, _quantity in intent.lines if item_id in lines}
        shares, unknown = {}, []
        for item_id, sku, quantity in intent.lines:
            line, components = lines.get(item_id), parts.get(item_id, order.order_line.browse())
            if line and line.product_id.type == "consu":
                shares[line] = shares.get(line, 0.0) + float(quantity)
            if not any(part.magento_item_id in named for part in components):
                for part in components.filtered(lambda part: part.product_id.type == "consu"):
                    shares[part] = shares.get(part, 0.0) + part.magento_per_parent * float(quantity)
            # A configurable product's child comes along with its parent, under the same SKU.
            if not line and not components and sku not in known_skus:
                unknown.append(sku or item_id)
        if unknown:
            raise Refused(
                self.env._(
                    "Shipment %(number)s ships %(what)s, which is not in order %(order)s here. Fetch the order again, "
                    "then retry.",
                    number=intent.number,
                    what=", ".join(unknown),
                    order=order.display_name,
                )
            )
        return shares

    def _take(self, item, order, due):
        """The open moves that a shipment takes from, with quantities.

        :returns: list of (move, quantity)
        :raises Refused: when the warehouse cannot deliver it in one step, or has less open
        """
        taken = []
        for line, quantity in due:
            left = quantity
            open_moves = line.move_ids.filtered(lambda move: move.state not in OVER)
            for move in open_moves.filtered(_is_ready):
                part = min(left, move.product_uom_qty)
                if move.product_uom.compare(part, 0.0) > 0:
                    taken.append((move, part))
                    left -= part
            if line.product_uom_id.compare(left, 0.0) > 0:
                raise self._not_deliverable(item, line, quantity, quantity - left, open_moves)
        return taken

    def _not_deliverable(self, item, line, quantity, possible, open_moves):
        words = {
            "number": item.intent.number,
            "quantity": f"{quantity:g}",
            "product": line.product_id.display_name,
            "possible": f"{possible:g}",
            "order": line.order_id.display_name,
        }
        if any(not _is_ready(move) and move.location_dest_id.usage != "supplier" for move in open_moves):
            return Refused(
                self.env._(
                    "Shipment %(number)s ships %(quantity)s × %(product)s of order %(order)s, but the warehouse "
                    "delivers in several steps and has not picked it yet. Do the steps before the last, then retry.",
                    **words,
                )
            )
        return Refused(
            self.env._(
                "Shipment %(number)s ships %(quantity)s × %(product)s, but only %(possible)s are open in the "
                "transfers of order %(order)s. Compare both; deliver by hand what is right and ignore the shipment, "
                "or raise the quantity and retry.",
                **words,
            )
        )

    def _validate(self, backend, taken):
        """Link the transfers with their shipments, then do them: what is linked is not told to the shop again."""
        links, moves = [], self.env["stock.move"]
        for item, order, document, parts in taken:
            pickings = self.env["stock.move"].browse([move.id for move, _quantity in parts]).picking_id
            pickings = pickings or self._delivered_already(order, item.intent)
            for position, picking in enumerate(pickings):
                external_id = item.external_id if not position else f"{item.external_id}+{position}"
                links.append((external_id, picking, document.number))
            pickings.write(pickings._magento_values(document, item.intent))
            document.picking_id = pickings[:1]
            moves = moves.concat(*(move for move, _quantity in parts))
        self.env["magento.binding"]._bind(backend, "shipments", links)
        if moves:
            moves._magento_take([part for _item, _order, _document, parts in taken for part in parts])
            moves._action_done()
        for item, _order, _document, parts in taken:
            done = self.env["stock.move"].browse([move.id for move, _quantity in parts])
            if done and item.intent.created_at:
                done.write({"date": item.intent.created_at})
                done.picking_id.write({"date_done": item.intent.created_at})

    def _delivered_already(self, order, intent):
        """Transfers that Odoo did on its own before the shipment came, and that no other shipment is linked with."""
        named = {item_id for item_id, _sku, _quantity in intent.lines}
        lines = order.order_line.filtered(
            lambda line: line.magento_item_id in named or line.magento_parent_item_id in named
        )
        return lines.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and move.location_dest_id.usage == "customer"
                and not move.picking_id.magento_shipment
            )
        ).picking_id

    # -- stock -----------------------------------------------------------------------------------------------------

    def _flag_lacking(self, taken):
        """Flag what the shop shipped and Odoo has less of, where it keeps stock of it: the count is wrong somewhere."""
        needed = {}
        for item, order, _document, parts in taken:
            for move, quantity in parts:
                if move.product_id.is_storable:
                    needed.setdefault((order.warehouse_id, move.product_id), []).append((item, order, quantity))
        stock = self._on_hand(needed)
        lacking = {}
        for key, shipped in needed.items():
            on_hand = stock.get(key)
            wanted = sum(quantity for _item, _order, quantity in shipped)
            if on_hand is not None and on_hand >= 0 and key[1].uom_id.compare(on_hand, wanted) < 0:
                for item, order, quantity in shipped:
                    lacking.setdefault((item, order), []).append((key[1], quantity, on_hand))
        self._flag(
            list(lacking),
            "stock",
            "shop_document",
            lambda item, order: {
                "name": self.env._("Shipped from the shop without stock here: %(number)s", number=item.intent.number),
                "reason": self.env._(
                    "The shop shipped what Odoo has less of: %(products)s. It was delivered here all the same, so the "
                    "stock is below zero. Count it.",
                    products="; ".join(
                        self.env._(
                            "%(quantity)s × %(product)s of %(stock)s",
                            quantity=f"{quantity:g}",
                            product=product.display_name,
                            stock=f"{on_hand:g}",
                        )
                        for product, quantity, on_hand in lacking[item, order]
                    ),
                ),
                "blocking": False,
            },
        )

    def _on_hand(self, needed):
        """dict of (warehouse, product) → quantity on hand, for those that stock was ever kept of"""
        stock = {}
        for warehouse in {warehouse for warehouse, _product in needed}:
            products = [product.id for place, product in needed if place == warehouse]
            for product, quantity in self.env["stock.quant"]._read_group(
                [("product_id", "in", products), ("location_id", "child_of", warehouse.lot_stock_id.id)],
                ["product_id"],
                ["quantity:sum"],
            ):
                stock[warehouse, product] = quantity
        return stock


def _is_ready(move):
    """Whether a move is the last step to the customer, and what comes before it is done."""
    return move.location_dest_id.usage == "customer" and all(origin.state in OVER for origin in move.move_orig_ids)
