"""The command line: ``tillferry``."""

from __future__ import annotations

import sys
from typing import Final

from tillferry.cli import language
from tillferry.errors import TillferryError

EXIT_GOOD: Final = 0
EXIT_COULD_NOT_RUN: Final = 1
EXIT_USAGE: Final = 2
EXIT_WAITING: Final = 3
EXIT_INTERRUPTED: Final = 130


def main(argv: list[str] | None = None) -> None:
    """Run a command and exit: 0 good, 3 something waits aside, 2 wrong usage, 1 could not run."""
    sys.exit(run(sys.argv[1:] if argv is None else argv))


def run(argv: list[str]) -> int:
    """Run a command; gives the exit status."""
    arguments, wanted = language.split_option(argv)
    if wanted is not None and wanted not in language.LANGUAGES:
        language.use(None)
        _say_usage(language.words("usage_language_unknown", language=wanted))
        return EXIT_USAGE
    language.use(wanted)
    # The commands' help texts are in the language, so it has to be known before they are made.
    from tillferry.cli.app import make_app
    from tillferry.cli.output import show_error

    try:
        result = make_app(arguments)(arguments, standalone_mode=False, prog_name="tillferry")
    except TillferryError as error:
        show_error(error)
        return EXIT_COULD_NOT_RUN
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        sys.stdout = None
        return EXIT_COULD_NOT_RUN
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        if type(error).__name__ == "NoArgsIsHelpError":
            print(error.format_message(), file=sys.stderr)
            return EXIT_USAGE
        _say_usage(_usage_words(error))
        return EXIT_USAGE
    if result == EXIT_INTERRUPTED:
        return _interrupted()
    return result if isinstance(result, int) else EXIT_GOOD


def _interrupted() -> int:
    print(language.words("interrupted"), file=sys.stderr)
    return EXIT_INTERRUPTED


def _usage_words(error: Exception) -> str:
    """What is wrong with the command's words, in the user's language where it has a name."""
    kind = type(error).__name__
    option = getattr(error, "option_name", None)
    if kind == "NoSuchOption" and option:
        return language.words("usage_no_such_option", option=option)
    if kind == "MissingParameter":
        parameter = getattr(error, "param", None)
        hint = getattr(error, "param_hint", None)
        if parameter is not None and hint is None:
            hint = (parameter.opts or [parameter.name])[0]
            if not str(hint).startswith("-"):
                hint = str(parameter.metavar or hint).upper()
        return language.words("usage_missing", parameter=hint or "?")
    return language.words("usage_wrong", reason=error.format_message())  # type: ignore[attr-defined]


def _say_usage(text: str) -> None:
    print(text, file=sys.stderr)
    print(language.words("usage_help"), file=sys.stderr)
