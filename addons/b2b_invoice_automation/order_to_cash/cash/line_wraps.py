"""Undoing what banks do to a long text: lines of a fixed width, and the numbered subfields of MT940.

Apart from reading numbers, because here only the width of the pieces tells where a word was cut, and each character
has to keep its place in the bank's own text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_WRAP_WIDTHS = frozenset((27, 35, 65, 70, 140))
_SUBFIELD = re.compile(r"\?[0-6]\d")
_SUBFIELD_WIDTH = 27
_REMITTANCE_TENS = "26"


def unwrap(text: str) -> tuple[str, Sequence[int]]:
    """Undo a bank's line wraps of fixed width, and the subfields of an MT940 file; both cut through numbers.

    :returns: the text in one line, and for each of its positions the one in `text`.
    """
    if len(_SUBFIELD.findall(text)) > 1:
        return _join_subfields(text)
    lines = text.split("\n")
    width = max(map(len, lines))
    if len(lines) < 2 or width not in _WRAP_WIDTHS or len(lines[-1]) == 0:
        return text, range(len(text))
    joined, origin, offset = [], [], 0
    for line in lines:
        joined.append(line)
        origin.extend(range(offset, offset + len(line)))
        if len(line) < width and line is not lines[-1]:
            joined.append(" ")
            origin.append(offset + len(line))
        offset += len(line) + 1
    return "".join(joined), origin


def _join_subfields(text):
    """The text without the signs that begin its subfields; a full one goes on in the next.

    Nothing is left of the bank's own subfields (posting number, accounts, names): digits there are none of ours.
    """
    joined, origin, start, is_ours = [], [], 0, True
    for sign in [*_SUBFIELD.finditer(text), None]:
        end = sign.start() if sign else len(text)
        if is_ours:
            joined.append(text[start:end])
            origin.extend(range(start, end))
        if sign and (not is_ours or end - start < _SUBFIELD_WIDTH):
            joined.append(" ")
            origin.append(end)
        start = sign.end() if sign else end
        is_ours = bool(sign) and sign.group()[1] in _REMITTANCE_TENS
    return "".join(joined), origin
