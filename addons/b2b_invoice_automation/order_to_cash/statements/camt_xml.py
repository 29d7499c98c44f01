"""Small steps through a CAMT document: paths in its namespace, elements as flat fields, amounts with their currency.

An entry is looked at in some sixty places of which most are empty. Asking lxml for each path took two thirds of the
reading time; so an element is walked through once into a dict, and the places are looked up there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from .model import StatementError
from .text_input import clean, plain_decimal

_CURRENCY = re.compile(r"[A-Z]{3}$")


class Names(dict):
    """Turns "TxsSummry/TtlNtries" into the path that lxml wants in the document's namespace, once per path."""

    def __init__(self, namespace: str):
        super().__init__()
        self.prefix = f"{{{namespace}}}" if namespace else ""

    def __missing__(self, path: str) -> str:
        self[path] = full = "/".join(self.prefix + name for name in path.split("/"))
        return full


class Paths:
    """The paths that are wanted below an element, arranged by tag so that all others are passed over."""

    def __init__(self, names: Names, wanted: Iterable[str]):
        self.names = names
        self.wanted = frozenset(wanted)
        self.by_tag: dict[str, tuple] = {}
        for path in self.wanted:
            below, above = self.by_tag, ""
            for name in path.split("/"):
                above = f"{above}/{name}" if above else name
                node = below.setdefault(names.prefix + name, (above, name.endswith("Amt"), {}))
                below = node[2]


class Fields(dict):
    """The texts below an element by their paths ("Refs/EndToEndId"), the first where there are several.

    The currency of an amount stands under its path with "@" behind. Elements that may repeat and matter each
    (structured remittance, charges) are read from `element`. A wanted path that is missing gives "".
    """

    def __init__(self, element, paths: Paths):
        super().__init__()
        self.element = element
        self.line = element.sourceline or 0
        self._paths = paths
        self._walk(element, paths.by_tag)

    def add(self, elements: Iterable) -> None:
        """Take in more children of the element, which were not there before."""
        self._walk(elements, self._paths.by_tag)

    def __missing__(self, path: str) -> str:
        if path.removesuffix("@") not in self._paths.wanted:
            raise KeyError(path)
        return ""

    def _walk(self, children: Iterable, by_tag: dict[str, tuple]) -> None:
        for child in children:
            found = by_tag.get(child.tag)
            if found is None:
                continue
            path, is_amount, below = found
            if path not in self:
                self[path] = child.text or ""
                if is_amount:
                    self[path + "@"] = child.get("Ccy") or ""
            if below:
                self._walk(child, below)

    def amount(self, path: str) -> tuple[Decimal, str]:
        """The amount and currency at a path.

        :raises StatementError: if it is missing, no number, negative, or has no currency
        """
        if path not in self:
            raise StatementError("An amount is missing. Download the file again.", f"line {self.line}")
        text = self[path]
        number = plain_decimal(text)
        if number is None or number < 0:
            raise StatementError(f"“{clean(text)[:40]}” is no amount. Download the file again.", f"line {self.line}")
        currency = self[path + "@"]
        if not _CURRENCY.match(currency):
            raise StatementError(
                f"The amount {number:f} has no valid currency (“{clean(currency)[:10]}”). Download the file again.",
                f"line {self.line}",
            )
        return number, currency


def joined(pieces: list[str]) -> str:
    """Remittance text from its pieces: one of full 140 characters goes on in the next without a blank."""
    return clean("".join(piece if len(piece) >= 140 else f"{piece} " for piece in pieces))
