"""Credit memos that the shop made because it was told of a credit note: they must give back the same sum."""

from odoo import api, models


class MagentoLoaderToldRefund(models.AbstractModel):
    _name = "magento.loader.told.refund"
    _inherit = ["magento.loader.case"]
    _description = "Comparison of Refunds the Shop Was Told"

    def _compare_told(self, backend, rows, bound):
        """Flag credit notes for which the shop gave back another sum, and settle those that agree.

        :param rows: list of (`Staged`, order, document)
        :param bound: dict of external id → what the memo is linked with
        """
        messages = self.env["magento.outbox"].search(
            [
                ("backend_id", "=", backend.id),
                ("effect", "=", "credit_memo"),
                ("state", "=", "sent"),
                ("reference", "in", [item.external_id for item, _order, _document in rows]),
            ]
        )
        told = {message.reference: message.order_id for message in messages}
        for item, order, document in rows:
            move = bound.get(item.external_id)
            if told.get(item.external_id) != order or not move or move._name != "account.move":
                continue
            ours = self._given_back(move, order)
            what = f"told:{document.external_id}"
            if order.currency_id.compare_amounts(ours, document.amount_total):
                self._flag(
                    [(item, order)],
                    what,
                    "shop_document",
                    lambda _item, _order, move=move, document=document, ours=ours: self._told_case(
                        move, document, ours
                    ),
                )
            else:
                self._settle([(item, order)], what, self.env._("The shop's credit memo agrees by now."))

    @api.model
    def _given_back(self, move, order):
        """What a credit note gives back of an order, with tax; lines of no order count for the first one."""
        first = move.line_ids.sale_line_ids.order_id[:1]
        return sum(
            line.price_total for line in move.invoice_line_ids if (line.sale_line_ids[:1].order_id or first) == order
        )

    @api.model
    def _told_case(self, move, document, ours):
        return {
            "name": self.env._("The shop gave back another sum: %s", document.number),
            "reason": self.env._(
                "The shop was told of %(note)s and made its credit memo %(memo)s of it. Look at both. Where only part "
                "of the shipping goes back, the difference may be its tax: then change “Refunds Shipping with Tax” on "
                "the order's store view.",
                note=move.name,
                memo=document.number,
            ),
            "move_id": move.id,
            "amount_expected": ours,
            "amount_found": document.amount_total,
            "blocking": False,
        }
