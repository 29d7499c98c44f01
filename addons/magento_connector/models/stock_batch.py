"""Goods of many orders at once: what core asks the database line by line is asked once for a batch.

Loaders carry a `Batch` in their context; without one, everything here is core's own. A transaction sees one state of
the database and what it writes itself, so an answer holds until the batch writes something that it depends on. All
that decides (which rule, which stock, what is reserved, what is valid) is left to core; only its questions are fewer.
"""

from odoo import models

BATCH = "magento_batch"


class Batch:
    """What was found out for a batch of records; ends with it.

    :ivar dict rules: rules of procurement as core found them
    :ivar dict replenished: product → whether a reordering rule watches it
    :ivar set references: ids of references that are new, so that no transfer has them yet
    :ivar set pickings: keys of transfers that were made
    :ivar confirmed: transfers to confirm together, None while nobody collects them
    :ivar dict quants: product → its quants
    :ivar set locked: ids of quants that this transaction holds
    :ivar set bypassing: ids of moves whose lines are made without a reservation, to be done at once
    :ivar set unreserved: ids of these lines
    :ivar reserved: ids of products that other transfers reserved, None where that is not known
    """

    def __init__(self):
        self.rules, self.replenished, self.quants = {}, {}, {}
        self.references, self.pickings, self.locked = set(), set(), set()
        self.bypassing, self.unreserved = set(), set()
        self.confirmed = self.reserved = None


def batch_of(env):
    """The batch that is worked on, or None."""
    return env.context.get(BATCH)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _action_launch_stock_rule(self, *, previous_product_uom_qty=False):
        batch = batch_of(self.env)
        if batch is None or batch.confirmed is not None:
            return super()._action_launch_stock_rule(previous_product_uom_qty=previous_product_uom_qty)
        self._magento_make_references(batch)
        batch.confirmed = self.env["stock.picking"]
        try:
            result = super()._action_launch_stock_rule(previous_product_uom_qty=previous_product_uom_qty)
            pickings = batch.confirmed
        finally:
            batch.confirmed = None
        if pickings:
            pickings.action_confirm()
            # Their dates follow from moves that are open still, which core would have looked up by now.
            pickings.flush_recordset()
        return result

    def _magento_make_references(self, batch):
        """Make the references under which the orders' goods travel, as core does for the first line of each."""
        first = {}
        for line in self:
            order = line.order_id
            if (
                line.state == "sale"
                and not order.locked
                and line.product_id.type == "consu"
                and order not in first
                and not order.stock_reference_ids
                and line.product_uom_id.compare(line.product_uom_qty, 0.0) > 0
            ):
                first[order] = line
        if first:
            made = self.env["stock.reference"].create([line._prepare_reference_vals() for line in first.values()])
            batch.references.update(made.ids)


class StockRule(models.Model):
    _inherit = "stock.rule"

    def _search_rule_for_warehouses(self, route_ids, packaging_uom_id, product_id, warehouse_ids, domain):
        def found():
            return super(StockRule, self)._search_rule_for_warehouses(
                route_ids, packaging_uom_id, product_id, warehouse_ids, domain
            )

        batch = batch_of(self.env)
        if batch is None:
            return found()
        asked = (self.env, route_ids or None, packaging_uom_id or None, product_id, warehouse_ids, repr(domain))
        if asked not in batch.rules:
            batch.rules[asked] = found()
        return batch.rules[asked]


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def action_confirm(self):
        batch = batch_of(self.env)
        if batch is None or batch.confirmed is None:
            return super().action_confirm()
        batch.confirmed |= self
        return True


