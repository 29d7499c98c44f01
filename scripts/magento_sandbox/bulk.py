"""Requests that the shop takes now and carries out later: ``/async/bulk/V1/…`` and ``/V1/bulk/{uuid}/…``.

Behind the setting ``async_bulk``. That an operation is accepted says nothing: it is carried out when its status has
been asked for as often as the setting ``bulk_polls`` says, and each ends by itself, complete or failed.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field, replace

from .errors import ApiError, missing_field, no_such_entity

COMPLETE, FAILED, OPEN = 1, 3, 4
MOST = 5000


@dataclass
class Bulk:
    """One bulk: the route that its operations call, their bodies, and what became of them."""

    route: object
    names: list
    call: object
    bodies: list
    started: str
    polls: int = 0
    ended: dict = field(default_factory=dict)


def accept(route, segments):
    """Return the function that takes a bulk for a route.

    :param segments: of the path, arguments as ``bySku``
    """
    pairs = zip(route.pattern.split("/"), segments, strict=True)
    names = [segment[2].lower() + segment[3:] for part, segment in pairs if part == "{}"]

    def call_accept(shop, call):
        if not isinstance(call.body, list) or not call.body:
            raise missing_field("entity")
        if len(call.body) > MOST:
            raise ApiError(400, 'Maximum items of type "%type" is %max', {"type": "array", "max": MOST})
        identifier = str(uuid.UUID(int=shop.next_id("bulk") << 64 | shop.seed))
        shop.bulks[identifier] = Bulk(route, names, call, call.body, shop.clock.text())
        items = [{"id": place, "data_hash": f"{place:064x}", "status": "accepted"} for place in range(len(call.body))]
        return {"bulk_uuid": identifier, "request_items": items, "errors": False}

    return call_accept


def fits(pattern, segments):
    """Return whether the path of a bulk is a route's, its arguments written ``byName``."""
    parts = pattern.split("/")
    return len(parts) == len(segments) and all(
        re.fullmatch(r"by[A-Z]\w*", segment) if part == "{}" else part == segment
        for part, segment in zip(parts, segments, strict=True)
    )


def status(shop, _call, identifier):
    """``bulk/{uuid}/detailed-status``: carry operations out when it is time, and tell what became of each."""
    bulk = shop.bulks.get(identifier)
    if bulk is None:
        raise no_such_entity()
    bulk.polls += 1
    if not bulk.ended and 0 <= shop.settings.bulk_polls < bulk.polls:
        bulk.ended = {place: _carried_out(shop, bulk, body) for place, body in enumerate(bulk.bodies)}
    return {
        "operations_list": [_row(identifier, bulk, place) for place in range(len(bulk.bodies))],
        "user_type": 1,
        "bulk_id": identifier,
        "description": f"Topic async.{bulk.route.pattern}",
        "start_time": bulk.started,
        "user_id": 1,
        "operation_count": len(bulk.bodies),
    }


def operations(shop):
    """Return the rows of ``bulk``: all operations there are."""
    return [
        _row(identifier, bulk, place) | {"extension_attributes": {"start_time": bulk.started}}
        for identifier, bulk in shop.bulks.items()
        for place in range(len(bulk.bodies))
    ]


def _row(identifier, bulk, place):
    ended = bulk.ended.get(place, {"status": OPEN, "result_message": None, "result_serialized_data": None})
    return {"id": place, "bulk_uuid": identifier, "topic_name": bulk.route.pattern, "error_code": None} | ended


def _carried_out(shop, bulk, body):
    try:
        arguments = [str(body[name]) for name in bulk.names]
        own = {name: value for name, value in body.items() if name not in bulk.names}
        result = bulk.route.function(shop, replace(bulk.call, body=own), *arguments)
    except ApiError as error:
        said = error.message
        parameters = error.parameters or {}
        named = parameters if isinstance(parameters, dict) else dict(enumerate(parameters, start=1))
        for name, value in named.items():
            said = said.replace(f"%{name}", str(value))
        return {"status": FAILED, "result_message": said, "result_serialized_data": None, "error_code": 0}
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return {"status": FAILED, "result_message": "Internal Error", "result_serialized_data": None, "error_code": 0}
    words = "Service execution success"
    return {"status": COMPLETE, "result_message": words, "result_serialized_data": json.dumps(result, default=str)}
