"""Images of the shop's products, fetched when a person asks for them and never otherwise.

An image is somebody else's file: it comes through the guarded transport, without credentials, up to a size; what is
no picture by its type is not kept, and Odoo decodes and scales what is.
"""

import base64

from odoo import models
from odoo.exceptions import UserError

from ..magento_wire.errors import ShopError
from ..magento_wire.images import NoImage, image_url, read_image

LARGEST_IMAGE = 10 * 1024 * 1024
FIELDS = {"product.product": "image_variant_1920", "product.template": "image_1920"}


class MagentoBinding(models.Model):
    _inherit = "magento.binding"

    def _fetch_images(self):
        """Fetch the main images of some shop products.

        :returns: (how many were fetched, what went wrong with the others, in words)
        """
        fetched, problems = 0, []
        for backend, links in self.filtered("image_path").grouped("backend_id").items():
            transport = backend._transport()
            transport.max_bytes = LARGEST_IMAGE
            media = backend.store_ids.filtered("media_url")[:1].media_url
            try:
                for link in links:
                    try:
                        link._keep_image(read_image(transport, image_url(media or "", backend.url, link.image_path)))
                        fetched += 1
                    except (ShopError, NoImage, UserError) as problem:
                        problems.append(f"{link.reference or link.external_id}: {problem}")
            finally:
                transport.close()
        return fetched, problems

    def _fetch_images_asked_for(self):
        """Fetch images for a person who pressed a button.

        :returns: action that shows them
        :raises UserError: when there is none, or none can be had
        """
        links = self.filtered("image_path")
        if not links:
            raise UserError(self.env._("The shop has no image of this product."))
        fetched, problems = links._fetch_images()
        if problems and not fetched:
            raise UserError("\n".join(problems[:10]))
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _keep_image(self, content):
        """Give the product its image. A product without variants has it on the product itself."""
        record = self.env[self.model].browse(self.res_id).sudo()
        if record._name == "product.product" and not record.product_template_attribute_value_ids:
            record = record.product_tmpl_id
        with self.env.cr.savepoint():
            record.write({FIELDS[record._name]: base64.b64encode(content)})
            self.env.flush_all()


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def action_magento_fetch_image(self):
        """Fetch the images that the shop shows of these products and their variants."""
        self.check_access("write")
        return self.magento_binding_ids.sudo()._fetch_images_asked_for()


class ProductProduct(models.Model):
    _inherit = "product.product"

    def action_magento_fetch_image(self):
        """Fetch the image that the shop shows of these products."""
        self.check_access("write")
        return self.magento_binding_ids.sudo()._fetch_images_asked_for()
