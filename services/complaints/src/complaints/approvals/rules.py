"""Whose word a decision or a compensation needs (审批权限): by the money that is paid and by how grave the case is.

A house rule: the limits stand in a dated policy row. Whatever lies above them, or is of a level that they do not name,
is for a senior executive.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.codes import Code
from shared.errors import Forbidden
from shared.money import FEN_PER_YUAN

POLICY = "complaint.approval_limits"
#: The office of those whose word has no limit.
SENIOR_OFFICE = "executive"


class Authority(Code):
    """Whose word is needed; each stands for those before it too."""

    HANDLER = "handler", "处理人"
    SECOND_PERSON = "second_person", "处理人以外的审批人"
    SENIOR = "senior", "高级管理人员"


class ApprovalAboveLimit(Forbidden):
    """The amount or the level of the case needs the word of a senior executive."""

    code = "approval_above_limit"


@dataclass(frozen=True, slots=True)
class Limits:
    """Up to which amount each authority suffices.

    Attributes:
        version: Version of the policy row.
        fen: Level of the case → authority → largest amount in fen; a missing one does not suffice at all.
    """

    version: str
    fen: Mapping[str, Mapping[Authority, int]]

    @classmethod
    def of(cls, value: Mapping[str, Mapping[str, str]], *, version: str) -> "Limits":
        """Return the limits that a policy row's value describes, amounts in yuan.

        Raises:
            ValueError, ArithmeticError: the row holds no limits.
        """
        fen = {
            level: {Authority(name): int(Decimal(yuan) * FEN_PER_YUAN) for name, yuan in by_authority.items()}
            for level, by_authority in value.items()
        }
        return cls(version, fen)

    def needed(self, level: str, amount_fen: int) -> Authority:
        """Return whose word suffices for paying an amount (fen; 0 for nothing) in a case of this level."""
        limits: Mapping[Authority, int] = self.fen.get(level, {})
        return next((one for one in Authority if one in limits and amount_fen <= limits[one]), Authority.SENIOR)

    def facts(self, level: str, amount_fen: int) -> dict[str, Any]:
        """Return why this authority is needed, for the audit trail."""
        needed = self.needed(level, amount_fen)
        return {"needs": needed, "level": level, "amount_fen": amount_fen, "rule_version": self.version}


def require_authority(roles: Collection[str], needed: Authority, *, version: str | None) -> None:
    """Refuse an approval that is for a senior executive.

    Args:
        roles: The approver's offices; that the approver is a second person is checked elsewhere.
        needed: Whose word is needed.
        version: Version of the policy row that says so; None if none was asked.

    Raises:
        ApprovalAboveLimit: says who approves.
    """
    if needed is Authority.SENIOR and SENIOR_OFFICE not in roles:
        raise ApprovalAboveLimit(
            f"This is for the {SENIOR_OFFICE} (须由{needed.zh}审批).",
            needs=needed,
            office=SENIOR_OFFICE,
            version=version,
        )
