"""What a stock Feast client and a plain HTTP client see of a feature server: the same questions to Slipway and to Feast itself.

Usage: checks.py slipway|feast URL CLIENT_REPO BARE_REPO NOW
Every check states one answer for both, or one for each where Slipway differs on purpose. Prints a line a check; exit code 1 when one is not as stated.
"""

import json
import logging
import os
import sys
import time
import warnings
from datetime import datetime, timedelta

import pandas as pd
import requests

from feast import FeatureService, FeatureStore

from expectations import check, end, section, show, target

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
os.environ.setdefault("FEAST_USAGE", "False")

url, repo, bare, now_text = sys.argv[2:6]
now = datetime.fromisoformat(now_text)
BIG = 2**53 + 1
store = FeatureStore(repo)
reader = FeatureStore(bare)
token = os.environ.get("SLIPWAY_TOKEN")


def read(features, rows, using=None, **options):
    return (using or store).get_online_features(features=features, entity_rows=rows, **options).to_dict()


def column(feature: str, keys, key: str = "account"):
    return read([feature], [{key: k} for k in keys])[feature.split(":")[1]]


def raised(ask) -> str:
    """The class of what it raises. Feast answers many a user's error with 500, which its client repeats until it gives up, in one of two ways."""
    try:
        return f"nothing, but {show(ask())}"
    except (requests.exceptions.RetryError, requests.exceptions.ConnectionError):
        return "it gives up"
    except Exception as error:
        return type(error).__name__


def post(path: str, body):
    """A connection of its own each time: Feast's server closes those that wait."""
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
    return requests.post(url + path, data=body if isinstance(body, str) else json.dumps(body), headers=headers)


def status(path: str, body) -> int:
    return post(path, body).status_code


def fault(path: str, body):
    """Status and class of a typed error; the class is None where the body carries none."""
    reply = post(path, body)
    try:
        detail = json.loads(reply.json())
        return [reply.status_code, detail["class"]]
    except Exception:
        return [reply.status_code, None]


def account_rows(time, **columns):
    n = len(columns["account"])
    frame = {"event_timestamp": [time] * n, "created": [now] * n, "cents": [0] * n, "points": [0] * n, "score": [0.0] * n, "tier": ["x"] * n, "active": [True] * n, "opened": [pd.Timestamp(now)] * n}
    return pd.DataFrame({**frame, **columns})


def ago(**span):
    return now - timedelta(**span)


def temperature(rows=("JFK",)):
    return column("origin_weather:temp", rows, "origin")


def seconds(time: datetime) -> int:
    return int(time.timestamp())


ACCOUNT = [{"account": 1}]

