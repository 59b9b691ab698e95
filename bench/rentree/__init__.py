"""The simulated rentrée: invented pupils with habits and errors, the real deeds, a calendar without sleeping."""
