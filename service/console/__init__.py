"""The review console: static files that a browser runs, served by ``service.api.routes.console``."""
