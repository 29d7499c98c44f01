"""The one gate through which HTTP leaves and comes back.

A transport sends a request and returns an answer, whatever its status; what the status means is :mod:`errors`'
business, when to try again is :mod:`retry`'s. It holds what every exchange needs: the guarded and pinned address,
time limits (also for an answer that drips), a limit on size, no redirects, no proxies or password files taken from
the environment, and an answer that is whole.
"""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass, field

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

from .errors import failure
from .url_guard import UrlGuard

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request. ``headers`` hold credentials and are kept out of what is printed."""

    method: str
    url: str
    headers: dict = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One answer, whole. ``headers`` have lower-case names; ``elapsed`` is in seconds."""

    status: int
    headers: dict = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    elapsed: float = 0.0


class Transport:
    """What a shop needs of a transport; tests give their own."""

    def send(self, request):
        """Send a request and return its answer.

        :param HttpRequest request: what to send
        :rtype: HttpResponse
        :raises ShopError: where no whole answer came back
        """
        raise NotImplementedError


class RateLimit:
    """Spaces requests evenly, so that a shop is asked no more often than it can bear.

    :param float per_second: requests a second, 0 for no limit
    :param clock: () -> seconds that only grow
    :param sleep: (seconds) -> None
    """

    def __init__(self, per_second=0.0, clock=time.monotonic, sleep=time.sleep):
        self.per_second, self._clock, self._sleep = per_second, clock, sleep
        self._free_at = None
        self._lock = threading.Lock()

    def wait(self):
        """Wait until the next request may go; return the seconds waited."""
        if self.per_second <= 0:
            return 0.0
        with self._lock:
            now = self._clock()
            start = now if self._free_at is None else max(now, self._free_at)
            self._free_at = start + 1 / self.per_second
        if start > now:
            self._sleep(start - now)
        return start - now


class HttpTransport(Transport):
    """Sends over one kept-open session.

    :ivar int requests: how many were sent, whatever came back

    :param UrlGuard guard: decides which addresses may be opened
    :param float connect_timeout: seconds for connecting
    :param float read_timeout: seconds without a byte
    :param float total_timeout: seconds for the whole answer, however steadily it drips
    :param int max_bytes: of an answer, unpacked
    :param verify: True, or the path of a file of certificate authorities
    :param RateLimit rate: how often requests may go; one that several transports share limits them together
    """

    def __init__(
        self,
        guard=None,
        *,
        connect_timeout=10.0,
        read_timeout=60.0,
        total_timeout=300.0,
        max_bytes=128 * MEBIBYTE,
        verify=True,
        user_agent="odoo-order-to-cash",
        rate=None,
    ):
        self.guard = guard or UrlGuard()
        self.rate, self.requests = rate or RateLimit(), 0
        self.timeouts = (connect_timeout, read_timeout)
        self.total_timeout, self.max_bytes = total_timeout, max_bytes
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = verify
        self._session.headers.update({"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"})
        adapter = _PinnedAdapter(self.guard)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def send(self, request):
        self.guard.check(request.url)
        self.rate.wait()
        self.requests += 1
        started = time.monotonic()
        try:
            answer = self._session.request(
                request.method,
                request.url,
                headers=request.headers,
                data=request.body,
                timeout=self.timeouts,
                allow_redirects=False,
                stream=True,
            )
            with answer:
                body = self._read(answer, request.method, started)
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _failure_of(error, request.method) from None
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return HttpResponse(answer.status_code, headers, body, time.monotonic() - started)

    def close(self):
        """Close the kept-open connections."""
        self._session.close()

    def _read(self, answer, method, started):
        """Read the body as it comes: whatever has arrived counts, so that a dripping answer meets its end."""
        chunks, size = [], 0
        while chunk := answer.raw.read1(64 * 1024, decode_content=True):
            size += len(chunk)
            chunks.append(chunk)
            if size > self.max_bytes:
                raise failure("too_big", method, f"more than {self.max_bytes // MEBIBYTE} MiB")
            if time.monotonic() - started > self.total_timeout:
                raise failure("timeout", method, f"no whole answer in {self.total_timeout:g} s")
        return b"".join(chunks)


def _failure_of(error, method):
    """Return the ShopError of what the HTTP library raised; the first cause that is known tells."""
    causes = list(_causes(error))
    names = {type(cause).__name__ for cause in causes}
    detail = _short(causes[-1])
    if any(isinstance(cause, requests.exceptions.SSLError) for cause in causes):
        return failure("tls", method, detail)
    if names & {"NameResolutionError", "gaierror"}:
        return failure("unknown_host", method, detail)
    if any(isinstance(cause, ConnectTimeoutError) for cause in causes):
        return failure("unreachable", method, "no connection in time")
    if any(isinstance(cause, NewConnectionError) for cause in causes) or "ConnectionRefusedError" in names:
        return failure("unreachable", method, detail)
    if names & {"ReadTimeout", "ReadTimeoutError", "TimeoutError"}:
        return failure("timeout", method, "no answer in time")
    return failure("connection_lost", method, detail)


def _causes(error):
    seen = set()
    waiting = [error]
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]


def _short(error):
    return f"{type(error).__name__}: {error}"[:200]


class _PinnedConnection:
    """A connection that opens its socket to the address the guard chose, whatever the name says by now."""

    guard = None

    def _new_conn(self):
        target = self.guard.check(f"{self.scheme}://{_bracketed(self.host)}:{self.port}")
        try:
            return _connect(target, self.timeout, self.source_address, self.socket_options)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error)
        except TimeoutError:
            raise ConnectTimeoutError(self, f"no connection to {self.host} in {self.timeout} s")
        except OSError as error:
            raise NewConnectionError(self, str(error))


def _connect(target, timeout, source_address, socket_options):
    family = socket.AF_INET6 if ":" in target.address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        for option in socket_options or ():
            connection.setsockopt(*option)
        if isinstance(timeout, (int, float)):
            connection.settimeout(timeout)
        if source_address:
            connection.bind(source_address)
        connection.connect((target.address, target.port))
    except OSError:
        connection.close()
        raise
    return connection


def _bracketed(host):
    return f"[{host}]" if ":" in host else host


class _PinnedAdapter(HTTPAdapter):
    def __init__(self, guard):
        self._guard = guard
        super().__init__(pool_connections=4, pool_maxsize=8, max_retries=0)

    def init_poolmanager(self, *args, **kwargs):  # pylint: disable=missing-return
        super().init_poolmanager(*args, **kwargs)
        bound = {"guard": self._guard}
        plain = type("PinnedHTTP", (_PinnedConnection, HTTPConnection), {**bound, "scheme": "http"})
        secure = type("PinnedHTTPS", (_PinnedConnection, HTTPSConnection), {**bound, "scheme": "https"})
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("PinnedHTTPPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("PinnedHTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
