"""Serverless Journey: a course on AWS Lambda with a cloud of its own."""
