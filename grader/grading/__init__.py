"""The instructor's side: releasing, running and grading the course.

Nothing here knows of Lambda or of how the local cloud works.
"""
