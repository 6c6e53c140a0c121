"""Generations of the index: which one is in use, which one is being filled, and which documents are in each."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    Column,
    Connection,
    Float,
    ForeignKey,
    Integer,
    Select,
    String,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    inspect,
    or_,
    select,
    update,
)

from pipeline.stores.records.chunks import chunks, drop_outdated
from pipeline.stores.records.documents import documents
from pipeline.stores.records.pages import drop_outdated_pages, forget_pages
from pipeline.stores.records.tables import current_time, metadata, now, record, records

Status = Literal["active", "building", "kept", "dropping"]
"""In use; being filled beside it; kept for going back; being removed."""
BATCH = 1_000

index_generations = Table(
    "index_generations",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("embedder", String(400), nullable=False),
    Column("dimensions", Integer, nullable=False),
    Column("chunking", Integer, nullable=False),
    Column("terms", Integer, nullable=False),
    Column("payload", Integer, nullable=False),
    Column("pages", String(400), nullable=False, server_default=""),
    Column("page_dimensions", Integer, nullable=False, server_default="0"),
    Column("place", String(400), nullable=False),
    Column("status", String(16), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("left_at", Float),
    Column("builder", String(120)),
    Column("builder_until", Float),
    Column("writing", String(40)),
)
FORM = ("embedder", "dimensions", "chunking", "terms", "payload", "pages", "page_dimensions")

indexed_documents = Table(
    "indexed_documents",
    metadata,
    Column("document_id", String(40), ForeignKey("documents.id"), primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("workspace_id", String(40), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("problem", String(60)),
    Column("attempts", Integer, nullable=False, default=0),
    Column("retry_at", Float),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class GenerationRecord:
    """An index: what it was made with, and where it lies in the vector store."""

    number: int
    embedder: str
    dimensions: int
    chunking: int
    terms: int
    payload: int
    pages: str
    """The model of page pictures; empty where it holds none."""
    page_dimensions: int
    place: str
    status: Status
    created_at: float
    left_at: float | None
    """When it was last in use, or given up."""
    builder: str | None
    builder_until: float | None
    writing: str | None
    """The document that was being written to it: after a crash its points may be those of a deleted one."""

    @property
    def form(self) -> dict[str, Any]:
        """What makes its points different from others'."""
        return {name: getattr(self, name) for name in FORM}


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far the generation that is being filled has come, in documents of the one in use."""

    total: int
    done: int
    failed: int
    """Of those that are missing, or lack their pages' pictures."""

    @property
    def mostly_failed(self) -> bool:
        """Whether so many failed that the models are to blame, and not the documents."""
        return 2 * self.failed > self.total


def list_generations(connection: Connection, *, lock: bool = False) -> list[GenerationRecord]:
    """All, in order; `lock` keeps others from changing them until the transaction ends."""
    query = select(index_generations).order_by(index_generations.c.number)
    found = connection.execute(query.with_for_update() if lock else query).mappings()
    return records(GenerationRecord, found)


def written_to(connection: Connection) -> set[int]:
    """The generations that a document has to be in; they stay so until the transaction ends."""
    of = index_generations.c
    query = select(of.number).where(of.status.in_(("active", "building"))).with_for_update(read=True)
    return set(connection.execute(query).scalars())


def add_generation(
    connection: Connection, number: int, form: dict[str, Any], *, place: str, status: Status
) -> GenerationRecord:
    """A new one."""
    values = {"number": number, **form, "place": place, "status": status, "created_at": now()}
    connection.execute(insert(index_generations).values(values))
    row = connection.execute(select(index_generations).where(index_generations.c.number == number)).mappings().one()
    return record(GenerationRecord, row)


def set_generation(connection: Connection, number: int, status: Status) -> None:
    """What becomes of it from now on."""
    left = now() if status in {"kept", "dropping"} else None
    connection.execute(
        update(index_generations)
        .where(index_generations.c.number == number)
        .values(status=status, left_at=left, builder=None, builder_until=None, writing=None)
    )


def take_building(connection: Connection, number: int, builder: str, seconds: float) -> bool:
    """Whether this process fills the generation for so long; another one may."""
    of = index_generations.c
    free = or_(of.builder.is_(None), of.builder == builder, of.builder_until < now())
    taken = connection.execute(
        update(index_generations)
        .where(of.number == number, of.status == "building", free)
        .values(builder=builder, builder_until=current_time(connection) + seconds)
    )
    return taken.rowcount == 1


