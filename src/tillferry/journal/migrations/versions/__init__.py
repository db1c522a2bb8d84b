"""One file a revision; what was released is not changed any more."""
