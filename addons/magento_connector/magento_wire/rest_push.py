"""Carrying effects out over REST: one alone, or many in as few requests as the shop allows.

Stock and prices go in batches. A batch that is refused for one bad row is halved until the row is found, so that one
culprit among n rows costs about 2 log n requests; errors in an answer of status 200 are given to their rows; the
longest list that the shop takes is learnt from its refusal. After an unclear answer the shop is read before anything
is sent again.

What is done to one order stays in its order. A stock may overtake a comment, but not a shipment or a credit memo,
by which the shop changes its stock itself.
"""

from __future__ import annotations

import re

from .amounts import text
from .effect_base import ALREADY_DONE, DONE, Outcome, said
from .effects import effect_kind
from .errors import CONFIGURATION, INDEFINITE, RECORD, TRANSIENT, ShopError
from .faults import as_read
from .search import path_segment
from .update_errors import attribute, errors_in

MOST_ROWS = 500
SHOP_WIDE = frozenset(
    (
        "unreachable", "unknown_host", "tls", "forbidden_address", "redirected", "two_factor", "clock",
        "signature_method", "unauthorized", "too_many_requests", "unavailable",
    )
)  # fmt: skip
"""Codes of errors that every further request would meet as well."""


def push_one(shop, effect, unsure=False):
    """Carry out one effect alone. See :meth:`~.shop.Shop.push`.

    :param RestShop shop: where
    """
    kind = effect_kind(effect)
    if kind.batch and kind.batch(shop, effect):
        (result,) = push_many(shop, [effect], [effect.key] if unsure else ())
        if isinstance(result, ShopError):
            raise result
        return result
    if unsure or kind.look_first:
        reference = kind.find(shop, effect)
        if reference:
            return Outcome(ALREADY_DONE, reference)
    try:
        method, path, body = said(kind.request, shop, effect)
        answer = shop.call(method, path, body=body)
    except ShopError as error:
        return _read_back(shop, kind, effect, error)
    if answer is False:
        words = f"The shop did not carry this out: its order {effect.target} does not allow {effect.kind}."
        return _read_back(shop, kind, effect, ShopError(RECORD, "refused", words, status=200))
    return Outcome(DONE, "" if isinstance(answer, (bool, dict, list)) else text(answer))


def _read_back(shop, kind, effect, error):
    """Look whether an effect is done after all; raise its error where it is not."""
    if error.kind != INDEFINITE and not (kind.absolute and error.kind == RECORD):
        raise error
    try:
        reference = kind.find(shop, effect)
    except ShopError:
        raise error from None
    if not reference:
        raise error
    return Outcome(DONE if error.kind == INDEFINITE else ALREADY_DONE, reference)


def push_many(shop, effects, unsure=()):
    """Carry out effects. See :meth:`~.shop.Shop.push_many`.

    :param RestShop shop: where
    """
    return _Run(shop, list(effects), frozenset(unsure)).results()


def push_in_turn(shop, effects, unsure=()):
    """Carry out effects one by one, for a shop that takes none together. See :meth:`~.shop.Shop.push_many`.

    :param Shop shop: where
    """
    return _Run(shop, list(effects), frozenset(unsure), together=False).results()


