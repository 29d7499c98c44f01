"""Merged partners stay linked with their accounts in the shop, and addresses that become one are one."""

from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        self._magento_free_addresses(src_partners.sudo(), dst_partner.sudo())
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _magento_free_addresses(self, sources, target):
        """Leave each of the shop's addresses to one contact: among those that come together, and to the target."""
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        children = partners.search([("parent_id", "=", target.id)]) + partners.search(
            [("parent_id", "in", sources.ids)]
        )
        beside = partners.search([("parent_id", "=", target.parent_id.id)]) if target.parent_id else partners
        theirs = sources.filtered("magento_address_key").mapped("magento_address_key")
        sources.magento_address_key = False
        taken = set()
        for child in children.filtered("magento_address_key"):
            if child.magento_address_key in taken:
                child.magento_address_key = False
            else:
                taken.add(child.magento_address_key)
        self.env.flush_all()
        if not target.magento_address_key:
            target.magento_address_key = next(
                (key for key in theirs if key not in beside.mapped("magento_address_key")), False
            )
        self.env.flush_all()

    def _update_reference_fields(self, src_partners, dst_partner):
        result = super()._update_reference_fields(src_partners, dst_partner)
        for model, name in (("magento.binding", "model"), ("magento.outbox", "res_model")):
            self.env[model].sudo().search([(name, "=", "res.partner"), ("res_id", "in", src_partners.ids)]).write(
                {"res_id": dst_partner.id}
            )
        return result
