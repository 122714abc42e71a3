from channel_commission.accruals.schemas import AccrualRead
from shared.http.bodies import Body, Read, Text


class Disclose(Body):
    reason: Text


class CommissionRecords(Read):
    """The fee entries that the law keeps of an erased client."""

    items: list[AccrualRead]
