"""What the shop notes at an order beside its lines: what is paid, due and refunded, and the comments people wrote."""

from markupsafe import Markup

from odoo import api, fields, models

from ..magento_wire.effects import marker_key
from .magento_document import CREDIT_MEMO


class MagentoLoaderOrderNotes(models.AbstractModel):
    _name = "magento.loader.order.notes"
    _description = "Notes of Shop Orders"

    @api.model
    def _money_figures(self, intent, currency, methods):
        """The shop's own figures of an order's money."""
        method = methods.get(intent.payment_method, self.env["magento.payment.method"])
        return {
            "magento_paid": currency.round(float(intent.paid)),
            "magento_due": currency.round(float(intent.due)),
            "magento_refunded": currency.round(float(intent.refunded)),
            "magento_changed": intent.updated_at or False,
            "magento_payment_method_id": method.id,
        }

    # -- comments --------------------------------------------------------------------------------------------------

    def _take_over_comments(self, backend, pairs):
        """Write the shop's comments into the chatter, each once; what Odoo wrote into the shop itself is left out.

        :param pairs: list of (`Staged`, order)
        """
        new = [
            (order, comment)
            for item, order in pairs
            for comment in item.intent.comments
            if comment.external_id not in (order.magento_comments or [])
        ]
        if not new:
            return
        ours = self._our_comments([order for order, _comment in new])
        note = self.env.ref("mail.mt_note").id
        self.env["mail.message"].create(
            [
                {
                    "model": "sale.order",
                    "res_id": order.id,
                    "body": self._comment_html(comment),
                    "message_type": "comment",
                    "subtype_id": note,
                    "author_id": self.env.user.partner_id.id,
                    "date": comment.created_at or fields.Datetime.now(),
                }
                for order, comment in new
                if not marker_key(comment.text) and (order.id, _plain(comment.text)) not in ours
            ]
        )
        seen = {}
        for order, comment in new:
            seen.setdefault(order, list(order.magento_comments or [])).append(comment.external_id)
        for order, external_ids in seen.items():
            order.magento_comments = external_ids

    def _our_comments(self, orders):
        """(order id, text) of comments that were sent to the shop from here"""
        messages = self.env["magento.outbox"].search(
            [("order_id", "in", [order.id for order in orders]), ("effect", "=", "order_comment")]
        )
        return {(message.order_id.id, _plain((message.values or {}).get("comment"))) for message in messages}

    def _comment_html(self, comment):
        who = self.env._("Shop, visible to the customer") if comment.visible else self.env._("Shop")
        return Markup('<p><span class="badge text-bg-info">%s</span> %s</p>') % (
            who,
            Markup("<br/>").join(comment.text.splitlines()),
        )

    # -- refunds ---------------------------------------------------------------------------------------------------

    def _flag_refunds(self, backend, orders):
        """Flag orders of which the shop's refunded total is not that of its credit memos here; settle the others.

        A memo that is only on its way is none of these: the stream of memos is read up to after the order's change.
        """
        differing, agreeing = [], []
        for order in orders:
            memos = order.magento_document_ids.filtered(
                lambda document: document.kind == CREDIT_MEMO and document.state != "cancelled"
            )
            credited = sum(memos.mapped("amount_total"))
            differs = order.currency_id.compare_amounts(credited, order.magento_refunded)
            if not differs:
                agreeing.append((None, order))
            elif differs < 0 and self._memos_are_read(backend, order):
                differing.append((None, order))
        self._flag(
            differing,
            "refunded",
            "order_change",
            lambda _item, order: {
                "name": self.env._("Order %(number)s was refunded in the shop", number=order.origin),
                "reason": self.env._(
                    "The shop refunded %(refunded)s of this order; its credit memos that are taken over are of "
                    "another total. Compare the credit memos of the order with the shop's.",
                    refunded=order.currency_id.format(order.magento_refunded),
                ),
                "blocking": False,
                "amount_expected": order.magento_refunded,
                "amount_found": sum(
                    order.magento_document_ids.filtered(
                        lambda document: document.kind == CREDIT_MEMO and document.state != "cancelled"
                    ).mapped("amount_total")
                ),
            },
        )
        self._settle(agreeing, "refunded", self.env._("The credit notes agree with the shop's refunds."))

    def _memos_are_read(self, backend, order):
        """Whether credit memos were read since the order changed, and none of it waits."""
        stream = backend.stream_ids.filtered(lambda stream: stream.entity == "credit_memos")
        if not stream.last_success or not order.magento_changed or stream.last_success <= order.magento_changed:
            return False
        external = self.env["magento.binding"]._external_ids("orders", order).get((backend, order.id))
        waiting = self.env["magento.record"].search_count(
            [
                ("backend_id", "=", backend.id),
                ("entity", "=", "credit_memos"),
                ("state", "in", ("staged", "set_aside")),
                ("waits_for", "in", [f"{what}:{external}" for what in ("order", "invoice", "shipment")]),
            ],
            limit=1,
        )
        return not waiting

    @api.model
    def _check_refunds(self, backend):
        """Look again at the orders whose refunds the shop told before it told the credit memos."""
        orders = self.env["sale.order"].search(
            [("magento_backend_id", "=", backend.id), ("magento_refunded", ">", 0)], order="id desc", limit=5000
        )
        self._flag_refunds(backend, orders)


def _plain(words):
    return " ".join((words or "").split())
