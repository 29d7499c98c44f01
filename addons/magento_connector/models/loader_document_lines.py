"""Which order lines an invoice or credit memo of the shop is about, how many of each, and at which amounts."""

from decimal import Decimal

from odoo import api, models

from odoo.addons.b2b_invoice_automation.order_to_cash.money import allocate, to_decimal

from ..magento_wire.intents import PRODUCT
from .loading import Refused


class MagentoLoaderDocumentLines(models.AbstractModel):
    _name = "magento.loader.document.lines"
    _description = "Lines of Shop Documents"

    def _parts(self, intent, order):
        """What a document takes of its order.

        :param DocumentIntent intent: the document
        :returns: (dict of order line → (quantity, the document's line or None), list of the document's lines that
            belong to no order line)
        """
        lines = {line.magento_item_id: line for line in order.order_line if line.magento_item_id}
        money = {line.external_id: line for line in intent.lines}
        quantities = {}
        for item_id, quantity in intent.quantities:
            quantities[item_id] = quantities.get(item_id, Decimal(0)) + quantity
        parts = {
            lines[item_id]: (float(quantity), money.pop(item_id, None))
            for item_id, quantity in quantities.items()
            if item_id in lines
        }
        for component in order.order_line.filtered("magento_parent_item_id"):
            parent = quantities.get(component.magento_parent_item_id)
            if parent and component not in parts and component.currency_id.is_zero(component.price_total):
                parts[component] = (component.magento_per_parent * float(parent), None)
        rest = []
        for line in money.values():
            order_line = lines.get(line.external_id)
            if order_line:
                parts[order_line] = (self._share(line, order_line), line)
            else:
                rest.append(line)
        return parts, rest

    @api.model
    def _share(self, line, order_line):
        """The quantity of a charge: all of it, or the part that its amount is of the whole."""
        if line.kind == PRODUCT or order_line.product_uom_qty != 1:
            return float(line.quantity)
        whole = order_line.price_subtotal or order_line.price_total
        amount = float(line.net) if order_line.price_subtotal else float(line.gross)
        if not whole or not order_line.currency_id.compare_amounts(whole, amount):
            return 1.0
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return max(round(amount / whole, digits), 10**-digits)

    @api.model
    def _given_amounts(self, order_line, line, quantity):
        """Amounts for the books exactly as the document has them, spread over the order line's taxes.

        :param LineIntent line: the document's line
        :param float quantity: of the line in the books
        :returns: ``extra_tax_data``
        :raises Refused: when the document taxes what the order does not
        """
        stated = (order_line.extra_tax_data or {}).get("manual_tax_amounts") or {}
        taxes = order_line.tax_ids.flatten_taxes_hierarchy()
        if line.tax and not taxes:
            raise Refused(
                self.env._(
                    "%(name)s is taxed with %(tax)s in the shop's document, but carries no tax in the order. Choose "
                    "the tax under Configuration › Shop Taxes, then retry.",
                    name=line.name or line.sku,
                    tax=order_line.currency_id.format(float(line.tax)),
                )
            )
        weights = [
            to_decimal(abs(stated.get(str(tax.id), {}).get("tax_amount_currency", 0.0)) or abs(tax.amount), 9)
            for tax in taxes
        ]
        shares = allocate(line.tax, weights, order_line.currency_id.rounding) if taxes else []
        return {
            "manual_total_excluded_currency": float(line.net),
            "manual_tax_amounts": {
                str(tax.id): {"tax_amount_currency": float(share), "base_amount_currency": float(line.net)}
                for tax, share in zip(taxes, shares, strict=True)
            }
            or {"0": {}},
            "currency_id": order_line.currency_id.id,
            "price_unit": order_line.price_unit,
            "discount": order_line.discount,
            "quantity": quantity,
        }
