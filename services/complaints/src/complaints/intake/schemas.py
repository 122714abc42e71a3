from uuid import UUID

from pydantic import Field

from complaints.cases.rules import Level, Reason, Source
from complaints.classification.schemas import CodeText, RequestKinds, Tags
from complaints.parties.schemas import ComplainantCreate
from complaints.representatives.schemas import AgentCreate, HeirCreate, JointCreate
from complaints.traits.rules import Urgency
from shared.http.bodies import Body, Instant, LongText, Read, ShortText, Text
from shared.money import PositiveMoney


class ComplaintCreate(Body):
    facts: LongText
    reason: Reason
    demand: Text | None = None
    #: What the complainant claims.
    amount: PositiveMoney | None = None
    client_id: UUID | None = None
    complainant: ComplainantCreate | None = None
    product_id: UUID | None = None
    #: The partner channel whose sale it concerns; channels leave it out, and it is filled in from the sale.
    channel_id: UUID | None = None
    #: Staff only: how it came in.
    source: Source | None = None
    #: Staff only: the authority's number of a forwarded case (转办编号).
    forwarding_number: ShortText | None = None
    #: Staff only; ordinary if left out.
    level: Level | None = None
    #: Staff only: codes of the three dimensions, and in words what has none of its own.
    channel_code: CodeText | None = None
    business_code: CodeText | None = None
    reason_code: CodeText | None = None
    classification_note: Text | None = None
    #: Staff only; never less urgent than the facts make it.
    urgency: Urgency | None = None
    #: Staff only.
    tags: Tags | None = None
    #: What is asked for.
    request_kinds: RequestKinds | None = None
    #: Staff only: the staff member complained about.
    named_staff_id: UUID | None = None
    #: Staff only: who speaks for the complainant, with authority or as heir.
    agent: AgentCreate | None = None
    heir: HeirCreate | None = None
    #: Staff only: many who complain together, and the representatives they chose, at most five.
    joint: JointCreate | None = None
    #: Staff only: somebody looked at what seems to be the same complaint, and this is another matter.
    is_other_matter: bool | None = None
    #: Staff and channels; now if left out.
    received_at: Instant | None = None

    model_config = Body.model_config | {
        "json_schema_extra": {
            "examples": [
                {
                    "client_id": "019352a1-7c1e-7d2a-9f63-0c9b7b1e4a10",
                    "source": "phone",
                    "reason": "disclosure",
                    "facts": "客户称购买时未被告知产品可能延期兑付。",
                    "demand": "说明情况并退还认购费。",
                    "amount": {"amount": "5000.00", "currency": "CNY"},
                }
            ]
        }
    }


class ClientLink(Body):
    client_id: UUID


class Reveal(Body):
    reason: Text = Field(description="Why you need the contact data; kept in the audit trail.")


class ComplainantMasked(Read):
    masked_name: str
    masked_phone: str
