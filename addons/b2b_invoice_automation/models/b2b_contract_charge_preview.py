"""What recurring charges will bring: the next periods with their days, amounts and dates, before they are due."""

from odoo import fields, models

from ..order_to_cash.billing.charges import plan_charge
from .b2b_contract_charge_price import Missing


class B2bContractCharge(models.Model):
    _inherit = "b2b.contract.charge"

    invoice_count = fields.Integer("Number of Invoices", compute="_compute_invoice_count")

    def _compute_invoice_count(self):
        lines = self.env["account.move.line"].sudo().search([("b2b_charge_id", "in", self.origin_id.version_ids.ids)])
        moves = {
            origin: mine.move_id for origin, mine in lines.grouped(lambda line: line.b2b_charge_id.origin_id).items()
        }
        for charge in self:
            charge.invoice_count = len(moves.get(charge.origin_id, ()))

    def action_view_invoices(self):
        """The invoices and credit notes of these charges, of all their versions."""
        action = self.env["ir.actions.actions"]._for_xml_id("account.action_move_out_invoice_type")
        return {
            **action,
            "domain": [("line_ids.b2b_charge_id", "in", self.origin_id.version_ids.ids)],
            "context": {"default_move_type": "out_invoice", "create": False},
        }

    def action_view_contract(self):
        return self.contract_id._open_form()

    def action_charge_preview(self):
        return self.contract_id.action_charge_preview()

    def _b2b_check_all(self):
        """All that is refused where it is typed, once more before the contract is submitted."""
        self._check_recurrence()
        self._check_days()
        self._refuse_wrong_quantity()
        self._check_product()
        self._check_indexation()

    def _b2b_preview_rows(self, contract, until, draft=None):
        """Values of preview rows of charges.

        :param contract: the version that shows them
        :param date until: up to which due date
        :param draft: a version that is taken as approved
        """
        plans = {
            origin: plan_charge(origin.id, found.spans, found.lines, until, found.billed_until)
            for origin, found in self._b2b_facts(draft).items()
        }
        pairs = self._b2b_with_versions(part for parts in plans.values() for part in parts)
        priced = self._b2b_price_parts(pairs)
        rows, today = [], fields.Date.context_today(self)
        for (charge, part), lines in zip(pairs, priced, strict=True):
            missing = isinstance(lines, Missing)
            note = lines.reason if missing else charge._b2b_preview_note(part, lines)
            if missing and lines.code == "reading_missing" and part.due_on > today:
                note = self.env._("Known once the meter is read.")
            rows.append(
                {
                    "contract_id": contract.id,
                    "company_id": contract.company_id.id,
                    "currency_id": charge.currency_id.id,
                    "charge_id": charge.id,
                    "date_due": part.due_on,
                    "date_from": part.days.start,
                    "date_to": part.days.last_day,
                    "part_text": charge._b2b_part_text(part),
                    "amount": 0.0 if missing else float(sum(line.amount for line in lines)),
                    "note": note,
                }
            )
        return rows

    def _b2b_part_text(self, part):
        if part.taken:
            return self.env._("Credit")
        if part.days == part.whole.period:
            return self.env._("Whole")
        return self.env._("%(days)s of %(all)s days", days=part.days.days, all=part.whole.period.days)

    def _b2b_preview_note(self, part, lines):
        """The indexation that begins with a part, if one does."""
        steps = lines[0].steps if lines else ()
        return self._b2b_step_text(steps[-1]) if steps and steps[-1].day in part.whole.period else False
