"""Company accounts of Adobe Commerce."""

from odoo.tests import new_test_user, tagged

from ..models.magento_stream import KINDS
from .common import MagentoCase, address, order


def company(external_id, name="Muster GmbH", **values):
    return {
        "id": external_id,
        "status": 1,
        "company_name": name,
        "legal_name": f"{name} (legal)",
        "company_email": "office@muster.example",
        "vat_tax_id": "DE136695976",
        "street": ["Hauptstr. 1"],
        "city": "Berlin",
        "country_id": "DE",
        "postcode": "10115",
        "telephone": "+49 30 1",
        "customer_group_id": 4,
        "super_user_id": 7,
        "sales_representative_id": 3,
        **values,
    }


@tagged("post_install", "-at_install")
class TestCompanies(MagentoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.backend.features = ["core", "b2b", "company_relations"]
        cls.backend._ensure_streams()
        cls.group = cls.env["magento.customer.group"].create(
            {"backend_id": cls.backend.id, "external_id": 4, "name": "Dealer"}
        )

    def partner(self, external_id):
        return self.env["magento.binding"]._find(self.backend, "companies", [str(external_id)]).get(str(external_id))

    def test_a_company_account_is_a_company_with_its_legal_name(self):
        self.load("companies", company(1))
        muster = self.partner(1)
        self.assertTrue(muster.is_company)
        self.assertEqual(
            (muster.name, muster.vat, muster.city, muster.email, muster.magento_group_id, muster.magento_company_state),
            ("Muster GmbH (legal)", "DE136695976", "Berlin", "office@muster.example", self.group, "approved"),
        )

    def test_orders_of_its_buyers_are_its_own(self):
        self.load("companies", company(1, vat_tax_id=""))
        extension = {"company_order_attributes": {"company_id": 1, "company_name": "Typed otherwise"}}
        payload = order(1, customer_taxvat=None, billing_address=address(company="Typed otherwise", vat_id=""))
        payload["extension_attributes"] |= extension
        self.load("orders", payload)
        self.assertEqual(self.order_of(1).partner_id.parent_id, self.partner(1))

    def test_a_company_that_an_order_made_before_is_the_same(self):
        payload = order(1)
        payload["extension_attributes"]["company_order_attributes"] = {"company_id": 1, "company_name": "Muster GmbH"}
        self.load("orders", payload)
        self.load("companies", company(1))
        self.assertEqual(self.order_of(1).partner_id.parent_id, self.partner(1))

    def test_a_company_of_odoo_is_linked_by_vat_and_left_as_it_is(self):
        known = self.env["res.partner"].create({"name": "Ours", "is_company": True, "vat": "DE136695976"})
        self.load("companies", company(1))
        self.assertEqual((self.partner(1), known.name, known.magento_company_state), (known, "Ours", "approved"))

    def test_a_renamed_company_is_followed(self):
        self.load("companies", company(1))
        self.load("companies", company(1, "Muster Group", city="Hamburg"))
        self.assertEqual((self.partner(1).name, self.partner(1).city), ("Muster Group (legal)", "Hamburg"))

    def test_a_blocked_company_is_noted(self):
        self.load("companies", company(1))
        self.load("companies", company(1, status=3, reject_reason="Unpaid"))
        self.assertEqual(self.partner(1).magento_company_state, "blocked")
        self.assertIn("Unpaid", "".join(self.partner(1).message_ids.mapped("body")))

    def test_a_subsidiary_belongs_under_its_parent_and_owes_its_own_money(self):
        self.load("companies", company(1), company(2, "Tochter", vat_tax_id="DE129442118"))
        self.load("company_relations", {"company_id": 2, "parent_id": 1})
        parent, subsidiary = self.partner(1), self.partner(2)
        self.assertEqual(subsidiary.magento_parent_company_id, parent)
        self.assertEqual(subsidiary.commercial_partner_id, subsidiary)
        self.load("company_relations", {"company_id": 1, "parent_id": 2})
        self.assertFalse(parent.magento_parent_company_id, "not above itself")
        self.load("company_relations", {"company_id": 2, "parent_id": 0})
        self.assertFalse(subsidiary.magento_parent_company_id)

    def test_the_sales_representative_is_found_by_what_people_chose_before(self):
        seller = new_test_user(self.env, "seller@wholesale.example", groups="sales_team.group_sale_salesman")
        self.load("companies", company(1))
        self.partner(1).user_id = seller
        self.load("companies", company(2, "Tochter", vat_tax_id="DE129442118"))
        self.assertEqual(self.partner(2).user_id, seller)
        told = {"sales_representative_email": "SELLER@wholesale.example"}
        self.load(
            "companies", company(3, "Dritte", vat_tax_id="", sales_representative_id=9, extension_attributes=told)
        )
        self.assertEqual(self.partner(3).user_id, seller)

    def test_a_shop_without_company_accounts_is_not_asked_for_them(self):
        plain = self.env["magento.backend"].create({"name": "Open Source", "url": "https://os.example.com"})
        self.assertEqual({*KINDS} - {*plain.stream_ids.mapped("entity")}, {"companies", "company_relations"})

    def test_companies_cost_the_same_for_many(self):
        def queries(numbers):
            self.stage(
                "companies", *(company(n, f"Company {n}", vat_tax_id="", sales_representative_id=0) for n in numbers)
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.process(limit=200)
            return self.env.cr.sql_log_count - before

        queries(range(1, 5))
        few, many = queries(range(100, 110)), queries(range(200, 300))
        self.assertLessEqual(many / 100, few / 10)
