"""Plain data as zeep writes it, and what zeep read as plain data.

Apart from :mod:`soap_client`, which exchanges: here is how a WSDL's types are met. Lists are lists, whatever form the
WSDL gives them (``item``, ``complexObjectArray``, encoded arrays); what is empty is left out; and what is no number,
though the WSDL says so, stays what it is.
"""

from __future__ import annotations

import re
from decimal import Decimal

from lxml import etree
from zeep import xsd

LIST_TAGS = ("item", "complexObjectArray")


class _Float(xsd.Float):
    """A number; what is none stays text, for the mapper to refuse. zeep would make it None, and so nothing."""

    def pythonvalue(self, value):
        try:
            return super().pythonvalue(value)
        except ValueError:
            return str(value)


class _Integer(xsd.Integer):
    """A whole number, likewise."""

    def pythonvalue(self, value):
        try:
            return super().pythonvalue(value)
        except ValueError:
            return str(value)


def keep_unreadable_numbers(document):
    """Let the numbers of a parsed WSDL that are none stay text.

    :param document: zeep's, which is changed
    """
    whole, broken = _Integer(), _Float()
    wrappers = (getattr(element, "type", None) for element in document.types.elements)
    for kind in [*document.types.types, *wrappers]:
        for _name, element in getattr(kind, "elements", ()):
            if isinstance(getattr(element, "type", None), xsd.Integer):
                element.type = whole
            elif isinstance(getattr(element, "type", None), (xsd.Float, xsd.Double, xsd.Decimal)):
                element.type = broken


def legal_xml(content):
    """Return a text without the control characters that XML has no place for, which some shops let through."""
    return re.sub(
        rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:[0-8]|1[124-9]|2\d|3[01]|x0*(?:[0-8bceBCEfF]|1[0-9a-fA-F]));", b"", content
    )


def legal_text(value):
    """Return a text without what XML has no place for: control characters and halves of surrogate pairs."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", value)


def formed_value(value, kind, required=False):
    """Return a plain value as zeep writes a type: lists in whatever form the WSDL gives them.

    :param kind: zeep's type
    :param bool required: whether null must be said in so many words
    """
    if value is None:
        return xsd.Nil if required else None
    array = getattr(kind, "_array_type", None)
    if isinstance(value, (list, tuple)):
        if array is not None:
            inner = array.array_type
            item = xsd.Element("item", inner)
            return kind([xsd.AnyObject(item, _built(one, inner)) for one in value])
        tag, inner = _list_element(kind)
        return {tag: [formed_value(one, inner) for one in value]} if tag else list(value)
    if isinstance(value, dict):
        elements = dict(getattr(kind, "elements", ()))
        return {
            name: formed_value(inner, elements[name].type) if name in elements else inner
            for name, inner in value.items()
            if inner is not None
        }
    return legal_text(value) if isinstance(value, str) else value


def _built(value, kind):
    formed = formed_value(value, kind)
    return kind(**formed) if isinstance(formed, dict) else formed


def _list_element(kind):
    elements = list(getattr(kind, "elements", ()))
    if len(elements) == 1 and elements[0][0] in LIST_TAGS and elements[0][1].accepts_multiple:
        return elements[0][0], elements[0][1].type
    return "", None


def plain(value):
    """Return what zeep read as dicts, lists and plain values, without what is empty."""
    if isinstance(value, xsd.CompoundValue):
        found = value.__values__
        names = [name for name in found if name != "_raw_elements"]
        if len(names) == 1 and names[0] in LIST_TAGS and isinstance(found[names[0]], (list, type(None))):
            return [plain(one) for one in found[names[0]] or []]
        read = {name: plain(found[name]) for name in names if found[name] is not None}
        return {**_undeclared(found.get("_raw_elements")), **read}
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, etree._Element):
        return _plain_element(value)
    return value if isinstance(value, (str, int, float, bool, Decimal, type(None))) else str(value)


def _undeclared(elements):
    """What an answer holds beyond its WSDL, as with a module whose WSDL the shop still has cached."""
    return {etree.QName(element).localname: _plain_element(element) for element in elements or ()}


def _plain_element(element):
    if not len(element):
        return element.text
    names = [etree.QName(child).localname for child in element]
    if len(set(names)) == 1 and names[0] in LIST_TAGS:
        return [_plain_element(child) for child in element]
    return {name: _plain_element(child) for name, child in zip(names, element, strict=True)}
