"""Tell a part that Flukso's cloud never tells from a cloud that tells nothing."""

from collections.abc import Mapping
import time

from ....transport.errors import CloudError, CloudFault, PartUntold
from ....transport.http.cloud import FluksoCloud

# Of a server that has not told anything yet, so many other sensors are asked for.
OTHERS = 4


class CloudPresence:
    """Ask for something else when a part was asked for in vain.

    `listed`: a sensor whose list the cloud has told, None before it has told any.
    """

    def __init__(self, cloud: FluksoCloud, recycle_ids: Mapping[str, int]) -> None:
        """Prepare to ask for the lists of some sensors."""
        self.listed: str | None = None
        self._cloud = cloud
        self._recycle_ids = recycle_ids

    async def async_check(self, sensor: str, err: PartUntold) -> None:
        """Raise what went wrong with a part of a sensor if nothing else is told."""
        # Who answers with an error is there; who does not at first may be nowhere.
        unheard = self.listed is None and err.fault is CloudFault.UNREACHABLE
        if unheard or not await self._async_is_there(sensor):
            raise err

    async def _async_is_there(self, untold: str) -> bool:
        """Tell whether the cloud lists what it has listed, or else another sensor."""
        if self.listed is not None:
            return await self._async_lists(self.listed, hurried=False)
        others = [sensor for sensor in sorted(self._recycle_ids) if sensor != untold]
        for sensor in others[:OTHERS]:
            if await self._async_lists(sensor, hurried=True):
                return True
        return False

    async def _async_lists(self, sensor: str, *, hurried: bool) -> bool:
        """Tell whether the cloud lists the newest blocks of a sensor."""
        rid, now = self._recycle_ids[sensor], int(time.time())
        try:
            await self._cloud.async_list(sensor, rid, now, hurried=hurried)
        except CloudError as err:
            return err.fault is CloudFault.REFUSED
        return True
