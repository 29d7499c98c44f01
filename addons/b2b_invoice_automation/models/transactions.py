"""What a conflict between two transactions is: rolled back and tried again, never taken for a bad record."""

from psycopg2 import InterfaceError, OperationalError
from psycopg2.errors import UniqueViolation

from odoo.exceptions import ConcurrencyError

CONFLICTS = (OperationalError, InterfaceError, ConcurrencyError, UniqueViolation)


def is_conflict(error):
    """Whether another transaction was faster, or the database is gone, so that only trying again helps.

    A doubled billing key counts: the rival billed the same order lines, and a new look will find them billed. So does a
    doubled open case or delivery: the rival found the same.
    """
    if isinstance(error, UniqueViolation):
        return error.diag.table_name in ("b2b_billing_key", "b2b_discrepancy", "b2b_delivery", "b2b_mail_claim")
    return isinstance(error, CONFLICTS)