section("materialize")
check("nothing is there before", lambda: [temperature(), column("account_state:score", [1])], both=[[None], [None]])
weather = pd.read_parquet(os.path.join(os.environ["DATA"], "weather.parquet"))
jfk = weather[weather.origin == "JFK"].sort_values("observed_at")
past = jfk[jfk.observed_at <= pd.Timestamp(ago(hours=5))].iloc[-1]
newest = jfk.iloc[-1]
check("materialize(start, end) takes rows up to the end", lambda: (store.materialize(ago(days=30), ago(hours=5), ["origin_weather"]), temperature())[1], both=[float(past.temp)])
check("materialize_incremental(end) goes on from there", lambda: (store.materialize_incremental(now, ["origin_weather"]), temperature())[1], both=[float(newest.temp)])
check("an earlier end takes nothing back", lambda: (store.materialize(ago(days=30), ago(days=2), ["origin_weather"]), temperature())[1], slipway=[float(newest.temp)], feast=[float(jfk[jfk.observed_at <= pd.Timestamp(ago(days=2))].iloc[-1].temp)], why="an older row never overwrites a newer one")
check("all views at once", lambda: (store.materialize(ago(days=30), now), column("aircraft:seats", ["N10156", "N999ZZ"], "tailnum"))[1], both=[55, None])
check("an unknown view", lambda: raised(lambda: store.materialize(ago(days=1), now, ["nope"])), both="RuntimeError")
check("an unknown view, over HTTP", lambda: fault("/materialize", {"start_ts": ago(days=1).isoformat(), "end_ts": now.isoformat(), "feature_views": ["nope"]}), both=[404, "FeatureViewNotFoundException"])
check("a start after the end", lambda: fault("/materialize", {"start_ts": now.isoformat(), "end_ts": ago(days=1).isoformat()}), feast=[500, None], slipway=[422, "FeastError"], why="422 in place of 500")
check("no times at all", lambda: status("/materialize", {"feature_views": ["aircraft"]}), feast=500, slipway=422, why="422 in place of 500")
check("all there is, without times", lambda: [status("/materialize", {"disable_event_timestamp": True, "feature_views": ["pair_spend"]}), post("/materialize", {"disable_event_timestamp": True, "feature_views": ["pair_spend"]}).text], both=[200, "null"])
check("a time that is none", lambda: status("/materialize-incremental", {"end_ts": "tomorrow-ish", "feature_views": ["aircraft"]}), feast=500, slipway=422, why="422 in place of 500")
check("in the background: 202", lambda: (lambda r: [r.status_code, r.json()])(post("/materialize?async=true", {"start_ts": ago(days=1).isoformat(), "end_ts": now.isoformat(), "feature_views": ["pair_spend"]})), both=[202, {"status": "accepted", "feature_views": ["pair_spend"]}])
# Of two at once Feast now and then loses its registry, which both write: there they come one after the other.
apart = 2 if target == "feast" else 0
check("materialize(run_async=True)", lambda: [(time.sleep(pause), ask())[1] for pause, ask in [
    (2, lambda: store.materialize(ago(days=1), now, ["pair_spend"], run_async=True)),
    (apart, lambda: store.materialize_incremental(now, ["pair_spend"], run_async=True, force=True)),
]], both=[None, None])
check("a time in the future is now", lambda: (time.sleep(2), status("/materialize-incremental", {"end_ts": "2100-01-01T00:00:00", "feature_views": ["pair_spend"]}))[1], both=200)

section("read")
FOUR = ["account_state:cents", "account_state:score", "account_state:tier", "account_state:active"]
check("by feature", lambda: read(FOUR, ACCOUNT), both={"account": [1], "cents": [BIG], "score": [0.1], "tier": ["gold"], "active": [True]})
check("with an empty registry, from five lines of configuration", lambda: read(FOUR, ACCOUNT, using=reader), both={"account": [1], "cents": [BIG], "score": [0.1], "tier": ["gold"], "active": [True]})
check("several rows, by columns", lambda: read(["account_state:tier"], {"account": [5, 1, 5]}), both={"account": [5, 1, 5], "tier": ["", "gold", ""]})
check("int64 at both ends", lambda: column("account_state:cents", [3, BIG, 1]), both=[-(2**63), 2**63 - 1, BIG])
check("an int64 key beyond 2^53", lambda: read(["account_state:tier"], [{"account": BIG}, {"account": BIG - 1}]), both={"account": [BIG, BIG - 1], "tier": ['grün ☂ "\\ \n', None]})
check("an int64 column that misses a value elsewhere", lambda: column("account_state:points", [1, 5]), feast=[2**53, 5], slipway=[BIG, 5], why="exact")
check("stored nulls", lambda: read(["account_state:score", "account_state:tier", "account_state:active"], [{"account": 3}]), both={"account": [3], "score": [None], "tier": [None], "active": [None]})
check("a key that is not there", lambda: column("account_state:cents", [77]), both=[None])
check("a whole double stays a double", lambda: column("account_state:score", [5, BIG]), both=[2.0, 1e150])
check("times are whole seconds", lambda: column("account_state:opened", [1, 3, BIG]), both=[1577934245, -315619200, seconds(ago(days=3))])
check("a composite key", lambda: read(["pair_spend:spent", "pair_spend:visits"], [{"account": 1, "merchant": "a"}, {"account": 1, "merchant": "b|c"}, {"account": 2, "merchant": "b|c"}]), both={"account": [1, 1, 2], "merchant": ["a", "b|c", "b|c"], "spent": [1.5, 2.5, None], "visits": [1, 2, None]})
check("several views with several keys", lambda: read(["pair_spend:visits", "account_state:cents", "aircraft:manufacturer", "origin_weather:temp"], [{"account": 1, "merchant": "a", "tailnum": "N10156", "origin": "JFK"}]), both={"account": [1], "merchant": ["a"], "tailnum": ["N10156"], "origin": ["JFK"], "visits": [1], "cents": [BIG], "manufacturer": ["EMBRAER"], "temp": [float(newest.temp)]})
check("full names", lambda: read(["account_state:cents", "origin_weather:temp"], [{"account": 1, "origin": "JFK"}], full_feature_names=True), both={"account": [1], "origin": ["JFK"], "account_state__cents": [BIG], "origin_weather__temp": [float(newest.temp)]})
check("to_df", lambda: (lambda df: [sorted(df.columns), str(df["cents"].dtype), df["cents"].tolist(), df["tier"].tolist()])(store.get_online_features(features=["account_state:cents", "account_state:tier"], entity_rows=[{"account": 1}, {"account": BIG}]).to_df()), both=[["account", "cents", "tier"], "int64", [BIG, 2**63 - 1], ["gold", 'grün ☂ "\\ \n']])
check("to_arrow", lambda: sorted(store.get_online_features(features=["account_state:cents"], entity_rows=ACCOUNT).to_arrow().column_names), both=["account", "cents"])
check("a column that is no key is ignored", lambda: read(["account_state:cents"], [{"account": 1, "colour": "red"}]), both={"account": [1], "cents": [BIG]})
check("a view of a version: @latest", lambda: status("/get-online-features", {"features": ["account_state@latest:cents"], "entities": {"account": [1]}}), both=200)

