"""Jobs: what workers do with what they claim. The table and its rules are in ``service.database.claims``."""
