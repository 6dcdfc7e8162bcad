"""What the fixtures of a database promise to every other test."""

import subprocess
import sys
import threading

import pytest
from django.db import connection

ASK = "import django; django.setup(); from tests.local.test_databases import *; print(current_database())"


def current_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize("turn", ["first", "second"])
def test_every_test_begins_with_what_the_migrations_left(db, turn):
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('left_behind')")
        assert cursor.fetchone() == (None,)
        cursor.execute("CREATE TABLE left_behind ()")


def test_nothing_is_wrapped_in_a_transaction(db):
    assert not connection.in_atomic_block


def test_threads_see_the_same_database(db):
    seen: list[str] = []

    def look() -> None:
        seen.append(current_database())
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()

    assert seen == [current_database()]


def test_subprocesses_see_the_same_database(database_url):
    answer = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == current_database() == database_url.rpartition("/")[2]


def test_a_test_that_did_not_ask_for_a_database_gets_none():
    with pytest.raises(RuntimeError, match="Database access not allowed"):
        current_database()
