"""Turns what a bank file says into statement lines, once each, in the journals they belong to.

Apart from the import record, which keeps the file and tells people: here a file is streamed, so that its size does
not matter, and lines are created in batches.
"""

from collections import Counter
from datetime import timedelta

from odoo import fields
from odoo.tools import SQL, formatLang

from ..order_to_cash.statements import STATEMENT, StatementError, split, stream_events
from ..order_to_cash.statements.model import Begin, End
from .bank_transaction import LONGEST_NAME, label_of, transaction_details
from .statement_confirmed import ConfirmedLines
from .statement_look_alikes import told_apart
from .statement_parts import tell_parts

BATCH = 250
LARGEST_NUMBER = 2**31 - 1
MOST_DAYS_AHEAD = 10  # in a table, whose form of days is what somebody chose once
FIRST_YEAR, LAST_YEAR = 1970, 2100


class StatementLoader:
    """Loads one file for one import record. Raises StatementError; the caller rolls back."""

    def __init__(self, record):
        self._record = record
        self.env = record.env(
            context={
                **record.env.context,
                "tracking_disable": True,
                "mail_create_nolog": True,
                "mail_notrack": True,
                "no_reset_password": True,
            }
        )
        self._counts = Counter()
        self._sources = set()
        self._journals = record.env["account.journal"]
        self._notes = []
        self._results = []
        self._profiles = record.env["b2b.statement.profile"]
        self._used = self._profiles
        self._journal = None
        self._pending = []
        self._held = []
        self._told_otherwise = None
        self._line_ids = []
        self._known_statements = set()
        self._listed = []

    def load(self, content):
        """Create everything.

        :param bytes content: the file
        :returns: values for the import record
        """
        self._profiles = self._profiles._profiles_for(self._record.company_id, self._record.upload_journal_id)
        for event in stream_events(content, self._record.name, profiles=self._engine_profiles()):
            if isinstance(event, Begin):
                self._begin(event.statement)
            elif isinstance(event, End):
                self._end(event.statement)
            elif not event.is_booked:
                self._count("announced")
            else:
                self._pending.append((self._statement, event))
                if len(self._pending) >= BATCH:
                    self._flush()
        self.env["b2b.remittance"]._from_transactions(self._listed)
        return {
            "state": "done",
            "source": ", ".join(sorted(filter(None, self._sources))),
            "statement_count": self._counts["statements"],
            "lines_created": self._counts["created"],
            "duplicates_skipped": self._counts["known"],
            "announced_skipped": self._counts["announced"],
            "confirmed_count": self._counts["confirmed"],
            "profile_ids": [(6, 0, self._used.ids)],
            "results": self._results,
            "journal_ids": [(6, 0, self._journals.ids)],
            "notes": "\n".join(self._notes),
            "has_gap": bool(self._counts["gaps"]),
        }

    def _engine_profiles(self):
        upload = self._record.upload_journal_id
        return [profile._engine_profile(profile.journal_id or upload) for profile in self._profiles]

    def _begin(self, statement):
        self._statement = statement
        upload = self._handed_in_at(statement)
        self._journal = self.env["account.journal"]._b2b_for_account(
            statement.account, statement.currency, self._record.company_id, upload
        )
        if upload and upload != self._journal:
            self._note(
                self.env._(
                    "The file is about account %(account)s and went to the journal %(journal)s.",
                    account=statement.account.number,
                    journal=self._journal.display_name,
                )
            )
        self._journals |= self._journal
        self._sources.add(statement.source)
        self._counts["statements"] += 1
        self._line_ids, self._known_statements = [], set()
        self._closed_until = self._journal.company_id._get_user_fiscal_lock_date(self._journal)
        self._results.append(self._result_of(statement))
        is_final = statement.kind == STATEMENT
        self._told_otherwise = ConfirmedLines(self._journal, self._record, of_reports=is_final)

    def _handed_in_at(self, statement):
        """The journal of the upload, else that of the profile that reads the table."""
        upload = self._record.upload_journal_id
        if not statement.profile:
            return upload
        profile = self._profiles.browse(int(statement.profile))
        self._used |= profile
        if not upload:
            profile._refuse_twins()
        return upload or profile.journal_id

    def _result_of(self, statement):
        number = statement.sequence if statement.sequence is not None else statement.statement_id
        return {
            "account": statement.account.number,
            "journal": self._journal.display_name,
            "kind": statement.kind,
            "number": str(number),
            **dict.fromkeys(("created", "known", "confirmed", "announced"), 0),
        }

    def _count(self, what, number=1):
        self._counts[what] += number
        if self._results:
            self._results[-1][what] += number

    def _end(self, statement):
        self._flush()
        self._settle_held()
        self._results[-1].update(
            until=statement.to_date and statement.to_date.isoformat(),
            opening=None if statement.opening is None else f"{statement.opening:f}",
            closing=None if statement.closing is None else f"{statement.closing:f}",
            currency=statement.currency or self._currency().name,
        )
        if statement.kind == STATEMENT and self._line_ids and statement.closing is not None:
            record = self._known_statement(statement)
            if record:
                record.line_ids = [(4, line_id) for line_id in self._line_ids]
            else:
                record = self._create_statement(statement)
            self._look_for_gap(record)

    def _known_statement(self, statement):
        """The statement that an earlier reading of this one made, some lines of which were deleted since."""
        currency = self._currency()
        records = self.env["account.bank.statement"].browse(sorted(self._known_statements))
        return records.filtered(
            lambda record: (
                statement.opening is not None
                and not currency.compare_amounts(record.balance_start, float(statement.opening))
                and not currency.compare_amounts(record.balance_end_real, float(statement.closing))
            )
        )[:1]

    def _create_statement(self, statement):
        opening = statement.opening
        values = {
            "reference": self._record.name,
            "b2b_import_id": self._record.id,
            "b2b_sequence": self._number_of(statement),
            "line_ids": [(6, 0, self._line_ids)],
            "balance_end_real": float(statement.closing),
        }
        if opening is not None:
            values["balance_start"] = float(opening)
        if statement.sequence is not None or statement.statement_id:
            number = statement.sequence if statement.sequence is not None else statement.statement_id
            values["name"] = f"{self._journal.code} {number} ({statement.to_date or self._record.create_date.date()})"
        return self.env["account.bank.statement"].create(values)

    def _number_of(self, statement):
        if abs(statement.sequence or 0) <= LARGEST_NUMBER:
            return statement.sequence or 0
        self._note(
            self.env._(
                "The bank's statement number %(number)s is no number to count by; gaps are found by balances only.",
                number=statement.sequence,
            )
        )
        return 0

    def _check(self, transaction, currency):
        """Refuse days and amounts that cannot be what they say."""
        if not FIRST_YEAR <= transaction.booking_date.year <= LAST_YEAR:
            raise StatementError(
                self.env._(
                    "The booking day %(day)s cannot be right. Ask the bank for the file again.",
                    day=transaction.booking_date.isoformat(),
                ),
                transaction.where,
            )
        ahead = fields.Date.context_today(self._record) + timedelta(days=MOST_DAYS_AHEAD)
        if self._statement.profile and transaction.booking_date > ahead:
            raise StatementError(
                self.env._(
                    "The booking day %(day)s is to come. If the bank writes days in another form by now, choose it in "
                    "the column assistant.",
                    day=transaction.booking_date.isoformat(),
                ),
                transaction.where,
            )
        if round(transaction.amount, currency.decimal_places) != transaction.amount:
            raise StatementError(
                self.env._(
                    "The amount %(amount)s has more decimals than %(currency)s has. Ask the bank for the file again.",
                    amount=f"{transaction.amount:f}",
                    currency=currency.name,
                ),
                transaction.where,
            )

    def _check_period(self, lines):
        """Refuse new lines of a closed period, which Odoo would book on another day than the bank's."""
        closed = next((line.transaction for line in lines if line.transaction.booking_date <= self._closed_until), None)
        if closed:
            raise StatementError(
                self.env._(
                    "The booking day %(day)s lies in a period that is closed up to %(until)s, and this transaction is "
                    "not in the books. Open the period again, then import the file again. If its money is in an "
                    "opening balance, hand in a file that begins later.",
                    day=closed.booking_date.isoformat(),
                    until=self._closed_until.isoformat(),
                ),
                closed.where,
            )

    def _look_for_gap(self, record):
        gap = record._b2b_gap()
        if gap:
            self._counts["gaps"] += 1
            self._note(gap)

    def _note(self, text):
        if text not in self._notes:
            self._notes.append(text)

    def _flush(self):
        if not self._pending:
            return
        lines = [line for statement, entry in self._pending for line in split(statement, entry)]
        self._pending = []
        lines = self._told_apart(lines)
        known = self._known_entries({line.entry_key for line in lines})
        new, taken, skipped, parts_of = [], set(), set(), {}
        for line in lines:
            if line.entry_key in known or line.key in taken:
                skipped.add(line.entry_key)
                if line.key != line.entry_key:
                    parts_of.setdefault(line.entry_key, []).append(line.transaction)
                continue
            taken.add(line.key)
            new.append(line)
        self._count("known", len(skipped))
        self._adopt(line_id for key in skipped for line_id in known.get(key, ()))
        self._tell_parts(parts_of)
        self._create(self._without_held(new))

    def _tell_parts(self, parts_of):
        """Give lines that are here as one sum what this file tells about their parts."""
        if parts_of and (told := tell_parts(self._journal, parts_of)):
            self._note(
                self.env._(
                    "%(count)s collected bookings were here as one sum; what they consist of is known now.",
                    count=len(told),
                )
            )

    def _create(self, lines):
        self._check_period(lines)
        created = self.env["account.bank.statement.line"]._b2b_create_fast([self._line_values(line) for line in lines])
        self._count("created", len(created))
        self._line_ids += created.ids
        listed = [(one, told.transaction.remitted_documents) for one, told in zip(created, lines, strict=True)]
        self._listed += [pair for pair in listed if pair[1]]
        self.env.invalidate_all()

    def _without_held(self, lines):
        """Hold back lines that a report or a statement may have brought, until all of this one is known."""
        single = [line for line in lines if line.key == line.entry_key]
        held = self._told_otherwise.like(single) if single else []
        self._held += held
        keys = {line.key for line in held}
        return [line for line in lines if line.key not in keys]

    def _settle_held(self):
        """Join lines held back to those that they are, told in other words; create the others."""
        held, self._held = self._held, []
        if not held:
            return
        confirmed = self._told_otherwise
        pairs = confirmed.pairs(held, set(self._line_ids))
        for line in held:
            if line.key in pairs:
                confirmed.confirm(pairs[line.key], self._line_values(line), line.transaction.remitted_documents)
                self._adopt([pairs[line.key]])
        self._count("confirmed", len(pairs))
        others = [line for line in held if line.key not in pairs]
        self._create(others)
        if others:
            self._note(
                self.env._(
                    "%(count)s transactions have day and amount of one that another file brought, but nothing else "
                    "says that they are the same; both are kept. Look at those of %(days)s.",
                    count=len(others),
                    days=", ".join(sorted({f"{line.transaction.booking_date}" for line in others})[:5]),
                )
            )

    def _currency(self):
        return self._journal.currency_id or self._journal.company_id.currency_id

    def _told_apart(self, lines):
        """Give keys of their own to entries that look like known ones but are new money by the balances."""
        lines, count = told_apart(self._journal, self._statement, lines)
        if count:
            self._note(
                self.env._(
                    "%(count)s transactions look like earlier ones, but this statement goes on where the last one "
                    "closed (%(opening)s), so they are new money and were imported.",
                    count=count,
                    opening=formatLang(self.env, float(self._statement.opening), currency_obj=self._currency()),
                )
            )
        return lines

    def _known_entries(self, keys):
        """Entry key → ids of its lines that no statement has yet (empty where all have one)."""
        rows = self.env.execute_query(
            SQL(
                """SELECT b2b_entry_key, id, statement_id FROM account_bank_statement_line
                    WHERE journal_id = %(journal)s AND b2b_entry_key IN %(keys)s
                UNION ALL
                   SELECT b2b_confirmed_key, id, statement_id FROM account_bank_statement_line
                    WHERE journal_id = %(journal)s AND b2b_confirmed_key IN %(keys)s
                 ORDER BY id""",
                journal=self._journal.id,
                keys=tuple(keys),
            )
        )
        known = {}
        for key, line_id, statement_id in rows:
            known.setdefault(key, []).extend([] if statement_id else [line_id])
            if statement_id:
                self._known_statements.add(statement_id)
        return known

    def _adopt(self, line_ids):
        """Lines that a report of the day brought belong to the statement that confirms them."""
        if self._statement.kind == STATEMENT:
            taken = set(self._line_ids)
            self._line_ids += [line_id for line_id in line_ids if line_id not in taken]

    def _line_values(self, line):
        transaction = line.transaction
        journal_currency = self._currency()
        if transaction.currency and transaction.currency != journal_currency.name:
            raise StatementError(
                self.env._(
                    "This entry is in %(currency)s, but the journal %(journal)s is in %(expected)s. Give the account "
                    "a journal of its own in %(currency)s, then import the file again.",
                    currency=transaction.currency,
                    journal=self._journal.display_name,
                    expected=journal_currency.name,
                ),
                transaction.where,
            )
        self._check(transaction, journal_currency)
        name = transaction.counterparty_name or transaction.ultimate_name
        return {
            "journal_id": self._journal.id,
            "date": transaction.booking_date,
            "amount": float(transaction.amount),
            "payment_ref": label_of(transaction),
            "partner_name": name[:LONGEST_NAME] or False,
            "account_number": transaction.counterparty_account[:LONGEST_NAME] or False,
            "transaction_type": transaction.transaction_code[:LONGEST_NAME] or False,
            "transaction_details": transaction_details(transaction),
            "b2b_transaction_key": line.key,
            "b2b_entry_key": line.entry_key,
            "b2b_end_to_end_id": transaction.end_to_end_id[:LONGEST_NAME] or False,
            "b2b_import_id": self._record.id,
        }
