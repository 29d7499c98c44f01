"""One entry of a CAMT document, and the payments inside it, as records.

Apart from camt.py, which knows statements: here is what ISO 20022 says about an entry (Ntry) and its details (TxDtls).
"""

from __future__ import annotations

from decimal import Decimal

from .camt_xml import Fields, Names, Paths, joined
from .model import Batch, Charge, RemittedDocument, Statement, StatementError, Transaction
from .text_input import clean, iso_date, whole_number

_NOT_GIVEN = {"", "0", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "NOTAVAILABLE"}
# Sub-families of the ISO 20022 bank transaction codes that take back an earlier payment.
_RETURN_CODES = {"RRTN", "RPCR", "UPDD", "PRDD", "RCDD", "UPCQ", "UPCT", "ARET", "AREV"}
_OF_THE_WHOLE = {"bank_reference", "batch", "charges", "instructed_amount", "instructed_currency", "exchange_rate"}
_CODE = ("BkTxCd/Domn/Cd", "BkTxCd/Domn/Fmly/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd", "BkTxCd/Prtry/Cd")
_INSTRUCTED = (
    "AmtDtls/InstdAmt/Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/CcyXchg/XchgRate",
    "AmtDtls/TxAmt/CcyXchg/XchgRate", "AmtDtls/CntrValAmt/CcyXchg/XchgRate",
)  # fmt: skip
_ENTRY = (
    "Amt", "CdtDbtInd", "RvslInd", "Sts", "Sts/Cd", "Sts/Prtry", "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt",
    "ValDt/DtTm", "AcctSvcrRef", "AddtlNtryInf", "Chrgs", "NtryDtls/Btch", "NtryDtls/Btch/MsgId",
    "NtryDtls/Btch/PmtInfId", "NtryDtls/Btch/NbOfTxs", *_CODE, *_INSTRUCTED,
)  # fmt: skip
_PARTY = tuple(
    path
    for role in ("Dbtr", "Cdtr")
    for path in (
        f"RltdPties/{role}/Nm", f"RltdPties/{role}/Pty/Nm", f"RltdPties/{role}/Agt/FinInstnId/Nm",
        f"RltdPties/Ultmt{role}/Nm", f"RltdPties/Ultmt{role}/Pty/Nm", f"RltdPties/{role}Acct/Id/IBAN",
        f"RltdPties/{role}Acct/Id/Othr/Id", f"RltdAgts/{role}Agt/FinInstnId/BIC",
        f"RltdAgts/{role}Agt/FinInstnId/BICFI",
    )
)  # fmt: skip
_PAYMENT = (
    "Refs/EndToEndId", "Refs/MndtId", "Refs/InstrId", "Refs/AcctSvcrRef", "Amt", "CdtDbtInd", "AddtlTxInf", "Chrgs",
    "RmtInf", "RtrInf", "RtrInf/AddtlInf", "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry", *_CODE, *_INSTRUCTED, *_PARTY,
)  # fmt: skip
_CHARGE = ("Amt", "ChrgInclInd", "Tp/Cd", "Tp/Prtry/Id")
_PAID = ("RmtdAmt", "DuePyblAmt", "CdtNoteAmt")
_STRUCTURED = ("CdtrRefInf/Ref", "CdtrRefInf/CdtrRef", *(f"RfrdDocAmt/{name}" for name in _PAID))
# ISO 20022 document amount types, which newer versions (RemittanceAmount4) state instead of elements of their own.
_PAID_BY_CODE = {"REMI": "RmtdAmt", "DUPA": "DuePyblAmt", "CREN": "CdtNoteAmt"}
_TYPED = ("Tp/Cd", "Amt")
_ADJUSTMENT = ("Amt", "CdtDbtInd", "Rsn", "AddtlInf")
_DOCUMENT = ("Nb", "RfrdDocNb", "RltdDt", "RltdDt/Dt", "Tp/CdOrPrtry/Cd", "Tp/Cd")


