"""``python -m tillferry``."""

from tillferry.cli import main

main()
