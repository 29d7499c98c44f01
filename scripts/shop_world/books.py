"""The books of a company that sells through the sandbox shop."""

from datetime import timedelta

KEYS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
OTHER_RATES = (5, 8.25, 8.375, 9.975, 13, 20, 21, 25)
"""Taxes of the shop's other countries, which a German chart of accounts does not have."""


def open_books(env, today):
    """Give the main company a German chart, a dollar rate and a tax for each rate of the shop; stop the scheduler.

    :param date today: the shop's date
    :returns: the company
    """
    from demo_world import company as demo_company

    company = demo_company.ensure(env, today)
    env["res.currency.rate"].create(
        {
            "currency_id": env.ref("base.USD").id,
            "company_id": company.id,
            "name": today - timedelta(days=2000),
            "company_rate": demo_company.DOLLARS_PER_EURO,
        }
    )
    for rate in OTHER_RATES:
        env["account.tax"].create(
            {
                "name": f"{rate} %",
                "amount": rate,
                "type_tax_use": "sale",
                "company_id": company.id,
                "country_id": company.account_fiscal_country_id.id,
                "price_include_override": "tax_excluded",
            }
        )
    env["ir.cron"].search([]).active = False
    return company


def connect(env, told, **values):
    """Make a backend for a sandbox shop.

    :param dict told: what the shop printed when it started
    :param values: further fields
    :returns: the backend
    """
    return env["magento.backend"].create(
        {
            "name": "Sandbox",
            "started_at": "2026-01-01 00:00:00",
            "url": told["address"],
            "allowed_host": "127.0.0.1",
            **{key: told[key] for key in KEYS},
            **values,
        }
    )
