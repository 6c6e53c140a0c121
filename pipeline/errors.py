"""Every error Sheaf raises on purpose, drawn as one tree.

    SheafError
    ├── InputError                what the user gave cannot be used as it is; trying again does not help
    │   ├── EmptyFile · UnsupportedType · DamagedFile · NoPages · PasswordRequired · WrongPassword
    │   ├── FileTooLarge · LimitExceeded
    │   ├── InvalidRequest · InvalidFilter · InvalidSchema · UnknownSchema · InvalidWebhookUrl
    │   ├── ForbiddenPath
    │   ├── RequestTooLarge · UploadStalled · MethodNotAllowed
    ├── AccessError               who asks may not, or what is asked for is not there
    │   ├── Unauthenticated · PermissionDenied · NotFound · TooManyRequests
    │   ├── QuotaExceeded · StorageQuotaExceeded
    ├── ConflictError             the thing is in another state than the request needs
    │   ├── IdempotencyMismatch · ResultNotReady · NotRetryable · NotCancellable
    ├── ParserError               the child process that reads a hostile file ended badly
    │   ├── ParserCrashed · WorkerLost · ParsersBusy · ParserTimeout · ParserOutOfMemory · ParserProtocolError
    ├── ModelError                a model or its server
    │   ├── ModelUnavailable · ModelTimeout · ModelRejected (ContextExceeded) · ModelRefused
    │   ├── AnswerCut · AnswerInvalid
    ├── StoreError                a place where things are kept
    │   ├── StorageFull · BlobMissing · DatabaseUnavailable · VectorsUnavailable · VectorsLocked · SecretDamaged
    ├── DeliveryError             a webhook did not arrive
    │   └── AddressForbidden
    ├── WorkStopped               the work goes on elsewhere or not at all; never shown to users
    │   ├── LeaseLost · JobCancelled · WorkReleased
    └── SettingsError             the settings name something impossible

A class's docstring is its default message and must be safe to show. `name` is the last part of the problem type
`urn:sheaf:problem:NAME`; it is part of the public contract. `retryable` says whether the same work may succeed later.
Further facts are keyword arguments and appear as members of the problem document.
"""

from typing import Any, ClassVar


class SheafError(Exception):
    """Something went wrong."""

    name: ClassVar[str] = "internal-error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str | None = None, **facts: Any) -> None:  # noqa: ANN401 - any JSON value
        self.message = message or (type(self).__doc__ or "").splitlines()[0]
        self.facts = facts
        super().__init__(self.message)

    @property
    def title(self) -> str:
        """The same for every error of a class: the first line of its docstring."""
        return (type(self).__doc__ or "").splitlines()[0]


class InputError(SheafError):
    """The input cannot be used."""

    name = "invalid-input"


class EmptyFile(InputError):
    """The file is empty."""

    name = "empty-file"


class UnsupportedType(InputError):
    """The file is of a type that is not read."""

    name = "unsupported-type"


class DamagedFile(InputError):
    """The file is damaged and cannot be read."""

    name = "damaged-file"


class NoPages(InputError):
    """The document has no pages."""

    name = "no-pages"


class PasswordRequired(InputError):
    """The document is encrypted and needs its password."""

    name = "password-required"


class WrongPassword(InputError):
    """The password does not open the document."""

    name = "wrong-password"


class FileTooLarge(InputError):
    """The file is larger than the limit."""

    name = "file-too-large"


class LimitExceeded(InputError):
    """The document exceeds a limit."""

    name = "limit-exceeded"


class InvalidRequest(InputError):
    """The request is not valid."""

    name = "invalid-request"


class InvalidFilter(InputError):
    """The filter cannot be read or is too large."""

    name = "invalid-filter"


class InvalidSchema(InputError):
    """The JSON Schema is not valid or not allowed."""

    name = "invalid-schema"


class UnknownSchema(InputError):
    """There is no schema of that name and version."""

    name = "unknown-schema"


class InvalidWebhookUrl(InputError):
    """The webhook URL is not valid or not allowed."""

    name = "invalid-webhook-url"


class ForbiddenPath(InputError):
    """The path lies outside the declared roots."""

    name = "forbidden-path"


class RequestTooLarge(InputError):
    """The body of the request is larger than the limit."""

    name = "request-too-large"


class UploadStalled(InputError):
    """The upload stood still for too long and was cut."""

    name = "upload-stalled"


class MethodNotAllowed(InputError):
    """The address does not know this method."""

    name = "method-not-allowed"


class AccessError(SheafError):
    """Access is not allowed."""

    name = "access-denied"


class Unauthenticated(AccessError):
    """The API key is missing or not valid."""

    name = "unauthenticated"


