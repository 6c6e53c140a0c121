"""Everything the rules know about one document and one schema."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.extraction.flow import Flow
from pipeline.extraction.layout.build import build_layout
from pipeline.extraction.leaves import ROW, Array, Leaf, Node, Object
from pipeline.extraction.pointers import pointer
from pipeline.extraction.rules.fields import View
from pipeline.extraction.rules.labels import LabelBook, LabelIndex
from pipeline.extraction.rules.lexicon import Lexicon, load_lexicon
from pipeline.extraction.rules.parties import Parties
from pipeline.extraction.rules.targets import Target, make_target, own_labels
from pipeline.extraction.values.locale import judge_locale
from schemas.documents import Document


@dataclass
class Case:
    """One document, read against one schema; what is costly is worked out when first asked for."""

    document: Document
    tree: Object
    progress: Callable[[float], None] = field(default=lambda _: None)
    """Called with the done share."""

    @property
    def lexicon(self) -> Lexicon:
        """The concepts of the package."""
        return load_lexicon()

    @cached_property
    def view(self) -> View:
        """Layout, labels and locale."""
        layout = build_layout(self.document, lambda share: self.progress(0.3 * share))
        sizes = list(layout.page_sizes.values()) if self.document.media_type == "application/pdf" else []
        locale = judge_locale(layout.text, language=self.document.language, page_sizes=sizes)
        labels = LabelIndex(layout, self._book(), lambda share: self.progress(0.3 + 0.3 * share))
        return View(layout, labels, locale)

    @cached_property
    def flow(self) -> Flow:
        """The document as running text."""
        return Flow.of(self.document)

    @cached_property
    def parties(self) -> Parties:
        """Who sends and who receives the document."""
        return Parties(self.view, [pointer(node.path) for node in self.objects])

    @cached_property
    def objects(self) -> list[Object]:
        """Objects below the root, outside of arrays."""
        return [node for node in _nodes(self.tree) if isinstance(node, Object) and node.path]

    @cached_property
    def arrays(self) -> list[Array]:
        """Arrays outside of arrays."""
        return [node for node in _nodes(self.tree) if isinstance(node, Array)]

    @cached_property
    def targets(self) -> list[Target]:
        """The leaves outside of arrays."""
        return [make_target(node, self.lexicon) for node in _nodes(self.tree) if isinstance(node, Leaf)]

    def array_concept(self, array: Array) -> str | None:
        """The concept that an array means."""
        concept = self.lexicon.concept_of(array.path, "array")
        return concept.name if concept else None

    def section_owners(self, target: Target) -> tuple[str, ...]:
        """Whose section a leaf's value stands in: of the object it belongs to, or of the party in its concept."""
        for length in range(len(target.leaf.path) - 1, 0, -1):
            path = target.leaf.path[:length]
            concept = self.lexicon.concept_of(path, "section")
            return (pointer(path), concept.name) if concept else (pointer(path),)
        role = (target.concept or "").split("_")[0]
        return (role,) if role in ("seller", "buyer") else ()

    def _book(self) -> LabelBook:
        book = LabelBook()
        for concept in self.lexicon.concepts.values():
            if concept.scope not in ("column", "series"):
                book.add(concept.name, concept.labels)
                book.add(concept.name, concept.weak, weak=True)
        for target in self.targets:
            if target.concept and self.lexicon.concepts[target.concept].scope == "series":
                book.add(target.concept, self.lexicon.concepts[target.concept].labels)
        for node in [*(target.leaf for target in self.targets), *self.objects, *self.arrays]:
            book.add(pointer(node.path), own_labels(node))
        return book


def _nodes(node: Node) -> list[Node]:
    """A node and all below it, but nothing inside of arrays."""
    found = [node]
    if isinstance(node, Object):
        found += [inner for child in node.children.values() for inner in _nodes(child)]
    return [each for each in found if ROW not in each.path]
