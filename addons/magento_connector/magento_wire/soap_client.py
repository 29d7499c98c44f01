"""SOAP by zeep, over our own transport: WSDL in, plain data out.

zeep writes envelopes and reads them by a WSDL's types; nothing of it reaches the network by itself. Each exchange, the
WSDL and what it imports included, goes through the shop's transport with its guarded and pinned address, limits, masks
and kinds of errors. The address a WSDL names is not called: the shop is called where it was said to be. The schema of
SOAP's own encoding, which Magento 1's WSDL imports from the net, is answered here.

Lists are written and read as lists, whatever form the WSDL gives them (``item``, ``complexObjectArray``, encoded
arrays), and what is empty is left out.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from urllib.parse import urlsplit

import zeep
import zeep.exceptions
import zeep.proxy
import zeep.wsdl
from lxml import etree

from .errors import CONFIGURATION, ShopError, error_for, failure
from .faults import ShopFault
from .soap_values import formed_value, keep_unreadable_numbers, legal_xml, plain

ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
ENCODING_SCHEMA = (
    '<?xml version="1.0"?><schema xmlns="http://www.w3.org/2001/XMLSchema" '
    f'xmlns:tns="{ENCODING}" targetNamespace="{ENCODING}"><attribute name="arrayType" type="string"/>'
    '<complexType name="Array"><sequence><any minOccurs="0" maxOccurs="unbounded" processContents="lax"/></sequence>'
    '<attribute ref="tns:arrayType"/></complexType></schema>'
).encode()
MOST_IMPORTS = 20
KEPT = 24
"""Parsed WSDL files kept by a process; reading one takes a tenth of a second."""

_STRICT = {"forbid_dtd": True, "forbid_entities": True, "xml_huge_tree": True, "force_https": False}
_parsed: OrderedDict = OrderedDict()
_parsing = threading.Lock()


class SoapEndpoint:
    """The operations of one WSDL at one address.

    :param str wsdl_url: where the WSDL is
    :param str address: where the operations are called; the WSDL's own is not
    :param exchange: ``(method, url, headers, body, reading) -> HttpResponse``, which adds credentials
    """

    def __init__(self, wsdl_url, address, exchange):
        self.wsdl_url, self.address = wsdl_url, address
        self._carrier = _Carrier(exchange)
        self._service = self._binding = None

    def call(self, operation, arguments, *, reading):
        """Call an operation and return its result as plain data.

        :param str operation: name in the WSDL
        :param arguments: dict by name, or list in the WSDL's order; what is missing at the end is sent as null
        :param bool reading: whether it changes nothing in the shop
        :raises ShopFault: the shop's fault
        :raises ShopError: no usable answer came back, or the WSDL has no such operation
        """
        method = "GET" if reading else "POST"
        parts = self._parts(operation)
        if not isinstance(arguments, dict):
            arguments = dict(zip((name for name, _element in parts), arguments, strict=False))
        self._carrier.begin(reading)
        try:
            formed = {
                name: formed_value(arguments.get(name), element.type, required=bool(element.min_occurs))
                for name, element in parts
            }
            answer = self._service[operation](**formed)
            return plain(answer)
        except zeep.exceptions.Fault as fault:
            raise _fault_of(fault) from None
        except (zeep.exceptions.TransportError, zeep.exceptions.XMLSyntaxError) as error:
            raise failure("not_json", method, _words(error)) from None
        except (zeep.exceptions.Error, etree.LxmlError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise self._misread(operation, error, method) from None
        except RecursionError:
            raise failure("unexpected", method, f"{operation}: nested too deeply") from None

    def operations(self):
        """Return the names of the WSDL's operations.

        :raises ShopError: where the WSDL cannot be read
        """
        self._load()
        return sorted(self._binding.all())

    def _parts(self, operation):
        self._load()
        try:
            return self._binding.get(operation).input.body.type.elements
        except (KeyError, ValueError):
            raise ShopError(
                CONFIGURATION,
                "no_such_route",
                f"The shop's SOAP interface has no operation {operation}: its version or edition does not offer it.",
                status=404,
            ) from None

    def _misread(self, operation, error, method):
        """A request that zeep refused to write was not sent; an answer it cannot read may follow a deed."""
        if self._carrier.sent:
            return failure("unexpected", method, f"{operation}: {_words(error)}")
        return ShopError(
            CONFIGURATION,
            "unexpected",
            f"The shop's SOAP interface describes {operation} otherwise than expected ({_words(error)}). Its version "
            "may not be supported.",
        )

    def _load(self):
        if self._service is not None:
            return
        document = parsed_wsdl(self.wsdl_url, self._carrier)
        bindings = list(document.bindings.values())
        if not bindings:
            raise failure("unexpected", "GET", "a WSDL without operations")
        client = zeep.Client(document, transport=self._carrier, settings=zeep.Settings(strict=True, **_STRICT))
        self._binding = bindings[0]
        self._service = zeep.proxy.ServiceProxy(client, self._binding, address=self.address)


def parsed_wsdl(url, carrier):
    """Return the WSDL at an address, parsed; the same content is parsed once in a process, whatever shop gives it.

    Where a WSDL says that it is called is no part of that: nobody calls it there.

    :param str url: of the WSDL
    :param carrier: fetches by ``fetch(url)``
    :raises ShopError: where it cannot be had or read
    """
    content = carrier.fetch(url)
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}".encode()
    key = parts.path, parts.query, hashlib.sha256(content.replace(origin, b"")).hexdigest()
    with _parsing:
        document = _parsed.get(key)
        if document is None:
            loader = _Loader(url, content, carrier)
            document = _document(url, loader)
            if not loader.imported:
                _parsed[key] = document
                while len(_parsed) > KEPT:
                    _parsed.popitem(last=False)
        else:
            _parsed.move_to_end(key)
    return document


def _document(url, loader):
    try:
        document = zeep.wsdl.Document(url, loader, settings=zeep.Settings(strict=False, **_STRICT))
        keep_unreadable_numbers(document)
        return document
    except (zeep.exceptions.Error, etree.LxmlError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise failure("unexpected", "GET", f"the WSDL: {_words(error)}") from None
    except RecursionError:
        raise failure("unexpected", "GET", "the WSDL: nested too deeply") from None
    finally:
        loader.close()


class _Loader:
    """What zeep loads a WSDL by: its content, SOAP's own schema, and imports through the shop's transport."""

    def __init__(self, url, content, carrier):
        self._url, self._content, self._carrier = url, content, carrier
        self.imported = []

    def load(self, url):
        if url == self._url:
            return self._content
        if url.rstrip("/") == ENCODING.rstrip("/"):
            return ENCODING_SCHEMA
        if self._carrier is None or len(self.imported) >= MOST_IMPORTS:
            raise failure("unexpected", "GET", f"the WSDL: too many imports, the last of {url}")
        self.imported.append(url)
        return self._carrier.fetch(url, credentials=_same_origin(url, self._url))

    def close(self):
        """Let go of the transport, so that a kept document holds no credentials."""
        self._carrier = None


class _Carrier:
    """What zeep takes for its transport."""

    def __init__(self, exchange):
        self._exchange = exchange
        self.reading, self.sent = True, False

    def begin(self, reading):
        self.reading, self.sent = reading, False

    def fetch(self, url, *, credentials=True):
        """Return the bytes of an XML document, whole and without a document type."""
        response = self._exchange("GET", url, {"Accept": "text/xml"}, None, True, credentials=credentials)
        whole = legal_xml(response.body)
        if not 200 <= response.status < 300:
            fault = fault_in(whole)
            if fault is not None:
                raise fault
            raise error_for(response.status, response.body, response.headers)
        root = strict_root(whole)
        if root is None:
            start = whole[:60].decode("utf-8", "replace")
            raise failure("not_json", "GET", f"no WSDL: {start!r}")
        fault = fault_in(whole)
        if fault is not None:
            raise fault
        return whole

    def load(self, url):
        raise failure("unexpected", "GET", f"an answer that refers to {url}")

    def post_xml(self, address, envelope, headers):
        """Send an envelope; return the answer's, or raise for what is none."""
        content = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
        self.sent = True
        response = self._exchange("POST", address, dict(headers), content, self.reading, credentials=True)
        return _Reply(envelope_in(response, "GET" if self.reading else "POST"))


