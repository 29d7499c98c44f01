"""What the parts of a rebate's period tell each other: what is asked of the invoices, what the ledger answers."""

from decimal import Decimal
from typing import NamedTuple

from odoo import models

ZERO = Decimal(0)


class Question(NamedTuple):
    """One period to count: its key, the terms that say what counts, and the days (see ``RebatePeriod.spans``)."""

    key: object
    terms: models.BaseModel
    spans: tuple


class Ledger(NamedTuple):
    """What the ledger says about a period.

    ``booked``: by provision entries; ``settled``: by credit notes, drafts included; ``open``: left on the liability
    account; all in the contract's currency. ``provision``: left there in the company's currency.
    """

    booked: Decimal = ZERO
    settled: Decimal = ZERO
    open: Decimal = ZERO
    provision: Decimal = ZERO
    ever_settled: bool = False


NOTHING_BOOKED = Ledger()
