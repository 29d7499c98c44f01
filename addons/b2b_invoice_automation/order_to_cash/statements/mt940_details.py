"""What the owner-information field (86, or NS) of an MT940 entry says, in the dialects of the banks.

SWIFT leaves field 86 free; each country made its own structure. Apart from mt940.py so that a new bank's
dialect is one function here. Sources: Deutsche Kreditwirtschaft, DFÜ-Abkommen Anlage 3 (German, also Austrian
and Polish subfields ?00 to ?63 with SEPA words EREF+, SVWZ+ …); the Dutch banks' SEPA field 86
(/EREF/…/REMI/…/); MultiCash's field NS; SWIFT's codes in the supplementary details (/OCMT/, /CHGS/).
"""

from __future__ import annotations

import re
from decimal import Decimal

from .model import Charge
from .text_input import clean, plain_decimal

FOUND = (
    "text", "information", "counterparty_name", "counterparty_account", "counterparty_bic", "ultimate_name",
    "structured_references", "end_to_end_id", "mandate_id", "instruction_id", "return_reason", "is_reversal",
    "instructed_amount", "instructed_currency", "charges", "exchange_rate",
)  # fmt: skip

_SUBFIELDS = re.compile(r"(\d{3})\s*([?>~^<@|!+*=])(?=\d\d)", re.ASCII)
_SEPA_WORD = re.compile(
    r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|RREF)\+"
    r"|(?<= )(EREF|KREF|MREF|CRED|IBAN|BIC|ABWA|ABWE): "
)
_SLASH_WORD = re.compile(
    r"/(EREF|PREF|KREF|MARF|CSID|IBAN|BIC|NAME|REMI|TRTP|CNTP|ORDP|BENM|ADDR|ULTC|ULTD|ULTB|PURP|RTRN|ISDT|USTD|STRD|CUR)"
    r"(?=/)"
)
_CITI_WORD = re.compile(r"/(PT|PY|BN|BO|BI|OB|CTC)(?=/)")
_SUPPLEMENT_WORD = re.compile(r"/(OCMT|CHGS|EXCH)(?=/)")
_POLISH_WORD = re.compile(r"(?:^|;)\s*(Z RACH|NA RACH|OD|DLA|TYT|TNR|ID IPH)\s*[.:]+\s*")
_SWISS = re.compile(
    r"(.*?)(?:AUFTRAGGEBER|DONNEUR D'ORDRE|ORDINANTE):\s*(.*?)"
    r"(?:\s*(?:MITTEILUNGEN|COMMUNICATIONS|COMUNICAZIONI):\s*(.*))?$"
)
_SWISS_REFERENCE = re.compile(r"\s*\b\d{6}CH\d{8,}$")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}$")
_HUNGARIAN_ACCOUNT = re.compile(r"\d{16}(\d{8})?$")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$")
_RETURN_CODE = re.compile(r"[A-Z]{2}\d{2}$", re.ASCII)
_CREDITOR_REFERENCE = re.compile(r"RF\d{2}[A-Z0-9]{1,21}$", re.ASCII)
_MONEY = re.compile(r"([A-Z]{3})? ?(\d{1,15}(?:,\d{0,6})?)(?: ?([A-Z]{3})\b)?", re.ASCII)
# Business codes (GVC) of the Deutsche Kreditwirtschaft that take back an earlier payment.
_RETURN_BUSINESS_CODES = {"108", "109", "159", "181", "184"}
_NOT_GIVEN = {"NONREF", "NOTPROVIDED", "KEINE REFERENZ", "NICHT ANGEGEBEN", "0"}
_LINE_WIDTH = 64
_SUBFIELD_WIDTH = 27
# Stands where a subfield ended before its width: an identifier (EREF+ …) ends there, a text goes on.
_SUBFIELD_END = "\n"
_TEXT_WORDS = {"SVWZ", "ABWA", "ABWE"}


def read_details(lines: list[str], owner_reference: str, supplement: str, has_field_ns: bool, sender: str) -> dict:
    """Read what belongs to an entry besides its amount.

    :param lines: the lines of its fields 86 or NS
    :param owner_reference: field 61's reference for the account owner (subfield 7)
    :param supplement: field 61's supplementary details (subfield 9)
    :param has_field_ns: whether the lines are MultiCash's field NS
    :param sender: the first 8 characters of the bank's BIC, where the envelope gives it
    :returns: values for the fields of a Transaction, of those named in FOUND; only what was found
    """
    found = _supplement(supplement)
    reference, blank, name = owner_reference.partition("  ")
    reference = clean(reference)
    found["instruction_id"] = _given(reference)
    if blank and clean(name):
        found["counterparty_name"] = clean(name)
        digits = reference.removeprefix("P")
        if digits.isdigit():
            found |= {"counterparty_account": digits, "instruction_id": ""}
    dialect = _field_ns(lines) if has_field_ns else _field_86(lines, reference, sender)
    found |= {key: value for key, value in dialect.items() if value}
    if found["instruction_id"] == found.get("counterparty_account"):
        found["instruction_id"] = ""
    if not found.get("text") and not found.get("counterparty_name"):
        found["text"] = supplement
    return found


