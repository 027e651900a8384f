"""YAML (teams and demo scripts) becomes validated values here; nothing else reads YAML or the environment."""
