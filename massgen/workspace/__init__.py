"""Directories an agent may touch, and how they are opened, judged, copied and handed on."""
