"""Many complaints over one product or one channel in a short time (群体性投诉预警). House rule; numbers are policy."""

from shared.codes import Code
from shared.errors import Conflict

#: Policy row: `days` of the window, and `complaints` in it from which on somebody is to look.
POLICY = "complaint.mass_watch"


class Subject(Code):
    """What many complain about."""

    PRODUCT = "product", "产品"
    CHANNEL = "channel", "合作渠道"


class AlertIsClosed(Conflict):
    """Somebody closed it already."""

    code = "alert_is_closed"
