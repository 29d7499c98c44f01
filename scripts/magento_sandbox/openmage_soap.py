"""Magento 1's SOAP v2 at ``/index.php/api/v2_soap/``: typed calls in two styles, RPC (the default) and WS-I.

Apart, because it is only about the envelope: what is called and answered is :mod:`.openmage`'s.
"""

from __future__ import annotations

from lxml import etree

from .openmage import BAD_PATH, ApiFault, call
from .openmage_types import METHODS
from .soap_wsdl import OPENMAGE_METHODS, openmage_wsdl
from .soap_xml import (
    ENVELOPES,
    MAGENTO_1,
    OPENMAGE,
    WS_I,
    BadEnvelope,
    encode,
    envelope,
    read_arguments,
    read_request,
    write,
)

KIND = "text/xml; charset=UTF-8"


def operation_of(query, raw):
    """Return what a request calls, for the log and for faults: ``login``, ``sales_order.list``, ``wsdl``, …"""
    if "wsdl" in query:
        return "wsdl"
    try:
        name = _name(read_request(raw, MAGENTO_1))
    except BadEnvelope:
        return "unreadable"
    return METHODS[name][0] if name in METHODS else name


def respond(server, path, query, raw, sessions, spoil):
    """Return (status, content type, rows, body) of a request. See :func:`.soap_services.respond`."""
    ws_i = server.shop.settings.ws_i
    if "wsdl" in query:
        return 200, KIND, 1, openmage_wsdl(f"{server.address}{path}", ws_i)
    style = WS_I if ws_i else MAGENTO_1
    try:
        element = read_request(raw, style)
        name = _name(element)
        if name not in OPENMAGE_METHODS:
            raise ApiFault(BAD_PATH)
        arguments, result = OPENMAGE_METHODS[name]
        value = spoil(_answer(server.shop, sessions, name, read_arguments(element, arguments, style)))
    except BadEnvelope as error:
        return 500, KIND, 0, fault("SOAP-ENV:Client", str(error))
    except ApiFault as error:
        return 500, KIND, 0, fault(str(error.code), error.words)
    root, shown = envelope(OPENMAGE, f"{name}ResponseParam" if ws_i else f"{name}Response", style)
    write(shown, _field(result, ws_i), value, style)
    return 200, KIND, len(value) if isinstance(value, list) else 1, encode(root)


def fault(code, words):
    """Return the body of a fault: its code is Magento's number."""
    version = f"{{{ENVELOPES['1.1']}}}"
    root = etree.Element(f"{version}Envelope", nsmap={"SOAP-ENV": ENVELOPES["1.1"]})
    shown = etree.SubElement(etree.SubElement(root, f"{version}Body"), f"{version}Fault")
    etree.SubElement(shown, "faultcode").text = code
    etree.SubElement(shown, "faultstring").text = words
    return encode(root)


def _field(result, ws_i):
    return type(result)("result", result.kind, result.many) if ws_i else result


def _name(element):
    return etree.QName(element).localname.removesuffix("RequestParam")


def _answer(shop, sessions, name, values):
    if name == "login":
        return sessions.login(*values)
    session, *rest = values
    if name == "endSession":
        return sessions.end(session)
    sessions.check(session)
    while rest and rest[-1] is None:
        rest.pop()
    return call(shop, METHODS[name][0], [_filters(value) for value in rest])


def _filters(value):
    """Filters of SOAP v2 as XML-RPC gives them: {field: value} and {field: {condition: value}}."""
    if not isinstance(value, dict) or not value.keys() <= {"filter", "complex_filter"}:
        return value
    filters = {row["key"]: row["value"] for row in value.get("filter") or []}
    for row in value.get("complex_filter") or []:
        condition = row["value"]
        filters.setdefault(row["key"], {})[condition["key"]] = condition["value"]
    return filters
