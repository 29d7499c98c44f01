"""Bank statement files, read into one model: CAMT, MT940/942, OFX, BAI2, CSV and XLSX, or a zip of them.

`read` and `iter_transactions` take bytes; `lines` gives what becomes statement lines, each with its unique
key. The only exception that leaves is StatementError.
"""

from .balances import BalanceCheck, check_balances, gap_between
from .csv_preview import Preview, PreviewRow, first_rows, preview, table_kind
from .csv_profile import ROLES, CsvProfile, signature
from .csv_proposal import DAY_FORMATS, Proposal, delimiter_of, propose_profile
from .keys import Line, lines, split, unique_key
from .model import (
    NOTIFICATION,
    REPORT,
    STATEMENT,
    AccountId,
    Batch,
    Begin,
    Charge,
    ControlTotal,
    End,
    RemittedDocument,
    Statement,
    StatementError,
    Transaction,
    UnknownTableError,
)
from .reader import iter_transactions, read, stream_events
