"""Compare what one MQTT reading costs here with what it costs bare paho.

    python -m bench.burst [--rounds N] [--messages N]

A burst of FLM03E readings goes through a Mosquitto of its own to two subscribers in
turn, each in a process of its own: paho driven by the event loop, which decodes with
orjson and keeps the value; and this integration, from the socket to the gathered
value, with parsing, checks, unit conversion and the mean. CPU time of the process
between the first and the last message, per message.
"""

import argparse
import asyncio
import hashlib
import json
from pathlib import Path
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

import orjson
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

HOST = "127.0.0.1"
CLAMPS = 60
SUBSCRIBERS = ("bare", "ours")
READY = "ready"


def sensor_id(number: int) -> str:
    """Return a sensor id that stays the same from run to run."""
    return hashlib.sha256(b"%d" % number).hexdigest()[:32]


DEVICE_ID = sensor_id(0)


def config_payload() -> bytes:
    """Return the configuration of an FLM03E whose sensors all import power."""
    return json.dumps(
        {
            str(number): {
                "id": sensor_id(number),
                "type": "electricity",
                "subtype": "pplus",
                "enable": 1,
                "rid": 0,
                "port": [1],
                "data_type": "counter",
            }
            for number in range(1, CLAMPS + 1)
        }
    ).encode()


class Clock:
    """CPU time between the first and the last of a number of messages."""

    def __init__(self, messages: int) -> None:
        """Expect so many messages."""
        self.left = messages
        self.done = asyncio.get_running_loop().create_future()
        self._messages = messages
        self._began = 0

    def tick(self) -> None:
        """Count one message."""
        if self.left == self._messages:
            self._began = time.process_time_ns()
        self.left -= 1
        if not self.left:
            spent = time.process_time_ns() - self._began
            self.done.set_result(spent / self._messages / 1000)


async def subscribe_bare(port: int, clock: Clock) -> None:
    """Subscribe with paho on the event loop and keep the decoded value."""
    loop = asyncio.get_running_loop()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    values: dict[str, float] = {}
    subscribed = asyncio.Event()

    def on_message(_client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        values[message.topic] = orjson.loads(message.payload)[1]
        clock.tick()

    def on_connect(client: mqtt.Client, *_: Any) -> None:
        loop.call_soon(
            client.subscribe,
            [(f"/sensor/{sensor_id(n)}/gauge", 0) for n in range(1, CLAMPS + 1)],
        )

    client.on_message = on_message
    client.on_connect = on_connect
    client.on_subscribe = lambda *_: subscribed.set()

    def opened(client: mqtt.Client, _data: Any, sock: Any) -> None:
        loop.add_reader(sock, client.loop_read)

    def closed(_client: mqtt.Client, _data: Any, sock: Any) -> None:
        loop.remove_reader(sock)

    def want_write(client: mqtt.Client, _data: Any, sock: Any) -> None:
        loop.add_writer(sock, client.loop_write)

    def enough_written(_client: mqtt.Client, _data: Any, sock: Any) -> None:
        loop.remove_writer(sock)

    client.on_socket_open = opened
    client.on_socket_close = closed
    client.on_socket_register_write = want_write
    client.on_socket_unregister_write = enough_written
    client.connect(HOST, port)
    await subscribed.wait()


async def subscribe_ours(port: int, clock: Clock) -> None:
    """Subscribe with the integration's hub and let it gather the values."""
    # Only this process is to have Home Assistant in memory.
    from custom_components.flukso.devices.fluksometer.hub import FluksometerHub  # noqa: PLC0415
    from custom_components.flukso.transport.mqtt.session import BrokerAddress  # noqa: PLC0415
    from homeassistant.core import HomeAssistant  # noqa: PLC0415

    class CountingHub(FluksometerHub):
        """A hub that is timed."""

        def _on_message(self, topic: str, payload: bytes, retained: bool) -> None:
            super()._on_message(topic, payload, retained)
            if topic.startswith("/sensor/"):
                clock.tick()

    hub = CountingHub(
        HomeAssistant(tempfile.gettempdir()),
        BrokerAddress(host=HOST, port=port),
        DEVICE_ID,
        gauge_interval=10,
        counter_interval=60,
    )
    await hub.async_open()
    gauges = [one for one in hub.readings if one.channel.row.stream == "gauge"]
    assert len(gauges) == CLAMPS
    for gauge in gauges:
        hub.attach(gauge, lambda: None)
    # The subscriptions go out at the next turn of the loop.
    await asyncio.sleep(1)


async def measure(which: str, port: int, messages: int) -> None:
    """Subscribe, say so, and print the cost of a message."""
    clock = Clock(messages)
    await {"bare": subscribe_bare, "ours": subscribe_ours}[which](port, clock)
    print(READY, flush=True)
    print(await clock.done, flush=True)


def publish(port: int, messages: int) -> None:
    """Publish a burst of readings as FLM03E firmware writes them."""
    sock = socket.create_connection((HOST, port))
    body = b"\x00\x04MQTT\x04\x02\x00\x00\x00\x05burst"
    sock.sendall(bytes((0x10, len(body))) + body)
    sock.recv(4)
    topics = [b"/sensor/%s/gauge" % sensor_id(n).encode() for n in range(1, CLAMPS + 1)]
    now = int(time.time())
    packets = bytearray()
    for number in range(messages):
        topic = topics[number % CLAMPS]
        payload = b'[%d, %d.%03d, "W"]' % (now, number % 5000, number % 1000)
        packets += bytes((0x30, 2 + len(topic) + len(payload), 0, len(topic)))
        packets += topic + payload
    sock.sendall(packets)
    sock.sendall(b"\xe0\x00")
    sock.close()


def retain_config(port: int) -> None:
    """Leave the configuration of the device with the broker."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect(HOST, port)
    client.loop_start()
    topic = f"/device/{DEVICE_ID}/config/sensor"
    client.publish(topic, config_payload(), qos=1, retain=True).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def one_round(which: str, port: int, messages: int) -> float:
    """Return the CPU time of one message in microseconds."""
    command = [sys.executable, "-m", "bench.burst", "--subscribe", which]
    command += ["--port", str(port), "--messages", str(messages)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == READY
        publish(port, messages)
        return float(child.stdout.readline())


def compare(rounds: int, messages: int) -> None:
    """Print the medians of both subscribers and their ratio, pair by pair."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind((HOST, 0))
        port = int(free.getsockname()[1])
        free.close()
        config = Path(folder) / "mosquitto.conf"
        config.write_text(
            f"listener {port} {HOST}\nallow_anonymous true\npersistence false\n"
            "max_queued_messages 0\n"
        )
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        assert program, "mosquitto is not installed"
        with subprocess.Popen(
            [program, "-c", str(config)], stderr=subprocess.DEVNULL
        ) as broker:
            time.sleep(0.5)
            retain_config(port)
            found = [
                [one_round(which, port, messages) for which in SUBSCRIBERS]
                for _ in range(rounds)
            ]
            broker.terminate()
    for which, costs in zip(SUBSCRIBERS, zip(*found, strict=True), strict=True):
        print(f"{which}: {statistics.median(costs):.2f} us a message, {sorted(costs)}")
    ratios = sorted(ours / bare for bare, ours in found)
    print(f"ours / bare: {statistics.median(ratios):.2f} {ratios}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--messages", type=int, default=60_000)
    parser.add_argument("--subscribe", choices=SUBSCRIBERS, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.subscribe:
        asyncio.run(measure(args.subscribe, args.port, args.messages))
    else:
        compare(args.rounds, args.messages)


if __name__ == "__main__":
    main()
