"""Reading a product's image from the shop's media folder, which is open to everybody: no credentials go with it."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from .errors import error_for
from .transport import HttpRequest

KINDS = ("image/jpeg", "image/png", "image/gif", "image/webp")
STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"RIFF")
"""The first bytes of these kinds: a page that calls itself an image is none."""


class NoImage(ValueError):
    """What came is not an image, or its address cannot be one; the words say what to do."""


def image_url(media_url, shop_url, path):
    """Return the address of a product's image.

    :param str media_url: the store view's base address of media; empty where the shop does not tell it
    :param str shop_url: the shop's own address
    :param str path: as the product names it, such as ``/p/u/pump.jpg``
    :raises NoImage: where the path leads out of the folder of images
    """
    if "\\" in path or re.search(r"[\x00-\x1f]", path) or ".." in path.split("/") or "//" in path or ":" in path:
        raise NoImage(f"The shop names {path[:80]!r} as the image, which is no file of its images.")
    base = media_url if urlsplit(media_url).scheme in ("http", "https") else f"{shop_url.rstrip('/')}/media/"
    return f"{base.rstrip('/')}/catalog/product/{quote(path.lstrip('/'))}"


def read_image(transport, url):
    """Return the bytes of an image.

    :param Transport transport: with the guard of addresses and the limit on size
    :raises NoImage: where it is not there, or no picture
    :raises ShopError: where no whole answer came
    """
    answer = transport.send(HttpRequest("GET", url, {"Accept": ", ".join(KINDS)}))
    if answer.status == 404:
        raise NoImage("The shop names an image that is not there. Upload it again in the shop.")
    if answer.status != 200:
        raise error_for(answer.status, answer.body, answer.headers, "GET")
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in KINDS or not answer.body.startswith(STARTS):
        raise NoImage(f"What the shop sent as an image is {kind or 'of no stated kind'}: only pictures are kept.")
    return answer.body
