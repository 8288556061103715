-- Peer (a): what adirect keeps and answers, built from all events: of each (user, category) the last ten searches by
-- time, the number of searches, those in the policy's window and their days, and the last purchase; popularity; the
-- audience under the default policy, with next_change_at. The state stays in tables; audience.csv and popular.csv are
-- what adirect writes, byte for byte.
--
-- One aggregate over all searches with two heaps of ten is the fastest found. Slower: one heap of structs (+45 %) or of
-- packed blobs (+5 %), row_number() <= 10 beside the counts (+15 %), lists sorted afterwards (+35 %). The order among
-- searches of one instant is left open, which spares the peer a comparison.
-- A pair with a purchase within 30 days is not targeted, and no older one lies in the 7 days' window: so plain counts
-- of the window are the counting searches.
set variable now = (select max(time) from events);

create temp table interests as
select user_id, category_id, count(*) as searches,
       count(*) filter (time > getvariable('now') - interval 7 day) as counting,
       bit_count(bit_or(case when time > getvariable('now') - interval 7 day
                             then 1::usmallint << (getvariable('now')::date - time::date)::usmallint end)) as days,
       max_by(product_id, time, 10) as last_products, max(time, 10) as last_times
from events where searched group by all;

create temp table purchases as
select user_id, category_id, max(time) as bought_at from events where bought group by all;

create temp table popular as
select category_id, product_id, count(*) as purchases,
       row_number() over (partition by category_id order by count(*) desc, product_id) as rank
from events
where bought and time >= date_trunc('day', getvariable('now')) - interval 29 day
group by category_id, product_id;

create temp table audience as
select user_id, category_id, least(counting, 32) as searches, last_times[1] as newest,
       least(last_times[1] + interval 72 hour, last_times[3] + interval 7 day) as next_change_at
from interests
     anti join (from purchases where bought_at > getvariable('now') - interval 30 day) using (user_id, category_id)
where counting >= 3 and days >= 1 and last_times[1] > getvariable('now') - interval 72 hour;

copy (select user_id, category_id, searches, strftime(newest, '%Y-%m-%dT%H:%M:%S.%gZ') as last_search_at,
             strftime(next_change_at, '%Y-%m-%dT%H:%M:%S.%gZ') as next_change_at
      from audience order by user_id, category_id)
to ':out/audience.csv' (header);

copy (select category_id, rank, product_id, purchases from popular order by category_id, rank)
to ':out/popular.csv' (header);

copy (select count(*) as pairs from interests where counting > 0)
to ':out/pairs.csv' (header);
