"""What all intents have in common: frozen data that turns into JSON and has a fingerprint."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal


def to_dict(value):
    """Return an intent (or a part of it) as what JSON can hold: Decimals and times as text, tuples as
    lists.
    """
    if is_dataclass(value):
        return {item.name: to_dict(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, dict):
        return {str(key): to_dict(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_dict(item) for item in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return value


def content_hash(value):
    """Return a short stable fingerprint (32 hex digits) of an intent's content."""
    canonical = json.dumps(to_dict(value), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


class Intent:
    """What all intents can do."""

    __slots__ = ()

    def to_dict(self):
        """Return the intent as plain JSON data. See :func:`to_dict`."""
        return to_dict(self)
