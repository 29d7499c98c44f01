"""What amount a person means who types one: with a decimal comma or point, with or without marks between thousands.

Apart from the readers of files, which know their decimal mark or refuse: a search takes every amount that may be meant.
"""

from __future__ import annotations

import re
from decimal import Decimal

_BLANKS = re.compile(r"[\s'\u2019]")  # \s holds the blanks that do not break, too
_WHOLE = {
    mark: re.compile(rf"\d{{1,15}}|\d{{1,3}}(?:\{mark}\d{{2,3}}){{0,4}}\{mark}\d{{3}}") for mark in (".", ",")
}  # groups of two are Indian: 12,34,567
_DECIMALS = re.compile(r"\d{1,3}")


def readings(text: str) -> tuple[Decimal, ...]:
    """All amounts that a text may mean, smallest first: "1,234.56" one, "12.345" two; none where it is no amount."""
    plain = _BLANKS.sub("", text.replace("\u2212", "-"))
    sign = -1 if plain.startswith("-") else 1
    plain = plain[1:] if plain[:1] in ("-", "+") else plain
    found = set()
    for decimal_mark, mark in ((".", ","), (",", ".")):
        whole, _mark, decimals = plain.rpartition(decimal_mark) if decimal_mark in plain else (plain, "", "0")
        if _WHOLE[mark].fullmatch(whole) and _DECIMALS.fullmatch(decimals):
            found.add(sign * Decimal(f"{''.join(filter(str.isdigit, whole))}.{decimals}"))
    return tuple(sorted(found))
