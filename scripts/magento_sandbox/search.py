"""``searchCriteria`` and ``fields``: which rows a list call returns, in which order, on which page, how much of each.

Apart from the routes because every list shares it. It follows MySQL below Magento: text compares without case, NULL
matches nothing but ``null``, numbers compare as numbers, and a page beyond the last is what the shop's setting says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qsl

from .errors import ApiError, internal_error, missing_field

_KEY = re.compile(r"^(searchCriteria|search_criteria)((?:\[[^\]]*\])*)$")
_PART = re.compile(r"\[([^\]]*)\]")
_NAMES = {
    "filterGroups": "filter_groups", "conditionType": "condition_type", "sortOrders": "sort_orders",
    "pageSize": "page_size", "currentPage": "current_page",
}  # fmt: skip
_LIKE = {"%": ".*", "_": "."}


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition; ``condition`` is Magento's word, ``eq`` where the call names none."""

    field: str
    value: str
    condition: str


@dataclass(frozen=True, slots=True)
class Criteria:
    """Parsed search criteria: groups are AND, filters within one OR; ``page_size`` None means all rows."""

    groups: tuple[tuple[Filter, ...], ...] = ()
    sort: tuple[tuple[str, str], ...] = ()
    page_size: int | None = None
    current_page: int | None = None

    def echo(self):
        """Return the criteria as the answer repeats them."""
        echo = {
            "filter_groups": [
                {
                    "filters": [
                        {"field": item.field, "value": item.value, "condition_type": item.condition} for item in group
                    ]
                }
                for group in self.groups
            ]
        }
        if self.sort:
            echo["sort_orders"] = [{"field": field, "direction": way} for field, way in self.sort]
        if self.page_size is not None:
            echo["page_size"] = self.page_size
        if self.current_page is not None:
            echo["current_page"] = self.current_page
        return echo


def parse_criteria(query, *, required=True):
    """Return the :class:`Criteria` of a query string.

    :param query: the raw part behind ``?``
    :param required: whether a call without any ``searchCriteria`` is an error, as for all lists of a real shop
    :raises ApiError: 400 where they are missing or no numbers where numbers must be
    """
    tree, seen = {}, False
    for key, value in parse_qsl(query, keep_blank_values=True):
        match = _KEY.match(key)
        if not match:
            continue
        seen = True
        path = [_NAMES.get(part, part) for part in _PART.findall(match.group(2))]
        node = tree
        for part in path[:-1]:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise ApiError(400, f"searchCriteria is no tree at {key}")
        if path:
            node[path[-1]] = value
    if not seen and required:
        raise missing_field("searchCriteria")
    return _criteria(tree)


def _criteria(tree):
    groups = []
    for group in _ordered(tree.get("filter_groups")):
        filters = [_filter(item) for item in _ordered(group.get("filters"))]
        if filters:
            groups.append(tuple(filters))
    sort = tuple(
        (item.get("field", ""), (item.get("direction") or "ASC").upper()) for item in _ordered(tree.get("sort_orders"))
    )
    return Criteria(tuple(groups), sort, _number(tree, "page_size"), _number(tree, "current_page"))


def _filter(node):
    if "field" not in node:
        raise missing_field("field")
    return Filter(node["field"], node.get("value", ""), node.get("condition_type") or "eq")


def _ordered(node):
    if not isinstance(node, dict):
        return []
    keys = sorted(node, key=lambda key: (not key.isdigit(), int(key) if key.isdigit() else 0, key))
    return [node[key] for key in keys if isinstance(node[key], dict)]


def _number(tree, name):
    value = tree.get(name)
    if value in (None, ""):
        return None
    if not str(value).isdigit():
        raise ApiError(
            400,
            'The "%value" value\'s type is invalid. The "%type" type was expected. Verify and try again.',
            {"value": str(value), "type": "int"},
        )
    return int(value)


