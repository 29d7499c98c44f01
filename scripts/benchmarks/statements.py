"""Bank files of 100 000 transactions, read as a stream in each format: seconds and memory.

Each file is read in a process of its own, so that its peak memory is its own; the file itself counts. The sums are
compared with what was written before a time counts. How long the import into Odoo takes a line, `cash` measures.
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from setup.paths import ADDONS, SCRIPTS

sys.path.insert(0, str(ADDONS / "b2b_invoice_automation"))

COUNT = 100_000
FIRST_DAY = date(2026, 1, 1)
HEADINGS = "Booking date;Payer;Account;Text;Amount;Currency;Balance"


def run(arguments):
    """Return the figures; prints the table."""
    options = _options(arguments)
    figures = {}
    with tempfile.TemporaryDirectory() as directory:
        for name, render in FORMATS.items():
            path = Path(directory) / name
            path.write_bytes(render(options.count))
            found = _measured(path)
            if (found["count"], found["total"]) != (options.count, str(_total(options.count))):
                raise SystemExit(
                    f"{name}: {found['count']} transactions over {found['total']} were read; no time counts."
                )
            scale = COUNT / options.count
            figures[f"statements.{name}_seconds_per_100000"] = round(found["seconds"] * scale, 2)
            figures[f"statements.{name}_cpu_seconds_per_100000"] = round(found["worked"] * scale, 2)
            figures[f"statements.{name}_peak_mb"] = round(found["peak_mb"])
            print(
                f"{name:8} {path.stat().st_size / 1e6:7.1f} MB file {found['seconds']:7.2f} s "
                f"({found['worked']:.2f} s of processor), {found['peak_mb']:6.0f} MB peak",
                flush=True,
            )
    figures["statements.seconds_per_100000"] = figures["statements.camt053_seconds_per_100000"]
    figures["statements.peak_mb"] = figures["statements.camt053_peak_mb"]
    return figures


def read_one(path):
    """Read a file as the import does, and print what it took."""
    from order_to_cash.statements import iter_transactions, propose_profile

    profiles = []
    if path.endswith(("csv", "xlsx")):
        with open(path, "rb") as file:
            head = file.read() if path.endswith("xlsx") else file.read(1_000_000).rpartition(b"\n")[0]
        profiles = [propose_profile(head).profile]
    count, total = 0, Decimal(0)
    started, worked = time.perf_counter(), time.process_time()
    with open(path, "rb") as file:
        for _statement, transaction in iter_transactions(file, profiles=profiles):
            count += 1
            total += transaction.amount
    seconds, worked = time.perf_counter() - started, time.process_time() - worked
    print(
        json.dumps({"count": count, "total": str(total), "seconds": seconds, "worked": worked, "peak_mb": _peak_mb()})
    )


def _peak_mb():
    """The most memory that this process had, without what its parent had when it was started."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _measured(path):
    code = f"from benchmarks.statements import read_one; read_one({str(path)!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=SCRIPTS, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def _transactions(count):
    """Number, day, amount, payer, account and text of each payment."""
    for number in range(count):
        amount = Decimal(number % 90_000 + 101) / 100
        day = FIRST_DAY + timedelta(days=number * 28 // count)
        yield number, day, amount, f"Customer {number % 997} GmbH", f"DE{number % 997:020}", f"INV/2026/{number:06}"


def _total(count):
    return sum((entry[2] for entry in _transactions(count)), Decimal(0))


def _camt(count):
    from bank_sandbox.render import render_camt053

    from order_to_cash.statements import AccountId, Statement, Transaction

    entries = tuple(
        Transaction(
            amount=amount,
            currency="EUR",
            booking_date=day,
            value_date=day,
            counterparty_name=payer,
            counterparty_account=account,
            text=text,
            bank_reference=f"BR{number:08}",
            end_to_end_id=f"E2E-{number}",
        )
        for number, day, amount, payer, account, text in _transactions(count)
    )
    head = AccountId(iban="DE89370400440532013000", currency="EUR")
    statement = Statement(
        account=head,
        currency="EUR",
        statement_id="1",
        sequence=1,
        to_date=entries[-1].booking_date,
        opening=Decimal(0),
        closing=_total(count),
        transactions=entries,
    )
    return render_camt053([statement])


def _mt940(count):
    lines = [":20:STARTUMS", ":25:37040044/0532013000", ":28C:1/1", ":60F:C260101EUR0,00"]
    for number, day, amount, payer, account, text in _transactions(count):
        lines.append(f":61:{day:%y%m%d}{day:%m%d}C{amount:.2f}NTRFNONREF//BR{number:08}".replace(".", ","))
        lines.append(f":86:166?00GUTSCHRIFT?20SVWZ+{text}?31{account}?32{payer}")
    lines += [f":62F:C260128EUR{_total(count):.2f}".replace(".", ","), "-"]
    return "\r\n".join(lines).encode()


def _csv(count):
    rows, balance = [HEADINGS], Decimal(0)
    for _number, day, amount, payer, account, text in _transactions(count):
        balance += amount
        rows.append(f"{day};{payer};{account};{text};{amount:.2f};EUR;{balance:.2f}".replace(".", ","))
    return "\r\n".join(rows).encode()


def _xlsx(count):
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    sheet, balance = workbook.create_sheet(), Decimal(0)
    sheet.append(HEADINGS.split(";"))
    for _number, day, amount, payer, account, text in _transactions(count):
        balance += amount
        sheet.append([day, payer, account, text, float(amount), "EUR", float(balance)])
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def _ofx(count):
    entries = "".join(
        f"<STMTTRN><TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>{day:%Y%m%d}</DTPOSTED><TRNAMT>{amount:.2f}</TRNAMT>"
        f"<FITID>F{number:08}</FITID><NAME>{payer}</NAME><MEMO>{text}</MEMO></STMTTRN>\n"
        for number, day, amount, payer, _account, text in _transactions(count)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" '
        'OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0</CODE>'
        "<SEVERITY>INFO</SEVERITY></STATUS><DTSERVER>20260129</DTSERVER><LANGUAGE>ENG</LANGUAGE></SONRS>"
        "</SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><TRNUID>1</TRNUID><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY>"
        "</STATUS><STMTRS><CURDEF>EUR</CURDEF><BANKACCTFROM><BANKID>37040044</BANKID><ACCTID>0532013000</ACCTID>"
        "<ACCTTYPE>CHECKING</ACCTTYPE></BANKACCTFROM><BANKTRANLIST><DTSTART>20260101</DTSTART><DTEND>20260128</DTEND>"
        f"{entries}</BANKTRANLIST><LEDGERBAL><BALAMT>{_total(count):.2f}</BALAMT><DTASOF>20260128</DTASOF></LEDGERBAL>"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    ).encode()


def _bai2(count):
    cents = int(_total(count) * 100)
    records = [f"03,0532013000,EUR,010,0,,,015,{cents},,/"]
    for number, _day, amount, payer, _account, text in _transactions(count):
        records.append(f"16,195,{int(amount * 100)},Z,BR{number:08},,{payer} {text}")
    account_total = 2 * cents
    records += [f"49,{account_total},{count + 2}/", f"98,{account_total},1,{count + 4}/"]
    head = ["01,122099999,123456789,260128,0800,1,,,2/", "02,031001234,122099999,1,260128,,EUR,2/"]
    return "\n".join([*head, *records, f"99,{account_total},1,{count + 6}/"]).encode()


FORMATS = {"camt053": _camt, "mt940": _mt940, "csv": _csv, "xlsx": _xlsx, "ofx": _ofx, "bai2": _bai2}


def _options(arguments):
    parser = argparse.ArgumentParser(prog="scripts/bench statements", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="transactions in a file")
    return parser.parse_args(arguments)
