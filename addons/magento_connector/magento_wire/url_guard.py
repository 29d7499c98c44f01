"""Which addresses the connector may speak to.

A backend's address is typed by a person and opened by the server, which can reach what that person cannot. So:
https only; the name is resolved once and the connection goes to that very address (a name cannot answer
harmlessly first and point inside later); private, link-local, loopback and metadata addresses are refused.
An administrator may allow single hosts, for which http and private addresses are then fine.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from .errors import CONFIGURATION, ShopError

# Reserved for carriers, benchmarks and translation; ``is_global`` leaves it to the caller to see through the last two.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_METADATA = frozenset(
    map(ipaddress.ip_address, ("169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254"))
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL really leads: the name for certificate and Host header, the address for the socket."""

    scheme: str
    host: str
    port: int
    address: str

    @property
    def origin(self):
        return self.scheme, self.host, self.port


class UrlGuard:
    """Checks URLs and remembers, for its lifetime, the address each host was resolved to.

    :param allowed_hosts: names (or literal addresses) an administrator allows; each may carry ``:port`` to allow
        just that port
    :param resolve: ``(host, port) -> [address, …]``; a test gives its own
    """

    def __init__(self, allowed_hosts=(), resolve=None):
        self.allowed = frozenset(entry.strip().lower().rstrip(".") for entry in allowed_hosts if entry.strip())
        self._resolve = resolve or _system_resolve
        self._pinned = {}

    def check(self, url):
        """Return where a URL leads.

        :param str url: absolute http(s) URL
        :rtype: Target
        :raises ShopError: ``forbidden_address`` (configuration) for what must not be opened, in words;
            ``unknown_host`` (transient) where the name cannot be resolved
        """
        scheme, host, port = _split(url)
        allowed = host in self.allowed or f"{host}:{port}" in self.allowed
        if scheme != "https" and not allowed:
            raise _refuse(
                f"{host} would be opened without encryption. Use an https address, or have an administrator allow "
                f"the host {host}."
            )
        if (host, allowed) not in self._pinned:
            self._pinned[host, allowed] = self._choose(host, port, allowed)
        return Target(scheme, host, port, self._pinned[host, allowed])

    def _choose(self, host, port, allowed):
        literal = _literal(host)
        try:
            addresses = [str(literal)] if literal else list(self._resolve(host, port))
        except OSError as error:
            raise ShopError("transient", "unknown_host", f"The name {host} cannot be resolved ({error}). Check it.")
        if not addresses:
            raise ShopError("transient", "unknown_host", f"The name {host} has no address. Check it.")
        if not allowed:
            inside = [address for address in addresses if not is_public(address)]
            if inside:
                raise _refuse(
                    f"{host} leads to {inside[0]}, which is inside a private network. If the shop really is "
                    f"there, have an administrator allow the host {host}."
                )
        return addresses[0]


def is_public(address):
    """Return whether an IP address is one of the public internet, seen through mapped and translated forms.

    :param str address: literal IPv4 or IPv6 address
    """
    ip = ipaddress.ip_address(address.split("%")[0])
    inner = [ip]
    if ip.version == 6:
        if ip.ipv4_mapped:
            inner.append(ip.ipv4_mapped)
        if ip.sixtofour:
            inner.append(ip.sixtofour)
        if ip.teredo:
            inner.extend(ip.teredo)
        if ip in _NAT64:
            inner.append(ipaddress.ip_address(int(ip) & 0xFFFFFFFF))
            inner.remove(ip)
        if ip.ipv4_mapped:
            inner.remove(ip)
    return all(
        item.is_global and not item.is_multicast and not item.is_reserved and item not in _METADATA for item in inner
    )


def _split(url):
    try:
        parts = urlsplit(str(url).strip())
        port = parts.port
    except ValueError as error:
        raise _refuse(f"{url!r} is not an address: {error}.")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _refuse(f"{url!r} is not an address of a shop. Enter it as https://shop.example.com.")
    if parts.username or parts.password:
        raise _refuse("The address holds a name or password. Enter credentials in their own fields.")
    if any(character in str(url) for character in "\\\t\r\n"):
        raise _refuse(f"{url!r} holds characters that no address has.")
    host = parts.hostname.lower().rstrip(".")
    if ":" not in host and not _is_name(host):
        raise _refuse(
            f"{parts.hostname!r} is not the name of a machine. Enter the address as https://shop.example.com."
        )
    return parts.scheme, host, port or {"http": 80, "https": 443}[parts.scheme]


def _is_name(host):
    """Whether a host can be looked up: no part of it empty or too long, and all of it writable for the name service."""
    try:
        labels = host.encode("idna").decode().split(".")
    except UnicodeError:
        return False
    return all(0 < len(label) <= 63 and not re.search(r"[^\w-]", label) for label in labels)


def _literal(host):
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return _loose_literal(host)


def _loose_literal(host):
    """127.1, 2130706433 and 0x7f.1 are addresses to the C library."""
    try:
        return ipaddress.ip_address(socket.inet_aton(host))
    except OSError:
        return None


def _system_resolve(host, port):
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(row[4][0] for row in rows))


def _refuse(words):
    return ShopError(CONFIGURATION, "forbidden_address", words, detail=words)
