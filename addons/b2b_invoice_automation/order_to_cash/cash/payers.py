"""Who paid: from the bank account, the mandate, a learned alias or the name, in this order.

Apart from matching, because a wrong payer is the root of most wrong matches: every step here would rather
name several payers, or none, than the wrong one. Names are compared whole, as sets of words; a part of a
name only makes its bearers candidates, and two bearers are a tie.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice

from .model import BankLine, Evidence, Key, Payer
from .references import fold

_LEGAL_FORMS_TEXT = (
    "GMBH AG KG OHG UG GBR EK EG SE CO COMPAGNIE CIE LTD LIMITED PLC LLP LLC INC INCORPORATED CORP "
    "CORPORATION PTY PVT PTE SA SAS SARL SASU EURL SNC SL SLU SRL SPA SAPA BV NV BVBA VOF AB AS "
    "ASA APS OY OYJ SPZOO SPOO SRO KFT ZRT DOO LDA LTDA KK JSC OOO TOV"
)
_LEGAL_FORMS = frozenset(_LEGAL_FORMS_TEXT.split())
_SAME_FORMS = {"LIMITED": "LTD", "INCORPORATED": "INC", "CORPORATION": "CORP"}
_SPELLED_FORM = re.compile(r"\bSP\.? ?Z\.? ?O\.? ?O\b\.?")
_ENDS_IN_NUMBER = re.compile(r"(?:\d|\b[IVX]+)$")
_P_LTD = re.compile(r"\s\(?P\)?\.?\s(?=(?:LTD|LIMITED)\b)")
_SPELLED_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "AE", "Ö": "OE", "Ü": "UE", "ẞ": "SS", "æ": "ae", "Æ": "AE"}
    | {"ø": "oe", "Ø": "OE", "å": "aa", "Å": "AA", "œ": "oe", "Œ": "OE"}
)
_WORD = re.compile(r"[^\W_]+")
_DOTTED = re.compile(r"(?<=\b\w)[.](?=\w\b)|(?<=\b\w)[.](?=\s|$)|(?<=[A-Z])\.(?=[A-Z])")
_ANDS = frozenset(("UND", "AND"))
_TITLES = frozenset(("MR", "MRS", "HERR", "FRAU", "FA", "FIRMA", "M", "MME", "THE", "MESSRS"))
_CONNECTIVES = frozenset(("UND", "AND", "ET", "Y", "E", "EN", "OG", "OCH", "DE", "DES", "DU", "DER", "FUR", "OF"))
_SHORTEST_CUT = 18
_CUT_WIDTHS = frozenset((27, 35, 70, 140))
_SHORTEST_POSTCODE = 4
_LONGEST_NAME = 300
_MOST_BEARERS = 50


@dataclass(frozen=True, slots=True)
class PayerName:
    """A name in comparable form.

    :param words: its words in order, without titles and legal forms.
    :param legal: the legal forms in it.
    :param stem: how many of the words stand before the first legal form; all where there is none.
    :param full: all of it as one text.
    """

    words: tuple[str, ...]
    legal: frozenset[str]
    stem: int
    full: str

    @property
    def key(self) -> frozenset[str]:
        return frozenset(self.words)

    def contradicts(self, other: PayerName) -> bool:
        """Whether both name a legal form, and different ones."""
        return bool(self.legal and other.legal) and not (self.legal <= other.legal or other.legal <= self.legal)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a line's payer is.

    :param payer: the payer, where one is certain.
    :param candidates: all who may be; with `payer` set, only that one.
    :param evidence: what told.
    """

    payer: Key | None = None
    candidates: frozenset[Key] = frozenset()
    evidence: tuple[Evidence, ...] = ()

    @property
    def is_tie(self) -> bool:
        return self.payer is None and len(self.candidates) > 1


@lru_cache(maxsize=16384)
def parse_name(name: str) -> PayerName:
    """Take a name apart, folded; without words where nothing can identify (fewer than three letters).

    Of a name longer than any, the beginning.
    """
    folded = _SPELLED_FORM.sub("SPZOO", fold(name[:_LONGEST_NAME]).replace("M/S", " ").replace("A/S", "AS"))
    folded = _P_LTD.sub(" PVT ", folded)
    folded = _DOTTED.sub("", folded.replace("&", " ").replace("'", ""))
    written = [word for word in _WORD.findall(folded) if word not in _TITLES]
    words = [_SAME_FORMS.get(word, word) for word in written if word not in _ANDS]
    legal_at = _places_of_legal_forms(words)
    legal = frozenset(words[at] for at in legal_at)
    rest = tuple(word for at, word in enumerate(words) if at not in legal_at)
    first_legal = min(legal_at, default=len(rest))
    return PayerName(rest if sum(map(len, rest)) > 2 else (), legal, first_legal, " ".join(written))


