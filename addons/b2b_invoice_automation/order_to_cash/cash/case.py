"""One bank line while it is being matched: what was recognised in it, and which items its numbers name.

Apart from the steps, because every step asks the same questions: which items do the numbers name at a given
grade, does the payer agree, and does anything in the line speak against matching it by amount alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from .model import BankLine, Decision, Evidence, Key, MatchingRule, RemittedDocument
from .number_hints import read_fragments, read_hints
from .number_index import CERTAIN, HINT, SUPPORTED, NumberIndex, Target
from .number_reader import Reading, ReadNumber, read_text
from .payers import Identity, PayerDirectory
from .pool import Pool
from .references import compact, is_creditor_reference, may_refer, parse_number
from .words import speaks_against_amounts

AGREES, UNKNOWN, DIFFERS = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Remitted:
    """A document of a remittance list with the open items and closed documents it stands for."""

    document: RemittedDocument
    open: tuple[Target, ...]
    closed: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """The items that a line's numbers name.

    :param explicit: for each number written out, the items it may mean (one of them, or some together).
    :param inferred: the same for numbers implied by ranges and lists.
    :param agreement: whether the payer is the items' payer: `AGREES`, `UNKNOWN` or `DIFFERS`.
    """

    explicit: tuple[tuple[Key, ...], ...]
    inferred: tuple[tuple[Key, ...], ...]
    agreement: int


@dataclass(slots=True)
class Case:
    """A line, what was recognised in it, and how far its matching has come.

    :param fragments: items and paid documents of the payer whose last digits stand somewhere in the text.
    :param tied: sets of items that fit equally well.
    :param note: code of the reason why no step could decide, where a step knows.
    """

    line: BankLine
    identity: Identity
    rules: tuple[MatchingRule, ...]
    structured: tuple[ReadNumber, ...]
    structured_evidence: tuple[Evidence, ...]
    remitted: tuple[Remitted, ...]
    reading: Reading
    hints: tuple[ReadNumber, ...]
    unknown_reference: str = ""
    fragments: frozenset[Key] = frozenset()
    decision: Decision | None = None
    tied: tuple[tuple[Key, ...], ...] = ()
    note: str = ""
    note_parameters: dict[str, object] = field(default_factory=dict)

    def numbers(self, source: str) -> Sequence[ReadNumber]:
        """The numbers of the structured fields, or these and the text's."""
        return self.structured if source == "structured" else (*self.structured, *self.reading.numbers)

    @property
    def paid_hints(self) -> list[Target]:
        """Paid documents of the payer whose last digits stand alone in the text."""
        return [target for number in self.hints if not number.open for target in number.closed]

    @property
    def has_checked_reference(self) -> bool:
        """Whether a structured number carries check digits, or is the id of a request that we sent."""
        return any(number.kind == "end_to_end_id" or is_creditor_reference(number.value) for number in self.structured)

    @property
    def lists_amounts(self) -> bool:
        """Whether a remittance list states what is paid on a document."""
        return any(remitted.document.amount is not None for remitted in self.remitted)

    @property
    def lists_other_than_documents(self) -> bool:
        """Whether a remittance list has an amount for what has no number, as a share of the rent."""
        return any(one.document.amount and parse_number(one.document.number) is None for one in self.remitted)

    def allowed_rules(self, step: str) -> Iterable[MatchingRule]:
        """The line's rules that allow an evidence step, in order."""
        return (rule for rule in self.rules if rule.allows(step))

    def counts(self, target: Target, grade: int) -> bool:
        """Whether a number is worth enough for a target, given who the payer is."""
        if target.strength == CERTAIN:
            return True
        if target.strength == SUPPORTED:
            return grade <= SUPPORTED and target.payer in self.identity.candidates
        return grade == HINT and self.identity.payer == target.payer


