"""Agreed rights and open methods. Letters: create, read, write, delete. Changed only on purpose; see test_access.py."""

RIGHTS = {
    "b2b.apply.payment": "public:- portal:- employee:- salesman:- clerk:crwd manager:crwd auditor:-",
    "b2b.apply.payment.line": "public:- portal:- employee:- salesman:- clerk:crwd manager:crwd auditor:-",
    "b2b.billing.key": "public:- portal:- employee:- salesman:- clerk:r manager:r auditor:r",
    "b2b.billing.policy": "public:- portal:- employee:- salesman:r clerk:r manager:crwd auditor:r",
    "b2b.billing.run": "public:- portal:- employee:- salesman:r clerk:crwd manager:crwd auditor:r",
    "b2b.billing.run.line": "public:- portal:- employee:- salesman:r clerk:r manager:r auditor:r",
    "b2b.charge.preview": "public:- portal:- employee:- salesman:crwd clerk:crwd manager:crwd auditor:-",
    "b2b.contract": "public:- portal:- employee:- salesman:r clerk:r manager:crwd auditor:r",
    "b2b.contract.charge": "public:- portal:- employee:- salesman:r clerk:r manager:crwd auditor:r",
    "b2b.contract.from.pricelist": "public:- portal:- employee:- salesman:- clerk:- manager:crwd auditor:-",
    "b2b.contract.import": "public:- portal:- employee:- salesman:- clerk:- manager:crwd auditor:-",
    "b2b.contract.import.line": "public:- portal:- employee:- salesman:- clerk:- manager:crwd auditor:-",
    "b2b.contract.new": "public:- portal:- employee:- salesman:- clerk:- manager:crwd auditor:-",
    "b2b.contract.price.rule": "public:- portal:- employee:- salesman:r clerk:r manager:crwd auditor:r",
    "b2b.contract.price.tier": "public:- portal:- employee:- salesman:r clerk:r manager:crwd auditor:r",
    "b2b.contract.rate": "public:- portal:- employee:- salesman:r clerk:r manager:crwd auditor:r",
    "b2b.contract.rebate": "public:- portal:- employee:- salesman:r clerk:r manager:crwd auditor:r",
    "b2b.contract.rebate.tier": "public:- portal:- employee:- salesman:r clerk:r manager:crwd auditor:r",
    "b2b.contract.step": "public:- portal:- employee:- salesman:- clerk:- manager:crwd auditor:-",
    "b2b.contract.what.if": "public:- portal:- employee:- salesman:crwd clerk:crwd manager:crwd auditor:-",
    "b2b.contract.what.if.side": "public:- portal:- employee:- salesman:crwd clerk:crwd manager:crwd auditor:-",
    "b2b.credit.account": "public:- portal:- employee:- salesman:r clerk:r manager:r auditor:r",
    "b2b.credit.step": "public:- portal:- employee:- salesman:- clerk:- manager:- auditor:-",
    "b2b.decision": "public:- portal:- employee:- salesman:- clerk:r manager:r auditor:r",
    "b2b.delivery": "public:- portal:- employee:- salesman:r clerk:r manager:r auditor:r",
    "b2b.delivery.recipient": "public:- portal:- employee:r salesman:r clerk:crwd manager:crwd auditor:r",
    "b2b.discrepancy": "public:- portal:- employee:- salesman:r clerk:crw manager:crwd auditor:r",
    "b2b.discrepancy.deadline": "public:- portal:- employee:- salesman:- clerk:r manager:crwd auditor:r",
    "b2b.dunning.letter": "public:- portal:- employee:- salesman:- clerk:r manager:r auditor:r",
    "b2b.dunning.letter.line": "public:- portal:- employee:- salesman:- clerk:r manager:r auditor:r",
    "b2b.dunning.level": "public:- portal:- employee:- salesman:- clerk:r manager:crwd auditor:r",
    "b2b.holiday": "public:- portal:- employee:- salesman:- clerk:r manager:crwd auditor:r",
    "b2b.mail.claim": "public:- portal:- employee:- salesman:- clerk:- manager:- auditor:-",
    "b2b.match.proposal": "public:- portal:- employee:- salesman:- clerk:r manager:r auditor:r",
    "b2b.meter": "public:- portal:- employee:- salesman:r clerk:crw manager:crwd auditor:r",
    "b2b.meter.paste": "public:- portal:- employee:- salesman:- clerk:crwd manager:crwd auditor:-",
    "b2b.meter.reading": "public:- portal:- employee:- salesman:r clerk:crwd manager:crwd auditor:r",
    "b2b.payer.alias": "public:- portal:- employee:- salesman:- clerk:crwd manager:crwd auditor:r",
    "b2b.price.change": "public:- portal:- employee:- salesman:crwd clerk:crwd manager:crwd auditor:-",
    "b2b.price.index": "public:- portal:- employee:- salesman:r clerk:r manager:crwd auditor:r",
    "b2b.price.index.value": "public:- portal:- employee:- salesman:r clerk:crw manager:crwd auditor:r",
    "b2b.price.lookup": "public:- portal:- employee:- salesman:crwd clerk:crwd manager:crwd auditor:-",
    "b2b.print.batch": "public:- portal:- employee:- salesman:- clerk:rw manager:rw auditor:r",
    "b2b.rebate": "public:- portal:- employee:- salesman:r clerk:r manager:r auditor:r",
    "b2b.remittance": "public:- portal:- employee:- salesman:- clerk:crw manager:crwd auditor:r",
    "b2b.remittance.line": "public:- portal:- employee:- salesman:- clerk:crwd manager:crwd auditor:r",
    "b2b.rule.trial": "public:- portal:- employee:- salesman:- clerk:crwd manager:crwd auditor:-",
    "b2b.rule.trial.line": "public:- portal:- employee:- salesman:- clerk:crwd manager:crwd auditor:-",
    "b2b.statement.import": "public:- portal:- employee:- salesman:- clerk:r manager:r auditor:r",
    "b2b.statement.import.step": "public:- portal:- employee:- salesman:- clerk:crwd manager:crwd auditor:-",
    "b2b.statement.profile": "public:- portal:- employee:- salesman:- clerk:crw manager:crwd auditor:r",
    "b2b.statement.profile.column": "public:- portal:- employee:- salesman:- clerk:crwd manager:crwd auditor:r",
    "magento.attribute": "public:- portal:- employee:- salesman:- clerk:r manager:r auditor:r",
    "magento.backend": "public:- portal:- employee:- salesman:- clerk:r manager:crwd auditor:r",
    "magento.binding": "public:- portal:- employee:- salesman:- clerk:r manager:r auditor:r",
    "magento.customer.group": "public:- portal:- employee:- salesman:r clerk:r manager:crwd auditor:r",
    "magento.document": "public:- portal:- employee:- salesman:r clerk:r manager:r auditor:r",
    "magento.drift": "public:- portal:- employee:- salesman:- clerk:r manager:r auditor:r",
    "magento.dry.run": "public:- portal:- employee:- salesman:- clerk:- manager:crwd auditor:-",
    "magento.dry.run.line": "public:- portal:- employee:- salesman:- clerk:- manager:crwd auditor:-",
    "magento.outbox": "public:- portal:- employee:- salesman:- clerk:r manager:rw auditor:r",
    "magento.pace": "public:- portal:- employee:- salesman:- clerk:- manager:- auditor:-",
    "magento.payment.method": "public:- portal:- employee:- salesman:- clerk:r manager:crwd auditor:r",
    "magento.price": "public:- portal:- employee:- salesman:- clerk:r manager:r auditor:r",
    "magento.read.again": "public:- portal:- employee:- salesman:- clerk:- manager:crwd auditor:-",
    "magento.record": "public:- portal:- employee:- salesman:- clerk:r manager:r auditor:r",
    "magento.record.ignore": "public:- portal:- employee:- salesman:- clerk:crwd manager:crwd auditor:-",
    "magento.shipping.method": "public:- portal:- employee:- salesman:- clerk:r manager:crwd auditor:r",
    "magento.source": "public:- portal:- employee:- salesman:- clerk:r manager:crwd auditor:r",
    "magento.store": "public:- portal:- employee:- salesman:r clerk:r manager:crwd auditor:r",
    "magento.stream": "public:- portal:- employee:- salesman:- clerk:r manager:crwd auditor:r",
    "magento.tax": "public:- portal:- employee:- salesman:- clerk:r manager:crwd auditor:r",
    "magento.tax.class": "public:- portal:- employee:- salesman:- clerk:r manager:rw auditor:r",
    "magento.tax.rule": "public:- portal:- employee:- salesman:- clerk:r manager:r auditor:r",
    "magento.tell.before": "public:- portal:- employee:- salesman:- clerk:- manager:crwd auditor:-",
    "magento.tell.shop": "public:- portal:- employee:- salesman:crwd clerk:crwd manager:crwd auditor:-",
    "magento.webhook.call": "public:- portal:- employee:- salesman:- clerk:- manager:- auditor:-",
    "magento.window": "public:- portal:- employee:- salesman:- clerk:r manager:crw auditor:r",
}

