"""Building the query of a list: ``searchCriteria`` as the shop's web API defines it.

Filters within a group are joined by OR, groups by AND. Even an empty search must carry the word, or the shop
answers 400.
"""

from __future__ import annotations

from urllib.parse import quote


class Search:
    """One query of a list; each method returns the query itself, so that they chain."""

    def __init__(self):
        self._groups, self._sorts, self._fields = [], [], ""
        self._page_size, self._page = None, None

    def where(self, field, condition, value):
        """Add a filter that must hold."""
        return self.where_any((field, condition, value))

    def where_any(self, *filters):
        """Add filters of which one must hold: ``(field, condition, value)`` each."""
        self._groups.append(filters)
        return self

    def sort(self, *fields, descending=False):
        """Sort by fields, the first first."""
        self._sorts += [(field, "DESC" if descending else "ASC") for field in fields]
        return self

    def page(self, size, number=1):
        self._page_size, self._page = size, number
        return self

    def only(self, fields):
        """Ask for some fields only (the shop's ``fields`` syntax), which shortens the answer."""
        self._fields = fields
        return self

    def pairs(self):
        """Return the query as (name, value) pairs in a stable order."""
        root = "searchCriteria"
        for group, filters in enumerate(self._groups):
            for position, (field, condition, value) in enumerate(filters):
                stem = f"{root}[filter_groups][{group}][filters][{position}]"
                yield f"{stem}[field]", field
                yield f"{stem}[value]", value
                yield f"{stem}[condition_type]", condition
        for position, (field, direction) in enumerate(self._sorts):
            yield f"{root}[sortOrders][{position}][field]", field
            yield f"{root}[sortOrders][{position}][direction]", direction
        if self._page_size:
            yield f"{root}[pageSize]", self._page_size
            yield f"{root}[currentPage]", self._page
        else:
            yield root, ""
        if self._fields:
            yield "fields", self._fields


def query_string(pairs):
    """Return (name, value) pairs encoded; a blank is ``%20``, since a signed query must read the same everywhere."""
    return "&".join(f"{quote(str(name), safe='')}={quote(str(value), safe='')}" for name, value in pairs)


def path_segment(value):
    """Return a value (a sku, say) encoded as one segment of a path: ``/`` becomes ``%2F``."""
    return quote(str(value), safe="")
