"""MassGen: a team of models from different providers answers every question together."""

__version__ = "0.1.0"
