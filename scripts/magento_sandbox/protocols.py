"""Which of the shop's protocols a request speaks, beside REST: Magento 2's SOAP, Magento 1's SOAP v2 and XML-RPC.

The one place the HTTP server asks: what is called (for the log and for fault plans, which match
``/index.php/api/xmlrpc/#sales_order.list`` and the like), what it answers, and how it says that a session has ended.
"""

from __future__ import annotations

from . import openmage_soap, openmage_xmlrpc, soap_services
from .openmage import EXPIRED, WORDS, ApiFault

SOAP, OPENMAGE_SOAP, OPENMAGE_XMLRPC = "/soap", "/index.php/api/v2_soap", "/index.php/api/xmlrpc"


def protocol_of(path):
    """Return the prefix of the protocol that a path belongs to, empty for REST."""
    bare = path if path.startswith("/index.php") else f"/index.php{path}"
    for prefix in (SOAP, OPENMAGE_SOAP, OPENMAGE_XMLRPC):
        known = path if prefix == SOAP else bare
        if known == prefix or known.startswith(f"{prefix}/"):
            return prefix
    return ""


def operation_of(path, query, raw):
    """Return what a request calls, empty for REST."""
    protocol = protocol_of(path)
    if protocol == SOAP:
        return soap_services.operation_of(query, raw)
    if protocol == OPENMAGE_SOAP:
        return openmage_soap.operation_of(query, raw)
    return openmage_xmlrpc.operation_of(raw) if protocol else ""


def respond(server, path, query, raw, authorization, spoil):
    """Return (status, content type, rows, body) of a request of one of these protocols.

    :param server: the :class:`.server.SandboxServer`
    :param spoil: function (call or None, result) → the result with the payload faults of a plan
    """
    protocol = protocol_of(path)
    if protocol == SOAP:
        return soap_services.respond(server, path, query, raw, authorization, spoil)

    def spoil_result(result):
        return spoil(None, result)

    if protocol == OPENMAGE_SOAP:
        return openmage_soap.respond(server, path, query, raw, server.sessions, spoil_result)
    rows, body = openmage_xmlrpc.answer(server.shop, server.sessions, raw, spoil_result)
    return 200, openmage_xmlrpc.KIND, rows, body


def refusal(server, path):
    """Return (status, content type, body) of a caller whose session or token has ended, and let it end."""
    protocol = protocol_of(path)
    if protocol == SOAP:
        server.access.forget_admin_tokens()
        words, parameters = "The consumer isn't authorized to access %resources.", {"resources": "self"}
        return 200, soap_services.KIND, soap_services.fault(words, parameters, 401)
    server.sessions.expire()
    if protocol == OPENMAGE_SOAP:
        return 500, openmage_soap.KIND, openmage_soap.fault(str(EXPIRED), WORDS[EXPIRED])
    return 200, openmage_xmlrpc.KIND, openmage_xmlrpc.fault_body(ApiFault(EXPIRED))
