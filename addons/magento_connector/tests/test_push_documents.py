"""Deliveries, invoices and credit notes of shop orders become documents of the shop, each quantity once."""

from odoo.tests import tagged

from ..magento_wire.errors import INDEFINITE, ShopError
from .common import document, item, order
from .pushing import PushCase, ToldShop


def with_shipping(payload):
    """An order of one piece with 5.00 shipping, 19 % tax on all."""
    shipping = {"shipping_amount": 5.0, "shipping_tax_amount": 0.95}
    payload.update(shipping, grand_total=17.85, base_grand_total=17.85, tax_amount=2.85, base_tax_amount=2.85)
    payload["extension_attributes"]["additional_itemized_taxes"] = [
        {"tax_code": "DE 19", "tax_percent": 19, "amount": 0.95, "real_amount": 0.95, "base_amount": 0.95,
         "real_base_amount": 0.95, "taxable_item_type": "shipping"}
    ]  # fmt: skip
    return payload


@tagged("post_install", "-at_install")
class TestShipments(PushCase):
    def setUp(self):
        super().setUp()
        self.backend.push_shipments = True
        self.make_source()

    def test_a_delivery_becomes_a_shipment_with_parcels_and_source(self):
        shop = self.connect()
        sale = self.take_over(1, 5)
        sale.picking_ids.magento_parcel_numbers = "P-1, P-2"
        picking = self.deliver(sale)
        self.push()
        (effect,) = shop.told
        self.assertEqual((effect.kind, effect.target, effect.key), ("shipment", "1", f"shipment:{picking.id}"))
        self.assertEqual(effect.values["lines"], [["10", "5"]])
        self.assertEqual([number for _carrier, _title, number in effect.values["tracks"]], ["P-1", "P-2"])
        self.assertEqual(effect.values["source"], "default")
        binding = self.env["magento.binding"].search([("entity", "=", "shipments")])
        self.assertEqual((binding.res_id, binding.external_id), (picking.id, "900"))
        self.assertEqual(sale.order_line.magento_told_shipped, 5)

    def test_parts_are_told_one_after_the_other(self):
        shop = self.connect()
        sale = self.take_over(1, 5)
        self.deliver(sale, 2)
        self.deliver(sale, 3)
        self.push()
        self.assertEqual([effect.values["lines"] for effect in shop.told], [[["10", "2"]], [["10", "3"]]])
        self.assertEqual(sale.order_line.magento_told_shipped, 5)

    def test_what_comes_back_lowers_nothing_of_what_is_shipped_afterwards(self):
        shop = self.connect()
        sale = self.take_over(1, 10)
        self.take_back(self.deliver(sale, 4), 2)
        self.push()
        self.deliver(sale, 3)
        self.push()
        self.assertEqual([effect.values["lines"] for effect in shop.told], [[["10", "4"]], [["10", "3"]]])

    def test_what_the_shop_shipped_itself_is_not_told_back(self):
        shop = self.connect()
        sale = self.take_over(1, 5)
        self.load("orders", order(1, [item(10, "PUMP", 5, qty_shipped=2)]))
        self.push()
        self.assertFalse(shop.told)
        self.deliver(sale)
        self.push()
        self.assertEqual([effect.values["lines"] for effect in shop.told], [[["10", "3"]]])

    def test_a_delivery_that_is_linked_with_a_shipment_is_not_told(self):
        shop = self.connect()
        sale = self.take_over(1, 5)
        picking = sale.picking_ids
        self.env["magento.binding"]._bind(self.backend, "shipments", [("77", picking, "77")])
        self.deliver(sale)
        self.push()
        self.assertFalse(shop.told)
        self.assertFalse(self.messages("shipment"))

    def test_what_the_shop_shipped_meanwhile_is_left_out_when_it_is_sent(self):
        shop = self.connect()
        sale = self.take_over(1, 5)
        self.deliver(sale)
        sale.order_line.magento_qty_shipped = 4
        self.push()
        self.assertEqual([effect.values["lines"] for effect in shop.told], [[["10", "1"]]])

    def test_what_the_shop_has_wholly_meanwhile_is_not_sent(self):
        shop = self.connect()
        sale = self.take_over(1, 5)
        self.deliver(sale)
        sale.order_line.magento_qty_shipped = 5
        self.push()
        self.assertFalse(shop.told)
        self.assertEqual(self.messages("shipment").state, "sent")
        self.assertIn("already", self.messages("shipment").reason)

    def test_an_unclear_shipment_keeps_its_content_and_counts_once(self):
        shop = self.connect(ToldShop(ShopError(INDEFINITE, "timeout", "no answer")))
        sale = self.take_over(1, 5)
        self.deliver(sale)
        self.push()
        sale.order_line.magento_qty_shipped = 5  # the shop says so by now
        self.messages().next_try = False
        self.push()
        self.assertEqual(shop.unsure, [effect.key for effect in shop.told])
        self.assertEqual(sale.order_line.magento_told_shipped, 5)
        self.push()
        self.assertEqual(len(shop.told), 1)

    def refused_in_doubt(self, shipped):
        """A shipment of five after an unclear attempt and a refusal, when the shop itself has shipped some by then."""
        shop = self.connect(
            ToldShop(ShopError(INDEFINITE, "timeout", "no answer"), ShopError("record", "refused", "too many"))
        )
        sale = self.take_over(1, 5)
        self.deliver(sale)
        self.push()
        sale.order_line.magento_qty_shipped = shipped
        self.messages().next_try = False
        self.push()
        return shop

    def test_what_was_looked_for_in_vain_and_is_needless_by_now_is_no_failure(self):
        shop = self.refused_in_doubt(shipped=5)
        message = self.messages("shipment")
        self.assertEqual((message.state, message.in_doubt, shop.told), ("sent", False, []))
        self.assertIn("already", message.reason)

    def test_what_was_looked_for_in_vain_is_told_as_far_as_the_shop_has_it_not(self):
        shop = self.refused_in_doubt(shipped=3)
        self.push()
        self.assertEqual([effect.values["lines"] for effect in shop.told], [[["10", "2"]]])
        self.assertEqual(set(shop.unsure), {shop.told[0].key}, "looked for each time before")

    def test_what_is_refused_as_it_is_fails(self):
        self.refused_in_doubt(shipped=0)
        message = self.messages("shipment")
        self.assertEqual((message.state, message.reason), ("failed", "too many"))

    def test_without_the_setting_nothing_is_told(self):
        shop = self.connect()
        self.backend.push_shipments = False
        self.deliver(self.take_over(1, 5))
        self.push()
        self.assertFalse(shop.told)