# Methods that our addons define and RPC can call; each checks the rights of its caller.
METHODS = {
    "account.bank.statement.line": (
        "action_b2b_accept action_b2b_apply action_b2b_flag action_b2b_match_again action_b2b_on_account "
        "action_b2b_undo action_b2b_view_cases action_b2b_view_entry action_undo_reconciliation "
        "action_workbench_apply action_workbench_ask action_workbench_ask_manager action_workbench_open "
        "action_workbench_payer action_workbench_undo unlink"
    ),
    "account.journal": "action_b2b_bank_files create create_document_from_attachment unlink write",
    "account.move": (
        "action_b2b_deliver action_b2b_delivery_arrived action_view_b2b_billing_run "
        "action_view_magento_messages button_cancel button_draft unlink write"
    ),
    "account.move.line": "create write",
    "account.partial.reconcile": "create unlink",
    "account.payment": "action_post",
    "account.reconcile.model": "action_b2b_try action_b2b_view_corrected action_b2b_view_lines create write",
    "b2b.apply.payment": "action_apply",
    "b2b.apply.payment.line": "action_fill",
    "b2b.billing.policy": "action_view_contracts action_view_orders action_view_other_orders create write",
    "b2b.billing.run": (
        "action_cancel action_preview action_retry_aside action_run action_view_deliveries "
        "action_view_invoices action_view_lines create get_summary write"
    ),
    "b2b.billing.run.line": "action_open_invoice action_open_order action_retry",
    "b2b.contract": (
        "action_amend action_approve action_charge_preview action_copy_pricelist action_export_prices "
        "action_import_prices action_new_from_template action_reset_to_draft action_resume "
        "action_save_as_template action_send action_step action_submit action_view_charge_invoices "
        "action_view_deliveries action_view_orders action_view_rebates action_view_versions action_what_if "
        "action_withdraw_notice copy_data create write"
    ),
    "b2b.contract.charge": (
        "action_b2b_preview_billing action_charge_preview action_view_contract action_view_invoices create write"
    ),
    "b2b.contract.from.pricelist": "action_copy",
    "b2b.contract.import": "action_back action_import action_import_good action_preview action_view_contracts",
    "b2b.contract.new": "action_begin",
    "b2b.contract.price.rule": "create write",
    "b2b.contract.price.tier": "create write",
    "b2b.contract.rate": "create write",
    "b2b.contract.rebate": "create write",
    "b2b.contract.rebate.tier": "create write",
    "b2b.contract.step": "action_confirm",
    "b2b.contract.tier": "create write",
    "b2b.contract.what.if": "action_chart",
    "b2b.credit.account": "action_view_holds action_view_part",
    "b2b.credit.step": "action_confirm",
    "b2b.decision": "action_open_subject action_verify_chain write",
    "b2b.delivery": "action_arrived action_open_document action_print action_send_again",
    "b2b.delivery.recipient": "create write",
    "b2b.discrepancy": (
        "action_accept action_assign_to_me action_credit_ask action_credit_reject action_credit_release "
        "action_open_document action_open_workbench action_outcome_account action_outcome_chase "
        "action_outcome_credit action_outcome_fee action_outcome_reallocate action_outcome_refund "
        "action_outcome_undo action_outcome_write_off action_reopen action_solve create write"
    ),
    "b2b.dunning.letter": "action_discard action_print action_send action_view_deliveries write",
    "b2b.match.proposal": "action_accept",
    "b2b.meter": "action_paste_readings create write",
    "b2b.meter.paste": "action_take",
    "b2b.meter.reading": "create write",
    "b2b.overview": "get_figures",
    "b2b.payer.alias": "action_forget",
    "b2b.price.change": "action_show",
    "b2b.price.index": "action_view_charges",
    "b2b.price.index.value": "create write",
    "b2b.print.batch": "action_download action_posted",
    "b2b.rebate": "action_refresh action_settle action_view_counted action_view_credit_notes action_view_entries",
    "b2b.remittance": (
        "action_cancel action_expect action_read_again action_separate action_view_line create "
        "create_document_from_attachment write"
    ),
    "b2b.rule.trial": "action_switch_on action_try action_view_lines",
    "b2b.rule.trial.line": "action_open_documents action_open_line",
    "b2b.statement.import": (
        "action_assist action_new_journal action_reopen action_retry action_step action_view_lines "
        "create_document_from_attachment message_new"
    ),
    "b2b.statement.import.step": "action_confirm",
    "b2b.statement.profile": "action_change action_propose action_use action_view_imports",
    "b2b.workbench": "get_items get_line get_list get_people",
    "ir.actions.report": "get_wkhtmltopdf_state",
    "ir.mail_server": "send_email",
    "magento.backend": (
        "action_accept_proposals action_check action_compare action_compare_stock action_dry_run "
        "action_fetch_images action_forget_credentials action_new_webhook_secret action_next_step "
        "action_open_accuracy action_pause action_previous_step action_push_pause action_push_prices "
        "action_push_resume action_read_again action_reset_breaker action_resume action_set_up "
        "action_set_up_done action_start action_sync action_tell_before action_view_customers "
        "action_view_discrepancies action_view_documents action_view_drift action_view_failed_messages "
        "action_view_history action_view_messages action_view_orders action_view_products action_view_records "
        "action_view_set_aside action_view_taxes create write"
    ),
    "magento.backend.catalog": "action_fetch_images",
    "magento.backend.compare": "action_compare action_view_drift",
    "magento.backend.connection": "action_check action_dry_run action_sync",
    "magento.backend.documents": "action_view_documents",
    "magento.backend.setup": (
        "action_accept_proposals action_next_step action_open_accuracy action_previous_step action_set_up "
        "action_set_up_done"
    ),
    "magento.backend.start": (
        "action_pause action_read_again action_reset_breaker action_resume action_start action_view_history"
    ),
    "magento.binding": "action_open create",
    "magento.document": "action_open_document",
    "magento.drift": "action_open_records",
    "magento.outbox": "action_cancel action_open_document action_retry",
    "magento.payment.method": "action_accept write",
    "magento.read.again": "action_read",
    "magento.record": "action_ignore action_open_document action_retry",
    "magento.record.ignore": "action_ignore",
    "magento.shipping.method": "action_accept write",
    "magento.source": "create write",
    "magento.store": "write",
    "magento.stream": "action_fetch action_pause action_read_again action_restart action_resume action_view_records",
    "magento.tax": "action_accept action_propose write",
    "magento.tax.class": "action_accept write",
    "magento.tell.before": "action_tell",
    "magento.tell.shop": "action_tell",
    "magento.window": "action_cancel action_retry",
    "product.pricelist.item": "create unlink write",
    "product.product": "action_magento_fetch_image",
    "product.template": "action_magento_fetch_image write",
    "res.company": "create write",
    "res.partner": (
        "action_b2b_dunning action_b2b_send_statement action_view_b2b_contracts action_view_b2b_credit "
        "action_view_b2b_deliveries action_view_b2b_dunning_letters action_view_b2b_rebates create write"
    ),
    "sale.order": (
        "action_b2b_credit_release action_b2b_preview_billing action_b2b_take_policy action_confirm action_draft "
        "action_view_b2b_billing_runs "
        "action_view_b2b_discrepancies action_view_magento_documents action_view_magento_messages "
        "action_view_magento_payments action_write_to_shop create message_post write"
    ),
    "sale.order.line": "create unlink write",
    "stock.picking": "action_confirm action_view_magento_messages button_validate write",
    "stock.quant": "create try_lock_for_update unlink",
}
