"""Real faults, each with an app of its own, and the scene in which they are broken and mended."""
