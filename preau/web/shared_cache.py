"""The cache that several hosts share, in Valkey or Redis: what it holds can be lost, so its loss stops no page."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def _or(otherwise: Callable[..., Any], name: str) -> Any:
    """The method of that name; when the cache does not answer, what one that had forgotten everything would say."""
    asks = getattr(RedisCache, name)

    @wraps(asks)
    def method(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return asks(self, *args, **kwargs)
        except RedisError as error:
            logger.warning("The shared cache does not answer (%s): going on without", type(error).__name__)
            return otherwise(*args, **kwargs)

    return method


class SharedCache(RedisCache):
    """The framework's, forgiving."""

    get = _or(lambda key, default=None, version=None: default, "get")
    set = _or(lambda *_, **__: None, "set")
    add = _or(lambda *_, **__: True, "add")
    delete = _or(lambda *_, **__: False, "delete")
    touch = _or(lambda *_, **__: False, "touch")
    incr = _or(lambda key, delta=1, version=None: delta, "incr")
    get_many = _or(lambda *_, **__: {}, "get_many")
    set_many = _or(lambda *_, **__: [], "set_many")
    delete_many = _or(lambda *_, **__: None, "delete_many")
    has_key = _or(lambda *_, **__: False, "has_key")
    clear = _or(lambda *_, **__: False, "clear")
