-- Events as Parquet, filtered by the policy while they are read, as read_filtered_csv.sql does.
set threads = :threads;
set preserve_insertion_order = false;
set variable now = timestamp ':as_of';

create temp table events as
select time, user_id, category_id, product_id, type = 'purchase' as bought
from read_parquet(':events')
where time <= getvariable('now')
  and (type = 'purchase' or type = 'search' and time > getvariable('now') - interval 7 day);
