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
