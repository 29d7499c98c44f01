"""Merged customers: what each may have once is one afterwards, and their figures are those of both together.

Odoo moves everything that points to the merged partners by SQL; what would then be there twice is settled before.
"""

from odoo import models
from odoo.exceptions import UserError


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        partners = src_partners | dst_partner
        # Of prepared letters none stands, since the items are together now.
        self.env["b2b.dunning.letter"].sudo().search(
            [("partner_id", "in", partners.ids), ("state", "=", "draft")]
        ).unlink()
        self._b2b_join_credit(src_partners, dst_partner)
        self._b2b_join_recipients(src_partners, dst_partner)
        self._b2b_join_aliases(src_partners, dst_partner)
        self._b2b_join_meters(src_partners, dst_partner)
        self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _update_reference_fields(self, src_partners, dst_partner):
        result = super()._update_reference_fields(src_partners, dst_partner)
        self._b2b_join_deliveries(src_partners, dst_partner)
        return result

    def _update_values(self, src_partners, dst_partner):
        result = super()._update_values(src_partners, dst_partner)
        entity = dst_partner.commercial_partner_id
        contract = self.env["b2b.contract"].sudo().search([("partner_id", "=", dst_partner.id)], limit=1)
        if contract and entity != dst_partner:
            raise UserError(
                self.env._(
                    "%(contract)s would belong to %(partner)s, a contact of %(company)s, but a contract is made with "
                    "the company that owes the money. Merge into the company instead.",
                    contract=contract.display_name,
                    partner=dst_partner.name,
                    company=entity.name,
                )
            )
        self._b2b_refresh_credit(dst_partner)
        return result

    def _b2b_join_credit(self, sources, target):
        """Keep one credit account in each company."""
        accounts = self.env["b2b.credit.account"].sudo().search([("partner_id", "in", (sources | target).ids)])
        for theirs in accounts.grouped("company_id").values():
            kept = theirs.filtered(lambda account: account.partner_id == target)[:1] or theirs[:1]
            (theirs - kept).unlink()

    def _b2b_refresh_credit(self, target):
        accounts = self.env["b2b.credit.account"].sudo().search([("partner_id", "=", target.id)])
        for company in accounts.company_id:
            self.env["b2b.credit"].sudo().with_company(company)._refresh_levels(company, target)

    def _b2b_join_recipients(self, sources, target):
        """Leave out lines that say what another line says."""
        said = set()
        lines = self.env["b2b.delivery.recipient"].sudo().search([("partner_id", "in", (sources | target).ids)])
        for line in lines.sorted(lambda line: line.partner_id != target):
            contact = target if line.contact_id in sources else line.contact_id
            facts = line.contract_id, line.document, line.role, contact, line.is_copy
            if facts in said:
                line.unlink()
            said.add(facts)

    def _b2b_join_aliases(self, sources, target):
        """Forget what is an alias of both."""
        said = set()
        aliases = self.env["b2b.payer.alias"].sudo().search([("partner_id", "in", (sources | target).ids)])
        for alias in aliases.sorted(lambda alias: alias.partner_id != target):
            facts = alias.company_id, alias.kind, alias.normal_name
            if facts in said:
                alias.unlink()
            said.add(facts)

    def _b2b_join_meters(self, sources, target):
        """Name the meters apart that have the same name."""
        taken = set()
        meters = self.env["b2b.meter"].sudo().search([("partner_id", "in", (sources | target).ids)])
        for meter in meters.sorted(lambda meter: meter.partner_id != target):
            while (meter.company_id, meter.name) in taken:
                meter.name = f"{meter.name} ({meter.partner_id.name})"
            taken.add((meter.company_id, meter.name))

    def _b2b_join_deliveries(self, sources, target):
        """Continue the history of statements that were sent to the customers themselves."""
        deliveries = self.env["b2b.delivery"].sudo()
        for source in sources:
            theirs = deliveries.search([("res_model", "=", "res.partner"), ("res_id", "=", source.id)])
            turns = deliveries._next_turns(target)[target.id] - 1
            for row in theirs:
                row.write({"res_id": target.id, "turn": row.turn + turns})
