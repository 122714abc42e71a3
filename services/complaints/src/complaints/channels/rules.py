"""What a case about a channel's sale came to (合作渠道投诉处理结果), for the channel's evaluation.

Source: 银行业保险业消费投诉处理管理办法 (CBIRC order 2020 no. 3) art. 10: where a partner sold the product,
its cooperation in the handling counts when it is admitted, kept or left.
"""

from shared.codes import Code


class Outcome(Code):
    """What a case came to, as its channel's evaluation counts it."""

    UPHELD = "upheld", "有责"
    NOT_UPHELD = "not_upheld", "无责"
    UNSTATED = "unstated", "未记载责任认定"
    WITHDRAWN = "withdrawn", "已撤回"


def outcome_of(*, is_withdrawn: bool, is_upheld: bool | None) -> Outcome:
    """Return what an ended case came to.

    Args:
        is_withdrawn: Whether the complainant withdrew it.
        is_upheld: What was decided; None where a case of the past does not say.
    """
    if is_withdrawn:
        return Outcome.WITHDRAWN
    if is_upheld is None:
        return Outcome.UNSTATED
    return Outcome.UPHELD if is_upheld else Outcome.NOT_UPHELD
