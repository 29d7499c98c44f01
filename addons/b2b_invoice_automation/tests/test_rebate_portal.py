"""Rebates as the customer sees them: on the contract's page in the portal, and in its PDF."""

from odoo.tests import tagged

from . import builders
from .rebate_common import RebateCommon


@tagged("post_install", "-at_install")
class TestRebatePortal(RebateCommon):
    def test_the_customer_reads_turnover_tier_and_next_tier(self):
        contract = self.agree(builders.rebate({1000: 2, 5000: 3}))
        self.invoice(3760)
        self.accrue()
        page = str(
            self.env["ir.qweb"]._render(
                "b2b_invoice_automation.contract_document", {"contract": contract, "lang": "en_US"}
            )
        )
        for words in ("Rebates", "2 %", "3 %", "per calendar year"):
            self.assertIn(words, page)
        [entry] = contract.sudo()._b2b_rebate_states()
        [state] = entry.periods
        self.assertEqual(state.turnover, "$ 3,760.00")
        self.assertEqual(state.tier, "2 % from $ 1,000.00")
        self.assertEqual(state.next_tier, "$ 1,240.00 more and the rebate becomes 3 %")
        self.assertEqual(state.amount, "$ 75.20")
