"""Everything with weights: speech to turns, and turns to label distributions."""
