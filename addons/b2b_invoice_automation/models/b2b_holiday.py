"""Days on which nobody works: closing days that count working days skip them, others move off them if so wanted."""

from odoo import api, fields, models


class B2bHoliday(models.Model):
    _name = "b2b.holiday"
    _description = "Holiday"
    _order = "date desc, id desc"

    name = fields.Char(required=True, translate=True)
    date = fields.Date(required=True)
    yearly = fields.Boolean("Every Year", help="The same day and month in all years.")
    company_id = fields.Many2one(
        "res.company",
        index=True,
        compute="_compute_company_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Empty: for all companies in the country.",
    )
    country_id = fields.Many2one("res.country", help="For all companies in this country; empty with one company.")

    _once = models.UniqueIndex(
        "(coalesce(company_id, 0), coalesce(country_id, 0), date)", "This day is a holiday there already."
    )
    _of_company_or_country = models.Constraint(
        "CHECK (num_nonnulls(company_id, country_id) = 1)",
        "A holiday is of one company or of one country: fill in one of the two.",
    )

    @api.depends("country_id")
    def _compute_company_id(self):
        for holiday in self:
            holiday.company_id = False if holiday.country_id else holiday.company_id or self.env.company
