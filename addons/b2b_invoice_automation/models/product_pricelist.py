"""What discounts off a pricelist need to know of it: where its prices may change."""

from odoo import models


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    def _b2b_steps(self):
        """Return the quantities at which a price may change, from 0.0 on, and whether the day matters.

        Pricelists that this one is based on count as well.

        :returns: (sorted list of floats, bool)
        """
        chain = self
        while further := chain.item_ids.base_pricelist_id - chain:
            chain |= further
        items, own = chain.item_ids, self.env.company.currency_id
        is_dated = any(item.date_start or item.date_end for item in items) or any(
            pricelist.currency_id != own for pricelist in chain
        )
        return sorted({0.0, *items.mapped("min_quantity")}), is_dated
