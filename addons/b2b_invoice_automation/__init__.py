from . import controllers, models, report
from . import wizard
