"""what was ever spent, by model, as sums that only new rows are added to; counted once for what is there already"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

COUNTED = ("jobs", "pages", "calls", "input_tokens", "cached_tokens", "output_tokens", "cost_millionths")
SUMMED = (*COUNTED, "seconds")


def upgrade() -> None:
    op.create_table(
        "usage_totals",
        sa.Column("model", sa.String(200), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTED),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("folded", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("model", name="pk_usage_totals"),
    )
    if op.get_bind().dialect.name == "postgresql":
        # A number may be committed behind greater ones, where a service of the version before still runs.
        op.execute("LOCK TABLE usage IN SHARE ROW EXCLUSIVE MODE")
    usage = sa.table("usage", sa.column("number"), sa.column("model"), *map(sa.column, SUMMED))
    totals = sa.table("usage_totals", sa.column("model"), *map(sa.column, SUMMED), sa.column("folded"))
    model = sa.func.coalesce(usage.c.model, sa.literal_column("''"))
    last = sa.select(sa.func.max(usage.c.number)).scalar_subquery()
    sums = sa.select(model, *(sa.func.sum(usage.c[name]) for name in SUMMED), last).group_by(model)
    op.execute(sa.insert(totals).from_select([column.name for column in totals.c], sums))


def downgrade() -> None:
    op.drop_table("usage_totals")
