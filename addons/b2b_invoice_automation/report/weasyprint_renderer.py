"""HTML to PDF by WeasyPrint: a body with running header and footer; nothing is fetched from the network.

Apart from the model, because it knows no records: it is given HTML, a page geometry and a reader of local files.
"""

import io
import logging
import threading
from functools import lru_cache
from pathlib import Path

import lxml.html
import weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

_logger = logging.getLogger(__name__)
STATIC = Path(__file__).resolve().parent.parent / "static"
LOCAL_ORIGIN = "http://local.invalid"
DOCUMENT_CLASS = "b2b-document"

# Fonts and parsed stylesheets are shared between renderings, and WeasyPrint does not promise to be thread-safe.
_rendering = threading.RLock()
_fonts = FontConfiguration()


class LocalFetcher(URLFetcher):
    """Reads `data:` addresses, our own fonts, and what `read_local` knows; refuses everything else."""

    def __init__(self, read_local):
        super().__init__(allowed_protocols={"data"}, allow_redirects=False)
        self._read_local = read_local

    def fetch(self, url, headers=None):
        if url.startswith("data:"):
            return super().fetch(url, headers)
        if url.startswith(STATIC.as_uri() + "/") and ".." not in url:
            return URLFetcherResponse(url, Path(url[len("file://") :]).read_bytes())
        if url.startswith(LOCAL_ORIGIN):
            found = self._read_local(url[len(LOCAL_ORIGIN) :])
            if found:
                content, mimetype = found
                return URLFetcherResponse(url, content, {"Content-Type": mimetype})
        raise ValueError(f"not a local resource: {url}")


def render(bodies, headers=(), footers=(), *, geometry, read_local, stylesheet_urls=(), pdf_variant=None):
    """Render HTML bodies to one PDF, each beginning on a page of its own.

    :param bodies: HTML texts; one whose element has the class ``b2b-document`` is set with our own slim stylesheet
    :param headers: HTML of the running header of each body (or fewer)
    :param footers: likewise for footers
    :param geometry: CSS for ``@page`` of the other bodies: size and margins
    :param read_local: function from a local path to (bytes, mimetype) or None
    :param stylesheet_urls: local addresses of the stylesheets for the other bodies
    :param pdf_variant: WeasyPrint's name of a PDF variant, for example ``pdf/a-3b``
    :returns: the PDF as bytes
    """
    fetcher = LocalFetcher(read_local)
    with _rendering:
        documents = []
        for number, body in enumerate(bodies):
            own = DOCUMENT_CLASS in body
            text = _compose(body, _get(headers, number), _get(footers, number), None if own else geometry)
            stylesheets = [_own_stylesheet()] if own else [_page_rules(), *_parsed(stylesheet_urls, read_local)]
            page = weasyprint.HTML(string=text, url_fetcher=fetcher, base_url=LOCAL_ORIGIN)
            documents.append(page.render(stylesheets=stylesheets, font_config=_fonts, pdf_variant=pdf_variant))
        first = documents[0]
        if len(documents) > 1:
            first = first.copy([page for document in documents for page in document.pages])
        target = io.BytesIO()
        first.write_pdf(target, pdf_variant=pdf_variant)
    return target.getvalue()


def _get(items, number):
    return items[number] if number < len(items) else ""


def _compose(body, header, footer, geometry):
    """One HTML text: the running elements first, so that they are there from the first page on."""
    tree = lxml.html.document_fromstring(body)
    for node in tree.xpath("//script | //link | //base"):
        node.drop_tree()
    for node in (tree, tree.find("body")):  # core's frame hides what its own engine measures
        node.attrib.pop("style", None)
        node.set("class", " ".join(word for word in node.get("class", "").split() if not word.startswith("overflow")))
    _name(tree)
    target = tree.find("body")
    for position, (name, text) in enumerate((("header", header), ("footer", footer))):
        if text:
            wrapper = lxml.html.fragment_fromstring(text, create_parent="div")
            wrapper.set("class", f"running-{name}")
            target.insert(position, wrapper)
    if geometry:
        style = lxml.html.fragment_fromstring("<style/>")
        style.text = f"@page {{ {geometry} }}"
        tree.find("head").append(style)
    return lxml.html.tostring(tree, encoding="unicode", doctype="<!DOCTYPE html>")


def _name(tree):
    """Give the document the language and the title that its template states: a reader speaks and shows them."""
    for node in tree.xpath("//*[@data-oe-lang]")[:1]:
        tree.set("lang", node.get("data-oe-lang").replace("_", "-"))
    for node in tree.xpath("//*[@data-title]")[:1]:
        for old in tree.xpath("//title"):
            old.drop_tree()
        title = lxml.html.fragment_fromstring("<title/>")
        title.text = " ".join(node.get("data-title").split())
        tree.find("head").append(title)


@lru_cache(maxsize=1)
def _own_stylesheet():
    return weasyprint.CSS(filename=str(STATIC / "src/report/document.css"), font_config=_fonts)


@lru_cache(maxsize=1)
def _page_rules():
    return weasyprint.CSS(filename=str(STATIC / "src/report/page.css"), font_config=_fonts)


_stylesheets = {}


def _parsed(urls, read_local):
    """The parsed stylesheets of some local addresses; these carry a content hash, so each is parsed once."""
    for url in urls:
        if url not in _stylesheets:
            found = read_local(url)
            if not found:
                _logger.warning("The stylesheet %s was not found; the document is set without it.", url)
                continue
            if len(_stylesheets) > 8:
                _stylesheets.clear()
            _stylesheets[url] = weasyprint.CSS(
                string=found[0].decode(),
                base_url=LOCAL_ORIGIN,
                url_fetcher=LocalFetcher(read_local),
                font_config=_fonts,
            )
        yield _stylesheets[url]
