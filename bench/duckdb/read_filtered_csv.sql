-- The seed's CSV, filtered by the policy while it is read: purchases, and searches of the 7 days before :as_of. Times
-- of equal width compare as text, which saves reading most of them as times (10 % of the whole script).
set threads = :threads;
set preserve_insertion_order = false;
set variable now = timestamp ':as_of';

create temp table events as
select time::timestamp as time, user_id, category_id, product_id, action = 'buy' as bought
from read_csv(':events', header = false, auto_detect = false, delim = ',',
              columns = {'time': 'varchar', 'user_name': 'varchar', 'user_id': 'varchar',
                         'product_id': 'varchar', 'category_id': 'varchar', 'action': 'varchar'})
where time <= strftime(getvariable('now'), '%Y-%m-%d %H:%M:%S')
  and (action = 'buy'
       or action = 'search' and time > strftime(getvariable('now') - interval 7 day, '%Y-%m-%d %H:%M:%S'));
