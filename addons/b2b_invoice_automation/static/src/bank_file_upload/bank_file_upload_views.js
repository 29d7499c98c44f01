// Uploading bank files and remittance advices in their lists and, on a phone, above their cards.

import { FileUploadKanbanRenderer } from "@account/views/file_upload_kanban/file_upload_kanban_renderer";
import { fileUploadKanbanView } from "@account/views/file_upload_kanban/file_upload_kanban_view";
import { FileUploadListRenderer } from "@account/views/file_upload_list/file_upload_list_renderer";
import { fileUploadListView } from "@account/views/file_upload_list/file_upload_list_view";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** A renderer whose drop zone says what may be dropped. */
function withDropZone(Renderer, title, description) {
    return class extends Renderer {
        setup() {
            super.setup();
            this.dropZoneTitle = title;
            this.dropZoneDescription = description;
        }
    };
}

function addUploadViews(name, title, description) {
    registry.category("views").add(`${name}_list`, {
        ...fileUploadListView,
        Renderer: withDropZone(FileUploadListRenderer, title, description),
    });
    registry.category("views").add(`${name}_kanban`, {
        ...fileUploadKanbanView,
        Renderer: withDropZone(FileUploadKanbanRenderer, title, description),
    });
}

addUploadViews(
    "b2b_statement_upload",
    _t("Drop bank files here"),
    _t("CAMT, MT940, OFX, BAI2, CSV, XLSX or a zip of several")
);
addUploadViews(
    "b2b_remittance_upload",
    _t("Drop remittance advices here"),
    _t("CSV or XLSX with the headings Invoice and Amount, or any file to keep")
);
