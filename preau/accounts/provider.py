"""Where allauth looks for the providers of a room."""

from preau.accounts.providers.cas import CasProvider
from preau.accounts.providers.oidc import OidcProvider
from preau.accounts.providers.saml import SamlProvider

provider_classes = [SamlProvider, OidcProvider, CasProvider]
