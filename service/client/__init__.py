"""A typed client of the REST API: ``with Client("http://127.0.0.1:8080", key) as client: client.submit(conversation)``."""

from service.client.client import Client, Job, Submitted
from service.client.problem import ApiProblem
from service.client.webhooks import Event, verified

__all__ = ["ApiProblem", "Client", "Event", "Job", "Submitted", "verified"]
