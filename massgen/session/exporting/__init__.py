"""A whole session as one document, to be kept elsewhere or given away: Markdown for people, JSON for programs.

Documents leave the session's directory, so keys are taken out of them, and no byte in them acts on a terminal.
"""
