"""Dunning in the demo: fee and interest from the second letter on, one letter that is issued, and others that wait."""

FEE, INTEREST = 5.0, 9.0


def ensure(env, company, today):
    """Prepare the letters that are due, and issue the largest, once.

    :returns: (the issued letter, the prepared ones), or None when that was done before
    """
    letters = env["b2b.dunning.letter"].sudo()
    if letters.search_count([("company_id", "=", company.id)]):
        return None
    levels = env["b2b.dunning.level"].search([("company_id", "=", company.id)])
    levels[1:].write({"fee": FEE, "interest_percent": INTEREST})
    overdue = env["account.move"].search(
        [
            ("company_id", "=", company.id),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("payment_state", "in", ("not_paid", "partial")),
            ("invoice_date_due", "<", today),
        ]
    )
    prepared = letters._prepare(overdue.commercial_partner_id, company, today)
    issued = prepared.sorted("total")[-1:]
    issued._issue()
    return issued, prepared - issued
