"""How chosen passwords are kept."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """Argon2id at 19 MiB, t=2, p=1 (OWASP Password Storage Cheat Sheet).

    The framework's default (100 MiB, p=8) allows ten sign-ins a second on two cores: a class would queue.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