class EntryReader:
    """Collects the details of the entry being read, and makes a transaction of it when it ends."""

    def __init__(self, names: Names):
        self.currency = ""
        self._names = names
        self._of_entry = Paths(names, _ENTRY)
        self._of_payment = Paths(names, _PAYMENT)
        self._of_structured = Paths(names, _STRUCTURED)
        self._of_document = Paths(names, _DOCUMENT)
        self._of_typed = Paths(names, _TYPED)
        self._of_adjustment = Paths(names, _ADJUSTMENT)
        self._of_charge = Paths(names, _CHARGE)
        self._fields: Fields | None = None
        self._entry: dict = {}
        self._details: list[dict] = []
        self._position = 0

    def take_details(self, element) -> None:
        """Take one payment (TxDtls) of the entry being read, and drop it from the document."""
        block = element.getparent()
        if self._fields is None:
            self._begin(block.getparent())
        self._details.append(self._read_details(Fields(element, self._of_payment)))
        block.remove(element)

    def finish(self, element, header: Statement) -> Transaction:
        """Make the transaction of an entry (Ntry) that is complete.

        :param header: the statement it stands in; gives the day where the entry has none
        :raises StatementError: if amount, sign, status or every day is missing
        """
        if self._fields is None:
            self._begin(element)
        else:
            self._fields.add(element.find(self._names["NtryDtls"]).itersiblings())
        entry, details = self._entry, self._details
        self._complete(entry, self._fields, header)
        self._fields, self._details = None, []
        if len(details) > 1:
            return self._collected(entry, details)
        detail = details[0] if details else {}
        detail.pop("own_amount", None)
        return Transaction(**_merged(entry, detail))

    def _begin(self, element) -> None:
        self._fields = Fields(element, self._of_entry)
        self._entry = self._read_entry(self._fields)

    def _read_entry(self, fields: Fields) -> dict:
        self._position += 1
        amount, currency = fields.amount("Amt")
        sign = fields["CdtDbtInd"]
        if sign not in ("CRDT", "DBIT"):
            raise StatementError(
                f"The entry does not say whether money came in or went out (“{clean(sign)[:20]}”). "
                f"Download the file again.",
                f"line {fields.line}, entry {self._position}",
            )
        self.currency = self.currency or currency
        code = _code(fields)
        return {
            "amount": amount if sign == "CRDT" else -amount,
            "currency": currency,
            "transaction_code": code,
            "is_reversal": fields["RvslInd"] in ("true", "1") or _takes_back(code),
            "line": fields.line,
            "position": self._position,
        }

    def _complete(self, entry: dict, fields: Fields, header: Statement) -> None:
        """Add what may also stand behind the details, or is needed once per entry only."""
        where = f"line {entry['line']}, entry {entry['position']}"
        status = clean(fields["Sts/Cd"]) or clean(fields["Sts"]) or clean(fields["Sts/Prtry"])
        if not status:
            raise StatementError("The entry does not say whether it is booked. Download the file again.", where)
        value_date = iso_date(fields["ValDt/Dt"] or fields["ValDt/DtTm"])
        booking_date = iso_date(fields["BookgDt/Dt"] or fields["BookgDt/DtTm"])
        booking_date = booking_date or value_date or header.to_date or header.from_date
        if booking_date is None:
            raise StatementError("The entry has no day, and neither has its statement. Download the file again.", where)
        entry |= {
            "is_booked": status == "BOOK",
            "booking_date": booking_date,
            "value_date": value_date,
            "bank_reference": _given(fields["AcctSvcrRef"]),
            "information": clean(fields["AddtlNtryInf"]),
            "charges": self._charges(fields),
            "batch": _batch(fields),
            **_instructed(fields),
        }

    def _read_details(self, fields: Fields) -> dict:
        code = _code(fields)
        is_reversal = _takes_back(code)
        detail = {
            "end_to_end_id": _given(fields["Refs/EndToEndId"]),
            "mandate_id": _given(fields["Refs/MndtId"]),
            "instruction_id": _given(fields["Refs/InstrId"]),
            "bank_reference": _given(fields["Refs/AcctSvcrRef"]),
            "transaction_code": code,
            "information": clean(fields["AddtlTxInf"]),
            "charges": self._charges(fields),
            "own_amount": _own_amount(fields),
            "is_reversal": is_reversal,
            **_instructed(fields),
            **self._remittance(fields),
        }
        is_returned = "RtrInf" in fields
        if is_returned:
            said = clean(fields["RtrInf/AddtlInf"])
            reason = clean(fields["RtrInf/Rsn/Cd"] or fields["RtrInf/Rsn/Prtry"])
            detail["return_reason"] = reason or said or "returned"
            detail["information"] = clean(f"{detail['information']} {said}")
        return detail | self._counterparty(fields, is_returned or is_reversal or self._entry["is_reversal"])

    def _collected(self, entry: dict, details: list[dict]) -> Transaction:
        """A collected booking: with its payments where they add up, else with all their references."""
        own = [detail.pop("own_amount") for detail in details]
        sign = 1 if entry["amount"] >= 0 else -1
        if all(own) and all(currency == entry["currency"] for _, currency, _ in own):
            amounts = [amount * (side or sign) for amount, _, side in own]
            if sum(amounts) == entry["amount"]:
                shared = {name: value for name, value in entry.items() if name not in _OF_THE_WHOLE}
                shared["charges"] = ()
                parts = (
                    _merged(shared | {"amount": amount}, detail)
                    for amount, detail in zip(amounts, details, strict=True)
                )
                return Transaction(**entry, details=tuple(Transaction(**part) for part in parts))
        names = {detail.get("counterparty_name", "") for detail in details}
        entry["text"] = clean(" ".join(detail.get("text", "") for detail in details))
        entry["counterparty_name"] = names.pop() if len(names) == 1 else ""
        for name in ("structured_references", "remitted_documents"):
            entry[name] = tuple(value for detail in details for value in detail.get(name, ()))
        return Transaction(**entry)

    def _remittance(self, fields: Fields) -> dict:
        if "RmtInf" not in fields:
            return {}
        q = self._names
        block = fields.element.find(q["RmtInf"])
        pieces = [piece.text or "" for piece in block.iterfind(q["Ustrd"])]
        references, documents = [], []
        for structured in block.iterfind(q["Strd"]):
            found = Fields(structured, self._of_structured)
            reference = clean(found["CdtrRefInf/Ref"] or found["CdtrRefInf/CdtrRef"])
            if reference:
                references.append(reference)
            documents += self._documents(found)
            pieces += [piece.text or "" for piece in structured.iterfind(q["AddtlRmtInf"])]
        return {
            "text": joined(pieces),
            "structured_references": tuple(references),
            "remitted_documents": tuple(documents),
        }

    def _documents(self, structured: Fields) -> list[RemittedDocument]:
        """The documents of one remittance block; its amount belongs to the document only where that is one."""
        blocks = structured.element.findall(self._names["RfrdDocInf"])
        amount, currency, deduction, reason = None, "", Decimal(0), ""
        stated = self._stated_amounts(structured) if len(blocks) == 1 else {}
        paid = [name for name in _PAID if name in stated]
        if paid:
            amount, currency = stated[paid[0]]
            amount = -amount if paid[0] == "CdtNoteAmt" else amount
        if len(blocks) == 1:
            deduction, reason = self._kept_back(structured, stated)
        return [
            RemittedDocument(
                number=clean(found["Nb"] or found["RfrdDocNb"]),
                amount=amount,
                currency=currency,
                date=iso_date(found["RltdDt/Dt"] or found["RltdDt"]),
                code=clean(found["Tp/CdOrPrtry/Cd"] or found["Tp/Cd"]),
                deduction=deduction,
                reason=reason,
            )
            for found in (Fields(block, self._of_document) for block in blocks)
        ]

    def _stated_amounts(self, structured: Fields) -> dict[str, tuple[Decimal, str]]:
        """Amounts and currencies of one remittance block by the names that older versions give them."""
        stated = {name: structured.amount(f"RfrdDocAmt/{name}") for name in _PAID if f"RfrdDocAmt/{name}" in structured}
        for block in structured.element.iterfind(self._names["RfrdDocAmt/RmtAmtAndTp"]):
            found = Fields(block, self._of_typed)
            name = _PAID_BY_CODE.get(clean(found["Tp/Cd"]))
            if name and "Amt" in found:
                stated.setdefault(name, found.amount("Amt"))
        return stated

    def _kept_back(self, structured: Fields, stated: dict) -> tuple[Decimal, str]:
        """What the payer kept back by its adjustments, and why; negative where it added to the amount.

        ISO 20022 leaves open which indicator subtracts: what was due and what was paid decide, where both are stated.
        """
        kept, reasons = Decimal(0), []
        for block in structured.element.iterfind(self._names["RfrdDocAmt/AdjstmntAmtAndRsn"]):
            found = Fields(block, self._of_adjustment)
            if "Amt" in found:
                kept += -found.amount("Amt")[0] if found["CdtDbtInd"] == "DBIT" else found.amount("Amt")[0]
                reasons.append(clean(f"{found['Rsn']} {found['AddtlInf']}"))
        if (
            "DuePyblAmt" in stated
            and "RmtdAmt" in stated
            and kept * (stated["DuePyblAmt"][0] - stated["RmtdAmt"][0]) < 0
        ):
            kept = -kept
        return kept, ", ".join(dict.fromkeys(filter(None, reasons)))

    def _counterparty(self, fields: Fields, is_taken_back: bool) -> dict:
        """The other side. Where a payment is taken back, the parties are those of the original: swapped."""
        is_credit = self._entry["amount"] >= 0
        role, other = ("Dbtr", "Cdtr") if is_credit else ("Cdtr", "Dbtr")
        if is_taken_back:
            return _party(fields, other) or _party(fields, role)
        return _party(fields, role)

    def _charges(self, fields: Fields) -> tuple[Charge, ...]:
        if "Chrgs" not in fields:
            return ()
        q = self._names
        charges = []
        for block in fields.element.iterfind(q["Chrgs"]):
            for record in block.findall(q["Rcrd"]) or [block]:
                found = Fields(record, self._of_charge)
                if "Amt" in found:
                    amount, currency = found.amount("Amt")
                    included = {"true": True, "false": False}.get(found["ChrgInclInd"])
                    code = clean(found["Tp/Cd"] or found["Tp/Prtry/Id"])
                    charges += [Charge(amount, currency, included, code)] if amount else []
        return tuple(charges)


