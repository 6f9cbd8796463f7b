"""Event source mappings at work: what polls queues and streams for functions."""
