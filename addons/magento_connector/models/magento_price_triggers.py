"""What prices depend on: when it changes, they are compared with what the shops were told."""

from odoo import api, models

PRICED = {"list_price", "lst_price", "taxes_id", "categ_id", "standard_price", "active"}


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def write(self, vals):
        result = super().write(vals)
        if PRICED & vals.keys():
            self.env["magento.price"].sudo()._wake()
        return result


class ProductPricelistItem(models.Model):
    _inherit = "product.pricelist.item"

    @api.model_create_multi
    def create(self, vals_list):
        self.env["magento.price"].sudo()._wake()
        return super().create(vals_list)

    def write(self, vals):
        self.env["magento.price"].sudo()._wake()
        return super().write(vals)

    def unlink(self):
        self.env["magento.price"].sudo()._wake()
        return super().unlink()


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    def _set(self, vals):
        if vals.keys() & {"state", "date_terminated", "date_superseded"}:
            self.env["magento.price"].sudo()._wake()
        return super()._set(vals)
