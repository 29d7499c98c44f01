"""What the shop is told about an order as such: its number here, that it is cancelled, stopped or goes on."""

from odoo import api, models

SHOP_HOLD = "magento:hold:%s"


class MagentoPushOrder(models.AbstractModel):
    _name = "magento.push.order"
    _inherit = ["magento.push"]
    _description = "Orders Told to the Shop"

    @api.model
    def _tell(self, orders, effect, setting, values_of=None, about=None):
        """Queue one kind of message for shop orders whose shop is told of it.

        :param str about: what messages replace each other, where it is not the kind
        :returns: the orders whose shop is told
        """
        orders = orders.filtered(lambda order: order.magento_backend_id.sudo()[setting] and not order.b2b_history)
        external = self.env["magento.binding"]._external_ids("orders", orders) if orders else {}
        rows = [
            {
                "backend": order.magento_backend_id,
                "effect": effect,
                "key": f"{about or effect}:{order.id}",
                "target": external[order.magento_backend_id, order.id],
                "values": values_of(order) if values_of else {},
                "order": order,
                "document": order,
            }
            for order in orders
            if (order.magento_backend_id, order.id) in external
        ]
        if rows:
            self.env["magento.outbox"].sudo()._put(rows)
        return orders.filtered(lambda order: (order.magento_backend_id, order.id) in external)

    @api.model
    def _tell_numbers(self, orders):
        self._tell(orders, "order_number", "push_order_numbers", lambda order: {"number": order.name})

    @api.model
    def _tell_cancelled(self, orders):
        """Orders that were cancelled here; those that the shop cancelled first are not told back."""
        self._tell(
            orders.filtered(lambda order: order.b2b_channel_state == "open"), "order_cancel", "push_cancellations"
        )

    @api.model
    def _tell_holds(self, backend):
        """Queue holds of orders that a case of ours stops, and their release. The shop's own hold is no such case."""
        if not backend.push_holds:
            return
        candidates = self.env["sale.order"].search(
            [
                ("magento_backend_id", "=", backend.id),
                ("b2b_channel_state", "=", "open"),
                ("b2b_history", "=", False),
                "|",
                "&",
                ("b2b_on_hold", "=", True),
                ("magento_told_hold", "=", False),
                ("magento_told_hold", "=", True),
            ]
        )
        stopped = candidates.filtered(self._cases)
        to_hold = stopped.filtered(lambda order: not order.magento_told_hold and order.magento_status != "holded")
        to_release = (candidates - stopped).filtered("magento_told_hold")
        self._tell(to_hold, "order_hold", "push_holds", about="hold").magento_told_hold = True
        self._tell(to_release, "order_unhold", "push_holds", about="hold").magento_told_hold = False
        self._tell(to_hold | to_release, "order_comment", "push_holds", self._hold_comment, about="hold_comment")

    @api.model
    def _cases(self, order):
        """Our cases that stop an order."""
        return order.b2b_discrepancy_ids.filtered(
            lambda case: case.state == "open" and case.blocking and case.key != SHOP_HOLD % order.id
        )

    @api.model
    def _hold_comment(self, order):
        """What people in the shop read of a hold and of its end; the customer does not see it."""
        if cases := self._cases(order):
            words = "\n".join(filter(None, (text for case in cases for text in (case.name, case.reason))))
            comment = self.env._("On hold in Odoo: %s", words)
        else:
            settled = order.b2b_discrepancy_ids.filtered(lambda case: case.blocking and case.state != "open")
            comment = self.env._("Goes on in Odoo: %s", settled.sorted("write_date")[-1:].outcome or order.name)
        return {"comment": comment, "status": "", "notify": False, "visible": False}

    @api.model
    def _fresh_values(self, backend, messages):
        """A cancellation that the shop knows of by now needs no telling."""
        return {
            message.id: (message.values or {})
            if message.order_id.b2b_channel_state == "open" and message.order_id.state == "cancel"
            else None
            for message in messages
        }
