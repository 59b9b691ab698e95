"""The second factor of adults: an application that gives codes, passkeys, recovery codes (allauth.mfa keeps them)."""
