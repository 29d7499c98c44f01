"""A billing policy in words, as the customer reads it in the contract."""

from odoo import models


class B2bBillingPolicy(models.Model):
    _inherit = "b2b.billing.policy"

    def _b2b_in_words(self):
        """When and how invoices come, in one or two sentences."""
        self.ensure_one()
        when = {
            "ordered": self.env._("Invoiced when ordered"),
            "shipped": self.env._("Invoiced when shipped"),
            "completed": self.env._("Invoiced when the order is complete"),
            "schedule": self._b2b_schedule_in_words(),
        }[self.trigger]
        how = {
            "order": self.env._("one invoice per order"),
            "po_number": self.env._("one invoice per PO number"),
            "ship_to": self.env._("one invoice per delivery address"),
            "all": self.env._("all orders on one invoice"),
        }[self.grouping]
        sentence = f"{when}, {how}."
        return f"{sentence} {self.env._('Each order needs your PO number.')}" if self.po_required else sentence

    def _b2b_schedule_in_words(self):
        weekday = dict(self._fields["weekday"]._description_selection(self.env))[self.weekday]
        return {
            "daily": self.env._("Invoiced daily"),
            "weekly": self.env._("Invoiced weekly (%s)", weekday),
            "monthly": self.env._("Invoiced monthly on day %s", self.month_day),
            "month_end": self.env._("Invoiced at the end of the month"),
            "working_day": self._b2b_working_day_in_words(),
        }[self.frequency]

    def _b2b_working_day_in_words(self):
        if self.working_day == -1:
            return self.env._("Invoiced on the last working day of the month")
        if self.working_day > 0:
            return self.env._("Invoiced monthly on working day %s", self.working_day)
        return self.env._("Invoiced monthly, %s working days before its last one", -self.working_day - 1)
