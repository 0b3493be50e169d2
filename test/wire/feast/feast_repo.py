"""The same features for a real Feast server: file offline store, SQLite online store. DATA stands for the folder of the Parquet files."""

from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field, FileSource, PushSource, RequestSource, ValueType
from feast.on_demand_feature_view import on_demand_feature_view
from feast.types import Bool, Float64, Int64, String, UnixTimestamp

DATA = "@DATA@"

origin = Entity(name="origin", join_keys=["origin"], value_type=ValueType.STRING)
plane = Entity(name="plane", join_keys=["tailnum"], value_type=ValueType.STRING)
account = Entity(name="account", join_keys=["account"], value_type=ValueType.INT64)
merchant = Entity(name="merchant", join_keys=["merchant"], value_type=ValueType.STRING)

weather_file = FileSource(name="weather_file", path=f"{DATA}/weather.parquet", timestamp_field="observed_at")
planes_file = FileSource(name="planes_file", path=f"{DATA}/planes.parquet", timestamp_field="registered")
accounts_file = FileSource(name="accounts_file", path=f"{DATA}/accounts.parquet", timestamp_field="event_timestamp", created_timestamp_column="created")
pairs_file = FileSource(name="pairs_file", path=f"{DATA}/pairs.parquet", timestamp_field="event_timestamp")
accounts = PushSource(name="accounts", batch_source=accounts_file)

origin_weather = FeatureView(
    name="origin_weather", entities=[origin], ttl=timedelta(hours=6), source=weather_file,
    schema=[Field(name=name, dtype=Float64) for name in ("temp", "humid", "wind_dir", "pressure")],
)
aircraft = FeatureView(
    name="aircraft", entities=[plane], source=planes_file,
    schema=[Field(name="manufacturer", dtype=String), Field(name="seats", dtype=Int64), Field(name="year", dtype=Float64)],
)
account_state = FeatureView(
    name="account_state", entities=[account], ttl=timedelta(hours=24), source=accounts,
    schema=[
        Field(name="cents", dtype=Int64), Field(name="points", dtype=Int64), Field(name="score", dtype=Float64), Field(name="tier", dtype=String),
        Field(name="active", dtype=Bool), Field(name="opened", dtype=UnixTimestamp),
    ],
)
pair_spend = FeatureView(
    name="pair_spend", entities=[account, merchant], source=pairs_file,
    schema=[Field(name="spent", dtype=Float64), Field(name="visits", dtype=Int64)],
)
asked = RequestSource(name="asked", schema=[Field(name="amount", dtype=Float64)])


@on_demand_feature_view(sources=[account_state, asked], schema=[Field(name="weighted", dtype=Float64)], mode="python")
def scoring(inputs):
    return {"weighted": [None if s is None or a is None else s * a for s, a in zip(inputs["score"], inputs["amount"])]}


scoring_service = FeatureService(name="scoring", features=[account_state[["cents", "score"]], origin_weather[["temp"]], scoring])
plain_service = FeatureService(name="plain", features=[account_state[["score", "cents"]], pair_spend])
