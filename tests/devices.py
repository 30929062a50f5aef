"""What the devices of the fixtures leave with a broker."""

from pathlib import Path

from .brokers import Message

FIXTURES = Path(__file__).parent / "fixtures" / "fluksometer"

# Invented; the host names are flukso-a1b2c3 and flukso-1dd34c.
FLM02B_ID = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
FLM03E_ID = "1dd34c0f5e6d7c8b9aa0b1c2d3e4f506"


def retained_config(model: str, device_id: str) -> list[Message]:
    """Return the retained `config/*` messages of a model's fixture files."""
    return [
        Message(f"/device/{device_id}/config/{path.stem.rpartition('_')[2]}", payload)
        for path in sorted(FIXTURES.glob(f"{model}_config_*.json"))
        if (payload := path.read_bytes().strip())
    ]