def owner_of(lines: list[str]) -> str:
    """The account owner's name from a field NS before the first balance (subfields 22, 23); may be empty."""
    fields = _two_digit_fields(lines)
    return fields.get("22") or fields.get("23") or ""


def _field_86(lines: list[str], reference: str, sender: str) -> dict:
    first = lines[0] if lines else ""
    if opening := _SUBFIELDS.match(first):
        return _german(lines, opening[1], opening[2])
    whole = _unwrapped(lines)
    if whole.startswith("/PT/"):
        return _citi(_words(_CITI_WORD, whole))
    if len(_SLASH_WORD.findall(whole)) > 1 or whole.startswith(("/REMI/", "/EREF/", "/TRTP/", "/CNTP/")):
        return _dutch(_words(_SLASH_WORD, whole))
    if _POLISH_WORD.search(whole) and "TYT" in whole:
        return _polish(whole)
    if found := _SWISS.match(whole):
        name = _SWISS_REFERENCE.sub("", found[2])
        return {
            "text": clean(found[3] or whole),
            "information": clean(found[1]),
            "counterparty_name": clean(name),
        }
    return _free(lines, whole, reference, sender)


def _unwrapped(lines: list[str]) -> str:
    """Lines as running text: a full line was cut and goes on in the next, a short one ends."""
    return clean("".join(line if len(line) >= _LINE_WIDTH else f"{line} " for line in lines))


def _german(lines: list[str], business_code: str, mark: str) -> dict:
    fields: dict[str, str] = {}
    for part in "".join(lines).split(mark)[1:]:
        number, value = part[:2], part[2:]
        if number.isdigit():
            fields[number] = fields.get(number, "") + value
        elif fields:
            last = next(reversed(fields))
            fields[last] += mark + part
    remittance = [fields[n] for n in map(str, (*range(20, 30), *range(60, 64))) if n in fields]
    text = "".join(piece if len(piece) >= _SUBFIELD_WIDTH else f"{piece}{_SUBFIELD_END}" for piece in remittance)
    found = _sepa_words(text)
    bank, account = clean(fields.get("30")), clean(fields.get("31")).replace(" ", "")
    found |= {
        "information": clean(fields.get("00")),
        "counterparty_account": account or found.get("counterparty_account", ""),
        "counterparty_name": clean(_name(fields)),
        "counterparty_bic": bank if _BIC.match(bank) else found.get("counterparty_bic", ""),
        "is_reversal": business_code in _RETURN_BUSINESS_CODES,
    }
    return found


def _name(fields: dict[str, str]) -> str:
    first, second = fields.get("32", ""), fields.get("33", "")
    return first + second if len(first) >= _SUBFIELD_WIDTH else f"{first} {second}"


def _sepa_words(text: str) -> dict:
    """SEPA words inside the remittance subfields: EREF+…, SVWZ+… (and "EREF: …", as some banks write)."""
    pieces = _SEPA_WORD.split(text)
    values: dict[str, str] = {}
    plain = [pieces[0]]
    for plus, colon, value in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        word = plus or colon
        rest = ""
        if word not in _TEXT_WORDS:
            value, _, rest = value.strip(_SUBFIELD_END).partition(_SUBFIELD_END)
        plain += [value if word == "SVWZ" else "", rest]
        values.setdefault(word, clean(value))
    remittance = clean(" ".join(plain))
    return {
        "text": remittance,
        "end_to_end_id": _given(values.get("EREF", "")),
        "instruction_id": _given(values.get("KREF", "")),
        "mandate_id": _given(values.get("MREF", "")),
        "counterparty_account": values.get("IBAN", "").replace(" ", ""),
        "counterparty_bic": values.get("BIC", ""),
        "ultimate_name": values.get("ABWA") or values.get("ABWE", ""),
        "structured_references": _creditor_reference(remittance),
        **_amounts(values.get("OAMT", ""), values.get("COAM", "")),
    }


def _words(pattern: re.Pattern, whole: str) -> dict[str, str]:
    """The values behind /WORD/ markers; what stands before the first has the key ""."""
    pieces = pattern.split(whole)
    values = {"": clean(pieces[0])}
    for word, value in zip(pieces[1::2], pieces[2::2], strict=True):
        values[word] = clean(f"{values.get(word, '')} {value.strip('/ ')}")
    return values


def _dutch(values: dict[str, str]) -> dict:
    """/WORD/value/WORD/value: the SEPA field 86 of Dutch banks."""
    party = [part.strip() for part in values.get("CNTP", "").split("/")] + ["", "", ""]
    remittance = clean(f"{values.get('REMI', '')} {values.get('USTD', '')}")
    reference = values.get("STRD") or values.get("CUR", "")
    returned = values.get("RTRN", "")
    return {
        "text": remittance or values[""] or reference,
        "information": values.get("TRTP", ""),
        "counterparty_name": values.get("NAME") or party[2],
        "counterparty_account": (values.get("IBAN") or party[0]).replace(" ", ""),
        "counterparty_bic": values.get("BIC") or party[1],
        "ultimate_name": values.get("ULTD") or values.get("ULTC") or values.get("ULTB", ""),
        "end_to_end_id": _given(values.get("EREF", "")),
        "instruction_id": _given(values.get("PREF", "")),
        "mandate_id": _given(values.get("MARF", "")),
        "structured_references": (reference,) if reference else _creditor_reference(remittance),
        "return_reason": returned if _RETURN_CODE.match(returned) else "returned" if returned else "",
    }


