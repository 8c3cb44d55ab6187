"""One way to ask a server over HTTP: authentication, retries with back-off, and errors that show no secret or value.

Retries are urllib3's: timeouts, broken connections, 429 and 5xx are tried again, a Retry-After is obeyed up to a
bound; an answer that breaks off is asked for again. What is left after the last try is a `TransientError`; what will
not get better by itself is a `DiaError`, and a login that is refused a `LoginRefused`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from oauthlib.oauth2 import BackendApplicationClient, InsecureTransportError, OAuth2Error, TokenExpiredError
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

from dia_assets.errors import DiaError, TransientError
from dia_assets.sources.config import Authentication, HttpSource, secret

TRIED_AGAIN = (408, 425, 429, 500, 502, 503, 504)
BROKEN_OFF = (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError)
Parameters = Mapping[str, str | Sequence[str]]

for _name in (
    "oauthlib",
    "requests_oauthlib",
):  # at level DEBUG they write down the request for a token, secret and all
    logging.getLogger(_name).setLevel(logging.INFO)


class LoginRefused(DiaError):
    """The server does not accept who we say we are; asking for something else will not help."""


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


class Unreachable(TransientError):
    """There is no answer from the server at all."""


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

    def get(self, path: str, parameters: Parameters | None = None, known: tuple[int, ...] = ()) -> requests.Response:
        """GET an address below the base. A status in `known` is given back; any other than 2xx raises.

        A token that has expired is replaced, once per request. Raises `TransientError` when the server cannot be
        reached or stays busy, `LoginRefused` or another `DiaError` when it refuses.
        """
        url = path if path.startswith("http") else f"{self._source.base_url.rstrip('/')}/{path.lstrip('/')}"
        answer = self._ask(url, parameters)
        if answer is None or (answer.status_code == 401 and isinstance(self._session, OAuth2Session)):
            self._authenticate()
            answer = self._ask(url, parameters)
        if answer is None:
            raise refusal(url, 401)
        if answer.ok or answer.status_code in known:
            return answer
        raise refusal(url, answer.status_code)

    def _ask(self, url: str, parameters: Parameters | None) -> requests.Response | None:
        """The answer, read to its end; None when our token has expired."""
        for left in reversed(range(self._source.tries)):
            try:
                return self._session.get(url, params=parameters, timeout=self._source.timeout_seconds)
            except TokenExpiredError:
                return None
            except InsecureTransportError:
                raise _not_encrypted(url) from None
            except BROKEN_OFF as error:
                if not left:
                    raise _unreachable(url, error) from None
            except (requests.RequestException, OAuth2Error) as error:
                raise _unreachable(url, error) from None
        raise AssertionError("at least one try")

    def _authenticate(self) -> None:
        """Get a token where the way of authentication has one to get."""
        how = self._source.authentication
        if not isinstance(self._session, OAuth2Session):
            return
        url = how.token_url or ""
        client_id, client_secret = how.client_id or "", secret(how.client_secret or "")
        in_body = how.client_in == "body"
        try:
            self._session.fetch_token(
                url,
                client_secret=client_secret if in_body else None,
                include_client_id=in_body or None,
                auth=None if in_body else HTTPBasicAuth(client_id, client_secret),
                timeout=self._source.timeout_seconds,
                verify=self._session.verify,
            )
        except InsecureTransportError:
            raise _not_encrypted(url) from None
        except (requests.RequestException, OAuth2Error, ValueError) as error:
            if isinstance(error, requests.ConnectionError | requests.Timeout | requests.exceptions.RetryError):
                raise _unreachable(url, error) from None
            raise refusal(url, 401) from None


def _session(source: HttpSource) -> requests.Session:
    how: Authentication = source.authentication
    _refuse_what_is_missing(source)
    session: requests.Session
    if how.kind in ("client_credentials", "certificate_and_token") and not how.token:
        session = OAuth2Session(client=BackendApplicationClient(client_id=how.client_id or "", scope=how.scope))
    else:
        session = requests.Session()
    if how.token and how.kind in ("bearer", "certificate_and_token"):
        session.headers["Authorization"] = f"Bearer {secret(how.token)}"
    if how.certificate:
        session.cert = (str(how.certificate), str(how.key)) if how.key else str(how.certificate)
    session.verify = str(source.ca) if source.ca else True
    return session


def _refuse_what_is_missing(source: HttpSource) -> None:
    """Say which settings the way of authentication lacks, and which files are not there, before anything is asked."""
    how = source.authentication
    wanted: dict[str, tuple[str, ...]] = {
        "bearer": ("token",),
        "client_credentials": ("token_url", "client_id", "client_secret"),
        "certificate": ("certificate",),
        "certificate_and_token": ("certificate", *(() if how.token else ("token_url", "client_id", "client_secret"))),
    }
    missing = [name for name in wanted.get(how.kind, ()) if not getattr(how, name)]
    if missing:
        raise DiaError(
            f"authentication {how.kind} needs {', '.join(missing)}.",
            f"Inloggningen {how.kind} saknar {', '.join(missing)}. Fyll i det i deployment.yaml.",
        )
    files: dict[str, Path | None] = {"certificate": how.certificate, "key": how.key, "ca": source.ca}
    if gone := [name for name, path in files.items() if path and not path.is_file()]:
        raise DiaError(
            f"The file that `{gone[0]}` names does not exist.",
            f"Filen som `{gone[0]}` i deployment.yaml pekar på finns inte. Kontrollera sökvägen.",
        )


def refusal(url: str, status: int) -> DiaError:
    """What a status that is no success means, and what to do about it."""
    host = urlsplit(url).hostname
    if status in TRIED_AGAIN:
        return TransientError(
            f"{host} answered {status} on every try.",
            f"{host} är upptagen eller trasig (svar {status}) och har frågats flera gånger. Nästa körning frågar igen.",
        )
    if status == 401:
        return LoginRefused(
            f"{host} refused the login ({status}).",
            f"{host} godtog inte inloggningen (svar {status}). Kontrollera hemligheten och behörigheten.",
        )
    if status == 403:
        return DiaError(
            f"{host} does not let us read this ({status}).",
            f"{host} ger inte behörighet till den här frågan (svar {status}). Be leverantören om läsrätt.",
        )
    return DiaError(
        f"{host} refused the request ({status}).",
        f"{host} avvisade frågan (svar {status}). Kontrollera källans adress och inställningar i deployment.yaml.",
    )


def _not_encrypted(url: str) -> DiaError:
    host = urlsplit(url).hostname
    return DiaError(
        f"A token is not sent to {host} without encryption.",
        f"Inloggning med token kräver https, men adressen till {host} börjar inte så. Ändra den i deployment.yaml.",
    )


def _unreachable(url: str, error: Exception) -> Unreachable:
    host = urlsplit(url).hostname
    if isinstance(error, requests.exceptions.SSLError):
        return Unreachable(
            f"No encrypted connection with {host}.",
            f"Det gick inte att upprätta en krypterad förbindelse med {host}. Kontrollera `ca`, `certificate` och `key`"
            " i deployment.yaml, och att certifikaten gäller.",
        )
    return Unreachable(
        f"{host} cannot be reached ({type(error).__name__}).",
        f"{host} går inte att nå ({type(error).__name__}). Nästa körning försöker igen.",
    )
