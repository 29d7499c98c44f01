"""Merged customers: of their prepared dunning letters none stands, since their items are together now."""

from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        partners = src_partners | dst_partner
        self.env["b2b.dunning.letter"].sudo().search(
            [("partner_id", "in", partners.ids), ("state", "=", "draft")]
        ).unlink()
        self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)