section("services and on-demand features")
SCORING = [{"account": 1, "origin": "JFK", "amount": 10.0}, {"account": 3, "origin": "EWR", "amount": 10.0}, {"account": 5, "origin": "LGA", "amount": 1.5}]
last = {o: float(weather[weather.origin == o].sort_values("observed_at").iloc[-1].temp) for o in ("JFK", "EWR", "LGA")}
check("a service", lambda: read(store.get_feature_service("plain"), [{"account": 1, "merchant": "a"}]), both={"account": [1], "merchant": ["a"], "score": [0.1], "cents": [BIG], "spent": [1.5], "visits": [1]})
check("a service with request data", lambda: read(store.get_feature_service("scoring"), SCORING), both={"account": [1, 3, 5], "origin": ["JFK", "EWR", "LGA"], "cents": [BIG, -(2**63), 0], "score": [0.1, None, 2.0], "temp": [last["JFK"], last["EWR"], last["LGA"]], "weighted": [1.0, None, 3.0]})
check("a service with full names", lambda: sorted(read(store.get_feature_service("scoring"), SCORING, full_feature_names=True)), feast=["account", "account_state__cents", "account_state__score", "origin", "origin_weather__temp"], slipway=["account", "account_state__cents", "account_state__score", "origin", "origin_weather__temp", "scoring__weighted"], why="Feast loses the on-demand feature")
check("an on-demand feature by name", lambda: read(["scoring:weighted"], SCORING[:1]), both={"account": [1], "origin": ["JFK"], "weighted": [1.0]})
check("an on-demand feature beside others", lambda: read(["scoring:weighted", "account_state:tier"], [{"account": 5, "amount": 4}]), both={"account": [5], "tier": [""], "weighted": [8.0]})
check("request data that is missing", lambda: raised(lambda: read(store.get_feature_service("scoring"), [{"account": 1, "origin": "JFK"}])), both="RequestDataNotFoundInEntityRowsException")

