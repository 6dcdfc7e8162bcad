"""The database goes away at the worst moment; the broker is gone."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from os import environ

import psycopg
import pytest
from celery import Celery
from django.db import connection, connections
from kombu.exceptions import OperationalError

from payments import tasks
from payments.models import InboxEvent
from tests.payments.inbox.posting import event, post

pytestmark = pytest.mark.django_db
INSERT = b"INSERT INTO payments_inboxevent"


class LosesTheAnswer:
    """A door to PostgreSQL that closes once the INSERT was done and before its answer is passed on."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.door.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.door.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            lost = threading.Event()
            threading.Thread(target=self.pass_on, args=(client, server, lost), daemon=True).start()
            threading.Thread(target=self.pass_back, args=(server, client, lost), daemon=True).start()

    def pass_on(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        while data := client.recv(65536):
            if INSERT in data:
                lost.set()
            server.sendall(data)

    def pass_back(self, server: socket.socket, client: socket.socket, lost: threading.Event) -> None:
        while data := server.recv(65536):
            if lost.is_set():
                client.shutdown(socket.SHUT_RDWR)
                client.close()
                return
            client.sendall(data)


@contextmanager
def database_at(host: str, port: int) -> Iterator[None]:
    settings = connections["default"].settings_dict
    before = {name: settings[name] for name in ("HOST", "PORT")}
    connection.close()
    settings.update(HOST=host, PORT=port)
    try:
        yield
    finally:
        connection.close()
        settings.update(before)


def test_the_database_goes_away_between_insert_and_answer() -> None:
    sent = event()
    settings = connections["default"].settings_dict
    door = LosesTheAnswer((settings["HOST"], int(settings["PORT"])))
    with database_at("127.0.0.1", door.port):
        answer = post(sent)
    door.door.close()

    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "psycopg" not in answer.text
    assert InboxEvent.objects.count() == 1, "it was committed, but nobody could know"
    assert post(sent).status_code == 200, "and Stripe tries again"
    assert InboxEvent.objects.count() == 1


def test_the_database_goes_away_before_the_insert_is_committed() -> None:
    sent = event()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
            $$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NEW; END$$;
            CREATE TRIGGER die AFTER INSERT ON payments_inboxevent FOR EACH ROW EXECUTE FUNCTION die();
            """
        )

    assert post(sent).status_code == 500

    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER die ON payments_inboxevent")
    assert InboxEvent.objects.count() == 0
    assert post(sent).status_code == 200
    assert InboxEvent.objects.count() == 1


def test_without_a_database_stripe_is_told_to_try_again() -> None:
    with database_at("127.0.0.1", 1):
        answer = post(event())

    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"


def test_a_database_that_is_silent_is_told_of_within_seconds() -> None:
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent, database_at("127.0.0.1", silent.getsockname()[1]):
        answer = post(event())

    assert answer.status_code == 500
    assert time.monotonic() - began < 8


def test_a_broker_that_is_gone_neither_fails_nor_delays_an_answer() -> None:
    gone = Celery("nobody there", broker="redis://127.0.0.1:1/0", set_as_current=False)
    asked = threading.Event()

    def send() -> bool:
        asked.set()
        with pytest.raises(OperationalError):
            gone.send_task("payments.tasks.wake", retry=False)
        return False

    nudger = tasks.Nudger(send)
    started = time.perf_counter()
    for _ in range(100):
        nudger.ask()

    assert time.perf_counter() - started < 0.05
    assert asked.wait(5)


def test_nudges_are_sent_at_most_ten_times_a_second() -> None:
    sent: list[float] = []

    def send() -> bool:
        sent.append(time.perf_counter())
        return True

    nudger = tasks.Nudger(send)
    ends_at = time.perf_counter() + 0.55
    while time.perf_counter() < ends_at:
        nudger.ask()
        time.sleep(0.005)

    assert 2 <= len(sent) <= 6


def test_a_kept_connection_that_died_meanwhile_costs_no_event() -> None:
    assert post(event()).status_code == 200
    with psycopg.connect(environ["DATABASE_URL"], autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert post(event()).status_code == 200
    assert InboxEvent.objects.count() == 2
