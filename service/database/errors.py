"""What the store refuses, for the caller to put into an answer."""


class StoreError(Exception):
    """Base of all that the store refuses; the message says what and why in full sentences."""


class MissingError(StoreError):
    """There is no such row, or nobody may know that there is."""


class ConflictError(StoreError):
    """What is there already, or its state, does not allow it."""


class LostLeaseError(StoreError):
    """The lease ran out and somebody else holds it, or it was ended."""
