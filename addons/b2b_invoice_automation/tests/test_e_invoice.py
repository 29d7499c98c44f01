"""Factur-X and UBL as the rules want them: XML schema and schematron of EN 16931, and the PDF/A-3 around the XML.

`e_invoice_rules` says where the rules come from; nothing is fetched from the network.
"""

import io

from lxml import etree
from pypdf import PdfReader

from odoo import Command, tools
from odoo.tests import tagged

from ..report import factur_x
from .company_common import CompanyCommon
from .e_invoice_rules import broken_rules

MODELS = {"cii": "account.edi.xml.cii", "ubl": "account.edi.xml.ubl_bis3"}


@tagged("post_install", "-at_install")
class TestEInvoice(CompanyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("sales_team.group_sale_salesman_all_leads")
        cls.env.user.group_ids += cls.env.ref("b2b_invoice_automation.group_billing_manager")
        cls.euro, cls.germany = cls.env.ref("base.EUR"), cls.env.ref("base.de")
        cls.euro.active = True
        company = cls.company = cls.company_data["company"]
        company.partner_id.write(
            {"country_id": cls.germany.id, "street": "Werft 1", "zip": "20457", "city": "Hamburg", "phone": "+49 40 1",
             "email": "billing@nordwind.example", "vat": "DE123456788", "peppol_eas": "9930",
             "peppol_endpoint": "DE123456788"}
        )  # fmt: skip
        cls.bank = cls.env["res.partner.bank"].create(
            {"acc_number": "DE89370400440532013000", "partner_id": company.partner_id.id, "allow_out_payment": True}
        )
        cls.partner_a.write(
            {"street": "Hauptstr. 1", "city": "Berlin", "zip": "10115", "country_id": cls.germany.id, "lang": "en_US",
             "vat": "DE811128135", "peppol_eas": "9930", "peppol_endpoint": "DE811128135", "is_company": True,
             "ref": "C-1002", "invoice_edi_format": "facturx"}
        )  # fmt: skip
        cls.high, cls.low = cls.tax(19), cls.tax(7)
        cls.reverse = cls.tax(0, ubl_cii_tax_category_code="AE", ubl_cii_tax_exemption_reason_code="VATEX-EU-AE")

    @classmethod
    def tax(cls, percent, **values):
        return cls.env["account.tax"].create(
            {"name": f"{percent} %", "amount": percent, "type_tax_use": "sale", "company_id": cls.company.id, **values}
        )

    def invoice(self, lines, **values):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner_a.id,
                "currency_id": self.euro.id,
                "invoice_date": "2026-11-20",
                "partner_bank_id": self.bank.id,
                "invoice_line_ids": [
                    Command.create(
                        {"name": name, "quantity": quantity, "price_unit": price, "tax_ids": [Command.set(tax.ids)],
                         **more}
                    )
                    for name, quantity, price, tax, more in lines
                ],
                **values,
            }
        )  # fmt: skip
        move.action_post()
        return move

    def billed(self, purchase_orders):
        """The invoice of one order for each of the buyer's numbers."""
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": self.partner_a.id,
                    "client_order_ref": number,
                    "currency_id": self.euro.id,
                    "order_line": [
                        Command.create(
                            {"product_id": self.product_a.id, "product_uom_qty": 3, "price_unit": 9.99,
                             "tax_ids": [Command.set(self.high.ids)]}
                        )
                    ],
                }
                for number in purchase_orders
            ]
        )  # fmt: skip
        orders.action_confirm()
        for line in orders.order_line:
            line.qty_delivered = 3
        move = orders._create_invoices()
        move.write({"partner_bank_id": self.bank.id, "invoice_date": "2026-11-20"})
        move.action_post()
        return move

    def credited_twice(self):
        """The credit note of a return that two invoices billed."""
        line = {"product_id": self.product_a.id, "product_uom_qty": 8, "price_unit": 9.99, "tax_ids": self.high.ids}
        order = self.env["sale.order"].create(
            {"partner_id": self.partner_a.id, "client_order_ref": "PO-7", "currency_id": self.euro.id,
             "order_line": [Command.create(line)]}
        )  # fmt: skip
        order.action_confirm()
        order.b2b_billing_policy_id.trigger = "shipped"
        for delivered in (3, 8, 4):
            order.order_line.qty_delivered = delivered
            run = self.env["b2b.billing.run"]._bill(order)
            self.assertEqual(run.line_ids.mapped("state"), ["billed"], run.line_ids.mapped("reason"))
        return order.invoice_ids.filtered(lambda move: move.move_type == "out_refund")

    def abroad(self):
        """Values of an invoice that the company makes under a tax number of another country."""
        position = self.env["account.fiscal.position"].create(
            {"name": "Austria", "company_id": self.company.id, "country_id": self.env.ref("base.at").id,
             "foreign_vat": "ATU12345675"}
        )  # fmt: skip
        group = self.env["account.tax.group"].create({"name": "VAT", "country_id": position.country_id.id})
        tax = self.tax(20, country_id=position.country_id.id, tax_group_id=group.id)
        line = {"name": "Pump", "price_unit": 5.0, "tax_ids": [Command.set(tax.ids)]}
        return {"fiscal_position_id": position.id, "invoice_line_ids": [Command.create(line)]}

    def xml(self, move, kind):
        content, errors = self.env[MODELS[kind]]._export_invoice(move)
        self.assertFalse(errors)
        return content

    def texts(self, move, kind, path):
        """The texts at a path of element names, whatever their namespaces."""
        steps = "".join(f"//*[local-name()='{step}']" for step in path.split("/"))
        return [node.text for node in etree.fromstring(self.xml(move, kind)).xpath(steps)]

    def test_every_kind_of_invoice_keeps_the_rules(self):
        rates = self.invoice(
            [("Pump", 3, 249.95, self.high, {"discount": 7.5}), ("Book", 7, 12.99, self.low, {})],
        )
        paid = self.invoice([("Pump", 1, 100.0, self.high, {})])
        self.env["account.payment.register"].with_context(active_model="account.move", active_ids=paid.ids).create(
            {"amount": 50.0}
        )._create_payments()
        credit = rates._reverse_moves([{"invoice_date": "2026-11-25"}])
        credit.action_post()
        twice = self.credited_twice()
        kinds = {
            "several rates and a discount": rates,
            "charge, allowance and a price below a cent": self.invoice(
                [("Bolt", 1000, 0.0333, self.high, {}), ("Freight", 1, 12.5, self.high, {}),
                 ("Goodwill", 1, -5.0, self.high, {})]
            ),
            "credit note": credit,
            "reverse charge": self.invoice([("Service", 1, 500.0, self.reverse, {})]),
            "foreign currency": self.invoice(
                [("Pump", 2, 1234.56, self.high, {})], currency_id=self.env.ref("base.USD").id
            ),
            "paid in part": paid,
            "one order": self.billed(["PO-1"]),
            "several orders": self.billed(["PO-1", "PO-2", False]),
            "several orders of one number": self.billed(["PO-1", "PO-1"]),
            "an order without a number": self.billed([False]),
            "credit note of two invoices": twice,
            "seller with a foreign number": self.invoice([], **self.abroad()),
        }  # fmt: skip
        cases = [(name, kind, self.xml(move, kind)) for name, move in kinds.items() for kind in MODELS]
        broken = broken_rules([(kind, xml) for _name, kind, xml in cases])
        self.assertEqual(
            {(name, kind): rules for (name, kind, _xml), rules in zip(cases, broken, strict=True) if rules}, {}
        )

    def test_the_rules_find_a_wrong_total(self):
        xml = self.xml(self.invoice([("Pump", 1, 100.0, self.high, {})]), "cii")
        self.assertIn(
            "BR-FXEXT-CO-15", broken_rules([("cii", xml.replace(b">119.00</ram:Grand", b">120.00</ram:Grand"))])[0]
        )

    def test_a_unit_price_below_a_cent_gives_the_line_again(self):
        move = self.invoice([("Bolt", 1000, 0.0333, self.high, {})])
        self.assertEqual(self.texts(move, "cii", "NetPriceProductTradePrice/ChargeAmount"), ["0.0333"])
        self.assertEqual(self.texts(move, "cii", "LineTotalAmount")[0], "33.30")

    def test_one_order_stands_in_the_header(self):
        move = self.billed(["PO-4711"])
        self.assertEqual(self.texts(move, "ubl", "OrderReference/ID"), ["PO-4711"])
        self.assertEqual(self.texts(move, "ubl", "OrderLineReference"), [])
        self.assertEqual(self.texts(move, "ubl", "BuyerReference"), ["C-1002"])
        self.assertEqual(self.texts(move, "cii", "BuyerOrderReferencedDocument/IssuerAssignedID"), ["PO-4711"])

    def test_several_orders_stand_on_their_lines(self):
        move = self.billed(["PO-1", "PO-2"])
        header = etree.fromstring(self.xml(move, "ubl")).xpath("/*/*[local-name()='OrderReference']")
        self.assertEqual(header, [])
        orders = move._b2b_orders().mapped("name")
        self.assertEqual(self.texts(move, "ubl", "OrderLineReference/OrderReference/ID"), ["PO-1", "PO-2"])
        self.assertEqual(self.texts(move, "ubl", "OrderLineReference/OrderReference/SalesOrderID"), orders)
        self.assertEqual(
            self.texts(move, "ubl", "InvoiceLine/Note"),
            [f"Your order PO-{number} · Our order {order}" for number, order in enumerate(orders, 1)],
        )
        for party, numbers in (("Buyer", ["PO-1", "PO-2"]), ("Seller", orders)):
            path = f"SpecifiedLineTradeAgreement/{party}OrderReferencedDocument/IssuerAssignedID"
            self.assertEqual(self.texts(move, "cii", path), numbers)

    def test_several_orders_of_one_number_keep_it_in_the_header(self):
        move = self.billed(["PO-1", "PO-1"])
        self.assertEqual(self.texts(move, "ubl", "OrderReference/ID"), ["PO-1"] * 3)
        orders = move._b2b_orders().mapped("name")
        self.assertEqual(self.texts(move, "ubl", "SalesOrderID"), orders)
        self.assertEqual(self.texts(move, "cii", "BuyerOrderReferencedDocument/IssuerAssignedID"), ["PO-1"])
        self.assertEqual(self.texts(move, "cii", "SellerOrderReferencedDocument/IssuerAssignedID"), orders)

    def test_without_an_order_number_none_is_made_up(self):
        self.partner_a.ref = False
        move = self.billed([False])
        for kind in MODELS:
            self.assertNotIn(f">{move.name}</cbc:ID></cac:OrderReference".encode(), self.xml(move, kind))
        self.assertEqual(self.texts(move, "ubl", "OrderReference/ID"), ["NA"])
        self.assertEqual(self.texts(move, "ubl", "SalesOrderID"), move._b2b_orders().mapped("name"))
        self.assertEqual(self.texts(move, "cii", "BuyerOrderReferencedDocument"), [])
        self.assertEqual(self.texts(move, "ubl", "BuyerReference"), [self.partner_a.name])

    def test_a_credit_note_names_the_invoice_it_corrects(self):
        move = self.billed(["PO-4711"])
        credit = move._reverse_moves([{"invoice_date": "2026-11-25"}])
        credit.action_post()
        self.assertEqual(self.texts(credit, "cii", "InvoiceReferencedDocument/IssuerAssignedID"), [move.name])
        self.assertEqual(self.texts(credit, "ubl", "InvoiceDocumentReference/ID"), [move.name])
        self.assertEqual(self.texts(credit, "ubl", "OrderReference/ID"), ["PO-4711"])

    def test_a_credit_note_names_all_invoices_that_it_corrects(self):
        credit = self.credited_twice()
        names = credit._b2b_corrected().mapped("name")
        self.assertEqual(len(names), 2)
        self.assertEqual(self.texts(credit, "cii", "InvoiceReferencedDocument/IssuerAssignedID"), names)
        self.assertEqual(self.texts(credit, "ubl", "InvoiceDocumentReference/ID"), names)

    def test_the_seller_has_the_tax_number_that_it_sells_under(self):
        move = self.invoice([], **self.abroad())
        self.assertEqual(
            self.texts(move, "ubl", "AccountingSupplierParty/Party/PartyTaxScheme/CompanyID"), ["ATU12345675"]
        )
        self.assertEqual(self.texts(move, "cii", "SellerTradeParty/SpecifiedTaxRegistration/ID"), ["ATU12345675"])

    def test_the_email_carries_the_xml_beside_the_pdf(self):
        self.partner_a.email = "ap@quark.example"
        for form, root in (("facturx", "CrossIndustryInvoice"), ("ubl_bis3", "Invoice")):
            self.partner_a.invoice_edi_format = form
            move = self.billed(["PO-1"])
            self.env["account.move.send"].with_context(force_report_rendering=True)._generate_and_send_invoices(
                move, sending_methods=["email"]
            )
            message = move.message_ids.filtered(lambda message: self.partner_a in message.partner_ids)
            files = {file.mimetype: file for file in message.attachment_ids}
            self.assertEqual(sorted(files), ["application/pdf", "application/xml"])
            self.assertEqual(etree.QName(etree.fromstring(files["application/xml"].raw)).localname, root)
            self.assertIn(move.name, PdfReader(io.BytesIO(files["application/pdf"].raw)).pages[0].extract_text())

    def sent(self, move):
        """The PDF of an invoice as core sends it, with what it embeds."""
        self.addCleanup(tools.config.__setitem__, "test_enable", tools.config["test_enable"])
        tools.config["test_enable"] = False  # core embeds nothing in tests
        self.env["account.move.send"].with_context(force_report_rendering=True)._generate_and_send_invoices(
            move, sending_methods=[]
        )
        return PdfReader(io.BytesIO(move.invoice_pdf_report_id.raw))

    def test_an_xml_that_lacks_something_is_not_called_factur_x(self):
        self.partner_a.invoice_edi_format = False
        self.company.partner_id.phone = False  # only German authorities ask for it
        whole = self.sent(self.billed(["PO-1"]))
        self.assertIn(b"EXTENDED", whole.trailer["/Root"]["/Metadata"].get_data())
        self.company.partner_id.vat = False
        lacking = self.sent(self.billed(["PO-1"]))
        self.assertNotIn(b"EXTENDED", lacking.trailer["/Root"]["/Metadata"].get_data())
        self.assertNotIn("/AF", lacking.trailer["/Root"])
        self.assertIn("Invoice", lacking.pages[0].extract_text())

    def test_the_sent_pdf_is_pdf_a_3_and_says_that_it_is_factur_x(self):
        root = self.sent(self.billed(["PO-4711"]))
        self.assertTrue(root.trailer["/ID"])
        catalog = root.trailer["/Root"]
        self.assertEqual(catalog["/OutputIntents"][0]["/S"], "/GTS_PDFA1")
        (file,) = [entry.get_object() for entry in catalog["/AF"]]
        self.assertEqual((file["/UF"], file["/AFRelationship"]), ("factur-x.xml", "/Alternative"))
        embedded = file["/EF"]["/F"].get_object()
        self.assertEqual(embedded["/Subtype"], "/text/xml")
        self.assertEqual(embedded["/Params"]["/Size"], len(embedded.get_data()))
        self.assertEqual(broken_rules([("cii", embedded.get_data())]), [[]])
        xmp = catalog["/Metadata"].get_data()
        metadata = etree.fromstring(xmp[xmp.index(b"<x:xmpmeta") : xmp.rindex(b"<?xpacket")])
        facts = {etree.QName(node).localname: node.text for node in metadata.iter(f"{{{factur_x.NAMESPACE}}}*")}
        self.assertEqual(
            facts,
            {"DocumentType": "INVOICE", "DocumentFileName": "factur-x.xml", "Version": "1.0",
             "ConformanceLevel": "EXTENDED"},
        )  # fmt: skip
        part = metadata.xpath("//@*[local-name()='part' or local-name()='conformance']")
        self.assertEqual(sorted(part), ["3", "B"])
        fonts = [
            font.get_object().get("/DescendantFonts", [font.get_object()])[0].get_object()["/FontDescriptor"]
            for page in root.pages
            for font in page["/Resources"]["/Font"].values()
        ]
        self.assertTrue(all({"/FontFile2", "/FontFile3"} & set(font.get_object()) for font in fonts))
