"""Reading document numbers out of a bank line's free text.

Apart from the index of numbers, because this is about texts: where a number may begin and end, what may
stand between its parts, what a bank's line wraps do to it, and what else in a text looks like a number and
is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import NamedTuple

from .line_wraps import unwrap
from .lone_digits import TIES, is_year, of_year_behind, overlaps, stands_alone
from .number_index import (
    CERTAIN,
    FIXED,
    HINT,
    NUMERIC,
    SHORT,
    SUPPORTED,
    WHOLE,
    Entry,
    NumberIndex,
    Target,
    targets_of,
)
from .number_lists import LIST_GAP, continuation
from .references import DocumentNumber, fold, forms_of, misleading_spans, parse_number, tokens

LONGEST_TEXT = 10_000
_LONGEST_NUMBER = 12
_FEWEST_LONE_DIGITS = 6
_FEWEST_DIGITS_WITH_YEAR = 7
_DATE_OR_MONEY = re.compile("[-.,/]")
_MONTH_AND_DAY = re.compile(r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_GAP = re.compile(r"[\s/\-._:#\\+]{0,3}")
_LIST_SIGN = re.compile(rf"\s*-\s*|{LIST_GAP.pattern}")
_WRAP = re.compile(r"\s{1,2}")
_BANK_TAGS = frozenset(["EREF", "KREF", "MREF", "CRED", "DEBT", "COAM", "OAMT", "SVWZ", "ABWA", "ABWE", "IBAN", "BIC"])


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """A number found in a text.

    :param kind: `document_number`, `number_range`, `number_list`, `number_part`.
    :param inferred: not written out, but implied by a range or a list.
    :param runs_on: digits follow as in a list, but stand for no document we know.
    """

    start: int
    end: int
    value: str
    kind: str
    open: tuple[Target, ...]
    closed: tuple[Target, ...]
    inferred: bool = False
    runs_on: bool = False


@dataclass(frozen=True, slots=True)
class UnknownNumber:
    """A number in the text that is written like ours, but belongs to no document we know."""

    start: int
    end: int
    value: str
    number: DocumentNumber


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says: numbers that stand for documents, and numbers like ours that stand for none."""

    numbers: tuple[ReadNumber, ...] = ()
    unknown: tuple[UnknownNumber, ...] = ()


def beginning(text: str) -> str:
    """What is read of a text: of one longer than any bank's, the beginning up to a blank, so that no number is cut."""
    if len(text) <= LONGEST_TEXT:
        return text
    blank = max(text.rfind(" ", 0, LONGEST_TEXT + 1), text.rfind("\n", 0, LONGEST_TEXT + 1))
    return text[: blank if blank > 0 else LONGEST_TEXT]


def read_text(index: NumberIndex, text: str) -> Reading:
    """Read all document numbers out of a free text.

    :param text: one bank line's text, line wraps as newlines or spaces.
    """
    text = beginning(text)
    joined, origin = unwrap(text)
    reading = _Reader(index, joined).read()
    if joined is text:
        return reading
    if not reading.numbers and "\n" in text:
        apart = _Reader(index, text).read()
        if apart.numbers and all(map(_is_whole, apart.numbers)):
            return apart
    return Reading(
        *(tuple(_moved(found, text, origin) for found in group) for group in (reading.numbers, reading.unknown))
    )


def _is_whole(number):
    """Whether a number has all its digits, so that what begins the next line is no part of it."""
    written = len(number.value) - len(number.value.rstrip("0123456789"))
    return all(len(parse_number(target.number).components[-1]) == written for target in (*number.open, *number.closed))


def _moved(found, text, origin):
    start, end = origin[found.start], origin[found.end - 1] + 1
    return replace(found, start=start, end=end, value=text[start:end])


class _Match(NamedTuple):
    """Entries with their worth, found up to a token; partial when without prefix or year."""

    last: int
    entries: list[tuple[Entry, int]]
    partial: bool


