"""adirect.fold: the core on tables in memory, without Spark."""
import datetime
import pickle

import adirect
import pandas
import pyarrow as pa
import pytest

NOW = datetime.datetime(2026, 1, 5, 10, tzinfo=datetime.timezone.utc)


def events(**columns):
    """Ana searches twice, ben buys; `columns` replaces some."""
    whole = {"event_id": ["1", "2", "3"], "type": ["search", "search", "purchase"],
             "time": [NOW - datetime.timedelta(hours=hours) for hours in (3, 2, 1)], "user_id": ["ana", "ana", "ben"],
             "category_id": ["shoes"] * 3, "product_id": ["runner", "trail", "boot"], **columns}
    return pa.table(whole)


@pytest.fixture(name="policy")
def two_searches():
    return adirect.Policy("[interest]\nmin_searches = 2\n")


def test_a_table_becomes_an_audience_with_its_products(policy):
    folded = adirect.fold(events(), now=NOW)
    assert (folded.counts.accepted, folded.refused.num_rows) == (3, 0)
    assert folded.state.audience(policy).to_pylist() == [
        {"user_id": "ana", "category_id": "shoes", "searches": 2, "last_search_at": NOW - datetime.timedelta(hours=2),
         "next_change_at": NOW + datetime.timedelta(hours=70)}]
    shown = folded.state.recommendations(policy).to_pylist()
    assert [(row["user_id"], row["rank"], row["product_id"], row["source"]) for row in shown] == [
        ("ana", 1, "trail", "recent_search"), ("ana", 2, "runner", "recent_search"), ("ana", 3, "boot", "popular")]
    assert folded.state.popular(policy)["product_id"].to_pylist() == ["boot"]


@pytest.mark.parametrize("form", ["frame", "chunks", "dictionary", "large", "numbers", "slice", "reader"])
def test_any_form_of_a_table_is_the_same_events(form, policy):
    table = events(user_id=["7", "7", "8"])
    other = {
        "frame": lambda: table.to_pandas(),
        "chunks": lambda: pa.concat_tables([table.slice(0, 1), table.slice(1)]),
        "dictionary": lambda: table.set_column(1, "type", table["type"].dictionary_encode()),
        "large": lambda: table.set_column(3, "user_id", table["user_id"].cast(pa.large_string())),
        "numbers": lambda: table.set_column(3, "user_id", pa.array([7, 7, 8])),
        "slice": lambda: pa.concat_tables([table, table]).slice(2, 3),
        "reader": table.to_reader,
    }[form]()
    assert isinstance(other, pandas.DataFrame) == (form == "frame")
    shoppers = adirect.fold(table, now=NOW).state.shoppers().read_all()
    assert shoppers.num_rows == 2
    if form == "slice":
        assert adirect.fold(other, now=NOW).counts.accepted == 3
    assert adirect.fold(other, now=NOW).state.shoppers().read_all() == shoppers


def test_rows_that_cannot_be_events_come_back_with_their_number_and_reason():
    table = events(user_id=["ana", None, "ben"], type=["search", "search", "sold"])
    folded = adirect.fold(table, now=NOW, name="shop")
    refused = folded.refused.to_pylist()
    assert [(row["source"], row["position"], row["reason"]) for row in refused] == [
        ("shop", 1, "missing_user_id"), ("shop", 2, "bad_type")]
    assert '"source":"shop"' in refused[0]["record"]
    assert (folded.counts.rows, folded.counts.accepted, folded.counts.refused) == (3, 1, 2)


def test_a_column_that_is_missing_or_of_another_type_is_named():
    with pytest.raises(adirect.Error, match="no column user_id"):
        adirect.fold(events().drop_columns(["user_id"]))
    with pytest.raises(adirect.Error, match='"user_id".* is of type double.*cast it'):
        adirect.fold(events(user_id=[1.0, 2.0, 3.0]))


def test_an_instant_that_is_none_is_refused():
    with pytest.raises(adirect.Error, match='"yesterday" is no instant'):
        adirect.to_ms("yesterday")


def test_a_policys_mistakes_are_all_told():
    with pytest.raises(adirect.Error, match=r"(?s)p.toml:2: .*min_serches.*p.toml:3: .*window"):
        adirect.Policy('[interest]\nmin_serches = 1\nwindow = "7"\n', "p.toml")
    with pytest.raises(adirect.Error, match="there are default, seed"):
        adirect.Policy.load("sed")


def test_states_merge_in_any_order_and_twice(policy):
    table = events()
    whole = adirect.fold(table, now=NOW).state
    merged = adirect.State()
    for part in (table.slice(1), table.slice(0, 2), table.slice(1)):
        for bucket in adirect.fold(part, state=adirect.State(buckets=3), now=NOW).state.buckets():
            for state in bucket["state"]:
                merged.merge(state.as_buffer())
    assert merged.shoppers().read_all() == whole.shoppers().read_all()
    assert merged.audience(policy) == whole.audience(policy)
    with pytest.raises(adirect.Error, match="damaged|checksum|state"):
        merged.merge(b"adstate")


def test_purchases_of_several_states_make_what_is_popular(policy):
    state = adirect.State()
    for part in (events(), events(user_id=["cid"] * 3)):
        state.add_purchases(adirect.fold(part, now=NOW).state.purchases(NOW))
    assert state.popular(policy, NOW).to_pylist() == [
        {"category_id": "shoes", "rank": 1, "product_id": "boot", "purchases": 2}]


def test_policies_formats_and_catalogs_travel_between_processes(policy):
    catalog = adirect.Catalog(b"product_id,title\nboot,Boot\n")
    for handle in (policy, adirect.Format.load("taobao"), adirect.Format.load("adirect"), catalog):
        assert isinstance(pickle.loads(pickle.dumps(handle)), type(handle))
    assert pickle.loads(pickle.dumps(policy)).version == policy.version
    assert adirect.fold(events(), now=NOW).state.popular(policy, catalog=catalog)["title"].to_pylist() == ["Boot"]


def test_a_reader_of_answers_outlives_its_state(policy):
    answers = adirect.fold(events(), now=NOW).state.answers(policy)
    assert answers.read_all().num_rows == 1
