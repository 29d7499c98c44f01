"""The sandbox shop's HTTP server: HTTP/1.1 with keep-alive on 127.0.0.1, a thread per connection.

Apart from the routes: here are sockets, headers and the faults that break them. A refused connection is real: the
listening socket is closed for a while. :func:`start` runs it in a thread; ``__main__`` runs it as a process.
"""

from __future__ import annotations

import contextlib
import copy
import json
import select
import socket
import struct
import threading
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import NOTICE, protocols, world
from .access import Access
from .control import Control, apply_world_faults
from .errors import ApiError, internal_error, not_allowed
from .faults import FaultPlan, spoil_payload
from .openmage import Sessions
from .routes import Call, answer, find, parse_body, rows_in

HOST = "127.0.0.1"
LARGEST_BODY = 64 * 1024 * 1024
LOG_LENGTH = 100_000
VERSION_PATH = "/magento_version"
ADMIN_TOKEN_PATH = "/V1/integration/admin/token"
JSON = "application/json; charset=utf-8"
_RESET = struct.pack("ii", 1, 0)
_PROXY_PAGE = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1><hr>nginx</body></html>"


class SandboxServer(ThreadingHTTPServer):
    """One sandbox shop on one port.

    :param shop: a :class:`.shop.Shop`
    :param port: 0 for any free one
    :param plan: entries of a fault plan (see :mod:`.faults`)
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, shop, port=0, plan=()):
        self.shop = shop
        self.access = Access(shop.seed, shop.settings, shop.clock)
        self.sessions = Sessions(self.access, shop.settings, shop.clock)
        self.faults = FaultPlan(shop.seed)
        apply_world_faults(shop, self.faults.add(list(plan)))
        self.log = []
        self.received = 0
        self.control = Control(shop, self.access, self.faults, self.log)
        self._stopping = threading.Event()
        self._down_until = 0.0
        super().__init__((HOST, port), Handler)

    @property
    def address(self):
        """The base address, ``http://127.0.0.1:port``."""
        return f"http://{HOST}:{self.server_address[1]}"

    def credentials(self):
        """Return the start line: address, credentials and what it is."""
        return {"sandbox": NOTICE, "address": self.address, **self.access.credentials()}

    def serve_forever(self, poll_interval=0.05):
        """Accept connections until :meth:`stop`; while a ``refuse`` fault lasts, have no listening socket."""
        listening = True
        while not self.stopping:
            down = time.monotonic() < self._down_until
            if down and listening:
                self.socket.close()
                listening = False
            elif not down and not listening:
                self.socket = socket.socket(self.address_family, self.socket_type)
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                self.socket.bind(self.server_address)
                self.server_activate()
                listening = True
            if not listening:
                time.sleep(poll_interval)
            elif select.select([self.socket], [], [], poll_interval)[0]:
                self._handle_request_noblock()
        self.socket.close()

    @property
    def stopping(self):
        return self._stopping.is_set()

    def refuse_for(self, seconds):
        """Refuse new connections for a while."""
        self._down_until = time.monotonic() + seconds

    def stop(self):
        """Stop accepting; the accepting thread then frees the port."""
        self._stopping.set()

    def handle_error(self, request, client_address):
        """Stay quiet about clients that hang up: faults make them do so."""


class Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    server_version = "magento-sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    server: SandboxServer
    kind = JSON

    def log_message(self, format, *args):
        """Write nothing: the log of requests is asked for by the control API."""

    def do_GET(self):
        """Answer any method alike; the routes know which are right."""
        path, _mark, query = self.path.partition("?")
        body = self._read_body()
        if body is None:
            return
        try:
            if path.startswith("/sandbox/"):
                self._control(path, query, body)
            elif path == VERSION_PATH:
                edition = b"Enterprise" if self.server.shop.settings.commerce else b"Community"
                self._send_bytes(200, b"Magento/2.4 (" + edition + b")", "text/html; charset=UTF-8")
            else:
                self._shop(path, query, body)
        except ConnectionError:
            self.close_connection = True

    do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_GET

    def date_time_string(self, timestamp=None):
        """Return the Date header by the shop's (perhaps skewed) clock."""
        skew = self.server.shop.clock.ahead.total_seconds()
        return super().date_time_string((timestamp or time.time()) + skew)

    def _read_body(self):
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self.close_connection = True
            self._send(413, {"message": "The request's body is too large or its length is unknown."})
            return None
        return self.rfile.read(int(length))

    def _control(self, path, query, raw):
        server = self.server
        try:
            server.access.check_control(self.headers.get("Authorization"))
            with server.shop.lock:
                result = server.control.answer(self.command, path, query, parse_body(raw))
                encoded = encode(result)
            self._send_bytes(200, encoded)
        except ApiError as error:
            self._send(error.status, error.body())
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            self._send(400, {"message": f"This call cannot be meant: {type(error).__name__} {error}"})

    def _shop(self, path, query, raw):
        server = self.server
        started = time.monotonic()
        operation = protocols.operation_of(path, query, raw)
        shown = f"{path}#{operation}" if operation else path
        strike = server.faults.strike(self.command, shown, query)
        entry = {
            "method": self.command,
            "path": shown,
            "query": query,
            "faults": strike.names,
            "status": None,
            "rows": 0,
        }
        with server.shop.lock:
            server.received += 1
            entry["number"] = server.received
            server.log.append(entry)
            del server.log[:-LOG_LENGTH]
        time.sleep(server.shop.settings.latency_ms / 1000)
        if self._instead(strike, entry):
            return
        status, self.kind, encoded = self._answer(path, query, raw, strike, entry)
        entry["status"] = status
        entry["seconds"] = round(time.monotonic() - started, 4)
        if strike.of("after"):
            self._reset()
        elif strike.of("wire"):
            self._break_wire(strike.of("wire")[0], status, encoded)
        else:
            self._send_bytes(status, encoded, self.kind)

    def _answer(self, path, query, raw, strike, entry):
        """Return (status, content type, body) as the shop gives them, payload faults included."""
        server = self.server
        try:
            with server.shop.lock:
                for fault in strike.of("before"):
                    self._disturb(fault)
                if protocols.protocol_of(path):
                    authorization, spoil = self.headers.get("Authorization"), self._spoiler(strike)
                    status, kind, entry["rows"], body = protocols.respond(
                        server, path, query, raw, authorization, spoil
                    )
                    return status, kind, body
                if path.endswith(ADMIN_TOKEN_PATH) and self.command == "POST":
                    given = parse_body(raw) or {}
                    token = server.access.admin_token(given.get("username"), given.get("password"))
                    return 200, JSON, encode(token)
                call = Call(self.command, path, query, None, server.address)
                route, _arguments = find(call, server.shop.settings)
                if route.resource != "anonymous":
                    url = f"http://{self.headers.get('Host')}{self.path}"
                    server.access.check(self.command, url, self.headers.get("Authorization"), route.resource)
                call = replace(call, body=parse_body(raw))
                result = answer(server.shop, call)
                entry["rows"] = rows_in(result)
                return 202 if "/async/" in path else 200, JSON, encode(self._spoiled(call, result, strike))
        except ApiError as error:
            return error.status, JSON, encode(error.body())
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            entry["failure"] = repr(error)
            return 500, JSON, encode(internal_error(type(error).__name__).body())

    def _spoiler(self, strike):
        return lambda call, result: self._spoiled(call, result, strike)

    def _spoiled(self, call, result, strike):
        for fault in strike.of("payload"):
            page = (lambda number: self._page(call, number)) if call else None
            result = spoil_payload(fault, copy.deepcopy(result), page)
        return result

    def _page(self, call, number):
        parts = [part for part in call.query.split("&") if "urrentPage" not in part and "urrent_page" not in part]
        parts.append(f"searchCriteria[currentPage]={number}")
        return copy.deepcopy(answer(self.server.shop, replace(call, query="&".join(parts)))["items"] or [])

    def _disturb(self, fault):
        shop = self.server.shop
        if fault.kind == "clock_skew":
            shop.clock.skew = timedelta(seconds=fault.options.get("seconds", 900))
        else:
            moved = sorted(shop.orders.values(), key=lambda order: order.data["updated_at"])
            for order in moved[: fault.options.get("rows", 1)]:
                order.data["updated_at"] = shop.clock.text()

    def _instead(self, strike, entry):
        """Carry out the first fault that takes the answer's place; return whether there was one."""
        for fault in strike.of("instead")[:1]:
            options = fault.options
            if fault.kind == "refuse":
                self.server.refuse_for(options.get("seconds", 1))
                self._reset()
            elif fault.kind == "html":
                entry["status"] = 200
                self._send_bytes(200, _PROXY_PAGE.format("Please wait").encode(), "text/html; charset=UTF-8")
            elif fault.kind == "unauthorized":
                entry["status"] = 401
                self.server.access.revoked = bool(options.get("for_good")) or self.server.access.revoked
                self._refuse()
            elif fault.kind == "redirect":
                entry["status"] = 302
                location = options.get("location", f"https://shop.example{self.path}")
                self._send_bytes(302, b"", headers={"Location": location})
            else:
                entry["status"] = 429 if fault.kind == "too_many" else int(options.get("status", 503))
                self._send_trouble(entry["status"], options)
            return True
        return False

    def _refuse(self):
        path = self.path.partition("?")[0]
        if protocols.protocol_of(path):
            status, kind, body = protocols.refusal(self.server, path)
            self._send_bytes(status, body, kind)
        else:
            self._send(401, not_allowed("self").body())

    def _send_trouble(self, status, options):
        form = options.get("retry_after", "seconds" if status == 429 else "none")
        seconds = options.get("seconds", 1)
        headers = {}
        if form == "seconds":
            headers["Retry-After"] = str(seconds)
        elif form == "date":
            headers["Retry-After"] = formatdate(time.time() + seconds, usegmt=True)
        if status == 500:
            self._send(500, internal_error("sandbox").body(), headers)
        else:
            page = _PROXY_PAGE.format({429: "Too Many Requests", 502: "Bad Gateway"}.get(status, "Service Unavailable"))
            self._send_bytes(status, page.encode(), "text/html", headers)

    def _break_wire(self, fault, status, encoded):
        options = fault.options
        cut = int(options.get("bytes", len(encoded) // 2))
        if fault.kind == "truncate":
            if options.get("lie"):
                self._send_head(status, len(encoded), self.kind)
                self.wfile.write(encoded[:cut])
                self.close_connection = True
            else:
                self._send_bytes(status, encoded[:cut], self.kind)
        elif fault.kind == "reset":
            self._send_head(status, len(encoded), self.kind)
            self.wfile.write(encoded[:cut])
            self.wfile.flush()
            time.sleep(0.05)
            self._reset()
        else:
            self._drip(status, encoded, int(options.get("bytes", 16)), options.get("pause_ms", 50) / 1000)

    def _drip(self, status, encoded, size, pause):
        self._send_head(status, len(encoded), self.kind)
        for start in range(0, len(encoded), size):
            self.wfile.write(encoded[start : start + size])
            self.wfile.flush()
            time.sleep(pause)

    def _reset(self):
        """Close the connection with a reset instead of a goodbye."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.connection.close()

    def _send(self, status, value, headers=None):
        self._send_bytes(status, encode(value), headers=headers)

    def _send_bytes(self, status, encoded, kind=JSON, headers=None):
        self._send_head(status, len(encoded), kind, headers)
        if self.command != "HEAD":
            self.wfile.write(encoded)

    def _send_head(self, status, length, kind=JSON, headers=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.send_header("X-Sandbox", NOTICE)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()


def encode(value):
    """Return JSON as PHP writes it: whole floats without a fraction, everything else than ASCII escaped."""
    return json.dumps(value, default=_number, separators=(",", ":")).encode()


def _number(value):
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} has no place in an answer")


def start(today, *, seed=1, orders=120, port=0, plan=(), **settings):
    """Start a sandbox shop in a thread of this process and return its :class:`SandboxServer`; end it by ``stop()``.

    :param today: date of the world
    :param settings: fields of :class:`.shop.Settings`
    """
    shop = world.build(today, seed, orders)
    shop.settings = replace(shop.settings, **settings)
    server = SandboxServer(shop, port, plan)
    threading.Thread(target=server.serve_forever, name="magento-sandbox", daemon=True).start()
    return server
