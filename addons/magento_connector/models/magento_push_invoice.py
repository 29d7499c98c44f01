"""Posted invoices and credit notes of shop orders, told as the shop's invoices and credit memos.

Where the shop takes the money of an order itself, the invoice has it do so: left alone, the shop would note an invoice
as paid whose money was authorised and never taken.

A credit memo must give back in the shop exactly what the credit note gives back here. A line that gives back its share
of the order's line goes by quantity, shipping as its share of the order's, and the shop computes the amounts from its
own order; whatever else a credit note holds goes as an adjustment, which carries no tax of its own, with its tax in it.
"""

from odoo import api, models

from ..magento_wire.intents import FIXED_PRODUCT_TAX, SHIPPING
from .loader_order_lines import CHARGE_PRODUCTS
from .magento_push import plain

SHARE_DIGITS = 12


class MagentoPushInvoice(models.AbstractModel):
    _name = "magento.push.invoice"
    _inherit = ["magento.push.document"]
    _description = "Invoices Told to the Shop"

    _effect = "invoice"
    _setting = "push_invoices"
    _entity = "invoices"
    _shop_field = "magento_qty_invoiced"
    _told_field = "magento_told_invoiced"
    _move_type = "out_invoice"

    @api.model
    def _tell(self, moves):
        """Queue documents that were posted, each for every shop order in it."""
        self._queue(
            [
                (move, order)
                for move in moves
                if move.move_type == self._move_type and move.state == "posted"
                for order in move.line_ids.sale_line_ids.order_id
                if order.magento_backend_id
            ]
        )

    @api.model
    def _made_since(self, backend, since):
        return self.env["account.move"].search(
            [
                ("state", "=", "posted"),
                ("move_type", "=", self._move_type),
                ("invoice_date", ">=", since),
                ("line_ids.sale_line_ids.order_id.magento_backend_id", "=", backend.id),
            ],
            order="invoice_date, id",
        )

    @api.model
    def _done_quantities(self, document, order):
        quantities, in_whole = {}, order.order_line._magento_in_whole()
        for invoice_line in document.invoice_line_ids:
            line = invoice_line.sale_line_ids.filtered("magento_item_id")[:1]
            if line.order_id == order and not line.b2b_channel_charge and line not in in_whole:
                quantities[line] = quantities.get(line, 0.0) + line._magento_quantity(invoice_line)
        return quantities

    @api.model
    def _all_done(self, line):
        posted = line.invoice_lines.filtered(
            lambda one: one.parent_state == "posted" and one.move_id.move_type == self._move_type
        )
        return sum(line._magento_quantity(one) for one in posted)

    @api.model
    def _content(self, document, order):
        beyond = self._beyond(document, order)
        if not beyond:
            return None
        backend = order.magento_backend_id
        return {
            "lines": self._lines_told(beyond),
            "comment": document._magento_comment(),
            "notify": backend.push_notify,
            "capture": bool(order.magento_payment_method_id.journal_id),
        }


