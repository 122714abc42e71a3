"""Clients and staff as far as this service needs them: who leads whom, and how long a client may stay unheard of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

#: Policy row: how long client-profile may take to tell of a client, in minutes, before its stub is listed.
CONFIRM_WITHIN = "client.confirm_within_minutes"


@dataclass(frozen=True, slots=True)
class Lead:
    """A team lead (团队负责人) at work and the organization unit the person leads."""

    id: UUID
    unit_id: UUID


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact that reached the client, and when it began (UTC)."""

    interaction_id: UUID
    reached_at: datetime


def nearest_lead(unit_path: Sequence[UUID], leads: Sequence[Lead], *, manager_id: UUID | None) -> UUID | None:
    """Return who leads the client's unit, or the nearest unit above it that has a lead; None if nobody does.

    The client's own manager is passed over, since the matter may be a complaint about the manager. Of several leads
    of one unit the one with the smallest id is taken, so that the answer does not depend on the order of hearing.

    Args:
        unit_path: The client's unit and all units above it, from the unit to the top.
        leads: Team leads at work, of any units.
        manager_id: The client's relationship manager.
    """
    for unit_id in unit_path:
        found = [lead.id for lead in leads if lead.unit_id == unit_id and lead.id != manager_id]
        if found:
            return min(found)
    return None


def unconfirmed_before(now: datetime, within_minutes: int) -> datetime:
    """Return the instant before which a client must have been heard of to be listed as still unconfirmed.

    Args:
        now: The present instant (UTC).
        within_minutes: Policy row `client.confirm_within_minutes`.
    """
    return now - timedelta(minutes=within_minutes)
