"""The fixed, made-up credentials of the sandbox: the same for an organisation and region on every machine."""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

REGIONS = ("us", "eu")


@dataclass(frozen=True)
class Keys:
    """The API keys of one region."""

    read_only: str
    full: str
    user: str


@dataclass(frozen=True)
class Credentials:
    """Everything that a client can connect with; the OAuth clients, one of each kind, work for both regions."""

    us: Keys
    eu: Keys
    client_id: str
    client_secret: str
    scoped_client_id: str
    scoped_client_secret: str

    def client(self, client_id: str | None) -> tuple[str, str] | None:
        """Kind and secret of an OAuth client: Classic User OAuth or Scoped OAuth."""
        clients = {
            self.client_id: ("classic", self.client_secret),
            self.scoped_client_id: ("scoped", self.scoped_client_secret),
        }
        return clients.get(client_id or "")

    def of(self, region: str) -> Keys:
        """The keys of a region."""
        return self.eu if region == "eu" else self.us


def credentials_of(organisation: str) -> Credentials:
    """Derive the credentials of an organisation from its name."""

    def letters(what: str, length: int) -> str:
        digest = sha256(f"sandbox:{organisation}:{what}".encode()).digest()
        return b64encode(digest, altchars=b"_z").decode()[:length]

    def keys(region: str) -> Keys:
        return Keys(
            read_only="y_" + letters(f"{region}:read-only", 18),
            full="y_" + letters(f"{region}:full", 18),
            user="u_" + letters(f"{region}:user", 18),
        )

    def uuid(what: str) -> str:
        return str(UUID(bytes=sha256(f"{what}:{organisation}".encode()).digest()[:16], version=4))

    return Credentials(
        us=keys("us"),
        eu=keys("eu"),
        client_id=uuid("client"),
        client_secret=letters("client-secret", 40),
        scoped_client_id=uuid("scoped client"),
        scoped_client_secret=letters("scoped-client-secret", 40),
    )
