"""Document numbers and creditor references as text: how they are written, normalised and compared.

A number is compared whole, component by component: `INV/2026/01071` is the letters INV, the digits 2026 and
the digits 01071; separators, case and leading zeros do not count, but a part of a number is never the
number. Apart from the index of open items (`number_index`), because these rules know nothing of items or
money.

Creditor references follow ISO 11649: `RF`, two check digits (ISO 7064 MOD 97-10), up to 21 letters and
digits.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

_KEPT = 1 << 17
_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_RF = re.compile(r"RF\d{2}[0-9A-Z]{1,21}")
_NO_REFERENCE = frozenset(("NOTPROVIDED", "NONREF", "NONE", "NA", "NOREF"))
_SHORTEST_REFERENCE = 4
_PLAIN = {"Ł": "L", "Ø": "O", "Đ": "D", "Ħ": "H", "Ŧ": "T"} | dict.fromkeys("\u2010\u2013\u2014\u2212", "-")
_LETTER_O = re.compile(r"(?<=[\d/\-])O(?=\n?\d)|(?<=\d\d)O(?=[,;.\s]|$)")

_DATE = r"\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:\d{4}|\d{2})"
_AMOUNT = r"\d{1,3}(?:[.,' ]\d{3}){1,5}(?:[.,]\d{2})?|\d+[.,]\d{2}"
_ACCOUNT = r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?"
_PHONE = r"(?<!\+)\+\d{2}[\d /-]{7,20}"
_NOT_A_NUMBER = re.compile(rf"(?<![\w.,/-])(?:{_DATE}|{_AMOUNT}|{_ACCOUNT}|{_PHONE})(?![\w]|[.,/-]\d)")


@dataclass(frozen=True, slots=True)
class Token:
    """A run of letters or a run of digits in a text, with where it stands; `digits` tells which."""

    text: str
    start: int
    end: int
    digits: bool

    @property
    def bare(self) -> str:
        """The token without leading zeros."""
        return self.text.lstrip("0") or "0" if self.digits else self.text


class NumberForms(NamedTuple):
    """Ways of writing a number, and what it belongs to; empty where there is no such way.

    :param whole: all its components, without leading zeros, as the next three.
    :param numeric: without its letters, where all the rest is digits.
    :param short: letters and last digits only, as in `INV 1071`.
    :param tail: the last digits alone.
    :param compact: the number without separators, zeros kept.
    :param sequence: what numbers of one sequence share: letters, with a sign for digits, as in `INV|#|#`. Where letters
        tell little (one letter, or zeros before digits), the length counts as well; empty for plain digits, which
        could be anything.
    """

    whole: str
    numeric: str
    short: str
    tail: str
    compact: str
    sequence: str


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """A document number taken apart.

    :param text: as it stands on the document.
    :param components: its runs of letters and of digits, folded, zeros kept.
    """

    text: str
    components: tuple[str, ...]

    @property
    def compact(self) -> str:
        """The number without separators, zeros kept."""
        return "".join(self.components)

    def forms(self) -> NumberForms:
        """All the ways in which the number may be written with something left out, worked out once."""
        return forms_of(self.components)

    def with_last(self, digits: str) -> str:
        """The `whole` key of the number of the same sequence that ends in other digits."""
        return "|".join([*(_bare(part) for part in self.components[:-1]), _bare(digits)])


def fold(text: str) -> str:
    """Upper case without accents and with plain digits, each character staying at its place.

    Positions are kept so that what is read in the folded text can be highlighted in the original one.
    """
    if text.isascii():
        folded = text.upper()
    else:
        folded = "".join(_fold_character(character) for character in text)
    return _LETTER_O.sub("0", folded)


def tokens(folded: str) -> list[Token]:
    """The runs of letters and of digits of a folded text."""
    return [
        Token(match.group(), match.start(), match.end(), match.group()[0].isdigit())
        for match in _TOKEN.finditer(folded)
    ]


@lru_cache(maxsize=_KEPT)
def parse_number(text: str) -> DocumentNumber | None:
    """Take a document number apart; None for what cannot identify a document (no digit, or one character).

    Kept, because each batch meets the numbers of the same open items again.
    """
    components = tuple(_TOKEN.findall(fold(text)))
    if sum(map(len, components)) < 2 or not any(part.isdigit() for part in components):
        return None
    return DocumentNumber(text, components)


def compact(reference: str) -> str:
    """Letters and digits of a reference only, folded: the form in which fixed references are compared."""
    return "".join(_TOKEN.findall(fold(reference)))


def may_refer(key: str) -> bool:
    """Whether a compact reference is long enough to mean something, and no word for none."""
    return len(key) >= _SHORTEST_REFERENCE and key not in _NO_REFERENCE


def misleading_spans(folded: str) -> list[tuple[int, int]]:
    """Where a text holds dates, amounts, account or phone numbers, which are no document numbers."""
    return [match.span() for match in _NOT_A_NUMBER.finditer(folded)]


def creditor_reference(reference: str) -> str:
    """Make an ISO 11649 creditor reference.

    :param reference: up to 21 letters and digits; anything else in it is dropped.
    :returns: `RF`, check digits, reference.
    :raises ValueError: when nothing or too much remains.
    """
    body = re.sub(r"[^0-9A-Z]", "", reference.upper())
    if not 1 <= len(body) <= 21:
        raise ValueError(
            f"{reference!r} has {len(body)} letters and digits; a creditor reference takes 1 to 21 of them"
        )
    return f"RF{98 - _modulo_97(body + 'RF00'):02d}{body}"


def is_creditor_reference(text: str) -> bool:
    """Whether a text, spaces aside, is an ISO 11649 reference with right check digits."""
    joined = re.sub(r"\s", "", text.upper())
    return bool(_RF.fullmatch(joined)) and _modulo_97(joined[4:] + joined[:4]) == 1


def one_edit_apart(left: str, right: str) -> bool:
    """Whether two strings differ by one changed, missing, added or swapped character, and no less."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    rest, other = left[start:], right[start:]
    if len(rest) == len(other):
        swapped = rest[:2] == other[:2][::-1] and rest[2:] == other[2:]
        return rest[1:] == other[1:] or swapped
    return rest[1:] == other if len(rest) > len(other) else rest == other[1:]


