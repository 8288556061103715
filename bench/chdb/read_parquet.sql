-- Events as Parquet into `events`, in memory: only the columns that the job needs are read.
set max_threads = :threads, session_timezone = 'UTC';

create table events engine = Memory as
select toDateTime64(assumeNotNull(time), 3) as time, assumeNotNull(user_id) as user_id,
       assumeNotNull(category_id) as category_id, assumeNotNull(product_id) as product_id,
       assumeNotNull(type) = 'search' as searched, assumeNotNull(type) = 'purchase' as bought
from file(':events', 'Parquet');
