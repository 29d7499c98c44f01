"""Invoices and credit notes of shop orders: the shop is told of them, as far as that is wanted."""

from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    magento_document_ids = fields.One2many("magento.document", "move_id", "Shop Documents", groups="base.group_user")
    magento_message_count = fields.Integer(compute="_compute_magento_message_count", groups="base.group_user")

    def _compute_magento_message_count(self):
        counts = self.env["magento.outbox"]._counts_of(self)
        for move in self:
            move.magento_message_count = counts.get(move.id, 0)

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        self.env["magento.push.invoice"].sudo()._tell(posted)
        self.env["magento.push.credit.memo"].sudo()._tell(posted)
        posted.sudo()._magento_tell_shop()
        posted.sudo()._magento_bring_together()
        return posted

    def _magento_bring_together(self):
        """What was posted is compared with the shop's documents, and settled with the money that the shop captured.

        Credit memos that waited for an invoice go on.
        """
        moves = self.filtered(lambda move: move.is_sale_document())
        orders = moves.line_ids.sale_line_ids.order_id | moves.magento_document_ids.order_id
        orders = orders.filtered("magento_backend_id")
        if orders:
            orders._magento_compare_invoices()
            orders._magento_reconcile()
            orders._magento_go_on("invoice")

    def _magento_tell_shop(self):
        """Queue a comment for each shop order of invoices and credit notes that were just posted."""
        pairs = [
            (move, order)
            for move in self
            if move.is_sale_document()
            for order in move.line_ids.sale_line_ids.order_id
            if order.magento_backend_id.tell_invoices
        ]
        if not pairs:
            return
        orders = self.env["sale.order"].union(*(order for _move, order in pairs))
        external = self.env["magento.binding"]._external_ids("orders", orders)
        rows = [
            {
                "backend": order.magento_backend_id,
                "effect": "order_comment",
                "key": f"comment:{move.id}:{order.id}",
                "target": external[order.magento_backend_id, order.id],
                "values": {"comment": move._magento_comment(), "visible": True, "notify": False},
                "order": order,
                "document": move,
            }
            for move, order in pairs
            if (order.magento_backend_id, order.id) in external
        ]
        if rows:
            self.env["magento.outbox"]._put(rows)

    def _magento_comment(self):
        """Number, date and due date for the customer, and where the shop wants it the link to the PDF."""
        self.ensure_one()
        kind = self.env._("Credit note") if self.move_type == "out_refund" else self.env._("Invoice")
        words = self.env._(
            "%(kind)s %(number)s of %(date)s, due on %(due)s.",
            kind=kind,
            number=self.name,
            date=self.invoice_date,
            due=self.invoice_date_due or self.invoice_date,
        )
        backends = self.line_ids.sale_line_ids.order_id.magento_backend_id.sudo()
        if not any(backends.mapped("push_invoice_link")):
            return words
        link = self.get_base_url() + self.sudo().get_portal_url(report_type="pdf", download=True)
        return f"{words} {link}"

    def action_view_magento_messages(self):
        return self.env["magento.outbox"]._open_of(self)
