"""The question “what if these prices changed by so many percent?”, over all contracts that have them."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..order_to_cash.money import to_decimal


class B2bPriceChange(models.TransientModel):
    _name = "b2b.price.change"
    _description = "Price Change to Try"

    what = fields.Selection(
        [
            ("rules", "These price rules"),
            ("same", "The same goods in all contracts in force"),
            ("category", "All goods of a category, in all contracts in force"),
        ],
        "Which Prices",
        default="rules",
        required=True,
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    rule_ids = fields.Many2many(
        "b2b.contract.price.rule", string="Price Rules", default=lambda self: self._default_rule_ids()
    )
    categ_id = fields.Many2one("product.category", "Product Category")
    percent = fields.Float(
        "Change", default=3.0, required=True, digits=(9, 4), help="In percent: 3 for dearer, −3 for cheaper."
    )
    affected_rule_ids = fields.Many2many("b2b.contract.price.rule", compute="_compute_affected_rule_ids")
    affected_text = fields.Char("Concerns", compute="_compute_affected_rule_ids")

    @api.model
    def _default_rule_ids(self):
        if self.env.context.get("active_model") == "b2b.contract.price.rule":
            return self.env["b2b.contract.price.rule"].browse(self.env.context.get("active_ids", []))
        return self.env["b2b.contract.price.rule"]

    @api.depends("what", "rule_ids", "categ_id", "company_id")
    def _compute_affected_rule_ids(self):
        for question in self:
            rules = question._affected()
            question.affected_rule_ids = rules
            question.affected_text = self.env._(
                "%(rules)s price rules in %(contracts)s contracts of %(customers)s customers",
                rules=len(rules),
                contracts=len(rules.contract_id),
                customers=len(rules.contract_id.partner_id),
            )

    def action_show(self):
        """Reprice the last twelve months with and without the change, and show both."""
        self.ensure_one()
        rules = self.affected_rule_ids
        if not rules:
            raise UserError(
                self.env._("No price rule in force is about this. Choose other rules, or a wider category.")
            )
        if self.percent <= -100:
            raise UserError(self.env._("A change by %(percent)s %% leaves no price.", percent=f"{self.percent:g}"))
        contracts = self._contracts_beside(rules)
        rows = contracts._price_change(rules, to_decimal(self.percent, 4))
        if not rows:
            raise UserError(
                self.env._("Nothing that these rules price was ordered in the last twelve months: nothing to compare.")
            )
        title = self.env._("All prices %(percent)s %%: %(what)s", percent=f"{self.percent:+g}", what=self.affected_text)
        return self.env["b2b.contract.what.if"]._show("price change", rows, title)

    def _affected(self):
        chosen, Rule = self.rule_ids._origin, self.env["b2b.contract.price.rule"]
        if self.what == "rules":
            return chosen.filtered(lambda rule: rule.company_id == self.company_id)
        today = fields.Date.context_today(self)
        contracts = self.env["b2b.contract"].search(
            self.env["b2b.contract"]._in_force_domain(today) & Domain("company_id", "=", self.company_id.id)
        )
        if self.what == "category":
            category = self.categ_id.id
            goods = Domain.OR(
                [
                    [("categ_id", "child_of", category)],
                    [("product_tmpl_id.categ_id", "child_of", category)],
                    [("product_id.categ_id", "child_of", category)],
                ]
            )
            return Rule.search(goods & Domain("contract_id", "in", contracts.ids)) if category else Rule
        same = {(rule.scope, rule._scope_record()) for rule in chosen}
        return contracts.rule_ids.filtered(lambda rule: (rule.scope, rule._scope_record()) in same) if same else Rule

    def _contracts_beside(self, rules):
        """Return the rules' contracts, with the customers' others in force, the preferred first."""
        today = fields.Date.context_today(self)
        own = rules.contract_id
        in_force = own._in_force_for(own.partner_id, self.company_id, today, today)
        others = in_force.filtered(lambda contract: contract.origin_id not in own.origin_id)
        return (own | others).sorted(
            lambda contract: (contract.sequence, -contract.date_start.toordinal(), -contract.id)
        )
