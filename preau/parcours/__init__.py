"""The parcours behind a code: a framework of skills, a bank of items, an engine that chooses the next one."""
