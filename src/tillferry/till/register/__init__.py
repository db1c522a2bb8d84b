"""The till's own engine: receipts, time clock, stock, day close. See ``register.Register``."""
