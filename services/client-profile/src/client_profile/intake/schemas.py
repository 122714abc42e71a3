from uuid import UUID

from pydantic import Field

from client_profile.identity.schemas import Profile
from client_profile.lifecycle.schemas import ScreeningCreate
from client_profile.organization.schemas import StaffNumber
from shared.http.bodies import ExternalId


class ClientItem(Profile):
    """A client as another system knows it. Manager, screening and activation may come along."""

    external_id: ExternalId
    channel_id: UUID | None = Field(default=None, description="Who referred the client; kept when first sent.")
    manager_number: StaffNumber | None = None
    screening: ScreeningCreate | None = None
    activate: bool = Field(default=False, description="Activate the client; needs a clear screening.")
