"""A notification that follows an import of a demand meter's history."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

from homeassistant.components import persistent_notification
from homeassistant.components.persistent_notification import Notification, UpdateType
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..demand.meter import DemandMeter

# Where the words of what is no form, entity or error are, and below it.
CATEGORY: Final = "config_panel"
SECTION: Final = "history_import"
RUNNING, DONE, STOPPED = "running", "done", "stopped"

type Places = Mapping[str, str | int]


class ImportNotice:
    """Show how far an import is, and what came of it, in the language of the home.

    Whoever dismisses it sees it again when the import has ended.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        meter: DemandMeter,
        kind: str,
        texts: Mapping[str, str],
    ) -> None:
        """Show nothing yet; `kind` is what imports, `texts` are those of all kinds."""
        self.ended = False
        self._hass = hass
        self._name = meter.name
        self._id = notification_id(meter.slug)
        self._kind = kind
        self._texts = texts
        self._places: Places = {}
        self._dismissed = False

    @callback
    def note(
        self, change: UpdateType, notifications: Mapping[str, Notification]
    ) -> None:
        """Take notice that somebody dismissed it."""
        if change is UpdateType.REMOVED and self._id in notifications:
            self._dismissed = True

    @callback
    def follow(self, places: Places) -> None:
        """Show how far it is."""
        self._places = places
        if not self._dismissed:
            self._show(RUNNING, self._sentence(RUNNING))

    @callback
    def end(self, places: Places, *more: str) -> None:
        """Show what came of it; `more` are keys of sentences to follow."""
        self.ended = True
        self._places = places
        self._show(DONE, " ".join(map(self._sentence, (DONE, *more))))

    @callback
    def stop(self, error: HomeAssistantError | None) -> None:
        """Show why it ended before its time, and how far it came."""
        self.ended = True
        reason = self._text("cut_off", {}) if error is None else self._reason(error)
        self._show(STOPPED, f"{reason} {self._sentence(STOPPED)}")

    def _show(self, title: str, message: str) -> None:
        persistent_notification.async_create(
            self._hass,
            message,
            self._text(f"title_{title}", {"name": self._name}),
            self._id,
        )

    def _sentence(self, key: str) -> str:
        return self._text(f"{self._kind}_{key}", self._places)

    def _text(self, key: str, places: Places) -> str:
        return self._filled(f"{CATEGORY}.{SECTION}.{key}", places)

    def _reason(self, error: HomeAssistantError) -> str:
        key = f"exceptions.{error.translation_key}.message"
        return self._filled(key, error.translation_placeholders or {})

    def _filled(self, key: str, places: Places) -> str:
        text = self._texts.get(f"component.{DOMAIN}.{key}", "")
        with suppress(KeyError):
            return text.format(**places)
        return text


@asynccontextmanager
async def async_noticed(
    hass: HomeAssistant, meter: DemandMeter, kind: str, places: Places
) -> AsyncGenerator[ImportNotice]:
    """Show a notification as long as an import runs, and how it ended.

    `places` are what is told of its beginning.
    """
    language = hass.config.language
    texts = {
        **await async_get_translations(hass, language, CATEGORY, {DOMAIN}),
        **await async_get_translations(hass, language, "exceptions", {DOMAIN}),
    }
    notice = ImportNotice(hass, meter, kind, texts)
    undo = persistent_notification.async_register_callback(hass, notice.note)
    notice.follow(places)
    try:
        yield notice
    except HomeAssistantError as err:
        notice.stop(err)
        raise
    finally:
        undo()
        if not notice.ended:
            notice.stop(None)


def notification_id(slug: str) -> str:
    """Return the id of the notification of a demand meter."""
    return f"{DOMAIN}_history_{slug}"


def local(moment: int) -> str:
    """Return a moment (unix s) as it is written, in the zone of the home."""
    return dt_util.as_local(dt_util.utc_from_timestamp(moment)).strftime(
        "%Y-%m-%d %H:%M"
    )
