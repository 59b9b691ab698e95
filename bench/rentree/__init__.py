"""The simulated rentrée: invented pupils, their habits and errors, the real deeds, a calendar that nobody sleeps through."""
