"""Addresses that a mail server would not take are told of before anything is sent, and nothing is added to an email."""

from odoo.tests import BaseCase, tagged

from ..models.delivery_reasons import address_problem
from .delivery_common import DeliveryCommon

LONG = "a" * 65 + "@quark.example"


class TestAddressProblem(BaseCase):
    def test_what_is_wrong_with_an_address(self):
        for text, problem in (
            ("office@quark.example", None),
            (" office@quark.example ", None),
            ('"Doe, Jane" <jane@quark.example>', None),
            ("a@quark.example, b@quark.example; c@quark.example", None),
            ("o'neil+orders@quark.example", None),
            ("a@büro.example", None),
            ("a@localhost", None),
            ("a" * 64 + "@quark.example", None),
            (LONG, "long_local_part"),
            ("ä" * 33 + "@quark.example", "long_local_part"),
            ("a@" + ".".join(["b" * 62] * 4), None),
            ("abcd@" + ".".join(["b" * 62] * 4), "long"),
            ("a@" + "b" * 64 + ".example", "domain"),
            ("a@quark..example", "domain"),
            ("a@-quark.example", "domain"),
            ("a..b@quark.example", "local_part"),
            ("ä@quark.example", "local_part"),
            ("jane doe@quark.example", "address"),
            ("jane", "address"),
            ("a@b@quark.example", "address"),
            ("", "address"),
            ("a@quark.example\nBcc: spy@rival.example", "characters"),
            ("a\u200b@quark.example", "characters"),
        ):
            with self.subTest(text[:40]):
                found = address_problem(text)
                self.assertEqual(found and found[0], problem)


@tagged("post_install", "-at_install")
class TestDeliveryAddresses(DeliveryCommon):
    def test_an_address_over_the_limits_is_told_and_the_others_get_theirs(self):
        self.contact("desk")
        self.contact("long").email = LONG
        invoice = self.invoice()
        self.deliver()
        self.assertEqual([mail["smtp_to_list"] for mail in self.emails], [["desk@quark.example"]])
        self.assertEqual((invoice.b2b_delivery_state, invoice.b2b_delivery_reason), ("failed", "bad_address"))
        self.assertIn("65 characters, and mail servers take 64", invoice.b2b_delivery_error)
        self.assertIn("Correct the customer's address", self.case(invoice).reason)
        self.assertEqual(sorted(invoice.b2b_delivery_ids.mapped("state")), ["delivered", "failed"])
        self.customer.child_ids.filtered(lambda contact: contact.email == LONG).email = "long@quark.example"
        self.deliver()
        self.assertEqual([mail["smtp_to_list"] for mail in self.emails], [["long@quark.example"]])
        self.assertEqual(invoice.b2b_delivery_state, "delivered")

    def test_line_breaks_add_no_header_and_no_recipient(self):
        self.customer.write({"name": "Quark\nBcc: spy@rival.example", "email": "office@quark.example"})
        self.invoice()
        self.deliver()
        [mail] = self.emails
        self.assertEqual(mail["smtp_to_list"], ["office@quark.example"])
        self.assertNotIn("\nBcc:", mail["message"].replace("\r", ""))
        self.customer.email = "office@quark.example\nBcc: spy@rival.example"
        invoice = self.invoice()
        self.deliver()
        self.assertFalse(self.emails, "not even to the address in the name")
        self.assertEqual((invoice.b2b_delivery_state, invoice.b2b_delivery_reason), ("failed", "bad_address"))
        self.assertIn("line break", invoice.b2b_delivery_error)
