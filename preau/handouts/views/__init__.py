"""The Cartes pages."""