section("typed errors")
check("an unknown view", lambda: raised(lambda: read(["nope:x"], ACCOUNT)), both="FeatureViewNotFoundException")
check("its message names it", lambda: [word in post("/get-online-features", {"features": ["nope:x"], "entities": {"account": [1]}}).text for word in ("nope", "feast.errors")], both=[True, True])
check("an unknown service", lambda: raised(lambda: read(FeatureService(name="nope", features=[]), ACCOUNT)), both="FeatureServiceNotFoundException")
check("an unknown feature of a view", lambda: raised(lambda: read(["account_state:nope"], ACCOUNT)), feast="it gives up", slipway="FeastObjectNotFoundException", why="404 in place of a 500 that the client repeats")
check("a name without its view", lambda: raised(lambda: read(["cents"], ACCOUNT)), feast="it gives up", slipway="FeastError", why="422 in place of 500")
check("no features", lambda: raised(lambda: read([], ACCOUNT)), feast="it gives up", slipway="FeastError", why="422 in place of 500")
check("a key that is missing", lambda: raised(lambda: read(["account_state:cents"], [{"origin": "JFK"}])), feast="it gives up", slipway="FeastError", why="422 in place of 500")
check("half of a composite key", lambda: raised(lambda: read(["pair_spend:visits"], ACCOUNT)), feast="nothing, but {account: [1], visits: [None]}", slipway="FeastError", why="a forgotten key is said, not answered with null")
check("a key of another type", lambda: raised(lambda: read(["account_state:cents"], [{"account": "one"}])), feast="it gives up", slipway="FeastError", why="422 in place of 500")
check("a fraction as an int64 key", lambda: fault("/get-online-features", {"features": ["account_state:cents"], "entities": {"account": [1.5]}}), feast=[200, None], slipway=[422, "FeastError"], why="Feast answers for account 1")
check("keys as text for numbers, and numbers for text", lambda: [post("/get-online-features", {"features": ["account_state:cents"], "entities": {"account": ["1", str(BIG)]}}).json()["results"][k]["values"] for k in (0, 1)] + [post("/get-online-features", {"features": ["aircraft:seats"], "entities": {"tailnum": [5]}}).json()["results"][0]["values"]], both=[[1, BIG], [BIG, 2**63 - 1], ["5"]])
check("true as an int64 key", lambda: status("/get-online-features", {"features": ["account_state:cents"], "entities": {"account": [True]}}), feast=200, slipway=422, why="Feast answers for account 1")
check("a null key", lambda: (lambda r: [r.status_code, r.json()["results"][1]["values"] if r.status_code == 200 else None])(post("/get-online-features", {"features": ["account_state:cents"], "entities": {"account": [None, 1]}})), feast=[500, None], slipway=[200, [None, BIG]], why="a key without rows")
check("no rows", lambda: status("/get-online-features", {"features": ["account_state:cents"], "entities": {"account": []}}), feast=500, slipway=422, why="422 in place of 500")
check("columns of different lengths", lambda: status("/get-online-features", {"features": ["pair_spend:visits"], "entities": {"account": [1, 2], "merchant": ["a"]}}), feast=500, slipway=422, why="422 in place of 500")
check("one name twice", lambda: fault("/get-online-features", {"features": ["account_state:cents", "account_state:cents"], "entities": {"account": [1]}}), feast=[500, "FeatureNameCollisionError"], slipway=[422, "FeatureNameCollisionError"], why="422 in place of 500")
check("a value that is no list", lambda: status("/get-online-features", {"features": ["account_state:cents"], "entities": {"account": 1}}), both=422)
check("a body that is no JSON", lambda: status("/get-online-features", "{"), both=422)
check("a body that is no object", lambda: status("/get-online-features", "[]"), both=422)
check("no entities", lambda: status("/get-online-features", {"features": ["account_state:cents"]}), both=422)

section("the raw answer")


def results(names, entities):
    answer = post("/get-online-features", {"features": names, "entities": entities}).json()
    return dict(zip(answer["metadata"]["feature_names"], answer["results"]))


EPOCH = "1970-01-01T00:00:00Z"
zulu = lambda time: time.strftime("%Y-%m-%dT%H:%M:%SZ")
check("keys come first and are present since 1970", lambda: list(results(["account_state:cents"], {"account": [1, 77]}).items())[0], both=["account", {"values": [1, 77], "statuses": ["PRESENT", "PRESENT"], "event_timestamps": [EPOCH, EPOCH]}])
check("values have their event time, what is not there has none", lambda: results(["account_state:cents"], {"account": [1, 77]})["cents"], both={"values": [BIG, None], "statuses": ["PRESENT", "NOT_FOUND"], "event_timestamps": [zulu(ago(hours=1)), EPOCH]})
check("a stored null says so", lambda: results(["account_state:score"], {"account": [3]})["score"], feast={"values": [None], "statuses": ["PRESENT"], "event_timestamps": [zulu(ago(minutes=5))]}, slipway={"values": [None], "statuses": ["NULL_VALUE"], "event_timestamps": [zulu(ago(minutes=5))]}, why="NULL_VALUE")
check("ttl is applied at read", lambda: results(["account_state:cents"], {"account": [2]})["cents"], feast={"values": [7], "statuses": ["PRESENT"], "event_timestamps": [zulu(ago(hours=30))]}, slipway={"values": [None], "statuses": ["OUTSIDE_MAX_AGE"], "event_timestamps": [zulu(ago(hours=30))]}, why="30 hours are more than 24")
check("no value beyond the ttl reaches the client", lambda: column("account_state:cents", [2]), feast=[7], slipway=[None], why="the ttl is applied at read")

