"""Events in, characters out: what a turn looks like on a terminal, in a pipe and in the scrollback."""
