-- Events as Parquet into `events`: only the columns that the job needs are read.
set threads = :threads;
set preserve_insertion_order = false;

create temp table events as
select time, user_id, category_id, product_id, type = 'search' as searched, type = 'purchase' as bought
from read_parquet(':events');
