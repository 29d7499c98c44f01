"""Contracts with prices, charges and rebates at once: what is agreed lives through every step of a contract."""

from datetime import date

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from . import builders
from .charge_common import ChargeCommon


@tagged("post_install", "-at_install")
class TestWholeContract(ChargeCommon):
    def whole(self, *charges, **values):
        """A contract with charges and rebates whose order on the screen is not that of their making."""
        rebates = [builders.rebate({1: 2}, name="late", sequence=30), builders.rebate({1: 3}, name="early", sequence=5)]
        charges = charges or (
            {"name": "late", "sequence": 30, "price": 300.0},
            {"name": "early", "sequence": 5, "price": 50.0},
        )
        return self.charged(*charges, rebate_ids=[Command.create(rebate) for rebate in rebates], **values)

    def test_an_amendment_continues_each_charge_and_rebate_whatever_their_order(self):
        with freeze_time("2026-03-01"):
            contract = self.whole()
            self.env.invalidate_all()
            new = self.amend(contract, "2026-04-01")
        for kind in ("charge_ids", "rebate_ids"):
            for line in new[kind]:
                self.assertEqual(line.name, line.origin_id.name, kind)
                self.assertEqual(line.origin_id.contract_id, contract)

    def test_a_product_that_is_archived_does_not_stop_an_amendment(self):
        with freeze_time("2026-03-01"):
            contract = self.charged(
                {"name": "gone"},
                {"name": "kept", "product_id": self.goods.id},
                rebate_ids=[Command.create(builders.rebate({1: 2}, self.service, measure="quantity"))],
            )
            self.service.active = False
            self.env.invalidate_all()
            new = self.env["b2b.contract"].browse(contract.action_amend()["res_id"])
        self.assertEqual(new.charge_ids.mapped("name"), ["kept"])
        self.assertEqual(new.charge_ids.origin_id.name, "kept")
        self.assertFalse(new.rebate_ids)
        self.assertIn("Maintenance", str(new.message_ids.mapped("body")))

    def test_an_amendment_of_a_contract_that_was_terminated_ahead_bills_no_day_twice(self):
        with freeze_time("2026-03-01"):
            contract = self.charged({"date_start": "2026-01-01"})
            contract.with_user(builders._approver(self.env))._terminate(date(2026, 9, 30), "moves away")
            self.amend(contract, "2026-06-01", lambda draft: draft.charge_ids.write({"price_unit": 400.0}))
        self.assertEqual(self.net(self.bill_on("2026-08-31", contract)), 5 * 300 + 3 * 400)

    def test_charges_follow_a_renewal_and_end_with_a_termination(self):
        with freeze_time("2026-03-01"):
            contract = self.charged(
                {"date_start": "2026-01-01"}, date_end="2026-12-31", renewal_kind="renews", notice_count=3
            )
        self.assertEqual(self.net(self.bill_on("2026-12-31", contract)), 12 * 300)
        self.assertFalse(contract.charge_ids.date_next)
        with freeze_time("2026-10-01"):
            self.env["b2b.contract"]._cron_expire()
        self.assertEqual(contract.charge_ids.date_next, date(2027, 1, 1))
        self.assertEqual(self.net(self.bill_on("2027-03-01", contract)), 3 * 300)
        with freeze_time("2027-03-02"):
            contract.with_user(builders._approver(self.env))._terminate(date(2027, 3, 10), "merger")
        self.assertEqual(self.net(self.bill_on("2027-03-11", contract)), round(-300 * 21 / 31, 2))

    def test_who_terminates_is_told_of_charges_and_rebates(self):
        with freeze_time("2026-03-01"):
            contract = self.whole({"name": "rent"}, {"name": "setup", "date_end": "2026-02-28"})
            wizard = self.env["b2b.contract.step"].create(
                {"contract_id": contract.id, "step": "terminate", "last_day": "2026-06-30", "reason": "moves away"}
            )
            self.assertEqual(
                wizard.consequence.splitlines(),
                [
                    "1 recurring charges end; days after the last one that are billed already are credited.",
                    "2 rebates end; invoices up to the last day count.",
                ],
            )

    def test_a_template_keeps_no_customer_and_no_past(self):
        with freeze_time("2026-03-01"):
            meter = self.meter(("2025-12-31", 0))
            contract = self.whole(
                {"name": "base", "billed_until": "2026-01-31", "date_end": "2026-06-30", "po_number": "PO-7"},
                {"name": "power", "quantity_source": "meter", "meter_id": meter.id, "timing": "arrears"},
            )
            self.assertTrue(self.bill_on("2026-03-01", contract))
            template = self.env["b2b.contract"].browse(contract.action_save_as_template()["res_id"])
            base, power = template.charge_ids
            self.assertEqual((base.name, power.name), ("base", "power"))
            self.assertFalse(base.billed_until or base.po_number or power.meter_id)
            self.assertEqual(template.charge_ids.origin_id, template.charge_ids)
            self.assertEqual(template.rebate_ids.origin_id, template.rebate_ids)
            self.assertFalse(template.charge_ids.move_line_ids or base.date_next)
            other = builders.customer(self.env, "Other")
            draft = template._begin_contract(other, date(2027, 2, 1))
        base = draft.charge_ids.filtered(lambda charge: charge.name == "base")
        self.assertEqual((base.date_start, base.date_end), (date(2027, 2, 1), date(2027, 7, 31)))

    def test_drafts_with_charges_and_rebates_can_be_deleted(self):
        contract = self.whole(state="draft")
        contract.rebate_ids[:1].unlink()
        contract.charge_ids[:1].unlink()
        contract.unlink()
        self.assertFalse(contract.exists())
        with freeze_time("2026-03-01"):
            contract = self.whole()
            self.env["b2b.contract"].browse(contract.action_amend()["res_id"]).unlink()
        self.assertEqual(len(contract.origin_id.version_ids), 1)