class _Run:
    """One call of :func:`push_many`: what became of each effect, and which wait to go together."""

    def __init__(self, shop, effects, unsure, *, together=True):
        self.shop, self.effects, self.unsure, self.together = shop, effects, unsure, together
        self._found = [None] * len(effects)
        self._waiting = {}  # group -> (batch, positions)
        self._identities = {}  # (kind, identity) -> group
        self._stopped, self._held_up = None, {}

    def results(self):
        for position, effect in enumerate(self.effects):
            try:
                kind = effect_kind(effect)
                batch = kind.batch(self.shop, effect) if kind.batch and self.together else None
                if batch:
                    self._wait(batch, position)
                    continue
            except ShopError as error:
                self._settle(position, error)
                continue
            if kind.moves_stock:
                self._flush(lambda batch: batch.name == "source_items")
            self._alone(position)
        self._flush(lambda _batch: True)
        return self._found

    # -- one alone -----------------------------------------------------------------------------------------------------

    def _alone(self, position):
        effect = self.effects[position]
        earlier = self._held_up.get(effect.target)
        if self._stopped or earlier:
            self._settle(position, self._stopped or _waits(effect, earlier))
            return
        try:
            self._settle(position, self.shop.push(effect, unsure=effect.key in self.unsure))
        except ShopError as error:
            self._settle(position, error)
            if error.kind in (TRANSIENT, INDEFINITE):
                self._held_up[effect.target] = error

    def _settle(self, position, result):
        self._found[position] = result
        if isinstance(result, ShopError) and result.code in SHOP_WIDE and not self._stopped:
            self._stopped = as_read(result)

    # -- many together -------------------------------------------------------------------------------------------------

    def _wait(self, batch, position):
        """Let an effect wait for others; a second one of the same thing sends the first on its way."""
        effect = self.effects[position]
        group, thing = batch.group(effect), (effect.kind, said(batch.identity, effect))
        earlier = self._identities.get(thing)
        if earlier:
            self._flush_group(earlier)
        self._identities[thing] = group
        self._waiting.setdefault(group, (batch, []))[1].append(position)

    def _flush(self, wanted):
        for group in [group for group, (batch, _positions) in self._waiting.items() if wanted(batch)]:
            self._flush_group(group)

    def _flush_group(self, group):
        batch, positions = self._waiting.pop(group, (None, []))
        self._identities = {thing: other for thing, other in self._identities.items() if other != group}
        positions = self._without_present(batch, positions)
        pairs = self._with_rows(batch, positions)
        if pairs:
            self._send(batch, pairs)

    def _without_present(self, batch, positions):
        """Leave out those that may have been sent before and are there."""
        doubtful = [position for position in positions if self.effects[position].key in self.unsure]
        if not doubtful or self._stopped:
            return positions
        try:
            present = said(batch.present, self.shop, [self.effects[position] for position in doubtful])
        except ShopError as error:
            return self._each_alone(positions, error, lambda part: self._without_present(batch, part))
        for position, there in zip(doubtful, present, strict=True):
            if there:
                self._settle(position, Outcome(ALREADY_DONE, batch.name))
        return [position for position in positions if self._found[position] is None]

    def _with_rows(self, batch, positions):
        if not positions:
            return []
        if self._stopped:
            return self._all_fail([(position, None) for position in positions], self._stopped)
        try:
            rows = said(batch.rows, self.shop, [self.effects[position] for position in positions])
        except ShopError as error:
            return self._each_alone(positions, error, lambda part: self._with_rows(batch, part))
        pairs = list(zip(positions, rows, strict=True))
        for position, row in pairs:
            if row is None:
                self._settle(position, Outcome(ALREADY_DONE, batch.name))
        return [pair for pair in pairs if pair[1] is not None]

    def _each_alone(self, positions, error, act):
        """What fails for all may fail for one only: halve until it stands alone."""
        if error.kind != RECORD or len(positions) == 1:
            return self._all_fail([(position, None) for position in positions], error)
        return [found for part in halves(positions) for found in act(part)]

    def _all_fail(self, pairs, error):
        for position, _row in pairs:
            self._settle(position, error)
        return []

    def _send(self, batch, pairs):
        """Send rows that are to go together, in as many requests as it takes."""
        most = min(MOST_ROWS, self.shop.input_cap or MOST_ROWS)
        for start in range(0, len(pairs), most):
            self._send_part(batch, pairs[start : start + most])

    def _send_part(self, batch, pairs):
        if self._stopped:
            self._all_fail(pairs, self._stopped)
            return
        rows = [row for _position, row in pairs]
        path = re.sub(r"\{\w+\}", lambda _name: path_segment(self.effects[pairs[0][0]].target), batch.path)
        try:
            answer = self.shop.call("POST", path, body={batch.field: rows})
        except ShopError as error:
            self._failed(batch, pairs, error)
            return
        failures, uncertain = attribute(errors_in(answer), rows)
        rest = []
        for index, (position, row) in enumerate(pairs):
            if index in failures:
                self._settle(position, failures[index])
            else:
                rest.append((position, row))
        if uncertain and rest:
            self._halve(batch, rest)
        else:
            self._all_done(rest)

    def _failed(self, batch, pairs, error):
        if error.code in ("input_list_capped", "too_large") and len(pairs) > 1:
            told = re.search(r"(\d+)\D*$", error.detail) if error.code == "input_list_capped" else None
            least = int(told.group(1)) if told and 0 < int(told.group(1)) < len(pairs) else (len(pairs) + 1) // 2
            self.shop.input_cap = least
            self._send(batch, pairs)
        elif error.code == "no_such_route" and batch.instead:
            self._send(batch.instead, pairs)
        elif error.kind == RECORD and len(pairs) > 1:
            self._halve(batch, pairs)
        elif error.kind == INDEFINITE:
            self._unclear(batch, pairs, error)
        else:
            self._all_fail(pairs, error)

    def _unclear(self, batch, pairs, error):
        """Read back what an unclear answer left; a shop that failed inside may have failed for one row only."""
        try:
            present = batch.present(self.shop, [self.effects[position] for position, _row in pairs])
        except ShopError:
            self._all_fail(pairs, error)
            return
        self._all_done([pair for pair, there in zip(pairs, present, strict=True) if there])
        rest = [pair for pair, there in zip(pairs, present, strict=True) if not there]
        if error.status == 500 and len(pairs) > 1 and rest:
            self._halve(batch, rest)
        else:
            self._all_fail(rest, error)

    def _halve(self, batch, pairs):
        for part in halves(pairs):
            self._send_part(batch, part)

    def _all_done(self, pairs):
        for position, _row in pairs:
            self._settle(position, Outcome(DONE))


def halves(items):
    """Return a list's two halves, without an empty one."""
    middle = (len(items) + 1) // 2
    return [part for part in (items[:middle], items[middle:]) if part]


def _waits(effect, earlier):
    words = f"An earlier effect on {effect.target} is not done yet ({earlier}); this one waits for it."
    kind = CONFIGURATION if earlier.kind == CONFIGURATION else TRANSIENT
    return ShopError(kind, "waits", words, retry_after=earlier.retry_after)