def _citi(values: dict[str, str]) -> dict:
    """Citi's words: product type, payment details, beneficiary or orderer."""
    return {
        "text": values.get("PY", ""),
        "information": values.get("PT", ""),
        "counterparty_name": values.get("BN") or values.get("BO", ""),
        "counterparty_account": values.get("BI", ""),
    }


def _polish(whole: str) -> dict:
    pieces = _POLISH_WORD.split(whole)
    values: dict[str, str] = {}
    for word, value in zip(pieces[1::2], pieces[2::2], strict=True):
        values.setdefault(word, clean(value.strip("; ")))
    account = values.get("Z RACH") or values.get("NA RACH") or ""
    return {
        "text": values.get("TYT", ""),
        "information": clean(pieces[0]),
        "counterparty_name": values.get("OD") or values.get("DLA", ""),
        "counterparty_account": "" if not account.strip("0") else account.replace(" ", ""),
    }


def _free(lines: list[str], whole: str, reference: str, sender: str) -> dict:
    """Plain text. Some Dutch banks begin it with the payer's account (the one of field 61) and name on a line
    of its own.
    """
    account, _, name = (lines[0] if lines else "").strip().partition(" ")
    is_account_first = bool(account) and account == reference and any(map(str.isdigit, account))
    if is_account_first:
        return {
            "text": _unwrapped([line for line in lines[1:] if line.strip()]),
            "counterparty_account": account,
            "counterparty_name": clean(name),
        }
    if len(lines) > 2 and _HUNGARIAN_ACCOUNT.match(lines[1].strip()):
        return {
            "text": _unwrapped([lines[0], *lines[3:]]),
            "counterparty_account": lines[1].strip(),
            "counterparty_name": clean(lines[2]),
        }
    found = {"text": whole, "structured_references": _creditor_reference(whole)}
    if sender.startswith("INGBNL") and re.match(r"\d{10}$", account):
        found["counterparty_account"] = account
    return found


def _two_digit_fields(lines: list[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in lines:
        if line[:2].isdigit():
            fields[line[:2]] = f"{fields.get(line[:2], '')} {clean(line[2:])}".strip()
    return fields


def _field_ns(lines: list[str]) -> dict:
    """MultiCash's field NS: 01–14 remittance text, 15–16 name, 17 booking text, 33 bank, 34 account of the
    other side.
    """
    fields = _two_digit_fields(lines)
    text = clean(" ".join(fields.get(f"{number:02}", "") for number in range(1, 15)))
    return {
        "text": text,
        "information": fields.get("17", ""),
        "counterparty_name": clean(f"{fields.get('15', '')} {fields.get('16', '')}"),
        "counterparty_account": fields.get("34", ""),
        "structured_references": _creditor_reference(text),
    }


def _supplement(text: str) -> dict:
    """Words of SWIFT in field 61's supplementary details: /OCMT/ original amount, /CHGS/ charges, /EXCH/ rate."""
    values = _words(_SUPPLEMENT_WORD, text)
    if len(values) == 1:
        return {"information": text} if text else {}
    found: dict = {}
    rate = plain_decimal(values.get("EXCH", "").replace(",", "."))
    return found | _amounts(values.get("OCMT", ""), values.get("CHGS", "")) | ({"exchange_rate": rate} if rate else {})


def _amounts(ordered: str, charged: str) -> dict:
    """What was ordered (of a return: the amount before charges), and what the banks took for it."""
    found: dict = {}
    original, charges = _money(ordered), _money(charged)
    if original:
        found |= {"instructed_amount": original[0], "instructed_currency": original[1]}
    if charges and charges[0]:
        found["charges"] = (Charge(*charges),)
    return found


def _money(text: str) -> tuple[Decimal, str] | None:
    """An amount, and its currency as it stands before or behind it, if it does."""
    found = _MONEY.match(text)
    amount = plain_decimal(found[2].replace(",", ".")) if found else None
    return None if amount is None else (amount, found[1] or found[3] or "")


def _creditor_reference(text: str) -> tuple[str, ...]:
    """The text as a structured reference, where it is nothing but an ISO 11649 creditor reference with right
    check digits.
    """
    compact = text.replace(" ", "").upper()
    if not _CREDITOR_REFERENCE.match(compact):
        return ()
    digits = "".join(str(int(character, 36)) for character in compact[4:] + compact[:4])
    return (compact,) if Decimal(int(digits) % 97) == 1 else ()


def _given(reference: str) -> str:
    reference = clean(reference)
    return "" if reference.upper() in _NOT_GIVEN else reference