section("push and write")
fresh = ago(minutes=3)
check("push", lambda: (store.push("accounts", account_rows(fresh, account=[1, 10], cents=[BIG + 2, -BIG], score=[0.25, 3.0], tier=["new", "ü"])), read(FOUR, [{"account": 1}, {"account": 10}]))[1], both={"account": [1, 10], "cents": [BIG + 2, -BIG], "score": [0.25, 3.0], "tier": ["new", "ü"], "active": [True, True]})
check("the same push again changes nothing", lambda: (store.push("accounts", account_rows(fresh, account=[1, 10], cents=[BIG + 2, -BIG], score=[0.25, 3.0], tier=["new", "ü"])), column("account_state:cents", [1, 10]))[1], both=[BIG + 2, -BIG])
check("an older push after a newer one", lambda: (store.push("accounts", account_rows(ago(minutes=40), account=[1], cents=[13], tier=["old"])), read(["account_state:cents", "account_state:tier"], ACCOUNT))[1], feast={"account": [1], "cents": [13], "tier": ["old"]}, slipway={"account": [1], "cents": [BIG + 2], "tier": ["new"]}, why="an older event never overwrites a newer one")
check("nulls are pushed as nulls", lambda: (store.push("accounts", account_rows(fresh, account=[11], score=[None], tier=[None])), read(["account_state:score", "account_state:tier", "account_state:cents"], [{"account": 11}]))[1], both={"account": [11], "score": [None], "tier": [None], "cents": [0]})
check("a pushed row beyond the ttl", lambda: (store.push("accounts", account_rows(ago(hours=30), account=[12], cents=[12])), column("account_state:cents", [12]))[1], feast=[12], slipway=[None], why="the ttl is applied at read")
check("times with microseconds", lambda: (store.push("accounts", account_rows(fresh + timedelta(microseconds=123456), account=[13], cents=[13])), results(["account_state:cents"], {"account": [13]})["cents"]["event_timestamps"])[1], feast=[zulu(fresh)], slipway=[fresh.strftime("%Y-%m-%dT%H:%M:%S.123456Z")], why="not cut to seconds")
check("a column of times", lambda: (store.push("accounts", account_rows(fresh, account=[14], opened=[pd.Timestamp("2024-02-29T12:34:56Z")])), column("account_state:opened", [14]))[1], both=[1709210096])
check("write_to_online_store of a view", lambda: (store.write_to_online_store("account_state", account_rows(ago(minutes=2), account=[1], cents=[99])), column("account_state:cents", [1]))[1], both=[99])
check("a thousand rows at once", lambda: (store.push("accounts", account_rows(fresh, account=list(range(5000, 6000)), cents=list(range(1000)))), column("account_state:cents", [5000, 5421, 5999]))[1], both=[0, 421, 999])
check("a view whose time is named otherwise", lambda: raised(lambda: (store.write_to_online_store("origin_weather", pd.DataFrame({"origin": ["JFK"], "observed_at": [ago(minutes=1)], "temp": [99.5], "humid": [1.0], "wind_dir": [2.0], "pressure": [3.0]})), temperature())[1]), feast="it gives up", slipway="nothing, but [99.5]", why="Feast's own server takes only event_timestamp")
check("a push source that is not there", lambda: raised(lambda: store.push("nope", account_rows(fresh, account=[1]))), both="PushSourceNotFoundException")

