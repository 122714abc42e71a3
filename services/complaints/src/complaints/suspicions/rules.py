"""Marks of grey agents (代理维权、金融黑灰产), which call for checks and never stop the clock or the handling.

House rule: whoever complains is heard. A mark routes attention and adds checks of identity and authority; it is no
state of a case, no command is refused for it, and the legal clock does not know it.
"""

from shared.codes import Code
from shared.errors import Conflict


class Mark(Code):
    """What points to an agent who lives on complaints."""

    SHARE_OF_REFUND = "share_of_refund", "代理人按退款比例收费"
    TEMPLATE_TEXT = "template_text", "投诉材料使用统一模板"
    FORGED_EVIDENCE = "forged_evidence", "疑似伪造证据材料"
    SHARED_CONTACT = "shared_contact", "多名客户使用同一联系方式"
    CONTACT_BLOCKED = "contact_blocked", "代理人阻止与客户直接联系"
    MANY_BODIES = "many_bodies", "向多个部门反复投诉"


class MarkIsLifted(Conflict):
    """It was lifted already."""

    code = "mark_is_lifted"


class MarkStands(Conflict):
    """The case carries this mark already."""

    code = "mark_stands"
