"""Why a delivery failed: what kind of thing it was, and whether time mends it or a person must."""

import re

from odoo.exceptions import UserError

KINDS = [
    ("no_address", "No email address"),
    ("bad_address", "Email address that cannot be right"),
    ("bounce", "Came back (bounce)"),
    ("refused", "Refused by the mail server"),
    ("mail_server", "Mail server not reached"),
    ("sender", "Sender's address"),
    ("document", "Document could not be made"),
    ("attachment", "File missing"),
    ("template", "Text of the email could not be made"),
    ("cancelled", "Email cancelled"),
    ("unclear", "Unclear whether it was sent"),
    ("by_hand", "The customer takes nothing by itself any more"),
    ("other", "Something else"),
]
TRANSIENT = {"mail_server", "other"}
"""Kinds that pass with time; all others wait until a person mended what they name."""

BY_FAILURE_TYPE = {
    "mail_bounce": "bounce",
    "mail_spam": "refused",
    "mail_email_invalid": "bad_address",
    "mail_email_missing": "no_address",
    "mail_from_invalid": "sender",
    "mail_from_missing": "sender",
    "mail_smtp": "mail_server",
}
SERVERS_ANSWER = re.compile(r"\((\d{3}), b(['\"])(.*?)\2\)")
FINAL_ANSWER = re.compile(r"\b5\d\d\b|5\.\d\.\d|Refused", re.IGNORECASE)
PASSING_ANSWER = re.compile(r"\(?\b4\d\d\b|4\.\d\.\d")


LONGEST_LOCAL_PART, LONGEST_ADDRESS = 64, 254
"""RFC 5321, 4.5.3.1: what mail servers take, in bytes; a path of 256 has two angle brackets."""
IN_BRACKETS = re.compile(r"<([^<>]*)>")
BETWEEN_ADDRESSES = re.compile(r"[\s,;]+")
LOCAL_PART = re.compile(r"[!#-'*+\-/-9=?A-Z^-~]+(\.[!#-'*+\-/-9=?A-Z^-~]+)*")
DOMAIN = re.compile(r"(?=.{1,253}$)(?!-)[\w-]{1,63}(?<!-)(\.(?!-)[\w-]{1,63}(?<!-))*", re.ASCII)


class DeliveryProblem(UserError):
    """What stops a delivery before anything is sent.

    :param str message: in words
    :param str kind: one of ``KINDS``
    """

    def __init__(self, message, kind):
        super().__init__(message)
        self.kind = kind


def kind_of_failure(failure_type, reason):
    """The kind of a failed notification.

    :param failure_type: Odoo's failure type
    :param reason: the mail server's words
    """
    if failure_type in BY_FAILURE_TYPE:
        return BY_FAILURE_TYPE[failure_type]
    if PASSING_ANSWER.search(reason or ""):
        return "mail_server"
    return "refused" if FINAL_ANSWER.search(reason or "") else "other"


def servers_words(reason):
    """What a mail server answered, out of the text that Python makes of it; that text where it holds no answer."""
    answer = SERVERS_ANSWER.search(reason or "")
    return f"{answer[1]} {answer[3]}" if answer else " ".join((reason or "").split())[:500]


def address_problem(text):
    """What a mail server would not take of an email field, which may hold several addresses.

    :param str text: as people type it: ``a@b.example``, ``Name <a@b.example>``, several with commas
    :returns: None, or (what is wrong, the address): ``characters``, ``address``, ``long_local_part``, ``long``,
        ``local_part`` or ``domain``
    """
    text = (text or "").strip()
    if any(not sign.isprintable() for sign in text):
        return "characters", " ".join(text.split())
    addresses = IN_BRACKETS.findall(text) or [part for part in BETWEEN_ADDRESSES.split(text) if part]
    problems = ((_problem_of(address), address) for address in addresses or [text])
    return next(((problem, address) for problem, address in problems if problem), None)


def _problem_of(address):
    local_part, at, domain = address.strip().rpartition("@")
    if not (at and local_part and domain) or "@" in local_part:
        return "address"
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        return "domain"
    if len(local_part.encode()) > LONGEST_LOCAL_PART:
        return "long_local_part"
    if len(local_part.encode()) + 1 + len(domain) > LONGEST_ADDRESS:
        return "long"
    if not LOCAL_PART.fullmatch(local_part):
        return "local_part"
    return None if DOMAIN.fullmatch(domain) else "domain"
