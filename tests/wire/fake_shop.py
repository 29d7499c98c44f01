"""A shop in memory for tests: a transport that answers list queries as the shop's web API does.

It reads searchCriteria (groups, sort, pages), so that paging is tried against rows that really move.
"""

from __future__ import annotations

import json
import re
from email.utils import format_datetime
from urllib.parse import parse_qsl, urlsplit

from magento_wire.transport import HttpResponse, Transport

COMPARE = {
    "eq": lambda one, two: str(one) == str(two),
    "gt": lambda one, two: _less(two, one),
    "gteq": lambda one, two: not _less(one, two),
    "lteq": lambda one, two: not _less(two, one),
    "notnull": lambda one, two: one is not None,
}


def _less(one, two):
    if isinstance(one, int) or isinstance(two, int):
        return int(one or 0) < int(two or 0)
    return str(one or "") < str(two or "")


def answer(data, status=200, headers=None):
    """An answer with a JSON body."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return HttpResponse(status, {"content-type": "application/json", **(headers or {})}, body)


class FakeShop(Transport):
    """Holds rows by path; ``script`` holds answers that come before the regular ones.

    :param lists: path -> list of rows
    :param key: the rows' id field, under the column name the filters use
    """

    def __init__(self, lists=None, key="entity_id"):
        self.lists, self.key = dict(lists or {}), key
        self.script, self.requests, self.others = [], [], {}
        self.clock = None

    def send(self, request):
        self.requests.append(request)
        if self.script:
            step = self.script.pop(0)
            step = step(self, request) if callable(step) else step
            if isinstance(step, Exception):
                raise step
            if step is not None:
                return step
        parts = urlsplit(request.url)
        path = parts.path.split("/V1/", 1)[-1]
        if (request.method, path) in self.others:
            return self.others[request.method, path](self, request)
        if path not in self.lists:
            return answer({"message": "Request does not match any route."}, 404)
        query = parse_qsl(parts.query, keep_blank_values=True)
        rows = self.lists[path]
        if not query and path.startswith("store/"):
            return answer(rows)
        if not any(name.startswith("searchCriteria") for name, _value in query):
            return answer({"message": '"%fieldName" is required. Enter and try again.',
                           "parameters": {"fieldName": "searchCriteria"}}, 400)  # fmt: skip
        date = {"date": format_datetime(self.clock(), usegmt=True)} if self.clock else {}
        return answer(search(rows, query, self.key), headers=date)


def search(rows, query, key):
    """Apply searchCriteria to rows."""
    groups, sorts, options = {}, {}, {}
    for name, value in query:
        found = re.fullmatch(r"searchCriteria\[filter_groups\]\[(\d+)\]\[filters\]\[(\d+)\]\[(\w+)\]", name)
        if found:
            groups.setdefault(found[1], {}).setdefault(found[2], {})[found[3]] = value
            continue
        found = re.fullmatch(r"searchCriteria\[sortOrders\]\[(\d+)\]\[field\]", name)
        if found:
            sorts[int(found[1])] = value
        options[name] = value
    rows = [row for row in rows if all(any(_holds(row, one) for one in group.values()) for group in groups.values())]
    for _position, field in sorted(sorts.items(), reverse=True):
        rows = sorted(rows, key=lambda row: (row.get(field) is not None, row.get(field)))
    size = int(options.get("searchCriteria[pageSize]") or 1000)
    number = int(options.get("searchCriteria[currentPage]") or 1)
    page = rows[(number - 1) * size : number * size]
    return {"items": page or None, "search_criteria": {}, "total_count": len(rows)}


def _holds(row, one):
    value = row.get(one["field"])
    return COMPARE[one.get("condition_type", "eq")](value, one["value"])
