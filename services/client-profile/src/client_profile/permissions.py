"""Who may call which route of client-profile, and which rows they reach."""

from shared.http.callers import Scope
from shared.http.permissions import ALL, CLIENT, OWN, TEAM, Permissions, Role, channel, every_staff

#: The gateway itself, when it looks up who signs in.
GATEWAY = "gateway"

#: Who reads clients, masked: the desk that serves them, its leads, and the functions that watch over it.
_READERS: dict[str, Scope] = {
    Role.RELATIONSHIP_MANAGER: OWN,
    Role.TEAM_LEAD: TEAM,
    Role.CUSTOMER_SERVICE: ALL,
    Role.COMPLAINT_HANDLER: ALL,
    Role.COMPLAINT_SUPERVISOR: ALL,
    Role.EXECUTIVE: ALL,
    Role.CHANNEL_MANAGER: ALL,
    Role.RISK: ALL,
    Role.FINANCE: ALL,
    Role.COMPLIANCE: ALL,
    Role.CONSUMER_PROTECTION: ALL,
    Role.AUDITOR: ALL,
    Role.OPERATIONS: ALL,
    Role.ADMIN: ALL,
    channel("client.read"): OWN,
}
_DESK: dict[str, Scope] = {
    Role.RELATIONSHIP_MANAGER: OWN,
    Role.TEAM_LEAD: TEAM,
    Role.CUSTOMER_SERVICE: ALL,
    Role.OPERATIONS: ALL,
}
#: Who sells: the desk, and channels for themselves.
_SELLERS: dict[str, Scope] = {**_DESK, channel("dealing.write"): OWN}
#: Who reads how a client is classed and what it brings: nobody outside the house.
_INSIDE: dict[str, Scope] = {role: scope for role, scope in _READERS.items() if role != channel("client.read")}
#: Who reads dealings: as clients are read; a channel reads what it sold.
_DEALING_READERS: dict[str, Scope] = {
    **_INSIDE,
    Role.PRODUCT_MANAGER: ALL,
    channel("dealing.read"): OWN,
    channel("dealing.write"): OWN,
    CLIENT: OWN,
}
#: Who decides on a proof that somebody else submitted.
_CHECKERS: dict[str, Scope] = {Role.COMPLIANCE: ALL, Role.OPERATIONS: ALL}
_MAKERS: dict[str, Scope] = {Role.PRODUCT_MANAGER: ALL, Role.OPERATIONS: ALL}
_LEADS: dict[str, Scope] = {Role.TEAM_LEAD: TEAM, Role.ADMIN: ALL}
#: Who follows an erasure: those who decide on it, those who watch over it, and those who keep the services running.
_ERASURE_READERS: dict[str, Scope] = {
    Role.COMPLIANCE: ALL,
    Role.CONSUMER_PROTECTION: ALL,
    Role.AUDITOR: ALL,
    Role.OPERATIONS: ALL,
    Role.ADMIN: ALL,
}
#: Who decides that two clients are one; a lead only where both are of the team.
_MERGERS: dict[str, Scope] = {Role.TEAM_LEAD: TEAM, Role.COMPLIANCE: ALL}
_BULK: dict[str, Scope] = {Role.OPERATIONS: ALL, Role.ADMIN: ALL}

