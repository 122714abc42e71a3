from channel_commission.channels.schemas import BusinessDate
from shared.http.bodies import Body


class Activation(Body):
    """From when on the channel earns; today unless it is taken over from before."""

    active_from: BusinessDate | None = None
