"""What was delivered of an order line: at most so far, and on which day, for closing days that are looked back on."""

from datetime import date, timedelta

from odoo import api, fields, models
from odoo.tools import float_compare

from ..order_to_cash.money import to_decimal

DIGITS = 9
KEPT_DAYS = 100
"""How long deliveries are known by day: longer than any closing day is behind."""


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    b2b_delivered_peak = fields.Float(
        "Delivered at Most",
        compute="_compute_b2b_delivered",
        store=True,
        digits="Product Unit",
        copy=False,
        help="The highest delivered quantity so far; what is missing to it came back.",
        groups="base.group_user",
    )
    b2b_delivered_days = fields.Json(
        "Delivered by Day",
        compute="_compute_b2b_delivered",
        store=True,
        copy=False,
        help="Day of the company → delivered quantity at its end, for days on which it changed.",
        groups="base.group_user",
    )

    @api.depends("qty_delivered")
    def _compute_b2b_delivered(self):
        for line in self:
            line.b2b_delivered_days = line._b2b_noted_delivery()
            line.b2b_delivered_peak = max(line.b2b_delivered_peak, line.qty_delivered, key=abs)

    def _b2b_noted_delivery(self):
        """Delivered quantities by day with today's; what was delivered before days were kept is of the order's day."""
        days = dict(self.b2b_delivered_days or {})
        company = self.order_id.company_id
        if not days and self.b2b_delivered_peak:
            days[str(company._b2b_day_of(self.order_id.date_order))] = self.b2b_delivered_peak
        known = days[max(days)] if days else 0.0
        if float_compare(known, self.qty_delivered, precision_digits=DIGITS):
            today = company._b2b_today()
            days[str(today)] = self.qty_delivered
            old = sorted(day for day in days if day < str(today - timedelta(days=KEPT_DAYS)))
            days = {day: quantity for day, quantity in days.items() if day not in old[:-1]}
        return days or False

    def _b2b_deliveries(self):
        """Day and quantity of each delivery, the return of goods with a negative one."""
        found, before = [], 0
        for day, delivered in sorted((self.b2b_delivered_days or {}).items()):
            found.append((date.fromisoformat(day), to_decimal(delivered, DIGITS) - before))
            before = to_decimal(delivered, DIGITS)
        return tuple(found)

    def _b2b_day_delivered(self, quantity):
        """The day on which the last of a quantity that is billed next was delivered.

        :param float quantity: in the line's unit, above zero
        :returns: the day as text, the last known one where more is billed than was delivered; None where none is known
        """
        days = sorted((self.b2b_delivered_days or {}).items())
        billed = self.qty_invoiced + quantity
        for day, delivered in days:
            if float_compare(delivered, billed, precision_digits=DIGITS) >= 0:
                return day
        return days[-1][0] if days else None
