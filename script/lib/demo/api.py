"""Talk to a running Home Assistant as its web page does."""

from typing import Any, Self

from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse

NAME = "demo"
PASSWORD = "demo"


class Refused(Exception):
    """Home Assistant did not do what it was asked."""


class Api:
    """The first user of a Home Assistant, logged in while the context is."""

    def __init__(self, url: str) -> None:
        """Prepare; nothing is sent yet."""
        self.url = url
        self._client_id = f"{url}/"
        self._session = ClientSession(url)
        self._socket: ClientWebSocketResponse | None = None
        self._commands = 0

    async def __aenter__(self) -> Self:
        """Log in; a fresh Home Assistant is led through its first steps."""
        steps = await self._onboarding_left()
        if "user" in steps:
            code = await self._make_user()
        else:
            code = await self._log_in()
        await self._connect(code)
        if "core_config" in steps:
            await self._say_where_home_is()
        for step in steps:
            await self._finish(step)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect."""
        if self._socket is not None:
            await self._socket.close()
        await self._session.close()

    async def post(self, path: str, data: dict[str, Any]) -> Any:
        """Post JSON to an address; return the JSON that comes back."""
        async with self._session.post(path, json=data) as response:
            return await _answer(response)

    async def delete(self, path: str) -> None:
        """Delete what is at an address."""
        async with self._session.delete(path) as response:
            await _answer(response)

    async def command(self, name: str, **data: Any) -> Any:
        """Send a command on the websocket; return its result."""
        if self._socket is None:
            raise Refused("not connected")
        self._commands += 1
        await self._socket.send_json({"id": self._commands, "type": name, **data})
        answer = await self._socket.receive_json()
        if not answer["success"]:
            raise Refused(f"{name}: {answer['error']}")
        return answer["result"]

    async def _onboarding_left(self) -> list[str]:
        async with self._session.get("/api/onboarding") as response:
            # There is no such page once all steps are done.
            steps = [] if response.status == 404 else await _answer(response)
        return [step["step"] for step in steps if not step["done"]]

    async def _make_user(self) -> str:
        user = await self.post(
            "/api/onboarding/users",
            {
                "client_id": self._client_id,
                "name": NAME.title(),
                "username": NAME,
                "password": PASSWORD,
                "language": "en",
            },
        )
        code: str = user["auth_code"]
        return code

    async def _log_in(self) -> str:
        flow = await self.post(
            "/auth/login_flow",
            {
                "client_id": self._client_id,
                "handler": ["homeassistant", None],
                "redirect_uri": self._client_id,
            },
        )
        result = await self.post(
            f"/auth/login_flow/{flow['flow_id']}",
            {"client_id": self._client_id, "username": NAME, "password": PASSWORD},
        )
        if result["type"] != "create_entry":
            raise Refused(f"this home has another user than {NAME}: {result['errors']}")
        code: str = result["result"]
        return code

    async def _connect(self, code: str) -> None:
        form = {
            "client_id": self._client_id,
            "grant_type": "authorization_code",
            "code": code,
        }
        async with self._session.post("/auth/token", data=form) as response:
            token = (await _answer(response))["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._socket = await self._session.ws_connect("/api/websocket", max_msg_size=0)
        await self._socket.receive_json()
        await self._socket.send_json({"type": "auth", "access_token": token})
        answer = await self._socket.receive_json()
        if answer["type"] != "auth_ok":
            raise Refused(f"no access: {answer}")

    async def _say_where_home_is(self) -> None:
        await self.command(
            "config/core/update",
            location_name="Home",
            latitude=50.85,
            longitude=4.35,
            elevation=60,
            unit_system="metric",
            time_zone="Europe/Brussels",
            currency="EUR",
            country="BE",
            language="en",
        )

    async def _finish(self, step: str) -> None:
        data = {"client_id": self._client_id, "redirect_uri": self._client_id}
        if step != "user":
            await self.post(
                f"/api/onboarding/{step}", data if step == "integration" else {}
            )


async def _answer(response: ClientResponse) -> Any:
    if response.status >= 400:
        text = await response.text()
        raise Refused(f"{response.url.path}: {response.status} {text[:200]}")
    return await response.json()
