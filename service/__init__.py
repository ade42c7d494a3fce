"""The service: database, jobs, REST API and review console around the grader."""
