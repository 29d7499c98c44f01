"""Property: however orders are taxed, priced and cut into invoices, the invoices say what the orders say.

Drawn are taxes in and on top of prices, discounts, freight, currencies, roundings, fiscal positions (foreign VAT,
reverse charge) and deliveries; compared are net, tax per rate and total of orders with the sum of their invoices.
"""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from .billing_common import BillingCommon

EXAMPLES = 25


@st.composite
def lines(draw):
    quantity = draw(st.sampled_from([1, 2, 3, 7, 12, 250]))
    cuts = draw(st.lists(st.integers(1, quantity), max_size=2))
    return {
        "quantity": quantity,
        "price": draw(st.decimals("0.01", "999.99", places=2).map(float)),
        "discount": draw(st.sampled_from([0.0, 0.0, 3.0, 12.5, 33.33])),
        "tax": draw(st.sampled_from(["on_top", "on_top", "reduced", "included", "none"])),
        "delivered": [*sorted(set(cuts)), quantity],
        "freight": draw(st.sampled_from([False, False, False, True])),
    }


@tagged("post_install", "-at_install")
class TestBillingProperty(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.taxes = {
            "on_top": cls.tax,
            "reduced": cls.percent_tax(7.0, sequence=20),
            "included": cls.percent_tax(19.0, price_include_override="tax_included", sequence=30),
            "none": cls.env["account.tax"],
        }
        reverse, foreign = cls.percent_tax(0.0, sequence=40), cls.percent_tax(21.0, sequence=50)
        positions = cls.env["account.fiscal.position"]
        cls.positions = {
            "home": positions,
            "reverse charge": positions.create({"name": "Reverse charge"}),
            "foreign": positions.create({"name": "Foreign VAT"}),
        }
        for name, tax in (("reverse charge", reverse), ("foreign", foreign)):
            tax.fiscal_position_ids = cls.positions[name]
            tax.original_tax_ids = cls.tax + cls.taxes["reduced"]
        other = cls.setup_other_currency("HRK", rates=[("2016-01-01", 3.0), ("2017-01-01", 7.4567)])
        yen = cls.setup_other_currency("JPY", rates=[("2016-01-01", 161.37)], rounding=1.0)
        cls.pricelists = {
            currency.name: cls.env["product.pricelist"].create({"name": currency.name, "currency_id": currency.id})
            for currency in cls.company.currency_id + other + yen
        }

    def make_order(self, drawn, currency, position):
        fiscal = self.positions[position]
        return self.order(
            [
                {
                    "product_id": (self.freight if line["freight"] else self.goods).id,
                    "product_uom_qty": line["quantity"],
                    "price_unit": line["price"],
                    "discount": line["discount"],
                    "tax_ids": [Command.set(fiscal.map_tax(self.taxes[line["tax"]]).ids)],
                }
                for line in drawn
            ],
            pricelist_id=self.pricelists[currency].id,
            fiscal_position_id=fiscal.id,
        )

    def assertSame(self, orders):
        """Net, tax per rate and total of all invoices are those of the orders."""
        moves = orders.invoice_ids
        for name in ("amount_untaxed", "amount_tax", "amount_total"):
            billed = sum(-move.direction_sign * move[name] for move in moves)
            self.assertAlmostEqual(billed, sum(orders.mapped(name)), 2, name)
        rates = orders.order_line.tax_ids
        billed, ordered = (dict.fromkeys(rates, 0.0) for _side in range(2))
        for line in moves.line_ids.filtered("tax_line_id"):
            billed[line.tax_line_id] -= line.amount_currency
        for order in orders:
            for subtotal in order.tax_totals["subtotals"]:
                for group in subtotal["tax_groups"]:
                    [tax] = self.env["account.tax"].browse(group["involved_tax_ids"])
                    ordered[tax] += group["tax_amount_currency"]
        for tax in rates:
            self.assertAlmostEqual(billed[tax], ordered[tax], 2, tax.name)
        self.assertAlmostEqual(sum(moves.line_ids.mapped("balance")), 0.0, 6)

    def each_example(self, strategy, check):
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        @given(strategy)
        def run(example):
            savepoint = self.env.cr.savepoint()
            try:
                check(example)
            finally:
                savepoint.close(rollback=True)

        run()

    def separate_groups(self):
        """One tax group per rate, so that the orders' totals tell each rate apart."""
        for tax in self.env["account.tax"].search([("company_id", "=", self.company.id)]):
            tax.tax_group_id = self.env["account.tax.group"].create({"name": tax.name, "company_id": self.company.id})

    def test_whole_orders_alone_and_together(self):
        self.separate_groups()

        def check(example):
            drawn, currency, position, rounding, grouping = example
            self.company.tax_calculation_rounding_method = rounding
            self.policy.grouping = grouping
            orders = self.env["sale.order"].concat(*(self.make_order(order, currency, position) for order in drawn))
            run = self.bill(orders)
            self.assertEqual(set(run.line_ids.mapped("state")), {"billed"}, run.line_ids.mapped("reason"))
            self.assertEqual(len(orders.invoice_ids), 1 if grouping == "all" else len(orders))
            self.assertSame(orders)
            self.assertBilled(orders)

        self.each_example(
            st.tuples(
                st.lists(st.lists(lines(), min_size=1, max_size=3), min_size=1, max_size=3),
                st.sampled_from(list(self.pricelists)),
                st.sampled_from(list(self.positions)),
                st.sampled_from(["round_per_line", "round_globally"]),
                st.sampled_from(["order", "all"]),
            ),
            check,
        )

    def test_partial_deliveries(self):
        """Whoever stated the amounts: a shop, or nobody but the order itself."""
        self.separate_groups()
        self.policy.trigger = "shipped"

        def check(example):
            drawn, currency, position, rounding, by_shop = example
            self.company.tax_calculation_rounding_method = rounding
            order = self.make_order(drawn, currency, position)
            if by_shop:
                for line in order.order_line:
                    self.state_amounts(line)
            for step in range(3):
                for line, facts in zip(order.order_line, drawn, strict=True):
                    days = facts["delivered"]
                    line.qty_delivered = days[min(step, len(days) - 1)]
                self.bill(order)
            self.assertBilled(order)
            self.assertSame(order)

        self.each_example(
            st.tuples(
                st.lists(lines(), min_size=1, max_size=3),
                st.sampled_from(list(self.pricelists)),
                st.sampled_from(list(self.positions)),
                st.sampled_from(["round_per_line", "round_globally"]),
                st.booleans(),
            ),
            check,
        )

    def state_amounts(self, line):
        """Write the line's own amounts as a shop states them."""
        line.extra_tax_data = {
            "manual_total_excluded_currency": line.price_subtotal,
            "manual_tax_amounts": {
                str(tax.id): {"tax_amount_currency": line.price_tax, "base_amount_currency": line.price_subtotal}
                for tax in line.tax_ids
            }
            or {"0": {}},
            "currency_id": line.currency_id.id,
            "price_unit": line.price_unit,
            "discount": line.discount,
            "quantity": line.product_uom_qty,
            "rate": line.order_id.currency_rate,
        }
