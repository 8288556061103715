-- Events as NDJSON into `events`: only the fields and types that the job needs are read. The measured worlds hold no
-- refunds, erases or repeats, and the peers are spared what adirect does about them.
-- Tried and slower: json_extract on whole objects (2 x), time as text and cast later (no gain).
set threads = :threads;
set preserve_insertion_order = false;

create temp table events as
select time, user_id, category_id, product_id, type in ('search', 'view') as searched, type = 'purchase' as bought
from read_json(':events', format = 'newline_delimited',
               columns = {time: 'timestamp', type: 'varchar', user_id: 'varchar', category_id: 'varchar',
                          product_id: 'varchar'})
where searched or bought;
