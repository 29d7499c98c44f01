"""A price rule of a contract: a scope (what), a computation (how), tiers (how much) and a validity (when)."""

from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..order_to_cash.money import to_decimal
from ..order_to_cash.periods import Recurrence
from ..order_to_cash.pricing.model import LIST_PRICE, PriceRule
from ..order_to_cash.pricing.rule_checks import check_rule
from .b2b_contract_terms import refuse_other_parent


class B2bContractPriceRule(models.Model):
    _name = "b2b.contract.price.rule"
    _description = "Contract Price Rule"
    _inherit = ["b2b.contract.scope"]
    _order = "contract_id, sequence, id"
    _check_company_auto = True

    contract_id = fields.Many2one("b2b.contract", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    is_editable = fields.Boolean(related="contract_id.is_editable")
    name = fields.Char("Description", help="Leave it empty to name the rule after what it is about.")
    sequence = fields.Integer(
        default=10, help="Between rules of the same scope that reach the same tier, the lower one counts."
    )
    scope = fields.Selection(string="Applies To", default="variant", help="The narrowest scope wins.")
    computation = fields.Selection(
        [("fixed", "Fixed price"), ("discount", "Discount"), ("cost_plus", "Cost plus")], default="fixed", required=True
    )
    base_pricelist_id = fields.Many2one(
        "product.pricelist",
        "Discount Off",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The pricelist that the discount is taken off. Leave it empty for the product's sales price.",
    )
    mode = fields.Selection(
        [("volume", "Volume: all units at the reached tier"), ("graduated", "Graduated: each slice at its own price")],
        "Tiers",
        default="volume",
        required=True,
    )
    basis = fields.Selection(
        [
            ("line", "The order line"),
            ("order", "The whole order (mix and match)"),
            ("cumulative", "A period, all orders together"),
        ],
        "Quantity Counted",
        default="line",
        required=True,
        help="Which quantity reaches the tiers: of the line, of all lines of the order that the rule is about, or of "
        "all orders of the customer in the period so far.",
    )
    period = fields.Selection(
        [
            ("month", "Calendar month"),
            ("quarter", "Calendar quarter"),
            ("year", "Calendar year"),
            ("contract_year", "Contract year"),
            ("contract", "Life of the contract"),
        ],
        default="year",
        required=True,
        help="Contract years begin on the day that the contract's first version began.",
    )
    uom_id = fields.Many2one(
        help="Unit of the tiers and prices. Order lines in another unit are converted. "
        "Empty: each product's smallest unit.",
    )
    date_start = fields.Date("From")
    date_end = fields.Date("Until")
    tier_ids = fields.One2many("b2b.contract.price.tier", "rule_id", "Tier Table", copy=True)
    previous_rule_id = fields.Many2one(
        "b2b.contract.price.rule",
        "Rule in the Previous Version",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    @api.depends("name", "scope", "product_id", "product_tmpl_id", "categ_id")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = rule.name or rule._scope_record().display_name or self.env._("All products")

    @api.constrains("scope", "product_id", "product_tmpl_id", "categ_id")
    def _check_scope(self):
        for rule in self:
            record = rule._scope_record()
            if rule.scope != "all" and not record:
                raise ValidationError(self.env._("Choose what the rule applies to, or set it to “All products”."))
            if rule.scope in ("variant", "product") and not record.active:
                raise ValidationError(
                    self.env._(
                        "%(product)s is archived and can have no contract price. Restore it, or choose the product "
                        "that replaced it.",
                        product=record.display_name,
                    )
                )

    @api.constrains("uom_id", "scope", "product_id", "product_tmpl_id")
    def _check_uom(self):
        for rule in self:
            product_uom = rule._scope_record().uom_id if rule.scope in ("variant", "product") else rule.uom_id
            if rule.uom_id and product_uom and not rule.uom_id._has_common_reference(product_uom):
                raise ValidationError(
                    self.env._(
                        "%(product)s is sold by %(product_unit)s, which cannot be converted to %(unit)s.",
                        product=rule.display_name,
                        product_unit=product_uom.name,
                        unit=rule.uom_id.name,
                    )
                )

    @api.constrains("date_start", "date_end", "tier_ids", "computation", "uom_id", "whole_units", "mode", "basis")
    def _check_tiers(self):
        for rule in self:
            problems = check_rule(rule._as_engine_rule())
            words = [
                self._problem_text(problem)
                for problem in problems
                if problem.blocking or problem.code == "gap_between_tiers"
            ]
            if words:
                raise ValidationError("\n".join([self.env._("Prices of %(rule)s:", rule=rule.display_name), *words]))

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules.contract_id._touch()
        return rules

    def write(self, vals):
        refuse_other_parent(self, "contract_id", vals)
        self.contract_id._touch()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_from_drafts(self):
        self.contract_id._touch()

    def _continue(self, earlier):
        """Make this rule the continuation of one in an earlier version."""
        self.previous_rule_id = earlier

    def _is_pooled(self):
        """Say whether any of the rules looks at more than one line, or makes several of one."""
        return any(rule.basis != "line" or rule.mode == "graduated" for rule in self)

    def _as_engine_rule(self):
        """Return the rule as the pricing engine has it."""
        self.ensure_one()
        contract = self.contract_id
        return PriceRule(
            id=self.id or 0,
            scope=self.scope,
            scope_id=self._scope_record().id or None,
            computation=self.computation,
            tiers=tuple(tier._as_engine_tier() for tier in self.tier_ids.sorted("floor")),
            base=self.base_pricelist_id.id or LIST_PRICE,
            mode=self.mode,
            basis=self.basis,
            period=self._recurrence(),
            valid_from=self.date_start or None,
            valid_to=self.date_end or None,
            sequence=self.sequence,
            uom_factor=to_decimal(self.uom_id.factor) if self.uom_id else to_decimal(1),
            reference_unit=self.uom_id._b2b_reference_id(),
            unit_step=to_decimal(1 if self.whole_units else 0),
            currency=contract.currency_id.id or None,
            fixed_rates={line.currency_id.id: to_decimal(line.rate, 8) for line in contract.rate_ids},
            contract=contract.id or None,
            version=contract.version,
        )

    def _recurrence(self):
        if self.basis != "cumulative" or self.period == "contract":
            return None
        if self.period == "contract_year":
            return Recurrence("year", origin=self.contract_id.origin_id.date_start or self.contract_id.date_start)
        return Recurrence(self.period, origin=date(2001, 1, 1))
