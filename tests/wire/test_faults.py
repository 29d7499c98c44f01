"""Faults of SOAP and XML-RPC as kinds of errors, and XML-RPC's answers."""

import xmlrpc.client

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magento_wire.errors import CONFIGURATION, INDEFINITE, RECORD, TRANSIENT, ShopError, failure
from magento_wire.faults import ShopFault, as_read, magento_2_error, openmage_error
from magento_wire.transport import HttpResponse
from magento_wire.xmlrpc import read_answer

MAGENTO_2 = [
    # code, words, parameters -> kind when reading, kind when writing, code
    ("Sender", "The consumer isn't authorized to access %resources.", {"resources": "Magento_Sales::sales"},
     CONFIGURATION, CONFIGURATION, "not_authorized"),
    ("Sender", "No such entity with %fieldName = %fieldValue", {"fieldName": "id", "fieldValue": "9"},
     RECORD, RECORD, "not_found"),
    ("Sender", "The entity that was requested doesn't exist. Verify the entity and try again.", {},
     RECORD, RECORD, "not_found"),
    ("Sender", 'Requested service is not available: "companyCompanyRepositoryV1"', {},
     CONFIGURATION, CONFIGURATION, "no_such_route"),
    ("Sender", 'Operation "x" not found.', {}, CONFIGURATION, CONFIGURATION, "no_such_route"),
    ("Sender", "Specified store code is not found", {}, CONFIGURATION, CONFIGURATION, "no_such_route"),
    ("Sender", "Operation allowed only in HTTPS", {}, CONFIGURATION, CONFIGURATION, "method_not_allowed"),
    ("Sender", "Maximum SearchCriteria pageSize is %max", {"max": "300"},
     CONFIGURATION, CONFIGURATION, "page_size_capped"),
    ("Sender", "Invalid quantity", {}, RECORD, RECORD, "refused"),
    ("Receiver", "Internal Error. Details are available in Magento log file. Report ID: webapi-1", {},
     TRANSIENT, INDEFINITE, "failed_inside"),
    ("Receiver", "Something odd", {}, TRANSIENT, INDEFINITE, "shop_failed"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "words", "parameters", "read", "write", "error"), MAGENTO_2)
def test_faults_of_magento_2(code, words, parameters, read, write, error):
    fault = ShopFault(code, words, parameters)
    assert (magento_2_error(fault, "GET").kind, magento_2_error(fault, "GET").code) == (read, error)
    assert magento_2_error(fault, "POST").kind == write
    for value in parameters.values():
        assert value in str(magento_2_error(fault, "GET"))


OPENMAGE = [
    ("0", "Unknown Error", TRANSIENT, INDEFINITE, "failed_inside"),
    ("1", "Internal Error. Please see log for details.", TRANSIENT, INDEFINITE, "failed_inside"),
    ("2", "Access denied.", CONFIGURATION, CONFIGURATION, "missing_right"),
    ("3", "Invalid api path.", CONFIGURATION, CONFIGURATION, "no_such_route"),
    ("4", "Resource path is not callable.", CONFIGURATION, CONFIGURATION, "no_such_route"),
    ("5", "Session expired. Try to relogin.", TRANSIENT, TRANSIENT, "session_expired"),
    ("6", "Required parameter is missing", CONFIGURATION, CONFIGURATION, "unexpected"),
    ("100", "Requested order not exists.", RECORD, RECORD, "not_found"),
    ("102", "Customer not exists.", RECORD, RECORD, "not_found"),
    ("101", "Invalid filters given. Details in error message.", CONFIGURATION, CONFIGURATION, "unexpected"),
    ("103", "Order status not changed. Details in error message.", RECORD, RECORD, "refused"),
    ("Server", "Allowed memory size of 1 bytes exhausted", TRANSIENT, INDEFINITE, "failed_inside"),
    ("Client", "Procedure 'x' not present", CONFIGURATION, CONFIGURATION, "no_such_route"),
]


@pytest.mark.parametrize(("code", "words", "read", "write", "error"), OPENMAGE)
def test_faults_of_magento_1(code, words, read, write, error):
    fault = ShopFault(code, words)
    assert (openmage_error(fault, "GET").kind, openmage_error(fault, "GET").code) == (read, error)
    assert openmage_error(fault, "POST").kind == write
    assert words.rstrip(".")[:12] in str(openmage_error(fault, "GET"))


def test_refused_login_is_about_credentials():
    error = openmage_error(ShopFault("2", "Access denied."), "GET", login=True)
    assert (error.kind, error.code, error.status) == (CONFIGURATION, "unauthorized", 401)


def test_what_a_read_may_have_done_it_has_not():
    lost = failure("connection_lost", "POST", "reset")
    assert (lost.kind, as_read(lost).kind) == (INDEFINITE, TRANSIENT)
    assert as_read(failure("too_big", "POST", "x")).kind == CONFIGURATION
    unclear = ShopError(INDEFINITE, "gateway", "words", status=502, retry_after=3.0)
    assert (as_read(unclear).kind, as_read(unclear).status, as_read(unclear).retry_after) == (TRANSIENT, 502, 3.0)
    assert as_read(failure("tls", "POST", "x")).code == "tls"


def xmlrpc_answer(value):
    return xmlrpc.client.dumps((value,), methodresponse=True, allow_none=True).encode()


def test_value_and_fault():
    value = {"a": [1, None, "Käse 🛠", True, 1.5], "b": {}}
    assert read_answer(HttpResponse(200, {}, xmlrpc_answer(value)), "GET") == value
    fault = xmlrpc.client.dumps(xmlrpc.client.Fault(100, "Requested order not exists.")).encode()
    with pytest.raises(ShopFault) as raised:
        read_answer(HttpResponse(200, {}, fault), "GET")
    assert (raised.value.code, raised.value.message) == ("100", "Requested order not exists.")


BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<methodResponse><params><param><value><string>&b;</string></value></param></params></methodResponse>"""
GOOD = xmlrpc_answer([{"increment_id": "100000001", "grand_total": "12.3400"}])
ANSWERS = {
    "a page": (b"<html><title>Please wait</title></html>", 200, "not_json"),
    "nothing": (b"", 200, "not_json"),
    "cut off": (GOOD[:-20], 200, "not_json"),
    "entities": (BOMB, 200, "not_json"),
    "unavailable": (b"<html>busy</html>", 503, "unavailable"),
    "not here": (b"<html>no such page</html>", 404, "no_such_route"),
    "no value": (b"<methodResponse><params></params></methodResponse>", 200, "unexpected"),
    "odd type": (b"<methodResponse><params><param><value><int>x</int></value></param></params></methodResponse>", 200,
                 "unexpected"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ANSWERS)
def test_what_is_no_answer_is_told_apart(kind):
    content, status, code = ANSWERS[kind]
    with pytest.raises(ShopError) as refusal:
        read_answer(HttpResponse(status, {}, content), "GET")
    assert refusal.value.code == code


def test_control_characters_are_passed_over():
    content = xmlrpc_answer("Kiel").replace(b"Kiel", b"Ki\x0bel&#2;")
    assert read_answer(HttpResponse(200, {}, content), "GET") == "Kiel"


@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=6), st.integers(0, 40))
@settings(max_examples=200, deadline=None)
def test_nothing_but_its_own_errors_escapes_a_broken_answer(position, put, cut):
    try:
        read_answer(HttpResponse(200, {}, GOOD[:position] + put + GOOD[position + cut :]), "GET")
    except (ShopError, ShopFault):
        return
