"""What ends a training command with a usage error: inputs, weights, and modules that are missing."""

from collections.abc import Iterator
from contextlib import contextmanager

from grader.cli.common import refuse


@contextmanager
def refusing() -> Iterator[None]:
    """End a command with the message of what a person can mend; also decorates the command."""
    from grader.problems import InputError
    from models.store import ModelError

    try:
        yield
    except (InputError, ModelError) as error:
        refuse(str(error))
    except ModuleNotFoundError as error:
        refuse(
            f"{error.name} is not installed. This needs the extra train: "
            ".venv/bin/pip install -c constraints.txt -e '.[train]'"
        )
