"""From the bytes of a file a school exports to frozen values; no Django here."""
