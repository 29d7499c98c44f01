"""Credit memos made in the shop become credit notes of exactly their amounts, and returns of what was delivered."""

from odoo.tests import tagged

from .common import MagentoCase, document, item, order, shipment


@tagged("post_install", "-at_install")
class TestShopCreditMemos(MagentoCase):
    def billed_order(self, number=1, lines=None, shipped=None, **values):
        """An order that is shipped (or a part of it) and billed."""
        payload = order(number, lines or [item(number * 10, "PUMP", 5, price="9.99", discount="5.00")], **values)
        self.load("orders", payload)
        self.load("shipments", shipment(number, payload, shipped))
        self.invoice = self.bill(self.order_of(number))
        return payload

    def returns(self, number=1):
        return self.order_of(number).picking_ids.filtered(lambda picking: picking.return_id)

    def test_a_memo_becomes_a_credit_note_of_its_lines_and_amounts(self):
        payload = self.billed_order()
        [record] = self.load("credit_memos", document(1, payload, {10: 2}))
        self.assertEqual(record.state, "done", record.reason)
        note = self.document_of("credit_memos", 1)
        self.assertEqual((note.move_type, note.state, note.ref), ("out_refund", "posted", "D00000001"))
        self.assertEqual((note.amount_untaxed, note.amount_tax, note.amount_total), (17.98, 3.42, 21.4))
        self.assertEqual((note.invoice_line_ids.quantity, note.reversed_entry_id), (2.0, self.invoice))
        self.assertEqual(note.invoice_line_ids.sale_line_ids, self.order_of(1).order_line)
        self.assertEqual(note.invoice_line_ids.price_unit, 9.99)
        self.assertEqual(note.amount_residual, 0.0)
        self.assertEqual(self.invoice.amount_residual, self.invoice.amount_total - 21.4)
        self.assertFalse(self.open_cases(self.order_of(1)))

    def test_delivered_goods_come_back_through_the_warehouse_and_are_not_credited_twice(self):
        payload = self.billed_order()
        self.load("credit_memos", document(1, payload, {10: 2}))
        sale, back = self.order_of(1), self.returns()
        self.assertEqual(
            (back.state, back.picking_type_id.code, back.move_ids.product_uom_qty), ("assigned", "incoming", 2)
        )
        self.assertEqual(sale.order_line.qty_delivered, 5.0)
        back.move_ids.write({"quantity": 2, "picked": True})
        back._action_done()
        self.assertEqual((sale.order_line.qty_delivered, sale.order_line.qty_invoiced), (3.0, 3.0))
        before = sale.invoice_ids
        self.bill(sale, "2026-12-05")
        self.assertEqual(sale.invoice_ids, before)

    def test_refunded_goods_that_are_not_shipped_yet_stay_here(self):
        self.company.b2b_billing_policy_id.trigger = "ordered"
        payload = self.billed_order(shipped={10: 2})
        self.load("orders", self.goes_on(payload, qty_shipped=2, qty_refunded=3))
        self.load("credit_memos", document(1, payload, {10: 3}))
        sale = self.order_of(1)
        self.assertFalse(self.returns())
        self.assertFalse(sale.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel")))
        self.assertEqual(sum(sale.invoice_ids.mapped("amount_total_signed")), 21.4)
        before = sale.invoice_ids
        self.bill(sale, "2026-12-05")
        self.assertEqual(sale.invoice_ids, before)

    def goes_on(self, payload, **progress):
        """The order's payload when its memo was made, with the progress of its first line."""
        first, *rest = payload["items"]
        return {**payload, "items": [{**first, **progress}, *rest], "updated_at": "2026-11-03 10:00:00"}

    def billed_before_it_is_shipped(self, quantity=5):
        """An order that is billed when it is placed; its open moves wait for the shop's shipment."""
        self.company.b2b_billing_policy_id.trigger = "ordered"
        payload = order(1, [item(10, "PUMP", quantity, price="9.99")])
        self.load("orders", payload)
        self.bill(self.order_of(1))
        return payload

    def test_a_memo_that_is_read_before_the_shipment_of_its_goods_waits_for_it(self):
        payload = self.billed_before_it_is_shipped()
        self.load("orders", self.goes_on(payload, qty_shipped=5, qty_refunded=2))
        [record] = self.load("credit_memos", document(1, payload, {10: 2}))
        self.assertEqual((record.state, record.cause, record.waits_for), ("staged", "waiting", "shipment:1"))
        self.assertIn("of which the shop shipped 5 that have not left here yet", record.reason)
        sale = self.order_of(1)
        self.assertEqual(len(sale.invoice_ids), 1)
        [shipped] = self.load("shipments", shipment(1, payload))
        self.assertEqual((shipped.state, record.state), ("done", "done"), (shipped.reason, record.reason))
        self.assertEqual(sale.order_line.qty_delivered, 5.0)
        self.assertEqual(self.document_of("credit_memos", 1).amount_total, 23.78)
        self.assertEqual((self.returns().state, self.returns().move_ids.product_uom_qty), ("assigned", 2.0))

    def test_a_memo_over_more_than_was_shipped_takes_only_the_rest_off_the_open_transfer(self):
        payload = self.billed_before_it_is_shipped()
        self.load("orders", self.goes_on(payload, qty_shipped=2, qty_refunded=3))
        [record] = self.load("credit_memos", document(1, payload, {10: 3}))
        self.assertEqual(record.state, "done", record.reason)
        sale = self.order_of(1)
        self.assertEqual(sale.picking_ids.move_ids.product_uom_qty, 2.0)
        [shipped] = self.load("shipments", shipment(1, payload, {10: 2}))
        self.assertEqual(shipped.state, "done", shipped.reason)
        self.assertEqual(sale.order_line.qty_delivered, 2.0)
        self.assertFalse(self.returns())

    def test_a_memo_is_held_against_an_order_that_knows_of_it_even_within_the_same_second(self):
        payload = self.billed_before_it_is_shipped()
        self.load("orders", self.goes_on(payload, qty_shipped=0, qty_refunded=0))
        [record] = self.load("credit_memos", document(1, payload, {10: 2}))
        self.assertEqual((record.cause, record.waits_for), ("waiting", "order:1"))
        self.load("orders", self.goes_on(payload, qty_shipped=5, qty_refunded=2))
        self.assertEqual((record.cause, record.waits_for), ("waiting", "shipment:1"))

    def test_an_order_that_the_shop_saved_just_before_its_memo_is_new_enough(self):
        payload = self.billed_before_it_is_shipped()
        self.load("orders", self.goes_on(payload, qty_refunded=2))
        [record] = self.load("credit_memos", document(1, payload, {10: 2}, created_at="2026-11-03 10:00:01"))
        self.assertEqual(record.state, "done", record.reason)
        self.assertEqual(self.order_of(1).picking_ids.move_ids.product_uom_qty, 3.0)

    def test_a_shipment_that_never_comes_leaves_the_memo_to_a_person_who_delivers_by_hand(self):
        payload = self.billed_before_it_is_shipped()
        self.load("orders", self.goes_on(payload, qty_shipped=5, qty_refunded=5))
        [record] = self.load("credit_memos", document(1, payload))
        while record.state == "staged":
            record.next_retry = False
            self.process()
        self.assertEqual((record.state, record.cause), ("set_aside", "waiting"))
        self.assertIn("delivered by hand", record.reason)
        moves = self.order_of(1).picking_ids.move_ids
        moves.write({"quantity": 5, "picked": True})
        moves._action_done()
        self.process()
        self.assertEqual(record.state, "done", record.reason)
        self.assertEqual(self.returns().move_ids.product_uom_qty, 5.0)

    def test_a_shop_whose_shipments_are_not_read_has_none_to_wait_for(self):
        self.backend.stream_ids.filtered(lambda stream: stream.entity == "shipments").state = "stopped"
        self.env["stock.warehouse"].search([("company_id", "=", self.company.id)]).delivery_steps = "pick_ship"
        payload = self.billed_before_it_is_shipped()
        self.load("orders", self.goes_on(payload, qty_shipped=5, qty_refunded=5))
        [record] = self.load("credit_memos", document(1, payload))
        self.assertEqual(record.state, "done", record.reason)

    def test_a_part_of_a_bundle_that_was_shipped_as_a_whole_waits_as_well(self):
        self.company.b2b_billing_policy_id.trigger = "ordered"
        bundle = item(10, "KIT", 2, product_type="bundle")
        part = item(11, "PUMP", 4, price="0", rate=0, parent_item_id=10)
        payload = order(1, [bundle, part])
        self.load("orders", payload)
        self.bill(self.order_of(1))
        self.load("orders", self.goes_on(payload, qty_shipped=2, qty_refunded=1))
        [record] = self.load("credit_memos", document(1, payload, {10: 1}))
        self.assertEqual((record.cause, record.waits_for), ("waiting", "shipment:1"), record.reason)
        self.load("shipments", shipment(1, payload, {10: 2}))
        self.assertEqual(record.state, "done", record.reason)
        self.assertEqual(self.returns().move_ids.product_uom_qty, 2.0)

    def refunded_before_shipping(self, shipped, refunded, **values):
        """The order's payload after a refund of what was not shipped."""
        lines = [item(10, "PUMP", 5, price="9.99", qty_shipped=shipped, qty_refunded=refunded)]
        return order(1, lines, updated_at="2026-11-03 10:00:00", **values)

    def test_what_is_refunded_before_it_is_shipped_and_never_billed_comes_off_the_order(self):
        payload = order(1, [item(10, "PUMP", 5, price="9.99")])
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload, {10: 3}))
        sale = self.order_of(1)
        self.bill(sale)
        [record] = self.load("credit_memos", document(1, payload, {10: 2}))
        self.assertEqual(record.cause, "waiting")
        self.load("orders", self.refunded_before_shipping(3, 2))
        self.assertEqual(record.state, "done", record.reason)
        self.assertEqual((sale.order_line.product_uom_qty, sale.order_line.qty_invoiced), (3.0, 3.0))
        self.assertEqual((sale.amount_total, sum(sale.invoice_ids.mapped("amount_total"))), (35.66, 35.66))
        self.assertFalse(sale.b2b_billing_open)
        self.assertFalse(sale.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel")))
        record.state = "staged"
        self.process()
        self.assertEqual(sale.amount_total, 35.66)

    def test_a_memo_over_what_is_billed_and_what_never_will_be_is_divided(self):
        payload = order(1, [item(10, "PUMP", 5, price="9.99")])
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload, {10: 3}))
        sale = self.order_of(1)
        self.bill(sale)
        self.load("orders", self.refunded_before_shipping(3, 5, state="closed"))
        [record] = self.load("credit_memos", document(1, payload, {10: 5}))
        self.assertEqual(record.state, "done", record.reason)
        note = self.document_of("credit_memos", 1)
        self.assertEqual((note.invoice_line_ids.quantity, sale.order_line.product_uom_qty), (3.0, 3.0))
        self.assertEqual(sum(sale.invoice_ids.mapped("amount_total_signed")), 0.0)

    def test_a_memo_that_comes_before_the_invoice_waits_and_blocks_nothing(self):
        payload = order(1, [item(10, "PUMP", 5)])
        self.load("orders", payload)
        [record] = self.load("credit_memos", document(1, payload, {10: 1}))
        self.assertEqual((record.state, record.cause, record.waits_for), ("staged", "waiting", "order:1"))
        lines = [item(10, "PUMP", 5, qty_shipped=5, qty_refunded=1)]
        later = order(1, lines, total_refunded=11.9, updated_at="2026-11-04 10:00:00")
        self.load("orders", later)
        self.assertEqual((record.state, record.cause, record.waits_for), ("staged", "waiting", "invoice:1"))
        self.load("shipments", shipment(1, payload))
        sale = self.order_of(1)
        self.assertFalse(self.open_cases(sale))
        self.bill(sale)
        self.process()
        self.assertEqual(record.state, "done", record.reason)
        self.assertEqual(self.document_of("credit_memos", 1).amount_total, 11.9)

    def test_a_memo_waits_for_the_posting_of_a_draft(self):
        self.company.b2b_billing_policy_id.auto_post = False
        payload = self.billed_order()
        [record] = self.load("credit_memos", document(1, payload, {10: 1}))
        self.assertEqual(record.cause, "waiting")
        self.invoice.action_post()
        self.process()
        note = self.document_of("credit_memos", 1)
        self.assertEqual((record.state, note.state), ("done", "draft"))

    def test_several_memos_of_one_invoice_and_one_over_several_invoices(self):
        lines = [item(10, "PUMP", 5), item(11, "HOSE", 4)]
        payload = order(1, lines)
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload, {10: 5, 11: 2}))
        self.bill(self.order_of(1))
        self.load("shipments", shipment(2, payload, {11: 2}))
        self.bill(self.order_of(1))
        records = self.load(
            "credit_memos", document(1, payload, {10: 1}), document(2, payload, {10: 2}), document(3, payload, {11: 3})
        )
        self.assertEqual(records.mapped("state"), ["done"] * 3, records.mapped("reason"))
        notes = [self.document_of("credit_memos", number) for number in (1, 2, 3)]
        self.assertEqual([note.amount_total for note in notes], [11.9, 23.8, 35.7])
        self.assertFalse(notes[2].reversed_entry_id)
        self.assertEqual(self.order_of(1).order_line.mapped("qty_invoiced"), [2.0, 1.0])

    def test_adjustments_without_tax_and_shipping_are_lines_of_their_own(self):
        lines = [item(10, "PUMP", 5)]
        values = {"shipping_amount": 7.9, "shipping_tax_amount": 1.5, "grand_total": 68.9, "tax_amount": 11.0}
        payload = order(1, lines, **values)
        payload["extension_attributes"]["additional_itemized_taxes"] = [
            {"taxable_item_type": "shipping", "tax_code": "DE 19", "tax_percent": 19, "amount": 1.5}
        ]
        self.load("orders", payload)
        self.load("shipments", shipment(1, payload))
        self.load(
            "orders",
            {
                **payload,
                "items": [{**lines[0], "qty_shipped": 5}],
                "state": "complete",
                "updated_at": "2026-11-04 09:00:00",
            },
        )
        self.bill(self.order_of(1))
        memo = document(
            1, payload, {10: 1}, shipping=7.9, shipping_tax=1.5, adjustment_positive=2.5, adjustment_negative=1.0
        )
        [record] = self.load("credit_memos", memo)
        self.assertEqual(record.state, "done", record.reason)
        note = self.document_of("credit_memos", 1)
        self.assertEqual((note.amount_untaxed, note.amount_tax, note.amount_total), (19.4, 3.4, 22.8))
        self.assertEqual(sorted(note.invoice_line_ids.mapped("price_subtotal")), [-1.0, 2.5, 7.9, 10.0])

    def test_an_adjustment_alone_is_credited(self):
        payload = self.billed_order()
        memo = document(1, payload, {}, adjustment_positive=5.0)
        [record] = self.load("credit_memos", memo)
        self.assertEqual(record.state, "done", record.reason)
        note = self.document_of("credit_memos", 1)
        self.assertEqual((note.amount_total, note.amount_tax), (5.0, 0.0))
        self.assertEqual(self.order_of(1).magento_document_ids.filtered("move_id").move_id & note, note)

    def test_more_than_was_billed_is_set_aside_with_words(self):
        payload = self.billed_order()
        records = self.load("credit_memos", document(1, payload, {10: 4}), document(2, payload, {10: 2}))
        self.assertEqual(records.mapped("state"), ["done", "set_aside"])
        self.assertIn("only 1 are billed", records[1].reason)

    def test_amounts_that_are_not_the_memos_are_refused_with_both_figures(self):
        payload = self.billed_order(lines=[item(10, "PUMP", 5, rate=0)])
        memo = document(1, payload, {10: 1})
        memo["items"][0]["tax_amount"] = 1.9
        memo.update(tax_amount=1.9, grand_total=11.9)
        self.order_of(1).order_line.tax_ids = False
        [record] = self.load("credit_memos", memo)
        self.assertEqual((record.state, record.cause), ("set_aside", "data"))
        self.assertFalse(self.order_of(1).invoice_ids.filtered(lambda move: move.move_type == "out_refund"))

    def test_the_same_memo_again_credits_nothing_more(self):
        payload = self.billed_order()
        self.load("credit_memos", document(1, payload, {10: 1}))
        self.load("credit_memos", document(1, payload, {10: 1}, updated_at="2026-11-09 10:00:00"))
        notes = self.order_of(1).invoice_ids.filtered(lambda move: move.move_type == "out_refund")
        self.assertEqual(len(notes), 1)

    def test_a_credit_note_that_a_person_made_for_the_same_is_linked(self):
        payload = self.billed_order(lines=[item(10, "PUMP", 5)])
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id})
        )
        note = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        note.action_post()
        self.load("credit_memos", document(1, payload))
        self.assertEqual(self.document_of("credit_memos", 1), note)

    def test_a_credit_note_that_odoo_made_in_the_shop_is_recognised_by_its_mark(self):
        payload = self.billed_order()
        note = self.invoice._reverse_moves([{}])
        self.load("credit_memos", document(1, payload, {10: 1}, comments=[{"comment": f"RINV [refund:{note.id}]"}]))
        self.assertEqual(self.document_of("credit_memos", 1), note)

    def test_refunds_that_no_memo_explains_are_a_case_once_the_memos_are_read(self):
        payload = self.billed_order()
        refunded = {**payload, "total_refunded": 21.4, "updated_at": "2026-11-04 10:00:00"}
        self.load("orders", refunded)
        sale = self.order_of(1)
        self.assertFalse(self.open_cases(sale))
        stream = self.backend.stream_ids.filtered(lambda stream: stream.entity == "credit_memos")
        stream.last_success = "2026-11-05 10:00:00"
        loader = self.env["magento.loader.credit.memo"]._quiet(self.company)
        loader._check_refunds(self.backend)
        case = self.open_cases(sale)
        self.assertEqual(
            (case.type, case.blocking, case.amount_expected, case.amount_found), ("order_change", False, 21.4, 0)
        )
        self.load("credit_memos", document(1, payload, {10: 2}))
        self.assertFalse(self.open_cases(sale))

    def test_queries_per_memo_do_not_grow(self):
        payloads = [order(number, [item(number * 10, "PUMP", 5)]) for number in range(1, 61)]
        self.load("orders", *payloads)
        self.load("shipments", *(shipment(payload["entity_id"], payload) for payload in payloads))
        sales = self.env["sale.order"].search([("magento_backend_id", "=", self.backend.id)])
        self.env["b2b.billing.run"]._bill(sales, "2026-11-05")

        def queries(first, count):
            memos = [document(at, payloads[at - 1], {at * 10: 1}) for at in range(first, first + count)]
            self.stage("credit_memos", *memos)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.process(limit=count)
            return (self.env.cr.sql_log_count - before) / count

        queries(1, 10)
        few, many = queries(11, 10), queries(21, 40)
        self.assertLessEqual(many, few * 1.1)