class MagentoPushCreditMemo(models.AbstractModel):
    _name = "magento.push.credit.memo"
    _inherit = ["magento.push.invoice"]
    _description = "Credit Memos Told to the Shop"

    _effect = "credit_memo"
    _setting = "push_credit_memos"
    _entity = "credit_memos"
    _shop_field = "magento_qty_refunded"
    _told_field = "magento_told_refunded"
    _move_type = "out_refund"

    @api.model
    def _key_name(self):
        return "refund"

    @api.model
    def _content(self, document, order):
        by_quantity, share, adjustment = self._parts(document, order)
        beyond = {line: quantity for line, quantity in self._beyond(document, order).items() if line in by_quantity}
        if not beyond and not share and not adjustment:
            return None
        origin = document.reversed_entry_id
        taken = self.env["magento.binding"]._external_ids("invoices", origin)
        invoice_id = taken.get((order.magento_backend_id, origin.id))
        digits = document.currency_id.decimal_places
        online = bool(invoice_id and self._was_captured_in_shop(origin))
        return {
            "lines": self._lines_told(beyond),
            "shipping_share": plain(share, SHARE_DIGITS),
            "shipping_with_tax": order.magento_store_id.shipping_with_tax,
            **self._currency_told(document, order),
            "adjustment_positive": plain(max(adjustment, 0.0), digits),
            "adjustment_negative": plain(max(-adjustment, 0.0), digits),
            "comment": document._magento_comment(),
            "notify": order.magento_backend_id.push_notify,
            **({"invoice_id": invoice_id, "online": True} if online else {}),
        }

    @api.model
    def _currency_told(self, document, order):
        """The currency of the amounts, where the shop takes another: only its order knows at which rate."""
        same = document.currency_id == order.magento_store_id.base_currency_id
        return {} if same else {"currency": document.currency_id.name}

    @api.model
    def _parts(self, document, order):
        """What a credit note gives back: (order lines by quantity, share of shipping, anything else with its tax)."""
        by_quantity, adjustment = set(), 0.0
        shipping = {}
        product_of = {kind: self.env.ref(xml_id) for kind, xml_id in CHARGE_PRODUCTS.items()}
        for line, invoice_lines in self._by_order_line(document, order).items():
            net = sum(one.price_subtotal for one in invoice_lines)
            gross = sum(one.price_total for one in invoice_lines)
            if line.product_id == product_of[SHIPPING] and line.b2b_channel_charge:
                shipping[line] = net, gross
            elif line.product_id == product_of[FIXED_PRODUCT_TAX] and line.b2b_channel_charge:
                continue
            elif line.magento_item_id and self._is_share(line, invoice_lines, net):
                by_quantity.add(line)
            else:
                adjustment += gross
        share = self._shipping_share(order, shipping, product_of[SHIPPING])
        if share is None:
            adjustment += sum(gross for _net, gross in shipping.values())
        return by_quantity, share or 0.0, document.currency_id.round(adjustment)

    @api.model
    def _shipping_share(self, order, given_back, product):
        """Which part of an order's shipping is given back, None where it is no part of it: more, or at another tax.

        :param given_back: dict of order line → (net, gross)
        """
        if not given_back:
            return 0.0
        charged = order.order_line.filtered(lambda line: line.b2b_channel_charge and line.product_id == product)
        whole_net, whole_gross = sum(charged.mapped("price_subtotal")), sum(charged.mapped("price_total"))
        net, gross = (sum(amounts) for amounts in zip(*given_back.values(), strict=True))
        if not whole_net or not 0 < net / whole_net < 1 + 1e-9:
            return None
        share = 1.0 if order.currency_id.is_zero(whole_net - net) else net / whole_net
        return share if abs(whole_gross * share - gross) <= order.currency_id.rounding * 1.01 else None

    @api.model
    def _by_order_line(self, document, order):
        """dict of order line → lines of the credit note; those of no order line count for the first order."""
        first = document.line_ids.sale_line_ids.order_id[:1]
        found = {}
        for one in document.invoice_line_ids.filtered(lambda one: one.display_type == "product"):
            line = one.sale_line_ids[:1]
            if line.order_id == order or (not line and first == order):
                found[line] = found.get(line, self.env["account.move.line"]) + one
        return found

    @api.model
    def _is_share(self, line, invoice_lines, net):
        """Whether lines give back just the part of the order's line that their quantity is of it."""
        quantity = sum(line._magento_quantity(one) for one in invoice_lines)
        if not line.product_uom_qty or quantity <= 0:
            return False
        share = line.price_subtotal * quantity / line.product_uom_qty
        return abs(share - net) <= line.currency_id.rounding * 1.01

    @api.model
    def _was_captured_in_shop(self, invoice):
        """Whether the shop itself took the money of an invoice, so that the shop can give it back."""
        payments = invoice.matched_payment_ids
        return bool(self.env["magento.binding"]._external_ids("payments", payments)) if payments else False
