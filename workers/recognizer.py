"""Which recognizer of speech a process has: the one of the settings, or one that is there."""

from dataclasses import dataclass

from pipeline.errors import ModelUnavailable
from pipeline.model_settings import AnyTranscriber, MoonshineTranscriber, PocketSphinxTranscriber
from pipeline.models import moonshine_weights
from pipeline.settings import Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Recognizer:
    """Settings of a transcriber, and why they are not the configured ones."""

    chosen: AnyTranscriber
    lacking: str | None = None
    """What is not installed, so that `chosen` stands in; `None` where it is the configured one."""


def recognizer(settings: Settings) -> Recognizer:
    """The transcriber of the settings; PocketSphinx instead of Moonshine where its package is not there.

    That package has no wheel for every platform, and no marker of a requirement can tell all of them. It is the
    default, and a default that somebody wrote down is the same to the settings, so it is replaced too.
    """
    chosen = settings.transcriber
    if isinstance(chosen, MoonshineTranscriber):
        try:
            moonshine_weights.installed()
        except ModelUnavailable as error:
            return Recognizer(chosen=PocketSphinxTranscriber(), lacking=error.message)
    return Recognizer(chosen=chosen)
