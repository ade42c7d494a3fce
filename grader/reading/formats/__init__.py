"""The formats that conversations come in; ``recognition`` tells which one a file is in."""