def _own_amount(fields: Fields) -> tuple[Decimal, str, int] | None:
    """What a payment of a collected booking states for itself: amount, currency, sign (0: the entry's)."""
    sign = {"CRDT": 1, "DBIT": -1}.get(fields["CdtDbtInd"], 0)
    for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"):
        if path in fields:
            return (*fields.amount(path), sign)
    return None


def _instructed(fields: Fields) -> dict:
    if "AmtDtls" not in fields:
        return {}
    found = {}
    if "AmtDtls/InstdAmt/Amt" in fields:
        found["instructed_amount"], found["instructed_currency"] = fields.amount("AmtDtls/InstdAmt/Amt")
    for part in ("InstdAmt", "TxAmt", "CntrValAmt"):
        rate = _rate(fields[f"AmtDtls/{part}/CcyXchg/XchgRate"])
        if rate is not None:
            found["exchange_rate"] = rate
            break
    return found


def _party(fields: Fields, role: str) -> dict:
    party, agent = f"RltdPties/{role}", f"RltdAgts/{role}Agt/FinInstnId"
    ultimate = clean(fields[f"RltdPties/Ultmt{role}/Nm"] or fields[f"RltdPties/Ultmt{role}/Pty/Nm"])
    name = fields[f"{party}/Nm"] or fields[f"{party}/Pty/Nm"] or fields[f"{party}/Agt/FinInstnId/Nm"]
    account = fields[f"{party}Acct/Id/IBAN"] or fields[f"{party}Acct/Id/Othr/Id"]
    found = {
        "counterparty_name": clean(name) or ultimate,
        "counterparty_account": "".join(account.split()),
        "counterparty_bic": clean(fields[f"{agent}/BIC"] or fields[f"{agent}/BICFI"]),
        "ultimate_name": ultimate,
    }
    return found if any(found.values()) else {}


