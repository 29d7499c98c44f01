"""Which format a file has, what is refused before it is read, zip files, and the safe XML parser."""

import gzip
import io
import zipfile

import pytest
from bank_sandbox.render import render_camt053, render_mt940
from statement_builders import camt, entry, money, mt940, statement, transaction

from order_to_cash.statements import StatementError, archive, iter_transactions, read, safe_xml
from order_to_cash.statements.detect import detect
from order_to_cash.statements.safe_xml import XmlError
from order_to_cash.statements.text_input import MAX_LINE

CAMT = render_camt053([statement(transaction("1.00"))])
MT = render_mt940([statement(transaction("2.00"))])


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


FORMATS = [
    (CAMT, "camt"),
    (CAMT.decode().encode("utf-16"), "camt"),
    (b"\xef\xbb\xbf\r\n" + CAMT, "camt"),
    (MT, "mt"),
    (b"OFXHEADER:100\r\n<OFX></OFX>", "ofx"),
    (b"\n\n <OFX></OFX>", "ofx"),
    (b'<?xml version="1.0"?><?OFX OFXHEADER="200"?><OFX></OFX>', "ofx"),
    (b"01,SENDER,RECEIVER,260302,0800,1,,,2/\n", "bai2"),
    (b"Date;Amount\n2026-03-02;1.00\n", "table"),
    (b"Date,Amount\n", "table"),
    (_zip({"a.xml": CAMT}), "zip"),
    (_zip({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), "xlsx"),
]


@pytest.mark.parametrize(("data", "wanted"), FORMATS)
def test_format_is_detected_by_content(data, wanted):
    assert detect(io.BytesIO(data)) == wanted


REFUSED = [
    (b"", "The file is empty"),
    (b" \r\n \0", "The file is empty"),
    (b"%PDF-1.7", "a PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel workbook"),
    (gzip.compress(CAMT), "compressed with gzip"),
    (b"\x89PNG\r\n", "a picture"),
    (b"<!DOCTYPE html><html><body>Log in</body></html>", "a web page"),
    (b"<html>", "a web page"),
    (b"hello", "no bank statement"),
    (bytes(range(256)) * 10, "binary"),
    (b"Dear Sir, here is our statement", "columns are not known"),
]


@pytest.mark.parametrize(("data", "words"), REFUSED)
def test_what_is_no_statement_is_refused_in_words(data, words):
    with pytest.raises(StatementError) as refused:
        read(data, "upload")

    assert words in str(refused.value)


def test_zip_of_several_formats_is_read_in_the_order_of_names():
    packed = _zip({"b.sta": MT, "a.xml": CAMT, "__MACOSX/._a.xml": b"x", ".DS_Store": b"x"})

    assert [found.transactions[0].amount for found in read(packed)] == [money("1.00"), money("2.00")]
    assert [line.amount for _, line in iter_transactions(packed)] == [money("1.00"), money("2.00")]


def test_an_error_inside_a_zip_names_the_file():
    with pytest.raises(StatementError, match=r"^bank\.zip, day2\.xml: "):
        read(_zip({"day1.xml": CAMT, "day2.xml": CAMT[:-40]}), "bank.zip")


def _lying_about_size() -> bytes:
    packed = bytearray(_zip({"a.xml": CAMT}))
    size = len(CAMT).to_bytes(4, "little")
    at = packed.rfind(size)
    packed[at : at + 4] = (len(CAMT) - 100).to_bytes(4, "little")
    return bytes(packed)


BAD_ZIPS = [
    ("bomb", _zip({"a.xml": b"<a>" + b" " * 30_000_000}), "as a zip bomb does"),
    ("climbing name", _zip({"../a.xml": CAMT}), "leads out of it"),
    ("climbing name with backslashes", _zip({"x\\..\\a.xml": CAMT}), "leads out of it"),
    ("absolute name", _zip({"/etc/a.xml": CAMT}), "leads out of it"),
    ("drive", _zip({"C:/a.xml": CAMT}), "leads out of it"),
    ("zip in a zip", _zip({"a.zip": _zip({"a.xml": CAMT})}), "A zip within a zip"),
    ("empty", _zip({}), "holds no files"),
    ("cut off", _zip({"a.xml": CAMT})[:-30], "The zip file is damaged"),
    ("too many", _zip({f"{n}.xml": b"" for n in range(archive.MAX_MEMBERS + 1)}), "500 is the limit"),
    ("size is a lie", _lying_about_size(), "damaged"),
]


@pytest.mark.parametrize(("data", "words"), [case[1:] for case in BAD_ZIPS], ids=[case[0] for case in BAD_ZIPS])
def test_bad_zip_is_refused_in_words(data, words):
    with pytest.raises(StatementError) as refused:
        read(data)

    assert words in str(refused.value)


def test_encrypted_zip_is_refused():
    packed = bytearray(_zip({"a.xml": CAMT}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.find(mark) + offset] |= 1

    with pytest.raises(StatementError, match="encrypted"):
        read(bytes(packed))


def test_zip_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(archive, "MAX_TOTAL", 1000)

    with pytest.raises(StatementError, match="unpacks to more than"):
        read(_zip({"a.xml": CAMT, "b.xml": CAMT}))


EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><a>&d;</a>'
)
UNSAFE = [
    ("external entity", EXTERNAL, "DOCTYPE"),
    ("entity bomb", LAUGHS, "DOCTYPE"),
    ("document type alone", b"<!DOCTYPE a><a/>", "DOCTYPE"),
    ("lower case", b"<!doctype a><a/>", "DOCTYPE"),
    ("wide characters", EXTERNAL.decode().replace("?>", ' encoding="utf-16"?>', 1).encode("utf-16"), "DOCTYPE"),
    ("behind a long comment", b"<!--" + b"x" * 100_000 + b"--><!DOCTYPE a []><a/>", "DOCTYPE"),
    ("seven-bit encoding", b'<?xml version="1.0" encoding="UTF-7"?><a/>', "encoding “UTF-7” is not supported"),
    ("mainframe encoding", b'<?xml version="1.0" encoding="cp037"?><a/>', "is not supported"),
    ("unknown entity", b"<a>&x;</a>", "not well-formed"),
    ("too deep", b"<a>" * 3000 + b"</a>" * 3000, "not well-formed"),
    ("wrong encoding", '<?xml version="1.0" encoding="UTF-8"?><a>Müller</a>'.encode("cp1252"), "not well-formed"),
    ("no XML", b"hello", "not well-formed"),
]


@pytest.mark.parametrize(("data", "words"), [case[1:] for case in UNSAFE], ids=[case[0] for case in UNSAFE])
def test_unsafe_xml_is_refused_whole_and_as_a_stream(data, words):
    with pytest.raises(XmlError, match=words):
        safe_xml.parse(data)
    with pytest.raises(XmlError, match=words):
        list(safe_xml.iterparse(io.BytesIO(data)))


def test_safe_xml_is_parsed():
    assert safe_xml.parse(b"<a><!-- no --><b>1</b></a>").findtext("b") == "1"
    assert safe_xml.parse(b'\xef\xbb\xbf\r\n <?xml version="1.0"?><a/>').tag == "a"
    assert [e.tag for _, e in safe_xml.iterparse(io.BytesIO(b"<a><b/><c/></a>"), ("b",))] == ["b"]


def test_too_large_a_document_is_refused():
    with pytest.raises(XmlError, match="too large"):
        list(safe_xml.iterparse(io.BytesIO(b"<a/>"), limit=2))


def test_document_type_in_a_statement_is_refused():
    data = camt(entry()).replace(b"?>", b'?><!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]>', 1)

    with pytest.raises(StatementError, match="DOCTYPE"):
        read(data)


ENDLESS = [
    mt940(f":61:2603020302C1,00NTRF{'x' * 200_000}"),
    b"Date;Amount\n2026-03-02;" + b"1" * 200_000,
    b"01,S,R,260302,0800,1,,,2/\n02," + b"x" * 200_000,
]


@pytest.mark.parametrize("data", ENDLESS)
def test_endless_lines_are_refused(data):
    assert len(data) > MAX_LINE
    with pytest.raises(StatementError):
        read(data)
