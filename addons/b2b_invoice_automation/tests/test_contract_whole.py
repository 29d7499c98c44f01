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

    def test_a_price_with_tax_is_billed_without_it_where_the_customer_pays_none(self):
        included = self.percent_tax(19.0, price_include_override="tax_included")
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        self.percent_tax(0.0).write(
            {"fiscal_position_ids": [Command.set(position.ids)], "original_tax_ids": [Command.set(included.ids)]}
        )
        self.service.taxes_id = included
        self.customer.property_account_position_id = position
        with freeze_time("2026-03-01"):
            contract = self.charged({"price": 119.0})
            self.assertEqual(self.bill_on("2026-01-01", contract).amount_total, 100.0)
            contract.with_user(builders._approver(self.env))._terminate(date(2025, 12, 31), "never began")
        credit = self.bill_on("2026-01-02", contract)
        self.assertEqual((credit.move_type, credit.amount_total), ("out_refund", 100.0))

    def test_who_approves_sees_all_that_an_amendment_changes(self):
        meters = self.meter(("2025-12-31", 0)), self.meter(("2025-12-31", 0), name="EL-2")
        other = self.setup_other_currency("EUR", rates=[("1900-01-01", 2.0)])
        with freeze_time("2026-03-01"):
            contract = self.whole(
                {"name": "power", "quantity_source": "meter", "meter_id": meters[0].id, "timing": "arrears"},
                {"name": "rent"},
                rule_ids=[Command.create(builders.price_rule(self.goods, {1: 9}, name="Special"))],
                rate_ids=[Command.create({"currency_id": other.id, "rate": 1.5})],
            )
            draft = self.env["b2b.contract"].browse(contract.action_amend()["res_id"])
        self.assertEqual(draft.changes_text.splitlines(), [draft.changes_text], "nothing but its first day")
        charges = {charge.name: charge for charge in draft.charge_ids}
        early = draft.rebate_ids.filtered(lambda rebate: rebate.name == "early")
        steps = [
            (charges["power"], {"meter_id": meters[1].id}, "power: Meter: EL-4711 → EL-2"),
            (charges["rent"], {"product_id": self.goods.id}, f"rent: Product: Maintenance → {self.goods.display_name}"),
            (draft.rule_ids, {"product_id": self.service.id}, f"Special: {self.goods.display_name} → Maintenance"),
            (draft.rate_ids, {"rate": 1.6}, "Fixed Exchange Rates: EUR 1.5 → EUR 1.6"),
            (early, {"scope": "variant", "product_id": self.service.id}, "early: Maintenance"),
            (early, {"settle_after_days": 20}, "settled after 20 days"),
        ]
        for record, values, words in steps:
            record.write(values)
            self.env.invalidate_all()
            with self.subTest(words):
                self.assertIn(words, draft.changes_text)
