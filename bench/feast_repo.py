"""What the benchmark serves, for Feast: ten features of drivers, a million keys to materialize, three histories of a million rows."""

from datetime import timedelta

from feast import Entity, FeatureView, Field, FileSource, PushSource, ValueType
from feast.types import Float64

DATA = "@DATA@"
driver = Entity(name="driver", join_keys=["driver"], value_type=ValueType.INT64)


def file(name: str) -> FileSource:
    return FileSource(name=f"{name}_file", path=f"{DATA}/{name}.parquet", timestamp_field="event_timestamp", created_timestamp_column="created")


def view(name: str, source, features: int, prefix: str) -> FeatureView:
    return FeatureView(name=name, entities=[driver], ttl=timedelta(0), source=source, schema=[Field(name=f"{prefix}{i}", dtype=Float64) for i in range(features)])


drivers_file = file("drivers")
drivers = PushSource(name="drivers", batch_source=drivers_file)
driver_stats = view("driver_stats", drivers, 10, "f")
many = view("many", file("many"), 5, "m")
history_0 = view("history_0", file("history_0"), 5, "a")
history_1 = view("history_1", file("history_1"), 5, "b")
history_2 = view("history_2", file("history_2"), 5, "c")
