"""When to try again: pure arithmetic, so that whoever keeps the clock (a scheduler, a test) decides.

Exponential backoff with full jitter, as in "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015):
the wait is drawn evenly between nothing and the step's ceiling, so that many waiting callers spread. A shop
that names a time (Retry-After) is obeyed, with a little jitter on top.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from .errors import CONFIGURATION, RECORD


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, and after how long.

    :ivar first: seconds, the ceiling of the first wait; it doubles with each attempt
    :ivar longest: seconds, the ceiling no wait exceeds unless the shop asks for more
    :ivar attempts: after this many a person is asked
    """

    first: float = 2.0
    longest: float = 900.0
    attempts: int = 8

    def delay(self, attempt, retry_after=None, draw=random.random):
        """Return the seconds to wait before the next attempt.

        :param int attempt: failures so far, from 1
        :param float retry_after: seconds the shop asked for, or None
        :param draw: gives a number in [0, 1); a test gives its own
        """
        ceiling = min(self.longest, self.first * 2 ** min(attempt - 1, 30))
        if retry_after is None:
            return ceiling * draw()
        return retry_after + min(ceiling, 0.1 * retry_after + 1.0) * draw()

    def again(self, error, attempt):
        """Return whether an error is worth another attempt by itself.

        :param ShopError error: what happened
        :param int attempt: failures so far, from 1
        """
        return error.kind not in (CONFIGURATION, RECORD) and attempt < self.attempts


@dataclass(frozen=True, slots=True)
class Breaker:
    """A circuit breaker's state: after ``limit`` failures in a row the shop is left alone for a while.

    :ivar failures: in a row
    :ivar open_until: time (seconds, of the caller's clock) before which nothing is sent
    """

    limit: int = 5
    rest: float = 60.0
    longest: float = 1800.0
    failures: int = 0
    open_until: float = 0.0

    def allows(self, now):
        """Return whether a request may be sent at time ``now``."""
        return now >= self.open_until

    def after_success(self):
        return replace(self, failures=0, open_until=0.0)

    def after_failure(self, now, retry_after=None):
        """Return the state after one more failure; the rest doubles with each failure beyond the limit."""
        failures = self.failures + 1
        if failures < self.limit:
            return replace(self, failures=failures)
        rest = min(self.longest, self.rest * 2 ** min(failures - self.limit, 20))
        return replace(self, failures=failures, open_until=now + max(rest, retry_after or 0.0))


@dataclass(frozen=True, slots=True)
class PageSize:
    """How many records to ask for at once: halved when the shop struggles, grown back slowly.

    :ivar current: to ask for next
    :ivar largest: never more than this
    """

    current: int
    largest: int
    good: int = 0

    def after_success(self, needed=3):
        """Return the size after an answer in good time; doubles after ``needed`` of them."""
        if self.current >= self.largest:
            return self if not self.good else replace(self, good=0)
        if self.good + 1 < needed:
            return replace(self, good=self.good + 1)
        return replace(self, current=min(self.largest, self.current * 2), good=0)

    def after_trouble(self):
        """Return the size after a time-out, a 5xx or too large an answer."""
        return replace(self, current=max(1, self.current // 2), good=0)

    def capped(self, cap):
        """Return the size under a cap the shop stated."""
        cap = max(1, cap)
        return replace(self, largest=min(self.largest, cap), current=min(self.current, cap), good=0)
