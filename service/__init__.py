"""The REST API, the store, the jobs and the review console."""
