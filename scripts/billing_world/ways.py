"""Ways of billing: each takes quotations to posted invoices, batch by batch with a commit each."""

from . import contracts

BATCH = 100
POLICY = {"name": "Benchmark", "trigger": "ordered", "auto_post": True, "auto_send": False, "grouping": "order"}


def prepare_ours(env):
    """Have a policy that bills each order by itself when it is confirmed."""
    policy = env["b2b.billing.policy"].create({**POLICY, "company_id": env.company.id})
    env.company.b2b_billing_policy_id = policy
    env["sale.order"].search([]).b2b_billing_policy_id = policy


def ours(env):
    """This project: orders confirmed in batches, then a billing run by the scheduler's own lane."""
    confirm(env)
    plan(env)
    lane(env)


def payload(env):
    """This project: staged orders of a shop taken over and confirmed by the connector's lane, then billed."""
    env["magento.record"]._cron_process()
    plan(env)
    lane(env)


def confirm(env):
    """Confirm the quotations, as a connector does."""
    _in_batches(env, lambda orders: orders.action_confirm())


def plan(env):
    """Start a billing run over all that is due, as the scheduler does."""
    env["b2b.billing.run"]._cron_plan()
    env.cr.commit()


def lane(env):
    """Work off what the billing runs hold, as one lane of the scheduler does."""
    env["b2b.billing.run"]._cron_lane()
    env.cr.commit()


def warm_lane(env):
    """Bill one order and take it back, as a scheduler that has run for a while finds its caches filled."""
    env["b2b.billing.run"].process_batch(1)
    env.cr.rollback()
    env.invalidate_all()


def prepare_workflow(env):
    """Give each order OCA's automatic workflow: confirm, invoice, post."""
    process = env["sale.workflow.process"].search([], limit=1)
    process.write(
        {
            "validate_order": True,
            "send_order_confirmation_mail": False,
            "create_invoice": True,
            "validate_invoice": True,
            "register_payment": False,
            "sale_done": False,
        }
    )
    env["sale.order"].search([]).workflow_process_id = process


def workflow(env):
    """OCA's `sale_automatic_workflow`, by its scheduled job."""
    env["automatic.workflow.job"].run()
    env.cr.commit()


def core_batch(env):
    """Odoo alone, as a careful programmer would call it: in batches, with tracking off."""

    def bill(orders):
        orders.action_confirm()
        orders._create_invoices(grouped=True).action_post()

    _in_batches(env, bill)


def _in_batches(env, work):
    orders = env["sale.order"].search([("state", "=", "draft")], order="id")
    for start in range(0, len(orders), BATCH):
        work(orders[start : start + BATCH].with_context(tracking_disable=True))
        env.cr.commit()
        env.invalidate_all()


PREPARE = {
    "ours": prepare_ours,
    "workflow": prepare_workflow,
    "charges": prepare_ours,
    "payload": prepare_ours,
    "equal": prepare_ours,
}
WAYS = {
    "ours": ours,
    "workflow": workflow,
    "core_batch": core_batch,
    "lane": lane,
    "payload": payload,
    "equal": ours,
    "charges": contracts.charges,
    "contract": contracts.contract,
}
WARM = {"lane": warm_lane}
