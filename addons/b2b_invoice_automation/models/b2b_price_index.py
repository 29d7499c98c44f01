"""Price indexes, such as consumer prices, whose values move the price of recurring charges."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..order_to_cash.money import to_decimal
from .b2b_contract_terms import refuse_endless_numbers


class B2bPriceIndex(models.Model):
    _name = "b2b.price.index"
    _description = "Price Index"
    _order = "name, id"

    name = fields.Char(required=True, help="As its publisher names it, for example: Consumer prices, 2020 = 100.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, help="Leave it empty for an index that all companies use.")
    source = fields.Char(help="Where its values are published.")
    value_ids = fields.One2many("b2b.price.index.value", "index_id", "Values")
    last_month = fields.Date("Last Value Of", compute="_compute_last_month")
    charge_count = fields.Integer(compute="_compute_charge_count")

    @api.depends("value_ids.month")
    def _compute_last_month(self):
        for index in self:
            index.last_month = max(index.value_ids.mapped("month"), default=False)

    def _compute_charge_count(self):
        counts = dict(
            self.env["b2b.contract.charge"]._read_group([("index_id", "in", self.ids)], ["index_id"], ["__count"])
        )
        for index in self:
            index.charge_count = counts.get(index, 0)

    def action_view_charges(self):
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_contract_charge_action")
        return {**action, "domain": [("index_id", "in", self.ids)], "context": {"create": False}}

    def _b2b_values(self):
        """The values of each index as the engine takes them: dict index → {first day of the month: value}."""
        found = {index: {} for index in self}
        for value in self.env["b2b.price.index.value"].sudo().search([("index_id", "in", self.ids)]):
            found[value.index_id][value.month] = to_decimal(value.value, 9)
        return found


class B2bPriceIndexValue(models.Model):
    _name = "b2b.price.index.value"
    _description = "Value of a Price Index"
    _order = "month desc, id desc"
    _rec_name = "month"

    index_id = fields.Many2one("b2b.price.index", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="index_id.company_id", store=True, index=True)
    month = fields.Date(required=True, help="Any day of the month that the value is of.")
    value = fields.Float(required=True, min_display_digits=1)

    _once = models.UniqueIndex("(index_id, month)", "This month has a value already. Correct that one.")

    @api.constrains("value")
    def _check_value(self):
        for line in self:
            if line.value <= 0:
                raise ValidationError(self.env._("The value of an index must be above zero."))

    @api.model_create_multi
    def create(self, vals_list):
        refuse_endless_numbers(self, vals_list)
        return super().create([self._b2b_first_of_month(vals) for vals in vals_list])

    def write(self, vals):
        refuse_endless_numbers(self, [vals])
        self._b2b_refuse_used()
        return super().write(self._b2b_first_of_month(vals))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._b2b_refuse_used()

    def _b2b_first_of_month(self, vals):
        month = fields.Date.to_date(vals.get("month"))
        return {**vals, "month": month.replace(day=1)} if month else vals

    def _b2b_refuse_used(self):
        """Keep the values that an invoice was priced by: changed, later prices would no longer follow from it."""
        charges = self.env["b2b.contract.charge"].sudo().search([("index_id", "in", self.index_id.ids)])
        used = charges._b2b_index_months_billed()
        for line in self:
            if charge := used.get((line.index_id, line.month)):
                raise UserError(
                    self.env._(
                        "The value of %(month)s is part of what %(charge)s was billed by, and stays. Correct the price "
                        "in a new version of the contract.",
                        month=format_date(self.env, line.month, date_format="MMMM y"),
                        charge=charge.display_name,
                    )
                )
