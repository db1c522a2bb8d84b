"""The pages in the browser: the till's touch page."""
