import { FileUploadListRenderer } from "@account/views/file_upload_list/file_upload_list_renderer";
import { fileUploadListView } from "@account/views/file_upload_list/file_upload_list_view";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

export class BankFileUploadListRenderer extends FileUploadListRenderer {
    setup() {
        super.setup();
        this.dropZoneTitle = _t("Drop bank files here");
        this.dropZoneDescription = _t("CAMT, MT940, OFX, BAI2, CSV or a zip of several");
    }
}

registry.category("views").add("b2b_statement_upload_list", {
    ...fileUploadListView,
    Renderer: BankFileUploadListRenderer,
});

export class RemittanceUploadListRenderer extends FileUploadListRenderer {
    setup() {
        super.setup();
        this.dropZoneTitle = _t("Drop remittance advices here");
        this.dropZoneDescription = _t("CSV or XLSX with the headings Invoice and Amount, or any file to keep");
    }
}

registry.category("views").add("b2b_remittance_upload_list", {
    ...fileUploadListView,
    Renderer: RemittanceUploadListRenderer,
});