class PermissionDenied(AccessError):
    """The API key does not allow this."""

    name = "permission-denied"


class NotFound(AccessError):
    """There is no such thing."""

    name = "not-found"


class TooManyRequests(AccessError):
    """The workspace has sent more requests than it may in so short a time."""

    name = "too-many-requests"


class QuotaExceeded(AccessError):
    """The workspace has used up one of its quotas."""

    name = "quota-exceeded"


class StorageQuotaExceeded(AccessError):
    """The workspace may not store that many bytes."""

    name = "storage-quota-exceeded"


class ConflictError(SheafError):
    """The request does not fit the present state."""

    name = "conflict"


class IdempotencyMismatch(ConflictError):
    """The Idempotency-Key was used before with another request."""

    name = "idempotency-mismatch"


class ResultNotReady(ConflictError):
    """The job has not ended yet."""

    name = "result-not-ready"


class NotRetryable(ConflictError):
    """Only a job that failed, was cancelled or is partial can be retried."""

    name = "not-retryable"


class NotCancellable(ConflictError):
    """The job has already ended."""

    name = "not-cancellable"


class ParserError(SheafError):
    """The file could not be read safely."""

    name = "parser-failed"


class ParserCrashed(ParserError):
    """The parser crashed on this file."""

    name = "parser-crashed"
    retryable = True


class WorkerLost(ParserError):
    """The worker was lost while it read or worked on this document."""

    name = "worker-lost"
    retryable = True


class ParsersBusy(ParserError):
    """Too many pages and contents are being made for requests just now."""

    name = "parsers-busy"
    retryable = True


class ParserTimeout(ParserError):
    """Reading the file took longer than the limit."""

    name = "parser-timeout"


class ParserOutOfMemory(ParserError):
    """Reading the file needed more memory than the limit."""

    name = "parser-out-of-memory"


class ParserProtocolError(ParserError):
    """The parser's answer was malformed."""

    name = "parser-protocol"


class ModelError(SheafError):
    """A model failed."""

    name = "model-failed"


class ModelUnavailable(ModelError):
    """The model server cannot be reached."""

    name = "model-unavailable"
    retryable = True


class ModelTimeout(ModelError):
    """The model did not answer in time."""

    name = "model-timeout"
    retryable = True


class ModelRejected(ModelError):
    """The model server rejected the request."""

    name = "model-rejected"


class ContextExceeded(ModelRejected):
    """The request does not fit the model's context."""

    name = "context-exceeded"


class ModelRefused(ModelError):
    """The model refused to answer."""

    name = "model-refused"


class AnswerCut(ModelError):
    """The model's answer was cut at its length limit."""

    name = "answer-cut"


class AnswerInvalid(ModelError):
    """The model's answer does not fit the schema."""

    name = "answer-invalid"


class StoreError(SheafError):
    """A store failed."""

    name = "store-failed"
    retryable = True


class StorageFull(StoreError):
    """There is no room left to store the document."""

    name = "storage-full"


class BlobMissing(StoreError):
    """A stored file is missing."""

    name = "blob-missing"
    retryable = False


class DatabaseUnavailable(StoreError):
    """The database cannot be reached."""

    name = "database-unavailable"


class VectorsUnavailable(StoreError):
    """The vector store cannot be reached."""

    name = "vectors-unavailable"


class VectorsLocked(StoreError):
    """Another process owns the vector store."""

    name = "vectors-locked"
    retryable = False


class SecretDamaged(StoreError):
    """A stored secret is damaged."""

    name = "secret-damaged"
    retryable = False


class DeliveryError(SheafError):
    """The webhook did not arrive."""

    name = "delivery-failed"
    retryable = True


class AddressForbidden(DeliveryError):
    """The webhook's host resolves to an address that is not allowed."""

    name = "address-forbidden"


class WorkStopped(SheafError):
    """The work was stopped."""

    name = "work-stopped"


class LeaseLost(WorkStopped):
    """Another worker has taken over this stage."""

    name = "lease-lost"


class JobCancelled(WorkStopped):
    """The job was cancelled."""

    name = "cancelled"


class WorkReleased(WorkStopped):
    """The service is stopping; the work goes on when it is back."""

    name = "released"


class SettingsError(SheafError):
    """The settings are not valid."""

    name = "invalid-settings"


def all_errors() -> list[type[SheafError]]:
    """Every class of the tree, the root first."""
    found: list[type[SheafError]] = []
    todo: list[type[SheafError]] = [SheafError]
    while todo:
        cls = todo.pop(0)
        found.append(cls)
        todo.extend(cls.__subclasses__())
    return found


def error_class(name: str) -> type[SheafError]:
    """The class with that problem name; the root where there is none."""
    return next((cls for cls in all_errors() if cls.name == name), SheafError)
