"""What can be done with attachments, cards and calls for help."""

from preau.attachments.actions.attach import attach, detach, undo_detach
from preau.attachments.actions.cards import (
    MadeCard,
    code_of,
    insert_cards,
    make_cards,
    open_card,
    spend_card,
)
from preau.attachments.actions.conflicts import note_conflict, see_conflict
from preau.attachments.actions.doubts import see_doubts
from preau.attachments.actions.enter import Proof, enter_first, join_school, proposed_username
from preau.attachments.actions.former_school import ask_again, ask_former_school, say_first_time
from preau.attachments.actions.help import YES_LASTS, accept_help, ask_for_help, refuse_help, settle_help
from preau.attachments.actions.identities import join_identity, undo_identity
from preau.attachments.actions.mails import ConvertedMails, convert_mails
from preau.attachments.actions.merge import (
    ask_merge,
    bring_back,
    confirm_merge,
    refuse_merge,
    set_aside,
    undo_merge,
)
from preau.attachments.actions.misplaced import give_identities, take_identity
from preau.attachments.actions.transfer import (
    ask_transfer,
    ignore_transfer,
    refuse_transfer,
    release,
    unreach,
    withdraw_transfer,
)
from preau.attachments.actions.usernames import GivenUsernames, give_usernames

__all__ = [
    "YES_LASTS",
    "ConvertedMails",
    "GivenUsernames",
    "MadeCard",
    "Proof",
    "accept_help",
    "ask_again",
    "ask_for_help",
    "ask_former_school",
    "ask_merge",
    "ask_transfer",
    "attach",
    "bring_back",
    "code_of",
    "confirm_merge",
    "convert_mails",
    "detach",
    "enter_first",
    "give_identities",
    "give_usernames",
    "ignore_transfer",
    "insert_cards",
    "join_identity",
    "join_school",
    "make_cards",
    "note_conflict",
    "open_card",
    "proposed_username",
    "refuse_help",
    "refuse_merge",
    "refuse_transfer",
    "release",
    "say_first_time",
    "see_conflict",
    "see_doubts",
    "set_aside",
    "settle_help",
    "spend_card",
    "take_identity",
    "undo_detach",
    "undo_identity",
    "undo_merge",
    "unreach",
    "withdraw_transfer",
]
