"""The second billing lane takes whole batches like the first; a scheduled action, once made, is not updated else."""


def migrate(cr, version):
    cr.execute("UPDATE ir_act_server SET code = 'model._cron_lane()' WHERE code = 'model._cron_lane(first=25)'")
