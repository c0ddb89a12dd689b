"""The migrations of the catalog's schema, for Alembic."""
