"""One way to ask a server over HTTP: authentication, retries with back-off, and errors that show no secret or value.

Retries are urllib3's: timeouts, broken connections, 429 and 5xx are tried again, a Retry-After is obeyed up to a
bound. What is left after the last try is a `TransientError`; what will not get better by itself is a `DiaError`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

from dia_assets.errors import DiaError, TransientError
from dia_assets.sources.config import Authentication, HttpSource, secret

TRIED_AGAIN = (408, 425, 429, 500, 502, 503, 504)
LOGIN = (401, 403)


class _Retry(Retry):
    """urllib3's retry, with an upper bound for what a server may ask us to wait."""

    longest: float = 300

    def new(self, **kw: Any) -> _Retry:
        made = super().new(**kw)
        made.longest = self.longest
        return made

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        wait = super().get_retry_after(response)
        return None if wait is None else min(wait, self.longest)


class Client:
    """A session with one server. Close it, or use it in a `with` block."""

    def __init__(self, source: HttpSource, headers: dict[str, str] | None = None) -> None:
        self._source = source
        self._session = _session(source)
        self._session.headers.update({"User-Agent": "dia-lakehouse", **(headers or {})})
        self._session.trust_env = False  # no proxy and no password file that nobody named
        retry = _Retry(
            total=source.tries - 1,
            status_forcelist=TRIED_AGAIN,
            allowed_methods=None,
            backoff_factor=0.5,
            backoff_max=60,
            raise_on_status=False,
        )
        retry.longest = source.longest_wait_seconds
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))
        self._authenticate()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(
        self, path: str, parameters: dict[str, str] | None = None, known: tuple[int, ...] = ()
    ) -> requests.Response:
        """GET an address below the base. A status in `known` is given back; any other than 2xx raises.

        Raises `TransientError` when the server cannot be reached or stays busy, `DiaError` when it refuses.
        """
        url = path if path.startswith("http") else f"{self._source.base_url.rstrip('/')}/{path.lstrip('/')}"
        try:
            answer = self._session.get(url, params=parameters, timeout=self._source.timeout_seconds)
        except (requests.RequestException, OAuth2Error) as error:
            raise _unreachable(url, error) from None
        if answer.ok or answer.status_code in known:
            return answer
        raise refusal(url, answer.status_code)

    def _authenticate(self) -> None:
        """Get a token where the way of authentication has one to get."""
        how = self._source.authentication
        if not isinstance(self._session, OAuth2Session):
            return
        client_id, client_secret = how.client_id or "", secret(how.client_secret or "")
        in_body = how.client_in == "body"
        try:
            self._session.fetch_token(
                how.token_url,
                client_secret=client_secret if in_body else None,
                include_client_id=in_body or None,
                auth=None if in_body else HTTPBasicAuth(client_id, client_secret),
                timeout=self._source.timeout_seconds,
                verify=self._session.verify,
            )
        except (requests.RequestException, OAuth2Error, ValueError) as error:
            if isinstance(error, requests.ConnectionError | requests.Timeout):
                raise _unreachable(how.token_url or "", error) from None
            raise refusal(how.token_url or "", 401) from None


def _session(source: HttpSource) -> requests.Session:
    how: Authentication = source.authentication
    session: requests.Session
    if how.kind in ("client_credentials", "certificate_and_token"):
        session = OAuth2Session(client=BackendApplicationClient(client_id=how.client_id or "", scope=how.scope))
    else:
        session = requests.Session()
    if how.kind == "bearer":
        session.headers["Authorization"] = f"Bearer {secret(how.token or '')}"
    if how.certificate:
        session.cert = (str(how.certificate), str(how.key)) if how.key else str(how.certificate)
    session.verify = str(source.ca) if source.ca else True
    return session


def refusal(url: str, status: int) -> DiaError:
    """What a status that is no success means, and what to do about it."""
    host = urlsplit(url).hostname
    if status in TRIED_AGAIN:
        return TransientError(
            f"{host} answered {status} on every try.",
            f"{host} är upptagen eller trasig (svar {status}) och har frågats flera gånger. Nästa körning frågar igen.",
        )
    if status in LOGIN:
        return DiaError(
            f"{host} refused the login ({status}).",
            f"{host} godtog inte inloggningen (svar {status}). Kontrollera hemligheten och behörigheten.",
        )
    return DiaError(
        f"{host} refused the request ({status}).",
        f"{host} avvisade frågan (svar {status}). Kontrollera källans adress och inställningar i deployment.yaml.",
    )


def _unreachable(url: str, error: Exception) -> TransientError:
    host = urlsplit(url).hostname
    return TransientError(
        f"{host} cannot be reached ({type(error).__name__}).",
        f"{host} går inte att nå ({type(error).__name__}). Nästa körning försöker igen.",
    )
