"""The HTTP gate over real sockets, with a server that misbehaves."""

import gzip
import os
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from magento_wire.errors import ShopError
from magento_wire.rest import RestShop
from magento_wire.transport import HttpRequest, HttpTransport, RateLimit
from magento_wire.url_guard import UrlGuard

BOMB = gzip.compress(b"0" * 30_000_000)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = []

    def do_GET(self):
        self.seen.append((self.command, self.path, dict(self.headers)))
        getattr(self, "serve_" + self.path.split("?")[0].strip("/").split("/")[0])()

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def log_message(self, *args):
        pass

    def reply(self, body, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def serve_ok(self):
        self.reply(b'{"fine": true}', Content_Type="application/json")

    def serve_gzip(self):
        self.reply(gzip.compress(b'{"packed": true}'), Content_Encoding="gzip")

    def serve_bomb(self):
        self.reply(BOMB, Content_Encoding="gzip")

    def serve_large(self):
        self.reply(b"0" * 3_000_000)

    def serve_html(self):
        self.reply(b"<html><title>Maintenance</title>", Content_Type="text/html")

    def serve_cut(self):
        self.reply(b'{"items": [', Content_Length="5000")
        self.close_connection = True

    def serve_truncated(self):
        self.reply(b'{"items": [{"entity_id": 1, "na')

    def serve_reset(self):
        self.reply(b'{"items": [', Content_Length="5000")
        self.wfile.flush()
        time.sleep(0.05)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
        self.close_connection = True

    def serve_silent(self):
        time.sleep(1.5)
        self.close_connection = True

    def serve_drip(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _byte in range(100):
            try:
                self.wfile.write(b"0")
                self.wfile.flush()
            except OSError:
                return
            time.sleep(0.05)

    def serve_chunks(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\r\n[1,2,\r\n2\r\n3]\r\n0\r\n\r\n")

    def serve_cutchunks(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\r\n[1,2,\r\n")
        self.close_connection = True

    def serve_away(self):
        self.reply(b"", 302, Location="http://169.254.169.254/latest/meta-data/")

    def serve_busy(self):
        self.reply(b"", 429, Retry_After="3")

    def serve_rest(self):
        self.serve_html()


@pytest.fixture(scope="module")
def server():
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture
def transport():
    made = HttpTransport(
        UrlGuard(["127.0.0.1", "localhost", "shop.test"], resolve=lambda host, port: ["127.0.0.1"]),
        connect_timeout=0.5,
        read_timeout=0.4,
        total_timeout=0.8,
        max_bytes=2 * 1024 * 1024,
    )
    yield made
    made.close()


def fault(transport, server, path, method="GET"):
    with pytest.raises(ShopError) as error:
        transport.send(HttpRequest(method, f"{server}/{path}", body=b"{}" if method == "POST" else None))
    return error.value


def test_answer_comes_back_whole(server, transport):
    response = transport.send(HttpRequest("GET", server + "/ok?a=%5B1%5D"))
    assert (response.status, response.body) == (200, b'{"fine": true}')
    assert response.headers["content-type"] == "application/json"
    assert response.elapsed >= 0
    assert Handler.seen[-1][1] == "/ok?a=%5B1%5D"


def test_packed_and_chunked_answers_are_unpacked(server, transport):
    assert transport.send(HttpRequest("GET", server + "/gzip")).body == b'{"packed": true}'
    assert transport.send(HttpRequest("GET", server + "/chunks")).body == b"[1,2,3]"


@pytest.mark.parametrize(
    ("path", "code", "read", "write"),
    [
        ("cut", "connection_lost", "transient", "indefinite"),
        ("cutchunks", "connection_lost", "transient", "indefinite"),
        ("reset", "connection_lost", "transient", "indefinite"), ("silent", "timeout", "transient", "indefinite"),
        ("drip", "timeout", "transient", "indefinite"), ("large", "too_big", "configuration", "indefinite"),
        ("bomb", "too_big", "configuration", "indefinite"),
    ],
)  # fmt: skip
def test_fault_of_the_connection_has_its_kind(server, transport, path, code, read, write):
    error = fault(transport, server, path)
    assert (error.code, error.kind) == (code, read)
    error = fault(transport, server, path, "POST")
    assert (error.code, error.kind) == (code, write)


def test_dripping_answer_ends_in_time(server, transport):
    started = time.monotonic()
    fault(transport, server, "drip")
    assert time.monotonic() - started < 2


def test_refused_connection_was_never_sent(transport):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = fault(transport, f"http://127.0.0.1:{port}", "ok", "POST")
    assert (error.code, error.kind) == ("unreachable", "transient")


def test_certificate_that_is_none_is_a_matter_of_set_up(server, transport):
    error = fault(transport, server.replace("http:", "https:"), "ok")
    assert error.kind in ("configuration", "transient")
    assert error.code in ("tls", "connection_lost")


def test_redirect_is_not_followed(server, transport):
    before = len(Handler.seen)
    response = transport.send(HttpRequest("GET", server + "/away"))
    assert (response.status, len(Handler.seen) - before) == (302, 1)
    with pytest.raises(ShopError, match=r"169\.254\.169\.254") as error:
        RestShop(_Fixed(response), server).call("GET", "orders")
    assert error.value.kind == "configuration"


class _Fixed:
    def __init__(self, response):
        self.response = response

    def send(self, request):
        return self.response


def test_address_that_is_not_allowed_is_not_opened(server):
    before = len(Handler.seen)
    with pytest.raises(ShopError) as error:
        HttpTransport().send(HttpRequest("GET", server + "/ok"))
    assert error.value.code == "forbidden_address"
    assert len(Handler.seen) == before


def test_connection_goes_to_the_pinned_address(server, transport, monkeypatch):
    def no_lookup(*args, **kwargs):
        raise AssertionError("the name was looked up again")

    monkeypatch.setattr(socket, "getaddrinfo", no_lookup)
    port = server.rsplit(":", 1)[1]
    response = transport.send(HttpRequest("GET", f"http://shop.test:{port}/ok"))
    assert response.status == 200
    assert Handler.seen[-1][2]["Host"] == f"shop.test:{port}"


def test_environment_is_not_trusted(server, transport, monkeypatch, tmp_path):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something")
    monkeypatch.setenv("NETRC", str(netrc))
    assert transport.send(HttpRequest("GET", server + "/ok")).status == 200
    assert "Authorization" not in Handler.seen[-1][2]


def test_page_of_a_proxy_with_status_200_is_no_answer_of_the_shop(server, transport):
    with pytest.raises(ShopError, match="proxy") as error:
        RestShop(transport, server).call("GET", "orders")
    assert (error.value.kind, error.value.code) == ("transient", "not_json")


def test_credentials_do_not_show_in_what_is_printed():
    request = HttpRequest("GET", "https://x.example.com/", {"Authorization": "Bearer s3cr3t"}, b"s3cr3t")
    assert "s3cr3t" not in repr(request)


class Time:
    """A clock that goes on only while someone sleeps, or is told to."""

    def __init__(self):
        self.now, self.slept = 100.0, []

    def sleep(self, seconds):
        self.slept.append(round(seconds, 6))
        self.now += seconds


def test_requests_are_spaced_by_the_rate(server):
    clock = Time()
    limited = HttpTransport(UrlGuard(["127.0.0.1"]), rate=RateLimit(4, lambda: clock.now, clock.sleep))
    for _number in range(5):
        limited.send(HttpRequest("GET", f"{server}/ok"))
    assert clock.slept == [0.25] * 4
    clock.now += 10
    limited.send(HttpRequest("GET", f"{server}/ok"))
    assert clock.slept == [0.25] * 4, "what was not used before is not saved up, and costs no wait either"
    assert limited.requests == 6
    limited.close()


def test_rate_holds_over_transports_that_share_it(server):
    clock = Time()
    rate = RateLimit(2, lambda: clock.now, clock.sleep)
    transports = [HttpTransport(UrlGuard(["127.0.0.1"]), rate=rate) for _number in range(2)]
    for transport in transports * 2:
        transport.send(HttpRequest("GET", f"{server}/ok"))
        transport.close()
    assert sum(clock.slept) == 1.5


def test_no_rate_is_no_limit_and_failures_count_as_requests():
    clock = Time()
    rate = RateLimit(0, lambda: clock.now, clock.sleep)
    assert [rate.wait() for _number in range(3)] == [0.0] * 3
    transport = HttpTransport(UrlGuard(["127.0.0.1"]), rate=rate)
    with pytest.raises(ShopError):
        transport.send(HttpRequest("GET", "http://127.0.0.1:1/"))
    assert (transport.requests, clock.slept) == (1, [])
