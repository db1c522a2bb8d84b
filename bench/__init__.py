"""Speed and memory, side by side with peers in one run. Start with ``make bench``."""
