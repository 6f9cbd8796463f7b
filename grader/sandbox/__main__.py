"""`python -m grader.sandbox`: see `grader.sandbox.command`."""

import sys
from pathlib import Path

# Started by its path and isolated, it has to find its package by itself.
sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from grader.sandbox.command import main

main(sys.argv[1:])
