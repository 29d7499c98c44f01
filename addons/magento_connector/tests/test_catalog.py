"""The shop's catalogue: configurable products and their variants, types, SKUs, categories, taxes."""

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import MagentoCase, item, order

SIZE = {
    "attribute_id": 137,
    "attribute_code": "hose_size",
    "default_frontend_label": "Size",
    "options": [{"label": " ", "value": ""}, *({"label": label, "value": str(n)} for n, label in enumerate("SML", 4))],
}
COLOUR = {
    "attribute_id": 93,
    "attribute_code": "color",
    "default_frontend_label": "Colour",
    "options": [{"label": "Red", "value": "50"}, {"label": "Blue", "value": "51"}],
}


def product(external_id, sku, price="10.00", **values):
    """A product as `/V1/products` answers it; further keyword arguments that are not its columns are attributes."""
    columns = ("name", "status", "type_id", "weight", "extension_attributes", "product_links", "visibility")
    return {
        "id": external_id,
        "sku": sku,
        "name": f"Product {sku}",
        "price": float(price),
        "status": 1,
        "type_id": "simple",
        "weight": 1.5,
        "updated_at": "2026-11-02 10:00:00",
        **{name: value for name, value in values.items() if name in columns},
        "custom_attributes": [
            {"attribute_code": name, "value": value} for name, value in values.items() if name not in columns
        ],
    }


def configurable(external_id, sku, children, attributes=(SIZE,), **values):
    return product(
        external_id,
        sku,
        "0",
        type_id="configurable",
        extension_attributes={
            "configurable_product_links": children,
            "configurable_product_options": [
                {
                    "attribute_id": str(attribute["attribute_id"]),
                    "label": attribute["default_frontend_label"],
                    "values": [{"value_index": int(row["value"])} for row in attribute["options"] if row["value"]],
                }
                for attribute in attributes
            ],
        },
        **values,
    )


class CatalogCase(MagentoCase):
    def bound(self, entity, external_id):
        return self.env["magento.binding"]._find(self.backend, entity, [str(external_id)]).get(str(external_id))

    def link(self, entity, external_id):
        return self.env["magento.binding"]._links(self.backend, entity, [str(external_id)])[str(external_id)]

    def family_record(self, external_id):
        """The staged record of a configurable product."""
        return self.stage("products").filtered(lambda record: record.external_id == str(external_id))

    def hose(self):
        """A hose in two sizes, of different prices."""
        self.load("product_attributes", SIZE, COLOUR)
        self.load(
            "products",
            product(7, "HOSE-S", "33.33", hose_size="4", barcode="4006381333931"),
            product(8, "HOSE-L", "44.44", hose_size="6", weight=3),
            configurable(9, "HOSE", [7, 8]),
        )
        return self.bound("configurables", 9)