class StockMove(models.Model):
    _inherit = "stock.move"

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        batch = batch_of(self.env)
        if batch is not None and batch.references:
            self._magento_make_pickings(batch)
        return super()._action_confirm(merge=merge, merge_into=merge_into, create_proc=create_proc)

    def _magento_make_pickings(self, batch):
        """Make the transfers of moves whose reference is new: none is there that they could join."""
        new = self.filtered(
            lambda move: (
                move.state == "draft"
                and move.reference_ids
                and batch.references.issuperset(move.reference_ids.ids)
                and move._should_be_assigned()
                and move.product_uom.compare(move.product_uom_qty, 0.0) >= 0
            )
        )
        groups = {
            key: moves
            for key, moves in new.grouped(lambda move: move._key_assign_picking()).items()
            if key not in batch.pickings
        }
        if not groups:
            return
        batch.pickings.update(groups)
        pickings = self.env["stock.picking"].create([moves._get_new_picking_values() for moves in groups.values()])
        for picking, moves in zip(pickings, groups.values(), strict=True):
            moves.picking_id = picking
            moves._assign_picking_post_process(new=True)

    def _magento_replenished(self, batch):
        """Those of the moves whose product a reordering rule watches."""
        unknown = self.product_id.filtered(lambda product: product.id not in batch.replenished)
        if unknown:
            rules = self.env["stock.warehouse.orderpoint"].sudo()
            watched = rules._read_group([("product_id", "in", unknown.ids)], ["product_id"])
            batch.replenished.update(dict.fromkeys(unknown.ids, False))
            batch.replenished.update({product.id: True for (product,) in watched})
        return self.filtered(lambda move: batch.replenished[move.product_id.id])

    def _update_orderpoints(self):
        batch = batch_of(self.env)
        moves = self if batch is None else self._magento_replenished(batch)
        return super(StockMove, moves)._update_orderpoints()

    def _trigger_scheduler(self):
        batch = batch_of(self.env)
        moves = self if batch is None else self._magento_replenished(batch)
        return super(StockMove, moves)._trigger_scheduler()

    def _should_bypass_reservation(self, forced_location=False):
        batch = batch_of(self.env)
        if batch is not None and self.id in batch.bypassing:
            return True
        return super()._should_bypass_reservation(forced_location=forced_location)

    # -- goods that left -------------------------------------------------------------------------------------------

    def _magento_take(self, parts):
        """Set what is done of open moves, to be validated at once.

        Where nothing can be reserved, the lines of many moves are made together; elsewhere core picks the stock that
        each takes from, one after another.

        :param parts: list of (move, quantity), each move once
        """
        whole, lines = self.browse(), []
        for move, quantity in parts:
            if move.move_line_ids and not move.product_uom.compare(move.quantity, quantity):
                whole += move
            elif move._magento_has_no_stock():
                commands = move._set_quantity_done_prepare_vals(quantity)
                lines += [{**values, "move_id": move.id, "picked": True} for _create, _new, values in commands]
            else:
                move.write({"quantity": quantity, "picked": True})
        if whole:
            whole.picked = True
        if lines:
            self._magento_make_lines(lines)

    def _magento_has_no_stock(self):
        """Whether nothing is reserved or could be, so that the order in which moves take does not matter."""
        return (
            batch_of(self.env) is not None
            and not self.move_line_ids
            and self.product_id.tracking == "none"
            and not self.env["stock.quant"]._get_available_quantity(self.product_id, self.location_id)
        )

    def _magento_make_lines(self, lines):
        """Make lines without the reservation that validating them would take back in the next moment."""
        batch = batch_of(self.env)
        batch.bypassing = {values["move_id"] for values in lines}
        try:
            made = self.env["stock.move.line"].create(lines)
        finally:
            batch.bypassing = set()
        batch.unreserved.update(made.ids)
        made._apply_putaway_strategy()
        made.move_id.picked = True


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _action_done(self):
        batch = batch_of(self.env)
        if batch is None:
            return super()._action_done()
        reserved = self.env["stock.move.line"]._read_group(
            [
                ("product_id", "in", self.product_id.ids),
                ("state", "not in", ("done", "cancel")),
                ("quantity_product_uom", ">", 0.0),
                ("picked", "=", False),
            ],
            ["product_id"],
        )
        batch.reserved = {product.id for (product,) in reserved}
        self.env["stock.quant"].sudo()._magento_lock(batch, self)
        try:
            return super()._action_done()
        finally:
            batch.reserved = None

    def _synchronize_quant(self, quantity, location, action="available", in_date=False, **quants_value):
        batch = batch_of(self.env)
        if action == "reserved" and batch is not None and self.id in batch.unreserved:
            return 0, False
        return super()._synchronize_quant(quantity, location, action=action, in_date=in_date, **quants_value)

    def _free_reservation(self, product_id, *args, **kwargs):
        batch = batch_of(self.env)
        if batch is not None and batch.reserved is not None and product_id.id not in batch.reserved:
            return None
        return super()._free_reservation(product_id, *args, **kwargs)
