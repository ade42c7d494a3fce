"""The REST API: one application, its routes by subject, errors as problem+json (RFC 9457)."""
