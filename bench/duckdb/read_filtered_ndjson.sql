-- Events as NDJSON, filtered by the policy while they are read, as read_filtered_csv.sql does.
set threads = :threads;
set preserve_insertion_order = false;
set variable now = timestamp ':as_of';

create temp table events as
select time::timestamp as time, user_id, category_id, product_id, type = 'purchase' as bought
from read_json(':events', format = 'newline_delimited',
               columns = {time: 'varchar', type: 'varchar', user_id: 'varchar', category_id: 'varchar',
                          product_id: 'varchar'})
where time <= strftime(getvariable('now'), '%Y-%m-%dT%H:%M:%S.%gZ')
  and (type = 'purchase'
       or type in ('search', 'view')
          and time > strftime(getvariable('now') - interval 7 day, '%Y-%m-%dT%H:%M:%S.%gZ'));
