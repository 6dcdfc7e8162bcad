"""Somebody is in the middle of something when somebody else begins: connections of their own, committed for real."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import psycopg
from django.db import connection, transaction

from config.base.errors import DomainError

T = TypeVar("T")
_WAITERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def while_others_wait(url: str, first: Callable[[], object], then: Callable[[], T]) -> T | DomainError:
    """`then` begins when `first` has done its work, and `first` commits when `then` waits for it (or has ended)."""
    is_done = threading.Event()

    def act() -> None:
        try:
            with transaction.atomic():
                first()
                is_done.set()
                _until_somebody_waits(url)
        finally:
            is_done.set()
            connection.close()

    def follow() -> T | DomainError:
        is_done.wait(10)
        try:
            return then()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        one, other = threads.submit(act), threads.submit(follow)
        one.result(30)
        return other.result(30)


def _until_somebody_waits(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as observer:
        for _ in range(100):
            ((waiting,),) = observer.execute(_WAITERS).fetchall()
            if waiting:
                return
            time.sleep(0.01)
