"""The last digits of a known payer's numbers in a text: weak signs for an item, and strong ones against others.

Apart from the reading of whole numbers, because these mean nothing until the payer is known.
"""

from __future__ import annotations

from collections.abc import Sequence

from .line_wraps import unwrap
from .lone_digits import is_year, of_year_behind, overlaps, stands_alone
from .model import Key
from .number_index import HINT, NumberIndex, targets_of
from .number_reader import ReadNumber, beginning
from .references import fold, misleading_spans, tokens

_FEWEST_DIGITS_OF_A_FRAGMENT = 4


def read_hints(index: NumberIndex, payer: Key, text: str, taken: Sequence[tuple[int, int]]) -> list[ReadNumber]:
    """Last digits of a known payer's numbers, open or paid, that stand alone in a text.

    :param taken: spans that were already read as something else.
    """
    text = beginning(text)
    joined, origin = unwrap(text)
    folded = fold(joined)
    misleading = misleading_spans(folded)
    parts = tokens(folded)
    found = []
    for position, token in enumerate(parts):
        telling = token.digits and (len(token.bare) >= 4 or len(token.text) >= 5) and not is_year(token.text)
        if not telling or overlaps(token.start, token.end, misleading):
            continue
        start, end = origin[token.start], origin[token.end - 1] + 1
        entries = index.tails.get((payer, token.bare), ())
        if not entries or overlaps(start, end, taken):
            continue
        of_year = of_year_behind(entries, folded, parts, position)
        if of_year and overlaps(parts[position + 1].start, parts[position + 1].end, misleading):
            of_year = []
        entries = of_year or entries
        if stands_alone(folded, parts, position, position + bool(of_year)):
            found.append(
                ReadNumber(start, end, text[start:end], "number_part", *targets_of((e, HINT) for e in entries))
            )
    return found


def read_fragments(index: NumberIndex, payer: Key, text: str) -> frozenset[Key]:
    """A known payer's documents, open or paid, whose last digits stand anywhere in a text, perhaps as a part of
    something else.

    They are no evidence for these, but speak against taking others by amount.
    """
    joined, _origin = unwrap(beginning(text))
    found = set()
    for token in tokens(fold(joined)):
        if token.digits and len(token.text) >= _FEWEST_DIGITS_OF_A_FRAGMENT and not is_year(token.text):
            found.update(entry.key for entry in index.tails.get((payer, token.bare), ()))
    return frozenset(found)
