"""The queue of billing runs: one row per order, with what became of it.

The rows of one invoice-to-be share a group; its first row leads it, and whoever holds the lock on the leader handles
the whole group. So any number of lanes can work on the same run, and an invoice over many orders is never torn
between two of them.
"""

from odoo import fields, models
from odoo.exceptions import UserError

from .sale_order_billing_words import WAITING_CODES

LOOK_AHEAD = 8
"""How many times the limit is looked at, so that a lane finds work behind what the others hold."""


class B2bBillingRunLine(models.Model):
    _name = "b2b.billing.run.line"
    _description = "Billing Result of an Order"
    _order = "id"
    _rec_name = "order_id"

    run_id = fields.Many2one("b2b.billing.run", "Billing Run", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, index=True)
    order_id = fields.Many2one("sale.order", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one(related="order_id.partner_id", string="Customer")
    policy_id = fields.Many2one(related="order_id.b2b_billing_policy_id")
    po_number = fields.Char(related="order_id.client_order_ref", string="PO Number")
    state = fields.Selection(
        [
            ("planned", "To bill"),
            ("pending", "In progress"),
            ("billed", "Billed"),
            ("waits", "Waits"),
            ("aside", "Set aside"),
        ],
        "Status",
        required=True,
        index=True,
    )
    code = fields.Selection(WAITING_CODES, "Cause")
    reason = fields.Char(help="Why it waits or was set aside; when billed, why a part of it waits.")
    currency_id = fields.Many2one(related="order_id.currency_id")
    amount_net = fields.Monetary("Net", help="Without tax: what would be billed, or was.")
    group = fields.Integer(help="Rows with the same number go on one invoice.")
    group_size = fields.Integer(help="Number of rows of the group, on its first row; 0 on the others.")
    move_id = fields.Many2one("account.move", "Invoice", index="btree_not_null", ondelete="set null")

    _queue = models.Index("(run_id, id) WHERE state = 'pending' AND group_size > 0")
    _once = models.UniqueIndex("(run_id, order_id)")

    def action_open_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "view_mode": "form",
        }

    def action_open_invoice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
        }

    def action_retry(self):
        """Settle what set these orders aside, and bill them in a run of their own.

        They were due when they were set aside, so the run does not wait for the next closing day. Orders that were
        billed since are left out.
        """
        aside = self.filtered(lambda line: line.state == "aside")
        billed = self.search([("order_id", "in", aside.order_id.ids), ("state", "=", "billed")])
        last_billed = {line.order_id: line.id for line in billed.sorted("id")}
        aside = aside.filtered(lambda line: line.id > last_billed.get(line.order_id, 0))
        if not aside:
            raise UserError(self.env._("Nothing to try again: these orders are not set aside, or were billed since."))
        cases = self.env["b2b.discrepancy"].search(
            [("order_id", "in", aside.order_id.ids), ("type", "=", "billing_error"), ("state", "=", "open")]
        )
        cases.sudo().write({"state": "solved", "outcome": self.env._("Billed again by %s.", self.env.user.name)})
        return aside.order_id._b2b_preview_billing(ignore_schedule=True)

    def _claim(self, domain, limit):
        """Lock whole groups of waiting rows that no other lane has.

        :param domain: which runs
        :param int limit: number of rows after which no further group is taken
        :returns: the locked rows, group by group
        """
        leaders = self.search(
            [("state", "=", "pending"), ("group_size", ">", 0), *domain], limit=limit * LOOK_AHEAD, order="run_id, id"
        )
        taken, size = self.browse(), 0
        for leader in leaders.try_lock_for_update(limit=limit, allow_referencing=True):
            if taken and size + leader.group_size > limit:
                break
            taken += leader
            size += leader.group_size
        followers = (
            self.search(
                [
                    ("run_id", "in", taken.run_id.ids),
                    ("group", "in", taken.mapped("group")),
                    ("state", "=", "pending"),
                    ("group_size", "=", 0),
                ]
            )
            if size > len(taken)
            else self.browse()
        )
        groups = {(leader.run_id, leader.group) for leader in taken}
        followers = followers.filtered(lambda line: (line.run_id, line.group) in groups)
        return (taken + followers).sorted(lambda line: (line.run_id.id, line.group, line.id))
