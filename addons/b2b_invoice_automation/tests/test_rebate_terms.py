"""Rebates as they are agreed: refused where they are typed, frozen, carried over by amendments."""

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from . import builders
from .rebate_common import RebateCommon


@tagged("post_install", "-at_install")
class TestRebateTerms(RebateCommon):
    def test_bad_terms_are_refused_where_they_are_typed(self):
        kilogram = self.env.ref("uom.product_uom_kgm")
        archived = builders.product(self.env, active=False)
        cases = [
            (builders.rebate({1000: 3, 5000: 2}), "Put the tiers in order"),
            (builders.rebate({1000: 101}), "more than the customer paid; enter 100 % or less"),
            (builders.rebate({1000: -1}), "would take money"),
            (builders.rebate({-5: 1}), "cannot begin at -5"),
            ({**builders.rebate(), "tier_ids": []}, "at least one tier"),
            ({**builders.rebate(), "tier_ids": self.tiers((1000, 0, 2), (1000, 0, 3))}, "Two tiers begin at 1000"),
            ({**builders.rebate(), "tier_ids": self.tiers((0, 2000, 2), (1000, 0, 3))}, "overlaps the one"),
            ({**builders.rebate(), "tier_ids": self.tiers((0, 500, 2), (1000, 0, 3))}, "Nothing is agreed between"),
            (builders.rebate(scope="variant"), "Choose what counts"),
            (builders.rebate(about=archived), "archived"),
            (builders.rebate(measure="quantity"), "choose which one"),
            (builders.rebate(about=self.goods, measure="quantity", uom_id=kilogram.id), "cannot be converted"),
            (builders.rebate({1.5: 2}, about=self.goods, measure="quantity"), "whole units are counted"),
            (builders.rebate(settle_after_days=-1), "below zero"),
            (builders.rebate(settle_after_days=3661), "within ten years"),
            (builders.rebate({1e300: 1}), "too large"),
            (builders.rebate(minimum_amount=-1), "below zero"),
            (builders.rebate({float("nan"): 1}), "is not a number"),
        ]
        for values, words in cases:
            with self.subTest(words), self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
                self.agree(values, state="draft")

    def tiers(self, *tiers):
        return [
            Command.create({"floor": floor, "ceiling": ceiling, "percent": percent})
            for floor, ceiling, percent in tiers
        ]

    def test_what_was_agreed_is_frozen(self):
        contract, draft = self.agree(), self.agree(state="draft")
        rebate = contract.rebate_ids
        changes = [
            lambda: rebate.write({"minimum_amount": 5}),
            lambda: rebate.tier_ids[0].write({"percent": 9}),
            rebate.unlink,
            rebate.tier_ids.unlink,
            lambda: contract.write({"rebate_ids": [Command.create(builders.rebate())]}),
            lambda: draft.rebate_ids.write({"contract_id": contract.id}),
            lambda: draft.rebate_ids.write({"origin_id": rebate.id}),
            lambda: draft.rebate_ids.tier_ids[0].write({"rebate_id": rebate.id}),
        ]
        for index, change in enumerate(changes):
            with self.subTest(index), self.assertRaises(UserError), self.env.cr.savepoint():
                change()

    def test_an_amendment_carries_rebates_over_and_says_what_changes(self):
        contract = self.agree()
        with freeze_time("2026-07-01"):
            amended = contract._new_version()
        self.assertEqual(amended.rebate_ids.origin_id, contract.rebate_ids)
        amended.rebate_ids.tier_ids[0].percent = 2.5
        self.assertRegex(amended.changes_text, r"Rebates: .*: 2 %.* → .*: 2.5 %")
        self.assertEqual(amended._terms()["rebates"][0]["first_version"], contract.rebate_ids.id)
        with self.assertRaisesRegex(UserError, "periods of All products have begun"):
            amended.rebate_ids.period = "month"
        with freeze_time("2026-07-02"):
            copied = contract.copy()
        self.assertEqual(copied.rebate_ids.origin_id, copied.rebate_ids)

    def test_a_rebate_keeps_its_currency(self):
        contract = self.agree()
        with freeze_time("2026-07-01"):
            amended = contract._new_version()
        amended.currency_id = self.other_currency
        with self.assertRaisesRegex(UserError, "has begun in"):
            amended.action_submit()

    def test_a_rebate_reads_like_a_price_list(self):
        [entry] = self.agree(builders.rebate({1000: 2, 5000: 3}, mode="graduated"))._b2b_rebate_terms()
        self.assertEqual(entry.title, "All products")
        self.assertEqual([tier[1] for tier in entry.tiers], ["2 %", "3 %"])
        self.assertRegex(entry.tiers[0][0], r"from .*1,000\.00")
        self.assertIn("its own slice", entry.notes[0])
