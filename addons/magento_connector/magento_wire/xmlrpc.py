"""A Magento 1 or OpenMage shop over XML-RPC, by ``xmlrpc.client`` and our own transport.

Of Magento 1's two protocols this is the fuller one: it tells all fields, and many records in one request
(``multiCall``).
"""

from __future__ import annotations

import re
import xmlrpc.client
from xml.parsers.expat import ExpatError

from .errors import RECORD, error_for, failure
from .faults import ShopFault, openmage_error
from .openmage import OpenMageShop
from .soap_values import legal_text, legal_xml

AT_ONCE = 50
"""Records asked for in one request."""


class XmlRpcShop(OpenMageShop):
    """One Magento 1 shop, spoken to by XML-RPC. See :class:`~.openmage.OpenMageShop`."""

    name = "xmlrpc"

    def _open_session(self, username, key):
        return self._exchange("login", (username, key), True)

    def _call(self, session, path, arguments, reading):
        return self._exchange("call", (session, path, arguments), reading)

    def _tell(self, wanted, source):
        answers = []
        for start in range(0, len(wanted), AT_ONCE):
            calls = [[path, self.tell_arguments(source, head)] for path, head in wanted[start : start + AT_ONCE]]
            answers += self._together(calls)
        return answers

    def _together(self, calls):
        found = self._in_session(lambda session: self._exchange("multiCall", (session, calls), True), True)
        if not isinstance(found, list) or len(found) != len(calls):
            raise failure("unexpected", "GET", f"multiCall: {len(calls)} calls, another number of answers")
        return [_answer_of(one) for one in found]

    def _exchange(self, method, parameters, reading):
        body = xmlrpc.client.dumps(_legal(parameters), method, allow_none=True, encoding="utf-8").encode("utf-8")
        url = f"{self.base_url}/index.php/api/xmlrpc/"
        response = self._carry("POST", url, {"Content-Type": "text/xml; charset=utf-8"}, body, reading)
        return read_answer(response, "GET" if reading else "POST")


def _legal(value):
    if isinstance(value, str):
        return legal_text(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_legal(inner) for inner in value)
    return {name: _legal(inner) for name, inner in value.items()} if isinstance(value, dict) else value


def _answer_of(one):
    if not isinstance(one, dict) or not one.get("isFault"):
        return one
    error = openmage_error(ShopFault(one.get("faultCode", "0"), one.get("faultMessage", "")), "GET")
    if error.kind != RECORD:
        raise error
    return error


def read_answer(response, method):
    """Return the value an XML-RPC answer holds.

    :param HttpResponse response: of any status; faults come with 200
    :param str method: ``GET`` for a call that changes nothing
    :raises ShopFault: the shop's fault
    :raises ShopError: where it is no XML-RPC answer, or is cut off
    """
    content = legal_xml(response.body)
    start = content[:4096]
    if not re.search(rb"<methodResponse[\s>]", start) or re.search(rb"(?i)<!(doctype|entity)", start):
        if not 200 <= response.status < 300:
            raise error_for(response.status, response.body, response.headers, method)
        kind = response.headers.get("content-type", "no content type")
        raise failure("not_json", method, f"{kind}: {start[:60].decode('utf-8', 'replace')!r}")
    try:
        values, _method = xmlrpc.client.loads(content, use_builtin_types=True)
    except xmlrpc.client.Fault as fault:
        raise ShopFault(fault.faultCode, fault.faultString) from None
    except ExpatError as error:
        raise failure("not_json", method, f"ExpatError: {error}") from None
    except (xmlrpc.client.Error, ValueError, TypeError, LookupError, RecursionError, OverflowError) as error:
        raise failure("unexpected", method, f"{type(error).__name__}: {error}"[:200]) from None
    if len(values) != 1:
        raise failure("unexpected", method, "an answer without a value")
    return values[0]
