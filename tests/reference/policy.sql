-- The whole policy (DESIGN.md sections 3 and 4) as plain DuckDB SQL.
--
-- In:  events(type, time, user_id, category_id, product_id, order_id, identity)   time in ms, absent = ''
--      asked(now, m, r, types, min_searches, window_ms, min_distinct_days, last_within, suppress_for,
--            recent, popular, popular_days, exclude_purchased, list_limit)          one row; durations cut to r
-- Out: audience, recommendations, popularity, joined (one shopper's list over all categories), verdicts.
-- Text compares as its bytes do (DuckDB's default collation).

-- One row an event: DISTINCT over exactly the fields that make two deliveries one event.
create or replace temp table facts as
select distinct type, time, user_id,
       case when type in ('refund', 'erase') then '' else category_id end as category_id,
       case when type = 'erase' then '' else product_id end as product_id,
       case when type in ('purchase', 'refund') then order_id else '' end as order_id,
       case when type in ('refund', 'erase') then '' else identity end as identity
from events, asked
where type = 'erase' or time <= now;

create or replace temp table existing as
with erased as (select user_id, max(time) as until from facts where type = 'erase' group by user_id)
select facts.*
from facts left join erased using (user_id), asked
where type <> 'erase' and time > coalesce(until, -1) and now - time < r;

-- The cut: per (user, category, type) the m newest and, of each older day, the newest: m days in all.
create or replace temp table kept as
select searches.* exclude (newest, newest_of_day, day)
from (select *, row_number() over (pair_type order by time desc, product_id, identity) as newest,
             row_number() over (partition by user_id, category_id, type, time // 86400000
                                order by time desc, product_id, identity) as newest_of_day,
             dense_rank() over (pair_type order by time // 86400000 desc) as day
      from existing
      where type in ('search', 'view', 'cart', 'favorite')
      window pair_type as (partition by user_id, category_id, type)) as searches, asked
where newest <= m or (newest_of_day = 1 and day <= m);

create or replace temp table standing as
select * from existing as p
where type = 'purchase' and not exists (
    select 1 from existing as r
    where r.type = 'refund' and r.user_id = p.user_id and r.time >= p.time
      and r.order_id in ('', p.order_id) and r.product_id in ('', p.product_id));

create or replace temp table pairs as
with bought as (select user_id, category_id, max(time) as bought_at from standing group by all)
select user_id, category_id, bought_at
from (select distinct user_id, category_id from existing where type <> 'refund')
left join bought using (user_id, category_id);

-- Counting searches, numbered from the newest (n) and by day from the newest (day).
create or replace temp table counting as
select user_id, category_id, product_id, time,
       row_number() over (pair order by time desc, product_id, identity) as n,
       dense_rank() over (pair order by time // 86400000 desc) as day
from kept join pairs using (user_id, category_id), asked
where list_contains(types, type) and now - time < window_ms and time > coalesce(bought_at, -1)
window pair as (partition by user_id, category_id);

create or replace temp table measured as
with counted as (
    select user_id, category_id, bought_at, count(n) as searches, count(distinct day) as days,
           max(time) as newest, max(time) filter (n = min_searches) as last_needed,
           max(time) filter (day = min_distinct_days) as last_needed_day
    from pairs left join counting using (user_id, category_id), asked
    group by user_id, category_id, bought_at)
select user_id, category_id, now, least(searches, m) as searches, least(days, m) as days, newest,
       bought_at + suppress_for as suppressed_until, newest + last_within as fresh_until,
       last_needed + window_ms as enough_until, last_needed_day + window_ms as days_until
from counted, asked;

create or replace temp table verdicts as
select user_id, category_id, searches, days, newest, reason,
       case when reason = 'targeted' and until < forever then until
            when reason = 'purchased' and until > suppressed_until and suppressed_until < forever
            then suppressed_until end as next_change_at
from (select *, 1::bigint << 59 as forever,
             -- NULL where a clause besides suppress_for fails now: time alone never mends it.
             case when enough_until is not null and days_until is not null and fresh_until > now
                  then least(fresh_until, enough_until, days_until) end as until,
             case when suppressed_until > now then 'purchased'
                  when enough_until is null then 'few_searches'
                  when days_until is null then 'few_days'
                  when fresh_until <= now then 'stale'
                  else 'targeted' end as reason
      from measured);

create or replace temp table popularity as
select category_id, product_id, count(*) as purchases,
       row_number() over (partition by category_id order by count(*) desc, product_id) as rank
from standing, asked
where product_id <> '' and time // 86400000 > now // 86400000 - popular_days
group by category_id, product_id;

-- What a targeted pair may be shown: each source ranked after leaving out what may not be shown.
create or replace temp table recommendations as
with targeted as (select user_id, category_id from verdicts where reason = 'targeted'),
bought as (select distinct user_id, product_id from standing, asked where exclude_purchased),
recent_products as (
    select user_id, category_id, product_id,
           row_number() over (partition by user_id, category_id
                              order by max(time) desc, product_id) as place
    from targeted join counting using (user_id, category_id) anti join bought using (user_id, product_id), asked
    where n <= m and product_id <> ''
    group by user_id, category_id, product_id),
recent_part as (select recent_products.* from recent_products, asked where place <= recent),
popular_part as (
    select user_id, category_id, product_id,
           row_number() over (partition by user_id, category_id order by rank) as place
    from targeted join popularity using (category_id) anti join bought using (user_id, product_id)
         anti join recent_part using (user_id, category_id, product_id)),
both_parts as (
    select *, 'recent_search' as source, 1 as part from recent_part
    union all
    select popular_part.*, 'popular', 2 from popular_part, asked where place <= popular)
select user_id, category_id, rank, product_id, source
from (select *, row_number() over (partition by user_id, category_id order by part, place) as rank
      from both_parts), asked
where rank <= list_limit;

create or replace temp table joined as
with shown as (
    select user_id, category_id, product_id, source, rank,
           dense_rank() over (partition by user_id order by newest desc, category_id) as category_place
    from recommendations join verdicts using (user_id, category_id)),
first_shown as (
    select *, row_number() over (partition by user_id order by category_place, rank) as place
    from shown
    qualify row_number() over (partition by user_id, product_id order by category_place, rank) = 1),
ranked as (
    select user_id, product_id, category_id, source,
           row_number() over (partition by user_id order by place) as rank
    from first_shown)
select user_id, rank, product_id, category_id, source from ranked, asked where rank <= list_limit;

create or replace temp table audience as
select user_id, category_id, searches, newest as last_search_at, next_change_at
from verdicts where reason = 'targeted';
