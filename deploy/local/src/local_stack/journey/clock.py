"""The demonstration's clock: begins some months ago and ends at the present instant."""

from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from shared.clock import SHANGHAI, shifted_clock, system_clock


@dataclass(frozen=True, slots=True)
class StoryClock:
    """Moves the clock of every process of a local stack, through the file they all read."""

    file: Path

    def now(self) -> datetime:
        """Return what the processes call now (UTC)."""
        return shifted_clock(self.file)()

    def today(self) -> date:
        """Return the business date (Asia/Shanghai)."""
        return self.now().astimezone(SHANGHAI).date()

    def go_to(self, day: date, hour: int = 10) -> None:
        """Set the clock to `hour` o'clock on `day` in Shanghai; later on that day it stays as it is.

        Raises:
            ValueError: the day is before what the clock says, or the instant lies in the real future.
        """
        wanted, present = datetime.combine(day, time(hour), SHANGHAI), system_clock()
        if wanted > present:
            raise ValueError(f"{wanted} has not come yet")
        if self.file.exists() and wanted < self.now():
            if day < self.today():
                raise ValueError(f"{day} is before {self.today()}: clocks do not run backwards")
            return
        self._write(int((wanted - present).total_seconds()))

    def go_to_present(self) -> None:
        """Let every clock be right again."""
        self._write(0)

    def _write(self, seconds: int) -> None:
        # Replaced whole, so that no process reads half a number.
        beside = self.file.with_suffix(".new")
        beside.write_text(str(seconds))
        beside.replace(self.file)