def set_writing(connection: Connection, number: int, document_id: str | None) -> None:
    """Note the document that is written to it next, or that it is done with."""
    connection.execute(
        update(index_generations).where(index_generations.c.number == number).values(writing=document_id)
    )


def note_indexed(
    connection: Connection, document_id: str, workspace_id: str, generation: int, *, revision: int
) -> None:
    """All chunks of the document's revision are in the generation."""
    forget_indexed(connection, document_id, generation)
    connection.execute(
        insert(indexed_documents).values(
            document_id=document_id, workspace_id=workspace_id, generation=generation, revision=revision, attempts=0
        )
    )


def note_failed(
    connection: Connection,
    document_id: str,
    workspace_id: str,
    generation: int,
    *,
    revision: int,
    problem: str,
    retry_seconds: float,
) -> int:
    """The document could not be put into the generation, or not all of it; how often that happened to this revision."""
    before = attempts_at(connection, document_id, generation, revision)
    forget_indexed(connection, document_id, generation)
    connection.execute(
        insert(indexed_documents).values(
            document_id=document_id,
            workspace_id=workspace_id,
            generation=generation,
            revision=revision,
            problem=problem,
            attempts=before + 1,
            retry_at=current_time(connection) + retry_seconds,
        )
    )
    return before + 1


def attempts_at(connection: Connection, document_id: str, generation: int, revision: int) -> int:
    """How often this revision of the document could not be put into the generation."""
    of = indexed_documents.c
    query = select(of.attempts).where(
        of.document_id == document_id, of.generation == generation, of.revision == revision
    )
    return connection.execute(query).scalar() or 0


def revision_in(connection: Connection, document_id: str, generation: int) -> int | None:
    """The revision of the document that is in the generation, or was tried."""
    of = indexed_documents.c
    query = select(of.revision).where(of.document_id == document_id, of.generation == generation)
    return connection.execute(query).scalar()


def try_again(connection: Connection, generation: int, seconds: float) -> None:
    """Forget the attempts at documents that failed so long ago."""
    of = indexed_documents.c
    connection.execute(
        update(indexed_documents)
        .where(of.generation == generation, of.problem.is_not(None), of.retry_at <= current_time(connection) - seconds)
        .values(attempts=0)
    )


def forget_indexed(connection: Connection, document_id: str, generation: int | None = None) -> None:
    """The document is not in the generation, or in none."""
    statement = delete(indexed_documents).where(indexed_documents.c.document_id == document_id)
    if generation is not None:
        statement = statement.where(indexed_documents.c.generation == generation)
    connection.execute(statement)


def forget_outdated(connection: Connection, document_id: str) -> None:
    """Forget what was indexed of earlier revisions: the present one has nothing to take its place."""
    drop_outdated(connection, document_id)
    drop_outdated_pages(connection, document_id)
    present = select(documents.c.revision).where(documents.c.id == document_id).scalar_subquery()
    of = indexed_documents.c
    connection.execute(delete(indexed_documents).where(of.document_id == document_id, of.revision < present))


def next_missing(
    connection: Connection, active: int, building: int, *, after: str, max_attempts: int
) -> tuple[str, str] | None:
    """Document and workspace of one that is in `active` and not in `building`, in the order of ids."""
    theirs = indexed_documents.alias("theirs")
    again = and_(theirs.c.attempts < max_attempts, theirs.c.retry_at <= now())
    query = (
        _missing(active, building, theirs, or_(_never(theirs), again))
        .where(indexed_documents.c.document_id > after)
        .order_by(indexed_documents.c.document_id)
        .limit(1)
    )
    found = connection.execute(query).first()
    return None if found is None else (found.document_id, found.workspace_id)


def is_complete(connection: Connection, active: int, building: int, *, max_attempts: int) -> bool:
    """Whether every document that is in `active` is in `building`, or was given up."""
    theirs = indexed_documents.alias("theirs")
    left = and_(theirs.c.problem.is_not(None), theirs.c.attempts < max_attempts)
    missing = _missing(active, building, theirs, or_(_never(theirs), left)).limit(1)
    return connection.execute(missing).first() is None


