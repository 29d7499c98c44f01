"""Odoo's report engine with WeasyPrint in the place of wkhtmltopdf, for every report."""

import logging
from urllib.parse import parse_qs, unquote, urlsplit

import lxml.html

from odoo import api, models
from odoo.exceptions import AccessError, MissingError
from odoo.tools import file_open
from odoo.tools.mimetypes import guess_mimetype

from ..report import weasyprint_renderer

_logger = logging.getLogger(__name__)
SIDE_MARGIN = 12  # millimetres, where a paper format leaves the sides to the template's own padding
STYLESHEET_LINK = "//link[@rel='stylesheet']/@href"


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    @api.model
    def get_wkhtmltopdf_state(self):
        """PDFs come from WeasyPrint, which is a Python package: they can always be made."""
        return "ok"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        """Render each record by itself: its pages are its own, and one that fails is known by name."""
        if not res_ids or len(res_ids) < 2 or len(res_ids) != len(set(res_ids)):
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids=res_ids)
        streams = {}
        for res_id in res_ids:
            streams |= super()._render_qweb_pdf_prepare_streams(report_ref, dict(data or {}), res_ids=[res_id])
        return streams

    @api.model
    def _run_wkhtmltopdf(
        self,
        bodies,
        report_ref=False,
        header=None,
        footer=None,
        landscape=False,
        specific_paperformat_args=None,
        set_viewport_size=False,
    ):
        report = self._get_report(report_ref) if report_ref else self
        paper_format = report.get_paperformat()
        landscape = landscape or (specific_paperformat_args or {}).get("data-report-landscape")
        bodies = [str(body).strip() or "<html><body/></html>" for body in bodies]
        first = lxml.html.document_fromstring(bodies[0])
        return weasyprint_renderer.render(
            bodies,
            _running_parts(header, "header"),
            _running_parts(footer, "footer"),
            geometry=_geometry(paper_format, landscape, specific_paperformat_args or {}),
            read_local=self._b2b_read_local,
            stylesheet_urls=[urlsplit(href).path for href in first.xpath(STYLESHEET_LINK)],
            pdf_variant="pdf/a-3b" if report.model == "account.move" and report.is_invoice_report else None,
        )

    def _b2b_read_local(self, address):
        """What a document may show: assets, static files, barcodes, and images that the user may read.

        :param str address: path and query of a local address
        :returns: (bytes, mimetype), or None when there is no such thing
        """
        parts = urlsplit(address)
        path = unquote(parts.path)
        try:
            if path.startswith("/web/assets/"):
                return self._b2b_read_bundle(path), "text/css"
            if path.startswith("/report/barcode/"):
                kind, value = path.removeprefix("/report/barcode/").split("/", 1)
                options = {name: values[0] for name, values in parse_qs(parts.query).items()}
                return self.barcode(kind, value, **options), "image/png"
            if path.startswith("/web/image/"):
                return self._b2b_read_image(path.removeprefix("/web/image/").split("/"))
            if "/static/" in path:
                with file_open(path.lstrip("/"), "rb") as file:
                    content = file.read()
                return content, "text/css" if path.endswith(".css") else guess_mimetype(content)
        except (AccessError, MissingError, FileNotFoundError, ValueError) as error:
            _logger.info("Left out of a document: %s (%s)", address, error)
        return None

    def _b2b_read_bundle(self, path):
        """The stylesheet of an asset bundle, made on demand as the web controller does."""
        found = self.env["ir.attachment"].sudo().search([("url", "=", path), ("public", "=", True)], limit=1)
        if not found:
            name, rtl, _kind, autoprefix = self.env["ir.asset"]._parse_bundle_name(path.rpartition("/")[2], False)
            found = (
                self.env["ir.qweb"]._get_asset_bundle(name, css=True, js=False, rtl=rtl, autoprefix=autoprefix).css()
            )
        return found.sudo().raw

    def _b2b_read_image(self, words):
        """An image of a record by `model/id/field…` or of an attachment by `id…`, as far as the user may read it."""
        binary = self.env["ir.binary"]
        number = words[1].partition("-")[0] if len(words) >= 3 else words[0].partition("-")[0]
        if not number.isdigit():
            return None
        if len(words) >= 3:
            record, field = binary._find_record(res_model=words[0], res_id=int(number), field=words[2]), words[2]
        else:
            record, field = binary._find_record(res_id=int(number)), "raw"
        stream = binary._get_image_stream_from(record, field)
        content = stream.read()
        return content, stream.mimetype or guess_mimetype(content)


def _running_parts(html, name):
    """The inner HTML of each running header or footer in the frame that core puts around them."""
    if not html:
        return []
    nodes = lxml.html.document_fromstring(str(html)).xpath(f"//div[@id='minimal_layout_report_{name}s']/*")
    return [lxml.html.tostring(node, encoding="unicode") for node in nodes]


def _geometry(paper_format, landscape, overrides):
    """A paper format as CSS of ``@page``."""
    if paper_format.format == "custom" and paper_format.page_width and paper_format.page_height:
        size = f"{paper_format.page_width}mm {paper_format.page_height}mm"
    else:
        size = paper_format.format or "A4"
    if landscape or paper_format.orientation == "Landscape":
        size += " landscape"
    top = float(overrides.get("data-report-margin-top") or paper_format.margin_top)
    return (
        f"size: {size}; margin: {top}mm {paper_format.margin_right or SIDE_MARGIN}mm "
        f"{paper_format.margin_bottom}mm {paper_format.margin_left or SIDE_MARGIN}mm;"
    )
