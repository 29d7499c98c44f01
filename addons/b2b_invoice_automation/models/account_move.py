"""The invoice's side of billing: which run made it, its PO numbers, and its lines' billing keys."""

from odoo import api, fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    b2b_billing_run_id = fields.Many2one(
        "b2b.billing.run",
        "Billing Run",
        copy=False,
        readonly=True,
        index="btree_not_null",
        help="Empty for invoices made by hand.",
        groups="base.group_user",
    )
    b2b_billing_policy_id = fields.Many2one(
        "b2b.billing.policy",
        "Billing Policy",
        copy=False,
        readonly=True,
        index="btree_not_null",
        groups="base.group_user",
    )
    b2b_deliver = fields.Boolean(
        "Send Automatically",
        copy=False,
        help="The billing policy wants this invoice sent without a person.",
        groups="base.group_user",
    )
    b2b_bill_again = fields.Boolean(
        "Bill Again",
        copy=False,
        help="What this credit note took back may be billed again by the next billing run. "
        "Otherwise a run leaves alone what a person credited by hand.",
        groups="base.group_user",
    )
    purchase_order_reference = fields.Char(
        "Customer's PO Number",
        copy=False,
        help="The order reference of the electronic invoice, where it is a single one.",
    )

    def action_view_b2b_billing_run(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "b2b.billing.run",
            "res_id": self.b2b_billing_run_id.id,
            "view_mode": "form",
        }


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    b2b_po_number = fields.Char(
        "PO Number", copy=True, help="The customer's purchase order that this line was billed for, as it was then."
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env["b2b.billing.key"].sudo()._claim(
            self.browse(line.id for line, vals in zip(lines, vals_list, strict=True) if vals.get("sale_line_ids"))
        )
        return lines

    def write(self, vals):
        result = super().write(vals)
        if "sale_line_ids" in vals:
            self.env["b2b.billing.key"].sudo()._claim(self.filtered("sale_line_ids"))
        return result