section("push and write over plain HTTP")
ROW = {"account": [20], "event_timestamp": [fresh.isoformat()], "created": [now.isoformat()], "cents": [BIG], "points": [1], "score": [0.5], "tier": ["raw"], "active": [True], "opened": [1577934245]}
check("push", lambda: (lambda r: [r.status_code, r.text])(post("/push", {"push_source_name": "accounts", "df": ROW, "to": "online"})), both=[200, ""])
check("what was pushed is read", lambda: read(["account_state:cents", "account_state:opened", "account_state:tier"], [{"account": 20}]), both={"account": [20], "cents": [BIG], "opened": [1577934245], "tier": ["raw"]})
check("write", lambda: (lambda r: [r.status_code, r.text])(post("/write-to-online-store", {"feature_view_name": "account_state", "df": {**ROW, "account": [21]}})), both=[200, "null"])
check("what was written is read", lambda: column("account_state:cents", [21]), both=[BIG])
check("an unknown push source", lambda: fault("/push", {"push_source_name": "nope", "df": ROW}), both=[422, "PushSourceNotFoundException"])
check("an unknown view", lambda: fault("/write-to-online-store", {"feature_view_name": "nope", "df": ROW}), both=[404, "FeastObjectNotFoundException"])
check("a place that is none", lambda: status("/push", {"push_source_name": "accounts", "df": ROW, "to": "sideways"}), feast=500, slipway=422, why="422 in place of 500")
check("columns of different lengths", lambda: status("/push", {"push_source_name": "accounts", "df": {**ROW, "account": [1, 2]}}), feast=500, slipway=422, why="422 in place of 500")
check("a time that is none", lambda: status("/push", {"push_source_name": "accounts", "df": {**ROW, "event_timestamp": ["yesterday-ish"]}}), feast=500, slipway=422, why="422 in place of 500")
check("a number of another type", lambda: status("/push", {"push_source_name": "accounts", "df": {**ROW, "account": [22], "score": ["much"]}}), feast=500, slipway=422, why="422 in place of 500")
check("no frame", lambda: status("/push", {"push_source_name": "accounts"}), both=422)
check("an empty frame", lambda: status("/push", {"push_source_name": "accounts", "df": {}}), both=200)

if target == "slipway":
    section("what Feast has no equal of")
    check("aggregates and lists of last values", lambda: read(["account_activity:spent_1d", "account_activity:merchants", "account_activity:visits_last", "account_activity:spent_last"], [{"account": 1}, {"account": 2}, {"account": 77}]), both={"account": [1, 2, 77], "spent_1d": [4.0, 3.5, 0.0], "merchants": [2, 1, 0], "visits_last": [[2, 1], [3], None], "spent_last": [[2.5, 1.5], [3.5], None]})
    check("rows of a source are pushed whole, and move aggregates at once", lambda: (store.push("pairs", pd.DataFrame({"account": [1], "merchant": ["new"], "event_timestamp": [ago(minutes=1)], "spent": [10.0], "visits": [BIG]})), read(["account_activity:spent_1d", "account_activity:visits_last", "pair_spend:visits"], [{"account": 1, "merchant": "new"}]))[1], both={"account": [1], "merchant": ["new"], "spent_1d": [14.0], "visits_last": [[BIG, 2, 1]], "visits": [BIG]})
    check("an aggregate view takes no writes", lambda: fault("/write-to-online-store", {"feature_view_name": "account_activity", "df": {"account": [1]}}), both=[422, "FeastError"])
    check("nor does a static one", lambda: fault("/write-to-online-store", {"feature_view_name": "aircraft", "df": {"tailnum": ["N1"]}}), both=[422, "FeastError"])
    check("a write without a token", lambda: requests.post(f"{url}/push", json={"push_source_name": "accounts", "df": ROW}).status_code, both=401)
    check("a client without a token reads, and may not materialize", lambda: [read(["account_state:tier"], [{"account": 20}], using=reader)["tier"], raised(lambda: reader.materialize_incremental(now, ["account_state"]))], both=[["raw"], "RuntimeError"])

    def with_wrong_token():
        os.environ["SLIPWAY_TOKEN"] = "wrong"
        try:
            return raised(lambda: store.push("accounts", account_rows(fresh, account=[1])))
        finally:
            os.environ["SLIPWAY_TOKEN"] = token

    check("a wrong token is a permission error", with_wrong_token, both="FeastPermissionError")

print()
end(complete=True)
