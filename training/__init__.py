"""How every shipped weight was made, re-runnable."""
