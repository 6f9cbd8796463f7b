"""Amazon SNS: who gets what is published, in which form, and what becomes of failures.

moto keeps topics and subscriptions. It delivers inside the publisher's request, in
shortened shapes, to whoever is named, and confirms every subscription by itself.
"""

from grader.cloud.topics.topics import PATH, Topics

__all__ = ["PATH", "Topics"]
