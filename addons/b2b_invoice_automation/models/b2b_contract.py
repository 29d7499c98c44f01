"""The contract: the agreement with one commercial entity, in versions that are approved by another person.

What was agreed is frozen once a version is submitted: an active contract is never edited in place, a change is a new
version (amendment) that takes over on its first day. Pricing under a contract is in ``b2b_contract_pricing.py``.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .b2b_contract_terms import refuse_endless_numbers

APPROVER_GROUP = "b2b_invoice_automation.group_contract_approver"
AGREED_STATES = ("active", "expired", "terminated")
EDITABLE_STATES = ("draft", "template")
MACHINE_FIELDS = frozenset(
    {
        "state",
        "version",
        "origin_id",
        "previous_version_id",
        "last_editor_id",
        "last_edited_at",
        "submitted_by_id",
        "submitted_at",
        "approved_by_id",
        "approved_at",
        "date_terminated",
        "date_superseded",
        "superseded_by_id",
        "date_renewed_until",
        "reminded_for",
        "notice_received_on",
        "notice_by",
        "notice_reason",
        "notice_recorded_by_id",
    }
)


class B2bContract(models.Model):
    _name = "b2b.contract"
    _description = "Customer Contract"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name desc, version desc, id desc"
    _rec_names_search = ["name", "title"]
    _check_company_auto = True

    name = fields.Char(
        "Number", required=True, readonly=True, copy=False, index="trigram", default=lambda self: self.env._("New")
    )
    title = fields.Char("Subject", help="What the contract is about, for example: Screws and fittings 2026.")
    version = fields.Integer(readonly=True, default=1, copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("to_approve", "To Approve"),
            ("active", "Active"),
            ("suspended", "Suspended"),
            ("expired", "Expired"),
            ("terminated", "Terminated"),
            ("template", "Template"),
        ],
        "Status",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('parent_id', '=', False)]",
        help="The company that owes the money. The contract counts for all its contacts and addresses.",
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Currency of the fixed prices. Orders in another currency are converted.",
    )
    user_id = fields.Many2one(
        "res.users", "Responsible", default=lambda self: self.env.user, tracking=True, index="btree_not_null"
    )
    sequence = fields.Integer(
        "Precedence",
        default=10,
        help="When a customer has several contracts for the same product, the one with the lowest number counts.",
    )
    date_start = fields.Date("Valid From", required=True, default=fields.Date.context_today, tracking=True)
    date_end = fields.Date("Valid Until", tracking=True, help="Last day. Leave it empty for a contract without end.")
    date_terminated = fields.Date("Terminated On", readonly=True, copy=False, help="Last day after a termination.")
    date_superseded = fields.Date(
        "Replaced After", readonly=True, copy=False, help="Last day before a newer version counts."
    )
    date_effective_end = fields.Date(
        "Counts Until",
        compute="_compute_date_effective_end",
        store=True,
        help="The earliest of the agreed end, the termination and a newer version.",
    )
    price_difference_policy = fields.Selection(
        [
            ("accept", "Accept the shop's price"),
            ("hold", "Hold the order"),
            ("contract", "Bill the contract price"),
        ],
        "When a Shop Price Differs",
        default="hold",
        required=True,
        help="What happens when an order from the shop has another price than the contract, beyond the tolerance.",
    )
    price_tolerance_amount = fields.Monetary(
        "Tolerated Amount",
        help="Difference of an order line that is let pass. Every limit that is set must hold; "
        "with none, every difference counts.",
    )
    price_tolerance_percent = fields.Float("Tolerated Percent", digits=(5, 2))
    payment_term_id = fields.Many2one(
        "account.payment.term",
        "Payment Terms",
        check_company=True,
        help="Leave it empty for the customer's own payment terms.",
    )
    billing_policy_id = fields.Many2one(
        "b2b.billing.policy",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="When and how orders under this contract become invoices. Leave it empty for the company's own policy.",
    )
    note = fields.Html("Notes", help="For your own people; not shown to the customer.")
    rule_ids = fields.One2many("b2b.contract.price.rule", "contract_id", "Prices", copy=True)
    rule_count = fields.Integer(compute="_compute_rule_count")
    rate_ids = fields.One2many("b2b.contract.rate", "contract_id", "Fixed Exchange Rates", copy=True)
    order_count = fields.Integer(compute="_compute_order_count")

    origin_id = fields.Many2one(
        "b2b.contract", "First Version", readonly=True, copy=False, index=True, ondelete="cascade"
    )
    previous_version_id = fields.Many2one(
        "b2b.contract", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    superseded_by_id = fields.Many2one(
        "b2b.contract", "Replaced By", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
    version_ids = fields.One2many("b2b.contract", "origin_id", "Versions", readonly=True, copy=False)
    version_count = fields.Integer(compute="_compute_version_count")
    last_editor_id = fields.Many2one("res.users", "Last Edited By", readonly=True, copy=False, index="btree_not_null")
    last_edited_at = fields.Datetime("Last Edited", readonly=True, copy=False)
    submitted_by_id = fields.Many2one("res.users", readonly=True, copy=False, index="btree_not_null")
    submitted_at = fields.Datetime("Submitted", readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False, index="btree_not_null")
    approved_at = fields.Datetime("Approved", readonly=True, copy=False, tracking=True)
    can_approve = fields.Boolean(compute="_compute_can_approve")
    is_editable = fields.Boolean(compute="_compute_is_editable")
    is_in_force = fields.Boolean("In Force Today", compute="_compute_is_in_force", search="_search_is_in_force")

    _version_unique = models.UniqueIndex("(origin_id, version)", "This version of the contract exists already.")
    _one_draft_version = models.UniqueIndex(
        "(origin_id) WHERE state IN ('draft', 'to_approve')",
        "A new version of this contract is being prepared already.",
    )
    _customer_named = models.Constraint(
        "CHECK (partner_id IS NOT NULL OR state = 'template')", "Choose the customer that the contract is made with."
    )
    _in_force_index = models.Index("(partner_id, company_id) WHERE state IN ('active', 'expired', 'terminated')")

    @api.depends("name", "version", "title", "state")
    def _compute_display_name(self):
        for contract in self:
            if contract.state == "template":
                contract.display_name = contract.title or contract.name
                continue
            number = f"{contract.name} v{contract.version}" if contract.version else contract.name
            contract.display_name = f"{number} · {contract.title}" if contract.title else number

    @api.depends("date_end", "date_renewed_until", "date_terminated", "date_superseded")
    def _compute_date_effective_end(self):
        for contract in self:
            agreed = contract.date_renewed_until or contract.date_end
            ends = [day for day in (agreed, contract.date_terminated, contract.date_superseded) if day]
            contract.date_effective_end = min(ends) if ends else False

    @api.depends("rule_ids")
    def _compute_rule_count(self):
        counts = dict(
            self.env["b2b.contract.price.rule"]._read_group(
                [("contract_id", "in", self.ids)], ["contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.rule_count = counts.get(contract._origin, 0)

    def _compute_order_count(self):
        counts = dict(
            self.env["sale.order"]._read_group(
                [("b2b_contract_id", "in", self.ids), ("state", "!=", "cancel")], ["b2b_contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.order_count = counts.get(contract._origin, 0)

    @api.depends("origin_id.version_ids")
    def _compute_version_count(self):
        counts = dict(self._read_group([("origin_id", "in", self.origin_id.ids)], ["origin_id"], ["__count"]))
        for contract in self:
            contract.version_count = counts.get(contract.origin_id, 0)

    @api.depends("state", "last_editor_id")
    @api.depends_context("uid")
    def _compute_can_approve(self):
        is_approver = self.env.user.has_group(APPROVER_GROUP)
        for contract in self:
            contract.can_approve = (
                is_approver and contract.state == "to_approve" and contract.last_editor_id != self.env.user
            )

    @api.depends("state")
    def _compute_is_editable(self):
        for contract in self:
            contract.is_editable = contract.state in EDITABLE_STATES

    @api.depends("state", "date_start", "date_effective_end")
    def _compute_is_in_force(self):
        today = fields.Date.context_today(self)
        for contract in self:
            contract.is_in_force = contract._covers(today)

    def _search_is_in_force(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._in_force_domain(fields.Date.context_today(self))
        return domain if True in value else ~domain

    @api.constrains("date_start", "date_end")
    def _check_validity(self):
        for contract in self:
            if contract.date_end and contract.date_end < contract.date_start:
                raise ValidationError(
                    self.env._(
                        "The contract ends on %(end)s, before it begins on %(start)s.",
                        end=contract.date_end,
                        start=contract.date_start,
                    )
                )

    @api.constrains("price_tolerance_amount", "price_tolerance_percent")
    def _check_tolerance(self):
        if any(contract.price_tolerance_amount < 0 or contract.price_tolerance_percent < 0 for contract in self):
            raise ValidationError(self.env._("A tolerance cannot be below zero."))

    @api.constrains("partner_id")
    def _check_partner(self):
        for contract in self:
            entity = contract.partner_id.commercial_partner_id
            if entity != contract.partner_id:
                raise ValidationError(
                    self.env._(
                        "A contract is made with the company that owes the money: choose %(entity)s "
                        "instead of %(partner)s.",
                        entity=entity.display_name,
                        partner=contract.partner_id.display_name,
                    )
                )

    @api.constrains("currency_id", "company_id", "rate_ids")
    def _check_currency_rate(self):
        for contract in self:
            own = contract.company_id.currency_id
            if contract.currency_id == own or own in contract.rate_ids.currency_id:
                continue
            if contract.currency_id not in self._currencies_with_rate(contract.company_id):
                raise ValidationError(
                    self.env._(
                        "%(currency)s has no exchange rate to %(own)s, so nothing in it could be booked. Enter a "
                        "rate under Accounting ‣ Configuration ‣ Currencies, or fix one in the contract.",
                        currency=contract.currency_id.name,
                        own=own.name,
                    )
                )

    @api.constrains("date_start", "previous_version_id")
    def _check_amendment_start(self):
        for contract in self:
            if contract.previous_version_id and contract.date_start < contract.previous_version_id.date_start:
                raise ValidationError(
                    self.env._(
                        "Version %(version)s cannot begin on %(day)s, before the version that it replaces "
                        "(%(previous)s).",
                        version=contract.version,
                        day=contract.date_start,
                        previous=contract.previous_version_id.date_start,
                    )
                )

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        if self.partner_id and self.partner_id.commercial_partner_id != self.partner_id:
            self.partner_id = self.partner_id.commercial_partner_id

    @api.model_create_multi
    def create(self, vals_list):
        refuse_endless_numbers(self, vals_list)
        self = self._without_machine_defaults(vals_list)  # noqa: PLW0642
        for vals in vals_list:
            if vals.keys() & MACHINE_FIELDS != {"state"} or vals["state"] not in EDITABLE_STATES:
                raise UserError(
                    self.env._(
                        "A contract begins as version 1 and draft. It becomes active when another person approves it."
                    )
                )
            if vals.get("name", self.env._("New")) == self.env._("New"):
                vals["name"] = self._next_name(vals)
        contracts = super().create(vals_list)
        for contract in contracts:
            contract._set(
                {"origin_id": contract.id, "last_editor_id": self.env.uid, "last_edited_at": fields.Datetime.now()}
            )
        return contracts

    def _without_machine_defaults(self, vals_list):
        """Take the state that is asked for into the values, and no other default of what only the workflow writes."""
        asked = self.env.context.get("default_state")
        for vals in vals_list:
            vals.setdefault("state", asked or "draft")
        machine = {f"default_{name}" for name in MACHINE_FIELDS}
        context = {name: value for name, value in self.env.context.items() if name not in machine}
        return self.with_context(context)  # pylint: disable=context-overridden

    @api.model
    def _next_name(self, vals):
        if vals["state"] == "template":
            return self.env._("Template")
        return self.env["ir.sequence"].next_by_code("b2b.contract") or self.env._("New")

    def write(self, vals):
        refuse_endless_numbers(self, [vals])
        if machine := MACHINE_FIELDS & vals.keys():
            raise UserError(
                self.env._(
                    "%(fields)s cannot be written; use the buttons of the contract.", fields=", ".join(sorted(machine))
                )
            )
        if self._agreed_fields() & vals.keys():
            self._touch()
        return super().write(vals)

    def _set(self, vals):
        """Write past the freeze; only for the workflow, which has checked the rights."""
        return super(B2bContract, self.sudo()).write(vals)  # pylint: disable=super-method-mismatch

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        if kept := self.filtered(lambda contract: contract.state not in EDITABLE_STATES):
            raise UserError(
                self.env._(
                    "%(name)s was submitted and stays as evidence. Terminate it instead.", name=kept[0].display_name
                )
            )

    @api.model
    def _agreed_fields(self):
        """Names of the fields that make up what was agreed; frozen once submitted."""
        return {
            "name",
            "title",
            "partner_id",
            "company_id",
            "currency_id",
            "sequence",
            "date_start",
            "date_end",
            "price_difference_policy",
            "price_tolerance_amount",
            "price_tolerance_percent",
            "payment_term_id",
            "billing_policy_id",
            "rule_ids",
            "rate_ids",
        }

    def _touch(self):
        """What was agreed is about to be changed: refuse where it is frozen, remember who did it."""
        for contract in self:
            if contract.state not in EDITABLE_STATES:
                raise UserError(
                    self.env._(
                        "%(name)s is %(state)s and not changed in place. %(advice)s",
                        name=contract.display_name,
                        state=dict(self._fields["state"]._description_selection(self.env))[contract.state].lower(),
                        advice=self.env._("Send it back to draft first.")
                        if contract.state == "to_approve"
                        else self.env._("Use “Amend” to prepare a new version."),
                    )
                )
        self._set({"last_editor_id": self.env.uid, "last_edited_at": fields.Datetime.now()})
