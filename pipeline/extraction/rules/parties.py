"""Who sends a document and who receives it: sections, letterheads, address blocks, firms named again and again."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.extraction.candidates import same_value
from pipeline.extraction.layout.runs import Run
from pipeline.extraction.rules.addresses import address_runs, is_address_line, is_contact_line, join_address
from pipeline.extraction.rules.blocks import TextBlock, text_blocks
from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.hits import Hit, Span, make_hit
from pipeline.extraction.rules.letterhead import letterhead_hits
from pipeline.extraction.rules.names import clean_name, find_companies, looks_like_name
from pipeline.extraction.rules.sections import ROLES, Section, address_in, find_sections, name_in
from pipeline.extraction.values.identifiers import find_emails, find_urls

MAX_ROWS = 220
"""Rows from the beginning in which parties are looked for."""
_OWN_DATA = ("seller_vat_id", "seller_tax_number", "registration_number", "iban", "bic", "phone", "fax", "website")
"""Labels that stand beside the sender's own data rather than the receiver's."""
_REGISTRATION = re.compile(r"[\W\d]*[A-Z]{0,3}\d{5,}[\W\d]*[A-Z]?\W*")
MAX_UNDER = 9
"""Rows under a name in which its address is looked for."""
_TITLES = re.compile(r"(?i)^(?:herrn?|frau|mr|mrs|ms|m|mme|dhr|mevr|an|to|attn)\.?:?$")


@dataclass(frozen=True)
class Sender:
    """A firm that may have sent the document."""

    hit: Hit
    role: str | None
    """Of the section it stands in."""


class Parties:
    """The parties of one document, each question answered once."""

    def __init__(self, view: View, owners: Sequence[str] = ()) -> None:
        self._view = view
        self._owners = [*ROLES, *owners]

    @cached_property
    def blocks(self) -> list[TextBlock]:
        """The blocks of the document's beginning."""
        return text_blocks(self._view.layout, 0, MAX_ROWS)

    @cached_property
    def sections(self) -> list[Section]:
        """All sections with a heading."""
        return find_sections(self._view, self.blocks, self._owners)

    def role_of(self, run: Run) -> str | None:
        """The role of the section that a run belongs to."""
        return next((section.owner for section in self.sections if section.covers(run)), None)

    def names(self, owner: str, fit: Callable[[str], str | None]) -> list[Hit]:
        """Names of a party: `seller`, `buyer`, or another owner of sections."""
        hits = [hit for section in self.sections if section.owner == owner for hit in self._section_name(section, fit)]
        if owner == "seller":
            hits += [
                sender.hit for sender in self._senders if sender.role in (None, "seller") and fit(sender.hit.value)
            ]
            heads = [hit for hit in letterhead_hits(self._view) if self.role_of(hit.run) in (None, "seller")]
            parts = {run for head in heads if len(head.spans) > 1 for run, _, _ in head.spans}
            hits = [hit for hit in hits if hit.run not in parts] + heads
        elif owner == "buyer":
            hits += list(self._addressees())
        return [hit for hit in hits if fit(hit.value) is not None]

    def addresses(self, owner: str, name: Hit | None) -> list[Hit]:
        """Addresses of a party: in its section, or under its name."""
        hits = []
        for section in self.sections:
            if section.owner == owner:
                spans = address_in(section, name_in(self._view, section))
                if spans:
                    hits.append(make_hit(join_address(spans), 0.8, "section:address", spans))
        if name is not None:
            hits += [hit for hit in self._near(name) if hit.value]
        return hits

    def _section_name(self, section: Section, fit: Callable[[str], str | None]) -> Iterator[Hit]:
        span = name_in(self._view, section)
        if span is None:
            return
        run, start, end = span
        value = clean_name(run.text[start:end])
        if value and fit(value) is not None:
            offset = run.text.find(value, start)
            exact = (run, offset, offset + len(value)) if offset >= 0 else span
            yield make_hit(
                value, 0.88 if section.heading.words > 1 or section.heading.colon else 0.8, "section:name", [exact]
            )

    @cached_property
    def _senders(self) -> list[Sender]:
        """Firms by their legal form; likelier the sender near the page's edges, beside own data, and when repeated."""
        rows = self._view.layout.rows
        mentions = [
            (run, company)
            for row in rows[:MAX_ROWS]
            for run in row.runs
            if row.index not in self._view.tables
            for company in find_companies(run.text)
            if len(company.text.split()) <= 9
        ]
        counts: dict[object, int] = {}
        for _, company in mentions:
            key = same_value(company.text)
            counts[key] = counts.get(key, 0) + 1
        senders = []
        for run, company in mentions:
            role = self.role_of(run)
            score = self._sender_score(run, company.start, counts[same_value(company.text)])
            hit = make_hit(clean_name(company.text), score, "legal-form", [(run, company.start, company.end)])
            senders.append(Sender(hit, role))
        return senders

    def _sender_score(self, run: Run, start: int, count: int) -> float:
        score = 0.42 + 0.06 * min(count - 1, 2)
        score += 0.1 * (start == 0) - 0.12 * (start > 30)
        score += 0.12 * self._at_edge(run)
        score += 0.15 * self._beside_own_data(run)
        score += 0.12 * self._in_domain(run.text[start:])
        return score - 0.2 * self._is_addressee(run)

    def _at_edge(self, run: Run) -> bool:
        height = self._view.layout.page_sizes.get(run.page, (0.0, 0.0))[1]
        if not height:
            return run.row < 3
        return run.box[1] < 0.15 * height or run.box[3] > 0.8 * height

    def _beside_own_data(self, run: Run) -> bool:
        """Whether labels of the sender's data stand in the same run, or in the same block."""
        own = set(_OWN_DATA)
        if any(own & label.owners for label in self._view.labels.in_run(run)):
            return True
        block = self._block_of.get(run)
        return block is not None and any(
            own & label.owners for each in block.runs for label in self._view.labels.in_run(each)
        )

    @cached_property
    def _block_of(self) -> dict[Run, TextBlock]:
        return {run: block for block in self.blocks for run in block.runs}

    @cached_property
    def _domains(self) -> str:
        texts = [row.text for row in self._view.layout.rows[:MAX_ROWS]]
        found = [each.value for text in texts for each in [*find_emails(text), *find_urls(text)]]
        return " ".join(found).lower()

    def _in_domain(self, name: str) -> bool:
        words = [word for word in re.findall(r"[a-z]{4,}", name.lower()) if word not in ("gmbh", "limited", "company")]
        return bool(words) and words[0] in self._domains

    def _is_addressee(self, run: Run) -> bool:
        block = self._block_of.get(run)
        return block is not None and any(block is each for each, _ in self._address_blocks)

    @cached_property
    def _address_blocks(self) -> list[tuple[TextBlock, list[Run]]]:
        """Blocks of the first page that are a name with an address and nothing of the sender's own data."""
        found = []
        for block in self.blocks:
            if block.page != self._view.layout.rows[0].page or len(block.runs) < 3 or len(block.runs) > 9:
                continue
            address = address_runs(block.runs)
            contact = any(is_contact_line(run.text) for run in block.runs)
            sectioned = any(self.role_of(run) for run in block.runs)
            if len(address) >= 2 and block.runs[0] not in address and not contact and not sectioned:
                found.append((block, address))
        return found

    def _addressees(self) -> Iterator[Hit]:
        """The names above addresses that no heading explains; the first is the likeliest receiver."""
        for rank, (block, address) in enumerate(self._address_blocks):
            above = [run for run in block.runs[: block.runs.index(address[0])] if not _TITLES.match(run.text.strip())]
            if above and looks_like_name(above[0].text):
                value = clean_name(above[0].text)
                yield make_hit(value, 0.6 - 0.12 * rank, "addressee", [(above[0], 0, len(above[0].text))])

    def _near(self, name: Hit) -> Iterator[Hit]:
        """The address in the line of a name, or in the lines under it."""
        run, _, end = name.spans[-1]
        rest = run.text[end:]
        if is_address_line(rest) and any(map(str.isdigit, rest)):  # a name alone is that of a building or of a branch
            start = end + len(rest) - len(rest.lstrip(" ,;:-–•·|"))
            yield make_hit(
                join_address([(run, start, len(run.text))]), 0.7, "beside-name", [(run, start, len(run.text))]
            )
            return
        block = self._block_of.get(run)
        runs = block.runs[block.runs.index(run) + 1 :] if block else []
        chosen = address_runs(self._plain_lines(runs)) or address_runs(self._plain_lines(self._under(run)))
        if chosen:
            spans: list[Span] = [(each, 0, len(each.text)) for each in chosen]
            yield make_hit(join_address(spans), 0.72, "under-name", spans)

    def _under(self, run: Run) -> list[Run]:
        """The runs of the rows below that lie under a run."""
        left, _, right, _ = run.box
        return [
            each
            for row in self._view.layout.below(run.row, MAX_UNDER)
            for each in row.runs
            if min(right, each.box[2]) - max(left, each.box[0]) > 0.3 * min(right - left, each.box[2] - each.box[0])
        ]

    def _plain_lines(self, runs: Sequence[Run]) -> list[Run]:
        """Lines without those that hold registration numbers and labelled data; the latter end an address."""
        kept: list[Run] = []
        for run in runs:
            labels = self._view.labels.in_run(run)
            labelled = bool(labels) and labels[0].leads and (labels[0].colon or self._view.labels.is_label(run))
            if labelled and any(is_address_line(each.text) for each in kept):
                break
            if not labelled and not _REGISTRATION.fullmatch(run.text):
                kept.append(run)
        return kept
