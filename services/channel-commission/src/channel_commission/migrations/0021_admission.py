"""What due diligence must look into, by a dated rule with its source; a name of the house that says it is none yet.

A channel is activated once its agreement is signed. Those active before stay; one that is approved signs first.
"""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.execute(
        "INSERT INTO policy_row (code, valid_from, value, source) VALUES"
        " ('channel.due_diligence_topics', '2025-10-01',"
        '  \'["license", "penalties", "sales_capability", "recording"]\','
        "  '金规〔2025〕6号 (in force 2025-10-01) and 营销管理制度第六条 demand that partners are examined;"
        " which topics everyone needs is a house rule')"
    )
    # Only where the installation has not entered anything itself.
    op.execute(
        "UPDATE policy_row SET value = '\"（机构名称待录入）\"',"
        " source = 'Placeholder of the installation, no name: enter the registered name (营业执照) as a further row'"
        " WHERE code = 'house.name' AND valid_from = '2000-01-01' AND value = '\"信托公司\"'"
    )
