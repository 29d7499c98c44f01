"""A customer's own credit in the portal, where the company shows it."""

from lxml import html

from odoo.tests import tagged

from .portal_common import PortalCommon


@tagged("post_install", "-at_install")
class TestCreditPortal(PortalCommon):
    def shown(self, address, login="buyer-a"):
        page = html.fromstring(self.get(address, login).content)
        return [
            "".join(node.itertext()).replace("\xa0", " ").strip()
            for node in page.xpath("//*[@name='credit_available' or @name='credit_limit']")
        ]

    def test_the_buyer_sees_limit_and_rest_of_the_own_company_only_where_it_is_shown(self):
        self.hansen.credit_limit = 1000.0
        self.invoice_order(self.buyer, price=250.25)
        self.company.b2b_credit_control = True
        self.assertEqual(self.shown("/my"), [])
        self.company.b2b_credit_portal = True
        for address in ("/my", "/my/statement"):
            self.assertEqual(self.shown(address), ["$ 749.75", "$ 1,000.00"], address)
        self.assertEqual(self.shown("/my", "buyer-b"), [], "no limit, nothing to show")
