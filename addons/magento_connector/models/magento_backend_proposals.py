"""What set-up proposes from what exists: read off the newest orders and the company's own records.

A proposal is marked as one until a person has looked at it. It never overwrites what a person chose.
"""

from odoo import fields, models

from .loading import REFUSALS
from .magento_shipping_method import shipping_titles

LOOKED_AT = 50


class MagentoBackendProposals(models.AbstractModel):
    _name = "magento.backend.proposals"
    _description = "Proposals for a Shop"

    looked_at = fields.Datetime("Newest Orders Looked at", readonly=True, copy=False)
    quantity_decimals = fields.Integer("Decimals of Quantities", readonly=True, copy=False)
    dry_run_date = fields.Datetime("Dry Run", readonly=True, copy=False)
    dry_run_count = fields.Integer(readonly=True, copy=False)
    dry_run_refused = fields.Integer(readonly=True, copy=False)

    def _look_at_newest(self, shop):
        """Note payment methods, shipping methods and decimals of the newest orders, and propose what they mean.

        :param Shop shop: to read from
        :raises ShopError: where the shop does not answer
        """
        self.ensure_one()
        to_intent = self._mapper("orders")
        intents = []
        for payload in shop.newest("orders", LOOKED_AT):
            try:
                intents.append(to_intent(payload))
            except REFUSALS:  # the dry run says why
                continue
        self.env["magento.payment.method"]._resolve(
            self, {intent.payment_method for intent in intents if intent.payment_method}
        )
        self.env["magento.shipping.method"]._resolve(self, shipping_titles(intents))
        self._note_taxes(intents)
        self.write(
            {
                "looked_at": fields.Datetime.now(),
                "quantity_decimals": max(
                    [self.quantity_decimals, *(_decimals(line.quantity) for intent in intents for line in intent.lines)]
                ),
            }
        )

    def _note_taxes(self, intents):
        """Note the taxes of orders, for shops that list no rates."""
        loader, stores = self.env["magento.loader.order"], self.env["magento.loader"]._stores(self)
        wanted = {}
        for intent in intents:
            keys = {loader._tax_key(tax) for line in intent.lines for tax in line.taxes}
            wanted.setdefault(loader._company(self, intent, stores), set()).update(keys)
        for company, keys in wanted.items():
            self.env["magento.tax"]._resolve(self, company, keys)

    def _propose_stores(self):
        """Fill in what store views leave open: company, warehouse, journal, pricelist, language."""
        for store in self.store_ids:
            wanted = store._proposal()
            if wanted:
                store.write({**wanted, "proposed": True})

    def _note_dry_run(self, run):
        self.write(
            {
                "dry_run_date": fields.Datetime.now(),
                "dry_run_count": len(run.line_ids),
                "dry_run_refused": run.refused_count,
            }
        )


def _decimals(quantity):
    return max(0, -quantity.normalize().as_tuple().exponent)
