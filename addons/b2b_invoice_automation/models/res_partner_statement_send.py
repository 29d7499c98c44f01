"""Statements of account by the customers' routes."""

from odoo import models

REPORT = "b2b_invoice_automation.report_account_statement"
TEMPLATE = "b2b_invoice_automation.mail_template_account_statement"


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_b2b_send_statement(self):
        """Action: send these customers their statements of account, of the current company.

        :raises AccessError: for users who may not write invoices
        :raises UserError: where none of them takes anything by itself
        """
        deliveries = self.env["b2b.delivery"]
        deliveries._b2b_check_clerk()
        self.check_access("read")
        customers = self.commercial_partner_id
        return deliveries._send_for_person(REPORT, customers, "statement", TEMPLATE)
