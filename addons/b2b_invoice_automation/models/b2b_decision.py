"""The decision log: what the automation decided, by which rule and version, from which evidence.

Rows are written by the transaction that decides, and sealed a little later into one hash chain per company. Sealing
apart keeps lanes from waiting for each other: a chain written inside the deciding transactions would run them one after
the other. A trigger in the database refuses every other change and every deletion, whoever asks.
"""

import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

SEALED_COLUMNS = (
    "company_id",
    "kind",
    "subject_model",
    "subject_id",
    "subject_name",
    "decision",
    "rule",
    "evidence",
    "amount",
    "currency_id",
    "user_id",
    "decided_at",
)
SEAL_LOCK = 7_319_004


class B2bDecision(models.Model):
    _name = "b2b.decision"
    _description = "Automatic Decision"
    _order = "id desc"
    _rec_name = "decision"

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="restrict")
    kind = fields.Selection(
        [
            ("price", "Price"),
            ("order", "Order"),
            ("billing", "Billing"),
            ("match", "Cash application"),
            ("hold", "Hold"),
            ("delivery", "Delivery"),
            ("contract", "Contract"),
        ],
        required=True,
        index=True,
    )
    subject_model = fields.Char("Document Type", required=True)
    subject_id = fields.Many2oneReference("Document ID", model_field="subject_model", required=True)
    subject_name = fields.Char("Document", help="Its name at the moment of the decision.")
    decision = fields.Char(required=True, help="What was decided, in words.")
    rule = fields.Char("Rule and Version", help="The contract, policy or rule, with its version, that decided.")
    evidence = fields.Json(help="What the decision was made from.")
    evidence_text = fields.Text("Evidence in Words", compute="_compute_evidence_text")
    amount = fields.Monetary()
    currency_id = fields.Many2one("res.currency", ondelete="restrict")
    user_id = fields.Many2one(
        "res.users",
        "Decided by",
        required=True,
        ondelete="restrict",
        help="The user whose session or scheduled job decided.",
    )
    decided_at = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    chain_position = fields.Integer(
        "Position", readonly=True, help="Place in the company's hash chain; 0 until sealed."
    )
    chain_hash = fields.Char("Hash", readonly=True)

    _subject_index = models.Index("(subject_model, subject_id)")
    _unsealed_index = models.Index("(company_id, id) WHERE chain_hash IS NULL")
    _chain_unique = models.UniqueIndex("(company_id, chain_position) WHERE chain_hash IS NOT NULL")

    @api.depends("evidence")
    def _compute_evidence_text(self):
        for decision in self:
            decision.evidence_text = json.dumps(decision.evidence or {}, indent=2, ensure_ascii=False, sort_keys=True)

    def init(self):
        self.env.cr.execute("""
            CREATE OR REPLACE FUNCTION b2b_decision_append_only() RETURNS trigger AS $$
            BEGIN
                IF TG_OP = 'UPDATE' AND OLD.chain_hash IS NULL
                   AND to_jsonb(NEW) - '{chain_hash,chain_position}'::text[]
                     = to_jsonb(OLD) - '{chain_hash,chain_position}'::text[] THEN
                    RETURN NEW;
                END IF;
                RAISE EXCEPTION 'The decision log is append-only: rows are never changed or deleted.'
                    USING ERRCODE = 'restrict_violation';
            END $$ LANGUAGE plpgsql;
            DROP TRIGGER IF EXISTS b2b_decision_append_only ON b2b_decision;
            CREATE TRIGGER b2b_decision_append_only BEFORE UPDATE OR DELETE ON b2b_decision
                FOR EACH ROW EXECUTE FUNCTION b2b_decision_append_only();
            DROP TRIGGER IF EXISTS b2b_decision_no_truncate ON b2b_decision;
            CREATE TRIGGER b2b_decision_no_truncate BEFORE TRUNCATE ON b2b_decision
                FOR EACH STATEMENT EXECUTE FUNCTION b2b_decision_append_only();
        """)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("The decision log is append-only. Nothing in it can be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The decision log is append-only. Nothing in it can be deleted."))

    @api.model
    def _log(self, entries):
        """Record decisions, all in one insert.

        :param list[dict] entries: each with ``kind``, ``record`` (the document, one record), ``decision`` (words), and
            optionally ``rule``, ``evidence`` (JSON-ready dict), ``amount``, ``currency`` (record), ``company`` (record)
        :returns: the new decisions
        """
        now = fields.Datetime.now()
        return self.sudo().create(
            [
                {
                    "company_id": (entry.get("company") or entry["record"]["company_id"] or self.env.company).id,
                    "kind": entry["kind"],
                    "subject_model": entry["record"]._name,
                    "subject_id": entry["record"].id,
                    "subject_name": entry["record"].display_name,
                    "decision": entry["decision"],
                    "rule": entry.get("rule"),
                    "evidence": entry.get("evidence"),
                    "amount": entry.get("amount", 0.0),
                    "currency_id": entry["currency"].id if entry.get("currency") else False,
                    "user_id": self.env.uid,
                    "decided_at": now,
                }
                for entry in entries
            ]
        )

    @api.model
    def _cron_seal(self, limit=5000):
        """The scheduler's job: seal batch after batch while there is time."""
        while self.env["ir.cron"]._commit_progress(sealed := self._seal(limit)) and sealed == limit:
            pass

    @api.model
    def _seal(self, limit=5000):
        """Chain the rows that committed since the last sealing, in this transaction; returns how many."""
        cr = self.env.cr
        self.flush_model()
        cr.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEAL_LOCK])
        if not cr.fetchone()[0]:
            return 0
        sealed = 0
        heads = self._chain_heads()
        for row in self._rows(SQL("chain_hash IS NULL"), limit):
            position, previous = heads.get(row["company_id"], (0, ""))
            position, digest = position + 1, self._digest(previous, position + 1, row)
            heads[row["company_id"]] = position, digest
            cr.execute(
                "UPDATE b2b_decision SET chain_hash = %s, chain_position = %s WHERE id = %s",
                [digest, position, row["id"]],
            )
            sealed += 1
        self.invalidate_model(["chain_hash", "chain_position"])
        return sealed

    @api.model
    def _verify_chain(self, company):
        """Recompute a company's chain.

        :returns: (number of sealed rows, id of the first row that does not fit or None)
        """
        previous, position = "", 0
        for row in self._rows(SQL("chain_hash IS NOT NULL AND company_id = %s", company.id), None):
            position += 1
            if row["chain_position"] != position or self._digest(previous, position, row) != row["chain_hash"]:
                return position, row["id"]
            previous = row["chain_hash"]
        return position, None

    def action_verify_chain(self):
        """Button of the auditor: say whether the sealed log is whole."""
        self.browse().check_access("read")
        messages = []
        kind = "success"
        for company in self.env.companies:
            count, broken = self._verify_chain(company)
            if broken:
                kind = "danger"
                messages.append(self.env._("%(company)s: broken at entry %(id)s.", company=company.name, id=broken))
            else:
                messages.append(
                    self.env._("%(company)s: %(count)s entries, unbroken.", company=company.name, count=count)
                )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Decision log"),
                "message": " ".join(messages),
                "type": kind,
                "sticky": True,
            },
        }

    def action_open_subject(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.subject_model,
            "res_id": self.subject_id,
            "view_mode": "form",
        }

    @api.model
    def _chain_heads(self):
        self.env.cr.execute("""
            SELECT DISTINCT ON (company_id) company_id, chain_position, chain_hash FROM b2b_decision
             WHERE chain_hash IS NOT NULL ORDER BY company_id, chain_position DESC""")
        return {company: (position, digest) for company, position, digest in self.env.cr.fetchall()}

    @api.model
    def _rows(self, condition, limit):
        columns = SQL(", ").join(
            SQL.identifier(name) for name in ("id", "chain_position", "chain_hash", *SEALED_COLUMNS)
        )
        order = SQL("company_id, chain_position, id") if limit is None else SQL("id")
        self.env.cr.execute(
            SQL("SELECT %s FROM b2b_decision WHERE %s ORDER BY %s LIMIT %s", columns, condition, order, limit)
        )
        return self.env.cr.dictfetchall()

    @staticmethod
    def _digest(previous, position, row):
        content = json.dumps(
            [previous, position, *(row[name] for name in SEALED_COLUMNS)],
            default=str,
            sort_keys=True,
            ensure_ascii=False,
        )
        return hashlib.sha256(content.encode()).hexdigest()
