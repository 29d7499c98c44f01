"""Images of the shop come when a person asks, through the guarded transport, and only pictures are kept."""

import base64
import io

from PIL import Image

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..magento_wire.images import NoImage, image_url
from ..magento_wire.transport import HttpResponse, Transport
from .test_catalog import SIZE, CatalogCase, configurable, product


def picture(kind="PNG"):
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(content, kind)
    return content.getvalue()


class Media(Transport):
    """A shop's media folder: path → (status, content type, content)."""

    def __init__(self, files):
        self.files, self.asked = files, []

    def send(self, request):
        self.asked.append(request)
        status, kind, body = self.files.get(request.url, (404, "text/html", b"gone"))
        return HttpResponse(status, {"content-type": kind}, body)

    def close(self):
        """Nothing to close."""


ROOT = "https://shop.example.com/media/catalog/product"


@tagged("post_install", "-at_install")
class TestImages(CatalogCase):
    def media(self, **files):
        media = Media({f"{ROOT}/{name.replace('_', '.')}": answer for name, answer in files.items()})
        self.patch(type(self.backend), "_transport", lambda backend: media)
        return media

    def test_normal_sync_fetches_no_image_and_the_button_does(self):
        media = self.media(pump_png=(200, "image/png", picture()))
        self.load("products", product(1, "PUMP", image="/pump.png"))
        pump = self.bound("products", 1).product_tmpl_id
        self.assertEqual((media.asked, pump.image_1920), ([], False))
        pump.action_magento_fetch_image()
        self.assertTrue(pump.image_1920)
        (request,) = media.asked
        self.assertNotIn("Authorization", request.headers, "the media folder is open; no credentials go with it")
        self.assertEqual(media.max_bytes, 10 * 1024 * 1024)

    def test_variants_have_their_own(self):
        self.media(s_png=(200, "image/png", picture()), f_png=(200, "image/png", picture()))
        self.load("product_attributes", SIZE)
        self.load(
            "products",
            product(7, "S", hose_size="4", image="/s.png"),
            product(8, "M", hose_size="5"),
            configurable(9, "F", [7, 8], image="/f.png"),
        )
        self.bound("configurables", 9).action_magento_fetch_image()
        self.assertTrue(self.bound("configurables", 9).image_1920)
        self.assertTrue(self.bound("products", 7).image_variant_1920)
        self.assertFalse(self.bound("products", 8).image_variant_1920)

    def test_the_shops_button_takes_what_has_none(self):
        media = self.media(a_png=(200, "image/png", picture()), b_jpg=(200, "image/jpeg", picture("JPEG")))
        self.load(
            "products",
            product(1, "A", image="/a.png"),
            product(2, "B", image="/b.jpg"),
            product(3, "C", image="/c.png"),
        )
        self.bound("products", 1).product_tmpl_id.image_1920 = base64.b64encode(picture())
        answer = self.backend.action_fetch_images()
        self.assertTrue(self.bound("products", 2).image_1920)
        self.assertIn("1 images were fetched, 0 are left", answer["params"]["message"])
        self.assertIn("C: The shop names an image that is not there", answer["params"]["message"])
        self.assertEqual(len(media.asked), 2)

    def test_what_is_no_picture_is_not_kept(self):
        cases = {
            "svg": ("image/svg+xml", b"<svg onload='x()'/>"),
            "page": ("text/html", b"<html>"),
            "liar": ("image/png", b"<html>"),
            "broken": ("image/png", b"\x89PNG\r\n\x1a\nbroken"),
        }
        self.media(**{f"{name}_png": (200, *answer) for name, answer in cases.items()})
        for number, name in enumerate(cases, 1):
            self.load("products", product(number, name, image=f"/{name}.png"))
            with self.subTest(name=name), self.assertRaises(UserError):
                self.bound("products", number).action_magento_fetch_image()
            self.assertFalse(self.bound("products", number).image_1920)

    def test_paths_stay_in_the_folder(self):
        for path in ("/../../env.php", "http://169.254.169.254/x", "//evil.example/x.png", "/a\\b.png", "/a\n.png"):
            with self.subTest(path=path), self.assertRaises(NoImage):
                image_url("https://shop.example.com/media/", "https://shop.example.com", path)
        self.assertEqual(image_url("", "https://shop.example.com/", "/p/u/pump 1.jpg"), f"{ROOT}/p/u/pump%201.jpg")

    def test_only_those_who_may_change_products_fetch(self):
        self.media()
        self.load("products", product(1, "PUMP", image="/pump.png"))
        auditor = new_test_user(self.env, "auditor", groups="b2b_invoice_automation.group_auditor")
        with self.assertRaises(Exception):  # noqa: B017
            self.bound("products", 1).with_user(auditor).action_magento_fetch_image()
