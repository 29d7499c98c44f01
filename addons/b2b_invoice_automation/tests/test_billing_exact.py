"""Invoices say what the orders say, to the cent, per rate and in total, however they are cut or put together."""

from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class TestBillingExact(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reduced = cls.percent_tax(7.0, sequence=20)

    def shop_order(self, **values):
        """Amounts as a shop states them: no tax here is net × rate, and no net is quantity × price."""
        return self.order(
            [
                self.shop_line(7, 14.27, 99.93, 18.98),
                self.shop_line(1000, 0.03, 33.3, 2.34, tax=self.reduced),
                {**self.shop_line(1, 7.9, 7.9, 1.51), "product_id": self.freight.id},
            ],
            **values,
        )

    def taxes_of(self, moves):
        """Signed tax per rate over all moves."""
        lines = moves.line_ids.filtered("tax_line_id")
        return {
            tax: round(-sum(lines.filtered(lambda line, tax=tax: line.tax_line_id == tax).mapped("amount_currency")), 2)
            for tax in lines.tax_line_id
        }

    def assertOrderTotals(self, order, moves):
        signed = [-move.direction_sign for move in moves]
        for field in ("amount_untaxed", "amount_tax", "amount_total"):
            total = sum(sign * amount for sign, amount in zip(signed, moves.mapped(field), strict=True))
            self.assertAlmostEqual(total, order[field], 2, field)

    def test_whole_order(self):
        order = self.shop_order()
        self.assertRecordValues(order, [{"amount_untaxed": 141.13, "amount_tax": 22.83, "amount_total": 163.96}])
        self.bill(order)
        self.assertOrderTotals(order, order.invoice_ids)
        self.assertEqual(self.taxes_of(order.invoice_ids), {self.tax: 20.49, self.reduced: 2.34})

    def test_parts_sum_to_the_whole(self):
        self.policy.trigger = "shipped"
        order = self.shop_order()
        goods, bolts, _freight = order.order_line
        for delivered, screws in ((1, 1), (2, 400), (5, 401), (6, 999), (7, 1000)):
            goods.qty_delivered, bolts.qty_delivered = delivered, screws
            self.bill(order)
        self.assertEqual(len(order.invoice_ids), 5)
        self.assertBilled(order)
        self.assertOrderTotals(order, order.invoice_ids)
        self.assertEqual(self.taxes_of(order.invoice_ids), {self.tax: 20.49, self.reduced: 2.34})

    def test_the_last_part_is_refused_when_the_parts_do_not_sum_to_the_order(self):
        self.policy.trigger = "shipped"
        for wrong, words in (
            ({0: {"net": -0.01}}, "net $ 141.12 instead of $ 141.13"),
            ({0: {"tax": -0.01}, 1: {"tax": 0.01}}, f"{self.tax.name} $ 20.48 instead of $ 20.49"),
        ):
            with self.subTest(words):
                order = self.shop_order()
                goods, bolts, _freight = order.order_line
                goods.qty_delivered, bolts.qty_delivered = 3, 400
                self.bill(order)
                goods.qty_delivered, bolts.qty_delivered = 7, 1000
                with self.wrong_parts({order.order_line[index]: amounts for index, amounts in wrong.items()}):
                    result = self.result(self.bill(order), order)
                self.assertEqual(result.state, "aside")
                self.assertIn(words, result.reason.replace("\N{NO-BREAK SPACE}", " "))
                self.assertEqual(len(order.invoice_ids), 1)

    def wrong_parts(self, wrong):
        """Have the parts of order lines be wrong by some net and tax."""
        original = type(self.env["sale.order.line"])._b2b_partial_tax_data

        def partial(line, whole, quantity):
            data = original(line, whole, quantity)
            amounts = wrong.get(line, {})
            data["manual_total_excluded_currency"] += amounts.get("net", 0.0)
            for stated in data["manual_tax_amounts"].values():
                stated["tax_amount_currency"] += amounts.get("tax", 0.0)
            return data

        return patch.object(type(self.env["sale.order.line"]), "_b2b_partial_tax_data", partial)

    def test_parts_that_odoo_rounds_one_by_one_are_not_refused(self):
        self.policy.trigger = "shipped"
        order = self.order([(3, 0.33), (3, 0.17)])
        for delivered in (1, 2, 3):
            order.order_line.qty_delivered = delivered
            self.bill(order)
        self.assertBilled(order)
        self.assertNotEqual(sum(order.invoice_ids.mapped("amount_tax")), order.amount_tax)

    def test_parts_by_hand_and_by_runs_sum_to_the_whole(self):
        order = self.shop_order(confirm=False)
        self.goods.invoice_policy = "delivery"
        self.policy.trigger = "shipped"
        order.action_confirm()
        order.order_line[0].qty_delivered = 3
        order._create_invoices().action_post()
        order.order_line[0].qty_delivered = 5
        self.bill(order)
        order.order_line[:2].qty_delivered = 1000
        order.order_line[0].qty_delivered = 7
        order._create_invoices().action_post()
        self.assertEqual(len(order.invoice_ids), 3)
        self.assertOrderTotals(order, order.invoice_ids)
        self.assertEqual(self.taxes_of(order.invoice_ids), {self.tax: 20.49, self.reduced: 2.34})

    def test_returned_goods_are_credited_at_what_was_billed(self):
        self.policy.trigger = "shipped"
        order = self.shop_order()
        order.order_line[0].qty_delivered = 7
        order.order_line[1].qty_delivered = 1000
        self.bill(order)
        order.order_line[0].qty_delivered = 4
        self.bill(order)
        refund = order.invoice_ids.filtered(lambda move: move.move_type == "out_refund")
        self.assertRecordValues(refund, [{"amount_untaxed": 42.83, "amount_tax": 8.13, "state": "posted"}])
        order.order_line[0].qty_delivered = 7
        self.bill(order)
        self.assertOrderTotals(order, order.invoice_ids)

    def test_what_was_billed_ahead_of_delivery_is_not_credited(self):
        order = self.shop_order()
        self.bill(order)
        self.policy.trigger = "shipped"
        order.order_line[0].qty_delivered = 4
        self.bill(order)
        self.assertEqual(len(order.invoice_ids), 1)

    def test_reversal_by_hand_is_exact(self):
        order = self.shop_order()
        self.bill(order)
        refund = order.invoice_ids._reverse_moves()
        self.assertRecordValues(refund, [{"amount_untaxed": 141.13, "amount_tax": 22.83, "amount_total": 163.96}])

    def test_collective_invoice_is_the_sum_of_its_orders(self):
        """Rounded over all lines at once, the tax of these would differ from the sum of the orders."""
        self.policy.grouping = "all"
        orders = self.env["sale.order"].concat(*(self.order([(1, 0.13)]) for _number in range(9)), self.shop_order())
        self.bill(orders)
        move = orders.invoice_ids
        self.assertEqual(len(move), 1)
        for field in ("amount_untaxed", "amount_tax", "amount_total"):
            self.assertAlmostEqual(move[field], sum(orders.mapped(field)), 2, field)

    def test_foreign_currency(self):
        currency = self.setup_other_currency("HRK", rates=[("2016-01-01", 3.0), ("2017-01-01", 2.0)])
        pricelist = self.env["product.pricelist"].create({"name": "K", "currency_id": currency.id})
        order = self.order([self.shop_line(7, 14.27, 99.93, 18.98, currency=currency)], pricelist_id=pricelist.id)
        self.assertEqual(order.currency_id, currency)
        self.bill(order)
        self.assertRecordValues(
            order.invoice_ids,
            [
                {
                    "currency_id": currency.id,
                    "amount_untaxed": 99.93,
                    "amount_tax": 18.98,
                    "amount_total": 118.91,
                }
            ],
        )
        self.assertEqual(sum(order.invoice_ids.line_ids.mapped("balance")), 0.0)

    def test_order_that_the_invoice_would_not_match_is_set_aside_with_both_figures(self):
        order = self.shop_order()
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order SET amount_total = amount_total + 1 WHERE id = %s", [order.id])
        order.invalidate_recordset()
        self.bill(order)
        self.assertFalse(order.invoice_ids)
        self.assertRecordValues(
            order.b2b_discrepancy_ids,
            [
                {
                    "type": "billing_error",
                    "amount_expected": 164.96,
                    "amount_found": 163.96,
                    "amount_difference": -1.0,
                }
            ],
        )

    def test_price_included_taxes_and_discounts(self):
        gross = self.percent_tax(19.0, price_include_override="tax_included")
        for rounding in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = rounding
            with self.subTest(rounding=rounding):
                order = self.order(
                    [
                        {
                            "product_uom_qty": 3,
                            "price_unit": 21.53,
                            "discount": 12.5,
                            "tax_ids": [Command.set(gross.ids)],
                        },
                        {"product_uom_qty": 1, "price_unit": 21.53, "tax_ids": [Command.set(gross.ids)]},
                        {"product_uom_qty": 1, "price_unit": 0.07, "tax_ids": [Command.set(self.tax.ids)]},
                    ]
                )
                self.bill(order)
                self.assertOrderTotals(order, order.invoice_ids)
                self.assertBilled(order)

    def test_price_that_changed_between_parts_holds_for_the_rest_only(self):
        self.policy.trigger = "shipped"
        order = self.order([(10, 10.0)])
        order.order_line.qty_delivered = 5
        self.bill(order)
        order.order_line.price_unit = 12.0
        order.order_line.qty_delivered = 10
        self.bill(order)
        self.assertEqual(order.invoice_ids.sorted("id").mapped("amount_untaxed"), [50.0, 60.0])

    def test_parts_of_an_order_of_odoo_itself_sum_to_it(self):
        """Rounded invoice by invoice, each of these would say 0.09 and all three 0.27."""
        self.policy.trigger = "shipped"
        order = self.order([{"product_uom_qty": 3, "price_unit": 0.09, "discount": 3.0, "tax_ids": [Command.clear()]}])
        self.assertEqual(order.amount_total, 0.26)
        for delivered in (1, 2, 3):
            order.order_line.qty_delivered = delivered
            self.bill(order)
        self.assertEqual(order.invoice_ids.sorted("id").mapped("amount_total"), [0.09, 0.08, 0.09])
