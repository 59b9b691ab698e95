"""The rentrées that are played."""

from __future__ import annotations

SCHOOLS_WAY, SHORT_WAY = "La façon des établissements", "La façon courte"
WAYS: dict[str, dict[str, bool]] = {SCHOOLS_WAY: {"short": False, "linked": False}, SHORT_WAY: {}}
# Each as the short way of the same pupils, without one thing; the last ones where nobody has a card.
WITHOUT: dict[str, dict[str, bool]] = {
    "Courte": {},
    "sans reconnaissance à l’import": {"recognition": False},
    "sans cartes": {"cards": False},
    "sans cartes de secours": {"spare_cards": False},
    "sans le code en un geste": {"one_tap": False},
    "sans la preuve unique": {"one_proof": False},
    "sans « tu avais déjà un compte ? »": {"asks_old": False},
    "sans fermer la session d’un autre": {"makes_way": False},
    "sans les proches expliqués": {"near": False},
    "sans indulgence pour une lettre": {"forgiving": False},
    "sans le bureau des comptes": {"desk": False},
    "cartes données en séance": {"in_hand": True},
    "Sans cartes ni reconnaissance": {"cards": False, "recognition": False},
    "… ni proches expliqués": {"cards": False, "recognition": False, "near": False},
    "… ni indulgence": {"cards": False, "recognition": False, "forgiving": False},
    "Établissements, comptes déjà reliés": {"short": False},
}
