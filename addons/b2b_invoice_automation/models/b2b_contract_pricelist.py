"""What a contract needs of Odoo's pricelists when one is copied: its prices, and products to compare."""

from odoo import models


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    def action_copy_pricelist(self):
        """Choose a pricelist whose rules are copied into this contract."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "b2b.contract.from.pricelist",
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Copy a Pricelist"),
            "context": {"default_contract_id": self.id, "dialog_size": "extra-large"},
        }

    def _pricelist_prices_in(self, requests, pricelist, moment):
        """Return request key → price per unit by a pricelist, in the contract's currency."""
        prices = {}
        for quantity in {request.quantity for request in requests}:
            members = [request for request in requests if request.quantity == quantity]
            products = self.env["product.product"].union(*(request.product for request in members))
            found = pricelist._get_products_price(products, quantity, currency=self.currency_id, date=moment)
            prices.update({request.key: found[request.product.id] for request in members})
        return prices


class B2bContractPriceRule(models.Model):
    _inherit = "b2b.contract.price.rule"

    def _sample_products(self, count):
        """Return a few product variants that the rule is about."""
        if self.scope == "variant":
            return self.product_id
        domain = {
            "product": [("product_tmpl_id", "=", self.product_tmpl_id.id)],
            "category": [("categ_id", "child_of", self.categ_id.id)],
            "all": [("sale_ok", "=", True)],
        }[self.scope]
        return self.env["product.product"].search(domain, limit=count)
