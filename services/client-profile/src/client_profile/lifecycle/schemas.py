from datetime import datetime
from uuid import UUID

from client_profile.clients.rules import ScreeningResult
from client_profile.lifecycle.rules import ClosingReason, SuspensionReason
from shared.http.bodies import Body, Read, ShortText, Text


class ScreeningCreate(Body):
    result: ScreeningResult
    list_version: ShortText
    note: Text | None = None


class ScreeningRead(Read):
    id: UUID
    result: ScreeningResult
    list_version: str
    note: str | None
    screened_by: UUID
    screened_at: datetime


class Suspend(Body):
    reason: SuspensionReason
    note: Text | None = None


class Close(Body):
    reason: ClosingReason
    note: Text | None = None
