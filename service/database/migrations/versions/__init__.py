"""The versions of the tables, each a step from the one before."""
