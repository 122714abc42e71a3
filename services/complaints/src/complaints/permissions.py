"""Who may call which route of complaints, and which rows they reach."""

from shared.http.callers import Scope
from shared.http.permissions import ALL, CLIENT, OWN, TEAM, Permissions, Role, channel, every_staff

_FILE, _READ = channel("complaint.create"), channel("complaint.read")

#: Those whose office is complaints, and those who watch over it.
_DESK: dict[str, Scope] = {
    Role.CUSTOMER_SERVICE: ALL,
    Role.COMPLAINT_HANDLER: ALL,
    Role.COMPLAINT_SUPERVISOR: ALL,
    Role.CONSUMER_PROTECTION: ALL,
}
_WATCH: dict[str, Scope] = {Role.EXECUTIVE: ALL, Role.COMPLIANCE: ALL, Role.AUDITOR: ALL}
_SALES: dict[str, Scope] = {Role.RELATIONSHIP_MANAGER: OWN, Role.TEAM_LEAD: TEAM}
_READERS = _DESK | _WATCH | _SALES
_SALES_TAKE_IN: dict[str, Scope] = {Role.RELATIONSHIP_MANAGER: ALL, Role.TEAM_LEAD: ALL}
_INDEPENDENT: dict[str, Scope] = {Role.COMPLAINT_SUPERVISOR: ALL, Role.CONSUMER_PROTECTION: ALL}
_HANDLERS: dict[str, Scope] = {Role.COMPLAINT_HANDLER: ALL, Role.COMPLAINT_SUPERVISOR: ALL}
_REVIEWERS: dict[str, Scope] = {
    Role.COMPLAINT_SUPERVISOR: ALL,
    Role.CONSUMER_PROTECTION: ALL,
    Role.EXECUTIVE: ALL,
}
_RISK_READERS = _READERS | {Role.RISK: ALL}

