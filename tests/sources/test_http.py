"""The one way to ask over HTTP: who we are, what is tried again, and what an error says."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from servers.ss12000 import Fault, Login, Ss12000Server
from urllib3.util import retry

from dia_assets.errors import DiaError, TransientError
from dia_assets.sources.config import HttpSource
from dia_assets.sources.http import Client, LoginRefused, Unreachable

Served = Callable[..., Ss12000Server]
PERSONS = {"persons": [{"id": "p1", "meta": {"modified": "2026-06-01T00:00:00Z"}}]}


@dataclass(frozen=True)
class Certificates:
    """A certificate authority made for the tests, the server's certificate and ours."""

    authority: trustme.CA
    ca: Path
    client: Path
    key: Path

    def server_side(self, *, asks_for_ours: bool) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("localhost").configure_cert(context)
        if asks_for_ours:
            self.authority.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder, authority = tmp_path_factory.mktemp("certificates"), trustme.CA()
    ours = authority.issue_cert("kommun.example")
    ca, client, key = folder / "ca.pem", folder / "client.pem", folder / "client.key"
    authority.cert_pem.write_to_path(str(ca))
    ours.cert_chain_pems[0].write_to_path(str(client))
    ours.private_key_pem.write_to_path(str(key))
    return Certificates(authority, ca, client, key)


