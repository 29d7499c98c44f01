"""What a later file tells about collected bookings that an earlier one brought as one sum.

Apart from the loader, which skips what it knows: the money is there once and stays one line, but what its parts say is
what cash application needs to find the documents.
"""

from odoo.fields import Domain

from ..order_to_cash.statements.model import RemittedDocument
from .bank_transaction import LONGEST_LABEL, documents_as_details, on_one_line


def tell_parts(journal, parts_of):
    """Write what the parts of collected bookings say into lines that hold the whole sum and are not applied yet.

    :param journal: account.journal
    :param dict parts_of: key of the whole booking → its parts, transactions of the engine
    :returns: the lines that know more now
    """
    lines = journal.env["account.bank.statement.line"].search(
        Domain("journal_id", "=", journal.id)
        & Domain("b2b_transaction_key", "in", list(parts_of))
        & Domain("is_reconciled", "=", False)
        & Domain("b2b_state", "not in", ("applied", "manual"))
    )
    told, free = lines.browse(), lines.browse()
    for line in lines:
        details = line.transaction_details if isinstance(line.transaction_details, dict) else {}
        if details.get("parts"):
            continue
        parts = parts_of[line.b2b_transaction_key]
        documents = tuple(document for part in parts for document in _documents_of(part))
        text = "\n".join(filter(None, (details.get("text"), *(part.text for part in parts))))
        known = on_one_line(details.get("text") or "")
        values = {"transaction_details": {**details, **documents_as_details(documents), "parts": len(parts)}}
        if text and known in ("", line.payment_ref):
            values["transaction_details"]["text"] = text
            values["payment_ref"] = on_one_line(text)[:LONGEST_LABEL]
        if line._write_told(values):
            free += line
        journal.env["b2b.remittance"]._from_transactions([(line, documents)] if documents else [])
        told += line
    free.filtered(lambda line: line.b2b_state in ("proposed", "case"))._write_b2b({"b2b_state": "new"})
    return told


def _documents_of(part):
    """What a part pays: its own list, else the one reference that stands for its whole amount."""
    if part.remitted_documents:
        return part.remitted_documents
    reference = next(iter(part.structured_references), "") or part.end_to_end_id
    return (RemittedDocument(reference, abs(part.amount)),) if reference else ()
