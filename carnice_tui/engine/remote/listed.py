"""What a server has to choose from."""

from carnice_tui.engine.base import EngineError
from carnice_tui.engine.remote.address import address_of
from carnice_tui.engine.remote.chunks import ModelEntry
from carnice_tui.engine.remote.connection import Connection, Refused, key_in
from carnice_tui.engine.remote.problems import told


async def listed_models(base_url: str, key_variable: str = "") -> list[ModelEntry]:
    """The models that the server at `base_url` lists; none where it has no list.

    Raises:
        EngineError: nobody answers, the key is wrong or missing, or the address is none.
    """
    address = address_of(base_url)
    connection = Connection(address, key_in(key_variable))
    try:
        listed, _ = await connection.models()
        return listed.data
    except Refused as refused:
        if refused.refusal.status == 404:
            return []
        raise EngineError(told(refused.refusal, address.base, "", key_variable)) from refused
    finally:
        await connection.close()
