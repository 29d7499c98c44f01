"""The last step of a Factur-X PDF: what PDF/A-3 and Factur-X ask of a file that carries an invoice as data.

Core embeds the XML, but adds the metadata only to a PDF that was no PDF/A before, and ours is one from the start. Apart
from the model, because it knows no records: a PDF goes in and comes out.
"""

import hashlib
import io
from xml.sax.saxutils import escape

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, ByteStringObject, NameObject, NumberObject, StreamObject, TextStringObject

FILE_NAME = "factur-x.xml"
NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
PROPERTIES = {
    "DocumentFileName": "The name of the embedded XML document",
    "DocumentType": "The type of the hybrid document in capital letters, e.g. INVOICE or ORDER",
    "Version": "The actual version of the standard applying to the embedded XML document",
    "ConformanceLevel": "The conformance level of the embedded XML document",
}


def complete(pdf, level="EXTENDED"):
    """Mark a PDF/A-3 with an embedded ``factur-x.xml`` as a Factur-X document.

    :param bytes pdf: PDF/A-3 whose embedded files are complete
    :param str level: the profile of the XML: ``EXTENDED``, ``EN 16931``, …
    :returns: the PDF as bytes; unchanged where no such file is embedded, or where it is no PDF/A

    Source: Factur-X 1.0 (FNFE-MPE, ZUGFeRD 2), part “PDF/A-3”; ISO 19005-3, 6.8.
    """
    if not pdf.startswith(b"%PDF"):
        return pdf
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    root = writer.root_object
    files = [entry.get_object() for entry in root.get("/AF", [])]
    file = next((entry for entry in files if entry["/F"] == FILE_NAME), None)
    if file is None or "/Metadata" not in root:
        return pdf
    _describe_file(file)
    root[NameObject("/Metadata")] = writer._add_object(_metadata(root["/Metadata"].get_data(), level))
    identifier = ByteStringObject(hashlib.md5(pdf, usedforsecurity=False).digest())
    writer._ID = ArrayObject((identifier, identifier))
    writer.pdf_header = "%PDF-1.7"
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def _describe_file(file):
    """Say what the file is to the document, and state its size and sum as numbers."""
    file[NameObject("/AFRelationship")] = NameObject("/Alternative")
    file[NameObject("/UF")] = TextStringObject(FILE_NAME)
    file[NameObject("/Desc")] = TextStringObject("Factur-X invoice")
    stream = file["/EF"]["/F"].get_object()
    stream[NameObject("/Subtype")] = NameObject("/text/xml")
    content = stream.get_data()
    stream["/Params"][NameObject("/Size")] = NumberObject(len(content))
    stream["/Params"][NameObject("/CheckSum")] = ByteStringObject(hashlib.md5(content, usedforsecurity=False).digest())


def _metadata(xmp, level):
    """The document's XMP with the Factur-X properties, and with their schema, as PDF/A asks for."""
    head, end, tail = xmp.rpartition(b"</rdf:RDF>")
    stream = StreamObject()
    stream.set_data(head + _description(level).encode() + end + tail)
    stream.update({NameObject("/Type"): NameObject("/Metadata"), NameObject("/Subtype"): NameObject("/XML")})
    return stream


def _description(level):
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        f"<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{escape(text)}</pdfaProperty:description></rdf:li>"
        for name, text in PROPERTIES.items()
    )
    return (
        '<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
        ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
        ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
        '<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property>"
        "</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"
        f'<rdf:Description rdf:about="" xmlns:fx="{NAMESPACE}">'
        f"<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>{FILE_NAME}</fx:DocumentFileName>"
        f"<fx:Version>1.0</fx:Version><fx:ConformanceLevel>{escape(level)}</fx:ConformanceLevel></rdf:Description>"
    )
