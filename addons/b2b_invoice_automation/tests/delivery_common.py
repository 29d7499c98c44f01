"""What tests of delivery share: a customer with an address, invoices that wait, and a lane with a mail server."""

from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from .billing_common import BillingCommon


@tagged("post_install", "-at_install")
class DeliveryCommon(BillingCommon, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"email": "billing@quark.example"})
        cls.policy.write({"auto_post": True, "auto_send": True})
        cls.customer.write({"email": "office@quark.example", "invoice_sending_method": "email"})

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(self.registry["account.move"], "_b2b_wake_delivery", lambda self: None))

    def invoice(self, partner=None, **values):
        order = self.order(partner=partner, **values)
        return self.bill(order).line_ids.move_id

    def contact(self, name, kind="invoice", partner=None):
        return self.env["res.partner"].create(
            {"name": name, "type": kind, "parent_id": (partner or self.customer).id, "email": f"{name}@quark.example"}
        )

    def deliver(self):
        """One round of the lane, with a mail server that takes everything."""
        moves = self.env["account.move"]
        with self.mock_mail_gateway():
            result = moves._b2b_deliver_batch()
            moves._b2b_follow_deliveries()
        return result

    def recipients(self):
        return sorted(address for mail in self._mails for address in mail["email_to"])

    def case(self, invoice):
        return self.env["b2b.discrepancy"].search([("move_id", "=", invoice.id), ("type", "=", "delivery")])