@tagged("post_install", "-at_install")
class TestVariants(CatalogCase):
    def test_a_configurable_product_and_its_children_are_one_product_with_variants(self):
        hose = self.hose()
        self.assertEqual((hose.name, hose.list_price, len(hose.product_variant_ids)), ("Product HOSE", 33.33, 2))
        small, large = self.bound("products", 7), self.bound("products", 8)
        self.assertEqual(small | large, hose.product_variant_ids)
        self.assertEqual(
            [(one.default_code, one.barcode, one.weight, one.lst_price) for one in (small, large)],
            [("HOSE-S", "4006381333931", 1.5, 33.33), ("HOSE-L", False, 3.0, 44.44)],
        )
        self.assertEqual(small.product_template_attribute_value_ids.mapped("display_name"), ["Size: S"])
        self.assertEqual(hose.attribute_line_ids.value_ids.mapped("name"), ["S", "L"], "only what the shop has")
        self.assertTrue(hose.is_storable)

    def test_variants_are_priced_as_in_the_shop_on_an_order_made_by_hand(self):
        self.hose()
        sale = self.env["sale.order"].create(
            {
                "partner_id": self.env.user.partner_id.id,
                "order_line": [Command.create({"product_id": self.bound("products", 8).id})],
            }
        )
        self.assertEqual(sale.order_line.price_unit, 44.44)

    def test_later_payloads_of_a_variant_are_followed(self):
        hose = self.hose()
        large = self.bound("products", 8)
        self.load("products", product(8, "HOSE/XL", "40.00", hose_size="6", weight=2, status=2))
        self.assertEqual(
            (large.default_code, large.lst_price, large.weight, large.active), ("HOSE/XL", 40.0, 2.0, False)
        )
        self.assertEqual((hose.list_price, self.bound("products", 7).lst_price), (33.33, 33.33))
        self.load("products", product(8, "HOSE/XL", "40.00", hose_size="6", weight=2, status=1))
        self.assertTrue(large.active)

    def test_a_child_that_comes_later_becomes_a_variant_too(self):
        self.load("product_attributes", SIZE)
        self.load("products", product(7, "HOSE-S", hose_size="4"), configurable(9, "HOSE", [7, 8]))
        hose = self.bound("configurables", 9)
        self.assertEqual(self.family_record(9).awaited, ["8"])
        self.load("products", product(8, "HOSE-L", "12", hose_size="6"))
        self.assertEqual(self.bound("products", 8).product_tmpl_id, hose, self.link("products", 8).family_note)
        self.assertEqual(len(hose.product_variant_ids), 2)
        self.assertFalse(self.family_record(9).awaited)

    def test_children_made_before_and_not_used_yet_are_put_under_the_product(self):
        self.load("product_attributes", SIZE)
        self.load("products", product(7, "HOSE-S", "10", hose_size="4"), product(8, "HOSE-L", "15", hose_size="6"))
        small, large = self.bound("products", 7), self.bound("products", 8)
        former = (small | large).product_tmpl_id
        self.load("products", configurable(9, "HOSE", [7, 8]))
        hose = self.bound("configurables", 9)
        self.assertEqual(hose.product_variant_ids, small | large)
        self.assertEqual((small.lst_price, large.lst_price), (10.0, 15.0))
        self.assertFalse(former.exists())

    def test_what_is_in_use_stays_a_product_of_its_own_with_a_note(self):
        self.load("product_attributes", SIZE)
        self.load("products", product(7, "HOSE-S", hose_size="4"), product(8, "HOSE-L", hose_size="6"))
        self.load("orders", order(1, [item(10, "HOSE-S", product_id=7)]))
        self.load("products", configurable(9, "HOSE", [7, 8]))
        hose = self.bound("configurables", 9)
        self.assertEqual(hose.product_variant_ids, self.bound("products", 8))
        self.assertFalse(self.bound("products", 7).product_template_attribute_value_ids)
        self.assertIn("in use", self.link("products", 7).family_note)

    def test_what_was_in_odoo_before_is_linked_and_left_as_it_is(self):
        ours = self.env["product.product"].create({"name": "Our hose", "default_code": "HOSE-S", "list_price": 5})
        self.hose()
        self.assertEqual(self.bound("products", 7), ours)
        self.assertEqual((ours.name, ours.lst_price), ("Our hose", 5.0))
        self.assertIn("in Odoo before", self.link("products", 7).family_note)
        self.assertEqual(self.bound("configurables", 9).product_variant_ids.default_code, "HOSE-L")

    def test_a_product_of_odoo_that_has_all_variants_is_taken_as_the_configurable_one(self):
        size = self.env["product.attribute"].create(
            {"name": "Size", "value_ids": [Command.create({"name": "S"}), Command.create({"name": "L"})]}
        )
        ours = self.env["product.template"].create(
            {
                "name": "Our hose",
                "attribute_line_ids": [
                    Command.create({"attribute_id": size.id, "value_ids": [Command.set(size.value_ids.ids)]})
                ],
            }
        )
        for variant, sku in zip(ours.product_variant_ids, ("HOSE-S", "HOSE-L"), strict=True):
            variant.default_code = sku
        self.assertEqual(self.hose(), ours)
        self.assertFalse(self.link("configurables", 9).made_here)
        self.load("products", configurable(9, "HOSE", [7, 8], name="Renamed"))
        self.assertEqual(ours.name, "Our hose")

    def test_two_attributes_and_only_the_combinations_the_shop_has(self):
        self.load("product_attributes", SIZE, COLOUR)
        self.load(
            "products",
            product(7, "A", "10", hose_size="4", color="50"),
            product(8, "B", "20", hose_size="4", color="51"),
            product(10, "C", "5", hose_size="6", color="51"),
            configurable(9, "ABC", [7, 8, 10], (SIZE, COLOUR)),
        )
        hose = self.bound("configurables", 9)
        self.assertEqual(len(hose.product_variant_ids), 3)
        self.assertEqual(
            [self.bound("products", number).lst_price for number in (7, 8, 10)], [10.0, 20.0, 5.0], "each its own"
        )

    def test_an_attribute_that_was_not_fetched_makes_the_product_wait_and_go_on_by_itself(self):
        self.load("products", product(7, "HOSE-S", hose_size="4"), configurable(9, "HOSE", [7]))
        record = self.env["magento.record"].search([("external_id", "=", "9"), ("entity", "=", "products")])
        self.assertEqual((record.state, record.cause), ("set_aside", "setup"))
        self.assertIn("Size", record.reason)
        self.load("product_attributes", SIZE)
        self.assertEqual(record.state, "done")
        self.assertEqual(self.bound("configurables", 9).product_variant_ids, self.bound("products", 7))

    def test_an_option_renamed_in_the_shop_is_renamed_unless_a_person_did(self):
        hose = self.hose()
        value = hose.attribute_line_ids.value_ids[0]
        self.load("product_attributes", {**SIZE, "options": [{"label": "Small", "value": "4"}, *SIZE["options"][2:]]})
        self.assertEqual(value.name, "Small")
        value.name = "Tiny"
        self.load("product_attributes", {**SIZE, "options": [{"label": "Mini", "value": "4"}, *SIZE["options"][2:]]})
        self.assertEqual(value.name, "Tiny")

    def test_an_order_of_a_variant_is_an_order_of_the_variant(self):
        self.hose()
        parent = item(10, "HOSE-L", product_type="configurable", product_id=9, price="44.44")
        child = item(11, "HOSE-L", product_id=8, price="0", parent_item_id=10, tax_amount=0, row_total_incl_tax=0)
        self.load("orders", order(1, [parent, child]))
        self.assertEqual(self.order_of(1).order_line.product_id, self.bound("products", 8))

    def test_the_screens_show_the_shops_side_to_those_who_may_see_it(self):
        hose = self.hose()
        clerk = new_test_user(
            self.env,
            "clerk",
            groups="b2b_invoice_automation.group_billing_clerk,sales_team.group_sale_manager,product.group_product_variant",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_manager")
        for record in (hose, self.bound("products", 7)):
            view = record.with_user(clerk).get_view(view_type="form")
            self.assertIn("magento_binding_ids", view["arch"])
            self.assertTrue(record.with_user(clerk).magento_binding_ids)
            self.assertNotIn("magento_binding_ids", record.with_user(seller).get_view(view_type="form")["arch"])
        self.assertEqual(len(hose.with_user(clerk).magento_binding_ids), 3)
        self.assertEqual(self.bound("products", 8).with_user(seller).lst_price, 44.44)

    def test_the_recorded_catalogue(self):
        self.load("product_attributes", {**SIZE, "attribute_id": 137})
        self.load("products", *self.live("products_list.json")["items"])
        conf = self.bound("configurables", 9)
        self.assertEqual(sorted(conf.product_variant_ids.mapped("default_code")), ["CONF-L", "CONF-S"])
        kit = self.bound("products", 10)
        self.assertEqual((kit.type, kit.is_storable), ("service", False))
        self.assertEqual(self.link("products", 10).note, "Contains 1 × PUMP-200, 2 × HOSE-10.")
        self.assertEqual(self.bound("products", 5).type, "service")


@tagged("post_install", "-at_install")
class TestProducts(CatalogCase):
    def test_types(self):
        kinds = {"simple": True, "virtual": False, "downloadable": False, "giftcard": False, "bundle": False}
        self.load("products", *(product(n, kind, type_id=kind) for n, kind in enumerate(kinds, 1)))
        for number, (kind, storable) in enumerate(kinds.items(), 1):
            with self.subTest(kind=kind):
                self.assertEqual(self.bound("products", number).is_storable, storable)
        records = self.load("products", product(20, "SET", type_id="grouped"))
        self.assertEqual(set(records.mapped("state")), {"done"})
        self.assertFalse(self.bound("products", 20), "a grouped product is a page of the shop, not goods")

    def test_skus_of_every_kind(self):
        skus = ["A/B", "with blank & more", "Größe-Ü", "🔩", "X" * 200]
        self.load("products", *(product(n, sku) for n, sku in enumerate(skus, 1)))
        self.assertEqual([self.bound("products", n).default_code for n in range(1, 6)], skus)

    def test_a_renamed_sku_stays_the_same_product(self):
        self.load("products", product(1, "OLD"))
        pump = self.bound("products", 1)
        self.load("products", product(1, "NEW", name="New name", status=2))
        self.assertEqual((pump.default_code, pump.name, pump.sale_ok), ("NEW", "New name", False))

    def test_a_sku_made_anew_in_the_shop_is_the_same_product_and_is_followed(self):
        self.load("products", product(1, "PUMP"))
        self.load("products", product(2, "PUMP", name="Made anew"))
        self.assertEqual(self.bound("products", 2), self.bound("products", 1))
        self.load("products", product(2, "PUMP", name="Followed"))
        self.assertEqual(self.bound("products", 2).name, "Followed")

    def test_a_sku_twice_in_odoo_is_linked_to_the_oldest_with_a_note(self):
        first, _second = self.env["product.product"].create([{"name": name, "default_code": "PUMP"} for name in "AB"])
        self.load("products", product(1, "PUMP"))
        self.assertEqual(self.bound("products", 1), first)
        self.assertIn("2 products have the SKU PUMP", self.link("products", 1).note)

    def test_a_type_is_followed_while_nothing_was_moved(self):
        self.load("products", product(1, "PUMP"))
        self.load("products", product(1, "PUMP", type_id="virtual"))
        self.assertEqual((self.bound("products", 1).type, self.bound("products", 1).is_storable), ("service", False))
        self.load("products", product(2, "HOSE"))
        self.load("orders", order(1, [item(10, "HOSE", product_id=2)]))
        self.load("products", product(2, "HOSE", type_id="virtual"))
        self.assertTrue(self.bound("products", 2).is_storable)
        self.assertIn("moved here already", self.link("products", 2).note)

    def test_a_product_that_became_configurable_is_no_longer_sold_by_itself(self):
        self.load("product_attributes", SIZE)
        self.load("products", product(9, "HOSE"))
        self.load("products", product(7, "HOSE-S", hose_size="4"), configurable(9, "HOSE", [7]))
        self.assertFalse(self.bound("products", 9).sale_ok)
        self.assertIn("not sold by itself", self.link("products", 9).note)
        self.assertEqual(self.bound("configurables", 9).product_variant_ids, self.bound("products", 7))

    def test_a_barcode_names_one_product(self):
        self.env["product.product"].create({"name": "Ours", "barcode": "4006381333931"})
        self.load("products", product(1, "A", barcode="4006381333931"), product(2, "B", barcode="96385074"))
        self.assertEqual([self.bound("products", n).barcode for n in (1, 2)], [False, "96385074"])

    def test_queries_do_not_grow_with_the_batch(self):
        self.load("product_attributes", SIZE)
        self.load("categories", {"id": 4, "parent_id": 1, "name": "Hoses"})

        def family(number):
            return [
                product(number + 1, f"S{number}", "10", hose_size="4", category_ids=["4"]),
                product(number + 2, f"M{number}", "12", hose_size="5", category_ids=["4"]),
                product(number + 3, f"L{number}", "14", hose_size="6", category_ids=["4"]),
                product(number + 4, f"P{number}", "9", category_ids=["4"]),
                configurable(number, f"F{number}", [number + 1, number + 2, number + 3]),
            ]

        def queries(numbers):
            rows = [row for number in numbers for row in family(number)]
            self.stage("products", *rows)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.process(limit=len(rows))
            return self.env.cr.sql_log_count - before

        queries([100])
        few, many = queries(range(200, 230, 10)), queries(range(1000, 1300, 10))
        by_odoo = 3  # for each product more: stock routes, locations and values that Odoo looks up one by one
        self.assertLessEqual(many - few, 135 * by_odoo, f"{few} for 15 products, {many} for 150")
        self.env["magento.record"].search([("backend_id", "=", self.backend.id)]).write({"state": "staged"})
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.process(limit=200)
        self.assertLessEqual(self.env.cr.sql_log_count - before, 150, "what is known costs no query of its own")
