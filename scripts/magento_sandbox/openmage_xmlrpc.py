"""Magento 1's XML-RPC: ``login``, ``call``, ``multiCall`` and ``endSession`` at ``/index.php/api/xmlrpc/``.

Apart, because it is only about the envelope: what is called and answered is :mod:`.openmage`'s.
"""

from __future__ import annotations

import xmlrpc.client
from decimal import Decimal
from xml.parsers.expat import ExpatError

from .openmage import NOT_CALLABLE, ApiFault, call

KIND = "text/xml; charset=UTF-8"


def operation_of(raw):
    """Return what a request calls, for the log and for faults: ``login``, ``sales_order.list``, ``multiCall``, …"""
    try:
        arguments, method = xmlrpc.client.loads(raw)
    except (ExpatError, ValueError, TypeError, xmlrpc.client.Error):
        return "unreadable"
    return str(arguments[1]) if method == "call" and len(arguments) > 1 else str(method)


def answer(shop, sessions, raw, spoil):
    """Return (rows, body) of a request.

    :param spoil: function (result) → the result with the payload faults of a plan
    """
    try:
        arguments, method = xmlrpc.client.loads(raw)
        result = spoil(_answer(shop, sessions, method, list(arguments)))
    except ApiFault as fault:
        return 0, fault_body(fault)
    except (ExpatError, ValueError, TypeError, LookupError, xmlrpc.client.Error):
        return 0, fault_body(ApiFault(NOT_CALLABLE, "Failed to parse request"))
    body = xmlrpc.client.dumps((plain(result),), methodresponse=True, allow_none=True, encoding="utf-8")
    return len(result) if isinstance(result, list) else 1, body.encode()


def fault_body(fault):
    """Return the body of a fault."""
    return xmlrpc.client.dumps(xmlrpc.client.Fault(fault.code, fault.words), encoding="utf-8").encode()


def _answer(shop, sessions, method, arguments):
    if method == "login":
        return sessions.login(*arguments)
    if method == "endSession":
        return sessions.end(*arguments)
    session, rest = arguments[0], arguments[1:]
    sessions.check(session)
    if method == "call":
        return call(shop, rest[0], _as_list(rest[1:]))
    if method == "multiCall":
        return [_one_of_many(shop, one) for one in rest[0]]
    raise ApiFault(NOT_CALLABLE)


def _one_of_many(shop, one):
    try:
        return call(shop, one[0], _as_list(one[1:]))
    except ApiFault as fault:
        return {"isFault": True, "faultCode": fault.code, "faultMessage": fault.words}


def _as_list(rest):
    """The arguments of a call: a list, or one value alone."""
    given = rest[0] if rest else []
    return given if isinstance(given, list) else [given]


def plain(value):
    """Return a value with what XML-RPC has no word for as text."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return f"{value:.4f}" if isinstance(value, Decimal) else value
