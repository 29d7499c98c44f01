"""What billing's documents refer to: the invoices that a credit note corrects, and the buyer's order numbers."""

from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from .charge_common import ChargeCommon


@tagged("post_install", "-at_install")
class TestBillingReferences(ChargeCommon):
    def credits(self, orders):
        return orders.invoice_ids.filtered(lambda move: move.move_type == "out_refund")

    def shipped(self, *steps, **values):
        """An order of ten, billed after each step's delivered quantity."""
        self.policy.trigger = "shipped"
        order = self.order([(10, 10.0)], **values)
        for delivered in steps:
            order.order_line.qty_delivered = delivered
            self.bill(order)
        return order

    def test_a_lowered_quantity_names_the_invoice_that_it_corrects(self):
        order = self.order([(10, 10.0)], po="PO-1")
        self.bill(order)
        invoice = order.invoice_ids
        order.order_line.product_uom_qty = 8
        self.bill(order)
        credit = self.credits(order)
        self.assertEqual(credit.reversed_entry_id, invoice)
        self.assertEqual(credit._b2b_corrected(), invoice)
        self.assertEqual(invoice.amount_residual, invoice.amount_total - credit.amount_total)

    def test_a_return_of_two_invoices_names_both(self):
        order = self.shipped(4, 8, 5)
        credit = self.credits(order)
        invoices = (order.invoice_ids - credit).sorted("id")
        self.assertFalse(credit.reversed_entry_id)
        self.assertEqual(len(invoices), 2)
        self.assertEqual(credit._b2b_corrected(), invoices)

    def test_an_invoice_that_was_taken_back_whole_is_not_named_again(self):
        order = self.shipped(4)
        first = order.invoice_ids
        reversal = first._reverse_moves([{"b2b_bill_again": True}], cancel=True)
        self.assertEqual(first.payment_state, "reversed")
        self.bill(order)
        second = order.invoice_ids - first - reversal
        order.order_line.qty_delivered = 3
        self.bill(order)
        self.assertEqual((self.credits(order) - reversal).reversed_entry_id, second)

    def test_credit_notes_of_one_run_each_meet_their_own_invoice(self):
        """Two correct the same invoice, one another: core pairs by place, and would mix them up."""
        self.policy.grouping = "all"
        other = self.env["res.partner"].create({"name": "Other", "is_company": True})
        orders = self.order([(10, 10.0)]) + self.order([(10, 10.0)])
        third = self.order([(10, 10.0)], partner=other)
        self.bill(orders + third)
        together, alone = orders.invoice_ids, third.invoice_ids
        self.policy.grouping = "order"
        for line, quantity in zip((orders + third).order_line, (9, 8, 7), strict=True):
            line.product_uom_qty = quantity
        self.bill(orders + third)
        self.assertEqual(self.credits(orders).reversed_entry_id, together)
        self.assertEqual(self.credits(third).reversed_entry_id, alone)
        self.assertAlmostEqual(together.amount_residual, 238.0 - 11.9 - 23.8)
        self.assertAlmostEqual(alone.amount_residual, 119.0 - 35.7)

    def test_days_taken_back_of_a_charge_name_their_invoice(self):
        contract = self.charged({"date_start": "2026-01-01", "price": 310.0})
        invoice = self.bill_on("2026-01-01", contract)
        self.amend(contract, "2026-01-16", lambda draft: draft.charge_ids.write({"date_end": "2026-01-15"}))
        credit = self.bill_on("2026-01-16", contract)
        self.assertEqual((credit.move_type, credit.reversed_entry_id), ("out_refund", invoice))

    def test_an_invoice_over_several_orders_says_only_what_all_of_them_say(self):
        self.policy.grouping = "all"
        dap, exw = self.env["account.incoterms"].search([("code", "in", ("DAP", "EXW"))])
        methods = self.company_data["default_journal_bank"].inbound_payment_method_line_ids[:1]
        here, there = {"incoterm": dap.id, "incoterm_location": "Hamburg"}, {"incoterm_location": "Berlin"}
        for other, incoterm in (({}, dap), ({"incoterm": exw.id}, exw.browse()), (there, exw.browse())):
            for method in (methods, methods.browse()):
                with self.subTest(other=other, method=method.name):
                    values = {**here, "preferred_payment_method_line_id": methods.id}
                    second = {**values, **other, "preferred_payment_method_line_id": method.id}
                    orders = self.order(**values) + self.order(**second)
                    self.bill(orders)
                    move = orders.invoice_ids
                    self.assertEqual(len(move), 1)
                    self.assertEqual(move.invoice_incoterm_id, incoterm)
                    self.assertEqual(move.preferred_payment_method_line_id, method)

    # The day of delivery

    def ship(self, order, moment, quantity):
        """Have some of an order leave the warehouse."""
        with freeze_time(moment):
            move = order.picking_ids.filtered(lambda picking: picking.state != "done").move_ids
            move.write({"quantity": quantity, "picked": True})
            move.picking_id._action_done()
            self.env.flush_all()

    def billed_on(self, day, orders):
        with freeze_time(day):
            before = orders.invoice_ids
            self.bill(orders)
            return orders.invoice_ids - before

    def test_each_part_shipment_is_billed_with_its_own_day(self):
        self.policy.trigger = "shipped"
        with freeze_time("2026-03-02 09:00:00"):
            order = self.order([(10, 10.0)])
        self.ship(order, "2026-03-03 10:00:00", 4)
        first = self.billed_on("2026-03-04", order)
        self.ship(order, "2026-03-20 10:00:00", 6)
        second = self.billed_on("2026-03-21", order)
        self.assertEqual(order.effective_date.date(), date(2026, 3, 3))
        self.assertEqual((first + second).mapped("delivery_date"), [date(2026, 3, 3), date(2026, 3, 20)])

    def test_an_invoice_over_several_orders_has_the_last_day_of_what_it_bills(self):
        self.policy.write({"trigger": "shipped", "grouping": "all"})
        with freeze_time("2026-03-02 09:00:00"):
            orders = self.order([(10, 10.0)]) + self.order([(10, 10.0)])
        self.ship(orders[0], "2026-03-03 10:00:00", 10)
        self.ship(orders[1], "2026-03-05 10:00:00", 7)
        move = self.billed_on("2026-03-06", orders)
        self.assertEqual(move.delivery_date, date(2026, 3, 5))
        self.ship(orders[1], "2026-03-09 10:00:00", 3)
        self.assertEqual(move.delivery_date, date(2026, 3, 5))

    # The buyer's order numbers

    def test_a_charge_without_a_po_number_shows_no_other(self):
        contract = self.charged({"date_start": "2026-01-01"})
        move = self.bill_on("2026-01-01", contract)
        self.assertEqual(move._b2b_document_references()["purchase_orders"], [])
        self.assertEqual(move._b2b_purchase_order(), "")

    def test_the_charges_of_several_pos_keep_them_on_their_lines(self):
        contract = self.charged({"po_number": "PO-1"}, {"po_number": "PO-2"}, {})
        move = self.bill_on("2026-01-01", contract)
        self.assertFalse(move.purchase_order_reference)
        self.assertEqual(move._b2b_document_references()["purchase_orders"], ["PO-1", "PO-2"])
        self.assertEqual(move._b2b_purchase_order(), "")
        numbers, _orders = move._b2b_orders_of_lines()
        self.assertEqual([numbers.get(line) for line in move.invoice_line_ids], ["PO-1", "PO-2", None])

    def test_one_po_number_beside_an_order_without_stands_on_its_line(self):
        self.policy.grouping = "all"
        orders = self.order(po="PO-1") + self.order()
        self.bill(orders)
        move = orders.invoice_ids
        self.assertFalse(move.purchase_order_reference)
        self.assertEqual(move._b2b_purchase_order(), "")
        numbers, names = move._b2b_orders_of_lines()
        self.assertEqual(list(numbers.values()), ["PO-1"])
        self.assertEqual(list(names.values()), orders.mapped("name"))

    def test_one_po_number_stands_for_all_however_it_was_typed(self):
        self.policy.grouping = "po_number"
        orders = self.order(po="PO-1 ") + self.order(po=" PO-1")
        self.bill(orders)
        move = orders.invoice_ids
        self.assertEqual((len(move), move.purchase_order_reference, move.ref), (1, "PO-1", "PO-1"))
        move.purchase_order_reference = False
        self.assertEqual(move._b2b_purchase_order(), "PO-1")
        charged = self.bill_on("2026-01-01", self.charged({"po_number": "PO-2 "}, {"po_number": "PO-2"}))
        self.assertEqual((charged.purchase_order_reference, charged._b2b_purchase_order()), ("PO-2", "PO-2"))

    def test_what_a_person_enters_at_the_invoice_stands_for_all_of_it(self):
        self.policy.grouping = "all"
        orders = self.order(po="PO-1") + self.order(po="PO-2")
        self.bill(orders)
        move = orders.invoice_ids
        move.purchase_order_reference = "PO-right"
        self.assertEqual(move._b2b_document_references()["purchase_orders"], ["PO-right"])
        self.assertEqual(move._b2b_purchase_order(), "PO-right")
        self.assertEqual(move._b2b_orders_of_lines()[0], {})
        credit = move._reverse_moves([{}])
        self.assertEqual(credit._b2b_purchase_order(), "PO-right")

    def test_a_person_may_enter_the_number_as_reference(self):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "ref": "PO-by-hand",
                "invoice_line_ids": [Command.create({"name": "Bolt", "price_unit": 1.0})],
            }
        )
        self.assertEqual(move._b2b_purchase_order(), "PO-by-hand")

    def test_euro_companies_ask_for_a_creditor_reference(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        company = self.env["res.company"].create({"name": "Euro", "currency_id": euro.id})
        journals = self.env["account.journal"].with_company(company)
        journal = journals.create({"name": "Sales", "code": "S", "type": "sale", "company_id": company.id})
        self.assertEqual(journal.invoice_reference_model, "euro")
        ours = self.company_data["default_journal_sale"]
        self.assertEqual(ours.invoice_reference_model, "odoo")
        old = journals.create(
            {"name": "Old", "code": "O", "type": "sale", "company_id": company.id, "invoice_reference_model": "odoo"}
        )
        chosen = old.copy({"invoice_reference_model": "number"})
        journals._b2b_use_creditor_references()
        self.assertEqual((old + chosen + ours).mapped("invoice_reference_model"), ["euro", "number", "odoo"])
        ours.invoice_reference_model = "euro"
        order = self.order()
        self.bill(order)
        self.assertRegex(order.invoice_ids.payment_reference, r"^RF\d\d")
