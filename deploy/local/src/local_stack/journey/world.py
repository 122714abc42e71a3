"""What the acts of the journey share: who calls, what time it is, what has come about so far, and how it is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from joserfc.jwk import ECKey

from local_stack.journey.callers import Caller, Door
from local_stack.journey.clock import StoryClock

Json = dict[str, Any]


@dataclass
class World:
    """The state of the story.

    Attributes:
        door: The gateway.
        clock: The clock of all processes.
        say: Prints a line of the story.
        staff: Callers by staff number.
        ids: Ids of what came about, by a name of the story.
        days: Days of the story, by a name.
    """

    door: Door
    clock: StoryClock
    say: Callable[[str], None]
    staff: dict[str, Caller] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    days: dict[str, date] = field(default_factory=dict)
    channel_key: ECKey | None = None
    channel: Caller | None = None

    def tell(self, text: str) -> None:
        """Print a line with the business date of the story."""
        self.say(f"{self.clock.today()}  {text}")

    def act(self, title: str) -> None:
        """Print the heading of an act."""
        self.say("")
        self.say(f"── {title}")

    @property
    def partner(self) -> Caller:
        """The partner channel's own system."""
        if self.channel is None:
            raise LookupError("the channel has no token yet")
        return self.channel


def yuan(money: Json) -> str:
    """Return an amount as people write it: `1,200,000.00 元`."""
    whole, _, rest = str(money["amount"]).partition(".")
    return f"{int(whole):,}.{rest} 元" if not whole.startswith("-0") else f"-0.{rest} 元"
