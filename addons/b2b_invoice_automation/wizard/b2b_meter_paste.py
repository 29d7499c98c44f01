"""Meter readings pasted from a table: all rows are taken, or none, with every error told by its row."""

from odoo import fields, models
from odoo.exceptions import UserError, ValidationError

from ..order_to_cash.billing.metering_table import read_table


class B2bMeterPaste(models.TransientModel):
    _name = "b2b.meter.paste"
    _description = "Paste Meter Readings"

    meter_id = fields.Many2one("b2b.meter", help="For rows without a meter's number.")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    text = fields.Text(
        "Readings",
        required=True,
        help="A row for each reading: meter number, date, counter, with tabs, semicolons or commas between. Without "
        "the meter's number where a meter is chosen.",
    )

    def action_take(self):
        """Enter the readings."""
        self.ensure_one()
        self.env["b2b.meter.reading"].check_access("create")
        rows, problems = read_table(self.text)
        meters = self._meters({row.meter for row in rows if row.meter})
        errors = {problem.row: self._problem_text(problem) for problem in problems}
        values = []
        for row in rows:
            found = meters.get(row.meter, self.env["b2b.meter"]) if row.meter else self.meter_id
            if len(found) == 1:
                values.append((row.row, {"meter_id": found.id, "date": row.day, "value": float(row.value)}))
            elif row.meter:
                text = self.env._("two meters have the number %s", row.meter) if found else None
                errors[row.row] = text or self.env._("there is no meter %s", row.meter)
            else:
                errors[row.row] = self.env._("choose a meter above, or begin the row with its number")
        if not errors:
            errors = self._enter(values)
        if errors:
            raise UserError(
                "\n".join(
                    [
                        self.env._("Nothing was entered. Mend these rows and try again:"),
                        *(self.env._("Row %(row)s: %(text)s", row=row, text=errors[row]) for row in sorted(errors)),
                    ]
                )
            )
        return {"type": "ir.actions.act_window_close"}

    def _meters(self, names):
        found = self.env["b2b.meter"].search([("name", "in", list(names)), ("company_id", "=", self.company_id.id)])
        return found.grouped("name")

    def _enter(self, values):
        """Enter readings; when they are refused, say which row is to blame."""
        readings = self.env["b2b.meter.reading"]
        try:
            with self.env.cr.savepoint():
                readings.create([vals for _row, vals in values])
            return {}
        except UserError as error:
            reason = str(error)
        errors = {}
        savepoint = self.env.cr.savepoint()
        try:
            for row, vals in sorted(values, key=lambda pair: pair[1]["date"]):
                try:
                    with self.env.cr.savepoint():
                        readings.create(vals)
                except (UserError, ValidationError) as error:
                    errors[row] = str(error)
        finally:
            savepoint.close(rollback=True)
        return errors or {values[0][0]: reason}

    def _problem_text(self, problem):
        texts = {
            "columns": self.env._("“%s” is not a date and a counter, with the meter's number before them"),
            "date": self.env._("“%s” is no date; write it as 2026-03-31 or 31.03.2026"),
            "number": self.env._("“%s” is no number; write it as 1234.5 or 1234,5"),
        }
        return texts[problem.code] % problem.text
