"""Alembic's entry: migrate over the connection that `Database.migrate` hands in."""

from alembic import context
from sqlalchemy.exc import IntegrityError

from webapp.models import Base

connection = context.config.attributes["connection"]
on_sqlite = connection.dialect.name == "sqlite"
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
if on_sqlite:
    # It makes a changed table anew and drops the old one: that must not delete what refers to its rows.
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    # Python's driver begins no transaction for a change of the schema: one that is killed would stay half done.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    if before_change := context.config.attributes.get("before_change"):
        before_change()
with context.begin_transaction():
    context.run_migrations()
if on_sqlite and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
    raise IntegrityError("", None, RuntimeError(f"after it, these rows would refer to nothing: {lost}"))
