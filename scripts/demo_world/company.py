"""The distributor: company, chart of accounts, bank accounts, currencies, users. Safe to run again."""

from datetime import timedelta

from odoo import Command

COMPANY = {
    "name": "Nordwind Industriebedarf GmbH",
    "street": "Hafenstraße 5",
    "zip": "20457",
    "city": "Hamburg",
    "phone": "+49 40 5550100",
    "email": "rechnung@nordwind.example",
    "website": "https://www.nordwind.example",
    "company_registry": "HRB 999001",
    "vat": "DE999000009",
}
EURO_IBAN = "DE02120300000000202051"
DOLLAR_IBAN = "DE02500105170137075030"
DOLLARS_PER_EURO = 1.0837
USERS = (
    ("clerk", "Carla Clerk", "b2b_invoice_automation.group_billing_clerk"),
    ("approver", "Alex Approver", "b2b_invoice_automation.group_billing_manager"),
    ("auditor", "Audrey Auditor", "b2b_invoice_automation.group_auditor"),
    ("controller", "Connie Controller", "b2b_invoice_automation.group_credit_controller"),
)


def ensure(env, today):
    """Make the main company the demo's distributor.

    :param today: the demo's date; rates are given from half a year before
    :returns: the company
    """
    company = env.ref("base.main_company")
    if company.name == COMPANY["name"]:
        return company
    company.write(
        {**COMPANY, "logo": False, "country_id": env.ref("base.de").id, "currency_id": env.ref("base.EUR").id}
    )
    env["account.chart.template"].try_loading("de_skr03", company, install_demo=False)
    _currencies(env, company, today)
    _journals(env, company)
    _users(env)
    return company


def _currencies(env, company, today):
    env.user.group_ids += env.ref("base.group_multi_currency")
    dollar = env.ref("base.USD")
    dollar.active = True
    env["res.currency.rate"].create(
        {
            "currency_id": dollar.id,
            "company_id": company.id,
            "name": today - timedelta(days=200),
            "company_rate": DOLLARS_PER_EURO,
        }
    )


def _journals(env, company):
    journals = env["account.journal"]
    sales = journals.search([("type", "=", "sale"), ("company_id", "=", company.id)], limit=1)
    sales.write({"invoice_reference_type": "invoice", "invoice_reference_model": "euro"})
    bank = env["res.bank"].create({"name": "Hansebank Hamburg", "bic": "HANSDEHHXXX"})
    euro = journals.search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
    euro.write({"name": "Hansebank EUR", "bank_acc_number": EURO_IBAN, "bank_id": bank.id})
    journals.create(
        {
            "name": "Hansebank USD",
            "code": "BNKUS",
            "type": "bank",
            "company_id": company.id,
            "currency_id": env.ref("base.USD").id,
            "bank_acc_number": DOLLAR_IBAN,
            "bank_id": bank.id,
        }
    )


def _users(env):
    admin = env.ref("base.user_admin")
    admin.password = "admin"
    for login, name, group in USERS:
        env["res.users"].with_context(no_reset_password=True).create(
            {
                "login": login,
                "name": name,
                "password": login,
                "email": f"{login}@nordwind.example",
                "group_ids": [Command.link(env.ref(group).id)],
            }
        )


def ensure_portal_user(env, contact, login):
    """A portal login for a buyer, password as the login.

    :param contact: the buyer's partner
    :returns: the user
    """
    user = env["res.users"].search([("login", "=", login)])
    return user or env["res.users"].with_context(no_reset_password=True).create(
        {
            "login": login,
            "password": login,
            "partner_id": contact.id,
            "group_ids": [Command.set([env.ref("base.group_portal").id])],
        }
    )
