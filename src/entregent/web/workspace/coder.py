"""Which coder reads customers' words: the one place that both who trains one and who uses one look at."""

import logging
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from entregent.adapters.coders.coder import (
    AnotherEncoder,
    NoSuchCoder,
    TrainedCoder,
    carried_coder,
    read_card,
    read_coder,
)
from entregent.adapters.encoders import EncoderAbsent, UnknownEncoder, open_encoder
from entregent.engine.errors import BrokenContract
from entregent.web.workspace.models import this_workspace

logger = logging.getLogger("entregent.coder")
Unreadable = (NoSuchCoder, AnotherEncoder, EncoderAbsent, UnknownEncoder, BrokenContract)


def coder_in_use() -> TrainedCoder:
    """The coder that the firm accepted last, else the fast one that the package carries.

    Whatever reads customers' words for the firm asks here: the job that codes new words, the queues
    that show proposals, the card. A folder that cannot be read any more is told in the log, and
    the package's coder reads on; every coding keeps the name of what made it.
    """
    folder = this_workspace().coder_folder
    if not folder:
        return carried_coder()
    try:
        return coder_in(settings.CODERS_FOLDER / folder)
    except Unreadable:
        logger.exception("the coder in %s cannot be read; the package's own reads on", folder)
        return carried_coder()


@lru_cache(maxsize=2)
def coder_in(folder: Path) -> TrainedCoder:
    """A coder of the firm; its folder is written once and never changes.

    Raises one of `Unreadable`.
    """
    return read_coder(folder, open_encoder(str(read_card(folder)["profile"])))
