"""Speech to turns: faster-whisper, and all that makes its output fit to judge people by."""

from models.interfaces import SpeechOptions, SpeechRecognizer


def load(options: SpeechOptions) -> SpeechRecognizer:
    """Load the model that ``options`` names.

    Raises:
        ModelError: its files are missing or damaged, and cannot be fetched.
    """
    from models.speech.recognizer import WhisperRecognizer

    return WhisperRecognizer(options)
