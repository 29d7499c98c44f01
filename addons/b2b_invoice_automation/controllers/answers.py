"""Answers that several pages of the portal give."""

from odoo.http import content_disposition, request


def file_answer(content, filename, mimetype, download=True):
    """A file as the answer to a request.

    :param bytes content: of the file
    :param bool download: to be saved; otherwise to be shown in the browser
    """
    return request.make_response(
        content,
        headers=[
            ("Content-Type", mimetype),
            ("Content-Length", len(content)),
            ("Content-Disposition", content_disposition(filename, "attachment" if download else "inline")),
            ("X-Content-Type-Options", "nosniff"),
        ],
    )
