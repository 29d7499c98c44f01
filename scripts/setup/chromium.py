"""A headless Chromium driven over its DevTools protocol: open a page, act, wait, take a picture.

Small on purpose: the pictures of the README need no test framework. `websocket-client` is there for the tours.
"""

import base64
import itertools
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from .postgres import free_port
from .progress import SetupError

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--lang=en-US",
]
DESKTOP = (1366, 850)
PHONE = (390, 844)


class Chromium:
    """A browser with one page; use it in a `with` block.

    :param program: path of the browser
    """

    def __init__(self, program):
        self._program = program
        self._numbers = itertools.count(1)

    def __enter__(self):
        import websocket

        self._profile = tempfile.mkdtemp(prefix="chromium-")
        port = free_port(9333)
        self._process = subprocess.Popen(
            [
                self._program,
                *FLAGS,
                f"--user-data-dir={self._profile}",
                f"--remote-debugging-port={port}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        pages = self._pages(port)
        self._socket = websocket.create_connection(
            pages[0]["webSocketDebuggerUrl"], timeout=60, suppress_origin=True, max_size=None
        )
        for domain in ("Page", "Runtime", "Network"):
            self._call(f"{domain}.enable")
        return self

    def __exit__(self, *_error):
        self._socket.close()
        self._process.terminate()
        self._process.wait(10)
        shutil.rmtree(self._profile, ignore_errors=True)

    def _pages(self, port):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=2) as answer:
                    pages = [page for page in json.load(answer) if page["type"] == "page"]
                if pages:
                    return pages
            except OSError:
                time.sleep(0.1)
        raise SetupError("Chromium did not start. Try it by hand with --headless --no-sandbox.")

    def _call(self, method, **params):
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                if "error" in message:
                    raise SetupError(f"Chromium refused {method}: {message['error']['message']}")
                return message["result"]

    def run(self, expression):
        """Evaluate JavaScript in the page and return its value (promises are awaited)."""
        answer = self._call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise SetupError(f"The page failed: {answer['exceptionDetails'].get('exception', {}).get('description')}")
        return answer["result"].get("value")

    def wait(self, selector, seconds=30):
        """Wait until an element is there.

        :raises SetupError: when it does not come, with the text that the page shows instead
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.run(f"!!document.querySelector({json.dumps(selector)})"):
                return
            time.sleep(0.15)
        text = self.run("document.body ? document.body.innerText.slice(0, 400) : ''")
        raise SetupError(f"“{selector}” did not appear at {self.run('location.href')}. The page shows: {text}")

    def open(self, url, selector="body", size=DESKTOP):
        """Open an address at a window size and wait for an element."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=size[0],
            height=size[1],
            deviceScaleFactor=1,
            mobile=size[0] < 600,
        )
        self._call("Page.navigate", url=url)
        time.sleep(0.3)
        self.wait("body")
        self.wait(selector)

    def click(self, selector):
        """Click the first element that matches."""
        self.wait(selector)
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def log_in(self, address, login, password):
        """Log in to Odoo's web client or portal."""
        self.run("0")
        self._call("Network.clearBrowserCookies")
        self.open(f"{address}/web/login", "input[name=login]")
        self.run(
            f"document.querySelector('input[name=login]').value = {json.dumps(login)};"
            f"document.querySelector('input[name=password]').value = {json.dumps(password)};"
            "document.querySelector('form.oe_login_form').submit()"
        )
        deadline = time.monotonic() + 30
        while "/web/login" in self.run("location.pathname"):
            if time.monotonic() > deadline:
                raise SetupError(f"The login of “{login}” was not accepted at {address}.")
            time.sleep(0.2)

    def picture(self, path, settle=0.8, full=False):
        """Save what the window shows (or the whole page) as PNG.

        :param settle: seconds to wait for animations before
        """
        time.sleep(settle)
        shot = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=full)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(base64.b64decode(shot["data"]))
        return path
