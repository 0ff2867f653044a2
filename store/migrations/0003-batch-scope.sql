-- What permissions on single resources left to the one who started it: items that come up later are limited by the same.
alter table batch_operation add column scope jsonb;
