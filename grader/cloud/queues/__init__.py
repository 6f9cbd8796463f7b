"""Amazon SQS: what a queue does between SendMessage and DeleteMessage.

moto keeps queues and answers their API. Its queues forget what they deduplicate, may
lose a message that comes while another is deleted, wait by the second, keep expired
messages for counted and take any settings.
"""

from grader.cloud.queues.queues import Queues

__all__ = ["Queues"]
