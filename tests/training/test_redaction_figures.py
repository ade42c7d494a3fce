"""The measurement of the redactor on a corpus."""

import gzip
import json
from pathlib import Path

from training.redaction_figures import hits, measure, read


def test_hits_are_counted_and_shown(tmp_path: Path) -> None:
    """A file of conversations gives its turns, its hits by kind, and each hit between its words."""
    row = {
        "id": "1",
        "turns": [
            {"sender": "customer", "utterances": ["我叫李思琪", "电话13905718866谢谢"]},
            {"sender": "helpdesk", "utterances": ["好的"]},
        ],
    }
    path = tmp_path / "train_zh.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(row).encode()))
    conversations = read(path)
    figures, redacted = measure(conversations)
    assert figures.turns == 2
    assert figures.hits == {"name": 1, "phone": 1}
    assert figures.rate == 1000
    assert list(hits(conversations, redacted)) == [
        "name      customer 我叫⟦李思琪⟧ 电话13905718866谢谢",
        "phone     customer 我叫李思琪 电话⟦13905718866⟧谢谢",
    ]
