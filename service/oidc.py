"""Logging in through an identity provider: authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636).

``authlib`` speaks with the provider, ``joserfc`` checks what it signed; both come with the extra ``oidc``.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, Self, TypeAlias, get_args

import httpx

from grader.reading.characters import tidy_name
from service.roles import PersonRole
from service.sealing import Sealer
from service.settings import Oidc

UNDER_WAY: Final = timedelta(minutes=10)
"""A login that takes longer is begun anew."""

_TIMEOUT: Final = 10.0
_ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]


Refusal: TypeAlias = Literal["expired", "refused", "no_role", "name_taken", "switched_off", "unreachable"]
"""Why nobody is logged in, as the log-in page is told."""


class RefusedError(Exception):
    """The provider's answer cannot be believed, or the person has no business here; says why, for the operator."""

    def __init__(self, refusal: Refusal, reason: str) -> None:
        super().__init__(reason)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom the provider has logged in."""

    issuer: str
    subject: str
    login: str
    name: str
    role: PersonRole | None
    """None where no group of the person's has a role here."""
    teams: tuple[str, ...]
    agent_id: str | None
    """As conversations name the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An identity provider whose addresses are known."""

    settings: Oidc
    metadata: dict[str, Any]

    @classmethod
    def discovered(cls, settings: Oidc) -> Self:
        """Ask the provider where its endpoints are (OpenID Connect Discovery 1.0).

        Raises:
            RefusedError: it cannot be reached, or is another one than the settings say.
        """
        address = settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            metadata = httpx.get(address, timeout=_TIMEOUT).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise _unusable(f"{address} gave {type(error).__name__}.") from None
        if metadata.get("issuer") != settings.issuer:
            raise _unusable("The provider calls itself otherwise than the settings do.")
        return cls(settings=settings, metadata=metadata)

    def begin(self, sealer: Sealer, *, redirect_uri: str) -> tuple[str, str]:
        """Give the address to send the browser to, and what its cookie must bring back."""
        nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        with self._client(redirect_uri) as client:
            address, state = client.create_authorization_url(
                self.metadata["authorization_endpoint"], nonce=nonce, code_verifier=verifier
            )
        under_way = {"state": state, "nonce": nonce, "verifier": verifier, "redirect_uri": redirect_uri}
        return address, sealer.seal(json.dumps(under_way))

    def finish(self, sealer: Sealer, sealed: str, *, code: str, state: str) -> Person:
        """Give whom the provider has logged in.

        Raises:
            RefusedError: the answer belongs to no login of this browser, or cannot be believed.
        """
        from authlib.integrations.base_client.errors import OAuthError

        opened = sealer.open(sealed, within=UNDER_WAY)
        under_way = json.loads(opened) if opened else {}
        if not secrets.compare_digest(under_way.get("state", "").encode(), state.encode()) or not state:
            raise RefusedError("expired", "This login was begun elsewhere, or too long ago. Begin anew.")
        try:
            with self._client(under_way["redirect_uri"]) as client:
                token = client.fetch_token(
                    self.metadata["token_endpoint"], code=code, code_verifier=under_way["verifier"]
                )
            keys = httpx.get(self.metadata["jwks_uri"], timeout=_TIMEOUT).raise_for_status().json()
        except (httpx.HTTPError, OAuthError) as error:
            raise RefusedError(
                "refused", f"The identity provider refused with {type(error).__name__}."
            ) from None
        return self._person(self._claims(token.get("id_token", ""), keys, under_way["nonce"]))

    def _client(self, redirect_uri: str) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client

        return OAuth2Client(
            self.settings.client_id,
            self.settings.client_secret.get_secret_value(),
            scope="openid profile email",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
        )

    def _claims(self, id_token: str, keys: dict[str, Any], nonce: str) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        wanted = jwt.JWTClaimsRegistry(
            leeway=30,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client_id},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
            exp={"essential": True},
        )
        try:
            token = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)  # type: ignore[arg-type]
            wanted.validate(token.claims)
        except (JoseError, ValueError) as error:
            raise RefusedError(
                "refused", f"The identity token cannot be believed: {type(error).__name__}."
            ) from None
        return dict(token.claims)

    def _person(self, claims: dict[str, Any]) -> Person:
        settings = self.settings
        roles = {
            settings.roles[group] for group in _names(claims, settings.role_claim) if group in settings.roles
        }
        subject = str(claims["sub"])
        agents = _names(claims, settings.agent_claim)
        return Person(
            issuer=settings.issuer,
            subject=subject,
            login=str(claims.get("preferred_username") or claims.get("email") or subject),
            name=str(claims.get("name") or subject),
            role=min(roles, key=get_args(PersonRole).index) if roles else None,
            teams=tuple(_names(claims, settings.team_claim)),
            agent_id=agents[0] if agents else None,
        )


def _names(claims: dict[str, Any], claim: str | None) -> list[str]:
    """Give the names of a claim, read as those in conversations are; none where it is missing."""
    given = claims.get(claim) if claim is not None else None
    names = given if isinstance(given, list) else [given]
    return [tidied for name in names if name is not None and (tidied := tidy_name(str(name)))]


def _unusable(problem: str) -> RefusedError:
    remedy = "Check the issuer's address in CALLGRADER_OIDC, and that this machine reaches it."
    return RefusedError("unreachable", f"The identity provider cannot be used. {problem} {remedy}")
