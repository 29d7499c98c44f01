"""Cash application: assigning money received to open items, never wrongly, and saying why.

`match` is the engine; `model` has its inputs and outputs, `reasons` the words for its codes.
"""

from .matching import match
from .model import (
    APPLY,
    DISCREPANCIES,
    EXACT_SUM,
    NEAR,
    NONE,
    NUMBER,
    OLDEST,
    PROPOSE,
    STEPS,
    STRUCTURED,
    Allocation,
    BankLine,
    Candidate,
    ClosedReference,
    Decision,
    Evidence,
    MatchingRule,
    OpenItem,
    PastPayment,
    Payer,
    RemittedDocument,
)
from .reasons import REASONS
from .references import creditor_reference, is_creditor_reference
from .tolerance import EarlyDiscount, ToleranceGroup
