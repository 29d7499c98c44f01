"""Contract prices where products are chosen: the catalogue of an order, and the product configurator.

It is apart from the order's lines because nothing is ordered here yet; what is shown is what a line would cost.
"""

from odoo import fields, models

from .b2b_contract_pricing import PriceRequest


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _get_product_catalog_order_data(self, products, **kwargs):
        data = super()._get_product_catalog_order_data(products, **kwargs)
        for product, price in self._b2b_catalog_prices(products).items():
            data[product.id]["price"] = price
        return data

    def _update_order_line_info(self, product_id, quantity, *, section_id=False, child_field="order_line", **kwargs):
        """Slices are one quantity here; the price of what is not ordered (any more) is the contract's."""
        slices = self._b2b_catalog_lines(product_id, section_id)
        if quantity and len(slices) > 1 and slices._b2b_is_one_quantity():
            price = slices._b2b_set_whole_quantity(quantity)
        else:
            price = super()._update_order_line_info(
                product_id, quantity, section_id=section_id, child_field=child_field, **kwargs
            )
        lines = self._b2b_catalog_lines(product_id, section_id)
        if lines._b2b_is_one_quantity():
            return lines._b2b_average_price()
        product = self.env["product.product"].browse(product_id)
        return price if lines else self._b2b_catalog_prices(product).get(product, price)

    def _b2b_catalog_lines(self, product_id, section_id):
        return self.order_line.filtered(
            lambda line: line.product_id.id == product_id and line.get_parent_section_line().id == section_id
        ).sorted()

    def _b2b_catalog_prices(self, products):
        """Return product → its price per unit under the order's contracts; those without are left out."""
        self.ensure_one()
        contracts = self._b2b_contracts_for_pricing()[self]
        return contracts._unit_prices(
            products, 1.0, self.currency_id, self.company_id, self._b2b_price_day(), self._b2b_place_in_time()
        )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _get_product_catalog_lines_data(self, **kwargs):
        data = super()._get_product_catalog_lines_data(**kwargs)
        if len(self) > 1 and self._b2b_is_one_quantity():
            data.update(
                readOnly=self.order_id._is_readonly(),
                price=self._b2b_average_price(),
                quantity=sum(self.mapped("product_uom_qty")),
                uomDisplayName=self.product_uom_id.display_name,
            )
        return data

    def _b2b_is_one_quantity(self):
        """Say whether these lines are the slices of one quantity."""
        return bool(self) and all(self.mapped("b2b_slice_group")) and len(self._b2b_quantities()) == 1

    def _b2b_set_whole_quantity(self, quantity):
        order, first = self.order_id, self[0]
        if order.state == "sale":
            first.product_uom_qty += quantity - sum(self.mapped("product_uom_qty"))
            return first.price_unit
        quiet = self.with_context(b2b_layout_later=True)
        quiet[1:].unlink()
        quiet[0].product_uom_qty = quantity
        order._b2b_lay_out_tiers()
        return first.price_unit

    def _b2b_average_price(self):
        quantity = sum(self.mapped("product_uom_qty"))
        amount = sum(line._get_discounted_price() * line.product_uom_qty for line in self)
        return amount / quantity if quantity else self[:1].price_unit


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    def _unit_prices(self, products, quantity, currency, company, day, before=None, uom=None):
        """Return product → what a unit costs at a quantity, on average where slices differ.

        :param products: variants; those that no contract prices are left out
        :param uom: of the quantity and the price; each product's own without
        """
        if not self:
            return {}
        priced = self._price(
            [
                PriceRequest(
                    key=product,
                    product=product,
                    quantity=quantity,
                    uom=uom or product.uom_id,
                    day=day,
                    contracts=self,
                    currency=currency,
                    company=company,
                    before=before,
                )
                for product in products
            ]
        )
        return {
            product: float(line.total) / quantity if len(line.slices) > 1 else float(line.slices[0].unit_price)
            for product, line in priced.items()
            if line.rule is not None and line.slices
        }

    def _for_configurator(self, currency, moment):
        """Return this contract, then the customer's others that count at a moment, for prices in a currency."""
        day = self._local_day(self.company_id, fields.Datetime.to_datetime(moment))
        others = self.sudo()._in_force_for(self.partner_id, self.company_id, day, day)
        return self | others.sorted(lambda contract: contract.currency_id != currency).with_env(self.env), day
