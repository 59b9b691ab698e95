"""Who reaches which address, all rooms together."""
