"""What Alembic runs. The connection is ours and in a transaction already."""

from __future__ import annotations

from alembic import context

from vtai.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
