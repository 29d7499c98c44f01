"""Orders placed before the shop went live here: taken over to the cent, and then left alone.

They are confirmed without what a confirmation sets off: nothing is procured, compared, flagged or billed. A later
change in the shop rewrites them, for no document of ours depends on them.
"""

from odoo import api, models

SETTLED_STATES = ("complete", "closed", "canceled")
UNSETTLED_STATES = ("pending_payment", "payment_review")


class MagentoLoaderOrderHistory(models.AbstractModel):
    _name = "magento.loader.order.history"
    _description = "Shop Orders from before Go-Live"

    @api.model
    def _is_history(self, backend, intent):
        """Whether an order belongs to the time before the shop went live here.

        :param OrderIntent intent: the order
        """
        if not backend.go_live or not intent.placed_at or intent.placed_at >= backend.go_live:
            return False
        return backend.history_orders == "all" or intent.state in SETTLED_STATES

    @api.model
    def _split_history(self, pairs):
        """(pairs of history, the others).

        :param pairs: list of (`Staged`, order)
        """
        past = [pair for pair in pairs if pair[1].b2b_history]
        return past, [pair for pair in pairs if not pair[1].b2b_history]

    def _keep_history(self, backend, pairs):
        """Bring history to what the shop says of it now, whatever that is.

        :param pairs: list of (`Staged`, order), all of them history
        """
        for item, order in pairs:
            if order.magento_content_hash != self._content_hash(item.intent):
                order.state = "draft"
                self.with_company(order.company_id)._rewrite(backend, item, order)
        ready = self.env["sale.order"].browse(
            [
                order.id
                for item, order in pairs
                if item.intent.state not in (*UNSETTLED_STATES, "canceled") and order.state in ("draft", "sent")
            ]
        )
        ready.state = "sale"
        self._cancel([pair for pair in pairs if pair[0].intent.state == "canceled"])
