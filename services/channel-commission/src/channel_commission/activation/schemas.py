from channel_commission.channels.schemas import BusinessDate
from shared.http.bodies import Body, Text


class Signing(Body):
    """The signed agreement: a day on which it is in force, and where the signed copy is kept."""

    in_force_on: BusinessDate
    evidence: Text


class Activation(Body):
    """From when on the channel earns; today unless it is taken over from before."""

    active_from: BusinessDate | None = None
