"""What the shop says about an order's money and documents, compared with what Odoo has."""

from collections import defaultdict

from odoo import fields, models

from .magento_document import CREDIT_MEMO, INVOICE, SHIPMENT

OPEN_ACCOUNTS = ("asset_receivable", "liability_payable")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    magento_payment_method_id = fields.Many2one(
        "magento.payment.method",
        "Payment Method in the Shop",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
    )
    magento_paid = fields.Monetary("Paid in the Shop", copy=False, readonly=True, groups="base.group_user")
    magento_due = fields.Monetary("Due in the Shop", copy=False, readonly=True, groups="base.group_user")
    magento_refunded = fields.Monetary("Refunded in the Shop", copy=False, readonly=True, groups="base.group_user")
    magento_changed = fields.Datetime("Changed in the Shop", copy=False, readonly=True, groups="base.group_user")
    magento_comments = fields.Json(
        copy=False,
        readonly=True,
        help="The shop's ids of the comments that are in the chatter.",
        groups="base.group_user",
    )
    magento_document_ids = fields.One2many("magento.document", "order_id", "Shop Documents", groups="base.group_user")
    magento_shipment_count = fields.Integer(compute="_compute_magento_counts", groups="base.group_user")
    magento_invoice_count = fields.Integer(compute="_compute_magento_counts", groups="base.group_user")
    magento_credit_memo_count = fields.Integer(compute="_compute_magento_counts", groups="base.group_user")
    magento_payment_count = fields.Integer(compute="_compute_magento_counts", groups="base.group_user")

    def _compute_magento_counts(self):
        counts = {
            (order, kind): count
            for order, kind, count in self.env["magento.document"]
            .sudo()
            ._read_group([("order_id", "in", self.ids)], ["order_id", "kind"], ["__count"])
        }
        payments = dict(
            self.env["account.payment"]
            .sudo()
            ._read_group([("magento_order_id", "in", self.ids)], ["magento_order_id"], ["__count"])
        )
        for order in self:
            order.magento_shipment_count = counts.get((order, SHIPMENT), 0)
            order.magento_invoice_count = counts.get((order, INVOICE), 0)
            order.magento_credit_memo_count = counts.get((order, CREDIT_MEMO), 0)
            order.magento_payment_count = payments.get(order, 0)

    def action_view_magento_documents(self):
        """Open the shop's documents of this order, of the kind in the button's context."""
        self.ensure_one()
        kind = self.env.context.get("magento_kind")
        return {
            **self.env["ir.actions.actions"]._for_xml_id("magento_connector.magento_document_action"),
            "domain": [("order_id", "=", self.id)] + ([("kind", "=", kind)] if kind else []),
            "context": {},
        }

    def action_view_magento_payments(self):
        """Open what the shop captured and paid back for this order."""
        self.ensure_one()
        return {
            **self.env["ir.actions.actions"]._for_xml_id("account.action_account_payments"),
            "domain": [("magento_order_id", "=", self.id)],
            "context": {"create": False},
        }

    def _action_confirm(self):
        result = super()._action_confirm()
        self._magento_go_on("order")
        return result

    def _magento_go_on(self, what):
        """Shop documents that waited for these orders are processed again.

        :param str what: what happened to them: ``order`` (confirmed), ``invoice`` (posted), ``shipment`` (delivered)
        """
        orders = self.sudo().filtered("magento_backend_id")
        for backend, theirs in orders.grouped("magento_backend_id").items():
            external = self.env["magento.binding"]._external_ids("orders", theirs)
            self.env["magento.record"]._go_on(backend, [f"{what}:{external_id}" for external_id in external.values()])

    def _b2b_billing_waits(self):
        """Orders of a shop whose invoices are taken over are billed by these, and not by a policy."""
        waits = super()._b2b_billing_waits()
        if self.sudo().magento_backend_id.shop_invoices == "bill":
            waits.append(self.env._("The shop's own invoices bill it."))
        return waits

    # -- invoices --------------------------------------------------------------------------------------------------

    def _magento_compare_invoices(self):
        """Link the shop's invoices with the invoices here that bill the same, and flag where their totals differ."""
        flagged, agreed = [], []
        for order in self:
            theirs = order.magento_document_ids.filtered(
                lambda document: document.kind == INVOICE and document.state != "cancelled"
            )
            if not theirs:
                continue
            ours = order._magento_billed()
            order._magento_link_invoices(theirs, ours)
            if order._magento_same(_sum(theirs.mapped("quantities")), _sum([q for q, _total in ours.values()])):
                shop, here = sum(theirs.mapped("amount_total")), sum(total for _q, total in ours.values())
                differs = order.currency_id.compare_amounts(shop, here)
                (flagged if differs else agreed).append((order, shop, here))
        self._magento_flag_invoices(flagged, agreed)

    def _magento_billed(self):
        """What posted invoices bill of this order.

        :returns: dict of account.move → (dict of the shop's item id → quantity, total with tax)
        """
        billed = {}
        for line in self.order_line:
            for invoice_line in line.invoice_lines:
                move = invoice_line.move_id
                if move.state != "posted" or move.move_type != "out_invoice":
                    continue
                quantities, total = billed.get(move, ({}, 0.0))
                item_id = line.magento_item_id or f"line:{line.id}"
                quantities[item_id] = quantities.get(item_id, 0.0) + line._magento_quantity(invoice_line)
                billed[move] = quantities, total + invoice_line.price_total
        return billed

    def _magento_same(self, theirs, ours):
        """Whether two sets of quantities are the same, for lines that carry money."""
        lines = self.order_line.filtered(
            lambda line: line.magento_item_id and not line.currency_id.is_zero(line.price_total)
        )
        return all(
            not line.product_uom_id.compare(theirs.get(line.magento_item_id, 0.0), ours.get(line.magento_item_id, 0.0))
            for line in lines
        )

    def _magento_link_invoices(self, theirs, ours):
        """Link each shop invoice with the invoice here of the same quantities, or of all of them together."""
        links = []
        unlinked = theirs.filtered(lambda document: not document.move_id)
        for document in unlinked:
            quantities = _sum([document.quantities])
            taken = theirs.move_id
            move = next(
                (
                    move
                    for move, (billed, _t) in ours.items()
                    if move not in taken and self._magento_same(quantities, billed)
                ),
                None,
            )
            if not move and len(ours) == 1:
                [(only, (billed, _total))] = ours.items()
                move = only if self._magento_same(_sum(theirs.mapped("quantities")), billed) else None
            if move:
                document.move_id = move
                links.append((document.external_id, move, document.number))
        if links:
            self.env["magento.binding"]._bind(self.magento_backend_id, "invoices", links)

    def _magento_flag_invoices(self, flagged, agreed):
        cases = self.env["b2b.discrepancy"]
        cases._flag(
            [
                {
                    "key": f"magento:invoices:{order.id}",
                    "type": "shop_document",
                    "name": self.env._("The shop invoiced another amount: order %(number)s", number=order.origin),
                    "reason": self.env._(
                        "For the same quantities the shop invoiced %(shop)s, and %(here)s are billed here. The order "
                        "is what was agreed: when the shop's invoice is wrong, accept the difference.",
                        shop=order.currency_id.format(shop),
                        here=order.currency_id.format(here),
                    ),
                    "company_id": order.company_id.id,
                    "order_id": order.id,
                    "partner_id": order.partner_id.commercial_partner_id.id,
                    "currency_id": order.currency_id.id,
                    "amount_expected": shop,
                    "amount_found": here,
                }
                for order, shop, here in flagged
            ]
        )
        for company in {order.company_id for order, _shop, _here in agreed}:
            keys = [f"magento:invoices:{order.id}" for order, _s, _h in agreed if order.company_id == company]
            cases._settle(keys, self.env._("The shop's invoices and those here agree."), company)

    # -- money -----------------------------------------------------------------------------------------------------

    def _magento_reconcile(self):
        """Reconcile what the shop captured and paid back with the invoices and credit notes of these orders."""
        payments = self.env["account.payment"].search(
            [("magento_order_id", "in", self.ids), ("state", "in", ("in_process", "paid"))]
        )
        refunds = self.magento_document_ids.filtered(lambda document: document.kind == CREDIT_MEMO).move_id
        groups = defaultdict(lambda: self.env["account.move.line"])
        for order in self:
            theirs = payments.filtered(lambda payment, order=order: payment.magento_order_id == order)
            own_refunds = order.magento_document_ids.move_id & refunds
            moves = (order.invoice_ids | own_refunds).filtered(lambda move: move.state == "posted")
            for phase, lines in enumerate(
                (
                    _open(theirs.filtered(lambda payment: payment.payment_type == "outbound").move_id)
                    + _open(moves.filtered(lambda move: move.move_type == "out_refund")),
                    _open(theirs.filtered(lambda payment: payment.payment_type == "inbound").move_id)
                    + _open(moves.filtered(lambda move: move.move_type == "out_invoice")),
                    _open(theirs.move_id) + _open(moves),
                )
            ):
                for line in lines:
                    groups[phase, order, line.account_id, line.currency_id] |= line
        for phase in range(3):
            plan = [
                lines.filtered(lambda line: not line.reconciled)
                for (at, *_rest), lines in groups.items()
                if at == phase
            ]
            plan = [lines for lines in plan if len({line.amount_residual > 0 for line in lines}) == 2]
            if plan:
                self.env["account.move.line"]._reconcile_plan(plan)


def _open(moves):
    return moves.line_ids.filtered(lambda line: line.account_type in OPEN_ACCOUNTS and not line.reconciled)


def _sum(quantities_list):
    """Quantities of several documents together: dict of item id → quantity"""
    sums = {}
    for quantities in quantities_list:
        for item_id, quantity in (quantities or {}).items():
            sums[item_id] = sums.get(item_id, 0.0) + float(quantity)
    return sums
