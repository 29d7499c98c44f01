"""Invoices created from complete values equal core's own, in every column that is stored."""

from collections import defaultdict
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .billing_common import BillingCommon

OWN_COLUMNS = {
    "id",
    "create_uid",
    "create_date",
    "write_uid",
    "write_date",
    "access_token",
    "move_id",
    "b2b_billing_run_id",
    "b2b_billing_policy_id",
    "b2b_deliver",
    "b2b_delivery_state",
    "purchase_order_reference",
}
RELATIONS = {
    "taxes": ("account_move_line_account_tax_rel", "account_move_line_id", "account_tax_id"),
    "tags": ("account_account_tag_account_move_line_rel", "account_move_line_id", "account_account_tag_id"),
    "order_lines": ("sale_order_line_invoice_rel", "invoice_line_id", "order_line_id"),
}


@tagged("post_install", "-at_install")
class TestBillingComplete(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reduced = cls.percent_tax(7.0, sequence=20)
        cls.gross = cls.percent_tax(19.0, price_include_override="tax_included")
        cls.terms = cls.env["account.payment.term"].create(
            [
                {
                    "name": "30 days",
                    "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
                },
                {
                    "name": "Two parts",
                    "line_ids": [
                        Command.create({"value": "percent", "value_amount": 33.33, "nb_days": 0}),
                        Command.create({"value": "percent", "value_amount": 66.67, "nb_days": 60}),
                    ],
                },
                {
                    "name": "One day for two parts",
                    "line_ids": [
                        Command.create({"value": "fixed", "value_amount": 5, "nb_days": 10}),
                        Command.create({"value": "percent", "value_amount": 100, "nb_days": 10}),
                    ],
                },
            ]
            + [
                {
                    "name": f"2/10 {kind}",
                    "early_discount": True,
                    "discount_percentage": 2,
                    "discount_days": 10,
                    "early_pay_discount_computation": kind,
                    "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
                }
                for kind in ("included", "excluded", "mixed")
            ]
        )

    def setUp(self):
        super().setUp()
        self.day = fields.Date.today()

    # Comparison

    def rows(self, moves):
        """All that is stored of invoices, with ids that differ between two creations taken out."""
        self.env.flush_all()
        read = self.env.execute_query_dict
        index = {move.id: number for number, move in enumerate(moves)}
        heads = [
            self.plain(row) for move in moves for row in read(SQL("SELECT * FROM account_move WHERE id = %s", move.id))
        ]
        related = {name: defaultdict(set) for name in RELATIONS}
        lines = read(
            SQL("SELECT * FROM account_move_line WHERE move_id IN %s ORDER BY move_id, sequence, id", moves._ids)
        )
        for name, (table, line, other) in RELATIONS.items():
            for pair in read(
                SQL(
                    "SELECT * FROM %s WHERE %s IN %s",
                    SQL.identifier(table),
                    SQL.identifier(line),
                    tuple(row["id"] for row in lines),
                )
            ):
                related[name][pair[line]].add(pair[other])
        items = defaultdict(list)
        for row in lines:
            items[index[row["move_id"]]].append(
                {**self.plain(row), **{name: related[name][row["id"]] for name in RELATIONS}}
            )
        for listed in items.values():
            rank = [row for row in listed if row["display_type"] not in ("tax", "payment_term")]
            for number, row in enumerate(rank):
                row["rank"] = number
            listed.sort(
                key=lambda row: (
                    row["display_type"],
                    row.get("rank", 0),
                    str(row["date_maturity"]),
                    row["balance"],
                    str(row["tax_repartition_line_id"]),
                    str(row["analytic_distribution"]),
                )
            )
        analytic = sorted(
            (row["amount"], row["name"] or "", row["account_id"] or 0, row["unit_amount"])
            for row in read(
                SQL(
                    "SELECT aal.* FROM account_analytic_line aal JOIN account_move_line aml "
                    "ON aml.id = aal.move_line_id WHERE aml.move_id IN %s",
                    moves._ids,
                )
            )
        )
        orders = moves.line_ids.sale_line_ids.order_id
        sales = [
            {key: value for key, value in row.items() if key not in OWN_COLUMNS - {"id"}}
            for table, ids in (("sale_order", orders.ids), ("sale_order_line", orders.order_line.ids))
            for row in read(SQL("SELECT * FROM %s WHERE id IN %s ORDER BY id", SQL.identifier(table), tuple(ids)))
        ]
        return {"heads": heads, "items": dict(items), "analytic": analytic, "sales": sales}

    def plain(self, row):
        return {column: value for column, value in row.items() if column not in OWN_COLUMNS}

    def assertSameAsCore(self, orders, fast=True):
        """Invoice each order by core and by us, and compare all rows, as drafts and as posted invoices."""
        for posting in (True, False):
            by_core, by_us = (self.undone(make, orders, posting) for make in (self.make_by_core, self.make_by_us))
            self.maxDiff = None
            self.assertEqual(by_us["created_fast"], len(orders) if fast else 0)
            for key in ("heads", "items", "analytic", "sales"):
                self.assertEqual(by_us[key], by_core[key], key)
        return by_us

    def undone(self, make, orders, posting):
        savepoint = self.env.cr.savepoint()
        try:
            self.fast_count = 0
            moves = make(orders, posting)
            return {**self.rows(moves), "created_fast": self.fast_count}
        finally:
            savepoint.close(rollback=True)

    def make_by_core(self, orders, posting):
        original = type(orders)._prepare_invoice

        def with_day(order):
            return {**original(order), "invoice_date": self.day}

        moves = self.env["account.move"]
        with patch.object(type(orders), "_prepare_invoice", with_day):
            for order in orders:
                moves += order._create_invoices(grouped=True, final=True)
        if posting:
            moves.action_post()
        return moves

    def make_by_us(self, orders, posting):
        self.policy.auto_post = posting
        original = type(self.env["account.move"])._b2b_create_known

        def counted(moves, values_list, items):
            self.fast_count += len(values_list)
            return original(moves, values_list, items)

        with patch.object(type(self.env["account.move"]), "_b2b_create_known", counted):
            run = self.bill(orders, date=self.day)
        self.assertEqual(run.billed_count, len(orders), run.line_ids.mapped("reason"))
        return self.env["account.move"].concat(*(order.invoice_ids for order in orders))

    # Cases

    def test_taxes(self):
        group = self.env["account.tax"].create(
            {
                "name": "Group",
                "amount_type": "group",
                "type_tax_use": "sale",
                "children_tax_ids": [Command.set((self.tax + self.reduced).ids)],
            }
        )
        tags = self.env["account.account.tag"].create(
            [
                {"name": name, "applicability": "taxes", "country_id": self.company.account_fiscal_country_id.id}
                for name in ("base", "tax", "split")
            ]
        )
        account = self.company_data["default_account_tax_sale"]

        def split_tax(amount, *parts):
            lines = [{"repartition_type": "base", "tag_ids": [Command.set(tags[0].ids)]}] + [
                {
                    "repartition_type": "tax",
                    "factor_percent": factor,
                    "tag_ids": [Command.set(tag.ids)],
                    "account_id": account.id,
                }
                for factor, tag in parts
            ]
            return self.percent_tax(
                amount,
                **{
                    f"{kind}_repartition_line_ids": [Command.create(line) for line in lines]
                    for kind in ("invoice", "refund")
                },
            )

        tagged_tax = split_tax(21.0, (60, tags[1]), (40, tags[2]))
        reverse = split_tax(20.0, (100, tags[1]), (-100, tags[2]))
        compound = self.percent_tax(5.0, include_base_amount=True, sequence=1)
        fixed = self.percent_tax(1.5, amount_type="fixed")
        division = self.percent_tax(10.0, amount_type="division")
        transition = account.copy({"reconcile": True})
        cash_basis = self.percent_tax(
            12.0, tax_exigibility="on_payment", cash_basis_transition_account_id=transition.id
        )
        nothing = self.percent_tax(0.0)
        cases = [
            self.tax,
            self.tax + self.reduced,
            group,
            tagged_tax,
            reverse,
            compound + self.tax,
            fixed,
            division,
            cash_basis,
            nothing,
            self.gross,
            self.env["account.tax"],
            compound + tagged_tax + self.gross,
        ]
        self.company.tax_exigibility = True
        for rounding in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = rounding
            for taxes in cases:
                with self.subTest(rounding=rounding, taxes=taxes.mapped("name")):
                    self.assertSameAsCore(
                        self.order(
                            [
                                {"product_uom_qty": 3, "price_unit": 33.33, "tax_ids": [Command.set(taxes.ids)]},
                                {"product_uom_qty": 0.37, "price_unit": 14.27, "tax_ids": [Command.set(taxes.ids)]},
                                {"product_uom_qty": 1, "price_unit": 5.55, "tax_ids": [Command.set(self.tax.ids)]},
                            ]
                        )
                    )

    def test_payment_terms(self):
        orders = self.env["sale.order"].concat(
            *(
                self.order([(7, 14.27)], payment_term_id=term.id, po="PO" if number % 2 else None)
                for number, term in enumerate(self.terms.filtered(lambda term: "mixed" not in term.name))
            )
        )
        self.assertSameAsCore(orders + self.order(payment_term_id=False))

    def test_mixed_early_discount_goes_cores_way(self):
        self.assertSameAsCore(self.order([(7, 14.27)], payment_term_id=self.terms[-1].id), fast=False)

    def test_foreign_currency(self):
        currency = self.setup_other_currency("HRK", rates=[("2016-01-01", 3.0), ("2017-01-01", 1.7331)])
        pricelist = self.env["product.pricelist"].create({"name": "K", "currency_id": currency.id})
        lines = [
            (7, 14.27),
            (1, 0.03),
            {"product_uom_qty": 3, "price_unit": 21.53, "tax_ids": [Command.set(self.gross.ids)]},
        ]
        self.assertSameAsCore(
            self.env["sale.order"].concat(
                *(self.order(lines, pricelist_id=pricelist.id, payment_term_id=term.id) for term in self.terms[:4])
            )
        )

    def test_discounts(self):
        self.assertSameAsCore(
            self.order(
                [
                    {"product_uom_qty": 3, "price_unit": 33.33, "discount": 12.5},
                    {"product_uom_qty": 3, "price_unit": 33.33, "discount": 100.0},
                    {"product_uom_qty": 1, "price_unit": 0.0},
                ]
            )
        )

    def test_discount_account_goes_cores_way(self):
        self.company.account_discount_expense_allocation_id = self.company_data["default_account_expense"]
        self.assertSameAsCore(self.order([{"product_uom_qty": 3, "price_unit": 33.33, "discount": 10.0}]), fast=False)

    def test_nothing_to_pay(self):
        self.assertSameAsCore(self.order([(1, 0.0)]))

    def test_fiscal_position_maps_taxes_and_accounts(self):
        income = self.company_data["default_account_revenue"]
        receivable = self.company_data["default_account_receivable"]
        position = self.env["account.fiscal.position"].create(
            {
                "name": "Abroad",
                "account_ids": [
                    Command.create({"account_src_id": income.id, "account_dest_id": income.copy().id}),
                    Command.create({"account_src_id": receivable.id, "account_dest_id": receivable.copy().id}),
                ],
            }
        )
        self.reduced.write(
            {"fiscal_position_ids": [Command.set(position.ids)], "original_tax_ids": [Command.set(self.tax.ids)]}
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "fiscal_position_id": position.id,
                "order_line": [Command.create({"product_id": self.goods.id, "product_uom_qty": 2})],
            }
        )
        order.action_confirm()
        self.assertEqual(order.order_line.tax_ids, self.reduced)
        self.assertSameAsCore(order)

    def test_accounts_of_partner_product_and_category(self):
        self.customer.property_account_receivable_id = self.company_data["default_account_receivable"].copy()
        self.goods.property_account_income_id = self.company_data["default_account_revenue"].copy()
        child = self.env["res.partner"].create({"name": "Buyer", "parent_id": self.customer.id})
        address = self.env["res.partner"].create({"name": "Dock", "parent_id": self.customer.id, "type": "delivery"})
        self.assertSameAsCore(self.order([(2, 5.0)], partner=child, partner_shipping_id=address.id))

    def test_product_without_account_goes_cores_way(self):
        self.env["ir.default"].search([("field_id.name", "=", "property_account_income_categ_id")]).unlink()
        self.goods.categ_id = self.env["product.category"].create({"name": "Bare"})
        self.goods.categ_id.property_account_income_categ_id = False
        self.company.income_account_id = False
        self.env.registry.clear_cache()
        order = self.order()
        self.assertFalse(self.goods.product_tmpl_id.get_product_accounts()["income"])
        self.assertSameAsCore(order, fast=False)

    def test_analytic_accounts(self):
        plan = self.env["account.analytic.plan"].create({"name": "Plan"})
        accounts = self.env["account.analytic.account"].create([{"name": name, "plan_id": plan.id} for name in "ABC"])
        analytic_tax = self.percent_tax(5.0, analytic=True)
        own, shared, none = (
            {
                "product_uom_qty": 3,
                "price_unit": 33.33,
                "analytic_distribution": distribution,
                "tax_ids": [Command.set((self.tax + analytic_tax).ids)],
            }
            for distribution in (
                {str(accounts[0].id): 100},
                {str(accounts[0].id): 33.335, str(accounts[1].id): 66.665},
                False,
            )
        )
        first = self.order([own, shared, none])
        self.env["account.analytic.distribution.model"].create(
            {
                "partner_id": self.customer.id,
                "analytic_distribution": {str(accounts[2].id): 100},
                "company_id": self.company.id,
            }
        )
        self.assertSameAsCore(first + self.order([own, none]))

    def test_texts_units_and_tags(self):
        self.goods.account_tag_ids = self.env["account.account.tag"].create({"name": "P", "applicability": "products"})
        self.goods.description_sale = "Hex bolt"
        dozen = self.env.ref("uom.product_uom_dozen")
        self.assertSameAsCore(
            self.order(
                [
                    {"display_type": "line_section", "name": "Section", "product_id": False},
                    {"product_uom_qty": 2, "price_unit": 9.99, "product_uom_id": dozen.id},
                    {"display_type": "line_subsection", "name": "Part", "product_id": False},
                    {"product_uom_qty": 2.5, "price_unit": 9.99, "name": "Another text"},
                    {"display_type": "line_note", "name": "Note", "product_id": False},
                    {"display_type": "line_section", "name": "Empty", "product_id": False},
                ]
            )
        )

    def test_language_bank_note_and_terms_of_the_customer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.write({"lang": "fr_FR", "property_payment_term_id": self.terms[1].id})
        self.env["res.partner.bank"].create(
            {
                "acc_number": "DE89370400440532013000",
                "partner_id": self.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        self.assertSameAsCore(self.order([(2, 5.0)], note="<p>Thank you</p>", reference="REF-1", po="PO-1"))

    def test_given_amounts(self):
        self.assertSameAsCore(
            self.order(
                [self.shop_line(7, 14.27, 99.93, 18.98), self.shop_line(1000, 0.03, 33.3, 2.34, tax=self.reduced)]
            )
        )

    def test_lines_that_take_off(self):
        order = self.order([(3, 50.0), (1, -20.0), (-1, 5.0)])
        self.assertSameAsCore(order)
        self.assertSameAsCore(self.order([(-2, 50.0)]))

    def test_down_payment_goes_cores_way(self):
        order = self.order([(10, 10.0)])
        self.env["sale.advance.payment.inv"].with_context(active_ids=order.ids).create(
            {
                "advance_payment_method": "percentage",
                "amount": 30,
                "sale_order_ids": [Command.set(order.ids)],
            }
        ).create_invoices()
        order.invoice_ids.action_post()
        done = order.invoice_ids
        by_core, by_us = (
            self.undone(lambda orders, posting, make=make: make(orders, posting) - done, order, True)
            for make in (self.make_by_core, self.make_by_us)
        )
        for key in ("heads", "items", "sales"):
            self.assertEqual(by_us[key], by_core[key], key)

    def test_salesman_journal_and_campaign(self):
        journal = self.company_data["default_journal_sale"].copy({"code": "SHOP"})
        campaign = self.env["utm.campaign"].create({"name": "Spring"})
        self.assertSameAsCore(self.order(journal_id=journal.id, campaign_id=campaign.id, user_id=self.env.user.id))

    def test_other_days_and_locked_periods(self):
        currency = self.setup_other_currency("HRK", rates=[("2016-01-01", 3.0), ("2026-01-01", 1.7331)])
        pricelist = self.env["product.pricelist"].create({"name": "K", "currency_id": currency.id})
        today = self.day
        for days, lock in (
            (3, None),
            (400, None),
            (40, "sale_lock_date"),
            (40, "tax_lock_date"),
            (40, "fiscalyear_lock_date"),
        ):
            with self.subTest(days=days, lock=lock):
                self.day = today - timedelta(days=days)
                if lock:
                    self.company[lock] = today - timedelta(days=20)
                before = today - timedelta(days=500)
                orders = (
                    self.order([(7, 14.27)], date_order=before)
                    + self.order([(7, 14.27)], payment_term_id=self.terms[1].id)
                    + self.order([(7, 14.27)], pricelist_id=pricelist.id, payment_term_id=self.terms[3].id)
                )
                orders.date_order = before
                self.assertSameAsCore(orders)
                if lock:
                    self.company[lock] = False
