"""Writing the sandbox shop's WSDL files: Magento 2's of chosen services, Magento 1's of SOAP v2 in both its styles.

Written for this sandbox from the tables in :mod:`.soap_types` and :mod:`.openmage_types`: they name what a real shop
names, and hold as much of it as the sandbox can answer.
"""

from __future__ import annotations

from lxml import etree

from .openmage_types import METHODS
from .soap_types import Field
from .soap_xml import ENCODING, MAGENTO_1, MAGENTO_2, OPENMAGE, WS_I, XSD

WSDL = "http://schemas.xmlsoap.org/wsdl/"
SOAP = {"1.1": "http://schemas.xmlsoap.org/wsdl/soap/", "1.2": "http://schemas.xmlsoap.org/wsdl/soap12/"}
TRANSPORT = "http://schemas.xmlsoap.org/soap/http"
SESSION = Field("sessionId", "s")
OPENMAGE_METHODS = {
    "login": ((Field("username", "s"), Field("apiKey", "s")), Field("loginReturn", "s")),
    "endSession": ((SESSION,), Field("endSessionReturn", "b")),
    **{name: ((SESSION, *arguments), result) for name, (_path, arguments, result) in METHODS.items()},
}
"""Operation → (arguments, result) of SOAP v2."""


class _Document:
    """One WSDL being written."""

    def __init__(self, name, namespace, style):
        self.namespace, self.style = namespace, style
        names = {None: WSDL, "tns": namespace, "xsd": XSD, "soap": SOAP[style.version], "soapenc": ENCODING}
        self.root = etree.Element(f"{{{WSDL}}}definitions", nsmap=names, name=name, targetNamespace=namespace)
        self.schema = self._add(self._add(self.root, "types"), f"{{{XSD}}}schema", targetNamespace=namespace)
        self._written = set()

    def _add(self, parent, tag, **attributes):
        tag = tag if tag.startswith("{") else f"{{{WSDL}}}{tag}"
        return etree.SubElement(parent, tag, **attributes)

    def schema_element(self, parent, tag, **attributes):
        """Add an element of XML Schema."""
        return self._add(parent, f"{{{XSD}}}{tag}", **attributes)

    def reference(self, field):
        """Return the name of a field's type, and write the type where it is not yet written."""
        if not field.many:
            if field.kind in self.style.plain:
                return f"xsd:{self.style.plain[field.kind]}"
            self._write_type(field.kind)
            return f"tns:{field.kind}"
        name = self.style.array(field.kind)
        if name not in self._written:
            self._written.add(name)
            self._write_array(name, self.reference(Field("", field.kind)))
        return f"tns:{name}"

    def _write_type(self, kind):
        if kind in self._written:
            return
        self._written.add(kind)
        complex_type = self.schema_element(self.schema, "complexType", name=kind)
        group = self.schema_element(complex_type, "all" if self.style.encoded else "sequence")
        for field in self.style.types[kind]:
            tag = self.style.tag(field.name)
            self.schema_element(group, "element", name=tag, type=self.reference(field), minOccurs="0")

    def _write_array(self, name, inner):
        complex_type = self.schema_element(self.schema, "complexType", name=name)
        if self.style.encoded:
            content = self.schema_element(complex_type, "complexContent")
            restriction = self.schema_element(content, "restriction", base="soapenc:Array")
            attribute = self.schema_element(restriction, "attribute", ref="soapenc:arrayType")
            attribute.set(f"{{{WSDL}}}arrayType", f"{inner}[]")
        else:
            group = self.schema_element(complex_type, "sequence")
            bounds = {"minOccurs": "0", "maxOccurs": "unbounded"}
            self.schema_element(group, "element", name=self.style.item, type=inner, **bounds)

    def wrapper(self, name, fields, required=True):
        """Add the element that wraps an operation's arguments or result."""
        element = self.schema_element(self.schema, "element", name=name)
        group = self.schema_element(self.schema_element(element, "complexType"), "sequence")
        least = {} if required else {"minOccurs": "0"}
        for field in fields:
            tag = self.style.tag(field.name)
            self.schema_element(group, "element", name=tag, type=self.reference(field), **least)

    def message(self, name, parts):
        """Add a message; ``parts`` are (name, attribute, value)."""
        message = self._add(self.root, "message", name=name)
        for part, attribute, value in parts:
            self._add(message, "part", name=part, **{attribute: value})

    def port(self, name, operations, address, request, response, action=""):
        """Add port type, binding and service of some operations; ``request``/``response`` make the messages' names."""
        port_type = self._add(self.root, "portType", name=f"{name}PortType")
        binding = self._add(self.root, "binding", name=f"{name}Binding", type=f"tns:{name}PortType")
        soap = f"{{{SOAP[self.style.version]}}}"
        call_style = "rpc" if self.style.encoded else "document"
        self._add(binding, f"{soap}binding", style=call_style, transport=TRANSPORT)
        body = {"use": "literal"}
        if self.style.encoded:
            body = {"use": "encoded", "namespace": self.namespace, "encodingStyle": ENCODING}
        for operation in operations:
            abstract = self._add(port_type, "operation", name=operation)
            concrete = self._add(binding, "operation", name=operation)
            self._add(concrete, f"{soap}operation", soapAction=action or operation)
            for way, message in (("input", request(operation)), ("output", response(operation))):
                self._add(abstract, way, message=f"tns:{message}")
                self._add(self._add(concrete, way), f"{soap}body", **body)
        service = self._add(self.root, "service", name=f"{name}Service")
        port = self._add(service, "port", name=f"{name}Port", binding=f"tns:{name}Binding")
        self._add(port, f"{soap}address", location=address)

    def bytes(self):
        return etree.tostring(self.root, xml_declaration=True, encoding="UTF-8")


