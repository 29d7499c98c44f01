"""The company that tests of accounting work in. Where the database holds it already, its chart is not loaded again."""

from odoo.modules import module

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

NAME = "company_1_data"


class CompanyCommon(AccountTestInvoicingCommon):
    @classmethod
    def setup_independent_company(cls, **values):
        kept = cls.env["res.company"].sudo().search([("name", "=", NAME)])
        if kept and not values and not cls.country_code and cls.chart_template == CompanyCommon.chart_template:
            cls.env.user.company_ids += kept
            return kept
        return super().setup_independent_company(**values)

    @classmethod
    def keep(cls, env):
        """Make the company for all tests of a database that is copied for them, as each class would make its own."""
        cls.env, module.current_test = env, cls
        company = cls._create_company(name=NAME)
        env.user.company_ids -= company
        env.cr.commit()