PERMISSIONS: Permissions = {
    # Whoever a complaint reaches first takes it in (首问负责制).
    "POST /v1/complaints": _DESK | _SALES_TAKE_IN | {CLIENT: OWN, _FILE: OWN},
    "POST /v1/complaints/bulk": {Role.OPERATIONS: ALL, Role.ADMIN: ALL},
    "GET /v1/complaints": _READERS | {CLIENT: OWN, _READ: OWN},
    "GET /v1/complaints/{complaint_id}": _READERS | {CLIENT: OWN, _READ: OWN},
    "GET /v1/complaints/{complaint_id}/clock": _READERS,
    "GET /v1/complaints/{complaint_id}/complainant": _DESK | _WATCH,
    "POST /v1/complaints/{complaint_id}/complainant/reveal": _DESK,
    "POST /v1/complaints/{complaint_id}/link-client": _DESK,
    "GET /v1/complaints/{complaint_id}/handlers": _INDEPENDENT,
    "POST /v1/complaints/{complaint_id}/assign": _INDEPENDENT,
    "POST /v1/complaints/{complaint_id}/extend": {Role.COMPLAINT_SUPERVISOR: ALL, Role.EXECUTIVE: ALL},
    "POST /v1/complaints/{complaint_id}/correspondence": _DESK,
    "GET /v1/complaints/{complaint_id}/correspondence": _DESK | _WATCH,
    "GET /v1/complaints/{complaint_id}/internal-clocks": _DESK | _WATCH,
    "GET /v1/escalations": _DESK | _WATCH,
    "POST /v1/complaints/{complaint_id}/suspend": {Role.COMPLAINT_SUPERVISOR: ALL},
    "POST /v1/complaints/{complaint_id}/resume": _HANDLERS,
    "POST /v1/complaints/{complaint_id}/new-facts": _INDEPENDENT,
    "POST /v1/complaints/{complaint_id}/cooperation": {_FILE: OWN},
    "GET /v1/complaints/{complaint_id}/cooperation": _DESK | _WATCH | {_READ: OWN},
    "POST /v1/complaints/{complaint_id}/propose": {Role.COMPLAINT_HANDLER: ALL},
    "POST /v1/complaints/{complaint_id}/send-back": {Role.COMPLAINT_SUPERVISOR: ALL, Role.EXECUTIVE: ALL},
    "POST /v1/complaints/{complaint_id}/approve": {Role.COMPLAINT_SUPERVISOR: ALL, Role.EXECUTIVE: ALL},
    "POST /v1/complaints/{complaint_id}/inform": _HANDLERS,
    "POST /v1/complaints/{complaint_id}/close": _HANDLERS,
    "POST /v1/complaints/{complaint_id}/withdraw": _DESK | {CLIENT: OWN},
    "POST /v1/complaints/{complaint_id}/request-review": _DESK | {CLIENT: OWN},
    "POST /v1/complaints/{complaint_id}/reclassify": _INDEPENDENT,
    # Owners come from every office.
    "POST /v1/enquiries": _DESK | _SALES_TAKE_IN | {CLIENT: OWN},
    "GET /v1/enquiries": every_staff(OWN) | _DESK | _WATCH | {CLIENT: OWN},
    "GET /v1/enquiries/{enquiry_id}": every_staff(OWN) | _DESK | _WATCH | {CLIENT: OWN},
    "POST /v1/enquiries/{enquiry_id}/assign": _INDEPENDENT,
    "POST /v1/enquiries/{enquiry_id}/answer": every_staff(OWN) | {Role.COMPLAINT_SUPERVISOR: ALL},
    "POST /v1/enquiries/{enquiry_id}/reclassify": _DESK,
    "GET /v1/complaints/{complaint_id}/people": _DESK | _WATCH,
    "POST /v1/complaints/{complaint_id}/representatives": _DESK,
    "POST /v1/complaints/{complaint_id}/parties/{party_id}/end": _DESK,
    "POST /v1/complaints/{complaint_id}/classify": _DESK,
    "GET /v1/classification": every_staff(),
    "POST /v1/classification": {Role.CONSUMER_PROTECTION: ALL, Role.ADMIN: ALL},
    "POST /v1/classification/{dimension}/{code}/end": {Role.CONSUMER_PROTECTION: ALL, Role.ADMIN: ALL},
    "POST /v1/complaints/{complaint_id}/repeats": _DESK | {CLIENT: OWN, _FILE: OWN},
    "GET /v1/complaints/{complaint_id}/repeats": _DESK | _WATCH | {CLIENT: OWN, _READ: OWN},
    "GET /v1/complaints/{complaint_id}/suspicions": _DESK | _WATCH,
    "POST /v1/complaints/{complaint_id}/suspicions": _DESK,
    "POST /v1/complaints/{complaint_id}/suspicions/{mark_id}/lift": _INDEPENDENT,
    "GET /v1/mass-alerts": _DESK | _WATCH,
    "GET /v1/mass-alerts/{alert_id}": _DESK | _WATCH,
    "POST /v1/mass-alerts/{alert_id}/close": _INDEPENDENT,
    "POST /v1/complaints/{complaint_id}/decide-review": _REVIEWERS,
    "POST /v1/complaints/{complaint_id}/decline-review": _REVIEWERS,
    "POST /v1/complaints/{complaint_id}/inform-review": _REVIEWERS,
    "GET /v1/complaints/{complaint_id}/review": _DESK | _WATCH,
    "GET /v1/reviews": _DESK | _WATCH,
    "POST /v1/complaints/{complaint_id}/reopen": {Role.COMPLAINT_SUPERVISOR: ALL, Role.CONSUMER_PROTECTION: ALL},
    "POST /v1/complaints/{complaint_id}/tracks": _HANDLERS,
    "POST /v1/complaints/{complaint_id}/tracks/{track_id}/end": _HANDLERS,
    "GET /v1/complaints/{complaint_id}/tracks": _DESK | _WATCH,
    "POST /v1/complaints/{complaint_id}/agree-compensation": _HANDLERS,
    "POST /v1/complaints/{complaint_id}/pay-compensation": {Role.FINANCE: ALL, Role.COMPLAINT_SUPERVISOR: ALL},
    "GET /v1/complaints/{complaint_id}/compensation": _DESK | _WATCH | {Role.FINANCE: ALL},
    "POST /v1/complaints/{complaint_id}/evidence": _DESK,
    "GET /v1/complaints/{complaint_id}/evidence": _DESK | _WATCH,
    "PUT /v1/complaints/{complaint_id}/evidence/{evidence_id}/file": _DESK,
    "POST /v1/complaints/{complaint_id}/evidence/{evidence_id}/download": _DESK | _WATCH,
    "GET /v1/complaint-statistics": _DESK | _WATCH,
    "GET /v1/complaint-statistics/cases": _DESK | _WATCH,
    "GET /v1/complaint-ageing": _DESK | _WATCH,
    "GET /v1/complaint-density": _DESK | _WATCH,
    "GET /v1/client-rights-report": _INDEPENDENT | _WATCH,
    "GET /v1/regulator-reports": _INDEPENDENT | _WATCH,
    "GET /v1/regulator-reports/draft": _INDEPENDENT | _WATCH,
    "POST /v1/regulator-reports": {Role.CONSUMER_PROTECTION: ALL},
    "GET /v1/regulator-reports/{report_id}": _INDEPENDENT | _WATCH,
    "GET /v1/regulator-reports/{report_id}/file": _INDEPENDENT | _WATCH,
    "POST /v1/regulator-reports/{report_id}/correct": {Role.CONSUMER_PROTECTION: ALL},
    "GET /v1/complaint-register": _READERS,
    # A workbook leaves the house: for those who answer for others, not for whoever handles or sells.
    "POST /v1/complaint-register/export": _INDEPENDENT | _WATCH | {Role.TEAM_LEAD: TEAM},
    "GET /v1/unconfirmed-clients": {Role.OPERATIONS: ALL, Role.ADMIN: ALL, Role.COMPLAINT_SUPERVISOR: ALL},
    "GET /v1/risk": _RISK_READERS,
    "GET /v1/clients/{client_id}/risk": _RISK_READERS,
    "POST /v1/clients/{client_id}/complaint-files": {Role.COMPLIANCE: ALL, Role.AUDITOR: ALL},
    "POST /v1/clients/{client_id}/complaint-files/{evidence_id}/download": {Role.COMPLIANCE: ALL, Role.AUDITOR: ALL},
    "POST /v1/clients/{client_id}/risk/override": {Role.RISK: ALL},
    "POST /v1/clients/{client_id}/risk/end-override": {Role.RISK: ALL},
    "POST /v1/risk/recompute": {Role.RISK: ALL, Role.ADMIN: ALL},
}
