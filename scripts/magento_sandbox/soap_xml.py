"""Values as the XML of SOAP, and back, by the types a WSDL declares.

Apart from the endpoints, because three styles share it: Magento 2's literal documents with camel case, Magento 1's
encoded calls with arrays and ``xsi:type``, and Magento 1's WS-I documents with ``complexObjectArray``.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from . import openmage_types, soap_types
from .soap_types import Field, camel

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
ENVELOPES = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}
OPENMAGE = "urn:OpenMage"


class BadEnvelope(ValueError):
    """What came is no SOAP request."""


@dataclass(frozen=True, slots=True)
class Style:
    """How values are written.

    :ivar types: {type: (Field, …)}
    :ivar plain: {kind: name of the simple type in XML Schema}
    :ivar item: the tag of a list's elements
    :ivar camel: whether names are in camel case
    :ivar encoded: whether types and nulls are written beside the values
    :ivar version: of SOAP
    """

    types: dict
    plain: dict
    item: str
    camel: bool = False
    encoded: bool = False
    version: str = "1.1"

    def tag(self, name):
        return camel(name) if self.camel else name

    def array(self, kind):
        """Return the name of the type of a list of ``kind``."""
        if not self.camel:
            return openmage_types.array_name(kind)
        inner = self.plain.get(kind, kind)
        return f"ArrayOf{inner[:1].upper()}{inner[1:]}"


MAGENTO_2 = Style(soap_types.TYPES, soap_types.PLAIN, "item", camel=True, version="1.2")
MAGENTO_1 = Style(openmage_types.TYPES, openmage_types.PLAIN, "item", encoded=True)
WS_I = Style(openmage_types.TYPES, openmage_types.PLAIN, "complexObjectArray")


def read_request(raw, style):
    """Return the element of the operation that a request's body holds.

    :raises BadEnvelope: where it is none
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise BadEnvelope(f"Bad Request: {error}")
    body = root.find(f"{{{ENVELOPES[style.version]}}}Body")
    if root.getroottree().docinfo.doctype or body is None or not len(body):
        raise BadEnvelope("Bad Request")
    return body[0]


def read_arguments(operation, fields, style):
    """Return [value, …] of an operation's arguments, None for what is not there.

    :param operation: element of :func:`read_request`
    :param fields: (Field, …) in the order wanted
    """
    by_name = {etree.QName(child).localname: child for child in operation}
    return [read_value(by_name.get(style.tag(field.name)), field, style) for field in fields]


def read_value(element, field, style):
    """Return the value of an element as its field says."""
    if element is None or element.get(f"{{{XSI}}}nil") in ("true", "1"):
        return None
    if field.many:
        return [read_value(child, Field("", field.kind), style) for child in element]
    if field.kind not in style.plain:
        children = {etree.QName(child).localname: child for child in element}
        found = ((inner, children.get(style.tag(inner.name))) for inner in style.types[field.kind])
        return {inner.name: read_value(child, inner, style) for inner, child in found if child is not None}
    text = (element.text or "").strip() if field.kind != "s" else element.text or ""
    if field.kind == "b":
        return text in ("true", "1")
    return {"i": int, "f": Decimal}.get(field.kind, str)(text) if text else "" if field.kind == "s" else None


def write(parent, field, value, style):
    """Write a value below ``parent``; what a WSDL does not declare is written where the style knows no types."""
    if value is None and not style.encoded:
        return
    element = etree.SubElement(parent, style.tag(field.name))
    if value is None:
        element.set(f"{{{XSI}}}nil", "true")
        return
    if field.many or isinstance(value, (list, tuple)):
        _write_list(element, field, value, style)
    elif isinstance(value, dict):
        _write_record(element, field, value, style)
    else:
        element.text = text_of(int(value) if field.kind == "i" and isinstance(value, bool) else value)
        if style.encoded or field.kind == "any":
            element.set(f"{{{XSI}}}type", f"xsd:{style.plain['s' if field.kind == 'any' else field.kind]}")


def _write_list(element, field, values, style):
    kind = "s" if field.kind == "any" else field.kind
    if style.encoded:
        inner = f"xsd:{style.plain[kind]}" if kind in style.plain else f"ns1:{kind}"
        element.set(f"{{{ENCODING}}}arrayType", f"{inner}[{len(values)}]")
    if style.encoded or field.kind == "any":
        element.set(f"{{{XSI}}}type", f"ns1:{style.array(kind)}")
    for value in values:
        if style.camel and value is None:
            continue
        item = etree.SubElement(element, style.item)
        if isinstance(value, dict):
            _write_record(item, Field("", kind), value, style)
        else:
            item.text = text_of(value)
            if style.encoded:
                item.set(f"{{{XSI}}}type", f"xsd:{style.plain[kind]}")


def _write_record(element, field, value, style):
    if style.encoded:
        element.set(f"{{{XSI}}}type", f"ns1:{field.kind}")
    declared = style.types.get(field.kind, ())
    for inner in declared:
        if inner.name in value:
            write(element, inner, value[inner.name], style)
    if style.camel:
        names = {inner.name for inner in declared}
        for name, inner in value.items():
            if name not in names:
                write(element, Field(name, "s"), inner, style)


def text_of(value):
    """Return a plain value as PHP's SOAP writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return str(value)


def envelope(namespace, name, style):
    """Return (envelope, the answer's element) of an answer called ``name``."""
    names = {
        "SOAP-ENV" if style.version == "1.1" else "env": ENVELOPES[style.version],
        "ns1": namespace,
        "xsd": XSD,
        "xsi": XSI,
    }
    if style.encoded:
        names["SOAP-ENC"] = ENCODING
    root = etree.Element(f"{{{ENVELOPES[style.version]}}}Envelope", nsmap=names)
    body = etree.SubElement(root, f"{{{ENVELOPES[style.version]}}}Body")
    return root, etree.SubElement(body, f"{{{namespace}}}{name}")


def encode(root):
    """Return a document's bytes."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
