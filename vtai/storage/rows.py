"""Facts made of rows that more than one reader has."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from vtai.core.people import Person


def person(row: Row[Any]) -> Person:
    """Whose row of the table of people it is, by itself or joined with another one."""
    return Person(row.id, row.name, row.role, row.group_name, row.is_suspended, row.made_at)