def select(rows, criteria, columns_of, known=()):
    """Return the rows that fit, sorted; ``columns_of(row)`` gives the values that filters and sorting see.

    :param known: names that may be asked for although no row has them now
    :raises ApiError: 500 for a field that exists nowhere, as the real shop's SQL fails
    """
    rows = list(rows)
    columns = [columns_of(row) for row in rows]
    asked = [item.field for group in criteria.groups for item in group] + [field for field, _way in criteria.sort]
    for name in asked:
        if columns and name not in known and not any(name in cells for cells in columns):
            raise internal_error("unknown-column")
    pairs = [
        (row, cells)
        for row, cells in zip(rows, columns, strict=True)
        if all(any(matches(cells.get(item.field), item) for item in group) for group in criteria.groups)
    ]
    for field, way in reversed(criteria.sort):
        pairs.sort(key=_sort_key(field), reverse=way == "DESC")
    return [row for row, _cells in pairs]


def _sort_key(field):
    def key(pair):
        value = pair[1].get(field)
        if value is None:
            return (0, "")
        return (1, value if isinstance(value, (int, Decimal)) else _as_text(value))

    return key


def page_of(rows, criteria, settings):
    """Return one page of ``rows`` by the shop's settings (see :class:`.shop.Settings`).

    :raises ApiError: 400 where the page is larger than the cap
    """
    size, cap = criteria.page_size, settings.page_size_cap
    if cap and size and size > cap:
        raise ApiError(400, "Maximum SearchCriteria pageSize is %max", {"max": cap})
    if not size:
        size = cap or len(rows) or 1
    number = max(criteria.current_page or 1, 1)
    last = max(-(-len(rows) // size), 1)
    if number > last:
        if settings.past_end == "repeat":
            number = last
        else:
            return None if settings.past_end == "null" else []
    return rows[(number - 1) * size : number * size]


def matches(value, condition):
    """Return whether a column's value meets one :class:`Filter`."""
    kind = condition.condition
    if kind == "null":
        return value is None
    if kind == "notnull":
        return value is not None
    if value is None:
        return False
    if kind in ("in", "nin"):
        found = any(_compare(value, part) == 0 for part in condition.value.split(","))
        return found == (kind == "in")
    if kind in ("like", "nlike"):
        pattern = "".join(_LIKE.get(sign, re.escape(sign)) for sign in condition.value)
        return (re.fullmatch(pattern, str(value), re.IGNORECASE | re.DOTALL) is not None) == (kind == "like")
    if kind in ("finset", "nfinset"):
        return (condition.value in str(value).split(",")) == (kind == "finset")
    order = _compare(value, condition.value)
    tests = {
        "eq": order == 0,
        "neq": order != 0,
        "gt": order > 0,
        "gteq": order >= 0,
        "moreq": order >= 0,
        "from": order >= 0,
        "lt": order < 0,
        "lteq": order <= 0,
        "to": order <= 0,
    }
    if kind not in tests:
        raise internal_error("unknown-condition")
    return tests[kind]


def _compare(one, two):
    if one is None or two is None:
        return (one is not None) - (two is not None)
    if isinstance(one, (int, Decimal)):
        one, two = Decimal(one), _as_number(two)
    else:
        one, two = _as_text(one), _as_text(two)
    return (one > two) - (one < two)


def _as_number(value):
    try:
        return Decimal(str(value).strip())
    except InvalidOperation:
        return Decimal(0)


_MOMENT = re.compile(r"^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.\d+)?Z?)?$")


def _as_text(value):
    text = str(value)
    moment = _MOMENT.match(text)
    if moment:
        return f"{moment.group(1)} {moment.group(2) or '00:00:00'}"
    return text.casefold()


def parse_fields(text):
    """Return the tree of a ``fields`` parameter: ``items[sku,items[name]],total_count`` → nested dicts.

    An unbalanced text gives None, and then nothing is left out, as Magento does.
    """
    root = {}
    stack, name = [root], ""

    def close(name):
        return stack[-1].setdefault(name.strip(), {}) if name.strip() else None

    for sign in text:
        if sign == "[":
            node = close(name)
            if node is None:
                return None
            stack.append(node)
            name = ""
        elif sign in ",]":
            close(name)
            name = ""
            if sign == "]":
                stack.pop()
                if not stack:
                    return None
        else:
            name += sign
    close(name)
    return root if len(stack) == 1 else None


def only_fields(value, tree):
    """Return ``value`` with nothing but the fields of ``tree`` (see :func:`parse_fields`)."""
    if not tree:
        return value
    if isinstance(value, list):
        return [only_fields(item, tree) for item in value]
    if isinstance(value, dict):
        return {key: only_fields(value[key], inner) for key, inner in tree.items() if key in value}
    return value
