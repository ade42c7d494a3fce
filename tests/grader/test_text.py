"""Folding and language detection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.text import detect_language, fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("您好！請問１２３", "您好!请问123"),
        ("ＨＥＬＬＯ　World", "hello world"),
        ("臺灣的軟體", "台湾的软体"),
        ("İstanbul", "İstanbul"),
        ("I Don’t, can‘t, it´s", "i don't, can't, it's"),
        ("输入‘sh’", "输入‘sh’"),
        ("", ""),
    ],
)
def test_text_is_folded_to_one_script_and_width(text: str, folded: str) -> None:
    """Traditional, full-width and upper-case forms become simplified, half-width and lower-case ones."""
    assert fold(text) == folded


@given(st.text(st.characters(exclude_categories=())))
def test_folding_keeps_the_length(text: str) -> None:
    """An offset into folded text points at the same character of the original."""
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我的iPhone坏了", "zh"),
        ("訂單還沒有到", "zh"),
        ("hi, where is my order 123?", "en"),
        ("good morning how can i help you today", "en"),
        ("ありがとうございます。お願いします", None),
        ("감사합니다", None),
        ("bonjour je voudrais savoir quand ma commande arrive", None),
        ("Здравствуйте, где мой заказ", None),
        ("12345 ???", None),
        ("", None),
    ],
)
def test_language_is_told_from_script_and_common_words(text: str, language: str | None) -> None:
    """Mandarin and English are recognised, others are not mistaken for them."""
    assert detect_language(text) == language
