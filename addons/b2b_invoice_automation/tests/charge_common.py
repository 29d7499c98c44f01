"""Builders for tests of recurring charges: contracts with charges, meters with readings, indexes with values."""

from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from . import builders
from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class ChargeCommon(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service = cls.env["product.product"].create(
            {
                "name": "Maintenance",
                "type": "service",
                "list_price": 50.0,
                "taxes_id": [Command.set(cls.tax.ids)],
            }
        )

    @classmethod
    def charge_values(cls, price=300.0, **values):
        return {
            "product_id": cls.service.id,
            "price_unit": price,
            "anchor_day": 1,
            "date_start": "2026-01-01",
            **values,
        }

    @classmethod
    def charged(cls, *charges, partner=None, state="active", **values):
        """A contract with charges, active unless said otherwise.

        :param charges: dicts of values for :meth:`charge_values`
        """
        return builders.contract(
            cls.env,
            partner or cls.customer,
            state=state,
            charge_ids=[Command.create(cls.charge_values(**charge)) for charge in charges or [{}]],
            **values,
        )

    @classmethod
    def amend(cls, contract, start, change=None):
        """Approve a new version that begins on a day.

        :param change: called with the draft, to change what is agreed
        """
        draft = cls.env["b2b.contract"].browse(contract.action_amend()["res_id"])
        draft.date_start = start
        if change:
            change(draft)
        draft.action_submit()
        builders.approve(draft)
        cls.env.invalidate_all()
        return draft

    @classmethod
    def meter(cls, *readings, partner=None, **values):
        """A meter with readings: (day, counter) or dicts."""
        return cls.env["b2b.meter"].create(
            {
                "name": "EL-4711",
                "partner_id": (partner or cls.customer).id,
                "reading_ids": [
                    Command.create(reading if isinstance(reading, dict) else {"date": reading[0], "value": reading[1]})
                    for reading in readings
                ],
                **values,
            }
        )

    @classmethod
    def index(cls, **values):
        """A price index with values by month: ``m2026_01=110.0``."""
        return cls.env["b2b.price.index"].create(
            {
                "name": "Consumer prices",
                "value_ids": [
                    Command.create({"month": f"{month[1:].replace('_', '-')}-15", "value": value})
                    for month, value in values.items()
                ],
            }
        )

    def bill_on(self, day, contracts, **values):
        """A run over the charges of contracts; returns the new invoices, oldest first."""
        charges = contracts.origin_id.version_ids.charge_ids.origin_id
        run = self.env["b2b.billing.run"]._bill(charges, date=date.fromisoformat(day), **values)
        self.run = run
        return run.move_ids.sorted("id")

    def net(self, moves):
        """Net amount, credit notes below zero."""
        return round(sum(-move.direction_sign * move.amount_untaxed for move in moves), 2)

    def invoices(self, contract):
        charges = contract.origin_id.version_ids.charge_ids
        return self.env["account.move"].search([("line_ids.b2b_charge_id", "in", charges.ids)], order="id")

    def days(self, moves):
        """The days that invoice lines bill, as text."""
        return [f"{line.b2b_charge_from}/{line.b2b_charge_to}" for line in moves.invoice_line_ids.sorted("id")]

    def reason(self, contract):
        return self.run.line_ids.filtered(lambda line: line.charge_id in contract.origin_id.charge_ids).reason
