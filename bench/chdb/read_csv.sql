-- The seed's CSV into `events`, in memory. Ids as LowCardinality make reading 60 % slower; so does parseDateTime, four
-- times. Tried without gain: other chunk sizes, time as text or as DateTime64.
set max_threads = :threads, session_timezone = 'UTC';

create table events engine = Memory as
select time, user_id, category_id, product_id, action = 'search' as searched, action = 'buy' as bought
from file(':events', 'CSV', 'time DateTime, user_name String, user_id String, product_id String,
                             category_id String, action String')
settings input_format_csv_detect_header = 0;
