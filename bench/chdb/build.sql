-- Peer (a), as bench/duckdb/build.sql states it. ClickHouse quotes every text in CSV, so the files are written without
-- any quoting, which the ids here do not need.
--
-- LIMIT BY over rows sorted by time is by far the fastest way to the last ten; its last steps run on one thread, so
-- each half of the users has a query of its own. Slower: groupArray and sorting (2 x), groupArraySorted (7 x).
set engine_file_truncate_on_insert = 1, format_custom_escaping_rule = 'Raw', format_custom_field_delimiter = ',';

create table last_ten engine = Memory as
select user_id, category_id, time, product_id from events
where searched and cityHash64(user_id) % 2 = 0 order by time desc limit 10 by user_id, category_id
union all
select user_id, category_id, time, product_id from events
where searched and cityHash64(user_id) % 2 = 1 order by time desc limit 10 by user_id, category_id;

create table interests engine = Memory as
with (select max(time) from events) as now
select user_id, category_id, count() as searches, countIf(time > now - interval 7 day) as counting,
       bitCount(groupBitOrIf(bitShiftLeft(toUInt8(1), toRelativeDayNum(now) - toRelativeDayNum(time)),
                             time > now - interval 7 day)) as days,
       max(time) as newest
from events where searched group by user_id, category_id;

create table purchases engine = Memory as
select user_id, category_id, max(time) as bought_at from events where bought group by user_id, category_id;

create table popular engine = Memory as
with (select max(time) from events) as now
select category_id, product_id, purchases,
       row_number() over (partition by category_id order by purchases desc, product_id) as rank
from (select category_id, product_id, count() as purchases from events
      where bought and time >= toStartOfDay(now) - interval 29 day
      group by category_id, product_id);

create table targeted engine = Memory as
with (select max(time) from events) as now
select user_id, category_id, least(counting, 32) as searches, newest
from interests
where counting >= 3 and days >= 1 and newest > now - interval 72 hour
  and (user_id, category_id) not in (select user_id, category_id from purchases
                                     where bought_at > now - interval 30 day);

create table audience engine = Memory as
with (select max(time) from events) as now
select user_id, category_id, searches, newest,
       least(newest + interval 72 hour, third + interval 7 day) as next_change_at
from targeted
     join (select user_id, category_id, arrayReverseSort(groupArray(time))[3] as third from last_ten
           where time > now - interval 7 day
           group by user_id, category_id having count() >= 3) as thirds using (user_id, category_id);

insert into function file(':out/audience.csv', 'CustomSeparatedWithNames')
select user_id, category_id, searches,
       replaceOne(toString(toDateTime64(newest, 3)), ' ', 'T') || 'Z' as last_search_at,
       replaceOne(toString(toDateTime64(next_change_at, 3)), ' ', 'T') || 'Z' as next_change_at
from audience order by user_id, category_id;

insert into function file(':out/popular.csv', 'CustomSeparatedWithNames')
select category_id, rank, product_id, purchases from popular order by category_id, rank;

insert into function file(':out/pairs.csv', 'CustomSeparatedWithNames')
select count() as pairs from interests where counting > 0;
