"""The invoice's side of recurring charges: which days of which charge a line bills, and its billing key."""

from odoo import api, fields, models
from odoo.exceptions import UserError

BILLED = {"b2b_charge_id", "b2b_charge_period", "b2b_charge_from", "b2b_charge_to", "b2b_rebate_id"}


class AccountMove(models.Model):
    _inherit = "account.move"

    def button_draft(self):
        """A cancelled invoice comes back only while nothing else has billed its charges."""
        self.filtered(lambda move: move.state == "cancel")._b2b_refuse_billed_charges()
        self.filtered(lambda move: move.state == "posted").invoice_line_ids._b2b_refuse_credited_days()
        return super().button_draft()

    def button_cancel(self):
        self.invoice_line_ids._b2b_refuse_credited_days()
        return super().button_cancel()

    def _b2b_refuse_billed_charges(self):
        lines = self.sudo().invoice_line_ids.filtered("b2b_charge_id")
        if not lines:
            return
        others = self.env["account.move.line"].sudo().search(
            [
                ("b2b_charge_id", "in", lines.b2b_charge_id.origin_id.version_ids.ids),
                ("b2b_charge_period", "in", lines.mapped("b2b_charge_period")),
                ("parent_state", "!=", "cancel"),
            ]
        )  # fmt: skip
        places = {(line.b2b_charge_id.origin_id, line.b2b_charge_period) for line in lines}
        for other in others:
            if (other.b2b_charge_id.origin_id, other.b2b_charge_period) in places:
                raise UserError(
                    self.env._(
                        "%(charge)s was billed again for this period by %(move)s, so this document stays cancelled.",
                        charge=other.b2b_charge_id.display_name,
                        move=other.move_id.display_name,
                    )
                )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    b2b_charge_id = fields.Many2one(
        "b2b.contract.charge",
        "Recurring Charge",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )
    b2b_charge_period = fields.Date(
        "Charge Period", copy=False, readonly=True, help="First day of the whole period.", groups="base.group_user"
    )
    b2b_charge_from = fields.Date("Charged From", copy=False, readonly=True, groups="base.group_user")
    b2b_charge_to = fields.Date("Charged Until", copy=False, readonly=True, groups="base.group_user")

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        charged = self.browse(line.id for line, vals in zip(lines, vals_list, strict=True) if vals.get("b2b_charge_id"))
        self.env["b2b.billing.key"].sudo()._claim_charges(charged)
        return lines

    @api.ondelete(at_uninstall=False)
    def _unlink_except_credited_days(self):
        self._b2b_refuse_credited_days()

    def _b2b_refuse_credited_days(self):
        """What days were taken back of stays: without it, their credit would be given for nothing."""
        mine = self.sudo().filtered(lambda line: line.b2b_charge_id and line._b2b_bills_days())
        if not mine:
            return
        others = self.sudo().search(
            [
                ("b2b_charge_id", "in", mine.b2b_charge_id.ids),
                ("b2b_charge_period", "in", mine.mapped("b2b_charge_period")),
                ("parent_state", "!=", "cancel"),
                ("move_id", "not in", mine.move_id.ids),
            ]
        )
        for line in mine:
            same = others.filtered(line._b2b_shares_days)
            credits = same.filtered(lambda other: not other._b2b_bills_days())
            if credits and credits == same:
                raise UserError(
                    self.env._(
                        "%(credit)s took days of %(charge)s back that %(invoice)s bills. Cancel that credit note "
                        "first.",
                        credit=credits[0].move_id.display_name,
                        charge=line.b2b_charge_id.display_name,
                        invoice=line.move_id.display_name,
                    )
                )

    def _b2b_bills_days(self):
        """Whether a line bills days of a charge, rather than taking them back."""
        quantity = -self.quantity if self.move_id.move_type == "out_refund" else self.quantity
        return quantity > 0 or (not quantity and self.move_id.move_type != "out_refund")

    def _b2b_shares_days(self, other):
        return (
            (self.b2b_charge_id, self.b2b_charge_period) == (other.b2b_charge_id, other.b2b_charge_period)
            and self.b2b_charge_from <= other.b2b_charge_to
            and other.b2b_charge_from <= self.b2b_charge_to
        )

    def write(self, vals):
        """Which days a line bills is written with it: changed later, they would be billed again, or never."""
        if BILLED & vals.keys() and not self.env.su:
            raise UserError(
                self.env._(
                    "What a line bills or settles cannot be changed. Delete the draft line, or credit the invoice."
                )
            )
        return super().write(vals)

    def _copy_data_extend_business_fields(self, values):
        result = super()._copy_data_extend_business_fields(values)
        line = self.sudo()
        if line.b2b_charge_id:
            values.update(
                b2b_charge_id=line.b2b_charge_id.id,
                b2b_charge_period=line.b2b_charge_period,
                b2b_charge_from=line.b2b_charge_from,
                b2b_charge_to=line.b2b_charge_to,
            )
        return result
