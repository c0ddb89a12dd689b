"""Every saved search is followed: whether or not it was, it came with its reader's digest so far,
and from now on those do that are followed."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Searches and follows have their numbers of one counter, so that of the search is free.
_FOLLOW = """
INSERT INTO follows (id, reader_id, kind, value, at)
SELECT id, reader_id, 'search', CAST(id AS TEXT), created_at FROM saved_searches
WHERE NOT EXISTS (
    SELECT 1 FROM follows
    WHERE follows.reader_id = saved_searches.reader_id
      AND follows.kind = 'search' AND follows.value = CAST(saved_searches.id AS TEXT)
)
"""


def upgrade() -> None:
    """Follows those that are not: a digest is not to lose what it had, and say nothing."""
    op.execute(_FOLLOW)