def build_case(
    line: BankLine,
    index: NumberIndex,
    by_end_to_end: dict[str, list[Target]],
    directory: PayerDirectory,
    rules: Sequence[MatchingRule],
) -> Case:
    """Recognise everything in a line once.

    :param by_end_to_end: compact end-to-end id → targets.
    :param rules: all rules, in order.
    """
    identity = directory.identify(line)
    reading = read_text(index, line.text) if line.text else Reading()
    hints, fragments = [], frozenset()
    if identity.payer is not None and line.text:
        taken = [(number.start, number.end) for number in (*reading.numbers, *reading.unknown)]
        hints = read_hints(index, identity.payer, line.text, taken)
        fragments = read_fragments(index, identity.payer, line.text)
    structured, evidence, unknown, unread = _structured(line, index, by_end_to_end)
    for kind, value in unread:
        said = read_text(index, value)
        reading = Reading(reading.numbers + _not_in_text(said.numbers), reading.unknown + _not_in_text(said.unknown))
        if identity.payer is not None and kind != "end_to_end_id":
            taken = [(number.start, number.end) for number in (*said.numbers, *said.unknown)]
            hints += _not_in_text(read_hints(index, identity.payer, value, taken))
    remitted = tuple(_remitted(document, index, by_end_to_end, identity) for document in line.remitted_documents)
    fitting = _fitting(rules, line, identity)
    case = Case(line, identity, fitting, structured, evidence, remitted, reading, tuple(hints), unknown, fragments)
    case.unknown_reference = unknown or _unlisted(case)
    return case


def _not_in_text(found):
    """Numbers of another field than the text, where nothing is to be highlighted."""
    return tuple(replace(number, start=0, end=0) for number in found)


def _unlisted(case):
    """The documents of a remittance list that nobody knows."""
    return ", ".join(
        one.document.number
        for one in case.remitted
        if parse_number(one.document.number)
        and not any(case.counts(target, SUPPORTED) for target in (*one.open, *one.closed))
    )


def _remitted(document, index, by_end_to_end, identity):
    """A listed document by its number, else by the id of the payment request it answers, by what it says, or by its
    last digits."""
    found_open, found_closed = index.look_up(document.number)
    key = compact(document.number)
    if not found_open and not found_closed and may_refer(key):
        found_open = tuple(by_end_to_end.get(key, ()))
    if not found_open and not found_closed:
        said = read_text(index, document.number).numbers
        if not said and identity.payer is not None:
            said = read_hints(index, identity.payer, document.number, ())
        if len(said) == 1:
            found_open, found_closed = said[0].open, said[0].closed
    return Remitted(document, found_open, found_closed)


def _fitting(rules, line, identity):
    fitting = []
    for rule in rules:
        if accepts(rule, line, identity):
            fitting.append(rule)
            if rule.final:
                break
    return tuple(fitting)


def accepts(rule: MatchingRule, line: BankLine, identity: Identity) -> bool:
    """Whether a rule's conditions hold for a line."""
    amount = abs(line.amount)
    return (
        (rule.only_lines is None or line.key in rule.only_lines)
        and (rule.payers is None or identity.payer in rule.payers)
        and (rule.minimum_amount is None or amount >= rule.minimum_amount)
        and (rule.maximum_amount is None or amount <= rule.maximum_amount)
        and rule.text_contains.casefold() in line.text.casefold()
    )


def _structured(line, index, by_end_to_end):
    """Numbers and evidence of the structured fields, a valid reference nobody knows, and what is to be read as a text.

    Payers and their banks put into these fields what they like: `Invoice INV/2026/01071`.
    """
    numbers, evidence, unknown, unread = [], [], "", []
    sources = [("structured_reference", reference) for reference in line.structured_references]
    sources += [("remitted_document", document.number) for document in line.remitted_documents]
    sources.append(("end_to_end_id", line.end_to_end_id))
    for kind, value in sources:
        key = compact(value)
        if not may_refer(key):
            continue
        if kind == "end_to_end_id":
            found_open, found_closed = tuple(by_end_to_end.get(key, ())), ()
        else:
            found_open, found_closed = index.look_up(value)
        if not found_open and not found_closed:
            if kind == "structured_reference" and is_creditor_reference(value):
                unknown = value
            else:
                unread.append((kind, value))
        else:
            numbers.append(ReadNumber(0, 0, value, kind, found_open, found_closed))
            items = tuple(target.key for target in (*found_open, *found_closed))
            evidence.append(Evidence(kind, value, (found_open or found_closed)[0].number, items))
    return tuple(numbers), tuple(evidence), unknown, unread


