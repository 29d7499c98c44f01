"""Words with which a payment says that it pays no invoice: on account, a deposit, money that came back.

Apart from the steps that match by amount, which they speak against: a set of items may fit by chance. Texts are folded.
"""

from __future__ import annotations

import re

from .model import BankLine
from .references import fold

_ON_ACCOUNT = re.compile(
    r"\b(?:A ?-?[CK]ONTO|ACCONTO|ANTICIPO|A CUENTA|FIANZA|ON ACCOUNT|(?:DOWN|ADVANCE|PRE|PART|PARTIAL)[ -]?PAYMENTS?|"
    r"ADVANCE|ACOMPTE|AVANCE|ARRHES|CAUTION|KAUTION|VOORSCHOT|AANBETALING|ZALICZKA|INSTALL?MENT|"
    r"(?:AN|TEIL|RATEN|VORAUS|ABSCHLAGS)ZAHLUNG|TEILBETRAG|VORSCHUSS|VORKASSE|ABSCHLAG|"
    r"\d{1,3}\.? ?RATE|RATE \d{1,3}|SPENDE|DONATION|"
    r"(?<!ACH )(?<!DIRECT )(?<!MOBILE )(?<!CHECK )(?<!CHEQUE )(?<!CASH )(?<!ELECTRONIC )(?<!REMOTE )"
    r"DEPOSIT)\b|"
    r"\b(?!\w*[- ]?(?:RECHNUNG|RG\b))\w*(?:KAUTION|AKONTO|ANZAHLUNG)\w*"
)
_CAME_BACK = re.compile(
    r"\b\w*RU?E?CK(?:LASTSCHRIFT|GABE)\w*|\b(?:RU?E?CKBUCHUNG\w*|RETOUREN?|REJECT(?:ED)?|NICHT EINGELOE?ST|"
    r"ZURU?E?CKGEWIESEN|CHARGE ?-?BACK|RETURN(?:ED)?|REVERS(?:AL|ED)|BOUNCED|UNPAID|"
    r"DISHONOU?RED|IMPAYEE?S?|REJETE?|NSF|RTN|INSUFFICIENT|INSOLUTO|DEVOLUCION|DEVUELTO|STORNIERT|"
    r"R(?:0[1-9]|[1-7]\d)|(?:AC|AG|AM|MD|MS|RR|SL)0\d)\b"
)


def speaks_against_amounts(line: BankLine) -> tuple[str, str]:
    """The reason why a line must not be matched by amount, and the word that says so; two empty texts if none.

    Only what went out may be money that came back: the bank did not flag it.
    """
    folded = fold(line.text)
    for code, words, applies in (
        ("came_back", _CAME_BACK, line.amount < 0),
        ("says_on_account", _ON_ACCOUNT, line.amount > 0),
    ):
        found = words.search(folded) if applies else None
        if found:
            return code, line.text[found.start() : found.end()]
    return "", ""
