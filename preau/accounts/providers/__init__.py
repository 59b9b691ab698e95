"""Ways in through an ENT or the GAR: SAML 2.0, OpenID Connect and CAS 3, on allauth (sso.md)."""
