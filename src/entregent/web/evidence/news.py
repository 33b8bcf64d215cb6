"""Codes follow words: those written one by one are coded as they come, imports when they end."""

from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_save

from entregent.web.evidence import tasks
from entregent.web.evidence.models import Answer, Interaction


def listen_to_new_words() -> None:
    """Words that a colleague or another system adds; imports come without this news."""
    for model in (Interaction, Answer):
        post_save.connect(_words_written, sender=model, dispatch_uid=f"words {model.__name__}")


def _words_written(instance: Any, **_news: Any) -> None:
    if settings.CODES_WORDS and instance.text:
        transaction.on_commit(partial(tasks.code_new_words.enqueue))