@tagged("post_install", "-at_install")
class TestInvoices(PushCase):
    def setUp(self):
        super().setUp()
        self.backend.write({"push_invoices": True, "push_credit_memos": True, "push_invoice_link": True})

    def invoice(self, sale):
        move = sale._create_invoices(final=True)
        move.action_post()
        return move

    def credit(self, move, **values):
        note = move._reverse_moves([{"invoice_date": move.invoice_date}])
        if values:
            note.invoice_line_ids.write(values)
        note.action_post()
        return note

    def test_a_posted_invoice_becomes_one_of_the_shop_with_number_and_link(self):
        shop = self.connect()
        sale = self.take_over(1, 5)
        move = self.invoice(sale)
        self.push()
        (effect,) = shop.told
        self.assertEqual((effect.kind, effect.key), ("invoice", f"invoice:{move.id}"))
        self.assertEqual(effect.values["lines"], [["10", "5"]])
        for part in (move.name, str(move.invoice_date_due), f"access_token={move.access_token}", "report_type=pdf"):
            self.assertIn(part, effect.values["comment"])
        self.assertEqual(self.env["magento.binding"].search([("entity", "=", "invoices")]).res_id, move.id)

    def test_the_shop_takes_the_money_of_an_invoice_where_it_takes_money_at_all(self):
        shop = self.connect()
        sale, other = self.take_over(1, 5), self.take_over(2, 3)
        journal = self.env["account.journal"].create(
            {"name": "Cards", "code": "TCRD", "type": "bank", "company_id": self.company.id}
        )
        sale.magento_payment_method_id = sale.magento_payment_method_id.create(
            {"backend_id": self.backend.id, "code": "cards", "journal_id": journal.id}
        )
        self.invoice(sale)
        self.invoice(other)
        self.push()
        self.assertEqual([effect.values["capture"] for effect in shop.told], [True, False])

    def test_the_comment_comes_after_the_invoice(self):
        shop = self.connect()
        self.backend.tell_invoices = True
        self.invoice(self.take_over(1, 5))
        self.push()
        self.assertEqual(shop.kinds(), ["invoice", "order_comment"])

    def test_what_the_shop_invoiced_itself_is_not_invoiced_again(self):
        shop = self.connect()
        self.load("orders", order(1, [item(10, "PUMP", 5, qty_invoiced=5)]))
        self.invoice(self.order_of(1))
        self.push()
        self.assertFalse(shop.told)

    def test_a_credit_note_by_quantity_becomes_lines_of_a_credit_memo(self):
        shop = self.connect()
        move = self.invoice(self.take_over(1, 5))
        note = self.credit(move, quantity=2)
        self.push()
        effect = shop.told[-1]
        self.assertEqual((effect.kind, effect.key), ("credit_memo", f"refund:{note.id}"))
        self.assertEqual(effect.values["lines"], [["10", "2"]])
        self.assertEqual(effect.values["adjustment_positive"], "0")
        self.assertEqual(self.env["magento.binding"].search([("entity", "=", "credit_memos")]).res_id, note.id)

    def test_an_allowance_becomes_an_adjustment_to_the_cent(self):
        shop = self.connect()
        move = self.invoice(self.take_over(1, 5))
        note = self.credit(move, quantity=1, price_unit=3.33, discount=0, extra_tax_data=False)
        self.push()
        values = shop.told[-1].values
        self.assertEqual(values["lines"], [])
        self.assertEqual(values["adjustment_positive"], f"{note.amount_total:.2f}")

    def test_a_credit_note_for_shipping_gives_back_shipping(self):
        shop = self.connect()
        payload = with_shipping(order(1, [item(10, "PUMP", 1)]))
        self.load("orders", payload)
        sale = self.order_of(1)
        self.assertEqual(sale.amount_total, 17.85)
        note = self.invoice(sale)._reverse_moves()
        note.invoice_line_ids.filtered(lambda line: not line.sale_line_ids.b2b_channel_charge).unlink()
        note.action_post()
        self.push()
        values = shop.told[-1].values
        self.assertEqual((values["lines"], values["shipping_share"], values["adjustment_positive"]), ([], "1", "0"))

    def shipping_note(self, unit_price=None):
        """A credit note for the shipping of an order, or for a part of it."""
        self.load("orders", with_shipping(order(1, [item(10, "PUMP", 1)])))
        note = self.invoice(self.order_of(1))._reverse_moves()
        note.invoice_line_ids.filtered(lambda line: not line.sale_line_ids.b2b_channel_charge).unlink()
        if unit_price:
            note.invoice_line_ids.write({"price_unit": unit_price, "extra_tax_data": False})
        note.action_post()
        return note

    def test_a_part_of_the_shipping_is_told_as_its_share_and_as_the_store_view_takes_it(self):
        shop = self.connect()
        self.backend.store_ids.shipping_with_tax = True
        note = self.shipping_note(2)
        self.assertEqual(note.amount_total, 2.38)
        self.push()
        values = shop.told[-1].values
        self.assertEqual((values["shipping_share"], values["shipping_with_tax"]), ("0.4", True))
        self.assertEqual((values["lines"], values["adjustment_positive"]), ([], "0"))

    def test_more_than_the_shipping_or_at_another_tax_is_an_adjustment(self):
        shop = self.connect()
        note = self.shipping_note(7)
        self.push()
        values = shop.told[-1].values
        self.assertEqual((values["shipping_share"], values["adjustment_positive"]), ("0", f"{note.amount_total:.2f}"))

    def test_amounts_in_another_currency_than_the_shops_books_say_so(self):
        shop = self.connect()
        self.backend.store_ids.base_currency_id = self.env.ref("base.CHF")
        self.shipping_note(7)
        self.push()
        self.assertEqual(shop.told[-1].values["currency"], "EUR")

    def test_a_shop_that_gives_back_another_sum_than_it_was_told_is_a_case_with_both(self):
        self.connect()
        note = self.shipping_note(2)
        self.push()
        self.assertEqual(self.document_of("credit_memos", 901), note)
        payload = with_shipping(order(1, [item(10, "PUMP", 1)]))
        memo = document(901, payload, {}, shipping=1.68, shipping_tax=0.32)
        [record] = self.load("credit_memos", memo)
        self.assertEqual(record.state, "done", record.reason)
        case = self.env["b2b.discrepancy"].search([("order_id", "=", self.order_of(1).id), ("state", "=", "open")])
        self.assertEqual((case.amount_expected, case.amount_found, case.move_id), (2.38, 2.0, note))
        self.assertIn("Refunds Shipping with Tax", case.reason)
        self.assertEqual(self.order_of(1).invoice_ids.filtered(lambda move: move.move_type == "out_refund"), note)
        self.load("credit_memos", document(901, payload, {}, shipping=2, shipping_tax=0.38))
        self.assertEqual(case.state, "solved")

    def test_a_refund_that_came_from_the_shop_is_not_told_back(self):
        shop = self.connect()
        move = self.invoice(self.take_over(1, 5))
        note = move._reverse_moves()
        self.env["magento.binding"]._bind(self.backend, "credit_memos", [("55", note, "55")])
        note.action_post()
        self.push()
        self.assertEqual(shop.kinds(), ["invoice"])

    def test_money_that_the_shop_took_is_given_back_by_the_shop(self):
        shop = self.connect()
        move = self.invoice(self.take_over(1, 5))
        self.push()
        payment = self.pay(move)
        self.env["magento.binding"]._bind(self.backend, "payments", [("3", payment, "3")])
        self.credit(move)
        self.push()
        self.assertEqual((shop.told[-1].values["online"], shop.told[-1].values["invoice_id"]), (True, "900"))

    def test_two_orders_in_one_invoice_become_one_invoice_each(self):
        shop = self.connect()
        orders = self.take_over(1, 5) + self.take_over(2, 3)
        orders.payment_term_id = False
        move = self.invoice(orders)
        self.assertEqual(len(move), 1)
        self.push()
        self.assertEqual(
            sorted((effect.target, effect.values["lines"]) for effect in shop.told),
            [("1", [["10", "5"]]), ("2", [["20", "3"]])],
        )
        self.assertEqual({effect.key for effect in shop.told}, {f"invoice:{move.id}"}, "marked with the same document")


