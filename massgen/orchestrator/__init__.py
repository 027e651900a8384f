"""The only room with tasks: it makes what runs match what the core wants."""
