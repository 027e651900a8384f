"""What stays on disk: the log that is the truth, and the views people read, which are rebuilt from it."""
