"""Orders of a shop among the sales orders."""

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.b2b_invoice_automation.models.sale_order_line_delivered import DIGITS
from odoo.addons.b2b_invoice_automation.order_to_cash.money import to_decimal


class SaleOrder(models.Model):
    _inherit = "sale.order"

    magento_backend_id = fields.Many2one(
        "magento.backend",
        "Shop",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )
    magento_store_id = fields.Many2one(
        "magento.store",
        "Store View",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
    )
    magento_status = fields.Char("Shop Status", copy=False, readonly=True, groups="base.group_user")
    magento_total = fields.Char(
        "The Shop's Exact Figure",
        copy=False,
        readonly=True,
        help="The shop's own figure, with fractions of a cent where it has some.",
        groups="base.group_user",
    )
    magento_amount = fields.Monetary(
        "Total in the Shop", compute="_compute_magento_amount", groups="base.group_user", help="What the customer owes."
    )
    magento_has_fraction = fields.Boolean(compute="_compute_magento_amount", groups="base.group_user")
    magento_content_hash = fields.Char(
        copy=False,
        readonly=True,
        help="Fingerprint of what was ordered, at which amounts.",
        groups="base.group_user",
    )
    magento_replaces_id = fields.Many2one(
        "sale.order",
        "Replaces",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The order that was edited in the shop to make this one.",
        groups="base.group_user",
    )
    magento_replaced_by_ids = fields.One2many(
        "sale.order", "magento_replaces_id", "Replaced by", groups="base.group_user"
    )

    @api.depends("magento_total", "currency_id")
    def _compute_magento_amount(self):
        for order in self:
            total = Decimal(order.magento_total or "0")
            order.magento_amount = order.currency_id.round(float(total)) if order.currency_id else float(total)
            order.magento_has_fraction = Decimal(str(order.magento_amount)) != total

    def _prepare_confirmation_values(self):
        """An order of the shop keeps the moment it was placed at: prices and rates depend on it."""
        values = super()._prepare_confirmation_values()
        if self and all(order.magento_backend_id for order in self):
            values.pop("date_order", None)
        return values


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def write(self, vals):
        """What the shop ships and bills of a line is counted in the unit in which it was ordered there."""
        if "product_uom_id" in vals:
            bound = self.sudo().filtered(
                lambda line: line.magento_item_id and line.product_uom_id.id != vals["product_uom_id"]
            )
            if bound:
                raise UserError(
                    self.env._(
                        "%(product)s was ordered in a shop, which counts it in %(unit)s. Leave the unit as it is.",
                        product=bound[0].product_id.display_name,
                        unit=bound[0].product_uom_id.display_name,
                    )
                )
        return super().write(vals)

    magento_item_id = fields.Char(
        copy=False, readonly=True, index="btree_not_null", help="The line's id in the shop.", groups="base.group_user"
    )
    magento_parent_item_id = fields.Char(
        copy=False,
        readonly=True,
        index="btree_not_null",
        help="The shop's id of the bundle that the line is a part of.",
        groups="base.group_user",
    )
    magento_per_parent = fields.Float(
        copy=False, readonly=True, help="How many of it are in one bundle.", groups="base.group_user"
    )
    magento_parent_product_id = fields.Char(
        copy=False, readonly=True, help="The shop's product id of that bundle.", groups="base.group_user"
    )
    magento_qty_shipped = fields.Float(
        "Shipped in the Shop", digits="Product Unit", copy=False, readonly=True, groups="base.group_user"
    )
    magento_qty_invoiced = fields.Float(
        "Invoiced in the Shop", digits="Product Unit", copy=False, readonly=True, groups="base.group_user"
    )
    magento_qty_refunded = fields.Float(
        "Refunded in the Shop", digits="Product Unit", copy=False, readonly=True, groups="base.group_user"
    )

    def _b2b_deliveries(self):
        """As the transfers have it where they tell all: theirs is the day on which the shop shipped."""
        outgoing, incoming = self._get_outgoing_incoming_moves()
        done = [(move, 1) for move in outgoing if move.state == "done"]
        done += [(move, -1) for move in incoming if move.state == "done"]
        deliveries = [
            (
                self.company_id._b2b_day_of(move.date),
                sign * to_decimal(move.product_uom._compute_quantity(move.quantity, self.product_uom_id), DIGITS),
            )
            for move, sign in done
        ]
        told = sum(quantity for _day, quantity in deliveries)
        return tuple(deliveries) if told == to_decimal(self.qty_delivered, DIGITS) else super()._b2b_deliveries()

    def _magento_gone(self):
        """How much of this line left for the customer, also what came back, in its own unit.

        What the shop shipped stays shipped there, whatever comes back. What replaced returned goods is no more of the
        line, which is why this is never more than was ordered.
        """
        if self.qty_delivered_method != "stock_move":
            return self.qty_delivered
        gone = sum(
            move.product_uom._compute_quantity(move.quantity, self.product_uom_id, round=False)
            for move in self.move_ids
            if move.state == "done" and move.location_dest_id.usage == "customer"
        )
        return min(gone, max(self.product_uom_qty, self.qty_delivered))

    def _magento_shipped(self):
        """How much of this line the shop shipped, be it with the bundle that it is a part of."""
        bundle = self.order_id.order_line.filtered(
            lambda line: line.magento_item_id and line.magento_item_id == self.magento_parent_item_id
        )
        return max(self.magento_qty_shipped, self.magento_per_parent * sum(bundle.mapped("magento_qty_shipped")))

    def _magento_quantity(self, invoice_line):
        """How much of this line an invoice's line bills, in the line's own unit."""
        return invoice_line.product_uom_id._compute_quantity(invoice_line.quantity, self.product_uom_id, round=False)

    def _magento_in_whole(self):
        """Parts of bundles that are priced as a whole: the shop bills and refunds the bundle's own item."""
        items = set(self.order_id.order_line.mapped("magento_item_id"))
        return self.filtered(lambda line: line.magento_parent_item_id and line.magento_parent_item_id in items)