PERMISSIONS: Permissions = {
    "POST /v1/organization-units": {Role.ADMIN: ALL},
    "GET /v1/organization-units": every_staff(),
    "POST /v1/staff": {Role.ADMIN: ALL},
    "GET /v1/staff": every_staff(),
    "GET /v1/staff/{staff_id}": every_staff(),
    "POST /v1/staff/{staff_id}/move": {Role.ADMIN: ALL},
    "POST /v1/staff/{staff_id}/leave": {Role.ADMIN: ALL},
    "POST /v1/staff/{staff_id}/hand-over": _LEADS,
    "GET /v1/sign-in/staff/{number}": {GATEWAY: ALL},
    "GET /v1/sign-in/clients/{number}": {GATEWAY: ALL},
    "POST /v1/clients": {Role.RELATIONSHIP_MANAGER: OWN, Role.CUSTOMER_SERVICE: ALL, channel("client.write"): OWN},
    "POST /v1/clients/bulk": _BULK,
    "GET /v1/clients": _READERS,
    "GET /v1/clients/{client_id}": {**_READERS, CLIENT: OWN},
    "PATCH /v1/clients/{client_id}": _DESK,
    "POST /v1/clients/{client_id}/unmask": {
        Role.RELATIONSHIP_MANAGER: OWN,
        Role.TEAM_LEAD: TEAM,
        Role.COMPLIANCE: ALL,
    },
    "POST /v1/clients/{client_id}/screening": {Role.COMPLIANCE: ALL},
    "GET /v1/clients/{client_id}/screenings": {
        Role.TEAM_LEAD: TEAM,
        Role.COMPLIANCE: ALL,
        Role.RISK: ALL,
        Role.AUDITOR: ALL,
    },
    "POST /v1/clients/{client_id}/activate": {**_DESK, Role.COMPLIANCE: ALL},
    "POST /v1/clients/{client_id}/assign": _LEADS,
    "POST /v1/clients/{client_id}/suspend": {Role.TEAM_LEAD: TEAM, Role.COMPLIANCE: ALL, Role.RISK: ALL},
    "POST /v1/clients/{client_id}/close": {Role.TEAM_LEAD: TEAM, Role.COMPLIANCE: ALL},
    "POST /v1/clients/{client_id}/merge": _MERGERS,
    "GET /v1/clients/{client_id}/merges": {**_MERGERS, Role.AUDITOR: ALL},
    "POST /v1/clients/{client_id}/merges/{merge_id}/undo": _MERGERS,
    "POST /v1/clients/{client_id}/erase": {Role.COMPLIANCE: ALL, Role.CONSUMER_PROTECTION: ALL},
    "GET /v1/clients/{client_id}/erasure": _ERASURE_READERS,
    "GET /v1/erasures": _ERASURE_READERS,
    "POST /v1/clients/{client_id}/restricted-records": {Role.COMPLIANCE: ALL, Role.AUDITOR: ALL},
    "GET /v1/clients/{client_id}/relationships": {**_READERS, CLIENT: OWN},
    "POST /v1/clients/{client_id}/relationships": _DESK,
    "POST /v1/clients/{client_id}/relationships/{relationship_id}/end": _DESK,
    "POST /v1/client-relationships/bulk": _BULK,
    "POST /v1/products": {Role.PRODUCT_MANAGER: ALL},
    "POST /v1/products/bulk": {**_BULK, Role.PRODUCT_MANAGER: ALL},
    "GET /v1/products": every_staff(),
    "GET /v1/products/{product_id}": every_staff(),
    "POST /v1/products/{product_id}/open-raising": _MAKERS,
    "POST /v1/products/{product_id}/establish": _MAKERS,
    "POST /v1/products/{product_id}/fail": _MAKERS,
    "POST /v1/products/{product_id}/mature": _MAKERS,
    "POST /v1/products/{product_id}/liquidate": _MAKERS,
    "POST /v1/products/{product_id}/regrade": {Role.PRODUCT_MANAGER: ALL, Role.RISK: ALL},
    "POST /v1/products/{product_id}/extend": {Role.PRODUCT_MANAGER: ALL},
    "POST /v1/products/{product_id}/report-payment-delay": {Role.PRODUCT_MANAGER: ALL, Role.RISK: ALL},
    "GET /v1/risk-questionnaire": {**every_staff(), CLIENT: OWN},
    "POST /v1/clients/{client_id}/risk-assessments": {**_DESK, CLIENT: OWN},
    "POST /v1/clients/{client_id}/channel-assessments": {channel("client.write"): OWN},
    "GET /v1/clients/{client_id}/risk-assessments": {**_READERS, CLIENT: OWN},
    "POST /v1/clients/{client_id}/qualifications": {**_DESK, channel("client.write"): OWN},
    "GET /v1/clients/{client_id}/qualifications": {**_READERS, CLIENT: OWN},
    "POST /v1/clients/{client_id}/qualifications/{qualification_id}/confirm": _CHECKERS,
    "POST /v1/clients/{client_id}/qualifications/{qualification_id}/reject": _CHECKERS,
    "GET /v1/clients/{client_id}/suitability": {**_READERS, CLIENT: OWN},
    "POST /v1/sale-checks": _SELLERS,
    "GET /v1/sale-checks/{sale_check_id}": {**_INSIDE, channel("dealing.write"): OWN},
    "POST /v1/dealings/subscriptions": _SELLERS,
    "POST /v1/dealings/redemptions": {Role.OPERATIONS: ALL},
    "POST /v1/dealings/distributions": {Role.OPERATIONS: ALL},
    "POST /v1/dealings/bulk": _BULK,
    "GET /v1/dealings": _DEALING_READERS,
    "GET /v1/dealings/{dealing_id}": _DEALING_READERS,
    "POST /v1/dealings/{dealing_id}/pay": {Role.OPERATIONS: ALL, Role.FINANCE: ALL},
    "POST /v1/dealings/{dealing_id}/confirm": {Role.OPERATIONS: ALL},
    "POST /v1/dealings/{dealing_id}/cancel": _SELLERS,
    "POST /v1/dealings/{dealing_id}/reverse": {Role.OPERATIONS: ALL},
    "GET /v1/clients/{client_id}/holdings": {**_INSIDE, CLIENT: OWN},
    "GET /v1/clients/{client_id}/service-class": _INSIDE,
    "POST /v1/clients/{client_id}/service-class/override": {Role.TEAM_LEAD: TEAM, Role.EXECUTIVE: ALL},
    "POST /v1/clients/{client_id}/service-class/end-override": {Role.TEAM_LEAD: TEAM, Role.EXECUTIVE: ALL},
    "GET /v1/clients/{client_id}/contribution": _INSIDE,
    "GET /v1/contribution/ranking": {
        Role.TEAM_LEAD: TEAM,
        Role.EXECUTIVE: ALL,
        Role.FINANCE: ALL,
        Role.MARKETING: ALL,
        Role.AUDITOR: ALL,
    },
}
