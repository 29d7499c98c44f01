"""Who is who: an e-mail address proves nothing, VAT numbers are typed in many ways, accounts change and merge."""

from unittest.mock import patch

from odoo.tests import tagged

from .common import MagentoCase, address, order
from .test_partners import guest

MUSTER = "erika@muster.example"


def account(external_id, email=MUSTER, **values):
    return {
        "id": external_id,
        "email": email,
        "firstname": "Erika",
        "lastname": "Muster",
        "website_id": 1,
        "store_id": 1,
        "group_id": 1,
        "addresses": [],
        **values,
    }


def private(email=MUSTER, **values):
    return address(company="", vat_id="", email=email, **values)


@tagged("post_install", "-at_install")
class TestGuests(MagentoCase):
    def buyer(self, entity_id):
        return self.order_of(entity_id).partner_id

    def case_of(self, entity_id):
        return self.env["b2b.discrepancy"].search([("order_id", "=", self.order_of(entity_id).id)])

    def test_a_guest_with_a_buyers_address_and_no_company_is_not_booked_on_the_company(self):
        self.load("orders", order(1))
        self.load("orders", guest(2, MUSTER, billing_address=private()))
        self.assertEqual(self.buyer(1).commercial_partner_id.name, "Muster GmbH")
        self.assertEqual(self.buyer(2).commercial_partner_id, self.buyer(2), "a contact of its own")
        self.assertIn("Muster GmbH", self.case_of(2).reason)
        self.assertFalse(self.case_of(2).blocking)
        self.load("orders", guest(3, MUSTER, billing_address=private()))
        self.assertEqual(self.buyer(3), self.buyer(2), "and the same one the next time")

    def test_a_guest_who_names_the_company_by_vat_or_name_is_its_buyer(self):
        self.load("orders", order(1))
        self.load(
            "orders",
            guest(2, MUSTER, billing_address=address(company="Muster", vat_id="DE 136 695 976")),
            guest(3, MUSTER, billing_address=address(company="muster gmbh", vat_id="")),
        )
        self.assertEqual(self.buyer(2) | self.buyer(3), self.buyer(1))
        self.assertFalse(self.case_of(2) | self.case_of(3))

    def test_a_guest_who_was_a_companys_buyer_orders_privately(self):
        self.load("orders", guest(1, MUSTER, billing_address=address()))
        self.load("orders", guest(2, MUSTER, billing_address=private()))
        self.assertTrue(self.buyer(1).parent_id)
        self.assertEqual(self.buyer(2).commercial_partner_id, self.buyer(2))

    def test_a_private_guest_becomes_an_account(self):
        self.load("orders", guest(1, "g@example.net"))
        self.load("customers", account(9, "g@example.net", firstname="Gerd", lastname="Gast"))
        self.load(
            "orders",
            order(
                2,
                customer_id=9,
                customer_email="g@example.net",
                customer_taxvat=None,
                billing_address=private("g@example.net"),
            ),
        )
        self.assertEqual(self.buyer(2), self.buyer(1))

    def test_the_same_address_in_two_websites_is_two_accounts(self):
        self.make_store(2, website_id=2)
        self.load("customers", account(7), account(8, website_id=2, firstname="Other"))
        found = self.env["magento.binding"]._find(self.backend, "customers", ["7", "8"])
        self.assertNotEqual(found["7"], found["8"])
        self.load("orders", guest(1, MUSTER, store_id=2, billing_address=private()))
        self.assertEqual(self.buyer(1), found["8"], "a guest of the second website")

    def test_an_account_keeps_its_partner_when_its_address_changes(self):
        self.load("customers", account(7))
        erika = self.env["magento.binding"]._find(self.backend, "customers", ["7"])["7"]
        self.load("customers", account(7, "new@muster.example"))
        self.assertEqual(erika.email, "new@muster.example")
        self.load("orders", guest(1, MUSTER, billing_address=private()))
        self.assertNotEqual(self.buyer(1), erika, "the old address is somebody else's now, for all we know")

    def test_an_account_made_anew_with_the_same_address_is_the_same_person(self):
        self.load("customers", account(7))
        self.load("customers", account(70))
        found = self.env["magento.binding"]._find(self.backend, "customers", ["7", "70"])
        self.assertEqual(found["7"], found["70"])

    def test_an_account_without_company_joins_the_first_one_it_orders_for(self):
        self.load("customers", account(7))
        self.load("orders", order(1))
        erika = self.env["magento.binding"]._find(self.backend, "customers", ["7"])["7"]
        self.assertEqual(self.buyer(1), erika)
        self.assertEqual(erika.parent_id.vat, "DE136695976")
        self.assertEqual(self.order_of(1).partner_invoice_id.commercial_partner_id, erika.parent_id)

    def test_an_account_keeps_its_company_when_it_is_renamed_or_typed_otherwise(self):
        plain = {"customer_taxvat": None}
        self.load("orders", order(1, billing_address=address(vat_id=""), **plain))
        self.load("orders", order(2, billing_address=address(vat_id="", company="Muster Group AG"), **plain))
        self.assertEqual(self.buyer(2), self.buyer(1))
        self.assertEqual(self.buyer(1).parent_id.name, "Muster GmbH")
        self.assertEqual(self.order_of(2).partner_invoice_id.parent_id, self.buyer(1).parent_id)

    def test_an_account_that_orders_for_another_company_by_vat_is_that_companys_contact(self):
        self.load("orders", order(1))
        other = {"customer_taxvat": "DE129442118", "billing_address": address(company="Other AG", vat_id="DE129442118")}
        self.load("orders", order(2, **other), order(3, **other))
        self.assertEqual(self.buyer(2).parent_id.name, "Other AG")
        self.assertEqual(self.buyer(3), self.buyer(2))
        self.load("orders", order(4))
        self.assertEqual(self.buyer(4), self.buyer(1))

    def test_vat_numbers_are_one_however_they_are_written(self):
        known = self.env["res.partner"].create({"name": "Muster Holding", "is_company": True, "vat": "DE 136.695.976"})
        for number, spelling in enumerate(("DE136695976", "136695976", "de 136 695 976", "DE-136695976"), 1):
            email = f"buyer{number}@muster.example"
            self.load(
                "orders",
                order(
                    number,
                    customer_id=100 + number,
                    customer_email=email,
                    customer_taxvat=spelling,
                    billing_address=address(company=f"Written otherwise {number}", vat_id=spelling, email=email),
                ),
            )
            with self.subTest(spelling=spelling):
                self.assertEqual(self.buyer(number).parent_id, known)

    def test_a_number_without_prefix_is_not_that_of_another_country(self):
        self.env["res.partner"].with_context(no_vat_validation=True).create(
            {"name": "Österreicher", "is_company": True, "vat": "136695976", "country_id": self.env.ref("base.at").id}
        )
        self.load("orders", order(1))
        self.assertEqual(self.buyer(1).parent_id.name, "Muster GmbH")

    def test_a_vat_number_typed_as_the_companys_name_and_a_name_typed_as_the_number(self):
        self.load("orders", order(1))
        self.load(
            "orders",
            order(2, customer_taxvat=None, billing_address=address(company="DE 136695976", vat_id="")),
            order(3, customer_id=8, customer_email="x@y.example", customer_taxvat=None,
                  billing_address=address(company="", vat_id="Muster GmbH", email="x@y.example")),
        )  # fmt: skip
        company = self.buyer(1).parent_id
        self.assertEqual((self.buyer(2).parent_id, self.buyer(3).parent_id), (company, company))
        self.assertEqual(company.vat, "DE136695976")

    def test_a_new_address_of_an_order_is_taken_over(self):
        self.load("orders", order(1))
        moved = address(street=["Neue Str. 9"])
        self.load("orders", order(2, billing_address=moved))
        self.assertEqual(self.order_of(2).partner_invoice_id.street, "Neue Str. 9")
        self.assertEqual(self.buyer(1).parent_id.street, "Hauptstr. 1")

    def test_the_nightly_comparison_reads_recent_buyers_again(self):
        self.load("customers", account(7, addresses=[{**address(), "default_billing": True}]))
        self.load("orders", order(1))
        self.order_of(1).date_order = "2026-11-20"
        self.env["magento.record"].search([("backend_id", "=", self.backend.id)]).staged_at = "2026-11-19"
        changed = account(7, addresses=[{**address(street=["Neue Str. 9"]), "default_billing": True}])
        asked = []

        class Shop:
            def records(self, stream, ids):
                asked.append((stream, list(ids)))
                return [changed]

            def __enter__(self):
                return self

            def __exit__(self, *problem):
                return False

        with (
            patch.object(type(self.backend), "_shop", lambda backend: Shop()),
            patch("odoo.fields.Datetime.now", return_value=self.order_of(1).date_order),
        ):
            self.assertEqual(self.backend._read_recent_customers(), 1)
            self.assertEqual(self.backend._read_recent_customers(), 0)
        self.assertEqual(asked[0], ("customers", ["7"]))
        self.process()
        company = self.order_of(1).partner_id.parent_id
        self.assertIn("Neue Str. 9", company.child_ids.mapped("street"))

    def test_finding_buyers_costs_the_same_for_many(self):
        def queries(numbers):
            rows = [
                guest(
                    n,
                    f"g{n}@example.net",
                    billing_address=private(f"g{n}@example.net", street=[f"S {n}"]),
                    state="pending_payment",
                )
                for n in numbers
            ]
            self.stage("orders", *rows)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.process(limit=len(rows))
            return self.env.cr.sql_log_count - before

        queries(range(1, 6))
        few, many = queries(range(100, 110)), queries(range(200, 240))
        self.assertLessEqual(many / 40, few / 10 * 1.1)
