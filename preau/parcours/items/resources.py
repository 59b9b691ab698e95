"""The files and simulated pages of an item, made on demand for a seed; nothing is stored."""

from __future__ import annotations

from preau.parcours.items.present import pages
from preau.parcours.items.shape import Item, Resource, UnknownResource
from preau.parcours.items.variants import variant
from preau.parcours.practical.files import content_type, made
from preau.parcours.practical.pages import Page


def resource(item: Item, seed: int | str, name: str) -> Resource:
    """The file `name` of this item's variant, always the same bytes; UnknownResource for any other name."""
    for file in variant(item, seed).get("files", ()):
        if file["name"] == name:
            return Resource(content=made(file), content_type=content_type(name), filename=name)
    raise UnknownResource


def simulated(item: Item, seed: int | str, page: str) -> Page:
    """One simulated page by its name (« page-1 »…), with the template that draws it; UnknownResource otherwise."""
    for one in pages(variant(item, seed)):
        if one.name == page:
            return one
    raise UnknownResource
