"""Under which routing key this service sealed values last: one row, by the id of the key."""

from sqlalchemy import Engine, delete, insert, select
from sqlmodel import Field

from as_server.db import Table, in_turn
from as_server.models import unsealed_value
from heart_ground.database import reading, writing


class RoutingKey(Table, table=True):
    """The id of a key tells nothing of it."""

    __tablename__ = "routing_key"

    key_id: str = Field(primary_key=True)


KEY = RoutingKey.__table__  # type: ignore[attr-defined]


def take_up(engine: Engine, key_id: str) -> None:
    """From here on values are sealed under this key; those of before stay known, once for all
    workers: a changed secret ends nothing."""
    query = select(KEY.c.key_id)
    with reading(engine) as connection:
        if connection.scalar(query) == key_id:
            return
    with writing(engine) as connection:
        in_turn(connection, KEY.name)
        if connection.scalar(query) != key_id:
            unsealed_value.write_down_all(connection)
            connection.execute(delete(KEY))
            connection.execute(insert(KEY).values(key_id=key_id))
