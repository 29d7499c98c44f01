"""Quotations of five lines, in a company with a German chart of accounts, for customers with payment terms.

Of services: nothing is delivered, so what is measured is confirming, invoicing and posting.
"""

LINES_PER_ORDER = 5
CUSTOMERS = 50
PRODUCTS = 100
CONTEXT = {"tracking_disable": True, "mail_create_nosubscribe": True, "mail_notrack": True}


def basis(env):
    """Set up the main company; returns its customers and services."""
    env["account.chart.template"].try_loading("de_skr03", _german(env), install_demo=False)
    env["ir.cron"].search([]).active = False
    term = env.ref("account.account_payment_term_30days")
    customers = env["res.partner"].create(
        [
            {
                "name": f"Customer {number}",
                "is_company": True,
                "country_id": env.ref("base.de").id,
                "property_payment_term_id": term.id,
            }
            for number in range(CUSTOMERS)
        ]
    )
    products = env["product.product"].create(
        [
            {
                "name": f"Service {number}",
                "type": "service",
                "invoice_policy": "order",
                "list_price": 5 + number * 1.37 % 90,
                "standard_price": 3,
            }
            for number in range(PRODUCTS)
        ]
    )
    return customers, products


def make(env, count):
    """Write quotations into the main company; returns them.

    :param env: environment of the superuser
    :param int count: number of orders
    """
    env = env(context={**env.context, **CONTEXT})
    customers, products = basis(env)
    orders = env["sale.order"].create(
        [
            {
                "partner_id": customers[number % CUSTOMERS].id,
                "client_order_ref": f"PO-{number}",
                "order_line": [_line(products, number, position) for position in range(LINES_PER_ORDER)],
            }
            for number in range(count)
        ]
    )
    env.flush_all()
    return orders


def _line(products, number, position):
    from odoo.fields import Command

    return Command.create(
        {
            "product_id": products[(number * 7 + position * 13) % PRODUCTS].id,
            "product_uom_qty": 1 + (number + position) % 9,
            "discount": (0, 0, 5, 10)[(number + position) % 4],
        }
    )


def _german(env):
    company = env.ref("base.main_company")
    company.write({"country_id": env.ref("base.de").id, "currency_id": env.ref("base.EUR").id})
    return company


def poison(env, orders, every):
    """Let every so many-th order sell a product of which the income account is archived: it cannot be posted.

    :param orders: quotations
    :param int every: 100 for one in a hundred
    """
    account = env["account.account"].search([("account_type", "=", "income")], limit=1).copy({"active": False})
    product = env["product.product"].create(
        {
            "name": "Of a closed business",
            "type": "service",
            "invoice_policy": "order",
            "list_price": 10,
            "property_account_income_id": account.id,
        }
    )
    orders[::every].order_line.filtered(lambda line: line == line.order_id.order_line[0]).product_id = product
    env.flush_all()
