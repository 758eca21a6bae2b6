"""The tables. Times are seconds since the epoch, ids text; what only one reader knows is JSON in `extra`."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ID = String(64)


def _owned_by(table: str) -> ForeignKey:
    return ForeignKey(f"{table}.id", ondelete="CASCADE")


people = Table(
    "people",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("name", String(200), nullable=False),
    # Lower case, so that a name is taken once.
    Column("folded", String(200), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("group_name", String(100), nullable=False, server_default=""),
    Column("password", Text),
    Column("is_suspended", Boolean, nullable=False),
    Column("made_at", Double, nullable=False),
    Column("issuer", String(200)),
    Column("subject", String(300)),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", Double),
    Column("extra", JSON, nullable=False),
    Index(None, "issuer", "subject", unique=True),
)

logins = Table(
    "logins",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("person", _ID, _owned_by("people"), nullable=False, index=True),
    Column("token", String(64), nullable=False, unique=True),
    Column("made_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
    Column("agent", String(300), nullable=False),
    Column("address", String(64), nullable=False),
)

keys = Table(
    "keys",
    metadata,
    Column("id", _ID, primary_key=True),
    # No foreign key: "local" has keys and no account.
    Column("person", _ID, nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("start", String(16), nullable=False),
    Column("secret", String(64), nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    Column("made_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("used_at", Double),
    Column("revoked_at", Double),
)

# `person` of what follows is no foreign key: "local" and people known to a proxy have no account.
conversations = Table(
    "conversations",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("person", _ID, nullable=False),
    Column("name", String(300), nullable=False),
    Column("is_named", Boolean, nullable=False),
    Column("made_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Column("extra", JSON, nullable=False),
    Index(None, "person", "changed_at", "id"),
)

# Those that were deleted, so that a late change does not bring them back.
gone = Table(
    "gone",
    metadata,
    Column("conversation", _ID, primary_key=True),
    Column("at", Double, nullable=False, index=True),
)

steps = Table(
    "steps",
    metadata,
    Column("conversation", _ID, _owned_by("conversations"), primary_key=True),
    Column("id", _ID, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("parent", _ID),
    Column("kind", String(32), nullable=False),
    Column("name", String(300), nullable=False),
    Column("input", Text, nullable=False),
    Column("output", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("ended_at", Double),
    Column("is_error", Boolean, nullable=False),
    Column("is_open", Boolean, nullable=False),
    # When its output was last another one: what a share shows ends there.
    Column("said_at", Double, nullable=False),
    Column("extra", JSON, nullable=False),
    Index(None, "conversation", "position"),
    Index("ix_steps_open", "conversation", sqlite_where=text("is_open"), postgresql_where=text("is_open")),
)

elements = Table(
    "elements",
    metadata,
    Column("conversation", _ID, _owned_by("conversations"), primary_key=True),
    Column("id", _ID, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("step", _ID, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("name", String(300), nullable=False),
    Column("media_type", String(200), nullable=False),
    Column("file", _ID, index=True),
    Column("said_at", Double, nullable=False),
    Column("extra", JSON, nullable=False),
    Index(None, "conversation", "position"),
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("conversation", _ID, _owned_by("conversations"), primary_key=True),
    Column("id", _ID, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("work", Text, nullable=False),
    Column("attachments", JSON, nullable=False),
    Column("files", JSON, nullable=False),
    Column("route", String(100)),
    Column("model", String(200)),
    Column("at", Double, nullable=False),
    Column("is_cut", Boolean, nullable=False),
    Column("extra", JSON, nullable=False),
    Index(None, "conversation", "position"),
)

# What can be searched for: words of messages and of names (`step` is empty there), in one form. A long
# message is several of them. `owner` stands for the person as one word. SQLite has an index of the words in
# a table of its own, `sayings_index`, kept up to date by triggers.
sayings = Table(
    "sayings",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("conversation", _ID, _owned_by("conversations"), nullable=False),
    Column("step", _ID, nullable=False),
    Column("part", Integer, nullable=False),
    Column("owner", String(32), nullable=False),
    Column("words", Text().with_variant(TSVECTOR, "postgresql"), nullable=False),
    Index(None, "conversation", "step", "part", unique=True),
    Index(None, "owner", "id"),
    Index("ix_sayings_words", "words", postgresql_using="gin").ddl_if(dialect="postgresql"),
)

shares = Table(
    "shares",
    metadata,
    Column("token", _ID, primary_key=True),
    Column("conversation", _ID, _owned_by("conversations"), nullable=False, index=True),
    Column("person", _ID, nullable=False, index=True),
    Column("at", Double, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("conversation", _ID, _owned_by("conversations"), primary_key=True),
    Column("id", _ID, primary_key=True),
    Column("person", _ID, nullable=False, index=True),
    Column("step", _ID, nullable=False),
    Column("value", Integer, nullable=False),
    Column("comment", Text, nullable=False),
    Column("route", String(100)),
    Column("model", String(200)),
    Column("at", Double, nullable=False),
)

files = Table(
    "files",
    metadata,
    Column("key", _ID, primary_key=True),
    Column("person", _ID, nullable=False),
    Column("conversation", _ID, nullable=False),
    Column("name", String(300), nullable=False),
    Column("media_type", String(200), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("at", Double, nullable=False),
    Index(None, "person", "at", "key"),
    Index(None, "conversation"),
)

spent = Table(
    "spent",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False, index=True),
    Column("person", _ID, nullable=False),
    Column("door", String(16), nullable=False),
    Column("key", _ID),
    Column("group_name", String(100), nullable=False),
    Column("route", String(100), nullable=False),
    Column("model", String(200), nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost_usd", Double),
    Column("seconds", Double, nullable=False),
    Column("first_s", Double),
    Column("outcome", String(16), nullable=False),
    Index(None, "person", "at"),
)

counters = Table(
    "counters",
    metadata,
    Column("key", String(500), primary_key=True),
    Column("amount", BigInteger, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
)
