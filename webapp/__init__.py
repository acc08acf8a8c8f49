"""CalloutPay: from PagerDuty to payroll, provably right.

`webapp.factory.create_app(settings)` makes the web application. This file imports nothing of it, so that pricing can be
used with the standard library alone; it only sees to it that time zones come from the pinned tzdata package and not
from whatever the machine has.
"""

import zoneinfo

zoneinfo.reset_tzpath(to=())
