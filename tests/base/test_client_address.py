from ipaddress import ip_network

import pytest
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from config.base import client_address


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3", "10.0.0.3"),
    ],
)
def test_only_a_trusted_proxy_is_believed(settings: Settings, peer: str, forwarded: str, address: str) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers)

    assert client_address.of(request) == address


@pytest.mark.parametrize(
    ("peer", "address"), [("::ffff:10.0.0.1", "198.51.100.7"), ("::ffff:203.0.113.9", "203.0.113.9"), ("", "")]
)
def test_an_ipv4_address_is_the_same_on_a_dual_stack_socket(settings: Settings, peer: str, address: str) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": "198.51.100.7"})

    assert client_address.of(request) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:0:7:aaaa::1", "2001:db8:0:7::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::1", "::/64"),
        ("", ""),
    ],
)
def test_a_network_that_one_subscriber_has_is_counted_as_one(address: str, network: str) -> None:
    assert client_address.neighbours(RequestFactory().get("/", REMOTE_ADDR=address)) == network
