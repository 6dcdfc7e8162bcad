"""Databases of a server: made from a template, dropped, addressed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

Admin = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def administered(server: str) -> Iterator[Admin]:
    """A connection for statements that no transaction may hold."""
    with psycopg.connect(server, autocommit=True) as admin:
        yield admin


def address(server: str, name: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def names(admin: Admin, prefix: str) -> list[str]:
    """Those that begin so, oldest first."""
    rows = admin.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY oid::bigint", [prefix]
    )
    return [name for (name,) in rows]


def create(admin: Admin, name: str, template: str = "template0") -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


def drop(admin: Admin, name: str) -> None:
    """Drop it if it is there, and whoever is still connected."""
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def rename(admin: Admin, name: str, to: str) -> None:
    admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(to)))