def _code(fields: Fields) -> str:
    domain = fields["BkTxCd/Domn/Cd"]
    if not domain:
        return clean(fields["BkTxCd/Prtry/Cd"])
    return clean(f"{domain}/{fields['BkTxCd/Domn/Fmly/Cd']}/{fields['BkTxCd/Domn/Fmly/SubFmlyCd']}")


def _batch(fields: Fields) -> Batch | None:
    if "NtryDtls/Btch" not in fields:
        return None
    return Batch(
        message_id=clean(fields["NtryDtls/Btch/MsgId"]),
        payment_id=clean(fields["NtryDtls/Btch/PmtInfId"]),
        count=whole_number(fields["NtryDtls/Btch/NbOfTxs"]),
    )


def _rate(text: str) -> Decimal | None:
    """An exchange rate; None if there is none. Rates have more decimals than amounts."""
    text = text.strip()
    if not text or len(text) > 24 or not text.isascii() or not text.replace(".", "", 1).isdigit():
        return None
    return Decimal(text)


def _takes_back(code: str) -> bool:
    return code[-4:] in _RETURN_CODES


def _given(reference: str) -> str:
    reference = clean(reference)
    return "" if reference.upper() in _NOT_GIVEN else reference


def _merged(entry: dict, detail: dict) -> dict:
    """An entry with its one payment: both one's charges; the entry's reference first; else the payment's values."""
    merged = entry | {name: value for name, value in detail.items() if value}
    merged["bank_reference"] = entry.get("bank_reference") or detail.get("bank_reference", "")
    merged["transaction_code"] = entry["transaction_code"] or detail.get("transaction_code", "")
    if entry["charges"] and detail.get("charges"):
        merged["charges"] = entry["charges"] + detail["charges"]
    return merged
