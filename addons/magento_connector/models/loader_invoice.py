"""Invoices of the shop: compared with what Odoo bills, or billed as they are; and what they captured becomes a payment.

The order is the truth: parts of it are billed at the amounts of the shop's invoice, the last part at what is left, so
that all sum to the order. Where the shop's own invoices do not (some shops with fixed product taxes), it is flagged.
"""

from odoo import api, models
from odoo.fields import Command

from .loading import REFUSALS, Refused
from .magento_document import INVOICE


class MagentoLoaderInvoice(models.AbstractModel):
    _name = "magento.loader.invoice"
    _inherit = ["magento.loader.document", "magento.loader.document.lines", "magento.loader.payment"]
    _description = "Loader of Invoices"

    def _load(self, backend, staged):
        rows = self._note_all(backend, INVOICE, staged)
        bound = self.env["magento.binding"]._find(backend, "invoices", [item.external_id for item in staged])
        bound |= self._recognise(
            backend, "invoices", "account.move", "invoice", [row for row in rows if row[0].external_id not in bound]
        )
        for item, _order, document in rows:
            if item.external_id in bound:
                self._write_changes(document, {"move_id": bound[item.external_id].id})
        refusals = {}
        if backend.shop_invoices == "bill":
            new = [row for row in rows if row[0].external_id not in bound and row[0].intent.state != "cancelled"]
            for part in self._rounds(new):
                refusals.update(self._bill_round(backend, part))
        if refusals:
            return refusals
        self._flag_cancelled([row for row in rows if row[0].intent.state == "cancelled" and row[2].move_id])
        orders = self.env["sale.order"].browse({order.id for _item, order, _document in rows})
        orders._magento_compare_invoices()
        self._capture(backend, rows)
        return {}

    @api.model
    def _noted_values(self, intent):
        return self._money_values(intent)

    # -- billing what the shop invoiced ----------------------------------------------------------------------------

    def _bill_round(self, backend, rows):
        """Make the invoices of shop invoices of different orders.

        :returns: dict of record id → refusal
        """
        refusals, ready = {}, []
        for item, order, document in rows:
            try:
                self._require_confirmed(item, order)
                values = self._invoice_values(item, order)
                if values:
                    ready.append((item, order, document, values))
            except REFUSALS as refusal:
                refusals[item.record_id] = refusal
        if not refusals:
            for company in {order.company_id for _item, order, _document, _values in ready}:
                self.with_company(company)._make_invoices(
                    backend, [row for row in ready if row[1].company_id == company]
                )
        return refusals

    def _make_invoices(self, backend, ready):
        def link(moves):
            for (_item, _order, document, _values), move in zip(ready, moves, strict=True):
                document.move_id = move
            self.env["magento.binding"]._bind(
                backend,
                "invoices",
                [
                    (item.external_id, move, item.intent.number)
                    for (item, _order, _document, _values), move in zip(ready, moves, strict=True)
                ],
                moves.ids,
            )

        moves = self.env["account.move"]._b2b_create_invoices(
            [values for _item, _order, _document, values in ready],
            [order for _item, order, _document, _values in ready],
            before_post=link,
        )
        self._log_billed(list(zip(ready, moves, strict=True)))

    def _invoice_values(self, item, order):
        """Values of the invoice of a shop invoice's lines and quantities; None when it names none."""
        parts, _rest = self._parts(item.intent, order)
        if not parts:
            return None
        self._require_open(item, order, parts)
        day = self._day(order, item.intent.created_at)
        values = order._b2b_invoice_values({line.id: quantity for line, (quantity, _line) in parts.items()}, day)
        values["ref"] = item.intent.number
        for command in values["invoice_line_ids"]:
            self._give_amounts(command, parts)
        return values

    def _require_open(self, item, order, parts):
        for line, (quantity, _line) in parts.items():
            left = line.product_uom_qty - line.qty_invoiced
            if line.product_uom_id.compare(quantity, left) > 0:
                raise Refused(
                    self.env._(
                        "Invoice %(number)s of the shop bills %(quantity)s × %(product)s, but only %(left)s of order "
                        "%(order)s are left to bill here. Compare the invoices of the order; ignore this one when it "
                        "is billed already.",
                        number=item.intent.number,
                        quantity=f"{quantity:g}",
                        product=line.product_id.display_name,
                        left=f"{left:g}",
                        order=order.display_name,
                    )
                )

    def _give_amounts(self, command, parts):
        """Put the shop's amounts into an invoice line of a part; the last part takes what is left of the order's."""
        code, _id, values = command
        if code != Command.CREATE or values.get("display_type") != "product" or not values.get("sale_line_ids"):
            return
        order_line = self.env["sale.order.line"].browse(values["sale_line_ids"][0][1])
        quantity, line = parts.get(order_line, (0.0, None))
        left = order_line.product_uom_qty - order_line.qty_invoiced
        if line and order_line.product_uom_id.compare(quantity, left) < 0:
            values["extra_tax_data"] = self._given_amounts(order_line, line, quantity)

    def _log_billed(self, made):
        self.env["b2b.decision"]._log(
            [
                {
                    "kind": "billing",
                    "record": move,
                    "company": order.company_id,
                    "decision": self.env._("Billed what the shop invoiced with %(number)s.", number=item.intent.number),
                    "rule": self.env._("Invoices made in the shop"),
                    "evidence": {
                        "shop_invoice": item.external_id,
                        "shop_total": format(item.intent.shop_total, "f"),
                        "orders": [order.name],
                        "total": move.amount_total,
                    },
                    "amount": move.amount_total_in_currency_signed,
                    "currency": move.currency_id,
                }
                for (item, order, _document, _values), move in made
            ]
        )

    def _flag_cancelled(self, rows):
        self.env["b2b.discrepancy"]._flag(
            [
                {
                    "key": f"magento:invoice_cancelled:{document.id}",
                    "type": "shop_document",
                    "name": self.env._("The shop cancelled its invoice %(number)s", number=document.number),
                    "reason": self.env._(
                        "The shop cancelled invoice %(number)s, which is %(move)s here. Credit it, unless that is "
                        "done.",
                        number=document.number,
                        move=document.move_id.display_name,
                    ),
                    "company_id": order.company_id.id,
                    "order_id": order.id,
                    "move_id": document.move_id.id,
                    "partner_id": order.partner_id.commercial_partner_id.id,
                    "currency_id": order.currency_id.id,
                    "amount_expected": 0.0,
                    "amount_found": document.amount_total,
                }
                for _item, order, document in rows
                if document.move_id.state != "cancel"
            ]
        )
