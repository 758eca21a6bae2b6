"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# The words come in one form and with single spaces, so there is nothing left to do for the tokenizer.
_SQLITE_INDEX = (
    """CREATE VIRTUAL TABLE sayings_index USING fts5(
        words, owner, content='sayings', content_rowid='id', tokenize='ascii', prefix='1 2 3',
        columnsize=0
    )""",
    """CREATE TRIGGER sayings_added AFTER INSERT ON sayings BEGIN
        INSERT INTO sayings_index(rowid, words, owner) VALUES (new.id, new.words, new.owner);
    END""",
    """CREATE TRIGGER sayings_removed AFTER DELETE ON sayings BEGIN
        INSERT INTO sayings_index(sayings_index, rowid, words, owner)
        VALUES ('delete', old.id, old.words, old.owner);
    END""",
    """CREATE TRIGGER sayings_changed AFTER UPDATE ON sayings BEGIN
        INSERT INTO sayings_index(sayings_index, rowid, words, owner)
        VALUES ('delete', old.id, old.words, old.owner);
        INSERT INTO sayings_index(rowid, words, owner) VALUES (new.id, new.words, new.owner);
    END""",
)


def upgrade() -> None:
    _make_people()
    _make_logins_and_keys()
    _make_conversations()
    _make_steps()
    _make_parts()
    _make_links()
    _make_files_and_ledger()
    _make_searchable()


def _make_people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("folded", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("group_name", sa.String(length=100), server_default="", nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("is_suspended", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.Double(), nullable=True),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("folded", name=op.f("uq_people_folded")),
    )
    op.create_index(op.f("ix_people_issuer_subject"), "people", ["issuer", "subject"], unique=True)


def _make_logins_and_keys() -> None:
    op.create_table(
        "logins",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("agent", sa.String(length=300), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_logins_person"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logins")),
        sa.UniqueConstraint("token", name=op.f("uq_logins_token")),
    )
    op.create_index(op.f("ix_logins_expires_at"), "logins", ["expires_at"])
    op.create_index(op.f("ix_logins_person"), "logins", ["person"])

    op.create_table(
        "keys",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("start", sa.String(length=16), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=True),
        sa.Column("used_at", sa.Double(), nullable=True),
        sa.Column("revoked_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
        sa.UniqueConstraint("secret", name=op.f("uq_keys_secret")),
    )
    op.create_index(op.f("ix_keys_person"), "keys", ["person"])


def _make_conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
    )
    op.create_index(
        op.f("ix_conversations_person_changed_at_id"), "conversations", ["person", "changed_at", "id"]
    )


def _make_steps() -> None:
    op.create_table(
        "steps",
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("parent", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("input", sa.Text(), nullable=False),
        sa.Column("output", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("is_error", sa.Boolean(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("said_at", sa.Double(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name=op.f("fk_steps_conversation"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation", "id", name=op.f("pk_steps")),
    )
    op.create_index(op.f("ix_steps_conversation_position"), "steps", ["conversation", "position"])
    op.create_index(
        "ix_steps_open",
        "steps",
        ["conversation"],
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )

    op.create_table(
        "gone",
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", name=op.f("pk_gone")),
    )
    op.create_index(op.f("ix_gone_at"), "gone", ["at"])


def _make_parts() -> None:
    op.create_table(
        "elements",
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("media_type", sa.String(length=200), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=True),
        sa.Column("said_at", sa.Double(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name=op.f("fk_elements_conversation"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation", "id", name=op.f("pk_elements")),
    )
    op.create_index(op.f("ix_elements_conversation_position"), "elements", ["conversation", "position"])
    op.create_index(op.f("ix_elements_file"), "elements", ["file"])

    op.create_table(
        "exchanges",
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("work", sa.Text(), nullable=False),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("route", sa.String(length=100), nullable=True),
        sa.Column("model", sa.String(length=200), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("is_cut", sa.Boolean(), nullable=False),
        sa.Column("extra", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name=op.f("fk_exchanges_conversation"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation", "id", name=op.f("pk_exchanges")),
    )
    op.create_index(op.f("ix_exchanges_conversation_position"), "exchanges", ["conversation", "position"])


def _make_links() -> None:
    op.create_table(
        "shares",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name=op.f("fk_shares_conversation"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_shares")),
    )
    op.create_index(op.f("ix_shares_conversation"), "shares", ["conversation"])
    op.create_index(op.f("ix_shares_person"), "shares", ["person"])

    op.create_table(
        "feedback",
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("route", sa.String(length=100), nullable=True),
        sa.Column("model", sa.String(length=200), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name=op.f("fk_feedback_conversation"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation", "id", name=op.f("pk_feedback")),
    )
    op.create_index(op.f("ix_feedback_person"), "feedback", ["person"])


def _make_files_and_ledger() -> None:
    op.create_table(
        "files",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("media_type", sa.String(length=200), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_files")),
    )
    op.create_index(op.f("ix_files_conversation"), "files", ["conversation"])
    op.create_index(op.f("ix_files_person_at_key"), "files", ["person", "at", "key"])

    op.create_table(
        "spent",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("group_name", sa.String(length=100), nullable=False),
        sa.Column("route", sa.String(length=100), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost_usd", sa.Double(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("first_s", sa.Double(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spent")),
    )
    op.create_index(op.f("ix_spent_at"), "spent", ["at"])
    op.create_index(op.f("ix_spent_person_at"), "spent", ["person", "at"])


def _make_searchable() -> None:
    op.create_table(
        "sayings",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"], ["conversations.id"], name=op.f("fk_sayings_conversation"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sayings")),
    )
    op.create_index(
        op.f("ix_sayings_conversation_step_part"), "sayings", ["conversation", "step", "part"], unique=True
    )
    op.create_index(op.f("ix_sayings_owner_id"), "sayings", ["owner", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_sayings_words", "sayings", ["words"], postgresql_using="gin")
        return
    for statement in _SQLITE_INDEX:
        op.execute(statement)
