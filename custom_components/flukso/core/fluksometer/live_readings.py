"""All readings of one Fluksometer, kept in step with its configuration."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..counters.shown import ShownCounter
from ..quantity import Quantity
from .channels import Channel, channels
from .device_config import (
    FluksometerConfig,
    FlxSection,
    KubeSection,
    SensorSection,
    combine,
    parse_flx_config,
    parse_kube_config,
    parse_sensor_config,
)
from .live_reading import LiveReading
from .topics import Stream, sensor_topic


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """Which readings came and which went; a mere new name is in neither."""

    added: tuple[LiveReading, ...]
    removed: tuple[LiveReading, ...]


class LiveReadings:
    """The configuration of a device as gathered so far, and its readings by topic."""

    def __init__(self, device_id: str) -> None:
        """Begin with a device that has not described itself."""
        self.config: FluksometerConfig | None = None
        # What was stored of counters by the unique id of their readings.
        self.known: dict[str, object] = {}
        self._device_id = device_id
        self._by_topic: dict[str, LiveReading] = {}
        self._sensor_section: SensorSection | None = None
        self._flx_section: FlxSection | None = None
        self._kube_section: KubeSection | None = None
        self.get: Callable[[str], LiveReading | None] = self._by_topic.get

    def __iter__(self) -> Iterator[LiveReading]:
        """Iterate over all readings."""
        return iter(self._by_topic.values())

    def __contains__(self, reading: LiveReading) -> bool:
        """Tell whether the device still sends a reading."""
        return self.get(reading.channel.topic) is reading

    def find(self, sensor_id: str, stream: Stream) -> LiveReading | None:
        """Return one reading, None when the device does not send it."""
        return self.get(sensor_topic(sensor_id, stream))

    def net_pairs(self) -> Iterator[tuple[LiveReading, LiveReading]]:
        """Yield power import and power export of each clamp that measures both."""
        exports = {
            reading.channel.owner: reading
            for reading in self
            if reading.channel.row.key == "power_export"
        }
        for reading in self:
            owner = reading.channel.owner
            if reading.channel.row.key == "power_import" and owner in exports:
                yield reading, exports[owner]

    def unique_ids(self) -> set[str]:
        """Return the unique ids of all entities that show readings."""
        ids = {reading.channel.unique_id for reading in self}
        return ids.union(net_unique_id(pair[0].channel) for pair in self.net_pairs())

    def counters(self) -> Iterator[tuple[str, str | None, ShownCounter]]:
        """Yield unique id and unit of each counter, with what is believed of it."""
        for reading in self:
            row = reading.channel.row
            if reading.counter is not None:
                unit = row.units[row.default_unit].unit
                yield reading.channel.unique_id, unit, reading.counter

    def topics_in_use(self) -> set[str]:
        """Return the topics of all readings that are used, and of what they need."""
        return {
            needed.channel.topic
            for reading in self
            if reading.users
            for needed in reading.needs
        }

    def turned_silent(self, now: float) -> tuple[list[LiveReading], list[LiveReading]]:
        """Return what fell silent and what returned since this was last asked."""
        turned = [reading for reading in self if reading.turned_silent(now)]
        gone = [reading for reading in turned if reading.was_silent]
        return gone, [reading for reading in turned if not reading.was_silent]

    def take_config(self, name: str, payload: bytes, now: float) -> ConfigChange | None:
        """Take one of config/sensor, config/flx, config/kube; raises Dropped.

        Returns what it changed, None when it changed nothing or the sensors are not
        known yet.
        """
        if name == "config/sensor":
            self._sensor_section = parse_sensor_config(payload)
        elif name == "config/flx":
            self._flx_section = parse_flx_config(payload)
        else:
            self._kube_section = parse_kube_config(payload)
        if self._sensor_section is None:
            return None
        config = combine(
            self._device_id,
            self._sensor_section,
            self._flx_section,
            self._kube_section,
        )
        if config == self.config:
            return None
        self.config = config
        return self._apply(config, now)

    def _apply(self, config: FluksometerConfig, now: float) -> ConfigChange:
        """Make the readings what the configuration says, keeping what stays."""
        by_topic = {channel.topic: channel for channel in channels(config)}
        removed = tuple(
            reading
            for topic, reading in self._by_topic.items()
            if not _same_series(reading.channel, by_topic.get(topic))
        )
        for reading in removed:
            del self._by_topic[reading.channel.topic]
        added = []
        for topic, channel in by_topic.items():
            if (kept := self._by_topic.get(topic)) is not None:
                kept.channel = channel
            else:
                self._by_topic[topic] = reading = LiveReading(channel, now)
                if reading.counter is not None and channel.unique_id in self.known:
                    reading.counter.restore(self.known.pop(channel.unique_id))
                added.append(reading)
        self._introduce(config)
        return ConfigChange(tuple(added), removed)

    def _introduce(self, config: FluksometerConfig) -> None:
        """Tell the readings which of the others speak for them."""
        bits = {
            reading.channel.owner: reading
            for reading in self
            if reading.channel.row.quantity is Quantity.ERROR_BITS
        }
        for reading in self:
            row = reading.channel.row
            error_bits = bits.get(reading.channel.owner)
            reading.error_bits = error_bits if row.error_bit else None
            companion = None
            if row.stream is Stream.COUNTER and row.silence is None and not row.pulse:
                companion = error_bits
                if companion is None and config.sends_gauges:
                    companion = self.find(reading.channel.sensor.id, Stream.GAUGE)
            reading.companions = () if companion is None else (companion,)
        for error_bits in bits.values():
            error_bits.guarded = tuple(
                reading for reading in self if reading.error_bits is error_bits
            )


def net_unique_id(power_import: Channel) -> str:
    """Return the unique id of import less export of a clamp."""
    sensor = power_import.sensor
    return f"{sensor.id}_{sensor.rid}_net"


def _same_series(old: Channel, new: Channel | None) -> bool:
    """Tell whether an entity of the old channel can show the new one."""
    return new is not None and (
        (old.unique_id, old.row, old.owner, old.pulse_size)
        == (new.unique_id, new.row, new.owner, new.pulse_size)
    )