class _Reply:
    """An answer as zeep wants it; its status is taken from the envelope, where faults stand."""

    status_code, encoding = 200, "utf-8"
    headers = {"Content-Type": "text/xml"}

    def __init__(self, content):
        self.content = content


def envelope_in(response, method):
    """Return the envelope that an answer holds.

    :raises ShopError: where it holds none: a proxy's page, a text cut off, an HTTP error
    """
    content = legal_xml(response.body)
    if re.search(rb"<(?:[\w.-]+:)?Envelope[\s>]", content[:4096]) and b"<!DOCTYPE" not in content[:4096]:
        return content
    if not 200 <= response.status < 300:
        raise error_for(response.status, response.body, response.headers, method)
    kind = response.headers.get("content-type", "no content type")
    start = content[:60].decode("utf-8", "replace")
    raise failure("not_json", method, f"{kind}: {start!r}")


def strict_root(content):
    """Return the root of an XML text, None where it is none, is cut off, or declares a document type."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root.getroottree().docinfo.doctype else root


def fault_in(content):
    """Return the ShopFault of an XML text, None where there is none."""
    root = strict_root(content)
    if root is None:
        return None
    for element in root.iter("{*}Fault"):
        if not isinstance(element.tag, str) or "soap" not in etree.QName(element).namespace:
            continue
        texts = {etree.QName(child).localname: child for child in element.iter("{*}*")}
        code = next((texts[name].text for name in ("faultcode", "Value") if name in texts), "") or ""
        words = next((texts[name].text for name in ("faultstring", "Text") if name in texts), "") or ""
        return ShopFault(code.rpartition(":")[2], words, _parameters(element))
    return None


def _fault_of(fault):
    code = str(fault.code or "")
    parameters = _parameters(fault.detail) if isinstance(fault.detail, etree._Element) else {}
    return ShopFault(code.rpartition(":")[2], str(fault.message or ""), parameters)


def _parameters(element):
    found = {}
    for entry in element.iter("{*}GenericFaultParameter"):
        texts = {etree.QName(child).localname: child.text or "" for child in entry}
        found[texts.get("key", "")] = texts.get("value", "")
    return found


def _same_origin(one, two):
    first, second = urlsplit(one), urlsplit(two)
    return (first.scheme, first.netloc) == (second.scheme, second.netloc)


def _words(error):
    return f"{type(error).__name__}: {error}"[:200]
