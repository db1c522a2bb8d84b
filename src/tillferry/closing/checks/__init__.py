"""Checks of closings: small pure functions over a whole batch, findings as values.

``check`` runs them all, ``outcome`` says what their findings mean for a closing. What makes a
closing *rejected* (it contradicts itself), *incomplete* (an unfinished copy) or is only to be
looked at stands at each check.
"""

from tillferry.closing.checks.run import Outcome, check, outcome

__all__ = ["Outcome", "check", "outcome"]