def _places_of_legal_forms(words):
    """Where legal forms stand. At the beginning of a name that has one later it is a word: `Limited Edition GmbH`.

    PRIVATE is one before LTD only, also where the bank cut that off, and made PVT there.
    """
    for at, word in enumerate(words):
        follows = words[at + 1] if at + 1 < len(words) else ""
        if word == "PRIVATE" and (follows == "LTD" or "LIMITED".startswith(follows)):
            words[at] = "PVT"
    places = [at for at, word in enumerate(words) if word in _LEGAL_FORMS]
    begins_in_word = places and places[0] == 0 and places[-1] >= len(places)
    return frozenset(places[1:] if begins_in_word else places)


def _spellings(name):
    """A name as it is, and as banks without umlauts print it: `Müller` is MULLER or MUELLER, but Manuel is no Manül."""
    parsed = parse_name(name)
    if name.isascii():
        return (parsed,)
    spelled_out = parse_name(unicodedata.normalize("NFC", name).translate(_SPELLED_OUT))
    return (parsed,) if spelled_out == parsed else (parsed, spelled_out)


def account_key(account: str) -> str:
    """A bank account as compared: letters and digits; empty where there are too few to be one."""
    joined = "".join(_WORD.findall(fold(account)))
    return joined if len(joined) >= 5 and sum(map(str.isdigit, joined)) >= 4 else ""


