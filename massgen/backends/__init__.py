"""One adapter per wire; none knows another, and nothing above them knows a wire."""
