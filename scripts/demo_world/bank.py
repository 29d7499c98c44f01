"""What the demo company's bank says: customers pay most invoices, in the ways that customers do.

What is open of each invoice that fell due is paid as its payer's habit has it; a few are paid short, together, twice,
without a usable text, or by somebody unknown. The same invoices give the same file.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from bank_sandbox.render import render_camt053

from magento_sandbox.companies import COMPANIES
from order_to_cash.statements import AccountId, Statement, Transaction

from .company import DOLLAR_IBAN, EURO_IBAN

LATE_DAYS = {company.name: company.late_days for company in COMPANIES}
OPENING = {"EUR": Decimal("48210.55"), "USD": Decimal("9150.00")}
# One invoice in so many is paid in a way that needs a look.
SHORT_EVERY, CENTS_EVERY, JOINT_EVERY, TEXTLESS_EVERY = 17, 11, 6, 13


@dataclass
class Account:
    """An account of the company and what comes in on it."""

    iban: str
    currency: str
    transactions: list = field(default_factory=list)


def statement_file(invoices, today):
    """A CAMT.053 file with one statement for each account.

    :param invoices: posted customer invoices
    :param today: no payment is later
    :returns: (file name, content)
    """
    accounts = {"EUR": Account(EURO_IBAN, "EUR"), "USD": Account(DOLLAR_IBAN, "USD")}
    payers = invoices.sorted("id").grouped(lambda move: (move.commercial_partner_id, move.currency_id))
    number = 0
    for (partner, currency), moves in payers.items():
        for together in _paid_together(moves, today):
            number += 1
            accounts[currency.name].transactions.append(_payment(number, partner, together, today))
    accounts["EUR"].transactions += _strangers(today)
    statements = [_statement(account, today) for account in accounts.values() if account.transactions]
    return f"camt053-{today}.xml", render_camt053(statements)


def payment_day(move):
    """When this payer pays this invoice, by its habit."""
    habit = LATE_DAYS.get(move.commercial_partner_id.name, 0)
    return move.invoice_date_due + timedelta(days=habit - move.id % 5)


def _paid_together(moves, today):
    """The payments of one payer: mostly one invoice each, sometimes two in one."""
    due = [move for move in moves if move.amount_residual > 0 and payment_day(move) <= today]
    while due:
        count = 2 if len(due) > 1 and due[0].id % JOINT_EVERY == 0 else 1
        yield due[:count]
        due = due[count:]


def _payment(number, partner, moves, today):
    amount = sum((Decimal(str(move.amount_residual)) for move in moves), Decimal(0))
    amount = amount.quantize(Decimal("0.01"))
    first = moves[0]
    if len(moves) == 1 and first.id % SHORT_EVERY == 0 and amount > 100:
        amount -= Decimal("35.00")
    elif len(moves) == 1 and first.id % CENTS_EVERY == 0 and amount > 200:
        amount -= Decimal("0.40")
    day = min(max(map(payment_day, moves)), today)
    return Transaction(
        amount=amount,
        currency=first.currency_id.name,
        booking_date=day,
        value_date=day,
        counterparty_name=partner.name,
        bank_reference=f"NW{today:%y%m%d}{number:05d}",
        end_to_end_id="NOTPROVIDED",
        **_reference(moves),
    )


def _reference(moves):
    """How the payer says what it pays: creditor reference, numbers in the text, the shop's number, or nothing."""
    first = moves[0]
    if first.id % TEXTLESS_EVERY == 0:
        return {"text": "Danke"}
    if len(moves) > 1:
        return {"text": "Rechnungen " + " und ".join(move.name for move in moves)}
    style = first.id % 4
    if style == 0 and first.payment_reference:
        return {"structured_references": (first.payment_reference.replace(" ", ""),)}
    if style == 1:
        return {"text": f"RE {first.name.replace('/', '-')} {first.commercial_partner_id.name[:12]}"}
    if style == 2:
        return {"text": f"Payment {first.name} thank you"}
    return {"text": f"{first.name} vom {first.invoice_date:%d.%m.%Y}"}


def _strangers(today):
    """Money from somebody whom nobody knows, and a fee of the bank."""
    return [
        Transaction(
            amount=Decimal("431.20"),
            currency="EUR",
            booking_date=today - timedelta(days=2),
            counterparty_name="K. Unbekannt",
            text="Bestellung Pumpe",
            bank_reference=f"NW{today:%y%m%d}90001",
        ),
        Transaction(
            amount=Decimal("-12.50"),
            currency="EUR",
            booking_date=today - timedelta(days=1),
            counterparty_name="Hansebank",
            text="Kontofuehrung",
            bank_reference=f"NW{today:%y%m%d}90002",
        ),
    ]


def _statement(account, today):
    transactions = sorted(account.transactions, key=lambda entry: (entry.booking_date, entry.bank_reference))
    opening = OPENING[account.currency]
    return Statement(
        account=AccountId(iban=account.iban, currency=account.currency),
        currency=account.currency,
        statement_id=f"{account.currency}-{today:%Y-%m}",
        sequence=today.isocalendar().week,
        from_date=transactions[0].booking_date,
        to_date=today,
        opening=opening,
        closing=opening + sum(entry.amount for entry in transactions),
        transactions=tuple(transactions),
    )
