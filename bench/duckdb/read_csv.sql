-- The seed's CSV into `events`. The given columns and auto_detect = false save the sniffing; insertion order is of no
-- use to an aggregate. Tried without gain: no quotes, strict_mode = false, other buffer sizes, epoch integers for time.
set threads = :threads;
set preserve_insertion_order = false;

create temp table events as
select time, user_id, category_id, product_id, action = 'search' as searched, action = 'buy' as bought
from read_csv(':events', header = false, auto_detect = false, delim = ',',
              columns = {'time': 'timestamp', 'user_name': 'varchar', 'user_id': 'varchar',
                         'product_id': 'varchar', 'category_id': 'varchar', 'action': 'varchar'});
