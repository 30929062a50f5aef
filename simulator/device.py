"""A simulated Fluksometer: seconds in, MQTT messages out."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from copy import deepcopy

from .config import Configuration, Sensor
from .energy import Rate, Truth
from .faults import Change, Faults
from .garbage import mixed
from .household import Household, Moment
from .identity import Identity
from .kube import Kube
from .messages import Message, compact_reading, sensor_topic, thousandths
from .settings import Settings
from .tmpo import TmpoStore, sync_topic
from .tmpo_sync import DaemonError, answer, request_topic

# Before this, the daemons of the FLM02 take their clock for not yet set.
_SANE_TIME = 1_234_567_890
_MOST_COUNTED = 4_000_000


class Device(ABC):
    """What all models share: boot, configuration, kubes, history and faults.

    A reading published by `step(second)` covers what was measured until `second`.
    """

    def __init__(
        self,
        settings: Settings,
        identity: Identity,
        start: int,
        household: Household,
        configuration: Configuration,
    ) -> None:
        """Switch the device on at `start`."""
        self.model = settings.model
        self.device_id = identity.device_id
        self.start = start
        self.household = household
        self.faults = Faults(settings.model)
        self.tmpo = TmpoStore(
            identity.seed, start, settings.tmpo_decimation, settings.tmpo_pages
        )
        self._settings = settings
        self._identity = identity
        self._factory = configuration
        self._configuration = configuration
        self._sensors = configuration.sensors()
        self._kubes = {kid: Kube(household, kid) for kid in self._kube_slots()}
        self._measured = self._next = self._boot = start
        self._kept: set[str] = {message.topic for message in self.retained()}
        self._announces = True
        self._asked: bytes | None = None
        self._truth: Truth | None = None

    @property
    def sensors(self) -> Mapping[int, Sensor]:
        """Return the enabled sensors by slot."""
        return self._sensors

    @property
    def powered(self) -> bool:
        """Tell whether the device is up, not in the gap of a reboot."""
        return self.faults.since("reboot") is None

    def retained(self) -> list[Message]:
        """Return what the device leaves with its broker at boot."""
        return self._configuration.messages(self.device_id)

    def bridge_state(self) -> Message:
        """Return the broker's own note on its bridge to the cloud.

        A broker refuses this topic from clients; only one that belongs to the
        simulation can hold it.
        """
        topic = f"$SYS/broker/connection/{self._identity.hostname}.flukso/state"
        return Message(topic, b"1" if self._settings.cloud else b"0", retain=True)

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """Return the topics on which the device listens to clients."""
        return (request_topic(self.device_id),)

    def hear(self, topic: str, payload: bytes) -> None:
        """Take a client's message; of several within a second the last one counts."""
        if topic in self.subscriptions:
            self._asked = payload

    def true_energy(self, second: int) -> dict[str, float]:
        """Return Wh or L of every wired sensor from the start until `second`.

        It is the household's truth: no fault of the device changes it.
        """
        if self._truth is None:
            rates = {
                self._identity.sensor_id(n): rate for n, rate in self._rates().items()
            }
            self._truth = Truth(self.household, self.start, rates)
        return self._truth.at(second)

    def step(self, second: int) -> list[Message]:
        """Return what is published at a second.

        Seconds increase; those left out are measured but never published.
        """
        if second < self._next:
            raise ValueError(f"second {second} is over")
        powered = self.powered
        sent: list[Message] = []
        changes = self.faults.turn(second)
        for passed in range(self._measured, second):
            self._live(passed, powered=powered)
        self._measured, self._next = second, second + 1
        for change in changes:
            sent += self._change(change, second)
        if self.powered:
            sent += self._traffic(second)
        return self._delivered(sent, second)

    def _delivered(self, sent: list[Message], second: int) -> list[Message]:
        if self.faults.since("silence") is not None:
            return []
        self._kept.update(
            message.topic for message in sent if message.retain and message.payload
        )
        if self.faults.since("garbage") is not None and sent:
            ids = [sensor.id for sensor in self._sensors.values()]
            return mixed(sent, second, self._identity.seed, self.device_id, ids)
        return sent

    def _live(self, second: int, *, powered: bool) -> None:
        moment = self.household.at(second)
        for kube in self._kubes.values():
            kube.live(second)
        if powered:
            self._measure(moment)
        else:
            self._miss(moment)

    def _traffic(self, second: int) -> list[Message]:
        stamp = self._stamp(second)
        sent: list[Message] = []
        if self._announces and self._settings.tmpo:
            sent.append(Message(sync_topic(self.device_id), b""))
        self._announces = False
        # A reading needs a second that has passed since booting.
        if second > self._boot:
            sent += self._readings(second, stamp)
        if self.clock_is_set(stamp):
            sent += self._kube_readings(second, stamp)
        if self._settings.tmpo:
            sent += self.tmpo.step(stamp)
            sent += self._answer(stamp)
        return sent

    def _answer(self, stamp: int) -> list[Message]:
        asked, self._asked = self._asked, None
        if asked is None or not self._settings.tmpo_answers:
            return []
        try:
            return answer(asked, self.tmpo.blocks)
        except DaemonError:
            # The watchdog starts the daemon again, without what was in memory.
            self.tmpo.reboot(stamp)
            self._announces = True
            return []

    def _first_milli(self, slot: int) -> int:
        default = self._identity.number("counter", slot, below=_MOST_COUNTED)
        return self._settings.counters.get(slot, default) * 1000

    def _stamp(self, second: int) -> int:
        unset = self.faults.since("clock-1970")
        return second if unset is None else second - unset + 1

    @staticmethod
    def clock_is_set(stamp: int) -> bool:
        """Tell whether the FLM02's and the kube's daemons publish at all."""
        return stamp > _SANE_TIME

    def _kube_readings(self, second: int, stamp: int) -> list[Message]:
        sent: list[Message] = []
        slots = self._kube_slots()
        for kid, kube in self._kubes.items():
            for reading in kube.packets(second):
                sensor = slots.get(kid, {}).get(reading.type)
                if sensor is not None:
                    milli, unit = reading.milli, reading.unit
                    sent.append(
                        self._reading(sensor, reading.stream, stamp, milli, unit)
                    )
        return sent

    def _kube_slots(self) -> dict[int, dict[str, Sensor]]:
        slots: dict[int, dict[str, Sensor]] = {}
        for sensor in self._sensors.values():
            if sensor.kid:
                slots.setdefault(sensor.kid, {})[sensor.type] = sensor
        return slots

    def _reading(
        self, sensor: Sensor, stream: str, stamp: int, milli: int, unit: str
    ) -> Message:
        """Publish in the compact form, retained, and write it into the history."""
        self._record(sensor, stream, stamp, milli)
        payload = compact_reading(stamp, thousandths(milli), unit)
        return Message(sensor_topic(sensor.id, stream), payload, retain=True)

    def _record(self, sensor: Sensor, stream: str, stamp: int, milli: int) -> None:
        if self._settings.tmpo and stream == sensor.stream:
            self.tmpo.record(sensor, stamp, milli)

    def _change(self, change: Change, second: int) -> list[Message]:
        handlers: Mapping[str, Callable[[Change, int], list[Message]]] = {
            "reboot": self._reboot,
            "counter-reset": self._reset,
            "config-change": self._reconfigure,
            "no-wan": self._reconfigure,
        }
        handler = handlers.get(change.name)
        return [] if handler is None else handler(change, second)

    def _reboot(self, change: Change, second: int) -> list[Message]:
        if change.begins:
            cleared = sorted(self._kept)
            self._kept.clear()
            return [Message(topic, b"", retain=True) for topic in cleared]
        self._boot = second
        self._announces = True
        self._asked = None
        self.tmpo.reboot(self._stamp(second))
        self._restart()
        return self.retained()

    def _reset(self, change: Change, _: int) -> list[Message]:
        if change.begins:
            self._zero()
        return []

    def _reconfigure(self, *_: object) -> list[Message]:
        configuration = deepcopy(self._factory)
        if self.faults.since("config-change") is not None:
            self._alter(configuration)
        if self.faults.since("no-wan") is not None:
            configuration.sensor["daemon"]["enable_wan_branch"] = 0
        self._configuration = configuration
        self._sensors = configuration.sensors()
        self._rewire()
        return configuration.messages(self.device_id)

    @abstractmethod
    def _rates(self) -> dict[int, Rate]:
        """Return what every wired slot counts."""

    @abstractmethod
    def _measure(self, moment: Moment) -> None:
        """Measure one second."""

    @abstractmethod
    def _miss(self, moment: Moment) -> None:
        """Let one second pass while switched off."""

    @abstractmethod
    def _readings(self, second: int, stamp: int) -> list[Message]:
        """Publish the wired sensors."""

    @abstractmethod
    def _restart(self) -> None:
        """Forget what a reboot forgets."""

    @abstractmethod
    def _zero(self) -> None:
        """Set the wired counters to zero."""

    @abstractmethod
    def _alter(self, configuration: Configuration) -> None:
        """Change the configuration as somebody at the web page would."""

    @abstractmethod
    def _rewire(self) -> None:
        """Follow a new configuration."""
