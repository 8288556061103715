-- The seed's CSV as Parquet with adirect's field names, as DuckDB writes it.
set threads = :threads;

copy (select time, user_name, user_id, product_id, category_id,
             case action when 'buy' then 'purchase' else action end as type
      from read_csv(':events', header = false, auto_detect = false, delim = ',',
                    columns = {'time': 'timestamp', 'user_name': 'varchar', 'user_id': 'varchar',
                               'product_id': 'varchar', 'category_id': 'varchar', 'action': 'varchar'}))
to ':out' (format parquet, compression zstd);
