"""Invoices to PDF with our stylesheet, beside the same invoices with Odoo's own, through the same engine.

One page each: an invoice of 8 lines. The processor's time stands beside the clock's, for a machine that has other
work. Both sides go the whole way of Odoo's report engine, from record to PDF, in turns in one run, and the pages are
counted in what came out. The world is made in one transaction that is rolled back.
"""

import io
import statistics
import time

from setup import databases

ROUNDS = 7
INVOICES = 5
LINES = 8
REPORT = "account.account_invoices"


def run(_arguments):
    """Return the figures; prints the table."""
    import odoo
    from odoo.api import Environment
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config([])
    with Registry(databases.TEST).cursor() as cursor:
        env = Environment(cursor, odoo.SUPERUSER_ID, {"tracking_disable": True, "force_report_rendering": True})
        figures = _measure(env)
        cursor.rollback()
    for name, value in figures.items():
        print(f"{name:50} {value:>10,}")
    return figures


def _measure(env):
    moves = _world(env)
    company = moves.company_id
    times, processor = {True: [], False: []}, {True: [], False: []}
    for ours in (True, False):
        company.b2b_invoice_layout = ours
        _seconds_per_page(moves[0])
    pages = 0
    for _round in range(ROUNDS):
        for ours in times:
            company.b2b_invoice_layout = ours
            env.flush_all()
            busy = time.process_time()
            seconds, pages = _seconds_per_page(moves)
            times[ours].append(seconds)
            processor[ours].append((time.process_time() - busy) / pages)
    ratios = [other / own for own, other in zip(times[True], times[False], strict=True)]
    return {
        "pdf.pages": pages,
        "pdf.rounds": ROUNDS,
        "pdf.seconds_per_page": round(statistics.median(times[True]), 4),
        "pdf.seconds_per_page_spread": round(max(times[True]) - min(times[True]), 4),
        "pdf.processor_seconds_per_page": round(statistics.median(processor[True]), 4),
        "pdf.odoo_stylesheet_processor_seconds_per_page": round(statistics.median(processor[False]), 4),
        "pdf.odoo_stylesheet_seconds_per_page": round(statistics.median(times[False]), 4),
        "pdf.ratio_to_odoo_stylesheet": round(statistics.median(ratios), 2),
        "pdf.ratio_spread": round(max(ratios) - min(ratios), 2),
    }


def _seconds_per_page(moves):
    from pypdf import PdfReader

    start = time.perf_counter()
    contents = [moves.env["ir.actions.report"]._render_qweb_pdf(REPORT, move.ids)[0] for move in moves]
    seconds = time.perf_counter() - start
    pages = sum(len(PdfReader(io.BytesIO(content)).pages) for content in contents)
    return seconds / pages, pages


def _world(env):
    from odoo.fields import Command

    company = env["account.journal"].search([("type", "=", "sale")], limit=1).company_id
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    customer = env["res.partner"].create({"name": "Fastener World", "is_company": True, "street": "Hauptstr. 1"})
    moves = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": customer.id,
                "invoice_date": "2026-11-20",
                "company_id": company.id,
                "invoice_line_ids": [
                    Command.create({"name": f"Pump {line}", "quantity": line + 1, "price_unit": 9.95 + number})
                    for line in range(LINES)
                ],
            }
            for number in range(INVOICES)
        ]
    )
    moves.action_post()
    return moves
