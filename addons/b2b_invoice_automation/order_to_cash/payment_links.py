"""What a phone reads to pay: the UPI link of India. (The European code, EPC069-12, is `segno`'s.)

Apart from cash application: here money is asked for, there it is recognised.
"""

from __future__ import annotations

import re
from decimal import Decimal
from urllib.parse import quote, urlencode

_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,255}@[A-Za-z][A-Za-z0-9]{1,63}")
LONGEST_NAME, LONGEST_NOTE = 99, 80


def is_upi_address(text: str) -> bool:
    """Whether a text has the form of a UPI address (VPA): account@handle."""
    return bool(_ADDRESS.fullmatch(text))


def upi_link(address: str, name: str, amount: Decimal, note: str) -> str:
    """The link that a UPI app opens with payee, amount and note filled in.

    :param address: the payee's UPI address.
    :param amount: rupees, above zero; UPI takes at most two decimals.
    :raises ValueError: for an address or an amount that no app takes.

    Source: NPCI, UPI Linking Specifications 1.6 (`pa`, `pn`, `am`, `cu`, `tn`).
    """
    if not is_upi_address(address):
        raise ValueError(f"{address!r} is no UPI address; it looks like name@bank")
    if amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        raise ValueError(f"{amount} rupees cannot be paid by UPI")
    values = {"pa": address, "pn": name[:LONGEST_NAME], "am": f"{amount:.2f}", "cu": "INR", "tn": note[:LONGEST_NOTE]}
    return "upi://pay?" + urlencode(values, quote_via=quote, safe="@")
