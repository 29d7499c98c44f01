"""Charges through amendments, terminations, suspensions, indexation and meters."""

from datetime import date

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from . import builders
from .charge_common import ChargeCommon


@tagged("post_install", "-at_install")
class TestChargeChanges(ChargeCommon):
    def terminate(self, contract, last_day):
        contract.with_user(builders._approver(self.env))._terminate(date.fromisoformat(last_day), "Closed down")
        self.env.invalidate_all()

    def test_termination_in_the_middle_of_a_billed_period_is_credited_once(self):
        contract = self.charged({})
        self.bill_on("2026-03-01", contract)
        self.terminate(contract, "2026-03-15")
        self.assertEqual(contract.charge_ids.date_next, date(2026, 3, 16))
        credit = self.bill_on("2026-03-20", contract)
        self.assertRecordValues(
            credit, [{"move_type": "out_refund", "state": "posted", "amount_untaxed": 154.84, "amount_tax": 29.42}]
        )
        self.assertIn("03/16/2026 – 03/31/2026", credit.invoice_line_ids.name)
        self.assertFalse(self.bill_on("2026-12-31", contract))
        self.assertFalse(contract.charge_ids.date_next)

    def test_termination_before_the_period_is_billed_bills_its_days(self):
        contract = self.charged({"timing": "arrears"})
        self.terminate(contract, "2026-01-15")
        self.assertEqual(self.net(self.bill_on("2026-01-16", contract)), 145.16)

    def test_amendment_of_something_else_bills_nothing_again(self):
        contract = self.charged({})
        self.bill_on("2026-03-01", contract)
        amended = self.amend(contract, "2026-03-16", lambda draft: draft.write({"title": "Renamed"}))
        self.assertEqual(amended.charge_ids.origin_id, contract.charge_ids)
        self.assertFalse(self.bill_on("2026-03-20", contract))
        self.assertEqual(self.net(self.bill_on("2026-04-01", contract)), 300.0)

    def test_template_leaves_the_meter_to_the_customer_who_gets_the_contract(self):
        metered = {"quantity_source": "meter", "timing": "arrears", "meter_id": self.meter().id}
        contract = self.charged({**metered, "billed_until": "2026-01-31", "index_start": "2026-01-01"})
        template = self.env["b2b.contract"].browse(contract.action_save_as_template()["res_id"])
        self.assertFalse(template.charge_ids.meter_id)
        other = self.env["res.partner"].create({"name": "Other works", "is_company": True})
        draft = template._begin_contract(other, date(2026, 3, 1))
        self.assertRecordValues(
            draft.charge_ids,
            [
                {
                    "date_start": date(2026, 3, 1),
                    "index_start": date(2026, 3, 1),
                    "meter_id": False,
                    "billed_until": False,
                }
            ],
        )
        with self.assertRaisesRegex(ValidationError, "choose the meter"):
            draft.action_submit()
        draft.charge_ids.meter_id = self.meter(partner=other, name="EL-2")
        draft.action_submit()
        self.assertEqual(draft.state, "to_approve")

    def test_new_price_counts_from_its_day_and_is_settled(self):
        contract = self.charged({})
        self.bill_on("2026-03-01", contract)
        amended = self.amend(contract, "2026-03-16", lambda draft: draft.charge_ids.write({"price_unit": 620.0}))
        self.assertIn("620.00", amended.changes_text)
        move = self.bill_on("2026-03-16", contract)
        self.assertEqual(move.move_type, "out_invoice")
        self.assertEqual(move.invoice_line_ids.mapped("price_subtotal"), [-154.84, 320.0])
        self.assertFalse(self.bill_on("2026-03-31", contract))
        self.assertEqual(self.net(self.bill_on("2026-04-01", contract)), 620.0)
        self.assertEqual(self.net(self.invoices(contract)), 1685.16)

    def test_invoice_stays_while_days_of_it_are_credited(self):
        contract = self.charged({})
        move = self.bill_on("2026-01-01", contract)
        self.terminate(contract, "2026-01-15")
        credit = self.bill_on("2026-01-20", contract)
        with self.assertRaisesRegex(UserError, "Cancel that credit note first"):
            move.button_draft()
        with self.assertRaisesRegex(UserError, "Cancel that credit note first"):
            move.button_cancel()
        credit.button_draft()
        credit.button_cancel()
        move.button_draft()
        move.button_cancel()
        self.bill_on("2026-01-21", contract)
        standing = self.invoices(contract).filtered(lambda invoice: invoice.state != "cancel")
        self.assertEqual(self.net(standing), 145.16)

    def test_days_are_taken_back_with_the_taxes_and_on_the_account_they_were_billed_with(self):
        contract = self.charged({})
        move = self.bill_on("2026-03-01", contract)
        self.service.taxes_id = [Command.set(self.percent_tax(7.0).ids)]
        self.service.property_account_income_id = self.company_data["default_account_revenue"].copy()
        self.terminate(contract, "2026-03-15")
        credit = self.bill_on("2026-03-20", contract)
        self.assertRecordValues(credit, [{"amount_untaxed": 154.84, "amount_tax": 29.42}])
        self.assertEqual(credit.invoice_line_ids.account_id, move.invoice_line_ids.account_id)

    def test_a_version_that_begins_before_the_termination_takes_over_on_its_day(self):
        with freeze_time("2026-03-10"):
            contract = self.charged({})
            self.terminate(contract, "2026-12-31")
            self.amend(contract, "2026-04-16")
        self.assertEqual(contract.date_effective_end, date(2026, 4, 15))
        self.bill_on("2026-06-01", contract)
        self.assertEqual(self.net(self.invoices(contract)), 1800.0)

    def test_a_version_keeps_its_customer_and_company(self):
        contract = self.charged({})
        draft = self.env["b2b.contract"].browse(contract.action_amend()["res_id"])
        other = builders.customer(self.env, name="Other Ltd")
        with self.assertRaisesRegex(ValidationError, "another customer"), self.env.cr.savepoint():
            draft.partner_id = other
        with self.assertRaisesRegex(ValidationError, "another customer"), self.env.cr.savepoint():
            draft.company_id = self.setup_other_company()["company"]

    def test_what_no_invoice_could_be_computed_with_is_refused_in_words(self):
        index = self.index(m2026_01=100.0)
        for values, words in (
            ({"date_end": "9999-12-31"}, "Last Day: enter a day between 1900 and 2999"),
            ({"date_start": "0001-01-01"}, "First Day: enter a day"),
            ({"billed_until": "9999-12-31"}, "Billed Elsewhere Until: enter a day"),
            ({"price": 1e300}, "Price: 1e\\+300 is too large"),
            ({"price": float("inf")}, "Price is not a number"),
            ({"indexation": "percent", "index_percent": 1001.0}, "1000 % at most"),
            ({"indexation": "percent", "index_percent": 1.0, "index_months": 1201}, "1200 months"),
            ({"indexation": "index", "index_id": index.id, "index_lag": 121}, "120 months before"),
        ):
            with self.subTest(values), self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
                self.charged(values, state="draft")
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.charged({"interval_count": 1001}, state="draft")
        with self.assertRaisesRegex(ValidationError, "Valid Until: enter a day"):
            self.charged({}, date_end="9999-12-31", state="draft")

    def test_termination_at_the_end_of_all_calendars_is_refused(self):
        contract = self.charged({})
        with self.assertRaisesRegex(ValidationError, "Terminated On: enter a day"):
            self.terminate(contract, "9999-12-31")

    def test_which_days_an_invoice_line_bills_is_not_changed_by_hand(self):
        contract = self.charged({})
        line = self.bill_on("2026-01-01", contract).invoice_line_ids
        clerk = new_test_user(
            self.env,
            "line_clerk",
            "account.group_account_manager,b2b_invoice_automation.group_billing_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        for values in ({"b2b_charge_id": False}, {"b2b_charge_to": "2026-01-10"}, {"b2b_charge_period": "2025-01-01"}):
            with self.subTest(values), self.assertRaisesRegex(UserError, "cannot be changed"):
                line.with_user(clerk).write(values)

    def credit_by_hand(self, move, price):
        refund = move._reverse_moves()
        refund.invoice_line_ids.price_unit = price
        refund.action_post()

    def left_to_people(self, contract):
        return self.env["b2b.discrepancy"].search(
            [("charge_id", "in", contract.charge_ids.ids), ("type", "=", "charge_credit"), ("state", "=", "open")]
        )

    def test_what_ends_after_a_person_credited_a_part_of_it_becomes_a_case(self):
        contract = self.charged({})
        self.credit_by_hand(self.bill_on("2026-01-01", contract), 10.0)
        self.assertFalse(self.left_to_people(contract))
        self.terminate(contract, "2026-01-15")
        self.assertFalse(self.bill_on("2026-02-01", contract))
        case = self.left_to_people(contract)
        self.assertRecordValues(case, [{"amount_expected": 154.84, "partner_id": self.customer.id, "blocking": False}])
        self.assertIn("154.84", case.reason)

    def test_what_a_person_credited_whole_or_nobody_credited_is_no_case(self):
        whole, untouched = self.charged({}), self.charged({})
        move = self.bill_on("2026-01-01", whole)
        move._reverse_moves().action_post()
        self.bill_on("2026-01-01", untouched)
        for contract in (whole, untouched):
            self.terminate(contract, "2026-01-15")
            self.assertFalse(self.left_to_people(contract))
        self.assertEqual(self.net(self.bill_on("2026-01-16", untouched)), -154.84)

    def test_charge_left_out_of_an_amendment_ends_with_its_version(self):
        contract = self.charged({}, {"price": 31.0, "name": "Fee"})
        self.bill_on("2026-03-01", contract)
        amended = self.amend(contract, "2026-03-11", lambda draft: draft.charge_ids[1].unlink())
        self.assertIn("No longer charged: Fee", amended.changes_text)
        self.assertEqual(self.net(self.bill_on("2026-03-11", contract)), -21.0)

    def test_suspended_contract_waits_and_is_billed_afterwards(self):
        contract = self.charged({})
        self.bill_on("2026-01-01", contract)
        manager = builders._approver(self.env)
        contract.with_user(manager)._suspend("Unclear")
        self.assertFalse(self.bill_on("2026-02-01", contract))
        self.assertIn("suspended", self.reason(contract))
        contract.with_user(manager).action_resume()
        self.assertEqual(self.net(self.bill_on("2026-02-01", contract)), 300.0)

    def test_draft_is_not_billed(self):
        contract = self.charged({}, state="draft")
        self.assertFalse(self.bill_on("2026-06-01", contract))
        self.assertFalse(contract.charge_ids.date_next)

    # Indexation

    def indexed(self, index, **values):
        return self.charged(
            {
                "price": 100.0,
                "date_start": "2026-01-01",
                "indexation": "index",
                "index_id": index.id,
                "has_floor": True,
                "index_floor": 0.0,
                "has_cap": True,
                "index_cap": 3.0,
                **values,
            }
        )

    def test_index_with_cap_and_floor(self):
        index = self.index(m2026_01=100.0, m2027_01=105.0, m2028_01=103.0)
        contract = self.indexed(index)
        self.bill_on("2026-12-01", contract)
        january = self.bill_on("2027-01-01", contract)
        self.assertEqual(self.net(january), 103.0)
        text = january.invoice_line_ids.name.replace("\N{NO-BREAK SPACE}", " ")
        self.assertIn("105 (Jan 2027) / 100 = +5 %, held to +3 %: $ 100.00 → $ 103.00", text)
        self.bill_on("2027-12-31", contract)
        self.assertEqual(self.net(self.bill_on("2028-01-01", contract)), 103.0)

    def test_missing_index_value_waits_with_the_reason_and_earlier_periods_go_on(self):
        index = self.index(m2026_01=100.0)
        contract = self.indexed(index)
        moves = self.bill_on("2027-01-01", contract)
        self.assertEqual(self.net(moves), 1200.0)
        self.assertIn("has no value of January 2027", self.reason(contract))
        self.assertFalse(self.bill_on("2027-01-01", contract))
        self.assertRecordValues(self.run.line_ids, [{"state": "waits", "code": "index_missing"}])
        index.value_ids = [Command.create({"month": "2027-01-20", "value": 102.0})]
        self.assertEqual(self.net(self.bill_on("2027-01-01", contract)), 102.0)
        value = index.value_ids.filtered(lambda line: line.month == date(2027, 1, 1))
        with self.assertRaisesRegex(UserError, "was billed by, and stays"):
            value.value = 101.0
        with self.assertRaisesRegex(UserError, "was billed by, and stays"):
            index.value_ids.filtered(lambda line: line.month == date(2026, 1, 1)).unlink()

    def test_percentage_compounds_exactly(self):
        contract = self.charged(
            {"price": 100.0, "date_start": "2026-03-15", "anchor_day": 15, "interval_unit": "year",
             "indexation": "percent", "index_percent": 3.0}
        )  # fmt: skip
        moves = self.bill_on("2029-03-15", contract)
        self.assertEqual(moves.invoice_line_ids.mapped("price_subtotal"), [100.0, 103.0, 106.09, 109.27])

    def test_index_values_and_counters_are_numbers(self):
        index = self.index(m2026_01=100.0)
        meter = self.meter(("2025-12-31", 0))
        for value in (float("nan"), float("inf"), 1e300):
            with self.subTest(value), self.assertRaises(ValidationError), self.env.cr.savepoint():
                index.value_ids.value = value
            with self.subTest(value), self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.index(m2026_02=value)
            with self.subTest(value), self.assertRaises(ValidationError), self.env.cr.savepoint():
                meter.highest = value
        for values in ({"highest": -5}, {"slack": 367}):
            with (
                self.subTest(values),
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                meter.write(values)

    def test_index_values_are_above_zero_and_one_for_a_month(self):
        index = self.index(m2026_01=100.0)
        with self.assertRaisesRegex(ValidationError, "above zero"):
            index.value_ids = [Command.create({"month": "2026-02-01", "value": 0.0})]

    # Meters

    def metered(self, meter, **values):
        return self.charged(
            {"price": 0.2847, "quantity_source": "meter", "meter_id": meter.id, "timing": "arrears", **values}
        )

    def test_consumption_between_readings_is_billed(self):
        meter = self.meter(("2025-12-31", 1000), ("2026-01-31", 2000), ("2026-02-26", 2500))
        contract = self.metered(meter)
        self.assertFalse(self.bill_on("2026-01-31", contract))
        january = self.bill_on("2026-02-01", contract)
        self.assertRecordValues(
            january.invoice_line_ids, [{"quantity": 1000.0, "price_unit": 0.2847, "price_subtotal": 284.7}]
        )
        self.assertIn("Meter EL-4711: 1,000 (12/31/2025) – 2,000 (01/31/2026) = 1,000", january.invoice_line_ids.name)
        self.assertEqual(self.net(self.bill_on("2026-03-01", contract)), 142.35)
        self.assertFalse(self.bill_on("2026-04-01", contract))
        self.assertIn("needs a reading of 03/31/2026", self.reason(contract))
        meter.reading_ids = [Command.create({"date": "2026-04-30", "value": 4000})]
        self.assertFalse(self.bill_on("2026-05-01", contract), "March waits, so April does")

    def test_no_consumption_is_billed_as_zero(self):
        meter = self.meter(("2025-12-31", 1000), ("2026-01-31", 1000))
        move = self.bill_on("2026-02-01", self.metered(meter))
        self.assertEqual((move.amount_total, move.invoice_line_ids.quantity), (0.0, 0.0))

    def test_a_counter_that_falls_after_a_correction_waits_and_stops_no_other_charge(self):
        meter = self.meter(
            ("2025-12-31", 100),
            {"date": "2026-01-20", "value": 0, "kind": "reset", "last_value": 150},
            ("2026-01-31", 10),
        )
        metered = self.charged({"price": 2.0, "quantity_source": "meter", "timing": "arrears", "meter_id": meter.id})
        meter.reading_ids.filtered(lambda reading: reading.kind == "reset").unlink()
        other = self.charged({})
        self.assertEqual(self.net(self.bill_on("2026-02-01", metered | other)), 600.0)
        self.assertIn("EL-4711: 10 is below 100", self.reason(metered))

    def test_a_meter_that_is_billed_by_keeps_its_customer_and_unit(self):
        meter = self.meter(("2025-12-31", 0), uom_id=self.service.uom_id.id)
        self.charged({"quantity_source": "meter", "timing": "arrears", "meter_id": meter.id})
        other = builders.customer(self.env, name="Other Ltd")
        with self.assertRaisesRegex(ValidationError, "belongs to Other Ltd"), self.env.cr.savepoint():
            meter.partner_id = other
        with self.assertRaisesRegex(ValidationError, "counts Dozen"), self.env.cr.savepoint():
            meter.uom_id = self.env.ref("uom.product_uom_dozen")

    def test_falling_reading_is_refused_unless_the_counter_began_again(self):
        meter = self.meter(("2026-01-31", 99_990))
        with self.assertRaisesRegex(ValidationError, "below 99990, the reading before"), self.env.cr.savepoint():
            meter.reading_ids = [Command.create({"date": "2026-02-28", "value": 15})]
        with (
            self.assertRaisesRegex(ValidationError, "at which value its counter begins again"),
            self.env.cr.savepoint(),
        ):
            meter.reading_ids = [Command.create({"date": "2026-02-28", "value": 15, "kind": "rollover"})]
        meter.highest = 100_000
        meter.reading_ids = [
            Command.create({"date": "2026-02-28", "value": 15, "kind": "rollover"}),
            Command.create({"date": "2026-03-31", "value": 3, "kind": "reset", "last_value": 40}),
            Command.create({"date": "2026-04-30", "value": 10}),
        ]
        self.assertEqual(meter.reading_ids.sorted("date").mapped("consumed"), [0.0, 25.0, 25.0, 7.0])

    def test_billed_readings_stay_until_the_bill_is_taken_back(self):
        meter = self.meter(("2025-12-31", 0), ("2026-01-31", 100))
        contract = self.metered(meter, price=1.0)
        move = self.bill_on("2026-02-01", contract)
        last = meter.reading_ids.filtered(lambda reading: reading.value)
        for change in (lambda: last.write({"value": 90}), last.unlink):
            with self.assertRaisesRegex(UserError, "was billed through"), self.env.cr.savepoint():
                change()
        with self.assertRaisesRegex(UserError, "was billed through"), self.env.cr.savepoint():
            meter.reading_ids = [Command.create({"date": "2026-01-15", "value": 50})]
        refund = move._reverse_moves()
        refund.b2b_bill_again = True
        refund.action_post()
        last.value = 90
        self.assertEqual(self.net(self.bill_on("2026-02-02", contract)), 90.0)

    def test_metered_charge_after_a_termination_is_billed_to_the_end(self):
        meter = self.meter(("2025-12-31", 0), ("2026-01-20", 100))
        contract = self.metered(meter, price=1.0)
        self.terminate(contract, "2026-01-20")
        self.assertEqual(self.net(self.bill_on("2026-02-01", contract)), 100.0)

    def test_meter_of_another_customer_is_refused(self):
        other = self.env["res.partner"].create({"name": "Other", "is_company": True})
        with self.assertRaisesRegex(ValidationError, "belongs to Other, not to Quark Trading"):
            self.metered(self.meter(partner=other))
        with self.assertRaisesRegex(ValidationError, "bill it in arrears"):
            self.metered(self.meter(), timing="advance")

    def test_readings_are_pasted_all_or_none(self):
        meter = self.meter(("2026-01-31", 100))
        paste = self.env["b2b.meter.paste"]
        bad = paste.create(
            {
                "text": "meter;date;counter\nEL-4711;2026-02-28;200\nEL-1;2026-02-28;5\n"
                "EL-4711;soon;1\nEL-4711;31.03.2026;x"
            }
        )
        with self.assertRaises(UserError) as caught, self.env.cr.savepoint():
            bad.action_take()
        text = str(caught.exception)
        for words in ("Row 3: there is no meter EL-1", "Row 4: “soon” is no date", "Row 5: “x” is no number"):
            self.assertIn(words, text)
        self.assertEqual(len(meter.reading_ids), 1)
        paste.create({"meter_id": meter.id, "text": "2026-02-28\t200,5\n31.03.2026\t300\n"}).action_take()
        self.assertEqual(meter.reading_ids.sorted("date").mapped("value"), [100.0, 200.5, 300.0])
        falling = paste.create({"meter_id": meter.id, "text": "2026-04-30,400\n2026-05-31,350"})
        with self.assertRaisesRegex(UserError, "Row 2: Meter EL-4711: 350"), self.env.cr.savepoint():
            falling.action_take()

    # Preview

    def test_next_dates_list_periods_parts_and_indexation(self):
        contract = self.charged(
            {"date_start": "2026-01-16", "date_end": "2026-03-15", "timing": "arrears"},
            state="draft",
            date_end="2026-12-31",
        )
        rows = contract._b2b_charge_preview()
        self.assertEqual(
            [(str(row["date_due"]), row["part_text"], row["amount"]) for row in rows],
            [
                ("2026-02-01", "16 of 31 days", 154.84),
                ("2026-03-01", "Whole", 300.0),
                ("2026-03-16", "15 of 31 days", 145.16),
            ],
        )
        action = contract.action_charge_preview()
        self.assertEqual(self.env["b2b.charge.preview"].search_count(action["domain"]), 3)