class PayerDirectory:
    """All payers, by what they are recognised by.

    :param payers: the commercial entities.
    """

    def __init__(self, payers: Iterable[Payer]):
        self._accounts: dict[str, set[Key]] = {}
        self._mandates: dict[str, set[Key]] = {}
        self._aliases: dict[frozenset[str], list[tuple[PayerName, Key]]] = {}
        self._names: dict[frozenset[str], list[tuple[PayerName, Key]]] = {}
        self._bearers: dict[str, list[tuple[PayerName, Key]]] = {}
        self._by_full: list[tuple[str, Key]] = []
        self.payers: dict[Key, Payer] = {}
        for payer in sorted(payers, key=lambda payer: payer.key):
            self._add(payer)
        self._by_full.sort()

    def _add(self, payer):
        self.payers[payer.key] = payer
        for account in filter(None, map(account_key, payer.accounts)):
            self._accounts.setdefault(account, set()).add(payer.key)
        for mandate in filter(None, map(account_key, payer.mandates)):
            self._mandates.setdefault(mandate, set()).add(payer.key)
        for parsed in chain.from_iterable(map(_spellings, payer.aliases)):
            if parsed.words:
                self._aliases.setdefault(parsed.key, []).append((parsed, payer.key))
        for parsed in _spellings(payer.name):
            if not parsed.words:
                continue
            self._names.setdefault(parsed.key, []).append((parsed, payer.key))
            self._by_full.append((parsed.full, payer.key))
            for word in parsed.key:
                self._bearers.setdefault(word, []).append((parsed, payer.key))

    def identify(self, line: BankLine) -> Identity:
        """Tell who paid a line: whom a person named, else by steps.

        Steps in order: account, mandate, mapping, alias, name. Where a step names several payers, the next ones
        narrow them down. Where a later one speaks for somebody else, both are candidates and neither is
        certain.

        :param line: the bank line.
        """
        if line.known_payer in self.payers:
            found = Evidence("payer_known", self.payers[line.known_payer].name, items=(line.known_payer,))
            return Identity(line.known_payer, frozenset((line.known_payer,)), (found,))
        narrowed: frozenset[Key] = frozenset()
        evidence: list[Evidence] = []
        for kind, value, keys in self._certain_steps(line):
            if not keys:
                continue
            evidence.append(Evidence(kind, value, items=tuple(sorted(keys))))
            if not narrowed:
                narrowed = keys
            elif narrowed & keys:
                narrowed &= keys
            else:
                return Identity(None, narrowed | keys, tuple(evidence))
        if len(narrowed) == 1:
            return Identity(next(iter(narrowed)), narrowed, tuple(evidence))
        return self._by_part(line, narrowed, evidence)

    def _certain_steps(self, line):
        account, mandate = account_key(line.payer_account), account_key(line.mandate_id)
        yield "payer_account", line.payer_account, frozenset(self._accounts.get(account, ()))
        yield "payer_mandate", line.mandate_id, frozenset(self._mandates.get(mandate, ()))
        if line.mapped_payer in self.payers:
            yield "payer_mapping", self.payers[line.mapped_payer].name, frozenset((line.mapped_payer,))
        names = [name for name in _spellings(line.payer_name) if name.words]
        for kind, found_by in (("payer_alias", self._by_alias), ("payer_name", self._whole_name)):
            found = (found_by(name, len(line.payer_name)) for name in names)
            yield kind, line.payer_name, frozenset().union(*found)

    def _by_alias(self, name, _width):
        return _agreeing(name, self._aliases.get(name.key, ()))

    def _whole_name(self, name, width):
        """Payers whose whole name is the line's, or stands at its beginning, or is cut off by the bank."""
        same = _agreeing(name, self._names.get(name.key, ()))
        if same:
            return same
        beginning = self._at_beginning(name)
        return beginning or self._cut_off(name, width)

    def _at_beginning(self, name):
        """More follows the name: whatever stands after a legal form, or an address with a number in it.

        What follows must not have a legal form itself: `Quark GmbH & Co. Immobilien KG` is no `Quark GmbH & Co. KG`
        (but CO may be Colorado). A number before a legal form, or alone at the end, tells sister companies apart:
        `Windpark Nord 2 GmbH`.
        """
        ends_in_form = name.full.rpartition(" ")[2] in _LEGAL_FORMS - {"CO"}
        for length in range(len(name.words) - 1, 0, -1):
            rest = name.words[length:]
            has_number = any(part.isdigit() for word in rest for part in word)
            numbered = (name.legal and name.stem > length) or (len(rest) == 1 and len(rest[0]) < _SHORTEST_POSTCODE)
            if (length == name.stem and not ends_in_form) or (length > 1 and has_number and not numbered):
                found = _agreeing(name, self._names.get(frozenset(name.words[:length]), ()))
                if found:
                    return found
        return frozenset()

    def _cut_off(self, name, width):
        """The bank has room for so many letters only: half a word stands at the end, or the width is a bank's.

        A whole shorter name may be another company's: `Stadtwerke Musterstadt` is not their `Netz GmbH`, and
        `Windpark Feld 1` not `Feld 12 GmbH`.
        """
        if len(name.full) < _SHORTEST_CUT or len(name.words) < 2:
            return frozenset()
        first = bisect_left(self._by_full, (name.full,))
        following = list(islice(self._by_full, first, first + _MOST_BEARERS))
        found = [(full[len(name.full) :], key) for full, key in following if full.startswith(name.full)]
        is_cut = width in _CUT_WIDTHS or name.full.rpartition(" ")[2] in _CONNECTIVES
        ends_in_number = _ENDS_IN_NUMBER.search(name.full)
        return frozenset(
            key
            for missing, key in found
            if is_cut or (_is_half_a_word(missing) and not (ends_in_number and missing[:1] != " "))
        )

    def _by_part(self, line, narrowed, evidence):
        """Candidates only: payers that bear all words of a shorter name."""
        name = parse_name(line.payer_name)
        if narrowed or not name.words:
            return Identity(None, narrowed, tuple(evidence))
        rarest = min((self._bearers.get(word, ()) for word in name.words), key=len)
        if not rarest or len(rarest) > _MOST_BEARERS:
            return Identity(None, frozenset(), tuple(evidence))
        found = frozenset(key for parsed, key in rarest if name.key <= parsed.key)
        if found:
            evidence.append(Evidence("payer_name_part", line.payer_name, items=tuple(sorted(found))))
        return Identity(None, found, tuple(evidence))


def _is_half_a_word(missing):
    """Whether what a name lacks begins within a word, or is its legal form only."""
    return not missing.startswith(" ") or all(word in _LEGAL_FORMS for word in missing.split())


def _agreeing(name, bearers):
    """Those that bear the name, without contradicting legal forms; the same legal form is preferred."""
    exact = frozenset(key for parsed, key in bearers if parsed.legal == name.legal)
    if exact and name.legal:
        return exact
    return frozenset(key for parsed, key in bearers if not name.contradicts(parsed))
