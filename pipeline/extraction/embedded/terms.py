"""Which embedded value a leaf of a schema means; `None` wherever that is not sure."""

from pipeline.extraction.rules.case import Case
from pipeline.extraction.rules.targets import Target
from pipeline.extraction.rules.tokens import words_of_name

_SAME_NAMES = (
    "invoice_number order_number delivery_note_number customer_number invoice_date due_date delivery_date net_total "
    "tax_total total amount_due amount_paid rounding discount tax_rate currency payment_terms iban bic account_holder "
    "period_start period_end"
)
_SAME = frozenset(_SAME_NAMES.split())
"""Concepts of the rules that are called as the embedded values are."""
_OF_PARTY = {
    **{f"{role}_{part}": part for role in ("seller", "buyer") for part in ("name", "address", "vat_id", "tax_number")},
    **{f"{role}_{part}": part for role in ("seller", "buyer") for part in ("street", "zip", "city")},
    **{part: part for part in ("name", "address", "email", "phone", "contact", "registration_number")},
}
"""Concepts of parties → the part of the party; whose it is, its section or its own name says."""
_OF_SENDER = frozenset({"address", "email", "phone", "contact", "registration_number"})
"""Properties of a document that are its sender's where they stand in no party."""
_NAMED = {
    "leitweg id": "buyer_reference",
    "qr reference": "payment_reference",
    "remittance information": "payment_message",
    "creation date": "created_at",
    "created": "created_at",
    "modification date": "modified_at",
    "modified": "modified_at",
    "authors": "author",
    "contract no": "contract_number",
}
_OWN_NAMES = (
    "buyer_reference contract_number payment_reference payment_message account_holder_address buyer_email buyer_phone "
    "buyer_contact seller_country buyer_country author keywords producer creator_tool created_at modified_at"
)
_BY_NAME = frozenset(_OWN_NAMES.split())
"""Embedded values that only a property of that very name can mean."""
_HOLDER_WORDS = (
    "invoice bill document header totals total amounts amount sums summary payment payments bank banking account "
    "dates details references info information metadata meta"
)
_HOLDERS = frozenset(_HOLDER_WORDS.split())
"""Objects that only group what is the document's own; a "previous_invoice" is another document."""
_ROLES = ("seller", "buyer")


def term_of(case: Case, target: Target) -> str | None:
    """The name of the embedded value that a leaf outside of arrays means."""
    words = words_of_name(target.leaf.name)
    name = _NAMED.get(" ".join(words), "_".join(words))
    part = _OF_PARTY.get(target.concept or "")
    if part is not None:
        role = _role(case, target)
        return f"{role}_{part}" if role else None
    if not all(_HOLDERS.issuperset(words_of_name(str(step))) for step in target.leaf.path[:-1]):
        return None
    if name in _BY_NAME:
        return name
    return target.concept if target.concept in _SAME else None


def _role(case: Case, target: Target) -> str | None:
    """Whose part it is; `None` where a section names somebody else, or nobody."""
    nested = len(target.leaf.path) > 1
    owners = case.section_owners(target)
    if nested and owners[-1] in _ROLES:
        return owners[-1]
    own = (target.concept or "").split("_")[0]
    if nested:
        return None
    if own in _ROLES:
        return own
    return "seller" if target.concept in _OF_SENDER else None
