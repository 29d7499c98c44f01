"""What a bank says about one transaction, as statement lines keep it (`transaction_details`), and back again.

Apart from models and engine, because both sides of the database need the same words: the import writes them, the
matching reads them. Nothing here touches the database.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from ..order_to_cash.cash import BankLine, RemittedDocument
from ..order_to_cash.money import to_decimal

LONGEST_LABEL = 4000
LONGEST_NAME = 250
"""Characters of names and ids on a statement line: all that banks write, and no more than an index takes."""
_PLAIN = (
    "counterparty_name",
    "counterparty_bic",
    "ultimate_name",
    "end_to_end_id",
    "mandate_id",
    "instruction_id",
    "bank_reference",
    "instructed_currency",
    "return_reason",
)
_TEXTS = ("text", "information")


def label_of(transaction):
    """The label of a statement line: the remittance text, else whatever else the bank says."""
    fallback = (*transaction.structured_references, transaction.information, transaction.counterparty_name, "/")
    label = on_one_line(transaction.text) or next(filter(None, map(on_one_line, fallback)))
    return label[:LONGEST_LABEL]


def on_one_line(text):
    """The text with each line break as one blank, so that places in it stay what they are."""
    return text.replace("\r", " ").replace("\n", " ").replace("\t", " ") if text.strip() else ""


def transaction_details(transaction):
    """A transaction as JSON-ready dict, without what is empty."""
    details = {name: getattr(transaction, name)[:LONGEST_NAME] for name in _PLAIN if getattr(transaction, name)}
    details |= {name: getattr(transaction, name) for name in _TEXTS if getattr(transaction, name)}
    details["text"] = transaction.text
    if transaction.structured_references:
        details["structured_references"] = list(transaction.structured_references)
    details |= documents_as_details(transaction.remitted_documents)
    if transaction.charges:
        details["charges"] = [
            {"amount": str(charge.amount), "currency": charge.currency, "included": charge.included}
            for charge in transaction.charges
        ]
    if transaction.instructed_amount is not None:
        details["instructed_amount"] = str(transaction.instructed_amount)
    if transaction.value_date:
        details["value_date"] = transaction.value_date.isoformat()
    if transaction.is_return:
        details["is_return"] = True
    return details


def documents_as_details(documents):
    """A remittance list as it stands in ``transaction_details``; nothing where there is none."""
    listed = [
        {"number": document.number, "amount": str(document.amount) if document.amount is not None else None}
        for document in documents
    ]
    return {"remitted_documents": listed} if listed else {}


def bank_line(key, day: date, amount, currency, label, partner_name, account_number, details) -> BankLine:
    """A statement line as the matching engine takes it.

    :param label: the line's label; where a person changed it, it counts, else the bank's own text
    :param details: `transaction_details`, or None for lines that no file brought
    """
    details = details if isinstance(details, dict) else {}
    text = details.get("text")
    if text is None or (text.strip() and on_one_line(text) != (label or "")):
        text = label or ""
    instructed = details.get("instructed_amount")
    return BankLine(
        key=key,
        date=day,
        amount=amount,
        currency=currency,
        text=text,
        structured_references=tuple(details.get("structured_references", ())),
        remitted_documents=tuple(
            RemittedDocument(document["number"], to_decimal(document["amount"]) if document.get("amount") else None)
            for document in details.get("remitted_documents", ())
        ),
        end_to_end_id=details.get("end_to_end_id", ""),
        bank_reference=details.get("bank_reference", ""),
        payer_name=partner_name or "",
        payer_account=account_number or "",
        mandate_id=details.get("mandate_id", ""),
        is_reversal=bool(details.get("is_return")),
        reversed_reference=details.get("end_to_end_id", "") if details.get("is_return") else "",
        original_amount=Decimal(instructed) if instructed else None,
        original_currency=details.get("instructed_currency", ""),
        charges=sum(
            (
                abs(Decimal(charge["amount"]))
                for charge in details.get("charges", ())
                if charge["currency"] in ("", currency) and charge["included"] is not False
            ),
            Decimal(0),
        ),
    )


def advised_line(line: BankLine, documents) -> BankLine:
    """A bank line with the documents of its remittance advice, where the bank file lists none itself."""
    return replace(line, remitted_documents=documents) if documents and not line.remitted_documents else line
