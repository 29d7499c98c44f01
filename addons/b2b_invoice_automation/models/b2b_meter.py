"""Meters and their readings, by which charges with a metered quantity are billed."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..order_to_cash.billing.charges import billed_through
from ..order_to_cash.billing.metering import FallingReadingError, Reading, consumed
from ..order_to_cash.money import to_decimal
from .b2b_contract_terms import refuse_endless_numbers

DIGITS = 6


class B2bMeter(models.Model):
    _name = "b2b.meter"
    _description = "Meter"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char("Number", required=True, help="Its serial number, or what it counts.")
    active = fields.Boolean(default=True)
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('parent_id', '=', False)]",
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    uom_id = fields.Many2one("uom.uom", "Unit", help="What it counts in. Charges bill in this unit.")
    highest = fields.Float(
        "Begins Again At",
        min_display_digits=0,
        help="A counter of five digits begins again at 100000. Needed for readings “Passed its highest value”.",
    )
    slack = fields.Integer(
        "Read Ahead (Days)",
        default=7,
        help="A reading up to so many days before the last day of a period closes it; "
        "what is used on the days left counts in the next period.",
    )
    reading_ids = fields.One2many("b2b.meter.reading", "meter_id", "Readings")
    charge_ids = fields.One2many("b2b.contract.charge", "meter_id", "Charges")
    last_date = fields.Date("Last Reading", compute="_compute_last")
    last_value = fields.Float("Counter", min_display_digits=0, compute="_compute_last")
    billed_through = fields.Date(
        compute="_compute_billed_through", help="Readings up to this day were billed and are not changed any more."
    )

    _name_unique = models.UniqueIndex("(company_id, partner_id, name) WHERE active", "This meter is there already.")
    _slack_positive = models.Constraint(
        "CHECK (slack BETWEEN 0 AND 366)", "Reading ahead is a number of days, 0 to 366."
    )
    _highest_positive = models.Constraint("CHECK (highest >= 0)", "A counter never begins again below zero.")

    @api.model_create_multi
    def create(self, vals_list):
        refuse_endless_numbers(self, vals_list)
        return super().create(vals_list)

    def write(self, vals):
        refuse_endless_numbers(self, [vals])
        return super().write(vals)

    @api.constrains("partner_id", "company_id", "uom_id")
    def _check_charges(self):
        """A meter that is billed by goes on counting for the same customer, in the same unit."""
        charges = self.sudo().charge_ids
        charges.filtered(lambda charge: charge.contract_state not in ("expired", "terminated"))._check_quantity()

    @api.depends("reading_ids.date", "reading_ids.value")
    def _compute_last(self):
        for meter in self:
            last = meter.reading_ids.sorted("date")[-1:]
            meter.last_date, meter.last_value = last.date, last.value

    def _compute_billed_through(self):
        through = self._b2b_billed_through()
        for meter in self:
            meter.billed_through = through.get(meter, False)

    def _b2b_billed_through(self):
        """The last day that is billed of each meter: dict meter → date, without those that nothing is billed of."""
        through = {}
        charges = self.env["b2b.contract.charge"].sudo().search([("meter_id", "in", self.ids)])
        for charge, facts in charges.origin_id._b2b_facts().items():
            last = billed_through(facts.lines)
            for meter in charge.version_ids.meter_id & self if last else ():
                through[meter] = max(last, through.get(meter, last))
        return through

    def action_paste_readings(self):
        """Open the form where readings are pasted from a table."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "b2b.meter.paste",
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Paste Readings"),
            "context": {"default_meter_id": self.id if len(self) == 1 else False},
        }

    def _b2b_readings(self):
        """The readings of each meter as the engine takes them, oldest first: dict meter → list of ``Reading``."""
        found = {meter: [] for meter in self}
        for reading in self.env["b2b.meter.reading"].sudo().search([("meter_id", "in", self.ids)], order="date, id"):
            found[reading.meter_id].append(reading._as_engine_reading())
        return found


