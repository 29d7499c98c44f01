"""The recurring charges of a contract: agreed with it, carried over by its amendments, previewed for twelve months."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

MONTHS = 12


class B2bContract(models.Model):
    _inherit = "b2b.contract"

    charge_ids = fields.One2many("b2b.contract.charge", "contract_id", "Charges", copy=True)
    charge_count = fields.Integer("Number of Charges", compute="_compute_charge_count")
    charge_invoice_count = fields.Integer(compute="_compute_charge_invoice_count")

    @api.depends("charge_ids")
    def _compute_charge_count(self):
        counts = dict(
            self.env["b2b.contract.charge"]._read_group([("contract_id", "in", self.ids)], ["contract_id"], ["__count"])
        )
        for contract in self:
            contract.charge_count = counts.get(contract._origin, 0)

    def _compute_charge_invoice_count(self):
        found = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [("b2b_charge_id.contract_id.origin_id", "in", self.origin_id.ids), ("parent_state", "!=", "cancel")],
                ["b2b_charge_id"],
                ["move_id:array_agg"],
            )
        )
        moves = {}
        for charge, ids in found:
            moves.setdefault(charge.contract_id.origin_id.id, set()).update(ids)
        for contract in self:
            contract.charge_invoice_count = len(moves.get(contract.origin_id.id, ()))

    def action_submit(self):
        self.charge_ids._b2b_check_all()
        return super().action_submit()

    def action_approve(self):
        result = super().action_approve()
        self.charge_ids.origin_id._b2b_flag_left_to_people()
        return result

    def _terminate(self, last_day, reason):
        result = super()._terminate(last_day, reason)
        self.charge_ids.origin_id._b2b_flag_left_to_people()
        return result

    def action_view_charge_invoices(self):
        """The invoices and credit notes of all charges of the contract, of all its versions."""
        return self.origin_id.version_ids.charge_ids.action_view_invoices()

    def action_charge_preview(self):
        """List what the charges of this version bring in the next twelve months."""
        self.ensure_one()
        rows = self._b2b_charge_preview()
        if not rows:
            raise UserError(
                self.env._("Nothing is charged in the next twelve months. Add a charge, or look at its last day.")
            )
        previews = self.env["b2b.charge.preview"]
        previews.search([("contract_id", "=", self.id), ("create_uid", "=", self.env.uid)]).unlink()
        previews.create(rows)
        action = self.env["ir.actions.actions"]._for_xml_id("b2b_invoice_automation.b2b_charge_preview_action")
        return {
            **action,
            "domain": [("contract_id", "=", self.id)],
            "display_name": self.env._("Next Dates: %(contract)s", contract=self.display_name),
        }

    def _b2b_charge_preview(self):
        """Values of the rows of the preview: what is due up to a year from now, at today's prices and readings."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        draft = self if self.state in ("draft", "to_approve") else None
        return self.charge_ids.origin_id._b2b_preview_rows(self, today + relativedelta(months=MONTHS), draft)

    @api.model
    def _agreed_fields(self):
        return super()._agreed_fields() | {"charge_ids"}

    def _terms(self):
        return {**super()._terms(), "charges": [charge._b2b_terms() for charge in self.charge_ids]}

    @api.model
    def _continued_fields(self):
        return [*super()._continued_fields(), "charge_ids"]

    def copy_data(self, default=None):
        """Whoever is not this customer has other meters and order numbers, and was billed nothing elsewhere."""
        copied = super().copy_data(default)
        for contract, vals in zip(self, copied, strict=True):
            if vals.get("state") == "template" or vals.get("partner_id") != contract.partner_id.id:
                for _command, _id, charge in vals.get("charge_ids", ()):
                    charge.update({"meter_id": False, "po_number": False, "billed_until": False})
        return copied

    def _orders_touched(self, last_day):
        ending = self.charge_ids.filtered(lambda charge: not charge.date_end or charge.date_end > last_day)
        return {**super()._orders_touched(last_day), "charges_that_end": len(ending)}

    def _move_days(self, distance):
        names = ("date_start", "date_end", "index_start")
        for charge in self.charge_ids:
            charge.write({name: charge[name] + distance for name in names if charge[name]})
        return super()._move_days(distance)

    @api.depends("charge_ids.interval_text", "charge_ids.price_text", "charge_ids.date_start", "charge_ids.date_end")
    def _compute_changes_text(self):
        return super()._compute_changes_text()

    def _shown(self, name):
        return "" if name == "charge_ids" else super()._shown(name)

    def _changes(self):
        changes = super()._changes()
        before, shown = self.previous_version_id.charge_ids.grouped("origin_id"), self.charge_ids.grouped("origin_id")
        for origin, charge in shown.items():
            old = before.get(origin)
            if not old:
                changes.append(
                    self.env._(
                        "New charge: %(charge)s: %(terms)s", charge=charge._b2b_title(), terms=charge._b2b_in_short()
                    )
                )
            elif change := charge._b2b_change_against(old):
                changes.append(f"{charge._b2b_title()}: {change}")
        return changes + [
            self.env._("No longer charged: %s", old._b2b_title())
            for origin, old in before.items()
            if origin not in shown
        ]