def magento_2_wsdl(services, address):
    """Return the WSDL of some of Magento 2's services.

    :param services: {service: {operation: (arguments, result Field)}}
    :param address: where they are called
    """
    document = _Document("MagentoWSDL", address, MAGENTO_2)
    for service, operations in services.items():
        for operation, (arguments, result) in operations.items():
            document.wrapper(f"{operation}Request", arguments)
            document.wrapper(f"{operation}Response", [Field("result", result.kind, result.many)], required=False)
            for way in ("Request", "Response"):
                parts = [("messageParameters", "element", f"tns:{operation}{way}")]
                document.message(f"{operation}{way}", parts)
        names = (lambda name: f"{name}Request", lambda name: f"{name}Response")
        document.port(service, operations, address, *names)
    return document.bytes()


def openmage_wsdl(address, ws_i=False):
    """Return the WSDL of SOAP v2.

    :param address: where it is called
    :param ws_i: in the style of the WS-I profile, which an administrator can switch on
    """
    document = _Document("OpenMage", OPENMAGE, WS_I if ws_i else MAGENTO_1)
    if not ws_i:
        document.schema_element(document.schema, "import", namespace=ENCODING, schemaLocation=ENCODING)
    for operation, (arguments, result) in OPENMAGE_METHODS.items():
        if ws_i:
            document.wrapper(f"{operation}RequestParam", arguments, required=False)
            document.wrapper(f"{operation}ResponseParam", [Field("result", result.kind, result.many)], required=False)
            document.message(f"{operation}Request", [("parameters", "element", f"tns:{operation}RequestParam")])
            document.message(f"{operation}Response", [("parameters", "element", f"tns:{operation}ResponseParam")])
        else:
            parts = [(field.name, "type", document.reference(field)) for field in arguments]
            document.message(f"{operation}Request", parts)
            document.message(f"{operation}Response", [(result.name, "type", document.reference(result))])
    names = (lambda name: f"{name}Request", lambda name: f"{name}Response")
    document.port("OpenMage", OPENMAGE_METHODS, address, *names, action="urn:OpenMage:Action")
    return document.bytes()