def named_items(case: Case, source: str, grade: int, pool: Pool) -> Named:
    """The open items that a line's numbers name.

    :param source: `structured`, or anything else for structured fields and text together.
    :param grade: the weakest grade that counts; `HINT` looks at hints only.
    """
    numbers = (*case.reading.numbers, *case.hints) if grade == HINT else case.numbers(source)
    groups: dict[bool, list[tuple[Key, ...]]] = {False: [], True: []}
    written_payers = {
        target.payer for number in numbers if not number.inferred for target in (*number.open, *number.closed)
    }
    for number in numbers:
        targets = [target for target in _own_first(case, number, pool) if case.counts(target, grade)]
        if number.inferred:
            targets = [target for target in targets if target.payer in written_payers]
        if targets:
            best = max(target.strength for target in targets)
            group = tuple(target.key for target in targets if target.strength == best)
            groups[number.inferred].append(group)
    explicit = _narrowest(groups[False])
    inferred = _narrowest(groups[True], explicit)
    payers = {pool.items[key].payer for group in (*explicit, *inferred) for key in group}
    return Named(explicit, inferred, _agreement(case.identity, payers))


def _own_first(case, number, pool):
    """The open items of a number: the payer's, where it names some of them and some of others as well."""
    targets = [target for target in number.open if pool.is_open(target.key)]
    own = [t for t in targets if t.payer in case.identity.candidates and case.counts(t, SUPPORTED)]
    return own or targets


def _narrowest(groups, others=()):
    """Each group once, without those that a narrower group explains (an order and one of its invoices)."""
    kept: list[tuple[Key, ...]] = []
    taken = {key for group in others for key in group}
    for group in sorted(dict.fromkeys(groups), key=lambda group: (len(group), group)):
        if taken.isdisjoint(group):
            kept.append(group)
            taken.update(group)
    return tuple(kept)


def _agreement(identity: Identity, payers: set[Key]) -> int:
    if not identity.candidates:
        return UNKNOWN
    return AGREES if payers <= identity.candidates else DIFFERS


def names_documents(case: Case, pool: Pool) -> bool:
    """Whether a line says what it pays; then it must not be matched by amount alone."""
    return bool(case.unknown_reference or open_targets(case, pool) or closed_targets(case, pool))


def closed_targets(case: Case, pool: Pool) -> list[Target]:
    """Documents that the line names but on which nothing is open (any more)."""
    found = []
    for number in case.numbers("all"):
        if not any(pool.is_open(target.key) for target in number.open):
            found.extend(target for target in (*number.open, *number.closed) if case.counts(target, SUPPORTED))
    return found


def open_targets(case: Case, pool: Pool) -> list[Target]:
    """Open items that the line names for certain, or by a lesser number whose payer fits."""
    return [
        target
        for number in case.numbers("all")
        for target in number.open
        if pool.is_open(target.key) and case.counts(target, SUPPORTED)
    ]


def names_others(case: Case) -> bool:
    """Whether a number with letters stands for open items of other payers only, though too short to count for these."""
    payer = case.identity.payer
    return payer is not None and any(
        number.open
        and not (number.closed or number.inferred)
        and any(map(str.isalpha, number.value))
        and all(target.payer != payer and target.strength >= SUPPORTED for target in number.open)
        for number in case.reading.numbers
    )


def is_return_unnamed(case: Case, keys: Iterable[Key], pool: Pool) -> bool:
    """Whether a line says that it is money that came back, and names none of the items by its own number; then noted.

    The number of an order is one of the payment that came back as well as of a credit note.
    """
    code, word = speaks_against_amounts(case.line)
    if code != "came_back":
        return False
    targets = [target for number in case.numbers("all") for target in number.open if target.key in keys]
    if any(target.number in pool.items[target.key].references[:1] for target in targets):
        return False
    case.note, case.note_parameters = code, {"word": word}
    return True
