"""What those who write messages for the outbox share: which of them writes which kind, and what they are asked.

A message says that something is to be told. What exactly, is asked again when it is claimed, because the shop or Odoo
may have gone on since; and when it was told, its writer notes that.
"""

from odoo import api, models

WRITERS = {
    "shipment": "magento.push.shipment",
    "tracking": "magento.push.tracking",
    "invoice": "magento.push.invoice",
    "credit_memo": "magento.push.credit.memo",
    "order_cancel": "magento.push.order",
    "stock": "magento.push.stock",
    "base_price": "magento.push.price",
    "special_price": "magento.push.price",
    "tier_price": "magento.push.price",
    "shared_catalog_price": "magento.push.price",
}


def plain(number, digits=6):
    """A number as the shop is sent it: decimals as needed, never an exponent."""
    text = f"{number:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


class MagentoPush(models.AbstractModel):
    _name = "magento.push"
    _description = "Writer of Messages to the Shop"

    @api.model
    def _of(self, kind):
        """The writer of a kind of message."""
        return self.env[WRITERS.get(kind, "magento.push")].sudo()

    @api.model
    def _fresh_values(self, backend, messages):
        """What messages say now, as they are about to be sent for the first time.

        :returns: dict of message id → values; None where there is nothing to tell any more; without those that must
            wait
        """
        return {message.id: message.values or {} for message in messages}

    @api.model
    def _after_told(self, messages):
        """Messages of one kind were told: note what follows, in the same transaction."""
