"""The column assistant's tables: the file as it is, and what a profile reads of it.

Apart from the model because this is only what a person sees.
"""

from markupsafe import Markup

from odoo.tools import format_date

CUT = 60
AMOUNTS = (2, 7)
"""Places of the preview's columns that are amounts."""


def raw_table(rows, header_row, env):
    """The first rows of a file.

    :param int header_row: which of them has the headings, from 1
    """
    width = max((len(row) for row in rows), default=0)
    head = Markup("").join(Markup("<th>%s</th>") % number for number in range(1, width + 1))
    body = Markup("").join(
        Markup('<tr class="%s"><td class="text-muted">%s</td>%s</tr>')
        % ("table-info fw-bold" if number == header_row else "", number, _cells(row, width))
        for number, row in enumerate(rows, start=1)
    )
    return _table(Markup("<th>%s</th>%s") % (env._("Row"), head), body)


def preview_table(found, env):
    """What a profile reads, with its sum and balances, and what it cannot read.

    :param found: Preview of the engine
    """
    if found.error:
        return _alert("danger", found.error)
    parts = [_verdict(found, env)]
    parts += [_alert("danger", defect) for defect in found.defects]
    if found.wrong:
        wrong = Markup("").join(
            Markup("<li>%s</li>") % env._("Row %(number)s: %(error)s", number=row.number, error=row.error)
            for row in found.wrong
        )
        parts.append(Markup('<div class="alert alert-danger"><ul class="mb-0">%s</ul></div>') % wrong)
    heads = (
        env._("Row"), env._("Day"), env._("Amount"), env._("Payer or payee"), env._("Account"), env._("Text"),
        env._("Reference"), env._("Balance"),
    )  # fmt: skip
    head = Markup("").join(
        Markup('<th class="%s">%s</th>') % ("text-end" if place in AMOUNTS else "", title)
        for place, title in enumerate(heads)
    )
    return Markup("").join(parts) + _table(head, Markup("").join(_read_row(row, env) for row in found.shown))


def _verdict(found, env):
    said = env._("%(count)s transactions, together %(total)s.", count=found.count, total=f"{found.total:,.2f}")
    if found.wrong_count:
        said += " " + env._("%(count)s rows cannot be read.", count=found.wrong_count)
    for account, (opening, closing) in (found.balances or {}).items():
        said += " " + env._(
            "Balances add up%(account)s: from %(opening)s to %(closing)s.",
            account=f" ({account})" if account else "",
            opening=f"{opening:,.2f}",
            closing=f"{closing:,.2f}",
        )
    if found.is_cut:
        said += " " + env._("Only the beginning of the file was looked at; all of it is checked when it is imported.")
    return _alert("success" if found.is_readable else "warning", said)


def _read_row(row, env):
    if row.error:
        return Markup('<tr class="table-danger"><td>%s</td><td colspan="7">%s</td></tr>') % (row.number, row.error)
    one = row.transaction
    balance = "" if row.balance is None else f"{row.balance:,.2f}"
    cells = Markup(
        '<td class="text-muted">%s</td><td class="text-nowrap">%s</td><td class="text-end text-nowrap %s">%s %s</td>'
        '<td>%s</td><td>%s</td><td>%s</td><td>%s</td><td class="text-end text-nowrap">%s</td>'
    ) % (
        row.number,
        format_date(env, one.booking_date),
        "text-danger" if one.amount < 0 else "",
        f"{one.amount:,.2f}",
        one.currency,
        one.counterparty_name[:CUT],
        one.counterparty_account[:CUT],
        one.text[:CUT],
        one.bank_reference[:CUT],
        balance,
    )
    return Markup("<tr>%s</tr>") % cells


def _cells(row, width):
    texts = [str(cell)[:CUT] for cell in row] + [""] * (width - len(row))
    return Markup("").join(Markup("<td>%s</td>") % text for text in texts)


def _table(head, body):
    return Markup(
        '<div class="table-responsive"><table class="table table-sm table-bordered mb-0 small o_b2b_table">'
        "<thead><tr>%s</tr></thead><tbody>%s</tbody></table></div>"
    ) % (head, body)


def _alert(tone, text):
    return Markup('<div class="alert alert-%s mb-2" role="alert">%s</div>') % (tone, text)
