"""Graduated prices in orders: one line for each slice of a quantity, laid out, spread and joined again.

It is apart from the prices themselves because here lines come and go.
"""

from uuid import uuid4

from odoo import models
from odoo.tools import float_round

FINEST = 1e-9


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _b2b_lay_out_slices(self):
        """Give each slice of a graduated price its own line, directly below the first."""
        for group, priced in self._b2b_priced_quantities():
            if not group & self or not group._b2b_is_movable() or not priced.slices or priced.rule is None:
                continue
            wanted = [quantity for quantity, _price, _amount in group._b2b_cuts(priced)]
            if wanted != group.mapped("product_uom_qty") and (len(wanted) > 1 or len(group) > 1):
                group._b2b_lay_out_quantity(priced)

    def _b2b_join_slices(self):
        """Make one line again of slices that no contract prices any more."""
        for group in self._b2b_quantities():
            if len(group) > 1 and not group._b2b_is_movable():
                continue
            quiet = group.with_context(b2b_layout_later=True)
            whole = sum(group.mapped("product_uom_qty"))
            quiet[1:].unlink()
            quiet[0].write({"b2b_slice_group": False, "product_uom_qty": whole})

    def _b2b_is_movable(self):
        """Say whether quantities may move between these lines: nothing is typed by hand, from a shop, or invoiced."""
        return all(
            not line.b2b_channel_price and not line.qty_invoiced and not line._b2b_has_manual_price() for line in self
        )

    def _b2b_lay_out_quantity(self, priced):
        layout = self._b2b_slice_values(priced)
        quiet = self.with_context(b2b_layout_later=True)
        for line, values in zip(quiet, layout, strict=False):
            line.write(values)
        quiet[len(layout) :].unlink()
        self._b2b_add_slices(layout[len(self) :])

    def _b2b_cuts(self, priced):
        """Return (quantity, unit price, amount) of each slice.

        A slice that the accuracy of quantities cannot hold (33⅓ dozen) would have a wrong amount: all is one line then,
        whose unit price is the average, unrounded.
        """
        cuts = [(float(cut.quantity), float(cut.unit_price), float(cut.amount)) for cut in priced.slices]
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        if all(abs(float_round(quantity, digits) - quantity) < FINEST for quantity, _price, _amount in cuts):
            return cuts
        quantity, amount = (sum(column) for column in list(zip(*cuts, strict=True))[::2])
        return [(quantity, amount / quantity, amount)]

    def _b2b_slice_values(self, priced):
        """Return the values of one line for each slice of a priced quantity."""
        head, key = self[0], self[0].b2b_slice_group or uuid4().hex
        explanation = head._b2b_explanation_of(priced)
        cuts, values = self._b2b_cuts(priced), []
        for quantity, unit_price, amount in cuts:
            price = head._b2b_in_tax_terms(unit_price)
            values.append(
                {
                    "product_uom_qty": quantity,
                    "price_unit": price,
                    "technical_price_unit": price,
                    "discount": 0.0,
                    "b2b_contract_rule_id": priced.rule,
                    "b2b_contract_price_unit": unit_price,
                    "b2b_contract_price_subtotal": head._b2b_net_amount(unit_price, amount, quantity),
                    "b2b_price_explanation": explanation,
                    "b2b_slice_group": key if len(cuts) > 1 else False,
                }
            )
        return values

    def _b2b_add_slices(self, layout):
        """Add lines below these, which are slices of the same quantity."""
        if not layout:
            return
        head, last = self[0], self[-1]
        template = {
            **head.copy_data()[0],
            "order_id": head.order_id.id,
            "linked_line_id": head.linked_line_id.id,
            "virtual_id": False,
            "linked_virtual_id": False,
        }
        added = self.with_context(b2b_layout_later=True).create([{**template, **values} for values in layout])
        head.order_id._b2b_place_below(last, added)

    # --- in confirmed orders ---

    def _b2b_sliced_when_confirmed(self, vals):
        """Return the lines of confirmed orders whose new quantity is to be spread over slices.

        It is spread before it is written, because what is written is delivered.
        """
        typed = vals.get("price_unit") != vals.get("technical_price_unit")
        if "product_uom_qty" not in vals or typed or vals.keys() & {"b2b_slice_group", "product_id", "product_uom_id"}:
            return self.browse()
        return self.filtered(
            lambda line: (
                line.state == "sale"
                and not line.order_id.locked
                and not line.b2b_channel_price
                and not line._b2b_has_manual_price()
                and line.b2b_contract_rule_id.sudo().mode == "graduated"
            )
        )

    def _b2b_write_sliced(self, vals):
        """Write a new quantity, slice by slice: more goes to the last slices, less is taken from them."""
        spread = {"product_uom_qty", "price_unit", "technical_price_unit"}
        if rest := {name: value for name, value in vals.items() if name not in spread}:
            self.write(rest)
        for line in self:
            line._b2b_spread_quantity(vals["product_uom_qty"])
        return True

    def _b2b_spread_quantity(self, quantity):
        for group, priced in self._b2b_priced_quantities({self: quantity}):
            if self not in group:
                continue
            layout = group._b2b_slice_values(priced) if priced.rule and priced.slices else []
            if not layout or not group._b2b_can_take(layout):
                self.write({"product_uom_qty": quantity, "b2b_slice_group": self.b2b_slice_group})
                continue
            group._b2b_take_layout(layout)

    def _b2b_can_take(self, layout):
        """Say whether what is invoiced already has the price of its slice."""
        return all(
            not line.qty_invoiced or not line.currency_id.compare_amounts(line.price_unit, values["price_unit"])
            for line, values in zip(self, layout, strict=False)
        )

    def _b2b_take_layout(self, layout):
        quiet = self.with_context(b2b_layout_later=True)
        for index, line in enumerate(quiet):
            values = layout[index] if index < len(layout) else {"product_uom_qty": 0.0}
            if line.qty_invoiced:
                values = {"product_uom_qty": values["product_uom_qty"]}
            if line.product_uom_qty == values["product_uom_qty"]:
                values = {name: value for name, value in values.items() if name != "product_uom_qty"}
            line.write({**values, "b2b_slice_group": layout[0]["b2b_slice_group"] or line.b2b_slice_group})
        self._b2b_add_slices(layout[len(self) :])
