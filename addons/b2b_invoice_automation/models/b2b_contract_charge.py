"""A recurring charge of a contract: what is billed again and again, when, and for how much.

Here is what was agreed and how it is checked. What of it is due is in ``b2b_contract_charge_billing``, what it costs in
``b2b_contract_charge_price``, and what its invoice says in ``b2b_contract_charge_invoice``. A charge lives on through
the versions of its contract: ``origin_id`` is the same in all of them, and nothing is billed twice under it.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..order_to_cash.periods import Recurrence
from .b2b_contract_terms import refuse_endless_numbers, refuse_other_parent

UNITS = [("day", "Days"), ("week", "Weeks"), ("month", "Months"), ("quarter", "Quarters"), ("year", "Years")]
COUNTED_STATES = ("active", "suspended", "expired", "terminated")
"""States of contract versions whose charges are owed, on the days that the version counts."""
MACHINE_FIELDS = {"origin_id", "date_next"}


class B2bContractCharge(models.Model):
    _name = "b2b.contract.charge"
    _description = "Recurring Charge"
    _order = "contract_id, sequence, id"
    _check_company_auto = True

    contract_id = fields.Many2one("b2b.contract", required=True, index=True, ondelete="cascade")
    origin_id = fields.Many2one(
        "b2b.contract.charge",
        "First Version",
        readonly=True,
        copy=False,
        index=True,
        ondelete="cascade",
        help="The charge that this one continues through an amendment of the contract.",
    )
    version_ids = fields.One2many("b2b.contract.charge", "origin_id", "Versions", readonly=True, copy=False)
    company_id = fields.Many2one(related="contract_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True, index=True, string="Customer")
    currency_id = fields.Many2one(related="contract_id.currency_id")
    contract_state = fields.Selection(related="contract_id.state", string="Contract Status")
    is_editable = fields.Boolean(related="contract_id.is_editable")
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('sale_ok', '=', True), ('type', '!=', 'combo')]",
        help="Gives the account and the taxes.",
    )
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    name = fields.Char("Description", help="As it stands on the invoice. Leave it empty for the product's name.")
    po_number = fields.Char("PO Number", help="The customer's order number, shown on the invoice.")
    interval_count = fields.Integer("Every", default=1, required=True)
    interval_unit = fields.Selection(UNITS, "Interval", default="month", required=True)
    timing = fields.Selection(
        [("advance", "In advance"), ("arrears", "In arrears")],
        "Billed",
        default="advance",
        required=True,
        help="In advance: on the first day of a period. In arrears: on the day after its last.",
    )
    anchor_day = fields.Integer(
        "Periods Begin on Day",
        help="Day of the month, 1 to 31 (31: the last day of a shorter month), or of the week, 1 (Monday) to 7. "
        "0: as the first day. The first and the last period are billed by their days.",
    )
    date_start = fields.Date("First Day", required=True, default=lambda self: self._default_date_start())
    date_end = fields.Date("Last Day", help="Leave it empty to charge until the contract ends.")
    billed_until = fields.Date(
        "Billed Elsewhere Until", help="For contracts from before Odoo took over: days up to this one are not billed."
    )
    quantity_source = fields.Selection(
        [("fixed", "Fixed"), ("meter", "From a meter")], "Quantity Is", default="fixed", required=True
    )
    quantity = fields.Float(default=1.0, digits="Product Unit")
    meter_id = fields.Many2one(
        "b2b.meter",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('company_id', '=', company_id), ('partner_id', '=', partner_id)]",
    )
    price_source = fields.Selection(
        [("fixed", "Fixed"), ("rules", "By the contract's prices")],
        "Price Is",
        default="fixed",
        required=True,
        help="By the contract's prices: of the page “Prices”, as of the first day that is billed.",
    )
    price_unit = fields.Float("Price", min_display_digits="Product Price", help="For a unit and a whole period.")
    move_line_ids = fields.One2many("account.move.line", "b2b_charge_id", "Invoice Lines", readonly=True)
    run_line_ids = fields.One2many("b2b.billing.run.line", "charge_id", "Billing Results", readonly=True)
    interval_text = fields.Char("Billed Every", compute="_compute_texts")
    price_text = fields.Char("Amount", compute="_compute_texts")

    _interval_positive = models.Constraint(
        "CHECK (interval_count BETWEEN 1 AND 1000)", "An interval lasts 1 to 1000 units."
    )

    @api.model
    def _default_date_start(self):
        return self.env.context.get("default_charge_start") or fields.Date.context_today(self)

    @api.depends("name", "product_id", "contract_id")
    @api.depends_context("b2b_short_charge")
    def _compute_display_name(self):
        for charge in self:
            text = charge._b2b_title()
            charge.display_name = f"{charge.contract_id.name} · {text}" if charge.contract_id.name else text

    @api.depends(
        "interval_count",
        "interval_unit",
        "timing",
        "quantity",
        "quantity_source",
        "price_unit",
        "price_source",
        "uom_id",
    )
    def _compute_texts(self):
        units = dict(self._fields["interval_unit"]._description_selection(self.env))
        timings = dict(self._fields["timing"]._description_selection(self.env))
        for charge in self:
            every = charge._b2b_every(units)
            charge.interval_text = f"{every}, {timings.get(charge.timing, '').lower()}"
            charge.price_text = charge._b2b_price_text()

    def _b2b_every(self, units):
        single = {
            "day": self.env._("Daily"),
            "week": self.env._("Weekly"),
            "month": self.env._("Monthly"),
            "quarter": self.env._("Quarterly"),
            "year": self.env._("Yearly"),
        }
        if self.interval_count == 1:
            return single.get(self.interval_unit, "")
        return self.env._(
            "Every %(count)s %(units)s", count=self.interval_count, units=units.get(self.interval_unit, "").lower()
        )

    def _b2b_price_text(self):
        """Quantity and price in one line."""
        unit = self.uom_id.name or ""
        price = (
            self.env._("by the contract's prices")
            if self.price_source == "rules"
            else self._b2b_price_in_words(self.price_unit)
        )
        if self.quantity_source == "meter":
            return self.env._("%(price)s per %(unit)s", price=price, unit=unit) if unit else price
        return price if self.quantity == 1 else f"{self.quantity:g} {unit} × {price}"

    @api.constrains("interval_unit", "interval_count", "anchor_day")
    def _check_recurrence(self):
        for charge in self:
            try:
                charge._b2b_recurrence()
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "%(charge)s: periods of months, quarters or years begin on day 1 to 31, of weeks on day 1 "
                        "(Monday) to 7, and days have no such day. Enter 0 for “as the first day”.",
                        charge=charge._b2b_title(),
                    )
                ) from error

    @api.constrains("date_start", "date_end")
    def _check_days(self):
        for charge in self:
            if charge.date_end and charge.date_end < charge.date_start:
                raise ValidationError(
                    self.env._(
                        "%(charge)s ends on %(end)s, before it begins on %(start)s.",
                        charge=charge._b2b_title(),
                        end=format_date(self.env, charge.date_end),
                        start=format_date(self.env, charge.date_start),
                    )
                )

    @api.constrains("quantity_source", "quantity", "meter_id", "timing", "contract_id")
    def _check_quantity(self):
        """What comes from a template, or is one, has its meter chosen before it is submitted."""
        self.filtered(lambda charge: not charge._b2b_lacks_meter())._refuse_wrong_quantity()

    def _b2b_lacks_meter(self):
        """Whether the meter is still to be chosen, for whoever becomes the customer."""
        of_template = self.contract_id.template_id or self.contract_id.state == "template"
        return of_template and self.quantity_source != "fixed" and not self.meter_id

    def _refuse_wrong_quantity(self):
        for charge in self:
            title = charge._b2b_title()
            if charge.quantity_source == "fixed":
                if charge.quantity <= 0:
                    raise ValidationError(self.env._("%s: the quantity must be above zero.", title))
                continue
            if not charge.meter_id:
                raise ValidationError(self.env._("%s: choose the meter that counts its quantity.", title))
            if charge.timing != "arrears":
                raise ValidationError(
                    self.env._("%s: what a meter counts is known afterwards; bill it in arrears.", title)
                )
            if charge.meter_id.partner_id != charge.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(charge)s: meter %(meter)s belongs to %(owner)s, not to %(customer)s.",
                        charge=title,
                        meter=charge.meter_id.name,
                        owner=charge.meter_id.partner_id.display_name,
                        customer=charge.partner_id.display_name,
                    )
                )
            unit = charge.meter_id.uom_id
            if unit and unit != charge.product_id.uom_id:
                raise ValidationError(
                    self.env._(
                        "%(charge)s is billed by %(unit)s, but meter %(meter)s counts %(counted)s. Choose a product "
                        "with the unit of the meter.",
                        charge=title,
                        unit=charge.product_id.uom_id.name,
                        meter=charge.meter_id.name,
                        counted=unit.name,
                    )
                )

    @api.constrains("product_id")
    def _check_product(self):
        for charge in self:
            if not charge.product_id.active:
                raise ValidationError(
                    self.env._(
                        "%s is archived and cannot be charged. Restore it, or choose the product that replaced it.",
                        charge.product_id.display_name,
                    )
                )

    @api.onchange("quantity_source")
    def _onchange_quantity_source(self):
        if self.quantity_source == "meter":
            self.timing = "arrears"
        else:
            self.meter_id = False

    @api.model_create_multi
    def create(self, vals_list):
        refuse_endless_numbers(self, vals_list)
        for vals in vals_list:
            self._refuse_machine_fields(vals)
        charges = super().create(vals_list)
        for charge in charges:
            charge._set({"origin_id": charge.id})
        charges.contract_id._touch()
        return charges

    def write(self, vals):
        refuse_endless_numbers(self, [vals])
        refuse_other_parent(self, "contract_id", vals)
        self._refuse_machine_fields(vals)
        if vals.keys() - {"move_line_ids", "run_line_ids", "version_ids"}:
            self.contract_id._touch()
        return super().write(vals)

    def _is_about_something_sold(self):
        return self.product_id.active

    def _continue(self, earlier):
        """Make this charge the continuation of one in an earlier version."""
        self._set({"origin_id": earlier.origin_id.id})

    def _set(self, vals):
        """Write past the freeze; only for what the contract's workflow copies and computes."""
        return super(B2bContractCharge, self.sudo()).write(vals)  # pylint: disable=super-method-mismatch

    def _refuse_machine_fields(self, vals):
        if MACHINE_FIELDS & vals.keys() and not self.env.su:
            raise UserError(self.env._("Which charge this one continues is written by the amendment of the contract."))

    @api.ondelete(at_uninstall=False)
    def _unlink_only_from_drafts(self):
        self.contract_id._touch()

    def _b2b_title(self):
        return self.name or self.product_id.display_name or ""

    def _b2b_price_digits(self):
        """Decimals of the price: those of the currency, or more where more were agreed."""
        digits = len(f"{self.price_unit:.6f}".rstrip("0").partition(".")[2])
        return max(self.currency_id.decimal_places, digits)

    def _b2b_recurrence(self):
        """The interval as the engine takes it."""
        self.ensure_one()
        return Recurrence(self.interval_unit, self.interval_count, self.date_start, self.anchor_day or None)

    def _b2b_in_short(self):
        """What is charged, when and for how much, in one line."""
        self.ensure_one()
        days = [format_date(self.env, day) if day else "…" for day in (self.date_start, self.date_end)]
        parts = [self.interval_text, self.price_text, " – ".join(days), self._b2b_indexation_text()]
        return ", ".join(part for part in parts if part)

    def _b2b_change_against(self, old):
        """What changed since another version of this charge, in words."""
        self.ensure_one()
        before, now = old._b2b_in_short(), self._b2b_in_short()
        changes = [f"{before} → {now}"] if before != now else []
        for name in ("name", "product_id", "meter_id", "po_number", "anchor_day", "billed_until"):
            before, now = old[name], self[name]
            if before != now:
                if self._fields[name].relational:
                    before, now = before.display_name, now.display_name
                label = self._fields[name]._description_string(self.env)
                changes.append(f"{label}: {before or '–'} → {now or '–'}")
        return ", ".join(changes)

    def _b2b_terms(self):
        """What was agreed as plain values, for the decision log."""
        self.ensure_one()
        return {
            "charge": self._b2b_title(),
            "product": self.product_id.display_name,
            "in_short": self._b2b_in_short(),
            "anchor_day": self.anchor_day,
            "billed_until": str(self.billed_until or ""),
            "po_number": self.po_number or "",
            "meter": self.meter_id.name or "",
            "origin": self.origin_id.id,
        }
