"""What a class handed in: folders and downloads of learning platforms, as they come.

Nothing is unpacked onto the disk, and nothing is dropped without a word.
"""

from grader.grading.intake.hand_ins import HandIn, Intake, take_in
from grader.grading.intake.matches import Wanted, wanted

__all__ = ["HandIn", "Intake", "Wanted", "take_in", "wanted"]
