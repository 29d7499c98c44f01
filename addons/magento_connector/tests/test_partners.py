"""Guests and per-order addresses do not multiply partners."""

from odoo.tests import tagged

from .common import MagentoCase, address, order


def guest(number, email="guest@example.net", **values):
    billing = values.pop(
        "billing_address", address(company="", vat_id="", email=email, firstname="Gerd", lastname="Gast")
    )
    return order(
        number,
        customer_id=None,
        customer_is_guest=1,
        customer_email=email,
        customer_taxvat=None,
        customer_firstname=None,
        customer_lastname=None,
        billing_address=billing,
        **values,
    )


@tagged("post_install", "-at_install")
class TestPartners(MagentoCase):
    def test_a_company_its_buyer_and_their_address_are_made_once(self):
        self.load("orders", order(1), order(2), order(3))
        sales = self.order_of(1) + self.order_of(2) + self.order_of(3)
        self.assertEqual(len(sales.partner_id), 1)
        self.assertEqual(sales.partner_id.name, "Erika Muster")
        company = sales.partner_id.parent_id
        self.assertEqual((company.name, company.vat, company.is_company), ("Muster GmbH", "DE136695976", True))
        self.assertEqual(sales.partner_invoice_id, company, "the company's own address needs no contact of its own")

    def test_another_delivery_address_is_one_contact_however_often_it_is_used(self):
        depot = address(street=["Lager 5"], city="Hamburg", postcode="20095", entity_id=1)
        self.load("orders", order(1, shipping_address=depot), order(2, shipping_address={**depot, "entity_id": 2}))
        self.load("orders", order(3, shipping_address={**depot, "entity_id": 3, "city": " hamburg "}))
        sales = self.order_of(1) + self.order_of(2) + self.order_of(3)
        self.assertEqual(len(sales.partner_shipping_id), 1)
        self.assertEqual((sales.partner_shipping_id.city, sales.partner_shipping_id.type), ("Hamburg", "delivery"))
        self.assertEqual(sales.partner_shipping_id.parent_id, sales.partner_id.parent_id)

    def test_the_customer_account_and_its_orders_are_the_same_person(self):
        customer = {
            "id": 7,
            "email": "erika@muster.example",
            "firstname": "Erika",
            "lastname": "Muster",
            "website_id": 1,
            "store_id": 1,
            "group_id": 1,
            "taxvat": "DE136695976",
            "addresses": [{**address(), "default_billing": True, "default_shipping": True}],
        }
        self.load("customers", customer)
        self.load("orders", order(1))
        bound = self.env["magento.binding"]._find(self.backend, "customers", ["7"])["7"]
        self.assertEqual(self.order_of(1).partner_id, bound)
        self.load("customers", {**customer, "email": "e.muster@muster.example"})
        self.assertEqual(bound.email, "e.muster@muster.example")

    def test_a_guest_is_found_again_by_email(self):
        self.load("orders", guest(1), guest(2, email="GUEST@example.net"))
        self.assertEqual(self.order_of(1).partner_id, self.order_of(2).partner_id)
        self.assertEqual(self.order_of(1).partner_id.name, "Gerd Gast")

    def test_a_company_known_in_odoo_is_taken_by_vat_and_keeps_its_name(self):
        known = self.env["res.partner"].create({"name": "Muster Holding", "is_company": True, "vat": "DE136695976"})
        self.load("orders", order(1))
        self.assertEqual(self.order_of(1).partner_id.parent_id, known)
        self.assertEqual(known.name, "Muster Holding")

    def test_a_company_without_vat_is_taken_by_its_exact_name(self):
        known = self.env["res.partner"].create({"name": "Muster GmbH", "is_company": True})
        self.env["res.partner"].create({"name": "Muster GmbH & Co", "is_company": True})
        self.load("orders", order(1, customer_taxvat=None, billing_address=address(vat_id="", company="MUSTER  GmbH")))
        self.assertEqual(self.order_of(1).partner_id.parent_id, known)

    def test_two_companies_of_the_same_name_are_not_mixed_up(self):
        self.load(
            "orders",
            order(1),
            order(
                2,
                customer_id=8,
                customer_taxvat="DE129442118",
                billing_address=address(vat_id="DE129442118", email="other@else.example"),
                customer_email="other@else.example",
            ),
        )
        first, second = self.order_of(1).partner_id.parent_id, self.order_of(2).partner_id.parent_id
        self.assertNotEqual(first, second)
        self.assertEqual((first.name, second.name), ("Muster GmbH", "Muster GmbH"))

    def test_an_order_without_email_finds_its_company(self):
        self.load("orders", guest(1, email="", billing_address=address(email="")))
        self.assertEqual(self.order_of(1).partner_id.commercial_partner_id.name, "Muster GmbH")

    def test_the_same_email_at_another_company_is_another_buyer(self):
        self.load("orders", order(1))
        self.load(
            "orders",
            guest(
                2,
                email="erika@muster.example",
                billing_address=address(company="Beispiel AG", vat_id="", email="erika@muster.example"),
            ),
        )
        self.assertEqual(self.order_of(2).partner_id.parent_id.name, "Beispiel AG")
        self.assertEqual(self.order_of(1).partner_id.parent_id.name, "Muster GmbH")
