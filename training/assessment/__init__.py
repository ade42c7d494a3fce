"""The evaluation report: how far the machine agrees with people, and how well it knows when it does not."""
