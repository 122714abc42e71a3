"""Who may call which route of channel-commission, and which rows they reach."""

from collections.abc import Mapping

from shared.http.callers import Scope
from shared.http.permissions import ALL, OWN, Permissions, Role, channel, every_staff

_READS_FEES: Mapping[str, Scope] = {
    Role.FINANCE: ALL,
    Role.CHANNEL_MANAGER: ALL,
    Role.AUDITOR: ALL,
    Role.COMPLIANCE: ALL,
    channel("commission.read"): OWN,
}
#: A month's total is what the house owes all channels.
_READS_MONTHS: Mapping[str, Scope] = {role: reach for role, reach in _READS_FEES.items() if reach is ALL}
_MANAGES: Mapping[str, Scope] = {Role.CHANNEL_MANAGER: ALL}
_MANAGES_OR_STOPS: Mapping[str, Scope] = {Role.CHANNEL_MANAGER: ALL, Role.COMPLIANCE: ALL, Role.RISK: ALL}
_APPROVES_RATES: Mapping[str, Scope] = {Role.COMPLIANCE: ALL, Role.FINANCE: ALL}
_SETTLES: Mapping[str, Scope] = {Role.FINANCE: ALL, Role.CHANNEL_MANAGER: ALL}
_PAYS: Mapping[str, Scope] = {Role.FINANCE: ALL}
_STOPS_PAYING: Mapping[str, Scope] = {**_SETTLES, Role.COMPLIANCE: ALL, Role.RISK: ALL}
_SEES_PAYMENTS: Mapping[str, Scope] = {Role.FINANCE: ALL, Role.EXECUTIVE: ALL, Role.AUDITOR: ALL}
_HOLDS: Mapping[str, Scope] = {Role.FINANCE: ALL, Role.COMPLIANCE: ALL, Role.RISK: ALL}

