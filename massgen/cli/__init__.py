"""The front door: flags, the assembly of everything, and exit statuses."""