class _Reader:
    """One pass over one text."""

    def __init__(self, index: NumberIndex, text: str):
        self.index = index
        self.text = text
        self.folded = fold(text)
        self.parts = tokens(self.folded)
        self.misleading: list[tuple[int, int]] | None = None
        self.numbers: list[ReadNumber] = []
        self.unknown: list[UnknownNumber] = []

    def read(self) -> Reading:
        position = 0
        while position < len(self.parts):
            match = self._longest_match(position)
            if match is None:
                position = self._skip_unknown(position)
            elif match.partial and self._whole_within(position, match.last):
                position += 1
            else:
                position = self._accept(position, match.last, match.entries)
        return Reading(tuple(self.numbers), tuple(self.unknown))

    def _gap(self, position):
        return self.folded[self.parts[position].end : self.parts[position + 1].start]

    def _longest_match(self, first):
        """The best reading that starts at a token: the longest whole number, then one without prefix or year.

        Lone short digits are not looked up here: they are anybody's, and only hints for a known payer.
        """
        start = self.parts[first]
        if not start.digits and start.text not in self.index.first_letters:
            return None
        written, joined, letters, digits = "", "", False, 0
        best: dict[tuple[bool, int], list[Entry]] = {}
        for last in range(first, min(first + _LONGEST_NUMBER, len(self.parts))):
            if last > first and not _GAP.fullmatch(self._gap(last - 1)):
                break
            part = self.parts[last]
            written += f"|{part.bare}" if written else part.bare
            joined += part.text
            letters, digits = letters or not part.digits, digits + len(part.text) * part.digits
            for entry in self.index.written.get(written, ()):
                if letters or digits >= _FEWEST_LONE_DIGITS:
                    best.setdefault((entry.form != WHOLE, -last), []).append(entry)
            for entry in self.index.compact.get(joined, ()):
                if self._joins_well(entry, first, last):
                    best.setdefault((False, -last), []).append(entry)
        if not best:
            best = self._with_year_in_front(first)
        for partial, negative in sorted(best):
            found, end = best[partial, negative], -negative
            if partial and self._goes_on(end):
                found = of_year_behind(found, self.folded, self.parts, end)
                end += 1
                if not found or self._goes_on(end):
                    continue
            entries = self._worth(found, first, -negative)
            if entries:
                return _Match(end, entries, partial)
        return None

    def _with_year_in_front(self, first):
        """Year and number in one, without letters: `202601071`; but `20260316` is a day."""
        text = self.parts[first].text
        if len(text) < _FEWEST_DIGITS_WITH_YEAR or not is_year(text[:4]) or _MONTH_AND_DAY.fullmatch(text[4:]):
            return {}
        found = self.index.written.get(f"{text[:4]}|{text[4:].lstrip('0') or '0'}", ())
        whole = [
            entry for entry in found if entry.form == NUMERIC and len(entry.number.components[-1]) == len(text) - 4
        ]
        return {(True, -first): whole} if whole else {}

    def _goes_on(self, last):
        """Whether more digits follow, so that a number lacking a part is likelier a part of another one."""
        follows = last + 1 < len(self.parts) and self.parts[last + 1].digits
        return follows and bool(_GAP.fullmatch(self._gap(last))) and not self._begins_date_or_money(last + 1)

    def _begins_date_or_money(self, position):
        """Whether a day or an amount begins at a token; groups of digits with spaces only may be anything."""
        if self.misleading is None:
            self.misleading = misleading_spans(self.folded)
        at = self.parts[position].start
        return any(left == at and _DATE_OR_MONEY.search(self.folded, left, right) for left, right in self.misleading)

    def _whole_within(self, first, last):
        """Whether a whole number stands inside a match that lacks letters or year."""
        inner = (self._longest_match(position) for position in range(first + 1, last + 1))
        return any(match and not match.partial for match in inner)

    def _joins_well(self, entry, first, last):
        """Whether the text's gaps lie where the number has separators, or are mere line wraps."""
        if entry.form == FIXED:
            return True
        borders, offset = set(), 0
        for component in entry.number.components:
            offset += len(component)
            borders.add(offset)
        offset = 0
        for position in range(first, last):
            offset += len(self.parts[position].text)
            gap = self._gap(position)
            if offset not in borders and gap and not _WRAP.fullmatch(gap):
                return False
        return True

    def _worth(self, entries, first, last):
        """The entries with what they are worth here; empty when the writing is no whole number."""
        parts = self.parts[first : last + 1]
        digits = sum(len(part.text) for part in parts if part.digits)
        letters = sum(len(part.text) for part in parts) - digits
        glued = self._border(first, last)
        if glued is None or (parts[0].digits and self._misled(parts[0].start, parts[-1].end)):
            return []
        if len(parts) > 1 and letters == 1 and not parts[0].digits and " " in self._gap(first):
            return []
        found = []
        for entry in entries:
            strength = min(_strength(entry, letters, digits, parts[-1].text), glued)
            if strength and self._may_be_cut(entry, last):
                strength = min(strength, SUPPORTED)
            if strength:
                found.append((entry, strength))
        return found

    def _may_be_cut(self, entry, last):
        """Whether a number lacks digits that may follow after a line wrap."""
        if last + 1 == len(self.parts) or not self.parts[last + 1].digits:
            return False
        lacks = len(self.parts[last].text) < len(entry.number.components[-1])
        return lacks and self._gap(last).isspace()

    def _border(self, first, last):
        """The most a number can be worth by what touches it; None when it is a part of something longer."""
        if self.parts[first].digits and not stands_alone(self.folded, self.parts, first, last):
            return None
        if last + 1 == len(self.parts):
            return CERTAIN
        gap, following = self._gap(last), self.parts[last + 1]
        if gap == "" and following.text in _BANK_TAGS and self.folded[following.end : following.end + 1] == "+":
            return CERTAIN
        if gap == "":
            return None if len(following.text) == 1 or following.digits else SUPPORTED
        if gap in TIES and not following.digits and len(following.text) == 1:
            return None
        return CERTAIN

    def _misled(self, start, end):
        if self.misleading is None:
            self.misleading = misleading_spans(self.folded)
        return overlaps(start, end, self.misleading)

    def _accept(self, first, last, entries):
        """Note a number and what hangs on it; return the position to go on from."""
        base = entries[0][0].number
        implied, end = continuation(self.index, self.folded, self.parts, last, base)
        digits_follow = end + 1 < len(self.parts) and self.parts[end + 1].digits
        if digits_follow and end == last and self._gap(last) in TIES:
            entries = [(entry, min(strength, SUPPORTED)) for entry, strength in entries]
        self._note(first, last, entries, "document_number", runs_on=self._runs_on(end))
        for number in implied:
            worth = [(entry, CERTAIN) for entry in number.entries]
            self._note(number.position, number.position, worth, number.kind, inferred=True)
        return end + 1

    def _runs_on(self, end):
        """Whether digits follow a token as in a list, that are no day and no amount."""
        for following in self.parts[end + 1 : end + 4]:
            if following.digits:
                gap = self.folded[self.parts[end].end : following.start]
                return bool(_LIST_SIGN.fullmatch(gap)) and not self._misled(following.start, following.end)
        return False

    def _note(self, first, last, entries, kind, inferred=False, runs_on=False):
        start, end = self.parts[first].start, self.parts[last].end
        found_open, found_closed = targets_of(entries)
        self.numbers.append(
            ReadNumber(start, end, self.text[start:end], kind, found_open, found_closed, inferred, runs_on)
        )

    def _skip_unknown(self, first):
        """Note a number that is written like ours but unknown; return where to go on."""
        start, best = self.parts[first], None
        if ("0" if start.text[0] == "0" else start.text) not in self.index.sequence_starts:
            return first + 1
        for last in range(first, min(first + 6, len(self.parts))):
            if last > first and not _GAP.fullmatch(self._gap(last - 1)):
                break
            if last > first + 1 and self.parts[last].digits and self._begins_date_or_money(last):
                break
            if self.parts[last].digits and self._is_of_sequence(first, last):
                best = last
        if best is None or (start.digits and not stands_alone(self.folded, self.parts, first, best)):
            return first + 1
        components = tuple(part.text for part in self.parts[first : best + 1])
        entries = self._with_short_year(components)
        if entries:
            return self._accept(first, best, entries)
        start, end = start.start, self.parts[best].end
        value = self.text[start:end]
        number = DocumentNumber(value, components)
        self.unknown.append(UnknownNumber(start, end, value, number))
        return best + 1

    def _with_short_year(self, components):
        """Documents whose year is written with two digits, as in `INV/26/01071`."""
        for position, part in enumerate(components[:-1]):
            if len(part) == 2 and is_year(f"20{part}"):
                whole = DocumentNumber("", (*components[:position], f"20{part}", *components[position + 1 :]))
                found = self.index.written.get(whole.forms().whole, ())
                return [(entry, SUPPORTED) for entry in found if entry.form == WHOLE]
        return []

    def _is_of_sequence(self, first, last):
        """Whether tokens are written like a number of ours: as they stand, with line wraps undone, or year and number
        in one."""
        written = tuple(part.text for part in self.parts[first : last + 1])
        joined = tuple(token.text for token in tokens("".join(written)))
        apart = len(written[0]) == 1 and last > first and self._gap(first)
        candidates = [joined] if apart else [written, joined]
        if len(joined) == 2 and len(joined[1]) >= _FEWEST_DIGITS_WITH_YEAR and is_year(joined[1][:4]):
            candidates.append((joined[0], joined[1][:4], joined[1][4:]))
        return any(forms_of(parts).sequence in self.index.sequences for parts in candidates)


def _strength(entry: Entry, letters: int, digits: int, last: str) -> int:
    last_length = len(last)
    if entry.form == FIXED:
        strength = CERTAIN if letters + digits >= 10 else SUPPORTED
    elif entry.form == NUMERIC:
        strength = SUPPORTED if digits >= 7 and last_length >= 3 else 0
    elif entry.form == SHORT:
        strength = SUPPORTED if letters >= 2 and last_length >= 3 and not is_year(last) else 0
    elif entry.number.components[0].isdigit():
        strength = CERTAIN if digits >= 9 else SUPPORTED if digits >= 6 else HINT
    elif digits >= 4 and letters + digits >= 6:
        strength = CERTAIN
    else:
        strength = SUPPORTED if digits >= 3 and letters + digits >= 4 else HINT
    return strength if entry.own else min(strength, SUPPORTED)
