"""A mail server on this machine that keeps what it took, and misbehaves where it is told to."""

import email
import socketserver
import threading
from email.policy import default


class MailServer:
    """In a `with` block: answers on `port`, keeps each email that it took in `taken`.

    :param at_text: called with the parsed email when its text has come and the answer has not gone; what it returns is
        the answer ("250 …"), or None to hang up without a word
    :param after_text: called with the email when the answer is gone
    :param at_recipient: called with an address; returns the answer to it
    """

    def __init__(self, at_text=None, after_text=None, at_recipient=None):
        self.taken = []
        self.at_text = at_text or (lambda _mail: "250 taken")
        self.after_text = after_text or (lambda _mail: None)
        self.at_recipient = at_recipient or (lambda _address: "250 ok")

    def __enter__(self):
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.owner = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._server.server_close()

    def numbers(self):
        """How many times each (subject, recipient) was taken."""
        pairs = [(str(mail["Subject"]), str(mail["To"])) for mail in self.taken]
        return {pair: pairs.count(pair) for pair in pairs}


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            self._talk()
        except (ConnectionError, BrokenPipeError):
            return

    def _talk(self):
        self._say("220 test")
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"QUIT":
                self._say("221 bye")
                return
            if word == b"DATA":
                if not self._take():
                    return
            elif word == b"RCPT":
                self._say(self.server.owner.at_recipient(line.decode().partition(":")[2].strip(" <>\r\n")))
            else:
                self._say("250 ok")

    def _take(self):
        self._say("354 go on")
        text = b""
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            text += line[1:] if line.startswith(b"..") else line
        mail = email.message_from_bytes(text, policy=default)
        owner = self.server.owner
        answer = owner.at_text(mail)
        if answer is None or answer.startswith("250"):
            owner.taken.append(mail)
        if answer is None:
            return False
        self._say(answer)
        owner.after_text(mail)
        return True

    def _say(self, words):
        self.wfile.write(f"{words}\r\n".encode())
