"""Alembic's entry: migrate over the connection that `Database.migrate` hands in."""

from alembic import context

from webapp.models import Base

connection = context.config.attributes["connection"]
on_sqlite = connection.dialect.name == "sqlite"
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
if on_sqlite:  # it makes a changed table anew and drops the old one: that must not delete what refers to its rows
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
with context.begin_transaction():
    context.run_migrations()
if on_sqlite and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
    raise RuntimeError(f"After the migration these rows refer to nothing: {lost}")
