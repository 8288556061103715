-- A world with ids of 36 bytes, as the seed's CSV: each of :users searches :searches times in each of :categories
-- categories, evenly over six days and in no order of users; 12,500 products a category.
set threads = :threads;

create macro uuid_of(text) as
    substr(md5(text), 1, 8) || '-' || substr(md5(text), 9, 4) || '-' || substr(md5(text), 13, 4) || '-'
    || substr(md5(text), 17, 4) || '-' || substr(md5(text), 21, 12);

create temp table users as select i as "user", uuid_of('user ' || i) as user_id from range(:users) as r(i);

create temp table products as
select category, number, uuid_of('category ' || category) as category_id,
       uuid_of('product ' || category || ' ' || number) as product_id
from range(:categories) as c(category), range(12500) as n(number);

copy (
    select strftime(timestamp '2017-02-01' + to_seconds(i * 518400 // (:users * :categories * :searches)),
                    '%Y-%m-%d %H:%M:%S'),
           '', user_id, product_id, category_id, 'search'
    from (select i, i % :users as "user", i // :users % :categories as category, hash(i) % 12500 as number
          from range(:users * :categories * :searches) as r(i))
         join users using ("user") join products using (category, number)
    order by i)
to ':out' (header false, delimiter ',');
