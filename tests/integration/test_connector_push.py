"""What the shop ends up holding of what Odoo tells it, over real HTTP."""

from decimal import Decimal

from test_connector_sandbox import LISTS, SandboxCase

from odoo.tests import tagged

from magento_sandbox.control import place_order


class PushedShopCase(SandboxCase):
    """A sandbox shop whose orders were taken over, and a backend that tells it everything."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)

    def setUp(self):
        super().setUp()
        self.patch(self.env.cr, "rollback", lambda: None)
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *args, **values: 60.0)

    def connected(self, plan=(), orders=40, **settings):
        shop = self.start_shop(orders=orders, plan=plan, **settings)
        self.backend.action_check()
        self.read_back()
        self.env["magento.outbox"].search([]).unlink()
        return shop.shop

    def push(self, rounds=1):
        for _round in range(rounds):
            self.env["magento.outbox"].search([("state", "in", ("waiting", "unclear"))]).next_try = False
            self.backend.write({"breaker": False, "push_next": False})
            self.env["magento.outbox"]._cron_push()

    def open_order(self, shop):
        """An order of simple goods of which nothing was shipped or invoiced: (the shop's, ours)."""
        for number, held in shop.orders.items():
            sale, lines = self.order_of(number), [line.data for line in held.items]
            untouched = not any(line["qty_shipped"] or line["qty_invoiced"] for line in lines)
            simple = all(line["product_type"] == "simple" for line in lines)
            if sale.state == "sale" and held.data["state"] in ("new", "processing") and untouched and simple:
                return held, sale
        raise AssertionError("no such order in the shop")

    def deliver(self, sale):
        picking = sale.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
        for move in picking.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        picking.with_context(skip_backorder=True)._action_done()
        return picking

    def map_source(self, code):
        source = self.backend.source_ids.filtered(lambda source: source.code == code)
        source.location_id = self.warehouse.lot_stock_id
        return source

    def counted(self):
        return [self.env[model].search_count([]) for model in ("stock.picking", "account.move", "magento.outbox")]

    def read_back(self):
        """Read the shop again, its documents included; returns what there was here before."""
        before = self.counted()
        self.fetch_all()
        for stream in self.backend.stream_ids.filtered(lambda stream: stream.entity not in LISTS):
            with self.backend._shop() as shop:
                stream._fetch(shop)
        self.process()
        return before

    def failed(self):
        return self.env["magento.outbox"].search([("state", "in", ("failed", "unclear"))]).mapped("reason")


@tagged("post_install", "-at_install")
class TestPushed(PushedShopCase):
    def have(self, product, quantity):
        self.env["stock.quant"].with_context(inventory_mode=True).create(
            {"product_id": product.id, "location_id": self.warehouse.lot_stock_id.id, "inventory_quantity": quantity}
        ).action_apply_inventory()

    def test_a_shipment_and_the_stock_after_it_agree_to_the_piece(self):
        shop = self.connected()
        held, sale = self.open_order(shop)
        self.map_source("wh_kiel")
        for line in sale.order_line.filtered(lambda line: line.product_id.is_storable):
            self.have(line.product_id, 1000)
        self.backend.write({"push_stock": True, "push_shipments": True})
        self.push()
        self.deliver(sale)
        self.push()
        self.assertFalse(self.failed())
        (shipment,) = [row for row in shop.shipments if row["order_id"] == held.id]
        for line in sale.order_line.filtered("magento_item_id"):
            if line.product_id.is_storable:
                left = 1000 - line.product_uom_qty
                self.assertEqual(float(shop.source_items[line.product_id.default_code, "wh_kiel"]["quantity"]), left)
        self.assertEqual(float(shipment["total_qty"]), sum(self.moved(sale)))
        counted = self.read_back()
        self.push()
        self.assertEqual(self.counted(), counted, "what we told comes back as ours")
        self.assertEqual(len([row for row in shop.shipments if row["order_id"] == held.id]), 1, "no echo")
        self.backend.action_compare_stock()
        self.assertFalse(self.backend.stock_drift)

    def test_bundles_are_shipped_by_the_item_that_the_shop_goes_by(self):
        shop = self.connected()
        lines = [{"sku": "SET-DICHT", "qty": 3}, {"sku": "SET-START", "qty": 1}]
        held = place_order(shop, {"company": "oberland", "lines": lines})
        self.read_back()
        sale = self.order_of(held.id)
        self.map_source("wh_kiel")
        self.backend.push_shipments = True
        seals = sale.order_line.filtered(lambda line: line.product_id.default_code == "BF-FD")
        picking = sale.picking_ids
        for move in picking.move_ids:
            move.write({"quantity": 3 if move.sale_line_id == seals else move.product_uom_qty, "picked": True})
        picking.with_context(skip_backorder=True)._action_done()
        self.push()
        self.deliver(sale)
        self.push()
        self.assertFalse(self.failed())
        told = [
            {(line["sku"], float(line["qty"])) for line in row["items"]}
            for row in shop.shipments
            if row["order_id"] == held.id
        ]
        parts = {("PU-100", 1.0), ("SL-DR13", 2.0), ("BF-SCH", 4.0)}
        self.assertEqual(told, [{("SET-DICHT", 1.0)} | parts, {("SET-DICHT", 2.0)}])
        counted = self.read_back()
        self.push()
        self.assertEqual(self.counted(), counted, "what we told comes back as ours")

    def moved(self, sale):
        return sale.order_line.filtered(lambda line: line.product_id.is_storable).mapped("qty_delivered")

    def test_an_invoice_and_its_credit_note_agree_to_the_cent(self):
        shop = self.connected()
        held, sale = self.open_order(shop)
        self.backend.write({"push_invoices": True, "push_credit_memos": True})
        move = sale._create_invoices(final=True)
        move.action_post()
        self.push()
        self.assertFalse(self.failed())
        (invoice,) = [row for row in shop.invoices if row["order_id"] == held.id]
        self.assertEqual(Decimal(str(invoice["grand_total"])), Decimal(f"{move.amount_total:.2f}"))
        note = move._reverse_moves([{"invoice_date": move.invoice_date}])
        note.action_post()
        self.push()
        self.assertFalse(self.failed())
        (memo,) = [row for row in shop.creditmemos if row["order_id"] == held.id]
        self.assertEqual(Decimal(str(memo["grand_total"])), Decimal(f"{note.amount_total:.2f}"))
        counted = self.read_back()
        self.push()
        self.assertEqual(self.counted(), counted, "what we told comes back as ours")
        self.assertEqual(len([row for row in shop.invoices if row["order_id"] == held.id]), 1, "no echo")

    def test_prices_are_what_they_should_be_and_twice_changes_nothing(self):
        shop = self.connected()
        bindings = self.env["magento.binding"].search(
            [("backend_id", "=", self.backend.id), ("entity", "=", "products"), ("model", "=", "product.product")]
        )
        products = self.env["product.product"].browse(bindings.mapped("res_id"))
        sold = {sku for sku, _code in shop.source_items}
        products = products.filtered(
            lambda product: product.default_code in sold and not product.product_template_attribute_value_ids
        )[:5]
        for product in products:
            product.list_price = 77.35
        group = self.backend.group_ids.filtered(lambda group: group.name == "Wholesale")
        group.pricelist_id = self.env["product.pricelist"].create(
            {
                "name": "Dealers",
                "currency_id": self.company.currency_id.id,
                "company_id": self.company.id,
                "item_ids": [
                    (0, 0, {"applied_on": "0_product_variant", "product_id": products[0].id, "compute_price": "fixed",
                            "fixed_price": price, "min_quantity": quantity})
                    for quantity, price in ((1, 70), (25, 61.5))
                ],
            }
        )  # fmt: skip
        self.backend.write({"push_base_prices": True, "push_tier_prices": True})
        self.env["magento.price"]._compare(self.backend)
        self.push()
        known = {sku for sku in products.mapped("default_code") if sku in {item for item, _code in shop.source_items}}
        self.assertTrue(known)
        for sku in known:
            self.assertEqual(shop.base_prices[sku], Decimal("77.35"))
        tiers = {
            float(tier["quantity"]): tier["price"]
            for tier in shop.tier_prices
            if tier["sku"] == products[0].default_code
            and tier["customer_group"] == "Wholesale"
            and not tier["website_id"]
        }
        self.assertEqual((tiers[1], tiers[25]), (Decimal(70), Decimal("61.5")))
        waiting = self.env["magento.outbox"].search([("state", "!=", "sent")])
        self.env["magento.price"]._compare(self.backend)
        self.assertEqual(self.env["magento.outbox"].search([("state", "not in", ("sent", "canceled"))]), waiting)
        group.pricelist_id.item_ids.filtered(lambda rule: rule.min_quantity == 25).unlink()
        self.env["magento.price"]._compare(self.backend)
        self.push()
        left = [tier for tier in shop.tier_prices if tier["sku"] == products[0].default_code and tier["quantity"] == 25]
        self.assertFalse([tier for tier in left if tier["customer_group"] == "Wholesale"])

    def test_a_stock_that_drifted_is_found_and_mended(self):
        shop = self.connected()
        _held, sale = self.open_order(shop)
        self.map_source("wh_kiel")
        product = sale.order_line.filtered(lambda line: line.product_id.is_storable)[0].product_id
        self.backend.push_stock = True
        self.have(product, 40)
        self.push()
        shop.source_items[product.default_code, "wh_kiel"]["quantity"] = Decimal(3)
        self.backend.action_compare_stock()
        self.assertIn([product.default_code, "wh_kiel", "3", "40"], self.backend.stock_drift)
        self.push()
        self.assertEqual(shop.source_items[product.default_code, "wh_kiel"]["quantity"], Decimal(40))
        self.backend.action_compare_stock()
        self.assertFalse(self.backend.stock_drift)


@tagged("post_install", "-at_install")
class TestPushedThroughFaults(PushedShopCase):
    def test_documents_come_once_though_answers_are_lost(self):
        plan = [{"kind": "lost_answer", "match": {"method": "POST", "path": "*/order/*"}, "times": 2}]
        shop = self.connected(plan=plan)
        held, sale = self.open_order(shop)
        self.map_source("wh_kiel")
        self.backend.write({"push_shipments": True, "push_invoices": True})
        self.deliver(sale)
        sale._create_invoices(final=True).action_post()
        self.push(rounds=4)
        self.assertFalse(self.failed())
        self.assertEqual(len([row for row in shop.shipments if row["order_id"] == held.id]), 1)
        self.assertEqual(len([row for row in shop.invoices if row["order_id"] == held.id]), 1)


@tagged("post_install", "-at_install")
class TestPushedInBulk(PushedShopCase):
    def test_prices_taken_for_later_are_followed_until_the_shop_has_them(self):
        shop = self.connected(async_bulk=True, bulk_polls=1)
        self.assertTrue(self.backend.has_bulk)
        bindings = self.env["magento.binding"].search(
            [("backend_id", "=", self.backend.id), ("entity", "=", "products"), ("model", "=", "product.product")]
        )
        products = self.env["product.product"].browse(bindings.mapped("res_id"))
        products.product_tmpl_id.list_price = 44.4
        self.backend.write({"push_base_prices": True, "push_async": True})
        self.env["magento.price"]._compare(self.backend)
        self.env["magento.outbox"]._cron_push()
        accepted = self.env["magento.outbox"].search([("state", "=", "accepted")])
        self.assertTrue(accepted)
        self.assertFalse(self.env["magento.price"].search([]), "taken is not told")
        for _look in range(4):
            self.env["magento.outbox"].search([("state", "=", "accepted")]).next_try = False
            self.env["magento.outbox"]._cron_push()
        self.assertFalse(self.env["magento.outbox"].search([("state", "in", ("accepted", "unclear", "waiting"))]))
        sent = accepted.filtered(lambda message: message.state == "sent")
        self.assertTrue(sent)
        prices = {product.default_code: product.lst_price for product in products}
        for message in sent:
            self.assertAlmostEqual(float(shop.base_prices[message.target]), prices[message.target], 4)


@tagged("post_install", "-at_install")
class TestPushedToCommerce(PushedShopCase):
    def test_a_companys_credit_follows_the_books(self):
        shop = self.connected(commerce=True)
        self.assertTrue(self.backend.has_b2b)
        _held, sale = self.open_order(shop)
        partner = sale.partner_id.commercial_partner_id
        self.env["magento.binding"]._links(self.backend, "companies", ["1"])["1"].res_id = partner.id
        self.company.account_use_credit_limit = True
        partner.with_company(self.company).credit_limit = 2500
        self.backend.push_credit = True
        self.backend._compare_what_is_told()
        self.push()
        self.assertFalse(self.failed())
        credit = shop.b2b.credits[1]
        owed = Decimal(f"{partner.credit + partner.with_company(self.company).credit_to_invoice:.2f}")
        self.assertGreater(owed, 0)
        self.assertEqual((credit["credit_limit"], credit["balance"]), (Decimal(2500), -owed))
        before = self.env["magento.outbox"].search_count([])
        self.backend._compare_what_is_told()
        self.assertEqual(self.env["magento.outbox"].search_count([]), before, "nothing differs any more")

    def test_prices_of_a_group_with_a_shared_catalog_are_written_into_it(self):
        shop = self.connected(commerce=True)
        group = next(group for group in self.backend.group_ids if group.shared_catalog == "2")
        _held, sale = self.open_order(shop)
        product = sale.order_line.filtered(lambda line: line.product_id.is_storable)[0].product_id
        product.list_price = 99
        group.pricelist_id = self.env["product.pricelist"].create(
            {
                "name": "Catalog",
                "currency_id": self.company.currency_id.id,
                "company_id": self.company.id,
                "item_ids": [
                    (0, 0, {"applied_on": "0_product_variant", "product_id": product.id, "compute_price": "fixed",
                            "fixed_price": 88.8})
                ],
            }
        )  # fmt: skip
        self.backend.write({"push_tier_prices": True, "push_shared_catalog": True})
        self.env["magento.price"]._compare(self.backend)
        self.push()
        self.assertFalse(self.failed())
        tiers = [
            tier["price"]
            for tier in shop.tier_prices
            if tier["sku"] == product.default_code
            and tier["customer_group"] == group.name
            and tier["quantity"] == 1
            and not tier["website_id"]
        ]
        self.assertEqual(tiers, [Decimal("88.8")])