@tagged("post_install", "-at_install")
class TestOrdersTold(PushCase):
    def test_a_cancellation_here_cancels_there(self):
        shop = self.connect()
        self.backend.push_cancellations = True
        sale = self.take_over(1, 5)
        sale._action_cancel()
        self.push()
        self.assertEqual([(effect.kind, effect.target) for effect in shop.told], [("order_cancel", "1")])

    def test_a_cancellation_from_the_shop_is_not_told_back(self):
        shop = self.connect()
        self.backend.push_cancellations = True
        self.take_over(1, 5)
        self.load("orders", order(1, [item(10, "PUMP", 5)], state="canceled", status="canceled"))
        self.assertEqual(self.order_of(1).state, "cancel")
        self.push()
        self.assertFalse(shop.told)
        self.assertFalse(self.messages())

    def test_the_number_here_is_kept_in_the_shop(self):
        shop = self.connect()
        self.backend.push_order_numbers = True
        sale = self.take_over(1, 5)
        self.push()
        self.assertEqual([effect.values for effect in shop.told], [{"number": sale.name}])

    def test_a_case_here_holds_the_order_there_until_it_is_settled(self):
        shop = self.connect()
        self.backend.push_holds = True
        sale = self.take_over(1, 5)
        case = self.env["b2b.discrepancy"]._flag(
            [{"key": "test", "type": "price", "name": "Price", "company_id": self.company.id, "order_id": sale.id,
              "blocking": True}]
        )  # fmt: skip
        self.push()
        self.push()
        self.assertEqual(shop.kinds(), ["order_hold", "order_comment"])
        self.assertEqual(shop.told[1].values["comment"], "On hold in Odoo: Price")
        self.assertFalse(shop.told[1].values["visible"], "the customer does not read it")
        self.load("orders", order(1, [item(10, "PUMP", 5)], state="holded", status="holded"))
        case.sudo().write({"state": "solved", "outcome": "ok"})
        self.push()
        self.push()
        self.assertEqual(shop.kinds(), ["order_hold", "order_comment", "order_unhold", "order_comment"])
        self.assertEqual(shop.told[3].values["comment"], "Goes on in Odoo: ok")

    def test_of_a_hold_and_its_release_that_wait_the_last_is_told(self):
        shop = self.connect()
        self.backend.push_holds = True
        sale = self.take_over(1, 5)
        case = self.env["b2b.discrepancy"]._flag(
            [{"key": "test", "type": "price", "name": "Price", "company_id": self.company.id, "order_id": sale.id,
              "blocking": True}]
        ).sudo()  # fmt: skip
        for state in ("open", "solved", "open"):
            case.write({"state": state, "outcome": "ok"})
            self.env["magento.push.order"]._tell_holds(self.backend)
        self.push()
        self.assertEqual(shop.kinds(), ["order_hold", "order_comment"])
        self.assertEqual(shop.told[1].values["comment"], "On hold in Odoo: Price")

    def test_the_shops_own_hold_is_not_told_back(self):
        shop = self.connect()
        self.backend.push_holds = True
        self.take_over(1, 5)
        self.load("orders", order(1, [item(10, "PUMP", 5)], state="holded", status="holded"))
        self.assertTrue(self.order_of(1).b2b_on_hold)
        self.push()
        self.assertFalse(shop.told)

    def test_messages_are_reached_from_their_documents(self):
        self.backend.write({"push_shipments": True})
        sale = self.take_over(1, 5)
        picking = self.deliver(sale)
        (sale + sale).invalidate_recordset()
        self.assertEqual((sale.magento_message_count, picking.magento_message_count), (1, 1))
        action = picking.action_view_magento_messages()
        self.assertEqual(self.env["magento.outbox"].search(action["domain"]), self.messages("shipment"))
        self.assertEqual(self.messages("shipment").action_open_document()["res_id"], picking.id)
