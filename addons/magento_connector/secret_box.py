"""Encryption of shop credentials with a key that lives outside the database.

A stolen database, or a copy of it on a developer's machine, holds no usable credential. The key is read from the
environment variable ``ORDER_TO_CASH_KEY`` (the key itself), else from the file that ``ORDER_TO_CASH_KEY_FILE`` or the
option ``order_to_cash_key_file`` of Odoo's configuration names. Several keys, one a line, allow a change of key: the
first one encrypts, all of them decrypt. The cipher is Fernet (AES-128-CBC with HMAC-SHA256,
https://github.com/fernet/spec).
"""

import base64
import hashlib
import json
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from odoo.exceptions import UserError
from odoo.tools import config

SHORTEST_KEY = 32


def seal(env, secrets):
    """Encrypt credentials.

    :param env: Odoo's environment, for the language of messages
    :param dict secrets: name → text
    :returns: the encrypted text
    :raises UserError: when there is no key
    """
    return _cipher(env).encrypt(json.dumps(secrets).encode()).decode()


def open_sealed(env, sealed):
    """Decrypt what :func:`seal` returned; an empty text gives no secrets.

    :raises UserError: when there is no key, or the key is another one
    """
    if not sealed:
        return {}
    try:
        return json.loads(_cipher(env).decrypt(sealed.encode()))
    except InvalidToken:
        raise UserError(
            env._(
                "The stored shop credentials were encrypted with another key. Put the former key on a line of its "
                "own into the "
                "key file, or enter the credentials again."
            )
        ) from None


def _cipher(env):
    keys = [line.strip() for line in _key_text(env).splitlines() if line.strip()]
    if not keys:
        raise UserError(
            env._(
                "There is no key to encrypt shop credentials with. Ask your administrator to set the environment "
                "variable "
                "ORDER_TO_CASH_KEY, or ORDER_TO_CASH_KEY_FILE to a file, or the option order_to_cash_key_file in "
                "Odoo's "
                "configuration, and to restart Odoo."
            )
        )
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise UserError(
            env._(
                "The key for shop credentials is too short: it needs at least %(count)s random characters, such as "
                "the output "
                "of “openssl rand -base64 32”.",
                count=SHORTEST_KEY,
            )
        )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys])


def _key_text(env):
    if os.environ.get("ORDER_TO_CASH_KEY"):
        return os.environ["ORDER_TO_CASH_KEY"]
    path = os.environ.get("ORDER_TO_CASH_KEY_FILE") or config.get("order_to_cash_key_file")
    if not path:
        return ""
    try:
        return Path(path).read_text()
    except OSError as error:
        raise UserError(
            env._(
                "The key file for shop credentials, %(path)s, cannot be read: %(error)s. Ask your administrator to "
                "mend it.",
                path=path,
                error=error.strerror,
            )
        ) from None
