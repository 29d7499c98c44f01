"""Delivery: invoices a minute by one lane, from posted to taken by a mail server, with PDF and Factur-X."""

import argparse
import contextlib
import time
from datetime import date

from mail_sandbox import MailServer
from shop_world.books import open_books

from setup import databases, postgres

DATABASE = "otc_bench_delivery"
LINES = 5


def run(arguments):
    """Measure, print the table, return the figures.

    :param arguments: the benchmark's own words of the command line
    """
    options = _options(arguments)
    connection = postgres.ensure()
    databases.copy(connection, options.template, DATABASE)
    figures = {}
    try:
        with MailServer() as server, _environment() as env:
            company = _open(env, server.port)
            print(f"{'invoices':>9} {'a minute':>9} {'s each':>7} {'queries each':>13} {'emails':>7}")
            for count in options.invoices:
                figures |= _measure(env, company, server, count)
    finally:
        databases.remove(connection, DATABASE)
    return figures


def _options(arguments):
    parser = argparse.ArgumentParser(prog="scripts/bench delivery")
    parser.add_argument("--invoices", type=int, nargs="+", default=[20, 100])
    parser.add_argument("--template", default=databases.TEST, help="database to copy")
    return parser.parse_args(arguments)


@contextlib.contextmanager
def _environment():
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(["-d", DATABASE, "--log-level=error", "--max-cron-threads=0"])
    with Registry(DATABASE).cursor() as cursor:
        yield odoo.api.Environment(cursor, odoo.SUPERUSER_ID, {})


def _open(env, port):
    company = open_books(env, date(2026, 1, 1))
    env["ir.mail_server"].create({"name": "Benchmark", "smtp_host": "127.0.0.1", "smtp_port": port})
    env.cr.commit()
    return company


def _measure(env, company, server, count):
    product = env["product.product"].create({"name": "Bolt", "taxes_id": [(5,)]})
    for number in range(count):
        partner = env["res.partner"].create(
            {"name": f"Customer {count}-{number}", "is_company": True, "email": f"c{count}x{number}@buyer.example"}
        )
        partner.invoice_edi_format = "facturx"
        line = {"product_id": product.id, "quantity": 3, "price_unit": 10.0}
        env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "company_id": company.id,
                "b2b_deliver": True,
                "invoice_line_ids": [(0, 0, line) for _line in range(LINES)],
            }
        ).action_post()
    env.cr.commit()
    env.invalidate_all()
    taken, queries, started = len(server.taken), env.cr.sql_log_count, time.perf_counter()
    env["account.move"]._cron_deliver()
    seconds = time.perf_counter() - started
    queries = env.cr.sql_log_count - queries
    taken = len(server.taken) - taken
    if taken != count:
        raise RuntimeError(f"{taken} emails for {count} invoices")
    each = seconds / count
    print(f"{count:>9} {60 / each:>9.0f} {each:>7.2f} {queries / count:>13.1f} {taken:>7}", flush=True)
    return {f"delivery.invoices_a_minute_{count}": 60 / each, f"delivery.queries_each_{count}": queries / count}
