"""A rebate of a contract: what counts, what it earns back by tiers, over which periods, and how it is settled."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..order_to_cash.money import to_decimal
from ..order_to_cash.pricing.rebate_periods import recurrence_of
from ..order_to_cash.pricing.rebates import Rebate, check_rebate
from .b2b_contract_terms import refuse_endless_numbers, refuse_other_parent

FIXED_ONCE_BEGUN = {"period", "anchor"}


class B2bContractRebate(models.Model):
    _name = "b2b.contract.rebate"
    _description = "Contract Rebate"
    _inherit = ["b2b.contract.scope"]
    _order = "contract_id, sequence, id"
    _check_company_auto = True

    contract_id = fields.Many2one("b2b.contract", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    is_editable = fields.Boolean(related="contract_id.is_editable")
    origin_id = fields.Many2one(
        "b2b.contract.rebate",
        "Rebate of the First Version",
        readonly=True,
        copy=False,
        index=True,
        ondelete="restrict",
        help="A rebate lives through amendments; what it accrued and settled belongs to its first version.",
    )
    name = fields.Char("Description", help="Leave it empty to name the rebate after what counts.")
    sequence = fields.Integer(default=10)
    scope = fields.Selection(
        string="Counts",
        default="all",
        help="Which lines of posted invoices and credit notes count. “All products” counts every line.",
    )
    measure = fields.Selection(
        [("revenue", "Net revenue"), ("quantity", "Quantity")],
        "Tiers By",
        default="revenue",
        required=True,
        help="What reaches the tiers: the net revenue in the contract's currency, or the quantity in a unit.",
    )
    reward = fields.Selection(
        [("percent", "Percent of the revenue"), ("per_unit", "Amount per unit")], default="percent", required=True
    )
    mode = fields.Selection(
        [
            ("volume", "Volume: the tier that is reached counts from the first unit"),
            ("graduated", "Graduated: each slice at its own tier"),
        ],
        "Tiers",
        default="volume",
        required=True,
    )
    uom_id = fields.Many2one(
        help="Unit of the quantities. Lines in another unit are converted; lines in units that cannot be converted "
        "do not count.",
    )
    period = fields.Selection(
        [
            ("month", "Month"),
            ("quarter", "Quarter"),
            ("half_year", "Half-year"),
            ("year", "Year"),
            ("contract", "Life of the contract"),
        ],
        default="year",
        required=True,
        help="Each period begins at zero and is settled on its own. When an amendment changes the tiers, the terms in "
        "force on the last day of a period count for the whole period.",
    )
    anchor = fields.Selection(
        [("calendar", "By the calendar"), ("contract", "From the first day of the contract")],
        "Periods Begin",
        default="calendar",
        required=True,
    )
    settle_after_days = fields.Integer(
        "Days to Wait", default=14, help="How long after the end of a period late invoices are waited for."
    )
    settle_automatically = fields.Boolean(
        help="The credit note is made without a person, once the days to wait are over. Otherwise the rebate is "
        "proposed under Billing ‣ Rebates to Settle."
    )
    minimum_amount = fields.Monetary(
        "Settled From",
        help="A smaller amount, to credit or to charge back, is carried: it is settled together with the next period "
        "of this rebate.",
    )
    tier_ids = fields.One2many("b2b.contract.rebate.tier", "rebate_id", "Tier Table", copy=True)

    @api.constrains("scope", "product_id", "product_tmpl_id", "categ_id")
    def _check_scope(self):
        for rebate in self:
            record = rebate._scope_record()
            if rebate.scope != "all" and not record:
                raise ValidationError(self.env._("Choose what counts for the rebate, or set it to “All products”."))
            if rebate.scope in ("variant", "product") and not record.active:
                raise ValidationError(
                    self.env._(
                        "%(product)s is archived and can earn no rebate. Restore it, or choose the product that "
                        "replaced it.",
                        product=record.display_name,
                    )
                )

    @api.constrains("uom_id", "measure", "reward", "scope", "product_id", "product_tmpl_id")
    def _check_uom(self):
        for rebate in self.filtered(lambda rebate: rebate._counts_units()):
            product_uom = rebate._scope_record().uom_id if rebate.scope in ("variant", "product") else rebate.uom_id
            if not rebate.uom_id:
                raise ValidationError(
                    self.env._("%(rebate)s counts units: choose which one.", rebate=rebate.display_name)
                )
            if not rebate.uom_id._has_common_reference(product_uom):
                raise ValidationError(
                    self.env._(
                        "%(product)s is sold by %(product_unit)s, which cannot be converted to %(unit)s.",
                        product=rebate.display_name,
                        product_unit=product_uom.name,
                        unit=rebate.uom_id.name,
                    )
                )

    @api.constrains("settle_after_days", "minimum_amount")
    def _check_settlement(self):
        if any(rebate.settle_after_days < 0 or rebate.minimum_amount < 0 for rebate in self):
            raise ValidationError(self.env._("The days to wait and the smallest amount cannot be below zero."))
        if any(rebate.settle_after_days > 3660 for rebate in self):
            raise ValidationError(self.env._("A rebate is settled within ten years (3660 days) of its period."))

    @api.constrains("tier_ids", "measure", "reward", "mode", "uom_id", "whole_units")
    def _check_tiers(self):
        for rebate in self:
            problems = check_rebate(rebate._as_engine_rebate())
            words = [
                rebate._problem_text(problem)
                for problem in problems
                if problem.blocking or problem.code == "gap_between_tiers"
            ]
            if words:
                raise ValidationError(
                    "\n".join([self.env._("Tiers of the rebate %(rebate)s:", rebate=rebate.display_name), *words])
                )

    @api.model_create_multi
    def create(self, vals_list):
        refuse_endless_numbers(self, vals_list)
        if any("origin_id" in vals for vals in vals_list):
            raise UserError(self.env._("Which rebate continues which is known from the amendment alone."))
        rebates = super().create(vals_list)
        rebates.contract_id._touch()
        for rebate in rebates:
            rebate._continue(rebate)
        return rebates

    def write(self, vals):
        refuse_endless_numbers(self, [vals])
        refuse_other_parent(self, "contract_id", vals)
        if "origin_id" in vals:
            raise UserError(self.env._("Which rebate continues which is known from the amendment alone."))
        for rebate in self.filtered(lambda rebate: rebate.origin_id != rebate):
            if any(name in vals and vals[name] != rebate[name] for name in FIXED_ONCE_BEGUN):
                raise UserError(
                    self.env._(
                        "The periods of %(rebate)s have begun and cannot be cut anew. Delete it here, so that it ends "
                        "with the earlier version, and enter a new rebate.",
                        rebate=rebate.display_name,
                    )
                )
        self.contract_id._touch()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_from_drafts(self):
        self.contract_id._touch()

    def _continue(self, earlier):
        """Make this rebate the continuation of one in an earlier version, or of itself."""
        origin = earlier.sudo().origin_id or earlier
        return super(B2bContractRebate, self.sudo()).write({"origin_id": origin.id})  # pylint: disable=super-method-mismatch

    def _counts_units(self):
        """Say whether quantities matter, so that only lines in a convertible unit count."""
        self.ensure_one()
        return self.measure == "quantity" or self.reward == "per_unit"

    def _as_engine_rebate(self):
        """Return the terms as the rebate engine has them."""
        self.ensure_one()
        return Rebate(
            measure=self.measure,
            reward=self.reward,
            mode=self.mode,
            tiers=tuple(tier._as_engine_tier() for tier in self.tier_ids.sorted("floor")),
            unit_step=to_decimal(1 if self.whole_units else 0),
            precision=to_decimal(self.currency_id.rounding or 0.01),
        )

    def _recurrence(self):
        """Return how the periods repeat; ``None`` for the life of the contract."""
        self.ensure_one()
        contract = self.origin_id.contract_id
        began = contract.origin_id.date_start or contract.date_start
        return recurrence_of(self.period, began if self.anchor == "contract" else None)
