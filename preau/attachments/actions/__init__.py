"""What can be done with attachments, cards and calls for help."""

from preau.attachments.actions.attach import attach, detach, undo_detach
from preau.attachments.actions.cards import MadeCard, code_of, make_cards, open_card, same_cards, spend_card
from preau.attachments.actions.conflicts import note_conflict, see_conflict
from preau.attachments.actions.doubts import see_doubts
from preau.attachments.actions.enter import Proof, enter_first, join_school, proposed_username
from preau.attachments.actions.help import YES_LASTS, accept_help, ask_for_help, refuse_help, settle_help
from preau.attachments.actions.identities import join_identity, undo_identity
from preau.attachments.actions.mails import ConvertedMails, convert_mails
from preau.attachments.actions.usernames import GivenUsernames, give_usernames

__all__ = [
    "YES_LASTS",
    "ConvertedMails",
    "GivenUsernames",
    "MadeCard",
    "Proof",
    "accept_help",
    "ask_for_help",
    "attach",
    "code_of",
    "convert_mails",
    "detach",
    "enter_first",
    "give_usernames",
    "join_identity",
    "join_school",
    "make_cards",
    "note_conflict",
    "open_card",
    "proposed_username",
    "refuse_help",
    "same_cards",
    "see_conflict",
    "see_doubts",
    "settle_help",
    "spend_card",
    "undo_detach",
    "undo_identity",
]
