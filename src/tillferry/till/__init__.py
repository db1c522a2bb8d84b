"""The till: its own register, the outbox of closings, and the agent beside a foreign till."""
