"""The queue of billing runs: one row per order or recurring charge, with what became of it.

The rows of one invoice-to-be share a group; its first row leads it, and whoever holds the lock on the leader handles
the whole group. So any number of lanes can work on the same run, and an invoice over many orders is never torn
between two of them.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from .sale_order_billing_words import WAITING_CODES

LOOK_AHEAD = 8
"""How many times the limit is looked at, so that a lane finds work behind what the others hold."""
CHARGES_LIKE_AN_ORDER = 5


class B2bBillingRunLine(models.Model):
    _name = "b2b.billing.run.line"
    _description = "Billing Result"
    _order = "id"

    run_id = fields.Many2one("b2b.billing.run", "Billing Run", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, index=True)
    order_id = fields.Many2one("sale.order", index="btree_not_null", ondelete="cascade")
    charge_id = fields.Many2one("b2b.contract.charge", index="btree_not_null", ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", "Customer", compute="_compute_header", search="_search_partner_id", compute_sudo=True
    )
    policy_id = fields.Many2one("b2b.billing.policy", compute="_compute_header", compute_sudo=True)
    po_number = fields.Char("PO Number", compute="_compute_header", compute_sudo=True)
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
    currency_id = fields.Many2one("res.currency", compute="_compute_header", compute_sudo=True)
    amount_net = fields.Monetary("Net", help="Without tax: what would be billed, or was.")
    amount_waits = fields.Monetary("Net That Waits", help="Without tax: what of the order is left for later.")
    group = fields.Integer(help="Rows with the same number go on one invoice.")
    group_size = fields.Integer(help="Number of rows of the group, on its first row; 0 on the others.")
    move_id = fields.Many2one("account.move", "Invoice", index="btree_not_null", ondelete="set null")

    _queue = models.Index("(run_id, id) WHERE state = 'pending' AND group_size > 0")
    _once = models.UniqueIndex("(run_id, order_id)")
    _charge_once = models.UniqueIndex("(run_id, charge_id)")
    _one_subject = models.Constraint(
        "CHECK (num_nonnulls(order_id, charge_id) = 1)", "A result is of an order or of a charge."
    )

    @api.depends("order_id", "charge_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line._subject().display_name

    @api.depends("order_id", "charge_id")
    def _compute_header(self):
        versions = self.env["b2b.contract.charge"].search([("origin_id", "in", self.charge_id.ids)], order="id")
        latest = {version.origin_id: version for version in versions}
        for line in self:
            order, charge = line.order_id, line.charge_id
            line.partner_id = order.partner_id or charge.partner_id
            line.currency_id = order.currency_id or charge.currency_id
            line.po_number = order.client_order_ref if order else charge.po_number
            line.policy_id = order.b2b_billing_policy_id if order else latest[charge]._b2b_policy()

    def _search_partner_id(self, operator, value):
        return ["|", ("order_id.partner_id", operator, value), ("charge_id.partner_id", operator, value)]

    def _subject(self):
        """The order or the charge."""
        return self.order_id or self.charge_id

    def action_open_order(self):
        """Open the order, or the charge."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._subject()._name,
            "res_id": self._subject().id,
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
        """Settle what set these orders or charges aside, and bill them in a run of their own.

        They were due when they were set aside, so the run does not wait for the next closing day. What was billed
        since is left out.
        """
        aside = self.filtered(lambda line: line.state == "aside")
        ours = Domain("order_id", "in", aside.order_id.ids) | Domain("charge_id", "in", aside.charge_id.ids)
        last_billed = {
            line._subject(): line.id for line in self.search(ours & Domain("state", "=", "billed"), order="id")
        }
        aside = aside.filtered(lambda line: line.id > last_billed.get(line._subject(), 0))
        if not aside:
            raise UserError(self.env._("Nothing to try again: these are not set aside, or were billed since."))
        cases = self.env["b2b.discrepancy"].search(
            ours & Domain("type", "=", "billing_error") & Domain("state", "=", "open")
        )
        cases.sudo().write({"state": "solved", "outcome": self.env._("Tried again by %s.", self.env.user.name)})
        run = self.env["b2b.billing.run"].create(
            {
                "company_id": aside.company_id.ensure_one().id,
                "order_ids": [Command.set(aside.order_id.ids)],
                "charge_ids": [Command.set(aside.charge_id.ids)],
                "ignore_schedule": True,
            }
        )
        run.action_preview()
        return run._action_open()

    def _claim(self, domain, limit):
        """Lock whole groups of waiting rows that no other lane has.

        :param domain: which runs
        :param int limit: number of orders after which no further group is taken
        :returns: the locked rows, group by group
        """
        leaders = self.search(
            [("state", "=", "pending"), ("group_size", ">", 0), *domain], limit=limit * LOOK_AHEAD, order="run_id, id"
        )
        taken, size = self.browse(), 0
        for leader in leaders.try_lock_for_update(limit=limit, allow_referencing=True):
            weight = leader._weight()
            if taken and size + weight > limit:
                break
            taken += leader
            size += weight
        followers = (
            self.search(
                [
                    ("run_id", "in", taken.run_id.ids),
                    ("group", "in", taken.mapped("group")),
                    ("state", "=", "pending"),
                    ("group_size", "=", 0),
                ]
            )
            if any(leader.group_size > 1 for leader in taken)
            else self.browse()
        )
        groups = {(leader.run_id, leader.group) for leader in taken}
        followers = followers.filtered(lambda line: (line.run_id, line.group) in groups)
        return (taken + followers).sorted(lambda line: (line.run_id.id, line.group, line.id))

    def _weight(self):
        """How many orders the group counts for in a batch: a charge is one line of an invoice, an order has several."""
        return -(-self.group_size // CHARGES_LIKE_AN_ORDER) if self.charge_id else self.group_size