PERMISSIONS: Permissions = {
    "POST /v1/channels": _MANAGES,
    "POST /v1/channels/bulk": {Role.CHANNEL_MANAGER: ALL, Role.OPERATIONS: ALL},
    "GET /v1/channels": {**every_staff(), channel("commission.read"): OWN},
    "GET /v1/channels/{channel_id}": {**every_staff(), channel("commission.read"): OWN},
    "PATCH /v1/channels/{channel_id}": _MANAGES,
    "POST /v1/channels/{channel_id}/renew-license": _MANAGES,
    "POST /v1/channels/{channel_id}/start-due-diligence": _MANAGES,
    "POST /v1/channels/{channel_id}/approve": {Role.COMPLIANCE: ALL},
    "POST /v1/channels/{channel_id}/activate": _MANAGES,
    "POST /v1/channels/{channel_id}/suspend": _MANAGES_OR_STOPS,
    "POST /v1/channels/{channel_id}/resume": {Role.CHANNEL_MANAGER: ALL, Role.COMPLIANCE: ALL},
    "POST /v1/channels/{channel_id}/terminate": _MANAGES_OR_STOPS,
    "POST /v1/channels/{channel_id}/products": {Role.CHANNEL_MANAGER: ALL, Role.PRODUCT_MANAGER: ALL},
    "GET /v1/channels/{channel_id}/products": {**every_staff(), channel("commission.read"): OWN},
    "POST /v1/channels/{channel_id}/payee-accounts": _SETTLES,
    "GET /v1/channels/{channel_id}/payee-accounts": _READS_FEES,
    "POST /v1/payee-accounts/{account_id}/record-call-back": _SETTLES,
    "POST /v1/payee-accounts/{account_id}/confirm": _PAYS,
    "POST /v1/payee-accounts/{account_id}/refuse": _STOPS_PAYING,
    "POST /v1/payee-accounts/{account_id}/stop": _STOPS_PAYING,
    "POST /v1/payee-accounts/{account_id}/reveal": {Role.FINANCE: ALL, Role.AUDITOR: ALL},
    "POST /v1/agreements": _MANAGES,
    "GET /v1/agreements": _READS_FEES,
    "GET /v1/agreements/{agreement_id}": _READS_FEES,
    "POST /v1/agreements/{agreement_id}/rate-cards": _MANAGES,
    "PUT /v1/agreements/{agreement_id}/rate-cards/{version}": _MANAGES,
    "POST /v1/agreements/{agreement_id}/rate-cards/{version}/submit": _MANAGES,
    "POST /v1/agreements/{agreement_id}/rate-cards/{version}/approve": _APPROVES_RATES,
    "POST /v1/agreements/{agreement_id}/rate-cards/{version}/reject": _APPROVES_RATES,
    "GET /v1/unaccrued-dealings": _READS_FEES,
    "GET /v1/accruals": _READS_FEES,
    "GET /v1/accruals/{accrual_id}": _READS_FEES,
    "GET /v1/accruals/{accrual_id}/why": _READS_FEES,
    "GET /v1/periods/{period}/as-known": _READS_MONTHS,
    "POST /v1/agreements/{agreement_id}/rate-cards/{version}/simulate": _READS_MONTHS,
    "POST /v1/fee-holds": _HOLDS,
    "GET /v1/fee-holds": _READS_MONTHS,
    "POST /v1/fee-holds/{hold_id}/release": _HOLDS,
    "POST /v1/clients/{client_id}/commission-records": {Role.COMPLIANCE: ALL, Role.AUDITOR: ALL},
    "GET /v1/periods": _READS_MONTHS,
    "GET /v1/periods/{period}": _READS_MONTHS,
    "POST /v1/periods/{period}/close": _PAYS,
    "GET /v1/settlements": _READS_FEES,
    "GET /v1/settlements/{statement_id}": _READS_FEES,
    "GET /v1/settlements/{statement_id}/lines": _READS_FEES,
    "GET /v1/settlements/{statement_id}/file": _READS_FEES,
    "POST /v1/settlements/{statement_id}/reconciliations": _SETTLES,
    "POST /v1/periods/{period}/payment-reconciliations": _PAYS,
    "GET /v1/reconciliations": _READS_MONTHS,
    "GET /v1/reconciliations/{reconciliation_id}": _READS_MONTHS,
    "GET /v1/reconciliations/{reconciliation_id}/findings": _READS_MONTHS,
    "POST /v1/reconciliations/{reconciliation_id}/findings/{place}/resolve": _SETTLES,
    "POST /v1/settlements/{statement_id}/check": _SETTLES,
    "POST /v1/settlements/{statement_id}/send": _SETTLES,
    "POST /v1/settlements/{statement_id}/confirm": {Role.CHANNEL_MANAGER: ALL, channel("commission.confirm"): OWN},
    "POST /v1/settlements/{statement_id}/dispute": {Role.CHANNEL_MANAGER: ALL, channel("commission.confirm"): OWN},
    "GET /v1/line-disputes": _READS_FEES,
    "POST /v1/line-disputes/{dispute_id}/answer": _SETTLES,
    "POST /v1/line-disputes/{dispute_id}/decide": {Role.FINANCE: ALL, Role.COMPLIANCE: ALL},
    "POST /v1/settlements/{statement_id}/record-invoice": _SETTLES,
    "POST /v1/settlements/{statement_id}/approve-payment": {Role.FINANCE: ALL, Role.EXECUTIVE: ALL},
    "POST /v1/settlements/{statement_id}/record-payment": _PAYS,
    "POST /v1/payment-files": _PAYS,
    "GET /v1/payment-files": _SEES_PAYMENTS,
    "GET /v1/payment-files/{file_id}": _SEES_PAYMENTS,
    "GET /v1/payment-files/{file_id}/content": _PAYS,
    "POST /v1/payment-files/{file_id}/release": {Role.FINANCE: ALL, Role.EXECUTIVE: ALL},
    "POST /v1/payment-files/{file_id}/cancel": _PAYS,
    "GET /v1/payment-attempts": _SEES_PAYMENTS,
    "POST /v1/payment-attempts/{attempt_id}/record-answer": _PAYS,
    "POST /v1/settlements/{statement_id}/void": _PAYS,
    "POST /v1/settlements/{statement_id}/archive": _PAYS,
}
