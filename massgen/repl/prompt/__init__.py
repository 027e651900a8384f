"""What the prompt knows besides letters: what was typed before, what may be meant, and what goes with a question."""
