"""The conversation at the prompt."""
