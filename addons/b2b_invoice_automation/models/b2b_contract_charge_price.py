"""What a recurring charge costs: agreed price or price rules, indexation at anniversaries, metered quantity.

Gathers the facts of a batch at once, lets the engines compute, and says in words what is missing. Nothing is billed at
a guess: a charge whose index value or reading is not there waits.
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..order_to_cash.billing.metering import Consumption, FallingReadingError, MissingReadingError, consumption
from ..order_to_cash.billing.proration import prorate
from ..order_to_cash.money import round_half_up, to_decimal
from ..order_to_cash.pricing.indexation import (
    Indexation,
    IndexStep,
    MissingIndexValueError,
    anniversaries,
    check_indexation,
    indexed_price,
)
from .b2b_contract_pricing import PriceRequest

DIGITS = 9


class ChargeLine(NamedTuple):
    """One invoice line of a part of a charge: ``amount`` is quantity × price_unit, negative where it takes back."""

    charge: models.BaseModel
    part: object
    quantity: Decimal
    price_unit: Decimal
    amount: Decimal
    steps: tuple[IndexStep, ...] = ()
    consumption: Consumption | None = None


class Missing(NamedTuple):
    """Why a part of a charge cannot be priced: a waiting code, and what to do in words."""

    code: str
    reason: str


class B2bContractCharge(models.Model):
    _inherit = "b2b.contract.charge"

    indexation = fields.Selection(
        [("none", "None"), ("percent", "By a percentage"), ("index", "By a price index")],
        default="none",
        required=True,
        help="How the price moves at anniversaries.",
    )
    index_id = fields.Many2one("b2b.price.index", index="btree_not_null", ondelete="restrict", check_company=True)
    index_start = fields.Date(
        "Price As Of", help="The day that the price was agreed for; anniversaries count from it. Empty: the first day."
    )
    index_months = fields.Integer("Anniversary Every (Months)", default=12)
    index_percent = fields.Float("Change (%)", min_display_digits=1)
    index_lag = fields.Integer(
        "Months Before", help="An anniversary takes the index of so many months before it, since it is published late."
    )
    index_base = fields.Float(
        "Base Value", min_display_digits=1, help="The index that the price stands for. 0: its value at “Price As Of”."
    )
    has_floor = fields.Boolean("Floor")
    index_floor = fields.Float("Lowest Change (%)", min_display_digits=1, help="0: the price never falls.")
    has_cap = fields.Boolean("Cap")
    index_cap = fields.Float("Highest Change (%)", min_display_digits=1)
    indexation_text = fields.Text("Indexation So Far", compute="_compute_indexation_text")

    @api.depends(
        "indexation", "index_id", "index_start", "index_months", "index_percent", "index_lag", "index_base",
        "has_floor", "index_floor", "has_cap", "index_cap", "price_unit", "date_start",
    )  # fmt: skip
    def _compute_indexation_text(self):
        today = fields.Date.context_today(self)
        values = self.index_id._b2b_values()
        for charge in self:
            try:
                steps = charge._b2b_indexed(today, values)[1] if charge.date_start else ()
                charge.indexation_text = "\n".join(charge._b2b_step_text(step) for step in steps)
            except MissingIndexValueError as error:
                charge.indexation_text = charge._b2b_index_missing_text(error.month)
            except (ArithmeticError, ValueError):
                charge.indexation_text = False

    @api.constrains(
        "indexation", "index_id", "index_months", "index_percent", "has_floor", "index_floor", "has_cap", "index_cap",
        "index_lag", "index_base", "price_source",
    )  # fmt: skip
    def _check_indexation(self):
        for charge in self.filtered(lambda charge: charge.indexation != "none"):
            title = charge._b2b_title()
            if charge.price_source == "rules":
                raise ValidationError(
                    self.env._("%s: only a fixed price is indexed; the contract's prices have their own.", title)
                )
            if charge.indexation == "index" and not charge.index_id:
                raise ValidationError(self.env._("%s: choose the price index.", title))
            if charge.index_base < 0 or not 0 <= charge.index_lag <= 120 or charge.index_months > 1200:
                raise ValidationError(
                    self.env._(
                        "%s: the base value cannot be below zero; an anniversary comes at least every 1200 months and "
                        "takes an index of 0 to 120 months before.",
                        title,
                    )
                )
            if max(charge.index_percent, charge.index_cap, charge.index_floor) > 1000:
                raise ValidationError(self.env._("%s: a price rises by 1000 %% at most.", title))
            problems = {problem.code for problem in check_indexation(charge._b2b_indexation({date(2000, 1, 1): 1}))}
            texts = {
                "interval_not_positive": self.env._("%s: anniversaries come every 1 month or more.", title),
                "floor_above_cap": self.env._("%s: the lowest change is above the highest.", title),
                "change_below_zero_price": self.env._("%s: a price cannot fall by more than 100 %%.", title),
            }
            if words := [text for code, text in texts.items() if code in problems]:
                raise ValidationError("\n".join(words))

    @api.onchange("indexation")
    def _onchange_indexation(self):
        if self.indexation != "index":
            self.index_id = False

    def _b2b_indexation(self, values):
        """The terms as the engine takes them.

        :param values: of the index, by the first day of their month
        """
        return Indexation(
            kind=self.indexation,
            start=self.index_start or self.date_start,
            every_months=self.index_months,
            percent=to_decimal(self.index_percent, DIGITS),
            values=values,
            lag_months=self.index_lag,
            base_value=to_decimal(self.index_base, DIGITS) or None,
            floor=to_decimal(self.index_floor, DIGITS) if self.has_floor else None,
            cap=to_decimal(self.index_cap, DIGITS) if self.has_cap else None,
        )

    def _b2b_indexed(self, day, values):
        """The fixed price on a day, and the steps that led to it.

        :param values: ``b2b.price.index._b2b_values()``
        :raises MissingIndexValueError: when an anniversary's value is not known
        """
        price = to_decimal(self.price_unit, DIGITS)
        if self.indexation == "none" or self.price_source == "rules":
            return price, ()
        terms = self._b2b_indexation(values.get(self.index_id) or {})
        passed = anniversaries(terms, day) if terms.every_months > 0 else []
        if not passed:
            return price, ()
        if terms.kind == "index" and not terms.values:
            raise MissingIndexValueError(passed[0].replace(day=1))
        found = indexed_price(price, terms, day, self._b2b_price_digits())
        return found.price, found.steps

    def _b2b_index_months_billed(self):
        """Which index values invoices were priced by: dict (index, month) → one of the charges."""
        used = {}
        values = self.index_id._b2b_values()
        last = dict(
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [("b2b_charge_id", "in", self.ids), ("parent_state", "!=", "cancel")],
                ["b2b_charge_id"],
                ["b2b_charge_from:max"],
            )
        )
        for charge, day in last.items():
            try:
                _price, steps = charge._b2b_indexed(day, values)
            except (MissingIndexValueError, ValueError):
                continue
            months = [step.month for step in steps if step.month]
            if months and not charge.index_base:
                terms = charge._b2b_indexation({})
                months.append(fields.Date.subtract(terms.start.replace(day=1), months=terms.lag_months))
            used.update(dict.fromkeys(((charge.index_id, month) for month in months), charge))
        return used

    # Parts

    def _b2b_price_parts(self, parts):
        """Price parts of charges, all at once.

        :param parts: list of (version, ``ChargePart``), those of a charge oldest first
        :returns: list of the same length: list of ``ChargeLine``, or ``Missing``
        """
        versions = self.browse(charge.id for charge, _part in parts)
        values = versions.index_id._b2b_values()
        readings = versions.meter_id._b2b_readings()
        quantities = [
            None if part.taken else charge._b2b_quantity(part, readings.get(charge.meter_id, []))
            for charge, part in parts
        ]
        priced = self._b2b_price_by_rules(parts, quantities)
        return [
            charge._b2b_part_lines(part, quantity, priced.get(index), values)
            for index, ((charge, part), quantity) in enumerate(zip(parts, quantities, strict=True))
        ]

    def _b2b_quantity(self, part, readings):
        """Quantity of a part: (quantity, ``Consumption`` or None), or ``Missing``."""
        if self.quantity_source == "fixed":
            return to_decimal(self.quantity, DIGITS), None
        meter = self.meter_id
        if not meter:
            return Missing("reading_missing", self.env._("Choose the meter that counts the quantity."))
        try:
            found = consumption(readings, part.days, meter.slack, to_decimal(meter.highest, DIGITS))
        except FallingReadingError as error:
            return Missing(
                "reading_missing",
                self.env._(
                    "Meter %(meter)s: %(value)s is below %(previous)s, the reading before. Correct the readings.",
                    meter=meter.name,
                    value=f"{float(error.value):g}",
                    previous=f"{float(error.previous):g}",
                ),
            )
        except MissingReadingError as error:
            day = format_date(self.env, error.day)
            if error.kind == "opening":
                return Missing(
                    "reading_missing",
                    self.env._("Meter %(meter)s needs a reading of %(day)s or before.", meter=meter.name, day=day),
                )
            return Missing(
                "reading_missing",
                self.env._(
                    "Meter %(meter)s needs a reading of %(day)s, or up to %(slack)s days before.",
                    meter=meter.name,
                    day=day,
                    slack=meter.slack,
                ),
            )
        return found.quantity, found

    def _b2b_price_by_rules(self, parts, quantities):
        requests = [
            PriceRequest(
                key=index,
                product=charge.product_id,
                quantity=float(quantities[index][0]),
                uom=charge.product_id.uom_id,
                day=part.days.start,
                contracts=charge.contract_id,
                currency=charge.currency_id,
                company=charge.company_id,
            )
            for index, (charge, part) in enumerate(parts)
            if charge.price_source == "rules" and not part.taken and not isinstance(quantities[index], Missing)
        ]
        return self.env["b2b.contract"]._price(requests) if requests else {}

    def _b2b_part_lines(self, part, quantity, priced, values):
        if part.taken:
            amount = -part.credit(self.currency_id.rounding)
            return [ChargeLine(self, part, Decimal(-1), -amount, amount)]
        if isinstance(quantity, Missing):
            return quantity
        (size, used), steps = quantity, ()
        if not size:
            slices = [(size, size, size)]
        elif self.price_source == "rules":
            if priced.rule is None or priced.total is None:
                return Missing(
                    "price_missing",
                    self.env._("No price of the contract covers %s on that day.", self.product_id.display_name),
                )
            slices = [(cut.quantity, cut.unit_price, cut.exact) for cut in priced.slices]
        else:
            try:
                price, steps = self._b2b_indexed(part.days.start, values)
            except MissingIndexValueError as error:
                return Missing("index_missing", self._b2b_index_missing_text(error.month))
            except ArithmeticError:
                return Missing("price_missing", self.env._("The indexed price is too large; correct the indexation."))
            slices = [(size, price, size * price)]
        return self._b2b_lines_of_slices(part, slices, steps, used)

    def _b2b_lines_of_slices(self, part, slices, steps, used):
        rounding = self.currency_id.rounding
        if used is None and part.days != part.whole.period:
            total = sum(exact for _quantity, _price, exact in slices)
            amount = prorate(total, part.whole.period, part.days, rounding)
            return [ChargeLine(self, part, Decimal(1), amount, amount, steps)]
        lines = []
        for quantity, price, exact in slices:
            amount = round_half_up(exact, rounding)
            if round_half_up(quantity * to_decimal(float(price)), rounding) != amount:
                quantity, price = Decimal(1), amount
            lines.append(ChargeLine(self, part, quantity, price, amount, steps, used))
        return lines
