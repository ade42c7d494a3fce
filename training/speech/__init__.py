"""Speech of our own making: synthetic Mandarin for the samples and for training the micro recogniser."""