@pytest.fixture
def served() -> Iterator[Served]:
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(Ss12000Server(PERSONS, **how))


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between tries, which no test waits for."""
    found: list[float] = []
    monkeypatch.setattr(retry.time, "sleep", found.append)
    monkeypatch.setenv("TOKEN", "hemlig-token")
    monkeypatch.setenv("CLIENT_SECRET", "hemligt")
    return found


def source(server: Ss12000Server, **more: Any) -> HttpSource:
    return HttpSource(**{"base_url": server.base_url, "timeout_seconds": 20, "tries": 2, **more})


def persons(where: HttpSource, times: int = 1) -> list[int]:
    """The statuses of asking for persons."""
    with Client(where) as client:
        return [client.get("persons").status_code for _ in range(times)]


def client_credentials(server: Ss12000Server, **more: Any) -> dict[str, Any]:
    return {
        "kind": "client_credentials",
        "token_url": f"{server.root_url}/connect/token",
        "client_id": "client",
        "client_secret": "CLIENT_SECRET",
        **more,
    }


# who we are


def test_a_bearer_token_comes_from_the_environment(served: Served) -> None:
    server = served(login=Login(token="hemlig-token"))
    assert persons(source(server, authentication={"kind": "bearer", "token": "TOKEN"})) == [200]


@pytest.mark.parametrize("client_in", ["body", "basic"])
def test_a_token_is_got_for_the_clients_name_and_secret(
    served: Served, certificates: Certificates, client_in: Any
) -> None:
    server = served(login=Login(client_in=client_in), tls=certificates.server_side(asks_for_ours=False))
    how = client_credentials(server, client_in=client_in)
    assert persons(source(server, authentication=how, ca=certificates.ca), times=3) == [200] * 3
    assert server.login and server.login.tokens_given == 1


def test_a_token_that_expires_on_the_way_is_replaced_once(served: Served, certificates: Certificates) -> None:
    server = served(login=Login(lasts_requests=2), tls=certificates.server_side(asks_for_ours=False))
    where = source(server, authentication=client_credentials(server), ca=certificates.ca)
    assert persons(where, times=5) == [200] * 5
    assert server.login and server.login.tokens_given == 3


def test_a_token_that_is_known_to_be_too_old_is_replaced_before_it_is_sent(
    served: Served, certificates: Certificates
) -> None:
    server = served(login=Login(expires_in=-10), tls=certificates.server_side(asks_for_ours=False))
    where = source(server, authentication=client_credentials(server), ca=certificates.ca)
    with pytest.raises(LoginRefused):
        persons(where)
    assert server.asked == [] and server.login and server.login.tokens_given == 2


def test_a_token_that_never_works_is_a_refused_login(served: Served, certificates: Certificates) -> None:
    server = served(login=Login(lasts_requests=0), tls=certificates.server_side(asks_for_ours=False))
    with pytest.raises(LoginRefused):
        persons(source(server, authentication=client_credentials(server), ca=certificates.ca))
    assert server.login and server.login.tokens_given == 2


def test_a_certificate_shows_who_we_are(served: Served, certificates: Certificates) -> None:
    server = served(tls=certificates.server_side(asks_for_ours=True))
    how = {"kind": "certificate", "certificate": certificates.client, "key": certificates.key}
    assert persons(source(server, authentication=how, ca=certificates.ca)) == [200]
    with pytest.raises(Unreachable):
        persons(source(server, ca=certificates.ca, tries=1))


def test_a_certificate_and_a_token_that_is_got_with_it(served: Served, certificates: Certificates) -> None:
    server = served(login=Login(), tls=certificates.server_side(asks_for_ours=True))
    how = client_credentials(
        server, kind="certificate_and_token", certificate=certificates.client, key=certificates.key
    )
    assert persons(source(server, authentication=how, ca=certificates.ca)) == [200]


def test_a_certificate_and_a_token_of_our_own(served: Served, certificates: Certificates) -> None:
    server = served(login=Login(token="hemlig-token"), tls=certificates.server_side(asks_for_ours=True))
    how = {"kind": "certificate_and_token", "token": "TOKEN", "certificate": certificates.client}
    assert persons(source(server, authentication={**how, "key": certificates.key}, ca=certificates.ca)) == [200]


def test_a_server_with_a_certificate_of_nobody_known_is_not_spoken_to(
    served: Served, certificates: Certificates
) -> None:
    server = served(tls=certificates.server_side(asks_for_ours=False))
    with pytest.raises(Unreachable) as raised:
        persons(source(server, tries=1))
    assert "krypterad förbindelse" in raised.value.message_sv
    assert server.asked == []


def test_no_token_is_sent_without_encryption(served: Served) -> None:
    server = served(login=Login())
    with pytest.raises(DiaError) as raised:
        persons(source(server, authentication=client_credentials(server)))
    assert "https" in raised.value.message_sv and server.login and server.login.tokens_given == 0


@pytest.mark.parametrize(
    ("how", "named"),
    [
        ({"kind": "bearer"}, "token"),
        ({"kind": "client_credentials", "client_id": "x"}, "token_url, client_secret"),
        ({"kind": "certificate"}, "certificate"),
        ({"kind": "certificate_and_token", "token": "TOKEN"}, "certificate"),
        ({"kind": "certificate", "certificate": Path("no/such.pem")}, "certificate"),
        ({"kind": "bearer", "token": "NO_SUCH_SECRET"}, "NO_SUCH_SECRET"),
    ],
)
def test_what_a_login_lacks_is_named_before_anything_is_asked(served: Served, how: dict[str, Any], named: str) -> None:
    server = served()
    with pytest.raises(DiaError) as raised:
        persons(source(server, authentication=how))
    assert named in raised.value.message_sv and server.asked == []


def test_no_secret_is_in_an_error_or_a_log(
    served: Served, certificates: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = served(login=Login(client_secret="annat"), tls=certificates.server_side(asks_for_ours=False))
    with pytest.raises(LoginRefused) as raised:
        persons(source(server, authentication=client_credentials(server), ca=certificates.ca))
    server.login = Login(client_secret="hemligt")
    persons(source(server, authentication=client_credentials(server), ca=certificates.ca))
    said = caplog.text + str(raised.value) + raised.value.message_sv
    assert "/connect/token" in said
    assert "hemligt" not in said and "token-1" not in said


# what is tried again


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_after_the_time_that_it_says(
    served: Served, waits: list[float], status: int
) -> None:
    server = served()
    server.faults = [Fault(status=status, headers={"Retry-After": "7"})]
    assert persons(source(server)) == [200]
    assert waits == [7]


def test_a_server_cannot_make_us_wait_longer_than_the_bound(served: Served, waits: list[float]) -> None:
    server = served()
    server.faults = [Fault(status=429, headers={"Retry-After": "86400"})]
    assert persons(source(server, longest_wait_seconds=30)) == [200]
    assert waits == [30]


def test_waits_grow_where_the_server_says_nothing(served: Served, waits: list[float]) -> None:
    server = served()
    server.faults = [Fault(status=500, times=3)]
    assert persons(source(server, tries=4)) == [200]
    assert waits == sorted(waits) and waits[0] < waits[-1]


def test_a_server_that_stays_busy_is_left_for_the_next_run(served: Served) -> None:
    server = served()
    server.faults = [Fault(status=503, times=9)]
    with pytest.raises(TransientError) as raised:
        persons(source(server, tries=3))
    assert len(server.asked) == 3 and "503" in raised.value.message_sv


def test_an_answer_that_breaks_off_is_asked_for_again(served: Served) -> None:
    server = served()
    server.faults = [Fault(cut_to=0.5)]
    assert persons(source(server)) == [200]
    server.faults = [Fault(cut_to=0.5, times=9)]
    with pytest.raises(Unreachable):
        persons(source(server))


def test_a_server_that_does_not_answer_in_time_is_unreachable(served: Served) -> None:
    server = served()
    server.faults = [Fault(seconds=0.4, times=2)]
    with pytest.raises(Unreachable):
        persons(source(server, timeout_seconds=0.05))


def test_statuses_that_the_caller_knows_are_given_back(served: Served) -> None:
    server = served()
    with Client(source(server)) as client:
        assert client.get("grades", known=(404,)).status_code == 404
        with pytest.raises(DiaError):
            client.get("grades")


def test_what_may_not_be_read_is_no_refused_login(served: Served) -> None:
    server = served()
    server.faults = [Fault(status=403)]
    with pytest.raises(DiaError) as raised:
        persons(source(server))
    assert not isinstance(raised.value, LoginRefused) and "behörighet" in raised.value.message_sv
