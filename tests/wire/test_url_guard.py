"""No address inside, no unencrypted address, unless an administrator allowed the host."""

import pytest

from magento_wire.errors import ShopError
from magento_wire.url_guard import UrlGuard, is_public

PUBLIC = "93.184.216.34"


def guard(*allowed, addresses=(PUBLIC,)):
    return UrlGuard(allowed, resolve=lambda host, port: list(addresses))


def test_public_https_address_is_opened_at_its_resolved_place():
    target = guard().check("https://Shop.Example.com/rest/V1/orders?x=1")
    assert (target.scheme, target.host, target.port, target.address) == (
        "https",
        "shop.example.com",
        443,
        PUBLIC,
    )
    assert target.origin == ("https", "shop.example.com", 443)


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example.com/", "ftp://shop.example.com/", "file:///etc/passwd", "shop.example.com", "", "https://",
        "https://user:pw@shop.example.com/", "https://user@shop.example.com/", "javascript:alert(1)",
        "https://shop.example.com\\@127.0.0.1/", "https://shop.example.com:99999/", "https://[::1", "gopher://x/",
        "https://shop.example.com/\r\nHost: x",
    ],
)  # fmt: skip
def test_other_forms_are_refused(url):
    with pytest.raises(ShopError) as error:
        guard().check(url)
    assert (error.value.kind, error.value.code) == ("configuration", "forbidden_address")


INSIDE = [
    "127.0.0.1", "127.8.8.8", "10.0.0.5", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.100.100.200", "168.63.129.16", "0.0.0.0", "255.255.255.255", "224.0.0.1", "240.0.0.1",
    "192.0.0.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::", "2001:db8::1",
    "fe80::1%eth0",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_name_that_leads_inside_is_refused(address):
    assert not is_public(address)
    with pytest.raises(ShopError, match="allow"):
        guard(addresses=[address]).check("https://shop.example.com/")
    with pytest.raises(ShopError, match="allow"):
        guard(addresses=[PUBLIC, address]).check("https://shop.example.com/")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "017700000001",
        "[::1]",
        "[::ffff:7f00:1]",
        "0",
        "localhost",
    ],
)
def test_literal_address_inside_is_refused_in_any_spelling(host):
    resolve = guard(addresses=["127.0.0.1"])
    with pytest.raises(ShopError):
        resolve.check(f"https://{host}/")


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700::1111", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"])
def test_public_addresses_pass(address):
    assert is_public(address)


def test_allowed_host_may_be_private_and_unencrypted():
    inside = guard("shop.intern", addresses=["10.1.2.3"])
    assert inside.check("http://SHOP.intern:8080/").address == "10.1.2.3"
    assert inside.check("http://shop.intern./").host == "shop.intern"
    with pytest.raises(ShopError):
        inside.check("http://other.intern/")


def test_allowed_port_allows_only_that_port():
    inside = guard("127.0.0.1:8069")
    assert inside.check("http://127.0.0.1:8069/").port == 8069
    with pytest.raises(ShopError):
        UrlGuard(["127.0.0.1:8069"]).check("http://127.0.0.1:5432/")


def test_port_allowed_for_one_does_not_open_others_of_a_pinned_host():
    inside = guard("shop.intern:8069", addresses=["10.1.2.3"])
    inside.check("http://shop.intern:8069/")
    with pytest.raises(ShopError):
        inside.check("https://shop.intern:8443/")


def test_name_is_resolved_once():
    answers = [[PUBLIC], ["127.0.0.1"]]
    once = UrlGuard(resolve=lambda host, port: answers.pop(0))
    assert once.check("https://shop.example.com/").address == PUBLIC
    assert once.check("https://shop.example.com/again").address == PUBLIC
    assert len(answers) == 1


@pytest.mark.parametrize("resolve", [lambda host, port: [], lambda host, port: (_ for _ in ()).throw(OSError("no"))])
def test_name_that_does_not_resolve_is_transient(resolve):
    with pytest.raises(ShopError) as error:
        UrlGuard(resolve=resolve).check("https://shop.example.com/")
    assert (error.value.kind, error.value.code) == ("transient", "unknown_host")


@pytest.mark.parametrize(
    "host", ["a..b", ".shop.example", "shop..example.com", "a" * 64 + ".example", "..", "sh op.example", "x" * 300]
)
def test_mistyped_host_is_told_in_words(host):
    def resolve(_host, _port):
        raise AssertionError("nothing to look up")

    with pytest.raises(ShopError, match=r"not the name of a machine|not an address") as refusal:
        UrlGuard(resolve=resolve).check(f"https://{host}/rest")
    assert refusal.value.code == "forbidden_address"


@pytest.mark.parametrize(
    "host", ["shop.example.com", "shop.example.com.", "läden.example", "my_shop.example", "[2606:4700::1111]"]
)
def test_well_typed_host_passes(host):
    assert UrlGuard(resolve=lambda _host, _port: ["93.184.216.34"]).check(f"https://{host}/").port == 443
