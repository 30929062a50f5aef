"""Names that the surface and the adapters share."""

from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "flukso"
MANUFACTURER: Final = "Flukso"
# Of the id of a device or sensor, what others may see.
SHOWN_DIGITS: Final = 6

PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
)

CONF_DEVICE_ID: Final = "device_id"
# What is behind an entry; a Fluksometer's says nothing of it.
CONF_KIND: Final = "kind"
KIND_P1_SERIAL: Final = "p1_serial"
KIND_P1_NETWORK: Final = "p1_network"
# A dongle's telegrams, over a broker of our own choice or Home Assistant's.
KIND_P1_BROKER: Final = "p1_broker"
KIND_P1_MQTT: Final = "p1_mqtt"
P1_DONGLE_KINDS: Final = frozenset({KIND_P1_BROKER, KIND_P1_MQTT})
P1_KINDS: Final = frozenset({KIND_P1_SERIAL, KIND_P1_NETWORK}) | P1_DONGLE_KINDS
CONF_TOPIC: Final = "topic"
CONF_PAYLOAD: Final = "payload"
# A Fluksometer that is read over HTTP.
KIND_REST: Final = "fluksometer_rest"
CONF_SENSORS: Final = "sensors"
CONF_POLL_INTERVAL: Final = "poll_interval"
DEFAULT_POLL_INTERVAL: Final = 10
# A meter that other integrations read.
KIND_ENERGY_METER: Final = "energy_meter"
KIND_QUARTER_MONITOR: Final = "quarter_monitor"
CONF_LINE: Final = "line"
CONF_FAMILY: Final = "family"
CONF_KEY: Final = "key"
# Since when a meter measures that took the place of another, unix s.
CONF_SINCE: Final = "since"
# How the ids of a P1 meter's counters number the tariffs, where its family does not say.
CONF_NUMBERING: Final = "numbering"
CONF_DEMAND_OFFERED: Final = "demand_offered"

CONF_IMPORT_ENTITIES: Final = "import_entities"
CONF_EXPORT_ENTITIES: Final = "export_entities"
CONF_POWER_ENTITY: Final = "power_entity"
CONF_DEMAND_ENTITY: Final = "demand_entity"
CONF_MONTH_PEAK_ENTITY: Final = "month_peak_entity"
CONF_PHASES: Final = "phases"
CONF_NET: Final = "net"

CONF_GAUGE_INTERVAL: Final = "gauge_interval"
CONF_COUNTER_INTERVAL: Final = "counter_interval"
CONF_CLOCK: Final = "clock"
DEFAULT_GAUGE_INTERVAL: Final = 10
DEFAULT_COUNTER_INTERVAL: Final = 60
# Of Flukso's cloud: one of the account, or one for each sensor.
CONF_CLOUD_TOKEN: Final = "cloud_token"
CONF_REMOVE_CLOUD_TOKEN: Final = "remove_cloud_token"

SUBENTRY_DEMAND: Final = "demand"
CONF_IMPORT_SENSORS: Final = "import_sensors"
CONF_EXPORT_SENSORS: Final = "export_sensors"
CONF_PROFILE: Final = "profile"
CONF_AREA: Final = "area"
CONF_PRICE: Final = "price"
CONF_VAT: Final = "vat"
CONF_DATED_PRICES: Final = "dated_prices"
CONF_FROM: Final = "from"
CONF_UNTIL: Final = "until"
CONF_FLOOR: Final = "floor"
CONF_GOAL: Final = "goal"
CONF_GOAL_SCOPE: Final = "goal_scope"
CONF_SLUG: Final = "slug"
# What a tariff of the user's own consists of.
CONF_RULES: Final = "rules"
CONF_WINDOW: Final = "window"
CONF_DIRECTION: Final = "direction"
CONF_TOP: Final = "top"
CONF_DIFFERENT_DAYS: Final = "different_days"
CONF_MONTHS: Final = "months"
CONF_DAYS: Final = "days"
CONF_FIRST_HOUR: Final = "first_hour"
CONF_LAST_HOUR: Final = "last_hour"
CONF_FLOOR_SCOPE: Final = "floor_scope"
CONF_ROLLING_MONTHS: Final = "rolling_months"
CONF_PRICE_PER: Final = "price_per"
CONF_PRICE_STEPS: Final = "price_steps"
CONF_REFERENCE: Final = "reference"

PROFILE_FLANDERS: Final = "flanders"
PROFILE_CUSTOM: Final = "custom"
