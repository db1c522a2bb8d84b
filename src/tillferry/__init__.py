"""Carries the books of tills that stand alone to head office, and proves that they arrived."""


def __getattr__(name: str) -> str:
    """``__version__``, looked up only when somebody asks: it takes a while."""
    if name == "__version__":
        from importlib.metadata import version

        return version("tillferry")
    raise AttributeError(name)
