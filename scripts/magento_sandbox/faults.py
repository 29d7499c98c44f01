"""Faults by plan: which requests go wrong, how, and how often. Seeded, so that a failing run can be repeated.

A plan is a JSON list of objects::

    {"kind": "too_many", "match": {"method": "GET", "path": "*/V1/orders"}, "times": 2, "after": 1, "seconds": 3}

``match`` (all parts optional): ``method``; ``path`` with ``*`` and ``?`` as in file names; ``query``, a piece that the
decoded query holds. ``after`` lets that many matching requests pass first (default 0), ``times`` is how often it
strikes (default 1; 0 for always), ``probability`` makes it a matter of the seeded chance. Other keys belong to the
kind; see :data:`KINDS`. Kept apart from the server, which only carries out what :class:`Strike` says.
"""

from __future__ import annotations

import fnmatch
import random
import threading
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

# kind → (when it acts, what it does and which keys it reads)
KINDS = {
    "refuse": ("instead", "resets the connection and refuses new ones for `seconds` (default 1)"),
    "html": ("instead", "a proxy's HTML page with status 200"),
    "unauthorized": ("instead", "401 as after a token's expiry; `for_good` revokes the token"),
    "too_many": ("instead", "429; `retry_after`: seconds (default), date or none; `seconds` (default 1)"),
    "status": ("instead", "`status` 500, 502 or 503 (default 503); `retry_after` and `seconds` as above"),
    "redirect": ("instead", "302 to `location` (default another host)"),
    "lost_answer": ("after", "the request is carried out, but the connection is reset before any answer"),
    "reset": ("wire", "connection reset in mid-body, after `bytes` (default half)"),
    "drip": ("wire", "the body comes in pieces of `bytes` (default 16) every `pause_ms` (default 50)"),
    "truncate": ("wire", "JSON cut after `bytes` (default half), with a matching or, if `lie`, the full length"),
    "duplicate_rows": ("payload", "every page but the first repeats the last `rows` (default 1) of the page before"),
    "moving_rows": ("before", "`rows` (default 1) orders get a new updated_at, so that pages shift"),
    "wrong_total_count": ("payload", "total_count is off by `by` (default 1)"),
    "repeat_last_page": ("payload", "a page beyond the end repeats the last page"),
    "null_items": ("payload", "an empty page holds null instead of a list"),
    "clock_skew": ("before", "from now on the shop's clock is `seconds` off (default 900)"),
    "absent_fields": ("payload", "`fields` are missing everywhere (default: some that importers like)"),
    "extra_fields": ("payload", "unknown fields and extension attributes appear on every record"),
    "four_byte": ("payload", "names and cities hold characters of four bytes"),
    "huge_comment": ("payload", "the first order's history has a comment of `bytes` (default 10 MB)"),
    "huge_order": ("world", "an order with `lines` lines (default 10 000) is placed at the start"),
    "zero_total": ("world", "an order with a total of 0.00 is placed at the start"),
    "negative_total": ("world", "an order with a negative total is placed at the start"),
}
FOUR_BYTE = "𝄞🛠️𠜎"
_ABSENT = ("applied_taxes", "customer_email", "total_item_count", "weight", "region", "tax_percent")
_TEN_MEGABYTES = 10 * 1024 * 1024


class FaultError(ValueError):
    """A plan that cannot be meant: says which entry and what is wrong."""


@dataclass(slots=True)
class Fault:
    """One entry of a plan, with what it has done so far."""

    kind: str
    match: dict
    times: int
    after: int
    probability: float
    options: dict
    seen: int = 0
    struck: int = 0

    @property
    def phase(self):
        return KINDS[self.kind][0]

    def fits(self, method, path, query):
        """Whether a request is one that this fault waits for."""
        return (
            self.match.get("method", method) == method
            and fnmatch.fnmatchcase(path, self.match.get("path", "*"))
            and self.match.get("query", "") in unquote_plus(query)
        )

    def report(self):
        """Return the fault as plain data for the control API."""
        return {
            "kind": self.kind,
            "match": self.match,
            "times": self.times,
            "after": self.after,
            "seen": self.seen,
            "struck": self.struck,
            **self.options,
        }


@dataclass(frozen=True, slots=True)
class Strike:
    """The faults that strike one request, by when they act."""

    faults: tuple[Fault, ...] = ()

    def of(self, phase):
        return [fault for fault in self.faults if fault.phase == phase]

    @property
    def names(self):
        return [fault.kind for fault in self.faults]


@dataclass
class FaultPlan:
    """The faults still to come; safe to use from several threads."""

    seed: int = 1
    faults: list = field(default_factory=list)

    def __post_init__(self):
        self._chance = random.Random(f"faults:{self.seed}")  # noqa: S311
        self._lock = threading.Lock()

    def add(self, entries):
        """Add the entries of a plan; return the new :class:`Fault` list.

        :raises FaultError: for an unknown kind or an entry that is no object
        """
        faults = [_parse(number, entry) for number, entry in enumerate(_listed(entries), start=1)]
        with self._lock:
            self.faults += faults
        return faults

    def clear(self):
        """Forget all faults."""
        with self._lock:
            self.faults.clear()

    def strike(self, method, path, query):
        """Return the :class:`Strike` on a request, and count it. At most one fault acts instead of the answer."""
        with self._lock:
            struck = [fault for fault in self.faults if self._strikes(fault, method, path, query)]
        return Strike(tuple(struck))

    def _strikes(self, fault, method, path, query):
        if fault.phase == "world" or not fault.fits(method, path, query):
            return False
        fault.seen += 1
        if fault.seen <= fault.after or (fault.times and fault.struck >= fault.times):
            return False
        if fault.probability < 1 and self._chance.random() >= fault.probability:
            return False
        fault.struck += 1
        return True

    def reports(self):
        """Return all faults as plain data."""
        with self._lock:
            return [fault.report() for fault in self.faults]


