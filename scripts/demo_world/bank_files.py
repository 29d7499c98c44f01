"""More of what comes from banks and customers: a CSV bank with a column profile and a gap, an account nobody knows,
remittance advices of money that is here and of money that is to come. Safe to run again.
"""

from datetime import timedelta
from decimal import Decimal

from bank_sandbox.render import render_camt053

from order_to_cash.statements import AccountId, Statement, Transaction

JOURNAL = "Elbsparkasse"
CSV_IBAN = "DE44500105175407324931"
STRANGE_IBAN = "DE89370400440532013000"
HEADINGS = "Buchungstag;Name Zahlungsbeteiligter;Verwendungszweck;Betrag;Währung;Saldo nach Buchung"


def ensure_advice(env, company):
    """A remittance advice for a payment that came with no usable text, before it is matched."""
    if env["b2b.remittance"].search_count([("company_id", "=", company.id)]):
        return None
    lines = env["account.bank.statement.line"].search(
        [("company_id", "=", company.id), ("amount", ">", 0), ("is_reconciled", "=", False)], order="id"
    )
    invoices = env["account.move"].search(
        [("company_id", "=", company.id), ("move_type", "=", "out_invoice"), ("amount_residual", ">", 0)], order="id"
    )
    for line in lines.sorted(lambda line: (line.payment_ref != "Danke", line.id)):
        paid = invoices.filtered(
            lambda move, line=line: (
                move.commercial_partner_id.name == line.partner_name
                and move.currency_id == line.currency_id
                and move.amount_residual == line.amount
            )
        )[:1]
        if paid:
            return _advice(env, paid, f"ZA-{line.date:%y%m}-{line.id}", line.date)
    return None


def ensure(env, company, today):
    """The bank files, and an advice of what is to come.

    :returns: what was made, in words; empty when all was there
    """
    if env["account.journal"].search_count([("name", "=", JOURNAL), ("company_id", "=", company.id)]):
        return ""
    journal = env["account.journal"].create(
        {"name": JOURNAL, "code": "ELB", "type": "bank", "company_id": company.id, "bank_acc_number": CSV_IBAN}
    )
    imports = env["b2b.statement.import"]
    before = today - timedelta(days=9)
    first = imports._import_file(f"elbsparkasse-{before}.csv", _csv(before, 1000), journal)
    profile = env["b2b.statement.profile"].browse(first.action_assist()["res_id"])
    profile.name = JOURNAL
    profile.action_use()
    later = imports._import_file(f"elbsparkasse-{today}.csv", _csv(today, 1250), journal)
    strange = imports._import_file(f"camt053-neues-konto-{today}.xml", _of_a_strange_account(today))
    invoice = env["account.move"].search(
        [
            ("company_id", "=", company.id),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("amount_residual", ">", 200),
            ("invoice_date_due", ">=", today),
        ],
        order="invoice_date_due desc, id desc",
        limit=1,
    )
    soon = today + timedelta(days=3)
    expected = _advice(env, invoice, f"ZA-{today:%y%m}-0815", soon, kept_back=25) if invoice else None
    states = (first.state, later.has_gap, strange.state, expected and expected.state)
    return f"profile file {states[0]}, gap {states[1]}, unknown account {states[2]}, advice {states[3]}"


def _advice(env, invoice, reference, day, kept_back=0):
    gross = invoice.amount_residual
    text = (
        f"Payer;{invoice.commercial_partner_id.name}\nPayment reference;{reference}\nPayment date;{day}\n"
        f"Currency;{invoice.currency_id.name}\n\nInvoice;Gross;Deduction;Amount paid;Reason\n"
        f"{invoice.name};{gross:.2f};{kept_back:.2f};{gross - kept_back:.2f};"
        f"{'damaged packaging' if kept_back else ''}\n"
    )
    return env["b2b.remittance"]._take_file(f"{reference}.csv", text.encode())


def _csv(day, opening):
    rows = ((day - timedelta(days=1), "Elbsparkasse", "Kontofuehrung", -9.90), (day, "Elbsparkasse", "Zinsen", 3.20))
    lines, balance = [HEADINGS], opening
    for booked, name, text, amount in rows:
        balance += amount
        lines.append(f"{booked:%d.%m.%Y};{name};{text};{_german(amount)};EUR;{_german(balance)}")
    return "\r\n".join(lines).encode("cp1252")


def _german(amount):
    return f"{amount:.2f}".replace(".", ",")


def _of_a_strange_account(day):
    paid = Transaction(
        amount=Decimal("250.00"),
        currency="EUR",
        booking_date=day,
        counterparty_name="Harms Werft KG",
        text="Anzahlung",
        bank_reference=f"NK{day:%y%m%d}1",
    )
    return render_camt053(
        [
            Statement(
                account=AccountId(iban=STRANGE_IBAN, currency="EUR"),
                currency="EUR",
                statement_id="1",
                sequence=1,
                to_date=day,
                opening=Decimal(0),
                closing=paid.amount,
                transactions=(paid,),
            )
        ]
    )