@lru_cache(maxsize=_KEPT)
def forms_of(components: tuple[str, ...]) -> NumberForms:
    """The forms of a number with these components. Kept as `parse_number` is."""
    digits = [part.isdigit() for part in components]
    bare = [_bare(part) for part in components]
    parted = len(bare) > 2 and not digits[0]
    return NumberForms(
        "|".join(bare),
        "|".join(bare[1:]) if parted and all(digits[1:]) else "",
        f"{bare[0]}|{bare[-1]}" if parted and digits[-1] else "",
        bare[-1] if digits[-1] else "",
        "".join(components),
        _sequence(components, digits),
    )


def _sequence(components, digits):
    first, last = components[0], components[-1]
    if digits[0]:
        return f"0{len(first)}" if len(components) == 1 and first[0] == "0" and len(first) > 5 else ""
    if not digits[-1]:
        return ""
    shape = "|".join("#" if is_digits else part for part, is_digits in zip(components, digits, strict=True))
    return shape if len(first) > 1 else f"{shape}{len(last)}"


def _bare(component: str) -> str:
    return component.lstrip("0") or "0" if component.isdigit() else component


def _fold_character(character: str) -> str:
    if character.isdigit():
        return str(unicodedata.digit(character))
    plain = unicodedata.normalize("NFKD", character)[0].upper()
    return _PLAIN.get(plain, plain[0])


def _modulo_97(text: str) -> int:
    return int("".join(str(int(character, 36)) for character in text)) % 97
