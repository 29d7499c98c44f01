"""What stands in the lines of a sales order that comes from a shop.

The amounts are the shop's, given to Odoo's tax engine as they are (`extra_tax_data`); unit price and discount are
there to be read. Recomputing a line from its unit price would lose cents: 1000 × 0.0333, or a tax rounded per unit.
"""

from odoo import api, models
from odoo.fields import Command

from ..magento_wire.intents import (
    ADJUSTMENT,
    FEE,
    FIXED_PRODUCT_TAX,
    GIFT_CARD,
    GIFT_WRAPPING,
    PRODUCT,
    REWARD_POINTS,
    SHIPPING,
    STORE_CREDIT,
)
from .loading import NeedsSetup, Refused
from .magento_tax import NO_TAX

CHARGE_PRODUCTS = {
    kind: f"magento_connector.product_{kind}"
    for kind in (SHIPPING, FIXED_PRODUCT_TAX, GIFT_WRAPPING, FEE, GIFT_CARD, STORE_CREDIT, REWARD_POINTS, ADJUSTMENT)
}


class MagentoLoaderOrderLines(models.AbstractModel):
    _name = "magento.loader.order.lines"
    _description = "Lines of Shop Orders"

    # -- taxes -----------------------------------------------------------------------------------------------------

    @api.model
    def _tax_key(self, tax):
        return (tax.code, None if tax.percent is None else round(float(tax.percent), 4))

    def _taxes(self, backend, company, staged):
        """(dict of (code, percent) → account.tax, dict of record id → refusal for what is not mapped)."""
        wanted = {
            item.record_id: {self._tax_key(tax) for line in item.intent.lines for tax in line.taxes} for item in staged
        }
        taxes = self.env["magento.tax"]._resolve(backend, company, set().union({(NO_TAX, 0.0)}, *wanted.values()))
        refusals = {}
        for item in staged:
            unmapped = sorted(self._tax_words(key) for key in wanted[item.record_id] if not taxes[key])
            if unmapped:
                refusals[item.record_id] = NeedsSetup(
                    self.env._(
                        "Order %(number)s carries taxes that have no counterpart in %(company)s: %(taxes)s. Choose "
                        "them under "
                        "Configuration › Shop Taxes; the order then goes on by itself.",
                        number=item.intent.number,
                        company=company.name,
                        taxes=", ".join(unmapped),
                    ),
                    "tax",
                )
        return taxes, refusals

    def _archived_taxes(self, company, staged, taxes):
        """dict of record id → refusal of new orders with a tax whose counterpart was archived

        An order that is here goes on with the tax that it has.
        """
        refusals = {}
        for item in staged:
            keys = {self._tax_key(tax) for line in item.intent.lines for tax in line.taxes}
            if any(not line.taxes for line in item.intent.lines):
                keys.add((NO_TAX, 0.0))
            archived = [
                taxes[key] for key in sorted(keys, key=str) if taxes[key] and not all(taxes[key].mapped("active"))
            ]
            if archived:
                refusals[item.record_id] = NeedsSetup(
                    self.env._(
                        "Order %(number)s carries taxes for which %(archived)s was chosen in %(company)s, which is "
                        "archived. Choose another under Configuration › Shop Taxes; the order then goes on by itself.",
                        number=item.intent.number,
                        archived=", ".join(tax.name for tax in archived),
                        company=company.name,
                    ),
                    "tax",
                )
        return refusals

    def _tax_words(self, key):
        code, percent = key
        if percent is None:
            return code or self.env._("a tax whose rate the shop does not tell")
        return f"{code} ({percent:g} %)" if code else f"{percent:g} %"

    # -- products --------------------------------------------------------------------------------------------------

    def _products(self, backend, staged):
        """dict of (kind, shop's product id, SKU) → product, for all goods of a batch. Unknown ones are made."""
        goods = {
            (part.product_id, part.sku): part
            for item in staged
            for line in item.intent.lines
            if line.kind == PRODUCT
            for part in (line, *line.components)
        }
        binding = self.env["magento.binding"]
        loader = self.env["magento.loader.product"]
        by_id = binding._find(backend, "products", [str(product_id) for product_id, _sku in goods if product_id])
        by_sku = loader._by_sku([sku for _product_id, sku in goods])
        missing = {
            sku or f"SHOP-{product_id}": part
            for (product_id, sku), part in goods.items()
            if str(product_id) not in by_id and sku not in by_sku
        }
        created = loader._create_products(
            backend, {sku: self._product_values(backend, part) for sku, part in missing.items()}
        )
        by_sku.update(created)
        links = {}
        for product_id, sku in goods:
            if product_id and str(product_id) not in by_id:
                links.setdefault(str(product_id), by_sku[sku or f"SHOP-{product_id}"])
        binding._bind(
            backend,
            "products",
            [(key, product, product.default_code) for key, product in links.items()],
            [product.id for product in created.values()],
        )
        by_id.update(links)
        return {
            (product_id, sku): by_id.get(str(product_id)) or by_sku[sku or f"SHOP-{product_id}"]
            for product_id, sku in goods
        }

    @api.model
    def _product_values(self, backend, part):
        """A product that the shop sold and does not list, or not yet: made from the order line.

        What one customer paid is no price for all: where the shop is told its prices, it has none until the shop's
        own comes.
        """
        goods = not getattr(part, "is_virtual", False) and not getattr(part, "components", ())
        price = 0.0 if backend.push_base_prices else float(getattr(part, "unit_price", 0) or 0)
        return {
            "name": part.name or part.sku,
            "type": "consu" if goods else "service",
            "is_storable": goods,
            "list_price": price,
        }

    # -- lines -----------------------------------------------------------------------------------------------------

    @api.model
    def _order_defaults(self):
        """What core would look up for each order anew: the documents that go with quotations, where it has them."""
        orders = self.env["sale.order"]
        return orders.default_get([name for name in ("quotation_document_ids",) if name in orders._fields])

    def _line_commands(self, intent, common):
        """One2many commands of an order's lines.

        :param OrderIntent intent: the order
        :param Common common: what the batch shares
        """
        currency = common.money[intent.currency].currency
        commands = []
        for position, line in enumerate(intent.lines, 1):
            product = self._product_of(line, common, intent)
            commands.append(self._line_values(intent, line, position * 10, currency, product, common.taxes))
            commands += [
                self._component_values(part, line, position * 10 + 1, common.products[part.product_id, part.sku])
                for part in line.components
            ]
        return [Command.create({**common.line_defaults, **values}) for values in commands]

    def _product_of(self, line, common, intent):
        if line.kind == PRODUCT:
            return common.products[line.product_id, line.sku]
        method = common.shipping.get(intent.shipping_method) if line.kind == SHIPPING else None
        return (method and method.product_id) or self.env.ref(CHARGE_PRODUCTS[line.kind])

    def _line_values(self, intent, line, sequence, currency, product, taxes):
        quantity = self._quantity(intent, line)
        price_unit, discount = self._shown_price(line, quantity)
        amounts = {}
        for tax in line.taxes:
            of_tax = amounts.setdefault(
                str(taxes[self._tax_key(tax)].id), {"tax_amount_currency": 0.0, "base_amount_currency": float(line.net)}
            )
            of_tax["tax_amount_currency"] = currency.round(of_tax["tax_amount_currency"] + float(tax.amount))
        without_tax = taxes[NO_TAX, 0.0]
        if not amounts and without_tax:
            amounts[str(without_tax.id)] = {"tax_amount_currency": 0.0, "base_amount_currency": float(line.net)}
        return {
            "sequence": sequence,
            "product_id": product.id,
            "product_uom_id": product.uom_id.id,
            "name": self._line_name(line, product),
            "product_uom_qty": quantity,
            "price_unit": price_unit,
            "technical_price_unit": price_unit,
            "discount": discount,
            "tax_ids": [Command.set([int(tax_id) for tax_id in amounts])],
            "b2b_channel_price": True,
            "b2b_channel_charge": line.kind != PRODUCT,
            "magento_item_id": line.external_id,
            "magento_parent_item_id": line.parent or False,
            "magento_per_parent": float(line.quantity / line.parent_quantity) if line.parent_quantity else 0.0,
            "magento_parent_product_id": self._product_text(line.parent_product_id),
            **self._progress_values(line),
            "extra_tax_data": {
                "manual_total_excluded_currency": float(line.net),
                # Odoo takes given amounts only where some tax has them; a line without tax names none.
                "manual_tax_amounts": amounts or {"0": {}},
                "currency_id": currency.id,
                "price_unit": price_unit,
                "discount": discount,
                "quantity": quantity,
            },
        }

    @api.model
    def _progress_values(self, line):
        """How far the shop itself is with a line."""
        return {
            "magento_qty_shipped": float(line.quantity_shipped),
            "magento_qty_invoiced": float(line.quantity_invoiced),
            "magento_qty_refunded": float(line.quantity_refunded),
        }

    def _quantity(self, intent, line):
        """The shop's quantity; a finer one than Odoo counts with is refused, not rounded in silence."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        if round(line.quantity, digits) != line.quantity:
            raise_digits = -line.quantity.normalize().as_tuple().exponent
            raise Refused(
                self.env._(
                    "Order %(number)s, %(sku)s: the quantity %(quantity)s has %(digits)s decimals, Odoo counts "
                    "with %(ours)s. Raise the "
                    "decimal accuracy “Product Unit” to %(digits)s under Settings › Technical, then retry.",
                    number=intent.number,
                    sku=line.sku,
                    quantity=format(line.quantity.normalize(), "f"),
                    digits=raise_digits,
                    ours=digits,
                )
            )
        return float(line.quantity) or 1.0

    @api.model
    def _shown_price(self, line, quantity):
        """(unit price, discount in percent) such that what is shown comes closest to the line's net amount."""
        net, full = float(line.net), float(line.unit_price) * quantity
        if full > net >= 0:
            discount = round((1 - net / full) * 100, self.env["decimal.precision"].precision_get("Discount"))
            return float(line.unit_price), discount
        if full == net:
            return float(line.unit_price), 0.0
        return round(net / quantity, 6), 0.0

    @api.model
    def _line_name(self, line, product):
        if line.kind != PRODUCT:
            return line.name or product.name
        name = f"[{line.sku}] {line.name}" if line.sku else line.name
        details = [line.parent_name] if line.parent_name and line.parent_name != line.name else []
        return "\n".join([name or product.name, *details])

    @api.model
    def _component_values(self, part, line, sequence, product):
        """A part of a bundle priced as a whole: it moves goods, and carries no money."""
        return {
            "sequence": sequence,
            "product_id": product.id,
            "product_uom_id": product.uom_id.id,
            "name": self.env._(
                "[%(sku)s] %(name)s\nIncluded in %(bundle)s", sku=part.sku, name=part.name, bundle=line.name
            ),
            "product_uom_qty": float(part.quantity) or 1.0,
            "price_unit": 0.0,
            "technical_price_unit": 0.0,
            "discount": 0.0,
            "tax_ids": [Command.set([])],
            "b2b_channel_price": True,
            "magento_item_id": str(part.external_id),
            "magento_parent_item_id": line.external_id,
            "magento_per_parent": float(part.quantity / line.quantity) if line.quantity else 0.0,
            "magento_parent_product_id": self._product_text(line.product_id),
        }

    @api.model
    def _product_text(self, product_id):
        return str(product_id) if product_id else False
