"""What follows a document number: ranges (`INV/2026/00011-14`) and lists (`INV/2026/00011, 12 & 14`).

Apart from the reader, because the grammar of human lists is a matter of its own: the numbers it yields are
implied, not written out, and are used only where the amount confirms them to the cent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from .number_index import WHOLE, Entry, NumberIndex
from .references import DocumentNumber, Token

_AND = r"(?:AND|UND|ET|Y|E|EN|OG|OCH|I|SOWIE|PLUS|AS WELL AS)"
LIST_GAP = re.compile(rf"\s*[,;]\s*(?:{_AND}\s+|U\.\s*)|\s*[,;+&/]\s*|\s+(?:{_AND}\s+|U\.\s*)|\s+")
_RANGE_GAP = re.compile(r"\s*[-–—~]\s*|\s*\.\.\s*|\s+(?:TO|BIS|A|AL|THRU|THROUGH|UNTIL|TILL|HASTA|TOT)\s+")
_RUNS_ON = re.compile(r"\w|[.,]\d\d?\b")
_WIDEST_RANGE = 50
_MORE_DIGITS = 2
_WRAPS = (" ", "\n", "  ")


class Implied(NamedTuple):
    """A number that a list or a range implies.

    :param position: of the token that implies it.
    :param kind: `number_list` or `number_range`.
    """

    position: int
    kind: str
    entries: list[Entry]


def continuation(
    index: NumberIndex, folded: str, parts: Sequence[Token], last: int, base: DocumentNumber
) -> tuple[list[Implied], int]:
    """Read what hangs on a number.

    :param folded: the text, folded; `parts` are its tokens.
    :param last: position of the number's last token.
    :param base: the number that ends there.
    :returns: the implied numbers, and the position of the last token used.
    """
    if not base.components[-1].isdigit() or len(parts[last].text) > len(base.components[-1]):
        return [], last
    found: list[Implied] = []
    position, current = last, parts[last].text
    while True:
        step = _next_element(folded, parts, position, base)
        if step is None:
            return found, position
        kind, following = step
        digits, end = parts[following].text, following
        if kind == "number_range":
            documents = _range(index, base, current, digits)
        else:
            documents = _cut_in_two(index, folded, parts, following, base)
            if documents:
                digits, end = digits + parts[following + 1].text, following + 1
            else:
                documents = _listed(index, base, digits)
        if not documents:
            return found, position
        found.extend(Implied(following, kind, entries) for entries in documents)
        position, current = end, _completed(base, digits)


def _next_element(folded, parts, position, base):
    """How the text goes on after a token and at which token; None when neither as a range nor as a list."""
    for kind, pattern in (("number_range", _RANGE_GAP), ("number_list", LIST_GAP)):
        match = pattern.match(folded, parts[position].end)
        if not match:
            continue
        following = next(
            (at for at in range(position + 1, position + 5) if at < len(parts) and parts[at].start == match.end()), None
        )
        if following is not None and kind == "number_range":
            following = _after_prefix(parts, following, base)
        if following is None or not parts[following].digits or _runs_on(folded, match.group(), parts[following].end):
            continue
        if match.group().isspace() and len(parts[following].text) < len(base.components[-1]):
            continue
        return kind, following
    return None


def _runs_on(folded, gap, end):
    """Whether digits go on, or are an amount; a comma before and behind makes them one of a list: `11,12,13`."""
    more = _RUNS_ON.match(folded, end)
    return bool(more) and not (gap == "," and more.group()[0] == ",")


def _after_prefix(parts, position, base):
    """Step over a repeated prefix, as in `INV/2026/00011 - INV/2026/00014`."""
    prefix = base.components[:-1]
    written = tuple(part.text for part in parts[position : position + len(prefix)])
    after = position + len(prefix)
    return after if written == prefix and after < len(parts) else position


def _completed(base: DocumentNumber, digits: str) -> str:
    """The last component that shortened digits stand for: `00011` and `14` give `00014`."""
    pattern = base.components[-1]
    return digits if len(digits) >= len(pattern) else pattern[: len(pattern) - len(digits)] + digits


def _listed(index, base, digits):
    for full in dict.fromkeys((_completed(base, digits), digits)):
        entries = _entries(index, base, full)
        if entries:
            return [entries]
    return []


def _cut_in_two(index, folded, parts, position, base):
    """The number that a bank's line wrap cut in two: both halves together are the last digits of an open document."""
    if position + 1 == len(parts) or not parts[position + 1].digits:
        return []
    digits = parts[position].text + parts[position + 1].text
    if len(digits) > len(base.components[-1]) or folded[parts[position].end : parts[position + 1].start] not in _WRAPS:
        return []
    entries = _entries(index, base, _completed(base, digits))
    return [entries] if any(entry.is_open for entry in entries) else []


def _range(index, base, current, digits):
    if len(digits) > len(base.components[-1]) + _MORE_DIGITS:
        return []
    low, high = int(current), int(_completed(base, digits))
    if not low < high <= low + _WIDEST_RANGE:
        return []
    documents = (_entries(index, base, str(value)) for value in range(low + 1, high + 1))
    return [entries for entries in documents if entries]


def _entries(index, base, digits):
    return [entry for entry in index.written.get(base.with_last(digits), ()) if entry.form == WHOLE]
