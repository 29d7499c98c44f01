"""Recurring charges on invoices: amounts to the cent, periods without drift, each once, whatever is repeated."""

from datetime import date
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from . import builders
from .charge_common import ChargeCommon


@tagged("post_install", "-at_install")
class TestChargeBilling(ChargeCommon):
    def test_first_period_is_billed_by_its_days(self):
        contract = self.charged({"date_start": "2026-01-16", "name": "Service of the press", "po_number": "PO-9"})
        move = self.bill_on("2026-01-16", contract)
        self.assertRecordValues(
            move,
            [
                {
                    "state": "posted",
                    "amount_untaxed": 154.84,
                    "amount_tax": 29.42,
                    "amount_total": 184.26,
                    "partner_id": self.customer.id,
                    "invoice_date": date(2026, 1, 16),
                    "invoice_origin": contract.name,
                    "ref": "PO-9",
                    "purchase_order_reference": "PO-9",
                    "b2b_billing_policy_id": self.policy.id,
                    "b2b_deliver": True,
                }
            ],
        )
        line = move.invoice_line_ids
        self.assertEqual((line.quantity, line.price_unit, line.b2b_po_number), (1.0, 154.84, "PO-9"))
        self.assertEqual(
            line.name.replace("\N{NO-BREAK SPACE}", " "),
            "Service of the press\n01/16/2026 – 01/31/2026\n16 of 31 days of $ 300.00",
        )
        key = self.env["b2b.billing.key"].search([("move_line_id", "=", line.id)])
        self.assertRecordValues(
            key,
            [{"key": f"charge:{contract.charge_ids.id}:2026-01-01", "charge_id": contract.charge_ids.id}],
        )
        decision = self.env["b2b.decision"].search(
            [("subject_model", "=", "account.move"), ("subject_id", "=", move.id)]
        )
        self.assertEqual(decision.evidence["periods"], ["2026-01-16 – 2026-01-31"])
        self.assertRecordValues(
            self.run.line_ids, [{"state": "billed", "move_id": move.id, "charge_id": contract.charge_ids.id}]
        )
        self.assertEqual(contract.charge_ids.date_next, date(2026, 2, 1))

    def test_missed_periods_are_billed_together_and_never_again(self):
        contract = self.charged({"date_start": "2026-01-16"})
        move = self.bill_on("2026-03-05", contract)
        self.assertEqual(move.invoice_line_ids.mapped("price_subtotal"), [154.84, 300.0, 300.0])
        self.assertEqual(move.invoice_line_ids[1].price_unit, 300.0)
        self.assertFalse(self.bill_on("2026-03-31", contract))
        self.assertEqual(len(self.bill_on("2026-04-01", contract)), 1)

    def test_anchor_on_the_last_day_does_not_drift(self):
        contract = self.charged({"date_start": "2026-01-31", "anchor_day": 31})
        self.bill_on("2026-04-30", contract)
        self.assertEqual(
            self.days(self.invoices(contract)),
            ["2026-01-31/2026-02-27", "2026-02-28/2026-03-30", "2026-03-31/2026-04-29", "2026-04-30/2026-05-30"],
        )

    def test_leap_year(self):
        contract = self.charged(
            {"date_start": "2028-01-01", "price": 366.0, "interval_unit": "year", "date_end": "2028-02-29"},
        )
        self.assertEqual(self.net(self.bill_on("2028-01-01", contract)), 60.0)

    def test_arrears_and_several_intervals(self):
        contract = self.charged(
            {
                "timing": "arrears",
                "interval_unit": "quarter",
                "price": 900.0,
                "date_start": "2026-02-10",
                "date_end": "2026-03-31",
            },
            {"interval_unit": "week", "interval_count": 2, "price": 10.0, "anchor_day": 1, "date_start": "2026-03-30"},
        )
        self.assertFalse(self.bill_on("2026-03-29", contract))
        first = self.bill_on("2026-04-01", contract)
        self.assertEqual(first.mapped("invoice_line_ids.price_subtotal"), [505.62, 10.0])
        self.assertEqual(self.days(first), ["2026-02-10/2026-03-31", "2026-03-30/2026-04-12"])

    def test_charges_of_a_contract_share_an_invoice_and_contracts_do_not(self):
        one = self.charged({"price": 10.0}, {"price": 20.0, "quantity": 3})
        other = self.charged({"price": 40.0})
        moves = self.bill_on("2026-01-01", one | other)
        self.assertEqual(moves.mapped("amount_untaxed"), [70.0, 40.0])
        self.assertEqual(moves[0].invoice_line_ids.mapped("quantity"), [1.0, 3.0])

    def test_foreign_currency_and_fiscal_position(self):
        currency = self.setup_other_currency("HRK", rates=[("2016-01-01", 3.0), ("2025-01-01", 2.0)])
        free = self.env["account.fiscal.position"].create({"name": "Abroad"})
        self.customer.property_account_position_id = free
        contract = self.charged({"price": 100.0, "date_start": "2026-01-16"}, currency_id=currency.id)
        move = self.bill_on("2026-01-16", contract)
        self.assertRecordValues(
            move, [{"currency_id": currency.id, "amount_untaxed": 51.61, "fiscal_position_id": free.id}]
        )
        self.assertEqual(-sum(move.invoice_line_ids.mapped("balance")), 25.81)

    def test_price_by_the_contracts_rules_gives_a_line_for_each_slice(self):
        contract = builders.contract(
            self.env,
            self.customer,
            [builders.price_rule(self.service, {1: 10, 11: 8}, mode="graduated")],
            charge_ids=[Command.create(self.charge_values(price_source="rules", quantity=15, price=0.0))],
        )
        move = self.bill_on("2026-01-01", contract)
        self.assertEqual(
            [(line.quantity, line.price_unit) for line in move.invoice_line_ids], [(10.0, 10.0), (5.0, 8.0)]
        )

    def test_charge_without_a_contract_price_waits(self):
        contract = self.charged({"price_source": "rules"})
        self.assertFalse(self.bill_on("2026-01-01", contract))
        self.assertRecordValues(self.run.line_ids, [{"state": "waits", "code": "price_missing"}])

    def test_billed_elsewhere_until(self):
        contract = self.charged({"billed_until": "2026-03-31"})
        self.assertEqual(self.days(self.bill_on("2026-04-01", contract)), ["2026-04-01/2026-04-30"])

    def test_preview_shows_charges_and_the_scheduler_bills_them(self):
        contract = self.charged({"date_start": "2026-01-16"})
        runs = self.env["b2b.billing.run"]
        run = runs.create({"date": "2026-01-20"})
        run.action_preview()
        ours = run.line_ids.filtered("charge_id")
        self.assertRecordValues(
            ours,
            [
                {
                    "state": "planned",
                    "amount_net": 154.84,
                    "partner_id": self.customer.id,
                    "policy_id": self.policy.id,
                    "currency_id": self.company.currency_id.id,
                    "display_name": contract.charge_ids.display_name,
                }
            ],
        )
        self.assertFalse(self.invoices(contract))
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **kwargs: 60.0):
            runs.sudo()._cron_plan()
            runs.sudo()._cron_lane()
        self.assertTrue(self.invoices(contract))

    def test_schedule_of_the_policy(self):
        self.policy.write({"trigger": "schedule", "frequency": "month_end"})
        contract = self.charged({"date_start": "2026-01-16"})
        self.policy.closed_until = "2026-01-15"
        self.assertFalse(self.bill_on("2026-01-20", contract))
        self.assertRecordValues(self.run.line_ids, [{"state": "waits", "code": "not_closing_day"}])
        self.assertEqual(self.net(self.bill_on("2026-01-31", contract)), 154.84)

    def test_minimum_amount_and_missing_po_number_wait(self):
        self.policy.minimum_amount = 500.0
        contract = self.charged({})
        self.assertFalse(self.bill_on("2026-01-01", contract))
        self.assertEqual(self.run.line_ids.code, "below_minimum")
        self.assertEqual(self.net(self.bill_on("2026-02-01", contract)), 600.0)
        self.policy.write({"minimum_amount": 0.0, "po_required": True})
        self.assertFalse(self.bill_on("2026-03-01", contract))
        self.assertEqual(self.run.line_ids.code, "po_missing")

    def test_what_a_contract_that_is_over_leaves_is_billed_however_small(self):
        self.policy.minimum_amount = 500.0
        contract = self.charged({}, date_end=date(2026, 1, 31))
        self.assertFalse(self.bill_on("2026-01-31", contract))
        self.assertEqual(self.run.line_ids.code, "below_minimum")
        self.assertEqual(self.net(self.bill_on("2026-02-01", contract)), 300.0)

    def test_bad_charge_is_set_aside_and_the_rest_is_billed(self):
        contracts = self.env["b2b.contract"].concat(*(self.charged({"price": 10.0 + n}) for n in range(5)))
        bad = contracts[2]
        original = type(self.env["account.move"])._post

        def post(moves, soft=True):
            if bad.charge_ids in moves.line_ids.b2b_charge_id:
                raise UserError("No ink")
            return original(moves, soft)

        with patch.object(type(self.env["account.move"]), "_post", post):
            moves = self.bill_on("2026-01-01", contracts)
        self.assertEqual(len(moves), 4)
        row = self.run.line_ids.filtered(lambda line: line.charge_id == bad.charge_ids)
        self.assertRecordValues(row, [{"state": "aside", "reason": "No ink"}])
        case = self.env["b2b.discrepancy"].search([("charge_id", "=", bad.charge_ids.id)])
        self.assertRecordValues(case, [{"type": "billing_error", "blocking": True, "state": "open"}])
        self.assertFalse(self.bill_on("2026-01-01", bad))
        retry = self.env["b2b.billing.run"].browse(row.action_retry()["res_id"])
        retry.sudo().date = date(2026, 1, 1)
        retry.action_preview()
        retry.action_run()
        self.assertEqual(self.net(self.invoices(bad)), 12.0)

    def test_draft_deleted_or_cancelled_is_billed_again(self):
        self.policy.auto_post = False
        contract = self.charged({"date_end": "2026-01-31"})
        self.bill_on("2026-01-01", contract).unlink()
        self.assertEqual(contract.charge_ids.date_next, date(2026, 1, 1))
        cancelled = self.bill_on("2026-01-01", contract)
        cancelled.button_cancel()
        again = self.bill_on("2026-01-01", contract)
        self.assertEqual(self.net(again), 300.0)
        with self.assertRaisesRegex(UserError, "billed again for this period"):
            cancelled.button_draft()
        self.assertFalse(self.bill_on("2026-01-01", contract))

    def test_credit_by_hand_stands_until_bill_again(self):
        contract = self.charged({"date_end": "2026-01-31"})
        move = self.bill_on("2026-01-01", contract)
        refund = move._reverse_moves()
        refund.action_post()
        self.assertEqual(refund.invoice_line_ids.b2b_charge_id, contract.charge_ids)
        self.assertFalse(self.bill_on("2026-01-02", contract))
        refund.b2b_bill_again = True
        self.assertEqual(self.net(self.bill_on("2026-01-02", contract)), 300.0)
        self.assertFalse(self.bill_on("2026-01-03", contract))

    def test_copy_of_an_invoice_bills_no_charge(self):
        contract = self.charged({})
        copy = self.bill_on("2026-01-01", contract).copy()
        self.assertFalse(copy.invoice_line_ids.b2b_charge_id)

    def test_second_key_for_the_same_period_is_refused(self):
        contract = self.charged({})
        self.bill_on("2026-01-01", contract)
        key = self.env["b2b.billing.key"].sudo().search([("charge_id", "in", contract.charge_ids.ids)])
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            key.copy({"key": key.key})

    def test_what_is_wrong_is_refused_where_it_is_typed(self):
        for values, text in (
            ({"quantity": 0}, "above zero"),
            ({"anchor_day": 32}, "day 1 to 31"),
            ({"interval_unit": "day", "anchor_day": 3}, "days have no such day"),
            ({"date_start": "2026-05-01", "date_end": "2026-04-01"}, "before it begins"),
            ({"quantity_source": "meter", "timing": "arrears"}, "choose the meter"),
            ({"indexation": "index"}, "choose the price index"),
            ({"indexation": "percent", "has_cap": True, "index_cap": 1, "has_floor": True, "index_floor": 2}, "above"),
            ({"price": float("nan")}, "not a number"),
        ):
            with self.subTest(values), self.assertRaisesRegex(ValidationError, text), self.env.cr.savepoint():
                self.charged(values, state="draft")

    def test_document_of_the_contract_lists_its_charges(self):
        contract = self.charged({"name": "Service of the press", "indexation": "percent", "index_percent": 2.0})
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("b2b_invoice_automation.report_contract", contract.ids)[0]
            .decode()
        )
        for text in ("Recurring charges", "Service of the press", "Monthly, in advance", "300.00", "changes by 2 %"):
            self.assertIn(text, html)

    def test_charges_are_frozen_with_their_contract(self):
        contract = self.charged({})
        with self.assertRaisesRegex(UserError, "not changed in place"):
            contract.charge_ids.price_unit = 1.0
        with self.assertRaisesRegex(UserError, "not changed in place"):
            contract.charge_ids.unlink()
        with self.assertRaises(UserError):
            self.charged(state="draft").charge_ids.origin_id = contract.charge_ids

    def test_who_may_do_what(self):
        contract = self.charged({}, state="draft")
        clerk = new_test_user(
            self.env, "clerk_c", "b2b_invoice_automation.group_billing_clerk", company_ids=self.company
        )
        with self.assertRaises(AccessError):
            contract.charge_ids.with_user(clerk).write({"price_unit": 1.0})
        stranger = new_test_user(
            self.env,
            "stranger_c",
            "b2b_invoice_automation.group_billing_manager",
            company_id=self.env["res.company"].create({"name": "Elsewhere"}).id,
        )
        stranger.company_ids = stranger.company_id
        self.assertFalse(
            self.env["b2b.contract.charge"].with_user(stranger).search([("id", "in", contract.charge_ids.ids)])
        )
        with self.assertRaises(AccessError):
            contract.charge_ids.with_user(stranger).read(["price_unit"])

    def test_a_batch_costs_the_same_queries_however_many_charges(self):
        def queries(count):
            partners = self.env["res.partner"].create(
                [{"name": f"Customer {number}", "is_company": True} for number in range(count)]
            )
            contracts = self.env["b2b.contract"].concat(
                *(self.charged({}, {"price": 5.0}, partner=partner) for partner in partners)
            )
            charges = contracts.charge_ids
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            charges._b2b_charge_verdicts(date(2026, 6, 1))
            planned = self.env.cr.sql_log_count - before
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.bill_on("2026-06-01", contracts)
            return planned, self.env.cr.sql_log_count - before

        queries(2)
        few, many = queries(3), queries(12)
        self.assertLessEqual(many[0], few[0] + 2)
        self.assertLess(many[1], few[1] + 9 * 12, (few, many))