def random_plan(seed, count, kinds=None, path="*/V1/*"):
    """Return a plan (plain data) of ``count`` faults drawn by the seed, none of which lasts.

    :param kinds: names to draw from; None for all that a request can meet
    """
    chance = random.Random(f"plan:{seed}")  # noqa: S311
    names = sorted(kinds or (name for name, (phase, _text) in KINDS.items() if phase != "world"))
    return [
        {"kind": chance.choice(names), "match": {"path": path}, "after": chance.randrange(20), "times": 1}
        for _number in range(count)
    ]


def spoil_payload(fault, result, page):
    """Return a list answer or a record as a payload fault leaves it; ``result`` is a copy that may be changed.

    :param page: function (number) → the rows of another page of the same call, or None where it is no list
    """
    return _SPOILERS[fault.kind](fault, result, page)


def _listed(entries):
    if not isinstance(entries, list):
        raise FaultError("a fault plan is a JSON list of objects; see `--help` of magento_sandbox")
    return entries


def _parse(number, entry):
    if not isinstance(entry, dict):
        raise FaultError(f"entry {number} of the fault plan is no object")
    options = dict(entry)
    kind = options.pop("kind", None)
    if kind not in KINDS:
        raise FaultError(f"entry {number}: unknown kind {kind!r}; there are: {', '.join(sorted(KINDS))}")
    match = options.pop("match", {})
    if not isinstance(match, dict) or set(match) - {"method", "path", "query"}:
        raise FaultError(f"entry {number}: match takes method, path and query, not {match!r}")
    return Fault(
        kind,
        match,
        int(options.pop("times", 1)),
        int(options.pop("after", 0)),
        float(options.pop("probability", 1)),
        options,
    )


def _is_list(result):
    return isinstance(result, dict) and "total_count" in result


def _duplicate_rows(fault, result, page):
    number = result["search_criteria"].get("current_page", 1) if _is_list(result) else 1
    if number > 1 and page:
        result["items"] = page(number - 1)[-fault.options.get("rows", 1) :] + (result["items"] or [])
    return result


def _wrong_total_count(fault, result, _page):
    if _is_list(result):
        result["total_count"] += fault.options.get("by", 1)
    return result


def _repeat_last_page(_fault, result, page):
    if _is_list(result) and not result["items"] and result["total_count"] and page:
        size = result["search_criteria"].get("page_size") or result["total_count"]
        result["items"] = page(-(-result["total_count"] // size))
    return result


def _null_items(_fault, result, _page):
    if _is_list(result) and not result["items"]:
        result["items"] = None
    return result


def _absent_fields(fault, result, _page):
    names = set(fault.options.get("fields", _ABSENT))

    def without(value):
        if isinstance(value, dict):
            return {key: without(inner) for key, inner in value.items() if key not in names}
        return [without(inner) for inner in value] if isinstance(value, list) else value

    return without(result)


def _records(result):
    if _is_list(result):
        return [row for row in result["items"] or [] if isinstance(row, dict)]
    return [result] if isinstance(result, dict) else []


def _extra_fields(_fault, result, _page):
    for record in _records(result):
        record["vendor_module_flag"] = {"nested": [1, None, "x"]}
        record.setdefault("extension_attributes", {})["vendor_module_score"] = 0.5
    return result


def _four_byte(_fault, result, _page):
    names = ("firstname", "lastname", "company", "city", "customer_firstname", "name", "comment")

    def with_signs(value, key=None):
        if isinstance(value, dict):
            return {inner: with_signs(item, inner) for inner, item in value.items()}
        if isinstance(value, list):
            return [with_signs(item) for item in value]
        return f"{value} {FOUR_BYTE}" if key in names and isinstance(value, str) else value

    return with_signs(result)


def _huge_comment(fault, result, _page):
    for record in _records(result)[:1]:
        comment = "Ä" * (fault.options.get("bytes", _TEN_MEGABYTES) // 2)
        entry = {
            "comment": comment,
            "created_at": record.get("created_at"),
            "entity_id": 999999,
            "entity_name": "order",
            "is_customer_notified": 0,
            "is_visible_on_front": 0,
            "parent_id": record.get("entity_id"),
            "status": record.get("status"),
        }
        record.setdefault("status_histories", []).insert(0, entry)
    return result


_SPOILERS = {
    "duplicate_rows": _duplicate_rows,
    "wrong_total_count": _wrong_total_count,
    "repeat_last_page": _repeat_last_page,
    "null_items": _null_items,
    "absent_fields": _absent_fields,
    "extra_fields": _extra_fields,
    "four_byte": _four_byte,
    "huge_comment": _huge_comment,
}