def progress(connection: Connection, active: int, building: int) -> Progress:
    """In documents that are not deleted."""
    of = indexed_documents.c
    total = connection.execute(_live(active).with_only_columns(func.count())).scalar_one()
    theirs = indexed_documents.alias("theirs")
    lacking = _missing(active, building, theirs, or_(_never(theirs), theirs.c.problem.is_not(None)))
    missing = connection.execute(lacking.with_only_columns(func.count())).scalar_one()
    failed = lacking.where(theirs.c.problem.is_not(None)).with_only_columns(func.count(of.document_id))
    return Progress(total=total, done=total - missing, failed=connection.execute(failed).scalar_one())


def present_progress(connection: Connection) -> Progress | None:
    """Of the generation that is being filled now; `None` where none is."""
    there = {row.status: row.number for row in list_generations(connection)}
    if "active" not in there or "building" not in there:
        return None
    return progress(connection, there["active"], there["building"])


def problems(connection: Connection, generation: int, *, limit: int = 20) -> list[tuple[str, str]]:
    """Documents that could not be put into the generation, each with the problem's name."""
    of = indexed_documents.c
    with_text = exists(
        select(chunks.c.id).where(chunks.c.document_id == of.document_id, chunks.c.generation == of.generation)
    )
    query = _failed(generation).with_only_columns(of.document_id, of.problem, with_text).order_by(of.document_id)
    return [
        (document_id, f"{problem} (pages only)" if only_pages else problem)
        for document_id, problem, only_pages in connection.execute(query.limit(limit))
    ]


def left_out(connection: Connection, generation: int) -> int:
    """How many documents could not be put into the generation, or not all of them."""
    return connection.execute(_failed(generation).with_only_columns(func.count())).scalar_one()


def expired(connection: Connection, seconds: float) -> list[GenerationRecord]:
    """Those that have been kept for so long."""
    of = index_generations.c
    query = select(index_generations).where(of.status == "kept", of.left_at <= current_time(connection) - seconds)
    return records(GenerationRecord, connection.execute(query).mappings())


def forget_some(connection: Connection, generation: int) -> int:
    """Forget some chunks of a generation, and with the last of them the generation; how many chunks there were."""
    ids = list(connection.execute(select(chunks.c.id).where(chunks.c.generation == generation).limit(BATCH)).scalars())
    if ids:
        return connection.execute(delete(chunks).where(chunks.c.id.in_(ids))).rowcount
    forget_pages(connection, generation)
    connection.execute(delete(indexed_documents).where(indexed_documents.c.generation == generation))
    connection.execute(delete(index_generations).where(index_generations.c.number == generation))
    return 0


def are_known(connection: Connection) -> bool:
    """Whether the database is of a version that has generations."""
    return inspect(connection).has_table(index_generations.name)


def has_chunks(connection: Connection) -> bool:
    """Whether anything was ever indexed."""
    return bool(connection.execute(select(exists(select(chunks.c.id)))).scalar())


def a_workspace_in(connection: Connection, generation: int) -> str | None:
    """One whose documents have chunks in the generation; `None` where nothing stands in it."""
    query = (
        select(chunks.c.workspace_id)
        .join(documents, documents.c.id == chunks.c.document_id)
        .where(chunks.c.generation == generation, documents.c.deleted_at.is_(None))
        .limit(1)
    )
    return connection.execute(query).scalar()


def _live(generation: int) -> Select[Any]:
    """Documents of a generation, those that could not be put into it too: another one may take them."""
    of = indexed_documents.c
    return (
        select(of.document_id, of.workspace_id)
        .select_from(indexed_documents)
        .join(documents, documents.c.id == of.document_id)
        .where(of.generation == generation, documents.c.deleted_at.is_(None))
    )


def _failed(generation: int) -> Select[Any]:
    return _live(generation).where(indexed_documents.c.problem.is_not(None))


def _missing(active: int, building: int, theirs: Any, lacks: Any) -> Select[Any]:  # noqa: ANN401 - SQLAlchemy's clauses
    mine = (theirs.c.document_id == indexed_documents.c.document_id) & (theirs.c.generation == building)
    return _live(active).outerjoin(theirs, mine).where(lacks)


def _never(theirs: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's clauses
    """Whether it was never tried with the revision that is in use."""
    return or_(theirs.c.document_id.is_(None), theirs.c.revision < indexed_documents.c.revision)
