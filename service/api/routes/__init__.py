"""The routes, a file a subject; each has a ``router`` that ``service.api.app`` includes."""
