"""The settings of access tokens."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

from ovoz.serving.settings_group import read_from

Algorithm = Literal["HS256", "RS256", "EdDSA"]
"""Of a token's signature."""


class TokenSettings(BaseSettings):
    """Access tokens (JWT); none are accepted without an algorithm.

    Raises:
        ValueError: something that the check of a token needs is missing.
    """

    model_config = read_from("OVOZ_JWT_")

    algorithm: Algorithm | None = Field(
        default=None,
        description="`HS256`, `RS256` or `EdDSA`: accept tokens signed so, and no other way",
    )
    key_file: Path | None = Field(
        default=None, description="the secret (32 bytes or more) or the public key in PEM"
    )
    jwks_url: str = Field(
        default="",
        pattern="^$|^https?://",
        description="instead of the file: the issuer's key set (not for `HS256`)",
    )
    audience: str = Field(default="", description="what a token's `aud` must hold")
    issuer: str = Field(default="", description="what a token's `iss` must be")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.algorithm is None:
            if self.key_file or self.jwks_url or self.audience or self.issuer:
                raise ValueError("OVOZ_JWT_… needs OVOZ_JWT_ALGORITHM, how tokens are signed")
            return self
        if not self.audience or not self.issuer:
            raise ValueError("OVOZ_JWT_ALGORITHM needs OVOZ_JWT_AUDIENCE and OVOZ_JWT_ISSUER")
        if (self.key_file is None) == (not self.jwks_url):
            raise ValueError("set one of OVOZ_JWT_KEY_FILE and OVOZ_JWT_JWKS_URL")
        if self.jwks_url and self.algorithm == "HS256":
            raise ValueError("HS256 has a secret, which no OVOZ_JWT_JWKS_URL gives out")
        return self