class B2bMeterReading(models.Model):
    _name = "b2b.meter.reading"
    _description = "Meter Reading"
    _order = "date desc, id desc"
    _rec_name = "date"

    meter_id = fields.Many2one("b2b.meter", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="meter_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="meter_id.partner_id")
    uom_id = fields.Many2one(related="meter_id.uom_id")
    date = fields.Date(
        required=True, default=fields.Date.context_today, help="The counter's state at the end of this day."
    )
    value = fields.Float("Counter", required=True, min_display_digits=0)
    kind = fields.Selection(
        [
            ("reading", "Reading"),
            ("rollover", "Passed its highest value"),
            ("reset", "Replaced or set back"),
        ],
        default="reading",
        required=True,
        help="Passed its highest value: the counter began again at zero.\n"
        "Replaced or set back: the new counter begins at “Counter”; the old one said “Old Counter” at last.",
    )
    last_value = fields.Float("Old Counter", min_display_digits=0, help="What the old counter said at last.")
    consumed = fields.Float("Used", min_display_digits=0, compute="_compute_consumed", help="Since the reading before.")

    _once = models.UniqueIndex("(meter_id, date)", "The meter has a reading of this day already. Correct that one.")
    _positive = models.Constraint("CHECK (value >= 0 AND last_value >= 0)", "A counter is never below zero.")

    @api.depends("meter_id.reading_ids.value", "meter_id.reading_ids.date", "kind", "last_value", "meter_id.highest")
    def _compute_consumed(self):
        for meter, readings in self.grouped("meter_id").items():
            previous, used = None, {}
            for reading in meter.reading_ids.filtered("date").sorted("date"):
                engine = reading._as_engine_reading()
                try:
                    used[reading] = float(consumed(previous, engine, to_decimal(meter.highest, DIGITS)))
                except FallingReadingError:
                    used[reading] = 0.0
                previous = engine
            for reading in readings:
                reading.consumed = used.get(reading, 0.0)

    @api.constrains("meter_id", "date", "value", "kind", "last_value")
    def _check_chain(self):
        for meter in self.meter_id:
            previous = None
            for reading in meter.reading_ids.sorted("date"):
                if reading.kind == "rollover" and not meter.highest:
                    raise ValidationError(
                        self.env._(
                            "Enter at meter %(meter)s at which value its counter begins again (“Begins Again At”).",
                            meter=meter.name,
                        )
                    )
                engine = reading._as_engine_reading()
                try:
                    consumed(previous, engine, to_decimal(meter.highest, DIGITS))
                except FallingReadingError as error:
                    raise ValidationError(self._falling_text(reading, error)) from error
                previous = engine

    def _falling_text(self, reading, error):
        return self.env._(
            "Meter %(meter)s: %(value)s on %(day)s is below %(previous)s, the reading before. Correct the one that is "
            "wrong, or choose “Replaced or set back” or “Passed its highest value” if the counter began again.",
            meter=reading.meter_id.name,
            value=f"{float(error.value):g}",
            day=format_date(self.env, reading.date),
            previous=f"{float(error.previous):g}",
        )

    @api.model_create_multi
    def create(self, vals_list):
        refuse_endless_numbers(self, vals_list)
        readings = super().create(vals_list)
        readings._refuse_billed()
        return readings

    def write(self, vals):
        refuse_endless_numbers(self, [vals])
        self._refuse_billed()
        result = super().write(vals)
        self._refuse_billed()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        self._refuse_billed()

    def _refuse_billed(self):
        billed = self.meter_id._b2b_billed_through()
        for reading in self:
            through = billed.get(reading.meter_id)
            if through and reading.date <= through:
                raise UserError(
                    self.env._(
                        "Meter %(meter)s was billed through %(day)s: readings up to then stay as they are. Delete the "
                        "draft invoice, or credit it with “Bill Again”, or enter the reading under a later day.",
                        meter=reading.meter_id.name,
                        day=format_date(self.env, through),
                    )
                )

    def _as_engine_reading(self):
        return Reading(
            day=self.date,
            value=to_decimal(self.value, DIGITS),
            kind=self.kind,
            last_value=to_decimal(self.last_value, DIGITS),
        )
